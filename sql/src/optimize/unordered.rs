//! ORDER BY where nobody sees the order: below an aggregation, on the build side of a join, below another ORDER BY.

use rowmill_vm::program::JoinKind;

use crate::plan::visit::{self, take};
use crate::plan::{Plan, Query};

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
            let own = if calls.iter().any(|(_, call)| call.function.ordered) { Order::Seen } else { Order::Unseen };
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
