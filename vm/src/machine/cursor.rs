//! Cursors: over tables, constant rows, groups and sorted rows.

use std::sync::Arc;

use super::Step;
use super::columns::window;
use super::worker::{Shared, Worker};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{
    AggId, Cursor as CursorId, Label, LimitId, List, Program, RangeBound, ReadRange, RowsId, SorterId, Space, TableId,
    VerifiedProgram,
};
use crate::table::{ColumnRange, MorselReader, Scan};
use crate::types::Form;
use crate::value::Value;
use crate::vector::Vector;

/// A place in a stream of batches, and its current batch.
pub(super) struct Cursor {
    source: Source,
    /// The current batch, until `Column` exchanges it with the registers' old vectors; the next batch goes into
    /// those, so that their memory is used again.
    columns: Vec<Vector>,
    rows: usize,
}

/// What a cursor reads.
enum Source {
    Table(TableCursor),
    Rows { rows: RowsId, next: usize },
    Groups { agg: AggId, next: usize },
    Sorted { sorter: SorterId, next: usize },
}

struct TableCursor {
    scan: Arc<dyn Scan>,
    reader: Box<dyn MorselReader>,
    /// Whether the reader stands in a morsel.
    reading: bool,
}

impl Cursor {
    fn new(source: Source) -> Cursor {
        Cursor { source, columns: Vec::new(), rows: 0 }
    }

    /// A cursor over the groups of an aggregation.
    pub(super) fn over_groups(agg: AggId) -> Cursor {
        Cursor::new(Source::Groups { agg, next: 0 })
    }

    /// A cursor over sorted rows.
    pub(super) fn over_sorted(sorter: SorterId) -> Cursor {
        Cursor::new(Source::Sorted { sorter, next: 0 })
    }

    /// Reads the next batch; says whether there is one.
    fn advance(&mut self, program: &Program, shared: &mut Shared, context: &Context) -> Result<bool> {
        context.poll()?;
        let rows_max = context.batch_rows;
        self.rows = match &mut self.source {
            Source::Table(table) => table.read(rows_max, &mut self.columns)?,
            Source::Rows { rows, next } => {
                let constant = &program.rows[rows.index()];
                let count = (constant.rows - *next).min(rows_max);
                self.columns.resize_with(constant.columns.len(), || Vector::empty(Form::Bits));
                for (column, source) in self.columns.iter_mut().zip(&constant.columns) {
                    window(column, source, *next, count);
                }
                *next += count;
                count
            }
            Source::Groups { agg, next } => {
                let groups = shared.groups[agg.index()].as_ref().ok_or_else(|| Error::internal("groups not ended"))?;
                let count = groups.read(*next, rows_max, &mut self.columns)?;
                *next += count;
                count
            }
            Source::Sorted { sorter, next } => {
                let sorted =
                    shared.sorted[sorter.index()].as_ref().ok_or_else(|| Error::internal("rows not sorted"))?;
                let count = sorted.read(*next, rows_max, &mut self.columns);
                *next += count;
                count
            }
        };
        Ok(self.rows > 0)
    }
}

impl TableCursor {
    fn read(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        loop {
            if !self.reading {
                let Some(morsel) = self.scan.claim()? else { return Ok(0) };
                self.reader.start(morsel)?;
                self.reading = true;
            }
            let rows = self.reader.next(rows_max, columns)?;
            if rows > 0 {
                return Ok(rows);
            }
            self.reading = false;
        }
    }
}

impl Worker {
    pub(super) fn open_read(&mut self, program: &Program, cursor: CursorId, table: TableId) -> Result<()> {
        let read = &program.tables[table.index()];
        let ranges: Vec<ColumnRange> = read.ranges.iter().map(|range| self.column_range(range)).collect();
        let scan = read.table.scan(&read.columns, &ranges, &self.context)?;
        let reader = scan.reader()?;
        let mut opened = Cursor::new(Source::Table(TableCursor { scan, reader, reading: false }));
        opened.columns.resize_with(read.columns.len(), || Vector::empty(Form::Bits));
        self.cursors[cursor.index()] = Some(opened);
        Ok(())
    }

    fn column_range(&self, range: &ReadRange) -> ColumnRange {
        let bound = |bound: &RangeBound| match bound {
            RangeBound::Open => Value::Null,
            RangeBound::Constant(value) => value.clone(),
            RangeBound::Parameter(number) => self.parameters[usize::from(*number)].clone(),
        };
        ColumnRange { column: range.column, low: bound(&range.low), high: bound(&range.high) }
    }

    pub(super) fn open_rows(&mut self, cursor: CursorId, rows: RowsId) {
        self.cursors[cursor.index()] = Some(Cursor::new(Source::Rows { rows, next: 0 }));
    }

    pub(super) fn rewind(
        &mut self,
        verified: &VerifiedProgram,
        shared: &mut Shared,
        address: usize,
        cursor: CursorId,
        end: Label,
    ) -> Result<Step> {
        self.pending = None;
        if limit_reached(verified, shared, address).is_some() || !self.advance(verified.program(), shared, cursor)? {
            return Ok(Step::Jump(end));
        }
        Ok(Step::Continue)
    }

    pub(super) fn next(
        &mut self,
        verified: &VerifiedProgram,
        shared: &mut Shared,
        address: usize,
        cursor: CursorId,
        body: Label,
    ) -> Result<Step> {
        if let Some(end) = limit_reached(verified, shared, address) {
            return Ok(Step::Jump(end));
        }
        self.raise(body.index())?;
        if self.advance(verified.program(), shared, cursor)? { Ok(Step::Jump(body)) } else { Ok(Step::Continue) }
    }

    fn advance(&mut self, program: &Program, shared: &mut Shared, cursor: CursorId) -> Result<bool> {
        let opened = self.cursors[cursor.index()].as_mut().ok_or_else(|| not_open(cursor))?;
        opened.advance(program, shared, &self.context)
    }

    pub(super) fn column(&mut self, program: &Program, cursor: CursorId, space: Space, columns: List) -> Result<()> {
        let opened = self.cursors[cursor.index()].as_mut().ok_or_else(|| not_open(cursor))?;
        let rows = opened.rows;
        for (vector, &register) in opened.columns.iter_mut().zip(&program.lists[columns.index()]) {
            let info = &program.registers[register.index()];
            if vector.form() != info.form || vector.len() != rows {
                return Err(Error::internal(format!(
                    "{cursor} gave {} rows of {} for {register}, which takes {rows} rows of {}",
                    vector.len(),
                    vector.form().name(),
                    info.form.name()
                )));
            }
            std::mem::swap(vector, &mut self.registers[register.index()]);
        }
        self.set_whole(space, rows);
        Ok(())
    }
}

fn not_open(cursor: CursorId) -> Error {
    Error::internal(format!("{cursor} is not open"))
}

/// Where to go if a LIMIT around `address` has given all its rows: there is no need to read on.
pub(super) fn limit_reached(verified: &VerifiedProgram, shared: &Shared, address: usize) -> Option<Label> {
    let reached = |(limit, _): &&(LimitId, Label)| shared.limits[limit.index()].give == 0;
    verified.limits_at(address).iter().find(reached).map(|(_, end)| *end)
}
