//! Groups: the numbers of rows' groups, and sums and extrema of each.
//!
//! Four lanes of a row's group are updated at once: values of four rows in four registers are turned into registers of
//! four values of a row. What is added needs no mask but the accumulator's own, since rows that are not active have a group
//! that nobody reads. Nothing here can be undone, so nothing in such a stretch may leave a tile to the interpreter, but
//! for a key out of its bounds, which fails the statement.

use std::ops::Range;

use super::Emitter;
use crate::jit::x64::assembler::{AREA, AREA_OFFSET, ARGUMENTS, Mem, PARTIALS, Source, Y};
use crate::jit::x64::facts::Facts;
use crate::jit::x64::layout::{Address, Constant, twice};
use crate::kernel::groups::{BLOCK, Content, GroupPlan, Parts};
use crate::kernel::{Inst, M, Operand, Pool, V};
use crate::types::Lane;

/// What is added to a lane, or compared with it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Update {
    /// 1 in every row.
    Row,
    /// 1 where the mask is true.
    Rows(M),
    /// A value where the mask is true.
    Whole(Operand, Option<M>),
    /// Its low half, and its high half with its sign bit inverted.
    Low(Operand, Option<M>),
    High(Operand, Option<M>),
    /// A value that is to be the smallest, or with all its bits inverted: of doubles their order.
    Smallest {
        a: Operand,
        mask: Option<M>,
        inverted: bool,
        double: bool,
    },
}

/// Four lanes that are updated at once.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Its number in a group.
    number: usize,
    updates: [Option<Update>; BLOCK],
    /// Whether values are added; else the smaller ones are kept.
    adds: bool,
    /// The instruction after which all values are there.
    at: usize,
}

/// What a stretch does with groups.
#[derive(Debug)]
pub(in crate::jit::x64) struct Groups {
    blocks: Vec<Block>,
    /// The place for the offsets of the turn's groups, as a partial.
    offsets: usize,
}

impl Groups {
    /// Of the instructions of a stretch, which has the one that says the groups at `at`.
    pub(super) fn new(facts: &Facts<'_>, plan: &GroupPlan, range: &Range<usize>, at: usize, offsets: usize) -> Groups {
        let mut updates: Vec<Option<(Update, usize)>> = vec![None; plan.stride()];
        updates[0] = Some((Update::Row, at));
        let kernel = facts.kernel();
        for at in at + 1..range.end {
            let inst = &kernel.code[at];
            let (acc, a, mask) = match *inst {
                Inst::Count { acc, mask } => (acc, None, mask),
                Inst::Sum { acc, a, mask, .. }
                | Inst::AccMin { acc, a, mask, .. }
                | Inst::AccMax { acc, a, mask, .. } => (acc, Some(a), mask),
                _ => continue,
            };
            let slot = plan.slots[acc.index()];
            if slot.counts {
                updates[slot.rows] = Some((Update::Rows(mask), at));
            }
            let (Some(a), true) = (a, slot.updates) else { continue };
            let mask = (!kernel.code.contains(&Inst::True { dst: mask })).then_some(mask);
            match slot.content {
                Content::Sum(lane, Parts::Whole) => updates[lane] = Some((Update::Whole(a, mask), at)),
                Content::Sum(lane, _) => {
                    updates[lane] = Some((Update::Low(a, mask), at));
                    updates[lane + 1] = Some((Update::High(a, mask), at));
                }
                Content::Extreme(lane) => {
                    let inverted = matches!(inst, Inst::AccMax { .. });
                    let double =
                        matches!(inst, Inst::AccMin { lane: Lane::F64, .. } | Inst::AccMax { lane: Lane::F64, .. });
                    updates[lane] = Some((Update::Smallest { a, mask, inverted, double }, at));
                }
                Content::Count | Content::Double(_) => {}
            }
        }
        let block = |(number, updates): (usize, &[Option<(Update, usize)>])| {
            let at = updates.iter().flatten().map(|(_, at)| *at).max()?;
            let adds = number * BLOCK < plan.added;
            let update = |lane: usize| updates[lane].map(|(update, _)| update);
            Some(Block { number, updates: std::array::from_fn(update), adds, at })
        };
        Groups { blocks: updates.chunks(BLOCK).enumerate().filter_map(block).collect(), offsets }
    }

    /// The place for offsets, which changes with each turn.
    pub(super) fn offsets(&self) -> usize {
        self.offsets
    }

    /// What is read, and after which instruction.
    pub(super) fn uses(&self) -> impl Iterator<Item = (Option<Operand>, Option<M>, usize)> {
        let of_block =
            |block: &Block| block.updates.iter().flatten().map(|update| (*update, block.at)).collect::<Vec<_>>();
        self.blocks.iter().flat_map(of_block).map(|(update, at)| match update {
            Update::Row => (None, None, at),
            Update::Rows(mask) => (None, Some(mask), at),
            Update::Whole(a, mask)
            | Update::Low(a, mask)
            | Update::High(a, mask)
            | Update::Smallest { a, mask, .. } => (Some(a), mask, at),
        })
    }
}

impl Emitter<'_> {
    /// As [`crate::semantics::group::digit`].
    pub(super) fn digit(&mut self, dst: V, (number, a): (Operand, Operand), (low, high): (Pool, Pool), valid: M) {
        let exact = |entry: Pool| self.facts.exact(Operand::Const(entry)).and_then(|value| i32::try_from(value).ok());
        let bounds = exact(low).zip(exact(high)).expect("the bounds of digits are constants");
        let span = bounds.1.wrapping_sub(bounds.0) as u32;
        let value = self.facts.interval(a);
        let within = value.is_some_and(|value| value.low >= bounds.0.into() && value.high <= bounds.1.into());
        let always_valid = self.facts.kernel().code.contains(&Inst::True { dst: valid });
        let source = self.narrow_source(a);
        let value = self.in_register(source);
        let place = self.temporary();
        let low = self.constant(Constant::Narrow(low));
        self.asm.vpsubd(place, value, low);
        let mut inside = None;
        if !within {
            let (least, span) = (self.temporary(), self.literal(twice(span)));
            self.asm.vpminud(least, place, span);
            self.asm.vpcmpeqd(least, least, place);
            inside = Some(least);
        }
        if !always_valid {
            let valid = self.narrow(self.mask(valid));
            let null = self.literal(twice(span.wrapping_add(1)));
            let null = self.in_register(null);
            self.asm.vpblendvb(place, null, place, valid);
            if let Some(inside) = inside {
                // NULL is inside, whatever the value is.
                let ones = self.literal(u64::MAX);
                self.asm.vpxor(null, valid, ones);
                self.asm.vpor(inside, inside, null);
            }
        }
        let mut outside = inside.inspect(|inside| {
            let ones = self.literal(u64::MAX);
            self.asm.vpxor(*inside, *inside, ones);
        });
        if self.facts.exact(number) != Some(0) {
            let source = self.narrow_source(number);
            let before = self.in_register(source);
            if self.facts.interval(number).is_none_or(|number| number.low < 0) {
                let sign = self.temporary();
                self.asm.vpsrad(sign, before, 31);
                if let Some(outside) = outside {
                    self.asm.vpor(sign, sign, outside);
                }
                outside = Some(sign);
            }
            let (product, places) = (self.temporary(), self.literal(twice(span.wrapping_add(2))));
            self.asm.vpmulld(product, before, places);
            self.asm.vpaddd(place, place, product);
        }
        let d = self.define_narrow(self.value(dst));
        match outside {
            Some(outside) => self.asm.vpor(d, place, outside),
            None => self.asm.vmovdqa(d, place),
        }
    }

    /// The groups of the turn's rows: their numbers for the interpreter, and where they are in memory.
    pub(super) fn group(&mut self, a: V) {
        let facts = self.facts;
        let (Some(plan), Some(groups)) = (facts.groups(), self.plan.groups()) else { return };
        let offsets = groups.offsets();
        let source = self.narrow_source(a.into());
        let numbers = self.in_register(source);
        let active = self.narrow(self.active_entity(self.active));
        let domain = self.literal(twice(plan.domain as u32));
        let domain = self.in_register(domain);
        // Whatever is known of the numbers, none leads beyond the groups.
        let group = self.temporary();
        self.asm.vpminud(group, numbers, domain);
        if self.plan.flag().is_some() {
            let outside = self.temporary();
            self.asm.vpcmpeqd(outside, group, domain);
            self.asm.vpand(outside, outside, active);
            self.flag(outside);
        }
        self.asm.vpblendvb(group, domain, group, active);
        let address = self.layout.argument(Address::Groups);
        self.store_dwords(address, group);
        let bytes = self.literal(twice(8 * plan.stride() as u32));
        self.asm.vpmulld(group, group, bytes);
        self.asm.vmovdqu_store(Mem::at(PARTIALS, 32 * offsets as i32), group);
        self.registers.unlock();
    }

    /// Says of a turn's rows that they are in no group.
    pub(super) fn store_no_groups(&mut self) {
        let Some(plan) = self.facts.groups() else { return };
        let domain = self.literal(twice(plan.domain as u32));
        let domain = self.in_register(domain);
        let address = self.layout.argument(Address::Groups);
        self.store_dwords(address, domain);
        self.registers.unlock();
    }

    /// Brings the address of the groups' lanes into its register, for the whole stretch.
    pub(super) fn begin_groups(&mut self) {
        if self.plan.groups().is_some() {
            let argument = self.layout.argument(Address::Area);
            self.asm.load_address(AREA, Mem::at(ARGUMENTS, 8 * argument as i32));
        }
    }

    /// Updates the lanes whose values are there after an instruction.
    pub(super) fn update_groups(&mut self, at: usize) {
        let Some(groups) = self.plan.groups() else { return };
        let (offsets, blocks) = (groups.offsets(), groups.blocks.clone());
        for block in blocks.iter().filter(|block| block.at == at) {
            for half in 0..2 {
                self.update_block(block, half, offsets);
                self.registers.unlock();
            }
        }
    }

    fn update_block(&mut self, block: &Block, half: usize, offsets: usize) {
        let updates = block.updates;
        // Each pair of values by the rows of the half: 0 and 4, then 1 and 5.
        let mut pair = |first: usize| {
            let one = self.update(updates[first], block.adds, half, None);
            let one = self.in_register(one);
            let other = self.update(updates[first + 1], block.adds, half, Some(one));
            let (even, odd) = (self.temporary(), self.temporary());
            self.asm.vpunpcklqdq(even, one, other);
            self.asm.vpunpckhqdq(odd, one, other);
            self.registers.unlock_one(one);
            if let Source::Reg(other) = other {
                self.registers.unlock_one(other);
            }
            [even, odd]
        };
        let (first, second) = (pair(0), pair(2));
        let row = self.temporary();
        // Of each pair the lower halves, then the upper ones.
        for (upper, selection) in [(0, 0x20), (4, 0x31)] {
            for odd in 0..2 {
                self.asm.vperm2i128(row, first[odd], second[odd], selection);
                self.update_row(block, 2 * half + upper + odd, row, offsets);
            }
        }
    }

    /// Updates four lanes of a row's group.
    fn update_row(&mut self, block: &Block, row: usize, values: Y, offsets: usize) {
        let Some(plan) = self.facts.groups() else { return };
        let copy = row % plan.copies * plan.copy_lanes();
        self.asm.load_dword(AREA_OFFSET, Mem::at(PARTIALS, 32 * offsets as i32 + 4 * row as i32));
        let offset = 8 * (copy + BLOCK * block.number) as i32;
        let place = Mem { base: AREA, index: Some((AREA_OFFSET, 1)), offset };
        if block.adds {
            self.asm.vpaddq_indexed(values, values, place);
            return self.asm.vmovdqu_store(place, values);
        }
        let (kept, smaller) = (self.temporary(), self.temporary());
        self.asm.vmovdqu_load(kept, place);
        self.asm.vpcmpgtq(smaller, kept, values);
        self.asm.vpblendvb(kept, kept, values, smaller);
        self.asm.vmovdqu_store(place, kept);
        self.registers.unlock_one(kept);
        self.registers.unlock_one(smaller);
    }

    /// What a lane is updated with in half of the rows. The register `kept`, which may be that of a value that is read here
    /// too, stays locked.
    fn update(&mut self, update: Option<Update>, adds: bool, half: usize, kept: Option<Y>) -> Source {
        let let_go = |emitter: &mut Self, register: Y| {
            if Some(register) != kept {
                emitter.registers.unlock_one(register);
            }
        };
        let masked = |emitter: &mut Self, value: Source, mask: Option<M>| match mask {
            None => value,
            Some(mask) => {
                let mask = emitter.half(emitter.mask(mask), half);
                let d = emitter.temporary();
                emitter.asm.vpand(d, mask, value);
                let_go(emitter, mask);
                if let Source::Reg(value) = value {
                    let_go(emitter, value);
                }
                Source::Reg(d)
            }
        };
        match update {
            // Lanes that fill a block, or that the interpreter updates.
            None => self.literal(if adds { 0 } else { i64::MAX as u64 }),
            Some(Update::Row) => self.literal(1),
            Some(Update::Rows(mask)) => {
                let one = self.literal(1);
                masked(self, one, Some(mask))
            }
            Some(Update::Whole(a, mask)) => {
                let value = self.half_source(a, half);
                masked(self, value, mask)
            }
            Some(Update::Low(a, mask)) => {
                let value = self.half_source(a, half);
                let value = self.in_register(value);
                let (low, dword) = (self.temporary(), self.literal(0xffff_ffff));
                self.asm.vpand(low, value, dword);
                let_go(self, value);
                masked(self, Source::Reg(low), mask)
            }
            Some(Update::High(a, mask)) => {
                let value = self.half_source(a, half);
                let value = self.in_register(value);
                let (high, sign) = (self.temporary(), self.literal(1 << 63));
                self.asm.vpxor(high, value, sign);
                self.asm.vpsrlq_by(high, high, 32);
                let_go(self, value);
                masked(self, Source::Reg(high), mask)
            }
            Some(Update::Smallest { a, mask, inverted, double }) => {
                let value = self.half_source(a, half);
                let mut value = self.in_register(value);
                if double {
                    value = self.order_key(value);
                }
                let d = self.temporary();
                let invert = self.literal(if inverted { u64::MAX } else { 0 });
                self.asm.vpxor(d, value, invert);
                let_go(self, value);
                if let Some(mask) = mask {
                    let mask = self.half(self.mask(mask), half);
                    let worst = self.literal(i64::MAX as u64);
                    let worst = self.in_register(worst);
                    self.asm.vpblendvb(d, worst, d, mask);
                    let_go(self, worst);
                    let_go(self, mask);
                }
                Source::Reg(d)
            }
        }
    }
}
