//! A single value of any type: literals, parameters, constants of the pool, bounds in statistics.

use std::sync::Arc;

use crate::types::DataType;

/// One value. What it means (digits behind the point, unit of time) is said by the [`DataType`] beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// Every type whose lane is `i32` or `i64`: integers, DATE, TIME, TIMESTAMP, DECIMAL to 18 digits.
    Integer(i64),
    /// Every type whose lane is `i128`: wider DECIMAL (unscaled), UBIGINT, UUID (top bit flipped), INTERVAL (packed).
    Wide(i128),
    /// REAL and DOUBLE.
    Double(f64),
    /// VARCHAR and JSON.
    Text(Arc<str>),
    /// BLOB.
    Blob(Arc<[u8]>),
    /// LIST, ARRAY; MAP as a list of two-member structs.
    List(Arc<[Value]>),
    /// STRUCT, members in the type's order.
    Struct(Arc<[Value]>),
}

impl Value {
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The unscaled integer behind a value of an `i32`, `i64` or `i128` lane.
    pub fn as_i128(&self) -> Option<i128> {
        match self {
            Value::Integer(value) => Some((*value).into()),
            Value::Wide(value) => Some(*value),
            Value::Null
            | Value::Boolean(_)
            | Value::Double(_)
            | Value::Text(_)
            | Value::Blob(_)
            | Value::List(_)
            | Value::Struct(_) => None,
        }
    }

    /// The value of a type held in `i32`, `i64` or `i128`: [`Value::Integer`] or [`Value::Wide`] as the lane asks.
    /// The caller has checked that it fits.
    pub fn from_i128(value: i128, data_type: &DataType) -> Value {
        match (data_type.form(), i64::try_from(value)) {
            (crate::types::Form::I128, _) | (_, Err(_)) => Value::Wide(value),
            (_, Ok(value)) => Value::Integer(value),
        }
    }

    /// A text value.
    pub fn text(value: impl AsRef<str>) -> Value {
        Value::Text(Arc::from(value.as_ref()))
    }
}
