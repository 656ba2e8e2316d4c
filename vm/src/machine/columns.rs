//! Columns that are kept from batch to batch, in the form of their type.

use bytemuck::Pod;

use super::worker::Rows;
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::types::{DataType, Form};
use crate::vector::{Buf, INLINE_BYTES, Text, Values, Vector};

/// Rows kept column by column: the build side of a join, the keys of groups, what a sorter sorts.
#[derive(Debug)]
pub(super) struct ColumnStore {
    columns: Vec<Vector>,
    rows: usize,
    /// Bytes of content.
    bytes: usize,
    reservation: Reservation,
}

impl ColumnStore {
    /// An empty store. `what` is the operator's name in errors.
    pub(super) fn new(types: &[DataType], context: &Context, what: &'static str) -> ColumnStore {
        let columns = types.iter().map(|data_type| Vector::empty(data_type.form())).collect();
        ColumnStore { columns, rows: 0, bytes: 0, reservation: context.reservation(what) }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn column(&self, index: usize) -> &Vector {
        &self.columns[index]
    }

    pub(super) fn columns(&self) -> &[Vector] {
        &self.columns
    }

    /// Appends rows of `sources`, one vector for each column, in the column's form or a narrower one.
    pub(super) fn append<'a>(
        &mut self,
        sources: impl Iterator<Item = &'a Vector> + Clone,
        rows: Rows<'_>,
    ) -> Result<()> {
        if self.rows + rows.len() >= u32::MAX as usize {
            return Err(too_many_rows());
        }
        let added: usize = self
            .columns
            .iter()
            .zip(sources.clone())
            .map(|(column, source)| bytes_of(column.form(), source, rows))
            .sum();
        self.bytes += added;
        // Vectors double when they are full, so twice the content covers their capacity.
        if self.bytes * 2 > self.reservation.bytes() {
            self.reservation.resize(self.bytes * 2)?;
        }
        for (column, source) in self.columns.iter_mut().zip(sources) {
            append(column, source, rows);
        }
        self.rows += rows.len();
        Ok(())
    }

    /// Keeps only the rows of these numbers, in this order.
    pub(super) fn keep(&mut self, rows: &[u32]) -> Result<()> {
        let kept: usize = self.columns.iter().map(|column| bytes_of(column.form(), column, Rows::Selected(rows))).sum();
        self.reservation.grow(kept * 2)?;
        for column in &mut self.columns {
            let mut target = Vector::empty(column.form());
            append(&mut target, column, Rows::Selected(rows));
            *column = target;
        }
        self.rows = rows.len();
        self.bytes = kept;
        self.reservation.resize(kept * 2)
    }

    /// Takes all rows out. Memory stays, and so does its reservation.
    pub(super) fn clear(&mut self) {
        for column in &mut self.columns {
            column.reset(column.form());
        }
        self.rows = 0;
        self.bytes = 0;
    }

    /// Copies `count` rows from row `first` on into `columns`, whose memory is used again. `numbers` is scratch.
    pub(super) fn copy(&self, first: usize, count: usize, columns: &mut Vec<Vector>, numbers: &mut Vec<u32>) -> usize {
        columns.resize_with(self.columns.len(), || Vector::empty(Form::Bits));
        if first == 0 && count == self.rows {
            columns.iter_mut().zip(&self.columns).for_each(|(column, source)| column.assign(source));
            return count;
        }
        numbers.clear();
        // A store has fewer than 2^32 rows.
        numbers.extend((first..first + count).map(|row| row as u32));
        columns.iter_mut().zip(&self.columns).for_each(|(column, source)| column.gather(source, numbers));
        count
    }

    /// Takes out what is in it; memory goes along.
    pub(super) fn take(&mut self, context: &Context) -> ColumnStore {
        let empty = ColumnStore { columns: Vec::new(), rows: 0, bytes: 0, reservation: context.reservation("") };
        std::mem::replace(self, empty)
    }

    /// Begins to unite several stores: gives the store that there will be, and each column as it is in all of them.
    /// When those are one behind the other, [`ColumnStore::put`] ends it; until then reservations are to be held.
    pub(super) fn unite(stores: Vec<ColumnStore>) -> Result<(ColumnStore, Vec<Vec<Vector>>, Vec<Reservation>)> {
        let (rows, bytes) = stores.iter().fold((0, 0), |sum, store| (sum.0 + store.rows, sum.1 + store.bytes));
        if rows >= u32::MAX as usize {
            return Err(too_many_rows());
        }
        let mut stores = stores.into_iter();
        let mut first = stores.next().ok_or_else(|| Error::internal("no store to unite"))?;
        // What is appended to a column may double it.
        if bytes > first.bytes {
            first.reservation.resize((first.bytes + bytes) * 2)?;
        }
        (first.rows, first.bytes) = (rows, bytes);
        let mut columns: Vec<Vec<Vector>> = first.columns.drain(..).map(|column| vec![column]).collect();
        let mut held = Vec::new();
        for store in stores {
            columns.iter_mut().zip(store.columns).for_each(|(parts, column)| parts.push(column));
            held.push(store.reservation);
        }
        Ok((first, columns, held))
    }

    /// The columns of the store that [`ColumnStore::unite`] gave.
    pub(super) fn put(&mut self, columns: Vec<Vector>) {
        self.columns = columns;
    }

    /// Lets windows of the columns cost nothing.
    pub(super) fn share(&mut self) {
        for column in &mut self.columns {
            let owned = std::mem::replace(column, Vector::empty(Form::Bits));
            *column = owned.into_shared();
        }
    }
}

fn too_many_rows() -> Error {
    Error::limit(format!("more than {} rows in one operator", u32::MAX - 1))
}

/// Bytes that `rows` of `source` take in a vector of `form`.
fn bytes_of(form: Form, source: &Vector, rows: Rows<'_>) -> usize {
    let count = rows.len();
    let width = match form {
        Form::Bits | Form::I8 => 1,
        Form::I16 => 2,
        Form::I32 | Form::F32 => 4,
        Form::I64 | Form::F64 => 8,
        Form::I128 => 16,
        Form::Text => return count * 17 + long_bytes(source.text(), rows),
        Form::List | Form::Struct => return nested_bytes(source, count),
    };
    count * width + count.div_ceil(8)
}

/// An estimate: the mean size of the source's rows.
fn nested_bytes(source: &Vector, count: usize) -> usize {
    let rows = source.len().max(1);
    (source.owned_bytes() / rows + size_of::<Vector>()) * count
}

fn long_bytes(text: &Text, rows: Rows<'_>) -> usize {
    let long = |length: usize| if length > INLINE_BYTES { length } else { 0 };
    match rows {
        Rows::All(count) => text.views[..count].iter().map(|view| long(view.len())).sum(),
        Rows::Selected(rows) => rows.iter().map(|&row| long(text.views[row as usize].len())).sum(),
    }
}

fn extend<T: Pod, S: Pod>(target: &mut Buf<T>, source: &[S], rows: Rows<'_>, widen: impl Fn(S) -> T) {
    let target = target.make_owned();
    match rows {
        Rows::All(count) => target.extend(source[..count].iter().map(|&value| widen(value))),
        Rows::Selected(rows) => target.extend(rows.iter().map(|&row| widen(source[row as usize]))),
    }
}

/// Appends rows of `source` to `target`, which has the same form or a wider one.
pub(super) fn append(target: &mut Vector, source: &Vector, rows: Rows<'_>) {
    let before = target.len();
    match (&mut target.values, &source.values) {
        (Values::Bits(target), Values::Bits(source)) => match rows {
            Rows::All(count) => (0..count).for_each(|row| target.push(source.get(row))),
            Rows::Selected(rows) => rows.iter().for_each(|&row| target.push(source.get(row as usize))),
        },
        (Values::I32(target), Values::I8(source)) => extend(target, source, rows, i32::from),
        (Values::I32(target), Values::I16(source)) => extend(target, source, rows, i32::from),
        (Values::I32(target), Values::I32(source)) => extend(target, source, rows, |value| value),
        (Values::I64(target), Values::I8(source)) => extend(target, source, rows, i64::from),
        (Values::I64(target), Values::I16(source)) => extend(target, source, rows, i64::from),
        (Values::I64(target), Values::I32(source)) => extend(target, source, rows, i64::from),
        (Values::I64(target), Values::I64(source)) => extend(target, source, rows, |value| value),
        (Values::I128(target), Values::I8(source)) => extend(target, source, rows, i128::from),
        (Values::I128(target), Values::I16(source)) => extend(target, source, rows, i128::from),
        (Values::I128(target), Values::I32(source)) => extend(target, source, rows, i128::from),
        (Values::I128(target), Values::I64(source)) => extend(target, source, rows, i128::from),
        (Values::I128(target), Values::I128(source)) => extend(target, source, rows, |value| value),
        (Values::F64(target), Values::F32(source)) => extend(target, source, rows, f64::from),
        (Values::F64(target), Values::F64(source)) => extend(target, source, rows, |value| value),
        (Values::Text(target), Values::Text(source)) => match rows {
            Rows::All(count) => target.append_rows(source, 0..count),
            Rows::Selected(rows) => target.append_rows(source, rows.iter().map(|&row| row as usize)),
        },
        _ => return append_any(target, source, rows),
    }
    if target.validity.bits().is_none() && source.validity.bits().is_none() {
        return;
    }
    let mut at = before;
    let mut push = |row: usize| {
        target.validity.push(source.validity.is_valid(row), at);
        at += 1;
    };
    match rows {
        Rows::All(count) => (0..count).for_each(&mut push),
        Rows::Selected(rows) => rows.iter().for_each(|&row| push(row as usize)),
    }
}

/// Nested values, and forms that no type has of its own.
fn append_any(target: &mut Vector, source: &Vector, rows: Rows<'_>) {
    let mut chosen = Vector::empty(source.form());
    match rows {
        Rows::All(count) => chosen.assign(&source.slice(0, count)),
        Rows::Selected(rows) => chosen.gather(source, rows),
    }
    target.append(&chosen);
}

/// One column of several, which is not written any more.
pub(super) fn unite_column(parts: Vec<Vector>, context: &Context) -> Result<Vector> {
    let mut parts = parts.into_iter();
    let mut column = parts.next().ok_or_else(|| Error::internal("a column of nobody"))?;
    for part in parts {
        context.poll()?;
        append(&mut column, &part, Rows::All(part.len()));
    }
    Ok(column.into_shared())
}

/// For iterators over columns to be chained that live for different times.
pub(super) fn shorten<'s, 'a: 's>(column: &'a Vector) -> &'s Vector {
    column
}

/// Makes `target` the rows `first..first + count` of `source`, sharing what is shared there.
pub(super) fn window(target: &mut Vector, source: &Vector, first: usize, count: usize) {
    match &source.values {
        Values::Text(text) => {
            if target.form() != Form::Text {
                *target = Vector::empty(Form::Text);
            }
            if let Values::Text(target) = &mut target.values {
                // Not a slice: that would clone the list of buffers anew for each batch.
                target.assign_window(text, first, count);
            }
            match source.validity.bits() {
                None => target.validity.set_all(),
                Some(_) => target.validity = source.validity.slice(first, count),
            }
        }
        _ => *target = source.slice(first, count),
    }
}
