//! Casts among numbers and BOOLEAN.

use super::fill::{OnFailure, to_doubles, to_integers};
use crate::error::Result;
use crate::functions::Invocation;
use crate::semantics::decimal::{from_double, power_of_ten, rescale, to_double};
use crate::semantics::number::Failure;
use crate::types::DataType;
use crate::vector::Vector;

/// Digits behind the point of an exact type.
pub(super) fn scale_of(data_type: &DataType) -> u8 {
    if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 }
}

/// Digits before the point that hold every value of an exact type; `None` for others.
pub(super) fn whole_digits(data_type: &DataType) -> Option<u8> {
    Some(match data_type {
        DataType::TinyInt | DataType::UTinyInt => 3,
        DataType::SmallInt | DataType::USmallInt => 5,
        DataType::Integer | DataType::UInteger => 10,
        DataType::BigInt => 19,
        DataType::UBigInt => 20,
        DataType::Decimal { precision, scale } => precision - scale,
        _ => return None,
    })
}

/// Whether every value of one exact type is a value of the other. Rounding may carry into one more digit.
pub(super) fn always_fits(from: &DataType, to: &DataType) -> bool {
    if let (Some(from), Some(to)) = (from.integer_range(), to.integer_range()) {
        return to.0 <= from.0 && from.1 <= to.1;
    }
    match (whole_digits(from), to, whole_digits(to)) {
        (Some(digits), DataType::Decimal { scale, .. }, Some(room)) => {
            digits + u8::from(scale_of(from) > *scale) <= room
        }
        (Some(digits), to, Some(room)) => {
            // All integers of one digit less than the widest of the type are in its range.
            digits < room && to.integer_range().is_some_and(|(least, _)| least < 0)
        }
        _ => false,
    }
}

/// Integers and DECIMAL to one another: the point moves, what is behind it rounds half away from zero.
pub(super) fn exact_to_exact(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    let (from, to) = (scale_of(&call.argument_types[0]), scale_of(call.result_type));
    if from == to {
        return to_integers(call, on_failure, out, |row| Ok(values.wide(row)));
    }
    to_integers(call, on_failure, out, |row| rescale(values.wide(row), from, to).ok_or(Failure::Range))
}

/// Integers and DECIMAL to DOUBLE and REAL: the nearest.
pub(super) fn exact_to_float(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    let scale = scale_of(&call.argument_types[0]);
    match call.result_type {
        DataType::Real => {
            to_doubles(call, on_failure, out, |row| Ok((to_double(values.wide(row), scale) as f32).into()))
        }
        _ if scale == 0 && call.argument_types[0].lane() != Some(crate::types::Lane::I128) => {
            to_doubles(call, on_failure, out, |row| Ok(values.long(row) as f64))
        }
        _ => to_doubles(call, on_failure, out, |row| Ok(to_double(values.wide(row), scale))),
    }
}

/// DOUBLE and REAL to integers (rounding half to even) and DECIMAL (half away from zero).
pub(super) fn float_to_exact(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    if let DataType::Decimal { precision, scale } = *call.result_type {
        return to_integers(call, on_failure, out, |row| {
            from_double(values.get(row), precision, scale).ok_or(Failure::Range)
        });
    }
    to_integers(call, on_failure, out, |row| {
        let rounded = values.get(row).round_ties_even();
        // Far beyond every integer type, and well inside i128; NaN is refused too.
        if rounded.abs() < 1e30 { Ok(rounded as i128) } else { Err(Failure::Range) }
    })
}

/// DOUBLE and REAL to one another; a finite number that REAL does not hold fails.
pub(super) fn float_to_float(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    if *call.result_type == DataType::Double {
        return to_doubles(call, on_failure, out, |row| Ok(values.get(row)));
    }
    to_doubles(call, on_failure, out, |row| {
        let value = values.get(row);
        let rounded = value as f32;
        if rounded.is_infinite() && value.is_finite() { Err(Failure::Range) } else { Ok(rounded.into()) }
    })
}

/// BOOLEAN to 0 and 1.
pub(super) fn boolean_to_exact(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.booleans(0)?;
    let one = power_of_ten(scale_of(call.result_type));
    to_integers(call, on_failure, out, |row| Ok(if values.get(row) { one } else { 0 }))
}

/// BOOLEAN to 0 and 1.
pub(super) fn boolean_to_float(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.booleans(0)?;
    to_doubles(call, on_failure, out, |row| Ok(if values.get(row) { 1.0 } else { 0.0 }))
}

/// Integers and DECIMAL to BOOLEAN: whether it is not 0.
pub(super) fn exact_to_boolean(call: &Invocation<'_>, _: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    call.fill_booleans(out, |row| Ok(values.wide(row) != 0))
}

/// DOUBLE and REAL to BOOLEAN: whether it is not 0.
pub(super) fn float_to_boolean(call: &Invocation<'_>, _: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_booleans(out, |row| Ok(values.get(row) != 0.0))
}
