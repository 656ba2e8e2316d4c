//! Blocks that have lost most of their rows are put together anew, by the statement that took the rows out.
//!
//! What a table keeps for a deleted row (its memory, and the reading of a mask) is paid by every later reader; to copy
//! the rows that are left is paid once. A run of neighbouring blocks is copied when at most half of its rows are left, so
//! that the copying of a row is paid by the deletion of another.

use std::ops::Range;
use std::sync::Arc;

use rowmill_vm::vector::Bits;
use rowmill_vm::{Context, Result, Vector};

use super::block::{BlockList, Place};
use super::{BLOCK_ROWS, Block, MemoryTable, Pending, TableSnapshot};

/// Rows that are copied at once.
const BATCH_ROWS: usize = 2048;

/// Blocks of a table that stand in place of some of its own.
pub(crate) struct Compaction {
    epoch: u64,
    /// The blocks as they were before.
    before: Arc<BlockList>,
    /// Runs of their positions, and the blocks that take their places.
    runs: Vec<(Range<usize>, Vec<Arc<Block>>)>,
}

impl MemoryTable {
    /// Its rows, if it is worth while to copy some of them.
    pub(crate) fn sparse(&self) -> Option<TableSnapshot> {
        (!sparse_runs(&self.blocks).is_empty()).then(|| self.snapshot())
    }

    /// Puts blocks that are copied in the place of those that they are copies of, unless these have lost rows meanwhile.
    pub(crate) fn put_compacted(&mut self, compaction: Compaction) {
        if compaction.epoch != self.epoch {
            return;
        }
        let behind = self.blocks.places()[compaction.before.count()..].iter();
        let mut list = BlockList::default();
        let keep = |place: &Place| (Arc::clone(&place.block), place.mask.clone());
        let mut next = 0;
        for (run, blocks) in compaction.runs {
            list = list.with(compaction.before.places()[next..run.start].iter().map(keep));
            list = list.with(blocks.into_iter().map(|block| (block, None)));
            next = run.end;
        }
        list = list.with(compaction.before.places()[next..].iter().map(keep));
        self.blocks = Arc::new(list.with(behind.map(keep)));
        self.renumbered();
    }
}

/// Copies what is left of blocks that have lost most of their rows. Nobody waits for it: the table goes on meanwhile.
pub(crate) fn compact(snapshot: &TableSnapshot, context: &Context) -> Result<Compaction> {
    let before = Arc::clone(&snapshot.blocks);
    let shapes: Vec<_> = (0..snapshot.columns.len()).map(|column| before.text_shape(column)).collect();
    let mut runs = Vec::new();
    for run in sparse_runs(&before) {
        let mut copy = Pending::new(Arc::clone(&snapshot.definition), &shapes, &context.memory);
        for place in &before.places()[run.clone()] {
            copy_rows(place, &mut copy, context)?;
        }
        runs.push((run, copy.into_blocks()?));
    }
    Ok(Compaction { epoch: snapshot.epoch, before, runs })
}

fn copy_rows(place: &Place, copy: &mut Pending, context: &Context) -> Result<()> {
    let columns = &place.block.columns;
    let empty = || columns.iter().map(|column| Vector::empty(column.copied().0)).collect::<Vec<_>>();
    let (mut read, mut kept) = (empty(), empty());
    let mut numbers: Vec<u32> = Vec::with_capacity(BATCH_ROWS);
    let mut bits = Bits::default();
    for start in (0..place.block.rows).step_by(BATCH_ROWS) {
        context.poll()?;
        let rows = start..place.block.rows.min(start + BATCH_ROWS);
        numbers.clear();
        match &place.mask {
            Some(mask) => {
                mask.read(&mut bits, rows.clone());
                numbers.extend((0..rows.len() as u32).filter(|row| bits.get(*row as usize)));
            }
            None => numbers.extend(0..rows.len() as u32),
        }
        if numbers.is_empty() {
            continue;
        }
        for ((column, read), kept) in columns.iter().zip(&mut read).zip(&mut kept) {
            column.read(read, rows.clone(), column.copied().0);
            kept.gather(read, &numbers);
        }
        copy.append_shaped(numbers.len(), |index| (&kept[index], columns[index].copied().1))?;
    }
    Ok(())
}

/// Runs of neighbouring blocks that each have few rows left, and together at most half of what they had.
fn sparse_runs(blocks: &BlockList) -> Vec<Range<usize>> {
    let places = blocks.places();
    let left = |place: &Place| place.block.rows - place.mask.as_ref().map_or(0, |mask| mask.deleted());
    let mut runs = Vec::new();
    let mut start = 0;
    while start < places.len() {
        let few = |place: &&Place| left(place) <= BLOCK_ROWS / 2;
        let length = places[start..].iter().take_while(few).count();
        let run = &places[start..start + length];
        let (rows, kept) = run.iter().fold((0, 0), |(rows, kept), place| (rows + place.block.rows, kept + left(place)));
        if length > 0 && kept * 2 <= rows {
            runs.push(start..start + length);
        }
        start += length.max(1);
    }
    runs
}
