//! Queues: the rows of this turn of a recursion, and those for the next; or rows that are read several times.
//!
//! A turn may be a single row, and there may be millions of them. So the rows of many turns are given together to
//! whoever reads the recursion, and little here allocates once vectors have their capacity.

use std::sync::Arc;

use super::columns::ColumnStore;
use super::cursor::{Handout, Source};
use super::groups::GroupTable;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, Strings};
use super::runs::Runs;
use super::strings::StringTable;
use super::worker::{LimitState, Rows, Worker};
use super::{Machine, Pipeline};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Context;
use crate::program::{Label, LimitId, List, Loop, Op, Program, QueueId, QueueSpec, Repeats, Space, VerifiedProgram};

/// Rows that a worker has added for the next turn.
pub(super) struct Added {
    rows: ColumnStore,
    runs: Runs,
}

/// The rows of a queue that workers read.
pub(super) struct Turn {
    /// Rows that wait to be given; those from `first` on are the turn's.
    rows: Arc<ColumnStore>,
    first: usize,
    /// The row that a loop over rows stands at.
    row: Option<usize>,
    /// Whether all of them are given.
    given: bool,
    /// They are given when there are so many. It begins with one and doubles: so a LIMIT that the first rows reach
    /// ends a recursion after at most twice the turns that it needs.
    enough: usize,
    /// What went wrong in making a turn while rows before it waited.
    failed: Option<Error>,
    /// Takes in what workers have added.
    next: ColumnStore,
    /// All rows of all turns, where each may come once.
    seen: Option<Seen>,
}

/// The distinct rows so far.
struct Seen {
    layout: KeyLayout,
    strings: Vec<StringTable>,
    table: GroupTable,
    batch: KeyBatch,
    groups: Vec<u32>,
    new: Vec<u32>,
}

impl Turn {
    fn new(spec: &QueueSpec, context: &Context) -> Turn {
        let seen = (spec.repeats == Repeats::Dropped).then(|| {
            let types = spec.columns.iter().zip(&spec.nullable);
            let layout = KeyLayout::new(types.map(|(column, nullable)| (column.clone(), KeyNulls::Equal, *nullable)));
            Seen {
                strings: layout.string_tables(context, "recursion"),
                table: GroupTable::of_layout(&layout, context),
                layout,
                batch: KeyBatch::default(),
                groups: Vec::new(),
                new: Vec::new(),
            }
        });
        let (rows, next) = (Arc::new(store(spec, context)), store(spec, context));
        Turn { rows, first: 0, row: None, given: false, enough: 1, failed: None, next, seen }
    }

    /// Makes the rows that workers have added the turn's.
    fn begin(&mut self, queue: QueueId, spec: &QueueSpec, workers: &mut [Worker], context: &Context) -> Result<()> {
        if Arc::get_mut(&mut self.rows).is_none() {
            // A thread that has helped to read them is still about to let go.
            let shared = std::mem::replace(&mut self.rows, Arc::new(store(spec, context)));
            if let Some(rows) = Arc::get_mut(&mut self.rows).filter(|_| !self.given) {
                rows.append(shared.columns().iter(), Rows::All(shared.rows()))?;
            }
        }
        let rows = Arc::get_mut(&mut self.rows).ok_or_else(|| Error::internal("new rows are read"))?;
        if std::mem::take(&mut self.given) {
            rows.clear();
            self.enough = (self.enough * 2).min(context.batch_rows);
        }
        self.first = rows.rows();
        self.next.clear();
        let mut added = workers.iter_mut().filter_map(|worker| worker.queues[queue.index()].as_mut());
        let Some(first) = added.next() else { return Ok(()) };
        std::mem::swap(&mut self.next, &mut first.rows);
        let mut several = false;
        for other in added.filter(|other| other.rows.rows() > 0) {
            first.runs.append(&other.runs, self.next.rows());
            self.next.append(other.rows.columns().iter(), Rows::All(other.rows.rows()))?;
            other.rows.clear();
            other.runs.clear();
            several = true;
        }
        if several {
            // The rows of several workers, in the order that one would have given them.
            let mut numbers = context.reservation("recursion");
            numbers.grow(self.next.rows() * size_of::<u32>())?;
            let order: Vec<u32> = first.runs.in_order(self.next.rows()).into_iter().flatten().collect();
            self.next.keep(&order)?;
        }
        first.runs.clear();
        match &mut self.seen {
            None if rows.rows() == 0 => std::mem::swap(rows, &mut self.next),
            None => rows.append(self.next.columns().iter(), Rows::All(self.next.rows()))?,
            Some(seen) => {
                seen.find_new(&self.next, context)?;
                rows.append(self.next.columns().iter(), Rows::Selected(&seen.new))?;
            }
        }
        Ok(())
    }

    /// The next row of a loop over all of them.
    fn next_row(&mut self) -> Option<usize> {
        let next = self.row.map_or(0, |row| row + 1);
        self.row = (next < self.rows.rows()).then_some(next);
        self.row
    }

    /// The rows that may be read: those of the turn, or the one that a loop stands at.
    fn readable(&self) -> std::ops::Range<usize> {
        self.row.map_or(self.first..self.rows.rows(), |row| row..row + 1)
    }

    /// Whether the turn has no rows.
    fn is_over(&self) -> bool {
        self.rows.rows() == self.first
    }

    /// How many rows wait to be given.
    fn waiting(&self) -> usize {
        if self.given { 0 } else { self.rows.rows() }
    }
}

fn store(spec: &QueueSpec, context: &Context) -> ColumnStore {
    ColumnStore::new(&spec.columns, context, "recursion")
}

/// An instruction speaks of a queue that is not open.
fn not_open(queue: QueueId) -> Error {
    Error::internal(format!("{queue} is not open"))
}

impl Machine {
    /// An instruction of a queue: gives the address of the next one.
    pub(super) fn recur(&mut self, op: Op) -> Result<Option<usize>> {
        match op {
            Op::QueueOpen { queue } => {
                let spec = &self.program.program().queues[queue.index()];
                self.turns[queue.index()] = Some(Turn::new(spec, &self.context));
                self.workers.iter_mut().for_each(|worker| worker.queues[queue.index()] = None);
            }
            Op::QueueTurn { queue, step, end } => {
                let turn = self.turns[queue.index()].as_mut().ok_or_else(|| not_open(queue))?;
                let spec = &self.program.program().queues[queue.index()];
                turn.begin(queue, spec, &mut self.workers, &self.context)?;
                match turn.waiting() {
                    0 => return Ok(Some(end.index())),
                    waiting if waiting < turn.enough && !turn.is_over() => return Ok(Some(step.index())),
                    _ => {}
                }
            }
            Op::OpenWaiting { cursor, queue } => {
                let turn = self.turns[queue.index()].as_mut().ok_or_else(|| not_open(queue))?;
                let rows = Arc::clone(&turn.rows);
                let handout = Handout::new(0..rows.rows());
                turn.given = true;
                self.open(cursor, Source::Turn(rows, handout));
            }
            Op::QueueStep { queue, end } => return self.queue_step(queue, end),
            Op::QueueSeal { queue } => {
                let turn = self.turns[queue.index()].as_mut().ok_or_else(|| not_open(queue))?;
                let spec = &self.program.program().queues[queue.index()];
                turn.begin(queue, spec, &mut self.workers, &self.context)?;
            }
            Op::QueueRow { queue, end } => {
                let turn = self.turns[queue.index()].as_mut().ok_or_else(|| not_open(queue))?;
                if turn.next_row().is_none() {
                    return Ok(Some(end.index()));
                }
                self.count_anew();
            }
            Op::OpenQueue { cursor, queue } => {
                let turn = self.turns[queue.index()].as_ref().ok_or_else(|| not_open(queue))?;
                let rows = Arc::clone(&turn.rows);
                let handout = Handout::new(turn.readable());
                self.open(cursor, Source::Turn(rows, handout));
            }
            Op::QueueLoop { turn, .. } => {
                self.context.poll()?;
                return Ok(Some(turn.index()));
            }
            other => return Err(Error::internal(format!("{} outside a pipeline", other.name()))),
        }
        Ok(Some(self.next + 1))
    }

    fn queue_step(&mut self, queue: QueueId, end: Label) -> Result<Option<usize>> {
        let reached = |(_, limit): &(usize, LimitId)| self.limits[limit.index()].give == 0;
        if self.program.limits_at(self.next).iter().any(reached) {
            return Ok(Some(end.index()));
        }
        let turn = self.turns[queue.index()].as_mut().ok_or_else(|| not_open(queue))?;
        if let Some(error) = turn.failed.take() {
            return Err(error);
        }
        if turn.is_over() {
            return Ok(Some(end.index()));
        }
        self.count_anew();
        Ok(Some(self.next + 1))
    }

    /// Lets the LIMITs in the loop count anew.
    fn count_anew(&mut self) {
        for limit in self.program.limits_anew(self.next) {
            self.limits[limit.index()] = LimitState::new(&self.program.program().limits[limit.index()]);
        }
    }

    /// An error where a turn is made comes behind the rows that wait: goes on with giving them, or hands it back if
    /// none do. A bug of ours comes at once.
    pub(super) fn put_off(&mut self, verified: &VerifiedProgram, error: Error) -> Result<()> {
        let waits = |open: &&Loop| {
            let turn = self.turns[open.queue.index()].as_ref();
            let makes_turn = self.next == open.turn || (open.step + 1..=open.end).contains(&self.next);
            makes_turn && turn.is_some_and(|turn| turn.waiting() > 0)
        };
        let Some(open) = verified.loops().iter().find(waits).filter(|_| error.kind() != ErrorKind::Internal) else {
            return Err(error);
        };
        match self.running.take() {
            Some(Pipeline::Together(mut stage)) => self.workers = stage.finish(),
            Some(Pipeline::Alone { .. }) => self.workers[0].detach(),
            None => {}
        }
        if let Some(turn) = &mut self.turns[open.queue.index()] {
            turn.failed = Some(error);
        }
        self.next = open.turn + 1;
        Ok(())
    }
}

impl Seen {
    /// Finds the rows that did not come before, and notes them.
    fn find_new(&mut self, rows: &ColumnStore, context: &Context) -> Result<()> {
        self.batch.encode(&self.layout, rows.columns().iter(), rows.rows(), Strings::Add(&mut self.strings))?;
        self.table.assign(&self.batch, rows.rows(), &mut self.groups, &mut self.new, context)
    }
}

impl Worker {
    pub(super) fn queue_insert(
        &mut self,
        program: &Program,
        (queue, space, columns): (QueueId, Space, List),
    ) -> Result<()> {
        let rows = self.rows(space);
        let registers = &self.registers;
        let columns = program.lists[columns.index()].iter().map(|register| &registers[register.index()]);
        let added = self.queues[queue.index()].get_or_insert_with(|| Added {
            rows: store(&program.queues[queue.index()], &self.context),
            runs: Runs::default(),
        });
        added.runs.note(self.position, added.rows.rows());
        added.rows.append(columns, Rows::All(rows))
    }
}
