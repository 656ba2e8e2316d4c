//! DELETE, UPDATE and TRUNCATE: which rows of a table, and what is to become of them.
//!
//! A row is named by its number, a hidden column of the target's scan. What stands in USING or FROM is crossed with the
//! target; a row of the target that comes out several times is changed once, by the first.

use std::sync::Arc;

use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast::{self, AssignmentTarget, FromTable, Spanned, TableFactor, TableWithJoins, UpdateTableFromKind};

use super::coerce::{self, Coercion};
use super::create::unknown_column;
use super::environment::Environment;
use super::expression::{ExpressionBinder, Surroundings};
use super::scope::Scope;
use super::subquery::join_all;
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::{Change, ChangeKind, ChangeTarget, ColumnId, Expr, OutputColumn, Plan, Statement};

/// The table that a statement changes, its rows, and what stands beside it in FROM or USING.
struct Target {
    table: Arc<dyn Table>,
    name: String,
    span: Span,
    plan: Plan,
    scope: Scope,
    /// The numbers of its rows.
    number: ColumnId,
    /// Its columns, in order.
    columns: Vec<ColumnId>,
    epoch: u64,
}

impl Binder<'_> {
    /// INSERT, DELETE or UPDATE, which may read what WITH before it defines.
    pub(super) fn bind_change(&mut self, change: &ast::Statement, environment: Environment<'_>) -> Result<Statement> {
        match change {
            ast::Statement::Insert(insert) => self.bind_insert(insert, environment),
            ast::Statement::Delete(delete) => self.bind_delete(delete, environment),
            ast::Statement::Update(update) => self.bind_update(update, environment),
            _ => Err(unsupported("this statement behind WITH is", self.statement_span())),
        }
    }

    /// DELETE FROM table [USING …] [WHERE …] [RETURNING …].
    fn bind_delete(&mut self, delete: &ast::Delete, environment: Environment<'_>) -> Result<Statement> {
        let span = byte_span(delete.delete_token.0.span);
        if !delete.order_by.is_empty() || delete.limit.is_some() || delete.output.is_some() {
            return Err(unsupported("this clause of DELETE is", span));
        }
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let [table] = from.as_slice() else { return Err(unsupported("DELETE from several tables is", span)) };
        if !delete.tables.is_empty() {
            return Err(unsupported("DELETE from several tables is", span));
        }
        let mut target = self.target(table)?;
        self.beside(&mut target, delete.using.as_deref().unwrap_or_default(), environment)?;
        self.chosen(&mut target, delete.selection.as_ref(), environment)?;
        let number = OutputColumn { name: "row number".into(), column: target.number };
        let bound = Bound { plan: target.plan, output: vec![number] };
        let surroundings = surroundings(&target.scope, environment, "RETURNING");
        let (bound, returning) = self.bind_returning(bound, delete.returning.as_deref(), surroundings)?;
        let Target { name: table, span, epoch, .. } = target;
        let target = ChangeTarget { kind: ChangeKind::Delete, table, span, epoch, returning };
        Ok(Statement::Change(Change { target, query: self.finish(bound) }))
    }

    /// UPDATE table SET … [FROM …] [WHERE …] [RETURNING …].
    fn bind_update(&mut self, update: &ast::Update, environment: Environment<'_>) -> Result<Statement> {
        let span = byte_span(update.update_token.0.span);
        if !update.order_by.is_empty() || update.limit.is_some() || update.output.is_some() || update.or.is_some() {
            return Err(unsupported("this clause of UPDATE is", span));
        }
        let mut target = self.target(&update.table)?;
        let from = match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => from.as_slice(),
            None => &[],
        };
        self.beside(&mut target, from, environment)?;
        self.chosen(&mut target, update.selection.as_ref(), environment)?;
        let bound = self.assigned(&mut target, &update.assignments, environment)?;
        let surroundings = surroundings(&target.scope, environment, "RETURNING");
        let (bound, returning) = self.bind_returning(bound, update.returning.as_deref(), surroundings)?;
        let Target { name: table, span, epoch, .. } = target;
        let target = ChangeTarget { kind: ChangeKind::Update, table, span, epoch, returning };
        Ok(Statement::Change(Change { target, query: self.finish(bound) }))
    }

    /// TRUNCATE tables. What it says of sequences and of other tables has no effect, since there are none.
    pub(super) fn bind_truncate(&mut self, truncate: &ast::Truncate) -> Result<Statement> {
        if truncate.partitions.is_some() || truncate.if_exists || truncate.on_cluster.is_some() {
            return Err(unsupported("this clause of TRUNCATE is", self.statement_span()));
        }
        let mut tables = Vec::with_capacity(truncate.table_names.len());
        for target in &truncate.table_names {
            let ident = self.table_name(&target.name)?;
            if self.catalog.table(&ident.value).is_none() {
                return Err(self.unknown_table(ident, &[]));
            }
            tables.push((ident.value.clone(), byte_span(ident.span)));
        }
        Ok(Statement::Truncate(tables))
    }

    /// The table to be changed and a scan of all its rows with their numbers.
    fn target(&mut self, table: &TableWithJoins) -> Result<Target> {
        let span = byte_span(table.span());
        let TableFactor::Table { name, alias, args: None, .. } = &table.relation else {
            return Err(unsupported("a change of anything but a table is", span));
        };
        if !table.joins.is_empty() {
            return Err(unsupported("a change of a join is", span).with_hint("put the other tables into FROM or USING"));
        }
        self.count_relation()?;
        let ident = self.table_name(name)?;
        let span = byte_span(ident.span);
        let Some(table) = self.catalog.table(&ident.value) else { return Err(self.unknown_table(ident, &[])) };
        let Some(numbers) = table.row_numbers() else {
            return Err(unsupported(format!("a change of {} is", table.name()), span));
        };
        let (plan, scope) = self.scan(Arc::clone(&table), &ident.value, alias.as_ref())?;
        let Plan::Scan { table: scanned, columns: mut read } = plan else {
            return Err(Error::internal("a scan is no scan"));
        };
        let columns = read.iter().map(|(id, _)| *id).collect();
        let number = self.columns.add("row number", DataType::BigInt, false);
        read.push((number, numbers.position));
        let plan = Plan::Scan { table: scanned, columns: read };
        let (name, epoch) = (ident.value.clone(), numbers.epoch);
        Ok(Target { table, name, span, plan, scope, number, columns, epoch })
    }

    /// Crosses the target with the tables of USING or FROM.
    fn beside(&mut self, target: &mut Target, others: &[TableWithJoins], environment: Environment<'_>) -> Result<()> {
        if others.is_empty() {
            return Ok(());
        }
        let place = others.iter().fold(Span::NONE, |place, other| place.to(byte_span(other.span())));
        let others = self.bind_from(others, environment)?;
        let own = (std::mem::replace(&mut target.plan, Plan::one_row()), std::mem::take(&mut target.scope));
        (target.plan, target.scope) = super::join::cross(own, others).map_err(|error| error.at(place))?;
        Ok(())
    }

    /// Keeps the rows that WHERE chooses.
    fn chosen(
        &mut self,
        target: &mut Target,
        condition: Option<&ast::Expr>,
        environment: Environment<'_>,
    ) -> Result<()> {
        let Some(condition) = condition else { return Ok(()) };
        let plan = std::mem::replace(&mut target.plan, Plan::one_row());
        target.plan = self.bind_where(plan, condition, surroundings(&target.scope, environment, "WHERE"))?;
        Ok(())
    }

    /// SET: the numbers of rows, and the rows that stand in their place. From now on the target's names stand for the new
    /// values.
    fn assigned(
        &mut self,
        target: &mut Target,
        assignments: &[ast::Assignment],
        environment: Environment<'_>,
    ) -> Result<Bound> {
        let mut binder = ExpressionBinder::new(self, surroundings(&target.scope, environment, "SET"));
        let mut values: Vec<Option<Expr>> = vec![None; target.columns.len()];
        for assignment in assignments {
            for (name, expr) in pairs(assignment)? {
                let position = position(name, target.table.as_ref())?;
                if values[position].is_some() {
                    return Err(Error::name(format!("column \"{name}\" is set twice")).at(byte_span(name.span())));
                }
                let data_type = &target.table.columns()[position].data_type;
                values[position] = Some(coerce::coerce(binder.bind(expr)?, data_type, Coercion::Assignment)?);
            }
        }
        let joins = binder.joins;
        let input = join_all(std::mem::replace(&mut target.plan, Plan::one_row()), joins);
        let mut items = self.pass_through(&input);
        let mut output = vec![OutputColumn { name: "row number".into(), column: target.number }];
        for ((value, column), old) in values.into_iter().zip(target.table.columns()).zip(&target.columns) {
            let mut id = *old;
            if let Some(value) = value {
                id = self.columns.add(column.name.as_str(), column.data_type.clone(), value.nullable);
                items.push((id, value));
                target.scope.replace(*old, id);
            }
            output.push(OutputColumn { name: column.name.clone(), column: id });
        }
        Ok(Bound { plan: Plan::Project { input: Box::new(input), items }, output })
    }

    /// RETURNING: adds its columns to those of a change, and says how many there are.
    pub(super) fn bind_returning(
        &mut self,
        bound: Bound,
        items: Option<&[ast::SelectItem]>,
        surroundings: Surroundings<'_>,
    ) -> Result<(Bound, usize)> {
        let Some(items) = items else { return Ok((bound, 0)) };
        let Bound { plan, mut output } = bound;
        let (returned, joins) = self.bind_items(items, surroundings)?;
        let plan = join_all(plan, joins);
        let mut projected = self.pass_through(&plan);
        let count = returned.len();
        for (name, expr) in returned {
            let id = self.columns.add(name.as_str(), expr.data_type.clone(), expr.nullable);
            projected.push((id, expr));
            output.push(OutputColumn { name, column: id });
        }
        Ok((Bound { plan: Plan::Project { input: Box::new(plan), items: projected }, output }, count))
    }
}

pub(super) fn surroundings<'s>(
    scope: &'s Scope,
    environment: Environment<'s>,
    clause: &'static str,
) -> Surroundings<'s> {
    Surroundings { scope, environment, aliases: &[], clause }
}

/// The columns that an assignment sets, each with its value.
fn pairs(assignment: &ast::Assignment) -> Result<Vec<(&ast::ObjectName, &ast::Expr)>> {
    let (names, values) = match (&assignment.target, &assignment.value) {
        (AssignmentTarget::ColumnName(name), value) => (std::slice::from_ref(name), std::slice::from_ref(value)),
        (AssignmentTarget::Tuple(names), ast::Expr::Tuple(values)) => (names.as_slice(), values.as_slice()),
        (AssignmentTarget::Tuple(_), value) => {
            return Err(unsupported("SET of several columns to anything but (…) is", byte_span(value.span())));
        }
    };
    if names.len() != values.len() {
        let (wanted, given) = (names.len(), values.len());
        let message = format!("SET of {wanted} columns needs as many values, found {given}");
        return Err(Error::types(message).at(byte_span(assignment.value.span())));
    }
    Ok(names.iter().zip(values).collect())
}

/// The position of a column that is set.
fn position(name: &ast::ObjectName, table: &dyn Table) -> Result<usize> {
    let span = byte_span(name.span());
    let [ast::ObjectNamePart::Identifier(column)] = name.0.as_slice() else {
        return Err(unsupported("this form of column is", span).with_hint("SET wants a column's bare name"));
    };
    let position = table.columns().iter().position(|known| known.name.eq_ignore_ascii_case(&column.value));
    position.ok_or_else(|| unknown_column(&column.value, table, span))
}
