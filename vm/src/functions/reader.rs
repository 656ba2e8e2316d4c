//! Reading the arguments of a function: column or constant, whatever their form.

use super::{ArgumentValue, Invocation};
use crate::error::{Error, Result};
use crate::format::Cell;
use crate::value::Value;
use crate::vector::{Bits, Text, Values, Vector};

/// An argument that is text or bytes.
#[derive(Clone, Copy)]
pub(crate) enum Texts<'a> {
    Column(&'a Text),
    Constant(&'a [u8]),
}

impl<'a> Texts<'a> {
    /// The bytes of row `row`; empty for a NULL constant.
    #[inline]
    pub(crate) fn bytes(&self, row: usize) -> &'a [u8] {
        match self {
            Texts::Column(text) => text.get(row),
            Texts::Constant(bytes) => bytes,
        }
    }

    /// The string of row `row`.
    #[inline]
    pub(crate) fn text(&self, row: usize) -> &'a str {
        std::str::from_utf8(self.bytes(row)).expect("VARCHAR holds UTF-8: checked where bytes come in")
    }
}

/// An argument that is held as integers of some width: integers, decimals, dates, times, intervals.
#[derive(Clone, Copy)]
pub(crate) enum Integers<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    I128(&'a [i128]),
    Constant(i128),
}

impl Integers<'_> {
    /// The integer of row `row`; 0 for a NULL constant.
    #[inline]
    pub(crate) fn wide(&self, row: usize) -> i128 {
        match self {
            Integers::I8(values) => values[row].into(),
            Integers::I16(values) => values[row].into(),
            Integers::I32(values) => values[row].into(),
            Integers::I64(values) => values[row].into(),
            Integers::I128(values) => values[row],
            Integers::Constant(value) => *value,
        }
    }

    /// The integer of row `row` of a type that 64 bits hold.
    #[inline]
    pub(crate) fn long(&self, row: usize) -> i64 {
        match self {
            Integers::I8(values) => values[row].into(),
            Integers::I16(values) => values[row].into(),
            Integers::I32(values) => values[row].into(),
            Integers::I64(values) => values[row],
            Integers::I128(values) => values[row] as i64,
            Integers::Constant(value) => *value as i64,
        }
    }

    /// The integer of row `row` of a type that 32 bits hold: DATE, INTEGER and narrower.
    #[inline]
    pub(crate) fn int(&self, row: usize) -> i32 {
        self.long(row) as i32
    }
}

/// An argument that is REAL or DOUBLE.
#[derive(Clone, Copy)]
pub(crate) enum Doubles<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    Constant(f64),
}

impl Doubles<'_> {
    /// The number of row `row`; 0 for a NULL constant.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> f64 {
        match self {
            Doubles::F32(values) => values[row].into(),
            Doubles::F64(values) => values[row],
            Doubles::Constant(value) => *value,
        }
    }
}

/// An argument that is BOOLEAN.
#[derive(Clone, Copy)]
pub(crate) enum Booleans<'a> {
    Column(&'a Bits),
    Constant(bool),
}

impl Booleans<'_> {
    /// The truth of row `row`; false for a NULL constant.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> bool {
        match self {
            Booleans::Column(bits) => bits.get(row),
            Booleans::Constant(value) => *value,
        }
    }
}

impl<'a> ArgumentValue<'a> {
    /// Whether row `row` holds a value.
    #[inline]
    pub(crate) fn is_valid(&self, row: usize) -> bool {
        match self {
            ArgumentValue::Column(vector) => vector.validity.is_valid(row),
            ArgumentValue::Constant(value) => !value.is_null(),
        }
    }

    /// What stands in row `row`.
    #[inline]
    pub(crate) fn cell(&self, row: usize) -> Cell<'a> {
        match self {
            ArgumentValue::Column(vector) => Cell::of_row(vector, row),
            ArgumentValue::Constant(value) => Cell::of_value(value),
        }
    }
}

/// A form that the caller's types exclude: a bug of ours, reported as such.
fn mismatch(index: usize, wanted: &str, argument: &ArgumentValue<'_>) -> Error {
    let found = match argument {
        ArgumentValue::Column(vector) => format!("a vector of {}", vector.form().name()),
        ArgumentValue::Constant(value) => format!("{value:?}"),
    };
    Error::internal(format!("argument {index} should be {wanted}, not {found}"))
}

impl<'a> Invocation<'a> {
    /// Argument `index` as text or bytes.
    pub(crate) fn texts(&self, index: usize) -> Result<Texts<'a>> {
        let argument = &self.arguments[index];
        Ok(match argument {
            ArgumentValue::Column(Vector { values: Values::Text(text), .. }) => Texts::Column(text),
            ArgumentValue::Constant(Value::Text(text)) => Texts::Constant(text.as_bytes()),
            ArgumentValue::Constant(Value::Blob(bytes)) => Texts::Constant(bytes),
            ArgumentValue::Constant(Value::Null) => Texts::Constant(b""),
            _ => return Err(mismatch(index, "text", argument)),
        })
    }

    /// Argument `index` as integers.
    pub(crate) fn integers(&self, index: usize) -> Result<Integers<'a>> {
        let argument = &self.arguments[index];
        Ok(match argument {
            ArgumentValue::Column(vector) => match &vector.values {
                Values::I8(values) => Integers::I8(values),
                Values::I16(values) => Integers::I16(values),
                Values::I32(values) => Integers::I32(values),
                Values::I64(values) => Integers::I64(values),
                Values::I128(values) => Integers::I128(values),
                _ => return Err(mismatch(index, "integers", argument)),
            },
            ArgumentValue::Constant(Value::Null) => Integers::Constant(0),
            ArgumentValue::Constant(value) => {
                Integers::Constant(value.as_i128().ok_or_else(|| mismatch(index, "an integer", argument))?)
            }
        })
    }

    /// Argument `index` as floating-point numbers.
    pub(crate) fn doubles(&self, index: usize) -> Result<Doubles<'a>> {
        let argument = &self.arguments[index];
        Ok(match argument {
            ArgumentValue::Column(Vector { values: Values::F32(values), .. }) => Doubles::F32(values),
            ArgumentValue::Column(Vector { values: Values::F64(values), .. }) => Doubles::F64(values),
            ArgumentValue::Constant(Value::Double(value)) => Doubles::Constant(*value),
            ArgumentValue::Constant(Value::Null) => Doubles::Constant(0.0),
            _ => return Err(mismatch(index, "a DOUBLE", argument)),
        })
    }

    /// Argument `index` as truth values.
    pub(crate) fn booleans(&self, index: usize) -> Result<Booleans<'a>> {
        let argument = &self.arguments[index];
        Ok(match argument {
            ArgumentValue::Column(Vector { values: Values::Bits(bits), .. }) => Booleans::Column(bits),
            ArgumentValue::Constant(Value::Boolean(value)) => Booleans::Constant(*value),
            ArgumentValue::Constant(Value::Null) => Booleans::Constant(false),
            _ => return Err(mismatch(index, "a BOOLEAN", argument)),
        })
    }

    /// Whether row `row` may fail.
    #[inline]
    pub(crate) fn is_guarded(&self, row: usize) -> bool {
        self.guard.is_none_or(|guard| guard.get(row))
    }
}
