//! Results: batches of columns, and rows for those who want them one by one.

use std::sync::Arc;

use arrow::array::RecordBatchOptions;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use rowmill_sql::suggest::nearest;
use rowmill_vm::machine::Machine;
use rowmill_vm::vector::arrow::{arrow_field, to_arrow};
use rowmill_vm::{DataType, Error, Reservation, Result, Value, Vector, format};

use crate::from_row::{FromRow, Typed};
use crate::from_value::FromValue;
use crate::memory_table::Returned;
use crate::record_batches::RecordBatches;

/// A column of a table or a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
}

/// The result of a statement, computed as it is read.
///
/// After an error the result is at its end.
pub struct Rows {
    columns: Arc<[Column]>,
    source: Source,
    batch: Arc<BatchData>,
    /// The next row of the batch that [`Rows::next`] gives.
    next_row: usize,
    changes: u64,
}

/// Where batches come from.
enum Source {
    /// A program in the course of running.
    Machine(Box<Machine>),
    /// All rows, not yet given out, and their memory.
    Ready(Vec<Vector>, Option<Reservation>),
    /// Nothing more.
    Done,
}

/// Rows of a result, column by column. It stays what it is when the result is read further.
#[derive(Clone, Debug)]
pub struct Batch {
    columns: Arc<[Column]>,
    data: Arc<BatchData>,
}

#[derive(Debug, Default)]
struct BatchData {
    vectors: Vec<Vector>,
    rows: usize,
}

/// A row of a result.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    columns: &'a [Column],
    data: &'a BatchData,
    row: usize,
}

impl Rows {
    /// The rows that a machine will give.
    pub(crate) fn of_machine(columns: Arc<[Column]>, machine: Machine) -> Rows {
        Rows { columns, source: Source::Machine(Box::new(machine)), batch: Arc::default(), next_row: 0, changes: 0 }
    }

    /// No rows, but so many changed.
    pub(crate) fn of_changes(changes: u64) -> Rows {
        Rows { columns: Arc::new([]), source: Source::Done, batch: Arc::default(), next_row: 0, changes }
    }

    /// Rows that are there: one vector a column.
    pub(crate) fn of_vectors(columns: Arc<[Column]>, vectors: Vec<Vector>) -> Rows {
        Rows { columns, source: Source::Ready(vectors, None), batch: Arc::default(), next_row: 0, changes: 0 }
    }

    /// The rows that a change gives back, and how many it has changed.
    pub(crate) fn of_change(columns: Arc<[Column]>, returned: Returned, changes: u64) -> Rows {
        let source = Source::Ready(returned.vectors, Some(returned.memory));
        Rows { columns, source, batch: Arc::default(), next_row: 0, changes }
    }

    /// The columns; none for a statement that gives no rows.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows the statement has inserted, deleted or updated.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// The next rows, as many as the engine handles at once; `None` at the end. Rows of a batch that [`Rows::next`]
    /// has not reached are passed over.
    pub fn next_batch(&mut self) -> Result<Option<Batch>> {
        if !self.pull()? {
            return Ok(None);
        }
        self.next_row = self.batch.rows;
        Ok(Some(Batch { columns: Arc::clone(&self.columns), data: Arc::clone(&self.batch) }))
    }

    /// The next row; `None` at the end.
    #[expect(clippy::should_implement_trait, reason = "a row borrows from the result, which an iterator cannot say")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        if self.next_row >= self.batch.rows && !self.pull()? {
            return Ok(None);
        }
        self.next_row += 1;
        Ok(Some(Row { columns: &self.columns, data: &self.batch, row: self.next_row - 1 }))
    }

    /// The rows as values of a type: tuples, or what implements [`FromRow`].
    pub fn into_typed<T: FromRow>(self) -> Typed<T> {
        Typed::new(self)
    }

    /// The only row; fails if there is none, or more than one.
    pub(crate) fn into_only<T: FromRow>(mut self) -> Result<T> {
        let row = self.next()?.ok_or_else(|| Error::data("the result has no row, but one is asked for"))?;
        let value = T::from_row(&row)?;
        match self.next()? {
            None => Ok(value),
            Some(_) => Err(Error::data("the result has several rows, but one is asked for")),
        }
    }

    /// The result as Arrow record batches.
    pub fn into_record_batches(self) -> RecordBatches {
        RecordBatches::new(self)
    }

    /// Gives back what the statement holds: there is nothing more to come.
    pub(crate) fn stop(&mut self) {
        self.source = Source::Done;
        self.next_row = self.batch.rows;
    }

    /// Brings the next batch that is not empty into `batch`; false at the end.
    fn pull(&mut self) -> Result<bool> {
        self.next_row = 0;
        // The batch is refilled in place, unless somebody still holds it.
        if Arc::get_mut(&mut self.batch).is_none() {
            self.batch = Arc::default();
        }
        let data = Arc::get_mut(&mut self.batch).expect("made unique above");
        data.rows = 0;
        match &mut self.source {
            Source::Machine(machine) => match fill(machine, data) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(error) => {
                    self.source = Source::Done;
                    return Err(error);
                }
            },
            // Rows that are taken in one piece keep their memory until the next is asked for.
            Source::Ready(vectors, memory) if !vectors.is_empty() => {
                data.vectors = std::mem::take(vectors);
                data.rows = data.vectors.first().map_or(0, Vector::len);
                if data.rows > 0 {
                    self.source = Source::Ready(Vec::new(), memory.take());
                    return Ok(true);
                }
            }
            Source::Ready(..) | Source::Done => {}
        }
        // The end: what the statement held is given back.
        self.source = Source::Done;
        Ok(false)
    }
}

fn fill(machine: &mut Machine, data: &mut BatchData) -> Result<bool> {
    while let Some(batch) = machine.next_batch()? {
        if batch.rows == 0 {
            continue;
        }
        data.vectors.resize_with(batch.width(), || Vector::empty(rowmill_vm::Form::Bits));
        for (target, source) in data.vectors.iter_mut().zip(batch.columns()) {
            target.assign(source);
        }
        data.rows = batch.rows;
        return Ok(true);
    }
    Ok(false)
}

impl Batch {
    /// Rows in the batch.
    pub fn rows(&self) -> usize {
        self.data.rows
    }

    /// The result's columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a value is NULL. Panics beyond the last row or column, as do the others.
    pub fn is_null(&self, row: usize, column: usize) -> bool {
        !self.data.vectors[column].validity.is_valid(row)
    }

    /// A value.
    pub fn value(&self, row: usize, column: usize) -> Value {
        self.data.vectors[column].value(row, &self.columns[column].data_type)
    }

    /// Appends a value's text form; NULL is `NULL`.
    pub fn write_text(&self, row: usize, column: usize, out: &mut String) {
        format::write_text(&self.data.vectors[column], row, &self.columns[column].data_type, out);
    }

    /// Appends a value as JSON.
    pub fn write_json(&self, row: usize, column: usize, out: &mut String) {
        format::write_json(&self.data.vectors[column], row, &self.columns[column].data_type, out);
    }

    /// The batch as Arrow has it. Columns that come straight from tables are shared, computed ones copied.
    pub fn to_record_batch(&self) -> Result<RecordBatch> {
        let arrays = self.columns.iter().zip(&self.data.vectors);
        let arrays = arrays.map(|(column, vector)| to_arrow(vector, &column.data_type)).collect::<Result<_>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows()));
        RecordBatch::try_new_with_options(schema(&self.columns), arrays, &options)
            .map_err(|error| Error::internal(format!("a batch makes no RecordBatch: {error}")).with_source(error))
    }
}

/// The Arrow schema of a result.
pub(crate) fn schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| arrow_field(&column.name, &column.data_type, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// What names a column of a row: its position, from 0, or its name, in whatever case.
pub trait ColumnIndex {
    /// The position among `columns`.
    fn position(&self, columns: &[Column]) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn position(&self, columns: &[Column]) -> Result<usize> {
        let width = columns.len();
        let missing = || Error::name(format!("there is no column {self}: the row has {width}, counted from 0"));
        (*self < width).then_some(*self).ok_or_else(missing)
    }
}

impl ColumnIndex for &str {
    fn position(&self, columns: &[Column]) -> Result<usize> {
        let mut named = (0..columns.len()).filter(|at| columns[*at].name.eq_ignore_ascii_case(self));
        match (named.next(), named.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(Error::name(format!("the row has several columns '{self}'"))
                .with_hint("ask by position, or name them apart with AS")),
            (None, _) => {
                let missing = Error::name(format!("the row has no column '{self}'"));
                Err(match nearest(self, columns.iter().map(|column| column.name.as_str())) {
                    Some(similar) => missing.with_hint(format!("did you mean {similar}?")),
                    None => missing,
                })
            }
        }
    }
}

impl Row<'_> {
    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The value in a column, by position from 0 or by name, as a Rust type. Fails if there is no such column, or the
    /// value is of another type.
    pub fn get<T: FromValue>(&self, column: impl ColumnIndex) -> Result<T> {
        let index = column.position(self.columns)?;
        let (column, vector) = (&self.columns[index], &self.data.vectors[index]);
        T::from_value(&vector.value(self.row, &column.data_type), &column.data_type).map_err(|error| {
            let message = format!("column {index} ({}): {}", column.name, error.message());
            let named = Error::new(error.kind(), message);
            error.hint().into_iter().fold(named, |named, hint| named.with_hint(hint))
        })
    }
}
