//! Where rows leave a program: results, inserts, and LIMIT.

use super::Step;
use super::worker::{LimitState, Worker};
use crate::error::{Error, Result};
use crate::program::{LimitId, Register, Space};
use crate::table::TableSink;
use crate::vector::Vector;

/// A batch of the result: borrowed until the machine goes on.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    vectors: Columns<'a>,
    /// Rows in the batch; may be 0.
    pub rows: usize,
}

/// Where a batch's columns are.
#[derive(Clone, Copy, Debug)]
enum Columns<'a> {
    /// In registers of the worker that made them.
    Listed(&'a [Vector], &'a [Register]),
    /// In a batch that another worker made, or the same one earlier.
    Kept(&'a [Vector]),
}

/// A batch on its way from a worker to the caller.
#[derive(Default)]
pub(super) struct Kept {
    pub vectors: Vec<Vector>,
    pub rows: usize,
}

impl Kept {
    /// Leaves only what OFFSET and LIMIT leave of it.
    pub(super) fn limit(&mut self, state: &mut LimitState) {
        let (skipped, given) = state.take(self.rows);
        if given < self.rows {
            self.vectors.iter_mut().for_each(|vector| *vector = vector.slice(skipped, given));
            self.rows = given;
        }
    }

    /// Bytes that it owns.
    pub(super) fn bytes(&self) -> usize {
        self.vectors.iter().map(Vector::owned_bytes).sum()
    }

    pub(super) fn batch(&self) -> Batch<'_> {
        Batch { vectors: Columns::Kept(&self.vectors), rows: self.rows }
    }
}

impl LimitState {
    /// Of `rows` more rows, how many are left out at the beginning, and how many are then given.
    pub(super) fn take(&mut self, rows: usize) -> (usize, usize) {
        let skipped = rows.min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        let given = (rows - skipped).min(usize::try_from(self.give).unwrap_or(usize::MAX));
        self.skip -= skipped as u64;
        if self.give != u64::MAX {
            self.give -= given as u64;
        }
        (skipped, given)
    }
}

impl<'a> Batch<'a> {
    /// How many columns there are.
    pub fn width(&self) -> usize {
        match self.vectors {
            Columns::Listed(_, list) => list.len(),
            Columns::Kept(vectors) => vectors.len(),
        }
    }

    /// Column number `index`. Panics beyond the last.
    pub fn column(&self, index: usize) -> &'a Vector {
        match self.vectors {
            Columns::Listed(registers, list) => &registers[list[index].index()],
            Columns::Kept(vectors) => &vectors[index],
        }
    }

    /// The columns, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &'a Vector> + use<'a> {
        let batch = *self;
        (0..self.width()).map(move |index| batch.column(index))
    }
}

impl Worker {
    pub(super) fn batch<'a>(&'a self, space: Space, list: &'a [Register]) -> Batch<'a> {
        Batch { vectors: Columns::Listed(&self.registers, list), rows: self.rows(space) }
    }

    /// Makes `kept` a batch that stays when this worker goes on.
    pub(super) fn keep(&self, space: Space, list: &[Register], kept: &mut Kept) {
        kept.vectors.resize_with(list.len(), || Vector::empty(crate::types::Form::Bits));
        for (target, register) in kept.vectors.iter_mut().zip(list) {
            target.assign(&self.registers[register.index()]);
        }
        kept.rows = self.rows(space);
    }

    pub(super) fn limit(&mut self, (limit, space, kept): (LimitId, Space, Space)) -> Result<Step> {
        let rows = self.rows(space);
        let state = &mut self.limits[limit.index()];
        if state.give == 0 {
            return Ok(Step::Morsel);
        }
        let (skipped, given) = state.take(rows);
        let kept = &mut self.spaces[kept.index()];
        kept.rows = given;
        kept.whole = given == rows;
        if given < rows {
            kept.selection.clear();
            let first = u32::try_from(skipped).map_err(|_| Error::internal("a batch of more than 2^32 rows"))?;
            kept.selection.extend((first..).take(given));
        }
        Ok(Step::Continue)
    }

    /// Hands rows to the statement's target; says how many of its rows change.
    pub(super) fn hand_over(&mut self, target: &mut dyn TableSink, space: Space, list: &[Register]) -> Result<u64> {
        let rows = self.rows(space);
        let mut outputs = std::mem::take(&mut self.scratch.outputs);
        for (index, &register) in list.iter().enumerate() {
            // A register that is listed twice has left already; the sink wants a slice of vectors.
            let vector = match list[..index].iter().position(|&earlier| earlier == register) {
                Some(earlier) => outputs[earlier].clone(),
                None => self.take(register),
            };
            outputs.push(vector);
        }
        let result = target.take(&outputs, rows);
        // In reverse, so that of a register's copies the first, which has its memory, is put back last.
        for &register in list.iter().rev() {
            if let Some(vector) = outputs.pop() {
                self.put(register, vector);
            }
        }
        self.scratch.outputs = outputs;
        result
    }
}
