//! Constants as SQL text.

use std::fmt::Write;

use rowmill_vm::{DataType, Value};

/// Writes a constant as SQL would have it: text quoted, dates and times behind their type's name.
pub(super) fn write(value: &Value, data_type: &DataType, out: &mut String) {
    let result = match (value, data_type) {
        (Value::Null, _) => write!(out, "NULL"),
        (Value::Boolean(true), _) => write!(out, "TRUE"),
        (Value::Boolean(false), _) => write!(out, "FALSE"),
        (Value::Integer(_) | Value::Wide(_), DataType::Decimal { scale, .. }) => {
            decimal(value.as_i128().unwrap_or_default(), usize::from(*scale), out)
        }
        (Value::Integer(days), DataType::Date) => date(*days, out),
        (Value::Integer(number), _) => write!(out, "{number}"),
        (Value::Wide(number), _) => write!(out, "{number}"),
        (Value::Double(number), _) => write!(out, "{number:?}"),
        (Value::Text(text), _) => write!(out, "'{}'", text.replace('\'', "''")),
        (Value::Blob(_) | Value::List(_) | Value::Struct(_), _) => write!(out, "{data_type} constant"),
    };
    result.expect("writing to a String cannot fail");
}

fn decimal(unscaled: i128, scale: usize, out: &mut String) -> std::fmt::Result {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    write!(out, "{sign}{whole}{point}{fraction}")
}

/// The civil calendar, after H. Hinnant, "chrono-compatible low-level date algorithms".
fn date(days: i64, out: &mut String) -> std::fmt::Result {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    write!(out, "DATE '{year:04}-{month:02}-{day:02}'")
}
