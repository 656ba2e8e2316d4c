//! Builds the simpler kernel, instruction by instruction.

use super::Decision;
use crate::kernel::abstract_state::Truth;
use crate::kernel::instruction::Renaming;
use crate::kernel::verified::lane_index;
use crate::kernel::{Inst, Kernel, KernelBuilder, Logic, M, Operand, OperandRef, Pool, PoolSource, Role, V};
use crate::types::Lane;

/// Makes the kernel that does the same for all inputs of which `decisions` holds, one for each instruction. The kernel has
/// been verified.
pub(crate) fn rebuild(kernel: &Kernel, decisions: &[Decision]) -> Kernel {
    let mut rebuild = Rebuild {
        kernel,
        truths: vec![Truth::Unknown; kernel.masks.into()],
        builder: KernelBuilder::with_slots_of(kernel),
        values: vec![[None; 4]; kernel.values.len()],
        masks: vec![Logic::False; kernel.masks.into()],
    };
    for ((inst, span), decision) in kernel.code.iter().zip(&kernel.spans).zip(decisions) {
        rebuild.builder.at(*span);
        rebuild.step(inst, decision);
    }
    rebuild.builder.finish()
}

struct Rebuild<'a> {
    kernel: &'a Kernel,
    /// What is known of each mask.
    truths: Vec<Truth>,
    builder: KernelBuilder,
    /// What each register has become, in each lane in which it is there.
    values: Vec<[Option<Operand>; 4]>,
    masks: Vec<Logic>,
}

/// The instruction `$name` in a lane, with its result register 0.
macro_rules! in_lane {
    ($self:ident, $name:ident, $lane:ident, $a:ident, $b:ident, $dst:expr $(, $guard:ident)?) => {{
        let (a, b) = ($self.operand($a, $lane), $self.operand($b, $lane));
        Inst::$name { lane: $lane, dst: $dst, a, b $(, $guard)? }
    }};
}

impl Rebuild<'_> {
    fn step(&mut self, inst: &Inst, decision: &Decision) {
        decision.note_masks(inst, &mut self.truths);
        if let Inst::Need { mask } = *inst {
            let logic = self.logic(mask);
            self.builder.need(logic);
            // Behind it the mask is true.
            self.truths[mask.index()] = Truth::Always;
            return;
        }
        if matches!(inst, Inst::Range { .. }) && decision.removes(inst) {
            return;
        }
        let done = self.alias(inst, decision)
            || self.logical(inst)
            || self.comparison(inst, decision.lane)
            || self.arithmetic(inst, decision)
            || self.in_narrower_lane(inst, decision.lane);
        if !done {
            self.keep(inst);
        }
    }

    /// What is in another register or a constant already.
    fn alias(&mut self, inst: &Inst, decision: &Decision) -> bool {
        let (dst, same) = match *inst {
            Inst::Constant { dst, value, .. } => (dst, Operand::Const(value)),
            Inst::Widen { to, dst, a, .. } if to != Lane::F64 => (dst, a),
            Inst::Narrow { dst, a, .. } if decision.fits => (dst, a),
            Inst::Select { dst, mask, a, b, .. } => match self.truths[mask.index()] {
                Truth::Unknown => return false,
                Truth::Always => (dst, a),
                Truth::Never => (dst, b),
            },
            _ => return false,
        };
        match same {
            Operand::Reg(register) => self.values[dst.index()] = self.values[register.index()],
            Operand::Const(entry) => {
                let entry = self.kernel.pool[entry.index()];
                let lane = self.kernel.values[dst.index()];
                if entry.lane != lane && matches!(entry.source, PoolSource::Parameter(_)) {
                    return false;
                }
                self.values[dst.index()][lane_index(entry.lane)] = Some(self.builder.pooled(entry));
            }
        }
        true
    }

    /// Masks, folded.
    fn logical(&mut self, inst: &Inst) -> bool {
        let mut known = None;
        inst.operands(|role, operand| {
            if let (Role::Def, OperandRef::M(dst)) = (role, operand) {
                known = Some(dst).filter(|dst| self.truths[dst.index()] != Truth::Unknown);
            }
        });
        if let Some(dst) = known {
            self.masks[dst.index()] = self.logic(dst);
            return true;
        }
        let (dst, logic) = match *inst {
            Inst::And { dst, a, b } => (dst, self.builder.and(self.logic(a), self.logic(b))),
            Inst::Or { dst, a, b } => (dst, self.builder.or(self.logic(a), self.logic(b))),
            Inst::AndNot { dst, a, b } => (dst, self.builder.and_not(self.logic(a), self.logic(b))),
            Inst::OrNot { dst, a, b } => (dst, self.builder.or_not(self.logic(a), self.logic(b))),
            Inst::Xor { dst, a, b } => (dst, self.builder.xor(self.logic(a), self.logic(b))),
            Inst::Not { dst, a } => (dst, self.builder.not(self.logic(a))),
            _ => return false,
        };
        self.masks[dst.index()] = logic;
        true
    }

    fn comparison(&mut self, inst: &Inst, narrower: Option<Lane>) -> bool {
        let Some(lane) = narrower else { return false };
        let (dst, inst) = match *inst {
            Inst::Eq { dst, a, b, .. } => (dst, in_lane!(self, Eq, lane, a, b, M(0))),
            Inst::Ne { dst, a, b, .. } => (dst, in_lane!(self, Ne, lane, a, b, M(0))),
            Inst::Lt { dst, a, b, .. } => (dst, in_lane!(self, Lt, lane, a, b, M(0))),
            Inst::Le { dst, a, b, .. } => (dst, in_lane!(self, Le, lane, a, b, M(0))),
            Inst::Gt { dst, a, b, .. } => (dst, in_lane!(self, Gt, lane, a, b, M(0))),
            Inst::Ge { dst, a, b, .. } => (dst, in_lane!(self, Ge, lane, a, b, M(0))),
            _ => return false,
        };
        self.masks[dst.index()] = self.builder.mask(inst);
        true
    }

    /// Arithmetic whose check is not needed, or whose lane is narrower.
    fn arithmetic(&mut self, inst: &Inst, decision: &Decision) -> bool {
        let narrower = decision.lane;
        if !decision.unchecked && narrower.is_none() {
            return false;
        }
        let (lane, dst, inst) = match *inst {
            Inst::Add { lane, dst, a, b } | Inst::AddChecked { lane, dst, a, b, .. } => {
                let lane = narrower.unwrap_or(lane);
                (lane, dst, in_lane!(self, Add, lane, a, b, V(0)))
            }
            Inst::Sub { lane, dst, a, b } | Inst::SubChecked { lane, dst, a, b, .. } => {
                let lane = narrower.unwrap_or(lane);
                (lane, dst, in_lane!(self, Sub, lane, a, b, V(0)))
            }
            Inst::Mul { lane, dst, a, b } | Inst::MulChecked { lane, dst, a, b, .. } => {
                let lane = narrower.unwrap_or(lane);
                (lane, dst, in_lane!(self, Mul, lane, a, b, V(0)))
            }
            _ => return false,
        };
        self.write(dst, lane, inst);
        true
    }

    /// What else may have a narrower lane.
    fn in_narrower_lane(&mut self, inst: &Inst, narrower: Option<Lane>) -> bool {
        let Some(lane) = narrower else { return false };
        let (dst, inst) = match *inst {
            Inst::Min { dst, a, b, .. } => (dst, in_lane!(self, Min, lane, a, b, V(0))),
            Inst::Max { dst, a, b, .. } => (dst, in_lane!(self, Max, lane, a, b, V(0))),
            Inst::DivChecked { dst, a, b, guard, .. } => {
                let guard = self.mask_register(guard);
                (dst, in_lane!(self, DivChecked, lane, a, b, V(0), guard))
            }
            Inst::RemChecked { dst, a, b, guard, .. } => {
                let guard = self.mask_register(guard);
                (dst, in_lane!(self, RemChecked, lane, a, b, V(0), guard))
            }
            Inst::DivRound { dst, a, b, .. } => {
                let (a, divisor) = (self.operand(a, lane), self.operand(Operand::Const(b), lane));
                let Operand::Const(b) = divisor else { return false };
                (dst, Inst::DivRound { lane, dst: V(0), a, b })
            }
            Inst::Select { dst, mask, a, b, .. } => {
                let mask = self.mask_register(mask);
                (dst, in_lane!(self, Select, lane, a, b, V(0), mask))
            }
            Inst::Widen { to, dst, a, .. } => {
                let a = self.operand(a, lane);
                let value = self.builder.widen(lane, to, a);
                self.values[dst.index()][lane_index(to)] = Some(value);
                return true;
            }
            Inst::Sum { acc, a, mask, .. } => {
                let (a, mask) = (self.operand(a, lane), self.mask_register(mask));
                self.builder.sum_into(lane, acc, a, mask);
                return true;
            }
            _ => return false,
        };
        self.write(dst, lane, inst);
        true
    }

    fn write(&mut self, dst: V, lane: Lane, inst: Inst) {
        self.values[dst.index()][lane_index(lane)] = Some(self.builder.value(lane, inst));
    }

    /// The instruction as it is, but for the numbers of its registers.
    fn keep(&mut self, inst: &Inst) {
        let mut written = None;
        inst.operands(|role, operand| {
            if role == Role::Def {
                written = Some(operand);
            }
        });
        let renamed = inst.renamed(&mut Kept { rebuild: self, written });
        match written {
            Some(OperandRef::V(dst)) => self.write(dst, self.kernel.values[dst.index()], renamed),
            Some(OperandRef::M(dst)) => self.masks[dst.index()] = self.builder.mask(renamed),
            _ => self.builder.emit(renamed),
        }
    }

    fn logic(&self, mask: M) -> Logic {
        match self.truths[mask.index()] {
            Truth::Unknown => self.masks[mask.index()],
            Truth::Always => Logic::True,
            Truth::Never => Logic::False,
        }
    }

    fn mask_register(&mut self, mask: M) -> M {
        self.builder.register(self.logic(mask))
    }

    /// An operand in a lane that holds whatever it may be.
    fn operand(&mut self, operand: Operand, lane: Lane) -> Operand {
        let register = match operand {
            Operand::Const(entry) => {
                let constant = self.builder.pooled(self.kernel.pool[entry.index()]);
                return self.converted(constant, self.kernel.pool[entry.index()].lane, lane);
            }
            Operand::Reg(register) => register,
        };
        let there = |lane: Lane| self.values[register.index()][lane_index(lane)].map(|operand| (lane, operand));
        // The nearest lane: of narrower ones the widest, of wider ones the narrowest.
        let found = there(lane).or_else(|| match lane {
            Lane::I32 => there(Lane::I64).or_else(|| there(Lane::I128)),
            Lane::I64 => there(Lane::I32).or_else(|| there(Lane::I128)),
            Lane::I128 => there(Lane::I64).or_else(|| there(Lane::I32)),
            Lane::F64 | Lane::Mask => None,
        });
        let (from, source) = found.expect("registers are written before they are read: verified");
        let converted = self.converted(source, from, lane);
        self.values[register.index()][lane_index(lane)] = Some(converted);
        converted
    }

    fn converted(&mut self, operand: Operand, from: Lane, to: Lane) -> Operand {
        if from <= to {
            return self.builder.widen(from, to, operand);
        }
        self.builder.narrowed(operand, to).unwrap_or_else(|| self.builder.narrow(from, to, operand))
    }
}

/// Gives operands of a kept instruction their new numbers, and its result the number 0.
struct Kept<'a, 'b> {
    rebuild: &'a mut Rebuild<'b>,
    written: Option<OperandRef>,
}

impl Renaming for Kept<'_, '_> {
    fn value(&mut self, register: V) -> V {
        if self.written == Some(OperandRef::V(register)) {
            return V(0);
        }
        let lane = self.rebuild.kernel.values[register.index()];
        match self.rebuild.operand(register.into(), lane) {
            Operand::Reg(register) => register,
            Operand::Const(entry) => self.rebuild.builder.constant_register(lane, entry),
        }
    }

    fn mask(&mut self, register: M) -> M {
        if self.written == Some(OperandRef::M(register)) { M(0) } else { self.rebuild.mask_register(register) }
    }

    fn pool(&mut self, entry: Pool) -> Pool {
        self.rebuild.builder.pooled_entry(self.rebuild.kernel.pool[entry.index()])
    }
}
