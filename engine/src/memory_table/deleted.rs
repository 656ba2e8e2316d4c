//! Rows that are deleted. A place (a block, or the tail) stays as it is; beside it stands a mask of the rows that are
//! still there, and readers pass over the others.

use std::ops::Range;
use std::sync::Arc;

use rowmill_vm::vector::Bits;
use rowmill_vm::{Error, MemoryAccount, Reservation, Result};

use super::block::BlockList;

/// Which rows of a place are kept. It speaks of the place's first rows; those behind them, which came later, are kept.
#[derive(Debug)]
pub(crate) struct Mask {
    kept: Bits,
    deleted: usize,
    _memory: Reservation,
}

impl Mask {
    /// The mask of a place that loses the rows whose bit is 1 in `deleted`, beside those that `before` lacks.
    fn new(before: Option<&Mask>, deleted: &Bits, account: &Arc<MemoryAccount>) -> Result<Mask> {
        let rows = deleted.len().max(before.map_or(0, |mask| mask.kept.len()));
        let mut memory = Reservation::new(account, "table");
        memory.grow(rows.div_ceil(64) * 8)?;
        let word = |bits: &Bits, index: usize| if index * 64 < bits.len() { bits.word(index) } else { 0 };
        let lost = |index: usize| {
            let earlier = before.map_or(0, |mask| match index * 64 {
                start if start >= mask.kept.len() => 0,
                start => !mask.kept.word(index) & low_bits(mask.kept.len() - start),
            });
            earlier | word(deleted, index)
        };
        let mut kept = Bits::default();
        kept.refill_words(rows, |index| !lost(index) & low_bits(rows - index * 64));
        let deleted = rows - kept.count_ones();
        Ok(Mask { kept: kept.into_shared(), deleted, _memory: memory })
    }

    /// How many rows are deleted.
    pub(super) fn deleted(&self) -> usize {
        self.deleted
    }

    /// Makes `out` a bit for each of some rows of the place: whether it is kept.
    pub(super) fn read(&self, out: &mut Bits, rows: Range<usize>) {
        if rows.end <= self.kept.len() {
            *out = self.kept.slice(rows.start, rows.len());
        } else {
            let kept = &self.kept;
            out.refill_from(rows.len(), |row| rows.start + row >= kept.len() || kept.get(rows.start + row));
        }
    }
}

/// A word of which the lowest `count` bits are 1, all if there are more.
fn low_bits(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// The rows that a running statement takes out of a table, by the numbers that they have in a snapshot.
#[derive(Debug)]
pub(super) struct Doomed {
    blocks: Arc<BlockList>,
    tail_rows: usize,
    /// For each block, and at the end for the tail, the rows that are taken out.
    places: Vec<Option<Bits>>,
    memory: Reservation,
    /// The place of the row before, its first row and its rows: most often the next one is there too.
    last: (usize, u64, usize),
}

impl Doomed {
    /// No rows of a table of these blocks and so many rows behind them.
    pub(super) fn new(blocks: &Arc<BlockList>, tail_rows: usize, account: &Arc<MemoryAccount>) -> Doomed {
        let places = (0..=blocks.count()).map(|_| None).collect();
        let memory = Reservation::new(account, "deleted rows");
        Doomed { blocks: Arc::clone(blocks), tail_rows, places, memory, last: (0, 0, 0) }
    }

    /// Adds a row; says whether it is new here.
    #[inline]
    pub(super) fn insert(&mut self, number: i64) -> Result<bool> {
        let beyond = || Error::internal(format!("row {number} lies beyond its table"));
        let number = u64::try_from(number).map_err(|_| beyond())?;
        let (mut place, mut first, mut rows) = self.last;
        if number < first || number - first >= rows as u64 {
            (place, first, rows) = match self.blocks.place_of(number) {
                Some(found) => found,
                None => (self.blocks.count(), self.blocks.rows(), self.tail_rows),
            };
            self.last = (place, first, rows);
        }
        let row = usize::try_from(number - first).ok().filter(|row| *row < rows).ok_or_else(beyond)?;
        if self.places[place].is_none() {
            self.memory.grow(rows.div_ceil(64) * 8)?;
            self.places[place] = Some(Bits::filled(false, rows));
        }
        let Some(bits) = &mut self.places[place] else { return Err(beyond()) };
        let is_new = !bits.get(row);
        bits.set(row, true);
        Ok(is_new)
    }

    /// The new masks of the places that lose rows, each with its place's position; `tail` is the tail's mask so far.
    pub(super) fn masks(&self, tail: Option<&Mask>, account: &Arc<MemoryAccount>) -> Result<Vec<(usize, Arc<Mask>)>> {
        let mut masks = Vec::new();
        for (place, deleted) in self.places.iter().enumerate() {
            let Some(deleted) = deleted else { continue };
            let before = if place == self.blocks.count() { tail } else { self.blocks.mask(place) };
            masks.push((place, Arc::new(Mask::new(before, deleted, account)?)));
        }
        Ok(masks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_follow_one_another() {
        let account = MemoryAccount::new(1 << 20);
        let mut deleted = Bits::filled(false, 100);
        [0, 63, 64, 99].iter().for_each(|row| deleted.set(*row, true));
        let first = Mask::new(None, &deleted, &account).unwrap();
        assert_eq!(first.deleted(), 4);
        // The place has grown meanwhile.
        let mut deleted = Bits::filled(false, 200);
        [1, 63, 150].iter().for_each(|row| deleted.set(*row, true));
        let second = Mask::new(Some(&first), &deleted, &account).unwrap();
        assert_eq!(second.deleted(), 6);
        let mut bits = Bits::default();
        for (start, end) in [(0, 200), (60, 70), (98, 152), (190, 260)] {
            second.read(&mut bits, start..end);
            for row in start..end {
                assert_eq!(bits.get(row - start), ![0, 1, 63, 64, 99, 150].contains(&row), "{row}");
            }
        }
        let short = Mask::new(Some(&second), &Bits::filled(true, 3), &account).unwrap();
        assert_eq!(short.deleted(), 7, "row 2 is new");
        drop((first, second, short));
        assert_eq!(account.used_bytes(), 0);
    }
}
