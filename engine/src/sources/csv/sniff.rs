//! What a CSV file looks like, found from its beginning.

use std::collections::HashSet;

use rowmill_vm::{DataType, Error, Result};

use super::record::{Content, End, FieldSpan, Malformed, PADDING, Scanned};
use super::{BYTE_ORDER_MARK, Dialect, Header, describe as describe_malformed, error_at, field};
use crate::sources::file::SourceFile;

/// Bytes that are looked at. A first record that is longer is refused.
const SAMPLE_BYTES: usize = 8 << 20;
/// Rows that are looked at for types.
const SAMPLE_ROWS_MAX: usize = 20_480;
/// Rows that are looked at for the delimiter.
const DELIMITER_ROWS_MAX: usize = 500;
/// Delimiters that are tried; the first of equals wins.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// Columns that a file may have.
const COLUMNS_MAX: usize = 10_000;

/// What was found.
#[derive(Debug)]
pub(super) struct Sniffed {
    pub(super) dialect: Dialect,
    pub(super) columns: Vec<(String, DataType)>,
    pub(super) sample_rows: usize,
}

/// Whether a field reads as some type.
type Test = fn(&[u8]) -> bool;

/// Types that a column may have, the narrowest first; VARCHAR takes everything.
const CANDIDATES: [(DataType, Test); 5] = [
    (DataType::Boolean, |field| field::boolean(field).is_some()),
    (DataType::BigInt, |field| field::integer(field).is_some()),
    (DataType::Double, |field| field::double(field).is_some()),
    (DataType::Date, |field| field::date(field).is_some()),
    (DataType::TIMESTAMP, |field| field::timestamp(field).is_some()),
];

/// Looks at the beginning of a file.
pub(super) fn sniff(file: &SourceFile) -> Result<Sniffed> {
    let path = file.path();
    let mut sample = vec![0; usize::try_from(file.bytes()).unwrap_or(usize::MAX).min(SAMPLE_BYTES)];
    let read = file.read_up_to(0, &mut sample)?;
    sample.truncate(read);
    let start = if sample.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    if sample[start..].iter().all(u8::is_ascii_whitespace) {
        return Err(Error::data(format!("file '{path}' is empty")));
    }
    let end = if read == SAMPLE_BYTES { End::OfBuffer } else { End::OfFile };
    sample.resize(read + PADDING, b'\n');
    let content = |delimiter| Content { buffer: &sample, length: read, end, delimiter };

    let delimiter = DELIMITERS.into_iter().max_by_key(|delimiter| {
        let position = DELIMITERS.iter().position(|other| other == delimiter);
        (consistency(content(*delimiter), start), std::cmp::Reverse(position))
    });
    let delimiter = delimiter.unwrap_or(DELIMITERS[0]);
    let records = read_records(content(delimiter), start, SAMPLE_ROWS_MAX + 1).map_err(|(position, malformed)| {
        let line = 1 + sample[..position].iter().filter(|byte| **byte == b'\n').count() as u64;
        let (message, hint) = describe_malformed(malformed);
        error_at(path, line, message).with_hint(hint)
    })?;
    let Some((first, rest)) = records.split_first() else {
        return Err(error_at(path, 1, format!("the first record is longer than {SAMPLE_BYTES} bytes")));
    };
    if first.len() > COLUMNS_MAX {
        return Err(error_at(path, 1, format!("{} columns; at most {COLUMNS_MAX} are read", first.len())));
    }
    describe(path, &sample, delimiter, first, rest)
}

/// How well the records agree about their number of fields: 0 if they do not, else that number.
fn consistency(content: Content<'_>, start: usize) -> usize {
    let Ok(records) = read_records(content, start, DELIMITER_ROWS_MAX) else {
        return 0;
    };
    let Some(width) = records.first().map(Vec::len) else {
        return 0;
    };
    let alike = records.iter().filter(|record| record.len() == width).count();
    // Up to half of the rows may be ragged: their error says more than another delimiter would.
    if alike * 2 >= records.len() { width } else { 0 }
}

type Records = Vec<Vec<FieldSpan>>;

/// The fields of the first records; blank lines are left out. Fails with the position of what is no record.
fn read_records(content: Content<'_>, start: usize, rows_max: usize) -> Result<Records, (usize, Malformed)> {
    let mut records = Vec::new();
    let mut position = start;
    while records.len() < rows_max && position < content.length {
        let mut record = Vec::new();
        let scanned = content.record(position, |_, span| record.push(span));
        match scanned {
            Ok(Scanned::Record { next, .. }) => position = next,
            Ok(Scanned::Incomplete) => break,
            // What stands before is enough to know the columns; the reader reports the rest in its place.
            Err(_) if !records.is_empty() => break,
            Err(malformed) => return Err((position, malformed)),
        }
        if !(record.len() == 1 && record[0].is_null()) {
            records.push(record);
        }
    }
    Ok(records)
}

fn describe(path: &str, sample: &[u8], delimiter: u8, first: &[FieldSpan], rest: &[Vec<FieldSpan>]) -> Result<Sniffed> {
    let mut scratch = Vec::new();
    let types: Vec<Option<DataType>> =
        (0..first.len()).map(|column| column_type(sample, rest, column, &mut scratch)).collect();
    let header = find_header(sample, first, rest, &types, &mut scratch);
    let names = match header {
        Header::Present => header_names(path, sample, first, &mut scratch)?,
        Header::Absent => (0..first.len()).map(|column| format!("column{column}")).collect(),
    };
    let types: Vec<DataType> = match header {
        Header::Present => types.into_iter().map(|data_type| data_type.unwrap_or(DataType::Varchar)).collect(),
        Header::Absent => {
            let all: Vec<Vec<FieldSpan>> = [first.to_vec()].into_iter().chain(rest.iter().cloned()).collect();
            (0..first.len())
                .map(|column| column_type(sample, &all, column, &mut scratch).unwrap_or(DataType::Varchar))
                .collect()
        }
    };
    let sample_rows = rest.len() + usize::from(header == Header::Absent);
    let dialect = Dialect { delimiter, header };
    Ok(Sniffed { dialect, columns: names.into_iter().zip(types).collect(), sample_rows })
}

/// The narrowest type of a column's fields; `None` if all are NULL.
fn column_type(sample: &[u8], records: &[Vec<FieldSpan>], column: usize, scratch: &mut Vec<u8>) -> Option<DataType> {
    let mut fits = [true; CANDIDATES.len()];
    let mut seen = false;
    for span in records.iter().filter_map(|record| record.get(column)) {
        if span.start == span.end {
            continue;
        }
        seen = true;
        let bytes = span.bytes(sample, scratch);
        for (fits, (_, test)) in fits.iter_mut().zip(&CANDIDATES) {
            *fits = *fits && test(bytes);
        }
        if fits == [false; CANDIDATES.len()] {
            break;
        }
    }
    let narrowest = CANDIDATES.iter().zip(fits).find(|(_, fits)| *fits);
    seen.then(|| narrowest.map_or(DataType::Varchar, |((data_type, _), _)| data_type.clone()))
}

/// The first record is a header if it is all text, and either some column below it is not, or all is text.
fn find_header(
    sample: &[u8],
    first: &[FieldSpan],
    rest: &[Vec<FieldSpan>],
    types: &[Option<DataType>],
    scratch: &mut Vec<u8>,
) -> Header {
    let is_text = |span: &FieldSpan, scratch: &mut Vec<u8>| {
        let bytes = span.bytes(sample, scratch);
        !CANDIDATES.iter().any(|(_, test)| test(bytes))
    };
    // Names are not missing, and never look like numbers or dates.
    let names = first.iter().all(|span| span.start < span.end && is_text(span, scratch));
    if names {
        return Header::Present;
    }
    // A column of numbers with text above it: then a header with some odd names.
    let differs = first.iter().zip(types).any(|(span, data_type)| match data_type {
        Some(DataType::Varchar) | None => false,
        Some(_) => span.start < span.end && is_text(span, scratch),
    });
    if differs && !rest.is_empty() { Header::Present } else { Header::Absent }
}

/// The header's names: those that are missing or repeated get a number.
fn header_names(path: &str, sample: &[u8], first: &[FieldSpan], scratch: &mut Vec<u8>) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = HashSet::new();
    for (column, span) in first.iter().enumerate() {
        let bytes = span.bytes(sample, scratch);
        let Ok(name) = std::str::from_utf8(bytes) else {
            let name = String::from_utf8_lossy(bytes);
            return Err(error_at(path, 1, format!("the name of column {}, '{name}', is not UTF-8", column + 1))
                .with_hint("convert the file to UTF-8, for instance with iconv"));
        };
        let name = match name.trim() {
            "" => format!("column{column}"),
            name => name.to_owned(),
        };
        let unique = (0..).map(|number| if number == 0 { name.clone() } else { format!("{name}_{number}") });
        let unique = unique.into_iter().find(|name| taken.insert(name.to_lowercase()));
        names.push(unique.expect("of endless numbers one is free"));
    }
    Ok(names)
}
