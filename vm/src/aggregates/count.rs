//! count(*) and count(x).

use super::rows::each_row;
use super::states::{State, States, push_integer};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::kernel::{AccKind, Accumulator};
use crate::types::DataType;
use crate::vector::{Bits, Vector};

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
    States::<Count>::boxed(result, |count, _, out| push_integer(out, Some(count.0.into())))
}

/// count.
pub(super) static COUNT: AggregateFunction = AggregateFunction {
    name: "count",
    aliases: &[],
    doc: "The number of rows; with an argument, of rows in which it is not NULL.",
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
