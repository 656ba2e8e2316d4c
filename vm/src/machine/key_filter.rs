//! Filters of keys, made of a sealed build side: kernels drop rows of a probe side by them before joins are probed with
//! what is left.
//!
//! A filter that drops few rows costs more than it spares, so each worker tries what its filters drop on some rows, and
//! lets those rest that drop too few.

use std::sync::Arc;

use super::Shared;
use super::build_keys::BuildKeys;
use super::dense::each_key;
use super::join::sealed;
use super::worker::Worker;
use crate::error::{Error, Result};
use crate::jit::TieredState;
use crate::kernel::tables::KeyFilter;
use crate::memory::Context;
use crate::program::{KernelId, List, VerifiedProgram};
use crate::semantics::KeySet;
use crate::vector::{Values, Vector};

/// An array of bits may be of a word for each row; so many words are never too many.
const WORDS_MIN: usize = 1 << 12;
/// Rows in whose light it is decided whether a filter rests, ...
const SAMPLE_ROWS: usize = 1 << 10;
/// ... and how many of them one batch gives.
const SAMPLE_BATCH_ROWS: usize = 1 << 7;
/// Batches for which that holds.
const DECIDED_BATCHES: u32 = 256;

/// Filters by the number of the key column that they are of.
pub(super) type Filters = Vec<(usize, Arc<KeyFilter>)>;

/// What a worker knows of how much a filter drops.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Worth {
    tested: usize,
    passed: usize,
    /// Whether it lets all rows pass unlooked at.
    rests: bool,
    /// Batches before it is tried again.
    decided: u32,
}

impl Worth {
    /// Whether the next batch's rows are to be tried.
    fn is_tried(&mut self) -> bool {
        let tried = self.decided == 0;
        self.decided = self.decided.saturating_sub(1);
        tried
    }

    /// The filter would let `passed` of `tested` rows pass. It rests if it drops less than a quarter.
    fn note(&mut self, tested: usize, passed: usize) {
        self.tested += tested;
        self.passed += passed;
        if self.tested >= SAMPLE_ROWS {
            let rests = self.passed > self.tested - self.tested / 4;
            *self = Worth { tested: 0, passed: 0, rests, decided: DECIDED_BATCHES };
        }
    }
}

/// The filter of word `word` of each row's key, an integer that equals no NULL.
pub(super) fn build(word: usize, keys: &BuildKeys, context: &Context) -> Result<KeyFilter> {
    let mut memory = context.reservation("hash join");
    let each = |visit: &mut dyn FnMut(i64)| {
        keys.chunks().try_for_each(|(_, chunk)| {
            chunk.chunks_exact(keys.width()).for_each(|key| visit(key[word] as i64));
            context.poll()
        })
    };
    let (mut min, mut max) = (i64::MAX, i64::MIN);
    each(&mut |key| (min, max) = (min.min(key), max.max(key)))?;
    let words = KeySet::bits_words(min, max);
    let mut set = if words <= keys.rows().max(WORDS_MIN) {
        memory.grow(8 * words)?;
        KeySet::bits(min, max)
    } else {
        memory.grow(8 * KeySet::bloom_words(keys.rows()))?;
        KeySet::bloom(keys.rows())
    };
    each(&mut |key| set.insert(key))?;
    Ok(KeyFilter { keys: set, _memory: memory })
}

/// How many of the first rows of a column may be keys. NULL is none.
fn passing(keys: &KeySet, column: &Vector, rows: usize) -> Result<usize> {
    let valid = |row: usize| column.validity.is_valid(row);
    Ok(each_key!(column, rows, values => {
        values.enumerate().filter(|(row, key)| keys.might_contain(*key) && valid(*row)).count()
    }))
}

impl Worker {
    /// Gives a kernel, and the shorter one that runs in its place, the keys that it is to drop rows by, those of filters
    /// that are worth it.
    pub(super) fn set_keys(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        (kernel, inputs, rows): (KernelId, List, usize),
        mut shorter: Option<&mut TieredState>,
    ) -> Result<()> {
        for (number, used) in verified.keys_of(kernel).iter().enumerate() {
            let filter = sealed(shared, used.hash)?.filter(used.part)?;
            let worth = &mut self.key_worths[kernel.index()][number];
            if let Some(input) = used.input
                && worth.is_tried()
            {
                let rows = rows.min(SAMPLE_BATCH_ROWS);
                let register = verified.program().lists[inputs.index()][input];
                worth.note(rows, passing(&filter.keys, &self.registers[register.index()], rows)?);
            }
            let filter = Some(filter).filter(|_| !worth.rests);
            let (whole, _) = verified.tiered_kernel(kernel);
            self.kernels[kernel.index()].set_keys(whole, used.table, filter);
            if let Some(shorter) = &mut shorter {
                shorter.set_keys(whole, used.table, filter);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::runs::Runs;
    use crate::vector::{Bits, Validity};

    /// How many of the rows of `probes` pass a filter of the second of two key words, and whether it has a bit for each.
    fn passed(keys: &[i64], probes: Vec<i64>, valid: impl Fn(usize) -> bool) -> (bool, usize) {
        let context = Context::unlimited();
        let words: Vec<u64> = keys.iter().flat_map(|key| [7, *key as u64]).collect();
        let keys = BuildKeys::new(2, vec![(words, keys.len(), Runs::default())]);
        let filter = build(1, &keys, &context).expect("no limits");
        assert!(filter._memory.bytes() > 0);
        let mut column = Vector::all_valid(Values::I64(probes.into()));
        let mut bits = Bits::filled(true, column.len());
        (0..column.len()).filter(|row| !valid(*row)).for_each(|row| bits.set(row, false));
        column.validity = Validity::from_bits(bits);
        let passed = passing(&filter.keys, &column, column.len()).expect("integers");
        (matches!(filter.keys, KeySet::Bits { .. }), passed)
    }

    #[test]
    fn keys_pass_and_nulls_do_not() {
        let probes = vec![i64::MIN, -5, 3, 4, 70_000, i64::MAX, 3];
        assert_eq!(passed(&[3, -5, 3], probes.clone(), |row| row != 6), (true, 2));
        assert_eq!(passed(&[], probes.clone(), |_| true), (true, 0));
        assert_eq!(passed(&[i64::MAX], probes.clone(), |_| true), (true, 1));
        assert_eq!(passed(&[i64::MIN, i64::MAX, 4], probes, |_| true), (false, 3));
    }

    #[test]
    fn a_filter_that_drops_little_rests() {
        let mut worth = Worth::default();
        assert!(worth.is_tried());
        worth.note(SAMPLE_ROWS, SAMPLE_ROWS / 4 * 3);
        assert!(!worth.rests, "a quarter is enough");
        assert!((0..DECIDED_BATCHES).all(|_| !worth.is_tried()));
        assert!(worth.is_tried());
        worth.note(SAMPLE_ROWS, SAMPLE_ROWS / 4 * 3 + 1);
        assert!(worth.rests);
    }
}
