//! Queries: WITH around a body, then ORDER BY and LIMIT.

use std::cell::Cell;

use rowmill_vm::{Error, Result};
use sqlparser::ast::{self, SetExpr, Spanned};

use super::coerce::{self, Coercion};
use super::environment::{Environment, With};
use super::expression::{ExpressionBinder, Surroundings};
use super::scope::Scope;
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::{ColumnId, Expr, ExprKind, OutputColumn, Plan};

impl Binder<'_> {
    /// A query with all its clauses.
    pub(super) fn bind_query(&mut self, query: &ast::Query, environment: Environment<'_>) -> Result<Bound> {
        if !query.locks.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return Err(unsupported("a clause behind this query is", byte_span(query.span())));
        }
        self.bind_with(query, environment, |binder, environment| binder.bind_ordered(query, environment))
    }

    /// What stands behind a query's WITH, which may read its members.
    pub(super) fn bind_with<T>(
        &mut self,
        query: &ast::Query,
        environment: Environment<'_>,
        bind: impl FnOnce(&mut Self, Environment<'_>) -> Result<T>,
    ) -> Result<T> {
        let Some(with) = &query.with else { return bind(self, environment) };
        for (position, member) in with.cte_tables.iter().enumerate() {
            let name = &member.alias.name;
            if with.cte_tables[..position].iter().any(|cte| cte.alias.name.value.eq_ignore_ascii_case(&name.value)) {
                return Err(Error::name(format!("\"{}\" stands in WITH twice", name.value)).at(byte_span(name.span)));
            }
        }
        let used = vec![Cell::new(false); with.cte_tables.len()];
        let (recursive, visible) = (with.recursive, used.len());
        let frame = With { members: &with.cte_tables, used: &used, recursive, visible, itself: None, environment };
        let bound = bind(self, Environment { with: Some(&frame), outer: environment.outer })?;
        // What nothing reads is bound all the same, for its errors.
        for position in (0..used.len()).filter(|position| !used[*position].get()) {
            self.bind_member(&frame, position)?;
        }
        Ok(bound)
    }

    fn bind_ordered(&mut self, query: &ast::Query, environment: Environment<'_>) -> Result<Bound> {
        let order_by = query.order_by.as_ref();
        let bound = match query.body.as_ref() {
            SetExpr::Select(select) => self.bind_select(select, order_by, environment)?,
            body => {
                let bound = self.bind_set_expr(body, environment)?;
                self.order_result(bound, order_by, environment)?
            }
        };
        Ok(Bound { plan: self.bind_limit(bound.plan, query)?, output: bound.output })
    }

    /// A query's body where ORDER BY does not reach into it.
    pub(super) fn bind_set_expr(&mut self, body: &SetExpr, environment: Environment<'_>) -> Result<Bound> {
        match body {
            SetExpr::Select(select) => self.bind_select(select, None, environment),
            SetExpr::Query(query) => self.bind_query(query, environment),
            SetExpr::SetOperation { .. } => self.bind_set_operation(body, environment),
            SetExpr::Values(values) => self.bind_values(values, environment),
            _ => Err(unsupported("this kind of query is", byte_span(body.span()))),
        }
    }

    /// VALUES: columns are called column1, column2, …
    fn bind_values(&mut self, values: &ast::Values, environment: Environment<'_>) -> Result<Bound> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let scope = Scope::default();
        let mut columns: Vec<Vec<Expr>> = (0..width).map(|_| Vec::with_capacity(values.rows.len())).collect();
        for row in &values.rows {
            if row.content.len() != width {
                let message = format!("rows of VALUES differ in length: {width} and {}", row.content.len());
                return Err(Error::types(message).at(byte_span(row.span())));
            }
            for (column, expr) in columns.iter_mut().zip(&row.content) {
                let surroundings = Surroundings { scope: &scope, environment, aliases: &[], clause: "VALUES" };
                let mut binder = ExpressionBinder::new(self, surroundings);
                column.push(binder.bind(expr)?);
                if !binder.joins.is_empty() {
                    return Err(unsupported("a subquery in VALUES is", byte_span(expr.span())));
                }
            }
        }
        let mut output = Vec::with_capacity(width);
        for (position, column) in columns.iter_mut().enumerate() {
            let target = coerce::common_of(&column.iter().collect::<Vec<_>>(), "VALUES gives")?;
            let cast = |expr| coerce::coerce(expr, &target, Coercion::Assignment);
            *column = std::mem::take(column).into_iter().map(cast).collect::<Result<_>>()?;
            let name = format!("column{}", position + 1);
            let nullable = column.iter().any(|expr| expr.nullable);
            let id = self.columns.add(name.clone(), target, nullable);
            output.push(OutputColumn { name, column: id });
        }
        let ids = output.iter().map(|column| column.column).collect();
        Ok(Bound { plan: self.rows(ids, columns), output })
    }

    /// Rows of expressions without columns, given column by column: constants as they are, others computed.
    pub(super) fn rows(&mut self, ids: Vec<ColumnId>, columns: Vec<Vec<Expr>>) -> Plan {
        let is_constant = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(_));
        let count = columns.first().map_or(0, Vec::len);
        let constant = columns.iter().flatten().all(is_constant);
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let mut row = || columns.iter_mut().filter_map(Iterator::next).collect::<Vec<Expr>>();
        if constant {
            let value = |expr: Expr| match expr.kind {
                ExprKind::Literal(value) => value,
                _ => rowmill_vm::Value::Null,
            };
            let rows = (0..count).map(|_| row().into_iter().map(value).collect()).collect();
            return Plan::Values { columns: ids, rows };
        }
        let rows: Vec<Vec<Expr>> = (0..count).map(|_| row()).collect();
        let mut inputs: Vec<(Plan, Vec<ColumnId>)> = Vec::with_capacity(count);
        for row in rows {
            let item = |expr: Expr| (self.columns.add("value", expr.data_type.clone(), expr.nullable), expr);
            let items: Vec<(ColumnId, Expr)> = row.into_iter().map(item).collect();
            let row_ids = items.iter().map(|(id, _)| *id).collect();
            inputs.push((Plan::Project { input: Box::new(Plan::one_row()), items }, row_ids));
        }
        Plan::Append { inputs, columns: ids }
    }
}
