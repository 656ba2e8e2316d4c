//! What each instruction of a program did and how long it took: what EXPLAIN ANALYZE shows.

use std::time::{Duration, Instant};

use crate::program::{Cursor, Op, OpOperand, Program, Space};
use crate::table::BlockCounts;

/// Counts for each instruction of a program, over all workers.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// By address.
    pub instructions: Vec<Executions>,
    /// For each `OpenRead`, by address, the blocks that its scan has come by.
    pub blocks: Vec<(usize, BlockCounts)>,
}

/// How often an instruction ran, with what, and for how long.
#[derive(Clone, Copy, Debug, Default)]
pub struct Executions {
    /// How often it ran.
    pub count: u64,
    /// The rows that it left: of the row space that it makes, or works on.
    pub rows: u64,
    /// Time in it, of all workers together.
    pub time: Duration,
}

impl Profile {
    /// A profile of a program of `length` instructions in which nothing has run yet.
    pub(super) fn new(length: usize) -> Profile {
        Profile { instructions: vec![Executions::default(); length], blocks: Vec::new() }
    }

    /// The rows of all batches that a row space of the program has held.
    pub fn rows_in(&self, program: &Program, space: Space) -> u64 {
        // What makes a space is the first that names it as what it leaves; a probe's pairs are made anew at its end.
        let maker = program.code.iter().position(|op| space_after(*op) == Some(space));
        let makes = |(address, op): (usize, &Op)| match op {
            Op::HashNext { pairs, .. } => *pairs == space,
            _ => maker == Some(address),
        };
        let made = program.code.iter().enumerate().zip(&self.instructions).filter(|(numbered, _)| makes(*numbered));
        made.map(|(_, executions)| executions.rows).sum()
    }

    /// The instruction at `address` has run since `start` and left `rows` rows.
    pub(super) fn note(&mut self, address: usize, start: Instant, rows: u64) {
        let executions = &mut self.instructions[address];
        executions.count += 1;
        executions.rows += rows;
        executions.time += start.elapsed();
    }

    /// Adds what another worker has counted.
    pub(super) fn merge(&mut self, other: &Profile) {
        for (own, other) in self.instructions.iter_mut().zip(&other.instructions) {
            own.count += other.count;
            own.rows += other.rows;
            own.time += other.time;
        }
    }
}

/// The cursor that an instruction names.
pub(super) fn cursor_of(op: Op) -> Option<Cursor> {
    let mut cursor = None;
    op.operands(|_, operand| {
        if let OpOperand::Cursor(named) = operand {
            cursor = Some(named);
        }
    });
    cursor
}

/// The row space that an instruction leaves: the last one that it names.
pub(super) fn space_after(op: Op) -> Option<Space> {
    let mut space = None;
    op.operands(|_, operand| {
        if let OpOperand::Space(named) = operand {
            space = Some(named);
        }
    });
    space
}
