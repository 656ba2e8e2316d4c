//! Which kernel all rows of a scan go through first, and whether those that do not pass it go anywhere else.

use super::verified::ScanFilter;
use super::verify::Verifier;
use super::{Op, Space};

/// The kernel that came first in the open pipeline.
pub(super) struct FirstFilter {
    /// The address of the pipeline's OpenRead.
    open: usize,
    /// The rows that pass.
    passed: Space,
    filter: ScanFilter,
}

/// What the open pipeline has done with its rows so far.
#[derive(Default)]
pub(super) struct Filtering {
    /// Whether something was done that others see, or that may fail.
    acted: bool,
    first: Option<FirstFilter>,
}

impl Verifier<'_> {
    /// Takes note of an instruction that has been checked.
    pub(super) fn note_filter(&mut self, op: &Op) {
        match *op {
            Op::Rewind { .. } => self.filtering = Filtering::default(),
            Op::Next { .. } => {
                if let Some(FirstFilter { open, filter, .. }) = self.filtering.first.take() {
                    self.facts.scan_filters[open] = Some(filter);
                }
            }
            Op::Kernel { kernel, space, passed, inputs, .. } if !self.filtering.acted => {
                self.filtering.acted = true;
                let cursor = self.state.pipeline.as_ref().map(|pipeline| pipeline.cursor);
                let Some(open) = cursor.and_then(|cursor| self.proofs.opened_at(cursor)) else { return };
                let inputs = self.program.lists[inputs.index()].iter();
                let inputs = inputs.map(|register| self.proofs.position(*register)).collect();
                let filter = ScanFilter { kernel, address: self.state.pc, drops: passed != space, inputs };
                self.filtering.first = Some(FirstFilter { open, passed, filter });
            }
            _ => {
                let Some(space) = acts_on(op) else { return };
                self.filtering.acted = true;
                let passed = self.filtering.first.as_ref().map(|first| first.passed);
                if passed.is_some_and(|passed| !self.descends(space, passed))
                    && let Some(first) = &mut self.filtering.first
                {
                    // Rows that do not pass are seen by others too.
                    first.filter.drops = false;
                }
            }
        }
    }
}

/// The rows with which an instruction does what others see, or what may fail.
fn acts_on(op: &Op) -> Option<Space> {
    match *op {
        Op::Kernel { space, .. }
        | Op::Function { space, .. }
        | Op::HashInsert { space, .. }
        | Op::HashProbe { space, .. }
        | Op::AggStep { space, .. }
        | Op::SortInsert { space, .. }
        | Op::QueueInsert { space, .. }
        | Op::Limit { space, .. }
        | Op::ResultRow { space, .. }
        | Op::Insert { space, .. }
        | Op::Delete { space, .. }
        | Op::Update { space, .. } => Some(space),
        Op::HashMatch { pairs, .. } | Op::HashNext { pairs, .. } => Some(pairs),
        Op::Init { .. }
        | Op::Halt {}
        | Op::OpenRead { .. }
        | Op::OpenRows { .. }
        | Op::OpenWaiting { .. }
        | Op::OpenQueue { .. }
        | Op::AggFinal { .. }
        | Op::SortFinal { .. }
        | Op::WindowFinal { .. }
        | Op::HashRest { .. }
        | Op::Rewind { .. }
        | Op::Column { .. }
        | Op::Next { .. }
        | Op::Gather { .. }
        | Op::Lookup { .. }
        | Op::HashOpen { .. }
        | Op::HashSeal { .. }
        | Op::HashColumn { .. }
        | Op::AggOpen { .. }
        | Op::AggMerge { .. }
        | Op::SortOpen { .. }
        | Op::QueueOpen { .. }
        | Op::QueueTurn { .. }
        | Op::QueueStep { .. }
        | Op::QueueSeal { .. }
        | Op::QueueRow { .. }
        | Op::QueueLoop { .. } => None,
    }
}
