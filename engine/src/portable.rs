//! Tables as programs see them that are saved to run elsewhere: columns by name, in their types' own forms. How wide the
//! numbers of these very rows are, which strings they have and which of them are deleted is not in such a program.

use std::sync::Arc;

use rowmill_sql::suggest::nearest;
use rowmill_vm::program::{ColumnContract, TableContract};
use rowmill_vm::table::{
    BlockCounts, ColumnRange, ColumnStatistics, Morsel, MorselReader, Scan, Table, TableColumn, Wanted,
};
use rowmill_vm::vector::{MISSING_ROW, Values};
use rowmill_vm::{Context, DataType, Error, Form, Result, Vector};

use crate::memory_table::convert_into;

/// Some columns of a table, and behind them a hidden one that is false in rows that are deleted.
#[derive(Debug)]
pub(crate) struct PortableTable {
    inner: Arc<dyn Table>,
    columns: Vec<TableColumn>,
    kept: [TableColumn; 1],
    /// The positions of the columns in `inner`.
    positions: Vec<usize>,
}

impl PortableTable {
    /// All columns of a table.
    pub(crate) fn of(inner: Arc<dyn Table>) -> PortableTable {
        let column = |(position, column): (usize, &TableColumn)| ColumnContract {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            nullable: inner.takes_null(position),
        };
        let columns: Vec<ColumnContract> = inner.columns().iter().enumerate().map(column).collect();
        let positions = (0..columns.len()).collect();
        PortableTable::new(inner, &columns, positions)
    }

    /// The columns that a contract asks for. Fails if the table has them not, or not as they have to be.
    pub(crate) fn under(contract: &TableContract, inner: Arc<dyn Table>) -> Result<PortableTable> {
        let position = |wanted: &ColumnContract| {
            let name = format!("{}.{}", contract.name, wanted.name);
            let columns = inner.columns();
            let Some(position) = columns.iter().position(|column| column.name.eq_ignore_ascii_case(&wanted.name))
            else {
                let error = Error::name(format!("the saved query reads a column {name}, which is not there"));
                return Err(match nearest(&wanted.name, columns.iter().map(|column| column.name.as_str())) {
                    Some(similar) => error.with_hint(format!("there is a column {similar}")),
                    None => error,
                });
            };
            let found = &columns[position].data_type;
            if *found != wanted.data_type {
                let message = format!("the saved query reads {name} as {}, and it is {found}", wanted.data_type);
                return Err(Error::types(message));
            }
            if inner.takes_null(position) && !wanted.nullable {
                return Err(Error::types(format!("the saved query relies on {name} being NOT NULL, and it is not")));
            }
            Ok(position)
        };
        let positions = contract.columns.iter().map(position).collect::<Result<_>>()?;
        Ok(PortableTable::new(inner, &contract.columns, positions))
    }

    fn new(inner: Arc<dyn Table>, columns: &[ColumnContract], positions: Vec<usize>) -> PortableTable {
        let column = |name: &str, data_type: &DataType, nullable: bool| TableColumn {
            name: name.to_owned(),
            data_type: data_type.clone(),
            form: data_type.form(),
            nullable,
        };
        let own = columns.iter().map(|wanted| column(&wanted.name, &wanted.data_type, wanted.nullable)).collect();
        PortableTable { inner, columns: own, kept: [column("kept", &DataType::Boolean, false)], positions }
    }

    /// How a column comes from the table behind it.
    fn source(&self, position: usize) -> Result<Source> {
        let (inner, column) = match self.positions.get(position) {
            Some(inner) => (*inner, &self.columns[position]),
            None if position == self.columns.len() => match self.inner.kept_rows() {
                Some(inner) => (inner, &self.kept[0]),
                None => return Ok(Source::AllTrue),
            },
            None => return Err(Error::internal(format!("a portable table has no column {position}"))),
        };
        let form = self.inner.form(inner).ok_or_else(|| Error::internal("a column without a form"))?;
        let shape = match self.inner.dictionary(inner) {
            Some(strings) => Shape::Coded(Arc::clone(strings)),
            None if form == column.form => Shape::Same,
            None => Shape::Narrow(column.form),
        };
        Ok(Source::Column { position: inner, form, shape })
    }
}

impl Table for PortableTable {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn hidden_columns(&self) -> &[TableColumn] {
        &self.kept
    }

    fn kept_rows(&self) -> Option<usize> {
        Some(self.columns.len())
    }

    fn takes_null(&self, column: usize) -> bool {
        self.columns[column].nullable
    }

    fn row_count(&self) -> Option<u64> {
        self.inner.row_count()
    }

    /// What these rows are like, to expect numbers of rows by; elsewhere it proves nothing.
    fn statistics(&self, column: usize) -> Option<ColumnStatistics> {
        let statistics = self.inner.statistics(*self.positions.get(column)?)?;
        Some(ColumnStatistics { rises: false, ascending: false, ..statistics })
    }

    fn scan(&self, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        let sources: Vec<Source> = columns.iter().map(|position| self.source(*position)).collect::<Result<_>>()?;
        let read: Vec<usize> = sources.iter().filter_map(Source::position).collect();
        let inner_range = |range: &ColumnRange| {
            let column = *self.positions.get(range.column)?;
            Some(ColumnRange { column, ..range.clone() })
        };
        let ranges: Vec<ColumnRange> = wanted.ranges.iter().filter_map(inner_range).collect();
        let inner = self.inner.scan(&read, Wanted::within(&ranges), context)?;
        Ok(Arc::new(PortableScan { inner, sources: sources.into() }))
    }
}

/// Where the values of a column come from.
#[derive(Clone, Debug)]
enum Source {
    /// A column of the table behind, and the form in which it gives it.
    Column { position: usize, form: Form, shape: Shape },
    /// No row is deleted.
    AllTrue,
}

/// What is to be done to a column's vectors.
#[derive(Clone, Debug)]
enum Shape {
    Same,
    /// Numbers are brought into this form.
    Narrow(Form),
    /// Numbers of strings become the strings.
    Coded(Arc<Vector>),
}

impl Source {
    fn position(&self) -> Option<usize> {
        match self {
            Source::Column { position, .. } => Some(*position),
            Source::AllTrue => None,
        }
    }
}

struct PortableScan {
    inner: Arc<dyn Scan>,
    sources: Arc<[Source]>,
}

impl Scan for PortableScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        self.inner.claim()
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        let vector = |source: &Source| match source {
            Source::Column { form, .. } => Some(Vector::empty(*form)),
            Source::AllTrue => None,
        };
        let read = self.sources.iter().filter_map(vector).collect();
        let sources = Arc::clone(&self.sources);
        Ok(Box::new(PortableReader { inner: self.inner.reader()?, sources, read, entries: Vec::new() }))
    }

    fn rows_left(&self) -> Option<u64> {
        self.inner.rows_left()
    }

    fn blocks(&self) -> BlockCounts {
        self.inner.blocks()
    }
}

struct PortableReader {
    inner: Box<dyn MorselReader>,
    sources: Arc<[Source]>,
    /// What the table behind gives, one vector for each source that is one of its columns.
    read: Vec<Vector>,
    entries: Vec<u32>,
}

impl MorselReader for PortableReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        self.inner.start(morsel)
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        let rows = self.inner.next(rows_max, &mut self.read)?;
        let mut read = self.read.iter_mut();
        for (source, out) in self.sources.iter().zip(columns) {
            let Source::Column { shape, .. } = source else {
                out.reset(Form::Bits);
                if let Values::Bits(bits) = &mut out.values {
                    bits.refill(true, rows);
                }
                out.validity.set_all();
                continue;
            };
            let read = read.next().ok_or_else(|| Error::internal("a column was not read"))?;
            match shape {
                Shape::Same => std::mem::swap(read, out),
                Shape::Narrow(form) => {
                    convert_into(&mut out.values, &read.values, 0..rows, *form);
                    out.validity.assign(&read.validity);
                }
                Shape::Coded(strings) => {
                    read.numbers(MISSING_ROW, &mut self.entries)?;
                    out.gather(strings, &self.entries);
                }
            }
        }
        Ok(rows)
    }
}
