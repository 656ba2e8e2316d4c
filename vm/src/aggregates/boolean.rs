//! bool_and and bool_or.

use super::rows::each_row;
use super::states::{State, States, only, push_boolean};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::kernel::Accumulator;
use crate::types::DataType;
use crate::vector::{Bits, Vector};

/// Which truth values a group has seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    some_true: bool,
    some_false: bool,
}

impl State for Seen {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = only(arguments)?;
        let values = argument.bits();
        each_row(groups.len(), argument.validity.bits(), filter, |row| {
            let state = &mut states[groups[row] as usize];
            let value = values.get(row);
            state.some_true |= value;
            state.some_false |= !value;
        });
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.some_true |= other.some_true;
        self.some_false |= other.some_false;
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

fn all_of(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<Seen>::boxed(result, |seen, _, out| {
        push_boolean(out, (seen.some_true || seen.some_false).then_some(!seen.some_false))
    })
}

fn any_of(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<Seen>::boxed(result, |seen, _, out| {
        push_boolean(out, (seen.some_true || seen.some_false).then_some(seen.some_true))
    })
}

const fn overload(states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>) -> AggregateOverload {
    AggregateOverload {
        arguments: &[TypePattern::Boolean],
        result: ResultType::Fixed(DataType::Boolean),
        empty_is_null: true,
        accumulator: None,
        states,
    }
}

/// bool_and.
pub(super) static BOOL_AND: AggregateFunction = AggregateFunction {
    name: "bool_and",
    aliases: &["every"],
    doc: "Whether every value that is not NULL is true; NULL if there are none.",
    ordered: false,
    overloads: &[overload(all_of)],
};

/// bool_or.
pub(super) static BOOL_OR: AggregateFunction = AggregateFunction {
    name: "bool_or",
    aliases: &[],
    doc: "Whether some value is true; NULL if there are none but NULLs.",
    ordered: false,
    overloads: &[overload(any_of)],
};
