//! Masks: comparisons, logic, and the end of rows.

use super::{Commit, Emitter, Held, Shape};
use crate::jit::x64::assembler::{Assembler, Source, Y};
use crate::jit::x64::facts::Repr;
use crate::jit::x64::layout::Constant;
use crate::jit::x64::registers::Entity;
use crate::kernel::{Inst, M, Operand};

/// Instructions behind a `need` for which it is worth to look whether there are rows at all. Groups alone are: with one row
/// in 26 passing, a kernel of TPC-H's query 15 took 2.7 times as long as interpreted without it.
const LEFT_OUT_WEIGHT_MIN: usize = 8;

/// An instruction of three operands.
pub(super) type Three = fn(&mut Assembler, Y, Y, Source);

/// How two masks become one: with `invert`, b is inverted before.
struct Combination {
    operation: Three,
    invert: bool,
}

impl Emitter<'_> {
    /// A mask that is the same for every row is read where it is needed.
    pub(super) fn fill(&mut self, dst: M, bits: u64) {
        let number = self.constants.number(Constant::Literal([bits; 4]));
        self.loaded_at(self.mask(dst), number, Shape::Constant);
    }

    /// Whether a mask is held in lanes of 64 bits only.
    fn is_wide(&mut self, entity: Entity) -> bool {
        matches!(self.held_or_live(entity), Held { narrow: None, .. })
    }

    /// Computes a mask of two, in the lanes in which they are held.
    pub(super) fn join(&mut self, dst: Entity, a: Entity, b: Entity, operation: impl Fn(&mut Self, Y, Y, Y)) {
        if self.is_wide(a) && self.is_wide(b) {
            for half in 0..2 {
                let (x, y) = (self.half(a, half), self.half(b, half));
                let d = self.define_half(dst, half);
                operation(self, d, x, y);
                self.registers.unlock();
            }
        } else {
            let (x, y) = (self.narrow(a), self.narrow(b));
            let d = self.define_narrow(dst);
            operation(self, d, x, y);
        }
    }

    pub(super) fn combine(&mut self, inst: &Inst) {
        let and: Three = |asm, d, a, b| asm.vpand(d, a, b);
        let or: Three = |asm, d, a, b| asm.vpor(d, a, b);
        let xor: Three = |asm, d, a, b| asm.vpxor(d, a, b);
        // The first operand is the one that is inverted.
        let and_not: Three = |asm, d, a, b| {
            if let Source::Reg(b) = b {
                asm.vpandn(d, b, a);
            }
        };
        let plain = |operation| Combination { operation, invert: false };
        let (dst, a, b, combination) = match *inst {
            Inst::And { dst, a, b } => (dst, a, b, plain(and)),
            Inst::Or { dst, a, b } => (dst, a, b, plain(or)),
            Inst::AndNot { dst, a, b } => (dst, a, b, plain(and_not)),
            Inst::Xor { dst, a, b } => (dst, a, b, plain(xor)),
            Inst::OrNot { dst, a, b } => (dst, a, b, Combination { operation: or, invert: true }),
            // Not a: a or what a is not, less a.
            Inst::Not { dst, a } => (dst, a, a, Combination { operation: |asm, d, _, b| asm.load(d, b), invert: true }),
            _ => return,
        };
        let ones = self.literal(u64::MAX);
        self.join(self.mask(dst), self.mask(a), self.mask(b), |emitter, d, a, b| {
            let mut b = b;
            if combination.invert {
                let inverted = emitter.temporary();
                emitter.asm.vpxor(inverted, b, ones);
                b = inverted;
            }
            (combination.operation)(&mut emitter.asm, d, a, Source::Reg(b));
        });
    }

    pub(super) fn compare(&mut self, inst: &Inst) {
        // a < b is b > a, and a <= b is that a > b is not.
        let (dst, a, b, equal, invert) = match *inst {
            Inst::Eq { dst, a, b, .. } => (dst, a, b, true, false),
            Inst::Ne { dst, a, b, .. } => (dst, a, b, true, true),
            Inst::Gt { dst, a, b, .. } => (dst, a, b, false, false),
            Inst::Le { dst, a, b, .. } => (dst, a, b, false, true),
            Inst::Lt { dst, a, b, .. } => (dst, b, a, false, false),
            Inst::Ge { dst, a, b, .. } => (dst, b, a, false, true),
            _ => return,
        };
        match self.facts.common(a, b) {
            Some(Repr::Double) => self.compare_doubles(inst),
            Some(Repr::Wide) => {
                let operation: Three =
                    if equal { |asm, d, a, b| asm.vpcmpeqq(d, a, b) } else { |asm, d, a, b| asm.vpcmpgtq(d, a, b) };
                for half in 0..2 {
                    let (x, y) = (self.half_source(a, half), self.half_source(b, half));
                    let x = self.in_register(x);
                    let d = self.define_half(self.mask(dst), half);
                    operation(&mut self.asm, d, x, y);
                    self.invert(d, invert);
                    self.registers.unlock();
                }
            }
            Some(Repr::Narrow) | None => {
                let operation: Three =
                    if equal { |asm, d, a, b| asm.vpcmpeqd(d, a, b) } else { |asm, d, a, b| asm.vpcmpgtd(d, a, b) };
                let (x, y) = (self.narrow_source(a), self.narrow_source(b));
                let x = self.in_register(x);
                let d = self.define_narrow(self.mask(dst));
                operation(&mut self.asm, d, x, y);
                self.invert(d, invert);
            }
        }
    }

    fn invert(&mut self, d: Y, invert: bool) {
        if invert {
            let ones = self.literal(u64::MAX);
            self.asm.vpxor(d, d, ones);
        }
    }

    /// Rows stay active where the mask is true.
    pub(super) fn need(&mut self, mask: M) {
        let (before, after) = (self.active_entity(self.active), self.active_entity(self.active + 1));
        self.join(after, before, self.mask(mask), |emitter, d, a, b| emitter.asm.vpand(d, a, b));
        self.active += 1;
    }

    /// Whether so much stands behind a `need`, the last of its stretch, that turns of which no row is left are to be left
    /// out: it costs a jump that is foretold badly where few rows pass. Sums in bins add something for every row, which is
    /// taken off in the end.
    pub(super) fn is_worth_leaving_out(&self, at: usize) -> bool {
        if self.plan.updates().iter().any(|update| matches!(update.commit, Commit::Binned { .. })) {
            return false;
        }
        let behind = &self.facts.kernel().code[at + 1..self.range.end];
        !behind.iter().any(|inst| matches!(inst, Inst::Need { .. }))
            && behind.iter().map(|inst| self.weight(inst)).sum::<usize>() >= LEFT_OUT_WEIGHT_MIN
    }

    fn weight(&self, inst: &Inst) -> usize {
        match inst {
            Inst::Group { .. } => LEFT_OUT_WEIGHT_MIN,
            Inst::True { .. } | Inst::False { .. } | Inst::Constant { .. } => 0,
            _ => 1,
        }
    }

    /// Goes to the next turn if no row of this one is active.
    pub(super) fn leave_out_idle_turns(&mut self) {
        let active = self.narrow(self.active_entity(self.active));
        self.asm.vptest(active, active);
        let idle = self.asm.label();
        self.asm.jump_if_zero(idle);
        self.idle = Some(idle);
    }

    /// What is left to do of a turn without active rows: to say that they are not.
    pub(super) fn idle_turn(&mut self) {
        let none = self.temporary();
        self.asm.vpxor(none, none, none);
        self.store_passed(none);
        self.registers.unlock();
        if self.plan.groups().is_some() {
            self.store_no_groups();
        }
    }

    /// Writes which rows are still active, and counts them.
    pub(super) fn store_active(&mut self) {
        let active = self.narrow(self.active_entity(self.active));
        if let Some(partial) = self.plan.active_count()
            && !self.plan.counts(partial)
        {
            self.accumulate_into(partial, |asm, sum| asm.vpsubd(sum, sum, active));
        }
        self.store_passed(active);
        self.registers.unlock();
    }

    /// A value where the mask is true, another one where it is not.
    pub(super) fn select(&mut self, dst: crate::kernel::V, mask: M, a: Operand, b: Operand) {
        let (dst_entity, mask) = (self.value(dst), self.mask(mask));
        if self.facts.repr(dst.into()) == Some(Repr::Narrow) {
            let (x, y) = (self.narrow_source(a), self.narrow_source(b));
            let (x, y, mask) = (self.in_register(x), self.in_register(y), self.narrow(mask));
            let d = self.define_narrow(dst_entity);
            return self.asm.vpblendvb(d, y, x, mask);
        }
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y, mask) = (self.in_register(x), self.in_register(y), self.half(mask, half));
            let d = self.define_half(dst_entity, half);
            self.asm.vpblendvb(d, y, x, mask);
            self.registers.unlock();
        }
    }
}
