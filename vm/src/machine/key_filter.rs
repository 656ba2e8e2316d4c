//! Filters of keys, made of a sealed build side: they drop rows of a probe side before other joins are probed with
//! them.
//!
//! Where the keys of a column lie in a small range there is a bit for each: the filter is exact. Elsewhere it is a
//! Bloom filter whose bits for a key are all in one word (Putze, Sanders & Singler 2007), 16 bits a key: of other
//! keys it lets some 3 in 100 pass. A filter that drops few rows costs more than it spares, so each worker counts
//! what its filters drop, and lets them rest.

use super::build_keys::BuildKeys;
use super::dense::each_key;
use super::keys::hash_key;
use super::worker::Worker;
use super::{Shared, join::sealed};
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{HashId, Position, Program, Register, Space};
use crate::vector::{Values, Vector};

/// An array of bits may have so many for each row, ...
const BITS_A_ROW_MAX: u64 = 64;
/// ... and so many are never too many.
const BITS_MIN: u64 = 1 << 16;
/// Rows in whose light it is decided whether a filter rests.
const SAMPLE_ROWS: usize = 1 << 14;
/// Batches for which it does.
const REST_BATCHES: u32 = 256;

/// Which keys a build side has.
#[derive(Debug)]
enum Keys {
    /// A bit for each key from `min` on.
    Bits { min: i64, words: Vec<u64> },
    /// Bits of keys' hashes, whose highest bits choose the word.
    Bloom { words: Vec<u64>, shift: u32 },
}

/// A filter of one column of a key, an integer that equals no NULL.
#[derive(Debug)]
pub(super) struct KeyFilter {
    part: usize,
    keys: Keys,
    _reservation: Reservation,
}

/// What a worker knows of how much a filter drops.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worth {
    tested: usize,
    passed: usize,
    /// Batches that are still let pass unlooked at.
    rest: u32,
}

impl Worth {
    /// Whether the filter is to be asked for the next batch.
    fn asks(&mut self) -> bool {
        let rests = self.rest > 0;
        self.rest = self.rest.saturating_sub(1);
        !rests
    }

    /// The filter has let `passed` of `tested` rows pass. It rests if it drops less than a quarter.
    fn note(&mut self, tested: usize, passed: usize) {
        self.tested += tested;
        self.passed += passed;
        if self.tested >= SAMPLE_ROWS {
            let rests = self.passed > self.tested - self.tested / 4;
            *self = Worth { tested: 0, passed: 0, rest: if rests { REST_BATCHES } else { 0 } };
        }
    }
}

/// The bits of a hash in its word: four, of its low bits.
#[inline(always)]
fn bits_of(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63) | 1 << (hash >> 18 & 63)
}

impl KeyFilter {
    /// The filter of key column number `part`, which is word `word` of each row's key.
    pub(super) fn build((part, word): (usize, usize), keys: &BuildKeys, context: &Context) -> Result<KeyFilter> {
        let mut reservation = context.reservation("hash join");
        let each = |visit: &mut dyn FnMut(u64)| {
            keys.chunks().try_for_each(|(_, chunk)| {
                chunk.chunks_exact(keys.width()).for_each(|key| visit(key[word]));
                context.poll()
            })
        };
        let (mut min, mut max) = (i64::MAX, i64::MIN);
        each(&mut |key| (min, max) = (min.min(key as i64), max.max(key as i64)))?;
        let rows = keys.rows() as u64;
        let range = if rows == 0 { 0 } else { max.abs_diff(min) };
        if range < (BITS_A_ROW_MAX * rows).max(BITS_MIN) {
            let length = (range / 64) as usize + 1;
            reservation.grow(length * 8)?;
            let mut words = vec![0u64; length];
            each(&mut |key| {
                let slot = (key as i64).wrapping_sub(min) as usize;
                words[slot / 64] |= 1 << (slot % 64);
            })?;
            return Ok(KeyFilter { part, keys: Keys::Bits { min, words }, _reservation: reservation });
        }
        let length = keys.rows().div_ceil(4).next_power_of_two().max(2);
        reservation.grow(length * 8)?;
        let (mut words, shift) = (vec![0u64; length], 64 - length.trailing_zeros());
        each(&mut |key| {
            let hash = hash_key(&[key]);
            words[(hash >> shift) as usize] |= bits_of(hash);
        })?;
        Ok(KeyFilter { part, keys: Keys::Bloom { words, shift }, _reservation: reservation })
    }

    /// Which key column it is of.
    pub(super) fn part(&self) -> usize {
        self.part
    }

    /// Makes `passed` the rows of `column` whose value may be a key. NULL is none.
    fn pass(&self, column: &Vector, rows: usize, passed: &mut Vec<u32>) -> Result<()> {
        each_key!(column, rows, values => self.pass_values(values, passed));
        if let Some(valid) = column.validity.bits() {
            passed.retain(|row| valid.get(*row as usize));
        }
        Ok(())
    }

    #[inline]
    fn pass_values(&self, values: impl ExactSizeIterator<Item = i64>, passed: &mut Vec<u32>) {
        match &self.keys {
            Keys::Bits { min, words } => pass_if(values, passed, |key| {
                // A key below `min` wraps around to a place beyond the end.
                let slot = key.wrapping_sub(*min) as usize;
                words.get(slot / 64).copied().unwrap_or(0) >> (slot % 64) & 1 == 1
            }),
            Keys::Bloom { words, shift } => pass_if(values, passed, |key| {
                let hash = hash_key(&[key as u64]);
                let bits = bits_of(hash);
                words[(hash >> shift) as usize] & bits == bits
            }),
        }
    }
}

/// Makes `passed` the numbers of the keys that pass a test.
#[inline(always)]
fn pass_if(keys: impl ExactSizeIterator<Item = i64>, passed: &mut Vec<u32>, test: impl Fn(i64) -> bool) {
    passed.clear();
    passed.resize(keys.len(), 0);
    let mut count = 0;
    for (row, key) in keys.enumerate() {
        // Written in any case, and kept if it passes: branches would be guessed wrong.
        passed[count] = row as u32;
        count += usize::from(test(key));
    }
    passed.truncate(count);
}

impl Worker {
    pub(super) fn hash_filter(
        &mut self,
        program: &Program,
        shared: &Shared,
        (hash, space, passed, key, part): (HashId, Space, Space, Register, Position),
    ) -> Result<()> {
        let rows = self.rows(space);
        debug_assert_eq!(program.registers[key.index()].space, space);
        let (number, filter) = sealed(shared, hash)?.filter(part.index())?;
        let worth = &mut self.probes[hash.index()].worths;
        if worth.len() <= number {
            worth.resize(number + 1, Worth::default());
        }
        if !worth[number].asks() {
            self.set_whole(passed, rows);
            return Ok(());
        }
        let target = &mut self.spaces[passed.index()];
        filter.pass(&self.registers[key.index()], rows, &mut target.selection)?;
        (target.rows, target.whole) = (target.selection.len(), false);
        worth[number].note(rows, target.rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::runs::Runs;
    use crate::vector::Validity;

    /// The rows of `probes` that pass a filter of the second of two key words.
    fn passed(keys: &[i64], probes: Vec<i64>, valid: impl Fn(usize) -> bool) -> (bool, Vec<u32>) {
        let context = Context::unlimited();
        let words: Vec<u64> = keys.iter().flat_map(|key| [7, *key as u64]).collect();
        let keys = BuildKeys::new(2, vec![(words, keys.len(), Runs::default())]);
        let filter = KeyFilter::build((0, 1), &keys, &context).expect("no limits");
        assert!(filter._reservation.bytes() > 0);
        let mut column = Vector::all_valid(Values::I64(probes.into()));
        let mut bits = crate::vector::Bits::filled(true, column.len());
        (0..column.len()).filter(|row| !valid(*row)).for_each(|row| bits.set(row, false));
        column.validity = Validity::from_bits(bits);
        let mut passed = Vec::new();
        filter.pass(&column, column.len(), &mut passed).expect("integers");
        (matches!(filter.keys, Keys::Bits { .. }), passed)
    }

    #[test]
    fn keys_pass_and_nulls_do_not() {
        let probes = vec![i64::MIN, -5, 3, 4, 70_000, i64::MAX, 3];
        assert_eq!(passed(&[3, -5, 3], probes.clone(), |row| row != 6), (true, vec![1, 2]));
        assert_eq!(passed(&[], probes.clone(), |_| true), (true, vec![]));
        assert_eq!(passed(&[i64::MAX], probes.clone(), |_| true), (true, vec![5]));
        assert_eq!(passed(&[i64::MIN, i64::MAX, 4], probes, |_| true), (false, vec![0, 3, 5]));
    }

    #[test]
    fn few_strangers_pass_a_bloom_filter() {
        let keys: Vec<i64> = (0..10_000).map(|i| i * 1_000_003).collect();
        let (exact, own) = passed(&keys, keys.clone(), |_| true);
        assert!(!exact && own.len() == keys.len());
        let strangers = passed(&keys, keys.iter().map(|key| key + 1).collect(), |_| true).1.len();
        assert!(strangers < 500, "{strangers} of 10,000 strangers pass");
    }

    #[test]
    fn a_filter_that_drops_little_rests() {
        let mut worth = Worth::default();
        assert!(worth.asks());
        worth.note(SAMPLE_ROWS, SAMPLE_ROWS / 4 * 3);
        assert!(worth.asks(), "a quarter is enough");
        worth.note(SAMPLE_ROWS, SAMPLE_ROWS / 4 * 3 + 1);
        assert!((0..REST_BATCHES).all(|_| !worth.asks()));
        assert!(worth.asks());
    }
}
