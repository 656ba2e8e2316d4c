//! LIMIT and top-N below what keeps the number of rows or adds to it: into the inputs of UNION ALL, and to the probe
//! side of joins that keep each of its rows.

use rowmill_vm::program::JoinKind;

use super::may_fail;
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{ColumnId, Plan, Query, SortColumn};

pub(super) fn push_limit(query: &mut Query) {
    push(&mut query.plan);
}

fn push(plan: &mut Plan) {
    match plan {
        Plan::Limit { input, offset, limit: Some(limit) } => {
            let rows = offset.saturating_add(*limit);
            spread(input, rows, None);
        }
        Plan::Sort { input, keys, limit: Some(rows) } => {
            let keys = keys.clone();
            spread(input, *rows, Some(&keys));
        }
        _ => {}
    }
    visit::for_each_input_mut(plan, &mut push);
}

/// Lets the inputs of `plan` give no more rows than can be among its first `rows`, in the order of `keys` if there is
/// one.
fn spread(plan: &mut Plan, rows: u64, keys: Option<&[SortColumn]>) {
    match plan {
        Plan::Append { inputs, columns } => {
            for (input, own) in inputs {
                let rename =
                    |id: ColumnId| columns.iter().position(|column| *column == id).map(|position| own[position]);
                let own_keys: Option<Vec<SortColumn>> = keys.map(|keys| {
                    let key =
                        |key: &SortColumn| SortColumn { column: rename(key.column).unwrap_or(key.column), ..*key };
                    keys.iter().map(key).collect()
                });
                keep_first(input, rows, own_keys.as_deref());
            }
        }
        Plan::Join {
            kind: JoinKind::Left | JoinKind::Mark | JoinKind::Single, probe, keys: equal, residual, ..
        } => {
            let columns = ColumnSet::of_output(probe);
            let of_probe = keys.is_none_or(|keys| keys.iter().all(|key| columns.contains(key.column)));
            let mut exprs = equal.iter().flat_map(|key| [&key.probe, &key.build]).chain(residual.iter());
            // What may fail would fail for fewer rows, and what is volatile be asked less often: that is no harm; but a
            // top-N that stands twice must see the same rows.
            if of_probe && !exprs.any(|expr| may_fail(expr) || is_volatile(expr)) {
                keep_first(probe, rows, keys);
            }
        }
        Plan::Project { input, items } if keys.is_none() && !items.iter().any(|(_, expr)| is_volatile(expr)) => {
            spread(input, rows, None);
        }
        _ => {}
    }
}

/// Puts LIMIT or a top-N above a plan, unless it gives no more rows anyway.
fn keep_first(plan: &mut Plan, rows: u64, keys: Option<&[SortColumn]>) {
    let is_small = match plan {
        Plan::Limit { limit: Some(limit), .. } | Plan::Sort { limit: Some(limit), .. } => *limit <= rows,
        Plan::Values { rows: constant, .. } => constant.len() as u64 <= rows,
        _ => super::unique::has_one_row(plan),
    };
    if is_small {
        return;
    }
    let input = Box::new(take(plan));
    *plan = match keys {
        Some(keys) => Plan::Sort { input, keys: keys.to_vec(), limit: Some(rows) },
        None => Plan::Limit { input, offset: 0, limit: Some(rows) },
    };
}
