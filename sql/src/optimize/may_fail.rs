//! Whether an expression may raise an error for some row.

use rowmill_vm::functions::cast;
use rowmill_vm::{DataType, Value};

use crate::plan::visit::{self, any_child, is_volatile};
use crate::plan::{ArithmeticOp, CastMode, Expr, ExprKind, Plan};

/// The smallest and largest unscaled value of an expression.
pub(super) type Range = (i128, i128);

/// Whether some row may make `expr` fail. Columns are taken to hold what their types say.
pub fn may_fail(expr: &Expr) -> bool {
    fails_itself(expr) || any_child(expr, may_fail)
}

/// Whether some expression of a plan may raise an error, or give another value each time.
pub fn plan_may_fail(plan: &Plan) -> bool {
    let mut found = false;
    visit::for_each_expr(plan, &mut |expr| found = found || may_fail(expr) || is_volatile(expr));
    visit::for_each_input(plan, &mut |input| found = found || plan_may_fail(input));
    found
}

fn fails_itself(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Arithmetic(op, left, right) => {
            let Some(bounds) = type_range(&expr.data_type) else { return false };
            let operands = range(left).zip(range(right));
            operands.is_none_or(|(left, right)| !within(arithmetic_range(*op, left, right), bounds))
        }
        ExprKind::Negate(operand) => {
            let Some(bounds) = type_range(&expr.data_type) else { return false };
            range(operand).is_none_or(|operand| !within(negated(operand), bounds))
        }
        ExprKind::Cast(operand, CastMode::Error) => {
            !exact_cast_fits(operand, &expr.data_type)
                && cast::find(&operand.data_type, &expr.data_type).is_none_or(|cast| cast.fallible)
        }
        ExprKind::Function(function, _) => function.overload.fallible,
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Compare(..)
        | ExprKind::Distinct(..)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::IsNull(_)
        | ExprKind::Case(..)
        | ExprKind::Coalesce(_)
        | ExprKind::InList(..)
        | ExprKind::Cast(_, CastMode::Null) => false,
    }
}

/// Whether every value of an integer or DECIMAL operand fits an integer, DECIMAL or floating type. (A cast of a
/// DECIMAL to fewer digits behind the point rounds; that is left to [`cast::find`].)
fn exact_cast_fits(operand: &Expr, target: &DataType) -> bool {
    let Some(from) = range(operand) else { return operand.data_type == *target };
    target.is_float()
        || rescaled(from, &operand.data_type, target)
            .is_some_and(|cast| type_range(target).is_some_and(|bounds| within(Some(cast), bounds)))
}

/// The range of an integer or DECIMAL expression, as far as types and constants tell.
fn range(expr: &Expr) -> Option<Range> {
    let bounds = type_range(&expr.data_type)?;
    let computed = match &expr.kind {
        ExprKind::Literal(Value::Null) => return Some((0, 0)),
        ExprKind::Literal(value) => value.as_i128().map(|value| (value, value)),
        ExprKind::Arithmetic(op, left, right) => arithmetic_range(*op, range(left)?, range(right)?),
        ExprKind::Negate(operand) => negated(range(operand)?),
        ExprKind::Cast(operand, _) => {
            range(operand).and_then(|operand_range| rescaled(operand_range, &operand.data_type, &expr.data_type))
        }
        _ => None,
    };
    // Beyond the type's bounds there is an error, not a value.
    Some(computed.filter(|computed| within(Some(*computed), bounds)).unwrap_or(bounds))
}

/// All values of an integer or DECIMAL type.
pub(super) fn type_range(data_type: &DataType) -> Option<Range> {
    match data_type {
        DataType::Decimal { precision, .. } => {
            let limit = 10_i128.pow((*precision).into());
            Some((1 - limit, limit - 1))
        }
        _ => data_type.integer_range(),
    }
}

fn scale(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Decimal { scale, .. } => *scale,
        _ => 0,
    }
}

/// The range after an exact cast; `None` if it rounds or leaves 128 bits.
pub(super) fn rescaled(from: Range, source: &DataType, target: &DataType) -> Option<Range> {
    let factor = 10_i128.pow(scale(target).checked_sub(scale(source))?.into());
    Some((from.0.checked_mul(factor)?, from.1.checked_mul(factor)?))
}

pub(super) fn within(range: Option<Range>, bounds: Range) -> bool {
    range.is_some_and(|(low, high)| bounds.0 <= low && high <= bounds.1)
}

fn negated(operand: Range) -> Option<Range> {
    Some((operand.1.checked_neg()?, operand.0.checked_neg()?))
}

/// The range of a result; `None` if it may fail or leave 128 bits.
fn arithmetic_range(op: ArithmeticOp, a: Range, b: Range) -> Option<Range> {
    match op {
        ArithmeticOp::Add => Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?)),
        ArithmeticOp::Subtract => Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?)),
        ArithmeticOp::Multiply => corners(a, b, i128::checked_mul),
        ArithmeticOp::Divide | ArithmeticOp::Remainder if b.0 <= 0 && b.1 >= 0 => None,
        ArithmeticOp::Divide => corners(a, b, i128::checked_div),
        ArithmeticOp::Remainder => {
            let largest = b.0.checked_abs()?.max(b.1.checked_abs()?) - 1;
            Some((a.0.clamp(-largest, 0), a.1.clamp(0, largest)))
        }
    }
}

/// For operations that are monotone in each operand, the extremes are at the ends.
fn corners(a: Range, b: Range, op: fn(i128, i128) -> Option<i128>) -> Option<Range> {
    let results = [op(a.0, b.0)?, op(a.0, b.1)?, op(a.1, b.0)?, op(a.1, b.1)?];
    Some((results.into_iter().min()?, results.into_iter().max()?))
}
