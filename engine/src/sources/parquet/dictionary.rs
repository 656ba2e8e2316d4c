//! Text columns whose every value is in the dictionaries of their row groups: the strings of all of them get numbers,
//! and a scan gives the numbers.
//!
//! Only a footer says that no page holds its strings plainly, and a footer is hearsay. It costs nothing: a string
//! that is in no dictionary is an error of the data when it is read.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::Int32Type;
use hashbrown::HashMap;
use parquet::basic::{Encoding, Type as PhysicalType};
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use rowmill_vm::vector::{Bits, Buf, Text, Validity, Values};
use rowmill_vm::{DataType, Form, Result, Vector};

use super::pages::{PageKind, read_header};
use super::{FORMAT, FileBytes, Opened};
use crate::sources::guard::{damaged, guarded};

/// Most strings of a column that are given by number.
const STRINGS_MAX: usize = 1 << 12;
/// Most bytes of a row group's dictionary, in the file and decompressed: it is read when a statement is prepared.
const PAGE_BYTES_MAX: u64 = 128 << 10;
/// Most bytes of its strings.
const STRING_BYTES_MAX: usize = 1 << 20;
/// Most row groups whose dictionaries are read.
const GROUPS_MAX: usize = 1 << 10;

/// The strings of a column in all row groups.
#[derive(Debug)]
pub(super) struct Dictionary {
    strings: Arc<Vector>,
    numbers: HashMap<Box<[u8]>, u16>,
}

impl Dictionary {
    /// Its strings by number.
    pub(super) fn strings(&self) -> &Arc<Vector> {
        &self.strings
    }

    /// The form of its numbers.
    pub(super) fn form(&self) -> Form {
        if self.numbers.len() <= 1 << 7 { Form::I8 } else { Form::I16 }
    }

    /// Reads the dictionaries of a column; `None` where some values may stand outside of them, where they are large,
    /// and where they cannot be read: then whoever reads the column will say why.
    pub(super) fn read(opened: &Opened, column: usize) -> Option<Dictionary> {
        let leaf = opened.leaf(column)?;
        let groups = opened.metadata.metadata().row_groups();
        let chunks = || groups.iter().map(|group| group.column(leaf));
        let is_text = opened.columns[column].data_type == DataType::Varchar;
        if !is_text || groups.is_empty() || groups.len() > GROUPS_MAX || !chunks().all(may_be_given_by_number) {
            return None;
        }
        let mut text = Text::default();
        let mut numbers = HashMap::new();
        let mut bytes = 0;
        for (chunk, group) in chunks().zip(&opened.groups) {
            for_each_string(opened, chunk, group.rows, &mut |string| {
                std::str::from_utf8(string).ok()?;
                if !numbers.contains_key(string) {
                    bytes += string.len();
                    if numbers.len() == STRINGS_MAX || bytes > STRING_BYTES_MAX {
                        return None;
                    }
                    numbers.insert(string.into(), u16::try_from(numbers.len()).ok()?);
                    text.push(string);
                }
                Some(())
            })?;
        }
        let strings = Arc::new(Vector::all_valid(Values::Text(text)).into_shared());
        (!numbers.is_empty()).then_some(Dictionary { strings, numbers })
    }
}

/// Whether the footer says that a column of a row group has all its values in a small dictionary.
fn may_be_given_by_number(chunk: &ColumnChunkMetaData) -> bool {
    let is_dictionary = |encoding| matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    let all_coded = match chunk.page_encoding_stats_mask() {
        Some(mask) => mask.encodings().all(is_dictionary),
        // Of a writer that does not tell data pages apart: PLAIN may be the dictionary's or that of others.
        None => {
            let is_other = |encoding| {
                matches!(encoding, Encoding::PLAIN | Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY)
            };
            chunk.encodings().any(is_dictionary) && !chunk.encodings().any(is_other)
        }
    };
    all_coded
        && chunk.column_type() == PhysicalType::BYTE_ARRAY
        && chunk.column_descr().max_rep_level() == 0
        && chunk.dictionary_page_offset().is_some_and(|offset| {
            let bytes = chunk.data_page_offset().checked_sub(offset).and_then(|bytes| u64::try_from(bytes).ok());
            offset > 0 && bytes.is_some_and(|bytes| bytes <= PAGE_BYTES_MAX)
        })
}

/// Calls `each` with the strings of a row group's dictionary, until it gives `None`.
fn for_each_string(
    opened: &Opened,
    chunk: &ColumnChunkMetaData,
    rows: u64,
    each: &mut dyn FnMut(&[u8]) -> Option<()>,
) -> Option<()> {
    let start = chunk.dictionary_page_offset().and_then(|offset| u64::try_from(offset).ok())?;
    let end = start.checked_add(PAGE_BYTES_MAX)?.min(opened.file.bytes());
    let (header, _) = read_header(&opened.file, start, end, &mut Vec::new()).ok()??;
    if header.kind != PageKind::Dictionary || header.uncompressed_bytes > PAGE_BYTES_MAX {
        return None;
    }
    let page = guarded(opened.file.path(), FORMAT, || {
        let rows = usize::try_from(rows).map_err(|_| ParquetError::General("too many rows".to_owned()))?;
        SerializedPageReader::new(Arc::new(FileBytes(opened.file.clone())), chunk, rows, None)?.get_next_page()
    });
    let Ok(Some(Page::DictionaryPage { buf, num_values, .. })) = page else { return None };
    let mut rest = &buf[..];
    for _ in 0..num_values {
        let (length, bytes) = rest.split_at_checked(4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?);
        let (string, behind) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
        each(string)?;
        rest = behind;
    }
    Some(())
}

/// What gives the numbers for the rows of a scan.
pub(super) struct Numbering {
    dictionary: Arc<Dictionary>,
    /// The dictionary that rows came with last, and the number of each of its strings.
    last: Option<(StringArray, Vec<i16>)>,
}

impl Numbering {
    pub(super) fn new(dictionary: Arc<Dictionary>) -> Numbering {
        Numbering { dictionary, last: None }
    }

    /// The numbers for an array with a dictionary of its own, whose keys the library has checked.
    pub(super) fn numbers(&mut self, array: &ArrayRef, path: &str) -> Result<Vector> {
        let array = array.as_dictionary::<Int32Type>();
        let form = self.dictionary.form();
        let of_group = self.of_group(array.values().as_string(), path)?;
        // Under NULL stands any key.
        let number = |key: &i32| of_group.get(*key as usize).copied().unwrap_or(0);
        let keys = array.keys().values().iter();
        let values = match form {
            Form::I8 => Values::I8(Buf::Owned(keys.map(|key| number(key) as i8).collect())),
            _ => Values::I16(Buf::Owned(keys.map(number).collect())),
        };
        let mut vector = Vector::all_valid(values);
        if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
            vector.validity = Validity::from_bits(Bits::Shared(nulls.inner().clone()));
        }
        Ok(vector.into_shared())
    }

    fn of_group(&mut self, strings: &StringArray, path: &str) -> Result<&[i16]> {
        let same = |(last, _): &&(StringArray, Vec<i16>)| {
            // The array is held, so another one cannot have come to its place.
            last.value_data().as_ptr() == strings.value_data().as_ptr() && last.offsets().ptr_eq(strings.offsets())
        };
        if self.last.as_ref().filter(same).is_none() {
            let number = |string: Option<&str>| {
                let number = self.dictionary.numbers.get(string.unwrap_or_default().as_bytes());
                number
                    .map(|number| *number as i16)
                    .ok_or_else(|| damaged(path, "a page holds strings plainly, and the footer says that none does"))
            };
            let numbers = strings.iter().map(number).collect::<Result<_>>()?;
            self.last = Some((strings.clone(), numbers));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, numbers)| numbers))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::DictionaryArray;

    use super::*;

    #[test]
    fn a_string_that_is_in_no_dictionary_is_an_error() {
        let strings = Arc::new(Vector::empty(Form::Text));
        let numbers = [("a", 0), ("b", 1)].map(|(string, number)| (string.as_bytes().into(), number));
        let mut numbering = Numbering::new(Arc::new(Dictionary { strings, numbers: numbers.into_iter().collect() }));
        let mut give = |strings: Vec<Option<&str>>| {
            let array: ArrayRef = Arc::new(strings.into_iter().collect::<DictionaryArray<Int32Type>>());
            numbering.numbers(&array, "t.parquet").map(|vector| format!("{:?}", vector.values))
        };
        assert_eq!(give(vec![Some("b"), Some("a"), Some("b")]).expect("known strings"), "I8([1, 0, 1])");
        let error = give(vec![Some("b"), Some("c")]).expect_err("a string that is not known");
        assert_eq!(
            error.message(),
            "file 't.parquet' is damaged: a page holds strings plainly, and the footer says that none does"
        );
    }
}
