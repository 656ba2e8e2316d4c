//! Arithmetic and comparison of doubles. NaN equals itself and is greater than every number.

use super::Emitter;
use super::logic::Three;
use crate::jit::x64::assembler::{Assembler, Y};
use crate::jit::x64::facts::Repr;
use crate::kernel::{Inst, M, Operand, PoolSource, V};

/// Predicates of comparisons, as the machine numbers them. An unordered pair has a NaN.
const EQUAL: u8 = 0x00;
const LESS: u8 = 0x11;
const LESS_OR_EQUAL: u8 = 0x12;
const UNORDERED: u8 = 0x03;
const ORDERED: u8 = 0x07;
const NOT_GREATER_OR_EQUAL: u8 = 0x19;
pub(super) const NOT_LESS: u8 = 0x15;

impl Emitter<'_> {
    /// An operation of two operands.
    pub(super) fn double(&mut self, dst: V, a: Operand, b: Operand, operation: Three) {
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let x = self.in_register(x);
            let d = self.define_half(self.value(dst), half);
            operation(&mut self.asm, d, x, y);
            self.registers.unlock();
        }
    }

    /// An operation of one operand.
    pub(super) fn double_with(&mut self, dst: V, a: Operand, operation: impl Fn(&mut Assembler, Y, Y)) {
        for half in 0..2 {
            let source = self.half_source(a, half);
            let x = self.in_register(source);
            let d = self.define_half(self.value(dst), half);
            operation(&mut self.asm, d, x);
            self.registers.unlock();
        }
    }

    pub(super) fn compare_doubles(&mut self, inst: &Inst) {
        match *inst {
            Inst::Eq { dst, a, b, .. } => self.equal(dst, a, b, false),
            Inst::Ne { dst, a, b, .. } => self.equal(dst, a, b, true),
            Inst::Lt { dst, a, b, .. } => self.less(dst, a, b),
            Inst::Gt { dst, a, b, .. } => self.less(dst, b, a),
            Inst::Le { dst, a, b, .. } => self.less_or_equal(dst, a, b),
            Inst::Ge { dst, a, b, .. } => self.less_or_equal(dst, b, a),
            _ => {}
        }
    }

    /// Whether an operand is a constant that is a number.
    fn is_number(&self, operand: Operand) -> bool {
        let Operand::Const(entry) = self.resolve(operand) else { return false };
        let entry = self.facts.kernel().pool[entry.index()];
        debug_assert_eq!(self.facts.repr(operand), Some(Repr::Double));
        matches!(entry.source, PoolSource::Double(value) if !value.is_nan())
    }

    /// Both halves of a mask of two operands in registers.
    fn test(&mut self, dst: M, a: Operand, b: Operand, test: impl Fn(&mut Self, Y, Y, Y)) {
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y) = (self.in_register(x), self.in_register(y));
            let d = self.define_half(self.mask(dst), half);
            test(self, d, x, y);
            self.registers.unlock();
        }
    }

    fn equal(&mut self, dst: M, a: Operand, b: Operand, invert: bool) {
        let number = self.is_number(a) || self.is_number(b);
        let ones = self.literal(u64::MAX);
        self.test(dst, a, b, |emitter, d, x, y| {
            emitter.asm.vcmppd(d, x, y, EQUAL);
            if !number {
                let (nan, other) = (emitter.temporary(), emitter.temporary());
                emitter.asm.vcmppd(nan, x, x, UNORDERED);
                emitter.asm.vcmppd(other, y, y, UNORDERED);
                emitter.asm.vpand(nan, nan, other);
                emitter.asm.vpor(d, d, nan);
            }
            if invert {
                emitter.asm.vpxor(d, d, ones);
            }
        });
    }

    /// a < b, or b is NaN and a is not.
    fn less(&mut self, dst: M, a: Operand, b: Operand) {
        let (a_number, b_number) = (self.is_number(a), self.is_number(b));
        self.test(dst, a, b, |emitter, d, x, y| {
            if b_number {
                return emitter.asm.vcmppd(d, x, y, LESS);
            }
            emitter.asm.vcmppd(d, x, y, NOT_GREATER_OR_EQUAL);
            if !a_number {
                let ordered = emitter.temporary();
                emitter.asm.vcmppd(ordered, x, x, ORDERED);
                emitter.asm.vpand(d, d, ordered);
            }
        });
    }

    /// a <= b, or b is NaN.
    fn less_or_equal(&mut self, dst: M, a: Operand, b: Operand) {
        let (a_number, b_number) = (self.is_number(a), self.is_number(b));
        self.test(dst, a, b, |emitter, d, x, y| {
            if a_number {
                // Not a > b, which is not b < a: unordered pairs have b for a NaN.
                return emitter.asm.vcmppd(d, y, x, NOT_LESS);
            }
            emitter.asm.vcmppd(d, x, y, LESS_OR_EQUAL);
            if !b_number {
                let nan = emitter.temporary();
                emitter.asm.vcmppd(nan, y, y, UNORDERED);
                emitter.asm.vpor(d, d, nan);
            }
        });
    }

    /// The smaller or the larger of two: [`crate::semantics::float::minimum`].
    pub(super) fn extreme_of_doubles(&mut self, (dst, a, b): (V, Operand, Operand), largest: bool) {
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y) = (self.in_register(x), self.in_register(y));
            let (x, y) = (self.order_key(x), self.order_key(y));
            let d = self.define_half(self.value(dst), half);
            self.extreme_of(d, (x, y), largest);
            // Back from the key, by what made it.
            let negative = self.temporary();
            self.asm.vpxor(negative, negative, negative);
            self.asm.vpcmpgtq(negative, negative, d);
            self.asm.vpsrlq_by(negative, negative, 1);
            self.asm.vpxor(d, d, negative);
            self.registers.unlock();
        }
    }

    /// An integer that is in order as the double is: [`crate::semantics::float::order_key`].
    pub(super) fn order_key(&mut self, value: Y) -> Y {
        let (key, other) = (self.temporary(), self.temporary());
        self.asm.vpxor(other, other, other);
        self.asm.vpcmpgtq(other, other, value);
        self.asm.vpsrlq_by(other, other, 1);
        self.asm.vpxor(key, value, other);
        self.asm.vcmppd(other, value, value, UNORDERED);
        let nan = self.literal(f64::NAN.to_bits());
        let largest = self.in_register(nan);
        self.asm.vpblendvb(key, key, largest, other);
        self.registers.unlock_one(largest);
        self.registers.unlock_one(other);
        key
    }
}
