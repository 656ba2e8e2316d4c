//! Cursors: over tables, constant rows, groups, sorted rows, turns of recursions and rests of joins.
//!
//! What a cursor reads is handed out in morsels by a [`Source`], which all workers share; each worker reads the
//! morsels that it claims with a [`Reader`] of its own.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::block_filter::{KernelFilter, Shorter, VARIANTS_MAX};
use super::columns::{ColumnStore, window};
use super::full_join::Rest;
use super::sort::Sorted;
use super::united::Groups;
use super::worker::Worker;
use super::{Shared, Step};
use crate::error::{Error, Result};
use crate::jit::{Progress, TieredState};
use crate::memory::Context;
use crate::program::{
    Cursor as CursorId, HashId, Label, List, Program, RangeBound, ReadRange, RowsId, Space, TableId, VerifiedProgram,
};
use crate::table::{BlockCounts, BlockFilter, ColumnRange, Morsel, MorselReader, Scan, Variant, Wanted};
use crate::types::Form;
use crate::value::Value;
use crate::vector::Vector;

/// Tables of fewer rows have no blocks that it would be worth to ask.
const FILTERED_ROWS_MIN: u64 = 64 * 1024;

/// What an open cursor reads.
pub(super) enum Source {
    /// A table's columns; so many, and what the filter above has made of its blocks.
    Table(Arc<dyn Scan>, usize, Option<Arc<KernelFilter>>),
    /// Constant rows of the program.
    Rows(RowsId, Handout),
    /// The groups of an aggregation.
    Groups(Groups, Handout),
    /// The rows of a sorter.
    Sorted(Sorted, Handout),
    /// The rows of a recursion's turn.
    Turn(Arc<ColumnStore>, Handout),
    /// The rows of a full join's build side that nobody was a partner of.
    Rest(Rest, Handout),
}

/// Rows in memory, handed out piece by piece.
pub(super) struct Handout {
    next: AtomicUsize,
    rows: Range<usize>,
}

impl Handout {
    pub(super) fn new(rows: Range<usize>) -> Handout {
        Handout { next: AtomicUsize::new(rows.start), rows }
    }

    /// Rows that are not handed out yet.
    fn left(&self) -> u64 {
        self.rows.end.saturating_sub(self.next.load(Ordering::Relaxed)) as u64
    }

    fn claim(&self, piece: usize) -> Option<Morsel> {
        // Looking costs less than taking, and most sources in a recursion have one piece.
        if self.next.load(Ordering::Relaxed) >= self.rows.end {
            return None;
        }
        let first = self.next.fetch_add(piece, Ordering::Relaxed);
        let rows = self.rows.end.checked_sub(first).filter(|rows| *rows > 0)?.min(piece);
        let number = (first / piece) as u64;
        Some(Morsel { number, first_row: first as u64, rows: rows as u64, variant: Variant::WHOLE })
    }
}

impl Source {
    /// A scan of a table that the program reads.
    pub(super) fn open(
        (verified, address): (&VerifiedProgram, usize),
        table: TableId,
        parameters: &[Value],
        shared: &Shared,
        context: &Context,
    ) -> Result<Source> {
        let read = &verified.program().tables[table.index()];
        let range = |range| column_range(range, parameters, shared);
        let ranges: Vec<ColumnRange> = read.ranges.iter().map(range).collect();
        let is_large = read.table.row_count().is_some_and(|rows| rows >= FILTERED_ROWS_MIN);
        let filter = verified.scan_filter(address).filter(|_| is_large);
        let filter = filter.map(|filter| KernelFilter::new(verified, &read.table, filter, parameters).map(Arc::new));
        let filter = filter.transpose()?;
        let blocks = filter.clone().map(|filter| filter as Arc<dyn BlockFilter>);
        let scan = read.table.scan(&read.columns, Wanted { ranges: &ranges, filter: blocks }, context)?;
        Ok(Source::Table(scan, read.columns.len(), filter))
    }

    /// Hands out the next morsel; `None` when all are.
    pub(super) fn claim(&self, context: &Context) -> Result<Option<Morsel>> {
        context.poll()?;
        match self {
            Source::Table(scan, ..) => scan.claim(),
            Source::Rows(_, rows)
            | Source::Groups(_, rows)
            | Source::Sorted(_, rows)
            | Source::Turn(_, rows)
            | Source::Rest(_, rows) => Ok(rows.claim(context.morsel_rows())),
        }
    }
}

fn column_range(range: &ReadRange, parameters: &[Value], shared: &Shared) -> ColumnRange {
    let keys = |hash: &HashId| shared.hashes[hash.index()].as_ref().and_then(|table| table.key_range());
    let bound = |bound: &RangeBound, end: fn((i64, i64)) -> i64| match bound {
        RangeBound::Open => Value::Null,
        RangeBound::Constant(value) => value.clone(),
        RangeBound::Parameter(number) => parameters[usize::from(*number)].clone(),
        RangeBound::Build(hash) => keys(hash).map_or(Value::Null, |keys| Value::Integer(end(keys))),
    };
    let (low, high) = (bound(&range.low, |(min, _)| min), bound(&range.high, |(_, max)| max));
    ColumnRange { column: range.column, low, high }
}

impl Source {
    /// How many rows there are, where they are in memory.
    pub(super) fn rows(&self) -> Option<u64> {
        match self {
            Source::Table(..) => None,
            Source::Rows(_, rows)
            | Source::Groups(_, rows)
            | Source::Sorted(_, rows)
            | Source::Turn(_, rows)
            | Source::Rest(_, rows) => Some(rows.rows.len() as u64),
        }
    }

    /// About how many rows are not handed out yet, where that is known.
    fn rows_left(&self) -> Option<u64> {
        match self {
            Source::Table(scan, ..) => scan.rows_left(),
            Source::Rows(_, rows)
            | Source::Groups(_, rows)
            | Source::Sorted(_, rows)
            | Source::Turn(_, rows)
            | Source::Rest(_, rows) => Some(rows.left()),
        }
    }

    /// The blocks of a table that its scan has come by.
    pub(super) fn blocks(&self) -> Option<BlockCounts> {
        match self {
            Source::Table(scan, ..) => Some(scan.blocks()),
            _ => None,
        }
    }
}

/// A worker's place in a source, and its current batch.
pub(super) struct Reader {
    source: Arc<Source>,
    /// For a table, what reads the morsel.
    table: Option<Box<dyn MorselReader>>,
    /// For rows in memory, the next row of the morsel and the end of it.
    next: usize,
    end: usize,
    /// The shorter kernel that the morsel's rows go through.
    shorter: Option<Arc<Shorter>>,
    /// What runs those that this worker has met.
    shorter_states: [Option<Box<TieredState>>; VARIANTS_MAX],
    /// The current batch, until `Column` exchanges it with the registers' old vectors; the next batch goes into
    /// those, so that their memory is used again.
    columns: Vec<Vector>,
    rows: usize,
    /// Which of its worker's passes over sources this is.
    pass: u64,
    /// Rows that it has read, and those that are left of its morsel.
    read: u64,
    left: u64,
    /// Numbers of rows that are read together; kept for their capacity.
    numbers: Vec<u32>,
}

impl Reader {
    /// A reader of `source`, whose vectors may use the memory of `columns`.
    fn new(source: &Arc<Source>, pass: u64, mut columns: Vec<Vector>) -> Result<Reader> {
        let table = match &**source {
            Source::Table(scan, width, _) => {
                columns.resize_with(*width, || Vector::empty(Form::Bits));
                Some(scan.reader()?)
            }
            Source::Rows(..) | Source::Groups(..) | Source::Sorted(..) | Source::Turn(..) | Source::Rest(..) => None,
        };
        Ok(Reader {
            source: Arc::clone(source),
            table,
            next: 0,
            end: 0,
            shorter: None,
            shorter_states: Default::default(),
            columns,
            rows: 0,
            pass,
            read: 0,
            left: 0,
            numbers: Vec::new(),
        })
    }

    fn start(&mut self, morsel: Morsel) -> Result<()> {
        self.left = morsel.rows;
        if let Source::Table(.., Some(filter)) = &*self.source {
            self.shorter = filter.shorter(morsel.variant).cloned();
        }
        match &mut self.table {
            Some(table) => table.start(morsel),
            None => {
                self.next = morsel.first_row as usize;
                self.end = self.next + morsel.rows as usize;
                Ok(())
            }
        }
    }

    /// The shorter kernel that the instruction at `address` runs for the morsel's rows, if there is one.
    pub(super) fn shorter(&self, address: usize) -> Option<&Arc<Shorter>> {
        self.shorter.as_ref().filter(|shorter| shorter.address == address)
    }

    /// Where the state of a shorter kernel is kept while it does not run.
    pub(super) fn state_of(&mut self, shorter: &Shorter) -> &mut Option<Box<TieredState>> {
        &mut self.shorter_states[shorter.number]
    }

    /// How far a worker with this reader is.
    pub(super) fn progress(reader: Option<&Reader>) -> Progress<impl FnOnce() -> Option<u64>> {
        // A source that does not know a morsel's rows does not know its own.
        let left = move || reader.and_then(|reader| Some(reader.source.rows_left()?.saturating_add(reader.left)));
        let (pass, read) = reader.map_or((0, 0), |reader| (reader.pass, reader.read));
        Progress { pass, read, left }
    }

    /// Reads the next batch of the morsel; says whether there is one.
    fn advance(&mut self, program: &Program, context: &Context) -> Result<bool> {
        context.poll()?;
        let (first, count) = (self.next, context.batch_rows.min(self.end - self.next));
        self.rows = match &*self.source {
            Source::Table(..) => {
                let table = self.table.as_mut().ok_or_else(|| Error::internal("a table without a reader"))?;
                let rows = table.next(context.batch_rows, &mut self.columns)?;
                context.observer().map_or(Ok(()), |observer| observer.note(rows))?;
                rows
            }
            Source::Rows(rows, _) => {
                let constant = &program.rows[rows.index()];
                self.columns.resize_with(constant.columns.len(), || Vector::empty(Form::Bits));
                for (column, source) in self.columns.iter_mut().zip(&constant.columns) {
                    window(column, source, first, count);
                }
                count
            }
            Source::Groups(groups, _) => groups.read(first, count, &mut self.columns)?,
            Source::Sorted(sorted, _) => sorted.read(first, count, &mut self.columns),
            Source::Turn(rows, _) => rows.copy(first, count, &mut self.columns, &mut self.numbers),
            Source::Rest(rest, _) => rest.read(first, count, &mut self.columns, &mut self.numbers),
        };
        // A batch may be shorter than it could be, where rows of two stores meet.
        self.next += if self.table.is_some() { 0 } else { self.rows };
        self.read += self.rows as u64;
        self.left = self.left.saturating_sub(self.rows as u64);
        Ok(self.rows > 0)
    }
}

impl Worker {
    /// Makes ready to read morsels of `source`.
    pub(super) fn attach(&mut self, source: &Arc<Source>) -> Result<()> {
        self.passes += 1;
        self.reader = Some(Reader::new(source, self.passes, std::mem::take(&mut self.spare))?);
        Ok(())
    }

    /// Lets go of what it reads. The vectors of a recursion's turn are kept: the next one may be a single row.
    pub(super) fn detach(&mut self) {
        if let Some(reader) = self.reader.take()
            && matches!(*reader.source, Source::Turn(..))
        {
            self.spare = reader.columns;
        }
    }

    /// Goes to the start of a morsel, in a pipeline whose `Next` is at address `next`.
    pub(super) fn start(&mut self, morsel: Morsel, next: usize) -> Result<()> {
        self.pending = None;
        // The first batch is read as every other one is.
        self.next = next;
        self.reader.as_mut().ok_or_else(not_open)?.start(morsel)
    }

    /// Goes on to the next batch of the morsel.
    pub(super) fn next_rows(&mut self, verified: &VerifiedProgram, body: Label) -> Result<Step> {
        if self.limit_reached(verified, self.next) {
            self.pending = None;
            return Ok(Step::Morsel);
        }
        self.raise(body.index())?;
        let reader = self.reader.as_mut().ok_or_else(not_open)?;
        let more = reader.advance(verified.program(), &self.context)?;
        Ok(if more { Step::Jump(body) } else { Step::Morsel })
    }

    pub(super) fn column(&mut self, program: &Program, cursor: CursorId, space: Space, columns: List) -> Result<()> {
        let reader = self.reader.as_mut().ok_or_else(not_open)?;
        let rows = reader.rows;
        for (vector, &register) in reader.columns.iter_mut().zip(&program.lists[columns.index()]) {
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

    /// Whether a LIMIT in the loop at `address` has given all its rows: there is no need to read on. An error that
    /// waits is no more wanted then, unless it comes of rows that the LIMIT has let through.
    pub(super) fn limit_reached(&self, verified: &VerifiedProgram, address: usize) -> bool {
        let counts = |at: usize| self.pending.as_ref().is_none_or(|pending| at > pending.address());
        verified.limits_at(address).iter().any(|(at, limit)| self.limits[limit.index()].give == 0 && counts(*at))
    }
}

fn not_open() -> Error {
    Error::internal("no cursor is open")
}
