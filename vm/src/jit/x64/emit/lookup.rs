//! Lookups in tables: entries, truth values and keys are gathered from memory, where they are in bounds.
//!
//! What there is to know of a table stands in its descriptor, which [`crate::jit::x64::tables`] fills before each call.

use super::{AT, Emitter};
use crate::jit::x64::assembler::{Mem, Source, Y};
use crate::jit::x64::layout::{Address, twice};
use crate::jit::x64::tables::{self, Kind};
use crate::kernel::{M, Operand, Table, V};
use crate::semantics::key_set::MULTIPLIER;
use crate::types::Lane;

/// A place in the descriptor whose address is in [`AT`].
fn of_table(offset: i32) -> Source {
    Source::Mem(Mem::at(AT, offset))
}

/// What a test for keys works with besides its operand.
#[derive(Clone, Copy)]
struct Work {
    /// The number that is looked for, or its difference to the smallest key.
    number: Y,
    place: Y,
    mask: Y,
    bits: Y,
}

impl Emitter<'_> {
    /// Entry `a` of a table; 0 where it has no such entry.
    pub(super) fn look_up(&mut self, lane: Lane, dst: V, table: Table, a: Operand) {
        let source = self.narrow_source(a);
        let number = self.in_register(source);
        let address = self.layout.argument(Address::Table(table));
        let within = self.temporary();
        self.at(address);
        self.within(within, number);
        if lane == Lane::I32 {
            let d = self.define_narrow(self.value(dst));
            self.asm.load_address(AT, Mem::at(AT, tables::START));
            self.asm.vpxor(d, d, d);
            return self.asm.vpgatherdd(d, (AT, number), within);
        }
        let (upper, half_mask) = (self.temporary(), self.temporary());
        // Numbers that count are not negative.
        self.asm.vpxor(upper, upper, upper);
        for half in 0..2 {
            let index = self.temporary();
            self.unpack(half, index, number, upper);
            self.unpack(half, half_mask, within, within);
            let d = self.define_half(self.value(dst), half);
            self.at(address);
            self.asm.load_address(AT, Mem::at(AT, tables::START));
            self.asm.vpxor(d, d, d);
            self.asm.vpgatherqq(d, (AT, index), half_mask);
            self.registers.unlock_one(index);
            self.registers.unlock_one(d);
        }
    }

    /// Entry `a` of a table of truth values; false where it has no such entry.
    pub(super) fn test_bit(&mut self, dst: M, table: Table, a: Operand) {
        let source = self.narrow_source(a);
        let number = self.in_register(source);
        let address = self.layout.argument(Address::Table(table));
        let (place, within) = (self.temporary(), self.temporary());
        let d = self.define_narrow(self.mask(dst));
        self.at(address);
        self.gather_bit(d, number, (place, within));
    }

    /// Whether `a` may be among the keys of a table.
    pub(super) fn might_contain(&mut self, lane: Lane, dst: M, table: Table, a: Operand) {
        let address = self.layout.argument(Address::Table(table));
        let work =
            Work { number: self.temporary(), place: self.temporary(), mask: self.temporary(), bits: self.temporary() };
        // All registers are taken before the ways part, so that they are in the same state where they meet again.
        // A number of 32 bits in a wider lane may be too far from the smallest key for these.
        if lane == Lane::I32 {
            let source = self.narrow_source(a);
            let key = self.in_register(source);
            let d = self.define_narrow(self.mask(dst));
            self.by_kind(address, &[d], |emitter, kind| match kind {
                Kind::Bits => {
                    emitter.asm.vpsubd(work.number, key, of_table(tables::LOW_NARROW));
                    emitter.gather_bit(d, work.number, (work.place, work.mask));
                }
                Kind::Bloom => {
                    for (half, result) in [(0, d), (1, work.number)] {
                        emitter.asm.vpsrad(work.place, key, 31);
                        emitter.unpack(half, work.number, key, work.place);
                        emitter.test_bloom(address, result, work);
                    }
                    emitter.asm.vshufps(d, d, work.number, 0x88);
                }
                Kind::All => {}
            });
            return;
        }
        let keys = [0, 1].map(|half| {
            let source = self.half_source(a, half);
            self.in_register(source)
        });
        let halves = [0, 1].map(|half| self.define_half(self.mask(dst), half));
        self.by_kind(address, &halves, |emitter, kind| {
            for (key, d) in keys.into_iter().zip(halves) {
                match kind {
                    Kind::Bits => {
                        emitter.at(address);
                        emitter.asm.vpsubq(work.number, key, of_table(tables::LOW_WIDE));
                        emitter.asm.vpsrlq_by(work.place, work.number, 6);
                        emitter.asm.load(work.mask, of_table(tables::WORDS_WIDE));
                        emitter.asm.vpcmpgtq(work.mask, work.mask, work.place);
                        emitter.asm.vpxor(d, d, d);
                        emitter.asm.load_address(AT, Mem::at(AT, tables::START));
                        emitter.asm.vpgatherqq(d, (AT, work.place), work.mask);
                        // The bit goes to the top.
                        let last = emitter.literal(63);
                        emitter.asm.vpandn(work.number, work.number, last);
                        emitter.asm.vpsllvq(d, d, work.number);
                        emitter.asm.vpxor(work.mask, work.mask, work.mask);
                        emitter.asm.vpcmpgtq(d, work.mask, d);
                    }
                    Kind::Bloom => {
                        emitter.asm.vmovdqa(work.number, key);
                        emitter.test_bloom(address, d, work);
                    }
                    Kind::All => {}
                }
            }
        });
    }

    /// Does one of three things, by what kind of keys a table has: of what it has none, all bits of `results` are set.
    fn by_kind(&mut self, address: usize, results: &[Y], mut test: impl FnMut(&mut Self, Kind)) {
        let (bloom, all, done) = (self.asm.label(), self.asm.label(), self.asm.label());
        self.at(address);
        self.asm.compare_dword(Mem::at(AT, tables::KIND), Kind::All as i32);
        self.asm.jump_below(bloom);
        self.asm.jump_if_zero(all);
        test(self, Kind::Bits);
        self.asm.jump(done);
        self.asm.bind(bloom);
        test(self, Kind::Bloom);
        self.asm.jump(done);
        self.asm.bind(all);
        for &result in results {
            self.asm.vpcmpeqd(result, result, result);
        }
        self.asm.bind(done);
    }

    /// Gathers the bits of numbers of 32 bits out of the table whose descriptor is in [`AT`].
    fn gather_bit(&mut self, d: Y, number: Y, (place, within): (Y, Y)) {
        self.asm.vpsrld(place, number, 5);
        self.within(within, place);
        self.asm.load_address(AT, Mem::at(AT, tables::START));
        self.asm.vpxor(d, d, d);
        self.asm.vpgatherdd(d, (AT, place), within);
        // The bit goes to the top, and from there everywhere.
        let last = self.literal(twice(31));
        self.asm.vpandn(place, number, last);
        self.asm.vpsllvd(d, d, place);
        self.asm.vpsrad(d, d, 31);
    }

    /// Where numbers of 32 bits are those of entries of the table whose descriptor is in [`AT`].
    fn within(&mut self, d: Y, number: Y) {
        self.asm.vpminud(d, number, of_table(tables::LAST_NARROW));
        self.asm.vpcmpeqd(d, d, number);
    }

    /// Whether the words of four numbers in a Bloom filter have all their bits. `d` may be the numbers' register.
    fn test_bloom(&mut self, address: usize, d: Y, Work { number, place, mask, bits }: Work) {
        // The lower 64 bits of the product.
        let (low, high) = (self.literal(MULTIPLIER & 0xffff_ffff), self.literal(MULTIPLIER >> 32));
        self.asm.vpsrlq_by(mask, number, 32);
        self.asm.vpmuludq(mask, mask, low);
        self.asm.vpmuludq(bits, number, high);
        self.asm.vpaddq(mask, mask, bits);
        self.asm.vpsllq(mask, mask, 32);
        self.asm.vpmuludq(place, number, low);
        self.asm.vpaddq(place, place, mask);
        self.at(address);
        let (one, last) = (self.literal(1), self.literal(63));
        self.asm.load(number, one);
        for (shift, result) in [(tables::FIRST_SHIFT, bits), (tables::SECOND_SHIFT, number)] {
            self.asm.vpsrlq_count(mask, place, Mem::at(AT, shift));
            self.asm.vpand(mask, mask, last);
            self.asm.vpsllvq(result, number, mask);
        }
        self.asm.vpor(bits, bits, number);
        self.asm.vpsrlq_count(place, place, Mem::at(AT, tables::WORD_SHIFT));
        self.asm.load_address(AT, Mem::at(AT, tables::START));
        self.asm.vpcmpeqd(mask, mask, mask);
        self.asm.vpgatherqq(number, (AT, place), mask);
        self.asm.vpand(number, number, bits);
        self.asm.vpcmpeqq(d, number, bits);
    }

    /// Half of eight lanes of 32 bits with upper halves of another register's.
    fn unpack(&mut self, half: usize, d: Y, low: Y, high: Y) {
        if half == 0 {
            self.asm.vpunpckldq(d, low, high);
        } else {
            self.asm.vpunpckhdq(d, low, high);
        }
    }
}
