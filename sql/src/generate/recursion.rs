//! Recursions: a queue, and a loop of turns over it.
//!
//! ```text
//! QueueOpen
//! … QueueInsert        the first rows
//! …                    build sides of joins in the step that every turn can share
//! QueueTurn            ◀──┐  the rows of the last turn: they wait
//! OpenWaiting …           │  give all that wait to whoever reads the recursion, once there are enough
//! QueueStep               │
//! OpenQueue … QueueInsert │  make the next ones
//! QueueLoop            ───┘
//! ```

use rowmill_vm::program::{HashId, Label, Op, QueueId, QueueSpec};
use rowmill_vm::{Error, Result, Span};

use super::pipeline::{Consume, Join, Payload};
use super::{Generator, number};
use crate::plan::visit::for_each_input;
use crate::plan::{ColumnId, Plan, RecursionId, Recursive};

/// A build side that is there before a loop begins.
pub(super) struct Built {
    /// Which: its address in the plan, which stays where it is while the program is generated.
    build: *const Plan,
    hash: HashId,
    columns: Payload,
}

impl<'a> Generator<'a> {
    pub(super) fn produce_recursive(&mut self, recursive: &Recursive, consume: Consume<'_, 'a>) -> Result<()> {
        let columns = &recursive.columns;
        let queue = number(self.program.queues.len(), "recursions").map(QueueId)?;
        self.program.queues.push(QueueSpec {
            columns: columns.iter().map(|column| self.columns.get(*column).data_type.clone()).collect(),
            nullable: columns.iter().map(|column| self.columns.get(*column).nullable).collect(),
            repeats: recursive.repeats,
        });
        self.emit(Op::QueueOpen { queue }, Span::NONE, || format!("recursion {}", recursive.name))?;
        self.fill_queue(queue, &recursive.initial)?;
        let built_before = self.built.len();
        self.build_before(&recursive.step.0)?;

        self.recursions.push((recursive.recursion, queue));
        let turn = self.emit(Op::QueueTurn { queue, step: Label(0), end: Label(0) }, Span::NONE, String::new)?;
        let cursor = self.cursor()?;
        self.emit(Op::OpenWaiting { cursor, queue }, Span::NONE, || "the rows that wait".into())?;
        let held = self.held_plainly(columns);
        self.run_cursor(cursor, columns, held, consume)?;
        let step = self.emit(Op::QueueStep { queue, end: Label(0) }, Span::NONE, || "make the next rows".into())?;
        self.fill_queue(queue, &recursive.step)?;
        self.emit(Op::QueueLoop { queue, turn }, Span::NONE, || format!("next turn, loop to {turn}"))?;
        self.recursions.pop();
        self.built.truncate(built_before);

        let behind = self.here()?;
        for address in [turn, step] {
            match &mut self.program.code[address.index()] {
                Op::QueueTurn { step: next, end, .. } => (*next, *end) = (step, behind),
                Op::QueueStep { end, .. } => *end = behind,
                other => return Err(Error::internal(format!("{} has no end", other.name()))),
            }
        }
        if let Some(comment) = self.program.comments.get_mut(turn.index()) {
            *comment =
                format!("next rows of {}; goto {step} until enough wait, {behind} if there are none", recursive.name);
        }
        Ok(())
    }

    fn fill_queue(&mut self, queue: QueueId, (plan, outputs): &(Plan, Vec<ColumnId>)) -> Result<()> {
        self.produce(plan, &mut |generator, batch| {
            let wanted = outputs.iter().map(|column| generator.column_expr(*column)).collect();
            let registers = generator.materialize_canonical(batch, wanted)?;
            let columns = generator.list(registers)?;
            generator.emit(Op::QueueInsert { queue, space: batch.space, columns }, Span::NONE, String::new)?;
            Ok(())
        })
    }

    /// A loop over the rows of a turn.
    pub(super) fn produce_working(
        &mut self,
        recursion: RecursionId,
        columns: &[ColumnId],
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let open = self.recursions.iter().find(|(open, _)| *open == recursion);
        let Some((_, queue)) = open else { return Err(Error::internal("a recursion is read outside its step")) };
        let (queue, cursor) = (*queue, self.cursor()?);
        self.emit(Op::OpenQueue { cursor, queue }, Span::NONE, || "the last turn's rows".into())?;
        let held = self.held_plainly(columns);
        self.run_cursor(cursor, columns, held, consume)
    }

    /// Builds those build sides of joins in a recursion's step that do not depend on its turns.
    fn build_before(&mut self, plan: &Plan) -> Result<()> {
        if let Plan::Join { .. } = plan {
            let join = Join::of(plan);
            if self.is_independent(join.build, &mut Vec::new()) {
                let (hash, columns) = self.build_side(&join)?;
                self.built.push(Built { build: join.build, hash, columns });
            } else {
                self.build_before(join.build)?;
            }
            return self.build_before(join.probe);
        }
        let mut outcome = Ok(());
        for_each_input(plan, &mut |input| {
            if outcome.is_ok() {
                outcome = self.build_before(input);
            }
        });
        outcome
    }

    /// Whether a plan reads no turns but those of recursions in it (`inner`) or around the one that begins.
    fn is_independent(&self, plan: &Plan, inner: &mut Vec<RecursionId>) -> bool {
        match plan {
            Plan::Working { recursion, .. } => {
                inner.contains(recursion) || self.recursions.iter().any(|(open, _)| open == recursion)
            }
            Plan::Recursive(recursive) => {
                inner.push(recursive.recursion);
                self.is_independent(&recursive.initial.0, inner) && self.is_independent(&recursive.step.0, inner)
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
