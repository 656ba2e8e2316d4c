//! How the accumulators of a kernel with groups lie in memory: what interpreter and compiled code agree on.
//!
//! Each group has a few *lanes* of 64 bits, one after the other: the rows that it has, sums of values or of their parts,
//! smallest values. Four lanes are a *block*, as wide as a register of the machine: lanes of a row are added to at once.
//! What several accumulators need is kept once. Rows that are no longer active have a group of their own, the last,
//! which nobody reads; so values need no mask. Neighbouring rows are often of one group and would wait for each other's
//! additions, so few groups are kept in several copies: row `i` is added to copy `i % 4`.

use super::abstract_state::{Bounds, Facts, Interval};
use super::{AccKind, Inst, Kernel, M, Operand, PoolSource, V, limits};
use crate::types::Lane;

/// Lanes of a block.
pub(crate) const BLOCK: usize = 4;
/// Copies of few groups.
pub(crate) const COPIES: usize = 4;
/// Bytes that all copies may have.
const COPIED_BYTES_MAX: usize = 16 * 1024;
/// Bits of a value that is summed as it is: of more than 2^13 such values a sum has at most 64 bits.
const WHOLE_BITS: u32 = 50;
/// Rows that halves and counts are good for.
const ROWS_MAX: u64 = 1 << 31;

/// A key of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupKey {
    /// The smallest and the largest value.
    pub(crate) low: i32,
    pub(crate) high: i32,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
}

impl GroupKey {
    /// How many places it has: one for each value, and one for NULL.
    fn places(self) -> i64 {
        i64::from(self.high) - i64::from(self.low) + 2
    }
}

/// A value in parts, each in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// As it is.
    Whole,
    /// Two of 32 bits, the low one first; the sign bit is inverted.
    Halves,
    /// Four of 32 bits of a value of 128, the lowest first; the sign bit is inverted.
    Quarters,
}

impl Parts {
    fn count(self) -> usize {
        match self {
            Parts::Whole => 1,
            Parts::Halves => 2,
            Parts::Quarters => 4,
        }
    }
}

/// What an accumulator keeps in lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nothing but its rows.
    Count,
    /// A sum, from a lane on.
    Sum(usize, Parts),
    /// A sum in bins, by its number among those.
    Double(usize),
    /// The smallest value; of what is to be the largest, the smallest of all bits inverted.
    Extreme(usize),
}

/// An accumulator of each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupedSlot {
    /// The lane that counts its rows, and whether its instruction is the one that does.
    pub(crate) rows: usize,
    pub(crate) counts: bool,
    pub(crate) content: Content,
    /// Whether its instruction updates the content: another one may already.
    pub(crate) updates: bool,
}

/// The groups of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupPlan {
    /// The most significant digit first.
    pub(crate) keys: Vec<GroupKey>,
    /// Numbers that a group may have; the one behind them is that of inactive rows.
    pub(crate) domain: usize,
    pub(crate) slots: Vec<GroupedSlot>,
    /// Lanes that are added to, and behind them those that keep what is smallest: whole blocks.
    pub(crate) added: usize,
    pub(crate) smallest: usize,
    /// Sums in bins.
    pub(crate) doubles: usize,
    pub(crate) copies: usize,
    /// A lane that is added to holds the sum of so many rows; more than a few tiles.
    pub(crate) rows_before_flush: u64,
}

impl GroupPlan {
    /// The groups of a kernel whose registers, lanes and order are verified; `None` if it has none. Fails if the keys are
    /// not digit upon digit, or make too many groups.
    /// `proof` says what its inputs hold.
    pub(crate) fn new(kernel: &Kernel, proof: &[Option<Bounds>]) -> Result<Option<GroupPlan>, String> {
        let Some(number) = number_of(kernel) else { return Ok(None) };
        let keys = keys(kernel, number)?;
        let places = keys.iter().try_fold(1i64, |all, key| all.checked_mul(key.places()));
        let domain = places.filter(|places| *places <= limits::GROUPS_MAX as i64);
        let domain = domain.ok_or_else(|| format!("more than {} groups", limits::GROUPS_MAX))? as usize;
        let mut plan = GroupPlan {
            keys,
            domain,
            slots: Vec::new(),
            // The first lane counts all rows of the group.
            added: 1,
            smallest: 0,
            doubles: 0,
            copies: 1,
            rows_before_flush: ROWS_MAX,
        };
        plan.lay_out(kernel, proof)?;
        if (plan.domain + 1) * plan.stride() * 8 * COPIES <= COPIED_BYTES_MAX {
            plan.copies = COPIES;
        }
        Ok(Some(plan))
    }

    fn lay_out(&mut self, kernel: &Kernel, proof: &[Option<Bounds>]) -> Result<(), String> {
        let known = Facts::of(kernel, proof);
        let mut counted: Vec<(M, usize)> = Vec::new();
        let mut contents: Vec<(AccKind, Operand, M, Content)> = Vec::new();
        let mut slots = vec![None; kernel.accumulators.len()];
        for inst in &kernel.code {
            let (acc, argument, mask) = match *inst {
                Inst::Count { acc, mask } => (acc, None, mask),
                Inst::Sum { acc, a, mask, .. }
                | Inst::AccMin { acc, a, mask, .. }
                | Inst::AccMax { acc, a, mask, .. } => (acc, Some(a), mask),
                _ => continue,
            };
            let kind = kernel.accumulators[acc.index()].kind;
            let rows = counted.iter().find(|(known, _)| *known == mask).map(|(_, lane)| *lane);
            let is_true = kernel.code.contains(&Inst::True { dst: mask });
            let counts = rows.is_none() && !is_true;
            let rows = match rows {
                _ if is_true => 0,
                Some(lane) => lane,
                None => self.lane(),
            };
            if counts {
                counted.push((mask, rows));
            }
            let (mut content, mut updates) = (Content::Count, false);
            if let Some(argument) = argument {
                let same = |(other, of, where_true, _): &&(AccKind, Operand, M, Content)| {
                    (*other, *of, *where_true) == (kind, argument, mask)
                };
                match contents.iter().find(same) {
                    Some((.., same)) => content = *same,
                    None => {
                        content = self.content(kernel, kind, argument, known.interval(kernel, argument))?;
                        contents.push((kind, argument, mask, content));
                        updates = true;
                    }
                }
            }
            slots[acc.index()] = Some(GroupedSlot { rows, counts, content, updates });
        }
        self.slots = slots.into_iter().collect::<Option<_>>().ok_or("an accumulator is never updated")?;
        self.added = self.added.next_multiple_of(BLOCK);
        let added = self.added;
        for slot in &mut self.slots {
            if let Content::Extreme(lane) = &mut slot.content {
                *lane += added;
            }
        }
        self.smallest = self.smallest.next_multiple_of(BLOCK);
        Ok(())
    }

    fn lane(&mut self) -> usize {
        self.added += 1;
        self.added - 1
    }

    fn content(
        &mut self,
        kernel: &Kernel,
        kind: AccKind,
        argument: Operand,
        interval: Option<Interval>,
    ) -> Result<Content, String> {
        Ok(match (kind, interval) {
            (AccKind::Count, _) => Content::Count,
            (AccKind::SumDouble, _) | (AccKind::SumInteger, None) => {
                self.doubles += 1;
                Content::Double(self.doubles - 1)
            }
            (AccKind::SumInteger, Some(interval)) => {
                let parts = match interval.bits() {
                    ..=WHOLE_BITS => Parts::Whole,
                    bits if bits <= 64 => Parts::Halves,
                    _ => Parts::Quarters,
                };
                if parts == Parts::Whole {
                    self.rows_before_flush = self.rows_before_flush.min(1 << (63 - interval.bits()));
                }
                let first = self.lane();
                (1..parts.count()).for_each(|_| _ = self.lane());
                Content::Sum(first, parts)
            }
            (AccKind::Min | AccKind::Max, interval) => {
                let is_double = operand_lane(kernel, argument) == Lane::F64;
                if !is_double && !interval.is_some_and(|interval| interval.fits(64)) {
                    return Err("the smallest of values of more than 64 bits in a group".to_owned());
                }
                self.smallest += 1;
                Content::Extreme(self.smallest - 1)
            }
        })
    }

    /// Lanes of a group.
    pub(crate) fn stride(&self) -> usize {
        self.added + self.smallest
    }

    /// Lanes of a copy of all groups.
    pub(crate) fn copy_lanes(&self) -> usize {
        (self.domain + 1) * self.stride()
    }

    /// The keys of a group by its number; `None` for NULL.
    pub(crate) fn key_values(&self, group: u32) -> Vec<Option<i32>> {
        let mut rest = i64::from(group);
        let mut values: Vec<Option<i32>> = Vec::with_capacity(self.keys.len());
        for key in self.keys.iter().rev() {
            let place = rest % key.places();
            rest /= key.places();
            values.push((place + 1 < key.places()).then(|| (i64::from(key.low) + place) as i32));
        }
        values.reverse();
        values
    }
}

fn operand_lane(kernel: &Kernel, operand: Operand) -> Lane {
    match operand {
        Operand::Reg(register) => kernel.values[register.index()],
        Operand::Const(entry) => kernel.pool[entry.index()].lane,
    }
}

/// The register that says the rows' groups.
fn number_of(kernel: &Kernel) -> Option<V> {
    kernel.code.iter().find_map(|inst| match *inst {
        Inst::Group { a } => Some(a),
        _ => None,
    })
}

/// The keys of a verified kernel's groups; none if it has no groups.
pub(crate) fn keys_of(kernel: &Kernel) -> Vec<GroupKey> {
    number_of(kernel).and_then(|number| keys(kernel, number).ok()).unwrap_or_default()
}

/// The keys behind a group's number: digit upon digit, the first upon 0.
fn keys(kernel: &Kernel, number: V) -> Result<Vec<GroupKey>, String> {
    let constant = |entry: super::Pool| match kernel.pool[entry.index()].source {
        PoolSource::Integer(value) => i32::try_from(value).ok(),
        PoolSource::Double(_) | PoolSource::Parameter(_) => None,
    };
    let mut keys = Vec::new();
    let mut number = Operand::Reg(number);
    while let Operand::Reg(register) = number {
        let digit = kernel.code.iter().find_map(|inst| match *inst {
            Inst::Digit { dst, number, low, high, valid, .. } if dst == register => Some((number, low, high, valid)),
            _ => None,
        });
        let (before, low, high, valid) = digit.ok_or_else(|| format!("{register} is no digit of a group"))?;
        let (Some(low), Some(high)) = (constant(low), constant(high)) else {
            return Err(format!("the bounds of {register} are no constants"));
        };
        if low > high {
            return Err(format!("the bounds {low} to {high} of {register} are empty"));
        }
        keys.push(GroupKey { low, high, nullable: !kernel.code.contains(&Inst::True { dst: valid }) });
        number = before;
    }
    match number {
        Operand::Const(entry) if constant(entry) == Some(0) => {
            keys.reverse();
            Ok(keys)
        }
        _ => Err(format!("the first digit is upon {number}, not upon 0")),
    }
}
