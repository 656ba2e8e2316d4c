//! From waiting expressions to instructions: one kernel for all that a sink asks for.

use hashbrown::HashMap;
use rowmill_vm::kernel::{Input, Kernel, KernelBuilder, Logic, TableSlot, TableSource};
use rowmill_vm::program::{HashId, KernelId, LookupId, Op, Register, RegisterInfo, SpaceOrigin};
use rowmill_vm::{DataType, Result, Span};

use super::batch::Batch;
use super::lower::{Lowered, LoweredValue, lane_of};
use super::{Comments, Generator, cast, number};
use crate::plan::{Expr, ExprKind};

/// A kernel under construction: the builder, and the registers that its inputs are.
pub(super) struct KernelScope {
    pub(super) builder: KernelBuilder,
    registers: Vec<Register>,
    inputs: HashMap<Register, Input>,
}

impl KernelScope {
    pub(super) fn new() -> KernelScope {
        KernelScope { builder: KernelBuilder::new(), registers: Vec::new(), inputs: HashMap::new() }
    }

    /// The input slot for a register, made when first asked for.
    pub(super) fn input(&mut self, register: Register, info: &RegisterInfo) -> Input {
        *self.inputs.entry(register).or_insert_with(|| {
            self.registers.push(register);
            self.builder.input(info.form, info.nullable)
        })
    }
}

impl<'a> Generator<'a> {
    /// The registers of `wanted`, all in the batch's space, after every waiting predicate. Expressions and predicates
    /// become one kernel; calls that kernels cannot make come before it.
    pub(super) fn materialize(&mut self, batch: &mut Batch, wanted: Vec<Expr>) -> Result<Vec<Register>> {
        let wanted: Vec<Expr> = wanted.into_iter().map(|expr| batch.expand(expr)).collect();
        self.materialize_expanded(batch, wanted)
    }

    /// As [`Generator::materialize`], and every register is in its type's own form, not a table's narrower one.
    pub(super) fn materialize_canonical(&mut self, batch: &mut Batch, wanted: Vec<Expr>) -> Result<Vec<Register>> {
        let count = wanted.len();
        self.materialize_keys(batch, wanted, count)
    }

    /// As [`Generator::materialize`]; the first `keys` registers are in their types' own forms.
    pub(super) fn materialize_keys(
        &mut self,
        batch: &mut Batch,
        wanted: Vec<Expr>,
        keys: usize,
    ) -> Result<Vec<Register>> {
        let mut registers = self.materialize(batch, wanted)?;
        let narrow: Vec<usize> = (0..keys)
            .filter(|index| self.info(registers[*index]).form != self.info(registers[*index]).data_type.form())
            .collect();
        if narrow.is_empty() {
            return Ok(registers);
        }
        let exprs: Vec<Expr> =
            narrow.iter().map(|index| self.register_expr(batch, registers[*index], Span::NONE)).collect();
        let widened = self.run_kernel(batch, &[], &exprs)?;
        for (index, register) in narrow.into_iter().zip(widened) {
            registers[index] = register;
        }
        Ok(registers)
    }

    /// As [`Generator::materialize`], for a sink that can keep numbers for text in the first of `wanted`, as many as
    /// `coded` has entries. Those that are coded columns stay numbers: their strings are noted in `coded`.
    pub(super) fn materialize_coded(
        &mut self,
        batch: &mut Batch,
        wanted: Vec<Expr>,
        coded: &mut [Option<LookupId>],
    ) -> Result<Vec<Register>> {
        let wanted: Vec<Expr> = wanted.into_iter().map(|expr| batch.expand(expr)).collect();
        let code = |(expr, _): (&Expr, &mut Option<LookupId>)| match expr.kind {
            ExprKind::Column(column) => batch.coded(column).map(|coded| (column, coded)),
            _ => None,
        };
        let codes: Vec<_> = wanted.iter().zip(coded.iter_mut()).map(code).collect();
        let rest = wanted.into_iter().enumerate().filter(|(index, _)| !matches!(codes.get(*index), Some(Some(_))));
        let rest = rest.map(|(_, expr)| expr).collect();
        let mut others = self.materialize_expanded(batch, rest)?.into_iter();
        let mut registers = Vec::new();
        for (code, coded) in codes.into_iter().zip(coded) {
            registers.push(match code {
                Some((column, code)) => {
                    *coded = Some(code.strings);
                    // The numbers may have been gathered meanwhile.
                    let code = batch.coded(column).unwrap_or(code);
                    self.code_register(batch, column, code)?
                }
                None => others.next().expect("one register for each that is not coded"),
            });
        }
        registers.extend(others);
        Ok(registers)
    }

    fn materialize_expanded(&mut self, batch: &mut Batch, wanted: Vec<Expr>) -> Result<Vec<Register>> {
        let mut ready = self.prepare_predicates(batch)?;
        let mut outputs = Vec::with_capacity(wanted.len());
        let wanted = wanted.into_iter().map(|expr| self.hoist_lookups(batch, expr)).collect::<Result<Vec<_>>>()?;
        if wanted.iter().any(|expr| self.needs_call(expr)) && !ready.is_empty() {
            // Calls are made for rows that passed, not for rows that a predicate is about to drop.
            self.run_kernel(batch, &std::mem::take(&mut ready), &[])?;
        }
        for expr in wanted {
            outputs.push(self.hoist(batch, expr, None)?);
        }
        let register_of = |batch: &Batch, expr: &Expr| match expr.kind {
            ExprKind::Column(column) if batch.packed(column).is_none() => Some(column),
            _ => None,
        };
        let computed: Vec<Expr> = outputs.iter().filter(|expr| register_of(batch, expr).is_none()).cloned().collect();
        let mut computed = self.run_kernel(batch, &ready, &computed)?.into_iter();
        outputs
            .iter()
            .map(|expr| match register_of(batch, expr) {
                Some(column) => self.column_register(batch, column),
                None => Ok(computed.next().expect("one register for each computed expression")),
            })
            .collect()
    }

    /// Runs the predicates that wait, if any do.
    pub(super) fn run_pending(&mut self, batch: &mut Batch) -> Result<()> {
        let ready = self.prepare_predicates(batch)?;
        self.run_kernel(batch, &ready, &[]).map(drop)
    }

    /// Takes the waiting predicates and makes them fit for a kernel. Where one needs a call, those before it are run
    /// first, so that the call is made for fewer rows and can fail only for rows that passed.
    pub(super) fn prepare_predicates(&mut self, batch: &mut Batch) -> Result<Vec<Expr>> {
        let mut ready = Vec::new();
        for predicate in std::mem::take(&mut batch.pending) {
            let predicate = self.hoist_lookups(batch, predicate)?;
            if !self.needs_call(&predicate) {
                ready.push(predicate);
                continue;
            }
            if !ready.is_empty() {
                self.run_kernel(batch, &std::mem::take(&mut ready), &[])?;
            }
            let hoisted = self.hoist(batch, predicate, None)?;
            ready.push(hoisted);
        }
        Ok(ready)
    }

    /// One kernel that drops rows for which a predicate is not true and computes `outputs` for the others. The
    /// batch's space becomes that of the rows that passed.
    pub(super) fn run_kernel(
        &mut self,
        batch: &mut Batch,
        predicates: &[Expr],
        outputs: &[Expr],
    ) -> Result<Vec<Register>> {
        if predicates.is_empty() && outputs.is_empty() {
            return Ok(Vec::new());
        }
        let mut scope = KernelScope::new();
        self.lower_predicates(batch, &mut scope, predicates)?;
        let mut infos = Vec::with_capacity(outputs.len());
        for output in outputs {
            let lowered = self.lower(batch, &mut scope, output, Logic::True)?;
            infos.push(store(&mut scope, (&output.data_type, output.span), &lowered));
        }
        let space = batch.space;
        let passed = if predicates.is_empty() { space } else { self.space(SpaceOrigin::Selection(space))? };
        let registers = infos
            .into_iter()
            .map(|info| self.register(RegisterInfo { space: passed, ..info }))
            .collect::<Result<Vec<_>>>()?;
        self.emit_kernel(batch, scope, passed, registers.clone(), || describe(predicates, outputs))?;
        batch.space = passed;
        Ok(registers)
    }

    pub(super) fn lower_predicates(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        predicates: &[Expr],
    ) -> Result<()> {
        for predicate in predicates {
            let truth = self.lower(batch, scope, predicate, Logic::True)?.is_true(&mut scope.builder);
            scope.builder.at(predicate.span);
            scope.builder.need(truth);
        }
        Ok(())
    }

    pub(super) fn emit_kernel(
        &mut self,
        batch: &Batch,
        scope: KernelScope,
        passed: rowmill_vm::program::Space,
        outputs: Vec<Register>,
        comment: impl FnOnce() -> String,
    ) -> Result<KernelId> {
        let kernel = number(self.program.kernels.len(), "kernels").map(KernelId)?;
        let span = Span::NONE;
        let inputs = self.list(scope.registers)?;
        let outputs = self.list(outputs)?;
        let built = scope.builder.finish();
        let known = if self.comments == Comments::On { self.tables_known(&built) } else { String::new() };
        self.program.kernels.push(built);
        self.emit(Op::Kernel { kernel, space: batch.space, passed, inputs, outputs }, span, || comment() + &known)?;
        Ok(kernel)
    }

    /// What a kernel's tables hold, for a comment.
    fn tables_known(&self, kernel: &Kernel) -> String {
        let known = |table: &TableSlot| match table.source {
            TableSource::Entries(number) => {
                let known = self.looked_up.iter().find(|(id, _)| id.0 == number);
                known.map(|(id, text)| format!("; {id} = {text}"))
            }
            TableSource::Keys { hash, part } => Some(format!("; {}.{part} = keys", HashId(hash))),
        };
        kernel.tables.iter().filter_map(known).collect()
    }
}

/// Stores an output of a type; what its register is to be, with its space still to be set.
pub(super) fn store(scope: &mut KernelScope, (data_type, span): (&DataType, Span), lowered: &Lowered) -> RegisterInfo {
    let nullable = lowered.valid != Logic::True;
    scope.builder.at(span);
    match lowered.value {
        LoweredValue::Scalar(..) => {
            let lane = lane_of(data_type);
            let operand = cast::to_lane(&mut scope.builder, lowered, lane);
            scope.builder.store(lane, operand, lowered.valid, nullable);
        }
        LoweredValue::Truth(truth) => {
            scope.builder.store_bits(truth, lowered.valid, nullable);
        }
    }
    RegisterInfo {
        data_type: data_type.clone(),
        form: data_type.form(),
        nullable,
        space: rowmill_vm::program::Space(0),
    }
}

fn describe(predicates: &[Expr], outputs: &[Expr]) -> String {
    match (predicates.is_empty(), outputs.is_empty()) {
        (false, true) => "filter".into(),
        (false, false) => "filter + project, fused".into(),
        (true, _) => "project".into(),
    }
}
