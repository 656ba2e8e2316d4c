//! Dates, times and timestamps as text: ISO 8601 as PostgreSQL reads and prints it.

pub use super::calendar::{MICROS_PER_DAY, MICROS_PER_SECOND};
use super::calendar::{civil_from_days, days_from_civil, days_in_month};
use super::decimal::write_fraction;
use super::number::{Failure, trimmed, write_padded};
use super::sink::Sink;
use crate::types::TimeUnit;

/// Microseconds in a minute.
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Microseconds in an hour.
pub const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;

/// How many of a unit make up a second, and how many digits that is.
pub fn units_per_second(unit: TimeUnit) -> (i64, usize) {
    match unit {
        TimeUnit::Second => (1, 0),
        TimeUnit::Millisecond => (1_000, 3),
        TimeUnit::Microsecond => (1_000_000, 6),
        TimeUnit::Nanosecond => (1_000_000_000, 9),
    }
}

/// A point in time in another unit; what is dropped rounds half away from zero, as PostgreSQL does. `None` if 64
/// bits do not hold it.
pub fn convert_unit(value: i64, from: TimeUnit, to: TimeUnit) -> Option<i64> {
    let ((from, _), (to, _)) = (units_per_second(from), units_per_second(to));
    if to >= from {
        value.checked_mul(to / from)
    } else {
        i64::try_from(super::decimal::divide_rounded(value.into(), (from / to).into())).ok()
    }
}

/// The day of a point in time and what of the unit has passed since its midnight; `None` beyond the calendar.
pub fn split_day(value: i64, unit: TimeUnit) -> Option<(i32, i64)> {
    let day = units_per_second(unit).0 * 86_400;
    Some((i32::try_from(value.div_euclid(day)).ok()?, value.rem_euclid(day)))
}

/// The midnight of a day; `None` if 64 bits do not hold it.
pub fn midnight(days: i32, unit: TimeUnit) -> Option<i64> {
    i64::from(days).checked_mul(units_per_second(unit).0 * 86_400)
}

/// Writes `2024-01-31`; years before 1 with ` BC` behind.
pub fn write_date(days: i32, out: &mut impl Sink) {
    if write_day(days, out) {
        out.push_str(" BC");
    }
}

/// Writes a day without era, and says whether it is before the year 1.
fn write_day(days: i32, out: &mut impl Sink) -> bool {
    let (year, month, day) = civil_from_days(days);
    let before_christ = year <= 0;
    let shown = if before_christ { 1 - i64::from(year) } else { i64::from(year) };
    write_padded(shown.unsigned_abs(), 4, out);
    out.push_str("-");
    write_padded(month.into(), 2, out);
    out.push_str("-");
    write_padded(day.into(), 2, out);
    before_christ
}

/// Writes `13:45:00.5`, with hours beyond 24 if there are any.
pub fn write_clock(micros: u64, out: &mut impl Sink) {
    write_seconds(micros / 1_000_000, out);
    write_fraction(micros % 1_000_000, 6, out);
}

fn write_seconds(seconds: u64, out: &mut impl Sink) {
    write_padded(seconds / 3600, 2, out);
    out.push_str(":");
    write_padded(seconds / 60 % 60, 2, out);
    out.push_str(":");
    write_padded(seconds % 60, 2, out);
}

/// Writes a TIME.
pub fn write_time(micros: i64, out: &mut impl Sink) {
    write_clock(micros.unsigned_abs(), out);
}

/// Writes `2024-01-31 13:45:00.5`.
pub fn write_timestamp(value: i64, unit: TimeUnit, out: &mut impl Sink) {
    write_zoned(value, unit, "", out);
}

/// Writes `2024-01-31 13:45:00.5+00`: sessions are in UTC.
pub fn write_timestamp_tz(micros: i64, out: &mut impl Sink) {
    write_zoned(micros, TimeUnit::Microsecond, "+00", out);
}

fn write_zoned(value: i64, unit: TimeUnit, zone: &str, out: &mut impl Sink) {
    let (per_second, digits) = units_per_second(unit);
    let Some((days, time)) = split_day(value, unit) else {
        // Only whole seconds reach beyond the calendar: such a value can come from foreign data alone.
        return super::number::write_integer(value.into(), out);
    };
    let before_christ = write_day(days, out);
    out.push_str(" ");
    write_seconds((time / per_second).unsigned_abs(), out);
    write_fraction((time % per_second).unsigned_abs(), digits, out);
    out.push_str(zone);
    if before_christ {
        out.push_str(" BC");
    }
}

/// Reads from the front of a text.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Failure> {
        if self.take(byte) { Ok(()) } else { Err(Failure::Syntax) }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Result<u32, Failure> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length < least || length > most {
            return Err(Failure::Syntax);
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(digits.iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0')))
    }

    /// `2024-01-31`, `2024/1/31` or `20240131`: year, month, day.
    fn date(&mut self) -> Result<(i32, u32, u32), Failure> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 8 {
            let number = self.number(8, 8)?;
            return Ok(((number / 10_000) as i32, number / 100 % 100, number % 100));
        }
        let year = self.number(3, 7)?;
        let separator = if self.take(b'/') { b'/' } else { b'-' };
        if separator == b'-' {
            self.expect(b'-')?;
        }
        let month = self.number(1, 2)?;
        self.expect(separator)?;
        let day = self.number(1, 2)?;
        Ok((year as i32, month, day))
    }

    /// ` BC`, if it is there.
    fn before_christ(&mut self) -> bool {
        let rest = self.rest.trim_ascii_start();
        let found = rest.len() == 2 && rest.eq_ignore_ascii_case(b"BC");
        if found {
            self.rest = &rest[2..];
        }
        found
    }

    /// `13:45`, `13:45:00` or `13:45:00.5`: hours, minutes, seconds and billionths.
    fn clock(&mut self, hour_digits_max: usize) -> Result<(u32, u32, u32, u32), Failure> {
        let hours = self.number(1, hour_digits_max)?;
        self.expect(b':')?;
        let minutes = self.number(2, 2)?;
        let seconds = if self.take(b':') { self.number(2, 2)? } else { 0 };
        let mut nanos = 0;
        if self.take(b'.') {
            let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, rest) = self.rest.split_at(length);
            self.rest = rest;
            // Digits beyond billionths are dropped.
            nanos = (0..9).fold(0, |value, index| value * 10 + digits.get(index).map_or(0, |b| u32::from(b - b'0')));
        }
        if minutes > 59 || seconds > 60 {
            return Err(Failure::Range);
        }
        Ok((hours, minutes, seconds, nanos))
    }

    /// `Z`, `UTC`, `+02`, `-05:30` or `+0530`: seconds east of Greenwich, if there is a zone.
    fn zone(&mut self) -> Result<Option<i64>, Failure> {
        self.skip_spaces();
        for name in [b"UTC".as_slice(), b"GMT", b"Z"] {
            if self.rest.len() >= name.len() && self.rest[..name.len()].eq_ignore_ascii_case(name) {
                self.rest = &self.rest[name.len()..];
                return Ok(Some(0));
            }
        }
        let sign = match self.rest.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Ok(None),
        };
        self.rest = &self.rest[1..];
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (hours, minutes) = match digits {
            4 => {
                let number = self.number(4, 4)?;
                (number / 100, number % 100)
            }
            _ => (self.number(1, 2)?, if self.take(b':') { self.number(2, 2)? } else { 0 }),
        };
        if hours > 15 || minutes > 59 {
            return Err(Failure::Range);
        }
        Ok(Some(sign * i64::from(hours * 3600 + minutes * 60)))
    }
}

/// The day number of a date, if there is such a day.
pub fn checked_date(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    i32::try_from(days_from_civil(year, month, day)).ok()
}

/// Microseconds since midnight; 24:00:00 is the last one.
fn nanos_of_day(hours: u32, minutes: u32, seconds: u32, nanos: u32) -> Result<i64, Failure> {
    let total =
        (i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds)) * 1_000_000_000 + i64::from(nanos);
    if total > 86_400_000_000_000 { Err(Failure::Range) } else { Ok(total) }
}

/// A day, the billionths since its midnight, and the zone, of a text like `2024-01-31 13:45:00.5+01`.
struct Instant {
    days: i32,
    nanos: i64,
    zone_seconds: Option<i64>,
}

fn parse_instant(text: &[u8]) -> Result<Instant, Failure> {
    let text = trimmed(text);
    if text.eq_ignore_ascii_case(b"epoch") {
        return Ok(Instant { days: 0, nanos: 0, zone_seconds: None });
    }
    let mut scanner = Scanner { rest: text };
    let (year, month, day) = scanner.date()?;
    let mut nanos = 0;
    let mut zone_seconds = None;
    let mut before_christ = scanner.before_christ();
    if !before_christ && !scanner.rest.is_empty() {
        if !scanner.take(b'T') && !scanner.take(b't') {
            scanner.expect(b' ')?;
            scanner.skip_spaces();
        }
        let (hours, minutes, seconds, fraction) = scanner.clock(2)?;
        nanos = nanos_of_day(hours, minutes, seconds, fraction)?;
        zone_seconds = scanner.zone()?;
        before_christ = scanner.before_christ();
    }
    if !scanner.rest.is_empty() {
        return Err(Failure::Syntax);
    }
    if year == 0 {
        return Err(Failure::Range);
    }
    let year = if before_christ { 1 - year } else { year };
    let days = checked_date(year, month, day).ok_or(Failure::Range)?;
    Ok(Instant { days, nanos, zone_seconds })
}

/// Reads a DATE; a time of day behind it is read and dropped.
pub fn parse_date(text: &[u8]) -> Result<i32, Failure> {
    parse_instant(text).map(|instant| instant.days)
}

/// Reads a TIMESTAMP of some unit; a zone behind it is read and dropped, as PostgreSQL does.
pub fn parse_timestamp(text: &[u8], unit: TimeUnit) -> Result<i64, Failure> {
    instant_to_unit(&parse_instant(text)?, 0, unit)
}

/// Reads a TIMESTAMPTZ; without a zone it is in UTC.
pub fn parse_timestamp_tz(text: &[u8]) -> Result<i64, Failure> {
    let instant = parse_instant(text)?;
    instant_to_unit(&instant, instant.zone_seconds.unwrap_or(0), TimeUnit::Microsecond)
}

fn instant_to_unit(instant: &Instant, east_seconds: i64, unit: TimeUnit) -> Result<i64, Failure> {
    let (per_second, _) = units_per_second(unit);
    let seconds = i128::from(instant.days) * 86_400 - i128::from(east_seconds);
    let nanos = seconds * 1_000_000_000 + i128::from(instant.nanos);
    let value = super::decimal::divide_rounded(nanos, i128::from(1_000_000_000 / per_second));
    i64::try_from(value).map_err(|_| Failure::Range)
}

/// Reads a TIME: microseconds since midnight.
pub fn parse_time(text: &[u8]) -> Result<i64, Failure> {
    let mut scanner = Scanner { rest: trimmed(text) };
    let (hours, minutes, seconds, nanos) = scanner.clock(2)?;
    if !scanner.rest.is_empty() {
        return Err(Failure::Syntax);
    }
    let nanos = nanos_of_day(hours, minutes, seconds, nanos)?;
    Ok(((nanos + 500) / 1_000).min(MICROS_PER_DAY))
}

/// Reads hours, minutes and seconds without an upper bound on hours: part of an INTERVAL.
pub(crate) fn parse_clock(text: &[u8]) -> Result<i64, Failure> {
    let mut scanner = Scanner { rest: text };
    let (hours, minutes, seconds, nanos) = scanner.clock(9)?;
    if !scanner.rest.is_empty() {
        return Err(Failure::Syntax);
    }
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60 + i64::from(seconds);
    Ok(seconds * MICROS_PER_SECOND + i64::from((nanos + 500) / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timestamp(text: &str, unit: TimeUnit) -> Result<String, Failure> {
        let mut printed = String::new();
        write_timestamp(parse_timestamp(text.as_bytes(), unit)?, unit, &mut printed);
        Ok(printed)
    }

    #[test]
    fn dates_read_and_print() {
        let cases = [
            ("1970-01-01", "1970-01-01"),
            (" 2024-2-29 ", "2024-02-29"),
            ("20240131", "2024-01-31"),
            ("2024/01/31", "2024-01-31"),
            ("2024-01-31 23:59:59", "2024-01-31"),
            ("0044-03-15 BC", "0044-03-15 BC"),
            ("0001-01-01 BC", "0001-01-01 BC"),
            ("99999-12-31", "99999-12-31"),
            ("epoch", "1970-01-01"),
        ];
        for (text, expected) in cases {
            let mut printed = String::new();
            write_date(parse_date(text.as_bytes()).expect(text), &mut printed);
            assert_eq!(printed, expected);
        }
        for bad in ["", "abc", "2024-01", "2024-01-31x", "24-01-31", "2024-01/31", "2024-01-31 25"] {
            assert_eq!(parse_date(bad.as_bytes()), Err(Failure::Syntax), "{bad}");
        }
        for bad in ["2023-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "9999999-01-01", "0000-01-01"] {
            assert_eq!(parse_date(bad.as_bytes()), Err(Failure::Range), "{bad}");
        }
    }

    #[test]
    fn timestamps_read_and_print() {
        let cases = [
            ("2024-01-31 13:45:00.5", TimeUnit::Microsecond, "2024-01-31 13:45:00.5"),
            ("2024-01-31T13:45:00.123456789", TimeUnit::Microsecond, "2024-01-31 13:45:00.123457"),
            ("2024-01-31T13:45:00.123456789", TimeUnit::Nanosecond, "2024-01-31 13:45:00.123456789"),
            ("2024-01-31 13:45:00.5", TimeUnit::Second, "2024-01-31 13:45:01"),
            ("2024-01-31", TimeUnit::Millisecond, "2024-01-31 00:00:00"),
            ("2024-01-31 24:00", TimeUnit::Microsecond, "2024-02-01 00:00:00"),
            ("1969-12-31 23:59:59.999999", TimeUnit::Microsecond, "1969-12-31 23:59:59.999999"),
            ("2024-01-31 13:45:00+05", TimeUnit::Microsecond, "2024-01-31 13:45:00"),
            ("0044-03-15 12:00:00 BC", TimeUnit::Microsecond, "0044-03-15 12:00:00 BC"),
        ];
        for (text, unit, expected) in cases {
            assert_eq!(timestamp(text, unit).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(timestamp("2024-01-31 25:00:00", TimeUnit::Second), Err(Failure::Range));
        assert_eq!(timestamp("2024-01-31 10:60:00", TimeUnit::Second), Err(Failure::Range));
        assert_eq!(timestamp("2262-04-12", TimeUnit::Nanosecond), Err(Failure::Range));
        assert_eq!(timestamp("2024-01-31 noon", TimeUnit::Second), Err(Failure::Syntax));
        let mut zoned = String::new();
        write_timestamp_tz(parse_timestamp_tz(b"2024-01-31 00:30:00-05:30").expect("a timestamp"), &mut zoned);
        write_timestamp_tz(parse_timestamp_tz(b"2024-01-31 00:30:00Z").expect("a timestamp"), &mut zoned);
        assert_eq!(zoned, "2024-01-31 06:00:00+002024-01-31 00:30:00+00");
    }

    #[test]
    fn times_read_and_print() {
        for (text, expected) in [("13:45", "13:45:00"), (" 1:02:03.25", "01:02:03.25"), ("24:00:00", "24:00:00")] {
            let mut printed = String::new();
            write_time(parse_time(text.as_bytes()).expect(text), &mut printed);
            assert_eq!(printed, expected);
        }
        assert_eq!(parse_time(b"24:00:01"), Err(Failure::Range));
        assert_eq!(parse_time(b"13"), Err(Failure::Syntax));
    }
}
