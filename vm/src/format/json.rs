//! Values as JSON, for programs that read results line by line.

use super::cell::{Cell, ListCell, StructCell};
use super::text;
use crate::semantics::sink::Sink;
use crate::types::DataType;

/// Writes a cell of `data_type` as JSON: numbers with all their digits, everything without a JSON form of its own
/// as a string of its text form.
pub(super) fn write(cell: &Cell<'_>, data_type: &DataType, out: &mut impl Sink) {
    match cell {
        Cell::Null => out.push_str("null"),
        Cell::Boolean(_) => text::write(cell, data_type, out),
        Cell::Integer(_) if data_type.is_numeric() => text::write(cell, data_type, out),
        Cell::Double(value) if value.is_finite() => text::write(cell, data_type, out),
        Cell::Bytes(bytes) if data_type.is_text() => write_json_string(text::as_str(bytes), out),
        Cell::List(list) => write_list(list, data_type, out),
        Cell::Struct(members) => write_struct(members, data_type, out),
        // Dates, times, UUIDs, intervals, BLOBs, infinities: text of printable ASCII.
        Cell::Integer(_) | Cell::Double(_) | Cell::Bytes(_) => {
            out.push_str("\"");
            text::write(cell, data_type, &mut Escaped(out));
            out.push_str("\"");
        }
    }
}

/// Escapes what is written through it.
struct Escaped<'a, S>(&'a mut S);

impl<S: Sink> Sink for Escaped<'_, S> {
    fn push_str(&mut self, text: &str) {
        write_escaped(text, self.0);
    }
}

/// Writes a string with its quotes.
pub fn write_json_string(text: &str, out: &mut impl Sink) {
    out.push_str("\"");
    write_escaped(text, out);
    out.push_str("\"");
}

fn write_escaped(text: &str, out: &mut impl Sink) {
    let mut clean_from = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "\\u00",
            _ => continue,
        };
        out.push_str(&text[clean_from..index]);
        out.push_str(escape);
        if escape == "\\u00" {
            out.push_char(char::from(b'0' + (byte >> 4)));
            out.push_char(char::from_digit(u32::from(byte & 15), 16).expect("four bits are a hexadecimal digit"));
        }
        clean_from = index + 1;
    }
    out.push_str(&text[clean_from..]);
}

/// An array; a MAP is an array of pairs.
fn write_list(list: &ListCell<'_>, data_type: &DataType, out: &mut impl Sink) {
    out.push_str("[");
    for index in 0..list.len() {
        if index > 0 {
            out.push_str(",");
        }
        match (data_type, list.element(index)) {
            (DataType::Map(entry), Cell::Struct(pair)) if pair.len() == 2 => {
                out.push_str("[");
                write(&pair.member(0), &entry.0, out);
                out.push_str(",");
                write(&pair.member(1), &entry.1, out);
                out.push_str("]");
            }
            (DataType::List(element) | DataType::Array(element, _), cell) => write(&cell, element, out),
            (_, cell) => write(&cell, &DataType::Null, out),
        }
    }
    out.push_str("]");
}

fn write_struct(members: &StructCell<'_>, data_type: &DataType, out: &mut impl Sink) {
    let fields = if let DataType::Struct(fields) = data_type { &**fields } else { &[] };
    out.push_str("{");
    for (index, field) in fields.iter().enumerate().take(members.len()) {
        if index > 0 {
            out.push_str(",");
        }
        write_json_string(&field.name, out);
        out.push_str(":");
        write(&members.member(index), &field.data_type, out);
    }
    out.push_str("}");
}
