//! Which tier runs a kernel: the interpreter, compiled code, or both.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::cache::{Origin, Outcome, compile_timed};
use super::cost::Estimate;
use super::{CodeCache, Jit, Reason};
use crate::error::{Error, Result};
use crate::kernel::grouped::Grouped;
use crate::kernel::interpret::native::{CodeLine, NativeKernel};
use crate::kernel::tables::KeyFilter;
use crate::kernel::{Accumulator, KernelState, Table, VerifiedKernel};
use crate::value::Value;
use crate::vector::{Values, Vector};

/// Compiled code that gives back more than one in so many batches' tiles is not used any more.
const GIVEN_BACK_SHARE: u64 = 16;

/// How many times the rows that a kernel has seen are expected to come, at most: what a LIMIT will cut short, or rows that
/// pass in places only, costs no more than so many times what it has been worth so far.
const EXPECTED_MAX: u64 = 8;

/// How far a worker is with what it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress<Left: FnOnce() -> Option<u64>> {
    /// Which of its passes over a source this is.
    pub(crate) pass: u64,
    /// Rows of the source that it has read in this pass, those of the current batch among them.
    pub(crate) read: u64,
    /// Rows that are left for all workers; `None` if the source does not know.
    pub(crate) left: Left,
}

/// Rows that a kernel is expected to see yet.
#[derive(Clone, Copy, Debug)]
struct Expected {
    /// On all workers.
    all: u64,
    /// On the one that asks.
    own: u64,
}

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

    /// The machine code for a worker's next batch, if it is there or making it pays for the rows that are expected.
    fn due(&self, kernel: &VerifiedKernel, cache: Option<&CodeCache>, expected: Expected) -> Option<Arc<NativeKernel>> {
        let (rows, passed) = (self.rows.load(Ordering::Relaxed), self.passed.load(Ordering::Relaxed));
        // Of a kernel's very first batch nobody knows how many rows pass.
        let is_new = rows == 0 && self.compiled.get().is_none();
        if is_new || Estimate::is_hopeless(kernel.kernel(), expected.all) {
            return None;
        }
        let estimate = self.estimate.get_or_init(|| Estimate::of(kernel.kernel()));
        // As many of them pass as of those before, so far as there are any.
        let share = if rows == 0 { 1.0 } else { passed as f64 / rows as f64 };
        let saved_ns = |rows: u64| estimate.saved_ns(rows, (rows as f64 * share) as u64);
        if self.compiled.get().is_none() {
            let saved_ns = saved_ns(expected.all);
            if saved_ns < estimate.find_ns() {
                return None;
            }
            if let Some(cache) = cache
                && !self.asked.swap(true, Ordering::Relaxed)
                && let Some(outcome) = cache.find(kernel)
            {
                self.compiled.get_or_init(|| (outcome, Origin::Cache));
            } else if saved_ns < estimate.compile_ns() {
                return None;
            }
        }
        if saved_ns(expected.own) < estimate.switch_ns() {
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
    /// From how many of them on it is worth to look again whether compiled code is due: half as many more each time.
    look_at: u64,
    pass: Pass,
}

/// What was seen of a kernel's rows before a pass over its source.
#[derive(Clone, Copy, Debug, Default)]
struct Pass {
    number: u64,
    /// By all workers, in earlier runs of the statement too.
    all: u64,
    /// By one worker.
    own: u64,
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
        Ok(TieredState { state, check: None, jit, cache, batches: 0, rows: 0, look_at: 0, pass: Pass::default() })
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

    /// As [`KernelState::set_keys`].
    pub(crate) fn set_keys(&mut self, kernel: &VerifiedKernel, table: Table, filter: Option<&Arc<KeyFilter>>) {
        let check = self.check.as_mut().map(|check| &mut check.state);
        check.into_iter().chain([&mut self.state]).for_each(|state| state.set_keys(kernel, table, filter));
    }

    /// As [`KernelState::trap_row`].
    pub(crate) fn trap_row(&self) -> Option<usize> {
        self.state.trap_row()
    }

    /// As [`KernelState::run`], by the tier that is due when what is read has come as far as `progress` says.
    pub(crate) fn run(
        &mut self,
        (kernel, tier): (&VerifiedKernel, &Tier),
        progress: Progress<impl FnOnce() -> Option<u64>>,
        inputs: &[&Vector],
        rows: usize,
        outputs: &mut [Vector],
        mut passed: Option<&mut Vec<u32>>,
    ) -> Result<usize> {
        match self.jit {
            Jit::Off => {}
            Jit::Check => self.prepare_check((kernel, tier)),
            Jit::Auto | Jit::On if self.state.is_native() => {}
            Jit::On => {
                if let Some(native) = tier.native(kernel, self.cache.as_deref()) {
                    self.state.set_native(kernel, Some(native));
                }
            }
            Jit::Auto if self.rows < self.look_at && self.pass.number == progress.pass => {}
            Jit::Auto => {
                let expected = self.expected(tier, rows as u64, progress);
                if let Some(native) = tier.due(kernel, self.cache.as_deref(), expected) {
                    self.state.set_native(kernel, Some(native));
                }
                self.look_at = self.rows + rows as u64 + self.rows / 2;
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

    /// How many rows the kernel is expected to see, those of the current batch among them.
    ///
    /// As many come again as were seen in earlier passes over the source, or in this one where nobody knows how much is left
    /// of it; so what is spent on them is at most what was lost before. Where that is known, rows come as they came so far;
    /// half of those count, since both this and what is known of costs are rough.
    fn expected(&mut self, tier: &Tier, batch_rows: u64, progress: Progress<impl FnOnce() -> Option<u64>>) -> Expected {
        let seen = tier.rows.load(Ordering::Relaxed);
        if self.pass.number != progress.pass {
            self.pass = Pass { number: progress.pass, all: seen, own: self.rows };
        }
        let Some(left) = (progress.left)() else {
            return Expected { all: seen + batch_rows, own: self.rows + batch_rows };
        };
        let here = self.rows - self.pass.own + batch_rows;
        let times = left as f64 / progress.read.max(1) as f64;
        let coming = batch_rows + (here as f64 * times.min(EXPECTED_MAX as f64)) as u64;
        Expected { all: self.pass.all.max(coming / 2), own: self.pass.own.max(coming / 2) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{KernelBuilder, Logic, verify};
    use crate::types::{Form, Lane};

    const BATCH_ROWS: usize = 2048;

    /// After how many batches a kernel that adds up squares is compiled, if it is at all within `batches` in passes of
    /// `pass_batches`. How much is left of a pass is known or not.
    fn compiled_after(batches: u64, pass_batches: u64, left_is_known: bool) -> Option<u64> {
        let mut k = KernelBuilder::new();
        let column = k.input(Form::I32, false);
        let value = k.load(column);
        let square = k.mul(Lane::I32, value, value);
        k.sum(Lane::I32, square, Logic::True);
        k.sum(Lane::I32, value, Logic::True);
        let kernel = verify(k.finish()).expect("it is well formed");
        let (tier, input) = (Tier::default(), Vector::all_valid(Values::I32(vec![3; BATCH_ROWS].into())));
        let mut state =
            TieredState::new(&kernel, &[], &[], BATCH_ROWS, (Jit::Auto, None)).expect("there are no parameters");
        (0..batches).find(|batch| {
            let (pass, done) = (batch / pass_batches, batch % pass_batches + 1);
            let left = left_is_known.then(|| (pass_batches - done) * BATCH_ROWS as u64);
            let progress = Progress { pass: pass + 1, read: done * BATCH_ROWS as u64, left: || left };
            state.run((&kernel, &tier), progress, &[&input], BATCH_ROWS, &mut [], None).expect("nothing can fail");
            tier.compiled.get().is_some()
        })
    }

    #[test]
    fn kernels_are_compiled_for_the_rows_that_are_left_or_as_many_as_were_seen() {
        // Of a long source it is known early, from a few rows; at its end nothing is left to gain.
        assert_eq!(compiled_after(1000, 1000, true), Some(6));
        assert_eq!(compiled_after(60, 60, true), Some(6));
        assert_eq!(compiled_after(20, 20, true), None);
        // As many come as came, where nobody knows.
        assert_eq!(compiled_after(1000, 1000, false), Some(25));
        assert_eq!(compiled_after(20, 20, false), None);
        // As many come again as came in earlier passes.
        assert_eq!(compiled_after(1000, 1, true), Some(21));
        assert_eq!(compiled_after(1000, 5, true), Some(25));
    }
}
