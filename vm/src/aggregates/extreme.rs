//! min and max.

use std::marker::PhantomData;

use super::rows::{each_row, fold, fold_integers};
use super::states::{State, States, only, push_boolean, push_double, push_integer, unexpected};
use super::text_extreme::TextExtreme;
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::kernel::{AccKind, Accumulator};
use crate::semantics::float;
use crate::semantics::interval::Interval;
use crate::types::{DataType, Form};
use crate::value::Value;
use crate::vector::{Bits, Values, Vector};

/// Which end is wanted. A type, so that loops are compiled for each.
pub(super) trait End: Copy + Default + Send + Sync + 'static {
    /// Whether `new` takes the place of `old`.
    fn beats<T: Ord>(new: T, old: T) -> bool;
}

/// min.
#[derive(Clone, Copy, Default)]
pub(super) struct Smallest;

/// max.
#[derive(Clone, Copy, Default)]
pub(super) struct Largest;

impl End for Smallest {
    #[inline(always)]
    fn beats<T: Ord>(new: T, old: T) -> bool {
        new < old
    }
}

impl End for Largest {
    #[inline(always)]
    fn beats<T: Ord>(new: T, old: T) -> bool {
        new > old
    }
}

/// The smallest or largest key of a group, and whether there was any.
#[derive(Clone, Copy, Default)]
struct Extreme<K, E> {
    key: K,
    seen: bool,
    end: PhantomData<E>,
}

impl<K: Ord + Copy, E: End> Extreme<K, E> {
    #[inline(always)]
    fn add(&mut self, key: K) {
        if !self.seen || E::beats(key, self.key) {
            self.key = key;
            self.seen = true;
        }
    }

    fn merge_with(&mut self, other: &Self) {
        if other.seen {
            self.add(other.key);
        }
    }

    fn value(&self) -> Option<K> {
        self.seen.then_some(self.key)
    }
}

impl<E: End> State for Extreme<i64, E> {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = only(arguments)?;
        let valid = argument.validity.bits();
        match &argument.values {
            Values::I8(values) => fold(states, groups, values, valid, filter, |state, value| state.add(value.into())),
            Values::I16(values) => fold(states, groups, values, valid, filter, |state, value| state.add(value.into())),
            Values::I32(values) => fold(states, groups, values, valid, filter, |state, value| state.add(value.into())),
            Values::I64(values) => fold(states, groups, values, valid, filter, |state, value| state.add(value)),
            // A double's key orders as it does, NaN last; two zeros are told apart, whatever order they come in.
            Values::F32(values) => fold(states, groups, values, valid, filter, |state, value| {
                state.add(float::order_key(value.into()));
            }),
            Values::F64(values) => {
                fold(states, groups, values, valid, filter, |state, value| state.add(float::order_key(value)));
            }
            Values::Bits(bits) => each_row(groups.len(), valid, filter, |row| {
                states[groups[row] as usize].add(bits.get(row).into());
            }),
            other => return Err(unexpected("min or max", other.form())),
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.merge_with(other);
    }

    fn add_accumulator(&mut self, accumulator: &Accumulator) -> Option<()> {
        match accumulator.extremum()? {
            Value::Null => {}
            Value::Integer(key) => self.add(key),
            Value::Double(value) => self.add(float::order_key(value)),
            _ => return None,
        }
        Some(())
    }
}

impl<E: End> State for Extreme<i128, E> {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        fold_integers("min or max", states, groups, only(arguments)?, filter, Self::add)
    }

    fn merge(&mut self, other: &Self) {
        self.merge_with(other);
    }

    fn add_accumulator(&mut self, accumulator: &Accumulator) -> Option<()> {
        match accumulator.extremum()? {
            Value::Null => {}
            value => self.add(value.as_i128()?),
        }
        Some(())
    }
}

/// An INTERVAL's length, and the INTERVAL: of equally long ones the packed form decides, so that order does not.
type IntervalKey = (i128, i128);

impl<E: End> State for Extreme<IntervalKey, E> {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = only(arguments)?;
        match &argument.values {
            Values::I128(values) => fold(states, groups, values, argument.validity.bits(), filter, |state, value| {
                state.add((Interval::unpack(value).normalised(), value));
            }),
            other => return Err(unexpected("min or max", other.form())),
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        self.merge_with(other);
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

fn states<E: End>(arguments: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    let argument = arguments.first().unwrap_or(result);
    match argument.form() {
        Form::Bits => States::<Extreme<i64, E>>::boxed(result, |state, _, out| {
            push_boolean(out, state.value().map(|key| key != 0))
        }),
        Form::F32 | Form::F64 => States::<Extreme<i64, E>>::boxed(result, |state, _, out| {
            push_double(out, state.value().map(float::from_order_key))
        }),
        Form::I8 | Form::I16 | Form::I32 | Form::I64 => {
            States::<Extreme<i64, E>>::boxed(result, |state, _, out| push_integer(out, state.value().map(i128::from)))
        }
        Form::I128 if *argument == DataType::Interval => {
            States::<Extreme<IntervalKey, E>>::boxed(result, |state, _, out| {
                push_integer(out, state.value().map(|(_, packed)| packed))
            })
        }
        Form::I128 => States::<Extreme<i128, E>>::boxed(result, |state, _, out| push_integer(out, state.value())),
        // Nested values are refused by the verifier; what is left is text.
        Form::Text | Form::List | Form::Struct => Box::new(TextExtreme::<E>::default()),
    }
}

/// min.
pub(super) static MIN: AggregateFunction = AggregateFunction {
    name: "min",
    aliases: &[],
    doc: "The smallest value that is not NULL; NULL if there is none. NaN is the greatest number.",
    ordered: false,
    overloads: &[overload(AccKind::Min, states::<Smallest>)],
};

/// max.
pub(super) static MAX: AggregateFunction = AggregateFunction {
    name: "max",
    aliases: &[],
    doc: "The largest value that is not NULL; NULL if there is none. NaN is the greatest number.",
    ordered: false,
    overloads: &[overload(AccKind::Max, states::<Largest>)],
};

const fn overload(
    accumulator: AccKind,
    states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>,
) -> AggregateOverload {
    AggregateOverload {
        arguments: &[TypePattern::Any],
        result: ResultType::Argument(0),
        empty_is_null: true,
        accumulator: Some(accumulator),
        states,
    }
}
