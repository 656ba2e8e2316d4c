//! The text forms.

use super::cell::{Cell, ListCell, StructCell};
use crate::semantics::sink::Sink;
use crate::semantics::{date, decimal, interval, number};
use crate::types::DataType;

/// Writes the text form of a cell of `data_type`.
pub(super) fn write(cell: &Cell<'_>, data_type: &DataType, out: &mut impl Sink) {
    match cell {
        Cell::Null => out.push_str("NULL"),
        Cell::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Cell::Integer(value) => write_integer(*value, data_type, out),
        Cell::Double(value) => write_double(*value, data_type, out),
        Cell::Bytes(bytes) if *data_type == DataType::Blob => write_blob(bytes, out),
        Cell::Bytes(bytes) => out.push_str(as_str(bytes)),
        Cell::List(list) => write_list(list, data_type, out),
        Cell::Struct(members) => write_struct(members, data_type, out),
    }
}

/// The text behind a VARCHAR or JSON.
pub(super) fn as_str(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("VARCHAR holds UTF-8: checked where bytes come in")
}

/// Writes a value that is held as an integer. Those of 64 bits are cut to them: their type says that they fit.
fn write_integer(value: i128, data_type: &DataType, out: &mut impl Sink) {
    match data_type {
        DataType::Decimal { scale, .. } => decimal::write_decimal(value, *scale, out),
        DataType::Date => date::write_date(value as i32, out),
        DataType::Time => date::write_time(value as i64, out),
        DataType::Timestamp(unit) => date::write_timestamp(value as i64, *unit, out),
        DataType::TimestampTz => date::write_timestamp_tz(value as i64, out),
        DataType::Interval => interval::write_interval(interval::Interval::unpack(value), out),
        DataType::Uuid => write_uuid(value, out),
        DataType::Real | DataType::Double => write_double(value as f64, data_type, out),
        DataType::Null
        | DataType::Boolean
        | DataType::TinyInt
        | DataType::SmallInt
        | DataType::Integer
        | DataType::BigInt
        | DataType::UTinyInt
        | DataType::USmallInt
        | DataType::UInteger
        | DataType::UBigInt
        | DataType::Varchar
        | DataType::Blob
        | DataType::Json
        | DataType::List(_)
        | DataType::Array(..)
        | DataType::Struct(_)
        | DataType::Map(_) => number::write_integer(value, out),
    }
}

fn write_double(value: f64, data_type: &DataType, out: &mut impl Sink) {
    if *data_type == DataType::Real { number::write_real(value as f32, out) } else { number::write_double(value, out) }
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

fn push_hex(byte: u8, out: &mut impl Sink) {
    out.push_char(HEX_DIGITS[usize::from(byte >> 4)].into());
    out.push_char(HEX_DIGITS[usize::from(byte & 15)].into());
}

/// `\x0aff`
fn write_blob(bytes: &[u8], out: &mut impl Sink) {
    out.push_str("\\x");
    bytes.iter().for_each(|byte| push_hex(*byte, out));
}

/// 8-4-4-4-12 hexadecimal digits; the top bit is flipped in memory, so that signed order is the order of the text.
fn write_uuid(value: i128, out: &mut impl Sink) {
    let bytes = (value as u128 ^ 1 << 127).to_be_bytes();
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push_str("-");
        }
        push_hex(byte, out);
    }
}

/// `[1, 2, NULL]`, and `{a=1, b=2}` for a MAP.
fn write_list(list: &ListCell<'_>, data_type: &DataType, out: &mut impl Sink) {
    let (open, close) = if let DataType::Map(_) = data_type { ("{", "}") } else { ("[", "]") };
    out.push_str(open);
    for index in 0..list.len() {
        if index > 0 {
            out.push_str(", ");
        }
        match (data_type, list.element(index)) {
            (DataType::Map(entry), Cell::Struct(pair)) if pair.len() == 2 => {
                write(&pair.member(0), &entry.0, out);
                out.push_str("=");
                write(&pair.member(1), &entry.1, out);
            }
            (DataType::List(element) | DataType::Array(element, _), cell) => write(&cell, element, out),
            (_, cell) => write(&cell, &DataType::Null, out),
        }
    }
    out.push_str(close);
}

/// `{'a': 1, 'b': x}`
fn write_struct(members: &StructCell<'_>, data_type: &DataType, out: &mut impl Sink) {
    let fields = if let DataType::Struct(fields) = data_type { &**fields } else { &[] };
    out.push_str("{");
    for (index, field) in fields.iter().enumerate().take(members.len()) {
        out.push_str(if index > 0 { ", '" } else { "'" });
        out.push_str(&field.name);
        out.push_str("': ");
        write(&members.member(index), &field.data_type, out);
    }
    out.push_str("}");
}
