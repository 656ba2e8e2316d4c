//! Parquet files, read by the `parquet` crate: a morsel is a row group, and only the columns that are asked for are
//! decoded.
//!
//! The crate takes a damaged file for a bug of its caller's and may panic. Everything that it does here is inside
//! [`guarded`], it sees the file through [`FileBytes`], which refuses lengths beyond the file's end, and what
//! decoding will take is charged beforehand, by what [`pages`] has found.
//!
//! - [`pages`] measures the pages of a column by their headers.
//! - [`reader`] decodes row groups.
//! - [`dictionary`] gives numbers to the strings of columns that have few different ones.
//! - [`statistics`] brings in what the footer says of them, so that those without a wanted row are skipped.

mod dictionary;
mod pages;
mod reader;
mod statistics;

use std::io::{BufReader, Read};
use std::sync::{Arc, OnceLock};

use arrow::datatypes::{DataType as ArrowType, Field as ArrowField, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use rowmill_vm::table::{ColumnStatistics, Scan, Table, TableColumn, Wanted};
use rowmill_vm::types::DECIMAL64_PRECISION_MAX;
use rowmill_vm::{Context, Form, Result, Vector};

use super::arrow_column;
use super::file::SourceFile;
use super::guard::{damaged, guarded};

use dictionary::Dictionary;

/// As errors name the format.
const FORMAT: &str = "Parquet";

/// A Parquet file whose footer was read.
#[derive(Debug)]
struct ParquetTable(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    file: SourceFile,
    metadata: ArrowReaderMetadata,
    columns: Vec<TableColumn>,
    groups: Vec<RowGroup>,
    /// For each column, once somebody has asked, its dictionary if it has one.
    dictionaries: Vec<OnceLock<Option<Arc<Dictionary>>>>,
}

impl Opened {
    /// Among the columns of pages, that of a column that is no list or struct.
    fn leaf(&self, column: usize) -> Option<usize> {
        let schema = self.metadata.metadata().file_metadata().schema_descr();
        if !schema.root_schema().get_fields().get(column)?.is_primitive() {
            return None;
        }
        (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == column)
    }

    /// The footer, with those of `columns` as dictionaries whose strings are given by number.
    fn with_dictionaries(&self, columns: &[usize]) -> Result<ArrowReaderMetadata> {
        if columns.iter().all(|column| self.dictionary(*column).is_none()) {
            return Ok(self.metadata.clone());
        }
        let coded = ArrowType::Dictionary(Box::new(ArrowType::Int32), Box::new(ArrowType::Utf8));
        let fields = self.metadata.schema().fields().iter().enumerate();
        let fields = fields.map(|(column, field)| {
            let wanted = columns.contains(&column) && self.dictionary(column).is_some();
            if wanted { field.as_ref().clone().with_data_type(coded.clone()) } else { field.as_ref().clone() }
        });
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        guarded(self.file.path(), FORMAT, || {
            ArrowReaderMetadata::try_new(Arc::clone(self.metadata.metadata()), options)
        })
    }

    /// The dictionary of a column whose strings are given by number.
    fn dictionary(&self, column: usize) -> Option<&Arc<Dictionary>> {
        let read = || Dictionary::read(self, column).map(Arc::new);
        self.dictionaries.get(column)?.get_or_init(read).as_ref()
    }
}

/// A stretch of rows that is decoded alone.
#[derive(Clone, Copy, Debug)]
struct RowGroup {
    first_row: u64,
    rows: u64,
}

/// Opens a file far enough to know its columns.
pub(super) fn open(file: SourceFile) -> Result<Arc<dyn Table>> {
    let path = file.path();
    file.check_not_empty()?;
    let metadata = guarded(path, FORMAT, || load(&FileBytes(file.clone())))?;
    let fields = metadata.schema().fields().iter();
    let columns = fields.map(|field| arrow_column(path, field, field.is_nullable())).collect::<Result<Vec<_>>>()?;
    let mut groups = Vec::new();
    let mut first_row = 0u64;
    for group in metadata.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows()).ok().filter(|rows| first_row.checked_add(*rows).is_some());
        let Some(rows) = rows else {
            return Err(damaged(path, format!("a row group claims to have {} rows", group.num_rows())));
        };
        groups.push(RowGroup { first_row, rows });
        first_row += rows;
    }
    let dictionaries = columns.iter().map(|_| OnceLock::new()).collect();
    Ok(Arc::new(ParquetTable(Arc::new(Opened { file, metadata, columns, groups, dictionaries }))))
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

impl Table for ParquetTable {
    fn name(&self) -> &str {
        self.0.file.path()
    }

    fn columns(&self) -> &[TableColumn] {
        &self.0.columns
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.0.groups.last().map_or(0, |group| group.first_row + group.rows))
    }

    fn form(&self, position: usize) -> Option<Form> {
        let coded = self.0.dictionary(position).map(|dictionary| dictionary.form());
        coded.or_else(|| self.column(position).map(|column| column.form))
    }

    fn dictionary(&self, column: usize) -> Option<&Arc<Vector>> {
        self.0.dictionary(column).map(|dictionary| dictionary.strings())
    }

    fn statistics(&self, column: usize) -> Option<ColumnStatistics> {
        self.0.column_statistics(column)
    }

    fn scan(&self, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        Ok(Arc::new(reader::ParquetScan::new(Arc::clone(&self.0), columns, wanted, context)))
    }
}

/// A file as the crate reads it.
#[derive(Clone, Debug)]
struct FileBytes(SourceFile);

impl FileBytes {
    fn check(&self, start: u64, length: usize) -> Result<(), ParquetError> {
        let end = start.checked_add(length as u64);
        if end.is_some_and(|end| end <= self.0.bytes()) {
            return Ok(());
        }
        let message = format!("{length} bytes at offset {start} reach beyond the file's end at {}", self.0.bytes());
        Err(ParquetError::EOF(message))
    }
}

impl Length for FileBytes {
    fn len(&self) -> u64 {
        self.0.bytes()
    }
}

impl ChunkReader for FileBytes {
    type T = BufReader<FileFrom>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        self.check(start, 0)?;
        // Only page headers are read in this way.
        Ok(BufReader::with_capacity(256, FileFrom { file: self.0.clone(), position: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.check(start, length)?;
        let mut buffer = vec![0; length];
        self.0.read_exact(start, &mut buffer)?;
        Ok(buffer.into())
    }
}

/// A file from some position on.
struct FileFrom {
    file: SourceFile,
    position: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_some(self.position, buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests;
