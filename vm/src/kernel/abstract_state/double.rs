//! Ranges of f64, and what operations make of them.
//!
//! Rounding is monotone, so that the bounds of a sum, difference, product or quotient are what the operation itself
//! makes of bounds. -0.0 and 0.0 are one number here.

use crate::semantics::Integer;

use super::interval::Interval;

/// The smallest and the largest number that a register may have, and whether it may be NaN.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DoubleRange {
    /// Above `high` if there are no numbers, but NaN only.
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) nan: bool,
}

/// Bounds are the same if they are the same numbers.
impl PartialEq for DoubleRange {
    fn eq(&self, other: &DoubleRange) -> bool {
        (self.low, self.high, self.nan) == (other.low, other.high, other.nan)
    }
}

impl DoubleRange {
    pub(crate) const ALL: DoubleRange = DoubleRange { low: f64::NEG_INFINITY, high: f64::INFINITY, nan: true };
    const NOTHING: DoubleRange = DoubleRange { low: f64::INFINITY, high: f64::NEG_INFINITY, nan: false };

    pub(crate) fn exactly(value: f64) -> DoubleRange {
        DoubleRange::NOTHING.with(value)
    }

    /// With one more value in it.
    fn with(self, value: f64) -> DoubleRange {
        if value.is_nan() {
            return DoubleRange { nan: true, ..self };
        }
        DoubleRange { low: self.low.min(value), high: self.high.max(value), ..self }
    }

    fn or_nan(self, nan: bool) -> DoubleRange {
        DoubleRange { nan: self.nan | nan, ..self }
    }

    /// Whether there are no numbers in it.
    pub(crate) fn is_only_nan(self) -> bool {
        self.low > self.high
    }

    /// The only number, if there is but one and no NaN.
    pub(crate) fn exact(self) -> Option<f64> {
        (self.low == self.high && !self.nan).then_some(self.low)
    }

    /// Whether a value is in it.
    pub(crate) fn contains(self, value: f64) -> bool {
        if value.is_nan() { self.nan } else { self.low <= value && value <= self.high }
    }

    /// The least range that has both in it.
    pub(crate) fn union(self, other: DoubleRange) -> DoubleRange {
        DoubleRange { low: self.low.min(other.low), high: self.high.max(other.high), nan: self.nan | other.nan }
    }

    /// What is in both; `None` if that is empty.
    pub(crate) fn intersection(self, other: DoubleRange) -> Option<DoubleRange> {
        let both =
            DoubleRange { low: self.low.max(other.low), high: self.high.min(other.high), nan: self.nan & other.nan };
        if both.is_only_nan() {
            return both.nan.then_some(DoubleRange::NOTHING.or_nan(true));
        }
        Some(both)
    }

    fn is_infinite(self) -> bool {
        self.low == f64::NEG_INFINITY || self.high == f64::INFINITY
    }

    /// What a function makes of bounds; where that is NaN it is near 0 for numbers beside them.
    fn corners(self, other: DoubleRange, function: impl Fn(f64, f64) -> f64) -> DoubleRange {
        let nan = self.nan | other.nan;
        if self.is_only_nan() || other.is_only_nan() {
            return DoubleRange::NOTHING.or_nan(nan);
        }
        let mut found = DoubleRange::NOTHING;
        for a in [self.low, self.high] {
            for b in [other.low, other.high] {
                let value = function(a, b);
                found = found.with(if value.is_nan() { 0.0 } else { value });
            }
        }
        found.or_nan(nan)
    }

    /// a + b.
    pub(crate) fn add(self, other: DoubleRange) -> DoubleRange {
        let clash = |a: DoubleRange, b: DoubleRange| a.low == f64::NEG_INFINITY && b.high == f64::INFINITY;
        if clash(self, other) || clash(other, self) {
            return DoubleRange::ALL;
        }
        self.corners(other, |a, b| a + b)
    }

    /// a - b.
    pub(crate) fn sub(self, other: DoubleRange) -> DoubleRange {
        self.add(other.neg())
    }

    /// a * b.
    pub(crate) fn mul(self, other: DoubleRange) -> DoubleRange {
        let clash = |a: DoubleRange, b: DoubleRange| a.contains(0.0) && b.is_infinite();
        self.corners(other, |a, b| a * b).or_nan(clash(self, other) || clash(other, self))
    }

    /// a / b.
    pub(crate) fn div(self, other: DoubleRange) -> DoubleRange {
        if other.contains(0.0) {
            return DoubleRange::ALL;
        }
        self.corners(other, |a, b| a / b).or_nan(self.is_infinite() && other.is_infinite())
    }

    /// The remainder of a / b, with the sign of a.
    pub(crate) fn rem(self, other: DoubleRange) -> DoubleRange {
        let nan = self.nan || other.nan || self.is_infinite() || other.contains(0.0);
        if self.is_only_nan() || other.is_only_nan() {
            return DoubleRange::NOTHING.or_nan(nan);
        }
        let most = other.low.abs().max(other.high.abs());
        DoubleRange { low: self.low.max(-most).min(0.0), high: self.high.min(most).max(0.0), nan }
    }

    /// -a.
    pub(crate) fn neg(self) -> DoubleRange {
        DoubleRange { low: -self.high, high: -self.low, nan: self.nan }
    }

    /// |a|.
    pub(crate) fn abs(self) -> DoubleRange {
        if self.low >= 0.0 || self.is_only_nan() {
            return self;
        }
        let low = if self.high < 0.0 { -self.high } else { 0.0 };
        DoubleRange { low, high: self.high.max(-self.low), nan: self.nan }
    }

    /// What a function that never falls makes of it; it leaves NaN.
    pub(crate) fn monotone(self, function: impl Fn(f64) -> f64) -> DoubleRange {
        if self.is_only_nan() {
            return self;
        }
        DoubleRange { low: function(self.low), high: function(self.high), nan: self.nan }
    }

    /// The square root.
    pub(crate) fn sqrt(self) -> DoubleRange {
        if self.high < 0.0 || self.is_only_nan() {
            return DoubleRange::NOTHING.or_nan(true);
        }
        DoubleRange { low: self.low.max(0.0).sqrt(), high: self.high.sqrt(), nan: self.nan || self.low < 0.0 }
    }

    /// The smaller of both; NaN is the largest of all.
    pub(crate) fn min(self, other: DoubleRange) -> DoubleRange {
        let mut high = self.high.min(other.high);
        if self.nan {
            high = high.max(other.high);
        }
        if other.nan {
            high = high.max(self.high);
        }
        DoubleRange { low: self.low.min(other.low), high, nan: self.nan & other.nan }
    }

    /// The larger of both; NaN is the largest of all.
    pub(crate) fn max(self, other: DoubleRange) -> DoubleRange {
        if self.is_only_nan() || other.is_only_nan() {
            return DoubleRange::NOTHING.or_nan(true);
        }
        DoubleRange { low: self.low.max(other.low), high: self.high.max(other.high), nan: self.nan | other.nan }
    }

    /// The integers of an interval.
    pub(crate) fn of_integers(interval: Interval) -> DoubleRange {
        DoubleRange { low: i128::to_double(interval.low), high: i128::to_double(interval.high), nan: false }
    }

    /// The nearest integers in a lane: what is beyond it is cut to it, and NaN is 0.
    pub(crate) fn to_integers(self, lane: Interval) -> Interval {
        let zero = Interval::exactly(0);
        if self.is_only_nan() {
            return zero;
        }
        let nearest = |value: f64| (value.round_ties_even() as i128).clamp(lane.low, lane.high);
        let numbers = Interval { low: nearest(self.low), high: nearest(self.high) };
        if self.nan { numbers.union(zero) } else { numbers }
    }
}
