//! Intervals of integers, and what operations make of them.
//!
//! Each operation has the lane that it computes in as an interval too, so that tests can try all of it in eight bits.

use crate::semantics::Integer;
use crate::types::{Form, Lane};

/// The smallest and the largest value that a register may have. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Interval {
    /// Everything that a lane holds; `None` of lanes that hold no integers.
    pub(crate) fn of_lane(lane: Lane) -> Option<Interval> {
        Some(match lane {
            Lane::I32 => Interval { low: i32::MIN.into(), high: i32::MAX.into() },
            Lane::I64 => Interval { low: i64::MIN.into(), high: i64::MAX.into() },
            Lane::I128 => Interval { low: i128::MIN, high: i128::MAX },
            Lane::F64 | Lane::Mask => return None,
        })
    }

    /// Everything that a column of this form holds.
    pub(crate) fn of_form(form: Form) -> Option<Interval> {
        match form {
            Form::I8 => Some(Interval { low: i8::MIN.into(), high: i8::MAX.into() }),
            Form::I16 => Some(Interval { low: i16::MIN.into(), high: i16::MAX.into() }),
            _ => Interval::of_lane(form.lane()?),
        }
    }

    pub(crate) fn exactly(value: i128) -> Interval {
        Interval { low: value, high: value }
    }

    /// From `low` to `high`; `None` if that is empty.
    pub(crate) fn between(low: i128, high: i128) -> Option<Interval> {
        (low <= high).then_some(Interval { low, high })
    }

    /// The only value, if there is but one.
    pub(crate) fn exact(self) -> Option<i128> {
        (self.low == self.high).then_some(self.low)
    }

    /// Whether a value is in it.
    pub(crate) fn contains(self, value: i128) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether all of it is within `other`.
    pub(crate) fn within(self, other: Interval) -> bool {
        other.low <= self.low && self.high <= other.high
    }

    /// Whether all of it fits an integer of so many bits.
    pub(crate) fn fits(self, bits: u32) -> bool {
        self.low >= -(1 << (bits - 1)) && self.high < 1 << (bits - 1)
    }

    /// The fewest bits of an integer that holds all of it.
    pub(crate) fn bits(self) -> u32 {
        let bits = |value: i128| 129 - if value < 0 { (!value).leading_zeros() } else { value.leading_zeros() };
        bits(self.low).max(bits(self.high))
    }

    /// What is in both; `None` if that is empty.
    pub(crate) fn intersection(self, other: Interval) -> Option<Interval> {
        Interval::between(self.low.max(other.low), self.high.min(other.high))
    }

    /// The least interval that has both in it.
    pub(crate) fn union(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The bounds of a function of two numbers that is monotone in each, at the corners.
    pub(crate) fn corners(self, other: Interval, function: impl Fn(i128, i128) -> Option<i128>) -> Option<Interval> {
        let mut found: Option<Interval> = None;
        for a in [self.low, self.high] {
            for b in [other.low, other.high] {
                let value = Interval::exactly(function(a, b)?);
                found = Some(found.map_or(value, |found| found.union(value)));
            }
        }
        found
    }

    /// What is computed in a lane: what wraps can be anything of it. `None` is beyond 128 bits.
    fn wrapped(exact: Option<Interval>, lane: Interval) -> Interval {
        exact.filter(|exact| exact.within(lane)).unwrap_or(lane)
    }

    /// What is left once an overflow has trapped. Where everything overflows no row is left, and anything holds.
    fn trapped(exact: Option<Interval>, lane: Interval) -> Interval {
        exact.and_then(|exact| exact.intersection(lane)).unwrap_or(lane)
    }

    fn computed(exact: Option<Interval>, lane: Interval, checked: Checked) -> Interval {
        match checked {
            Checked::Wraps => Interval::wrapped(exact, lane),
            Checked::Traps => Interval::trapped(exact, lane),
        }
    }

    /// a + b.
    pub(crate) fn add(self, other: Interval, lane: Interval, checked: Checked) -> Interval {
        let ends = (self.low.checked_add(other.low), self.high.checked_add(other.high));
        Interval::computed(Interval::of_ends(ends), lane, checked)
    }

    /// a - b.
    pub(crate) fn sub(self, other: Interval, lane: Interval, checked: Checked) -> Interval {
        let ends = (self.low.checked_sub(other.high), self.high.checked_sub(other.low));
        Interval::computed(Interval::of_ends(ends), lane, checked)
    }

    /// a * b.
    pub(crate) fn mul(self, other: Interval, lane: Interval, checked: Checked) -> Interval {
        Interval::computed(self.corners(other, i128::checked_mul), lane, checked)
    }

    fn of_ends(ends: (Option<i128>, Option<i128>)) -> Option<Interval> {
        Some(Interval { low: ends.0?, high: ends.1? })
    }

    /// a / b, truncated. What is bad gives 0 where it does not trap.
    pub(crate) fn div(self, other: Interval, lane: Interval, checked: Checked) -> Interval {
        let part = |divisors: Option<Interval>| {
            // Only MIN / -1 is beyond the lane, by 1; beyond 128 bits it is cut to the largest value there.
            self.corners(divisors?, |a, b| Some(a.checked_div(b).unwrap_or(i128::MAX)))
        };
        let below = part(other.intersection(Interval { low: i128::MIN, high: -1 }));
        let above = part(other.intersection(Interval { low: 1, high: i128::MAX }));
        let quotient = match (below, above) {
            (Some(below), Some(above)) => Some(below.union(above)),
            (below, above) => below.or(above),
        };
        let overflows = self.low == lane.low && other.contains(-1);
        let zero = (other.contains(0) || overflows) && checked == Checked::Wraps;
        let quotient = Interval::trapped(quotient, lane);
        if zero { quotient.union(Interval::exactly(0)) } else { quotient }
    }

    /// The remainder of a / b: it has the sign of a, and is smaller than a and b.
    pub(crate) fn rem(self, other: Interval) -> Interval {
        let magnitude = other.low.unsigned_abs().max(other.high.unsigned_abs()).max(1) - 1;
        let most = i128::try_from(magnitude).unwrap_or(i128::MAX);
        Interval { low: self.low.max(-most).min(0), high: self.high.min(most).max(0) }
    }

    /// a / b rounded half away from zero; b is positive.
    pub(crate) fn div_round(self, divisor: i128) -> Interval {
        Interval { low: i128::div_round(self.low, divisor), high: i128::div_round(self.high, divisor) }
    }

    /// The smaller of both.
    pub(crate) fn min(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.min(other.high) }
    }

    /// The larger of both.
    pub(crate) fn max(self, other: Interval) -> Interval {
        Interval { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    /// The low bits of it.
    pub(crate) fn narrowed(self, lane: Interval) -> Interval {
        Interval::wrapped(Some(self), lane)
    }
}

/// What becomes of a row in which an operation overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// It goes on with what the lane has room for: nothing is checked, or the guard may be false.
    Wraps,
    /// It does not go on.
    Traps,
}
