//! Which conditions of a join without equal keys say that a value of the build side lies in a range that each row of
//! the probe side gives: then the build side is sorted by that value, and not every pair is looked at.

use rowmill_vm::Form;
use rowmill_vm::program::{Band, BandEnd, JoinKind};

use super::may_fail;
use crate::plan::visit::{ColumnSet, is_volatile, same};
use crate::plan::{CompareOp, Expr, ExprKind, Plan, mirrored};

/// A value of the build side, and the ends of the range that it must lie in.
pub struct BandCondition<'e> {
    /// The value, over the build side's columns.
    pub value: &'e Expr,
    /// The lower end over the probe side's columns.
    low: Option<End<'e>>,
    /// The upper end.
    high: Option<End<'e>>,
}

#[derive(Clone, Copy)]
struct End<'e> {
    expr: &'e Expr,
    end: BandEnd,
    /// Which of the join's conditions says so.
    condition: usize,
}

/// A comparison of the two sides.
struct Comparison<'e> {
    value: &'e Expr,
    is_low: bool,
    end: End<'e>,
}

impl<'e> BandCondition<'e> {
    /// The band of a join, if its conditions have one. `keys` says whether it has equal keys.
    pub fn of(kind: JoinKind, (probe, build): (&Plan, &Plan), residual: &'e [Expr]) -> Option<BandCondition<'e>> {
        if !matches!(kind, JoinKind::Inner | JoinKind::Left | JoinKind::Semi | JoinKind::Anti | JoinKind::Single) {
            return None;
        }
        let sides = (ColumnSet::of_output(probe), ColumnSet::of_output(build));
        let compared: Vec<Comparison<'e>> =
            residual.iter().enumerate().filter_map(|(index, condition)| comparison(index, condition, &sides)).collect();
        let band_of = |value: &'e Expr| {
            let end = |is_low| {
                let is_it = |other: &&Comparison<'e>| other.is_low == is_low && same(other.value, value);
                compared.iter().find(is_it).map(|found| found.end)
            };
            BandCondition { value, low: end(true), high: end(false) }
        };
        // Of several values that with two ends, or else the first.
        compared.iter().rev().map(|comparison| band_of(comparison.value)).max_by_key(BandCondition::ends)
    }

    /// How many ends it has.
    pub fn ends(&self) -> usize {
        usize::from(self.low.is_some()) + usize::from(self.high.is_some())
    }

    /// What each end is, to the machine.
    pub fn band(&self) -> Band {
        let end = |end: Option<End<'_>>| end.map_or(BandEnd::Open, |end| end.end);
        Band { low: end(self.low), high: end(self.high) }
    }

    /// The ends, the lower one first.
    pub fn exprs(&self) -> impl Iterator<Item = &'e Expr> {
        [self.low, self.high].into_iter().flatten().map(|end| end.expr)
    }

    /// Whether it says what a condition of the join says.
    pub fn covers(&self, condition: usize) -> bool {
        [self.low, self.high].into_iter().flatten().any(|end| end.condition == condition)
    }
}

/// A condition that compares a value of the build side with one of the probe side.
fn comparison<'e>(
    condition: usize,
    expr: &'e Expr,
    (of_probe, of_build): &(ColumnSet, ColumnSet),
) -> Option<Comparison<'e>> {
    let ExprKind::Compare(op, left, right) = &expr.kind else { return None };
    let is_number = matches!(left.data_type.form(), Form::I8 | Form::I16 | Form::I32 | Form::I64);
    if !is_number || may_fail(expr) || is_volatile(expr) {
        return None;
    }
    let reads = |expr: &Expr, side: &ColumnSet| {
        let read = ColumnSet::of_expr(expr);
        !read.is_empty() && side.contains_all(&read)
    };
    let (op, value, expr) = if reads(left, of_build) && reads(right, of_probe) {
        (*op, left, right)
    } else if reads(right, of_build) && reads(left, of_probe) {
        (mirrored(*op), right, left)
    } else {
        return None;
    };
    let (is_low, end) = match op {
        CompareOp::Greater => (true, BandEnd::Exclusive),
        CompareOp::GreaterEqual => (true, BandEnd::Inclusive),
        CompareOp::Less => (false, BandEnd::Exclusive),
        CompareOp::LessEqual => (false, BandEnd::Inclusive),
        CompareOp::Equal | CompareOp::NotEqual => return None,
    };
    Some(Comparison { value, is_low, end: End { expr, end, condition } })
}
