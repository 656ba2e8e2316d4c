//! Which tier runs a kernel: the interpreter, compiled code, or both.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::{Jit, Reason, compile};
use crate::error::{Error, Result};
use crate::kernel::grouped::Grouped;
use crate::kernel::interpret::native::{CodeLine, NativeKernel};
use crate::kernel::{Accumulator, KernelState, VerifiedKernel};
use crate::value::Value;
use crate::vector::{Values, Vector};

/// What compiling costs, in nanoseconds: at all (fresh pages, sealed) and for each instruction. Estimates: with them
/// TPC-H at scale 0.01 is, all queries together, no slower than interpreted.
const COST_NS: u64 = 12_000;
const COST_OF_INSTRUCTION_NS: u64 = 1_000;
/// What a compiled instruction saves a row, in picoseconds. The interpreter takes 150 to 300.
const SAVED_PS: u64 = 120;
/// Compiled code that gives back more than one in so many batches' tiles is not used any more.
const GIVEN_BACK_SHARE: u64 = 16;

/// What all workers of all runs of a statement know of a kernel's machine code.
#[derive(Debug, Default)]
pub(crate) struct Tier {
    /// Rows that were interpreted.
    rows: AtomicU64,
    compiled: OnceLock<std::result::Result<Arc<NativeKernel>, Reason>>,
    /// Whether the code gives too much back to be of use.
    useless: AtomicBool,
}

impl Tier {
    /// The machine code, made now if there is none.
    fn native(&self, kernel: &VerifiedKernel) -> Option<Arc<NativeKernel>> {
        if self.useless.load(Ordering::Relaxed) {
            return None;
        }
        self.compiled.get_or_init(|| compile(kernel)).as_ref().ok().cloned()
    }

    /// Counts rows that are about to be interpreted; whether compiling pays.
    fn pays(&self, kernel: &VerifiedKernel, rows: usize) -> bool {
        let seen = self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        let instructions = kernel.kernel().code.len() as u64;
        let cost = COST_NS + COST_OF_INSTRUCTION_NS * instructions;
        seen.saturating_mul(instructions * SAVED_PS) > cost * 1000
    }

    /// The kernel's instructions and what they are compiled to, made now if need be; or why it is interpreted.
    pub(crate) fn listing(&self, kernel: &VerifiedKernel) -> std::result::Result<Vec<CodeLine>, Reason> {
        match self.compiled.get_or_init(|| compile(kernel)) {
            Ok(native) => Ok(native.code.listing(&native.kernel)),
            Err(reason) => Err(*reason),
        }
    }

    /// How the kernel runs, as EXPLAIN ANALYZE has it.
    pub(crate) fn describe(&self, jit: Jit) -> String {
        let rows = self.rows.load(Ordering::Relaxed);
        match self.compiled.get() {
            _ if jit == Jit::Off => "interpreted: jit is off".to_owned(),
            Some(Err(reason)) => format!("interpreted: {reason}"),
            Some(Ok(_)) if self.useless.load(Ordering::Relaxed) => {
                "interpreted: too many tests were in doubt".to_owned()
            }
            Some(Ok(_)) if rows == 0 => "compiled".to_owned(),
            Some(Ok(_)) => format!("compiled after {rows} rows"),
            None => format!("interpreted: {rows} rows"),
        }
    }
}

/// What one worker needs to run a kernel, in whichever tier.
#[derive(Debug)]
pub(crate) struct TieredState {
    state: KernelState,
    /// The other tier's, where both are compared.
    check: Option<Box<Check>>,
    jit: Jit,
    batches: u64,
}

/// Where compiled code runs to be compared with the interpreter.
#[derive(Debug)]
struct Check {
    state: KernelState,
    outputs: Vec<Vector>,
    passed: Vec<u32>,
}

impl TieredState {
    /// As [`KernelState::new`].
    pub(crate) fn new(
        kernel: &VerifiedKernel,
        parameters: &[Value],
        tables: &[&Vector],
        batch_rows: usize,
        jit: Jit,
    ) -> Result<TieredState> {
        let state = KernelState::new(kernel, parameters, tables, batch_rows)?;
        Ok(TieredState { state, check: None, jit, batches: 0 })
    }

    /// As [`KernelState::accumulators_mut`].
    pub(crate) fn accumulators_mut(&mut self) -> &mut [Accumulator] {
        // What both tiers added was compared with each batch: from here on they begin anew.
        if let Some(check) = &mut self.check {
            check.state.accumulators_mut().iter_mut().for_each(Accumulator::reset);
        }
        self.state.accumulators_mut()
    }

    /// As [`KernelState::grouped`].
    pub(crate) fn grouped(&self) -> Option<&Grouped> {
        self.state.grouped()
    }

    /// Forgets the rows of all groups.
    pub(crate) fn reset_groups(&mut self) {
        let check = self.check.as_mut().map(|check| &mut check.state);
        check.into_iter().chain([&mut self.state]).filter_map(KernelState::grouped_mut).for_each(Grouped::reset);
    }

    /// As [`KernelState::trap_row`].
    pub(crate) fn trap_row(&self) -> Option<usize> {
        self.state.trap_row()
    }

    /// As [`KernelState::run`], by the tier that is due.
    pub(crate) fn run(
        &mut self,
        (kernel, tier): (&VerifiedKernel, &Tier),
        inputs: &[&Vector],
        rows: usize,
        outputs: &mut [Vector],
        mut passed: Option<&mut Vec<u32>>,
    ) -> Result<usize> {
        match self.jit {
            Jit::Off => {}
            Jit::Check => self.prepare_check((kernel, tier)),
            Jit::Auto | Jit::On => {
                if !self.state.is_native()
                    && (self.jit == Jit::On || tier.pays(kernel, rows))
                    && let Some(native) = tier.native(kernel)
                {
                    self.state.set_native(kernel, Some(native));
                }
            }
        }
        let result = self.state.run(kernel, inputs, rows, outputs, passed.as_deref_mut());
        self.batches += 1;
        if let Some(check) = &mut self.check {
            let interpreted = (&self.state, &result, &*outputs, passed.as_deref().map(Vec::as_slice));
            check.compare(kernel, inputs, rows, interpreted)?;
        } else if self.state.is_native() && self.state.given_back() > 4 + self.batches / GIVEN_BACK_SHARE {
            tier.useless.store(true, Ordering::Relaxed);
            self.state.set_native(kernel, None);
            self.jit = Jit::Off;
        }
        result
    }

    fn prepare_check(&mut self, (kernel, tier): (&VerifiedKernel, &Tier)) {
        if self.check.is_none()
            && let Some(native) = tier.native(kernel)
        {
            let mut state = self.state.clone();
            state.set_native(kernel, Some(native));
            let outputs = kernel.kernel().outputs.iter().map(|slot| Vector::empty(slot.lane.form())).collect();
            self.check = Some(Box::new(Check { state, outputs, passed: Vec::new() }));
        }
    }
}

impl Check {
    /// Runs compiled code on a batch that was interpreted, and fails on the first difference.
    fn compare(
        &mut self,
        kernel: &VerifiedKernel,
        inputs: &[&Vector],
        rows: usize,
        (state, result, outputs, passed): (&KernelState, &Result<usize>, &[Vector], Option<&[u32]>),
    ) -> Result<()> {
        let compiled =
            self.state.run(kernel, inputs, rows, &mut self.outputs, passed.is_some().then_some(&mut self.passed));
        let differ = |what: String| Err(Error::internal(format!("compiled code and the interpreter differ: {what}")));
        match (result, compiled) {
            (Ok(interpreted), Ok(compiled)) if *interpreted != compiled => {
                return differ(format!("{interpreted} and {compiled} of {rows} rows pass"));
            }
            (Ok(_), Ok(_)) => {}
            (Err(interpreted), Err(compiled)) => {
                let same = interpreted.message() == compiled.message()
                    && interpreted.span() == compiled.span()
                    && state.trap_row() == self.state.trap_row();
                // What either has added up of a batch that failed is of no use, and not the same.
                self.state.accumulators_mut().clone_from_slice(state.accumulators());
                if let (Some(grouped), Some(interpreted)) = (self.state.grouped_mut(), state.grouped()) {
                    grouped.clone_from(interpreted);
                }
                return if same { Ok(()) } else { differ(format!("{interpreted} and {compiled}")) };
            }
            (Ok(_), Err(error)) => return differ(format!("compiled code fails: {error}")),
            (Err(error), Ok(_)) => return differ(format!("only the interpreter fails: {error}")),
        }
        if passed.is_some_and(|passed| passed != self.passed) {
            return differ("other rows pass".to_owned());
        }
        for (number, (interpreted, compiled)) in outputs.iter().zip(&self.outputs).enumerate() {
            if let Some(row) = (0..interpreted.len()).find(|row| !same(interpreted, compiled, *row)) {
                return differ(format!("o{number} in row {row}"));
            }
        }
        if state.grouped() != self.state.grouped() {
            return differ("groups".to_owned());
        }
        match state.accumulators().iter().zip(self.state.accumulators()).position(|(one, other)| one != other) {
            Some(number) => differ(format!("a{number}")),
            None => Ok(()),
        }
    }
}

/// Whether a row of two outputs is the same; NaN is NaN.
fn same(one: &Vector, other: &Vector, row: usize) -> bool {
    let valid = one.validity.is_valid(row);
    if valid != other.validity.is_valid(row) {
        return false;
    }
    !valid
        || match (&one.values, &other.values) {
            (Values::Bits(one), Values::Bits(other)) => one.get(row) == other.get(row),
            (Values::I32(one), Values::I32(other)) => one[row] == other[row],
            (Values::I64(one), Values::I64(other)) => one[row] == other[row],
            (Values::I128(one), Values::I128(other)) => one[row] == other[row],
            (Values::F64(one), Values::F64(other)) => {
                one[row].to_bits() == other[row].to_bits() || one[row].is_nan() && other[row].is_nan()
            }
            _ => false,
        }
}
