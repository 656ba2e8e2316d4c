//! The accumulators of a kernel with groups. They live as long as a worker's part of the statement, then each group's are
//! merged into the general aggregation.

use std::sync::Arc;

use super::accumulator::Content as Kept;
use super::groups::{Content, GroupPlan, Parts};
use super::interpret::TILE;
use super::{Acc, AccKind, AccSlot, Accumulator};
use crate::semantics::{BinnedSum, IntegerSum};

/// Accumulators of all groups.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    pub(crate) plan: Arc<GroupPlan>,
    kinds: Vec<AccSlot>,
    /// For each copy and each group the lanes; empty before the first rows.
    pub(crate) lanes: Vec<i64>,
    /// For each group what lanes that are added to were before they might have overflowed.
    totals: Vec<i128>,
    /// For each sum in bins and each group.
    pub(crate) doubles: Vec<BinnedSum>,
    /// Rows that were added since then.
    pending: u64,
    /// 1 for groups that have had rows; the group of inactive rows counts as one of them.
    seen: Vec<u8>,
    /// Those groups, in the order of their first rows.
    order: Vec<u32>,
}

impl Grouped {
    pub(crate) fn new(plan: &Arc<GroupPlan>, kinds: &[AccSlot]) -> Grouped {
        Grouped {
            plan: Arc::clone(plan),
            kinds: kinds.to_vec(),
            lanes: Vec::new(),
            totals: Vec::new(),
            doubles: Vec::new(),
            pending: 0,
            seen: Vec::new(),
            order: Vec::new(),
        }
    }

    /// Bytes that it has once there are rows.
    pub(crate) fn bytes_in_use(plan: &GroupPlan) -> usize {
        let groups = plan.domain + 1;
        plan.copies * plan.copy_lanes() * 8
            + groups * (plan.added * size_of::<i128>() + plan.doubles * size_of::<BinnedSum>() + 5)
    }

    /// Sees to it that the rows of a tile can be added.
    #[inline(always)]
    pub(crate) fn begin_tile(&mut self, rows: usize) {
        if self.lanes.is_empty() {
            self.allocate();
        }
        if self.pending + 2 * TILE as u64 > self.plan.rows_before_flush {
            self.flush();
        }
        self.pending += rows as u64;
    }

    #[cold]
    fn allocate(&mut self) {
        let groups = self.plan.domain + 1;
        self.lanes = vec![0; self.plan.copies * self.plan.copy_lanes()];
        self.totals = vec![0; groups * self.plan.added];
        self.doubles = vec![BinnedSum::default(); groups * self.plan.doubles];
        self.seen = vec![0; groups];
        self.order = Vec::with_capacity(groups);
        self.clear_lanes();
    }

    fn clear_lanes(&mut self) {
        let added = self.plan.added;
        for lanes in self.lanes.chunks_exact_mut(self.plan.stride()) {
            lanes[..added].fill(0);
            lanes[added..].fill(i64::MAX);
        }
        self.seen.fill(0);
        if let Some(inactive) = self.seen.last_mut() {
            *inactive = 1;
        }
    }

    /// Adds what lanes have to the totals.
    #[cold]
    fn flush(&mut self) {
        let (added, stride) = (self.plan.added, self.plan.stride());
        for copy in self.lanes.chunks_exact_mut(self.plan.copy_lanes()) {
            for (totals, lanes) in self.totals.chunks_exact_mut(added).zip(copy.chunks_exact_mut(stride)) {
                for (total, lane) in totals.iter_mut().zip(lanes) {
                    *total += i128::from(std::mem::take(lane));
                }
            }
        }
        self.pending = 0;
    }

    /// Notes the groups of a tile's rows, by number, that have had no rows before.
    #[inline(always)]
    pub(crate) fn note(&mut self, numbers: &[u32]) {
        if self.has_new(numbers) {
            self.note_new(numbers);
        }
    }

    #[inline(always)]
    fn has_new(&self, numbers: &[u32]) -> bool {
        if self.order.len() == self.plan.domain {
            return false;
        }
        if self.seen.len() <= 32 {
            // Bits vectorise, and bytes do not.
            let found = numbers.iter().fold(0u32, |bits, number| bits | 1u32.wrapping_shl(*number));
            let seen = self.seen.iter().enumerate().fold(0u32, |bits, (group, seen)| bits | u32::from(*seen) << group);
            return found & !seen != 0;
        }
        let seen = self.seen.as_slice();
        numbers.iter().fold(1, |all, number| all & seen.get(*number as usize).copied().unwrap_or(1)) == 0
    }

    #[cold]
    fn note_new(&mut self, numbers: &[u32]) {
        for &number in numbers {
            if let Some(seen @ 0) = self.seen.get_mut(number as usize) {
                *seen = 1;
                self.order.push(number);
            }
        }
    }

    /// What an accumulator keeps.
    pub(crate) fn kind(&self, acc: Acc) -> AccKind {
        self.kinds[acc.index()].kind
    }

    /// The groups that have had rows, in the order of their first ones.
    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Forgets all rows; memory stays.
    pub(crate) fn reset(&mut self) {
        self.totals.fill(0);
        self.doubles.fill(BinnedSum::default());
        self.order.clear();
        self.pending = 0;
        self.clear_lanes();
    }

    /// The sum of all copies of a lane that is added to.
    fn total(&self, group: usize, lane: usize) -> i128 {
        let copies = self.lanes.chunks_exact(self.plan.copy_lanes());
        let pending: i128 = copies.map(|copy| i128::from(copy[group * self.plan.stride() + lane])).sum();
        self.totals[group * self.plan.added + lane] + pending
    }

    fn smallest(&self, group: usize, lane: usize) -> i64 {
        let copies = self.lanes.chunks_exact(self.plan.copy_lanes());
        copies.map(|copy| copy[group * self.plan.stride() + lane]).min().unwrap_or(i64::MAX)
    }

    /// What accumulator number `number` has of a group.
    pub(crate) fn accumulator(&self, group: u32, number: usize) -> Accumulator {
        let (slot, kind, group) = (self.plan.slots[number], self.kinds[number], group as usize);
        // Rows are no more than 2^64.
        let rows = self.total(group, slot.rows) as u64;
        let content = match slot.content {
            Content::Count => Kept::Count,
            Content::Double(index) => Kept::Double(self.doubles[index * (self.plan.domain + 1) + group]),
            Content::Extreme(lane) => {
                let smallest = self.smallest(group, lane);
                Kept::Extremum(if kind.kind == AccKind::Max { !smallest } else { smallest }.into())
            }
            Content::Sum(first, parts) => {
                let lane = |part: usize| self.total(group, first + part);
                let mut sum = IntegerSum::default();
                match parts {
                    Parts::Whole => sum.add(lane(0)),
                    Parts::Halves => sum.add(lane(0) + (lane(1) << 32) - (i128::from(rows) << 63)),
                    Parts::Quarters => {
                        sum.add(lane(0) + (lane(1) << 32));
                        // The upper half in units of 2^64, each of them with 2^63 too much.
                        sum.add_high(lane(2) + (lane(3) << 32) - (i128::from(rows) << 63));
                    }
                }
                Kept::Integer(sum)
            }
        };
        Accumulator::of_parts(kind, rows, content)
    }

    /// What all accumulators have of a group.
    pub(crate) fn accumulators(&self, group: u32) -> impl Iterator<Item = Accumulator> {
        (0..self.kinds.len()).map(move |number| self.accumulator(group, number))
    }
}

/// The same groups in the same order with the same in their accumulators.
impl PartialEq for Grouped {
    fn eq(&self, other: &Grouped) -> bool {
        self.order == other.order
            && self.order.iter().all(|group| self.accumulators(*group).eq(other.accumulators(*group)))
    }
}
