//! Calls of aggregates: taken out of the expressions they stand in, which then read their results.

use rowmill_vm::aggregates::{AggregateFunction, AggregateOverload};
use rowmill_vm::{Error, Result, Span};
use sqlparser::ast;

use super::call;
use super::coerce;
use super::environment::Outer;
use super::expression::ExpressionBinder;
use super::function::Arguments;
use super::subquery::PendingJoin;
use crate::plan::visit::{ColumnSet, same};
use crate::plan::{AggregateExpr, ColumnId, Columns, Expr};

/// The aggregates of one SELECT.
#[derive(Default)]
pub(super) struct Aggregates {
    /// Each call and the column of its result.
    pub(super) calls: Vec<(ColumnId, AggregateExpr)>,
    /// What the subqueries in their arguments have become.
    pub(super) joins: Vec<PendingJoin>,
}

impl Aggregates {
    /// Whether a column is the result of one of them.
    pub(super) fn has(&self, id: ColumnId) -> bool {
        self.calls.iter().any(|(known, _)| *known == id)
    }

    /// Adds a call, if it is not there; the column of its result.
    fn add(&mut self, call: AggregateExpr, columns: &mut Columns) -> ColumnId {
        if let Some((known, _)) = self.calls.iter().find(|(_, known)| same_call(known, &call)) {
            return *known;
        }
        let id = columns.add(call.function.name, call.data_type.clone(), call.overload.empty_is_null);
        self.calls.push((id, call));
        id
    }
}

impl ExpressionBinder<'_, '_> {
    /// A call of an aggregate, as the column of its result.
    pub(super) fn bind_aggregate(
        &mut self,
        function: &'static AggregateFunction,
        arguments: &Arguments<'_>,
        filter: Option<&ast::Expr>,
        span: Span,
    ) -> Result<Expr> {
        let own = self.aggregates.take();
        // Subqueries inside the arguments are joined below the aggregation, others above it.
        let joins = std::mem::take(&mut self.joins);
        let clause = std::mem::replace(&mut self.surroundings.clause, "the argument of an aggregate");
        let windows = self.windows.take();
        let call = self.aggregate_call(function, arguments, filter, span);
        self.surroundings.clause = clause;
        self.windows = windows;
        self.aggregates = own;
        let below = std::mem::replace(&mut self.joins, joins);
        let call = call?;
        let (aggregates, clause) = match self.home_of(&call).filter(|_| below.is_empty()) {
            Some(outer) => {
                self.binder.correlated = true;
                (outer.aggregates, outer.clause)
            }
            None => (own, clause),
        };
        let Some(aggregates) = aggregates else {
            let error = Error::types(format!("aggregates are not allowed in {clause}")).at(span);
            return Err(if clause == "WHERE" { error.with_hint("filter groups with HAVING") } else { error });
        };
        let mut aggregates = aggregates.borrow_mut();
        aggregates.joins.extend(below);
        let id = aggregates.add(call, &mut self.binder.columns);
        Ok(self.binder.column(id, span))
    }

    fn aggregate_call(
        &mut self,
        function: &'static AggregateFunction,
        arguments: &Arguments<'_>,
        filter: Option<&ast::Expr>,
        span: Span,
    ) -> Result<AggregateExpr> {
        let bound = arguments.exprs.iter().map(|argument| self.bind(argument)).collect::<Result<Vec<_>>>()?;
        let filter = match filter {
            Some(filter) => Some(coerce::boolean(self.bind(filter)?, "FILTER")?),
            None => None,
        };
        let (overload, arguments_bound) = self.aggregate_overload(function, bound, arguments.is_star, span)?;
        let data_type = call::result_type(&overload.result, &arguments_bound);
        let distinct = arguments.distinct;
        Ok(AggregateExpr { function, overload, arguments: arguments_bound, distinct, filter, data_type, span })
    }
}

impl ExpressionBinder<'_, '_> {
    /// The overload of an aggregate that arguments choose, and the arguments as it takes them.
    pub(super) fn aggregate_overload(
        &self,
        function: &'static AggregateFunction,
        bound: Vec<Expr>,
        is_star: bool,
        span: Span,
    ) -> Result<(&'static AggregateOverload, Vec<Expr>)> {
        if is_star && !function.overloads.iter().any(|overload| overload.arguments.is_empty()) {
            return Err(Error::types(format!("{}(*) is not defined", function.name)).at(span));
        }
        let forms = function.overloads.iter().map(|overload| (overload.arguments, false));
        let Some(chosen) = call::choose(forms.clone(), &bound) else {
            return Err(call::no_form(function.name, forms, &bound, span));
        };
        let overload = &function.overloads[chosen];
        Ok((overload, call::cast_arguments(overload.arguments, bound)?))
    }
}

impl<'b> ExpressionBinder<'b, '_> {
    /// The query around this one whose aggregate a call is: the nearest one whose columns it reads, if it reads none of
    /// this query's (SQL:2016, 10.9).
    fn home_of(&self, call: &AggregateExpr) -> Option<Outer<'b>> {
        let read: ColumnSet = call.arguments.iter().chain(&call.filter).collect();
        if read.iter().any(|id| self.surroundings.scope.contains(id)) {
            return None;
        }
        self.surroundings
            .environment
            .outer_queries()
            .copied()
            .find(|outer| read.iter().any(|id| outer.scope.contains(id)))
    }
}

/// Whether two calls give the same result.
fn same_call(left: &AggregateExpr, right: &AggregateExpr) -> bool {
    let same_filter = match (&left.filter, &right.filter) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    std::ptr::eq(left.overload, right.overload)
        && left.distinct == right.distinct
        && same_filter
        && left.arguments.len() == right.arguments.len()
        && left.arguments.iter().zip(&right.arguments).all(|(left, right)| same(left, right))
}
