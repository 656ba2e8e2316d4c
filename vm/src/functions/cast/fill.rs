//! The loops of casts: a conversion for each row, and what happens where it fails.

use bytemuck::Pod;

use super::super::writer::reset;
use super::super::{ArgumentValue, Invocation};
use crate::error::{Error, Result};
use crate::format;
use crate::semantics::number::{Failure, Parsed};
use crate::types::{DataType, Form};
use crate::value::Value;
use crate::vector::{Validity, Values, Vector};

/// Characters of a value that an error quotes.
const QUOTED_CHARACTERS_MAX: usize = 80;

/// What a cast does with a value that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// CAST: fail.
    Error,
    /// TRY_CAST: give NULL.
    Null,
}

/// Converts each row that counts into a value of some plain type.
fn fill_plain<T: Pod>(
    call: &Invocation<'_>,
    on_failure: OnFailure,
    values: &mut Vec<T>,
    validity: &mut Validity,
    mut convert: impl FnMut(usize) -> Parsed<T>,
) -> Result<()> {
    call.context.poll()?;
    call.strict_validity(validity);
    values.clear();
    values.reserve(call.rows);
    for row in 0..call.rows {
        if !validity.is_valid(row) || !call.is_guarded(row) {
            values.push(T::zeroed());
            continue;
        }
        match convert(row) {
            Ok(value) => values.push(value),
            Err(failure) => {
                failed(call, on_failure, row, failure)?;
                values.push(T::zeroed());
                validity.set_null(row, call.rows);
            }
        }
    }
    Ok(())
}

/// The error of a row that does not convert, unless NULL is wanted for it.
#[cold]
pub(super) fn failed(call: &Invocation<'_>, on_failure: OnFailure, row: usize, failure: Failure) -> Result<()> {
    match on_failure {
        OnFailure::Error => Err(describe(call, row, failure)),
        OnFailure::Null => Ok(()),
    }
}

/// Converts to a type held as integers; fails for what it does not hold.
pub(super) fn to_integers(
    call: &Invocation<'_>,
    on_failure: OnFailure,
    out: &mut Vector,
    mut convert: impl FnMut(usize) -> Parsed<i128>,
) -> Result<()> {
    let to = call.result_type;
    let precision = if let DataType::Decimal { precision, .. } = to { Some(*precision) } else { None };
    let range = match (to.integer_range(), precision) {
        (Some(range), _) => range,
        (None, Some(precision)) => {
            let end = crate::semantics::decimal::power_of_ten(precision);
            (1 - end, end - 1)
        }
        (None, None) => (i128::MIN, i128::MAX),
    };
    let mut checked = |row| {
        let value = convert(row)?;
        if value >= range.0 && value <= range.1 { Ok(value) } else { Err(Failure::Range) }
    };
    let Vector { values, validity } = out;
    match reset(values, to.form()) {
        Values::I32(values) => {
            let narrow = |value| i32::try_from(value).map_err(|_| Failure::Range);
            fill_plain(call, on_failure, values.refill(), validity, |row| checked(row).and_then(narrow))
        }
        Values::I64(values) => {
            let narrow = |value| i64::try_from(value).map_err(|_| Failure::Range);
            fill_plain(call, on_failure, values.refill(), validity, |row| checked(row).and_then(narrow))
        }
        Values::I128(values) => fill_plain(call, on_failure, values.refill(), validity, checked),
        _ => Err(Error::internal(format!("{to} is not held as integers"))),
    }
}

/// Converts to DOUBLE or REAL.
pub(super) fn to_doubles(
    call: &Invocation<'_>,
    on_failure: OnFailure,
    out: &mut Vector,
    convert: impl FnMut(usize) -> Parsed<f64>,
) -> Result<()> {
    let Vector { values, validity } = out;
    match reset(values, Form::F64) {
        Values::F64(values) => fill_plain(call, on_failure, values.refill(), validity, convert),
        _ => Err(Error::internal("a reset vector has the form asked for")),
    }
}

/// NULL in every row.
pub(super) fn nulls(call: &Invocation<'_>, _: OnFailure, out: &mut Vector) -> Result<()> {
    out.reset(call.result_type.form());
    (0..call.rows).for_each(|_| out.push(&Value::Null));
    Ok(())
}

/// The argument as it is.
pub(super) fn copy(call: &Invocation<'_>, _: OnFailure, out: &mut Vector) -> Result<()> {
    match call.arguments[0] {
        ArgumentValue::Column(vector) => *out = vector.slice(0, call.rows),
        ArgumentValue::Constant(value) => {
            out.reset(call.result_type.form());
            (0..call.rows).for_each(|_| out.push(value));
        }
    }
    Ok(())
}

/// The error for a value that does not convert: it names value and type.
fn describe(call: &Invocation<'_>, row: usize, failure: Failure) -> Error {
    let (from, to) = (&call.argument_types[0], call.result_type);
    let mut text = String::new();
    format::write_cell_text(&call.arguments[0].cell(row), from, &mut text);
    if let Some((end, _)) = text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    let value = if from.is_text() { format!("'{text}'") } else { text };
    let error = match failure {
        Failure::Syntax => Error::runtime(format!("could not convert {value} to {to}")),
        Failure::Range => Error::runtime(format!("value {value} is out of range for {to}")),
    };
    let hints = [
        (DataType::Date, "a date is written '2024-01-31'"),
        (DataType::TIMESTAMP, "a timestamp is written '2024-01-31 13:45:00'"),
        (DataType::TimestampTz, "a timestamp with zone is written '2024-01-31 13:45:00+01'"),
        (DataType::Time, "a time is written '13:45:00'"),
        (DataType::Interval, "an interval is written '1 year 2 months 3 days 04:05:06'"),
    ];
    match hints.iter().find(|(data_type, _)| data_type == to) {
        Some((_, hint)) if failure == Failure::Syntax => error.with_hint(*hint),
        Some(_) | None => error,
    }
}
