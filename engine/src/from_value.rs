//! Values of results as Rust values.

use rowmill_vm::semantics::decimal;
use rowmill_vm::{DataType, Error, Result, Value, format};

/// What a value of a result can be taken as.
pub trait FromValue: Sized {
    /// The value as this type; fails if it is not one, or does not fit.
    fn from_value(value: &Value, data_type: &DataType) -> Result<Self>;
}

/// The value is of another type, or too large.
fn mismatch(value: &Value, data_type: &DataType, wanted: &str) -> Error {
    if value.is_null() {
        return Error::types(format!("the value is NULL, not {wanted}"))
            .with_hint(format!("ask for an Option<{wanted}>"));
    }
    Error::types(format!("{} of type {data_type} is no {wanted}", format::value_text(value, data_type)))
}

macro_rules! integers {
    ($($type:ident)*) => {
        $(impl FromValue for $type {
            fn from_value(value: &Value, data_type: &DataType) -> Result<$type> {
                let is_integer = data_type.is_integer() || matches!(data_type, DataType::Decimal { scale: 0, .. });
                let number = value.as_i128().filter(|_| is_integer);
                number
                    .and_then(|number| $type::try_from(number).ok())
                    .ok_or_else(|| mismatch(value, data_type, stringify!($type)))
            }
        })*
    };
}
integers!(i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 usize);

impl FromValue for bool {
    fn from_value(value: &Value, data_type: &DataType) -> Result<bool> {
        match value {
            Value::Boolean(value) => Ok(*value),
            other => Err(mismatch(other, data_type, "bool")),
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value, data_type: &DataType) -> Result<f64> {
        match (value, data_type, value.as_i128()) {
            (Value::Double(value), _, _) => Ok(*value),
            (_, DataType::Decimal { scale, .. }, Some(unscaled)) => Ok(decimal::to_double(unscaled, *scale)),
            (_, _, Some(number)) if data_type.is_integer() => Ok(number as f64),
            _ => Err(mismatch(value, data_type, "f64")),
        }
    }
}

impl FromValue for f32 {
    fn from_value(value: &Value, data_type: &DataType) -> Result<f32> {
        f64::from_value(value, data_type).map(|value| value as f32)
    }
}

/// Every value has a text form.
impl FromValue for String {
    fn from_value(value: &Value, data_type: &DataType) -> Result<String> {
        match value {
            Value::Null => Err(mismatch(value, data_type, "String")),
            Value::Text(text) => Ok(text.as_ref().to_owned()),
            other => Ok(format::value_text(other, data_type)),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value, data_type: &DataType) -> Result<Vec<u8>> {
        match value {
            Value::Blob(bytes) => Ok(bytes.to_vec()),
            other => Err(mismatch(other, data_type, "Vec<u8>")),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: &Value, _: &DataType) -> Result<Value> {
        Ok(value.clone())
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value, data_type: &DataType) -> Result<Option<T>> {
        if value.is_null() { Ok(None) } else { T::from_value(value, data_type).map(Some) }
    }
}
