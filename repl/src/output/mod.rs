//! How results are written. A [`Format`] is one row of [`FORMATS`]; each has a [`ResultWriter`] in a file of its own.
//!
//! Invariants: a writer writes only through the `out` it is given; the formats for programs (csv, json, jsonl) do not
//! depend on the terminal.

mod csv;
mod json;
mod jsonl;
mod line;
mod table;

use std::io::{self, Write};
use std::time::Duration;

use rowmill::{Batch, Column, Error};

/// Text is gathered up to about this many bytes between two writes.
const CHUNK_BYTES: usize = 1 << 16;

/// A way to print results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A box for people.
    #[default]
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// An array of objects.
    Json,
    /// One line for each statement, errors too.
    Jsonl,
    /// One line for each value.
    Line,
}

/// A row of [`FORMATS`].
pub(crate) struct FormatRow {
    /// The format.
    pub(crate) format: Format,
    /// Its name on the command line and behind `.mode`.
    pub(crate) name: &'static str,
    /// What it is, in a few words.
    pub(crate) summary: &'static str,
}

/// Every format there is.
pub(crate) const FORMATS: &[FormatRow] = &[
    FormatRow { format: Format::Table, name: "table", summary: "a box that fits the window" },
    FormatRow { format: Format::Csv, name: "csv", summary: "comma-separated values with a header" },
    FormatRow { format: Format::Json, name: "json", summary: "an array of objects" },
    FormatRow { format: Format::Jsonl, name: "jsonl", summary: "for programs: one line for each statement" },
    FormatRow { format: Format::Line, name: "line", summary: "one line for each value" },
];

impl Format {
    /// The format of that name, in whatever case.
    pub(crate) fn parse(name: &str) -> Option<Format> {
        FORMATS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.format)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        FORMATS.iter().find(|row| row.format == self).map_or("", |row| row.name)
    }

    /// A writer for the result of one statement.
    pub(crate) fn writer(self) -> Box<dyn ResultWriter> {
        match self {
            Format::Table => Box::new(table::TableWriter::new(table::Screen::of_standard_output())),
            Format::Csv => Box::<csv::CsvWriter>::default(),
            Format::Json => Box::<json::JsonWriter>::default(),
            Format::Jsonl => Box::<jsonl::JsonlWriter>::default(),
            Format::Line => Box::<line::LineWriter>::default(),
        }
    }
}

/// What is known once a statement is through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary {
    /// Rows inserted, updated or deleted.
    pub(crate) changes: u64,
    /// From parsing to the last row, printing excluded.
    pub(crate) elapsed: Duration,
}

/// Writes the result of one statement: `begin`, any number of `batch`es, then `end`. `fail` instead of any of them
/// ends the result with an error. A statement without rows has no columns.
pub(crate) trait ResultWriter {
    /// The columns are known.
    fn begin(&mut self, columns: &[Column], out: &mut dyn Write) -> io::Result<()>;

    /// The next rows.
    fn batch(&mut self, batch: Batch, out: &mut dyn Write) -> io::Result<()>;

    /// There are no more rows.
    fn end(&mut self, summary: Summary, out: &mut dyn Write) -> io::Result<()>;

    /// The statement `sql` has failed; rows that came before stand. People read errors on standard error.
    fn fail(&mut self, sql: &str, error: &Error, out: &mut dyn Write) -> io::Result<()> {
        out.flush()?;
        say_error(rowmill::render_error(sql, error).trim_end())
    }
}

/// Prints an error for people.
pub(crate) fn say_error(message: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{message}")
}

/// Hands `text` on when it has grown large enough to be worth it.
fn spill(text: &mut String, out: &mut dyn Write) -> io::Result<()> {
    if text.len() >= CHUNK_BYTES {
        drain(text, out)?;
    }
    Ok(())
}

/// Hands all of `text` on and keeps its memory.
fn drain(text: &mut String, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    text.clear();
    Ok(())
}

/// Appends `text` as a JSON string.
fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if u32::from(control) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
