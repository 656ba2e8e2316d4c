//! Dates and times: their parts, cutting them, making them. What moves them by intervals is in `interval`.

use super::reader::{Integers, Texts};
use super::{
    ArgumentValue, BIGINT, DATE, DOUBLE, Invocation, Overload, ScalarFunction, TIMESTAMP, TypePattern, VARCHAR,
};
use crate::error::{Error, Result};
use crate::semantics::calendar::{
    DatePart, civil_from_days, days_from_civil, days_in_month, iso_day_of_week, part_of, split_timestamp,
    timestamp_trunc,
};
use crate::semantics::date::{MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, checked_date, midnight};
use crate::semantics::interval::Interval;
use crate::types::{DataType, TimeUnit};
use crate::vector::Vector;

/// The names of the days, Monday first.
pub(super) const DAY_NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The names of the months.
pub(super) const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// An argument that is a DATE, TIMESTAMP or TIME, read as day and time.
pub(super) struct Instants<'a> {
    values: Integers<'a>,
    is_date: bool,
    is_time: bool,
}

impl<'a> Instants<'a> {
    pub(super) fn new(call: &Invocation<'a>, index: usize) -> Result<Instants<'a>> {
        let data_type = &call.argument_types[index];
        let (is_date, is_time) = (*data_type == DataType::Date, *data_type == DataType::Time);
        Ok(Instants { values: call.integers(index)?, is_date, is_time })
    }

    /// The day number and the microseconds since that day's midnight.
    #[inline]
    pub(super) fn get(&self, row: usize) -> (i32, i64) {
        if self.is_date {
            (self.values.int(row), 0)
        } else if self.is_time {
            (0, self.values.long(row))
        } else {
            split_timestamp(self.values.long(row))
        }
    }

    /// As a timestamp in microseconds; fails for dates beyond its range.
    pub(super) fn timestamp(&self, row: usize) -> Result<i64> {
        if !self.is_date {
            return Ok(self.values.long(row));
        }
        let days = self.values.int(row);
        midnight(days, TimeUnit::Microsecond).ok_or_else(|| {
            let mut text = String::new();
            crate::semantics::date::write_date(days, &mut text);
            Error::runtime(format!("value {text} is out of range for TIMESTAMP"))
        })
    }
}

/// The part that a text names.
fn named_part(name: &str) -> Result<DatePart> {
    DatePart::from_name(name.trim()).ok_or_else(|| {
        Error::runtime(format!("'{name}' is not a part of a date or time"))
            .with_hint("parts are year, quarter, month, week, day, dow, doy, hour, minute, second, epoch …")
    })
}

/// A part by name, found once for a constant.
struct Parts<'a> {
    names: Texts<'a>,
    constant: Option<DatePart>,
}

impl<'a> Parts<'a> {
    fn new(call: &Invocation<'a>, index: usize) -> Result<Parts<'a>> {
        let names = call.texts(index)?;
        let constant = match call.arguments[index] {
            ArgumentValue::Constant(_) if call.rows > 0 => named_part(names.text(0)).ok(),
            _ => None,
        };
        Ok(Parts { names, constant })
    }

    #[inline]
    fn get(&self, row: usize) -> Result<DatePart> {
        match self.constant {
            Some(part) => Ok(part),
            None => named_part(self.names.text(row)),
        }
    }
}

/// date_part(name, DATE | TIMESTAMP | TIME)
fn date_part(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (parts, instants) = (Parts::new(call, 0)?, Instants::new(call, 1)?);
    let is_time = call.argument_types[1] == DataType::Time;
    call.fill_integers(out, |row| {
        let (part, (days, time)) = (parts.get(row)?, instants.get(row));
        if is_time && !is_part_of_time(part) {
            return Err(Error::runtime(format!("a TIME has no part '{}'", part.name())));
        }
        Ok(part_of(part, days, time).into())
    })
}

/// Whether a time of day has the part.
fn is_part_of_time(part: DatePart) -> bool {
    matches!(
        part,
        DatePart::Hour
            | DatePart::Minute
            | DatePart::Second
            | DatePart::Millisecond
            | DatePart::Microsecond
            | DatePart::Epoch
    )
}

/// date_part(name, INTERVAL)
fn interval_part(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (parts, intervals) = (Parts::new(call, 0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let part = parts.get(row)?;
        part_of_interval(part, Interval::unpack(intervals.wide(row)))
            .ok_or_else(|| Error::runtime(format!("an INTERVAL has no part '{}'", part.name())))
    })
}

fn part_of_interval(part: DatePart, interval: Interval) -> Option<i128> {
    let (months, time) = (interval.months, interval.micros);
    let value = match part {
        DatePart::Millennium => (months / 12_000).into(),
        DatePart::Century => (months / 1_200).into(),
        DatePart::Decade => (months / 120).into(),
        DatePart::Year => (months / 12).into(),
        DatePart::Quarter => (months % 12 / 3 + 1).into(),
        DatePart::Month => (months % 12).into(),
        DatePart::Day => interval.days.into(),
        DatePart::Hour => time / MICROS_PER_HOUR,
        DatePart::Minute => time / MICROS_PER_MINUTE % 60,
        DatePart::Second => time / MICROS_PER_SECOND % 60,
        DatePart::Millisecond => time % MICROS_PER_MINUTE / 1_000,
        DatePart::Microsecond => time % MICROS_PER_MINUTE,
        DatePart::Epoch => return Some(epoch_micros_of_interval(interval) / i128::from(MICROS_PER_SECOND)),
        DatePart::IsoYear
        | DatePart::Week
        | DatePart::DayOfWeek
        | DatePart::IsoDayOfWeek
        | DatePart::DayOfYear
        | DatePart::Julian => return None,
    };
    Some(value.into())
}

/// As PostgreSQL: a year is 365.25 days, a month beyond whole years 30 days.
fn epoch_micros_of_interval(interval: Interval) -> i128 {
    let (years, months) = (i128::from(interval.months / 12), i128::from(interval.months % 12));
    let hours = years * 8_766 + months * 720 + i128::from(interval.days) * 24;
    hours * i128::from(MICROS_PER_HOUR) + i128::from(interval.micros)
}

/// One part, of the function's name: year(…), month(…) …
fn one_part(call: &Invocation<'_>, out: &mut Vector, part: DatePart) -> Result<()> {
    if call.argument_types[0] == DataType::Interval {
        let intervals = call.integers(0)?;
        return call.fill_integers(out, |row| {
            Ok(part_of_interval(part, Interval::unpack(intervals.wide(row))).unwrap_or_default())
        });
    }
    let instants = Instants::new(call, 0)?;
    call.fill_integers(out, |row| {
        let (days, time) = instants.get(row);
        Ok(part_of(part, days, time).into())
    })
}

/// Seconds since 1970-01-01, with their fraction.
fn epoch(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    if call.argument_types[0] == DataType::Interval {
        let intervals = call.integers(0)?;
        return call
            .fill_doubles(out, |row| Ok(epoch_micros_of_interval(Interval::unpack(intervals.wide(row))) as f64 / 1e6));
    }
    let instants = Instants::new(call, 0)?;
    call.fill_doubles(out, |row| {
        let (days, time) = instants.get(row);
        Ok((i128::from(days) * 86_400_000_000 + i128::from(time)) as f64 / 1e6)
    })
}

/// date_trunc(name, DATE | TIMESTAMP), a TIMESTAMP.
fn date_trunc(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (parts, instants) = (Parts::new(call, 0)?, Instants::new(call, 1)?);
    call.fill_integers(out, |row| {
        let part = parts.get(row)?;
        let (start, bad) = timestamp_trunc(instants.timestamp(row)?, part.number());
        if bad {
            return Err(Error::runtime(format!("cannot cut a timestamp to its {}", part.name())));
        }
        Ok(start.into())
    })
}

fn make_date(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (years, months, days) = (call.integers(0)?, call.integers(1)?, call.integers(2)?);
    call.fill_integers(out, |row| {
        let (year, month, day) = (years.wide(row), months.wide(row), days.wide(row));
        let narrow = |value: i128| u32::try_from(value).ok();
        // As PostgreSQL: a negative year counts back from 1 BC, and there is no year 0.
        let astronomical = if year < 0 { year + 1 } else { year };
        let date = match (i32::try_from(astronomical).ok(), narrow(month), narrow(day)) {
            (Some(astronomical), Some(month), Some(day)) if year != 0 => checked_date(astronomical, month, day),
            _ => None,
        };
        date.map(i128::from).ok_or_else(|| Error::runtime(format!("there is no date {year}-{month}-{day}")))
    })
}

fn last_day(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let instants = Instants::new(call, 0)?;
    call.fill_integers(out, |row| {
        let (days, _) = instants.get(row);
        let (year, month, _) = civil_from_days(days);
        Ok(days_from_civil(year, month, days_in_month(year, month)).into())
    })
}

fn month_name(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let instants = Instants::new(call, 0)?;
    call.fill_texts(out, |row, writer| {
        let (_, month, _) = civil_from_days(instants.get(row).0);
        writer.push(MONTH_NAMES[month as usize - 1].as_bytes())
    })
}

fn day_name(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let instants = Instants::new(call, 0)?;
    call.fill_texts(out, |row, writer| {
        writer.push(DAY_NAMES[iso_day_of_week(instants.get(row).0) as usize - 1].as_bytes())
    })
}

const TEXT: TypePattern = TypePattern::Varchar;
const DAY: TypePattern = TypePattern::Date;
const POINT: TypePattern = TypePattern::Timestamp;
const CLOCK: TypePattern = TypePattern::Time;
const SPAN: TypePattern = TypePattern::Interval;
const LONG: TypePattern = TypePattern::BigInt;

/// A function that gives one part of a date or time.
macro_rules! part {
    ($name:literal, $aliases:expr, $part:ident, $doc:literal, $example:literal, $result:literal, [$($time:ident),*]) => {
        ScalarFunction {
            name: $name,
            aliases: $aliases,
            doc: $doc,
            examples: &[($example, $result)],
            overloads: &[$(Overload::strict(&[$time], BIGINT, |call, out| one_part(call, out, DatePart::$part))),*],
        }
    };
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "date_part",
        &["datepart", "extract"],
        "A part of a date or time, by name: year, quarter, month, week, day, dow, doy, hour, minute, second, epoch …",
        &[("date_part('month', DATE '2024-01-31')", "1"), ("extract(hour FROM TIME '13:45:00')", "13")],
        &[
            Overload::strict(&[TEXT, DAY], BIGINT, date_part).fallible(),
            Overload::strict(&[TEXT, POINT], BIGINT, date_part).fallible(),
            Overload::strict(&[TEXT, CLOCK], BIGINT, date_part).fallible(),
            Overload::strict(&[TEXT, SPAN], BIGINT, interval_part).fallible(),
        ],
    ),
    function!(
        "date_trunc",
        &["datetrunc"],
        "The start of the year, quarter, month, week, day, hour … that a point in time is in.",
        &[("date_trunc('month', TIMESTAMP '2024-01-31 13:45:00')", "2024-01-01 00:00:00")],
        &[
            Overload::strict(&[TEXT, POINT], TIMESTAMP, date_trunc).fallible(),
            Overload::strict(&[TEXT, DAY], TIMESTAMP, date_trunc).fallible(),
        ],
    ),
    part!("year", &[], Year, "The year.", "year(DATE '2024-01-31')", "2024", [DAY, POINT, SPAN]),
    part!("quarter", &[], Quarter, "The quarter, 1 to 4.", "quarter(DATE '2024-04-01')", "2", [DAY, POINT, SPAN]),
    part!("month", &[], Month, "The month, 1 to 12.", "month(DATE '2024-04-01')", "4", [DAY, POINT, SPAN]),
    part!("week", &["weekofyear"], Week, "The ISO week, 1 to 53.", "week(DATE '2021-01-03')", "53", [DAY, POINT]),
    part!("day", &["dayofmonth"], Day, "The day of the month.", "day(DATE '2024-01-31')", "31", [DAY, POINT, SPAN]),
    part!("dayofweek", &["dow"], DayOfWeek, "0 for Sunday to 6.", "dayofweek(DATE '2024-02-29')", "4", [DAY, POINT]),
    part!("isodow", &[], IsoDayOfWeek, "1 for Monday to 7.", "isodow(DATE '2024-03-03')", "7", [DAY, POINT]),
    part!("dayofyear", &["doy"], DayOfYear, "1 to 366.", "dayofyear(DATE '2024-12-31')", "366", [DAY, POINT]),
    part!("isoyear", &[], IsoYear, "The year of the ISO week.", "isoyear(DATE '2021-01-03')", "2020", [DAY, POINT]),
    part!("decade", &[], Decade, "The year without its last digit.", "decade(DATE '2024-01-01')", "202", [DAY, POINT]),
    part!("century", &[], Century, "The century.", "century(DATE '2024-01-01')", "21", [DAY, POINT]),
    part!("hour", &[], Hour, "The hour.", "hour(TIME '13:45:07.5')", "13", [POINT, CLOCK, SPAN]),
    part!("minute", &[], Minute, "The minute.", "minute(TIME '13:45:07.5')", "45", [POINT, CLOCK, SPAN]),
    part!("second", &[], Second, "The whole second.", "second(TIME '13:45:07.5')", "7", [POINT, CLOCK, SPAN]),
    part!(
        "millisecond",
        &["milliseconds"],
        Millisecond,
        "Seconds with their thousandths, in thousandths.",
        "millisecond(TIME '13:45:07.5')",
        "7500",
        [POINT, CLOCK, SPAN]
    ),
    part!(
        "microsecond",
        &["microseconds"],
        Microsecond,
        "Seconds with their millionths, in millionths.",
        "microsecond(TIME '13:45:07.5')",
        "7500000",
        [POINT, CLOCK, SPAN]
    ),
    function!(
        "epoch",
        &[],
        "Seconds since 1970-01-01, or how many a TIME or INTERVAL is long.",
        &[("epoch(TIMESTAMP '1970-01-02 00:00:00.5')", "86400.5")],
        &[
            Overload::strict(&[DAY], DOUBLE, epoch),
            Overload::strict(&[POINT], DOUBLE, epoch),
            Overload::strict(&[CLOCK], DOUBLE, epoch),
            Overload::strict(&[SPAN], DOUBLE, epoch),
        ],
    ),
    function!(
        "make_date",
        &[],
        "The date of a year, month and day.",
        &[("make_date(2024, 2, 29)", "2024-02-29")],
        &[Overload::strict(&[LONG, LONG, LONG], DATE, make_date).fallible()],
    ),
    function!(
        "last_day",
        &[],
        "The last day of the month.",
        &[("last_day(DATE '2024-02-10')", "2024-02-29")],
        &[Overload::strict(&[DAY], DATE, last_day).fallible(), Overload::strict(&[POINT], DATE, last_day).fallible(),],
    ),
    function!(
        "monthname",
        &[],
        "The English name of the month.",
        &[("monthname(DATE '2024-02-10')", "February")],
        &[Overload::strict(&[DAY], VARCHAR, month_name), Overload::strict(&[POINT], VARCHAR, month_name)],
    ),
    function!(
        "dayname",
        &[],
        "The English name of the day of the week.",
        &[("dayname(DATE '2024-02-29')", "Thursday")],
        &[Overload::strict(&[DAY], VARCHAR, day_name), Overload::strict(&[POINT], VARCHAR, day_name)],
    ),
];
