//! CSV files: delimiter, header and types are found from a sample; records are streamed, and only the fields that
//! are asked for are parsed.
//!
//! - [`record`] finds records and fields in a buffer (RFC 4180: quotes double inside quotes, lines may break there).
//! - [`sniff`] decides delimiter, header, names and types.
//! - [`convert`] turns the fields of a column into a vector.
//! - [`reader`] moves through the file with a buffer of bounded size.

mod convert;
mod field;
mod reader;
mod record;
mod sniff;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rowmill_vm::table::{ColumnRange, Morsel, MorselReader, Scan, Table, TableColumn};
use rowmill_vm::{Context, DataType, Error, ErrorKind, Result};

use reader::CsvReader;
use record::Malformed;

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
struct CsvTable {
    path: Arc<str>,
    dialect: Dialect,
    columns: Arc<[TableColumn]>,
    /// How many rows were looked at to find the types.
    sample_rows: usize,
}

/// Opens a file far enough to know its columns.
pub(super) fn open(path: &str, mut file: File) -> Result<Arc<dyn Table>> {
    let sniffed = sniff::sniff(path, &mut file)?;
    let column = |(name, data_type): (String, DataType)| {
        let form = data_type.form();
        TableColumn { name, data_type, form, nullable: true }
    };
    Ok(Arc::new(CsvTable {
        path: path.into(),
        dialect: sniffed.dialect,
        columns: sniffed.columns.into_iter().map(column).collect(),
        sample_rows: sniffed.sample_rows,
    }))
}

impl Table for CsvTable {
    fn name(&self) -> &str {
        &self.path
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn row_count(&self) -> Option<u64> {
        None
    }

    fn scan(&self, columns: &[usize], _ranges: &[ColumnRange], context: &Context) -> Result<Arc<dyn Scan>> {
        Ok(Arc::new(CsvScan {
            path: Arc::clone(&self.path),
            dialect: self.dialect,
            columns: Arc::clone(&self.columns),
            wanted: columns.into(),
            sample_rows: self.sample_rows,
            context: context.clone(),
            claimed: AtomicBool::new(false),
        }))
    }
}

/// A scan of a CSV file. The file is one morsel: where a record begins is known only from what stands before it.
struct CsvScan {
    path: Arc<str>,
    dialect: Dialect,
    columns: Arc<[TableColumn]>,
    wanted: Arc<[usize]>,
    sample_rows: usize,
    context: Context,
    claimed: AtomicBool,
}

impl Scan for CsvScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        let morsel = Morsel { number: 0, first_row: 0, rows: u64::MAX };
        Ok((!self.claimed.swap(true, Ordering::Relaxed)).then_some(morsel))
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        Ok(Box::new(CsvReader::new(self)))
    }
}

/// An error at a line of a file.
fn error_at(path: &str, line: u64, message: impl std::fmt::Display) -> Error {
    Error::data(format!("file '{path}', line {line}: {message}"))
}

/// An error of the operating system about a file.
fn io_error(path: &str, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read file '{path}': {error}")).with_source(error)
}

/// What is wrong with a record that is no record.
fn malformed_error(path: &str, line: u64, malformed: Malformed) -> Error {
    match malformed {
        Malformed::UnterminatedQuote => error_at(path, line, "a quoted field that begins here has no closing quote")
            .with_hint("a quote inside a quoted field is written twice"),
        Malformed::TextAfterQuote => {
            error_at(path, line, "there is text between a closing quote and the next delimiter")
                .with_hint("a quote inside a quoted field is written twice")
        }
    }
}

#[cfg(test)]
mod tests;
