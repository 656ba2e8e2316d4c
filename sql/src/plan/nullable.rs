//! Which columns may be NULL, all joins considered.
//!
//! Binding decides that for an expression when it meets it; a join further up may fill the same columns with NULLs. A
//! column has one answer wherever it stands, below that join too, so what is computed from it there has to follow.

use rowmill_vm::program::JoinKind;

use super::visit::{any_child, for_each_input};
use super::{ColumnId, Columns, Expr, ExprKind, Plan};

/// Whether an expression may be NULL, for what is known of its columns now.
pub fn may_be_null(expr: &Expr, columns: &Columns) -> bool {
    match expr.kind {
        ExprKind::Column(column) => columns.get(column).nullable,
        _ => expr.nullable || any_child(expr, |child| may_be_null(child, columns)),
    }
}

/// Notes which columns joins fill with NULLs, and which are computed from such columns. Also those that no name
/// reaches go through a join like the rest, until they are pruned.
pub fn mark_nullable(plan: &Plan, columns: &mut Columns) {
    if mark_filled(plan, columns) {
        mark_computed(plan, columns);
    }
}

/// Marks the columns that joins fill; says whether there are any.
fn mark_filled(plan: &Plan, columns: &mut Columns) -> bool {
    let mut found = false;
    for_each_input(plan, &mut |input| found |= mark_filled(input, columns));
    let Plan::Join { kind, probe, build, .. } = plan else { return found };
    let filled: &[&Plan] = match kind {
        JoinKind::Left | JoinKind::Single => &[build],
        JoinKind::Full => &[probe, build],
        JoinKind::Inner
        | JoinKind::Semi
        | JoinKind::Anti
        | JoinKind::Mark
        | JoinKind::RightSemi
        | JoinKind::RightAnti => &[],
    };
    filled.iter().flat_map(|side| side.output()).for_each(|id| columns.set_nullable(id));
    found || !filled.is_empty()
}

/// Notes which columns are computed from columns that may be NULL.
pub fn mark_computed(plan: &Plan, columns: &mut Columns) {
    // A column that keeps its id above what computes it anew is the same column below.
    while mark_once(plan, columns) {}
}

/// Goes over the plan once, inputs first; says whether there was a column to mark.
fn mark_once(plan: &Plan, columns: &mut Columns) -> bool {
    let mut changed = false;
    for_each_input(plan, &mut |input| changed |= mark_once(input, columns));
    let mut mark = |id: ColumnId, columns: &mut Columns| {
        changed |= !columns.get(id).nullable;
        columns.set_nullable(id);
    };
    let mut mark_renamed = |from: &[ColumnId], to: &[ColumnId], columns: &mut Columns| {
        for (from, to) in from.iter().zip(to) {
            if columns.get(*from).nullable {
                mark(*to, columns);
            }
        }
    };
    match plan {
        Plan::Append { inputs, columns: outputs } => {
            inputs.iter().for_each(|(_, own)| mark_renamed(own, outputs, columns));
        }
        Plan::Storing(storing) if storing.is_recursive() => {
            for (_, own) in [&storing.rows, &storing.reader] {
                mark_renamed(own, &storing.columns, columns);
            }
        }
        Plan::Project { items, .. } | Plan::Aggregate { keys: items, .. } => {
            for (id, expr) in items {
                if may_be_null(expr, columns) {
                    mark(*id, columns);
                }
            }
        }
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Filter { .. }
        | Plan::Join { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => {}
    }
    changed
}
