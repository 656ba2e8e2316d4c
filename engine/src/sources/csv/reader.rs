//! Moving through a CSV file with a buffer of bounded size.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use rowmill_vm::table::{Morsel, MorselReader};
use rowmill_vm::{Context, DataType, Error, Reservation, Result, Vector};

use super::convert::{Fields, Misfit, Reason};
use super::record::{Content, End, FieldSpan, Malformed, PADDING, Scanned};
use super::{CsvScan, Header, error_at, io_error, malformed_error};

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 20;
/// The longest record. Positions in the buffer have 32 bits; most often such a record is a quote left open.
const RECORD_BYTES_MAX: usize = 256 << 20;
/// A field is quoted in errors up to so many characters.
const QUOTED_CHARS_MAX: usize = 60;
/// The mark that some programs put before UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A column that nobody asked for.
const SKIP: u32 = u32::MAX;

/// A worker's place in a CSV file.
pub(super) struct CsvReader {
    path: Arc<str>,
    columns: Arc<[rowmill_vm::table::TableColumn]>,
    wanted: Arc<[usize]>,
    header: Header,
    delimiter: u8,
    sample_rows: usize,
    context: Context,
    /// For each column of the file, its place among the fields that are kept, or [`SKIP`].
    places: Vec<u32>,
    width: usize,
    file: Option<File>,
    buffer: Buffer,
    /// The fields of the batch, row by row.
    spans: Vec<FieldSpan>,
    /// Where each record of the batch begins.
    starts: Vec<usize>,
    scratch: Vec<u8>,
}

/// A window of the file.
struct Buffer {
    bytes: Vec<u8>,
    /// The next record.
    position: usize,
    length: usize,
    end: End,
    /// The line, from 1, in which the window begins.
    line: u64,
    memory: Reservation,
}

impl CsvReader {
    pub(super) fn new(scan: &CsvScan) -> CsvReader {
        let mut places = vec![SKIP; scan.columns.len()];
        let mut width = 0;
        for column in scan.wanted.iter() {
            if places[*column] == SKIP {
                places[*column] = width;
                width += 1;
            }
        }
        CsvReader {
            path: Arc::clone(&scan.path),
            columns: Arc::clone(&scan.columns),
            wanted: Arc::clone(&scan.wanted),
            header: scan.dialect.header,
            delimiter: scan.dialect.delimiter,
            sample_rows: scan.sample_rows,
            context: scan.context.clone(),
            places,
            width: width as usize,
            file: None,
            buffer: Buffer {
                bytes: Vec::new(),
                position: 0,
                length: 0,
                end: End::OfBuffer,
                line: 1,
                memory: scan.context.reservation("CSV reader"),
            },
            spans: Vec::new(),
            starts: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Makes the window begin at the next record and reads more behind it.
    fn refill(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Err(Error::internal("a CSV reader reads before it is started"));
        };
        let buffer = &mut self.buffer;
        buffer.line += count_lines(&buffer.bytes[..buffer.position]);
        buffer.bytes.copy_within(buffer.position..buffer.length, 0);
        buffer.length -= buffer.position;
        buffer.position = 0;
        if buffer.length + PADDING >= buffer.bytes.len() || buffer.bytes.is_empty() {
            let size = (buffer.bytes.len() * 2).max(BUFFER_BYTES);
            if buffer.length >= RECORD_BYTES_MAX {
                let message = format!("a record is longer than {RECORD_BYTES_MAX} bytes; is a quote left open?");
                return Err(error_at(&self.path, buffer.line, message));
            }
            buffer.memory.resize(size)?;
            buffer.bytes.resize(size, 0);
        }
        let free = buffer.bytes.len() - PADDING;
        while buffer.length < free {
            match file.read(&mut buffer.bytes[buffer.length..free]) {
                Ok(0) => {
                    buffer.end = End::OfFile;
                    break;
                }
                Ok(read) => buffer.length += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error(&self.path, error)),
            }
        }
        buffer.bytes[buffer.length..buffer.length + PADDING].fill(b'\n');
        Ok(())
    }

    /// Finds the next at most `rows_max` records; their fields are then in `spans`. A record that is wrong is an
    /// error only where it comes first: what stands before it is given out.
    fn scan_records(&mut self, rows_max: usize) -> Result<usize> {
        self.spans.clear();
        self.starts.clear();
        while self.starts.len() < rows_max && self.buffer.position < self.buffer.length {
            let first = self.starts.is_empty();
            let content = self.buffer.content(self.delimiter);
            let before = self.spans.len();
            self.spans.resize(before + self.width, FieldSpan::default());
            let row = &mut self.spans[before..];
            let scanned = content.record(self.buffer.position, |field, span| {
                if let Some(place) = self.places.get(field)
                    && *place != SKIP
                {
                    row[*place as usize] = span;
                }
            });
            match scanned {
                Ok(Scanned::Record { fields, next }) if fields == self.places.len() => {
                    self.starts.push(self.buffer.position);
                    self.buffer.position = next;
                    continue;
                }
                // A line without anything is no record, unless that is what a NULL looks like.
                Ok(Scanned::Record { fields: 1, next }) if self.is_blank(self.buffer.position) => {
                    self.spans.truncate(before);
                    self.buffer.position = next;
                    continue;
                }
                Ok(Scanned::Record { fields, .. }) if first => return Err(self.ragged(fields)),
                Err(malformed) if first => return Err(self.malformed(malformed)),
                Ok(Scanned::Incomplete) if first => {
                    self.spans.clear();
                    self.refill()?;
                    self.context.poll()?;
                    continue;
                }
                Ok(Scanned::Record { .. } | Scanned::Incomplete) | Err(_) => {}
            }
            self.spans.truncate(before);
            break;
        }
        Ok(self.starts.len())
    }

    fn is_blank(&self, position: usize) -> bool {
        matches!(self.buffer.bytes[position..], [b'\n', ..] | [b'\r', b'\n', ..])
    }

    fn ragged(&self, fields: usize) -> Error {
        let expected = self.places.len();
        let line = self.buffer.line_of(self.buffer.position);
        let column = fields.min(expected) + usize::from(fields < expected);
        let column = match self.columns.get(column - 1) {
            Some(missing) if fields < expected => format!("; column {column} ({}) is missing", missing.name),
            Some(_) | None => String::new(),
        };
        let fields = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
        error_at(&self.path, line, format!("{fields}, but the file has {expected} columns{column}"))
            .with_hint("a field that contains the delimiter must stand in quotes")
    }

    fn malformed(&self, malformed: Malformed) -> Error {
        malformed_error(&self.path, self.buffer.line_of(self.buffer.position), malformed)
    }

    fn misfit(&self, column: usize, misfit: Misfit) -> Error {
        let table_column = &self.columns[column];
        let span = self.spans[misfit.row * self.width + self.places[column] as usize];
        let line = self.buffer.line_of(span.start as usize);
        let value: String =
            String::from_utf8_lossy(span.raw(&self.buffer.bytes)).chars().take(QUOTED_CHARS_MAX).collect();
        let (number, name) = (column + 1, &table_column.name);
        match misfit.reason {
            Reason::Utf8 => error_at(&self.path, line, format!("column {number} ({name}): '{value}' is not UTF-8"))
                .with_hint("convert the file to UTF-8, for instance with iconv"),
            Reason::Type => {
                let expected = &table_column.data_type;
                let message = format!("column {number} ({name}): '{value}' is no {expected}");
                let hint = format!(
                    "{expected} was inferred from the first {} rows; correct the value, or quote one of those as text",
                    self.sample_rows
                );
                error_at(&self.path, line, message).with_hint(hint)
            }
        }
    }

    /// Converts the fields of `rows` rows; on failure says in which column and row, the first row first.
    fn convert(&mut self, rows: usize, columns: &mut [Vector]) -> Result<(), (usize, Misfit)> {
        let (Some(start), end) = (self.starts.first(), self.buffer.position) else {
            return Ok(());
        };
        let fields = Fields {
            buffer: &self.buffer.bytes,
            spans: &self.spans,
            width: self.width.max(1),
            rows,
            ascii: self.buffer.bytes[*start..end].is_ascii(),
        };
        let mut failed: Option<(usize, Misfit)> = None;
        for (column, out) in self.wanted.iter().zip(columns) {
            let data_type: &DataType = &self.columns[*column].data_type;
            let place = self.places[*column] as usize;
            if let Err(misfit) = fields.convert(place, data_type, &mut self.scratch, out)
                && failed.is_none_or(|(_, first)| misfit.row < first.row)
            {
                failed = Some((*column, misfit));
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

impl Buffer {
    fn content(&self, delimiter: u8) -> Content<'_> {
        Content { buffer: &self.bytes, length: self.length, end: self.end, delimiter }
    }

    fn line_of(&self, position: usize) -> u64 {
        self.line + count_lines(&self.bytes[..position])
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

impl MorselReader for CsvReader {
    fn start(&mut self, _morsel: Morsel) -> Result<()> {
        self.file = Some(File::open(&*self.path).map_err(|error| io_error(&self.path, error))?);
        self.buffer.position = 0;
        self.buffer.length = 0;
        self.buffer.end = End::OfBuffer;
        self.buffer.line = 1;
        self.refill()?;
        if self.buffer.bytes[..self.buffer.length].starts_with(BYTE_ORDER_MARK) {
            self.buffer.position = BYTE_ORDER_MARK.len();
        }
        if self.header == Header::Present {
            self.scan_records(1)?;
        }
        Ok(())
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        self.context.poll()?;
        // A batch ends with the buffer, so it is filled again before only a few rows are left in it.
        if self.buffer.end == End::OfBuffer && self.buffer.length - self.buffer.position < BUFFER_BYTES / 2 {
            self.refill()?;
        }
        let rows = self.scan_records(rows_max)?;
        let Err((column, misfit)) = self.convert(rows, columns) else {
            return Ok(rows);
        };
        if misfit.row == 0 {
            return Err(self.misfit(column, misfit));
        }
        // The rows before the wrong one are good: the next call meets it first.
        self.buffer.position = self.starts[misfit.row];
        self.starts.truncate(misfit.row);
        self.spans.truncate(misfit.row * self.width);
        match self.convert(misfit.row, columns) {
            Ok(()) => Ok(misfit.row),
            Err((column, misfit)) => Err(self.misfit(column, misfit)),
        }
    }
}
