//! Rewrites of plans: the same rows, sooner.
//!
//! A rule is a function over a query; [`RULES`] lists them in the order in which they run, once each. Without any of
//! them a query gives the same rows. What holds for all of them:
//!
//! - A rewrite never makes an error. What may fail ([`may_fail`]) is not moved before a conjunct to its left nor
//!   below a join, and a constant that fails to fold stays, to fail at run time in its turn. A rewrite may spare an
//!   error: a row that another conjunct drops earlier is not computed with.
//! - What may give another value each time is not moved below a join and not repeated.
//! - Columns keep their ids, so nothing above a rewrite has to know of it.
//! - Plans are changed in place: moving a subtree costs nothing, so tiny queries pass in microseconds.

mod band;
mod build_side;
mod distinct;
mod eager;
mod empty;
mod estimate;
mod factor;
mod fold;
mod group_join;
mod group_keys;
mod join_order;
mod known;
mod may_fail;
mod merge_projects;
mod outer_to_inner;
mod prune;
mod push_limit;
mod pushdown;
mod rename;
mod rules;
mod sample;
mod share;
mod simplify;
mod top_n;
mod transitive;
mod unequal;
mod unique;
mod unnest;
mod unordered;
mod unused_joins;
mod unwrap_cast;

use crate::plan::visit::take;
use crate::plan::{Expr, ExprKind, Plan, Query};

pub use band::BandCondition;
pub use estimate::Estimator;
pub use known::distinct as expected_distinct;
pub use may_fail::{may_fail, plan_may_fail};
pub use rules::{RULES, Rule, RuleSet};
pub use unique::ascends;
pub(crate) use unique::has_one_row;

/// Rewrites a query into one that gives the same rows with less work, by the rules of `enabled`.
pub fn optimize(query: &mut Query, enabled: RuleSet) {
    let estimator = Estimator::default();
    for rule in enabled.rules() {
        rule.apply(query, &estimator);
    }
}

/// Keeps rows of `plan` for which all `predicates` hold.
fn filter(plan: &mut Plan, mut predicates: Vec<Expr>) {
    if predicates.is_empty() {
        return;
    }
    if let Plan::Filter { predicates: first, .. } = plan {
        first.append(&mut predicates);
        return;
    }
    *plan = Plan::Filter { input: Box::new(take(plan)), predicates };
}

/// Takes nested ANDs apart, in order.
fn split_conjuncts(predicates: Vec<Expr>, into: &mut Vec<Expr>) {
    for predicate in predicates {
        match predicate.kind {
            ExprKind::And(operands) => split_conjuncts(operands, into),
            _ => into.push(predicate),
        }
    }
}

#[cfg(test)]
mod tests;
