//! INSERT: rows of the target's columns and types.

use std::sync::Arc;

use rowmill_vm::table::{Table, TableColumn};
use rowmill_vm::{Error, Result, Span, Value};
use sqlparser::ast::{self, SetExpr, Spanned, TableObject};

use super::change::surroundings;
use super::coerce::{self, Coercion};
use super::create::unknown_column;
use super::environment::Environment;
use super::expression::ExpressionBinder;
use super::scope::Scope;
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::{Change, ChangeKind, ChangeTarget, ColumnId, Expr, ExprKind, OutputColumn, Plan, Statement};

/// The rows of VALUES, one value for each column of the target, of its type.
enum Given {
    Constants(Vec<Vec<Value>>),
    Computed(Bound),
}

impl Binder<'_> {
    /// INSERT INTO table [(columns)] VALUES … or a query, [RETURNING …].
    pub(super) fn bind_insert(&mut self, insert: &ast::Insert, environment: Environment<'_>) -> Result<Statement> {
        let TableObject::TableName(name) = &insert.table else {
            return Err(unsupported("this target of INSERT is", byte_span(insert.table.span())));
        };
        let ident = self.table_name(name)?;
        let span = byte_span(ident.span);
        if insert.or.is_some() || insert.on.is_some() || insert.replace_into || insert.ignore {
            return Err(unsupported("ON CONFLICT is", span));
        }
        if insert.partitioned.is_some() || insert.overwrite {
            return Err(unsupported("this clause of INSERT is", span));
        }
        let Some(table) = self.catalog.table(&ident.value) else { return Err(self.unknown_table(ident, &[])) };
        let targets = targets(insert, table.as_ref())?;
        let Some(query) = &insert.source else {
            return Err(unsupported("INSERT without rows is", span));
        };
        let name = ident.value.clone();
        let bound = match query.body.as_ref() {
            SetExpr::Values(values) if is_plain(query) => {
                match self.insert_values(values, &table, &targets, environment)? {
                    Given::Constants(rows) if insert.returning.is_none() => {
                        return Ok(Statement::InsertRows { table: name, rows, span });
                    }
                    Given::Constants(rows) => self.constant_rows(rows, table.as_ref()),
                    Given::Computed(bound) => bound,
                }
            }
            _ => {
                let bound = self.bind_query(query, environment)?;
                self.insert_columns(bound, table.as_ref(), &targets, byte_span(query.span()))?
            }
        };
        let alias = insert.table_alias.as_ref().map_or(&name, |alias| &alias.alias.value);
        let mut scope = Scope::of_relation(alias.clone());
        bound.output.iter().for_each(|column| scope.add_column(column.column, Some(column.name.clone())));
        let surroundings = surroundings(&scope, environment, "RETURNING");
        let (bound, returning) = self.bind_returning(bound, insert.returning.as_deref(), surroundings)?;
        Ok(Statement::Change(self.insertion(name, bound, returning, span)))
    }

    fn insertion(&mut self, table: String, bound: Bound, returning: usize, span: Span) -> Change {
        // It names no rows of the target, so that it does not matter which state they are in.
        let target = ChangeTarget { kind: ChangeKind::Insert, table, span, epoch: 0, returning };
        Change { target, query: self.finish(bound) }
    }

    /// An INSERT of literal rows as that of a query, to be explained.
    pub(super) fn insert_by_query(&mut self, name: String, rows: Vec<Vec<Value>>, span: Span) -> Result<Change> {
        let table = self.catalog.table(&name).ok_or_else(|| Error::internal("the target is gone"))?;
        let bound = self.constant_rows(rows, table.as_ref());
        Ok(self.insertion(name, bound, 0, span))
    }

    /// Literal rows of the target's columns.
    fn constant_rows(&mut self, rows: Vec<Vec<Value>>, table: &dyn Table) -> Bound {
        let output = self.target_columns(table);
        let columns = output.iter().map(|column| column.column).collect();
        Bound { plan: Plan::Values { columns, rows }, output }
    }

    /// New columns for those of the target.
    fn target_columns(&mut self, table: &dyn Table) -> Vec<OutputColumn> {
        let column = |column: &TableColumn| {
            let id = self.columns.add(column.name.as_str(), column.data_type.clone(), true);
            OutputColumn { name: column.name.clone(), column: id }
        };
        table.columns().iter().map(column).collect()
    }

    /// VALUES: constants go straight to the target; rows with anything to compute become a query.
    fn insert_values(
        &mut self,
        values: &ast::Values,
        table: &Arc<dyn Table>,
        targets: &[usize],
        environment: Environment<'_>,
    ) -> Result<Given> {
        let scope = Scope::default();
        let width = table.columns().len();
        let mut rows: Vec<Vec<Expr>> = Vec::with_capacity(values.rows.len());
        let mut constant = true;
        for row in &values.rows {
            if row.content.len() != targets.len() {
                let place = row.content.first().map_or(Span::NONE, |expr| byte_span(expr.span()));
                return Err(wrong_width(targets.len(), row.content.len(), place));
            }
            let mut bound: Vec<Expr> =
                table.columns().iter().map(|column| coerce::null(&column.data_type, Span::NONE)).collect();
            for (expr, target) in row.content.iter().zip(targets) {
                let mut binder = ExpressionBinder::new(self, surroundings(&scope, environment, "VALUES"));
                let value = binder.bind(expr)?;
                if !binder.joins.is_empty() {
                    return Err(unsupported("a subquery in VALUES is", value.span));
                }
                let value = coerce::coerce(value, &table.columns()[*target].data_type, Coercion::Assignment)?;
                constant &= matches!(value.kind, ExprKind::Literal(_));
                bound[*target] = value;
            }
            rows.push(bound);
        }
        if constant {
            let value = |expr: Expr| match expr.kind {
                ExprKind::Literal(value) => value,
                _ => Value::Null,
            };
            return Ok(Given::Constants(rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect()));
        }
        let mut columns: Vec<Vec<Expr>> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
        for row in rows {
            columns.iter_mut().zip(row).for_each(|(column, expr)| column.push(expr));
        }
        let output = self.target_columns(table.as_ref());
        let plan = self.rows(output.iter().map(|column| column.column).collect(), columns);
        Ok(Given::Computed(Bound { plan, output }))
    }

    /// A query's result as rows of the target: cast, in the target's order, NULL where nothing is given.
    fn insert_columns(&mut self, bound: Bound, table: &dyn Table, targets: &[usize], span: Span) -> Result<Bound> {
        if bound.output.len() != targets.len() {
            return Err(wrong_width(targets.len(), bound.output.len(), span));
        }
        let mut items: Vec<(ColumnId, Expr)> = Vec::with_capacity(table.columns().len());
        let mut output = Vec::with_capacity(table.columns().len());
        for (position, column) in table.columns().iter().enumerate() {
            let value = match targets.iter().position(|target| *target == position) {
                Some(given) => {
                    let value = self.column(bound.output[given].column, span);
                    coerce::coerce(value, &column.data_type, Coercion::Assignment)?
                }
                None => coerce::null(&column.data_type, span),
            };
            let id = match value.kind {
                ExprKind::Column(id) if items.iter().all(|(known, _)| *known != id) => id,
                _ => self.columns.add(column.name.as_str(), column.data_type.clone(), value.nullable),
            };
            items.push((id, value));
            output.push(OutputColumn { name: column.name.clone(), column: id });
        }
        Ok(Bound { plan: Plan::Project { input: Box::new(bound.plan), items }, output })
    }
}

/// Whether nothing but VALUES is there.
fn is_plain(query: &ast::Query) -> bool {
    query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none() && query.fetch.is_none()
}

/// The positions of the columns that are given values.
fn targets(insert: &ast::Insert, table: &dyn Table) -> Result<Vec<usize>> {
    if insert.columns.is_empty() {
        return Ok((0..table.columns().len()).collect());
    }
    let mut targets: Vec<usize> = Vec::with_capacity(insert.columns.len());
    for name in &insert.columns {
        let span = byte_span(name.span());
        let text = match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] => ident.value.as_str(),
            _ => return Err(unsupported("this form of column is", span)),
        };
        let position = table.columns().iter().position(|column| column.name.eq_ignore_ascii_case(text));
        let position = position.ok_or_else(|| unknown_column(text, table, span))?;
        if targets.contains(&position) {
            return Err(Error::name(format!("column \"{text}\" stands here twice")).at(span));
        }
        targets.push(position);
    }
    Ok(targets)
}

fn wrong_width(wanted: usize, given: usize, span: Span) -> Error {
    Error::types(format!("INSERT needs {wanted} values a row, found {given}")).at(span)
}
