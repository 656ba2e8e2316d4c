//! ORDER BY where nobody sees the order: below an aggregation, on the build side of a join, below another ORDER BY.

use rowmill_vm::program::JoinKind;

use crate::plan::visit::{self, take};
use crate::plan::{AggregateExpr, Plan, Query};

/// Aggregates whose results do not depend on the order of rows.
const UNORDERED: &[&str] = &[
    "count",
    "count_if",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "bit_and",
    "bit_or",
    "bit_xor",
    "var_samp",
    "var_pop",
    "stddev_samp",
    "stddev_pop",
    "covar_samp",
    "covar_pop",
    "corr",
];

pub(super) fn unordered(query: &mut Query) {
    drop_sorts(&mut query.plan, Order::Seen);
}

/// Whether the order of rows matters to what is above.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Seen,
    Unseen,
}

fn drop_sorts(plan: &mut Plan, order: Order) {
    if let Plan::Sort { input, limit: None, .. } = plan
        && order == Order::Unseen
    {
        *plan = take(input);
        return drop_sorts(plan, order);
    }
    match plan {
        Plan::Sort { input, .. } => drop_sorts(input, Order::Unseen),
        Plan::Aggregate { input, calls, .. } => {
            let is_unordered = |call: &AggregateExpr| UNORDERED.contains(&call.function.name);
            let own = if calls.iter().all(|(_, call)| is_unordered(call)) { Order::Unseen } else { Order::Seen };
            drop_sorts(input, own);
        }
        Plan::Join { kind, probe, build, .. } => {
            drop_sorts(probe, if *kind == JoinKind::Full { Order::Unseen } else { order });
            drop_sorts(build, Order::Unseen);
        }
        Plan::Filter { input, .. } | Plan::Project { input, .. } => drop_sorts(input, order),
        // Which rows come first decides which are kept, or how windows number them.
        Plan::Limit { .. }
        | Plan::Window { .. }
        | Plan::Append { .. }
        | Plan::Storing(_)
        | Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Stored { .. } => visit::for_each_input_mut(plan, &mut |input| drop_sorts(input, Order::Seen)),
    }
}
