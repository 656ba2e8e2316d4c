//! Single fields as values. Surrounding blanks do not matter to anything but text.

use rowmill_vm::semantics::calendar::{days_from_civil, days_in_month};

const MICROS_OF_SECOND: i64 = 1_000_000;
const MICROS_OF_DAY: i64 = 86_400 * MICROS_OF_SECOND;
/// Integers up to here are exact as DOUBLE.
const EXACT_MANTISSA_MAX: u64 = 1 << 53;
/// Powers of ten that are exact as DOUBLE: then one division rounds correctly (Clinger 1990).
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// true or false, in whatever case.
pub(super) fn boolean(field: &[u8]) -> Option<bool> {
    let field = field.trim_ascii();
    if field.eq_ignore_ascii_case(b"true") {
        return Some(true);
    }
    field.eq_ignore_ascii_case(b"false").then_some(false)
}

/// Digits with an optional sign.
#[inline]
pub(super) fn integer(field: &[u8]) -> Option<i64> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return long_integer(field);
    }
    let mut value = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return long_integer(field);
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

#[cold]
fn long_integer(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.trim_ascii().parse().ok()
}

/// A number with point and exponent, inf or nan.
#[inline]
pub(super) fn double(field: &[u8]) -> Option<f64> {
    short_double(field).or_else(|| std::str::from_utf8(field).ok()?.trim_ascii().parse().ok())
}

/// Numbers of at most 19 digits whose mantissa and power of ten are exact.
#[inline]
fn short_double(field: &[u8]) -> Option<f64> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut mantissa, mut behind, mut point) = (0u64, 0usize, false);
    for byte in digits {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 => {
                mantissa = mantissa * 10 + u64::from(digit);
                behind += usize::from(point);
            }
            _ if *byte == b'.' && !point && digits.len() > 1 => point = true,
            _ => return None,
        }
    }
    if mantissa > EXACT_MANTISSA_MAX {
        return None;
    }
    let value = mantissa as f64 / EXACT_POWERS[behind];
    Some(if negative { -value } else { value })
}

/// YYYY-MM-DD as days since 1970-01-01.
#[inline]
pub(super) fn date(field: &[u8]) -> Option<i32> {
    let field = field.trim_ascii();
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *field else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    let (month, day) = (two_digits(m1, m2)?, two_digits(d1, d2)?);
    let year = i32::try_from(year).ok()?;
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    i32::try_from(days_from_civil(year, month, day)).ok()
}

/// A date, and behind a blank or T a time of day, as microseconds since 1970-01-01.
pub(super) fn timestamp(field: &[u8]) -> Option<i64> {
    let field = field.trim_ascii();
    let (day, time) = field.split_at_checked(10)?;
    let midnight = i64::from(date(day)?) * MICROS_OF_DAY;
    match time {
        [] => Some(midnight),
        [b' ' | b'T', clock @ ..] => Some(midnight + time_of_day(clock)?),
        _ => None,
    }
}

/// HH:MM, HH:MM:SS or HH:MM:SS.ffffff as microseconds since midnight.
fn time_of_day(clock: &[u8]) -> Option<i64> {
    let (&[h1, h2, b':', m1, m2], rest) = clock.split_first_chunk::<5>()? else {
        return None;
    };
    let (hour, minute) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    let (second, fraction) = match rest {
        [] => (0, [].as_slice()),
        [b':', s1, s2] => (two_digits(*s1, *s2)?, [].as_slice()),
        [b':', s1, s2, b'.', fraction @ ..] if (1..=6).contains(&fraction.len()) => (two_digits(*s1, *s2)?, fraction),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut micros = 0;
    for position in 0..6 {
        let digit = fraction.get(position).copied().unwrap_or(b'0');
        micros = micros * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(i64::from(hour * 3600 + minute * 60 + second) * MICROS_OF_SECOND + micros)
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(u32::from(tens) * 10 + u32::from(ones))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            (" +7 ", Some(7)),
            ("007", Some(7)),
            ("-", None),
            ("1.0", None),
            ("", None),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text}");
        }
        for text in
            ["0.1", "-0.5", "21168.23", "1e300", ".5", "5.", "123456789012345678901", "0.30000000000000004", "-0"]
        {
            assert_eq!(
                double(text.as_bytes()).map(f64::to_bits),
                Some(text.parse::<f64>().unwrap().to_bits()),
                "{text}"
            );
        }
        for text in ["", ".", "-", "1.2.3", "abc", "1,5"] {
            assert_eq!(double(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn dates_and_times() {
        for (text, expected) in [
            ("1970-01-01", Some(0)),
            ("2024-02-29", Some(19_782)),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("2024-1-1", None),
            ("0000-00-00", None),
        ] {
            assert_eq!(date(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("1970-01-01 00:00:01", Some(1_000_000)),
            ("1970-01-01T00:01", Some(60_000_000)),
            ("1969-12-31 23:59:59.5", Some(-500_000)),
            ("1970-01-02", Some(86_400_000_000)),
            ("1970-01-01 24:00:00", None),
            ("1970-01-01 00:00:00.1234567", None),
            ("1970-01-01 00:00:00Z", None),
            ("äöü-01-01 00:00", None),
        ] {
            assert_eq!(timestamp(text.as_bytes()), expected, "{text}");
        }
    }
}
