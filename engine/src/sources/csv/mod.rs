//! CSV files: delimiter, header and types are found from a sample; records are streamed, and only the fields that
//! are asked for are parsed.
//!
//! - [`record`] finds records and fields in a buffer (RFC 4180: quotes double inside quotes, lines may break there).
//! - [`sniff`] decides delimiter, header, names and types.
//! - [`convert`] turns the fields of a column into a vector.
//! - [`chunks`] cuts the file into pieces of whole records, which workers read at the same time.
//! - [`reader`] moves through a piece.

mod chunks;
mod convert;
mod field;
mod reader;
mod record;
mod sniff;

use std::sync::Arc;

use rowmill_vm::table::{Morsel, MorselReader, Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, DataType, Error, Result};

use super::file::SourceFile;
use chunks::Chunks;
use reader::CsvReader;
use record::Malformed;

/// The mark that some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How fields are separated in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dialect {
    delimiter: u8,
    header: Header,
}

/// Whether the first record holds the columns' names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    Present,
    Absent,
}

/// A CSV file whose columns are known.
#[derive(Debug)]
struct CsvFile {
    file: SourceFile,
    dialect: Dialect,
    columns: Vec<TableColumn>,
    /// How many rows were looked at to find the types.
    sample_rows: usize,
}

#[derive(Debug)]
struct CsvTable(Arc<CsvFile>);

/// Opens a file far enough to know its columns.
pub(super) fn open(file: SourceFile) -> Result<Arc<dyn Table>> {
    let sniffed = sniff::sniff(&file)?;
    let column = |(name, data_type): (String, DataType)| {
        let form = data_type.form();
        TableColumn { name, data_type, form, nullable: true }
    };
    Ok(Arc::new(CsvTable(Arc::new(CsvFile {
        file,
        dialect: sniffed.dialect,
        columns: sniffed.columns.into_iter().map(column).collect(),
        sample_rows: sniffed.sample_rows,
    }))))
}

impl CsvFile {
    /// An error in the record at `offset`, whose line is looked for now: nobody has counted lines before.
    fn error_at(&self, offset: u64, message: impl std::fmt::Display) -> Error {
        match self.line_of(offset) {
            Ok(line) => error_at(self.file.path(), line, message),
            Err(error) => error,
        }
    }

    /// The line, from 1, in which byte `offset` stands.
    fn line_of(&self, offset: u64) -> Result<u64> {
        let mut buffer = vec![0; 1 << 16];
        let (mut line, mut position) = (1, 0);
        while position < offset {
            let wanted = usize::try_from(offset - position).unwrap_or(usize::MAX).min(buffer.len());
            let read = self.file.read_up_to(position, &mut buffer[..wanted])?;
            if read == 0 {
                break;
            }
            line += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
            position += read as u64;
        }
        Ok(line)
    }
}

impl Table for CsvTable {
    fn name(&self) -> &str {
        self.0.file.path()
    }

    fn columns(&self) -> &[TableColumn] {
        &self.0.columns
    }

    fn row_count(&self) -> Option<u64> {
        None
    }

    fn scan(&self, columns: &[usize], _wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        self.0.file.check_unchanged()?;
        Ok(Arc::new(CsvScan {
            chunks: Arc::new(Chunks::new(&self.0, context)),
            file: Arc::clone(&self.0),
            wanted: columns.into(),
            context: context.clone(),
        }))
    }
}

/// A scan of a CSV file: a morsel is a piece of some thousands of rows.
struct CsvScan {
    file: Arc<CsvFile>,
    chunks: Arc<Chunks>,
    wanted: Arc<[usize]>,
    context: Context,
}

impl Scan for CsvScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        self.chunks.claim()
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        Ok(Box::new(CsvReader::new(self)))
    }
}

/// An error at a line of a file.
fn error_at(path: &str, line: u64, message: impl std::fmt::Display) -> Error {
    Error::data(format!("file '{path}', line {line}: {message}"))
}

/// What is wrong with a record that is no record, and a hint.
fn describe(malformed: Malformed) -> (&'static str, &'static str) {
    let message = match malformed {
        Malformed::UnterminatedQuote => "a quoted field that begins here has no closing quote",
        Malformed::TextAfterQuote => "there is text between a closing quote and the next delimiter",
    };
    (message, "a quote inside a quoted field is written twice")
}

#[cfg(test)]
mod tests;
