//! strftime: dates and times in a format of one's own, with C's codes.

use super::date::{DAY_NAMES, Instants, MONTH_NAMES};
use super::writer::TextWriter;
use super::{Invocation, Overload, ScalarFunction, TypePattern, VARCHAR};
use crate::error::{Error, Result};
use crate::semantics::calendar::{civil_from_days, days_from_civil, iso_day_of_week, iso_week};
use crate::semantics::date::{MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND};
use crate::types::DataType;
use crate::vector::Vector;

/// A number with leading zeros up to a width.
fn push_number(writer: &mut TextWriter<'_, '_>, value: i64, width: usize) -> Result<()> {
    if value < 0 {
        writer.push(b"-")?;
    }
    let mut digits = [b'0'; 20];
    let mut rest = value.unsigned_abs();
    let mut start = digits.len();
    while rest > 0 || digits.len() - start < width.max(1) {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    writer.push(&digits[start..])
}

/// A day and a time, for formatting.
#[derive(Clone, Copy)]
struct Moment {
    days: i32,
    time: i64,
}

impl Moment {
    /// Writes what a code stands for; false for a code that is not known.
    fn push_code(self, code: u8, writer: &mut TextWriter<'_, '_>) -> Result<bool> {
        let Moment { days, time } = self;
        let (year, month, day) = civil_from_days(days);
        let weekday = iso_day_of_week(days);
        let day_of_year = i64::from(days) - days_from_civil(year, 1, 1) + 1;
        let hour = time / MICROS_PER_HOUR % 24;
        let half_day_hour = if hour % 12 == 0 { 12 } else { hour % 12 };
        let minute = time / MICROS_PER_MINUTE % 60;
        let second = time / MICROS_PER_SECOND % 60;
        match code {
            b'Y' => push_number(writer, year.into(), 4)?,
            b'y' => push_number(writer, i64::from(year.rem_euclid(100)), 2)?,
            b'm' => push_number(writer, month.into(), 2)?,
            b'd' => push_number(writer, day.into(), 2)?,
            b'e' => push_number(writer, day.into(), 1)?,
            b'j' => push_number(writer, day_of_year, 3)?,
            b'H' => push_number(writer, hour, 2)?,
            b'I' => push_number(writer, half_day_hour, 2)?,
            b'M' => push_number(writer, minute, 2)?,
            b'S' => push_number(writer, second, 2)?,
            b'f' => push_number(writer, time % MICROS_PER_SECOND, 6)?,
            b'g' => push_number(writer, time % MICROS_PER_SECOND / 1_000, 3)?,
            b'p' => writer.push(if hour < 12 { b"AM" } else { b"PM" })?,
            b'A' => writer.push(DAY_NAMES[weekday as usize - 1].as_bytes())?,
            b'a' => writer.push(&DAY_NAMES[weekday as usize - 1].as_bytes()[..3])?,
            b'B' => writer.push(MONTH_NAMES[month as usize - 1].as_bytes())?,
            b'b' | b'h' => writer.push(&MONTH_NAMES[month as usize - 1].as_bytes()[..3])?,
            b'u' => push_number(writer, weekday.into(), 1)?,
            b'w' => push_number(writer, i64::from(weekday % 7), 1)?,
            b'G' => push_number(writer, iso_week(days).0.into(), 4)?,
            b'V' => push_number(writer, iso_week(days).1.into(), 2)?,
            // Weeks that begin on Sunday and on Monday; days before the first one are in week 0.
            b'U' => push_number(writer, (day_of_year + 6 - i64::from(weekday % 7)) / 7, 2)?,
            b'W' => push_number(writer, (day_of_year + 7 - i64::from(weekday)) / 7, 2)?,
            b's' => push_number(writer, i64::from(days) * 86_400 + time / MICROS_PER_SECOND, 1)?,
            b'z' => writer.push(b"+00")?,
            b'n' => writer.push(b"\n")?,
            b't' => writer.push(b"\t")?,
            b'%' => writer.push(b"%")?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Writes a format with its codes replaced.
    fn push_format(self, format: &str, writer: &mut TextWriter<'_, '_>) -> Result<()> {
        let mut rest = format.as_bytes();
        while let Some(position) = memchr::memchr(b'%', rest) {
            writer.push(&rest[..position])?;
            let Some(code) = rest.get(position + 1) else { break };
            let known = match code {
                b'D' => self.push_format("%m/%d/%y", writer).map(|()| true)?,
                b'F' => self.push_format("%Y-%m-%d", writer).map(|()| true)?,
                b'T' => self.push_format("%H:%M:%S", writer).map(|()| true)?,
                b'R' => self.push_format("%H:%M", writer).map(|()| true)?,
                b'c' => self.push_format("%a %b %e %H:%M:%S %Y", writer).map(|()| true)?,
                // Without the zero in front: %-d, %-m …
                b'-' => rest.get(position + 2).is_some_and(|code| self.push_short(*code, writer).is_ok()),
                code => self.push_code(*code, writer)?,
            };
            if !known {
                return Err(unknown_code(format));
            }
            rest = &rest[position + if *code == b'-' { 3 } else { 2 }..];
        }
        if memchr::memchr(b'%', rest).is_some() {
            return Err(unknown_code(format));
        }
        writer.push(rest)
    }

    /// Writes the number of a code without zeros in front.
    fn push_short(self, code: u8, writer: &mut TextWriter<'_, '_>) -> Result<()> {
        let (year, month, day) = civil_from_days(self.days);
        let hour = self.time / MICROS_PER_HOUR % 24;
        let value = match code {
            b'd' => i64::from(day),
            b'm' => i64::from(month),
            b'y' => i64::from(year.rem_euclid(100)),
            b'H' => hour,
            b'I' => (hour + 11) % 12 + 1,
            b'M' => self.time / MICROS_PER_MINUTE % 60,
            b'S' => self.time / MICROS_PER_SECOND % 60,
            b'j' => i64::from(self.days) - days_from_civil(year, 1, 1) + 1,
            _ => return Err(unknown_code("%-")),
        };
        push_number(writer, value, 1)
    }
}

#[cold]
fn unknown_code(format: &str) -> Error {
    Error::runtime(format!("format '{format}' has a code that is not known"))
        .with_hint("codes are %Y %y %m %d %H %I %M %S %f %p %A %a %B %b %j %u %w %U %W %V %G %F %T %D %R %c %%")
}

/// strftime(time, format), or with the arguments the other way round.
fn strftime(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let format_index = usize::from(call.argument_types[0] != DataType::Varchar);
    let (formats, instants) = (call.texts(format_index)?, Instants::new(call, 1 - format_index)?);
    call.fill_texts(out, |row, writer| {
        let (days, time) = instants.get(row);
        Moment { days, time }.push_format(formats.text(row), writer)
    })
}

const TEXT: TypePattern = TypePattern::Varchar;

pub(super) static FUNCTIONS: &[ScalarFunction] = &[ScalarFunction {
    name: "strftime",
    aliases: &[],
    doc: "A date or time in a format with codes such as %Y, %m, %d, %H, %M, %S.",
    examples: &[("strftime(DATE '2024-01-31', '%a, %-d %B %Y')", "Wed, 31 January 2024")],
    overloads: &[
        Overload::strict(&[TypePattern::Date, TEXT], VARCHAR, strftime).fallible(),
        Overload::strict(&[TypePattern::Timestamp, TEXT], VARCHAR, strftime).fallible(),
        Overload::strict(&[TEXT, TypePattern::Date], VARCHAR, strftime).fallible(),
        Overload::strict(&[TEXT, TypePattern::Timestamp], VARCHAR, strftime).fallible(),
    ],
}];
