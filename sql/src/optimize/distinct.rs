//! DISTINCT over rows that are distinct anyway.

use super::unique;
use crate::plan::visit::{self, ColumnSet, take};
use crate::plan::{Plan, Query, column_of};

pub(super) fn distinct(query: &mut Query) {
    eliminate(&mut query.plan);
}

fn eliminate(plan: &mut Plan) {
    visit::for_each_input_mut(plan, &mut eliminate);
    let Plan::Aggregate { input, keys, calls } = plan else { return };
    if keys.is_empty() || !calls.is_empty() {
        return;
    }
    let columns: ColumnSet = keys.iter().filter_map(|(_, expr)| column_of(expr)).collect();
    if unique::is_unique(input, &columns) {
        *plan = Plan::Project { items: std::mem::take(keys), input: Box::new(take(input)) };
    }
}
