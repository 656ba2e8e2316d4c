//! Which checks cannot fail, and by what range.

use super::{DoubleRange, Interval, Range, State, calendar};
use crate::kernel::{Helper, Inst, M, Operand};
use crate::types::Lane;

/// What is known of an instruction that checks something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Check {
    /// It may fail for a row.
    MayFail,
    /// It cannot: its result, or what it looks at, is in this range.
    Within(Range),
    /// It cannot: no row is looked at.
    Idle,
}

impl State<'_> {
    /// Whether the check of an instruction can fail for a row that is active before it; `None` for what checks nothing.
    pub(crate) fn check(&self, inst: &Inst) -> Option<Check> {
        if !inst.may_trap() {
            return None;
        }
        let check = match *inst {
            Inst::AddChecked { lane, a, b, guard, .. } => {
                self.within_lane(lane, (a, b), guard, |a, b| a.corners(b, i128::checked_add))
            }
            Inst::SubChecked { lane, a, b, guard, .. } => {
                self.within_lane(lane, (a, b), guard, |a, b| a.corners(b, i128::checked_sub))
            }
            Inst::MulChecked { lane, a, b, guard, .. } => {
                self.within_lane(lane, (a, b), guard, |a, b| a.corners(b, i128::checked_mul))
            }
            Inst::DivChecked { lane, a, b, guard, .. } => {
                let least = Interval::of_lane(lane).map_or(i128::MIN, |lane| lane.low);
                self.divisor(b, guard, |divisor| {
                    !divisor.contains(-1) || self.integer_under(guard, a).is_some_and(|a| !a.contains(least))
                })
            }
            Inst::RemChecked { b, guard, .. } => self.divisor(b, guard, |_| true),
            Inst::Range { a, low, high, guard, .. } => self.in_range(a.into(), guard, || {
                let (low, high) = (self.integer(Operand::Const(low))?, self.integer(Operand::Const(high))?);
                Interval::between(low.low, high.high)
            }),
            Inst::ToInteger { to, a, guard, .. } => self.rounded_within(to, a, guard),
            Inst::Call1 { helper, a, guard, .. } => self.call_of_double(helper, a, guard),
            Inst::Call2 { helper, a, b, guard, .. } => match (self.integer_under(guard, a), self.integer(b)) {
                (Some(a), Some(b)) => calendar::helper(helper, a, b)
                    .map_or(Check::MayFail, |result| Check::Within(Range::Integer(result))),
                _ => Check::Idle,
            },
            _ => Check::MayFail,
        };
        Some(check)
    }

    fn integer_under(&self, guard: M, operand: Operand) -> Option<Interval> {
        match self.range_under(guard, operand)? {
            Range::Integer(interval) => Some(interval),
            Range::Double(_) => None,
        }
    }

    /// Whether what an operation makes of two integers fits its lane.
    fn within_lane(
        &self,
        lane: Lane,
        (a, b): (Operand, Operand),
        guard: M,
        exact: impl Fn(Interval, Interval) -> Option<Interval>,
    ) -> Check {
        let (Some(a), Some(b)) = (self.integer_under(guard, a), self.integer_under(guard, b)) else {
            return Check::Idle;
        };
        match (exact(a, b), Interval::of_lane(lane)) {
            (Some(result), Some(lane)) if result.within(lane) => Check::Within(Range::Integer(result)),
            _ => Check::MayFail,
        }
    }

    fn divisor(&self, b: Operand, guard: M, fits: impl Fn(Interval) -> bool) -> Check {
        match self.integer_under(guard, b) {
            None => Check::Idle,
            Some(divisor) if !divisor.contains(0) && fits(divisor) => Check::Within(Range::Integer(divisor)),
            Some(_) => Check::MayFail,
        }
    }

    fn in_range(&self, a: Operand, guard: M, wanted: impl Fn() -> Option<Interval>) -> Check {
        match (self.integer_under(guard, a), wanted()) {
            (None, _) => Check::Idle,
            (Some(a), Some(wanted)) if a.within(wanted) => Check::Within(Range::Integer(a)),
            (Some(_), _) => Check::MayFail,
        }
    }

    fn rounded_within(&self, to: Lane, a: Operand, guard: M) -> Check {
        let Some(lane) = Interval::of_lane(to) else { return Check::MayFail };
        match self.range_under(guard, a) {
            None => Check::Idle,
            // The upper end of a lane is no f64 but for i32: what is below it rounded is in the lane.
            Some(Range::Double(range)) if !range.nan => {
                let fits = |value: f64| {
                    let rounded = value.round_ties_even();
                    rounded >= lane.low as f64 && rounded < -(lane.low as f64)
                };
                if fits(range.low) && fits(range.high) { Check::Within(Range::Double(range)) } else { Check::MayFail }
            }
            Some(_) => Check::MayFail,
        }
    }

    /// Logarithms are bad for zero and below.
    fn call_of_double(&self, helper: Helper, a: Operand, guard: M) -> Check {
        match (helper, self.range_under(guard, a)) {
            (_, None) => Check::Idle,
            (Helper::Ln | Helper::Log10 | Helper::Log2, Some(Range::Double(range))) if is_positive(range) => {
                Check::Within(Range::Double(range))
            }
            _ => Check::MayFail,
        }
    }
}

fn is_positive(range: DoubleRange) -> bool {
    range.low > 0.0 && !range.nan
}
