//! Arithmetic of dates, timestamps and intervals: what `date + interval`, `timestamp - timestamp` … run.

use super::date::Instants;
use super::{BIGINT, DATE, INTERVAL, Invocation, Overload, ResultType, ScalarFunction, TIMESTAMP, TypePattern};
use crate::error::{Error, Result};
use crate::semantics::calendar::{
    civil_from_days, date_add_months, days_in_month, join_timestamp, split_timestamp, timestamp_add_months,
};
use crate::semantics::date::MICROS_PER_DAY;
use crate::semantics::interval::{Interval, write_interval};
use crate::types::DataType;
use crate::vector::Vector;

/// Whether an interval is added or taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// A timestamp moved by an interval: months first (the day cut to the month's length), then days, then the time.
fn move_timestamp(micros: i64, interval: Interval) -> Option<i64> {
    let (moved, bad) =
        if interval.months == 0 { (micros, false) } else { timestamp_add_months(micros, interval.months) };
    if bad {
        return None;
    }
    let days = i64::from(interval.days).checked_mul(MICROS_PER_DAY)?;
    moved.checked_add(days)?.checked_add(interval.micros)
}

fn print_interval(interval: Interval) -> String {
    let mut text = String::new();
    write_interval(interval, &mut text);
    text
}

#[cold]
fn overflow(operation: &str, interval: Interval) -> Error {
    Error::runtime(format!("{operation} interval '{}' gives a value out of range", print_interval(interval)))
}

fn add_to_instant(call: &Invocation<'_>, out: &mut Vector, sign: Sign) -> Result<()> {
    let (instants, intervals) = (Instants::new(call, 0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let interval = Interval::unpack(intervals.wide(row));
        let signed = if sign == Sign::Plus { Some(interval) } else { interval.checked_negate() };
        let start = instants.timestamp(row)?;
        let moved = signed.and_then(|interval| move_timestamp(start, interval));
        moved
            .map(i128::from)
            .ok_or_else(|| overflow(if sign == Sign::Plus { "adding" } else { "subtracting" }, interval))
    })
}

/// TIME ± INTERVAL goes round the clock; months and days do not count.
fn add_to_time(call: &Invocation<'_>, out: &mut Vector, sign: Sign) -> Result<()> {
    let (times, intervals) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let micros = i128::from(Interval::unpack(intervals.wide(row)).micros);
        let moved = times.wide(row) + if sign == Sign::Plus { micros } else { -micros };
        Ok(moved.rem_euclid(MICROS_PER_DAY.into()))
    })
}

fn add_days(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (dates, days) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let moved = dates.wide(row) + days.wide(row);
        if i32::try_from(moved).is_err() {
            return Err(Error::runtime(format!("adding {} days gives a date out of range", days.wide(row))));
        }
        Ok(moved)
    })
}

fn subtract_dates(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| Ok(left.wide(row) - right.wide(row)))
}

/// As PostgreSQL: days and time, without months.
fn subtract_timestamps(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (Instants::new(call, 0)?, Instants::new(call, 1)?);
    call.fill_integers(out, |row| {
        let micros = i128::from(left.timestamp(row)?) - i128::from(right.timestamp(row)?);
        let (days, micros) = (micros / i128::from(MICROS_PER_DAY), micros % i128::from(MICROS_PER_DAY));
        // 2^64 µs are 213,503,983 days.
        Ok(Interval { months: 0, days: days as i32, micros: micros as i64 }.pack())
    })
}

/// A function of intervals, part by part.
fn combine(
    call: &Invocation<'_>,
    out: &mut Vector,
    operation: &str,
    function: fn(Interval, Interval) -> Option<Interval>,
) -> Result<()> {
    let (left, right) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let (left, right) = (Interval::unpack(left.wide(row)), Interval::unpack(right.wide(row)));
        function(left, right).map(Interval::pack).ok_or_else(|| overflow(operation, right))
    })
}

fn negate_interval(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let intervals = call.integers(0)?;
    call.fill_integers(out, |row| {
        let interval = Interval::unpack(intervals.wide(row));
        interval.checked_negate().map(Interval::pack).ok_or_else(|| overflow("negating", interval))
    })
}

fn multiply_interval(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (intervals, factors) = (call.integers(0)?, call.doubles(1)?);
    call.fill_integers(out, |row| {
        let (interval, factor) = (Interval::unpack(intervals.wide(row)), factors.get(row));
        let product = interval.multiply(factor).map(Interval::pack);
        product.ok_or_else(|| overflow(&format!("multiplying with {factor}"), interval))
    })
}

fn divide_interval(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (intervals, divisors) = (call.integers(0)?, call.doubles(1)?);
    call.fill_integers(out, |row| {
        let (interval, divisor) = (Interval::unpack(intervals.wide(row)), divisors.get(row));
        if divisor == 0.0 {
            return Err(Error::runtime(format!("division by zero: interval '{}' / 0", print_interval(interval))));
        }
        let quotient = interval.multiply(divisor.recip()).map(Interval::pack);
        quotient.ok_or_else(|| overflow(&format!("dividing by {divisor}"), interval))
    })
}

/// The span between two points in time in years, months, days and time: PostgreSQL's age.
fn age_between(left: i64, right: i64) -> Interval {
    if left < right {
        let age = age_between(right, left);
        // All parts are between 0 and what fits a timestamp's range: negating cannot overflow.
        return Interval { months: -age.months, days: -age.days, micros: -age.micros };
    }
    let ((left_days, left_time), (right_days, right_time)) = (split_timestamp(left), split_timestamp(right));
    let ((left_year, left_month, left_day), (right_year, right_month, right_day)) =
        (civil_from_days(left_days), civil_from_days(right_days));
    let mut micros = left_time - right_time;
    let mut days = left_day as i32 - right_day as i32;
    let mut months = (left_year - right_year) * 12 + left_month as i32 - right_month as i32;
    if micros < 0 {
        micros += MICROS_PER_DAY;
        days -= 1;
    }
    if days < 0 {
        // Days are borrowed from the month that the earlier date is in.
        days += days_in_month(right_year, right_month) as i32;
        months -= 1;
    }
    Interval { months, days, micros }
}

fn age(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (Instants::new(call, 0)?, Instants::new(call, 1)?);
    call.fill_integers(out, |row| Ok(age_between(left.timestamp(row)?, right.timestamp(row)?).pack()))
}

/// add_months(DATE | TIMESTAMP, months)
fn add_months(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (values, months) = (call.integers(0)?, call.integers(1)?);
    let is_date = call.argument_types[0] == DataType::Date;
    call.fill_integers(out, |row| {
        let count = months.int(row);
        let (moved, bad) = if is_date {
            let (moved, bad) = date_add_months(values.int(row), count);
            (i64::from(moved), bad)
        } else {
            timestamp_add_months(values.long(row), count)
        };
        if bad { Err(overflow("adding", Interval { months: count, ..Interval::default() })) } else { Ok(moved.into()) }
    })
}

fn make_timestamp(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (dates, times) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let (micros, bad) = join_timestamp(dates.long(row), times.long(row));
        if bad {
            return Err(Error::runtime(format!("a date is out of range for {}", call.result_type)));
        }
        Ok(micros.into())
    })
}

const DAY: TypePattern = TypePattern::Date;
const POINT: TypePattern = TypePattern::Timestamp;
const CLOCK: TypePattern = TypePattern::Time;
const SPAN: TypePattern = TypePattern::Interval;
const NUMBER: TypePattern = TypePattern::Double;
const TIME: ResultType = ResultType::Fixed(DataType::Time);

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "date_add",
        &[],
        "A point in time moved by an interval; how x + interval runs. A DATE gives a TIMESTAMP.",
        &[("DATE '2024-01-31' + INTERVAL '1 month'", "2024-02-29 00:00:00")],
        &[
            Overload::strict(&[POINT, SPAN], TIMESTAMP, |call, out| add_to_instant(call, out, Sign::Plus)).fallible(),
            Overload::strict(&[DAY, SPAN], TIMESTAMP, |call, out| add_to_instant(call, out, Sign::Plus)).fallible(),
            Overload::strict(&[CLOCK, SPAN], TIME, |call, out| add_to_time(call, out, Sign::Plus)),
        ],
    ),
    function!(
        "date_sub",
        &[],
        "A point in time moved back by an interval; how x - interval runs. A DATE gives a TIMESTAMP.",
        &[("DATE '2024-03-31' - INTERVAL '1 month'", "2024-02-29 00:00:00")],
        &[
            Overload::strict(&[POINT, SPAN], TIMESTAMP, |call, out| add_to_instant(call, out, Sign::Minus)).fallible(),
            Overload::strict(&[DAY, SPAN], TIMESTAMP, |call, out| add_to_instant(call, out, Sign::Minus)).fallible(),
            Overload::strict(&[CLOCK, SPAN], TIME, |call, out| add_to_time(call, out, Sign::Minus)),
        ],
    ),
    function!(
        "add_days",
        &[],
        "A date so many days later; how date + integer runs.",
        &[("DATE '2024-02-28' + 2", "2024-03-01")],
        &[Overload::strict(&[DAY, TypePattern::BigInt], DATE, add_days).fallible()],
    ),
    function!(
        "add_months",
        &[],
        "A date or timestamp so many months later, the day cut to the month's length.",
        &[("add_months(DATE '2024-01-31', 1)", "2024-02-29")],
        &[
            Overload::strict(&[DAY, TypePattern::Integer], DATE, add_months).fallible(),
            Overload::strict(&[POINT, TypePattern::Integer], TIMESTAMP, add_months).fallible(),
        ],
    ),
    function!(
        "subtract_dates",
        &[],
        "The days between two dates; how date - date runs.",
        &[("DATE '2024-03-01' - DATE '2024-02-28'", "2")],
        &[Overload::strict(&[DAY, DAY], BIGINT, subtract_dates)],
    ),
    function!(
        "subtract_timestamps",
        &[],
        "The days and time between two timestamps; how timestamp - timestamp runs.",
        &[("TIMESTAMP '2024-03-02 01:00:00' - TIMESTAMP '2024-02-28 00:00:00'", "3 days 01:00:00")],
        &[Overload::strict(&[POINT, POINT], INTERVAL, subtract_timestamps)],
    ),
    function!(
        "age",
        &[],
        "The years, months, days and time between two points in time.",
        &[("age(TIMESTAMP '2024-03-01', TIMESTAMP '2023-01-31')", "1 year 1 mon 1 day")],
        &[Overload::strict(&[POINT, POINT], INTERVAL, age), Overload::strict(&[DAY, DAY], INTERVAL, age).fallible(),],
    ),
    function!(
        "add_intervals",
        &[],
        "Two intervals added part by part.",
        &[("INTERVAL '1 month' + INTERVAL '2 days'", "1 mon 2 days")],
        &[Overload::strict(&[SPAN, SPAN], INTERVAL, |call, out| combine(call, out, "adding", Interval::checked_add))
            .fallible()],
    ),
    function!(
        "subtract_intervals",
        &[],
        "An interval taken from another part by part.",
        &[("INTERVAL '1 month' - INTERVAL '2 days'", "1 mon -2 days")],
        &[Overload::strict(&[SPAN, SPAN], INTERVAL, |call, out| {
            combine(call, out, "subtracting", Interval::checked_subtract)
        })
        .fallible()],
    ),
    function!(
        "negate_interval",
        &[],
        "An interval backwards.",
        &[("-INTERVAL '1 day'", "-1 days")],
        &[Overload::strict(&[SPAN], INTERVAL, negate_interval).fallible()],
    ),
    function!(
        "multiply_interval",
        &[],
        "An interval so many times; fractions of months become days, fractions of days become time.",
        &[("INTERVAL '1 month' * 1.5", "1 mon 15 days")],
        &[Overload::strict(&[SPAN, NUMBER], INTERVAL, multiply_interval).fallible()],
    ),
    function!(
        "divide_interval",
        &[],
        "An interval divided by a number.",
        &[("INTERVAL '1 day' / 2", "12:00:00")],
        &[Overload::strict(&[SPAN, NUMBER], INTERVAL, divide_interval).fallible()],
    ),
    function!(
        "make_timestamp",
        &[],
        "The timestamp of a date and a time; how date + time runs.",
        &[("DATE '2024-01-31' + TIME '13:45:00'", "2024-01-31 13:45:00")],
        &[Overload::strict(&[DAY, CLOCK], TIMESTAMP, make_timestamp).fallible()],
    ),
];
