//! States that are one plain value for each group.

use std::any::Any;

use super::AggregateStates;
use crate::error::{Error, Result};
use crate::kernel::Accumulator;
use crate::memory::{Context, Reservation};
use crate::types::{DataType, Form};
use crate::vector::{Bits, Values, Vector};

/// One kind of state: how it takes in values and merges.
pub(super) trait State: Copy + Default + Send + Sync + 'static {
    /// Adds the rows that count.
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()>;

    /// Adds another worker's state.
    fn merge(&mut self, other: &Self);

    /// Adds what a kernel's accumulator has seen; `None` if it is not one for this.
    fn add_accumulator(&mut self, accumulator: &Accumulator) -> Option<()>;
}

/// Appends the result of a state. The type is what the states were made with.
pub(super) type Finish<S> = fn(&S, &DataType, &mut Vector) -> Result<()>;

/// Appends the results of several states, as far as it knows how to; says of how many.
pub(super) type FinishMany<S> = fn(&[S], &DataType, &mut Vector) -> usize;

/// The states of all groups.
pub(super) struct States<S> {
    states: Vec<S>,
    /// What `finish` needs to know of the query: the type of the result, or of the argument.
    data_type: DataType,
    finish: Finish<S>,
    finish_many: FinishMany<S>,
    reservation: Option<Reservation>,
}

impl<S: State> States<S> {
    /// No groups yet.
    pub(super) fn boxed(data_type: &DataType, finish: Finish<S>) -> Box<dyn AggregateStates> {
        States::boxed_with(data_type, finish, |_, _, _| 0)
    }

    /// No groups yet. `finish_many` is for the usual cases, in a loop without a call for each group.
    pub(super) fn boxed_with(
        data_type: &DataType,
        finish: Finish<S>,
        finish_many: FinishMany<S>,
    ) -> Box<dyn AggregateStates> {
        let data_type = data_type.clone();
        Box::new(States { states: Vec::new(), data_type, finish, finish_many, reservation: None })
    }
}

impl<S: State> AggregateStates for States<S> {
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()> {
        grow(&mut self.states, groups, &mut self.reservation, context)
    }

    fn update(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, _: &Context) -> Result<()> {
        S::update(&mut self.states, groups, arguments, filter)
    }

    fn merge(&mut self, other: &dyn AggregateStates, pairs: &[(u32, u32)]) -> Result<()> {
        let other = other.as_any().downcast_ref::<Self>().ok_or_else(mismatch)?;
        for &(from, into) in pairs {
            self.states[into as usize].merge(&other.states[from as usize]);
        }
        Ok(())
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) -> Result<()> {
        for &(from, into) in pairs {
            let state = self.states[from as usize];
            self.states[into as usize].merge(&state);
        }
        Ok(())
    }

    fn clear(&mut self, first: usize, count: usize) {
        self.states[first..first + count].fill(S::default());
    }

    fn merge_accumulator(&mut self, group: u32, accumulator: &Accumulator) -> Result<()> {
        let state = self.states.get_mut(group as usize);
        let state = state.ok_or_else(|| Error::internal("an aggregation without its group"))?;
        state.add_accumulator(accumulator).ok_or_else(mismatch)
    }

    fn finish(&self, first: usize, count: usize, out: &mut Vector) -> Result<()> {
        let states = &self.states[first..first + count];
        let finished = (self.finish_many)(states, &self.data_type, out);
        states[finished..].iter().try_for_each(|state| (self.finish)(state, &self.data_type, out))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Makes room for `groups` states.
pub(super) fn grow<S: Clone + Default>(
    states: &mut Vec<S>,
    groups: usize,
    reservation: &mut Option<Reservation>,
    context: &Context,
) -> Result<()> {
    if groups > states.capacity() {
        let capacity = groups.next_power_of_two().max(4);
        let reservation = reservation.get_or_insert_with(|| context.reservation("aggregation"));
        reservation.resize((states.capacity() + capacity) * size_of::<S>())?;
        states.reserve_exact(capacity - states.len());
        reservation.resize(capacity * size_of::<S>())?;
    }
    if groups > states.len() {
        states.resize(groups, S::default());
    }
    Ok(())
}

/// States of different aggregates were to be merged.
pub(super) fn mismatch() -> Error {
    Error::internal("merging the states of different aggregates")
}

/// The argument of an aggregate of one argument.
pub(super) fn only<'a>(arguments: &[&'a Vector]) -> Result<&'a Vector> {
    arguments.first().copied().ok_or_else(|| Error::internal("an aggregate without its argument"))
}

/// A vector came in a form that the aggregate does not take.
pub(super) fn unexpected(name: &str, form: Form) -> Error {
    Error::internal(format!("{name} over a vector of {}", form.name()))
}

/// Appends a value to a result of form `I64`, `I128`, `I32` or `F64`, or NULL.
pub(super) fn push_integer(out: &mut Vector, value: Option<i128>) -> Result<()> {
    let rows = out.len();
    let known = value.unwrap_or(0);
    let does_not_fit = || Error::internal(format!("{known} does not fit the form of the result"));
    match &mut out.values {
        Values::I32(values) => values.make_owned().push(i32::try_from(known).map_err(|_| does_not_fit())?),
        Values::I64(values) => values.make_owned().push(i64::try_from(known).map_err(|_| does_not_fit())?),
        Values::I128(values) => values.make_owned().push(known),
        other => return Err(unexpected("an integer result", other.form())),
    }
    out.validity.push(value.is_some(), rows);
    Ok(())
}

/// Appends a double to a result of form `F64`, or NULL.
pub(super) fn push_double(out: &mut Vector, value: Option<f64>) -> Result<()> {
    let rows = out.len();
    match &mut out.values {
        Values::F64(values) => values.make_owned().push(value.unwrap_or(0.0)),
        other => return Err(unexpected("a DOUBLE result", other.form())),
    }
    out.validity.push(value.is_some(), rows);
    Ok(())
}

/// Appends a BOOLEAN, or NULL.
pub(super) fn push_boolean(out: &mut Vector, value: Option<bool>) -> Result<()> {
    let rows = out.len();
    match &mut out.values {
        Values::Bits(bits) => bits.push(value.unwrap_or(false)),
        other => return Err(unexpected("a BOOLEAN result", other.form())),
    }
    out.validity.push(value.is_some(), rows);
    Ok(())
}
