//! Decoding row groups, a batch at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use rowmill_vm::table::{BlockCounts, BlockFilter, ColumnRange, Morsel, MorselReader, Scan, Variant, Wanted};
use rowmill_vm::{Context, DataType, Error, Reservation, Result, Vector};

use super::dictionary::Numbering;
use super::pages::PageSizes;
use super::{FORMAT, FileBytes, Opened};
use crate::sources::guard::{damaged, guarded};
use crate::vectors::share_into;

/// Rows that are decoded at once: enough that the decoder's own cost for a batch does not matter.
const DECODE_ROWS: usize = 8192;
/// The same in the first row group, whose first rows somebody may be waiting for.
const FIRST_DECODE_ROWS: usize = 2048;
/// Bytes that a decoded value takes at most beside the pages: a view of a string, and two levels.
const VALUE_BYTES: u64 = 20;

/// A scan of a Parquet file.
pub(super) struct ParquetScan {
    opened: Arc<Opened>,
    columns: Arc<[usize]>,
    ranges: Box<[ColumnRange]>,
    filter: Option<Arc<dyn BlockFilter>>,
    next: AtomicUsize,
    read: AtomicU64,
    skipped: AtomicU64,
    context: Context,
}

impl ParquetScan {
    pub(super) fn new(opened: Arc<Opened>, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> ParquetScan {
        ParquetScan {
            opened,
            columns: columns.into(),
            ranges: wanted.ranges.into(),
            filter: wanted.filter,
            next: AtomicUsize::new(0),
            read: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            context: context.clone(),
        }
    }
}

impl Scan for ParquetScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        loop {
            self.context.poll()?;
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(group) = self.opened.groups.get(number) else {
                return Ok(None);
            };
            let filter = self.filter.as_deref();
            if !self.opened.may_have_wanted(number, &self.ranges, filter) {
                self.skipped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            self.read.fetch_add(1, Ordering::Relaxed);
            // Footers are not proof enough for any program but the whole.
            let (number, variant) = (number as u64, Variant::WHOLE);
            return Ok(Some(Morsel { number, first_row: group.first_row, rows: group.rows, variant }));
        }
    }

    fn rows_left(&self) -> Option<u64> {
        let groups = &self.opened.groups;
        let next = groups.get(self.next.load(Ordering::Relaxed)).map(|group| group.first_row);
        Some(groups.last().zip(next).map_or(0, |(last, next)| last.first_row + last.rows - next))
    }

    fn blocks(&self) -> BlockCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        BlockCounts { read: count(&self.read), shortened: 0, skipped: count(&self.skipped) }
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        let mut roots = self.columns.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let numbering = |root: &usize| self.opened.dictionary(*root).map(|known| Numbering::new(Arc::clone(known)));
        let place = |column: &usize| roots.partition_point(|root| root < column);
        Ok(Box::new(ParquetReader {
            places: self.columns.iter().map(place).collect(),
            types: roots.iter().map(|root| self.opened.columns[*root].data_type.clone()).collect(),
            numberings: roots.iter().map(numbering).collect(),
            metadata: self.opened.with_dictionaries(&roots)?,
            roots,
            opened: Arc::clone(&self.opened),
            memory: self.context.reservation("Parquet reader"),
            pages_bytes: 0,
            context: self.context.clone(),
            batches: None,
            decoded: Vec::new(),
            offset: 0,
            rows: 0,
            rows_expected: 0,
        }))
    }
}

/// A worker's place: `rows` decoded rows from `offset` on, and what decodes more of the row group.
struct ParquetReader {
    opened: Arc<Opened>,
    /// The columns that are decoded, ascending, and their types.
    roots: Vec<usize>,
    types: Vec<DataType>,
    /// What gives those their numbers that have a dictionary.
    numberings: Vec<Option<Numbering>>,
    /// The footer, with the Arrow types that are asked for.
    metadata: ArrowReaderMetadata,
    /// For each column asked for, its place among `roots`.
    places: Vec<usize>,
    context: Context,
    memory: Reservation,
    /// What the pages of the row group take while they are decoded.
    pages_bytes: usize,
    batches: Option<ParquetRecordBatchReader>,
    decoded: Vec<Vector>,
    offset: usize,
    rows: usize,
    /// Rows of the row group that are not decoded yet, as the footer says.
    rows_expected: u64,
}

impl ParquetReader {
    /// Charges what decoding the row group will take at once. `group` is within the file.
    fn charge_pages(&mut self, group: usize) -> Result<()> {
        let metadata = self.opened.metadata.metadata();
        let schema = metadata.file_metadata().schema_descr();
        let mut bytes = 0u64;
        for (leaf, chunk) in metadata.row_group(group).columns().iter().enumerate() {
            if self.roots.binary_search(&schema.get_column_root_idx(leaf)).is_err() {
                continue;
            }
            self.context.poll()?;
            let sizes = PageSizes::measure(&self.opened.file, chunk)?;
            // In a repeated column a single row may have all values of the row group.
            let repeated = chunk.column_descr().max_rep_level() > 0;
            let values = if repeated { sizes.values } else { sizes.values.min(DECODE_ROWS as u64) };
            // A decoded batch may still refer to the page before, and a dictionary is kept decoded as well.
            let pages = sizes.page_bytes_max.saturating_add(sizes.dictionary_bytes).saturating_mul(2);
            bytes = bytes.saturating_add(pages).saturating_add(values.saturating_mul(VALUE_BYTES));
        }
        self.pages_bytes = usize::try_from(bytes).unwrap_or(usize::MAX / 2).min(usize::MAX / 2);
        self.memory.resize(self.pages_bytes)
    }

    /// Decodes the next batch of the row group.
    fn decode(&mut self) -> Result<()> {
        self.context.poll()?;
        let Some(batches) = &mut self.batches else {
            return Ok(());
        };
        let path = self.opened.file.path();
        let batch = guarded(path, FORMAT, || batches.next().transpose().map_err(ParquetError::from))?;
        self.decoded.clear();
        (self.offset, self.rows) = (0, 0);
        let Some(batch) = batch else {
            self.batches = None;
            if self.rows_expected > 0 {
                return Err(damaged(path, format!("{} rows of a row group are missing", self.rows_expected)));
            }
            self.memory.resize(0)?;
            return self.opened.file.check_unchanged();
        };
        let left = self.rows_expected.checked_sub(batch.num_rows() as u64);
        self.rows_expected = left.ok_or_else(|| damaged(path, "a row group has more rows than its footer says"))?;
        self.memory.resize(self.pages_bytes.saturating_add(batch.get_array_memory_size()))?;
        self.bring_in(&batch)
    }

    fn bring_in(&mut self, batch: &RecordBatch) -> Result<()> {
        let path = self.opened.file.path();
        for ((array, data_type), numbering) in batch.columns().iter().zip(&self.types).zip(&mut self.numberings) {
            let vector = match numbering {
                Some(numbering) => numbering.numbers(array, path)?,
                None => Vector::from_arrow(array, data_type)
                    .map_err(|error| Error::new(error.kind(), format!("file '{path}': {}", error.message())))?,
            };
            self.decoded.push(vector);
        }
        self.rows = batch.num_rows();
        Ok(())
    }
}

impl MorselReader for ParquetReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        (self.offset, self.rows, self.batches) = (0, 0, None);
        let path = self.opened.file.path();
        if self.roots.is_empty() {
            // Rows without columns are only counted, and the footer has counted them.
            self.rows = usize::try_from(morsel.rows)
                .map_err(|_| damaged(path, format!("it claims to have {} rows", morsel.rows)))?;
            return self.opened.file.check_unchanged();
        }
        let group = usize::try_from(morsel.number).map_err(|_| Error::internal("a morsel lies beyond its file"))?;
        self.charge_pages(group)?;
        self.rows_expected = morsel.rows;
        let opened = &self.opened;
        let rows = if group == 0 { FIRST_DECODE_ROWS } else { DECODE_ROWS };
        self.batches = Some(guarded(opened.file.path(), FORMAT, || {
            let bytes = FileBytes(opened.file.clone());
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, self.metadata.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), self.roots.iter().copied());
            builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(rows).build()
        })?);
        Ok(())
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        while self.offset == self.rows && self.batches.is_some() {
            self.decode()?;
        }
        let rows = rows_max.min(self.rows - self.offset);
        if rows > 0 {
            for (out, place) in columns.iter_mut().zip(&self.places) {
                share_into(out, &self.decoded[*place], self.offset, rows);
            }
        }
        self.offset += rows;
        Ok(rows)
    }
}
