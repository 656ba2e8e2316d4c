//! Intervals: months, days and microseconds, which are kept apart because months and days differ in length.

use super::date::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, write_clock};
use super::number::{Failure, trimmed, write_integer};
use super::sink::Sink;

/// A span of time, unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

impl Interval {
    /// As vectors hold it: months, days and microseconds from the top bits down.
    #[inline]
    pub fn pack(self) -> i128 {
        i128::from(self.months) << 96 | i128::from(self.days as u32) << 64 | i128::from(self.micros as u64)
    }

    /// The parts of a packed interval.
    #[inline]
    pub fn unpack(packed: i128) -> Interval {
        Interval { months: (packed >> 96) as i32, days: (packed >> 64) as i32, micros: packed as i64 }
    }

    /// The span in microseconds where a month is 30 days and a day 24 hours: what comparison and grouping use.
    #[inline]
    pub fn normalised(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(MICROS_PER_DAY) + i128::from(self.micros)
    }

    /// -x; `None` on overflow.
    pub fn checked_negate(self) -> Option<Interval> {
        Some(Interval {
            months: self.months.checked_neg()?,
            days: self.days.checked_neg()?,
            micros: self.micros.checked_neg()?,
        })
    }

    /// The sum, part by part; `None` on overflow.
    pub fn checked_add(self, other: Interval) -> Option<Interval> {
        Some(Interval {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        })
    }

    /// The difference, part by part; `None` on overflow.
    pub fn checked_subtract(self, other: Interval) -> Option<Interval> {
        Some(Interval {
            months: self.months.checked_sub(other.months)?,
            days: self.days.checked_sub(other.days)?,
            micros: self.micros.checked_sub(other.micros)?,
        })
    }

    /// `factor` times the interval. Fractions of months become days (30 a month) and fractions of days become
    /// microseconds, as PostgreSQL's `interval_mul` does it; `None` on overflow and for NaN.
    pub fn multiply(self, factor: f64) -> Option<Interval> {
        let (months, days) = (f64::from(self.months) * factor, f64::from(self.days) * factor);
        let month_days = round_to_micros(months.fract() * 30.0);
        let seconds = round_to_micros((days.fract() + month_days.fract()) * 86_400.0);
        // Rounding may make up a whole day.
        let carried_days = (seconds / 86_400.0).trunc();
        let seconds = seconds - carried_days * 86_400.0;
        let micros = (self.micros as f64 * factor + seconds * MICROS_PER_SECOND as f64).round_ties_even();
        Some(Interval {
            months: to_i32(months.trunc())?,
            days: to_i32(days.trunc() + month_days.trunc() + carried_days)?,
            micros: to_i64(micros)?,
        })
    }
}

fn round_to_micros(seconds: f64) -> f64 {
    (seconds * 1e6).round_ties_even() / 1e6
}

fn to_i32(value: f64) -> Option<i32> {
    (value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX)).then_some(value as i32)
}

fn to_i64(value: f64) -> Option<i64> {
    // 2^63 itself is representable and already too large.
    (value >= i64::MIN as f64 && value < i64::MAX as f64).then_some(value as i64)
}

/// Writes an interval as PostgreSQL does: `1 year 2 mons -3 days +04:05:06.5`.
pub fn write_interval(interval: Interval, out: &mut impl Sink) {
    let Interval { months, days, micros } = interval;
    let mut first = true;
    let mut after_negative = false;
    for (value, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if value == 0 {
            continue;
        }
        if !first {
            out.push_str(" ");
        }
        if after_negative && value > 0 {
            out.push_str("+");
        }
        write_integer(value.into(), out);
        out.push_str(" ");
        out.push_str(unit);
        out.push_str(if value == 1 { "" } else { "s" });
        first = false;
        after_negative = value < 0;
    }
    if first || micros != 0 {
        if !first {
            out.push_str(" ");
        }
        if micros < 0 {
            out.push_str("-");
        } else if after_negative {
            out.push_str("+");
        }
        write_clock(micros.unsigned_abs(), out);
    }
}

/// What a unit of time is worth.
#[derive(Clone, Copy)]
enum Unit {
    Months(i32),
    Days(i32),
    Micros(i64),
}

fn unit(name: &[u8]) -> Option<Unit> {
    let mut lower = [0u8; 16];
    let name_lower = lower.get_mut(..name.len())?;
    name_lower.copy_from_slice(name);
    name_lower.make_ascii_lowercase();
    Some(match &*name_lower {
        b"us" | b"usec" | b"usecs" | b"microsecond" | b"microseconds" => Unit::Micros(1),
        b"ms" | b"msec" | b"msecs" | b"millisecond" | b"milliseconds" => Unit::Micros(1000),
        b"s" | b"sec" | b"secs" | b"second" | b"seconds" => Unit::Micros(MICROS_PER_SECOND),
        b"m" | b"min" | b"mins" | b"minute" | b"minutes" => Unit::Micros(MICROS_PER_MINUTE),
        b"h" | b"hr" | b"hrs" | b"hour" | b"hours" => Unit::Micros(MICROS_PER_HOUR),
        b"d" | b"day" | b"days" => Unit::Days(1),
        b"w" | b"week" | b"weeks" => Unit::Days(7),
        b"mon" | b"mons" | b"month" | b"months" => Unit::Months(1),
        b"quarter" | b"quarters" => Unit::Months(3),
        b"y" | b"yr" | b"yrs" | b"year" | b"years" => Unit::Months(12),
        b"decade" | b"decades" => Unit::Months(120),
        b"c" | b"century" | b"centuries" => Unit::Months(1200),
        b"mil" | b"mils" | b"millennium" | b"millennia" => Unit::Months(12_000),
        _ => return None,
    })
}

/// A signed number with a fraction.
#[derive(Clone, Copy)]
struct Quantity {
    whole: i64,
    fraction: f64,
}

impl Interval {
    /// Adds so many of a unit; what is less than a month or a day goes to the next smaller part.
    fn add_units(&mut self, quantity: Quantity, unit: Unit) -> Option<()> {
        let Quantity { whole, fraction } = quantity;
        match unit {
            Unit::Months(months) => {
                let fraction = round_to_micros(fraction * f64::from(months));
                let total = whole.checked_mul(months.into())?.checked_add(fraction.trunc() as i64)?;
                self.months = self.months.checked_add(i32::try_from(total).ok()?)?;
                self.add_units(from_double(fraction.fract() * 30.0), Unit::Days(1))
            }
            Unit::Days(days) => {
                let fraction = round_to_micros(fraction * f64::from(days));
                let total = whole.checked_mul(days.into())?.checked_add(fraction.trunc() as i64)?;
                self.days = self.days.checked_add(i32::try_from(total).ok()?)?;
                let micros = (fraction.fract() * MICROS_PER_DAY as f64).round_ties_even() as i64;
                self.micros = self.micros.checked_add(micros)?;
                Some(())
            }
            Unit::Micros(micros) => {
                let fraction = (fraction * micros as f64).round_ties_even() as i64;
                self.micros = self.micros.checked_add(whole.checked_mul(micros)?.checked_add(fraction)?)?;
                Some(())
            }
        }
    }
}

fn from_double(value: f64) -> Quantity {
    Quantity { whole: value.trunc() as i64, fraction: value.fract() }
}

/// Reads an interval: `1 year 2 mons -3 days 04:05:06`, `1-2`, `P1Y2M3DT4H5M6S`, `3 days ago`. A number without a
/// unit is seconds.
pub fn parse_interval(text: &[u8]) -> Result<Interval, Failure> {
    let text = trimmed(text);
    match text.split_first() {
        Some((b'P' | b'p', rest)) if !rest.is_empty() => parse_iso(rest),
        Some((b'@', rest)) => parse_verbose(trimmed(rest)),
        Some(_) => parse_verbose(text),
        None => Err(Failure::Syntax),
    }
}

fn parse_verbose(text: &[u8]) -> Result<Interval, Failure> {
    let mut interval = Interval::default();
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        if parts > 0 && rest.eq_ignore_ascii_case(b"ago") {
            return interval.checked_negate().ok_or(Failure::Range);
        }
        let (negative, unsigned) = super::number::split_sign(rest);
        let word = unsigned.iter().position(u8::is_ascii_whitespace).unwrap_or(unsigned.len());
        if unsigned[..word].contains(&b':') {
            let micros = super::date::parse_clock(&unsigned[..word])?;
            let micros = if negative { -micros } else { micros };
            interval.micros = interval.micros.checked_add(micros).ok_or(Failure::Range)?;
            rest = trimmed(&unsigned[word..]);
        } else if let Some(dash) = unsigned[..word].iter().position(|byte| *byte == b'-') {
            let years = super::number::parse_integer(&unsigned[..dash])?;
            let months = super::number::parse_integer(&unsigned[dash + 1..word])?;
            if !(0..12).contains(&months) {
                return Err(if months < 0 { Failure::Syntax } else { Failure::Range });
            }
            let total = years.checked_mul(12).and_then(|y| y.checked_add(months)).ok_or(Failure::Range)?;
            let total = i32::try_from(if negative { -total } else { total }).map_err(|_| Failure::Range)?;
            interval.months = interval.months.checked_add(total).ok_or(Failure::Range)?;
            rest = trimmed(&unsigned[word..]);
        } else {
            let (quantity, after) = take_quantity(rest)?;
            let after = after.trim_ascii_start();
            let length = after.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(after.len());
            let unit = match &after[..length] {
                b"" if after.is_empty() => Unit::Micros(MICROS_PER_SECOND),
                name => unit(name).ok_or(Failure::Syntax)?,
            };
            interval.add_units(quantity, unit).ok_or(Failure::Range)?;
            rest = trimmed(&after[length..]);
        }
        parts += 1;
    }
    if parts == 0 { Err(Failure::Syntax) } else { Ok(interval) }
}

/// The parts of an ISO 8601 duration behind the P.
fn parse_iso(text: &[u8]) -> Result<Interval, Failure> {
    let mut interval = Interval::default();
    let mut rest = text;
    let mut in_time = false;
    while let Some(first) = rest.first() {
        if first.eq_ignore_ascii_case(&b'T') && !in_time && rest.len() > 1 {
            in_time = true;
            rest = &rest[1..];
            continue;
        }
        let (quantity, after) = take_quantity(rest)?;
        let (designator, after) = after.split_first().ok_or(Failure::Syntax)?;
        let unit = match (designator.to_ascii_uppercase(), in_time) {
            (b'Y', false) => Unit::Months(12),
            (b'M', false) => Unit::Months(1),
            (b'W', false) => Unit::Days(7),
            (b'D', false) => Unit::Days(1),
            (b'H', true) => Unit::Micros(MICROS_PER_HOUR),
            (b'M', true) => Unit::Micros(MICROS_PER_MINUTE),
            (b'S', true) => Unit::Micros(MICROS_PER_SECOND),
            _ => return Err(Failure::Syntax),
        };
        interval.add_units(quantity, unit).ok_or(Failure::Range)?;
        rest = after;
    }
    Ok(interval)
}

/// A signed number at the start of `text`, and what follows it.
fn take_quantity(text: &[u8]) -> Result<(Quantity, &[u8]), Failure> {
    let (negative, unsigned) = super::number::split_sign(text);
    let whole_length = unsigned.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(unsigned.len());
    let (whole, rest) = unsigned.split_at(whole_length);
    let fraction_length = match rest.first() {
        Some(b'.') => 1 + rest[1..].iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len() - 1),
        _ => 0,
    };
    let (fraction, rest) = rest.split_at(fraction_length);
    if whole.is_empty() && fraction.len() < 2 {
        return Err(Failure::Syntax);
    }
    let whole = if whole.is_empty() { 0 } else { super::number::parse_integer(whole)? };
    let whole = i64::try_from(whole).map_err(|_| Failure::Range)?;
    let fraction = if fraction.len() < 2 { 0.0 } else { super::number::parse_double(fraction)? };
    let quantity =
        if negative { Quantity { whole: -whole, fraction: -fraction } } else { Quantity { whole, fraction } };
    Ok((quantity, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(interval: Interval) -> String {
        let mut text = String::new();
        write_interval(interval, &mut text);
        text
    }

    #[test]
    fn intervals_read_and_print_as_postgresql() {
        let cases = [
            ("1 year 2 months 3 days 04:05:06", "1 year 2 mons 3 days 04:05:06"),
            ("1 day", "1 day"),
            ("90 minutes", "01:30:00"),
            ("1.5 months", "1 mon 15 days"),
            ("1.5 days", "1 day 12:00:00"),
            ("1.5 years", "1 year 6 mons"),
            ("2 weeks", "14 days"),
            ("-1 year -2 mons +3 days -04:05:06.5", "-1 years -2 mons +3 days -04:05:06.5"),
            ("-1 day 2 hours", "-1 days +02:00:00"),
            ("3 days 2 hours ago", "-3 days -02:00:00"),
            ("1-2", "1 year 2 mons"),
            ("-1-2", "-1 years -2 mons"),
            ("P1Y2M3DT4H5M6.5S", "1 year 2 mons 3 days 04:05:06.5"),
            ("P-1W", "-7 days"),
            ("5", "00:00:05"),
            ("0 days", "00:00:00"),
            ("100:00", "100:00:00"),
            ("@ 1 hour", "01:00:00"),
        ];
        for (text, expected) in cases {
            let interval = parse_interval(text.as_bytes()).expect(text);
            assert_eq!(print(interval), expected, "{text}");
            assert_eq!(Interval::unpack(interval.pack()), interval, "{text}");
            assert_eq!(parse_interval(expected.as_bytes()), Ok(interval), "{expected} reads back");
        }
        for bad in ["", "abc", "1 parsec", "P", "--1 day", "1 day ago ago"] {
            assert_eq!(parse_interval(bad.as_bytes()), Err(Failure::Syntax), "{bad}");
        }
        assert_eq!(parse_interval(b"3000000000 months"), Err(Failure::Range));
        assert_eq!(parse_interval(b"999999999999999999999 days"), Err(Failure::Range));
    }

    #[test]
    fn multiplying_carries_fractions_down() {
        let multiply = |text: &str, factor| {
            parse_interval(text.as_bytes()).expect(text).multiply(factor).map_or("overflow".into(), print)
        };
        assert_eq!(multiply("1 month", 0.5), "15 days");
        assert_eq!(multiply("1 day", 1.5), "1 day 12:00:00");
        assert_eq!(multiply("1 year", -0.25), "-3 mons");
        assert_eq!(multiply("1 hour", 1e300), "overflow");
        assert_eq!(multiply("1 hour", f64::NAN), "overflow");
    }

    #[test]
    fn negative_parts_survive_packing() {
        let interval = Interval { months: -1, days: -2, micros: -3 };
        assert_eq!(Interval::unpack(interval.pack()), interval);
        assert_eq!(Interval { months: 1, ..Interval::default() }.normalised(), i128::from(30 * MICROS_PER_DAY));
    }
}
