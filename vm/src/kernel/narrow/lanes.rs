//! Which lane an instruction is computed in.

use crate::kernel::abstract_state::{Check, Interval, Range, State};
use crate::kernel::{Inst, Kernel, Operand, PoolSource, V};
use crate::types::Lane;

/// Lanes of integers, narrow ones first.
const INTEGERS: [Lane; 3] = [Lane::I32, Lane::I64, Lane::I128];

/// The narrowest lane in which each register's value is there without a conversion that drops bits.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    kernel: &'a Kernel,
    narrowest: Vec<Lane>,
}

/// Whether operands may be narrowed for the sake of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    /// They must be there.
    There,
    /// One of them must be; the others are worth a conversion, since the operation is slow in 128 bits.
    OneThere,
    /// They are worth a conversion from 128 bits.
    Narrowed,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(kernel: &'a Kernel) -> Lanes<'a> {
        Lanes { kernel, narrowest: kernel.values.clone() }
    }

    /// Takes note of an instruction that `state` has been stepped over, with what is known of its check. Whether it is
    /// computed in a narrower lane than it says, or not at all.
    pub(super) fn step(&mut self, state: &State<'_>, inst: &Inst, check: Option<Check>) -> bool {
        let lane = self.lane(state, inst, check);
        match *inst {
            Inst::Constant { dst, value, .. } => {
                self.narrowest[dst.index()] = self.narrowest_of(Operand::Const(value));
                false
            }
            Inst::Widen { to, dst, a, .. } if to != Lane::F64 => {
                self.narrowest[dst.index()] = self.narrowest_of(a);
                false
            }
            Inst::Narrow { to, dst, a, .. } if fits(state, a, to) => {
                let narrowest = self.narrowest_of(a);
                self.narrowest[dst.index()] = narrowest.min(to);
                narrowest <= to
            }
            Inst::Add { dst, .. }
            | Inst::Sub { dst, .. }
            | Inst::Mul { dst, .. }
            | Inst::Min { dst, .. }
            | Inst::Max { dst, .. }
            | Inst::Select { dst, .. }
            | Inst::AddChecked { dst, .. }
            | Inst::SubChecked { dst, .. }
            | Inst::MulChecked { dst, .. }
            | Inst::DivChecked { dst, .. }
            | Inst::RemChecked { dst, .. }
            | Inst::DivRound { dst, .. } => {
                self.narrowest[dst.index()] = lane.unwrap_or(self.narrowest[dst.index()]);
                lane.is_some()
            }
            _ => lane.is_some(),
        }
    }

    /// The narrower lane that an instruction is computed in, if there is one. `state` has been stepped over it.
    pub(super) fn lane(&self, state: &State<'_>, inst: &Inst, check: Option<Check>) -> Option<Lane> {
        if check == Some(Check::MayFail) {
            // Messages speak of the lane.
            return None;
        }
        match *inst {
            Inst::Add { lane, dst, a, b }
            | Inst::Sub { lane, dst, a, b }
            | Inst::Min { lane, dst, a, b }
            | Inst::Max { lane, dst, a, b }
            | Inst::Select { lane, dst, a, b, .. }
            | Inst::AddChecked { lane, dst, a, b, .. }
            | Inst::SubChecked { lane, dst, a, b, .. } => {
                self.narrower(state, lane, &[a, b], Some(dst), Operands::There)
            }
            Inst::Mul { lane, dst, a, b } | Inst::MulChecked { lane, dst, a, b, .. } => {
                self.narrower(state, lane, &[a, b], Some(dst), Operands::OneThere)
            }
            Inst::DivChecked { lane, dst, a, b, .. } | Inst::RemChecked { lane, dst, a, b, .. } => {
                self.narrower(state, lane, &[a, b], Some(dst), Operands::Narrowed)
            }
            Inst::DivRound { lane, dst, a, b } => {
                self.narrower(state, lane, &[a, Operand::Const(b)], Some(dst), Operands::Narrowed)
            }
            Inst::Eq { lane, a, b, .. }
            | Inst::Ne { lane, a, b, .. }
            | Inst::Lt { lane, a, b, .. }
            | Inst::Le { lane, a, b, .. }
            | Inst::Gt { lane, a, b, .. }
            | Inst::Ge { lane, a, b, .. } => self.narrower(state, lane, &[a, b], None, Operands::There),
            Inst::Widen { from, to: Lane::F64, a, .. } => self.narrower(state, from, &[a], None, Operands::Narrowed),
            Inst::Sum { lane, a, .. } => self.narrower(state, lane, &[a], None, Operands::There),
            _ => None,
        }
    }

    /// The narrowest lane below `lane` that holds all operands and the result.
    fn narrower(
        &self,
        state: &State<'_>,
        lane: Lane,
        operands: &[Operand],
        result: Option<V>,
        wanted: Operands,
    ) -> Option<Lane> {
        INTEGERS.into_iter().take_while(|narrow| *narrow < lane).find(|narrow| {
            let there = |operand: &Operand| self.narrowest_of(*operand) <= *narrow;
            let enough = match wanted {
                _ if operands.iter().all(there) => true,
                // Conversions stop at 64 bits: there operations are as fast as in 32.
                Operands::OneThere if lane == Lane::I128 => *narrow == Lane::I64 && operands.iter().any(there),
                Operands::Narrowed if lane == Lane::I128 => *narrow == Lane::I64,
                Operands::There | Operands::OneThere | Operands::Narrowed => false,
            };
            enough
                && operands.iter().all(|operand| fits(state, *operand, *narrow))
                && result.is_none_or(|result| fits(state, result.into(), *narrow))
        })
    }

    /// The narrowest lane in which an operand is there; a constant is in every lane that it fits.
    pub(super) fn narrowest_of(&self, operand: Operand) -> Lane {
        match operand {
            Operand::Reg(register) => self.narrowest[register.index()],
            Operand::Const(entry) => {
                let entry = self.kernel.pool[entry.index()];
                match entry.source {
                    PoolSource::Integer(value) => {
                        let holds = |lane: &Lane| Interval::of_lane(*lane).is_some_and(|lane| lane.contains(value));
                        INTEGERS.into_iter().find(holds).unwrap_or(entry.lane)
                    }
                    PoolSource::Double(_) | PoolSource::Parameter(_) => entry.lane,
                }
            }
        }
    }
}

/// Whether everything that an operand may be is an integer of a lane.
pub(super) fn fits(state: &State<'_>, operand: Operand, lane: Lane) -> bool {
    match (state.range(operand), Interval::of_lane(lane)) {
        (Range::Integer(interval), Some(lane)) => interval.within(lane),
        _ => false,
    }
}
