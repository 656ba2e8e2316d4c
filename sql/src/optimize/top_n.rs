//! LIMIT, as early as it goes: below projections, and into sorts, which then keep only so many rows.

use crate::plan::visit::{self, take};
use crate::plan::{Plan, Query};

pub(super) fn top_n(query: &mut Query) {
    push_limits(&mut query.plan);
}

fn push_limits(plan: &mut Plan) {
    if let Plan::Limit { input, .. } = plan
        && matches!(**input, Plan::Project { .. })
    {
        // The limit changes places with the projection; the projection's input is the limit's from now on.
        let mut project = take(input);
        if let Plan::Project { input: below, .. } = &mut project {
            **input = take(below);
            **below = take(plan);
        }
        *plan = project;
    }
    if let Plan::Limit { input, offset, limit: Some(limit) } = plan {
        let rows = offset.saturating_add(*limit);
        if *limit == 0 {
            *plan = Plan::Values { columns: plan.output(), rows: Vec::new() };
        } else if let Plan::Sort { limit: kept, .. } = &mut **input {
            *kept = Some(kept.map_or(rows, |kept| kept.min(rows)));
            if *offset == 0 {
                *plan = take(input);
            }
        }
    }
    visit::for_each_input_mut(plan, &mut push_limits);
}
