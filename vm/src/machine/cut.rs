//! What becomes of a batch in which a row fails.
//!
//! Rows before the one that fails are given to the caller first, and no more than LIMIT asks for are computed with.
//! So an instruction that fails at a row cuts the batch off before it; the rest of the pipeline runs with what is
//! left, and the error is raised where the loop would go on.
//!
//! Between a probe and its match the rows are pairs. What a row of the probe side gives is only known when all its
//! pairs are, so there the join settles the rows before the one whose pair failed.

use super::worker::{Rows, Worker, rows_of};
use crate::error::{Error, ErrorKind, Result};
use crate::program::{Cut, HashId, Program, Space, SpaceOrigin, VerifiedProgram};

/// An error that waits for the rows before it.
pub(super) struct Pending {
    error: Error,
    /// The address of the instruction that failed.
    address: usize,
}

impl Pending {
    pub(super) fn address(&self) -> usize {
        self.address
    }
}

impl Worker {
    /// Whether rows before a failure can go on: it is one of a value, and nothing is to be settled over all rows.
    pub(super) fn may_cut(&self, verified: &VerifiedProgram, address: usize, error: &Error) -> bool {
        matches!(error.kind(), ErrorKind::Runtime | ErrorKind::Data) && verified.cut_at(address) != Cut::Never
    }

    /// Cuts `space` off before row `row`, at which the instruction at `address` failed.
    pub(super) fn cut(&mut self, verified: &VerifiedProgram, space: Space, row: usize, address: usize, error: Error) {
        let program = verified.program();
        if let Cut::Pair(hash) = verified.cut_at(address) {
            self.cut_pairs(program, hash, space, row);
        }
        for (vector, info) in self.registers.iter_mut().zip(&program.registers) {
            if info.space == space && vector.len() > row {
                *vector = vector.slice(0, row);
            }
        }
        let cut = &mut self.spaces[space.index()];
        if cut.whole && program.spaces[space.index()] != SpaceOrigin::Cursor {
            cut.whole = false;
            cut.selection.clear();
            cut.selection.extend((0..).take(row));
        }
        cut.selection.truncate(row);
        cut.rows = row;
        let span = program.spans.get(address).copied().unwrap_or_default();
        // A failure that waits already is of a later row.
        self.pending = Some(Pending { error: error.at(span), address });
    }

    /// Row `row` of `space`, which is made up of pairs of `hash`, fails.
    fn cut_pairs(&mut self, program: &Program, hash: HashId, space: Space, row: usize) {
        let probe = &mut self.probes[hash.index()];
        let Some(pairs) = probe.pairs_space() else { return };
        match rows_of(program, &self.spaces, space, pairs, &mut self.scratch.rows) {
            Rows::All(_) => probe.cut(row),
            Rows::Selected(numbers) => numbers.get(row).into_iter().for_each(|pair| probe.cut(*pair as usize)),
        }
    }

    /// Raises the error that waits, if it came from the loop that begins at `start`.
    pub(super) fn raise(&mut self, start: usize) -> Result<()> {
        match self.pending.take_if(|pending| pending.address > start) {
            Some(pending) => Err(pending.error),
            None => Ok(()),
        }
    }
}
