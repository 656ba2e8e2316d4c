//! Rounding: to integers, and to so many digits behind (or before) the point. Halves go away from zero.

use super::{BodyFunction, DOUBLE, Invocation, Overload, ResultType, ScalarFunction, TypePattern};
use crate::error::Result;
use crate::kernel::Helper;
use crate::semantics::decimal::{divide_rounded, fits, power_of_ten};
use crate::types::{DECIMAL_PRECISION_MAX, DataType};
use crate::vector::Vector;

use super::writer::out_of_range;

/// Which way digits are dropped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// To the nearest, halves away from zero.
    Nearest,
    /// Towards zero.
    Zero,
    /// Towards -∞.
    Down,
    /// Towards +∞.
    Up,
}

/// `value / divisor`, with the remainder dropped in some direction.
fn divide(value: i128, divisor: i128, direction: Direction) -> i128 {
    let (quotient, remainder) = (value / divisor, value % divisor);
    match direction {
        Direction::Nearest => divide_rounded(value, divisor),
        Direction::Zero => quotient,
        Direction::Down => quotient - i128::from(remainder < 0),
        Direction::Up => quotient + i128::from(remainder > 0),
    }
}

fn scale_of(data_type: &DataType) -> u8 {
    if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 }
}

/// DECIMAL without digits behind the point, with room for one digit more: 9.9 rounds to 10.
fn whole(arguments: &[DataType]) -> DataType {
    match arguments.first() {
        Some(DataType::Decimal { precision, scale: 0 }) => DataType::decimal(*precision, 0),
        Some(DataType::Decimal { precision, scale }) => {
            DataType::decimal((precision - scale + 1).min(DECIMAL_PRECISION_MAX), 0)
        }
        _ => DataType::decimal(DECIMAL_PRECISION_MAX, 0),
    }
}

/// DECIMAL with the same digits behind the point, and room for one digit more.
fn one_digit_more(arguments: &[DataType]) -> DataType {
    match arguments.first() {
        Some(DataType::Decimal { precision, scale }) => {
            DataType::decimal((precision + 1).min(DECIMAL_PRECISION_MAX), *scale)
        }
        _ => DataType::decimal(DECIMAL_PRECISION_MAX, 0),
    }
}

/// A DECIMAL to an integral one.
fn decimal_to_whole(call: &Invocation<'_>, out: &mut Vector, direction: Direction) -> Result<()> {
    let values = call.integers(0)?;
    let divisor = power_of_ten(scale_of(&call.argument_types[0]));
    call.fill_integers(out, |row| Ok(divide(values.wide(row), divisor, direction)))
}

/// An integer as it is.
fn same(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    call.fill_integers(out, |row| Ok(values.wide(row)))
}

/// An integer or DECIMAL to so many digits behind the point; the scale of the type stays.
fn exact_to_digits(call: &Invocation<'_>, out: &mut Vector, direction: Direction) -> Result<()> {
    let (values, digits) = (call.integers(0)?, call.integers(1)?);
    let scale = i64::from(scale_of(&call.argument_types[0]));
    let precision = if let DataType::Decimal { precision, .. } = call.result_type { Some(*precision) } else { None };
    call.fill_integers(out, |row| {
        let value = values.wide(row);
        let dropped = scale.saturating_sub(digits.long(row));
        if dropped <= 0 {
            return Ok(value);
        }
        let Some(divisor) = u8::try_from(dropped).ok().filter(|dropped| *dropped <= 38).map(power_of_ten) else {
            return Ok(0);
        };
        let rounded = divide(value, divisor, direction).checked_mul(divisor);
        let fitting = rounded.filter(|value| precision.is_none_or(|precision| fits(*value, precision)));
        fitting.ok_or_else(|| out_of_range(value, call.result_type))
    })
}

/// A DOUBLE to so many digits behind the point.
fn double_to_digits(call: &Invocation<'_>, out: &mut Vector, function: fn(f64) -> f64) -> Result<()> {
    let (values, digits) = (call.doubles(0)?, call.integers(1)?);
    call.fill_doubles(out, |row| {
        let (value, digits) = (values.get(row), digits.long(row).clamp(-400, 400) as i32);
        // Powers of ten below 1 are not exact: scale by their inverse instead.
        let factor = 10f64.powi(digits.abs());
        let rounded = if digits >= 0 { function(value * factor) / factor } else { function(value / factor) * factor };
        // So many digits that nothing is to be rounded, or so few that nothing is left.
        let result = if rounded.is_finite() {
            rounded
        } else if digits >= 0 {
            value
        } else {
            0.0
        };
        Ok(if value.is_finite() { result } else { value })
    })
}

const NUMBER: TypePattern = TypePattern::Double;
const DIGITS: TypePattern = TypePattern::Integer;
const SAME: Overload = Overload::strict(&[TypePattern::AnyInteger], ResultType::Argument(0), same);
const WHOLE: ResultType = ResultType::Rule(whole);

const fn of_decimal(body: BodyFunction) -> Overload {
    Overload::strict(&[TypePattern::AnyDecimal], WHOLE, body)
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        name: "ceil",
        aliases: &["ceiling"],
        doc: "The smallest integral number that is not below.",
        examples: &[("ceil(1.2)", "2"), ("ceil(-1.2e0)", "-1"), ("ceil(7)", "7")],
        overloads: &[
            SAME,
            of_decimal(|call, out| decimal_to_whole(call, out, Direction::Up)),
            Overload::helper(&[NUMBER], Helper::Ceil),
        ],
    },
    ScalarFunction {
        name: "floor",
        aliases: &[],
        doc: "The largest integral number that is not above.",
        examples: &[("floor(1.8)", "1"), ("floor(-1.2)", "-2"), ("floor(1.8e0)", "1")],
        overloads: &[
            SAME,
            of_decimal(|call, out| decimal_to_whole(call, out, Direction::Down)),
            Overload::helper(&[NUMBER], Helper::Floor),
        ],
    },
    ScalarFunction {
        name: "round",
        aliases: &[],
        doc: "The nearest integral number, or the nearest with so many digits behind the point; halves away from zero.",
        examples: &[
            ("round(2.5)", "3"),
            ("round(-1.25, 1)", "-1.30"),
            ("round(2.5e0)", "3"),
            ("round(1250, -2)", "1300"),
        ],
        overloads: &[
            SAME,
            of_decimal(|call, out| decimal_to_whole(call, out, Direction::Nearest)),
            Overload::helper(&[NUMBER], Helper::Round),
            Overload::strict(&[TypePattern::AnyInteger, DIGITS], ResultType::Argument(0), |call, out| {
                exact_to_digits(call, out, Direction::Nearest)
            })
            .fallible(),
            Overload::strict(&[TypePattern::AnyDecimal, DIGITS], ResultType::Rule(one_digit_more), |call, out| {
                exact_to_digits(call, out, Direction::Nearest)
            })
            .fallible(),
            Overload::strict(&[NUMBER, DIGITS], DOUBLE, |call, out| double_to_digits(call, out, f64::round)),
        ],
    },
    ScalarFunction {
        name: "trunc",
        aliases: &["truncate"],
        doc: "The number without its digits behind the point, or with so many of them.",
        examples: &[("trunc(-2.7)", "-2"), ("trunc(1.29, 1)", "1.20"), ("trunc(2.7e0)", "2")],
        overloads: &[
            SAME,
            of_decimal(|call, out| decimal_to_whole(call, out, Direction::Zero)),
            Overload::helper(&[NUMBER], Helper::Trunc),
            Overload::strict(&[TypePattern::AnyInteger, DIGITS], ResultType::Argument(0), |call, out| {
                exact_to_digits(call, out, Direction::Zero)
            }),
            Overload::strict(&[TypePattern::AnyDecimal, DIGITS], ResultType::Argument(0), |call, out| {
                exact_to_digits(call, out, Direction::Zero)
            }),
            Overload::strict(&[NUMBER, DIGITS], DOUBLE, |call, out| double_to_digits(call, out, f64::trunc)),
        ],
    },
];
