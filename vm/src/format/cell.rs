//! One value, borrowed: a row of a vector or a [`Value`].

use crate::value::Value;
use crate::vector::{Values, Vector};

/// A value where it stands.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// Every type that is held as an integer, of whatever width.
    Integer(i128),
    /// REAL and DOUBLE.
    Double(f64),
    /// VARCHAR, JSON and BLOB.
    Bytes(&'a [u8]),
    /// LIST, ARRAY and MAP.
    List(ListCell<'a>),
    /// STRUCT.
    Struct(StructCell<'a>),
}

/// The elements of a list.
#[derive(Clone, Copy, Debug)]
pub enum ListCell<'a> {
    /// Rows of a child vector, from the first to before the last.
    Rows(&'a Vector, usize, usize),
    /// Values.
    Values(&'a [Value]),
}

/// The members of a struct.
#[derive(Clone, Copy, Debug)]
pub enum StructCell<'a> {
    /// A row of child vectors.
    Row(&'a [Vector], usize),
    /// Values.
    Values(&'a [Value]),
}

impl<'a> Cell<'a> {
    /// Row `row` of a vector.
    #[inline]
    pub fn of_row(vector: &'a Vector, row: usize) -> Cell<'a> {
        if !vector.validity.is_valid(row) {
            return Cell::Null;
        }
        match &vector.values {
            Values::Bits(bits) => Cell::Boolean(bits.get(row)),
            Values::I8(values) => Cell::Integer(values[row].into()),
            Values::I16(values) => Cell::Integer(values[row].into()),
            Values::I32(values) => Cell::Integer(values[row].into()),
            Values::I64(values) => Cell::Integer(values[row].into()),
            Values::I128(values) => Cell::Integer(values[row]),
            Values::F32(values) => Cell::Double(values[row].into()),
            Values::F64(values) => Cell::Double(values[row]),
            Values::Text(text) => Cell::Bytes(text.get(row)),
            Values::List(list) => {
                let (start, end) = (list.offsets[row], list.offsets[row + 1]);
                Cell::List(ListCell::Rows(&list.child, start as usize, end as usize))
            }
            Values::Struct(value) => Cell::Struct(StructCell::Row(&value.children, row)),
        }
    }

    /// A single value.
    pub fn of_value(value: &'a Value) -> Cell<'a> {
        match value {
            Value::Null => Cell::Null,
            Value::Boolean(value) => Cell::Boolean(*value),
            Value::Integer(value) => Cell::Integer((*value).into()),
            Value::Wide(value) => Cell::Integer(*value),
            Value::Double(value) => Cell::Double(*value),
            Value::Text(text) => Cell::Bytes(text.as_bytes()),
            Value::Blob(bytes) => Cell::Bytes(bytes),
            Value::List(elements) => Cell::List(ListCell::Values(elements)),
            Value::Struct(members) => Cell::Struct(StructCell::Values(members)),
        }
    }
}

impl<'a> ListCell<'a> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            ListCell::Rows(_, start, end) => end - start,
            ListCell::Values(values) => values.len(),
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Element `index`.
    pub fn element(&self, index: usize) -> Cell<'a> {
        match self {
            ListCell::Rows(child, start, _) => Cell::of_row(child, start + index),
            ListCell::Values(values) => Cell::of_value(&values[index]),
        }
    }
}

impl<'a> StructCell<'a> {
    /// How many members there are.
    pub fn len(&self) -> usize {
        match self {
            StructCell::Row(children, _) => children.len(),
            StructCell::Values(values) => values.len(),
        }
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Member `index`.
    pub fn member(&self, index: usize) -> Cell<'a> {
        match self {
            StructCell::Row(children, row) => Cell::of_row(&children[index], *row),
            StructCell::Values(values) => Cell::of_value(&values[index]),
        }
    }
}
