//! Keys as words: what joins and groups hash and compare.
//!
//! A row's key becomes a fixed number of 64-bit words such that two keys are equal exactly if their words are. So
//! hash tables know nothing of types: integers widen, doubles lose their -0.0 and all NaNs but one, texts of up to
//! 7 bytes stand in a word themselves, longer ones are numbered by a [`StringTable`]. A NULL is a word that no
//! value has; types that use every word have a bit in one more word, the mask.

use super::strings::{SEEDS, StringTable, fold};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::semantics::interval::Interval;
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector, View};

/// NULL of a type that is held in integers and does not have the smallest of them.
pub(super) const NULL_INTEGER: u64 = 1 << 63;
/// NULL among doubles (a NaN that canonical doubles do not have) and texts.
const NULL_WORD: u64 = u64::MAX;
/// Set in the words of numbered strings.
const NUMBERED: u64 = 0x80 << 56;
/// Bytes of a text that stand in its word.
const SHORT_BYTES: usize = 7;

/// How the columns of a key become words.
#[derive(Debug)]
pub(super) struct KeyLayout {
    parts: Vec<KeyPart>,
    /// Words of a key, the mask included.
    pub words: usize,
    mask: Option<usize>,
}

#[derive(Debug)]
struct KeyPart {
    kind: PartKind,
    /// The first of its words.
    word: usize,
    nulls: KeyNulls,
    /// Its position among the texts.
    strings: usize,
}

/// How a column is turned into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PartKind {
    /// An integer of up to 64 bits, a BOOLEAN.
    Integer,
    /// An f64.
    Double,
    /// 128 bits.
    Wide,
    /// An INTERVAL, in microseconds: a month has 30 days.
    Interval,
    /// Bytes.
    Text,
}

/// What NULL in a key column means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyNulls {
    /// NULL is equal to NULL.
    Equal,
    /// A key with a NULL is equal to nothing.
    Never,
}

impl KeyLayout {
    /// The layout for keys of these types; `nullable` says for each whether NULLs may come at all.
    pub(super) fn new(types: impl Iterator<Item = (DataType, KeyNulls, bool)>) -> KeyLayout {
        let (mut parts, mut word, mut masked, mut texts) = (Vec::new(), 0, false, 0);
        for (data_type, nulls, nullable) in types {
            let kind = part_kind(&data_type);
            parts.push(KeyPart { kind, word, nulls, strings: texts });
            word += if matches!(kind, PartKind::Wide | PartKind::Interval) { 2 } else { 1 };
            texts += usize::from(kind == PartKind::Text);
            masked |= nullable && nulls == KeyNulls::Equal && uses_every_word(&data_type);
        }
        KeyLayout { parts, words: word + usize::from(masked), mask: masked.then_some(word) }
    }

    /// Whether it is one integer, and NULL is equal to nothing.
    pub(super) fn is_one_integer(&self) -> bool {
        matches!(self.parts.as_slice(), [KeyPart { kind: PartKind::Integer, nulls: KeyNulls::Never, .. }])
    }

    /// Whether a key is one word, and that is an integer or [`NULL_INTEGER`].
    pub(super) fn is_integer_word(&self) -> bool {
        self.words == 1 && matches!(self.parts.as_slice(), [KeyPart { kind: PartKind::Integer, .. }])
    }

    /// How many string tables it needs.
    pub(super) fn texts(&self) -> usize {
        self.parts.iter().filter(|part| part.kind == PartKind::Text).count()
    }

    /// How many columns a key has.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The words of a column.
    pub(super) fn words_of(&self, part: usize) -> std::ops::Range<usize> {
        let part = &self.parts[part];
        let wide = matches!(part.kind, PartKind::Wide | PartKind::Interval);
        part.word..part.word + if wide { 2 } else { 1 }
    }

    /// Rewrites a key's numbers of strings; `None` if it has a string without another number.
    #[inline]
    pub(super) fn translate(&self, key: &mut [u64], numbers: &[Vec<Option<u32>>]) -> Option<()> {
        for part in self.parts.iter().filter(|part| part.kind == PartKind::Text) {
            let word = &mut key[part.word];
            if *word != NULL_WORD && *word & NUMBERED != 0 {
                let number = numbers[part.strings][(*word & 0xffff_ffff) as usize]?;
                *word = NUMBERED | u64::from(number);
            }
        }
        Some(())
    }

    /// Empty string tables for it.
    pub(super) fn string_tables(&self, context: &Context, what: &'static str) -> Vec<StringTable> {
        (0..self.texts()).map(|_| StringTable::new(context, what)).collect()
    }
}

fn part_kind(data_type: &DataType) -> PartKind {
    use crate::types::Form;
    match data_type.form() {
        Form::Bits | Form::I8 | Form::I16 | Form::I32 | Form::I64 => PartKind::Integer,
        Form::F32 | Form::F64 => PartKind::Double,
        Form::I128 if *data_type == DataType::Interval => PartKind::Interval,
        Form::I128 => PartKind::Wide,
        Form::Text => PartKind::Text,
        Form::List | Form::Struct => unreachable!("the verifier refuses keys of nested types"),
    }
}

/// Whether a value of the type may be the word (or pair of words) that stands for NULL otherwise.
fn uses_every_word(data_type: &DataType) -> bool {
    match data_type {
        DataType::BigInt | DataType::Time | DataType::Timestamp(_) | DataType::TimestampTz | DataType::Uuid => true,
        DataType::Null
        | DataType::Boolean
        | DataType::TinyInt
        | DataType::SmallInt
        | DataType::Integer
        | DataType::UTinyInt
        | DataType::USmallInt
        | DataType::UInteger
        | DataType::UBigInt
        | DataType::Decimal { .. }
        | DataType::Real
        | DataType::Double
        | DataType::Varchar
        | DataType::Blob
        | DataType::Date
        | DataType::Interval
        | DataType::Json
        | DataType::List(_)
        | DataType::Array(..)
        | DataType::Struct(_)
        | DataType::Map(_) => false,
    }
}

/// What is special about a row's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyState {
    /// Nothing: it can be looked up.
    Usable,
    /// It has a NULL that is equal to nothing.
    Null,
    /// It has a string that the table does not.
    Absent,
}

/// The keys of a batch, as words.
#[derive(Debug, Default)]
pub(super) struct KeyBatch {
    /// `words` for each row, row after row.
    pub words: Vec<u64>,
    /// What is special about a row; empty if nothing is about any.
    pub states: Vec<KeyState>,
    /// For rows that are special, which parts are NULL, and which are strings that are not there.
    special: Vec<SpecialParts>,
}

/// Parts of a key, a bit each; those from the 64th on share bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpecialParts {
    pub nulls: u64,
    pub absent: u64,
}

/// The strings that keys refer to: added to while building, only looked up while probing.
pub(super) enum Strings<'a> {
    /// New strings are added.
    Add(&'a mut [StringTable]),
    /// New strings make a key [`KeyState::Absent`].
    Find(&'a [StringTable]),
}

impl KeyBatch {
    /// The words of row `row`.
    #[inline]
    pub(super) fn key(&self, layout: &KeyLayout, row: usize) -> &[u64] {
        &self.words[row * layout.words..(row + 1) * layout.words]
    }

    /// What is special about row `row`.
    #[inline]
    pub(super) fn state(&self, row: usize) -> KeyState {
        self.states.get(row).copied().unwrap_or(KeyState::Usable)
    }

    /// Forgets what was special about the rows of the batch before.
    pub(super) fn forget(&mut self) {
        self.states.clear();
        self.special.clear();
    }

    /// Which parts of row `row` are NULL, where that makes a key unusable.
    pub(super) fn nulls(&self, row: usize) -> u64 {
        self.special(row).nulls
    }

    /// Which parts of row `row` are special.
    pub(super) fn special(&self, row: usize) -> SpecialParts {
        self.special.get(row).copied().unwrap_or_default()
    }

    /// Notes what is special about a part of one of `rows` rows.
    pub(super) fn mark(&mut self, rows: usize, row: usize, part: usize, state: KeyState) {
        if self.states.is_empty() {
            self.states.resize(rows, KeyState::Usable);
            self.special.clear();
            self.special.resize(rows, SpecialParts::default());
        }
        let bit = 1 << (part % 64);
        match state {
            KeyState::Usable => {}
            KeyState::Null => self.special[row].nulls |= bit,
            KeyState::Absent => self.special[row].absent |= bit,
        }
        // NULL counts for more: a key with a NULL and an absent string is unknown, not different.
        if self.states[row] != KeyState::Null {
            self.states[row] = state;
        }
    }

    /// Makes this the keys of `rows` rows of `columns`.
    pub(super) fn encode<'a>(
        &mut self,
        layout: &KeyLayout,
        columns: impl Iterator<Item = &'a Vector>,
        rows: usize,
        mut strings: Strings<'_>,
    ) -> Result<()> {
        self.states.clear();
        self.special.clear();
        self.words.clear();
        self.words.resize(rows * layout.words, 0);
        for (index, (part, column)) in layout.parts.iter().zip(columns).enumerate() {
            let width = layout.words;
            let words = self.words.get_mut(part.word..).unwrap_or_default();
            match part.kind {
                PartKind::Integer => encode_integers(words, width, &column.values)?,
                PartKind::Double => encode_doubles(words, width, &column.values)?,
                PartKind::Wide => encode_wide(words, width, &column.values, |value| value)?,
                PartKind::Interval => {
                    encode_wide(words, width, &column.values, |packed| Interval::unpack(packed).normalised())?
                }
                PartKind::Text => self.encode_text((index, part), width, column, rows, &mut strings)?,
            }
            if let Some(valid) = column.validity.bits() {
                self.encode_nulls(layout, index, valid, rows);
            }
        }
        Ok(())
    }

    fn encode_nulls(&mut self, layout: &KeyLayout, index: usize, valid: &Bits, rows: usize) {
        let part = &layout.parts[index];
        for row in (0..rows).filter(|row| !valid.get(*row)) {
            if part.nulls == KeyNulls::Never {
                self.mark(rows, row, index, KeyState::Null);
                continue;
            }
            let key = &mut self.words[row * layout.words..(row + 1) * layout.words];
            match part.kind {
                PartKind::Integer => key[part.word] = NULL_INTEGER,
                PartKind::Double | PartKind::Text => key[part.word] = NULL_WORD,
                PartKind::Wide | PartKind::Interval => {
                    key[part.word] = 0;
                    key[part.word + 1] = NULL_INTEGER;
                }
            }
            if let Some(mask) = layout.mask {
                key[mask] |= 1 << (index % 64);
            }
        }
    }

    fn encode_text(
        &mut self,
        (index, part): (usize, &KeyPart),
        width: usize,
        column: &Vector,
        rows: usize,
        strings: &mut Strings<'_>,
    ) -> Result<()> {
        let text = column.text();
        let views: &[View] = &text.views;
        for (row, &view) in views[..rows].iter().enumerate() {
            let at = row * width + part.word;
            if view.len() <= SHORT_BYTES {
                self.words[at] = short_word(view);
                continue;
            }
            if !column.validity.is_valid(row) {
                continue;
            }
            let number = match strings {
                Strings::Add(tables) => Some(tables[part.strings].intern(text.get(row))?),
                Strings::Find(tables) => tables[part.strings].find(text.get(row)),
            };
            match number {
                Some(number) => self.words[at] = NUMBERED | u64::from(number),
                None => self.mark(rows, row, index, KeyState::Absent),
            }
        }
        Ok(())
    }

    /// Rewrites the words of strings that `from` has numbered to the numbers of `to`.
    pub(super) fn renumber(
        layout: &KeyLayout,
        words: &mut [u64],
        from: &[StringTable],
        to: &mut [StringTable],
    ) -> Result<()> {
        for part in layout.parts.iter().filter(|part| part.kind == PartKind::Text) {
            let (from, to) = (&from[part.strings], &mut to[part.strings]);
            let numbers = (0..from.len()).map(|number| to.intern(from.get(number))).collect::<Result<Vec<u32>>>()?;
            for key in words.chunks_exact_mut(layout.words) {
                let word = &mut key[part.word];
                if *word != NULL_WORD && *word & NUMBERED != 0 {
                    *word = NUMBERED | u64::from(numbers[(*word & 0xffff_ffff) as usize]);
                }
            }
        }
        Ok(())
    }
}

/// The word of a text of at most [`SHORT_BYTES`]: the bytes, and how many they are above them.
#[inline]
fn short_word(view: View) -> u64 {
    let length = view.len();
    let whole = u128::from_le_bytes(bytemuck::cast(view));
    let bytes = (whole >> 32) as u64 & ((1 << (8 * length)) - 1);
    bytes | (length as u64) << 56
}

fn each<T: Copy>(words: &mut [u64], width: usize, values: &[T], word: impl Fn(T) -> u64) {
    if width == 1 {
        words.iter_mut().zip(values).for_each(|(target, &value)| *target = word(value));
    } else {
        words.iter_mut().step_by(width).zip(values).for_each(|(target, &value)| *target = word(value));
    }
}

fn encode_integers(words: &mut [u64], width: usize, values: &Values) -> Result<()> {
    match values {
        Values::I8(values) => each(words, width, values, |value| i64::from(value) as u64),
        Values::I16(values) => each(words, width, values, |value| i64::from(value) as u64),
        Values::I32(values) => each(words, width, values, |value| i64::from(value) as u64),
        Values::I64(values) => each(words, width, values, |value| value as u64),
        Values::Bits(bits) => {
            words.iter_mut().step_by(width).zip(0..bits.len()).for_each(|(word, row)| *word = bits.get(row).into());
        }
        other => return Err(not_a_key(other)),
    }
    Ok(())
}

fn encode_doubles(words: &mut [u64], width: usize, values: &Values) -> Result<()> {
    match values {
        Values::F32(values) => each(words, width, values, |value| canonical(value.into())),
        Values::F64(values) => each(words, width, values, canonical),
        other => return Err(not_a_key(other)),
    }
    Ok(())
}

fn encode_wide(words: &mut [u64], width: usize, values: &Values, map: fn(i128) -> i128) -> Result<()> {
    let halves = |words: &mut [u64], value: i128| {
        let value = map(value);
        (words[0], words[1]) = (value as u64, (value >> 64) as u64);
    };
    fn all<T: Copy + Into<i128>>(words: &mut [u64], width: usize, values: &[T], put: impl Fn(&mut [u64], i128)) {
        for (row, &value) in values.iter().enumerate() {
            put(&mut words[row * width..], value.into());
        }
    }
    match values {
        Values::I8(values) => all(words, width, values, halves),
        Values::I16(values) => all(words, width, values, halves),
        Values::I32(values) => all(words, width, values, halves),
        Values::I64(values) => all(words, width, values, halves),
        Values::I128(values) => all(words, width, values, halves),
        other => return Err(not_a_key(other)),
    }
    Ok(())
}

fn not_a_key(values: &Values) -> Error {
    Error::internal(format!("a key column of form {}", values.form().name()))
}

/// The bits of a double such that equal doubles have equal bits.
#[inline]
pub(super) fn canonical(value: f64) -> u64 {
    if value.is_nan() {
        return 0x7ff8 << 48;
    }
    // -0.0 + 0.0 is 0.0; nothing else changes.
    (value + 0.0).to_bits()
}

/// The hash of a key.
#[inline(always)]
pub(super) fn hash_key(key: &[u64]) -> u64 {
    let mut hash = SEEDS[0];
    for &word in key {
        hash = fold(hash ^ word, SEEDS[1]);
    }
    hash
}
