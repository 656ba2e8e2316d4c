//! Calls of aggregates: taken out of the expressions they stand in, which then read their results.

use rowmill_vm::aggregates::{AggregateFunction, AggregateOverload};
use rowmill_vm::{Error, Result, Span};
use sqlparser::ast;

use super::call;
use super::coerce;
use super::expression::ExpressionBinder;
use super::function::Arguments;
use super::subquery::PendingJoin;
use crate::plan::visit::same;
use crate::plan::{AggregateExpr, ColumnId, Expr};

/// The aggregates of one SELECT.
#[derive(Default)]
pub(super) struct Aggregates {
    /// Each call and the column of its result.
    pub(super) calls: Vec<(ColumnId, AggregateExpr)>,
    /// What the subqueries in their arguments have become.
    pub(super) joins: Vec<PendingJoin>,
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
        let Some(aggregates) = self.aggregates.take() else {
            let error = Error::types(format!("aggregates are not allowed in {}", self.surroundings.clause)).at(span);
            return Err(if self.surroundings.clause == "WHERE" {
                error.with_hint("filter groups with HAVING")
            } else {
                error
            });
        };
        // Subqueries inside the arguments are joined below the aggregation, others above it.
        let joins = std::mem::replace(&mut self.joins, std::mem::take(&mut aggregates.joins));
        let clause = std::mem::replace(&mut self.surroundings.clause, "the argument of an aggregate");
        let windows = self.windows.take();
        let call = self.aggregate_call(function, arguments, filter, span);
        self.surroundings.clause = clause;
        self.windows = windows;
        aggregates.joins = std::mem::replace(&mut self.joins, joins);
        let id = call.map(|call| {
            let known = aggregates.calls.iter().find(|(_, known)| same_call(known, &call)).map(|(id, _)| *id);
            known.unwrap_or_else(|| {
                let nullable = call.overload.empty_is_null;
                let id = self.binder.columns.add(function.name, call.data_type.clone(), nullable);
                aggregates.calls.push((id, call));
                id
            })
        });
        self.aggregates = Some(aggregates);
        Ok(self.binder.column(id?, span))
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
