//! Parquet files, read by the `parquet` crate: a morsel is a row group, and only the columns that are asked for are
//! decoded.
//!
//! The crate takes a damaged file for a bug of its caller's and may panic. Everything that it does here is inside
//! [`guarded`], and it sees the file through [`FileBytes`], which refuses lengths beyond the file's end before
//! anything is allocated for them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::datatypes::{DataType as ArrowType, Field as ArrowField, Schema};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use rowmill_vm::table::{ColumnRange, Morsel, MorselReader, Scan, Table, TableColumn};
use rowmill_vm::types::DECIMAL64_PRECISION_MAX;
use rowmill_vm::vector::arrow::{data_type_from_arrow, form_from_arrow};
use rowmill_vm::{Context, DataType, Error, Reservation, Result, Vector};

use crate::vectors::share_into;

/// Rows that are decoded at once: enough that the decoder's own cost for a batch does not matter.
const DECODE_ROWS: usize = 8192;

/// A Parquet file whose footer was read.
#[derive(Debug)]
struct ParquetTable(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: String,
    bytes: FileBytes,
    metadata: ArrowReaderMetadata,
    columns: Vec<TableColumn>,
    groups: Vec<RowGroup>,
}

/// A stretch of rows that is decoded alone.
#[derive(Clone, Copy, Debug)]
struct RowGroup {
    first_row: u64,
    rows: u64,
}

/// Opens a file far enough to know its columns.
pub(super) fn open(path: &str, file: File) -> Result<Arc<dyn Table>> {
    let length = file.metadata().map_err(|error| super::open_error(path, error))?.len();
    if length == 0 {
        return Err(Error::data(format!("file '{path}' is empty")));
    }
    let bytes = FileBytes { file: Arc::new(file), length };
    let metadata = guarded(path, || load(&bytes))?;
    let columns = metadata.schema().fields().iter().map(|field| column(path, field)).collect::<Result<_>>()?;
    let mut groups = Vec::new();
    let mut first_row = 0u64;
    for group in metadata.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows()).ok().filter(|rows| first_row.checked_add(*rows).is_some());
        let Some(rows) = rows else {
            return Err(Error::data(format!("file '{path}': a row group claims to have {} rows", group.num_rows())));
        };
        groups.push(RowGroup { first_row, rows });
        first_row += rows;
    }
    Ok(Arc::new(ParquetTable(Arc::new(Opened { path: path.to_owned(), bytes, metadata, columns, groups }))))
}

/// Reads the footer, and asks for each column in the Arrow type that costs least to bring in.
fn load(bytes: &FileBytes) -> Result<ArrowReaderMetadata, ParquetError> {
    let metadata = ArrowReaderMetadata::load(bytes, ArrowReaderOptions::new())?;
    let fields = metadata.schema().fields().iter().map(|field| preferred(field));
    let preferred = Schema::new(fields.collect::<Vec<_>>());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(preferred));
    Ok(ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).unwrap_or(metadata))
}

fn preferred(field: &ArrowField) -> ArrowField {
    let data_type = match field.data_type() {
        ArrowType::Decimal128(precision, scale) if *precision <= DECIMAL64_PRECISION_MAX => {
            ArrowType::Decimal64(*precision, *scale)
        }
        ArrowType::Utf8 | ArrowType::LargeUtf8 => ArrowType::Utf8View,
        ArrowType::Binary | ArrowType::LargeBinary => ArrowType::BinaryView,
        // What Arrow had as a dictionary is decoded here anyway.
        ArrowType::Dictionary(_, values) if **values == ArrowType::Utf8 => ArrowType::Utf8View,
        other => other.clone(),
    };
    field.clone().with_data_type(data_type)
}

fn column(path: &str, field: &ArrowField) -> Result<TableColumn> {
    let (name, arrow) = (field.name(), field.data_type());
    let data_type = data_type_from_arrow(arrow, field.metadata()).ok_or_else(|| {
        Error::unsupported(format!("file '{path}': column '{name}' of Arrow type {arrow} cannot be read yet"))
    })?;
    let form = form_from_arrow(arrow, &data_type);
    Ok(TableColumn { name: name.clone(), data_type, form, nullable: field.is_nullable() })
}

/// Runs what touches the file's content; an error or a panic there is the file's fault.
fn guarded<T>(path: &str, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let message = error.to_string();
            Err(Error::data(format!("file '{path}' is no Parquet file that can be read: {message}"))
                .with_hint("it may be truncated or damaged")
                .with_source(error))
        }
        Err(_) => Err(Error::data(format!("file '{path}' is damaged: its content contradicts its footer"))),
    }
}

impl Table for ParquetTable {
    fn name(&self) -> &str {
        &self.0.path
    }

    fn columns(&self) -> &[TableColumn] {
        &self.0.columns
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.0.groups.last().map_or(0, |group| group.first_row + group.rows))
    }

    fn scan(&self, columns: &[usize], _ranges: &[ColumnRange], context: &Context) -> Result<Arc<dyn Scan>> {
        Ok(Arc::new(ParquetScan {
            opened: Arc::clone(&self.0),
            columns: columns.into(),
            next: AtomicUsize::new(0),
            context: context.clone(),
        }))
    }
}

struct ParquetScan {
    opened: Arc<Opened>,
    columns: Arc<[usize]>,
    next: AtomicUsize,
    context: Context,
}

impl Scan for ParquetScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        self.context.poll()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let group = self.opened.groups.get(number);
        Ok(group.map(|group| Morsel { number: number as u64, first_row: group.first_row, rows: group.rows }))
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        let mut roots = self.columns.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let place = |column: &usize| roots.partition_point(|root| root < column);
        Ok(Box::new(ParquetReader {
            places: self.columns.iter().map(place).collect(),
            types: roots.iter().map(|root| self.opened.columns[*root].data_type.clone()).collect(),
            roots,
            opened: Arc::clone(&self.opened),
            memory: self.context.reservation("Parquet reader"),
            context: self.context.clone(),
            batches: None,
            decoded: Vec::new(),
            offset: 0,
            rows: 0,
        }))
    }
}

/// A worker's place: `rows` decoded rows from `offset` on, and what decodes more of the row group.
struct ParquetReader {
    opened: Arc<Opened>,
    /// The columns that are decoded, ascending, and their types.
    roots: Vec<usize>,
    types: Vec<DataType>,
    /// For each column asked for, its place among `roots`.
    places: Vec<usize>,
    context: Context,
    memory: Reservation,
    batches: Option<ParquetRecordBatchReader>,
    decoded: Vec<Vector>,
    offset: usize,
    rows: usize,
}

impl ParquetReader {
    /// Decodes the next batch of the row group.
    fn decode(&mut self) -> Result<()> {
        self.context.poll()?;
        let Some(batches) = &mut self.batches else {
            return Ok(());
        };
        let batch = guarded(&self.opened.path, || batches.next().transpose().map_err(ParquetError::from))?;
        self.decoded.clear();
        (self.offset, self.rows) = (0, 0);
        let Some(batch) = batch else {
            self.batches = None;
            return self.memory.resize(0);
        };
        self.memory.resize(batch.get_array_memory_size())?;
        self.bring_in(&batch)
    }

    fn bring_in(&mut self, batch: &RecordBatch) -> Result<()> {
        for (array, data_type) in batch.columns().iter().zip(&self.types) {
            let vector = Vector::from_arrow(array, data_type).map_err(|error| {
                Error::new(error.kind(), format!("file '{}': {}", self.opened.path, error.message()))
            })?;
            self.decoded.push(vector);
        }
        self.rows = batch.num_rows();
        Ok(())
    }
}

impl MorselReader for ParquetReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        (self.offset, self.rows, self.batches) = (0, 0, None);
        if self.roots.is_empty() {
            // Rows without columns are only counted, and the footer has counted them.
            self.rows = usize::try_from(morsel.rows)
                .map_err(|_| Error::data(format!("file '{}': {} rows are too many", self.opened.path, morsel.rows)))?;
            return Ok(());
        }
        let opened = &self.opened;
        let group = usize::try_from(morsel.number).map_err(|_| Error::internal("a morsel lies beyond its file"))?;
        self.batches = Some(guarded(&opened.path, || {
            let builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(opened.bytes.clone(), opened.metadata.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), self.roots.iter().copied());
            builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(DECODE_ROWS).build()
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

/// A file that several workers read at once, each from its own position.
#[derive(Clone, Debug)]
struct FileBytes {
    file: Arc<File>,
    length: u64,
}

impl FileBytes {
    fn read_at(&self, position: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_at(&*self.file, buffer, position);
        #[cfg(windows)]
        return std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, position);
    }

    fn check(&self, start: u64, length: usize) -> Result<(), ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_some_and(|end| end <= self.length) {
            return Ok(());
        }
        let message = format!("{length} bytes at offset {start} reach beyond the file's end at {}", self.length);
        Err(ParquetError::EOF(message))
    }
}

impl Length for FileBytes {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for FileBytes {
    type T = BufReader<FileFrom>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.check(start, 0)?;
        Ok(BufReader::new(FileFrom { bytes: self.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.check(start, length)?;
        let mut buffer = Vec::with_capacity(length);
        FileFrom { bytes: self.clone(), position: start }.take(length as u64).read_to_end(&mut buffer)?;
        if buffer.len() < length {
            return Err(ParquetError::EOF(format!("the file ends {} bytes too early", length - buffer.len())));
        }
        Ok(buffer.into())
    }
}

/// A file from some position on.
struct FileFrom {
    bytes: FileBytes,
    position: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read_at(self.position, buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
