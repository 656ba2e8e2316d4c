//! string_agg: texts one behind the other, in the order of the source.
//!
//! All texts of all groups lie in one buffer, in the order in which they came; a group is a chain of places in it.

use std::any::Any;

use super::rows::each_row;
use super::states::{grow, mismatch, unexpected};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::memory::{Context, Reservation};
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// The separator where none is given.
const SEPARATOR: &[u8] = b",";

/// Stands for no link.
const NONE: u32 = u32::MAX;

/// A text with the separator before it.
#[derive(Clone, Copy)]
struct Link {
    /// Where in the source's order it came from.
    position: u64,
    start: usize,
    separator_bytes: usize,
    bytes: usize,
    next: u32,
}

/// The first and the last link of a group.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

impl Default for Chain {
    fn default() -> Chain {
        Chain { first: NONE, last: NONE }
    }
}

/// The texts of all groups.
#[derive(Default)]
struct Texts {
    chains: Vec<Chain>,
    links: Vec<Link>,
    buffer: Vec<u8>,
    position: u64,
    chains_reservation: Option<Reservation>,
    texts_reservation: Option<Reservation>,
}

impl Texts {
    /// Reserves memory for one more link and `bytes` bytes: both double when they are full.
    fn make_room(&mut self, bytes: usize) -> Result<()> {
        if self.links.len() >= NONE as usize {
            return Err(Error::limit(format!("more than {} texts in string_agg", NONE - 1)));
        }
        let needed = ((self.links.len() + 1) * size_of::<Link>() + self.buffer.len() + bytes) * 2;
        match &mut self.texts_reservation {
            Some(reservation) if reservation.bytes() < needed => reservation.resize(needed + needed / 4),
            _ => Ok(()),
        }
    }

    fn add(&mut self, group: usize, separator: &[u8], text: &[u8]) -> Result<()> {
        self.make_room(separator.len() + text.len())?;
        let (start, position) = (self.buffer.len(), self.position);
        self.buffer.extend_from_slice(separator);
        self.buffer.extend_from_slice(text);
        self.link(group, Link { position, start, separator_bytes: separator.len(), bytes: text.len(), next: NONE });
        Ok(())
    }

    fn link(&mut self, group: usize, link: Link) {
        let number = self.links.len() as u32;
        self.links.push(Link { next: NONE, ..link });
        let chain = &mut self.chains[group];
        match chain.last {
            NONE => chain.first = number,
            last => self.links[last as usize].next = number,
        }
        chain.last = number;
    }

    /// The links of a chain, in the order in which they came.
    fn links_of(&self, chain: Chain) -> impl Iterator<Item = &Link> {
        let mut next = chain.first;
        std::iter::from_fn(move || {
            let link = self.links.get(next as usize)?;
            next = link.next;
            Some(link)
        })
    }
}

impl AggregateStates for Texts {
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()> {
        self.texts_reservation.get_or_insert_with(|| context.reservation("aggregation"));
        grow(&mut self.chains, groups, &mut self.chains_reservation, context)
    }

    fn begin(&mut self, position: u64) {
        self.position = position;
    }

    fn update(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, _: &Context) -> Result<()> {
        let [argument, rest @ ..] = arguments else { return Err(Error::internal("string_agg without its argument")) };
        let Values::Text(text) = &argument.values else { return Err(unexpected("string_agg", argument.form())) };
        let separators = match rest.first() {
            Some(separator) => match &separator.values {
                Values::Text(text) => Some((text, &separator.validity)),
                other => return Err(unexpected("string_agg", other.form())),
            },
            None => None,
        };
        let mut outcome = Ok(());
        each_row(groups.len(), argument.validity.bits(), filter, |row| {
            let separator = match separators {
                Some((text, validity)) if validity.is_valid(row) => text.get(row),
                Some(_) => b"",
                None => SEPARATOR,
            };
            if outcome.is_ok() {
                outcome = self.add(groups[row] as usize, separator, text.get(row));
            }
        });
        outcome
    }

    fn merge(&mut self, other: &dyn AggregateStates, pairs: &[(u32, u32)]) -> Result<()> {
        let other = other.as_any().downcast_ref::<Self>().ok_or_else(mismatch)?;
        for &(from, into) in pairs {
            for link in other.links_of(other.chains[from as usize]) {
                let bytes = link.separator_bytes + link.bytes;
                self.make_room(bytes)?;
                let start = self.buffer.len();
                self.buffer.extend_from_slice(&other.buffer[link.start..link.start + bytes]);
                self.link(into as usize, Link { start, ..*link });
            }
        }
        Ok(())
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) -> Result<()> {
        for &(from, into) in pairs {
            let mut next = self.chains[from as usize].first;
            while let Some(link) = self.links.get(next as usize).copied() {
                next = link.next;
                self.make_room(0)?;
                self.link(into as usize, link);
            }
        }
        Ok(())
    }

    fn clear(&mut self, first: usize, count: usize) {
        self.chains[first..first + count].fill(Chain::default());
    }

    fn finish(&self, first: usize, count: usize, out: &mut Vector) -> Result<()> {
        let (mut ordered, mut joined): (Vec<&Link>, Vec<u8>) = (Vec::new(), Vec::new());
        for chain in &self.chains[first..first + count] {
            ordered.clear();
            ordered.extend(self.links_of(*chain));
            // Links of several workers: within one they are in order already.
            ordered.sort_by_key(|link| link.position);
            joined.clear();
            for (index, link) in ordered.iter().enumerate() {
                let start = if index == 0 { link.start + link.separator_bytes } else { link.start };
                joined.extend_from_slice(&self.buffer[start..link.start + link.separator_bytes + link.bytes]);
            }
            let rows = out.len();
            let Values::Text(text) = &mut out.values else { return Err(unexpected("a text result", out.form())) };
            text.push(&joined);
            out.validity.push(chain.first != NONE, rows);
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn states(_: &[DataType], _: &DataType) -> Box<dyn AggregateStates> {
    Box::new(Texts::default())
}

const fn overload(arguments: &'static [TypePattern]) -> AggregateOverload {
    AggregateOverload {
        arguments,
        result: ResultType::Fixed(DataType::Varchar),
        empty_is_null: true,
        accumulator: None,
        states,
    }
}

/// string_agg.
pub(super) static STRING_AGG: AggregateFunction = AggregateFunction {
    name: "string_agg",
    aliases: &["group_concat", "listagg"],
    doc: "The texts that are not NULL, in the order of the source, with a separator (a comma) between them.",
    ordered: true,
    overloads: &[overload(&[TypePattern::Varchar]), overload(&[TypePattern::Varchar, TypePattern::Varchar])],
};
