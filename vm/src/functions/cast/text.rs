//! Casts from and to text.

use super::fill::{OnFailure, failed, to_doubles, to_integers};
use super::json;
use crate::error::{Error, Result};
use crate::functions::Invocation;
use crate::functions::writer::{Present, reset};
use crate::semantics::number::{self, Failure, Parsed, trimmed};
use crate::semantics::{date, decimal, interval};
use crate::types::{DataType, Form};
use crate::vector::{Values, Vector};

/// Everything to VARCHAR: its text form.
pub(super) fn to_text(call: &Invocation<'_>, _: OnFailure, out: &mut Vector) -> Result<()> {
    let (argument, data_type) = (call.arguments[0], &call.argument_types[0]);
    call.fill_texts(out, |row, writer| writer.push_cell(&argument.cell(row), data_type))
}

/// Text to integers and DECIMAL.
pub(super) fn text_to_exact(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    if let DataType::Decimal { precision, scale } = *call.result_type {
        return to_integers(call, on_failure, out, |row| decimal::parse_decimal(texts.bytes(row), precision, scale));
    }
    to_integers(call, on_failure, out, |row| number::parse_integer(texts.bytes(row)))
}

/// Text to DOUBLE and REAL.
pub(super) fn text_to_float(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    if *call.result_type == DataType::Real {
        return to_doubles(call, on_failure, out, |row| number::parse_real(texts.bytes(row)).map(f64::from));
    }
    to_doubles(call, on_failure, out, |row| number::parse_double(texts.bytes(row)))
}

/// Text to DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL and UUID.
pub(super) fn text_to_packed(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    match *call.result_type {
        DataType::Date => to_integers(call, on_failure, out, |row| date::parse_date(texts.bytes(row)).map(i128::from)),
        DataType::Time => to_integers(call, on_failure, out, |row| date::parse_time(texts.bytes(row)).map(i128::from)),
        DataType::Timestamp(unit) => {
            to_integers(call, on_failure, out, |row| date::parse_timestamp(texts.bytes(row), unit).map(i128::from))
        }
        DataType::TimestampTz => {
            to_integers(call, on_failure, out, |row| date::parse_timestamp_tz(texts.bytes(row)).map(i128::from))
        }
        DataType::Interval => {
            to_integers(call, on_failure, out, |row| Ok(interval::parse_interval(texts.bytes(row))?.pack()))
        }
        DataType::Uuid => to_integers(call, on_failure, out, |row| parse_uuid(texts.bytes(row))),
        ref other => Err(Error::internal(format!("no cast from text to {other} here"))),
    }
}

/// 32 hexadecimal digits, hyphens after any four of them, in braces or not. The top bit is flipped.
fn parse_uuid(text: &[u8]) -> Parsed<i128> {
    let text = trimmed(text);
    let text = text.strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}")).unwrap_or(text);
    let (mut value, mut digits) = (0u128, 0);
    for &byte in text {
        if byte == b'-' && digits > 0 && digits % 4 == 0 {
            continue;
        }
        let digit = char::from(byte).to_digit(16).filter(|_| digits < 32).ok_or(Failure::Syntax)?;
        value = value << 4 | u128::from(digit);
        digits += 1;
    }
    if digits == 32 && text.last() != Some(&b'-') { Ok((value ^ 1 << 127) as i128) } else { Err(Failure::Syntax) }
}

/// Text to BOOLEAN.
pub(super) fn text_to_boolean(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    let Vector { values, validity } = out;
    call.strict_validity(validity);
    let Values::Bits(bits) = reset(values, Form::Bits) else {
        return Err(Error::internal("a reset vector has the form asked for"));
    };
    bits.refill(false, call.rows);
    for row in 0..call.rows {
        if !validity.is_valid(row) || !call.is_guarded(row) {
            continue;
        }
        match number::parse_boolean(texts.bytes(row)) {
            Ok(value) => bits.set(row, value),
            Err(failure) => {
                failed(call, on_failure, row, failure)?;
                validity.set_null(row, call.rows);
            }
        }
    }
    Ok(())
}

/// Text to JSON: the same text, if it is JSON.
pub(super) fn text_to_json(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let (texts, argument) = (call.texts(0)?, call.arguments[0]);
    call.fill_handled_texts(out, |row, writer| {
        if !argument.is_valid(row) {
            return Ok(Present::Null);
        }
        let text = texts.bytes(row);
        if !json::is_valid(text) {
            failed(call, on_failure, row, Failure::Syntax)?;
            return Ok(Present::Null);
        }
        writer.push(text)?;
        Ok(Present::Value)
    })
}

/// Text to BLOB: `\x0aff`, or bytes as they are with `\\` and `\ooo` for escapes.
pub(super) fn text_to_blob(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let (texts, argument) = (call.texts(0)?, call.arguments[0]);
    call.fill_handled_texts(out, |row, writer| {
        if !argument.is_valid(row) {
            return Ok(Present::Null);
        }
        let mut rest = texts.bytes(row);
        let hexadecimal = rest.strip_prefix(b"\\x");
        rest = hexadecimal.unwrap_or(rest);
        while !rest.is_empty() {
            let next = if hexadecimal.is_some() { hex_byte(rest) } else { escaped_byte(rest) };
            match next {
                Some((byte, length)) => {
                    writer.push(&[byte])?;
                    rest = &rest[length..];
                }
                None => {
                    failed(call, on_failure, row, Failure::Syntax)?;
                    return Ok(Present::Null);
                }
            }
        }
        Ok(Present::Value)
    })
}

/// A byte of two hexadecimal digits, and how long it is.
fn hex_byte(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match text {
        [high, low, ..] => Some(((digit(*high)? * 16 + digit(*low)?) as u8, 2)),
        _ => None,
    }
}

/// A byte as it is, `\\`, or `\ooo` in octal, and how long it is.
fn escaped_byte(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(8);
    match text {
        [b'\\', b'\\', ..] => Some((b'\\', 2)),
        [b'\\', a, b, c, ..] => {
            let value = digit(*a)? * 64 + digit(*b)? * 8 + digit(*c)?;
            u8::try_from(value).ok().map(|byte| (byte, 4))
        }
        [b'\\', ..] => None,
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}
