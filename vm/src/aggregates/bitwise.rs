//! bit_and, bit_or and bit_xor.

use std::marker::PhantomData;

use super::rows::fold_integers;
use super::states::{State, States, only, push_integer};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::kernel::Accumulator;
use crate::types::DataType;
use crate::vector::{Bits, Vector};

/// How two numbers are combined. Narrower numbers are extended by their sign, which no operation disturbs.
trait Operation: Copy + Default + Send + Sync + 'static {
    fn apply(left: i128, right: i128) -> i128;
}

#[derive(Clone, Copy, Default)]
struct And;

#[derive(Clone, Copy, Default)]
struct Or;

#[derive(Clone, Copy, Default)]
struct Xor;

impl Operation for And {
    fn apply(left: i128, right: i128) -> i128 {
        left & right
    }
}

impl Operation for Or {
    fn apply(left: i128, right: i128) -> i128 {
        left | right
    }
}

impl Operation for Xor {
    fn apply(left: i128, right: i128) -> i128 {
        left ^ right
    }
}

/// All numbers of a group combined, if there was one.
#[derive(Clone, Copy, Default)]
struct Combined<O> {
    value: Option<i128>,
    operation: PhantomData<O>,
}

impl<O: Operation> Combined<O> {
    #[inline(always)]
    fn add(&mut self, value: i128) {
        self.value = Some(self.value.map_or(value, |known| O::apply(known, value)));
    }
}

impl<O: Operation> State for Combined<O> {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        fold_integers("bit_and, bit_or or bit_xor", states, groups, only(arguments)?, filter, Self::add)
    }

    fn merge(&mut self, other: &Self) {
        if let Some(value) = other.value {
            self.add(value);
        }
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

fn states<O: Operation>(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    States::<Combined<O>>::boxed(result, |combined, _, out| push_integer(out, combined.value))
}

const fn overload(states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>) -> AggregateOverload {
    AggregateOverload {
        arguments: &[TypePattern::AnyInteger],
        result: ResultType::Argument(0),
        empty_is_null: true,
        accumulator: None,
        states,
    }
}

/// bit_and.
pub(super) static BIT_AND: AggregateFunction = AggregateFunction {
    name: "bit_and",
    aliases: &[],
    doc: "The bits that are set in every number; NULL if there are none but NULLs.",
    ordered: false,
    overloads: &[overload(states::<And>)],
};

/// bit_or.
pub(super) static BIT_OR: AggregateFunction = AggregateFunction {
    name: "bit_or",
    aliases: &[],
    doc: "The bits that are set in some number; NULL if there are none but NULLs.",
    ordered: false,
    overloads: &[overload(states::<Or>)],
};

/// bit_xor.
pub(super) static BIT_XOR: AggregateFunction = AggregateFunction {
    name: "bit_xor",
    aliases: &[],
    doc: "The bits that are set in an odd count of numbers; NULL if there are none but NULLs.",
    ordered: false,
    overloads: &[overload(states::<Xor>)],
};
