//! Where rows leave a program: results, inserts, and LIMIT.

use super::Step;
use super::worker::{Shared, Worker};
use crate::error::{Error, Result};
use crate::program::{Label, LimitId, List, Program, Register, Space};
use crate::table::TableSink;
use crate::vector::Vector;

/// A batch of the result: borrowed until the machine goes on.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    registers: &'a [Vector],
    list: &'a [Register],
    /// Rows in the batch; may be 0.
    pub rows: usize,
}

impl<'a> Batch<'a> {
    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.list.len()
    }

    /// Column number `index`. Panics beyond the last.
    pub fn column(&self, index: usize) -> &'a Vector {
        &self.registers[self.list[index].index()]
    }

    /// The columns, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &'a Vector> + use<'a> {
        let registers = self.registers;
        self.list.iter().map(move |register| &registers[register.index()])
    }
}

impl Worker {
    pub(super) fn batch<'a>(&'a self, space: Space, list: &'a [Register]) -> Batch<'a> {
        Batch { registers: &self.registers, list, rows: self.rows(space) }
    }

    pub(super) fn limit(
        &mut self,
        program: &Program,
        shared: &mut Shared,
        (limit, space, kept, end): (LimitId, Space, Space, Label),
    ) -> Result<Step> {
        debug_assert!(limit.index() < program.limits.len());
        let state = &mut shared.limits[limit.index()];
        if state.give == 0 {
            return Ok(Step::Jump(end));
        }
        let rows = self.rows(space);
        let skipped = rows.min(usize::try_from(state.skip).unwrap_or(usize::MAX));
        let given = (rows - skipped).min(usize::try_from(state.give).unwrap_or(usize::MAX));
        state.skip -= skipped as u64;
        if state.give != u64::MAX {
            state.give -= given as u64;
        }
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

    /// Appends rows to the statement's target and says how many.
    pub(super) fn insert(
        &mut self,
        program: &Program,
        target: Option<&mut (dyn TableSink + 'static)>,
        space: Space,
        columns: List,
    ) -> Result<u64> {
        let target = target.ok_or_else(|| Error::internal("an insert without a target"))?;
        let rows = self.rows(space);
        let list = &program.lists[columns.index()];
        let mut outputs = std::mem::take(&mut self.scratch.outputs);
        for (index, &register) in list.iter().enumerate() {
            // A register that is listed twice has left already; the sink wants a slice of vectors.
            let vector = match list[..index].iter().position(|&earlier| earlier == register) {
                Some(earlier) => outputs[earlier].clone(),
                None => self.take(register),
            };
            outputs.push(vector);
        }
        let result = target.append(&outputs, rows);
        // In reverse, so that of a register's copies the first, which has its memory, is put back last.
        for &register in list.iter().rev() {
            if let Some(vector) = outputs.pop() {
                self.put(register, vector);
            }
        }
        self.scratch.outputs = outputs;
        result.map(|()| rows as u64)
    }
}
