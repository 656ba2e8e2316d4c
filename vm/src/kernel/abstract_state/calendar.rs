//! What the helpers for dates and timestamps make of intervals.

use super::interval::Interval;
use crate::kernel::Helper;
use crate::semantics::{DatePart, calendar};

/// The result of a helper of two integers, of `a` and `b`; `None` where nothing is known of it.
pub(super) fn helper(helper: Helper, a: Interval, b: Interval) -> Option<Interval> {
    // Helpers of i32 and i64 get intervals of these lanes.
    let days = |value: i128| value as i32;
    let micros = |value: i128| value as i64;
    let good = |(value, bad): (i64, bool)| (!bad).then_some(i128::from(value));
    let narrow = |(value, bad): (i32, bool)| good((value.into(), bad));
    match helper {
        Helper::DatePart => part(b, a, |a, part| good(calendar::date_part(days(a), part))),
        Helper::TimestampPart => part(b, a, |a, part| good(calendar::timestamp_part(micros(a), part))),
        Helper::DateAddMonths => a.corners(b, |a, b| narrow(calendar::date_add_months(days(a), days(b)))),
        Helper::TimestampAddMonths => a.corners(b, |a, b| good(calendar::timestamp_add_months(micros(a), days(b)))),
        Helper::DateTrunc => a.corners(exactly(b)?, |a, part| narrow(calendar::date_trunc(days(a), days(part)))),
        Helper::TimestampTrunc => {
            a.corners(exactly(b)?, |a, part| good(calendar::timestamp_trunc(micros(a), days(part))))
        }
        Helper::Sqrt
        | Helper::Floor
        | Helper::Ceil
        | Helper::Round
        | Helper::Trunc
        | Helper::Exp
        | Helper::Ln
        | Helper::Log10
        | Helper::Log2
        | Helper::Pow
        | Helper::Sin
        | Helper::Cos
        | Helper::Tan
        | Helper::Asin
        | Helper::Acos
        | Helper::Atan
        | Helper::Atan2
        | Helper::Cbrt => None,
    }
}

/// Units are of different lengths: only what one of them makes is monotone.
fn exactly(interval: Interval) -> Option<Interval> {
    interval.exact().map(Interval::exactly)
}

/// A part of points in time: those that grow with it are of the bounds, others lie between two numbers.
fn part(number: Interval, of: Interval, extract: impl Fn(i128, i32) -> Option<i128>) -> Option<Interval> {
    let number = i32::try_from(number.exact()?).ok()?;
    let between = |low, high| Some(Interval { low, high });
    match DatePart::from_number(number)? {
        DatePart::Quarter => between(1, 4),
        DatePart::Month => between(1, 12),
        DatePart::Week => between(1, 53),
        DatePart::Day => between(1, 31),
        DatePart::DayOfWeek => between(0, 6),
        DatePart::IsoDayOfWeek => between(1, 7),
        DatePart::DayOfYear => between(1, 366),
        DatePart::Hour => between(0, 23),
        DatePart::Minute | DatePart::Second => between(0, 59),
        DatePart::Millisecond => between(0, 59_999),
        DatePart::Microsecond => between(0, 59_999_999),
        DatePart::Millennium
        | DatePart::Century
        | DatePart::Decade
        | DatePart::Year
        | DatePart::IsoYear
        | DatePart::Epoch
        | DatePart::Julian => between(extract(of.low, number)?, extract(of.high, number)?),
    }
}
