//! Predicates over both sides of a dependent join go up into its condition.

use rowmill_vm::program::JoinKind;

use super::{is_volatile, may_fail};
use crate::optimize::split_conjuncts;
use crate::plan::visit::{ColumnSet, take};
use crate::plan::{ColumnId, Expr, ExprKind, Plan};

/// Takes the predicates that read columns of `outer` out of `plan` and adds them to `pulled`, as far as nothing stands
/// in between that would notice. What may fail stays behind what it stood behind.
pub(super) fn pull(plan: &mut Plan, outer: &ColumnSet, pulled: &mut Vec<Expr>) {
    match plan {
        Plan::Filter { input, predicates } => {
            pull(input, outer, pulled);
            let mut all = Vec::with_capacity(predicates.len());
            split_conjuncts(std::mem::take(predicates), &mut all);
            for predicate in all {
                if reads(&predicate, outer) || !pulled.is_empty() && may_fail(&predicate) {
                    pulled.push(predicate);
                } else {
                    predicates.push(predicate);
                }
            }
            if predicates.is_empty() {
                *plan = take(input);
            }
        }
        Plan::Project { input, items } => {
            let stays = |expr: &Expr| may_fail(expr) || is_volatile(expr) || reads(expr, outer);
            if items.iter().any(|(_, expr)| stays(expr)) {
                return;
            }
            let before = pulled.len();
            pull(input, outer, pulled);
            // What neither has is of a query further out.
            let of_input = ColumnSet::of_output(input);
            pulled[before..].iter().for_each(|predicate| keep_columns(items, predicate, &of_input));
        }
        Plan::Join { kind, probe, build, keys, residual, .. } => {
            let can_fail = keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(&*residual).any(may_fail);
            if *kind == JoinKind::Full || can_fail {
                return;
            }
            pull(probe, outer, pulled);
            if *kind == JoinKind::Inner {
                pull(build, outer, pulled);
                pulled.extend(residual.extract_if(.., |condition| reads(condition, outer)));
            }
        }
        Plan::Sort { input, limit: None, .. } => pull(input, outer, pulled),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. }
        | Plan::Append { .. } => {}
    }
}

fn reads(expr: &Expr, outer: &ColumnSet) -> bool {
    ColumnSet::of_expr(expr).intersects(outer)
}

/// Makes a projection keep those columns of its input that a predicate reads.
fn keep_columns(items: &mut Vec<(ColumnId, Expr)>, predicate: &Expr, of_input: &ColumnSet) {
    if let ExprKind::Column(id) = predicate.kind
        && of_input.contains(id)
        && items.iter().all(|(known, _)| *known != id)
    {
        items.push((id, predicate.clone()));
    }
    predicate.for_each_child(&mut |child| keep_columns(items, child, of_input));
}
