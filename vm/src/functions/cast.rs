//! Casts between types: which there are, and what they do.

use super::VectorFunction;
use crate::error::{Error, Result};
use crate::types::DataType;
use crate::value::Value;

/// How to get from one type to another.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// CAST: fails where a value does not fit (and the guard is set). One argument; NULLs are the caller's.
    pub cast: VectorFunction,
    /// TRY_CAST: gives NULL there; sets the result's validity for those rows.
    pub try_cast: VectorFunction,
    /// Whether some values do not fit.
    pub fallible: bool,
}

/// The cast between two types, if SQL has one.
pub fn find(_from: &DataType, _to: &DataType) -> Option<Cast> {
    None
}

/// Casts one value.
pub fn cast_value(_value: &Value, from: &DataType, to: &DataType) -> Result<Value> {
    Err(Error::types(format!("cannot cast {from} to {to}")))
}
