//! Moving rows between vectors: gathering by row number, appending, single values.

use bytemuck::Pod;

use super::{Bits, Buf, ListValues, StructValues, Text, Validity, Values, Vector};
use crate::error::{Error, Result};
use crate::types::{DataType, Form};
use crate::value::Value;

/// The row number that stands for a row of NULLs, on the side of an outer join that found no partner.
pub const MISSING_ROW: u32 = u32::MAX;

fn gather_plain<T: Pod>(target: &mut Buf<T>, source: &Buf<T>, rows: &[u32]) {
    let source: &[T] = source;
    let target = target.refill();
    target.extend(rows.iter().map(|&row| source.get(row as usize).copied().unwrap_or_else(T::zeroed)));
}

fn gather_bits(target: &mut Bits, source: &Bits, rows: &[u32]) {
    target.refill_from(rows.len(), |index| {
        let row = rows[index];
        row != MISSING_ROW && source.get(row as usize)
    });
}

fn gather_list(target: &mut ListValues, source: &ListValues, rows: &[u32]) {
    let mut child_rows = Vec::new();
    let offsets = target.offsets.refill();
    offsets.push(0);
    for &row in rows {
        if row != MISSING_ROW {
            let (start, end) = (source.offsets[row as usize] as u32, source.offsets[row as usize + 1] as u32);
            child_rows.extend(start..end);
        }
        offsets.push(child_rows.len() as i32);
    }
    target.child.gather(&source.child, &child_rows);
}

impl Vector {
    /// Makes this the rows `rows` of `source`, in that order; [`MISSING_ROW`] gives NULL. Keeps capacity.
    pub fn gather(&mut self, source: &Vector, rows: &[u32]) {
        if self.form() != source.form() {
            *self = Vector::empty(source.form());
        }
        match (&mut self.values, &source.values) {
            (Values::Bits(target), Values::Bits(source)) => gather_bits(target, source, rows),
            (Values::I8(target), Values::I8(source)) => gather_plain(target, source, rows),
            (Values::I16(target), Values::I16(source)) => gather_plain(target, source, rows),
            (Values::I32(target), Values::I32(source)) => gather_plain(target, source, rows),
            (Values::I64(target), Values::I64(source)) => gather_plain(target, source, rows),
            (Values::I128(target), Values::I128(source)) => gather_plain(target, source, rows),
            (Values::F32(target), Values::F32(source)) => gather_plain(target, source, rows),
            (Values::F64(target), Values::F64(source)) => gather_plain(target, source, rows),
            (Values::Text(target), Values::Text(source)) => target.gather(source, rows),
            (Values::List(target), Values::List(source)) => gather_list(target, source, rows),
            (Values::Struct(target), Values::Struct(source)) => {
                target.children.resize_with(source.children.len(), || Vector::empty(Form::Bits));
                for (target, source) in target.children.iter_mut().zip(&source.children) {
                    target.gather(source, rows);
                }
                target.length = rows.len();
            }
            _ => unreachable!("both have the same form"),
        }
        let missing = rows.contains(&MISSING_ROW);
        self.validity.gather(&source.validity, rows, missing);
    }

    /// Makes this a copy of `source`: what is shared there is shared here, the rest is copied into the memory that
    /// this has.
    pub fn assign(&mut self, source: &Vector) {
        if self.form() != source.form() {
            *self = Vector::empty(source.form());
        }
        match (&mut self.values, &source.values) {
            (Values::Bits(target), Values::Bits(source)) => target.assign(source),
            (Values::I8(target), Values::I8(source)) => target.assign(source),
            (Values::I16(target), Values::I16(source)) => target.assign(source),
            (Values::I32(target), Values::I32(source)) => target.assign(source),
            (Values::I64(target), Values::I64(source)) => target.assign(source),
            (Values::I128(target), Values::I128(source)) => target.assign(source),
            (Values::F32(target), Values::F32(source)) => target.assign(source),
            (Values::F64(target), Values::F64(source)) => target.assign(source),
            (Values::Text(target), Values::Text(source)) => target.assign(source),
            (Values::List(target), Values::List(source)) => {
                target.offsets.assign(&source.offsets);
                target.child.assign(&source.child);
            }
            (Values::Struct(target), Values::Struct(source)) => target.clone_from(source),
            _ => unreachable!("both have the same form"),
        }
        self.validity.assign(&source.validity);
    }

    /// Appends all rows of `source`, which has the same form (an empty vector takes any form).
    pub fn append(&mut self, source: &Vector) {
        if self.is_empty() && self.form() != source.form() {
            *self = Vector::empty(source.form());
        }
        let (before, added) = (self.len(), source.len());
        match (&mut self.values, &source.values) {
            (Values::Bits(target), Values::Bits(source)) => (0..added).for_each(|i| target.push(source.get(i))),
            (Values::I8(target), Values::I8(source)) => target.make_owned().extend_from_slice(source),
            (Values::I16(target), Values::I16(source)) => target.make_owned().extend_from_slice(source),
            (Values::I32(target), Values::I32(source)) => target.make_owned().extend_from_slice(source),
            (Values::I64(target), Values::I64(source)) => target.make_owned().extend_from_slice(source),
            (Values::I128(target), Values::I128(source)) => target.make_owned().extend_from_slice(source),
            (Values::F32(target), Values::F32(source)) => target.make_owned().extend_from_slice(source),
            (Values::F64(target), Values::F64(source)) => target.make_owned().extend_from_slice(source),
            (Values::Text(target), Values::Text(source)) => target.append(source),
            (Values::List(target), Values::List(source)) => append_list(target, source),
            (Values::Struct(target), Values::Struct(source)) => append_struct(target, source),
            (target, source) => unreachable!("appending {:?} to {:?}", source.form(), target.form()),
        }
        self.validity.append(before, &source.validity, added);
    }

    /// The value of row `index` of a vector of `data_type`.
    pub fn value(&self, index: usize, data_type: &DataType) -> Value {
        if !self.validity.is_valid(index) {
            return Value::Null;
        }
        match &self.values {
            Values::Bits(bits) => Value::Boolean(bits.get(index)),
            Values::I8(values) => Value::Integer(values[index].into()),
            Values::I16(values) => Value::Integer(values[index].into()),
            Values::I32(values) => Value::Integer(values[index].into()),
            Values::I64(values) => Value::Integer(values[index]),
            Values::I128(values) => Value::Wide(values[index]),
            Values::F32(values) => Value::Double(values[index].into()),
            Values::F64(values) => Value::Double(values[index]),
            Values::Text(text) if *data_type == DataType::Blob => Value::Blob(text.get(index).into()),
            Values::Text(text) => Value::text(text.get_str(index)),
            Values::List(list) => {
                let element = match data_type {
                    DataType::List(element) | DataType::Array(element, _) => element.as_ref().clone(),
                    DataType::Map(entry) => entry_type(&entry.0, &entry.1),
                    other => unreachable!("a list vector of type {other}"),
                };
                let rows = list.offsets[index] as usize..list.offsets[index + 1] as usize;
                Value::List(rows.map(|row| list.child.value(row, &element)).collect())
            }
            Values::Struct(value) => match data_type {
                DataType::Struct(fields) => Value::Struct(
                    value.children.iter().zip(fields.iter()).map(|(v, f)| v.value(index, &f.data_type)).collect(),
                ),
                other => unreachable!("a struct vector of type {other}"),
            },
        }
    }

    /// Appends one value. The value fits the vector's form.
    pub fn push(&mut self, value: &Value) {
        let rows = self.len();
        match (&mut self.values, value) {
            (Values::Bits(bits), Value::Boolean(value)) => bits.push(*value),
            (Values::I8(values), Value::Integer(value)) => values.make_owned().push(*value as i8),
            (Values::I16(values), Value::Integer(value)) => values.make_owned().push(*value as i16),
            (Values::I32(values), Value::Integer(value)) => values.make_owned().push(*value as i32),
            (Values::I64(values), Value::Integer(value)) => values.make_owned().push(*value),
            (Values::I128(values), Value::Integer(value)) => values.make_owned().push((*value).into()),
            (Values::I128(values), Value::Wide(value)) => values.make_owned().push(*value),
            (Values::F32(values), Value::Double(value)) => values.make_owned().push(*value as f32),
            (Values::F64(values), Value::Double(value)) => values.make_owned().push(*value),
            (Values::Text(text), Value::Text(value)) => text.push(value.as_bytes()),
            (Values::Text(text), Value::Blob(value)) => text.push(value),
            (Values::List(list), Value::List(elements)) => {
                for element in elements.iter() {
                    list.child.push_any(element);
                }
                let end = list.child.len() as i32;
                list.offsets.make_owned().push(end);
            }
            (Values::Struct(target), Value::Struct(members)) => {
                target.children.resize_with(members.len(), || Vector::empty(Form::Bits));
                for (child, member) in target.children.iter_mut().zip(members.iter()) {
                    child.push_any(member);
                }
                target.length += 1;
            }
            (values, Value::Null) => push_default(values),
            (values, value) => unreachable!("pushing {value:?} to a vector of {:?}", values.form()),
        }
        self.validity.push(!value.is_null(), rows);
    }

    /// Appends a value to a child vector that takes its form from the first value that is not NULL.
    fn push_any(&mut self, value: &Value) {
        let form = match value {
            Value::Null | Value::Boolean(_) => self.form(),
            Value::Integer(_) if matches!(self.form(), Form::I32 | Form::I128) => self.form(),
            Value::Integer(_) => Form::I64,
            Value::Wide(_) => Form::I128,
            Value::Double(_) => Form::F64,
            Value::Text(_) | Value::Blob(_) => Form::Text,
            Value::List(_) => Form::List,
            Value::Struct(_) => Form::Struct,
        };
        if form != self.form() {
            let nulls = self.len();
            *self = Vector::empty(form);
            (0..nulls).for_each(|_| self.push(&Value::Null));
        }
        self.push(value);
    }
}

fn push_default(values: &mut Values) {
    match values {
        Values::Bits(bits) => bits.push(false),
        Values::I8(values) => values.make_owned().push(0),
        Values::I16(values) => values.make_owned().push(0),
        Values::I32(values) => values.make_owned().push(0),
        Values::I64(values) => values.make_owned().push(0),
        Values::I128(values) => values.make_owned().push(0),
        Values::F32(values) => values.make_owned().push(0.0),
        Values::F64(values) => values.make_owned().push(0.0),
        Values::Text(text) => text.push(b""),
        Values::List(list) => {
            let end = list.child.len() as i32;
            list.offsets.make_owned().push(end);
        }
        Values::Struct(value) => {
            value.children.iter_mut().for_each(|child| child.push(&Value::Null));
            value.length += 1;
        }
    }
}

fn append_list(target: &mut ListValues, source: &ListValues) {
    let (first, last) = (source.offsets[0], source.offsets[source.offsets.len() - 1]);
    let base = target.child.len() as i32 - first;
    target.child.append(&source.child.slice(first as usize, (last - first) as usize));
    target.offsets.make_owned().extend(source.offsets[1..].iter().map(|offset| offset + base));
}

fn append_struct(target: &mut StructValues, source: &StructValues) {
    target.children.resize_with(source.children.len(), || Vector::empty(Form::Bits));
    for (target, source) in target.children.iter_mut().zip(&source.children) {
        target.append(source);
    }
    target.length += source.length;
}

/// The element type of a MAP seen as a list.
fn entry_type(key: &DataType, value: &DataType) -> DataType {
    let field =
        |name: &str, data_type: &DataType| crate::types::Field { name: name.to_owned(), data_type: data_type.clone() };
    DataType::Struct([field("key", key), field("value", value)].into())
}

impl Vector {
    /// `rows` times `value`, in the form of `data_type`.
    pub fn constant(value: &Value, data_type: &DataType, rows: usize) -> Vector {
        let mut vector = Vector::empty(data_type.form());
        (0..rows).for_each(|_| vector.push(value));
        vector
    }

    /// Makes the vector empty and of `form`, keeping capacity where the form stays.
    pub fn reset(&mut self, form: Form) {
        self.validity.set_all();
        match &mut self.values {
            Values::Bits(bits) if form == Form::Bits => {
                bits.refill(false, 0);
            }
            Values::I32(values) if form == Form::I32 => values.refill().clear(),
            Values::I64(values) if form == Form::I64 => values.refill().clear(),
            Values::I128(values) if form == Form::I128 => values.refill().clear(),
            Values::F64(values) if form == Form::F64 => values.refill().clear(),
            Values::Text(text) if form == Form::Text => text.clear(),
            _ => *self = Vector { values: Values::empty(form), validity: Validity::default() },
        }
    }

    /// Makes `out` the numbers of a vector of integers of at most 32 bits, by which rows of another vector are gathered:
    /// `null` for NULL. Fails for another form.
    pub fn numbers(&self, null: u32, out: &mut Vec<u32>) -> Result<()> {
        out.clear();
        match &self.values {
            Values::I8(numbers) => out.extend(numbers.iter().map(|number| *number as u32)),
            Values::I16(numbers) => out.extend(numbers.iter().map(|number| *number as u32)),
            Values::I32(numbers) => out.extend(numbers.iter().map(|number| *number as u32)),
            other => return Err(Error::internal(format!("numbers of form {}", other.form().name()))),
        }
        if let Some(valid) = self.validity.bits() {
            out.iter_mut().enumerate().filter(|(row, _)| !valid.get(*row)).for_each(|(_, number)| *number = null);
        }
        Ok(())
    }

    /// The text values; panics for another form, which the verifier excludes.
    pub fn text(&self) -> &Text {
        match &self.values {
            Values::Text(text) => text,
            other => unreachable!("a text vector, not {:?}", other.form()),
        }
    }

    /// The bits of a BOOLEAN vector; panics for another form, which the verifier excludes.
    pub fn bits(&self) -> &Bits {
        match &self.values {
            Values::Bits(bits) => bits,
            other => unreachable!("a vector of bits, not {:?}", other.form()),
        }
    }
}
