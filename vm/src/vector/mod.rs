//! Vectors: the columns of a batch.
//!
//! A vector is values in one [`Form`] and a validity. Columns of tables are shared into a batch by reference
//! count; what is computed is owned and keeps its capacity from batch to batch, so that steady state allocates
//! nothing. Values under NULL are arbitrary but valid.

pub mod arrow;
mod bits;
mod buf;
mod rows;
mod text;

pub use bits::Bits;
pub use buf::Buf;
pub use rows::MISSING_ROW;
pub use text::{INLINE_BYTES, Text, View};

use crate::types::Form;

/// A column of a batch.
#[derive(Clone, Debug)]
pub struct Vector {
    /// One value a row.
    pub values: Values,
    /// Which rows have one.
    pub validity: Validity,
}

/// The values of a vector, by form.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is the Form of its name")]
pub enum Values {
    Bits(Bits),
    I8(Buf<i8>),
    I16(Buf<i16>),
    I32(Buf<i32>),
    I64(Buf<i64>),
    I128(Buf<i128>),
    F32(Buf<f32>),
    F64(Buf<f64>),
    Text(Text),
    List(ListValues),
    Struct(StructValues),
}

/// The values of a LIST, ARRAY or MAP vector.
#[derive(Clone, Debug)]
pub struct ListValues {
    /// Row `i` is `child[offsets[i]..offsets[i + 1]]`; one more than there are rows.
    pub offsets: Buf<i32>,
    /// The elements of all rows.
    pub child: Box<Vector>,
}

/// The values of a STRUCT vector.
#[derive(Clone, Debug)]
pub struct StructValues {
    /// One vector a member, all of `length` rows.
    pub children: Vec<Vector>,
    /// Rows.
    pub length: usize,
}

/// Which rows of a vector hold a value.
#[derive(Clone, Debug)]
pub struct Validity {
    bits: Bits,
    all: bool,
}

impl Default for Validity {
    fn default() -> Self {
        Validity { bits: Bits::default(), all: true }
    }
}

impl Validity {
    /// Those rows whose bit is 1.
    pub fn from_bits(bits: Bits) -> Validity {
        Validity { bits, all: false }
    }

    /// Whether row `index` holds a value.
    #[inline]
    pub fn is_valid(&self, index: usize) -> bool {
        self.all || self.bits.get(index)
    }

    /// The bits, or `None` where every row holds a value.
    #[inline]
    pub fn bits(&self) -> Option<&Bits> {
        if self.all { None } else { Some(&self.bits) }
    }

    /// Every row holds a value.
    pub fn set_all(&mut self) {
        self.all = true;
    }

    /// The bits for refilling; from now on they count.
    pub fn bits_mut(&mut self) -> &mut Bits {
        self.all = false;
        &mut self.bits
    }

    /// Makes this a copy of `source`. Keeps capacity.
    pub fn assign(&mut self, source: &Validity) {
        self.all = source.all;
        if !self.all {
            self.bits.assign(&source.bits);
        }
    }

    /// Row `index` of `rows` holds no value.
    pub fn set_null(&mut self, index: usize, rows: usize) {
        if self.all {
            self.bits.refill(true, rows);
            self.all = false;
        }
        self.bits.set(index, false);
    }

    /// Appends a row at the end of `rows` that are there.
    pub fn push(&mut self, valid: bool, rows: usize) {
        if self.all {
            if valid {
                return;
            }
            self.bits.refill(true, rows);
            self.all = false;
        }
        self.bits.push(valid);
    }

    /// Appends `more` rows that hold a value at the end of `rows` that are there.
    pub fn extend_valid(&mut self, rows: usize, more: usize) {
        if !self.all {
            (rows..rows + more).for_each(|_| self.bits.push(true));
        }
    }

    /// Appends the first `more` rows of `source` at the end of `rows` that are there.
    pub fn append(&mut self, rows: usize, source: &Validity, more: usize) {
        if self.all && source.all {
            return;
        }
        for row in 0..more {
            self.push(source.is_valid(row), rows + row);
        }
    }

    /// How many of `rows` hold no value.
    pub fn null_count(&self, rows: usize) -> usize {
        if self.all { 0 } else { rows - self.bits.count_ones() }
    }

    /// Rows `offset..offset + length`.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Validity {
        if self.all { Validity::default() } else { Validity::from_bits(self.bits.slice(offset, length)) }
    }

    /// Makes this rows `rows` of `source`; a row number of `u32::MAX` gives NULL.
    pub fn gather(&mut self, source: &Validity, rows: &[u32], may_be_missing: bool) {
        if source.all && !may_be_missing {
            self.all = true;
            return;
        }
        self.all = false;
        self.bits.refill_from(rows.len(), |index| {
            let row = rows[index];
            row != u32::MAX && source.is_valid(row as usize)
        });
    }

    /// Lets slices of it cost nothing.
    #[must_use]
    pub fn into_shared(self) -> Validity {
        Validity { bits: self.bits.into_shared(), all: self.all }
    }
}

/// Calls the same code for every plain form. `$values` is bound to the `Buf`.
macro_rules! for_each_form {
    ($target:expr, plain $plain:ident => $plain_body:expr, bits $bits:ident => $bits_body:expr,
     text $text:ident => $text_body:expr, list $list:ident => $list_body:expr, struct $struct:ident => $struct_body:expr) => {
        match $target {
            Values::Bits($bits) => $bits_body,
            Values::I8($plain) => $plain_body,
            Values::I16($plain) => $plain_body,
            Values::I32($plain) => $plain_body,
            Values::I64($plain) => $plain_body,
            Values::I128($plain) => $plain_body,
            Values::F32($plain) => $plain_body,
            Values::F64($plain) => $plain_body,
            Values::Text($text) => $text_body,
            Values::List($list) => $list_body,
            Values::Struct($struct) => $struct_body,
        }
    };
}

impl Values {
    /// An empty vector's values of `form`. A LIST or STRUCT gets its children from what is appended.
    pub fn empty(form: Form) -> Values {
        match form {
            Form::Bits => Values::Bits(Bits::default()),
            Form::I8 => Values::I8(Buf::default()),
            Form::I16 => Values::I16(Buf::default()),
            Form::I32 => Values::I32(Buf::default()),
            Form::I64 => Values::I64(Buf::default()),
            Form::I128 => Values::I128(Buf::default()),
            Form::F32 => Values::F32(Buf::default()),
            Form::F64 => Values::F64(Buf::default()),
            Form::Text => Values::Text(Text::default()),
            Form::List => {
                Values::List(ListValues { offsets: Buf::Owned(vec![0]), child: Box::new(Vector::empty(Form::Bits)) })
            }
            Form::Struct => Values::Struct(StructValues { children: Vec::new(), length: 0 }),
        }
    }

    /// Which form these are.
    pub fn form(&self) -> Form {
        match self {
            Values::Bits(_) => Form::Bits,
            Values::I8(_) => Form::I8,
            Values::I16(_) => Form::I16,
            Values::I32(_) => Form::I32,
            Values::I64(_) => Form::I64,
            Values::I128(_) => Form::I128,
            Values::F32(_) => Form::F32,
            Values::F64(_) => Form::F64,
            Values::Text(_) => Form::Text,
            Values::List(_) => Form::List,
            Values::Struct(_) => Form::Struct,
        }
    }

    /// Rows in all.
    pub fn len(&self) -> usize {
        for_each_form!(self, plain values => values.len(), bits bits => bits.len(), text text => text.len(),
            list list => list.offsets.len() - 1, struct children => children.length)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Vector {
    /// A vector of no rows.
    pub fn empty(form: Form) -> Vector {
        Vector { values: Values::empty(form), validity: Validity::default() }
    }

    /// A vector without NULLs.
    pub fn all_valid(values: Values) -> Vector {
        Vector { values, validity: Validity::default() }
    }

    /// Rows in all.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How its values lie in memory.
    pub fn form(&self) -> Form {
        self.values.form()
    }

    /// Rows `offset..offset + length`: shared where this is shared, copied otherwise.
    #[must_use]
    pub fn slice(&self, offset: usize, length: usize) -> Vector {
        let values = match &self.values {
            Values::Bits(bits) => Values::Bits(bits.slice(offset, length)),
            Values::I8(values) => Values::I8(values.slice(offset, length)),
            Values::I16(values) => Values::I16(values.slice(offset, length)),
            Values::I32(values) => Values::I32(values.slice(offset, length)),
            Values::I64(values) => Values::I64(values.slice(offset, length)),
            Values::I128(values) => Values::I128(values.slice(offset, length)),
            Values::F32(values) => Values::F32(values.slice(offset, length)),
            Values::F64(values) => Values::F64(values.slice(offset, length)),
            Values::Text(text) => Values::Text(text.slice(offset, length)),
            Values::List(list) => {
                Values::List(ListValues { offsets: list.offsets.slice(offset, length + 1), child: list.child.clone() })
            }
            Values::Struct(value) => Values::Struct(StructValues {
                children: value.children.iter().map(|child| child.slice(offset, length)).collect(),
                length,
            }),
        };
        Vector { values, validity: self.validity.slice(offset, length) }
    }

    /// Lets slices and clones of it cost nothing.
    #[must_use]
    pub fn into_shared(self) -> Vector {
        let values = match self.values {
            Values::Bits(bits) => Values::Bits(bits.into_shared()),
            Values::I8(values) => Values::I8(values.into_shared()),
            Values::I16(values) => Values::I16(values.into_shared()),
            Values::I32(values) => Values::I32(values.into_shared()),
            Values::I64(values) => Values::I64(values.into_shared()),
            Values::I128(values) => Values::I128(values.into_shared()),
            Values::F32(values) => Values::F32(values.into_shared()),
            Values::F64(values) => Values::F64(values.into_shared()),
            Values::Text(text) => Values::Text(text.into_shared()),
            Values::List(list) => Values::List(ListValues {
                offsets: list.offsets.into_shared(),
                child: Box::new(list.child.into_shared()),
            }),
            Values::Struct(value) => Values::Struct(StructValues {
                children: value.children.into_iter().map(Vector::into_shared).collect(),
                length: value.length,
            }),
        };
        Vector { values, validity: self.validity.into_shared() }
    }

    /// Bytes on the heap that are this vector's own, not shared.
    pub fn owned_bytes(&self) -> usize {
        let values = for_each_form!(&self.values, plain values => values.owned_bytes(), bits bits => bits.owned_bytes(),
            text text => text.owned_bytes(),
            list list => list.offsets.owned_bytes() + list.child.owned_bytes(),
            struct value => value.children.iter().map(Vector::owned_bytes).sum());
        values + self.validity.bits().map_or(0, Bits::owned_bytes)
    }
}
