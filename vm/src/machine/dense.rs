//! Rows of a join's build side by an integer key of a bounded range: an array in place of a hash table.
//!
//! A look-up is a subtraction and a load, and keys of a probe side that is clustered by key find theirs side by side
//! in memory. Keys are not compared, nor is their hash computed.

use std::ops::Range;

use super::keys::{KeyBatch, KeyState};
use crate::error::{Error, Result};
use crate::memory::{Context, POLL_ROWS, Reservation};
use crate::vector::{Values, Vector};

/// An array may have so many entries for each row: 32 bytes, about what a hash table takes.
const ENTRIES_A_ROW_MAX: u64 = 8;
/// An array of bits may have so many for each row.
const BITS_A_ROW_MAX: u64 = 256;
/// So many entries are never too many.
const ENTRIES_MIN: u64 = 1 << 14;

/// What those who look up want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Which rows have a key.
    Rows,
    /// Whether any has it.
    Existence,
}

/// Rows by key.
#[derive(Debug)]
pub(super) struct DenseIndex {
    /// The smallest key.
    min: i64,
    entries: Entries,
}

#[derive(Debug)]
enum Entries {
    /// For each key, the number of its one row plus 1; 0 for none.
    One(Vec<u32>),
    /// For each key, where its rows begin in `rows`; one more for the end of the last.
    Many { starts: Vec<u32>, rows: Vec<u32> },
    /// For each key, whether there is a row.
    Any(Vec<u64>),
}

impl DenseIndex {
    /// The index of rows with these keys, if their range is small enough. Its memory is added to `reservation`.
    /// `stretches` are the rows in the order of their source.
    pub(super) fn build(
        keys: &[u64],
        stretches: &[Range<u32>],
        wanted: Wanted,
        reservation: &mut Reservation,
        context: &Context,
    ) -> Result<Option<DenseIndex>> {
        let Some((min, max)) = bounds(keys, context)? else {
            return Ok(Some(DenseIndex { min: 0, entries: Entries::One(Vec::new()) }));
        };
        let range = max.abs_diff(min);
        let rows = keys.len() as u64;
        let entries_max = match wanted {
            Wanted::Rows => ENTRIES_A_ROW_MAX * rows,
            Wanted::Existence => BITS_A_ROW_MAX * rows,
        };
        if range >= entries_max.max(ENTRIES_MIN) {
            return Ok(None);
        }
        let range = usize::try_from(range).map_err(|_| Error::internal("a small range"))? + 1;
        let entries = match wanted {
            Wanted::Rows => entries(keys, stretches, min, range, reservation, context)?,
            Wanted::Existence => {
                reservation.grow(range.div_ceil(64) * 8)?;
                let mut bits = vec![0u64; range.div_ceil(64)];
                for chunk in keys.chunks(POLL_ROWS) {
                    context.poll()?;
                    chunk.iter().map(|key| slot(*key as i64, min)).for_each(|slot| bits[slot / 64] |= 1 << (slot % 64));
                }
                Entries::Any(bits)
            }
        };
        Ok(Some(DenseIndex { min, entries }))
    }

    /// Finds for each key the entries that are its partners: [`DenseIndex::row`] says which rows those are. NULLs are
    /// marked in `keys`.
    pub(super) fn stage(
        &self,
        column: &Vector,
        rows: usize,
        keys: &mut KeyBatch,
        candidates: &mut Vec<(u32, u32)>,
    ) -> Result<()> {
        candidates.clear();
        match &column.values {
            Values::I8(values) => self.stage_values(values[..rows].iter().map(|value| (*value).into()), candidates),
            Values::I16(values) => self.stage_values(values[..rows].iter().map(|value| (*value).into()), candidates),
            Values::I32(values) => self.stage_values(values[..rows].iter().map(|value| (*value).into()), candidates),
            Values::I64(values) => self.stage_values(values[..rows].iter().copied(), candidates),
            Values::Bits(bits) => self.stage_values((0..rows).map(|row| bits.get(row).into()), candidates),
            other => return Err(Error::internal(format!("an integer key of form {}", other.form().name()))),
        }
        keys.forget();
        if let Some(valid) = column.validity.bits() {
            for row in (0..rows).filter(|row| !valid.get(*row)) {
                keys.mark(rows, row, KeyState::Null);
                candidates[row] = (0, 0);
            }
        }
        Ok(())
    }

    #[inline]
    fn stage_values(&self, keys: impl ExactSizeIterator<Item = i64>, candidates: &mut Vec<(u32, u32)>) {
        let min = self.min;
        match &self.entries {
            Entries::One(rows) => candidates.extend(keys.map(|key| {
                let row = rows.get(slot(key, min)).copied().unwrap_or(0);
                (row.wrapping_sub(1), row)
            })),
            Entries::Many { starts, .. } => candidates.extend(keys.map(|key| {
                let slot = slot(key, min);
                match starts.get(slot.saturating_add(1)) {
                    Some(end) => (starts[slot], *end),
                    None => (0, 0),
                }
            })),
            Entries::Any(bits) => candidates.extend(keys.map(|key| {
                let slot = slot(key, min);
                let word = bits.get(slot / 64).copied().unwrap_or(0);
                (0, (word >> (slot % 64)) as u32 & 1)
            })),
        }
    }

    /// Whether a key has at most one partner.
    pub(super) fn is_single(&self) -> bool {
        match &self.entries {
            Entries::One(_) | Entries::Any(_) => true,
            Entries::Many { .. } => false,
        }
    }

    /// The row of an entry; any where only existence was wanted.
    #[inline]
    pub(super) fn row(&self, entry: u32) -> u32 {
        match &self.entries {
            Entries::One(_) | Entries::Any(_) => entry,
            Entries::Many { rows, .. } => rows[entry as usize],
        }
    }
}

/// A key's place. One below `min` wraps around to a place beyond every array's end.
#[inline(always)]
fn slot(key: i64, min: i64) -> usize {
    key.wrapping_sub(min) as usize
}

/// The smallest and the largest key.
fn bounds(keys: &[u64], context: &Context) -> Result<Option<(i64, i64)>> {
    let mut bounds = None;
    for chunk in keys.chunks(POLL_ROWS) {
        context.poll()?;
        let (min, max) = bounds.unwrap_or((i64::MAX, i64::MIN));
        bounds = Some(chunk.iter().fold((min, max), |(min, max), key| (min.min(*key as i64), max.max(*key as i64))));
    }
    Ok(bounds)
}

/// Entries that tell rows: one for each key, or several once a key comes twice.
fn entries(
    keys: &[u64],
    stretches: &[Range<u32>],
    min: i64,
    range: usize,
    reservation: &mut Reservation,
    context: &Context,
) -> Result<Entries> {
    reservation.grow((range + 1) * 4)?;
    let mut one = vec![0u32; range + 1];
    let mut single = true;
    for (chunk_number, chunk) in keys.chunks(POLL_ROWS).enumerate() {
        context.poll()?;
        for (row, key) in chunk.iter().enumerate() {
            let entry = &mut one[slot(*key as i64, min)];
            single &= *entry == 0;
            *entry = (chunk_number * POLL_ROWS + row) as u32 + 1;
        }
        if !single {
            return many(keys, stretches, min, one, reservation, context);
        }
    }
    one.truncate(range);
    Ok(Entries::One(one))
}

/// A counting sort of row numbers by key; rows of one key keep their order.
fn many(
    keys: &[u64],
    stretches: &[Range<u32>],
    min: i64,
    mut starts: Vec<u32>,
    reservation: &mut Reservation,
    context: &Context,
) -> Result<Entries> {
    reservation.grow(keys.len() * 4)?;
    starts.fill(0);
    for chunk in keys.chunks(POLL_ROWS) {
        context.poll()?;
        chunk.iter().for_each(|key| starts[slot(*key as i64, min)] += 1);
    }
    let mut end = 0;
    for chunk in starts.chunks_mut(POLL_ROWS) {
        context.poll()?;
        for start in chunk {
            end += *start;
            *start = end;
        }
    }
    // Filled from behind, each start moves from the end of its rows to their beginning.
    let mut rows = vec![0u32; keys.len()];
    let mut unpolled = 0;
    for stretch in stretches.iter().rev() {
        for row in stretch.clone().rev() {
            let start = &mut starts[slot(keys[row as usize] as i64, min)];
            *start -= 1;
            rows[*start as usize] = row;
        }
        unpolled += stretch.len();
        if unpolled >= POLL_ROWS {
            context.poll()?;
            unpolled = 0;
        }
    }
    Ok(Entries::Many { starts, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows that each probe finds.
    fn found(keys: &[i64], wanted: Wanted, probes: &[i64]) -> Option<Vec<Vec<u32>>> {
        let context = Context::unlimited();
        let words: Vec<u64> = keys.iter().map(|key| *key as u64).collect();
        let whole = 0..words.len() as u32;
        let index =
            DenseIndex::build(&words, std::slice::from_ref(&whole), wanted, &mut context.reservation("test"), &context)
                .unwrap()?;
        let column = Vector::all_valid(Values::I64(probes.to_vec().into()));
        let (mut batch, mut candidates) = (KeyBatch::default(), Vec::new());
        index.stage(&column, probes.len(), &mut batch, &mut candidates).unwrap();
        Some(candidates.iter().map(|(start, end)| (*start..*end).map(|entry| index.row(entry)).collect()).collect())
    }

    #[test]
    fn keys_are_found_wherever_their_range_lies() {
        let extremes = [i64::MIN, -1, 0, 1, i64::MAX];
        for base in [i64::MIN, -3, 0, 1 << 40, i64::MAX - 9] {
            let keys = [base + 5, base, base + 9];
            let probes = [base, base + 1, base + 5, base + 9, base.wrapping_sub(1), base.wrapping_add(10)];
            let one = found(&keys, Wanted::Rows, &probes).unwrap();
            assert_eq!(one, [vec![1], vec![], vec![0], vec![2], vec![], vec![]], "{base}");
            let any = found(&keys, Wanted::Existence, &probes).unwrap();
            assert_eq!(any.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 1, 1, 0, 0], "{base}");
            let twice = [base + 5, base, base + 5, base + 9, base + 5];
            let many = found(&twice, Wanted::Rows, &probes).unwrap();
            assert_eq!(many, [vec![1], vec![], vec![0, 2, 4], vec![3], vec![], vec![]], "{base}");
            for keys in [&keys[..], &twice[..]] {
                let far = extremes.map(|key| keys.iter().filter(|own| **own == key).count());
                let rows = found(keys, Wanted::Rows, &extremes).unwrap();
                assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), far, "{base}");
            }
        }
        assert_eq!(found(&[], Wanted::Rows, &extremes).unwrap(), vec![Vec::<u32>::new(); 5]);
    }

    #[test]
    fn keys_that_lie_far_apart_are_for_a_hash_table() {
        assert_eq!(found(&[0, 1 << 20], Wanted::Rows, &[]), None);
        assert_eq!(found(&[i64::MIN, i64::MAX], Wanted::Rows, &[]), None);
        assert_eq!(found(&[i64::MIN, i64::MAX], Wanted::Existence, &[]), None);
        assert!(found(&(0..100_000).map(|key| key * 200).collect::<Vec<_>>(), Wanted::Existence, &[]).is_some());
        assert!(found(&(0..100_000).map(|key| key * 200).collect::<Vec<_>>(), Wanted::Rows, &[]).is_none());
    }
}
