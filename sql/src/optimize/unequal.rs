//! Whether there is a row with the same key and another value: the smallest and the largest value of the key know.
//!
//! `EXISTS (SELECT … WHERE b.k = a.k AND b.x <> a.x)` looks at all rows with the key until one is different. Where keys
//! come many times, each side's pairs grow with the square; the least and the greatest `x` of each key say the same.

use rowmill_vm::aggregates;
use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Span};

use super::{Estimator, may_fail};
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{AggregateExpr, Columns, CompareOp, Expr, ExprKind, Plan, Query};

/// How many rows a key must have.
const ROWS_OF_KEY: f64 = 16.0;

pub(super) fn unequal(query: &mut Query, estimator: &Estimator) {
    rewrite(&mut query.plan, &mut query.columns, estimator);
}

fn rewrite(plan: &mut Plan, columns: &mut Columns, estimator: &Estimator) {
    visit::for_each_input_mut(plan, &mut |input| rewrite(input, columns, estimator));
    let Plan::Join { kind: JoinKind::Semi | JoinKind::Anti, probe, build, keys, residual, .. } = plan else { return };
    let [condition] = &residual[..] else { return };
    let stays = |expr: &Expr| may_fail(expr) || is_volatile(expr);
    if keys.is_empty() || stays(condition) || keys.iter().any(|key| stays(&key.probe) || stays(&key.build)) {
        return;
    }
    let span = condition.span;
    let Some((of_probe, of_build)) = sides(condition, &ColumnSet::of_output(probe), &ColumnSet::of_output(build))
    else {
        return;
    };
    if estimator.rows(build) < ROWS_OF_KEY * estimator.groups(build, keys.iter().map(|key| &key.build)) {
        return;
    }
    let Some([least, greatest]) = extremes(&of_build) else { return };
    let mut grouped = Vec::with_capacity(keys.len());
    for key in keys {
        let id = columns.add("key", key.build.data_type.clone(), key.build.nullable);
        let column = columns.expr(id);
        grouped.push((id, std::mem::replace(&mut key.build, column)));
    }
    let calls = [least, greatest].map(|call| (columns.add(call.function.name, call.data_type.clone(), true), call));
    let differs = calls.iter().map(|(id, _)| {
        let kind = ExprKind::Compare(CompareOp::NotEqual, Box::new(of_probe.clone()), Box::new(columns.expr(*id)));
        Expr { kind, data_type: DataType::Boolean, nullable: true, span }
    });
    let either = ExprKind::Or(differs.collect());
    *residual = vec![Expr { kind: either, data_type: DataType::Boolean, nullable: true, span }];
    **build = Plan::Aggregate { input: Box::new(take(build)), keys: grouped, calls: calls.into() };
}

/// The sides of `<>`: that over the probe side's columns, and that over the build side's.
fn sides(condition: &Expr, of_probe: &ColumnSet, of_build: &ColumnSet) -> Option<(Expr, Expr)> {
    let ExprKind::Compare(CompareOp::NotEqual, left, right) = &condition.kind else { return None };
    let is_of = |expr: &Expr, side: &ColumnSet| side.contains_all(&ColumnSet::of_expr(expr));
    if is_of(left, of_probe) && is_of(right, of_build) {
        Some(((**left).clone(), (**right).clone()))
    } else if is_of(right, of_probe) && is_of(left, of_build) {
        Some(((**right).clone(), (**left).clone()))
    } else {
        None
    }
}

/// min and max of an expression.
fn extremes(of: &Expr) -> Option<[AggregateExpr; 2]> {
    let call = |name| AggregateExpr::of(aggregates::find(name)?, vec![of.clone()], of.data_type.clone(), Span::NONE);
    Some([call("min")?, call("max")?])
}
