//! count(*), count(x) and count_if(x).

use super::rows::each_row;
use super::states::{State, States, only, push_integer};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::kernel::{AccKind, Accumulator};
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// Rows of a group.
#[derive(Clone, Copy, Default)]
struct Count(u64);

impl State for Count {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let valid = arguments.first().and_then(|argument| argument.validity.bits());
        match states {
            [count] if valid.is_none() && filter.is_none() => count.0 += groups.len() as u64,
            [count] => each_row(groups.len(), valid, filter, |_| count.0 += 1),
            counts => each_row(groups.len(), valid, filter, |row| counts[groups[row] as usize].0 += 1),
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn add_accumulator(&mut self, accumulator: &Accumulator) -> Option<()> {
        self.0 += accumulator.rows();
        Some(())
    }
}

fn states(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    let one = |count: &Count, _: &DataType, out: &mut Vector| push_integer(out, Some(count.0.into()));
    States::<Count>::boxed_with(result, one, |counts, _, out| {
        let rows = out.len();
        let Values::I64(values) = &mut out.values else { return 0 };
        // A count is of rows that there were: it is far from 2^63.
        values.make_owned().extend(counts.iter().map(|count| count.0 as i64));
        out.validity.extend_valid(rows, counts.len());
        counts.len()
    })
}

/// Rows in which a condition is true.
#[derive(Clone, Copy, Default)]
struct TrueCount(u64);

impl State for TrueCount {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = only(arguments)?;
        let values = argument.bits();
        each_row(groups.len(), argument.validity.bits(), filter, |row| {
            states[groups[row] as usize].0 += u64::from(values.get(row));
        });
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.0 += other.0;
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

fn true_states(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<TrueCount>::boxed(result, |count, _, out| push_integer(out, Some(count.0.into())))
}

/// count_if.
pub(super) static COUNT_IF: AggregateFunction = AggregateFunction {
    name: "count_if",
    aliases: &["countif"],
    doc: "The number of rows in which the condition is true.",
    ordered: false,
    overloads: &[AggregateOverload {
        arguments: &[TypePattern::Boolean],
        result: ResultType::Fixed(DataType::BigInt),
        empty_is_null: false,
        accumulator: None,
        states: true_states,
    }],
};

/// count.
pub(super) static COUNT: AggregateFunction = AggregateFunction {
    name: "count",
    aliases: &[],
    doc: "The number of rows; with an argument, of rows in which it is not NULL.",
    ordered: false,
    overloads: &[
        AggregateOverload {
            arguments: &[],
            result: ResultType::Fixed(DataType::BigInt),
            empty_is_null: false,
            accumulator: Some(AccKind::Count),
            states,
        },
        AggregateOverload {
            arguments: &[TypePattern::Any],
            result: ResultType::Fixed(DataType::BigInt),
            empty_is_null: false,
            accumulator: Some(AccKind::Count),
            states,
        },
    ],
};
