//! Which columns are different in every row.
//!
//! Groups have different keys, DISTINCT gives different rows, one row is different from no other; and a table knows
//! of a column whose values ascend, which is proof for the snapshot that the plan is made for.

use rowmill_vm::DataType;
use rowmill_vm::program::{JoinKind, Repeats};
use rowmill_vm::table::Table;

use crate::plan::visit::ColumnSet;
use crate::plan::{Expr, JoinKey, Plan, Turns, column_of};

/// Whether no two rows of `plan` are equal in all of `columns`, NULL being equal to NULL.
pub(super) fn is_unique(plan: &Plan, columns: &ColumnSet) -> bool {
    if has_one_row(plan) {
        return true;
    }
    match plan {
        Plan::Filter { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Limit { input, .. }
        | Plan::Window { input, .. } => is_unique(input, columns),
        Plan::Project { input, items } => {
            let kept = items.iter().filter(|(id, _)| columns.contains(*id));
            is_unique(input, &columns_among(kept.map(|(_, expr)| expr)))
        }
        Plan::Aggregate { keys, .. } => keys.iter().all(|(id, _)| columns.contains(*id)),
        Plan::Storing(storing) => match storing.turns {
            Turns::One => is_unique(&storing.reader.0, columns),
            Turns::EachRow | Turns::Recursive(Repeats::Kept) => false,
            Turns::Recursive(Repeats::Dropped) => storing.columns.iter().all(|id| columns.contains(*id)),
        },
        Plan::Join { kind, probe, build, keys, .. } => match kind {
            JoinKind::Semi | JoinKind::Anti | JoinKind::Mark | JoinKind::Single => is_unique(probe, columns),
            JoinKind::Left => is_unique(probe, columns) && (has_one_partner(build, keys) || is_unique(build, columns)),
            JoinKind::Inner => {
                (is_unique(probe, columns) && (has_one_partner(build, keys) || is_unique(build, columns)))
                    || (is_unique(build, columns) && has_one_partner_in_probe(probe, keys))
            }
            JoinKind::RightSemi | JoinKind::RightAnti => is_unique(build, columns),
            JoinKind::Full => false,
        },
        Plan::Scan { table, columns: scanned } => {
            scanned.iter().any(|(id, position)| columns.contains(*id) && ascends(table.as_ref(), *position))
        }
        Plan::Values { .. } | Plan::Stored { .. } | Plan::Append { .. } => false,
    }
}

/// Whether equal values of a type are the same value, so that one can stand for the other: 0.0 and -0.0 are equal, as are a
/// month and thirty days.
pub(super) fn is_identity(data_type: &DataType) -> bool {
    !data_type.is_float() && *data_type != DataType::Interval
}

/// Whether the values of a table's column ascend, so that none comes twice.
pub fn ascends(table: &dyn Table, position: usize) -> bool {
    // A month and thirty days are equal intervals, and not the same.
    let is_exact = table.columns().get(position).is_some_and(|column| column.data_type != DataType::Interval);
    is_exact && table.statistics(position).is_some_and(|statistics| statistics.ascending)
}

/// Whether a plan gives one row at most.
pub(crate) fn has_one_row(plan: &Plan) -> bool {
    match plan {
        Plan::Values { rows, .. } => rows.len() <= 1,
        Plan::Aggregate { keys, input, .. } => keys.is_empty() || has_one_row(input),
        Plan::Limit { limit: Some(limit), .. } | Plan::Sort { limit: Some(limit), .. } if *limit <= 1 => true,
        Plan::Filter { input, .. }
        | Plan::Project { input, .. }
        | Plan::Window { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Limit { input, .. } => has_one_row(input),
        Plan::Join { kind, probe, build, .. } => match kind {
            JoinKind::Semi | JoinKind::Anti | JoinKind::Mark | JoinKind::Single => has_one_row(probe),
            JoinKind::Inner | JoinKind::Left => has_one_row(probe) && has_one_row(build),
            JoinKind::RightSemi | JoinKind::RightAnti => has_one_row(build),
            JoinKind::Full => false,
        },
        Plan::Storing(storing) => storing.turns == Turns::One && has_one_row(&storing.reader.0),
        Plan::Scan { .. } | Plan::Stored { .. } | Plan::Append { .. } => false,
    }
}

/// Whether a row of the probe side finds one partner at most on the build side.
pub(super) fn has_one_partner(build: &Plan, keys: &[JoinKey]) -> bool {
    is_unique(build, &columns_among(keys.iter().map(|key| &key.build)))
}

/// Whether a row of the build side finds one partner at most on the probe side.
fn has_one_partner_in_probe(probe: &Plan, keys: &[JoinKey]) -> bool {
    is_unique(probe, &columns_among(keys.iter().map(|key| &key.probe)))
}

fn columns_among<'a>(exprs: impl Iterator<Item = &'a Expr>) -> ColumnSet {
    exprs.filter_map(column_of).collect()
}
