//! Casts among dates, times, timestamps and intervals. TIMESTAMPTZ is UTC, and so are sessions.

use super::fill::{OnFailure, to_integers};
use crate::error::Result;
use crate::functions::Invocation;
use crate::semantics::date::{MICROS_PER_DAY, convert_unit, midnight, split_day};
use crate::semantics::interval::Interval;
use crate::semantics::number::Failure;
use crate::types::{DataType, TimeUnit};
use crate::vector::Vector;

/// The unit of a TIMESTAMP or TIMESTAMPTZ.
pub(super) fn unit_of(data_type: &DataType) -> TimeUnit {
    if let DataType::Timestamp(unit) = data_type { *unit } else { TimeUnit::Microsecond }
}

/// DATE to the start of the day.
pub(super) fn date_to_timestamp(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let (days, unit) = (call.integers(0)?, unit_of(call.result_type));
    to_integers(call, on_failure, out, |row| midnight(days.int(row), unit).map(i128::from).ok_or(Failure::Range))
}

/// TIMESTAMP to its day.
pub(super) fn timestamp_to_date(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let (values, unit) = (call.integers(0)?, unit_of(&call.argument_types[0]));
    to_integers(call, on_failure, out, |row| {
        split_day(values.long(row), unit).map(|(days, _)| days.into()).ok_or(Failure::Range)
    })
}

/// TIMESTAMP to its time of day.
pub(super) fn timestamp_to_time(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let (values, unit) = (call.integers(0)?, unit_of(&call.argument_types[0]));
    let units_per_day = crate::semantics::date::units_per_second(unit).0 * 86_400;
    to_integers(call, on_failure, out, |row| {
        let time = values.long(row).rem_euclid(units_per_day);
        convert_unit(time, unit, TimeUnit::Microsecond).map(i128::from).ok_or(Failure::Range)
    })
}

/// TIMESTAMP to another unit, or to and from TIMESTAMPTZ.
pub(super) fn timestamp_to_timestamp(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    let (from, to) = (unit_of(&call.argument_types[0]), unit_of(call.result_type));
    to_integers(call, on_failure, out, |row| {
        convert_unit(values.long(row), from, to).map(i128::from).ok_or(Failure::Range)
    })
}

/// TIME to the INTERVAL since midnight.
pub(super) fn time_to_interval(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    to_integers(call, on_failure, out, |row| Ok(Interval { micros: values.long(row), ..Interval::default() }.pack()))
}

/// INTERVAL to the time of day so far after midnight; months and days do not count, as in PostgreSQL.
pub(super) fn interval_to_time(call: &Invocation<'_>, on_failure: OnFailure, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    to_integers(call, on_failure, out, |row| {
        Ok(Interval::unpack(values.wide(row)).micros.rem_euclid(MICROS_PER_DAY).into())
    })
}
