//! The fields of a column as a vector.

use rowmill_vm::types::Form;
use rowmill_vm::vector::Values;
use rowmill_vm::{DataType, Vector};

use super::field;
use super::record::{FieldSpan, FieldStyle};

/// The fields of a batch, row by row: `width` of them in each.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) buffer: &'a [u8],
    pub(super) spans: &'a [FieldSpan],
    pub(super) width: usize,
    pub(super) rows: usize,
    /// Whether the bytes of all rows are ASCII.
    pub(super) ascii: bool,
}

/// The row whose field is no value of the column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) row: usize,
    pub(super) reason: Reason,
}

/// Why a field is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// It does not read as the column's type.
    Type,
    /// It is not UTF-8.
    Utf8,
}

impl<'a> Fields<'a> {
    fn column(self, column: usize) -> impl Iterator<Item = FieldSpan> + 'a {
        self.spans[column.min(self.spans.len())..].iter().step_by(self.width).take(self.rows).copied()
    }

    /// Makes `out` the values of the fields in `column`, of a type that the sniffer gives.
    pub(super) fn convert(
        self,
        column: usize,
        data_type: &DataType,
        scratch: &mut Vec<u8>,
        out: &mut Vector,
    ) -> Result<(), Misfit> {
        let form = data_type.form();
        if out.form() != form {
            *out = Vector::empty(form);
        }
        out.reset(form);
        match data_type {
            DataType::Boolean => self.booleans(column, scratch, out),
            DataType::BigInt => self.parse(column, scratch, out, field::integer),
            DataType::Double => self.parse(column, scratch, out, field::double),
            DataType::Date => self.parse(column, scratch, out, field::date),
            DataType::Timestamp(_) => self.parse(column, scratch, out, field::timestamp),
            _ => self.texts(column, scratch, out),
        }
    }

    #[inline]
    fn parse<T: Plain>(
        self,
        column: usize,
        scratch: &mut Vec<u8>,
        out: &mut Vector,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<(), Misfit> {
        let values = T::values(&mut out.values);
        for (row, span) in self.column(column).enumerate() {
            let value = if span.start == span.end { None } else { parse(span.bytes(self.buffer, scratch)) };
            match value {
                Some(value) => values.push(value),
                // Quoted or not, nothing is no number.
                None if span.start == span.end => {
                    values.push(T::zeroed());
                    out.validity.set_null(row, self.rows);
                }
                None => return Err(Misfit { row, reason: Reason::Type }),
            }
        }
        Ok(())
    }

    fn booleans(self, column: usize, scratch: &mut Vec<u8>, out: &mut Vector) -> Result<(), Misfit> {
        let Values::Bits(bits) = &mut out.values else { unreachable!("BOOLEAN is held in bits") };
        bits.refill(false, self.rows);
        for (row, span) in self.column(column).enumerate() {
            match field::boolean(span.bytes(self.buffer, scratch)) {
                Some(true) => bits.set(row, true),
                Some(false) => {}
                None if span.start == span.end => out.validity.set_null(row, self.rows),
                None => return Err(Misfit { row, reason: Reason::Type }),
            }
        }
        Ok(())
    }

    fn texts(self, column: usize, scratch: &mut Vec<u8>, out: &mut Vector) -> Result<(), Misfit> {
        let Values::Text(text) = &mut out.values else { unreachable!("VARCHAR is held as text") };
        for (row, span) in self.column(column).enumerate() {
            if span.is_null() {
                out.validity.set_null(row, self.rows);
            }
            if !self.ascii && std::str::from_utf8(span.raw(self.buffer)).is_err() {
                return Err(Misfit { row, reason: Reason::Utf8 });
            }
            match span.style {
                FieldStyle::Plain | FieldStyle::Quoted => text.push(span.raw(self.buffer)),
                FieldStyle::Escaped => text.push(span.bytes(self.buffer, scratch)),
            }
        }
        Ok(())
    }
}

/// What a column of parsed values is held in.
trait Plain: bytemuck::Pod {
    fn values(values: &mut Values) -> &mut Vec<Self>;
}

macro_rules! plain {
    ($type:ty, $form:ident) => {
        impl Plain for $type {
            fn values(values: &mut Values) -> &mut Vec<$type> {
                match values {
                    Values::$form(values) => values.refill(),
                    other => unreachable!("made {:?} above, not {:?}", Form::$form, other.form()),
                }
            }
        }
    };
}
plain!(i32, I32);
plain!(i64, I64);
plain!(f64, F64);
