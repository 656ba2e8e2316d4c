//! Where each group of an aggregation over a join is one row of one side, the other side is aggregated by the join's keys
//! first (Yan & Larson, "Eager Aggregation and Lazy Aggregation", VLDB 1995; the group join of Moerkotte & Neumann, 2011).
//!
//! `SELECT c.id, count(o.id) FROM c LEFT JOIN o ON o.customer = c.id GROUP BY c.id` looks up every order and then finds
//! its customer's group again. Counted by customer beforehand, each customer is looked up once.

use rowmill_vm::program::JoinKind;

use super::unique::is_unique;
use super::unnest::with_empty_groups;
use super::{Estimator, may_fail};
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{
    AggregateExpr, ColumnId, Columns, Expr, JoinKey, Plan, Query, Side, column_of, group_build_side, mark_computed,
};

/// How many times as many rows may be aggregated as the join would have given.
const MORE_ROWS: f64 = 2.0;

pub(super) fn group_join(query: &mut Query, estimator: &Estimator) {
    if rewrite(&mut query.plan, &mut query.columns, estimator) {
        mark_computed(&query.plan, &mut query.columns);
    }
}

/// Rewrites what can be; says whether something was.
fn rewrite(plan: &mut Plan, columns: &mut Columns, estimator: &Estimator) -> bool {
    let mut changed = false;
    visit::for_each_input_mut(plan, &mut |input| changed |= rewrite(input, columns, estimator));
    match kept_side(plan, estimator) {
        Some(kept) => {
            *plan = aggregate_first(take(plan), kept, columns, estimator);
            true
        }
        None => changed,
    }
}

/// The side whose rows are the groups of an aggregation over a join, if it pays to aggregate the other one first.
fn kept_side(plan: &Plan, estimator: &Estimator) -> Option<Side> {
    let Plan::Aggregate { input, keys: group, calls } = plan else { return None };
    let Plan::Join { kind, probe, build, keys, residual, .. } = &**input else { return None };
    if group.is_empty() || keys.is_empty() || !residual.is_empty() {
        return None;
    }
    let (kept, other) = match kind {
        JoinKind::Left | JoinKind::Inner if is_row_of(probe, group) => (Side::Probe, build),
        JoinKind::Inner if is_row_of(build, group) => (Side::Build, probe),
        _ => return None,
    };
    let movable = |expr: &Expr| !may_fail(expr) && !is_volatile(expr);
    let all_move = keys.iter().all(|key| movable(&key.probe) && movable(&key.build));
    let of_other = ColumnSet::of_output(other);
    let fits = calls.iter().all(|(_, call)| is_of_row(call, &of_other) || is_of_other(call, &of_other, *kind));
    let some_of_other = calls.iter().any(|(_, call)| !is_of_row(call, &of_other));
    let pays = || estimator.rows(other) <= MORE_ROWS * estimator.rows(input);
    (all_move && fits && some_of_other && pays()).then_some(kept)
}

/// Aggregates one side of the join below an aggregation, and joins it with the side that is kept.
fn aggregate_first(plan: Plan, kept: Side, columns: &mut Columns, estimator: &Estimator) -> Plan {
    let Plan::Aggregate { input, keys: mut items, calls } = plan else { unreachable!("only done to aggregations") };
    let Plan::Join { kind, probe, build, mut keys, span, .. } = *input else { unreachable!("over joins") };
    let (kept, other) = match kept {
        Side::Probe => (probe, build),
        Side::Build => {
            keys.iter_mut().for_each(JoinKey::swap_sides);
            (build, probe)
        }
    };
    let of_other = ColumnSet::of_output(&other);
    let (of_row, own): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(_, call)| is_of_row(call, &of_other));
    items.extend(of_row.into_iter().filter_map(|(id, call)| Some((id, call.arguments.into_iter().next()?))));
    let grouped = Plan::Aggregate { input: other, keys: group_build_side(&mut keys, columns), calls: own };
    let (grouped, results) = with_empty_groups(grouped, kind == JoinKind::Left, columns);
    items.extend(results);
    // What has fewer rows is built, unless the join has to keep those of the other side.
    let turned = kind == JoinKind::Inner && estimator.rows(&kept) < estimator.rows(&grouped);
    let (probe, build) = if turned { (Box::new(grouped), kept) } else { (kept, Box::new(grouped)) };
    if turned {
        keys.iter_mut().for_each(JoinKey::swap_sides);
    }
    let join = Plan::Join { kind, probe, build, keys, residual: Vec::new(), mark: None, span };
    Plan::Project { input: Box::new(join), items }
}

/// Whether each group is one row of `side` at most.
fn is_row_of(side: &Plan, group: &[(ColumnId, Expr)]) -> bool {
    let of_side = ColumnSet::of_output(side);
    let own = |(_, expr): &(ColumnId, Expr)| column_of(expr).filter(|column| of_side.contains(*column));
    let columns: Option<ColumnSet> = group.iter().map(own).collect();
    columns.is_some_and(|columns| is_unique(side, &columns))
}

/// Whether an aggregate only picks a value of the row that the group is.
fn is_of_row(call: &AggregateExpr, of_other: &ColumnSet) -> bool {
    let picks = matches!(call.function.name, "first" | "last" | "any_value" | "min" | "max");
    picks
        && call.filter.is_none()
        && call.arguments.iter().all(|argument| !ColumnSet::of_expr(argument).intersects(of_other))
}

/// Whether an aggregate can be computed from the rows of the other side alone.
fn is_of_other(call: &AggregateExpr, of_other: &ColumnSet, kind: JoinKind) -> bool {
    let exprs = || call.arguments.iter().chain(&call.filter);
    let computable =
        exprs().all(|expr| of_other.contains_all(&ColumnSet::of_expr(expr)) && !may_fail(expr) && !is_volatile(expr));
    // A row without a partner is a row of NULLs to the aggregate, which has to pass over it.
    let passes = kind == JoinKind::Inner
        || !call.arguments.is_empty() && call.arguments.iter().all(|argument| column_of(argument).is_some());
    computable && passes && !call.function.ordered
}
