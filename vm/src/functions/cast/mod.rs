//! Casts between types: which there are, and what they do.
//!
//! PostgreSQL's casts, and DuckDB's between numbers and BOOLEAN. Numbers that lose digits are rounded (DOUBLE to
//! integers half to even, DECIMAL half away from zero); what does not fit is an error that names value and type, or
//! NULL for TRY_CAST.

mod fill;
mod implicit;
mod json;
mod number;
mod text;
mod time;

pub use implicit::{common_type, implicit_cost};

use fill::OnFailure;

use super::{ArgumentValue, Invocation, VectorFunction};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::types::{DataType, TimeUnit};
use crate::value::Value;
use crate::vector::Vector;

/// How to get from one type to another. Both functions set the result's validity: NULLs stay NULL.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// CAST: fails where a value does not fit (and the guard is set).
    pub cast: VectorFunction,
    /// TRY_CAST: gives NULL there.
    pub try_cast: VectorFunction,
    /// Whether some values do not fit.
    pub fallible: bool,
}

/// A cast whose body takes what to do on failure.
macro_rules! cast {
    ($body:path, $fallible:expr) => {
        Cast {
            cast: VectorFunction(|call, out| $body(call, OnFailure::Error, out)),
            try_cast: VectorFunction(|call, out| $body(call, OnFailure::Null, out)),
            fallible: $fallible,
        }
    };
}

/// What casts distinguish among types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Null,
    Boolean,
    /// Integers and DECIMAL.
    Exact,
    /// REAL and DOUBLE.
    Float,
    Varchar,
    Json,
    Blob,
    Date,
    Time,
    /// TIMESTAMP of any unit and TIMESTAMPTZ: sessions are in UTC.
    Timestamp,
    Interval,
    Uuid,
    Nested,
}

fn class(data_type: &DataType) -> Class {
    match data_type {
        DataType::Null => Class::Null,
        DataType::Boolean => Class::Boolean,
        DataType::TinyInt
        | DataType::SmallInt
        | DataType::Integer
        | DataType::BigInt
        | DataType::UTinyInt
        | DataType::USmallInt
        | DataType::UInteger
        | DataType::UBigInt
        | DataType::Decimal { .. } => Class::Exact,
        DataType::Real | DataType::Double => Class::Float,
        DataType::Varchar => Class::Varchar,
        DataType::Json => Class::Json,
        DataType::Blob => Class::Blob,
        DataType::Date => Class::Date,
        DataType::Time => Class::Time,
        DataType::Timestamp(_) | DataType::TimestampTz => Class::Timestamp,
        DataType::Interval => Class::Interval,
        DataType::Uuid => Class::Uuid,
        DataType::List(_) | DataType::Array(..) | DataType::Struct(_) | DataType::Map(_) => Class::Nested,
    }
}

/// The cast between two types, if SQL has one.
pub fn find(from: &DataType, to: &DataType) -> Option<Cast> {
    if from == to {
        return Some(cast!(fill::copy, false));
    }
    let coarse =
        |data_type: &DataType| matches!(data_type, DataType::Timestamp(TimeUnit::Second | TimeUnit::Millisecond));
    Some(match (class(from), class(to)) {
        (Class::Null, _) => cast!(fill::nulls, false),
        (Class::Exact, Class::Exact) => cast!(number::exact_to_exact, !number::always_fits(from, to)),
        (Class::Exact, Class::Float) => cast!(number::exact_to_float, false),
        (Class::Exact, Class::Boolean) => cast!(number::exact_to_boolean, false),
        (Class::Float, Class::Exact) => cast!(number::float_to_exact, true),
        (Class::Float, Class::Float) => cast!(number::float_to_float, *to == DataType::Real),
        (Class::Float, Class::Boolean) => cast!(number::float_to_boolean, false),
        (Class::Boolean, Class::Exact) => cast!(number::boolean_to_exact, matches!(to, DataType::Decimal { .. })),
        (Class::Boolean, Class::Float) => cast!(number::boolean_to_float, false),
        (Class::Json, Class::Varchar) => cast!(fill::copy, false),
        (_, Class::Varchar) => cast!(text::to_text, false),
        (Class::Varchar | Class::Json, Class::Boolean) => cast!(text::text_to_boolean, true),
        (Class::Varchar | Class::Json, Class::Exact) => cast!(text::text_to_exact, true),
        (Class::Varchar | Class::Json, Class::Float) => cast!(text::text_to_float, true),
        (Class::Varchar, Class::Json) => cast!(text::text_to_json, true),
        (Class::Varchar, Class::Blob) => cast!(text::text_to_blob, true),
        (Class::Varchar, Class::Date | Class::Time | Class::Timestamp | Class::Interval | Class::Uuid) => {
            cast!(text::text_to_packed, true)
        }
        (Class::Date, Class::Timestamp) => cast!(time::date_to_timestamp, true),
        (Class::Timestamp, Class::Date) => cast!(time::timestamp_to_date, coarse(from)),
        (Class::Timestamp, Class::Time) => cast!(time::timestamp_to_time, false),
        (Class::Timestamp, Class::Timestamp) => {
            cast!(time::timestamp_to_timestamp, time::unit_of(from) < time::unit_of(to))
        }
        (Class::Time, Class::Interval) => cast!(time::time_to_interval, false),
        (Class::Interval, Class::Time) => cast!(time::interval_to_time, false),
        _ => return None,
    })
}

/// Casts one value.
pub fn cast_value(value: &Value, from: &DataType, to: &DataType) -> Result<Value> {
    let cast = find(from, to).ok_or_else(|| Error::types(format!("cannot cast {from} to {to}")))?;
    let invocation = Invocation {
        arguments: &[ArgumentValue::Constant(value)],
        argument_types: std::slice::from_ref(from),
        result_type: to,
        rows: 1,
        guard: None,
        context: &Context::unlimited(),
    };
    let mut out = Vector::empty(to.form());
    (cast.cast.0)(&invocation, &mut out)?;
    Ok(out.value(0, to))
}

#[cfg(test)]
mod tests;
