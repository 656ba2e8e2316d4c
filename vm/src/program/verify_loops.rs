//! The verifier's checks of queues: loops over pipelines.
//!
//! The instructions of a loop are checked once. That is enough: what is opened in a loop is opened anew each time, and
//! what was opened before it is neither read up nor ended in it.

use super::verified::Loop;
use super::verify::{Check, Verifier, ensure};
use super::verify_state::{OpenLoop, Signature, SinkState};
use super::{Cursor, Label, List, QueueId, QueueSpec, Space};

impl Verifier<'_> {
    fn queue_spec(&self, queue: QueueId) -> Check<&QueueSpec> {
        self.program.queues.get(queue.index()).ok_or_else(|| format!("{queue} is not there"))
    }

    pub(super) fn queue_insert(&mut self, queue: QueueId, space: Space, columns: List) -> Check {
        self.state.require_sink(&queue, SinkState::Open)?;
        let spec = self.queue_spec(queue)?.clone();
        let nullable = self.read_columns(columns, space, &spec.columns)?;
        let fits = nullable.iter().zip(&spec.nullable).all(|(may_be, may)| *may || !may_be);
        ensure!(fits, "a column of {queue} may not be NULL, and what is added may");
        Ok(())
    }

    pub(super) fn queue_turn(&mut self, queue: QueueId, next: Label, end: Label) -> Check {
        self.state.outside()?;
        self.state.require_sink(&queue, SinkState::Open)?;
        self.open_loop(queue, next, end, None)
    }

    pub(super) fn queue_row(&mut self, queue: QueueId, end: Label) -> Check {
        self.state.outside()?;
        self.state.require_sink(&queue, SinkState::Ended)?;
        let pc = self.state.pc;
        self.open_loop(queue, Label(pc as u16), end, Some(pc))
    }

    fn open_loop(&mut self, queue: QueueId, next: Label, end: Label, step: Option<usize>) -> Check {
        let is_open = |open: &OpenLoop| open.queue == queue;
        ensure!(!self.state.loops.iter().any(is_open), "{queue} is in its own loop");
        let (pc, given, stepped) = (self.state.pc, Vec::new(), Vec::new());
        self.state.loops.push(OpenLoop { queue, pc, next, end, step, given, stepped });
        Ok(())
    }

    pub(super) fn open_waiting(&mut self, cursor: Cursor, queue: QueueId) -> Check {
        let open = self.state.loops.last().filter(|open| open.queue == queue && open.step.is_none());
        ensure!(open.is_some(), "{queue} gives no rows here");
        self.open_on_queue(cursor, queue)
    }

    pub(super) fn open_queue(&mut self, cursor: Cursor, queue: QueueId) -> Check {
        let open = self.state.loops.iter().find(|open| open.queue == queue && open.step.is_some());
        let sealed = self.state.require_sink(&queue, SinkState::Ended).is_ok();
        ensure!(open.is_some() || sealed, "{queue} has no turn here");
        self.open_on_queue(cursor, queue)
    }

    fn open_on_queue(&mut self, cursor: Cursor, queue: QueueId) -> Check {
        let spec = self.queue_spec(queue)?;
        let column = |(column, nullable): (&crate::types::DataType, &bool)| {
            (Some(column.clone()), column.form(), Some(*nullable))
        };
        let signature: Signature = spec.columns.iter().zip(&spec.nullable).map(column).collect();
        self.state.open_cursor(cursor, signature)?;
        self.proofs.open(cursor, None);
        Ok(())
    }

    pub(super) fn queue_step(&mut self, queue: QueueId, end: Label) -> Check {
        self.state.outside()?;
        let pc = self.state.pc;
        let open = self.state.loops.last_mut().filter(|open| open.queue == queue);
        let open = open.ok_or_else(|| format!("{queue} is not that of the innermost loop"))?;
        ensure!(open.step.is_none(), "the turn of {queue} goes on already");
        ensure!(end == open.end, "it leads to {end}, the turn to {}", open.end);
        ensure!(open.next.index() == pc, "the turn goes on at {}", open.next);
        open.step = Some(pc);
        self.facts.limits[pc].clone_from(&open.given);
        Ok(())
    }

    pub(super) fn queue_loop(&mut self, queue: QueueId, turn: Label) -> Check {
        self.state.outside()?;
        let pc = self.state.pc;
        let open = self.state.loops.pop().filter(|open| open.queue == queue);
        let open = open.ok_or_else(|| format!("{queue} is not that of the innermost loop"))?;
        ensure!(turn.index() == open.pc, "it leads to {turn}, not to the turn");
        ensure!(open.end.index() == pc + 1, "the turn leads to {}, not behind the loop", open.end);
        let step = open.step.ok_or_else(|| format!("{queue} has no QueueStep"))?;
        self.facts.anew[step] = open.stepped;
        // A loop over rows gives none before it is done, so nothing waits when it fails.
        if step != open.pc {
            self.facts.loops.push(Loop { queue, turn: open.pc, step, end: pc });
        }
        Ok(())
    }
}
