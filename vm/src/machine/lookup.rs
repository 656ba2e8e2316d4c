//! Values by number: strings of a dictionary, and what expressions made of them once for all rows.

use super::worker::Worker;
use crate::error::{Error, Result};
use crate::program::{LookupId, NullEntry, Program, Register};
use crate::vector::{Bits, MISSING_ROW, Values, Vector};

impl Worker {
    pub(super) fn lookup(&mut self, program: &Program, lookup: LookupId, from: Register, to: Register) -> Result<()> {
        let table = &program.lookups[lookup.index()];
        let null = match table.null_entry {
            NullEntry::Null => MISSING_ROW,
            NullEntry::Last => table.values.len() as u32 - 1,
        };
        let mut target = self.take(to);
        let codes = &self.registers[from.index()];
        let entries = &mut self.scratch.partners;
        let outcome = number_entries(codes, table.values.len(), null, entries);
        if outcome.is_ok() {
            match (&table.values.values, &mut target.values) {
                (Values::Bits(bits), Values::Bits(out)) if table.values.validity.bits().is_none() => {
                    gather_bits(out, bits, entries);
                    match table.null_entry {
                        NullEntry::Null => target.validity.assign(&codes.validity),
                        NullEntry::Last => target.validity.set_all(),
                    }
                }
                _ => target.gather(&table.values, entries),
            }
        }
        self.put(to, target);
        outcome
    }
}

/// The entries that the numbers of `codes` stand for, `null` for NULL.
fn number_entries(codes: &Vector, entries: usize, null: u32, out: &mut Vec<u32>) -> Result<()> {
    codes.numbers(null, out)?;
    let beyond = |entry: &&u32| **entry as usize >= entries && **entry != MISSING_ROW;
    match out.iter().find(beyond) {
        None => Ok(()),
        Some(entry) => Err(Error::internal(format!("entry {entry} of a lookup table of {entries}"))),
    }
}

/// Word by word: a predicate's entries are most often few.
fn gather_bits(out: &mut Bits, bits: &Bits, entries: &[u32]) {
    let of = |entry: u32| if entry == MISSING_ROW { 0 } else { bits.word(entry as usize / 64) >> (entry % 64) & 1 };
    out.refill_words(entries.len(), |index| {
        let chunk = &entries[index * 64..entries.len().min(index * 64 + 64)];
        chunk.iter().enumerate().fold(0, |word, (offset, entry)| word | of(*entry) << offset)
    });
}
