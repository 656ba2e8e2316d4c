//! Takes conjuncts that all arms of an OR share out of it: (a AND b) OR (a AND c) becomes a AND (b OR c).
//!
//! TPC-H Q19 hides the key of its join in such an OR.

use super::may_fail;
use crate::plan::visit::{self, ColumnSet, is_volatile, same};
use crate::plan::{Expr, ExprKind, Plan, Query};

pub(super) fn factor(query: &mut Query) {
    factor_plan(&mut query.plan);
}

fn factor_plan(plan: &mut Plan) {
    visit::for_each_input_mut(plan, &mut factor_plan);
    if let Plan::Filter { predicates, .. } | Plan::Join { residual: predicates, .. } = plan
        && predicates.iter().any(|predicate| matches!(predicate.kind, ExprKind::Or(_)))
    {
        *predicates = std::mem::take(predicates).into_iter().flat_map(factor_predicate).collect();
    }
}

/// The conjuncts that an OR consists of: what its arms share, then the OR of their rests.
fn factor_predicate(mut predicate: Expr) -> Vec<Expr> {
    let ExprKind::Or(arms) = &mut predicate.kind else { return vec![predicate] };
    let is_shared = |conjunct: &Expr, others: &[Expr]| {
        !may_fail(conjunct) && others.iter().all(|arm| conjuncts(arm).iter().any(|other| same(conjunct, other)))
    };
    let [first, others @ ..] = arms.as_slice() else { return vec![predicate] };
    let mut result: Vec<Expr> = conjuncts(first).iter().filter(|c| is_shared(c, others)).cloned().collect();
    if result.is_empty() {
        return vec![predicate];
    }
    let mut always = false;
    for arm in arms.iter_mut() {
        let mut rest = match &mut arm.kind {
            ExprKind::And(operands) => std::mem::take(operands),
            _ => vec![arm.clone()],
        };
        rest.retain(|conjunct| !result.iter().any(|shared| same(shared, conjunct)));
        always |= rest.is_empty();
        match rest.len() {
            1 => *arm = rest.swap_remove(0),
            _ => arm.kind = ExprKind::And(rest),
        }
    }
    // An arm that was nothing but the shared conjuncts makes the rest of the OR true.
    if !always {
        result.push(predicate);
    }
    result
}

fn conjuncts(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::And(operands) => operands,
        _ => std::slice::from_ref(expr),
    }
}

/// What an OR says of `columns` alone: if every arm has conjuncts over them, the OR of those. A weaker predicate,
/// to be tested early and besides.
pub(super) fn implied(predicate: &Expr, columns: &ColumnSet) -> Option<Expr> {
    let ExprKind::Or(arms) = &predicate.kind else { return None };
    let is_about = |conjunct: &Expr| {
        let read = ColumnSet::of_expr(conjunct);
        !read.is_empty() && columns.contains_all(&read) && !may_fail(conjunct) && !is_volatile(conjunct)
    };
    let mut implied = Vec::with_capacity(arms.len());
    for arm in arms {
        let mut about: Vec<Expr> = conjuncts(arm).iter().filter(|conjunct| is_about(conjunct)).cloned().collect();
        implied.push(match about.len() {
            0 => return None,
            1 => about.swap_remove(0),
            _ => Expr { kind: ExprKind::And(about), ..arm.clone() },
        });
    }
    Some(Expr { kind: ExprKind::Or(implied), ..predicate.clone() })
}
