//! Moving through a piece of a CSV file.

use std::sync::Arc;

use rowmill_vm::table::{Morsel, MorselReader};
use rowmill_vm::{Context, DataType, Error, Result, Vector};

use super::chunks::{Chunk, Chunks};
use super::convert::{Fields, Misfit, Reason};
use super::record::{Content, End, FieldSpan, Malformed, Scanned};
use super::{CsvFile, CsvScan, Header, describe};

/// A field is quoted in errors up to so many characters.
const QUOTED_CHARS_MAX: usize = 60;
/// A column that nobody asked for.
const SKIP: u32 = u32::MAX;

/// A worker's place in a CSV file.
pub(super) struct CsvReader {
    file: Arc<CsvFile>,
    chunks: Arc<Chunks>,
    wanted: Arc<[usize]>,
    context: Context,
    /// For each column of the file, its place among the fields that are kept, or [`SKIP`].
    places: Vec<u32>,
    width: usize,
    chunk: Option<Chunk>,
    /// The next record in the piece.
    position: usize,
    /// The fields of the batch, row by row.
    spans: Vec<FieldSpan>,
    /// Where each record of the batch begins.
    starts: Vec<usize>,
    scratch: Vec<u8>,
}

impl CsvReader {
    pub(super) fn new(scan: &CsvScan) -> CsvReader {
        let mut places = vec![SKIP; scan.file.columns.len()];
        let mut width = 0;
        for column in scan.wanted.iter() {
            if places[*column] == SKIP {
                places[*column] = width;
                width += 1;
            }
        }
        CsvReader {
            file: Arc::clone(&scan.file),
            chunks: Arc::clone(&scan.chunks),
            wanted: Arc::clone(&scan.wanted),
            context: scan.context.clone(),
            places,
            width: width as usize,
            chunk: None,
            position: 0,
            spans: Vec::new(),
            starts: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Finds the next at most `rows_max` records; their fields are then in `spans`. A record that is wrong is an
    /// error only where it comes first: what stands before it is given out.
    fn scan_records(&mut self, rows_max: usize) -> Result<usize> {
        self.spans.clear();
        self.starts.clear();
        let Some(chunk) = &self.chunk else {
            return Ok(0);
        };
        // A piece ends with a record, as a file does.
        let delimiter = self.file.dialect.delimiter;
        let content = Content { buffer: &chunk.bytes, length: chunk.length, end: End::OfFile, delimiter };
        while self.starts.len() < rows_max && self.position < chunk.length {
            let first = self.starts.is_empty();
            let before = self.spans.len();
            self.spans.resize(before + self.width, FieldSpan::default());
            let row = &mut self.spans[before..];
            let scanned = content.record(self.position, |field, span| {
                if let Some(place) = self.places.get(field)
                    && *place != SKIP
                {
                    row[*place as usize] = span;
                }
            });
            match scanned {
                Ok(Scanned::Record { fields, next }) if fields == self.places.len() => {
                    self.starts.push(self.position);
                    self.position = next;
                    continue;
                }
                // A line without anything is no record, unless that is what a NULL looks like.
                Ok(Scanned::Record { fields: 1, next }) if is_blank(&chunk.bytes[self.position..]) => {
                    self.spans.truncate(before);
                    self.position = next;
                    continue;
                }
                Ok(Scanned::Record { fields, .. }) if first => return Err(self.ragged(chunk, fields)),
                Err(malformed) if first => return Err(self.malformed(chunk, malformed)),
                Ok(Scanned::Incomplete) => return Err(Error::internal("a piece of a CSV file ends within a record")),
                Ok(Scanned::Record { .. }) | Err(_) => {}
            }
            self.spans.truncate(before);
            break;
        }
        Ok(self.starts.len())
    }

    fn ragged(&self, chunk: &Chunk, fields: usize) -> Error {
        let expected = self.places.len();
        let column = fields.min(expected) + usize::from(fields < expected);
        let column = match self.file.columns.get(column - 1) {
            Some(missing) if fields < expected => format!("; column {column} ({}) is missing", missing.name),
            Some(_) | None => String::new(),
        };
        let fields = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
        self.error_at(chunk, self.position, format!("{fields}, but the file has {expected} columns{column}"))
            .with_hint("a field that contains the delimiter must stand in quotes")
    }

    fn malformed(&self, chunk: &Chunk, malformed: Malformed) -> Error {
        let (message, hint) = describe(malformed);
        self.error_at(chunk, self.position, message).with_hint(hint)
    }

    fn error_at(&self, chunk: &Chunk, position: usize, message: impl std::fmt::Display) -> Error {
        self.file.error_at(chunk.offset + position as u64, message)
    }

    fn misfit(&self, chunk: &Chunk, column: usize, misfit: Misfit) -> Error {
        let table_column = &self.file.columns[column];
        let span = self.spans[misfit.row * self.width + self.places[column] as usize];
        let value: String = String::from_utf8_lossy(span.raw(&chunk.bytes)).chars().take(QUOTED_CHARS_MAX).collect();
        let (number, name) = (column + 1, &table_column.name);
        let error = |message| self.error_at(chunk, span.start as usize, message);
        match misfit.reason {
            Reason::Utf8 => error(format!("column {number} ({name}): '{value}' is not UTF-8"))
                .with_hint("convert the file to UTF-8, for instance with iconv"),
            Reason::Type => {
                let expected = &table_column.data_type;
                let hint = format!(
                    "{expected} was inferred from the first {} rows; correct the value, or quote one of those as text",
                    self.file.sample_rows
                );
                error(format!("column {number} ({name}): '{value}' is no {expected}")).with_hint(hint)
            }
        }
    }

    /// Converts the fields of `rows` rows; on failure says in which column and row, the first row first.
    fn convert(&mut self, rows: usize, columns: &mut [Vector]) -> Result<(), (usize, Misfit)> {
        let (Some(chunk), Some(start), end) = (&self.chunk, self.starts.first(), self.position) else {
            return Ok(());
        };
        let fields = Fields {
            buffer: &chunk.bytes,
            spans: &self.spans,
            width: self.width.max(1),
            rows,
            ascii: chunk.bytes[*start..end].is_ascii(),
        };
        let mut failed: Option<(usize, Misfit)> = None;
        for (column, out) in self.wanted.iter().zip(columns) {
            let data_type: &DataType = &self.file.columns[*column].data_type;
            let place = self.places[*column] as usize;
            if let Err(misfit) = fields.convert(place, data_type, &mut self.scratch, out)
                && failed.is_none_or(|(_, first)| misfit.row < first.row)
            {
                failed = Some((*column, misfit));
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The error of a field that is no value.
    fn field_error(&self, column: usize, misfit: Misfit) -> Error {
        match &self.chunk {
            Some(chunk) => self.misfit(chunk, column, misfit),
            None => Error::internal("a field of no file is wrong"),
        }
    }

    /// Gives the piece back.
    fn finish(&mut self) {
        if let Some(chunk) = self.chunk.take() {
            self.chunks.give_back(chunk);
        }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\n', ..] | [b'\r', b'\n', ..])
}

impl MorselReader for CsvReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        self.finish();
        let chunk = self.chunks.take(morsel.number)?;
        self.position = chunk.first_record();
        let first = chunk.offset == 0;
        self.chunk = Some(chunk);
        if first && self.file.dialect.header == Header::Present {
            self.scan_records(1)?;
        }
        Ok(())
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        self.context.poll()?;
        let rows = self.scan_records(rows_max)?;
        if rows == 0 {
            self.finish();
            return Ok(0);
        }
        let Err((column, misfit)) = self.convert(rows, columns) else {
            return Ok(rows);
        };
        if misfit.row == 0 {
            return Err(self.field_error(column, misfit));
        }
        // The rows before the wrong one are good: the next call meets it first.
        self.position = self.starts[misfit.row];
        self.starts.truncate(misfit.row);
        self.spans.truncate(misfit.row * self.width);
        match self.convert(misfit.row, columns) {
            Ok(()) => Ok(misfit.row),
            Err((column, misfit)) => Err(self.field_error(column, misfit)),
        }
    }
}
