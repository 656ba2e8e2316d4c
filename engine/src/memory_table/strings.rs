//! Strings one behind the other, in the order of their rows.

use std::ops::Range;

use arrow::buffer::Buffer;
use rowmill_vm::vector::{Buf, Text, Validity, Values};
use rowmill_vm::{Form, Vector};

/// Most bytes of strings in a block, so that offsets have 32 bits.
const BYTES_MAX: usize = i32::MAX as usize;

/// Strings while rows are added.
#[derive(Clone, Debug)]
pub(super) struct GrowingStrings {
    /// Where each begins; one more for the end of the last.
    offsets: Vec<u32>,
    bytes: Vec<u8>,
    pub(super) validity: Validity,
}

/// Strings of a block.
#[derive(Debug)]
pub(super) struct Strings {
    offsets: Buf<u32>,
    bytes: Buffer,
    validity: Validity,
}

impl GrowingStrings {
    /// No strings.
    pub(super) fn new() -> GrowingStrings {
        GrowingStrings { offsets: vec![0], bytes: Vec::new(), validity: Validity::default() }
    }

    /// Rows in all.
    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is room for `more` bytes.
    pub(super) fn has_room(&self, more: usize) -> bool {
        self.bytes.len() + more <= BYTES_MAX
    }

    /// Appends a string or NULL; there is room.
    #[inline]
    pub(super) fn push(&mut self, string: Option<&[u8]>) {
        let rows = self.rows();
        if let Some(bytes) = string {
            self.bytes.extend_from_slice(bytes);
        }
        self.offsets.push(self.bytes.len() as u32);
        self.validity.push(string.is_some(), rows);
    }

    /// The string of a row.
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        let bytes = &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize];
        self.validity.is_valid(row).then_some(bytes)
    }

    /// Makes `out` a copy of some rows.
    pub(super) fn read(&self, out: &mut Vector, rows: Range<usize>) {
        out.reset(Form::Text);
        if let Values::Text(text) = &mut out.values {
            rows.clone().for_each(|row| text.push(self.get(row).unwrap_or_default()));
        }
        out.validity.assign(&self.validity.slice(rows.start, rows.len()));
    }

    /// Ends the growing.
    pub(super) fn seal(mut self) -> Strings {
        self.bytes.shrink_to_fit();
        Strings {
            offsets: Buf::Owned(self.offsets).into_shared(),
            bytes: Buffer::from_vec(self.bytes),
            validity: self.validity.into_shared(),
        }
    }
}

impl Strings {
    /// Makes `out` some rows, sharing the bytes.
    pub(super) fn read(&self, out: &mut Vector, rows: Range<usize>) {
        if out.form() != Form::Text {
            *out = Vector::empty(Form::Text);
        }
        if let Values::Text(text) = &mut out.values {
            Text::assign_contiguous(text, &self.offsets[rows.start..=rows.end], &self.bytes);
        }
        out.validity = self.validity.slice(rows.start, rows.len());
    }

    /// Rows that are NULL.
    pub(super) fn nulls(&self) -> usize {
        self.validity.null_count(self.offsets.len() - 1)
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.offsets.len() * 4 + self.bytes.len() + self.validity.bits().map_or(0, |bits| bits.len().div_ceil(8))
    }
}
