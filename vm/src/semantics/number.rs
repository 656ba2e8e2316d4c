//! Integers and floating-point numbers as text, as PostgreSQL reads and prints them.

use std::fmt::Write;

use super::sink::{Sink, StackText};

/// Why a text is not a value of some type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It does not look like one.
    Syntax,
    /// It looks like one, but is beyond the type's range.
    Range,
}

/// What reading a text gives.
pub type Parsed<T> = Result<T, Failure>;

/// `text` without ASCII white space around it.
pub fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// An integer: an optional sign and digits, white space around them.
pub fn parse_integer(text: &[u8]) -> Result<i128, Failure> {
    let (negative, digits) = split_sign(trimmed(text));
    if digits.is_empty() {
        return Err(Failure::Syntax);
    }
    if digits.len() <= 18 {
        // The hot path: cannot overflow 64 bits.
        let mut value = 0i64;
        for &byte in digits {
            value = value * 10 + i64::from(digit(byte)?);
        }
        return Ok(i128::from(if negative { -value } else { value }));
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Failure::Syntax);
    }
    let mut value = 0i128;
    for &byte in digits {
        // Summed downwards, so that the smallest number does not overflow.
        value =
            value.checked_mul(10).and_then(|value| value.checked_sub(i128::from(byte - b'0'))).ok_or(Failure::Range)?;
    }
    if negative { Ok(value) } else { value.checked_neg().ok_or(Failure::Range) }
}

/// A sign, if there is one, and the rest.
pub(crate) fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn digit(byte: u8) -> Result<u8, Failure> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        _ => Err(Failure::Syntax),
    }
}

/// A DOUBLE: digits with a point and an exponent, or an infinity or NaN by name.
pub fn parse_double(text: &[u8]) -> Result<f64, Failure> {
    let value: f64 = parse_float(text)?;
    if value.is_infinite() && has_digit(text) { Err(Failure::Range) } else { Ok(value) }
}

/// A REAL, as [`parse_double`]: rounded once, from the digits.
pub fn parse_real(text: &[u8]) -> Result<f32, Failure> {
    let value: f32 = parse_float(text)?;
    if value.is_infinite() && has_digit(text) { Err(Failure::Range) } else { Ok(value) }
}

fn parse_float<T: std::str::FromStr>(text: &[u8]) -> Result<T, Failure> {
    let text = std::str::from_utf8(trimmed(text)).map_err(|_| Failure::Syntax)?;
    text.parse().map_err(|_| Failure::Syntax)
}

fn has_digit(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
}

/// true and false, and every beginning of true, false, yes, no, on, off that is only theirs, and 1 and 0.
pub fn parse_boolean(text: &[u8]) -> Result<bool, Failure> {
    let text = trimmed(text);
    let starts = |word: &[u8], least: usize| {
        text.len() >= least && text.len() <= word.len() && word[..text.len()].eq_ignore_ascii_case(text)
    };
    if starts(b"true", 1) || starts(b"yes", 1) || starts(b"on", 2) || text == b"1" {
        Ok(true)
    } else if starts(b"false", 1) || starts(b"no", 1) || starts(b"off", 2) || text == b"0" {
        Ok(false)
    } else {
        Err(Failure::Syntax)
    }
}

/// The digits of `value`, written into the end of `buffer`.
pub(crate) fn digits(value: u128, buffer: &mut [u8; 40]) -> &str {
    let mut position = buffer.len();
    let mut wide = value;
    // 128-bit division is slow: only what is beyond 64 bits goes through it.
    while wide > u128::from(u64::MAX) {
        position -= 1;
        buffer[position] = b'0' + (wide % 10) as u8;
        wide /= 10;
    }
    let mut narrow = wide as u64;
    while narrow >= 10 {
        position -= 1;
        buffer[position] = b'0' + (narrow % 10) as u8;
        narrow /= 10;
    }
    position -= 1;
    buffer[position] = b'0' + narrow as u8;
    std::str::from_utf8(&buffer[position..]).expect("digits are ASCII")
}

/// Writes an integer.
pub fn write_integer(value: i128, out: &mut impl Sink) {
    if value < 0 {
        out.push_str("-");
    }
    out.push_str(digits(value.unsigned_abs(), &mut [0; 40]));
}

/// Writes a number with at least `width` digits, zeros in front.
pub(crate) fn write_padded(value: u64, width: usize, out: &mut impl Sink) {
    let mut buffer = [b'0'; 40];
    let length = digits(value.into(), &mut buffer).len().max(width);
    out.push_str(std::str::from_utf8(&buffer[40 - length..]).expect("digits are ASCII"));
}

/// Writes a DOUBLE: the fewest digits that read back as the same number, with an exponent from 1e+15 and below
/// 1e-04, as PostgreSQL does.
pub fn write_double(value: f64, out: &mut impl Sink) {
    let mut text = StackText::<32>::new();
    write!(text, "{value:e}").expect("the shortest form of an f64 has at most 24 characters");
    write_shortest(text.as_bytes(), value.is_finite(), 15, out);
}

/// Writes a REAL: as [`write_double`], with an exponent from 1e+06.
pub fn write_real(value: f32, out: &mut impl Sink) {
    let mut text = StackText::<32>::new();
    write!(text, "{value:e}").expect("the shortest form of an f32 has at most 16 characters");
    write_shortest(text.as_bytes(), value.is_finite(), 6, out);
}

/// Lays out digits and exponent, given as Rust prints them (`-1.25e-7`, `inf`, `NaN`).
fn write_shortest(text: &[u8], finite: bool, exponent_end: i32, out: &mut impl Sink) {
    let (negative, text) = split_sign(text);
    if negative {
        out.push_str("-");
    }
    if !finite {
        out.push_str(if text == b"NaN" { "NaN" } else { "Infinity" });
        return;
    }
    let text = std::str::from_utf8(text).expect("numbers print as ASCII");
    let (mantissa, exponent) = text.split_once('e').expect("the form asked for has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is a small integer");
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if exponent < -4 || exponent >= exponent_end {
        out.push_str(mantissa);
        out.push_str(if exponent < 0 { "e-" } else { "e+" });
        write_padded(exponent.unsigned_abs().into(), 2, out);
    } else if exponent < 0 {
        out.push_str("0.");
        out.push_str(&"000"[..exponent.unsigned_abs() as usize - 1]);
        out.push_str(first);
        out.push_str(rest);
    } else {
        let whole = exponent as usize;
        out.push_str(first);
        out.push_str(&rest[..whole.min(rest.len())]);
        out.push_str(&"000000000000000"[..whole.saturating_sub(rest.len())]);
        if rest.len() > whole {
            out.push_str(".");
            out.push_str(&rest[whole..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_postgresql_prints_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (-1234.5, "-1234.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1e30, "1e+30"),
            (123456789012345.6, "123456789012345.6"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ];
        for (value, expected) in cases {
            let mut text = String::new();
            write_double(value, &mut text);
            assert_eq!(text, expected);
            if !value.is_nan() {
                assert_eq!(parse_double(text.as_bytes()), Ok(value), "{text} reads back");
            }
        }
        let mut text = String::new();
        write_real(1234567.0, &mut text);
        write_real(0.1, &mut text);
        assert_eq!(text, "1.234567e+060.1");
    }

    #[test]
    fn integers_read_and_print() {
        for value in [0, 7, -7, 10, 1i128 << 64, i64::MIN.into(), u64::MAX.into(), i128::MAX, i128::MIN] {
            let mut text = String::new();
            write_integer(value, &mut text);
            assert_eq!(text, value.to_string());
            assert_eq!(parse_integer(text.as_bytes()), Ok(value));
        }
        assert_eq!(parse_integer(b" +42\n"), Ok(42));
        for bad in ["", "-", "1.5", "abc", "1 2", "12345678901234567890x"] {
            assert_eq!(parse_integer(bad.as_bytes()), Err(Failure::Syntax), "{bad}");
        }
        assert_eq!(parse_integer(&[b'9'; 50]), Err(Failure::Range));
        assert_eq!(parse_double(b"1e400"), Err(Failure::Range));
        assert_eq!(parse_double(b" -infinity "), Ok(f64::NEG_INFINITY));
    }

    #[test]
    fn booleans_read_by_unique_beginnings() {
        for (text, expected) in [("t", true), (" TRUE ", true), ("ye", true), ("on", true), ("of", false), ("0", false)]
        {
            assert_eq!(parse_boolean(text.as_bytes()), Ok(expected), "{text}");
        }
        for bad in ["o", "", "truex", "2"] {
            assert_eq!(parse_boolean(bad.as_bytes()), Err(Failure::Syntax), "{bad}");
        }
    }
}
