//! The verifier: proves that a kernel is safe to run.
//!
//! What it checks, in this order:
//!
//! - the quantities are within [`limits`];
//! - inputs, outputs, accumulators and pool entries are of forms and lanes that kernels know;
//! - every operand names something that is declared;
//! - every register is written once, before it is read;
//! - the lanes of operands, registers and slots are those of the operation;
//! - tables are of their instructions' lanes, and looked up by numbers of lane i32 (whether a number is within a table
//!   is checked when it runs);
//! - helpers are called by their signature; divisors of `divround` are positive constants, bounds of `range` are
//!   constants in order;
//! - every output is written once, values and, where nullable, validity; every accumulator is updated once;
//! - no `need` follows an output: what is written are the rows that pass;
//! - a kernel with groups makes their numbers of digits with constant bounds, says them once, before any accumulator and behind
//!   every `need`, and has at most [`limits::GROUPS_MAX`] (whether a key is within its bounds is checked when it runs).
//!
//! Guards are operands, so that their presence is a matter of the instruction's type. Not proved: that a guard is
//! the right one, and that NULL was lowered rightly.

use std::fmt::{self, Write};

use super::abstract_state::State;
use super::groups::GroupPlan;
use super::limits;
use super::narrow::{self, Decision};
use super::state_line::StateLine;
use super::verified::{Proof, VerifiedKernel};
use super::{
    AccKind, AccSlot, Inst, Kernel, M, Operand, OperandRef, Output, Pool, PoolEntry, PoolSource, Role, Table,
    TableSource, V,
};
use crate::types::{Form, Lane};

/// Why a kernel is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The instruction, by position; `None` for what is wrong with the kernel as a whole.
    pub instruction: Option<usize>,
    /// The instruction as the listing has it.
    pub text: String,
    /// What was known before it.
    pub state: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instruction {
            Some(index) => write!(f, "{index}: {}: {} [{}]", self.text, self.reason, self.state),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Rejection {}

/// Accepts a kernel, or says why not. The only way to a [`VerifiedKernel`].
pub fn verify(kernel: Kernel) -> Result<VerifiedKernel, Box<Rejection>> {
    check(&kernel)?;
    Ok(VerifiedKernel::new(kernel, Proof::new(), None))
}

/// Makes a kernel that has been checked simpler by proof of what its inputs hold, as was decided, if it was.
pub(crate) fn narrowed(kernel: Kernel, proof: Proof, decisions: Option<&[Decision]>) -> VerifiedKernel {
    if let Some(decisions) = decisions {
        let narrowed = narrow::rebuild(&kernel, decisions);
        // Its conversions may be more than limits allow: then the kernel runs as it is.
        if check(&narrowed).is_ok() {
            return VerifiedKernel::new(narrowed, proof, Some(kernel));
        }
    }
    VerifiedKernel::new(kernel, proof, None)
}

/// A shorter kernel is worth its making if one of so many instructions has gone.
const WORTH_OF: usize = 8;

/// The kernel without what `decisions` say that some of its rows do not need, if that is much less to do and leaves its
/// accumulators as they are.
pub(crate) fn shortened(whole: &VerifiedKernel, decisions: &[Decision]) -> Option<VerifiedKernel> {
    let kernel = narrow::rebuild(whole.kernel(), decisions);
    let length = whole.kernel().code.len();
    let worth = length.saturating_sub(kernel.code.len()) * WORTH_OF >= length;
    if !worth || kernel.accumulators != whole.kernel().accumulators {
        return None;
    }
    check(&kernel).ok()?;
    let shorter = VerifiedKernel::new(kernel, whole.proof().to_vec(), None);
    (shorter.groups() == whole.groups()).then_some(shorter)
}

/// Says why a kernel is to be refused, if it is.
pub(crate) fn check(kernel: &Kernel) -> Result<(), Box<Rejection>> {
    check_with(kernel, None)
}

/// As [`verify`], with a log: a line for each instruction with what is known after it and was not before, as far as the
/// check came.
pub fn verify_with_log(kernel: Kernel, log: &mut Vec<String>) -> Result<VerifiedKernel, Box<Rejection>> {
    check_with(&kernel, Some(log))?;
    Ok(VerifiedKernel::new(kernel, Proof::new(), None))
}

fn check_with(kernel: &Kernel, mut log: Option<&mut Vec<String>>) -> Result<(), Box<Rejection>> {
    let whole = |reason| Box::new(Rejection { instruction: None, text: String::new(), state: String::new(), reason });
    check_declarations(kernel).map_err(whole)?;
    let mut checker = Checker::new(kernel);
    let mut known = None;
    for (index, inst) in kernel.code.iter().enumerate() {
        checker.instruction(inst).map_err(|reason| {
            let text = super::listing::instruction(inst);
            Box::new(Rejection { instruction: Some(index), text, state: checker.state(index), reason })
        })?;
        if let Some(log) = &mut log {
            let state = known.get_or_insert_with(|| State::new(kernel, &[]));
            log.push(StateLine::of(state, index).to_string());
        }
    }
    checker.end().and_then(|()| GroupPlan::new(kernel, &[]).map(drop)).map_err(whole)
}

fn check_declarations(kernel: &Kernel) -> Result<(), String> {
    for (what, count, limit) in [
        ("instructions", kernel.code.len(), limits::INSTRUCTIONS_MAX),
        ("inputs", kernel.inputs.len(), limits::INPUTS_MAX),
        ("pool entries", kernel.pool.len(), limits::POOL_MAX),
        ("tables", kernel.tables.len(), limits::TABLES_MAX),
        ("outputs", kernel.outputs.len(), limits::OUTPUTS_MAX),
        ("accumulators", kernel.accumulators.len(), limits::ACCUMULATORS_MAX),
        ("value registers", kernel.values.len(), limits::INSTRUCTIONS_MAX),
        ("mask registers", kernel.masks.into(), limits::INSTRUCTIONS_MAX),
    ] {
        if count > limit {
            return Err(format!("{count} {what}, at most {limit} are allowed"));
        }
    }
    if kernel.spans.len() != kernel.code.len() {
        return Err(format!("{} spans for {} instructions", kernel.spans.len(), kernel.code.len()));
    }
    if let Some(index) = kernel.values.iter().position(|lane| *lane == Lane::Mask) {
        return Err(format!("v{index} is a value register of lane mask"));
    }
    for (index, entry) in kernel.pool.iter().enumerate() {
        check_pool_entry(entry).map_err(|reason| format!("pool entry #{index} {reason}"))?;
    }
    for (index, slot) in kernel.accumulators.iter().enumerate() {
        check_accumulator(slot).map_err(|reason| format!("accumulator a{index} {reason}"))?;
    }
    Ok(())
}

fn check_pool_entry(entry: &PoolEntry) -> Result<(), String> {
    let fits = match (entry.lane, entry.source) {
        (Lane::Mask, _) => return Err("has lane mask".to_owned()),
        (_, PoolSource::Parameter(_)) | (Lane::F64, PoolSource::Double(_)) | (Lane::I128, PoolSource::Integer(_)) => {
            true
        }
        (Lane::I32, PoolSource::Integer(value)) => i32::try_from(value).is_ok(),
        (Lane::I64, PoolSource::Integer(value)) => i64::try_from(value).is_ok(),
        (Lane::F64, PoolSource::Integer(_)) | (_, PoolSource::Double(_)) => false,
    };
    if fits { Ok(()) } else { Err(format!("does not fit lane {}", entry.lane.name())) }
}

fn check_accumulator(slot: &AccSlot) -> Result<(), String> {
    let fits = match slot.kind {
        AccKind::Count => slot.lane == Lane::Mask,
        AccKind::SumDouble => slot.lane == Lane::F64,
        AccKind::SumInteger => matches!(slot.lane, Lane::I32 | Lane::I64 | Lane::I128),
        AccKind::Min | AccKind::Max => slot.lane != Lane::Mask,
    };
    if fits { Ok(()) } else { Err(format!("cannot keep lane {}", slot.lane.name())) }
}

/// What is known after the instructions so far.
struct Checker<'a> {
    kernel: &'a Kernel,
    values: Vec<bool>,
    masks: Vec<bool>,
    outputs: Vec<Written>,
    accumulators: Vec<bool>,
    needs: usize,
    stored: bool,
    grouped: bool,
}

#[derive(Clone, Copy, Default)]
struct Written {
    values: bool,
    validity: bool,
}

impl<'a> Checker<'a> {
    fn new(kernel: &'a Kernel) -> Checker<'a> {
        Checker {
            kernel,
            values: vec![false; kernel.values.len()],
            masks: vec![false; kernel.masks.into()],
            outputs: vec![Written::default(); kernel.outputs.len()],
            accumulators: vec![false; kernel.accumulators.len()],
            needs: 0,
            stored: false,
            grouped: false,
        }
    }

    fn instruction(&mut self, inst: &Inst) -> Result<(), String> {
        let mut result = Ok(());
        inst.operands(|role, operand| {
            if !self.is_fine(role, operand) && result.is_ok() {
                result = self.declared(operand).and_then(|()| self.readable(operand));
            }
        });
        result?;
        self.lanes(inst)?;
        self.slots(inst)?;
        let mut result = Ok(());
        inst.operands(|role, operand| {
            if result.is_ok() && role == Role::Def {
                result = self.define(operand);
            }
        });
        result
    }

    /// Whether the operand names something that there is, which may be read if it is.
    fn is_fine(&self, role: Role, operand: OperandRef) -> bool {
        let may_be = |written: Option<&bool>| written.is_some_and(|written| *written || role == Role::Def);
        match operand {
            OperandRef::V(register) | OperandRef::Operand(Operand::Reg(register)) => {
                may_be(self.values.get(register.index()))
            }
            OperandRef::M(register) => may_be(self.masks.get(register.index())),
            operand => self.declared(operand).is_ok(),
        }
    }

    /// Fails unless the operand names something that there is.
    fn declared(&self, operand: OperandRef) -> Result<(), String> {
        let (name, index, count): (&dyn fmt::Display, usize, usize) = match &operand {
            OperandRef::V(register) => (register, register.index(), self.values.len()),
            OperandRef::M(register) => (register, register.index(), self.masks.len()),
            OperandRef::Operand(Operand::Reg(register)) => (register, register.index(), self.values.len()),
            OperandRef::Operand(Operand::Const(entry)) | OperandRef::Pool(entry) => {
                (entry, entry.index(), self.kernel.pool.len())
            }
            OperandRef::Input(input) => (input, input.index(), self.kernel.inputs.len()),
            OperandRef::Table(table) => (table, table.index(), self.kernel.tables.len()),
            OperandRef::Output(output) => (output, output.index(), self.kernel.outputs.len()),
            OperandRef::Acc(acc) => (acc, acc.index(), self.kernel.accumulators.len()),
            OperandRef::Form(_) | OperandRef::Lane(_) | OperandRef::Helper(_) => return Ok(()),
        };
        if index < count { Ok(()) } else { Err(format!("{name} is not declared")) }
    }

    fn readable(&self, operand: OperandRef) -> Result<(), String> {
        match operand {
            OperandRef::V(register) | OperandRef::Operand(Operand::Reg(register)) if !self.values[register.index()] => {
                Err(format!("{register} is read before it is written"))
            }
            OperandRef::M(register) if !self.masks[register.index()] => {
                Err(format!("{register} is read before it is written"))
            }
            _ => Ok(()),
        }
    }

    fn define(&mut self, operand: OperandRef) -> Result<(), String> {
        let (name, written): (&dyn fmt::Display, &mut bool) = match &operand {
            OperandRef::V(register) => (register, &mut self.values[register.index()]),
            OperandRef::M(register) => (register, &mut self.masks[register.index()]),
            _ => return Ok(()),
        };
        if std::mem::replace(written, true) { Err(format!("{name} is written twice")) } else { Ok(()) }
    }

    fn lane(&self, operand: Operand) -> Lane {
        match operand {
            Operand::Reg(register) => self.kernel.values[register.index()],
            Operand::Const(entry) => self.kernel.pool[entry.index()].lane,
        }
    }

    fn expect(&self, operand: Operand, lane: Lane) -> Result<(), String> {
        let found = self.lane(operand);
        if found == lane { Ok(()) } else { Err(format!("{operand} is of lane {}, not {}", found.name(), lane.name())) }
    }

    fn expect_all(&self, lane: Lane, result: V, operands: &[Operand]) -> Result<(), String> {
        self.expect(Operand::Reg(result), lane)?;
        operands.iter().try_for_each(|operand| self.expect(*operand, lane))
    }

    /// The lanes of an instruction's operands and result.
    fn lanes(&self, inst: &Inst) -> Result<(), String> {
        match *inst {
            Inst::Constant { lane, dst, value } => self.expect_all(lane, dst, &[Operand::Const(value)]),
            Inst::Add { lane, dst, a, b }
            | Inst::Sub { lane, dst, a, b }
            | Inst::Mul { lane, dst, a, b }
            | Inst::Min { lane, dst, a, b }
            | Inst::Max { lane, dst, a, b }
            | Inst::Select { lane, dst, a, b, .. } => self.expect_all(lane, dst, &[a, b]),
            Inst::Div { dst, a, b } | Inst::Rem { dst, a, b } => self.expect_all(Lane::F64, dst, &[a, b]),
            Inst::Neg { dst, a } | Inst::Abs { dst, a } | Inst::RoundF32 { dst, a } => {
                self.expect_all(Lane::F64, dst, &[a])
            }
            Inst::AddChecked { lane, dst, a, b, .. }
            | Inst::SubChecked { lane, dst, a, b, .. }
            | Inst::MulChecked { lane, dst, a, b, .. }
            | Inst::DivChecked { lane, dst, a, b, .. }
            | Inst::RemChecked { lane, dst, a, b, .. } => {
                expect_integer(lane)?;
                self.expect_all(lane, dst, &[a, b])
            }
            Inst::DivRound { lane, dst, a, b } => {
                expect_integer(lane)?;
                self.expect_all(lane, dst, &[a, Operand::Const(b)])?;
                self.divisor(b)
            }
            Inst::Range { lane, a, low, high, .. } => self.range(lane, a, low, high),
            Inst::Digit { lane, dst, number, a, low, high, .. } => self.digit(lane, dst, [number, a], [low, high]),
            Inst::Group { a } => self.expect(a.into(), Lane::I32),
            Inst::Eq { lane, a, b, .. }
            | Inst::Ne { lane, a, b, .. }
            | Inst::Lt { lane, a, b, .. }
            | Inst::Le { lane, a, b, .. }
            | Inst::Gt { lane, a, b, .. }
            | Inst::Ge { lane, a, b, .. } => self.expect(a, lane).and_then(|()| self.expect(b, lane)),
            Inst::Widen { from, to, dst, a } => self.conversion(from, to, dst, a, widens(from, to)),
            Inst::Narrow { from, to, dst, a } => {
                self.conversion(from, to, dst, a, from != Lane::F64 && widens(to, from))
            }
            Inst::ToInteger { to, dst, a, .. } => self.conversion(Lane::F64, to, dst, a, expect_integer(to).is_ok()),
            Inst::Lut { lane, dst, table, a } => self.table(table, lane, a).and(self.expect(dst.into(), lane)),
            Inst::TestBit { table, a, .. } => self.table(table, Lane::Mask, a),
            Inst::MightContain { lane, table, a, .. } => self.keys(lane, table, a),
            Inst::Call1 { helper, dst, a, .. } => self.call(helper, dst, &[a]),
            Inst::Call2 { helper, dst, a, b, .. } => self.call(helper, dst, &[a, b]),
            Inst::Load { form, dst, .. } => match form.lane() {
                Some(lane) if lane != Lane::Mask => self.expect(Operand::Reg(dst), lane),
                _ => Err(format!("form {} is not loaded into a value register", form.name())),
            },
            Inst::Store { lane, a, .. }
            | Inst::Sum { lane, a, .. }
            | Inst::AccMin { lane, a, .. }
            | Inst::AccMax { lane, a, .. } => self.expect(a, lane),
            Inst::LoadValid { .. }
            | Inst::LoadBits { .. }
            | Inst::True { .. }
            | Inst::False { .. }
            | Inst::And { .. }
            | Inst::Or { .. }
            | Inst::AndNot { .. }
            | Inst::OrNot { .. }
            | Inst::Xor { .. }
            | Inst::Not { .. }
            | Inst::Need { .. }
            | Inst::StoreValid { .. }
            | Inst::StoreBits { .. }
            | Inst::Count { .. } => Ok(()),
        }
    }

    fn digit(&self, lane: Lane, dst: V, operands: [Operand; 2], bounds: [Pool; 2]) -> Result<(), String> {
        self.expect(dst.into(), Lane::I32)?;
        self.expect_all(lane, dst, &operands)?;
        self.expect_all(lane, dst, &bounds.map(Operand::Const))
    }

    fn divisor(&self, entry: Pool) -> Result<(), String> {
        match self.constant(entry)? {
            divisor if divisor > 0 => Ok(()),
            divisor => Err(format!("the divisor {divisor} is not positive")),
        }
    }

    fn table(&self, table: Table, lane: Lane, number: Operand) -> Result<(), String> {
        let slot = self.kernel.tables[table.index()];
        if let TableSource::Keys { .. } = slot.source {
            return Err(format!("{table} holds keys, not entries"));
        }
        match slot.lane {
            found if found == lane => self.expect(number, Lane::I32),
            found => Err(format!("{table} is of lane {}, not {}", found.name(), lane.name())),
        }
    }

    fn keys(&self, lane: Lane, table: Table, number: Operand) -> Result<(), String> {
        let slot = self.kernel.tables[table.index()];
        if let TableSource::Entries(_) = slot.source {
            return Err(format!("{table} holds entries, not keys"));
        }
        match slot.lane {
            found if found != lane => Err(format!("{table} is of lane {}, not {}", found.name(), lane.name())),
            Lane::I32 | Lane::I64 => self.expect(number, lane),
            Lane::F64 | Lane::I128 | Lane::Mask => Err(format!("keys are not of lane {}", lane.name())),
        }
    }

    fn range(&self, lane: Lane, a: V, low: Pool, high: Pool) -> Result<(), String> {
        expect_integer(lane)?;
        self.expect_all(lane, a, &[Operand::Const(low), Operand::Const(high)])?;
        let (low, high) = (self.constant(low)?, self.constant(high)?);
        if low <= high { Ok(()) } else { Err(format!("the range {low} to {high} is empty")) }
    }

    fn conversion(&self, from: Lane, to: Lane, dst: V, a: Operand, known: bool) -> Result<(), String> {
        if !known {
            return Err(format!("there is no such conversion from {} to {}", from.name(), to.name()));
        }
        self.expect(a, from).and_then(|()| self.expect(Operand::Reg(dst), to))
    }

    fn call(&self, helper: super::Helper, dst: V, arguments: &[Operand]) -> Result<(), String> {
        let (lanes, result) = helper.signature();
        if lanes.len() != arguments.len() {
            return Err(format!("{helper} takes {} arguments, not {}", lanes.len(), arguments.len()));
        }
        arguments.iter().zip(lanes).try_for_each(|(argument, lane)| self.expect(*argument, *lane))?;
        self.expect(Operand::Reg(dst), result)
    }

    fn constant(&self, entry: Pool) -> Result<i128, String> {
        match self.kernel.pool[entry.index()].source {
            PoolSource::Integer(value) => Ok(value),
            PoolSource::Double(_) | PoolSource::Parameter(_) => Err(format!("{entry} is not an integer constant")),
        }
    }

    /// The columns and accumulators of an instruction, and the order of `need` and outputs.
    fn slots(&mut self, inst: &Inst) -> Result<(), String> {
        let kernel = self.kernel;
        let input_form = |input: super::Input, form: Form| match kernel.inputs[input.index()].form {
            found if found == form => Ok(()),
            found => Err(format!("{input} has form {}, not {}", found.name(), form.name())),
        };
        match *inst {
            Inst::Load { form, input, .. } => input_form(input, form),
            Inst::LoadBits { input, .. } => input_form(input, Form::Bits),
            Inst::LoadValid { input, .. } if !kernel.inputs[input.index()].nullable => {
                Err(format!("{input} has no validity"))
            }
            Inst::Need { .. } if self.stored => Err("need after an output was written".to_owned()),
            Inst::Need { .. } if self.grouped => Err("need behind the rows' groups".to_owned()),
            Inst::Need { .. } => {
                self.needs += 1;
                Ok(())
            }
            Inst::Group { .. } if self.grouped => Err("the rows' groups are said twice".to_owned()),
            Inst::Group { .. } if self.accumulators.contains(&true) => {
                Err("the rows' groups are said behind an accumulator".to_owned())
            }
            Inst::Group { .. } => {
                self.grouped = true;
                Ok(())
            }
            Inst::Store { lane, output, .. } => self.write_values(output, lane),
            Inst::StoreBits { output, .. } => self.write_values(output, Lane::Mask),
            Inst::StoreValid { output, .. } => self.write_validity(output),
            Inst::Count { acc, .. } => self.accumulate(acc, &[AccKind::Count], Lane::Mask),
            Inst::Sum { lane, acc, .. } => self.accumulate(acc, &[AccKind::SumInteger, AccKind::SumDouble], lane),
            Inst::AccMin { lane, acc, .. } => self.accumulate(acc, &[AccKind::Min], lane),
            Inst::AccMax { lane, acc, .. } => self.accumulate(acc, &[AccKind::Max], lane),
            _ => Ok(()),
        }
    }

    fn write_values(&mut self, output: Output, lane: Lane) -> Result<(), String> {
        let declared = self.kernel.outputs[output.index()].lane;
        if declared != lane {
            return Err(format!("{output} is of lane {}, not {}", declared.name(), lane.name()));
        }
        self.stored = true;
        match std::mem::replace(&mut self.outputs[output.index()].values, true) {
            false => Ok(()),
            true => Err(format!("{output} is written twice")),
        }
    }

    fn write_validity(&mut self, output: Output) -> Result<(), String> {
        if !self.kernel.outputs[output.index()].nullable {
            return Err(format!("{output} has no validity"));
        }
        self.stored = true;
        match std::mem::replace(&mut self.outputs[output.index()].validity, true) {
            false => Ok(()),
            true => Err(format!("the validity of {output} is written twice")),
        }
    }

    fn accumulate(&mut self, acc: super::Acc, kinds: &[AccKind], lane: Lane) -> Result<(), String> {
        let slot = self.kernel.accumulators[acc.index()];
        if !kinds.contains(&slot.kind) || slot.lane != lane {
            return Err(format!("{acc} keeps {:?} of lane {}", slot.kind, slot.lane.name()));
        }
        match std::mem::replace(&mut self.accumulators[acc.index()], true) {
            false => Ok(()),
            true => Err(format!("{acc} is updated twice")),
        }
    }

    /// What must be true behind the last instruction.
    fn end(&self) -> Result<(), String> {
        for (index, (slot, written)) in self.kernel.outputs.iter().zip(&self.outputs).enumerate() {
            if !written.values {
                return Err(format!("o{index} is never written"));
            }
            if slot.nullable && !written.validity {
                return Err(format!("the validity of o{index} is never written"));
            }
        }
        match self.accumulators.iter().position(|updated| !updated) {
            Some(index) => Err(format!("a{index} is never updated")),
            None => Ok(()),
        }
    }

    /// The state before the instruction at `index` as a rejection has it: what is known of registers that are written,
    /// how many times rows were ended, outputs that are done.
    fn state(&self, index: usize) -> String {
        let mut known = State::new(self.kernel, &[]);
        (0..index).for_each(|index| known.step(index));
        let mut text = String::new();
        for (index, _) in self.values.iter().enumerate().filter(|(_, written)| **written) {
            let _ = write!(text, "{} ", known.value_text(V(index as u16)));
        }
        for (index, _) in self.masks.iter().enumerate().filter(|(_, written)| **written) {
            let _ = write!(text, "{} ", known.mask_text(M(index as u16)));
        }
        let _ = write!(text, "needs={}", self.needs);
        for (index, written) in self.outputs.iter().enumerate() {
            let parts = match (written.values, written.validity) {
                (false, false) => continue,
                (true, false) => "values",
                (false, true) => "validity",
                (true, true) => "values+validity",
            };
            let _ = write!(text, " {}={parts}", Output(index as u16));
        }
        text
    }
}

fn expect_integer(lane: Lane) -> Result<(), String> {
    match lane {
        Lane::I32 | Lane::I64 | Lane::I128 => Ok(()),
        Lane::F64 | Lane::Mask => Err(format!("lane {} has no such operation", lane.name())),
    }
}

fn widens(from: Lane, to: Lane) -> bool {
    matches!(
        (from, to),
        (Lane::I32, Lane::I64 | Lane::I128 | Lane::F64) | (Lane::I64, Lane::I128 | Lane::F64) | (Lane::I128, Lane::F64)
    )
}
