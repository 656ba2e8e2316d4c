//! Recursions: the rows of this turn, and those for the next.
//!
//! A turn may be a single row, and there may be millions of them: little here allocates once vectors have their
//! capacity, and rows go from turn to turn by exchanging two stores.

use std::sync::Arc;

use super::columns::ColumnStore;
use super::cursor::{Handout, Source};
use super::groups::GroupTable;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, Strings};
use super::runs::Runs;
use super::strings::StringTable;
use super::worker::{Rows, Worker};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{List, Program, QueueId, QueueSpec, Repeats, Space};

/// Rows that a worker has added for the next turn.
pub(super) struct Added {
    rows: ColumnStore,
    runs: Runs,
}

/// The rows of a turn, for all workers to read.
pub(super) struct Turn {
    rows: Arc<ColumnStore>,
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
    pub(super) fn new(spec: &QueueSpec, context: &Context) -> Turn {
        let seen = (spec.repeats == Repeats::Dropped).then(|| {
            let types = spec.columns.iter().zip(&spec.nullable);
            let layout = KeyLayout::new(types.map(|(column, nullable)| (column.clone(), KeyNulls::Equal, *nullable)));
            Seen {
                strings: layout.string_tables(context, "recursion"),
                table: GroupTable::new(layout.words, context),
                layout,
                batch: KeyBatch::default(),
                groups: Vec::new(),
                new: Vec::new(),
            }
        });
        let store = || ColumnStore::new(&spec.columns, context, "recursion");
        Turn { rows: Arc::new(store()), next: store(), seen }
    }

    /// Makes the rows that workers have added the turn's.
    pub(super) fn begin(&mut self, queue: QueueId, workers: &mut [Worker], context: &Context) -> Result<()> {
        let rows = Arc::get_mut(&mut self.rows).ok_or_else(|| Error::internal("a turn that is still read ends"))?;
        rows.clear();
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
            None => std::mem::swap(rows, &mut self.next),
            Some(seen) => {
                seen.find_new(&self.next, context)?;
                rows.append(self.next.columns().iter(), Rows::Selected(&seen.new))?;
            }
        }
        Ok(())
    }

    /// Whether there are no more rows.
    pub(super) fn is_over(&self) -> bool {
        self.rows.rows() == 0
    }

    /// The turn's rows, to be read.
    pub(super) fn source(&self) -> Source {
        Source::Turn(Arc::clone(&self.rows), Handout::new(self.rows.rows()))
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
            rows: ColumnStore::new(&program.queues[queue.index()].columns, &self.context, "recursion"),
            runs: Runs::default(),
        });
        added.runs.note(self.position, added.rows.rows());
        added.rows.append(columns, Rows::All(rows))
    }
}
