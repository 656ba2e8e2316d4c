//! Which tier runs a kernel: the interpreter, compiled code, or both.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::cache::{Origin, Outcome, compile_timed};
use super::cost::Estimate;
use super::{CodeCache, Jit, Reason};
use crate::error::{Error, Result};
use crate::kernel::grouped::Grouped;
use crate::kernel::interpret::native::{CodeLine, NativeKernel};
use crate::kernel::{Accumulator, KernelState, VerifiedKernel};
use crate::value::Value;
use crate::vector::{Values, Vector};

/// Compiled code that gives back more than one in so many batches' tiles is not used any more.
const GIVEN_BACK_SHARE: u64 = 16;

/// What all workers of all runs of a statement know of a kernel's machine code.
#[derive(Debug, Default)]
pub(crate) struct Tier {
    estimate: OnceLock<Estimate>,
    /// Rows that were interpreted, and those among them that passed.
    rows: AtomicU64,
    passed: AtomicU64,
    compiled: OnceLock<(Outcome, Origin)>,
    /// Whether the cache was asked for it.
    asked: AtomicBool,
    /// Whether the code gives too much back to be of use.
    useless: AtomicBool,
}

impl Tier {
    /// The machine code, made now if there is none, neither here nor in the cache.
    fn native(&self, kernel: &VerifiedKernel, cache: Option<&CodeCache>) -> Option<Arc<NativeKernel>> {
        if self.useless.load(Ordering::Relaxed) {
            return None;
        }
        let make = || cache.map_or_else(|| compile_timed(kernel), |cache| cache.get(kernel));
        self.compiled.get_or_init(make).0.as_ref().ok().cloned()
    }

    /// The machine code for a worker's next batch, if it is there or making it pays. The worker has interpreted
    /// `own_rows`, that batch among them.
    fn due(&self, kernel: &VerifiedKernel, cache: Option<&CodeCache>, own_rows: u64) -> Option<Arc<NativeKernel>> {
        let estimate = self.estimate.get_or_init(|| Estimate::of(kernel.kernel()));
        let (rows, passed) = (self.rows.load(Ordering::Relaxed), self.passed.load(Ordering::Relaxed));
        if self.compiled.get().is_none() {
            let saved_ns = estimate.saved_ns(rows, passed);
            if let Some(cache) = cache
                && saved_ns > estimate.find_ns()
                && !self.asked.swap(true, Ordering::Relaxed)
                && let Some(outcome) = cache.find(kernel)
            {
                self.compiled.get_or_init(|| (outcome, Origin::Cache));
            } else if saved_ns < estimate.compile_ns() {
                return None;
            }
        }
        // As many of its own rows pass as of all, as far as is known.
        let own_passed = if rows == 0 { own_rows } else { (own_rows as f64 * (passed as f64 / rows as f64)) as u64 };
        if estimate.saved_ns(own_rows, own_passed) < estimate.switch_ns() {
            return None;
        }
        self.native(kernel, cache)
    }

    /// Counts rows that were interpreted, and those among them that passed.
    fn count(&self, rows: usize, passed: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.passed.fetch_add(passed as u64, Ordering::Relaxed);
    }

    /// The kernel's instructions and what they are compiled to, made now if need be; or why it is interpreted.
    pub(crate) fn listing(&self, kernel: &VerifiedKernel) -> std::result::Result<Vec<CodeLine>, Reason> {
        match &self.compiled.get_or_init(|| compile_timed(kernel)).0 {
            Ok(native) => Ok(native.listing(kernel.kernel())),
            Err(reason) => Err(*reason),
        }
    }

    /// How the kernel runs, as EXPLAIN ANALYZE has it.
    pub(crate) fn describe(&self, jit: Jit) -> String {
        if jit == Jit::Off {
            return "interpreted: jit is off".to_owned();
        }
        let rows = self.rows.load(Ordering::Relaxed);
        let Some((outcome, origin)) = self.compiled.get() else { return format!("interpreted: {rows} rows") };
        if let Err(reason) = outcome {
            return format!("interpreted: {reason}");
        }
        if self.useless.load(Ordering::Relaxed) {
            return "interpreted: too many tests were in doubt".to_owned();
        }
        let after = if rows == 0 { String::new() } else { format!(" after {rows} rows") };
        match origin {
            Origin::Compiled(time) => format!("compiled{after} in {:.1} us", time.as_secs_f64() * 1e6),
            Origin::Cache => format!("compiled before, taken from the cache{after}"),
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
    cache: Option<Arc<CodeCache>>,
    batches: u64,
    /// Rows that it has interpreted.
    rows: u64,
}

/// Where compiled code runs to be compared with the interpreter.
#[derive(Debug)]
struct Check {
    state: KernelState,
    outputs: Vec<Vector>,
    passed: Vec<u32>,
}

impl TieredState {
    /// As [`KernelState::new`]; machine code is shared by a cache.
    pub(crate) fn new(
        kernel: &VerifiedKernel,
        parameters: &[Value],
        tables: &[&Vector],
        batch_rows: usize,
        (jit, cache): (Jit, Option<Arc<CodeCache>>),
    ) -> Result<TieredState> {
        let state = KernelState::new(kernel, parameters, tables, batch_rows)?;
        Ok(TieredState { state, check: None, jit, cache, batches: 0, rows: 0 })
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

    /// Changes places with another state of the same accumulators and groups: what that one has added up, this one goes
    /// on with.
    pub(crate) fn swap_accumulators(&mut self, other: &mut TieredState) {
        self.state.swap_accumulators(&mut other.state);
        for TieredState { state, check, .. } in [self, other] {
            if let Some(check) = check {
                check.take_accumulators(state);
            }
        }
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
                let (cache, own_rows) = (self.cache.as_deref(), self.rows + rows as u64);
                let native = || match self.jit {
                    Jit::On => tier.native(kernel, cache),
                    _ => tier.due(kernel, cache, own_rows),
                };
                if !self.state.is_native()
                    && let Some(native) = native()
                {
                    self.state.set_native(kernel, Some(native));
                }
            }
        }
        let result = self.state.run(kernel, inputs, rows, outputs, passed.as_deref_mut());
        self.batches += 1;
        if let (Jit::Auto, false, Ok(passed)) = (self.jit, self.state.is_native(), &result) {
            tier.count(rows, *passed);
            self.rows += rows as u64;
        }
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
            && let Some(native) = tier.native(kernel, self.cache.as_deref())
        {
            let mut state = self.state.clone();
            state.set_native(kernel, Some(native));
            let outputs = kernel.kernel().outputs.iter().map(|slot| Vector::empty(slot.lane.form())).collect();
            self.check = Some(Box::new(Check { state, outputs, passed: Vec::new() }));
        }
    }
}

impl Check {
    /// Makes its accumulators and groups those of the interpreter.
    fn take_accumulators(&mut self, interpreted: &KernelState) {
        self.state.accumulators_mut().clone_from_slice(interpreted.accumulators());
        if let (Some(grouped), Some(interpreted)) = (self.state.grouped_mut(), interpreted.grouped()) {
            grouped.clone_from(interpreted);
        }
    }

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
                self.take_accumulators(state);
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
