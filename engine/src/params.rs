//! Values for a statement's parameters.

use rowmill_vm::{DataType, Value};

/// A value with its type, as a parameter is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The type.
    pub data_type: DataType,
    /// The value.
    pub value: Value,
}

/// What can be given for a parameter.
pub trait ToValue {
    /// The value with its SQL type.
    fn to_parameter(&self) -> Parameter;
}

/// The parameters of one execution, in order. [`params!`](crate::params) makes them from values of different types;
/// `()` stands for none.
pub trait Params {
    /// The values with their types.
    fn into_parameters(self) -> Vec<Parameter>;
}

macro_rules! to_value {
    ($($type:ty => $data_type:expr, |$value:ident| $to:expr;)*) => {
        $(impl ToValue for $type {
            fn to_parameter(&self) -> Parameter {
                let $value = self;
                Parameter { data_type: $data_type, value: $to }
            }
        })*
    };
}

to_value! {
    bool => DataType::Boolean, |value| Value::Boolean(*value);
    i8 => DataType::TinyInt, |value| Value::Integer((*value).into());
    i16 => DataType::SmallInt, |value| Value::Integer((*value).into());
    i32 => DataType::Integer, |value| Value::Integer((*value).into());
    i64 => DataType::BigInt, |value| Value::Integer(*value);
    u8 => DataType::UTinyInt, |value| Value::Integer((*value).into());
    u16 => DataType::USmallInt, |value| Value::Integer((*value).into());
    u32 => DataType::UInteger, |value| Value::Integer((*value).into());
    u64 => DataType::UBigInt, |value| Value::Wide((*value).into());
    f32 => DataType::Real, |value| Value::Double((*value).into());
    f64 => DataType::Double, |value| Value::Double(*value);
    str => DataType::Varchar, |value| Value::text(value);
    String => DataType::Varchar, |value| Value::text(value);
    [u8] => DataType::Blob, |value| Value::Blob(value.into());
    Vec<u8> => DataType::Blob, |value| Value::Blob(value.as_slice().into());
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_parameter(&self) -> Parameter {
        (**self).to_parameter()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_parameter(&self) -> Parameter {
        match self {
            Some(value) => value.to_parameter(),
            None => Parameter { data_type: DataType::Null, value: Value::Null },
        }
    }
}

impl ToValue for Parameter {
    fn to_parameter(&self) -> Parameter {
        self.clone()
    }
}

impl Params for () {
    fn into_parameters(self) -> Vec<Parameter> {
        Vec::new()
    }
}

impl<const N: usize> Params for [&dyn ToValue; N] {
    fn into_parameters(self) -> Vec<Parameter> {
        self.into_iter().map(ToValue::to_parameter).collect()
    }
}

impl Params for &[&dyn ToValue] {
    fn into_parameters(self) -> Vec<Parameter> {
        self.iter().copied().map(ToValue::to_parameter).collect()
    }
}

impl Params for Vec<Parameter> {
    fn into_parameters(self) -> Vec<Parameter> {
        self
    }
}

impl Params for &[Parameter] {
    fn into_parameters(self) -> Vec<Parameter> {
        self.to_vec()
    }
}

/// Values of any types as the parameters of a statement: `params![1, "text", 2.5, None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$(&$value as &dyn $crate::ToValue),*] as [&dyn $crate::ToValue; _]
    };
}
