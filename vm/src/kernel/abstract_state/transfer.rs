//! What an instruction makes of what is known of its operands.

use super::interval::{Checked, Interval};
use super::{DoubleRange, Range, State, Truth, calendar};
use crate::kernel::{Helper, Inst, M, Operand, Pool, V};
use crate::semantics::float;
use crate::types::{Form, Lane};

/// What is known of the register that an instruction writes.
pub(super) enum Written {
    Value(V, Range),
    Mask(M, Truth),
    Nothing,
}

/// A transfer function of two integers in a lane, and of two f64.
type Arithmetic = (fn(Interval, Interval, Interval, Checked) -> Interval, fn(DoubleRange, DoubleRange) -> DoubleRange);

const ADD: Arithmetic = (Interval::add, DoubleRange::add);
const SUB: Arithmetic = (Interval::sub, DoubleRange::sub);
const MUL: Arithmetic = (Interval::mul, DoubleRange::mul);

impl State<'_> {
    /// An instruction of which nothing is said here can write anything of its register's lane.
    pub(super) fn transfer(&self, inst: &Inst) -> Written {
        if let Some((dst, truth)) = self.logic(inst) {
            return Written::Mask(dst, truth);
        }
        match self.arithmetic(inst).or_else(|| self.conversion(inst)) {
            Some((dst, range)) => {
                Written::Value(dst, range.unwrap_or_else(|| Range::of_lane(self.kernel().values[dst.index()])))
            }
            None => Written::Nothing,
        }
    }

    fn logic(&self, inst: &Inst) -> Option<(M, Truth)> {
        Some(match *inst {
            Inst::LoadValid { dst, input } => (dst, self.validity(input)),
            Inst::LoadBits { dst, .. } | Inst::TestBit { dst, .. } | Inst::MightContain { dst, .. } => {
                (dst, Truth::Unknown)
            }
            Inst::True { dst } => (dst, Truth::Always),
            Inst::False { dst } => (dst, Truth::Never),
            Inst::Eq { dst, a, b, .. } => (dst, self.equal(a, b)),
            Inst::Ne { dst, a, b, .. } => (dst, self.equal(a, b).not()),
            Inst::Lt { dst, a, b, .. } => (dst, self.less(a, b)),
            Inst::Gt { dst, a, b, .. } => (dst, self.less(b, a)),
            Inst::Le { dst, a, b, .. } => (dst, self.less(b, a).not()),
            Inst::Ge { dst, a, b, .. } => (dst, self.less(a, b).not()),
            Inst::And { dst, a, b } => (dst, self.truth(a).and(self.truth(b))),
            Inst::Or { dst, a, b } => (dst, self.truth(a).or(self.truth(b))),
            Inst::AndNot { dst, a, b } => (dst, self.truth(a).and(self.truth(b).not())),
            Inst::OrNot { dst, a, b } => (dst, self.truth(a).or(self.truth(b).not())),
            Inst::Xor { dst, a, b } => (dst, self.truth(a).xor(self.truth(b))),
            Inst::Not { dst, a } => (dst, self.truth(a).not()),
            _ => return None,
        })
    }

    fn arithmetic(&self, inst: &Inst) -> Option<(V, Option<Range>)> {
        let integers = |a, b, function: &dyn Fn(Interval, Interval) -> Interval| {
            self.integers(a, b).map(|(a, b)| Range::Integer(function(a, b)))
        };
        let doubles = |a, b, function: fn(DoubleRange, DoubleRange) -> DoubleRange| {
            self.doubles(a, b).map(|(a, b)| Range::Double(function(a, b)))
        };
        let plain = |function, lane, a, b| self.computed(function, lane, (a, b), Checked::Wraps);
        let checked = |function, lane, a, b, guard| self.computed(function, lane, (a, b), self.checked(guard));
        Some(match *inst {
            Inst::Add { lane, dst, a, b } => (dst, plain(ADD, lane, a, b)),
            Inst::Sub { lane, dst, a, b } => (dst, plain(SUB, lane, a, b)),
            Inst::Mul { lane, dst, a, b } => (dst, plain(MUL, lane, a, b)),
            Inst::AddChecked { lane, dst, a, b, guard } => (dst, checked(ADD, lane, a, b, guard)),
            Inst::SubChecked { lane, dst, a, b, guard } => (dst, checked(SUB, lane, a, b, guard)),
            Inst::MulChecked { lane, dst, a, b, guard } => (dst, checked(MUL, lane, a, b, guard)),
            Inst::DivChecked { lane, dst, a, b, guard } => {
                let lane = Interval::of_lane(lane)?;
                (dst, integers(a, b, &|a, b| a.div(b, lane, self.checked(guard))))
            }
            Inst::RemChecked { dst, a, b, .. } => (dst, integers(a, b, &Interval::rem)),
            Inst::DivRound { dst, a, b, .. } => {
                let divisor = self.integer(Operand::Const(b)).and_then(Interval::exact).filter(|divisor| *divisor > 0);
                (dst, self.integer(a).zip(divisor).map(|(a, divisor)| Range::Integer(a.div_round(divisor))))
            }
            Inst::Div { dst, a, b } => (dst, doubles(a, b, DoubleRange::div)),
            Inst::Rem { dst, a, b } => (dst, doubles(a, b, DoubleRange::rem)),
            Inst::Neg { dst, a } => (dst, self.of_double(a, DoubleRange::neg)),
            Inst::Abs { dst, a } => (dst, self.of_double(a, DoubleRange::abs)),
            Inst::RoundF32 { dst, a } => (dst, self.of_double(a, |a| a.monotone(float::round_f32))),
            Inst::Min { dst, a, b, .. } => (dst, self.range(a).combine(self.range(b), Interval::min, DoubleRange::min)),
            Inst::Max { dst, a, b, .. } => (dst, self.range(a).combine(self.range(b), Interval::max, DoubleRange::max)),
            _ => return None,
        })
    }

    fn conversion(&self, inst: &Inst) -> Option<(V, Option<Range>)> {
        Some(match *inst {
            Inst::Load { form, dst, input } => (dst, Some(self.loaded(form, input))),
            Inst::Constant { dst, value, .. } => (dst, Some(self.range(Operand::Const(value)))),
            Inst::Select { dst, mask, a, b, .. } => {
                let range = match self.truth(mask) {
                    Truth::Always => Some(self.range(a)),
                    Truth::Never => Some(self.range(b)),
                    Truth::Unknown => self.range(a).union(self.range(b)),
                };
                (dst, range)
            }
            Inst::Widen { to: Lane::F64, dst, a, .. } => {
                (dst, self.integer(a).map(|a| Range::Double(DoubleRange::of_integers(a))))
            }
            Inst::Widen { to, dst, a, .. } | Inst::Narrow { to, dst, a, .. } => {
                let lane = Interval::of_lane(to)?;
                (dst, self.integer(a).map(|a| Range::Integer(a.narrowed(lane))))
            }
            Inst::ToInteger { to, dst, a, .. } => {
                let lane = Interval::of_lane(to)?;
                (dst, self.double(a).map(|a| Range::Integer(a.to_integers(lane))))
            }
            Inst::Digit { dst, number, a, low, high, valid, .. } => {
                (dst, self.digit((number, a), (low, high), valid).map(Range::Integer))
            }
            Inst::Call1 { helper, dst, a, .. } => (dst, self.double(a).and_then(|a| call(helper, a))),
            Inst::Call2 { helper, dst, a, b, .. } => {
                let result = self.integers(a, b).and_then(|(a, b)| calendar::helper(helper, a, b));
                (dst, result.map(Range::Integer))
            }
            _ => return None,
        })
    }

    /// A digit more for a number; `None` where it may wrap.
    fn digit(&self, (number, a): (Operand, Operand), (low, high): (Pool, Pool), valid: M) -> Option<Interval> {
        let bound = |entry| self.integer(Operand::Const(entry)).and_then(Interval::exact);
        let values = Interval::between(bound(low)?, bound(high)?)?;
        let (number, a) = self.integers(number, a)?;
        let places = values.high - values.low + 2;
        let largest = number.high.max(0) * places + places - 1;
        let outside = number.low < 0 || !a.within(values) && self.truth(valid) != Truth::Never;
        let smallest = if outside { -1 } else { number.low * places };
        (largest <= i32::MAX.into()).then_some(Interval { low: smallest, high: largest })
    }

    /// What an overflow does: with a guard that is always true it traps.
    pub(super) fn checked(&self, guard: M) -> Checked {
        if self.truth(guard) == Truth::Always { Checked::Traps } else { Checked::Wraps }
    }

    fn computed(
        &self,
        (integers, doubles): Arithmetic,
        lane: Lane,
        (a, b): (Operand, Operand),
        checked: Checked,
    ) -> Option<Range> {
        match Interval::of_lane(lane) {
            Some(lane) => self.integers(a, b).map(|(a, b)| Range::Integer(integers(a, b, lane, checked))),
            None => self.doubles(a, b).map(|(a, b)| Range::Double(doubles(a, b))),
        }
    }

    fn of_double(&self, a: Operand, function: impl Fn(DoubleRange) -> DoubleRange) -> Option<Range> {
        self.double(a).map(|a| Range::Double(function(a)))
    }

    fn equal(&self, a: Operand, b: Operand) -> Truth {
        if a == b {
            return Truth::Always;
        }
        match (self.range(a), self.range(b)) {
            (Range::Integer(a), Range::Integer(b)) => {
                if a.intersection(b).is_none() {
                    Truth::Never
                } else if a.exact().is_some() && a == b {
                    Truth::Always
                } else {
                    Truth::Unknown
                }
            }
            (Range::Double(a), Range::Double(b)) => {
                if a.intersection(b).is_none() {
                    Truth::Never
                } else if (a.exact().is_some() || a.is_only_nan()) && a == b {
                    Truth::Always
                } else {
                    Truth::Unknown
                }
            }
            _ => Truth::Unknown,
        }
    }

    fn less(&self, a: Operand, b: Operand) -> Truth {
        if a == b {
            return Truth::Never;
        }
        match (self.range(a), self.range(b)) {
            (Range::Integer(a), Range::Integer(b)) => Truth::of(a.high < b.low, a.low >= b.high),
            // NaN is greater than every number and not less than itself.
            (Range::Double(a), Range::Double(b)) => {
                let always = !a.nan && (a.high < b.low || b.is_only_nan());
                let never = a.is_only_nan() || (!b.nan && a.low >= b.high);
                Truth::of(always, never)
            }
            _ => Truth::Unknown,
        }
    }
}

/// The result of a helper of one f64; `None` where nothing is known of it.
fn call(helper: Helper, a: DoubleRange) -> Option<Range> {
    Some(Range::Double(match helper {
        Helper::Floor => a.monotone(f64::floor),
        Helper::Ceil => a.monotone(f64::ceil),
        Helper::Round => a.monotone(f64::round),
        Helper::Trunc => a.monotone(f64::trunc),
        Helper::Sqrt => a.sqrt(),
        Helper::Exp
        | Helper::Ln
        | Helper::Log10
        | Helper::Log2
        | Helper::Pow
        | Helper::Sin
        | Helper::Cos
        | Helper::Tan
        | Helper::Asin
        | Helper::Acos
        | Helper::Atan
        | Helper::Atan2
        | Helper::Cbrt
        | Helper::DatePart
        | Helper::TimestampPart
        | Helper::DateAddMonths
        | Helper::TimestampAddMonths
        | Helper::DateTrunc
        | Helper::TimestampTrunc => return None,
    }))
}

/// What a column of a form holds.
pub(super) fn of_form(form: Form) -> Range {
    Interval::of_form(form).map_or(Range::Double(DoubleRange::ALL), Range::Integer)
}
