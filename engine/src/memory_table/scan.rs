//! Reading a memory table: morsels by an atomic counter, batches by sharing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rowmill_vm::table::{BlockCounts, ColumnRange, ColumnStatistics, Morsel, MorselReader, Scan, Table, TableColumn};
use rowmill_vm::{Context, Error, Result, Vector};

use super::statistics::{column_statistics, merge_statistics};
use super::{Block, BlockList, Definition, Tail};

/// Rows that a worker takes at once.
pub(super) const MORSEL_ROWS: usize = 16 * 1024;

/// The rows of a table at one moment.
#[derive(Clone, Debug)]
pub(crate) struct TableSnapshot {
    pub(super) definition: Arc<Definition>,
    pub(super) columns: Arc<[TableColumn]>,
    /// For each column that is read as numbers of strings, the strings.
    pub(super) dictionaries: Box<[Option<Arc<Vector>>]>,
    pub(super) blocks: Arc<BlockList>,
    pub(super) tail: Arc<Tail>,
}

impl TableSnapshot {
    fn morsels(&self) -> u64 {
        self.blocks.morsels() + self.tail.rows().div_ceil(MORSEL_ROWS) as u64
    }

    /// Where a morsel lies: its block (`None` for the tail), and the numbers of the place's first row and morsel.
    fn locate(&self, morsel: u64) -> (Option<&Arc<Block>>, usize, u64, u64) {
        match self.blocks.locate(morsel) {
            Some((block, first_row, first_morsel)) => (Some(block), block.rows, first_row, first_morsel),
            None => (None, self.tail.rows(), self.blocks.rows(), self.blocks.morsels()),
        }
    }
}

impl Table for TableSnapshot {
    fn name(&self) -> &str {
        &self.definition.name
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn takes_null(&self, column: usize) -> bool {
        self.definition.columns[column].nullable
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.blocks.rows() + self.tail.rows() as u64)
    }

    fn statistics(&self, column: usize) -> Option<ColumnStatistics> {
        let mut values = Vector::empty(self.columns[column].form);
        let tail = (self.tail.rows() > 0).then(|| {
            self.tail.columns()[column].read(
                &mut values,
                0..self.tail.rows(),
                self.definition.columns[column].form,
                &mut Vec::new(),
            );
            column_statistics(&values)
        });
        let blocks = self.blocks.summary(column).map(|summary| summary.statistics.clone());
        blocks.into_iter().chain(tail).reduce(merge_statistics)
    }

    fn dictionary(&self, column: usize) -> Option<&Arc<Vector>> {
        self.dictionaries[column].as_ref()
    }

    fn scan(&self, columns: &[usize], ranges: &[ColumnRange], context: &Context) -> Result<Arc<dyn Scan>> {
        let scan = MemoryScan {
            snapshot: self.clone(),
            columns: columns.into(),
            ranges: ranges.into(),
            piece_rows: context.morsel_rows().min(MORSEL_ROWS),
            next: AtomicU64::new(0),
            read: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            context: context.clone(),
        };
        Ok(Arc::new(scan))
    }
}

struct MemoryScan {
    snapshot: TableSnapshot,
    columns: Arc<[usize]>,
    ranges: Box<[ColumnRange]>,
    /// Rows that are handed out at once, at most.
    piece_rows: usize,
    next: AtomicU64,
    read: AtomicU64,
    skipped: AtomicU64,
    context: Context,
}

impl MemoryScan {
    /// Morsels are no smaller than this, so that what is known of places stays small; a scan in small batches hands
    /// them out in pieces.
    fn pieces(&self) -> u64 {
        MORSEL_ROWS.div_ceil(self.piece_rows) as u64
    }

    /// Whether a place may have a row that is wanted. Of the tail nothing is known.
    fn may_have_wanted(&self, block: Option<&Arc<Block>>) -> bool {
        block.is_none_or(|block| {
            self.ranges.iter().all(|range| range.meets_statistics(block.statistics(range.column), block.rows as u64))
        })
    }
}

impl Scan for MemoryScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        loop {
            self.context.poll()?;
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (morsel, piece) = (number / self.pieces(), number % self.pieces());
            if morsel >= self.snapshot.morsels() {
                return Ok(None);
            }
            let (block, place_rows, first_row, first_morsel) = self.snapshot.locate(morsel);
            // A block is counted with its first morsel.
            let first = u64::from(morsel == first_morsel && piece == 0);
            if !self.may_have_wanted(block) {
                self.skipped.fetch_add(first, Ordering::Relaxed);
                continue;
            }
            self.read.fetch_add(first, Ordering::Relaxed);
            let (length, start) = (self.piece_rows as u64, piece * self.piece_rows as u64);
            let offset = (morsel - first_morsel) * MORSEL_ROWS as u64 + start;
            let rows = (place_rows as u64).saturating_sub(offset).min(length).min(MORSEL_ROWS as u64 - start);
            if rows == 0 {
                continue;
            }
            return Ok(Some(Morsel { number, first_row: first_row + offset, rows }));
        }
    }

    fn blocks(&self) -> BlockCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BlockCounts { read: count(&self.read), skipped: count(&self.skipped) }
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        Ok(Box::new(MemoryReader {
            snapshot: self.snapshot.clone(),
            columns: Arc::clone(&self.columns),
            pieces: self.pieces(),
            block: None,
            offset: 0,
            remaining: 0,
            row_numbers: Vec::new(),
        }))
    }
}

/// A worker's place: `remaining` rows from `offset` of a block, or of the tail.
struct MemoryReader {
    snapshot: TableSnapshot,
    columns: Arc<[usize]>,
    /// Pieces of a morsel that are numbered one by one.
    pieces: u64,
    block: Option<Arc<Block>>,
    offset: usize,
    remaining: usize,
    /// Which rows of the tail are copied out; kept for its capacity.
    row_numbers: Vec<u32>,
}

impl MorselReader for MemoryReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        let lost = |_| Error::internal("a morsel lies beyond its table");
        let (block, _, first_row, _) = self.snapshot.locate(morsel.number / self.pieces);
        self.block = block.cloned();
        self.offset = usize::try_from(morsel.first_row - first_row).map_err(lost)?;
        self.remaining = usize::try_from(morsel.rows).map_err(lost)?;
        Ok(())
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        let rows = rows_max.min(self.remaining);
        let place = self.offset..self.offset + rows;
        for (out, &column) in columns.iter_mut().zip(self.columns.iter()) {
            let form = self.snapshot.columns[column].form;
            match &self.block {
                Some(block) => block.columns[column].read(out, place.clone(), form),
                None => self.snapshot.tail.columns()[column].read(out, place.clone(), form, &mut self.row_numbers),
            }
        }
        self.offset += rows;
        self.remaining -= rows;
        Ok(rows)
    }
}
