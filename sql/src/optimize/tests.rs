//! Plans before and after: each test says which rules it expects to fire.

mod build;
mod expressions;
mod joins;
mod pushdown;
mod random;
mod run;
mod shapes;
mod tpch;

use super::{Estimator, RULES};
use crate::plan::{Plan, print};
use build::Build;

/// Optimizes a plan that gives the columns named in `output`, separated by spaces. Checks the rules that changed
/// it, in order, and the tree that comes out.
#[track_caller]
fn check(build: Build, plan: Plan, output: &str, rules: &str, expected: &str) {
    let mut query = build.query(plan, output);
    let mut fired = Vec::new();
    let estimator = Estimator::default();
    for rule in RULES {
        let before = print(&query.plan, &query.columns);
        rule.apply(&mut query, &estimator);
        if print(&query.plan, &query.columns) != before {
            fired.push(rule.name);
        }
    }
    assert_eq!(print(&query.plan, &query.columns), expected.trim_start_matches('\n'));
    assert_eq!(fired.join(" "), rules);
}
