//! Types that must agree: implicit casts, and the common type of several expressions.
//!
//! A string literal has no type until it is used: beside a DATE it is a DATE. A bare NULL has any type. A number
//! literal takes the type of what it stands beside where it fits, so that columns need no cast.

use rowmill_vm::functions::cast;
use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Result, Span, Value};

use super::literal;
use crate::plan::{CastMode, Expr, ExprKind};

/// How freely a value may change its type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coercion {
    /// By itself, without loss.
    Implicit,
    /// Because it is stored in a column of that type.
    Assignment,
}

/// NULL of a type.
pub(super) fn null(data_type: &DataType, span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(Value::Null), data_type: data_type.clone(), nullable: true, span }
}

/// A constant; its value fits its type.
pub(super) fn constant(value: Value, data_type: DataType, span: Span) -> Expr {
    let nullable = value.is_null();
    Expr { kind: ExprKind::Literal(value), data_type, nullable, span }
}

/// Whether it is a string literal, whose type is still open.
pub(super) fn is_open_text(expr: &Expr) -> bool {
    expr.data_type == DataType::Varchar && matches!(expr.kind, ExprKind::Literal(Value::Text(_)))
}

/// Whether it is NULL, whatever its type.
pub(super) fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Value::Null)) || expr.data_type == DataType::Null
}

/// A number literal's value.
fn literal_number(expr: &Expr) -> Option<i128> {
    match &expr.kind {
        ExprKind::Literal(value) if expr.data_type.is_numeric() => value.as_i128(),
        _ => None,
    }
}

/// CAST or TRY_CAST, as written by the user.
pub(super) fn explicit(expr: Expr, target: &DataType, mode: CastMode, span: Span) -> Result<Expr> {
    if expr.data_type == *target {
        return Ok(Expr { span, ..expr });
    }
    if is_null(&expr) {
        return Ok(null(target, span));
    }
    if cast::find(&expr.data_type, target).is_none() {
        return Err(Error::types(format!("cannot cast {} to {target}", expr.data_type)).at(span));
    }
    // A cast that fails is left to fail when it runs: it may stand where nothing runs it. One to VARCHAR is left too:
    // as a literal its type would be open again.
    if let ExprKind::Literal(value) = &expr.kind
        && *target != DataType::Varchar
        && let Ok(value) = cast::cast_value(value, &expr.data_type, target)
    {
        return Ok(constant(value, target.clone(), span));
    }
    let nullable = expr.nullable || mode == CastMode::Null;
    Ok(Expr { kind: ExprKind::Cast(Box::new(expr), mode), data_type: target.clone(), nullable, span })
}

/// Makes `expr` a `target`, which the context asks for.
pub(super) fn coerce(expr: Expr, target: &DataType, coercion: Coercion) -> Result<Expr> {
    if expr.data_type == *target {
        return Ok(expr);
    }
    let span = expr.span;
    if is_null(&expr) {
        return Ok(null(target, span));
    }
    if is_open_text(&expr) {
        return text_literal(&expr, target);
    }
    let allowed = coercion == Coercion::Assignment || cast::implicit_cost(&expr.data_type, target).is_some();
    if !allowed || cast::find(&expr.data_type, target).is_none() {
        return Err(Error::types(format!("expected {target}, found {}", expr.data_type))
            .at(span)
            .with_hint(format!("write CAST(… AS {target}) if that is meant")));
    }
    if let ExprKind::Literal(value) = &expr.kind {
        let value = cast::cast_value(value, &expr.data_type, target).map_err(|error| error.at(span))?;
        return Ok(constant(value, target.clone(), span));
    }
    let nullable = expr.nullable;
    let kind = ExprKind::Cast(Box::new(expr), CastMode::Error);
    Ok(Expr { kind, data_type: target.clone(), nullable, span })
}

/// A string literal as a constant of a type.
fn text_literal(expr: &Expr, target: &DataType) -> Result<Expr> {
    let ExprKind::Literal(value) = &expr.kind else {
        return Err(Error::internal("a string literal that is none").at(expr.span));
    };
    let value = cast::cast_value(value, &DataType::Varchar, target).map_err(|error| error.at(expr.span))?;
    Ok(constant(value, target.clone(), expr.span))
}

/// A string literal beside a DECIMAL, as a number with all its digits: '1.555' is not rounded to a column's scale.
pub(super) fn text_as_number(expr: Expr, other: &DataType) -> Expr {
    let ExprKind::Literal(Value::Text(text)) = &expr.kind else { return expr };
    match literal::exact_number(text.trim()) {
        Some(number) if matches!(other, DataType::Decimal { .. }) && is_open_text(&expr) => {
            Expr { span: expr.span, ..number }
        }
        _ => expr,
    }
}

/// Decimal digits that every value of an integer type fits in; 0 for other types.
fn integer_digits(data_type: &DataType) -> u8 {
    match data_type {
        DataType::TinyInt | DataType::UTinyInt => 3,
        DataType::SmallInt | DataType::USmallInt => 5,
        DataType::Integer | DataType::UInteger => 10,
        DataType::BigInt => 19,
        DataType::UBigInt => 20,
        _ => 0,
    }
}

/// The DECIMAL that holds a number exactly: its own type, that of an integer type, or the digits of a literal.
pub(super) fn as_decimal(expr: &Expr) -> Option<(u8, u8)> {
    if let (Some(number), true) = (literal_number(expr), expr.data_type.is_integer()) {
        return Some((literal::digits(number), 0));
    }
    match &expr.data_type {
        DataType::Decimal { precision, scale } => Some((*precision, *scale)),
        other if other.is_integer() => Some((integer_digits(other), 0)),
        _ => None,
    }
}

/// A DECIMAL with that many digits before and behind the point, cut to what there is at most.
pub(super) fn decimal(before: u8, behind: u8) -> DataType {
    DataType::decimal((before + behind).clamp(1, DECIMAL_PRECISION_MAX), behind)
}

/// The type that holds the values of both; `None` if there is none.
fn common_type(left: &Expr, right: &Expr) -> Option<DataType> {
    cast::common_type(&narrowest(left, &right.data_type), &narrowest(right, &left.data_type))
}

/// An expression's type; for an integer literal beside a DECIMAL, that of its digits.
fn narrowest(expr: &Expr, other: &DataType) -> DataType {
    match (other, as_decimal(expr)) {
        (DataType::Decimal { .. }, Some((precision, scale))) => DataType::decimal(precision, scale),
        _ => expr.data_type.clone(),
    }
}

/// The type of arithmetic on two integers: the wider one's, at least INTEGER; beyond BIGINT a DECIMAL.
pub(super) fn integer_result(left: &Expr, right: &Expr) -> DataType {
    let common = match (fits_literal(left, &right.data_type), fits_literal(right, &left.data_type)) {
        (_, true) => left.data_type.clone(),
        (true, false) => right.data_type.clone(),
        (false, false) => cast::common_type(&left.data_type, &right.data_type).unwrap_or(DataType::decimal(20, 0)),
    };
    match common {
        DataType::TinyInt | DataType::SmallInt | DataType::UTinyInt | DataType::USmallInt => DataType::Integer,
        other => other,
    }
}

/// The type that all of several expressions become: `Varchar` if all are string literals, `Null` if all are NULL.
/// `what` says for an error what they are: "CASE gives".
pub(super) fn common_of(exprs: &[&Expr], what: &str) -> Result<DataType> {
    let mut so_far: Option<DataType> = None;
    // Literals come second, to adapt to what there is.
    for literals in [false, true] {
        for expr in exprs.iter().filter(|expr| matches!(expr.kind, ExprKind::Literal(_)) == literals) {
            if expr.data_type == DataType::Null || is_open_text(expr) {
                continue;
            }
            so_far = Some(match so_far {
                None => expr.data_type.clone(),
                Some(so_far) if fits_literal(expr, &so_far) => so_far,
                Some(so_far) => cast::common_type(&so_far, &narrowest(expr, &so_far))
                    .ok_or_else(|| mismatch(what, &so_far, &expr.data_type, expr.span))?,
            });
        }
    }
    let open = if exprs.iter().any(|expr| is_open_text(expr)) { DataType::Varchar } else { DataType::Null };
    Ok(so_far.unwrap_or(open))
}

fn mismatch(what: &str, left: &DataType, right: &DataType, span: Span) -> Error {
    Error::types(format!("{what} {left} and {right}, which have no common type")).at(span)
}

/// Whether a number literal can be written as a value of a type exactly.
fn fits_literal(expr: &Expr, data_type: &DataType) -> bool {
    let Some(number) = literal_number(expr) else { return false };
    // 1::BIGINT has a type that somebody chose: only a bare number takes that of its neighbour.
    if expr.data_type.is_integer() && expr.data_type != literal::integer_type(number) {
        return false;
    }
    match (&expr.data_type, data_type) {
        (from, to) if from.is_integer() && to.is_integer() => {
            to.integer_range().is_some_and(|(low, high)| (low..=high).contains(&number))
        }
        (from, DataType::Decimal { precision, scale }) => {
            let literal_scale = if let DataType::Decimal { scale, .. } = from { *scale } else { 0 };
            literal_scale <= *scale && literal::digits(number).saturating_sub(literal_scale) <= precision - scale
        }
        _ => false,
    }
}

/// Gives two operands one type. `verb` says for an error what is done with them: "compare".
pub(super) fn unify(left: Expr, right: Expr, verb: &str, span: Span) -> Result<(Expr, Expr)> {
    if left.data_type == right.data_type {
        return Ok((left, right));
    }
    let left = text_as_number(left, &right.data_type);
    let right = text_as_number(right, &left.data_type);
    let target = match (is_open_text(&left), is_open_text(&right)) {
        (true, false) if right.data_type != DataType::Null => right.data_type.clone(),
        (false, true) if left.data_type != DataType::Null => left.data_type.clone(),
        _ if fits_literal(&right, &left.data_type) => left.data_type.clone(),
        _ if fits_literal(&left, &right.data_type) => right.data_type.clone(),
        _ => common_type(&left, &right).ok_or_else(|| {
            let message = format!("cannot {verb} {} and {}", left.data_type, right.data_type);
            Error::types(message).at(span).with_hint("write CAST(… AS …) around one of them")
        })?,
    };
    Ok((coerce(left, &target, Coercion::Assignment)?, coerce(right, &target, Coercion::Assignment)?))
}

/// Gives all of several expressions their common type.
pub(super) fn unify_all(exprs: Vec<Expr>, what: &str) -> Result<Vec<Expr>> {
    let target = common_of(&exprs.iter().collect::<Vec<_>>(), what)?;
    exprs.into_iter().map(|expr| coerce(expr, &target, Coercion::Assignment)).collect()
}

/// Makes `expr` a BOOLEAN. `what` says for an error who asks: "WHERE".
pub(super) fn boolean(expr: Expr, what: &str) -> Result<Expr> {
    match &expr.data_type {
        DataType::Boolean => Ok(expr),
        DataType::Null => Ok(null(&DataType::Boolean, expr.span)),
        DataType::Varchar if is_open_text(&expr) => text_literal(&expr, &DataType::Boolean),
        other => {
            let error = Error::types(format!("{what} needs BOOLEAN, found {other}")).at(expr.span);
            Err(if other.is_numeric() { error.with_hint("compare it: … <> 0") } else { error })
        }
    }
}
