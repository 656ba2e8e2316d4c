//! What a kernel's accumulators hold. They live as long as a worker's part of the statement, then they are merged.

use super::{AccKind, AccSlot};
use crate::semantics::{BinnedSum, IntegerSum, float};
use crate::types::Lane;
use crate::value::Value;

/// One accumulator: rows seen, and what was kept of them. The same for any order of rows and any tree of merges.
#[derive(Clone, Debug, PartialEq)]
pub struct Accumulator {
    slot: AccSlot,
    rows: u64,
    content: Content,
}

/// What is kept beside the number of rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Count,
    Integer(IntegerSum),
    Double(BinnedSum),
    /// The smallest or largest integer; of f64 the [`float::order_key`]. Arbitrary while there are no rows.
    Extremum(i128),
}

impl Accumulator {
    /// An accumulator that has seen nothing.
    pub fn new(slot: AccSlot) -> Accumulator {
        let content = match slot.kind {
            AccKind::Count => Content::Count,
            AccKind::SumInteger => Content::Integer(IntegerSum::default()),
            AccKind::SumDouble => Content::Double(BinnedSum::default()),
            AccKind::Min | AccKind::Max => Content::Extremum(0),
        };
        Accumulator { slot, rows: 0, content }
    }

    /// An accumulator that has seen `rows` rows and kept `content` of them; an extremum of none is arbitrary.
    pub(super) fn of_parts(slot: AccSlot, rows: u64, content: Content) -> Accumulator {
        match content {
            Content::Extremum(_) if rows == 0 => Accumulator::new(slot),
            content => Accumulator { slot, rows, content },
        }
    }

    /// What it keeps.
    pub fn slot(&self) -> AccSlot {
        self.slot
    }

    /// Rows it has seen: the count itself, and 0 means NULL for everything else.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum of integers; `None` if it is none, or does not fit 128 bits.
    pub fn integer_sum(&self) -> Option<i128> {
        match &self.content {
            Content::Integer(sum) => sum.value(),
            Content::Count | Content::Double(_) | Content::Extremum(_) => None,
        }
    }

    /// The exact sum of integers, for merging into another one.
    pub fn exact_integer_sum(&self) -> Option<&IntegerSum> {
        match &self.content {
            Content::Integer(sum) => Some(sum),
            Content::Count | Content::Double(_) | Content::Extremum(_) => None,
        }
    }

    /// The sum of f64, for its value or for merging into another one.
    pub fn double_sum(&self) -> Option<&BinnedSum> {
        match &self.content {
            Content::Double(sum) => Some(sum),
            Content::Count | Content::Integer(_) | Content::Extremum(_) => None,
        }
    }

    /// The smallest or largest value: [`Value::Null`] without rows, [`Value::Integer`] for i32 and i64,
    /// [`Value::Wide`] for i128, [`Value::Double`] for f64. `None` if it keeps no extremum.
    pub fn extremum(&self) -> Option<Value> {
        let Content::Extremum(kept) = self.content else { return None };
        if self.rows == 0 {
            return Some(Value::Null);
        }
        Some(match self.slot.lane {
            Lane::I32 | Lane::I64 => Value::Integer(kept as i64),
            Lane::F64 => Value::Double(float::from_order_key(kept as i64)),
            Lane::I128 | Lane::Mask => Value::Wide(kept),
        })
    }

    /// Adds what another accumulator of the same slot has seen.
    pub fn merge(&mut self, other: &Accumulator) {
        debug_assert_eq!(self.slot, other.slot, "accumulators of one slot");
        match (&mut self.content, &other.content) {
            (Content::Integer(sum), Content::Integer(more)) => sum.merge(more),
            (Content::Double(sum), Content::Double(more)) => sum.merge(more),
            (Content::Extremum(_), Content::Extremum(kept)) if other.rows > 0 => return self.keep(*kept, other.rows),
            _ => {}
        }
        self.rows += other.rows;
    }

    /// Forgets what it has seen.
    pub fn reset(&mut self) {
        *self = Accumulator::new(self.slot);
    }

    /// Counts `rows` more and gives what they are to be added to.
    #[inline(always)]
    pub(crate) fn content_mut(&mut self, rows: u64) -> &mut Content {
        self.rows += rows;
        &mut self.content
    }

    /// Keeps `value`, the extremum of `rows` more rows, if it is smaller or larger than what is kept.
    #[inline(always)]
    pub(crate) fn keep(&mut self, value: i128, rows: u64) {
        let Content::Extremum(kept) = &mut self.content else { return };
        let better = if self.slot.kind == AccKind::Min { value < *kept } else { value > *kept };
        if rows > 0 && (self.rows == 0 || better) {
            *kept = value;
        }
        self.rows += rows;
    }
}
