//! Moves semi- and anti-joins below inner joins, to the one side whose rows they choose among.
//!
//! `WHERE o_orderkey IN (…)` over a join of orders and line items keeps few orders (TPC-H Q18): it is cheaper to know
//! that before their line items are looked up. Where the join itself drops most rows, the order stays.

use rowmill_vm::program::JoinKind;

use super::{estimate, may_fail};
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{Plan, Query};

pub(super) fn sink_semi(query: &mut Query) {
    sink_all(&mut query.plan);
}

fn sink_all(plan: &mut Plan) {
    // Inputs first: of two semi-joins above one another, the upper one then finds the inner join directly below.
    visit::for_each_input_mut(plan, &mut sink_all);
    let Some(read) = columns_chosen_by(plan) else { return };
    let Plan::Join { probe, .. } = plan else { return };
    let joined_rows = estimate::rows(probe);
    let mut joins = take(probe);
    at_side(&mut joins, &read, &mut |side| {
        if !is_inner_join(side) && estimate::rows(side) <= joined_rows {
            // The semi-join changes places with the joins that stood between it and the side that it reads.
            set_probe(plan, take(side));
            *side = take(plan);
        }
    });
    match plan {
        Plan::Join { .. } => set_probe(plan, joins),
        _ => *plan = joins,
    }
}

fn set_probe(join: &mut Plan, side: Plan) {
    if let Plan::Join { probe, .. } = join {
        **probe = side;
    }
}

fn is_inner_join(plan: &Plan) -> bool {
    matches!(plan, Plan::Join { kind: JoinKind::Inner, .. })
}

/// The columns of its probe side by which a semi- or anti-join above an inner join chooses, if it may be moved.
fn columns_chosen_by(plan: &Plan) -> Option<ColumnSet> {
    let Plan::Join { kind: JoinKind::Semi | JoinKind::Anti, probe, build, keys, residual, .. } = plan else {
        return None;
    };
    let exprs = || keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(residual);
    if !is_inner_join(probe) || exprs().any(|expr| may_fail(expr) || is_volatile(expr)) {
        return None;
    }
    let of_build = ColumnSet::of_output(build);
    let mut read = ColumnSet::default();
    for expr in exprs() {
        visit::for_each_column(expr, &mut |column| {
            if !of_build.contains(column) {
                read.insert(column);
            }
        });
    }
    (!read.is_empty()).then_some(read)
}

/// Visits the smallest part of a tree of inner joins that gives all the columns `read`.
fn at_side(plan: &mut Plan, read: &ColumnSet, visit: &mut dyn FnMut(&mut Plan)) {
    let has = |side: &Plan| ColumnSet::of_output(side).contains_all(read);
    match plan {
        Plan::Join { kind: JoinKind::Inner, probe, .. } if has(probe) => at_side(probe, read, visit),
        Plan::Join { kind: JoinKind::Inner, build, .. } if has(build) => at_side(build, read, visit),
        _ => visit(plan),
    }
}
