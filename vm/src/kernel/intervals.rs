//! Bounds of the integers in registers: an abstract interpretation of a kernel, one walk without branches.
//!
//! What it knows comes from physical widths, which are checked with every batch, and from constants; it holds for every
//! row, guarded or not, since values of unguarded rows are computed too. Parameters may be anything of their lane.

use super::{Inst, Kernel, Operand, PoolSource, V};
use crate::types::{Form, Lane};

/// The smallest and the largest value that a register may have.
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

    fn exactly(value: i128) -> Interval {
        Interval { low: value, high: value }
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

    fn union(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The bounds of a monotone function of two numbers at the corners.
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
}

/// The interval of each register; `None` for lanes without integers.
pub(crate) fn intervals(kernel: &Kernel) -> Vec<Option<Interval>> {
    let mut walk = Walk { kernel, known: kernel.values.iter().map(|lane| Interval::of_lane(*lane)).collect() };
    for inst in &kernel.code {
        if let Some((dst, interval)) = walk.result(inst) {
            // What may wrap can be anything of the lane.
            let lane = walk.known[dst.index()];
            walk.known[dst.index()] = match (lane, interval) {
                (Some(lane), Some(interval)) if interval.within(lane) => Some(interval),
                _ => lane,
            };
        }
    }
    walk.known
}

/// The interval of an operand.
pub(crate) fn operand_interval(kernel: &Kernel, known: &[Option<Interval>], operand: Operand) -> Option<Interval> {
    match operand {
        Operand::Reg(register) => known[register.index()],
        Operand::Const(entry) => {
            let entry = kernel.pool[entry.index()];
            match entry.source {
                PoolSource::Integer(value) => Some(Interval::exactly(value)),
                PoolSource::Double(_) | PoolSource::Parameter(_) => Interval::of_lane(entry.lane),
            }
        }
    }
}

struct Walk<'a> {
    kernel: &'a Kernel,
    known: Vec<Option<Interval>>,
}

impl Walk<'_> {
    fn of(&self, operand: Operand) -> Option<Interval> {
        operand_interval(self.kernel, &self.known, operand)
    }

    fn pair(&self, a: Operand, b: Operand) -> Option<(Interval, Interval)> {
        Some((self.of(a)?, self.of(b)?))
    }

    /// The register that an instruction writes and the bounds of what it computes there, before anything wraps; no
    /// bounds where nothing is known.
    fn result(&self, inst: &Inst) -> Option<(V, Option<Interval>)> {
        Some(match *inst {
            Inst::Load { form, dst, .. } => (dst, Interval::of_form(form)),
            Inst::Constant { dst, value, .. } => (dst, self.of(Operand::Const(value))),
            Inst::Add { dst, a, b, .. } | Inst::AddChecked { dst, a, b, .. } => {
                (dst, self.pair(a, b).and_then(|(a, b)| a.corners(b, i128::checked_add)))
            }
            Inst::Sub { dst, a, b, .. } | Inst::SubChecked { dst, a, b, .. } => {
                (dst, self.pair(a, b).and_then(|(a, b)| a.corners(b, i128::checked_sub)))
            }
            Inst::Mul { dst, a, b, .. } | Inst::MulChecked { dst, a, b, .. } => {
                (dst, self.pair(a, b).and_then(|(a, b)| a.corners(b, i128::checked_mul)))
            }
            Inst::Min { dst, a, b, .. } => {
                let min = |a: Interval, b: Interval| Interval { low: a.low.min(b.low), high: a.high.min(b.high) };
                (dst, self.pair(a, b).map(|(a, b)| min(a, b)))
            }
            Inst::Max { dst, a, b, .. } => {
                let max = |a: Interval, b: Interval| Interval { low: a.low.max(b.low), high: a.high.max(b.high) };
                (dst, self.pair(a, b).map(|(a, b)| max(a, b)))
            }
            Inst::Select { dst, a, b, .. } => (dst, self.pair(a, b).map(|(a, b)| a.union(b))),
            Inst::Widen { dst, a, .. } | Inst::Narrow { dst, a, .. } => (dst, self.of(a)),
            Inst::DivChecked { dst, a, b, .. } => {
                let quotient =
                    |a: Interval, b: Interval| (b.low > 0).then(|| a.corners(b, i128::checked_div)).flatten();
                // What is bad is 0, and so may be what is divided by much.
                let zero = Interval::exactly(0);
                (dst, self.pair(a, b).and_then(|(a, b)| quotient(a, b)).map(|quotient| quotient.union(zero)))
            }
            Inst::RemChecked { dst, a, b, .. } => (dst, self.pair(a, b).and_then(|(a, b)| remainder(a, b))),
            Inst::DivRound { dst, a, b, .. } => {
                let quotient = self.pair(a, Operand::Const(b)).filter(|(_, b)| b.low > 0);
                let quotient = quotient.and_then(|(a, b)| a.corners(b, i128::checked_div));
                // Rounding moves the quotient by at most 1; by 1 nothing is rounded, but that is no loss.
                let rounded = quotient.and_then(|quotient| {
                    Some(Interval { low: quotient.low.checked_sub(1)?, high: quotient.high.checked_add(1)? })
                });
                (dst, rounded)
            }
            _ => return None,
        })
    }
}

/// The remainder has the sign of a, and is smaller than a and b.
fn remainder(a: Interval, b: Interval) -> Option<Interval> {
    let most = b.low.checked_abs()?.max(b.high.checked_abs()?).max(1) - 1;
    Some(Interval { low: a.low.max(-most).min(0), high: a.high.min(most).max(0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{KernelBuilder, Logic};

    #[test]
    fn bounds_follow_from_widths_and_constants() {
        let mut k = KernelBuilder::new();
        let (a, b, c) = (k.input(Form::I8, false), k.input(Form::I32, false), k.input(Form::I64, false));
        let (a, b, c) = (k.load(a), k.load(b), k.load(c));
        let hundred = k.integer(Lane::I32, 100);
        let rest = k.sub(Lane::I32, hundred, a);
        let (wide_b, wide_rest) = (k.widen(Lane::I32, Lane::I64, b), k.widen(Lane::I32, Lane::I64, rest));
        let product = k.mul_checked(Lane::I64, wide_b, wide_rest, Logic::True);
        let wraps = k.add(Lane::I64, c, product);
        let seven = k.integer(Lane::I64, 7);
        let remainder = k.rem_checked(Lane::I64, wraps, seven, Logic::True);
        let quotient = k.div_round(Lane::I64, product, 100);
        let smaller = k.min(Lane::I64, remainder, quotient);
        for value in [wraps, smaller, product, remainder, quotient] {
            k.store(Lane::I64, value, Logic::True, false);
        }
        let kernel = k.finish();
        let known = intervals(&kernel);
        let text = |operand| {
            let interval = operand_interval(&kernel, &known, operand).expect("an integer");
            format!("{} {} {}", interval.low, interval.high, interval.bits())
        };
        // Registers are renumbered when a kernel is finished: the outputs tell which is which.
        let stored: Vec<String> = kernel
            .code
            .iter()
            .filter_map(|inst| if let Inst::Store { a, .. } = inst { Some(text(*a)) } else { None })
            .collect();
        assert_eq!(
            stored,
            [
                "-9223372036854775808 9223372036854775807 64",
                "-4896262718 6 34",
                "-489626271744 489626271516 40",
                "-6 6 4",
                "-4896262718 4896262716 34"
            ]
        );
    }
}
