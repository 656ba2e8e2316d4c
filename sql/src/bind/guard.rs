//! Subqueries in places that are not always evaluated: arms of CASE, the right side of AND and OR, later arguments of
//! COALESCE.
//!
//! A subquery is joined below the expression it stands in, for all rows. One that may fail is told by what condition it
//! is wanted, and the join leaves the other rows out.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Result, Value};

use super::coerce;
use super::expression::ExpressionBinder;
use crate::optimize::{has_one_row, plan_may_fail};
use crate::plan::{Expr, distinct, is_null, not};

/// When what is bound now is evaluated: as another expression says.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    /// Where it is true.
    True,
    /// Where it is false or NULL.
    NotTrue,
    /// Where it is true or NULL.
    NotFalse,
    /// Where it is NULL.
    Null,
}

impl ExpressionBinder<'_, '_> {
    /// Tells the subqueries that have been bound since there were `before` when they are wanted.
    pub(super) fn guard(&mut self, before: usize, when: When, condition: &Expr) -> Result<()> {
        for position in before..self.joins.len() {
            let join = &self.joins[position];
            let may_be_many = join.kind == JoinKind::Single && !has_one_row(&join.build);
            if !may_be_many && !plan_may_fail(&join.build) {
                continue;
            }
            let condition = self.binder.copy(condition)?;
            let span = condition.span;
            let constant = |value| coerce::constant(Value::Boolean(value), DataType::Boolean, span);
            let guard = match when {
                When::True => not(distinct(condition, constant(true), span)),
                When::NotTrue => distinct(condition, constant(true), span),
                When::NotFalse => distinct(condition, constant(false), span),
                When::Null => is_null(condition),
            };
            self.joins[position].guards.push(guard);
            self.binder.correlated = true;
        }
        Ok(())
    }

    /// As [`ExpressionBinder::guard`], by several expressions.
    pub(super) fn guard_all(&mut self, before: usize, when: When, conditions: &[Expr]) -> Result<()> {
        conditions.iter().try_for_each(|condition| self.guard(before, when, condition))
    }
}
