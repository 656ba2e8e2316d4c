//! Outer joins whose filled-up rows are dropped further up become inner joins, or keep one side less.
//!
//! What is above a join may need a column not to be NULL: a predicate that cannot be true of NULL, or the key of
//! another join. Rows in which a side is filled up with NULLs then need not be made.

use rowmill_vm::functions::NullRule;
use rowmill_vm::program::JoinKind;

use crate::plan::visit::{self, ColumnSet, any_child, substitute};
use crate::plan::{ColumnId, Expr, ExprKind, JoinKey, Plan, Query, is_null, not};

pub(super) fn outer_to_inner(query: &mut Query) {
    narrow(&mut query.plan, &[]);
}

fn has_outer_join(plan: &Plan) -> bool {
    let mut found = matches!(plan, Plan::Join { kind: JoinKind::Left | JoinKind::Full, .. });
    visit::for_each_input(plan, &mut |input| found = found || has_outer_join(input));
    found
}

/// Narrows the joins of a plan of which only rows matter for which all of `demands` are true.
fn narrow(plan: &mut Plan, demands: &[Expr]) {
    if !has_outer_join(plan) {
        return;
    }
    match plan {
        Plan::Filter { input, predicates } => narrow(input, &[demands, predicates.as_slice()].concat()),
        Plan::Project { input, items } => narrow(input, &through(demands, items)),
        Plan::Aggregate { input, keys, .. } => {
            // Without keys there is a row even if nothing comes in.
            let own = through(demands, keys);
            narrow(input, if keys.is_empty() { &[] } else { &own });
        }
        Plan::Sort { input, limit: None, .. } => narrow(input, demands),
        Plan::Join { .. } => narrow_join(plan, demands),
        Plan::Sort { .. }
        | Plan::Limit { .. }
        | Plan::Window { .. }
        | Plan::Append { .. }
        | Plan::Storing(_)
        | Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Stored { .. } => visit::for_each_input_mut(plan, &mut |input| narrow(input, &[])),
    }
}

/// What the demands on computed columns say of the columns below: those that read others are left out.
fn through(demands: &[Expr], items: &[(ColumnId, Expr)]) -> Vec<Expr> {
    let find = |column| items.iter().find(|(id, _)| *id == column).map(|(_, expr)| expr.clone());
    let is_here = |demand: &&Expr| {
        let mut here = true;
        visit::for_each_column(demand, &mut |column| here &= items.iter().any(|(id, _)| *id == column));
        here
    };
    let mut own: Vec<Expr> = demands.iter().filter(is_here).cloned().collect();
    own.iter_mut().for_each(|demand| substitute(demand, &find));
    own
}

fn narrow_join(plan: &mut Plan, demands: &[Expr]) {
    let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
    let drops = |side: &Plan| {
        let columns = ColumnSet::of_output(side);
        demands.iter().any(|demand| rejects_null(demand, &columns))
    };
    *kind = match (*kind, drops(probe), drops(build)) {
        (JoinKind::Left, _, true) | (JoinKind::Full, true, true) => JoinKind::Inner,
        (JoinKind::Full, true, false) => JoinKind::Left,
        (JoinKind::Full, false, true) => {
            std::mem::swap(probe, build);
            keys.iter_mut().for_each(JoinKey::swap_sides);
            JoinKind::Left
        }
        (kind, ..) => kind,
    };
    let own = |side: fn(&JoinKey) -> &Expr| {
        let strict = keys.iter().filter(|key| !key.null_equal).map(side);
        let mut own: Vec<Expr> = strict.map(|expr| not(is_null(expr.clone()))).collect();
        own.extend(residual.iter().cloned());
        own
    };
    let (of_probe, of_build) = (own(|key| &key.probe), own(|key| &key.build));
    let above = demands.to_vec();
    let (probe_demands, build_demands) = match kind {
        JoinKind::Inner => ([&above[..], &of_probe[..]].concat(), [above, of_build].concat()),
        JoinKind::Semi => ([above, of_probe].concat(), of_build),
        // A row of the build side that nobody finds does not matter.
        JoinKind::Left | JoinKind::Anti | JoinKind::Single => (above, of_build),
        // A NULL on the build side may make the mark NULL.
        JoinKind::Mark => (above, Vec::new()),
        JoinKind::RightSemi => (of_probe, [above, of_build].concat()),
        JoinKind::RightAnti => (of_probe, above),
        JoinKind::Full => (Vec::new(), Vec::new()),
    };
    narrow(probe, &probe_demands);
    narrow(build, &build_demands);
}

/// Whether a predicate cannot be true where all of `columns` are NULL.
pub(super) fn rejects_null(predicate: &Expr, columns: &ColumnSet) -> bool {
    match &predicate.kind {
        ExprKind::And(operands) => operands.iter().any(|operand| rejects_null(operand, columns)),
        ExprKind::Or(operands) => operands.iter().all(|operand| rejects_null(operand, columns)),
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::IsNull(inner) => null_with(inner, columns),
            _ => null_with(predicate, columns),
        },
        _ => null_with(predicate, columns),
    }
}

/// Whether an expression is NULL where all of `columns` are.
fn null_with(expr: &Expr, columns: &ColumnSet) -> bool {
    match &expr.kind {
        ExprKind::Column(column) => columns.contains(*column),
        ExprKind::Arithmetic(..)
        | ExprKind::Negate(_)
        | ExprKind::Compare(..)
        | ExprKind::Not(_)
        | ExprKind::Cast(..) => any_child(expr, |child| null_with(child, columns)),
        ExprKind::Function(function, _) if function.overload.nulls == NullRule::Strict => {
            any_child(expr, |child| null_with(child, columns))
        }
        ExprKind::InList(operand, _) => null_with(operand, columns),
        ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Distinct(..)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::IsNull(_)
        | ExprKind::Case(..)
        | ExprKind::Coalesce(_)
        | ExprKind::Function(..) => false,
    }
}
