//! Joins by ranges: `a.x BETWEEN b.low AND b.high`, without equal keys.
//!
//! The build side's rows are sorted by one value. The rows that a range of values wants then stand together, and are
//! found by binary search in place of looking at all of them.

use super::build_keys::BuildKeys;
use super::dense::each_key;
use super::keys::KeyBatch;
use super::sort_keys::{Coded, order_codes, signed, unsigned};
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{Band, BandEnd};
use crate::vector::{Values, Vector};

/// Memory that a row takes while it is sorted: its value and its number, twice, and its place.
const ROW_BYTES: usize = 2 * size_of::<Coded>() + size_of::<u32>();

/// Rows of a build side by one value.
pub(super) struct BandIndex {
    band: Band,
    /// The values, in order.
    values: Vec<i64>,
    /// The row of each; rows of the same value in the order of the source.
    rows: Vec<u32>,
}

impl BandIndex {
    /// Sorts the rows by their keys of one word, a signed integer.
    pub(super) fn build(
        keys: &BuildKeys,
        band: Band,
        reservation: &mut Reservation,
        context: &Context,
    ) -> Result<BandIndex> {
        let count = keys.rows();
        let mut sorting = context.reservation("hash join");
        sorting.grow(count * ROW_BYTES)?;
        reservation.grow(count * (size_of::<i64>() + size_of::<u32>()))?;
        let order = keys.order();
        let mut coded: Vec<Coded> = Vec::with_capacity(count);
        for (_, words) in keys.in_order() {
            context.poll()?;
            coded.extend(
                words.iter().zip(coded.len() as u32..).map(|(word, row)| Coded { code: signed(*word as i64), row }),
            );
        }
        order_codes(&mut coded, &mut vec![Coded::default(); count], context)?;
        let values = coded.iter().map(|coded| unsigned(coded.code)).collect();
        Ok(BandIndex { band, values, rows: coded.iter().map(|coded| order[coded.row as usize]).collect() })
    }

    /// The row behind an entry.
    #[inline]
    pub(super) fn row(&self, entry: u32) -> u32 {
        self.rows[entry as usize]
    }

    /// Finds for each row of a batch the entries in its range: the columns are the range's lower end, if it has one, and
    /// its upper end.
    pub(super) fn stage<'a>(
        &self,
        mut columns: impl Iterator<Item = &'a Vector>,
        rows: usize,
        keys: &mut KeyBatch,
        candidates: &mut Vec<(u32, u32)>,
    ) -> Result<()> {
        keys.forget();
        candidates.clear();
        candidates.resize(rows, (0, self.rows.len() as u32));
        let missing = || Error::internal("a range without its end");
        for (end, is_low) in [(self.band.low, true), (self.band.high, false)] {
            if end == BandEnd::Open {
                continue;
            }
            let column = columns.next().ok_or_else(missing)?;
            // Before the first wanted one stand those that are less, and equal ones too if the end is exclusive; before
            // the end of the wanted ones it is the other way round.
            let with_equal = (end == BandEnd::Exclusive) == is_low;
            each_key!(column, rows, values => for (row, value) in values.enumerate() {
                let place = self.place(value, with_equal);
                let (first, end) = &mut candidates[row];
                // Nothing is less or greater than NULL: then neither end gives a row, whatever the other one is.
                match (is_low, column.validity.is_valid(row)) {
                    (true, true) => *first = place,
                    (true, false) => *first = u32::MAX,
                    (false, true) => *end = place,
                    (false, false) => *end = 0,
                }
            });
        }
        // A NULL at one end, or ends the wrong way round: nothing.
        candidates.iter_mut().filter(|(first, end)| first >= end).for_each(|empty| *empty = (0, 0));
        Ok(())
    }

    /// How many values are less than `value`, or equal to it if those count.
    fn place(&self, value: i64, with_equal: bool) -> u32 {
        self.values.partition_point(|known| *known < value || with_equal && *known == value) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::BandIndex;
    use crate::machine::build_keys::BuildKeys;
    use crate::machine::runs::{Position, Runs};
    use crate::memory::Context;
    use crate::program::{Band, BandEnd};

    #[test]
    fn sorts_by_all_digits_and_keeps_the_order_of_equal_values() {
        let context = Context::unlimited();
        let build = |values: &[i64]| {
            let words = values.iter().map(|value| *value as u64).collect();
            let mut runs = Runs::default();
            runs.note(Position::new(0, 0), 0);
            let keys = BuildKeys::new(1, vec![(words, values.len(), runs)]);
            let band = Band { low: BandEnd::Inclusive, high: BandEnd::Open };
            BandIndex::build(&keys, band, &mut context.reservation("hash join"), &context).expect("nothing stops it")
        };
        for count in [1000, 200_000] {
            let values: Vec<i64> = (0..count).map(|row| (row * 7919 % 50 - 25) << (row % 50)).collect();
            let mut expected: Vec<(i64, u32)> = values.iter().copied().zip(0..).collect();
            expected.sort_by_key(|(value, _)| *value);
            let index = build(&values);
            let found: Vec<(i64, u32)> = index.values.iter().copied().zip(index.rows).collect();
            assert!(found == expected, "{count} rows");
        }
        assert!(build(&[]).rows.is_empty());
    }
}
