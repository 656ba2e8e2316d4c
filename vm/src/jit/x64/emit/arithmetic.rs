//! Integers, and the conversions between the ways in which values are held.
//!
//! A test adds to a flag whatever is not 0 where an instruction may have trapped: in any row, guarded or not, since a
//! flag costs no more than a second look.

use super::Emitter;
use super::double::NOT_LESS;
use super::logic::Three;
use super::memory::ORDER;
use crate::jit::x64::assembler::{Source, Y};
use crate::jit::x64::facts::Repr;
use crate::kernel::{Inst, M, Operand, V};
use crate::types::Lane;

const SIGN_32: u64 = 0x8000_0000_8000_0000;
const SIGN_64: u64 = 1 << 63;

/// Addition and subtraction differ in little.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sum {
    Add,
    Sub,
}

impl Emitter<'_> {
    pub(super) fn arithmetic(&mut self, inst: &Inst) {
        match *inst {
            Inst::Add { lane: Lane::F64, dst, a, b } => self.double(dst, a, b, |asm, d, a, b| asm.vaddpd(d, a, b)),
            Inst::Sub { lane: Lane::F64, dst, a, b } => self.double(dst, a, b, |asm, d, a, b| asm.vsubpd(d, a, b)),
            Inst::Mul { lane: Lane::F64, dst, a, b } => self.double(dst, a, b, |asm, d, a, b| asm.vmulpd(d, a, b)),
            Inst::Div { dst, a, b } => self.double(dst, a, b, |asm, d, a, b| asm.vdivpd(d, a, b)),
            Inst::Neg { dst, a } => {
                let sign = self.literal(SIGN_64);
                self.double_with(dst, a, |asm, d, a| asm.vpxor(d, a, sign));
            }
            Inst::Abs { dst, a } => {
                let magnitude = self.literal(!SIGN_64);
                self.double_with(dst, a, |asm, d, a| asm.vpand(d, a, magnitude));
            }
            Inst::RoundF32 { dst, a } => self.double_with(dst, a, |asm, d, a| {
                asm.vcvtpd2ps(d, a);
                asm.vcvtps2pd(d, d);
            }),
            Inst::Add { dst, a, b, .. } | Inst::AddChecked { dst, a, b, .. } => self.sum(inst, Sum::Add, (dst, a, b)),
            Inst::Sub { dst, a, b, .. } | Inst::SubChecked { dst, a, b, .. } => self.sum(inst, Sum::Sub, (dst, a, b)),
            Inst::Mul { dst, a, b, .. } | Inst::MulChecked { dst, a, b, .. } => self.product(inst, (dst, a, b)),
            Inst::DivChecked { dst, a, b, guard, .. } => self.quotient(inst, (dst, a, b), guard, false),
            Inst::RemChecked { dst, a, b, guard, .. } => self.quotient(inst, (dst, a, b), guard, true),
            Inst::ToInteger { dst, a, .. } => self.round_to_integer(dst, a),
            Inst::Min { lane: Lane::F64, dst, a, b } => self.extreme_of_doubles((dst, a, b), false),
            Inst::Max { lane: Lane::F64, dst, a, b } => self.extreme_of_doubles((dst, a, b), true),
            Inst::Min { dst, a, b, .. } => self.extreme((dst, a, b), false),
            Inst::Max { dst, a, b, .. } => self.extreme((dst, a, b), true),
            Inst::Range { a, low, high, .. } if !self.facts.in_range(inst) => {
                self.range(a.into(), Operand::Const(low), Operand::Const(high));
            }
            Inst::Widen { to: Lane::F64, dst, a, .. } => self.widen_to_double(dst, a),
            Inst::Narrow { dst, a, .. } if self.facts.alias(dst).is_none() => self.truncate(dst, a),
            Inst::Select { dst, mask, a, b, .. } => self.select(dst, mask, a, b),
            // Another name for a value.
            _ => {}
        }
    }

    /// Adds to the flag.
    pub(super) fn flag(&mut self, bits: Y) {
        let flag = self.plan.flag().expect("a stretch with a test has a flag");
        self.accumulate_into(flag, |asm, sum| asm.vpor(sum, sum, bits));
    }

    fn sum(&mut self, inst: &Inst, sum: Sum, (dst, a, b): (V, Operand, Operand)) {
        let checked = self.facts.is_checked(inst);
        if self.facts.repr(dst.into()) == Some(Repr::Narrow) {
            let operation: Three =
                if sum == Sum::Add { |asm, d, a, b| asm.vpaddd(d, a, b) } else { |asm, d, a, b| asm.vpsubd(d, a, b) };
            let (x, y) = (self.narrow_source(a), self.narrow_source(b));
            let x = self.in_register(x);
            let d = self.define_narrow(self.value(dst));
            operation(&mut self.asm, d, x, y);
            if checked {
                self.flag_overflow(sum, (d, x, y), SIGN_32);
            }
            return;
        }
        let operation: Three =
            if sum == Sum::Add { |asm, d, a, b| asm.vpaddq(d, a, b) } else { |asm, d, a, b| asm.vpsubq(d, a, b) };
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let x = self.in_register(x);
            let d = self.define_half(self.value(dst), half);
            operation(&mut self.asm, d, x, y);
            if checked {
                self.flag_overflow(sum, (d, x, y), SIGN_64);
            }
            self.registers.unlock();
        }
    }

    /// The sum's sign differs from those of both summands; of a difference, b's sign is turned.
    fn flag_overflow(&mut self, sum: Sum, (d, a, b): (Y, Y, Source), sign: u64) {
        let (first, second) = (self.temporary(), self.temporary());
        self.asm.vpxor(first, a, d);
        match sum {
            Sum::Add => self.asm.vpxor(second, d, b),
            Sum::Sub => self.asm.vpxor(second, a, b),
        }
        self.asm.vpand(first, first, second);
        let sign = self.literal(sign);
        self.asm.vpand(first, first, sign);
        self.flag(first);
    }

    fn product(&mut self, inst: &Inst, (dst, a, b): (V, Operand, Operand)) {
        let checked = self.facts.is_checked(inst);
        let narrow = self.facts.repr(dst.into()) == Some(Repr::Narrow);
        if narrow && !checked {
            let (x, y) = (self.narrow_source(a), self.narrow_source(b));
            let x = self.in_register(x);
            let d = self.define_narrow(self.value(dst));
            return self.asm.vpmulld(d, x, y);
        }
        if narrow {
            return self.checked_narrow_product(dst, a, b);
        }
        if self.facts.common(a, b) == Some(Repr::Narrow) {
            for half in 0..2 {
                let (x, y) = (self.spread(a, half), self.spread(b, half));
                let x = self.in_register(x);
                let d = self.define_half(self.value(dst), half);
                self.asm.vpmuldq(d, x, y);
                self.registers.unlock();
            }
            return;
        }
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y) = (self.in_register(x), self.in_register(y));
            if checked && !self.flag_large_factors((a, x), (b, y)) {
                let d = self.define_half(self.value(dst), half);
                self.asm.vpmuldq(d, x, y);
            } else {
                self.wrapping_product(dst, half, x, y);
            }
            self.registers.unlock();
        }
    }

    /// 32 bits of each factor, and a flag where the product has more.
    fn checked_narrow_product(&mut self, dst: V, a: Operand, b: Operand) {
        let halves = [0, 1].map(|half| {
            let (x, y) = (self.spread(a, half), self.spread(b, half));
            let x = self.in_register(x);
            let product = self.temporary();
            self.asm.vpmuldq(product, x, y);
            self.flag_beyond(product, 32);
            product
        });
        let d = self.define_narrow(self.value(dst));
        self.asm.vshufps(d, halves[0], halves[1], 0x88);
    }

    /// The low dword of each qword is a row's; the upper ones are anything, as `vpmuldq` reads them not.
    fn spread(&mut self, operand: Operand, half: usize) -> Source {
        let Operand::Reg(register) = self.resolve(operand) else { return self.half_source(operand, half) };
        let entity = self.value(register);
        if self.held_or_live(entity).wide.is_some() {
            return self.half_source(operand, half);
        }
        let (narrow, d) = (self.narrow(entity), self.temporary());
        match half {
            0 => self.asm.vpunpckldq(d, narrow, narrow),
            _ => self.asm.vpunpckhdq(d, narrow, narrow),
        }
        self.registers.unlock_one(narrow);
        Source::Reg(d)
    }

    /// A flag where qwords do not fit so many bits.
    fn flag_beyond(&mut self, value: Y, bits: u32) {
        let middle = self.literal(1 << (bits - 1));
        let beyond = self.temporary();
        self.asm.vpaddq(beyond, value, middle);
        self.asm.vpsrlq_by(beyond, beyond, bits as u8);
        self.flag(beyond);
        self.registers.unlock_one(beyond);
    }

    /// Flags where factors have more bits together than a product of 64 bits; each gets what the other is known to
    /// leave. Whether they may have more than 32 bits.
    fn flag_large_factors(&mut self, (a, x): (Operand, Y), (b, y): (Operand, Y)) -> bool {
        let bits = |operand| self.facts.interval(operand).map_or(64, |interval| interval.bits());
        let (a_bits, b_bits) = (bits(a), bits(b));
        let (a_most, b_most) = match (a_bits, b_bits) {
            (33.., 33..) => (32, 32),
            (a_bits, 33..) => (a_bits, 64 - a_bits),
            (_, b_bits) => (64 - b_bits, b_bits),
        };
        if a_bits > a_most {
            self.flag_beyond(x, a_most);
        }
        if b_bits > b_most {
            self.flag_beyond(y, b_most);
        }
        a_most > 32 || b_most > 32
    }

    /// The low 64 bits of products: three products of dwords.
    fn wrapping_product(&mut self, dst: V, half: usize, x: Y, y: Y) {
        let (cross, upper) = (self.temporary(), self.temporary());
        self.asm.vpsrlq_by(cross, x, 32);
        self.asm.vpmuludq(cross, cross, y);
        self.asm.vpsrlq_by(upper, y, 32);
        self.asm.vpmuludq(upper, upper, x);
        self.asm.vpaddq(cross, cross, upper);
        self.asm.vpsllq(cross, cross, 32);
        self.asm.vpmuludq(upper, x, y);
        let d = self.define_half(self.value(dst), half);
        self.asm.vpaddq(d, upper, cross);
    }

    /// Division of 32 bits, in doubles: a quotient that is no integer is farther from one than a double can be off.
    fn quotient(&mut self, inst: &Inst, (dst, a, b): (V, Operand, Operand), guard: M, remainder: bool) {
        let constant = self.facts.exact(b).and_then(|divisor| i32::try_from(divisor).ok());
        let (a, b) = (self.narrow_source(a), self.narrow_source(b));
        let a = self.in_register(a);
        let halves = self.doubles_of(a);
        if let Some(divisor) = constant {
            let divisor = self.literal(f64::from(divisor).to_bits());
            halves.into_iter().for_each(|half| self.asm.vdivpd(half, half, divisor));
        } else {
            let b = self.in_register(b);
            for (half, divisor) in halves.into_iter().zip(self.doubles_of(b)) {
                self.asm.vdivpd(half, half, divisor);
                self.registers.unlock_one(divisor);
            }
        }
        halves.into_iter().for_each(|half| self.asm.vcvttpd2dq(half, half));
        self.asm.vinserti128(halves[0], halves[0], halves[1], 1);
        let d = self.define_narrow(self.value(dst));
        self.asm.vpermq(d, halves[0], ORDER);
        if remainder {
            self.asm.vpmulld(d, d, b);
            self.asm.vpsubd(d, a, d);
        }
        if self.facts.hazards(inst).any() {
            let b = self.in_register(b);
            self.flag_division(inst, (d, a, b), guard);
        }
    }

    /// A flag where a division is bad and somebody asks: CASE keeps zeros from being divided by, and so does what has ended
    /// rows before. What is bad is 0.
    fn flag_division(&mut self, inst: &Inst, (d, a, b): (Y, Y, Y), guard: M) {
        let bad = self.temporary();
        self.asm.vpxor(bad, bad, bad);
        self.asm.vpcmpeqd(bad, bad, b);
        if self.facts.hazards(inst).overflow {
            let (least, minus_one) = (self.literal(SIGN_32), self.literal(u64::MAX));
            let (first, second) = (self.temporary(), self.temporary());
            self.asm.vpcmpeqd(first, a, least);
            self.asm.vpcmpeqd(second, b, minus_one);
            self.asm.vpand(first, first, second);
            self.asm.vpor(bad, bad, first);
            self.registers.unlock_one(first);
            self.registers.unlock_one(second);
        }
        self.asm.vpandn(d, bad, d);
        for asked in [self.mask(guard), self.active_entity(self.active)] {
            let asked = self.narrow(asked);
            self.asm.vpand(bad, bad, asked);
            self.registers.unlock_one(asked);
        }
        self.flag(bad);
    }

    /// 32-bit integers as doubles, in temporaries.
    fn doubles_of(&mut self, narrow: Y) -> [Y; 2] {
        let halves = [self.temporary(), self.temporary()];
        // Rows 0, 1, 4, 5 to the lower half.
        self.asm.vpermq(halves[0], narrow, ORDER);
        self.asm.vextracti128(halves[1], halves[0], 1);
        for half in halves {
            self.asm.vcvtdq2pd(half, half);
        }
        halves
    }

    fn widen_to_double(&mut self, dst: V, a: Operand) {
        if self.facts.repr(a) == Some(Repr::Narrow) {
            let source = self.narrow_source(a);
            let a = self.in_register(source);
            let halves = self.doubles_of(a);
            for (half, double) in halves.into_iter().enumerate() {
                let d = self.define_half(self.value(dst), half);
                self.asm.vmovdqa(d, double);
            }
            return;
        }
        // 1.5 * 2^52: with an integer of 52 bits added to its bits, the double is that much larger.
        let middle = self.literal(0x4338_0000_0000_0000);
        for half in 0..2 {
            let source = self.half_source(a, half);
            let value = self.in_register(source);
            let d = self.define_half(self.value(dst), half);
            self.asm.vpaddq(d, value, middle);
            self.asm.vsubpd(d, d, middle);
            self.registers.unlock();
        }
    }

    /// The nearest integer, ties to even, and a flag where it may be beyond 32 bits, or where wider ones are 52 bits or more.
    fn round_to_integer(&mut self, dst: V, a: Operand) {
        if self.facts.repr(dst.into()) == Some(Repr::Narrow) {
            let halves = [0, 1].map(|half| {
                let source = self.half_source(a, half);
                let value = self.in_register(source);
                let d = self.temporary();
                self.asm.vcvtpd2dq(d, value);
                d
            });
            self.asm.vinserti128(halves[0], halves[0], halves[1], 1);
            let d = self.define_narrow(self.value(dst));
            self.asm.vpermq(d, halves[0], ORDER);
            // What does not fit becomes the least.
            let (least, beyond) = (self.literal(SIGN_32), self.temporary());
            self.asm.vpcmpeqd(beyond, d, least);
            return self.flag(beyond);
        }
        // As when integers become doubles: beside this one the integers are the bits.
        let middle = self.literal(0x4338_0000_0000_0000);
        let (magnitude, most) = (self.literal(!SIGN_64), self.literal(f64::to_bits((1u64 << 51) as f64)));
        for half in 0..2 {
            let source = self.half_source(a, half);
            let value = self.in_register(source);
            let d = self.define_half(self.value(dst), half);
            let (beyond, most) = (self.temporary(), self.in_register(most));
            self.asm.vpand(beyond, value, magnitude);
            self.asm.vcmppd(beyond, beyond, most, NOT_LESS);
            self.flag(beyond);
            self.asm.vaddpd(d, value, middle);
            self.asm.vpsubq(d, d, middle);
            self.registers.unlock();
        }
    }

    /// The low 32 bits, or 64, of what has more.
    fn truncate(&mut self, dst: V, a: Operand) {
        if self.facts.repr(dst.into()) == Some(Repr::Narrow) {
            let source = self.narrow_source(a);
            let d = self.define_narrow(self.value(dst));
            return self.asm.load(d, source);
        }
        for half in 0..2 {
            let source = self.half_source(a, half);
            let d = self.define_half(self.value(dst), half);
            self.asm.load(d, source);
            self.registers.unlock();
        }
    }

    fn extreme(&mut self, (dst, a, b): (V, Operand, Operand), largest: bool) {
        if self.facts.common(a, b) == Some(Repr::Narrow) {
            let (x, y) = (self.narrow_source(a), self.narrow_source(b));
            let x = self.in_register(x);
            let d = self.define_narrow(self.value(dst));
            return if largest { self.asm.vpmaxsd(d, x, y) } else { self.asm.vpminsd(d, x, y) };
        }
        if self.facts.repr(dst.into()) == Some(Repr::Narrow) {
            // One of them is known to be within 32 bits, and so is what is left.
            return self.extreme_of_both_widths((dst, a, b), largest);
        }
        for half in 0..2 {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y) = (self.in_register(x), self.in_register(y));
            let d = self.define_half(self.value(dst), half);
            self.extreme_of(d, (x, y), largest);
            self.registers.unlock();
        }
    }

    pub(super) fn extreme_of(&mut self, d: Y, (x, y): (Y, Y), largest: bool) {
        let greater = self.temporary();
        self.asm.vpcmpgtq(greater, x, y);
        if largest {
            self.asm.vpblendvb(d, y, x, greater);
        } else {
            self.asm.vpblendvb(d, x, y, greater);
        }
    }

    fn extreme_of_both_widths(&mut self, (dst, a, b): (V, Operand, Operand), largest: bool) {
        let halves = [0, 1].map(|half| {
            let (x, y) = (self.half_source(a, half), self.half_source(b, half));
            let (x, y) = (self.in_register(x), self.in_register(y));
            let d = self.temporary();
            self.extreme_of(d, (x, y), largest);
            d
        });
        let d = self.define_narrow(self.value(dst));
        self.asm.vshufps(d, halves[0], halves[1], 0x88);
    }

    /// A flag where a value is below or above its bounds.
    fn range(&mut self, a: Operand, low: Operand, high: Operand) {
        let repr = self.facts.common(a, low).max(self.facts.common(a, high));
        if repr == Some(Repr::Narrow) {
            let (value, low, high) = (self.narrow_source(a), self.narrow_source(low), self.narrow_source(high));
            let (value, low) = (self.in_register(value), self.in_register(low));
            let (below, above) = (self.temporary(), self.temporary());
            self.asm.vpcmpgtd(below, low, value);
            self.asm.vpcmpgtd(above, value, high);
            self.asm.vpor(above, above, below);
            return self.flag(above);
        }
        for half in 0..2 {
            let [value, low, high] = [a, low, high].map(|operand| self.half_source(operand, half));
            let (value, low) = (self.in_register(value), self.in_register(low));
            let (below, above) = (self.temporary(), self.temporary());
            self.asm.vpcmpgtq(below, low, value);
            self.asm.vpcmpgtq(above, value, high);
            self.asm.vpor(above, above, below);
            self.flag(above);
            self.registers.unlock();
        }
    }
}
