//! Filling the result of a function row by row, so that NULLs, guards, limits and memory are treated in one place.

use bytemuck::Pod;

use super::{ArgumentValue, Invocation};
use crate::error::{Error, Result};
use crate::format::Cell;
use crate::memory::Reservation;
use crate::types::{DataType, Form};
use crate::value::Value;
use crate::vector::{Bits, Text, Validity, Values, Vector};

/// The longest string that a function may make.
pub(crate) const TEXT_BYTES_MAX: usize = 256 << 20;
/// Bytes of text after which a call reserves memory and polls once more.
const RESERVED_STEP_BYTES: usize = 1 << 20;

impl Invocation<'_> {
    /// Makes `validity` the rows in which every argument holds a value.
    pub(crate) fn strict_validity(&self, validity: &mut Validity) {
        validity.set_all();
        let mut first = true;
        for argument in self.arguments {
            match argument {
                ArgumentValue::Column(vector) => {
                    let Some(bits) = vector.validity.bits() else { continue };
                    if first {
                        let words = validity.bits_mut().refill(false, self.rows);
                        words.iter_mut().zip(bits.words()).for_each(|(word, bits)| *word = bits);
                        first = false;
                    } else if let Bits::Owned { words, .. } = validity.bits_mut() {
                        words.iter_mut().zip(bits.words()).for_each(|(word, bits)| *word &= bits);
                    }
                }
                ArgumentValue::Constant(Value::Null) => {
                    validity.bits_mut().refill(false, self.rows);
                    return;
                }
                ArgumentValue::Constant(_) => {}
            }
        }
    }

    /// Calls `each` for every row, with whether its value counts: all arguments are there, and the guard is set.
    #[inline]
    pub(crate) fn for_each_row(
        &self,
        validity: &Validity,
        mut each: impl FnMut(usize, bool) -> Result<()>,
    ) -> Result<()> {
        self.context.poll()?;
        if validity.bits().is_none() && self.guard.is_none() {
            return (0..self.rows).try_for_each(|row| each(row, true));
        }
        (0..self.rows).try_for_each(|row| each(row, validity.is_valid(row) && self.is_guarded(row)))
    }

    fn fill_plain<T: Pod>(
        &self,
        values: &mut Vec<T>,
        validity: &Validity,
        mut value: impl FnMut(usize) -> Result<T>,
    ) -> Result<()> {
        values.reserve(self.rows);
        self.for_each_row(validity, |row, counts| {
            values.push(if counts { value(row)? } else { T::zeroed() });
            Ok(())
        })
    }

    /// A strict result of integers of the result type's form; fails for what the result type does not hold.
    pub(crate) fn fill_integers(&self, out: &mut Vector, mut value: impl FnMut(usize) -> Result<i128>) -> Result<()> {
        self.strict_validity(&mut out.validity);
        let range = self.result_type.integer_range();
        let mut checked = |row| {
            let value = value(row)?;
            match range {
                Some((least, most)) if !(least..=most).contains(&value) => Err(out_of_range(value, self.result_type)),
                _ => Ok(value),
            }
        };
        let narrow = |value: i128| i64::try_from(value).map_err(|_| out_of_range(value, self.result_type));
        match reset(&mut out.values, self.result_type.form()) {
            Values::I32(values) => {
                let narrow = |value| i32::try_from(value).map_err(|_| out_of_range(value, self.result_type));
                self.fill_plain(values.refill(), &out.validity, |row| checked(row).and_then(narrow))
            }
            Values::I64(values) => self.fill_plain(values.refill(), &out.validity, |row| checked(row).and_then(narrow)),
            Values::I128(values) => self.fill_plain(values.refill(), &out.validity, checked),
            _ => Err(Error::internal(format!("{} is not held as integers", self.result_type))),
        }
    }

    /// A strict result of DOUBLE or REAL.
    pub(crate) fn fill_doubles(&self, out: &mut Vector, value: impl FnMut(usize) -> Result<f64>) -> Result<()> {
        self.strict_validity(&mut out.validity);
        match reset(&mut out.values, Form::F64) {
            Values::F64(values) => self.fill_plain(values.refill(), &out.validity, value),
            _ => Err(Error::internal("a reset vector has the form asked for")),
        }
    }

    /// A strict result of BOOLEAN.
    pub(crate) fn fill_booleans(&self, out: &mut Vector, mut value: impl FnMut(usize) -> Result<bool>) -> Result<()> {
        self.strict_validity(&mut out.validity);
        let Values::Bits(bits) = reset(&mut out.values, Form::Bits) else {
            return Err(Error::internal("a reset vector has the form asked for"));
        };
        let words = bits.refill(false, self.rows);
        self.for_each_row(&out.validity, |row, counts| {
            if counts && value(row)? {
                words[row / 64] |= 1 << (row % 64);
            }
            Ok(())
        })
    }

    /// A strict result of text or bytes; `write` appends the string of a row.
    pub(crate) fn fill_texts(
        &self,
        out: &mut Vector,
        mut write: impl FnMut(usize, &mut TextWriter<'_, '_>) -> Result<()>,
    ) -> Result<()> {
        self.strict_validity(&mut out.validity);
        let Values::Text(text) = reset(&mut out.values, Form::Text) else {
            return Err(Error::internal("a reset vector has the form asked for"));
        };
        let mut growth = Growth::new(self);
        self.for_each_row(&out.validity, |row, counts| {
            if counts { growth.push(text, |writer| write(row, writer)) } else { push_empty(text) }
        })
    }

    /// A result of text whose NULLs the function handles: `write` says whether the row has a value.
    pub(crate) fn fill_handled_texts(
        &self,
        out: &mut Vector,
        mut write: impl FnMut(usize, &mut TextWriter<'_, '_>) -> Result<Present>,
    ) -> Result<()> {
        out.validity.set_all();
        let Values::Text(text) = reset(&mut out.values, Form::Text) else {
            return Err(Error::internal("a reset vector has the form asked for"));
        };
        let mut growth = Growth::new(self);
        self.context.poll()?;
        for row in 0..self.rows {
            let mut present = Present::Null;
            if self.is_guarded(row) {
                growth.push(text, |writer| {
                    present = write(row, writer)?;
                    Ok(())
                })?;
            } else {
                text.push(b"");
            }
            out.validity.push(present == Present::Value, row);
        }
        Ok(())
    }
}

/// Whether a row of a result has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Present {
    /// It has.
    Value,
    /// It is NULL.
    Null,
}

fn push_empty(text: &mut Text) -> Result<()> {
    text.push(b"");
    Ok(())
}

/// Makes `values` empty and of `form`, keeping capacity where the form stays.
pub(crate) fn reset(values: &mut Values, form: Form) -> &mut Values {
    if values.form() != form {
        *values = Values::empty(form);
    } else if let Values::Text(text) = values {
        text.clear();
    }
    values
}

/// The error for a number that a type does not hold.
#[cold]
pub(crate) fn out_of_range(value: impl std::fmt::Display, data_type: &DataType) -> Error {
    Error::runtime(format!("value {value} is out of range for {data_type}"))
}

/// What a call's text output has grown by, and what is reserved for it while the call runs.
pub(crate) struct Growth<'a> {
    reservation: Reservation,
    bytes: usize,
    invocation: &'a Invocation<'a>,
}

impl<'a> Growth<'a> {
    fn new(invocation: &'a Invocation<'a>) -> Growth<'a> {
        Growth { reservation: invocation.context.reservation("text"), bytes: 0, invocation }
    }

    fn push(&mut self, text: &mut Text, write: impl FnOnce(&mut TextWriter<'_, '_>) -> Result<()>) -> Result<()> {
        let mut result = Ok(());
        text.push_with(|bytes| {
            let start = bytes.len();
            result = write(&mut TextWriter { bytes, start, growth: self });
        });
        result
    }

    /// Takes note of `more` bytes before they are written.
    fn announce(&mut self, more: usize) -> Result<()> {
        self.bytes = self.bytes.saturating_add(more);
        if self.bytes > self.reservation.bytes() + RESERVED_STEP_BYTES {
            self.invocation.context.poll()?;
            self.reservation.resize(self.bytes)?;
        }
        Ok(())
    }
}

/// Where a function writes one string of its result.
pub(crate) struct TextWriter<'w, 'a> {
    bytes: &'w mut Vec<u8>,
    start: usize,
    growth: &'w mut Growth<'a>,
}

impl TextWriter<'_, '_> {
    /// Appends bytes; those of a VARCHAR make up whole characters.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.grow(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends a character.
    #[inline]
    pub(crate) fn push_char(&mut self, character: char) -> Result<()> {
        self.push(character.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// Appends `count` times the same bytes.
    pub(crate) fn push_repeated(&mut self, bytes: &[u8], count: usize) -> Result<()> {
        let total = bytes.len().saturating_mul(count);
        self.grow(total)?;
        self.bytes.reserve(total);
        if let [byte] = bytes {
            self.bytes.resize(self.bytes.len() + total, *byte);
        } else {
            (0..count).for_each(|_| self.bytes.extend_from_slice(bytes));
        }
        Ok(())
    }

    /// Appends the text form of a cell; its length is known only when it is written.
    pub(crate) fn push_cell(&mut self, cell: &Cell<'_>, data_type: &DataType) -> Result<()> {
        let before = self.bytes.len();
        crate::format::write_cell_text(cell, data_type, self.bytes);
        self.growth.announce(self.bytes.len() - before)
    }

    /// The string so far.
    pub(crate) fn written(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..]
    }

    fn grow(&mut self, more: usize) -> Result<()> {
        let length = (self.bytes.len() - self.start).saturating_add(more);
        if length > TEXT_BYTES_MAX {
            return Err(Error::limit(format!("a string of {length} bytes is longer than {TEXT_BYTES_MAX} bytes")));
        }
        self.growth.announce(more)
    }
}
