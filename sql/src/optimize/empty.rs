//! What has no rows makes most of what is above it have none.

use rowmill_vm::Value;
use rowmill_vm::program::JoinKind;

use super::may_fail;
use crate::plan::visit::{self, take};
use crate::plan::{ColumnId, Columns, Expr, ExprKind, Plan, Query, Turns};

pub(super) fn empty(query: &mut Query) {
    shrink(&mut query.plan, &query.columns);
}

fn is_empty(plan: &Plan) -> bool {
    matches!(plan, Plan::Values { rows, .. } if rows.is_empty())
}

fn no_rows(plan: &Plan) -> Plan {
    Plan::Values { columns: plan.output(), rows: Vec::new() }
}

fn shrink(plan: &mut Plan, columns: &Columns) {
    visit::for_each_input_mut(plan, &mut |input| shrink(input, columns));
    match plan {
        Plan::Filter { input, predicates } => {
            let is_never =
                |predicate: &Expr| matches!(predicate.kind, ExprKind::Literal(Value::Boolean(false) | Value::Null));
            // A predicate before it may still fail.
            let first = predicates.iter().position(|predicate| is_never(predicate) || may_fail(predicate));
            if is_empty(input) || first.is_some_and(|first| is_never(&predicates[first])) {
                *plan = no_rows(plan);
            }
        }
        Plan::Project { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Window { input, .. }
        | Plan::Limit { input, .. }
            if is_empty(input) =>
        {
            *plan = no_rows(plan);
        }
        Plan::Aggregate { input, keys, .. } if !keys.is_empty() && is_empty(input) => *plan = no_rows(plan),
        Plan::Join { .. } => shrink_join(plan, columns),
        Plan::Append { inputs, .. } => {
            inputs.retain(|(input, _)| !is_empty(input));
            if inputs.is_empty() {
                *plan = no_rows(plan);
            } else if inputs.len() == 1 {
                *plan = only_input(plan, columns);
            }
        }
        Plan::Storing(storing) if storing.turns != Turns::One && is_empty(&storing.rows.0) => *plan = no_rows(plan),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Stored { .. }
        | Plan::Storing(_)
        | Plan::Project { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Aggregate { .. } => {}
    }
}

fn shrink_join(plan: &mut Plan, columns: &Columns) {
    let Plan::Join { kind, probe, build, mark, .. } = plan else { return };
    let kept = match (*kind, is_empty(probe), is_empty(build)) {
        (JoinKind::Inner, true, _) | (JoinKind::Inner | JoinKind::Semi, _, true) => None,
        (JoinKind::Full, true, true) => None,
        (JoinKind::Full, true, false) => Some((take(build), filled(probe.output(), Value::Null, columns))),
        (JoinKind::Full | JoinKind::Left | JoinKind::Single, false, true) => {
            Some((take(probe), filled(build.output(), Value::Null, columns)))
        }
        (JoinKind::Anti, false, true) => Some((take(probe), Vec::new())),
        // Nothing is among nothing.
        (JoinKind::Mark, false, true) => {
            Some((take(probe), filled(mark.iter().copied().collect(), Value::Boolean(false), columns)))
        }
        (JoinKind::Semi | JoinKind::Anti | JoinKind::Left | JoinKind::Mark | JoinKind::Single, true, _) => None,
        _ => return,
    };
    *plan = match kept {
        None => no_rows(plan),
        Some((rest, added)) if added.is_empty() => rest,
        Some((rest, added)) => {
            let mut items: Vec<(ColumnId, Expr)> = rest.output().into_iter().map(|id| (id, columns.expr(id))).collect();
            items.extend(added);
            Plan::Project { input: Box::new(rest), items }
        }
    };
}

/// Columns of one constant.
fn filled(ids: Vec<ColumnId>, value: Value, columns: &Columns) -> Vec<(ColumnId, Expr)> {
    let constant = |id| {
        let nullable = value.is_null();
        (id, Expr { kind: ExprKind::Literal(value.clone()), nullable, ..columns.expr(id) })
    };
    ids.into_iter().map(constant).collect()
}

/// The only input that is left of an Append, its columns under the Append's names.
fn only_input(plan: &mut Plan, columns: &Columns) -> Plan {
    let Plan::Append { inputs, columns: outputs } = plan else { return take(plan) };
    let Some((input, own)) = inputs.pop() else { return take(plan) };
    let items = outputs.iter().zip(own).map(|(id, own)| (*id, columns.expr(own))).collect();
    Plan::Project { input: Box::new(input), items }
}
