//! first, last and any_value: one value of each group, chosen by the order of the source.

use std::any::Any;
use std::marker::PhantomData;

use super::kept_strings::KeptStrings;
use super::rows::each_row;
use super::states::{grow, mismatch, only, push_boolean, push_double, push_integer, unexpected};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::memory::{Context, Reservation};
use crate::types::{DataType, Form};
use crate::vector::{Bits, Text, Values, Vector, View};

/// Which value is wanted. A type, so that loops are compiled for each.
trait Choice: Default + Send + Sync + 'static {
    /// Whether a later value takes the place of an earlier one.
    const LATER_WINS: bool;
    /// Whether NULL is a value like others.
    const TAKES_NULL: bool;
}

/// The first row's.
#[derive(Default)]
struct First;

/// The last row's.
#[derive(Default)]
struct Last;

/// The first that is not NULL: any would do, but the same for any number of threads.
#[derive(Default)]
struct FirstKnown;

impl Choice for First {
    const LATER_WINS: bool = false;
    const TAKES_NULL: bool = true;
}

impl Choice for Last {
    const LATER_WINS: bool = true;
    const TAKES_NULL: bool = true;
}

impl Choice for FirstKnown {
    const LATER_WINS: bool = false;
    const TAKES_NULL: bool = false;
}

/// What a group has chosen so far.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// Where in the source's order it came from.
    position: u64,
    /// The bits of the value: those of a double, or of a view into the strings.
    bits: u128,
    content: Content,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Content {
    #[default]
    Nothing,
    Null,
    Value,
}

/// The chosen value of each group. Rows come in order within a worker; between workers their positions decide.
#[derive(Default)]
struct Chosen<C> {
    slots: Vec<Slot>,
    position: u64,
    /// What views refer to, where values are texts.
    strings: Option<KeptStrings>,
    slots_reservation: Option<Reservation>,
    choice: PhantomData<C>,
}

fn view(bits: u128) -> View {
    bytemuck::cast(bits)
}

impl<C: Choice> Chosen<C> {
    /// Whether a row's value is wanted, given what the group has from rows before it.
    #[inline(always)]
    fn wants(&self, group: usize, is_known: bool) -> bool {
        (is_known || C::TAKES_NULL) && (C::LATER_WINS || self.slots[group].content == Content::Nothing)
    }

    #[inline(always)]
    fn put(&mut self, group: usize, value: Option<u128>) {
        let content = if value.is_some() { Content::Value } else { Content::Null };
        self.slots[group] = Slot { position: self.position, bits: value.unwrap_or(0), content };
    }

    /// Chooses among rows of values that are held as they are.
    fn choose(&mut self, groups: &[u32], valid: Option<&Bits>, filter: Option<&Bits>, bits: impl Fn(usize) -> u128) {
        each_row(groups.len(), None, filter, |row| {
            let known = valid.is_none_or(|valid| valid.get(row));
            let group = groups[row] as usize;
            if self.wants(group, known) {
                self.put(group, known.then(|| bits(row)));
            }
        });
    }

    fn choose_text(&mut self, groups: &[u32], text: &Text, valid: Option<&Bits>, filter: Option<&Bits>) -> Result<()> {
        let mut outcome = Ok(());
        each_row(groups.len(), None, filter, |row| {
            let known = valid.is_none_or(|valid| valid.get(row));
            if outcome.is_ok() && self.wants(groups[row] as usize, known) {
                outcome = self.put_text(groups[row] as usize, known.then(|| text.get(row)));
            }
        });
        outcome
    }

    fn put_text(&mut self, group: usize, value: Option<&[u8]>) -> Result<()> {
        self.release(group);
        let (slots, Some(strings)) = (&mut self.slots, &mut self.strings) else { return Ok(()) };
        let each_view = |change: &mut dyn FnMut(&mut View)| {
            for slot in slots.iter_mut().filter(|slot| slot.content == Content::Value) {
                let mut moved = view(slot.bits);
                change(&mut moved);
                slot.bits = bytemuck::cast(moved);
            }
        };
        let kept = value.map(|value| strings.keep(value, each_view)).transpose()?;
        self.put(group, kept.map(bytemuck::cast));
        Ok(())
    }

    /// Makes a group's slot empty.
    fn release(&mut self, group: usize) {
        let slot = std::mem::take(&mut self.slots[group]);
        if let (Some(strings), Content::Value) = (&mut self.strings, slot.content) {
            strings.release(&view(slot.bits));
        }
    }
}

impl<C: Choice> AggregateStates for Chosen<C> {
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()> {
        self.strings.iter_mut().for_each(|strings| strings.open(context));
        grow(&mut self.slots, groups, &mut self.slots_reservation, context)
    }

    fn begin(&mut self, position: u64) {
        self.position = position;
    }

    fn update(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, _: &Context) -> Result<()> {
        let argument = only(arguments)?;
        let valid = argument.validity.bits();
        match &argument.values {
            Values::Bits(bits) => self.choose(groups, valid, filter, |row| bits.get(row).into()),
            Values::I8(values) => self.choose(groups, valid, filter, |row| i128::from(values[row]) as u128),
            Values::I16(values) => self.choose(groups, valid, filter, |row| i128::from(values[row]) as u128),
            Values::I32(values) => self.choose(groups, valid, filter, |row| i128::from(values[row]) as u128),
            Values::I64(values) => self.choose(groups, valid, filter, |row| i128::from(values[row]) as u128),
            Values::I128(values) => self.choose(groups, valid, filter, |row| values[row] as u128),
            Values::F32(values) => self.choose(groups, valid, filter, |row| f64::from(values[row]).to_bits().into()),
            Values::F64(values) => self.choose(groups, valid, filter, |row| values[row].to_bits().into()),
            Values::Text(text) => self.choose_text(groups, text, valid, filter)?,
            other @ (Values::List(_) | Values::Struct(_)) => return Err(unexpected("first or last", other.form())),
        }
        Ok(())
    }

    fn merge(&mut self, other: &dyn AggregateStates, pairs: &[(u32, u32)]) -> Result<()> {
        let other = other.as_any().downcast_ref::<Self>().ok_or_else(mismatch)?;
        for &(from, into) in pairs {
            let (slot, group) = (&other.slots[from as usize], into as usize);
            let own = self.slots[group];
            let wins = own.content == Content::Nothing || (slot.position > own.position) == C::LATER_WINS;
            if slot.content == Content::Nothing || !wins {
                continue;
            }
            match &other.strings {
                Some(strings) => {
                    let value = (slot.content == Content::Value).then_some(view(slot.bits));
                    self.put_text(group, value.as_ref().map(|view| strings.resolve(view)))?;
                    self.slots[group].position = slot.position;
                }
                None => self.slots[group] = *slot,
            }
        }
        Ok(())
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) -> Result<()> {
        for &(from, into) in pairs {
            let (new, old) = (self.slots[from as usize], self.slots[into as usize]);
            let wins = old.content == Content::Nothing || C::LATER_WINS;
            if new.content != Content::Nothing && wins {
                // Both groups refer to the same bytes now.
                if let (Some(strings), Content::Value) = (&mut self.strings, new.content) {
                    strings.share(&view(new.bits));
                }
                self.release(into as usize);
                self.slots[into as usize] = new;
            }
        }
        Ok(())
    }

    fn clear(&mut self, first: usize, count: usize) {
        (first..first + count).for_each(|group| self.release(group));
    }

    fn finish(&self, first: usize, count: usize, out: &mut Vector) -> Result<()> {
        for slot in &self.slots[first..first + count] {
            let value = (slot.content == Content::Value).then_some(slot.bits);
            match out.form() {
                Form::Bits => push_boolean(out, value.map(|bits| bits != 0))?,
                Form::F32 | Form::F64 => push_double(out, value.map(|bits| f64::from_bits(bits as u64)))?,
                Form::Text => {
                    let rows = out.len();
                    let value = value.map(view);
                    if let (Values::Text(text), Some(strings)) = (&mut out.values, &self.strings) {
                        text.push(value.as_ref().map_or(b"", |view| strings.resolve(view)));
                    }
                    out.validity.push(value.is_some(), rows);
                }
                Form::I8 | Form::I16 | Form::I32 | Form::I64 | Form::I128 => {
                    push_integer(out, value.map(|bits| bits as i128))?;
                }
                form @ (Form::List | Form::Struct) => return Err(unexpected("first or last", form)),
            }
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn states<C: Choice>(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
    let strings = (result.form() == Form::Text).then(KeptStrings::default);
    Box::new(Chosen::<C> { strings, ..Chosen::default() })
}

/// first.
pub(super) static FIRST: AggregateFunction = AggregateFunction {
    name: "first",
    aliases: &["arbitrary"],
    doc: "The value in the first row, in the order of the source; NULL is a value like others.",
    ordered: true,
    overloads: &[overload(states::<First>)],
};

/// last.
pub(super) static LAST: AggregateFunction = AggregateFunction {
    name: "last",
    aliases: &[],
    doc: "The value in the last row, in the order of the source; NULL is a value like others.",
    ordered: true,
    overloads: &[overload(states::<Last>)],
};

/// any_value.
pub(super) static ANY_VALUE: AggregateFunction = AggregateFunction {
    name: "any_value",
    aliases: &[],
    doc: "The first value that is not NULL, in the order of the source; NULL if there is none.",
    ordered: true,
    overloads: &[overload(states::<FirstKnown>)],
};

const fn overload(states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>) -> AggregateOverload {
    AggregateOverload {
        arguments: &[TypePattern::Any],
        result: ResultType::Argument(0),
        empty_is_null: true,
        accumulator: None,
        states,
    }
}
