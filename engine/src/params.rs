//! Values for a statement's parameters.

use rowmill_sql::parse::ParameterName;
use rowmill_sql::suggest::nearest;
use rowmill_vm::{DataType, Error, Result, Value};

/// A value with its type, as a parameter is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The type.
    pub data_type: DataType,
    /// The value.
    pub value: Value,
}

impl Parameter {
    /// A NULL has no type of its own: it takes that of its surroundings.
    fn normal(self) -> Parameter {
        if self.value.is_null() { Parameter { data_type: DataType::Null, value: Value::Null } } else { self }
    }
}

/// What can be given for a parameter.
pub trait ToValue {
    /// The value with its SQL type.
    fn to_parameter(&self) -> Parameter;
}

/// The parameters of one execution. [`params!`](crate::params) makes them from values of different types, with
/// names or without; `()` stands for none.
pub trait Params {
    /// The values with their types.
    fn into_parameters(self) -> Parameters;
}

/// Parameters as they are given.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameters {
    /// In order: for `?`, `?1` and `$1`, or for names in the order in which they first stand in the text.
    Positional(Vec<Parameter>),
    /// By name: for `$name` and `:name`.
    Named(Vec<(String, Parameter)>),
}

impl Parameters {
    /// The parameters by number, for a statement whose parameters have `names`, or none.
    pub(crate) fn resolve(self, names: &[ParameterName]) -> Result<Vec<Parameter>> {
        let given = match self {
            Parameters::Positional(given) => return Ok(given.into_iter().map(Parameter::normal).collect()),
            Parameters::Named(given) => given,
        };
        if let Some((name, _)) = given.iter().find(|(name, _)| !names.iter().any(|known| is_named(known, name))) {
            let error = Error::name(format!("the statement has no parameter ${}", bare(name)));
            return Err(match nearest(bare(name), names.iter().map(|known| known.name.as_str())) {
                Some(similar) => error.with_hint(format!("did you mean ${similar}?")),
                None => error,
            });
        }
        let value = |wanted: &ParameterName| {
            let found = given.iter().find(|(name, _)| is_named(wanted, name));
            let missing = || Error::name(format!("parameter ${} has no value", wanted.name)).at(wanted.span);
            found.map(|(_, parameter)| parameter.clone().normal()).ok_or_else(missing)
        };
        names.iter().map(value).collect()
    }
}

fn is_named(parameter: &ParameterName, name: &str) -> bool {
    parameter.name.eq_ignore_ascii_case(bare(name))
}

/// A name without the sign that may stand before it.
fn bare(name: &str) -> &str {
    name.strip_prefix(['$', ':']).unwrap_or(name)
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
    fn into_parameters(self) -> Parameters {
        Parameters::Positional(Vec::new())
    }
}

impl<const N: usize> Params for [&dyn ToValue; N] {
    fn into_parameters(self) -> Parameters {
        Parameters::Positional(self.into_iter().map(ToValue::to_parameter).collect())
    }
}

impl Params for &[&dyn ToValue] {
    fn into_parameters(self) -> Parameters {
        Parameters::Positional(self.iter().copied().map(ToValue::to_parameter).collect())
    }
}

impl<const N: usize> Params for [(&str, &dyn ToValue); N] {
    fn into_parameters(self) -> Parameters {
        self.as_slice().into_parameters()
    }
}

impl Params for &[(&str, &dyn ToValue)] {
    fn into_parameters(self) -> Parameters {
        Parameters::Named(self.iter().map(|(name, value)| ((*name).to_owned(), value.to_parameter())).collect())
    }
}

impl Params for Parameters {
    fn into_parameters(self) -> Parameters {
        self
    }
}

impl Params for Vec<Parameter> {
    fn into_parameters(self) -> Parameters {
        Parameters::Positional(self)
    }
}

impl Params for &[Parameter] {
    fn into_parameters(self) -> Parameters {
        Parameters::Positional(self.to_vec())
    }
}

/// Values of any types as the parameters of a statement, in order or by name.
///
/// ```
/// use rowmill::{Connection, params};
///
/// # fn main() -> rowmill::Result<()> {
/// let connection = Connection::open_in_memory()?;
/// let sum: i64 = connection.query_one("SELECT ? + ?", params![40, 2])?;
/// assert_eq!(sum, 42);
/// let sum: i64 = connection.query_one("SELECT $a + $b * $b", params! { "a" => 38, "b" => 2 })?;
/// assert_eq!(sum, 42);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! params {
    ($($name:literal => $value:expr),+ $(,)?) => {
        [$(($name, &$value as &dyn $crate::ToValue)),+] as [(&str, &dyn $crate::ToValue); _]
    };
    ($($value:expr),* $(,)?) => {
        [$(&$value as &dyn $crate::ToValue),*] as [&dyn $crate::ToValue; _]
    };
}
