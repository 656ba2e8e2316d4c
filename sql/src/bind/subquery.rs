//! Subqueries in expressions: each becomes a join, and the expression reads the column that the join adds.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast::{self, Spanned};

use super::Bound;
use super::environment::{Environment, Outer};
use super::expression::{ExpressionBinder, Surroundings, comparable};
use super::window::Window;
use crate::parse::byte_span;
use crate::plan::visit::{for_each_column, for_each_expr_below_mut};
use crate::plan::{ColumnId, Expr, JoinKey, Plan};

/// A join to be put above the rows that an expression is computed on.
pub(super) struct PendingJoin {
    pub(super) kind: JoinKind,
    pub(super) build: Plan,
    pub(super) keys: Vec<JoinKey>,
    /// What holds for the rows for which it is wanted, where it may fail.
    pub(super) guards: Vec<Expr>,
    pub(super) mark: Option<ColumnId>,
    pub(super) span: Span,
}

impl PendingJoin {
    /// A join without conditions.
    pub(super) fn new(kind: JoinKind, build: Plan, span: Span) -> PendingJoin {
        PendingJoin { kind, build, keys: Vec::new(), guards: Vec::new(), mark: None, span }
    }

    /// The join of the rows of `probe` with the subquery's.
    pub(super) fn over(self, probe: Plan) -> Plan {
        Plan::Join {
            kind: self.kind,
            probe: Box::new(probe),
            build: Box::new(self.build),
            keys: self.keys,
            residual: self.guards,
            mark: self.mark,
            span: self.span,
        }
    }
}

impl PendingJoin {
    /// Visits the expressions over the rows that it will stand above: what is looked up, and what the subquery reads
    /// of them.
    pub(super) fn for_each_expr_mut(&mut self, visit: &mut impl FnMut(&mut Expr) -> Result<()>) -> Result<()> {
        self.keys.iter_mut().map(|key| &mut key.probe).chain(&mut self.guards).try_for_each(&mut *visit)?;
        let mut result = Ok(());
        for_each_expr_below_mut(&mut self.build, &mut |expr| {
            if result.is_ok() {
                result = visit(expr);
            }
        });
        result
    }

    /// Whether what is looked up comes from a window function, so that the join stands above it.
    pub(super) fn reads(&self, windows: &[Window]) -> bool {
        let mut found = false;
        for expr in self.keys.iter().map(|key| &key.probe).chain(&self.guards) {
            for_each_column(expr, &mut |column| {
                found |= windows.iter().any(|window| window.calls.iter().any(|(id, _)| *id == column));
            });
        }
        found
    }
}

/// Puts all pending joins above `plan`.
pub(super) fn join_all(plan: Plan, joins: Vec<PendingJoin>) -> Plan {
    joins.into_iter().fold(plan, |plan, join| join.over(plan))
}

impl ExpressionBinder<'_, '_> {
    /// Binds a query inside this expression's query.
    pub(super) fn bind_inner(&mut self, query: &ast::Query) -> Result<Bound> {
        let Environment { with, outer } = self.surroundings.environment;
        let Surroundings { scope, clause, .. } = self.surroundings;
        let outer = Outer { scope, aggregates: self.aggregates, clause, next: outer };
        self.binder.count_relation()?;
        self.binder.bind_query(query, Environment { with, outer: Some(&outer) })
    }

    /// The one column of a subquery that stands for a value or a list of values.
    pub(super) fn single_column(&self, bound: &Bound, span: Span) -> Result<ColumnId> {
        match bound.output.as_slice() {
            [column] => Ok(column.column),
            columns => {
                let message = format!("the subquery gives {} columns where one is wanted", columns.len());
                Err(Error::types(message).at(span))
            }
        }
    }

    /// A subquery as a value: NULL if it has no rows, an error if it has several.
    pub(super) fn bind_scalar_subquery(&mut self, query: &ast::Query) -> Result<Expr> {
        let span = byte_span(query.span());
        let bound = self.bind_inner(query)?;
        let column = self.single_column(&bound, span)?;
        self.binder.columns.set_nullable(column);
        let value = self.binder.column(column, span);
        let build = bound.plan;
        self.joins.push(PendingJoin::new(JoinKind::Single, build, span));
        Ok(value)
    }

    /// The one row of a subquery as a row value: NULLs if there is none, an error if there are several.
    pub(super) fn bind_row_subquery(&mut self, query: &ast::Query) -> Result<Vec<Expr>> {
        let span = byte_span(query.span());
        let bound = self.bind_inner(query)?;
        let mut row = Vec::with_capacity(bound.output.len());
        for output in &bound.output {
            self.binder.columns.set_nullable(output.column);
            row.push(self.binder.column(output.column, span));
        }
        let build = bound.plan;
        self.joins.push(PendingJoin::new(JoinKind::Single, build, span));
        Ok(row)
    }

    /// Whether a subquery has rows, as a column.
    pub(super) fn bind_exists(&mut self, query: &ast::Query) -> Result<Expr> {
        let span = byte_span(query.span());
        let mark = self.binder.columns.add("exists", DataType::Boolean, true);
        let join = self.exists_join(query, JoinKind::Mark)?;
        self.joins.push(PendingJoin { mark: Some(mark), ..join });
        Ok(self.binder.column(mark, span))
    }

    /// The join by which EXISTS keeps or marks rows: without keys, so any row of the subquery is a partner.
    pub(super) fn exists_join(&mut self, query: &ast::Query, kind: JoinKind) -> Result<PendingJoin> {
        let span = byte_span(query.span());
        let bound = self.bind_inner(query)?;
        let one_row = Plan::Limit { input: Box::new(bound.plan), offset: 0, limit: Some(1) };
        let build = Plan::Project { input: Box::new(one_row), items: Vec::new() };
        Ok(PendingJoin::new(kind, build, span))
    }

    /// Whether a value is among those of a subquery, as a column.
    pub(super) fn bind_in_subquery(&mut self, operand: &ast::Expr, query: &ast::Query) -> Result<Expr> {
        let join = self.in_join(operand, query, JoinKind::Mark)?;
        let mark = self.binder.columns.add("in", DataType::Boolean, true);
        let span = join.span;
        self.joins.push(PendingJoin { mark: Some(mark), ..join });
        Ok(self.binder.column(mark, span))
    }

    /// The join by which IN keeps or marks rows.
    pub(super) fn in_join(&mut self, operand: &ast::Expr, query: &ast::Query, kind: JoinKind) -> Result<PendingJoin> {
        let row = match operand {
            ast::Expr::Tuple(members) => self.bind_all(members)?,
            operand => vec![self.bind(operand)?],
        };
        let span = byte_span(query.span());
        let bound = self.bind_inner(query)?;
        if bound.output.len() != row.len() {
            let (width, wanted) = (bound.output.len(), row.len());
            let columns = if wanted == 1 { "one is wanted".to_string() } else { format!("{wanted} are wanted") };
            return Err(Error::types(format!("the subquery gives {width} columns where {columns}")).at(span));
        }
        let mut keys = Vec::with_capacity(row.len());
        for (probe, output) in row.into_iter().zip(&bound.output) {
            let build = self.binder.column(output.column, span);
            let (probe, build) = comparable(probe, build, span)?;
            keys.push(JoinKey { probe, build, null_equal: false });
        }
        Ok(PendingJoin { keys, ..PendingJoin::new(kind, bound.plan, span) })
    }
}
