//! A column of a table: while rows are added, and in a block, in the form that suits its values.
//!
//! ```text
//! numbers ──▶ the narrowest integers that hold them, or steps from a base
//! text ─────▶ numbers of a dictionary's strings, where there are few different ones;
//!             else the strings one behind the other
//! the rest ─▶ as its vectors are
//! ```
//!
//! The form is decided block by block; a scan wants one for all of a table's rows, and what lies otherwise is brought
//! into it on the way out, here.

use std::ops::Range;
use std::sync::Arc;

use rowmill_vm::table::{ColumnRange, ColumnStatistics};
use rowmill_vm::vector::{Text, Values};
use rowmill_vm::{DataType, Form, MemoryAccount, Value, Vector};

use super::based::Based;
use super::dictionary::{Dictionary, Encoded, STRINGS_MAX};
use super::narrow;
use super::sorted;
use super::statistics::column_statistics;
use super::strings::{GrowingStrings, Strings};
use crate::vectors::{append_widened, content_bytes, share_into};

/// A dictionary pays where a string comes so often on average.
const REPEATS_MIN: usize = 4;

/// How text is held.
#[derive(Clone, Debug)]
pub(super) enum TextShape {
    /// That is decided when the first block is sealed.
    Undecided,
    /// One string behind the other.
    Strings,
    /// By its number in a dictionary.
    Coded(Arc<Dictionary>),
}

/// A column that grows.
#[derive(Clone, Debug)]
pub(super) enum GrowingColumn {
    /// In the type's own form.
    Plain(Vector),
    /// Text; whether a dictionary may be tried when it is sealed.
    Strings { strings: GrowingStrings, undecided: bool },
    /// Text as numbers of a dictionary's strings, in form I32.
    Codes { codes: Vector, dictionary: Arc<Dictionary> },
}

/// A column of a block.
#[derive(Debug)]
pub(super) enum BlockColumn {
    /// In the type's own form or a narrower one.
    Plain(Vector),
    /// Numbers that would need eight bytes, as steps from a base.
    Based(Based),
    /// Text.
    Strings(Strings),
    /// Text as numbers of a dictionary's strings.
    Codes { codes: Vector, dictionary: Arc<Dictionary> },
}

impl GrowingColumn {
    /// A column without rows.
    pub(super) fn new(data_type: &DataType, shape: &TextShape) -> GrowingColumn {
        if data_type.form() != Form::Text {
            return GrowingColumn::Plain(Vector::empty(data_type.form()));
        }
        match shape {
            TextShape::Coded(dictionary) => {
                GrowingColumn::Codes { codes: Vector::empty(Form::I32), dictionary: Arc::clone(dictionary) }
            }
            TextShape::Undecided => GrowingColumn::Strings { strings: GrowingStrings::new(), undecided: true },
            TextShape::Strings => GrowingColumn::Strings { strings: GrowingStrings::new(), undecided: false },
        }
    }

    /// Whether a row is NULL.
    pub(super) fn has_nulls(&self) -> bool {
        match self {
            GrowingColumn::Plain(vector) | GrowingColumn::Codes { codes: vector, .. } => {
                vector.validity.bits().is_some()
            }
            GrowingColumn::Strings { strings, .. } => strings.validity.bits().is_some(),
        }
    }

    /// Appends a value of the column's type, for which there is memory.
    pub(super) fn push(&mut self, value: &Value) {
        let bytes = match value {
            Value::Text(text) => Some(text.as_bytes()),
            Value::Blob(bytes) => Some(&**bytes),
            _ => None,
        };
        let has_room = match self {
            GrowingColumn::Plain(vector) => {
                vector.push(value);
                true
            }
            GrowingColumn::Strings { strings, .. } => {
                let has_room = strings.has_room(bytes.map_or(0, <[u8]>::len));
                if has_room {
                    strings.push(bytes);
                }
                has_room
            }
            GrowingColumn::Codes { codes, dictionary } => encode(codes, dictionary, std::iter::once(bytes)),
        };
        if !has_room {
            self.give_up_shape();
            self.push(value);
        }
    }

    /// Appends the rows of a vector in the column's own form or a narrower one; there is memory.
    pub(super) fn append(&mut self, source: &Vector) -> rowmill_vm::Result<()> {
        let has_room = match (&mut *self, &source.values) {
            (GrowingColumn::Plain(vector), _) => return append_widened(vector, source),
            (GrowingColumn::Strings { strings, .. }, Values::Text(text)) => {
                let has_room = strings.has_room(content_bytes(source));
                if has_room {
                    strings_of(text, source).for_each(|string| strings.push(string));
                }
                has_room
            }
            (GrowingColumn::Codes { codes, dictionary }, Values::Text(text)) => {
                encode(codes, dictionary, strings_of(text, source))
            }
            (GrowingColumn::Strings { .. } | GrowingColumn::Codes { .. }, _) => false,
        };
        if has_room {
            return Ok(());
        }
        self.give_up_shape();
        self.append(source)
    }

    /// Appends numbers of a dictionary's strings: as they are if it is this column's, else as text.
    pub(super) fn append_codes(&mut self, source: &Vector, of: &Arc<Dictionary>) -> rowmill_vm::Result<()> {
        match self {
            GrowingColumn::Codes { codes, dictionary } if Arc::ptr_eq(dictionary, of) => append_widened(codes, source),
            GrowingColumn::Plain(_) | GrowingColumn::Strings { .. } | GrowingColumn::Codes { .. } => {
                let mut text = Vector::empty(Form::Text);
                decode(&mut text, source, of, 0..source.len());
                self.append(&text)
            }
        }
    }

    /// Goes on in a form that has room for more: from numbers to strings, from strings to views.
    fn give_up_shape(&mut self) {
        match self {
            GrowingColumn::Plain(_) => {}
            GrowingColumn::Strings { strings, .. } => {
                let mut vector = Vector::empty(Form::Text);
                strings.read(&mut vector, 0..strings.rows());
                *self = GrowingColumn::Plain(vector);
            }
            GrowingColumn::Codes { codes, dictionary } => {
                let mut vector = Vector::empty(Form::Text);
                decode(&mut vector, codes, dictionary, 0..codes.len());
                let mut strings = GrowingStrings::new();
                strings_of(vector.text(), &vector).for_each(|string| strings.push(string));
                *self = GrowingColumn::Strings { strings, undecided: false };
            }
        }
    }

    /// Makes `out` a copy of some rows in `form`, which holds them; `numbers` is there for its capacity.
    pub(super) fn read(&self, out: &mut Vector, rows: Range<usize>, form: Form, numbers: &mut Vec<u32>) {
        match self {
            GrowingColumn::Strings { strings, .. } => strings.read(out, rows),
            GrowingColumn::Codes { codes, dictionary } if form == Form::Text => decode(out, codes, dictionary, rows),
            GrowingColumn::Plain(vector) | GrowingColumn::Codes { codes: vector, .. } => match form {
                Form::Bits | Form::Text | Form::List | Form::Struct => {
                    // A column that grows is sealed long before it has 2^32 rows.
                    numbers.clear();
                    numbers.extend(rows.map(|row| row as u32));
                    out.gather(vector, numbers);
                }
                _ => {
                    narrow::convert_into(&mut out.values, &vector.values, rows.clone(), form);
                    out.validity.assign(&vector.validity.slice(rows.start, rows.len()));
                }
            },
        }
    }

    /// Ends the growing: the column of a block, and what is known of its values.
    pub(super) fn seal(self, data_type: &DataType, account: &Arc<MemoryAccount>) -> (BlockColumn, ColumnStatistics) {
        let unknown = |nulls: usize| ColumnStatistics {
            min: Value::Null,
            max: Value::Null,
            nulls: nulls as u64,
            rises: false,
            ascending: false,
        };
        match self {
            GrowingColumn::Plain(vector) => {
                let statistics = column_statistics(&vector);
                let form = narrow::narrowest(data_type, &statistics);
                let vector = narrow::convert(vector, form);
                let column = match Based::of(&vector, (&statistics.min, &statistics.max)) {
                    Some(based) => BlockColumn::Based(based),
                    None => BlockColumn::Plain(vector.into_shared()),
                };
                (column, statistics)
            }
            GrowingColumn::Strings { strings, undecided } => {
                if let Some(coded) = undecided.then(|| to_codes(&strings, account)).flatten() {
                    return coded.seal(data_type, account);
                }
                let sealed = strings.seal();
                let statistics = unknown(sealed.nulls());
                (BlockColumn::Strings(sealed), statistics)
            }
            GrowingColumn::Codes { codes, dictionary } => {
                let statistics = unknown(codes.validity.null_count(codes.len()));
                let codes = narrow::convert(codes, dictionary.form()).into_shared();
                (BlockColumn::Codes { codes, dictionary }, statistics)
            }
        }
    }

    /// How its text is held.
    pub(super) fn dictionary(&self) -> Option<&Arc<Dictionary>> {
        match self {
            GrowingColumn::Codes { dictionary, .. } => Some(dictionary),
            GrowingColumn::Plain(_) | GrowingColumn::Strings { .. } => None,
        }
    }
}

impl BlockColumn {
    /// Makes `out` some rows in `form`, which holds them: shared if they lie in it, converted otherwise.
    pub(super) fn read(&self, out: &mut Vector, rows: Range<usize>, form: Form) {
        match self {
            BlockColumn::Strings(strings) => strings.read(out, rows),
            BlockColumn::Based(based) => based.read(out, rows, form),
            BlockColumn::Codes { codes, dictionary } if form == Form::Text => decode(out, codes, dictionary, rows),
            BlockColumn::Plain(vector) | BlockColumn::Codes { codes: vector, .. } if vector.form() == form => {
                share_into(out, vector, rows.start, rows.len());
            }
            BlockColumn::Plain(vector) | BlockColumn::Codes { codes: vector, .. } => {
                narrow::convert_into(&mut out.values, &vector.values, rows.clone(), form);
                out.validity = vector.validity.slice(rows.start, rows.len());
            }
        }
    }

    /// The form in which its rows are copied: as [`BlockColumn::form`], but for text the form of its numbers, and of
    /// which dictionary these are.
    pub(super) fn copied(&self) -> (Form, Option<&Arc<Dictionary>>) {
        match self {
            BlockColumn::Codes { codes, dictionary } => (codes.form(), Some(dictionary)),
            BlockColumn::Plain(_) | BlockColumn::Based(_) | BlockColumn::Strings(_) => (self.form(), None),
        }
    }

    /// If its values rise, the rows whose values lie in a range.
    pub(super) fn rows_within(&self, range: &ColumnRange) -> Option<Range<usize>> {
        match self {
            BlockColumn::Plain(vector) => Some(sorted::rows_within(vector, range, |value| value)),
            BlockColumn::Based(based) => Some(based.rows_within(range)),
            BlockColumn::Strings(_) | BlockColumn::Codes { .. } => None,
        }
    }

    /// The form of its numbers, where it has numbers.
    pub(super) fn form(&self) -> Form {
        match self {
            BlockColumn::Plain(vector) => vector.form(),
            BlockColumn::Based(_) => Form::I64,
            BlockColumn::Strings(_) | BlockColumn::Codes { .. } => Form::Text,
        }
    }

    /// How its text is held.
    pub(super) fn text_shape(&self) -> TextShape {
        match self {
            BlockColumn::Codes { dictionary, .. } => TextShape::Coded(Arc::clone(dictionary)),
            BlockColumn::Plain(_) | BlockColumn::Based(_) | BlockColumn::Strings(_) => TextShape::Strings,
        }
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            BlockColumn::Plain(vector) | BlockColumn::Codes { codes: vector, .. } => content_bytes(vector),
            BlockColumn::Based(based) => content_bytes(based.numbers()),
            BlockColumn::Strings(strings) => strings.bytes(),
        }
    }
}

/// The strings of a vector, `None` for NULL.
fn strings_of<'a>(text: &'a Text, vector: &'a Vector) -> impl Iterator<Item = Option<&'a [u8]>> {
    let validity = &vector.validity;
    (0..text.len()).map(move |row| validity.is_valid(row).then(|| text.get(row)))
}

/// Appends the numbers of some strings; says whether there was room for all. If not, nothing is appended.
fn encode<'a>(codes: &mut Vector, dictionary: &Dictionary, strings: impl Iterator<Item = Option<&'a [u8]>>) -> bool {
    let Values::I32(numbers) = &mut codes.values else { return false };
    let numbers = numbers.make_owned();
    let before = numbers.len();
    let mut nulls = Vec::new();
    let counted = strings.enumerate().inspect(|(row, string)| {
        if string.is_none() {
            nulls.push(before + row);
        }
    });
    if dictionary.encode(counted.map(|(_, string)| string), STRINGS_MAX, numbers) == Encoded::Full {
        numbers.truncate(before);
        return false;
    }
    let rows = numbers.len();
    codes.validity.extend_valid(before, rows - before);
    nulls.iter().for_each(|row| codes.validity.set_null(*row, rows));
    true
}

/// The column by numbers of a new dictionary, if strings repeat often enough.
fn to_codes(strings: &GrowingStrings, account: &Arc<MemoryAccount>) -> Option<GrowingColumn> {
    let dictionary = Arc::new(Dictionary::new(account));
    let rows = strings.rows();
    let mut numbers = Vec::with_capacity(rows);
    let all = (0..rows).map(|row| strings.get(row));
    if dictionary.encode(all, rows / REPEATS_MIN, &mut numbers) == Encoded::Full {
        return None;
    }
    let codes = Vector { values: Values::I32(numbers.into()), validity: strings.validity.clone() };
    Some(GrowingColumn::Codes { codes, dictionary })
}

/// Makes `out` the strings behind some numbers.
fn decode(out: &mut Vector, codes: &Vector, dictionary: &Dictionary, rows: Range<usize>) {
    let mut numbers = Vector::empty(Form::I32);
    narrow::convert_into(&mut numbers.values, &codes.values, rows.clone(), Form::I32);
    if let Values::I32(numbers) = &numbers.values {
        out.gather(&dictionary.strings(), bytemuck::cast_slice(numbers));
    }
    out.validity = codes.validity.slice(rows.start, rows.len());
}
