//! A single value of any type: literals, parameters, constants of the pool, bounds in statistics.

use std::cmp::Ordering;
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

    /// SQL's order of two values of one type: NaN is the largest DOUBLE and equals itself, text goes by bytes. `None`
    /// if one is NULL, or of a type whose order is not that of its values here (BOOLEAN, nested types).
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Double(left), Value::Double(right)) => {
                Some(left.partial_cmp(right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan())))
            }
            (Value::Text(left), Value::Text(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
            (Value::Blob(left), Value::Blob(right)) => Some(left.cmp(right)),
            _ => Some(self.as_i128()?.cmp(&other.as_i128()?)),
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
