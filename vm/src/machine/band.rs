//! Joins by ranges: `a.x BETWEEN b.low AND b.high`, without equal keys.
//!
//! The build side's rows are sorted by one value. The rows that a range of values wants then stand together, and are
//! found by binary search in place of looking at all of them.

use super::build_keys::BuildKeys;
use super::dense::each_key;
use super::keys::KeyBatch;
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{Band, BandEnd};
use crate::vector::{Values, Vector};

/// Bits that a pass of sorting looks at.
const DIGIT_BITS: u32 = 8;
/// Memory that a row takes while it is sorted: its value and its number, twice.
const ROW_BYTES: usize = 2 * size_of::<(u64, u32)>();

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
        let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(count);
        for (first, words) in keys.in_order() {
            context.poll()?;
            pairs.extend(words.iter().zip(first..).map(|(word, row)| (word ^ SIGN, row)));
        }
        sort(&mut pairs, context)?;
        let values = pairs.iter().map(|(word, _)| (word ^ SIGN).cast_signed()).collect();
        Ok(BandIndex { band, values, rows: pairs.into_iter().map(|(_, row)| row).collect() })
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

/// Turns signed order into unsigned order.
const SIGN: u64 = 1 << 63;

/// Sorts by value, equal ones staying in order: a digit a pass, from the lowest, leaving out those in which all agree.
fn sort(pairs: &mut Vec<(u64, u32)>, context: &Context) -> Result<()> {
    let differing = pairs.iter().fold(0, |bits, (word, _)| bits | (word ^ pairs[0].0));
    let mut sorted: Vec<(u64, u32)> = vec![(0, 0); pairs.len()];
    for shift in (0..u64::BITS).step_by(DIGIT_BITS as usize) {
        context.poll()?;
        let digit = |word: u64| (word >> shift) as usize & ((1 << DIGIT_BITS) - 1);
        if digit(differing) == 0 {
            continue;
        }
        let mut places = [0usize; 1 << DIGIT_BITS];
        pairs.iter().for_each(|(word, _)| places[digit(*word)] += 1);
        let mut start = 0;
        for place in &mut places {
            start += std::mem::replace(place, start);
        }
        for pair in &*pairs {
            let place = &mut places[digit(pair.0)];
            sorted[*place] = *pair;
            *place += 1;
        }
        std::mem::swap(pairs, &mut sorted);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::sort;
    use crate::memory::Context;

    #[test]
    fn sorts_by_all_digits_and_keeps_the_order_of_equal_values() {
        let mut pairs: Vec<(u64, u32)> = (0..1000).map(|row| (u64::from(row * 7919 % 50) << (row % 50), row)).collect();
        let mut expected = pairs.clone();
        expected.sort_by_key(|(value, _)| *value);
        sort(&mut pairs, &Context::unlimited()).expect("nothing stops it");
        assert_eq!(pairs, expected);
        sort(&mut Vec::new(), &Context::unlimited()).expect("nothing stops it");
    }
}
