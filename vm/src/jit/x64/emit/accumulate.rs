//! Counts, sums and extrema of a tile's rows.

use std::ops::Range;

use super::Emitter;
use super::group::Groups;
use crate::jit::x64::assembler::{Assembler, Mem, PARTIALS, Source, Y};
use crate::jit::x64::facts::{Facts, Repr, SUMMAND_BITS};
use crate::kernel::{Acc, Inst, M, Operand, OperandRef, Role, V};
use crate::types::Lane;

/// Turns of a tile: what eight lanes add up to in one lane each.
const TURN_BITS: u32 = 6;

/// Rows that are active and have a true mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jit::x64) struct Counted {
    /// `None` for true.
    mask: Option<M>,
    /// How many `need` of the stretch come before.
    active: usize,
    /// The partial that counts them.
    pub(in crate::jit::x64) partial: usize,
}

/// What becomes part of an accumulator when the stretch is done. Numbers are those of partials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::jit::x64) enum Commit {
    Count,
    /// Four or eight sums.
    Sum {
        partial: usize,
        narrow: bool,
    },
    /// The sums of the low and the high dwords of summands whose sign bit is inverted.
    SumInHalves {
        low: usize,
        high: usize,
    },
    /// Four or eight of the smallest or largest; of doubles their order.
    Extremum {
        partial: usize,
        narrow: bool,
    },
    /// The sums of three parts, bits that tell of numbers that do not fit, and the constants that split.
    Binned {
        sums: usize,
        moved: usize,
        splitters: usize,
    },
}

/// An accumulator that the stretch updates.
#[derive(Clone, Copy, Debug)]
pub(in crate::jit::x64) struct Update {
    pub(in crate::jit::x64) acc: Acc,
    /// The number of its rows among [`Plan::counted`].
    pub(in crate::jit::x64) counted: usize,
    pub(in crate::jit::x64) commit: Commit,
    at: usize,
}

/// What a stretch keeps over all turns.
#[derive(Debug, Default)]
pub(in crate::jit::x64) struct Plan {
    /// What each partial is at first.
    initial: Vec<[u64; 4]>,
    flag: Option<usize>,
    active_count: Option<usize>,
    counted: Vec<Counted>,
    updates: Vec<Update>,
    /// Masks of active rows: one more than `need`s.
    actives: usize,
    /// Registers that the stretch writes.
    defined: Vec<V>,
    groups: Option<Groups>,
}

impl Plan {
    pub(super) fn new(facts: &Facts<'_>, range: &Range<usize>) -> Plan {
        let code = &facts.kernel().code[range.clone()];
        let mut plan = Plan { actives: 1, ..Plan::default() };
        if code.iter().any(|inst| facts.is_checked(inst)) {
            plan.flag = Some(plan.partial([0; 4]));
        }
        for (inst, at) in code.iter().zip(range.clone()) {
            inst.operands(|role, operand| {
                if let (Role::Def, OperandRef::V(register)) = (role, operand) {
                    plan.defined.push(register);
                }
            });
            match *inst {
                Inst::Need { .. } => plan.actives += 1,
                Inst::Group { .. } => {
                    let offsets = plan.partial([0; 4]);
                    plan.groups = facts.groups().map(|groups| Groups::new(facts, groups, range, at, offsets));
                }
                _ if plan.groups.is_some() => {}
                Inst::Count { acc, mask } => {
                    let counted = plan.count(facts, mask);
                    plan.updates.push(Update { acc, counted, commit: Commit::Count, at });
                }
                Inst::Sum { acc, a, mask, .. } => {
                    let commit = plan.sum(facts, a);
                    let counted = plan.count(facts, mask);
                    plan.updates.push(Update { acc, counted, commit, at });
                }
                Inst::AccMin { acc, a, mask, .. } | Inst::AccMax { acc, a, mask, .. } => {
                    let narrow = facts.repr(a) == Some(Repr::Narrow);
                    let partial = plan.partial(worst(inst, narrow));
                    let counted = plan.count(facts, mask);
                    plan.updates.push(Update { acc, counted, commit: Commit::Extremum { partial, narrow }, at });
                }
                _ => {}
            }
        }
        if plan.actives > 1 {
            // An aggregate may count the same rows.
            let same = |counted: &&Counted| counted.mask.is_none() && counted.active == plan.actives - 1;
            let counted = plan.counted.iter().find(same).map(|counted| counted.partial);
            plan.active_count = Some(counted.unwrap_or_else(|| plan.partial([0; 4])));
        }
        plan.defined.sort_unstable();
        plan
    }

    fn partial(&mut self, initial: [u64; 4]) -> usize {
        self.initial.push(initial);
        self.initial.len() - 1
    }

    fn count(&mut self, facts: &Facts<'_>, mask: M) -> usize {
        let (mask, active) = ((!facts.is_true(mask)).then_some(mask), self.actives - 1);
        let same = |counted: &Counted| counted.mask == mask && counted.active == active;
        self.counted.iter().position(same).unwrap_or_else(|| {
            let partial = self.partial([0; 4]);
            self.counted.push(Counted { mask, active, partial });
            self.counted.len() - 1
        })
    }

    fn sum(&mut self, facts: &Facts<'_>, a: Operand) -> Commit {
        let bits = facts.interval(a).map_or(64, |interval| interval.bits());
        match facts.repr(a) {
            Some(Repr::Double) => {
                let sums = self.partial([0; 4]);
                self.partial([0; 4]);
                self.partial([0; 4]);
                let (moved, splitters) = (self.partial([0; 4]), self.partial([0; 4]));
                self.partial([0; 4]);
                self.partial([0; 4]);
                Commit::Binned { sums, moved, splitters }
            }
            Some(Repr::Narrow) if bits + TURN_BITS <= 32 => Commit::Sum { partial: self.partial([0; 4]), narrow: true },
            _ if bits <= SUMMAND_BITS => Commit::Sum { partial: self.partial([0; 4]), narrow: false },
            _ => Commit::SumInHalves { low: self.partial([0; 4]), high: self.partial([0; 4]) },
        }
    }

    /// How many partials there are.
    pub(super) fn partials(&self) -> usize {
        self.initial.len()
    }

    /// What each partial is at first.
    pub(in crate::jit::x64) fn initial(&self) -> &[[u64; 4]] {
        &self.initial
    }

    /// The partial that is not 0 in the end if an instruction may have trapped.
    pub(in crate::jit::x64) fn flag(&self) -> Option<usize> {
        self.flag
    }

    /// The partial that counts the rows that are still active in the end, if some may not be.
    pub(in crate::jit::x64) fn active_count(&self) -> Option<usize> {
        self.active_count
    }

    /// What it does with groups.
    pub(in crate::jit::x64) fn groups(&self) -> Option<&Groups> {
        self.groups.as_ref()
    }

    /// Whether a partial counts rows for aggregates.
    pub(super) fn counts(&self, partial: usize) -> bool {
        self.counted.iter().any(|counted| counted.partial == partial)
    }

    pub(in crate::jit::x64) fn counted(&self) -> &[Counted] {
        &self.counted
    }

    pub(in crate::jit::x64) fn updates(&self) -> &[Update] {
        &self.updates
    }

    pub(super) fn actives(&self) -> usize {
        self.actives
    }

    pub(super) fn defines(&self, register: V) -> bool {
        self.defined.binary_search(&register).is_ok()
    }

    /// The rows that the instruction at a position counts, if it counts.
    pub(super) fn counted_at(&self, at: usize) -> Option<usize> {
        self.updates.iter().find(|update| update.at == at).map(|update| update.counted)
    }

    /// The partials to be kept in registers: those that are written most often, but no constants.
    pub(super) fn pins(&self) -> impl Iterator<Item = usize> + use<> {
        let mut constants: Vec<usize> = self.groups.iter().map(Groups::offsets).collect();
        for update in &self.updates {
            if let Commit::Binned { splitters, .. } = update.commit {
                constants.extend(splitters..splitters + 3);
            }
        }
        (0..self.initial.len()).filter(move |partial| !constants.contains(partial))
    }
}

/// What every other value is better than.
fn worst(inst: &Inst, narrow: bool) -> [u64; 4] {
    let smallest = matches!(inst, Inst::AccMin { .. });
    [match (smallest, narrow) {
        (true, true) => 0x7fff_ffff_7fff_ffff,
        (true, false) => i64::MAX as u64,
        (false, true) => 0x8000_0000_8000_0000,
        (false, false) => i64::MIN as u64,
    }; 4]
}

impl Emitter<'_> {
    /// Changes a partial, in its register or in memory.
    pub(super) fn accumulate_into(&mut self, partial: usize, change: impl FnOnce(&mut Assembler, Y)) {
        if let Some(register) = self.pinned[partial] {
            return change(&mut self.asm, register);
        }
        let place = Mem::at(PARTIALS, 32 * partial as i32);
        let register = self.temporary();
        self.asm.vmovdqu_load(register, place);
        change(&mut self.asm, register);
        self.asm.vmovdqu_store(place, register);
        self.registers.unlock_one(register);
    }

    pub(super) fn accumulate(&mut self, at: usize) {
        let Some(update) = self.plan.updates().iter().find(|update| update.at == at).copied() else { return };
        let inst = self.facts.kernel().code[at];
        let counted = self.counted(update.counted);
        match (update.commit, inst) {
            (Commit::Sum { partial, narrow: true }, Inst::Sum { a, .. }) => {
                let (value, mask) = (self.narrow_source(a), self.narrow(counted));
                let summand = self.temporary();
                self.asm.vpand(summand, mask, value);
                self.accumulate_into(partial, |asm, sum| asm.vpaddd(sum, sum, summand));
            }
            (Commit::Sum { partial, narrow: false }, Inst::Sum { a, .. }) => {
                for half in 0..2 {
                    let (value, mask) = (self.half_source(a, half), self.half(counted, half));
                    let summand = self.temporary();
                    self.asm.vpand(summand, mask, value);
                    self.accumulate_into(partial, |asm, sum| asm.vpaddq(sum, sum, summand));
                    self.registers.unlock();
                }
            }
            (Commit::SumInHalves { low, high }, Inst::Sum { a, .. }) => {
                for half in 0..2 {
                    let (value, mask) = (self.half_source(a, half), self.half(counted, half));
                    self.sum_in_halves(value, mask, (low, high));
                    self.registers.unlock();
                }
            }
            (Commit::Binned { sums, moved, splitters }, Inst::Sum { a, .. }) => {
                for half in 0..2 {
                    let (value, mask) = (self.half_source(a, half), self.half(counted, half));
                    self.sum_in_bins(value, mask, [sums, moved, splitters]);
                    self.registers.unlock();
                }
            }
            (Commit::Extremum { partial, narrow: true }, Inst::AccMin { a, .. } | Inst::AccMax { a, .. }) => {
                let (value, mask) = (self.narrow_source(a), self.narrow(counted));
                let value = self.in_register(value);
                let value = self.or_worst(&inst, value, mask, true);
                let smallest = matches!(inst, Inst::AccMin { .. });
                self.accumulate_into(partial, |asm, kept| {
                    if smallest { asm.vpminsd(kept, kept, value) } else { asm.vpmaxsd(kept, kept, value) }
                });
            }
            (
                Commit::Extremum { partial, narrow: false },
                Inst::AccMin { lane, a, .. } | Inst::AccMax { lane, a, .. },
            ) => {
                for half in 0..2 {
                    let (value, mask) = (self.half_source(a, half), self.half(counted, half));
                    let mut value = self.in_register(value);
                    if lane == Lane::F64 {
                        value = self.order_key(value);
                    }
                    self.keep(&inst, value, mask, partial);
                    self.registers.unlock();
                }
            }
            _ => {}
        }
    }

    /// The mask of rows that count, and their number in its partial when it is first asked for.
    fn counted(&mut self, number: usize) -> crate::jit::x64::registers::Entity {
        let Counted { mask, active, partial } = self.plan.counted()[number];
        let (entity, active) = (self.counted_entity(number), self.active_entity(active));
        let entity = match mask {
            None => active,
            Some(mask) => {
                if self.held[entity.0 as usize].narrow.is_none() && self.held[entity.0 as usize].wide.is_none() {
                    self.join(entity, active, self.mask(mask), |emitter, d, a, b| emitter.asm.vpand(d, a, b));
                }
                entity
            }
        };
        if !std::mem::replace(&mut self.counts_done[number], true) {
            let mask = self.narrow(entity);
            self.accumulate_into(partial, |asm, sum| asm.vpsubd(sum, sum, mask));
            self.registers.unlock();
        }
        entity
    }

    /// With the sign bit inverted numbers are not below 0, and their halves add up without a sign.
    fn sum_in_halves(&mut self, value: Source, mask: Y, (low, high): (usize, usize)) {
        let value = self.in_register(value);
        let sign = self.literal(1 << 63);
        let dword = self.literal(0xffff_ffff);
        let (summand, part) = (self.temporary(), self.temporary());
        self.asm.vpxor(summand, value, sign);
        self.asm.vpand(summand, summand, mask);
        self.asm.vpand(part, summand, dword);
        self.accumulate_into(low, |asm, sum| asm.vpaddq(sum, sum, part));
        self.asm.vpsrlq_by(part, summand, 32);
        self.accumulate_into(high, |asm, sum| asm.vpaddq(sum, sum, part));
    }

    /// As [`crate::semantics::BinnedSum`] splits a number.
    fn sum_in_bins(&mut self, value: Source, mask: Y, [sums, moved, splitters]: [usize; 3]) {
        let splitter = |number: usize| Source::Mem(Mem::at(PARTIALS, 32 * (splitters + number) as i32));
        let (rest, part) = (self.temporary(), self.temporary());
        self.asm.vpand(rest, mask, value);
        for number in 0..3 {
            self.asm.vaddpd(part, rest, splitter(number));
            self.accumulate_into(sums + number, |asm, sum| asm.vpaddq(sum, sum, part));
            if number == 0 {
                let difference = self.temporary();
                self.asm.vpxor(difference, part, splitter(0));
                self.accumulate_into(moved, |asm, sum| asm.vpor(sum, sum, difference));
            }
            if number < 2 {
                self.asm.vsubpd(part, part, splitter(number));
                self.asm.vsubpd(rest, rest, part);
            }
        }
    }

    /// The value where the mask is true, and elsewhere what every value is better than.
    fn or_worst(&mut self, inst: &Inst, value: Y, mask: Y, narrow: bool) -> Y {
        let worst = self.constant(crate::jit::x64::layout::Constant::Literal(worst(inst, narrow)));
        let worst = self.in_register(worst);
        let d = self.temporary();
        self.asm.vpblendvb(d, worst, value, mask);
        d
    }

    fn keep(&mut self, inst: &Inst, value: Y, mask: Y, partial: usize) {
        let value = self.or_worst(inst, value, mask, false);
        let smallest = matches!(inst, Inst::AccMin { .. });
        let better = self.temporary();
        self.accumulate_into(partial, |asm, kept| {
            if smallest {
                asm.vpcmpgtq(better, kept, value);
            } else {
                asm.vpcmpgtq(better, value, kept);
            }
            asm.vpblendvb(kept, kept, value, better);
        });
    }
}
