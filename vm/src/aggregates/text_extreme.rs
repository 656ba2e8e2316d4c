//! min and max of byte strings.

use std::any::Any;
use std::marker::PhantomData;

use super::AggregateStates;
use super::extreme::End;
use super::kept_strings::KeptStrings;
use super::rows::each_row;
use super::states::{grow, mismatch, only, unexpected};
use crate::error::Result;
use crate::memory::{Context, Reservation};
use crate::types::Form;
use crate::vector::{Bits, Values, Vector, View};

/// The smallest or largest string of each group.
#[derive(Default)]
pub(super) struct TextExtreme<E> {
    /// `None` where there was no value yet.
    best: Vec<Option<View>>,
    strings: KeptStrings,
    views: Option<Reservation>,
    end: PhantomData<E>,
}

impl<E: End> TextExtreme<E> {
    fn add(&mut self, group: usize, value: &[u8]) -> Result<()> {
        if let Some(best) = &self.best[group] {
            if !E::beats(value, self.strings.resolve(best)) {
                return Ok(());
            }
            self.strings.release(best);
            self.best[group] = None;
        }
        let best = &mut self.best;
        let kept = self.strings.keep(value, |change| best.iter_mut().flatten().for_each(change))?;
        self.best[group] = Some(kept);
        Ok(())
    }
}

impl<E: End> AggregateStates for TextExtreme<E> {
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()> {
        self.strings.open(context);
        grow(&mut self.best, groups, &mut self.views, context)
    }

    fn update(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, _: &Context) -> Result<()> {
        let argument = only(arguments)?;
        let Values::Text(text) = &argument.values else { return Err(unexpected("min or max", argument.form())) };
        debug_assert_eq!(argument.form(), Form::Text);
        let mut outcome = Ok(());
        each_row(groups.len(), argument.validity.bits(), filter, |row| {
            if outcome.is_ok() {
                outcome = self.add(groups[row] as usize, text.get(row));
            }
        });
        outcome
    }

    fn merge(&mut self, other: &dyn AggregateStates, pairs: &[(u32, u32)]) -> Result<()> {
        let other = other.as_any().downcast_ref::<Self>().ok_or_else(mismatch)?;
        for &(from, into) in pairs {
            if let Some(best) = &other.best[from as usize] {
                self.add(into as usize, other.strings.resolve(best))?;
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
                self.strings.share(&new);
                old.iter().for_each(|old| self.strings.release(old));
                self.best[into as usize] = Some(new);
            }
        }
        Ok(())
    }

    fn clear(&mut self, first: usize, count: usize) {
        for best in self.best[first..first + count].iter_mut().filter_map(Option::take) {
            self.strings.release(&best);
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
