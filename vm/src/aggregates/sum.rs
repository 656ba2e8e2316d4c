//! sum and avg.
//!
//! Both keep a sum and a count. Integers and decimals are summed exactly, wide enough that nothing overflows on
//! the way; doubles in bins. So neither depends on the order of the rows.

use super::rows::fold;
use super::states::{State, States, only, push_double, push_integer, unexpected};
use super::{AggregateFunction, AggregateOverload, AggregateStates, interval_sum};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::kernel::{AccKind, Accumulator};
use crate::semantics::{BinnedSum, IntegerSum};
use crate::types::{DECIMAL_PRECISION_MAX, DataType, Form};
use crate::vector::{Bits, Values, Vector};

/// A sum of integers of at most 64 bits: 128 bits hold 2^64 of them. In halves, since an i128 would make it 32 bytes
/// instead of 24, and with many groups memory is what counts.
#[derive(Clone, Copy, Default)]
struct LongSum {
    low: u64,
    high: i64,
    count: u64,
}

impl LongSum {
    #[inline(always)]
    fn sum(&self) -> i128 {
        i128::from(self.high) << 64 | i128::from(self.low)
    }

    #[inline(always)]
    fn add(&mut self, value: i128) {
        let sum = self.sum() + value;
        (self.low, self.high) = (sum as u64, (sum >> 64) as i64);
    }
}

/// A sum of integers of 128 bits.
#[derive(Clone, Copy, Default)]
struct WideSum {
    sum: IntegerSum,
    count: u64,
}

/// A sum of doubles.
#[derive(Clone, Copy, Default)]
struct DoubleSum {
    sum: BinnedSum,
    count: u64,
}

/// What a sum ends as.
enum Total {
    /// An integer; `None` if it does not fit 128 bits.
    Integer(Option<i128>),
    /// A double.
    Double(f64),
}

/// A sum and a count, whatever is summed.
trait Sum: State {
    fn count(&self) -> u64;
    fn total(&self) -> Total;
}

macro_rules! sum {
    ($name:ident, $merge:expr, $total:expr; $($form:ident),*; $add:expr; $accumulate:expr) => {
        impl State for $name {
            fn update(sums: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
                let values = only(arguments)?;
                let valid = values.validity.bits();
                match &values.values {
                    $(Values::$form(values) => fold(sums, groups, values, valid, filter, |state: &mut $name, value| {
                        let add: fn(&mut $name, _) = $add;
                        add(state, value.into());
                        state.count += 1;
                    }),)*
                    other => return Err(unexpected("sum", other.form())),
                }
                Ok(())
            }

            fn merge(&mut self, other: &Self) {
                let merge: fn(&mut $name, &$name) = $merge;
                merge(self, other);
                self.count += other.count;
            }

            fn add_accumulator(&mut self, accumulator: &Accumulator) -> Option<()> {
                let add: fn(&mut $name, &Accumulator) -> Option<()> = $accumulate;
                self.count += accumulator.rows();
                add(self, accumulator)
            }
        }

        impl Sum for $name {
            fn count(&self) -> u64 {
                self.count
            }

            fn total(&self) -> Total {
                let total: fn(&$name) -> Total = $total;
                total(self)
            }
        }
    };
}

sum!(LongSum, |a, b| a.add(b.sum()), |a| Total::Integer(Some(a.sum()));
    I8, I16, I32, I64; |state, value: i128| state.add(value);
    |state, from| from.integer_sum().map(|sum| state.add(sum)));
sum!(WideSum, |a, b| a.sum.merge(&b.sum), |a| Total::Integer(a.sum.value());
    I8, I16, I32, I64, I128; |state, value: i128| state.sum.add(value);
    |state, from| from.exact_integer_sum().map(|sum| state.sum.merge(sum)));
sum!(DoubleSum, |a, b| a.sum.merge(&b.sum), |a| Total::Double(a.sum.value());
    F32, F64; |state, value: f64| state.sum.add(value);
    |state, from| from.double_sum().map(|sum| state.sum.merge(sum)));

/// The states for integers and decimals.
fn exact<R>(arguments: &[DataType], long: impl FnOnce() -> R, wide: impl FnOnce() -> R) -> R {
    if arguments.first().is_some_and(|argument| argument.form() == Form::I128) { wide() } else { long() }
}

fn sum_exact(arguments: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    exact(
        arguments,
        || States::<LongSum>::boxed_with(result, finish_sum, finish_sums),
        || States::<WideSum>::boxed(result, finish_sum),
    )
}

fn sum_double(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<DoubleSum>::boxed(result, finish_sum)
}

fn average_exact(arguments: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    let argument = arguments.first().unwrap_or(result);
    exact(
        arguments,
        || States::<LongSum>::boxed(argument, finish_average),
        || States::<WideSum>::boxed(argument, finish_average),
    )
}

fn average_double(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<DoubleSum>::boxed(result, finish_average)
}

/// The sum as a value of `result`, NULL if there was nothing to sum.
fn finish_sum<S: Sum>(state: &S, result: &DataType, out: &mut Vector) -> Result<()> {
    if state.count() == 0 {
        return if result.is_float() { push_double(out, None) } else { push_integer(out, None) };
    }
    match state.total() {
        Total::Double(sum) => push_double(out, Some(sum)),
        Total::Integer(None) => Err(Error::runtime(format!("sum does not fit {result}"))),
        Total::Integer(Some(sum)) if fits(sum, result) => push_integer(out, Some(sum)),
        Total::Integer(Some(sum)) => {
            Err(Error::runtime(format!("sum {} does not fit {result}", unscaled(sum, result))))
        }
    }
}

/// As [`finish_sum`], up to the first sum that is NULL or does not fit.
fn finish_sums(states: &[LongSum], result: &DataType, out: &mut Vector) -> usize {
    let (low, high) = match result {
        DataType::Decimal { precision, .. } => {
            let limit = 10i128.pow((*precision).into());
            (1 - limit, limit - 1)
        }
        other => other.integer_range().unwrap_or((0, -1)),
    };
    let fit = |state: &&LongSum| state.count > 0 && (low..=high).contains(&state.sum());
    let sums = states.iter().take_while(fit).map(LongSum::sum);
    let rows = out.len();
    match &mut out.values {
        Values::I64(values) => values.make_owned().extend(sums.map(|sum| sum as i64)),
        Values::I128(values) => values.make_owned().extend(sums),
        _ => return 0,
    }
    let finished = out.len() - rows;
    out.validity.extend_valid(rows, finished);
    finished
}

/// Whether an unscaled integer is within the range of `result`.
fn fits(sum: i128, result: &DataType) -> bool {
    match result {
        DataType::Decimal { precision, .. } => sum.unsigned_abs() < 10u128.pow((*precision).into()),
        other => other.integer_range().is_some_and(|(low, high)| (low..=high).contains(&sum)),
    }
}

/// An unscaled integer with its point.
fn unscaled(value: i128, data_type: &DataType) -> String {
    let DataType::Decimal { scale: scale @ 1.., .. } = data_type else { return value.to_string() };
    let scale = usize::from(*scale);
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if value < 0 { "-" } else { "" })
}

/// The mean of values of `argument`, NULL if there were none.
fn finish_average<S: Sum>(state: &S, argument: &DataType, out: &mut Vector) -> Result<()> {
    if state.count() == 0 {
        return push_double(out, None);
    }
    let scale = match argument {
        DataType::Decimal { scale, .. } => 10f64.powi((*scale).into()),
        _ => 1.0,
    };
    match state.total() {
        Total::Double(sum) => push_double(out, Some(sum / state.count() as f64)),
        Total::Integer(Some(sum)) => push_double(out, Some(sum as f64 / (state.count() as f64 * scale))),
        Total::Integer(None) => Err(Error::runtime("the sum behind avg does not fit 128 bits")),
    }
}

/// The type of an exact sum.
fn sum_type(arguments: &[DataType]) -> DataType {
    match &arguments[0] {
        DataType::BigInt | DataType::UBigInt => DataType::decimal(DECIMAL_PRECISION_MAX, 0),
        DataType::Decimal { scale, .. } => DataType::decimal(DECIMAL_PRECISION_MAX, *scale),
        _ => DataType::BigInt,
    }
}

/// sum.
pub(super) static SUM: AggregateFunction = AggregateFunction {
    name: "sum",
    aliases: &[],
    doc: "The sum of the values that are not NULL; NULL if there are none. Exact for integers and decimals.",
    ordered: false,
    overloads: &[
        overload(&[TypePattern::AnyInteger], ResultType::Rule(sum_type), AccKind::SumInteger, sum_exact),
        overload(&[TypePattern::AnyDecimal], ResultType::Rule(sum_type), AccKind::SumInteger, sum_exact),
        overload(&[TypePattern::Double], ResultType::Fixed(DataType::Double), AccKind::SumDouble, sum_double),
        interval_sum::SUM,
    ],
};

/// avg.
pub(super) static AVERAGE: AggregateFunction = AggregateFunction {
    name: "avg",
    aliases: &["mean"],
    doc: "The arithmetic mean of the values that are not NULL; NULL if there are none.",
    ordered: false,
    overloads: &[
        average(&[TypePattern::AnyInteger], AccKind::SumInteger, average_exact),
        average(&[TypePattern::AnyDecimal], AccKind::SumInteger, average_exact),
        average(&[TypePattern::Double], AccKind::SumDouble, average_double),
        interval_sum::AVERAGE,
    ],
};

const fn overload(
    arguments: &'static [TypePattern],
    result: ResultType,
    accumulator: AccKind,
    states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>,
) -> AggregateOverload {
    AggregateOverload { arguments, result, empty_is_null: true, accumulator: Some(accumulator), states }
}

/// A mean is kept as a sum and a count.
const fn average(
    arguments: &'static [TypePattern],
    accumulator: AccKind,
    states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>,
) -> AggregateOverload {
    overload(arguments, ResultType::Fixed(DataType::Double), accumulator, states)
}
