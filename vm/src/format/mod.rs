//! Values as text: what results print, what casts to VARCHAR give, and what programs read as JSON.
//!
//! The text forms are PostgreSQL's; nested values print as literals. One writer serves the rows of vectors and
//! single values alike, through [`Cell`]. Nothing is allocated but what the output itself needs.

mod cell;
mod json;
mod text;

pub use cell::{Cell, ListCell, StructCell};
pub use json::write_json_string;

use crate::semantics::sink::Sink;
use crate::types::DataType;
use crate::value::Value;
use crate::vector::Vector;

/// Appends the text form of row `row` of a vector of `data_type`; NULL is `NULL`.
pub fn write_text(vector: &Vector, row: usize, data_type: &DataType, out: &mut impl Sink) {
    text::write(&Cell::of_row(vector, row), data_type, out);
}

/// Appends the text form of a value of `data_type`; NULL is `NULL`.
pub fn write_value_text(value: &Value, data_type: &DataType, out: &mut impl Sink) {
    text::write(&Cell::of_value(value), data_type, out);
}

/// Appends the text form of what a cell holds; NULL is `NULL`.
pub fn write_cell_text(cell: &Cell<'_>, data_type: &DataType, out: &mut impl Sink) {
    text::write(cell, data_type, out);
}

/// Appends row `row` of a vector of `data_type` as JSON.
pub fn write_json(vector: &Vector, row: usize, data_type: &DataType, out: &mut impl Sink) {
    json::write(&Cell::of_row(vector, row), data_type, out);
}

/// Appends a value of `data_type` as JSON.
pub fn write_value_json(value: &Value, data_type: &DataType, out: &mut impl Sink) {
    json::write(&Cell::of_value(value), data_type, out);
}

/// The text form of a value of `data_type`, for messages and constants.
pub fn value_text(value: &Value, data_type: &DataType) -> String {
    let mut text = String::new();
    write_value_text(value, data_type, &mut text);
    text
}

#[cfg(test)]
mod tests;
