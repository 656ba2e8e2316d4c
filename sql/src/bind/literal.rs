//! Constants as they stand in the text.

use rowmill_vm::functions::cast;
use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Result, Span, Value};
use sqlparser::ast::{self, DateTimeField};

use super::coerce::{self, Coercion};
use super::{Binder, unsupported};
use crate::parse::byte_span;
use crate::plan::{Expr, ExprKind};

impl Binder<'_> {
    /// A literal or parameter.
    pub(super) fn bind_value(&mut self, value: &ast::ValueWithSpan) -> Result<Expr> {
        let span = byte_span(value.span);
        Ok(match &value.value {
            ast::Value::Number(text, _) => number(text, Sign::Plus).map_err(|error| error.at(span))?.at(span),
            ast::Value::SingleQuotedString(text) => coerce::constant(Value::text(text), DataType::Varchar, span),
            ast::Value::HexStringLiteral(digits) => {
                let bytes =
                    blob(digits).ok_or_else(|| Error::syntax(format!("X'{digits}' is not hexadecimal")).at(span))?;
                coerce::constant(Value::Blob(bytes.into()), DataType::Blob, span)
            }
            ast::Value::Boolean(value) => coerce::constant(Value::Boolean(*value), DataType::Boolean, span),
            ast::Value::Null => coerce::null(&DataType::Null, span),
            ast::Value::Placeholder(name) => self.bind_parameter(name, span)?,
            _ => return Err(unsupported("this kind of literal is", span)),
        })
    }

    fn bind_parameter(&mut self, name: &str, span: Span) -> Result<Expr> {
        let number: u16 = name[1..].parse().map_err(|_| unsupported(format!("the named parameter {name} is"), span))?;
        let number = number.checked_sub(1).ok_or_else(|| Error::syntax("parameters count from 1").at(span))?;
        let info = self.parameters.get(usize::from(number)).ok_or_else(|| {
            let given = self.parameters.len();
            Error::name(format!("parameter {name} has no value: {given} were given")).at(span)
        })?;
        if info.data_type == DataType::Null {
            return Ok(coerce::null(&DataType::Null, span));
        }
        let data_type = info.data_type.clone();
        Ok(Expr { kind: ExprKind::Parameter(number), data_type, nullable: true, span })
    }

    /// `DATE '2024-01-31'` and the like.
    pub(super) fn bind_typed_string(&mut self, typed: &ast::TypedString) -> Result<Expr> {
        let span = byte_span(typed.value.span);
        let target = self.data_type(&typed.data_type, span)?;
        let text = self.bind_value(&typed.value)?;
        coerce::coerce(text, &target, Coercion::Implicit)
    }

    /// `INTERVAL '1' DAY`, `INTERVAL 3 MONTH`, `INTERVAL '1 day 2 hours'`.
    pub(super) fn bind_interval(&mut self, interval: &ast::Interval) -> Result<Expr> {
        let value = match &*interval.value {
            ast::Expr::Value(value) => value,
            ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => match &**expr {
                ast::Expr::Value(value) => return interval_constant(value, interval, Sign::Minus),
                _ => return Err(unsupported("INTERVAL of an expression is", Span::NONE)),
            },
            other => {
                let span = byte_span(ast::Spanned::span(other));
                return Err(unsupported("INTERVAL of an expression is", span)
                    .with_hint("multiply instead: x * INTERVAL '1 day'"));
            }
        };
        interval_constant(value, interval, Sign::Plus)
    }
}

fn interval_constant(value: &ast::ValueWithSpan, interval: &ast::Interval, sign: Sign) -> Result<Expr> {
    let span = byte_span(value.span);
    let (ast::Value::SingleQuotedString(text) | ast::Value::Number(text, _)) = &value.value else {
        return Err(Error::syntax("INTERVAL needs a text or a number").at(span));
    };
    let sign = if sign == Sign::Minus { "-" } else { "" };
    let text = match (&interval.leading_field, &interval.last_field) {
        (_, Some(_)) => return Err(unsupported("INTERVAL with TO is", span)),
        (None, None) => format!("{sign}{text}"),
        (Some(field), None) => format!("{sign}{} {}", text.trim(), unit(field)),
    };
    let value = cast::cast_value(&Value::text(text), &DataType::Varchar, &DataType::Interval)
        .map_err(|error| error.at(span))?;
    Ok(coerce::constant(value, DataType::Interval, span))
}

fn unit(field: &DateTimeField) -> String {
    field.to_string().to_lowercase()
}

/// Whether a minus stands before a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

/// A number's value and type, not yet in a place.
pub(super) struct Number(Expr);

impl Number {
    /// Puts it in its place.
    pub(super) fn at(self, span: Span) -> Expr {
        Expr { span, ..self.0 }
    }
}

/// A number literal: INTEGER, BIGINT or DECIMAL as it fits; with an exponent, DOUBLE.
pub(super) fn number(text: &str, sign: Sign) -> Result<Number> {
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().map_err(|_| Error::syntax(format!("{text} is not a number")))?;
        let value = if sign == Sign::Minus { -value } else { value };
        return Ok(Number(coerce::constant(Value::Double(value), DataType::Double, Span::NONE)));
    }
    exact(text, sign).map(Number).ok_or_else(|| {
        Error::types(format!("{text} has more than {DECIMAL_PRECISION_MAX} digits"))
            .with_hint("write it with an exponent, 1e40, for a DOUBLE")
    })
}

/// The number that a text is, if it is one without an exponent.
pub(super) fn exact_number(text: &str) -> Option<Expr> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (Sign::Minus, rest),
        None => (Sign::Plus, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.')
        && text.chars().filter(|c| *c == '.').count() <= 1
        && text.chars().any(|c| c.is_ascii_digit());
    if is_number { exact(text, sign) } else { None }
}

/// A number of digits with at most one point.
fn exact(text: &str, sign: Sign) -> Option<Expr> {
    let mut unscaled: i128 = 0;
    for digit in text.bytes().filter(u8::is_ascii_digit) {
        unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let unscaled = if sign == Sign::Minus { -unscaled } else { unscaled };
    let data_type = match text.split_once('.') {
        Some((_, behind)) => {
            let scale = u8::try_from(behind.len()).ok()?;
            let precision = digits(unscaled).max(scale).max(1);
            (precision <= DECIMAL_PRECISION_MAX).then(|| DataType::decimal(precision, scale))?
        }
        None => integer_type(unscaled),
    };
    if let DataType::Decimal { precision, .. } = data_type
        && precision > DECIMAL_PRECISION_MAX
    {
        return None;
    }
    Some(coerce::constant(Value::from_i128(unscaled, &data_type), data_type, Span::NONE))
}

/// The type of a bare integer: the first of INTEGER, BIGINT and DECIMAL that holds it.
pub(super) fn integer_type(number: i128) -> DataType {
    match (i32::try_from(number), i64::try_from(number)) {
        (Ok(_), _) => DataType::Integer,
        (_, Ok(_)) => DataType::BigInt,
        _ => DataType::Decimal { precision: digits(number), scale: 0 },
    }
}

/// Decimal digits of a number; 1 for 0.
pub(super) fn digits(number: i128) -> u8 {
    let digits = number.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
    u8::try_from(digits).unwrap_or(u8::MAX)
}

fn blob(digits: &str) -> Option<Vec<u8>> {
    let nibble = |c: char| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let nibbles: Vec<u8> = digits.chars().map(nibble).collect::<Option<_>>()?;
    nibbles.len().is_multiple_of(2).then(|| nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
