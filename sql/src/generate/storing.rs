//! Rows that are stored and read again: a queue, and for most of them a loop over it.
//!
//! ```text
//! a recursion:
//! QueueOpen
//! … QueueInsert        the first rows
//! …                    build sides of joins in the step that every turn can share
//! QueueTurn            ◀──┐  the rows of the last turn: they wait
//! OpenWaiting …           │  give all that wait to whoever reads the recursion, once there are enough
//! QueueStep               │
//! OpenQueue … QueueInsert │  make the next ones
//! QueueLoop            ───┘
//!
//! a common subplan:          Apply:
//! QueueOpen … QueueInsert    QueueOpen … QueueInsert, QueueSeal    the rows
//! QueueSeal                  QueueOpen                             for what comes of them
//! OpenQueue …                QueueRow                ◀──┐
//! OpenQueue …                OpenQueue … QueueInsert    │ for one of the rows
//!                            QueueLoop               ───┘
//!                            QueueSeal, OpenQueue …               all that has come
//! ```

use rowmill_vm::program::{HashId, Label, Op, QueueId, QueueSpec, Repeats};
use rowmill_vm::{Error, Result, Span};

use super::join::{Join, Payload};
use super::pipeline::Consume;
use super::{Generator, number};
use crate::optimize::plan_may_fail;
use crate::plan::visit::for_each_input;
use crate::plan::{ColumnId, Plan, StoreId, Storing, Turns};

/// A build side that is there before a loop begins.
pub(super) struct Built {
    /// Which: its address in the plan, which stays where it is while the program is generated.
    build: *const Plan,
    hash: HashId,
    columns: Payload,
}

impl<'a> Generator<'a> {
    pub(super) fn produce_storing(&mut self, storing: &Storing, consume: Consume<'_, 'a>) -> Result<()> {
        match storing.turns {
            Turns::One => self.produce_shared(storing, consume),
            Turns::EachRow => self.produce_apply(storing, consume),
            Turns::Recursive(repeats) => self.produce_recursive(storing, repeats, consume),
        }
    }

    /// An empty queue for rows of these columns.
    fn open_queue(&mut self, columns: &[ColumnId], repeats: Repeats, what: &str) -> Result<QueueId> {
        let queue = number(self.program.queues.len(), "queues").map(QueueId)?;
        self.program.queues.push(QueueSpec {
            columns: columns.iter().map(|column| self.columns.get(*column).data_type.clone()).collect(),
            nullable: columns.iter().map(|column| self.columns.get(*column).nullable).collect(),
            repeats,
        });
        self.emit(Op::QueueOpen { queue }, Span::NONE, || what.to_owned())?;
        Ok(queue)
    }

    /// A queue that holds the rows of a plan.
    fn stored(&mut self, rows: &(Plan, Vec<ColumnId>), what: &str) -> Result<QueueId> {
        let queue = self.open_queue(&rows.1, Repeats::Kept, what)?;
        self.fill_and_seal(queue, rows)?;
        Ok(queue)
    }

    /// A common subplan: its rows are stored before anything reads them.
    fn produce_shared(&mut self, storing: &Storing, consume: Consume<'_, 'a>) -> Result<()> {
        let queue = self.stored(&storing.rows, &format!("common rows {}", storing.name))?;
        self.stores.push((storing.store, queue));
        self.produce(&storing.reader.0, consume)?;
        self.stores.pop();
        Ok(())
    }

    /// A plan that runs anew for each of the stored rows. What comes of them is stored too, so that LIMITs behind it
    /// do not count in the loop.
    fn produce_apply(&mut self, storing: &Storing, consume: Consume<'_, 'a>) -> Result<()> {
        let rows = self.stored(&storing.rows, &format!("rows of {}", storing.name))?;
        let results = self.open_queue(&storing.columns, Repeats::Kept, &format!("results of {}", storing.name))?;
        let built_before = self.built.len();
        self.stores.push((storing.store, rows));
        self.build_before(&storing.reader.0, &|build| !plan_may_fail(build))?;
        let row = self.emit(Op::QueueRow { queue: rows, end: Label(0) }, Span::NONE, String::new)?;
        let nullable = self.fill_queue(results, &storing.reader)?;
        self.program.queues[results.index()].nullable = nullable;
        self.emit(Op::QueueLoop { queue: rows, turn: row }, Span::NONE, || format!("next row, loop to {row}"))?;
        self.stores.pop();
        self.built.truncate(built_before);
        self.set_end(row, |end| format!("for each of {}; goto {end} behind the last", storing.name))?;
        self.emit(Op::QueueSeal { queue: results }, Span::NONE, String::new)?;
        self.read_queue(results, &storing.columns, consume)
    }

    fn produce_recursive(&mut self, storing: &Storing, repeats: Repeats, consume: Consume<'_, 'a>) -> Result<()> {
        let columns = &storing.columns;
        let queue = self.open_queue(columns, repeats, &format!("recursion {}", storing.name))?;
        self.fill_queue(queue, &storing.rows)?;
        let built_before = self.built.len();
        self.stores.push((storing.store, queue));
        self.build_before(&storing.reader.0, &|_| true)?;
        let turn = self.emit(Op::QueueTurn { queue, step: Label(0), end: Label(0) }, Span::NONE, String::new)?;
        let cursor = self.cursor()?;
        self.emit(Op::OpenWaiting { cursor, queue }, Span::NONE, || "the rows that wait".into())?;
        let held = self.held_plainly(columns);
        self.run_cursor(cursor, columns, held, consume)?;
        let step = self.emit(Op::QueueStep { queue, end: Label(0) }, Span::NONE, || "make the next rows".into())?;
        self.fill_queue(queue, &storing.reader)?;
        self.emit(Op::QueueLoop { queue, turn }, Span::NONE, || format!("next turn, loop to {turn}"))?;
        self.stores.pop();
        self.built.truncate(built_before);

        let name = &storing.name;
        self.set_end(turn, |end| {
            format!("next rows of {name}; goto {step} until enough wait, {end} if there are none")
        })?;
        self.set_end(step, |_| "make the next rows".into())?;
        match &mut self.program.code[turn.index()] {
            Op::QueueTurn { step: next, .. } => *next = step,
            other => return Err(Error::internal(format!("{} has no step", other.name()))),
        }
        Ok(())
    }

    /// Says that a loop ends here.
    fn set_end(&mut self, address: Label, comment: impl FnOnce(Label) -> String) -> Result<()> {
        let behind = self.here()?;
        match &mut self.program.code[address.index()] {
            Op::QueueTurn { end, .. } | Op::QueueStep { end, .. } | Op::QueueRow { end, .. } => *end = behind,
            other => return Err(Error::internal(format!("{} has no end", other.name()))),
        }
        if let Some(old) = self.program.comments.get_mut(address.index()) {
            *old = comment(behind);
        }
        Ok(())
    }

    /// Fills a queue that is filled once: NULL may be in it if it is put in here.
    fn fill_and_seal(&mut self, queue: QueueId, rows: &(Plan, Vec<ColumnId>)) -> Result<()> {
        let nullable = self.fill_queue(queue, rows)?;
        self.program.queues[queue.index()].nullable = nullable;
        self.emit(Op::QueueSeal { queue }, Span::NONE, String::new).map(|_| ())
    }

    /// Puts the rows of a plan into a queue; says for each column whether NULL may be among what is put in.
    fn fill_queue(&mut self, queue: QueueId, (plan, outputs): &(Plan, Vec<ColumnId>)) -> Result<Vec<bool>> {
        let mut nullable = vec![false; outputs.len()];
        self.produce(plan, &mut |generator, batch| {
            let wanted = outputs.iter().map(|column| generator.column_expr(*column)).collect();
            let registers = generator.materialize_canonical(batch, wanted)?;
            generator.note_nullable(&mut nullable, &registers);
            let columns = generator.list(registers)?;
            generator.emit(Op::QueueInsert { queue, space: batch.space, columns }, Span::NONE, String::new)?;
            Ok(())
        })?;
        Ok(nullable)
    }

    /// A loop over rows that are stored.
    pub(super) fn produce_stored(
        &mut self,
        store: StoreId,
        columns: &[ColumnId],
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let open = self.stores.iter().find(|(open, _)| *open == store);
        let Some((_, queue)) = open else { return Err(Error::internal(format!("{store} is not stored here"))) };
        self.read_queue(*queue, columns, consume)
    }

    fn read_queue(&mut self, queue: QueueId, columns: &[ColumnId], consume: Consume<'_, 'a>) -> Result<()> {
        let cursor = self.cursor()?;
        self.emit(Op::OpenQueue { cursor, queue }, Span::NONE, || "stored rows".into())?;
        let held = self.held_back(columns, &self.program.queues[queue.index()].nullable);
        self.run_cursor(cursor, columns, held, consume)
    }

    /// Builds those build sides of joins in a loop that are the same in all turns of it, if they are to be built early.
    fn build_before(&mut self, plan: &Plan, early: &dyn Fn(&Plan) -> bool) -> Result<()> {
        if let Plan::Join { .. } = plan {
            let join = Join::of(plan);
            if early(join.build) && self.is_independent(join.build, &mut Vec::new()) {
                let (hash, columns) = self.build_side(&join)?;
                self.built.push(Built { build: join.build, hash, columns });
            } else {
                self.build_before(join.build, early)?;
            }
            return self.build_before(join.probe, early);
        }
        let mut outcome = Ok(());
        for_each_input(plan, &mut |input| {
            if outcome.is_ok() {
                outcome = self.build_before(input, early);
            }
        });
        outcome
    }

    /// Whether a plan reads no stored rows but those of its own (`inner`) and those stored around the loop that begins.
    fn is_independent(&self, plan: &Plan, inner: &mut Vec<StoreId>) -> bool {
        match plan {
            Plan::Stored { store, .. } => {
                let around = self.stores.split_last().map_or(&[][..], |(_, around)| around);
                inner.contains(store) || around.iter().any(|(open, _)| open == store)
            }
            Plan::Storing(storing) => {
                inner.push(storing.store);
                self.is_independent(&storing.rows.0, inner) && self.is_independent(&storing.reader.0, inner)
            }
            _ => {
                let mut independent = true;
                for_each_input(plan, &mut |input| independent = independent && self.is_independent(input, inner));
                independent
            }
        }
    }

    /// The build side that is there already.
    pub(super) fn find_built(&self, build: &Plan) -> Option<(HashId, Payload)> {
        let built = self.built.iter().find(|built| std::ptr::eq(built.build, build))?;
        Some((built.hash, built.columns.clone()))
    }
}
