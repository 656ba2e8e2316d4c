//! The interpreter: a kernel runs tile by tile, instruction by instruction, each a loop over a function of
//! `semantics`.
//!
//! A tile is a few hundred rows, so that all its registers stay in the first-level cache. Loops work on chunks of 64
//! rows, arrays whose length the compiler knows: no loop has a tail. Rows behind the end of a batch are computed
//! along, inactive and with arbitrary values, which the semantics being total allows.
//!
//! Everything below [`frame::run_tiles`] is inlined into one function for each level of machine features.

mod accumulate;
mod convert;
pub(crate) mod frame;
mod group;
mod helpers;
mod level;
mod load;
pub(crate) mod logic;
mod lookup;
pub(crate) mod native;
mod store;
mod values;

use std::sync::Arc;

use level::Level;
use native::NativeKernel;

use super::grouped::Grouped;
use super::reference::{self, Scalar};
use super::tables::{self, Entries, KeyFilter, Keys};
use super::verified::Slots;
use super::{Accumulator, Kernel, Table, VerifiedKernel};
use crate::error::{Error, Result};
use crate::types::Form;
use crate::value::Value;
use crate::vector::Vector;
use frame::{Constants, Frame, Scratch};

/// Rows of a chunk.
pub(crate) const CHUNK: usize = 64;
/// Most rows of a tile.
pub(crate) const TILE: usize = 512;

/// What one worker needs to run a kernel: scratch registers, constants, accumulators. Made once, used for every
/// batch; running allocates nothing once the output vectors have their capacity.
#[derive(Clone, Debug)]
pub struct KernelState {
    scratch: Scratch,
    constants: Constants,
    /// The pool as the reference evaluator takes it.
    pool: Vec<Scalar>,
    tables: Vec<Entries>,
    accumulators: Vec<Accumulator>,
    /// Of a kernel with groups, in place of the others.
    grouped: Option<Grouped>,
    slots: Slots,
    level: Level,
    /// Compiled code that takes part.
    native: Option<Arc<NativeKernel>>,
    trap_row: Option<usize>,
}

impl KernelState {
    /// State for batches of about `batch_rows` rows (more are well). Fails for a parameter that is missing, NULL or
    /// not of the lane the kernel takes it in, and likewise for a table.
    pub fn new(
        kernel: &VerifiedKernel,
        parameters: &[Value],
        tables: &[&Vector],
        batch_rows: usize,
    ) -> Result<KernelState> {
        let rows = batch_rows.clamp(1, TILE).next_multiple_of(CHUNK);
        let plan = kernel.plan();
        let pool = reference::pool_values(kernel.kernel(), parameters)?;
        let kinds = &kernel.kernel().accumulators;
        let grouped = kernel.groups().map(|plan| Grouped::new(plan, kinds));
        Ok(KernelState {
            scratch: Scratch::new(&plan.slots, rows),
            constants: Constants::new(&pool),
            pool,
            tables: tables::tables(kernel.kernel(), tables)?,
            accumulators: match grouped {
                None => kinds.iter().map(|slot| Accumulator::new(*slot)).collect(),
                Some(_) => Vec::new(),
            },
            grouped,
            slots: plan.slots,
            level: Level::detect(),
            native: None,
            trap_row: None,
        })
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.scratch.bytes() + self.constants.bytes() + self.accumulators.len() * size_of::<Accumulator>()
    }

    /// From the next batch on a table has these keys, if it is one of keys: all rows pass where there are none.
    pub(crate) fn set_keys(&mut self, kernel: &VerifiedKernel, table: Table, filter: Option<&Arc<KeyFilter>>) {
        if let Some(Entries::Keys(keys)) = self.tables.get_mut(table.index())
            && !keys.are(filter)
        {
            *keys = Keys::of(filter, kernel.kernel().tables[table.index()].lane);
        }
    }

    /// From the next batch on compiled code takes part, or none does. Accumulators keep what they have.
    pub(crate) fn set_native(&mut self, kernel: &VerifiedKernel, native: Option<Arc<NativeKernel>>) {
        let slots = native.as_ref().map_or(kernel.plan().slots, |native| native.plan.slots);
        self.scratch.set_slots(&slots);
        if let Some(native) = &native {
            self.scratch.native = native.code.prepare(&self.pool, &self.tables);
        }
        self.native = native;
    }

    /// Whether compiled code takes part.
    pub(crate) fn is_native(&self) -> bool {
        self.native.is_some()
    }

    /// How often compiled code has left a stretch of a tile to the interpreter.
    pub(crate) fn given_back(&self) -> u64 {
        self.scratch.native.given_back
    }

    /// The accumulators, with what all runs have added.
    pub fn accumulators(&self) -> &[Accumulator] {
        &self.accumulators
    }

    /// The accumulators, to be merged into or reset.
    pub fn accumulators_mut(&mut self) -> &mut [Accumulator] {
        &mut self.accumulators
    }

    /// Exchanges what has been added up with another state of the same accumulators and groups.
    pub(crate) fn swap_accumulators(&mut self, other: &mut KernelState) {
        std::mem::swap(&mut self.accumulators, &mut other.accumulators);
        std::mem::swap(&mut self.grouped, &mut other.grouped);
    }

    /// The groups of a kernel that has some, with what all runs have added.
    pub(crate) fn grouped(&self) -> Option<&Grouped> {
        self.grouped.as_ref()
    }

    /// The groups, to be reset.
    pub(crate) fn grouped_mut(&mut self) -> Option<&mut Grouped> {
        self.grouped.as_mut()
    }

    /// The row of the batch at which the last run failed: rows before it can be run by themselves.
    pub fn trap_row(&self) -> Option<usize> {
        self.trap_row
    }

    /// Runs the kernel over a batch of `rows` rows and gives how many passed.
    ///
    /// `inputs` are the kernel's input columns, each of `rows` rows and of its slot's form; `outputs` become its
    /// output columns, the rows that passed without gaps; `passed`, if wanted, their row numbers in the batch. A
    /// failure is that of the lowest row, and there of the first instruction; outputs and accumulators are then of
    /// no use.
    pub fn run(
        &mut self,
        kernel: &VerifiedKernel,
        inputs: &[&Vector],
        rows: usize,
        outputs: &mut [Vector],
        mut passed: Option<&mut Vec<u32>>,
    ) -> Result<usize> {
        self.trap_row = None;
        self.check(kernel, inputs, rows, outputs)?;
        store::begin(kernel.kernel(), outputs);
        if let Some(passed) = &mut passed {
            passed.clear();
        }
        let mut frame = Frame {
            scratch: &mut self.scratch,
            constants: &self.constants,
            tables: &self.tables,
            accumulators: &mut self.accumulators,
            grouped: self.grouped.as_mut(),
            inputs,
            outputs: &mut *outputs,
            passed,
        };
        let (plan, native) = match &self.native {
            Some(native) => (&native.plan, Some(&*native.code)),
            None => (kernel.plan(), None),
        };
        match level::run(self.level, &mut frame, plan, native, rows) {
            Ok(count) => {
                store::end(kernel.kernel(), outputs);
                Ok(count)
            }
            Err(tile) => Err(self.replay(kernel.kernel(), inputs, tile..rows)),
        }
    }

    /// The error of the first trap in `rows`.
    #[cold]
    fn replay(&mut self, kernel: &Kernel, inputs: &[&Vector], rows: std::ops::Range<usize>) -> Error {
        match reference::find_trap(kernel, (&self.pool, &self.tables), inputs, rows) {
            Some(trap) => {
                self.trap_row = Some(trap.row);
                trap.into_error(kernel)
            }
            None => Error::internal("a kernel trapped where the reference evaluator does not"),
        }
    }

    /// Whether state and vectors are the kernel's.
    fn check(&self, kernel: &VerifiedKernel, inputs: &[&Vector], rows: usize, outputs: &[Vector]) -> Result<()> {
        let Kernel { inputs: slots, outputs: output_slots, .. } = kernel.kernel();
        if self.slots != kernel.plan().slots || self.pool.len() != kernel.kernel().pool.len() {
            return Err(Error::internal("a kernel was run with the state of another"));
        }
        if slots.len() != inputs.len() || output_slots.len() != outputs.len() || u32::try_from(rows).is_err() {
            return Err(Error::internal(format!(
                "a kernel of {} inputs and {} outputs was run with {} and {}, {rows} rows",
                slots.len(),
                output_slots.len(),
                inputs.len(),
                outputs.len()
            )));
        }
        let wrong = |(slot, vector): (&super::InputSlot, &&Vector)| -> Option<(Form, Form, usize)> {
            let fits = vector.form() == slot.form
                && vector.len() == rows
                && vector.validity.bits().is_none_or(|bits| bits.len() == rows);
            (!fits).then(|| (slot.form, vector.form(), vector.len()))
        };
        match slots.iter().zip(inputs).find_map(wrong) {
            Some((form, found, length)) => Err(Error::internal(format!(
                "a kernel's input of form {} and {rows} rows got form {} and {length} rows",
                form.name(),
                found.name()
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
impl KernelState {
    /// The same state at every level that this machine has, by name.
    pub(super) fn at_every_level(&self) -> Vec<(&'static str, KernelState)> {
        Level::available().map(|level| (level.name(), KernelState { level, ..self.clone() })).collect()
    }
}
