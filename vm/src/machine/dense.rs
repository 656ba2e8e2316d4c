//! Rows of a join's build side by an integer key of a bounded range: an array in place of a hash table.
//!
//! A look-up is a subtraction and a load, and keys of a probe side that is clustered by key find theirs side by side
//! in memory. Keys are not compared, nor is their hash computed. Where keys are sparse, a bit for each says whether it
//! is there, and the number of bits before it where: two bits a key in all.

use std::sync::Arc;

use super::build_keys::BuildKeys;
use super::dense_build::DenseKeys;
use super::keys::{KeyBatch, KeyState};
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::vector::{Values, Vector};

/// An array may have so many entries for each row: 16 bytes.
const ENTRIES_A_ROW_MAX: u64 = 4;
/// With ranks there may be so many keys for each row: 32 bytes, about what a hash table takes.
const RANKED_A_ROW_MAX: u64 = 128;
/// An array of bits may have so many for each row.
const BITS_A_ROW_MAX: u64 = 256;
/// So many entries are never too many.
const ENTRIES_MIN: u64 = 1 << 14;

/// Calls a function with the first `rows` values of a column of integers.
macro_rules! each_key {
    ($column:expr, $rows:expr, $keys:ident => $call:expr) => {
        match &$column.values {
            Values::I8(values) => {
                let $keys = values[..$rows].iter().map(|value| i64::from(*value));
                $call
            }
            Values::I16(values) => {
                let $keys = values[..$rows].iter().map(|value| i64::from(*value));
                $call
            }
            Values::I32(values) => {
                let $keys = values[..$rows].iter().map(|value| i64::from(*value));
                $call
            }
            Values::I64(values) => {
                let $keys = values[..$rows].iter().copied();
                $call
            }
            Values::Bits(bits) => {
                let $keys = (0..$rows).map(|row| i64::from(bits.get(row)));
                $call
            }
            other => return Err(Error::internal(format!("an integer key of form {}", other.form().name()))),
        }
    };
}
pub(super) use each_key;

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
pub(super) enum Entries {
    /// For each key, the number of its one row plus 1; 0 for none.
    One(Vec<u32>),
    /// For each key, where its rows begin in `rows`; one more for the end of the last.
    Many { starts: Vec<u32>, rows: Vec<u32> },
    /// For each key, whether there is a row.
    Any(Vec<u64>),
    /// For each key, whether there is a row; the keys that are there are ranked, and for each rank there is a row.
    RankedOne { words: Vec<RankedWord>, rows: Vec<u32> },
    /// As above, with several rows for some: for each rank where its rows begin; one more for the end of the last.
    RankedMany { words: Vec<RankedWord>, starts: Vec<u32>, rows: Vec<u32> },
}

/// 64 keys.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RankedWord {
    /// A bit for each.
    pub(super) bits: u64,
    /// How many keys are there before these.
    pub(super) before: u64,
}

impl RankedWord {
    /// Whether the key at a place is there, 1 or 0, and the number of keys before it that are.
    #[inline(always)]
    pub(super) fn rank(self, slot: usize) -> (u32, u32) {
        let bit = slot % 64;
        let before = (self.bits & ((1 << bit) - 1)).count_ones();
        ((self.bits >> bit) as u32 & 1, self.before as u32 + before)
    }
}

impl DenseIndex {
    /// The index of rows with these keys, of which the smallest and the largest are given, if their range is small
    /// enough. Its memory is added to `reservation`.
    pub(super) fn build(
        keys: &Arc<BuildKeys>,
        (min, max): (i64, i64),
        wanted: Wanted,
        reservation: &mut Reservation,
        context: &Context,
    ) -> Result<Option<DenseIndex>> {
        let rows = keys.rows() as u64;
        if rows == 0 {
            return Ok(Some(DenseIndex { min: 0, entries: Entries::One(Vec::new()) }));
        }
        let range = max.abs_diff(min);
        let entries_max = match wanted {
            Wanted::Rows => RANKED_A_ROW_MAX * rows,
            Wanted::Existence => BITS_A_ROW_MAX * rows,
        };
        let sparse = range >= (ENTRIES_A_ROW_MAX * rows).max(ENTRIES_MIN);
        if range >= entries_max.max(ENTRIES_MIN) {
            return Ok(None);
        }
        let range = usize::try_from(range).map_err(|_| Error::internal("a small range"))? + 1;
        let keys = DenseKeys { keys: Arc::clone(keys), min, range };
        let entries = match wanted {
            Wanted::Rows if sparse => keys.ranked(reservation, context)?,
            Wanted::Rows => keys.entries(reservation, context)?,
            Wanted::Existence => Entries::Any(keys.bits(reservation, context)?),
        };
        Ok(Some(DenseIndex { min, entries }))
    }

    /// Finds for each key the entries that are its partners, where some have several: [`DenseIndex::row`] says which
    /// rows those are. NULLs are marked in `keys`.
    pub(super) fn stage(
        &self,
        column: &Vector,
        rows: usize,
        keys: &mut KeyBatch,
        candidates: &mut Vec<(u32, u32)>,
    ) -> Result<()> {
        each_key!(column, rows, values => self.stage_values(values, candidates)?);
        keys.forget();
        if let Some(valid) = column.validity.bits() {
            for row in (0..rows).filter(|row| !valid.get(*row)) {
                keys.mark(rows, row, 0, KeyState::Null);
                candidates[row] = (0, 0);
            }
        }
        Ok(())
    }

    #[inline]
    fn stage_values(&self, keys: impl ExactSizeIterator<Item = i64>, candidates: &mut Vec<(u32, u32)>) -> Result<()> {
        candidates.clear();
        let min = self.min;
        match &self.entries {
            Entries::Many { starts, .. } => candidates.extend(keys.map(|key| {
                let slot = slot(key, min);
                match starts.get(slot.saturating_add(1)) {
                    Some(end) => (starts[slot], *end),
                    None => (0, 0),
                }
            })),
            Entries::RankedMany { words, starts, .. } => candidates.extend(keys.map(|key| {
                let slot = slot(key, min);
                match words.get(slot / 64).copied().unwrap_or_default().rank(slot) {
                    (0, _) => (0, 0),
                    (_, rank) => (starts[rank as usize], starts[rank as usize + 1]),
                }
            })),
            Entries::One(_) | Entries::RankedOne { .. } | Entries::Any(_) => {
                return Err(Error::internal("keys with one partner at most are staged"));
            }
        }
        Ok(())
    }

    /// Pairs each key with its partner, where it has one at most: the numbers of the keys that have one, and its
    /// rows. NULLs are marked in `keys`.
    pub(super) fn pair(
        &self,
        column: &Vector,
        rows: usize,
        keys: &mut KeyBatch,
        (probe_rows, build_rows): (&mut Vec<u32>, &mut Vec<u32>),
    ) -> Result<()> {
        each_key!(column, rows, values => self.pair_values(values, probe_rows, build_rows)?);
        keys.forget();
        if let Some(valid) = column.validity.bits() {
            let mut pairs = 0;
            for pair in 0..probe_rows.len() {
                (probe_rows[pairs], build_rows[pairs]) = (probe_rows[pair], build_rows[pair]);
                pairs += usize::from(valid.get(probe_rows[pair] as usize));
            }
            probe_rows.truncate(pairs);
            build_rows.truncate(pairs);
            for row in (0..rows).filter(|row| !valid.get(*row)) {
                keys.mark(rows, row, 0, KeyState::Null);
            }
        }
        self.entries_to_rows(build_rows);
        Ok(())
    }

    #[inline]
    fn pair_values(
        &self,
        keys: impl ExactSizeIterator<Item = i64>,
        probe_rows: &mut Vec<u32>,
        build_rows: &mut Vec<u32>,
    ) -> Result<()> {
        let min = self.min;
        match &self.entries {
            Entries::One(rows) => pair_each(keys, probe_rows, build_rows, |key| {
                let row = rows.get(slot(key, min)).copied().unwrap_or(0);
                (row != 0, row.wrapping_sub(1))
            }),
            Entries::RankedOne { words, rows }
                if rows.len() / 4 < words.len() && u32::try_from(words.len() * 64).is_ok() =>
            {
                // Few of the keys are there: ranks are counted for those alone.
                pair_each(keys, probe_rows, build_rows, |key| {
                    let slot = slot(key, min);
                    let bits = words.get(slot / 64).map_or(0, |word| word.bits);
                    (bits >> (slot % 64) & 1 == 1, slot as u32)
                });
                let rank = |slot: usize| words[slot / 64].rank(slot).1;
                build_rows.iter_mut().for_each(|slot| *slot = rank(*slot as usize));
            }
            Entries::RankedOne { words, .. } => pair_each(keys, probe_rows, build_rows, |key| {
                let slot = slot(key, min);
                let (found, rank) = words.get(slot / 64).copied().unwrap_or_default().rank(slot);
                (found == 1, rank)
            }),
            Entries::Any(bits) => pair_each(keys, probe_rows, build_rows, |key| {
                let slot = slot(key, min);
                (bits.get(slot / 64).copied().unwrap_or(0) >> (slot % 64) & 1 == 1, 0)
            }),
            Entries::Many { .. } | Entries::RankedMany { .. } => {
                return Err(Error::internal("keys with several partners are paired at once"));
            }
        }
        Ok(())
    }

    /// Whether a key has at most one partner.
    pub(super) fn is_single(&self) -> bool {
        match &self.entries {
            Entries::One(_) | Entries::Any(_) | Entries::RankedOne { .. } => true,
            Entries::Many { .. } | Entries::RankedMany { .. } => false,
        }
    }

    /// As [`DenseIndex::row`] for many.
    pub(super) fn entries_to_rows(&self, entries: &mut [u32]) {
        match &self.entries {
            Entries::One(_) | Entries::Any(_) => {}
            Entries::Many { rows, .. } | Entries::RankedOne { rows, .. } | Entries::RankedMany { rows, .. } => {
                entries.iter_mut().for_each(|entry| *entry = rows[*entry as usize]);
            }
        }
    }

    /// The row of an entry; any where only existence was wanted.
    #[inline]
    pub(super) fn row(&self, entry: u32) -> u32 {
        match &self.entries {
            Entries::One(_) | Entries::Any(_) => entry,
            Entries::Many { rows, .. } | Entries::RankedOne { rows, .. } | Entries::RankedMany { rows, .. } => {
                rows[entry as usize]
            }
        }
    }
}

/// Pairs each key with the partner that `find` says it has, if it says so.
#[inline(always)]
fn pair_each(
    keys: impl ExactSizeIterator<Item = i64>,
    probe_rows: &mut Vec<u32>,
    build_rows: &mut Vec<u32>,
    find: impl Fn(i64) -> (bool, u32),
) {
    let rows = keys.len();
    probe_rows.resize(rows, 0);
    build_rows.resize(rows, 0);
    let (probes, builds) = (&mut probe_rows[..rows], &mut build_rows[..rows]);
    let mut pairs = 0;
    for (row, key) in keys.enumerate() {
        let (found, partner) = find(key);
        // Written in any case, and kept if there is a partner: branches would be guessed wrong.
        probes[pairs] = row as u32;
        builds[pairs] = partner;
        pairs += usize::from(found);
    }
    probe_rows.truncate(pairs);
    build_rows.truncate(pairs);
}

/// A key's place. One below `min` wraps around to a place beyond every array's end.
#[inline(always)]
pub(super) fn slot(key: i64, min: i64) -> usize {
    key.wrapping_sub(min) as usize
}

/// The smallest and the largest key; without keys the smallest is the greater one.
pub(super) fn key_range_of(keys: &BuildKeys, context: &Context) -> Result<(i64, i64)> {
    let mut range = (i64::MAX, i64::MIN);
    for (_, chunk) in keys.chunks() {
        context.poll()?;
        range = chunk.iter().fold(range, |(min, max), key| (min.min(*key as i64), max.max(*key as i64)));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::runs::{Position, Runs};
    use crate::memory::Helpers;

    /// The rows that each probe finds. Of several workers each has a part of the rows; they do not do the work.
    fn found_by(workers: usize, keys: &[i64], wanted: Wanted, probes: &[i64]) -> Option<Vec<Vec<u32>>> {
        let context = Context::unlimited().with_helpers(Arc::new(Absent(workers - 1)));
        let part = |(number, keys): (usize, &[i64])| {
            let mut runs = Runs::default();
            runs.note(Position(number as u64), 0);
            (keys.iter().map(|key| *key as u64).collect(), keys.len(), runs)
        };
        let parts = keys.chunks(keys.len().div_ceil(workers).max(1)).enumerate().map(part);
        let keys = Arc::new(BuildKeys::new(1, parts.collect()));
        let range = key_range_of(&keys, &context).unwrap();
        let index = DenseIndex::build(&keys, range, wanted, &mut context.reservation("test"), &context).unwrap()?;
        let column = Vector::all_valid(Values::I64(probes.to_vec().into()));
        let (mut batch, mut candidates) = (KeyBatch::default(), Vec::new());
        let mut found = vec![Vec::new(); probes.len()];
        if index.is_single() {
            let (mut probe_rows, mut build_rows) = (Vec::new(), Vec::new());
            index.pair(&column, probes.len(), &mut batch, (&mut probe_rows, &mut build_rows)).unwrap();
            probe_rows.iter().zip(build_rows).for_each(|(probe, row)| found[*probe as usize].push(row));
        } else {
            index.stage(&column, probes.len(), &mut batch, &mut candidates).unwrap();
            let rows = |(start, end): (u32, u32)| (start..end).map(|entry| index.row(entry)).collect();
            found = candidates.into_iter().map(rows).collect();
        }
        Some(found)
    }

    /// Helpers that never come.
    #[derive(Debug)]
    struct Absent(usize);

    impl Helpers for Absent {
        fn count(&self) -> usize {
            self.0
        }

        fn start(&self, _: Box<dyn FnOnce() + Send>) {}
    }

    fn found(keys: &[i64], wanted: Wanted, probes: &[i64]) -> Option<Vec<Vec<u32>>> {
        let found = found_by(1, keys, wanted, probes);
        for workers in [2, 3] {
            assert_eq!(found_by(workers, keys, wanted, probes), found, "{workers} workers");
        }
        found
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
        let apart = |distance: i64| (0..100_000).map(|key| key * distance).collect::<Vec<_>>();
        assert!(found(&apart(200), Wanted::Existence, &[]).is_some());
        assert!(found(&apart(200), Wanted::Rows, &[]).is_none());
        assert!(found(&apart(100), Wanted::Rows, &[]).is_some());
    }

    #[test]
    fn sparse_keys_are_ranked() {
        for base in [i64::MIN, -1_000_000, 0, i64::MAX - 99_999 * 50] {
            let mut keys: Vec<i64> = (0..100_000).rev().map(|key| base + key * 50).collect();
            let probes = [base, base + 1, base + 50, base + 99_999 * 50, base + 640, base + 3200, base.wrapping_sub(1)];
            let last = 99_999;
            let one = found(&keys, Wanted::Rows, &probes).unwrap();
            assert_eq!(one, [vec![last], vec![], vec![last - 1], vec![0], vec![], vec![last - 64], vec![]], "{base}");
            keys.extend([base, base + 3200, base]);
            let many = found(&keys, Wanted::Rows, &probes).unwrap();
            let (first, other) = (vec![last, last + 1, last + 3], vec![last - 64, last + 2]);
            assert_eq!(many, [first, vec![], vec![last - 1], vec![0], vec![], other, vec![]], "{base}");
        }
    }
}
