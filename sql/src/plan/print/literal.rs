//! Constants as SQL text.

use std::fmt::Write;

use rowmill_vm::format::{value_text, write_value_text};
use rowmill_vm::{DataType, Value};

/// Writes a constant as SQL would have it: numbers bare, text quoted, all else quoted behind its type's name.
pub(super) fn write(value: &Value, data_type: &DataType, out: &mut String) {
    match value {
        Value::Null => out.push_str("NULL"),
        Value::Boolean(true) => out.push_str("TRUE"),
        Value::Boolean(false) => out.push_str("FALSE"),
        Value::Integer(_) | Value::Wide(_) | Value::Double(_) if data_type.is_numeric() => {
            write_value_text(value, data_type, out);
        }
        Value::Integer(_)
        | Value::Wide(_)
        | Value::Double(_)
        | Value::Text(_)
        | Value::Blob(_)
        | Value::List(_)
        | Value::Struct(_) => {
            if *data_type != DataType::Varchar {
                write!(out, "{data_type} ").expect("writing to a String cannot fail");
            }
            write!(out, "'{}'", value_text(value, data_type).replace('\'', "''"))
                .expect("writing to a String cannot fail");
        }
    }
}
