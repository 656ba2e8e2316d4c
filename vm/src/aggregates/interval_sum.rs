//! sum and avg of intervals: months, days and microseconds each by themselves.

use super::rows::fold;
use super::states::{State, States, only, push_integer, unexpected};
use super::{AggregateOverload, AggregateStates};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::kernel::Accumulator;
use crate::semantics::interval::Interval;
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// The parts added up, wide enough for 2^31 intervals of any length, and how many there were.
#[derive(Clone, Copy, Default)]
struct IntervalSum {
    months: i64,
    days: i64,
    micros: i128,
    count: u64,
}

impl IntervalSum {
    #[inline(always)]
    fn add(&mut self, packed: i128) {
        let Interval { months, days, micros } = Interval::unpack(packed);
        self.months += i64::from(months);
        self.days += i64::from(days);
        self.micros += i128::from(micros);
        self.count += 1;
    }

    /// The sum, if there was anything to add.
    fn total(&self) -> Result<Option<Interval>> {
        if self.count == 0 {
            return Ok(None);
        }
        match (self.months.try_into(), self.days.try_into(), self.micros.try_into()) {
            (Ok(months), Ok(days), Ok(micros)) => Ok(Some(Interval { months, days, micros })),
            _ => Err(Error::runtime("the sum does not fit INTERVAL")),
        }
    }
}

impl State for IntervalSum {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = only(arguments)?;
        match &argument.values {
            Values::I128(values) => {
                fold(states, groups, values, argument.validity.bits(), filter, |state: &mut IntervalSum, value| {
                    state.add(value);
                });
                Ok(())
            }
            other => Err(unexpected("a sum of intervals", other.form())),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.months += other.months;
        self.days += other.days;
        self.micros += other.micros;
        self.count += other.count;
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

fn sums(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<IntervalSum>::boxed(result, |sum, _, out| push_integer(out, sum.total()?.map(Interval::pack)))
}

fn means(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<IntervalSum>::boxed(result, |sum, _, out| {
        let mean = match sum.total()? {
            Some(total) => total.multiply(1.0 / sum.count as f64),
            None => None,
        };
        push_integer(out, mean.map(Interval::pack))
    })
}

const fn overload(states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>) -> AggregateOverload {
    AggregateOverload {
        arguments: &[TypePattern::Interval],
        result: ResultType::Fixed(DataType::Interval),
        empty_is_null: true,
        accumulator: None,
        states,
    }
}

/// sum(INTERVAL).
pub(super) const SUM: AggregateOverload = overload(sums);

/// avg(INTERVAL).
pub(super) const AVERAGE: AggregateOverload = overload(means);
