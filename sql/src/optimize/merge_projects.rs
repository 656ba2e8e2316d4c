//! Computes in one operator what two projections, or a projection under an aggregation, compute.
//!
//! What is used more than once stays where it is computed once, and so does all that stands beside it.

use crate::plan::visit::{self, is_volatile, substitute, take};
use crate::plan::{ColumnId, Expr, ExprKind, Plan, Query};

pub(super) fn merge_projects(query: &mut Query) {
    merge(&mut query.plan);
}

fn merge(plan: &mut Plan) {
    visit::for_each_input_mut(plan, &mut merge);
    if !matches!(plan, Plan::Project { .. } | Plan::Aggregate { .. }) {
        return;
    }
    let mut uses = Vec::new();
    visit::for_each_expr_mut(plan, &mut |expr| visit::for_each_column(expr, &mut |column| uses.push(column)));
    let (Plan::Project { input, .. } | Plan::Aggregate { input, .. }) = plan else { return };
    let Plan::Project { input: below, items } = &mut **input else { return };
    if !items.iter().all(|(id, expr)| may_merge(*id, expr, &uses)) {
        return;
    }
    let items = std::mem::take(items);
    **input = take(below);
    let replacement = |column| items.iter().find(|(id, _)| *id == column).map(|(_, expr)| expr.clone());
    visit::for_each_expr_mut(plan, &mut |expr| substitute(expr, &replacement));
}

fn may_merge(id: ColumnId, expr: &Expr, uses: &[ColumnId]) -> bool {
    let simple = matches!(expr.kind, ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Parameter(_));
    simple || (!is_volatile(expr) && uses.iter().filter(|used| **used == id).count() <= 1)
}
