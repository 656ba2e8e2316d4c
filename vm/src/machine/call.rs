//! Kernels, vector functions, and bringing columns into newer row spaces.

use super::Shared;
use super::block_filter::Shorter;
use super::cursor::Reader;
use super::worker::{Rows, Scratch, Worker, rows_of, with_vectors};
use crate::error::{Error, Result};
use crate::functions::{ArgumentValue, Invocation, NullRule};
use crate::jit::TieredState;
use crate::kernel::grouped::Grouped;
use crate::memory::Context;
use crate::program::{Argument, CallId, FunctionCall, KernelId, List, Program, Register, Space, VerifiedProgram};
use crate::value::Value;
use crate::vector::{Bits, Vector};

/// Arguments that fit on the stack in calls of a usual length, and in long ones.
const USUAL_ARGUMENTS: usize = 8;
const MANY_ARGUMENTS: usize = 128;

/// The operands of a `Kernel` instruction.
#[derive(Clone, Copy)]
pub(super) struct KernelRun {
    pub kernel: KernelId,
    pub space: Space,
    pub passed: Space,
    pub inputs: List,
    pub outputs: List,
}

impl Worker {
    pub(super) fn kernel(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        address: usize,
        run: KernelRun,
    ) -> Result<()> {
        let Err((error, row)) = self.run_kernel(verified, shared, address, run) else { return Ok(()) };
        let Some(row) = row.filter(|_| self.may_cut(verified, address, &error)) else { return Err(error) };
        self.cut(verified, run.space, row, address, error);
        self.run_kernel(verified, shared, address, run).map_err(|(error, _)| error)
    }

    /// Runs a kernel, or the shorter one for the rows of this morsel. If it fails, the row is that of the error.
    fn run_kernel(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        address: usize,
        run: KernelRun,
    ) -> std::result::Result<(), (Error, Option<usize>)> {
        let KernelRun { kernel, space, passed, inputs, outputs } = run;
        let shorter = self.reader.as_ref().and_then(|reader| reader.shorter(address)).cloned();
        let borrowed = shorter.as_deref().map(|shorter| self.state_of(verified, shorter)).transpose();
        let mut borrowed = borrowed.map_err(|error| (error, None))?;
        let lists = &verified.program().lists;
        let rows = self.rows(space);
        self.set_keys(verified, shared, (kernel, inputs, rows), borrowed.as_deref_mut())
            .map_err(|error| (error, None))?;
        let selects = passed != space && verified.is_used(passed);
        let mut selection = selects.then(|| std::mem::take(&mut self.spaces[passed.index()].selection));
        let mut written = std::mem::take(&mut self.scratch.outputs);
        let outputs = &lists[outputs.index()];
        written.extend(outputs.iter().map(|&register| self.take(register)));
        let own = &mut self.kernels[kernel.index()];
        let groups_before = own.grouped().map(|grouped| grouped.order().len());
        let progress = Reader::progress(self.reader.as_ref());
        let result = with_vectors(&self.registers, &lists[inputs.index()], |inputs| match (&mut borrowed, &shorter) {
            (Some(state), Some(shorter)) => {
                own.swap_accumulators(state);
                let result =
                    state.run(shorter.tiered_kernel(), progress, inputs, rows, &mut written, selection.as_mut());
                own.swap_accumulators(state);
                result.map_err(|error| (error, state.trap_row()))
            }
            _ => {
                let result =
                    own.run(verified.tiered_kernel(kernel), progress, inputs, rows, &mut written, selection.as_mut());
                result.map_err(|error| (error, own.trap_row()))
            }
        });
        let groups = own.grouped().map(|grouped| grouped.order().len());
        if groups > groups_before {
            self.kernel_runs[kernel.index()].note(self.position, groups_before.unwrap_or(0));
        }
        for (vector, &register) in written.drain(..).zip(outputs) {
            self.put(register, vector);
        }
        self.scratch.outputs = written;
        if passed != space {
            let passed = &mut self.spaces[passed.index()];
            passed.selection = selection.unwrap_or_default();
            passed.rows = *result.as_ref().unwrap_or(&0);
            passed.whole = passed.rows == rows;
        }
        if let (Some(reader), Some(shorter)) = (&mut self.reader, &shorter) {
            *reader.state_of(shorter) = borrowed;
        }
        result.map(|_| ())
    }

    /// What this worker runs a shorter kernel with: it takes it from its place, or makes it.
    fn state_of(&mut self, verified: &VerifiedProgram, shorter: &Shorter) -> Result<Box<TieredState>> {
        if let Some(state) = self.reader.as_mut().and_then(|reader| reader.state_of(shorter).take()) {
            return Ok(state);
        }
        let tables: Vec<&Vector> = verified.program().lookups.iter().map(|table| &*table.values).collect();
        let (kernel, _) = shorter.tiered_kernel();
        if let Some(plan) = kernel.groups() {
            self.memory.grow(Grouped::bytes_in_use(plan))?;
        }
        let Context { batch_rows, jit, .. } = self.context;
        let tiers = (jit, self.context.code_cache.clone());
        TieredState::new(kernel, &self.parameters, &tables, batch_rows, tiers).map(Box::new)
    }

    pub(super) fn gather(&mut self, program: &Program, space: Space, from: Register, to: Register) {
        let mut target = self.take(to);
        let ancestor = program.registers[from.index()].space;
        let source = &self.registers[from.index()];
        match rows_of(program, &self.spaces, space, ancestor, &mut self.scratch.rows) {
            Rows::All(_) => target.assign(source),
            Rows::Selected(rows) => target.gather(source, rows),
        }
        self.put(to, target);
    }

    pub(super) fn function(
        &mut self,
        verified: &VerifiedProgram,
        address: usize,
        (call, space, result): (CallId, Space, Register),
    ) -> Result<()> {
        let program = verified.program();
        let rows = self.rows(space);
        let Err(error) = self.try_call(program, call, result, rows, rows) else { return Ok(()) };
        if !self.may_cut(verified, address, &error) {
            return Err(error);
        }
        // A function says that it failed, not where: halve the rows that may fail until the first is found.
        let (mut sound, mut failing, mut error) = (0, rows, error);
        while failing - sound > 1 {
            let middle = sound + (failing - sound) / 2;
            match self.try_call(program, call, result, rows, middle) {
                Ok(()) => sound = middle,
                Err(earlier) => (failing, error) = (middle, earlier),
            }
        }
        self.cut(verified, space, sound, address, error);
        self.try_call(program, call, result, sound, sound)
    }

    /// Calls a function for `rows` rows, of which only the first `fallible` may fail.
    fn try_call(
        &mut self,
        program: &Program,
        call: CallId,
        result: Register,
        rows: usize,
        fallible: usize,
    ) -> Result<()> {
        let mut out = self.take(result);
        out.reset(program.registers[result.index()].form);
        let mut scratch = std::mem::take(&mut self.scratch);
        let outcome = self.call(&program.calls[call.index()], rows, fallible, &mut scratch, &mut out);
        self.scratch = scratch;
        self.put(result, out);
        outcome
    }

    fn call(
        &self,
        call: &FunctionCall,
        rows: usize,
        fallible: usize,
        scratch: &mut Scratch,
        out: &mut Vector,
    ) -> Result<()> {
        match call.arguments.len() {
            0..=USUAL_ARGUMENTS => self.call_with::<USUAL_ARGUMENTS>(call, rows, fallible, scratch, out),
            _ => self.call_with::<MANY_ARGUMENTS>(call, rows, fallible, scratch, out),
        }
    }

    fn call_with<const WIDTH: usize>(
        &self,
        call: &FunctionCall,
        rows: usize,
        fallible: usize,
        scratch: &mut Scratch,
        out: &mut Vector,
    ) -> Result<()> {
        let null = Value::Null;
        let mut array = [ArgumentValue::Constant(&null); WIDTH];
        let mut more = Vec::new();
        let count = call.arguments.len();
        let arguments = match array.get_mut(..count) {
            Some(arguments) => arguments,
            // Longer than anything but a list of constants.
            None => {
                more.resize(count, ArgumentValue::Constant(&null));
                &mut more[..]
            }
        };
        for (value, argument) in arguments.iter_mut().zip(&call.arguments) {
            *value = match argument {
                Argument::Register(register) => ArgumentValue::Column(&self.registers[register.index()]),
                Argument::Constant(constant) => ArgumentValue::Constant(constant),
                Argument::Parameter(number) => ArgumentValue::Constant(&self.parameters[usize::from(*number)]),
            };
        }
        let strict = call.nulls == NullRule::Strict;
        let some_null = strict && valid_rows(arguments, rows, &mut scratch.valid);
        let guard = call.guard.map(|register| &self.registers[register.index()]);
        let valid = some_null.then_some(&scratch.valid);
        let guard = match (guard, valid) {
            (None, valid) if fallible == rows => valid,
            (guard, valid) => Some(guarded_rows(guard, valid, rows, fallible, &mut scratch.guard)),
        };
        let invocation = Invocation {
            arguments,
            argument_types: &call.argument_types,
            result_type: &call.result_type,
            rows,
            guard,
            context: &self.context,
        };
        (call.function.0)(&invocation, out)?;
        if some_null {
            match out.validity.bits() {
                None => out.validity.bits_mut().assign(&scratch.valid),
                Some(_) => out.validity.bits_mut().and_with(&scratch.valid),
            }
        }
        Ok(())
    }
}

/// Makes `valid` the rows in which no argument is NULL; says whether it may leave rows out.
fn valid_rows(arguments: &[ArgumentValue<'_>], rows: usize, valid: &mut Bits) -> bool {
    let mut some_null = false;
    for argument in arguments {
        match argument {
            ArgumentValue::Constant(Value::Null) => {
                valid.refill(false, rows);
                return true;
            }
            ArgumentValue::Constant(_) => {}
            ArgumentValue::Column(vector) => {
                let Some(bits) = vector.validity.bits() else { continue };
                if some_null {
                    valid.and_with(bits);
                } else {
                    valid.refill_words(rows, |index| bits.word(index));
                    some_null = true;
                }
            }
        }
    }
    some_null
}

/// The rows in which a call may fail: those of the first `fallible` where `guard` is true and `valid` is set.
fn guarded_rows<'a>(
    guard: Option<&Vector>,
    valid: Option<&Bits>,
    rows: usize,
    fallible: usize,
    scratch: &'a mut Bits,
) -> &'a Bits {
    let first = |index: usize| match fallible.saturating_sub(index * 64) {
        0 => 0,
        bits => u64::MAX >> (64 - bits.min(64)),
    };
    match guard {
        Some(guard) => {
            let bits = guard.bits();
            scratch.refill_words(rows, |index| bits.word(index) & first(index));
            if let Some(known) = guard.validity.bits() {
                scratch.and_with(known);
            }
        }
        None => scratch.refill_words(rows, first),
    }
    if let Some(valid) = valid {
        scratch.and_with(valid);
    }
    scratch
}
