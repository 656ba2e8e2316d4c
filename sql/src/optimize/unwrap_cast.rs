//! Compares columns as they are: CAST(x AS wider) < constant becomes x < constant of x's own type.
//!
//! Binding casts both sides of a comparison to their common type, which may be as wide as 128 bits or, for a DATE, a
//! TIMESTAMP. Where the cast keeps order and the constant is the image of a value of x's type, that value compares
//! alike, in x's narrow lane.

use rowmill_vm::{DataType, TimeUnit, Value};

use super::may_fail::{rescaled, type_range, within};
use crate::plan::visit::for_each_expr_mut;
use crate::plan::{Expr, ExprKind, Plan, Query, visit};

const DAY_SECONDS: i128 = 86_400;

pub(super) fn unwrap_cast(query: &mut Query) {
    unwrap_plan(&mut query.plan);
}

fn unwrap_plan(plan: &mut Plan) {
    visit::for_each_input_mut(plan, &mut unwrap_plan);
    for_each_expr_mut(plan, &mut unwrap_expr);
}

fn unwrap_expr(expr: &mut Expr) {
    expr.for_each_child_mut(&mut unwrap_expr);
    match &mut expr.kind {
        ExprKind::Compare(_, left, right) | ExprKind::Distinct(left, right) => {
            let _ = unwrap_operands(left, std::slice::from_mut(right))
                || unwrap_operands(right, std::slice::from_mut(left));
        }
        ExprKind::InList(operand, list) => _ = unwrap_operands(operand, list),
        _ => {}
    }
}

/// Takes the cast off `operand` if every one of `others` is a constant that stands for a value of its type.
fn unwrap_operands(operand: &mut Expr, others: &mut [Expr]) -> bool {
    let ExprKind::Cast(inner, _) = &operand.kind else { return false };
    let (from, to) = (inner.data_type.clone(), &operand.data_type);
    let originals: Option<Vec<Value>> = others.iter().map(|other| original(other, &from, to)).collect();
    let Some(originals) = originals else { return false };
    for (other, value) in others.iter_mut().zip(originals) {
        other.kind = ExprKind::Literal(value);
        other.data_type = from.clone();
    }
    let cast = std::mem::replace(&mut operand.kind, ExprKind::Literal(Value::Null));
    if let ExprKind::Cast(inner, _) = cast {
        *operand = *inner;
    }
    true
}

/// The value of type `from` that the cast takes to the constant `expr` of type `to`, if the cast keeps order.
fn original(expr: &Expr, from: &DataType, to: &DataType) -> Option<Value> {
    let ExprKind::Literal(value) = &expr.kind else { return None };
    let factor = factor(from, to)?;
    if value.is_null() {
        return Some(Value::Null);
    }
    let image = value.as_i128()?;
    let value = image / factor;
    let range = match from {
        DataType::Date => (i32::MIN.into(), i32::MAX.into()),
        _ => type_range(from)?,
    };
    (image % factor == 0 && within(Some((value, value)), range)).then(|| Value::from_i128(value, from))
}

/// By how much a cast that keeps every value multiplies it.
fn factor(from: &DataType, to: &DataType) -> Option<i128> {
    match (from, to) {
        (DataType::Date, DataType::Timestamp(unit)) => Some(DAY_SECONDS * per_second(*unit)),
        _ => {
            let image = rescaled(type_range(from)?, from, to)?;
            let (_, factor) = rescaled((0, 1), from, to)?;
            within(Some(image), type_range(to)?).then_some(factor)
        }
    }
}

fn per_second(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}
