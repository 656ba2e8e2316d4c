//! Reading a memory table: morsels by an atomic counter, batches by sharing.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use rowmill_vm::table::{
    BlockCounts, BlockFilter, ColumnRange, ColumnStatistics, Morsel, MorselReader, RowNumbers, Scan, Table,
    TableColumn, Variant, Wanted,
};
use rowmill_vm::vector::Values;
use rowmill_vm::{Context, DataType, Error, Result, Vector};

use super::block::Place;
use super::deleted::Mask;
use super::statistics::merge_statistics;
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
    pub(super) tail_mask: Option<Arc<Mask>>,
    pub(super) epoch: u64,
}

/// What a scan gives behind a table's own columns.
static HIDDEN: LazyLock<[TableColumn; 2]> = LazyLock::new(|| {
    let column = |name: &str, data_type: DataType| {
        let form = data_type.form();
        TableColumn { name: name.into(), data_type, form, nullable: false }
    };
    [column("row number", DataType::BigInt), column("kept", DataType::Boolean)]
});
/// Their positions behind the last of the table's own.
const ROW_NUMBER: usize = 0;
const KEPT: usize = 1;

impl TableSnapshot {
    fn morsels(&self) -> u64 {
        self.blocks.morsels() + self.tail.rows().div_ceil(MORSEL_ROWS) as u64
    }

    /// Where a morsel lies: its block (`None` for the tail), and the numbers of the place's first row and morsel.
    fn locate(&self, morsel: u64) -> (Option<&Place>, usize, u64, u64) {
        match self.blocks.locate(morsel) {
            Some(place) => (Some(place), place.block.rows, place.first_row, place.first_morsel),
            None => (None, self.tail.rows(), self.blocks.rows(), self.blocks.morsels()),
        }
    }

    /// Rows that are deleted.
    fn deleted(&self) -> u64 {
        self.blocks.deleted() + self.tail_mask.as_ref().map_or(0, |mask| mask.deleted() as u64)
    }
}

impl Table for TableSnapshot {
    fn name(&self) -> &str {
        &self.definition.name
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn hidden_columns(&self) -> &[TableColumn] {
        &*HIDDEN
    }

    fn row_numbers(&self) -> Option<RowNumbers> {
        Some(RowNumbers { position: self.columns.len() + ROW_NUMBER, epoch: self.epoch })
    }

    fn kept_rows(&self) -> Option<usize> {
        (self.deleted() > 0).then_some(self.columns.len() + KEPT)
    }

    fn takes_null(&self, column: usize) -> bool {
        self.definition.columns[column].nullable
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.blocks.rows() + self.tail.rows() as u64 - self.deleted())
    }

    fn is_in_memory(&self) -> bool {
        true
    }

    fn statistics(&self, column: usize) -> Option<ColumnStatistics> {
        if column >= self.columns.len() {
            return None;
        }
        let form = self.definition.columns[column].form;
        let tail = (self.tail.rows() > 0).then(|| self.tail.statistics(column, form).clone());
        let blocks = self.blocks.summary(column).map(|summary| summary.statistics.clone());
        blocks.into_iter().chain(tail).reduce(merge_statistics)
    }

    fn dictionary(&self, column: usize) -> Option<&Arc<Vector>> {
        self.dictionaries.get(column)?.as_ref()
    }

    fn scan(&self, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        Ok(Arc::new(MemoryScan::new(self, columns, wanted, context)))
    }
}

struct MemoryScan {
    snapshot: TableSnapshot,
    columns: Arc<[usize]>,
    ranges: Box<[ColumnRange]>,
    filter: Option<Arc<dyn BlockFilter>>,
    /// For each block, and the tail behind them, what the filter has said of it, once it was asked.
    variants: Box<[OnceLock<Option<Variant>>]>,
    /// Rows that are handed out at once, at most.
    piece_rows: usize,
    next: AtomicU64,
    read: AtomicU64,
    shortened: AtomicU64,
    skipped: AtomicU64,
    context: Context,
}

impl MemoryScan {
    fn new(snapshot: &TableSnapshot, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> MemoryScan {
        let asked = if wanted.filter.is_some() { snapshot.blocks.count() + 1 } else { 0 };
        MemoryScan {
            snapshot: snapshot.clone(),
            columns: columns.into(),
            ranges: wanted.ranges.into(),
            variants: (0..asked).map(|_| OnceLock::new()).collect(),
            filter: wanted.filter,
            piece_rows: context.morsel_rows().min(MORSEL_ROWS),
            next: AtomicU64::new(0),
            read: AtomicU64::new(0),
            shortened: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            context: context.clone(),
        }
    }

    /// Morsels are no smaller than this, so that what is known of places stays small; a scan in small batches hands
    /// them out in pieces.
    fn pieces(&self) -> u64 {
        MORSEL_ROWS.div_ceil(self.piece_rows) as u64
    }

    /// Rows of a place that stand together and have all that are wanted, and what the filter says of them.
    fn wanted_rows(&self, place: Option<&Place>, rows: usize) -> Option<(Range<usize>, Variant)> {
        let wanted = match place {
            Some(place) if !self.ranges.is_empty() => place.block.wanted_rows(&self.ranges),
            _ => 0..rows,
        };
        if wanted.is_empty() { None } else { Some((wanted, self.variant(place, rows)?)) }
    }

    /// What the filter says of a block, or of the tail.
    fn variant(&self, place: Option<&Place>, rows: usize) -> Option<Variant> {
        let Some(filter) = &self.filter else { return Some(Variant::WHOLE) };
        let (blocks, tail) = (&self.snapshot.blocks, &self.snapshot.tail);
        let index = place.and_then(|place| blocks.place_of(place.first_row)).map_or(blocks.count(), |place| place.0);
        let statistics = |column: usize| match place {
            Some(place) => place.block.statistics_of(column).map(Cow::Borrowed),
            None => Some(Cow::Borrowed(tail.statistics(column, self.snapshot.definition.columns.get(column)?.form))),
        };
        *self.variants[index].get_or_init(|| filter.variant(rows as u64, &statistics))
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
            let (place, place_rows, first_row, first_morsel) = self.snapshot.locate(morsel);
            // A block is counted with its first morsel.
            let first = u64::from(morsel == first_morsel && piece == 0);
            let Some((wanted, variant)) = self.wanted_rows(place, place_rows) else {
                self.skipped.fetch_add(first, Ordering::Relaxed);
                continue;
            };
            self.read.fetch_add(first, Ordering::Relaxed);
            let shortened = if variant == Variant::WHOLE { 0 } else { first };
            self.shortened.fetch_add(shortened, Ordering::Relaxed);
            let start = piece as usize * self.piece_rows;
            let offset = (morsel - first_morsel) as usize * MORSEL_ROWS + start;
            let end = wanted.end.min(offset + self.piece_rows.min(MORSEL_ROWS - start));
            let offset = offset.max(wanted.start);
            if offset < end {
                let (first_row, rows) = (first_row + offset as u64, (end - offset) as u64);
                return Ok(Some(Morsel { number, first_row, rows, variant }));
            }
        }
    }

    fn rows_left(&self) -> Option<u64> {
        let pieces = self.snapshot.morsels() * self.pieces();
        let rows = self.snapshot.blocks.rows() + self.snapshot.tail.rows() as u64;
        let left = pieces.saturating_sub(self.next.load(Ordering::Relaxed));
        Some((rows as f64 * (left as f64 / pieces.max(1) as f64)) as u64)
    }

    fn blocks(&self) -> BlockCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BlockCounts { read: count(&self.read), shortened: count(&self.shortened), skipped: count(&self.skipped) }
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        Ok(Box::new(MemoryReader {
            snapshot: self.snapshot.clone(),
            columns: Arc::clone(&self.columns),
            pieces: self.pieces(),
            block: None,
            mask: None,
            first_row: 0,
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
    /// The rows of it that are kept, if not all are.
    mask: Option<Arc<Mask>>,
    /// The number of its first row.
    first_row: u64,
    offset: usize,
    remaining: usize,
    /// Which rows of the tail are copied out; kept for its capacity.
    row_numbers: Vec<u32>,
}

impl MorselReader for MemoryReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        let lost = |_| Error::internal("a morsel lies beyond its table");
        let (place, _, first_row, _) = self.snapshot.locate(morsel.number / self.pieces);
        self.block = place.map(|place| Arc::clone(&place.block));
        self.mask = place.map_or(&self.snapshot.tail_mask, |place| &place.mask).clone();
        self.first_row = first_row;
        self.offset = usize::try_from(morsel.first_row - first_row).map_err(lost)?;
        self.remaining = usize::try_from(morsel.rows).map_err(lost)?;
        Ok(())
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        let rows = rows_max.min(self.remaining);
        let place = self.offset..self.offset + rows;
        for (out, &column) in columns.iter_mut().zip(self.columns.iter()) {
            if let Some(hidden) = column.checked_sub(self.snapshot.columns.len()) {
                self.read_hidden(hidden, out, place.clone());
                continue;
            }
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

impl MemoryReader {
    /// Makes `out` a hidden column of some rows of the place.
    fn read_hidden(&self, hidden: usize, out: &mut Vector, rows: Range<usize>) {
        if out.form() != HIDDEN[hidden].form {
            *out = Vector::empty(HIDDEN[hidden].form);
        }
        match (&mut out.values, &self.mask) {
            (Values::Bits(kept), Some(mask)) => mask.read(kept, rows),
            (Values::Bits(kept), None) => _ = kept.refill(true, rows.len()),
            (Values::I64(numbers), _) => {
                // A table has far fewer than 2^63 rows.
                let first = self.first_row as i64;
                numbers.refill().extend(rows.map(|row| first + row as i64));
            }
            _ => {}
        }
        out.validity.set_all();
    }
}
