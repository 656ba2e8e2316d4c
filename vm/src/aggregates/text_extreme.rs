//! min and max of byte strings.

use std::any::Any;
use std::marker::PhantomData;

use super::AggregateStates;
use super::extreme::End;
use super::rows::each_row;
use super::states::{grow, mismatch, only, unexpected};
use crate::error::Result;
use crate::memory::{Context, Reservation};
use crate::types::Form;
use crate::vector::{Bits, INLINE_BYTES, Text, Values, Vector, View};

/// Bytes of replaced strings that are let lie around at least.
const GARBAGE_BYTES_MIN: usize = 1 << 16;

/// The smallest or largest string of each group.
#[derive(Default)]
pub(super) struct TextExtreme<E> {
    /// Views into `strings`; `None` where there was no value yet.
    best: Vec<Option<View>>,
    /// Holds bytes only; its own rows are not used.
    strings: Text,
    /// Bytes that the views refer to, and bytes that are stored.
    live_bytes: usize,
    stored_bytes: usize,
    views: Option<Reservation>,
    bytes: Option<Reservation>,
    end: PhantomData<E>,
}

fn long_bytes(length: usize) -> usize {
    if length > INLINE_BYTES { length } else { 0 }
}

impl<E: End> TextExtreme<E> {
    fn add(&mut self, group: usize, value: &[u8], context: Option<&Context>) -> Result<()> {
        if let Some(best) = &self.best[group] {
            if !E::beats(value, self.strings.resolve(best)) {
                return Ok(());
            }
            self.live_bytes -= long_bytes(best.len());
        }
        let added = long_bytes(value.len());
        if added > 0 {
            self.make_room(added, context)?;
        }
        self.best[group] = Some(self.strings.store(value));
        self.live_bytes += added;
        self.stored_bytes += added;
        Ok(())
    }

    /// Reserves memory for `added` bytes; throws replaced strings away first if they are the larger part.
    fn make_room(&mut self, added: usize, context: Option<&Context>) -> Result<()> {
        if self.stored_bytes > 2 * self.live_bytes + GARBAGE_BYTES_MIN {
            let mut strings = Text::default();
            for best in self.best.iter_mut().flatten() {
                *best = strings.store(self.strings.resolve(best));
            }
            self.strings = strings;
            self.stored_bytes = self.live_bytes;
        }
        let needed = (self.stored_bytes + added) * 2;
        if let Some(context) = context {
            self.bytes.get_or_insert_with(|| context.reservation("aggregation"));
        }
        match &mut self.bytes {
            Some(reservation) if reservation.bytes() < needed => reservation.resize(needed + needed / 4),
            _ => Ok(()),
        }
    }
}

impl<E: End> AggregateStates for TextExtreme<E> {
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()> {
        grow(&mut self.best, groups, &mut self.views, context)
    }

    fn update(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        filter: Option<&Bits>,
        context: &Context,
    ) -> Result<()> {
        let argument = only(arguments)?;
        let Values::Text(text) = &argument.values else { return Err(unexpected("min or max", argument.form())) };
        debug_assert_eq!(argument.form(), Form::Text);
        let mut outcome = Ok(());
        each_row(groups.len(), argument.validity.bits(), filter, |row| {
            if outcome.is_ok() {
                outcome = self.add(groups[row] as usize, text.get(row), Some(context));
            }
        });
        outcome
    }

    fn merge(&mut self, other: &dyn AggregateStates, groups: &[u32]) -> Result<()> {
        let other = other.as_any().downcast_ref::<Self>().ok_or_else(mismatch)?;
        for (best, &group) in other.best.iter().zip(groups) {
            if let Some(best) = best {
                self.add(group as usize, other.strings.resolve(best), None)?;
            }
        }
        Ok(())
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) -> Result<()> {
        for &(from, into) in pairs {
            let Some(new) = self.best[from as usize] else { continue };
            let old = self.best[into as usize];
            if old.is_none_or(|old| E::beats(self.strings.resolve(&new), self.strings.resolve(&old))) {
                // Both groups refer to the same bytes now; each counts them.
                self.live_bytes += long_bytes(new.len());
                self.live_bytes -= old.map_or(0, |old| long_bytes(old.len()));
                self.best[into as usize] = Some(new);
            }
        }
        Ok(())
    }

    fn clear(&mut self, first: usize, count: usize) {
        for best in &mut self.best[first..first + count] {
            self.live_bytes -= best.take().map_or(0, |best| long_bytes(best.len()));
        }
    }

    fn finish(&self, first: usize, count: usize, out: &mut Vector) -> Result<()> {
        for best in &self.best[first..first + count] {
            let rows = out.len();
            let Values::Text(text) = &mut out.values else { return Err(unexpected("a text result", out.form())) };
            text.push(best.as_ref().map_or(b"".as_slice(), |best| self.strings.resolve(best)));
            out.validity.push(best.is_some(), rows);
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
