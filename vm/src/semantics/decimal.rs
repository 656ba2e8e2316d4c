//! Decimals: an unscaled integer with so many digits behind the point.

use super::number::{Failure, digits, split_sign, trimmed, write_padded};
use super::sink::Sink;

/// 10^0 ..= 10^38.
const POWERS_OF_TEN: [i128; 39] = {
    let mut powers = [1i128; 39];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// 10 to the power of `exponent`, at most 38.
#[inline]
pub fn power_of_ten(exponent: u8) -> i128 {
    POWERS_OF_TEN[usize::from(exponent)]
}

/// Whether `value` has at most `precision` digits.
#[inline]
pub fn fits(value: i128, precision: u8) -> bool {
    value.unsigned_abs() < power_of_ten(precision).unsigned_abs()
}

/// `value / divisor`, rounded half away from zero. The divisor is positive.
#[inline]
pub fn divide_rounded(value: i128, divisor: i128) -> i128 {
    let (quotient, remainder) = (value / divisor, value % divisor);
    if remainder.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2) { quotient + value.signum() } else { quotient }
}

/// An unscaled value with `from` digits behind the point as one with `to`; digits that are dropped round half away
/// from zero. `None` if 128 bits do not hold it.
#[inline]
pub fn rescale(value: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        value.checked_mul(power_of_ten(to - from))
    } else {
        Some(divide_rounded(value, power_of_ten(from - to)))
    }
}

/// A decimal as a DOUBLE, the nearest one where both numbers are exact.
#[inline]
pub fn to_double(value: i128, scale: u8) -> f64 {
    // Up to 10^22 powers of ten are exact in an f64, so that one division rounds once.
    value as f64 / power_of_ten(scale) as f64
}

/// A DOUBLE as an unscaled decimal, rounded half away from zero; `None` beyond `precision` digits and for NaN.
pub fn from_double(value: f64, precision: u8, scale: u8) -> Option<i128> {
    let scaled = (value * power_of_ten(scale) as f64).round();
    // Comparing before converting also refuses NaN.
    (scaled.abs() < power_of_ten(precision) as f64).then_some(scaled as i128).filter(|value| fits(*value, precision))
}

/// Writes a decimal with all its digits behind the point.
pub fn write_decimal(value: i128, scale: u8, out: &mut impl Sink) {
    if value < 0 {
        out.push_str("-");
    }
    let scale = usize::from(scale);
    let mut buffer = [b'0'; 40];
    let length = digits(value.unsigned_abs(), &mut buffer).len().max(scale + 1);
    let text = std::str::from_utf8(&buffer[40 - length..]).expect("digits are ASCII");
    out.push_str(&text[..length - scale]);
    if scale > 0 {
        out.push_str(".");
        out.push_str(&text[length - scale..]);
    }
}

/// A decimal: digits with a point and an exponent, white space around. Digits beyond `scale` round half away from
/// zero.
pub fn parse_decimal(text: &[u8], precision: u8, scale: u8) -> Result<i128, Failure> {
    let (negative, text) = split_sign(trimmed(text));
    let (mantissa, exponent) = split_exponent(text)?;
    let point = mantissa.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&mantissa[..point], &mantissa[point + 1..]),
        None => (mantissa, &mantissa[..0]),
    };
    if whole.len() + fraction.len() == 0 || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(Failure::Syntax);
    }
    // How many of the digits stand before the new point, once it is moved by exponent and scale.
    let kept = whole.len() as i64 + exponent + i64::from(scale);
    let mut value = 0i128;
    let mut round_up = false;
    for (index, byte) in whole.iter().chain(fraction).enumerate() {
        let index = index as i64;
        if index < kept {
            let next = value.checked_mul(10).and_then(|value| value.checked_add(i128::from(byte - b'0')));
            value = next.ok_or(Failure::Range)?;
        } else if index == kept {
            round_up = *byte >= b'5';
        }
    }
    let missing = kept - (whole.len() + fraction.len()) as i64;
    if missing > 0 && value != 0 {
        let missing = u8::try_from(missing).ok().filter(|missing| *missing <= 38).ok_or(Failure::Range)?;
        value = value.checked_mul(power_of_ten(missing)).ok_or(Failure::Range)?;
    }
    value = value.checked_add(i128::from(round_up)).ok_or(Failure::Range)?;
    let value = if negative { -value } else { value };
    if fits(value, precision) { Ok(value) } else { Err(Failure::Range) }
}

/// Mantissa and exponent of `1.5e-3`; an exponent beyond any use is cut to ±1,000,000.
fn split_exponent(text: &[u8]) -> Result<(&[u8], i64), Failure> {
    let Some(position) = text.iter().position(|byte| byte.eq_ignore_ascii_case(&b'e')) else {
        return Ok((text, 0));
    };
    let exponent = super::number::parse_integer(&text[position + 1..]);
    let exponent = match exponent {
        Ok(value) => value.clamp(-1_000_000, 1_000_000) as i64,
        Err(failure) => return Err(failure),
    };
    if text[position + 1..].iter().any(u8::is_ascii_whitespace) {
        return Err(Failure::Syntax);
    }
    Ok((&text[..position], exponent))
}

/// Writes a fraction: `value` of 10^`digits`, without zeros at its end, with a point before it; nothing for zero.
pub(crate) fn write_fraction(value: u64, digits: usize, out: &mut impl Sink) {
    if value == 0 {
        return;
    }
    let (mut value, mut digits) = (value, digits);
    while value.is_multiple_of(10) {
        value /= 10;
        digits -= 1;
    }
    out.push_str(".");
    write_padded(value, digits, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_round_and_print() {
        let cases = [
            ("1.5", 3, 2, "1.50"),
            ("-0.005", 5, 2, "-0.01"),
            ("0.0049", 5, 2, "0.00"),
            (" 12345 ", 5, 0, "12345"),
            ("1.5e3", 8, 1, "1500.0"),
            ("15e-1", 8, 0, "2"),
            (".5", 2, 1, "0.5"),
            ("5.", 2, 1, "5.0"),
            ("0e999999999", 2, 1, "0.0"),
            ("1e-999999999", 2, 1, "0.0"),
            ("99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"),
            ("-0.99999999999999999999999999999999999999", 38, 38, "-0.99999999999999999999999999999999999999"),
        ];
        for (text, precision, scale, expected) in cases {
            let value = parse_decimal(text.as_bytes(), precision, scale).expect(text);
            let mut printed = String::new();
            write_decimal(value, scale, &mut printed);
            assert_eq!(printed, expected, "{text}");
        }
        for bad in ["", ".", "-", "1.2.3", "1e", "e5", "1 e5", "1e 5", "0x1", "NaN"] {
            assert_eq!(parse_decimal(bad.as_bytes(), 10, 2), Err(Failure::Syntax), "{bad}");
        }
        for large in ["1000", "999.5", "1e40", "123456789012345678901234567890123456789012"] {
            assert_eq!(parse_decimal(large.as_bytes(), 3, 0), Err(Failure::Range), "{large}");
        }
    }

    #[test]
    fn rescaling_rounds_half_away_from_zero() {
        assert_eq!(rescale(125, 2, 1), Some(13));
        assert_eq!(rescale(-125, 2, 1), Some(-13));
        assert_eq!(rescale(124, 2, 1), Some(12));
        assert_eq!(rescale(5, 0, 3), Some(5000));
        assert_eq!(rescale(i128::MAX, 0, 1), None);
        assert_eq!(from_double(2.675, 10, 2), Some(268));
        assert_eq!(from_double(f64::NAN, 10, 2), None);
        assert_eq!(from_double(1e10, 10, 0), None);
    }
}
