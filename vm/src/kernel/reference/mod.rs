//! The reference evaluator: one row at a time, one instruction after the other, nothing clever.
//!
//! It says which trap a batch reports, and tests hold the engines against it.

mod evaluate;

use super::accumulator::Content;
use super::tables::Entries;
use super::{Acc, Accumulator, Inst, Kernel, M, Operand, PoolEntry, PoolSource};
use crate::error::{Error, Result, Span};
use crate::semantics::float;
use crate::types::Lane;
use crate::value::Value;
use crate::vector::{Values, Vector};

/// A value in a register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    I32(i32),
    I64(i64),
    F64(f64),
    I128(i128),
}

/// A failure: the row, the instruction, and what to tell the user.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trap {
    pub(super) row: usize,
    pub(super) instruction: usize,
    pub(super) message: String,
}

impl Trap {
    /// As the user's error, placed in the text.
    pub(super) fn into_error(self, kernel: &Kernel) -> Error {
        let span = kernel.spans.get(self.instruction).copied().unwrap_or(Span::NONE);
        match kernel.code.get(self.instruction) {
            // The bounds of keys are proved before they stand in a kernel.
            Some(Inst::Group { .. }) => Error::internal(self.message).at(span),
            _ => Error::runtime(self.message).at(span),
        }
    }
}

/// A written output of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Written {
    pub(super) value: Option<Scalar>,
    pub(super) bit: bool,
    pub(super) valid: bool,
}

/// The registers of one row.
pub(super) struct Row<'a> {
    kernel: &'a Kernel,
    pool: &'a [Scalar],
    tables: &'a [Entries],
    values: Vec<Scalar>,
    masks: Vec<bool>,
    /// The row's group; accumulators are those of group 0, then those of group 1, and so on.
    pub(super) group: usize,
    pub(super) outputs: Vec<Written>,
}

/// The pool's values. Fails for a parameter that is not there or not of its type's lane.
pub(super) fn pool_values(kernel: &Kernel, parameters: &[Value]) -> Result<Vec<Scalar>> {
    kernel.pool.iter().map(|entry| pool_value(entry, parameters)).collect()
}

/// The value of one entry of the pool.
pub(crate) fn pool_value(entry: &PoolEntry, parameters: &[Value]) -> Result<Scalar> {
    let value = match entry.source {
        PoolSource::Integer(value) => Value::Wide(value),
        PoolSource::Double(value) => Value::Double(value),
        PoolSource::Parameter(number) => parameters.get(usize::from(number)).cloned().unwrap_or(Value::Null),
    };
    let scalar = match (entry.lane, &value) {
        (Lane::F64, Value::Double(value)) => Some(Scalar::F64(*value)),
        (Lane::F64, _) => value.as_i128().map(|value| Scalar::F64(value as f64)),
        (Lane::I32, _) => value.as_i128().and_then(|value| i32::try_from(value).ok()).map(Scalar::I32),
        (Lane::I64, _) => value.as_i128().and_then(|value| i64::try_from(value).ok()).map(Scalar::I64),
        (Lane::I128, _) => value.as_i128().map(Scalar::I128),
        (Lane::Mask, _) => None,
    };
    scalar.ok_or_else(|| Error::internal(format!("{value:?} in a kernel's pool, lane {}", entry.lane.name())))
}

impl<'a> Row<'a> {
    pub(super) fn new(kernel: &'a Kernel, pool: &'a [Scalar], tables: &'a [Entries]) -> Row<'a> {
        Row {
            kernel,
            pool,
            tables,
            values: vec![Scalar::I32(0); kernel.values.len()],
            masks: vec![false; kernel.masks.into()],
            group: 0,
            outputs: vec![Written { value: None, bit: false, valid: true }; kernel.outputs.len()],
        }
    }

    /// Runs the kernel for one row: whether the row passes. `accumulators` are those of all groups, one group's behind the
    /// other's; if there are none, nothing is added.
    pub(super) fn run(
        &mut self,
        inputs: &[&Vector],
        row: usize,
        accumulators: &mut [Accumulator],
    ) -> std::result::Result<bool, Trap> {
        self.run_observed(inputs, row, accumulators, |_, _| {})
    }

    /// As [`Row::run`]; `observe` sees the registers behind each instruction, by which the row is still active.
    pub(super) fn run_observed(
        &mut self,
        inputs: &[&Vector],
        row: usize,
        accumulators: &mut [Accumulator],
        mut observe: impl FnMut(usize, &Row<'_>),
    ) -> std::result::Result<bool, Trap> {
        let kernel = self.kernel;
        for (instruction, inst) in kernel.code.iter().enumerate() {
            match inst {
                Inst::Need { mask } if !self.mask(*mask) => return Ok(false),
                Inst::Load { dst, input, .. } => self.values[dst.index()] = load(inputs[input.index()], row),
                Inst::LoadValid { dst, input } => {
                    self.masks[dst.index()] = inputs[input.index()].validity.is_valid(row);
                }
                Inst::LoadBits { dst, input } => self.masks[dst.index()] = inputs[input.index()].bits().get(row),
                Inst::Count { acc, mask } | Inst::Sum { acc, mask, .. } if self.mask(*mask) => {
                    self.accumulate(inst, *acc, accumulators);
                }
                Inst::AccMin { acc, mask, .. } | Inst::AccMax { acc, mask, .. } if self.mask(*mask) => {
                    self.accumulate(inst, *acc, accumulators);
                }
                Inst::Group { a } => {
                    let group = self.operand((*a).into()).to_i128();
                    let message = "a key outside of the groups that were expected".to_owned();
                    self.group = usize::try_from(group).map_err(|_| Trap { row, instruction, message })?;
                }
                _ => self.step(inst).map_err(|message| Trap { row, instruction, message })?,
            }
            observe(instruction, self);
        }
        Ok(true)
    }

    /// The value registers.
    #[cfg(test)]
    pub(super) fn values(&self) -> &[Scalar] {
        &self.values
    }

    pub(super) fn mask(&self, register: M) -> bool {
        self.masks[register.index()]
    }

    pub(super) fn operand(&self, operand: Operand) -> Scalar {
        match operand {
            Operand::Reg(register) => self.values[register.index()],
            Operand::Const(entry) => self.pool[entry.index()],
        }
    }

    fn accumulate(&self, inst: &Inst, acc: Acc, accumulators: &mut [Accumulator]) {
        let number = self.group * self.kernel.accumulators.len() + acc.index();
        let Some(accumulator) = accumulators.get_mut(number) else { return };
        let value = match inst {
            Inst::Sum { a, .. } | Inst::AccMin { a, .. } | Inst::AccMax { a, .. } => self.operand(*a),
            _ => Scalar::I32(0),
        };
        if let Inst::AccMin { .. } | Inst::AccMax { .. } = inst {
            let key = match value {
                Scalar::F64(value) => float::order_key(value).into(),
                integer => integer.to_i128(),
            };
            return accumulator.keep(key, 1);
        }
        match (accumulator.content_mut(1), value) {
            (Content::Double(sum), Scalar::F64(value)) => sum.add(value),
            (Content::Integer(sum), value) => sum.add(value.to_i128()),
            _ => {}
        }
    }
}

impl Scalar {
    /// The integer; 0 for f64.
    pub(crate) fn to_i128(self) -> i128 {
        match self {
            Scalar::I32(value) => value.into(),
            Scalar::I64(value) => value.into(),
            Scalar::I128(value) => value,
            Scalar::F64(_) => 0,
        }
    }
}

/// Row `row` of a vector, in its form's lane.
fn load(vector: &Vector, row: usize) -> Scalar {
    match &vector.values {
        Values::I8(values) => Scalar::I32(values[row].into()),
        Values::I16(values) => Scalar::I32(values[row].into()),
        Values::I32(values) => Scalar::I32(values[row]),
        Values::I64(values) => Scalar::I64(values[row]),
        Values::I128(values) => Scalar::I128(values[row]),
        Values::F32(values) => Scalar::F64(values[row].into()),
        Values::F64(values) => Scalar::F64(values[row]),
        Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => {
            unreachable!("the verifier loads only forms with a value lane, and run() checks the vectors' forms")
        }
    }
}

/// The first trap of rows `first..`, by row and instruction.
pub(super) fn find_trap(
    kernel: &Kernel,
    (pool, tables): (&[Scalar], &[Entries]),
    inputs: &[&Vector],
    rows: std::ops::Range<usize>,
) -> Option<Trap> {
    let mut state = Row::new(kernel, pool, tables);
    for row in rows {
        if let Err(trap) = state.run(inputs, row, &mut []) {
            return Some(trap);
        }
    }
    None
}
