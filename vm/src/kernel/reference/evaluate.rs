//! One instruction on one row.

use super::{Row, Scalar};
use crate::kernel::tables::Entries;
use crate::kernel::{Helper, Inst, M, Operand, V};
use crate::semantics::Integer;
use crate::semantics::{calendar, float, group, helper, integer, lookup};
use crate::types::Lane;

/// Runs `$body` with both operands as integers of their common lane, and gives back a [`Scalar`].
macro_rules! integers {
    ($a:expr, $b:expr, |$x:ident, $y:ident| $body:expr) => {
        match ($a, $b) {
            (Scalar::I32($x), Scalar::I32($y)) => lift(Scalar::I32, $body),
            (Scalar::I64($x), Scalar::I64($y)) => lift(Scalar::I64, $body),
            (Scalar::I128($x), Scalar::I128($y)) => lift(Scalar::I128, $body),
            (a, b) => unreachable!("{a:?} and {b:?} are of one integer lane: verified"),
        }
    };
}

/// The same for all lanes, with another body for f64.
macro_rules! numbers {
    ($a:expr, $b:expr, |$x:ident, $y:ident| $body:expr, $double:expr) => {
        match ($a, $b) {
            (Scalar::F64($x), Scalar::F64($y)) => Scalar::F64($double),
            (a, b) => integers!(a, b, |$x, $y| ($body, false)).0,
        }
    };
}

fn lift<T>(scalar: fn(T) -> Scalar, (value, bad): (T, bool)) -> (Scalar, bool) {
    (scalar(value), bad)
}

impl Row<'_> {
    /// Runs an instruction that is no load, `need` or accumulator. The error is a trap's message.
    pub(super) fn step(&mut self, inst: &Inst) -> Result<(), String> {
        match *inst {
            Inst::Store { output, a, .. } => self.outputs[output.index()].value = Some(self.operand(a)),
            Inst::StoreValid { output, a } => self.outputs[output.index()].valid = self.mask(a),
            Inst::StoreBits { output, a } => self.outputs[output.index()].bit = self.mask(a),
            Inst::Range { a, low, high, guard, .. } => {
                let (value, low, high) = (self.values[a.index()], self.pool[low.index()], self.pool[high.index()]);
                let (value, low, high) = (value.to_i128(), low.to_i128(), high.to_i128());
                if integer::out_of_range(value, low, high) && self.mask(guard) {
                    return Err(format!("value {value} is out of range ({low} to {high})"));
                }
            }
            _ => {
                if let Some((dst, mask)) = self.logic(inst) {
                    self.masks[dst.index()] = mask;
                } else if let Some((dst, value)) = self.plain(inst) {
                    self.values[dst.index()] = value;
                } else if let Some((dst, (value, bad), guard)) = self.checked(inst) {
                    if bad && self.mask(guard) {
                        return Err(self.message(inst));
                    }
                    self.values[dst.index()] = value;
                }
            }
        }
        Ok(())
    }

    fn logic(&self, inst: &Inst) -> Option<(M, bool)> {
        let compare = |a: Operand, b: Operand| match (self.operand(a), self.operand(b)) {
            (Scalar::F64(a), Scalar::F64(b)) => (float::less(a, b), float::equal(a, b)),
            (a, b) => (a.to_i128() < b.to_i128(), a.to_i128() == b.to_i128()),
        };
        Some(match *inst {
            Inst::True { dst } => (dst, true),
            Inst::False { dst } => (dst, false),
            Inst::Eq { dst, a, b, .. } => (dst, compare(a, b).1),
            Inst::Ne { dst, a, b, .. } => (dst, !compare(a, b).1),
            Inst::Lt { dst, a, b, .. } => (dst, compare(a, b).0),
            Inst::Le { dst, a, b, .. } => (dst, compare(a, b).0 || compare(a, b).1),
            Inst::Gt { dst, a, b, .. } => (dst, compare(b, a).0),
            Inst::Ge { dst, a, b, .. } => (dst, compare(b, a).0 || compare(a, b).1),
            Inst::And { dst, a, b } => (dst, self.mask(a) && self.mask(b)),
            Inst::Or { dst, a, b } => (dst, self.mask(a) || self.mask(b)),
            Inst::AndNot { dst, a, b } => (dst, self.mask(a) && !self.mask(b)),
            Inst::OrNot { dst, a, b } => (dst, self.mask(a) || !self.mask(b)),
            Inst::Xor { dst, a, b } => (dst, self.mask(a) != self.mask(b)),
            Inst::Not { dst, a } => (dst, !self.mask(a)),
            Inst::TestBit { dst, table, a } => match (&self.tables[table.index()], self.operand(a)) {
                (Entries::Bits(words), Scalar::I32(number)) => (dst, lookup::bit(words, number)),
                (table, number) => unreachable!("{number:?} of {table:?}: verified"),
            },
            Inst::MightContain { dst, table, a, .. } => match &self.tables[table.index()] {
                Entries::Keys(keys) => (dst, keys.might_contain(self.operand(a).to_i128() as i64)),
                table => unreachable!("keys of {table:?}: verified"),
            },
            _ => return None,
        })
    }

    fn plain(&self, inst: &Inst) -> Option<(V, Scalar)> {
        let double = |a: Operand| match self.operand(a) {
            Scalar::F64(value) => value,
            other => unreachable!("{other:?} is an f64: verified"),
        };
        Some(match *inst {
            Inst::Constant { dst, value, .. } => (dst, self.pool[value.index()]),
            Inst::Add { dst, a, b, .. } => {
                (dst, numbers!(self.operand(a), self.operand(b), |x, y| Integer::add(x, y), x + y))
            }
            Inst::Sub { dst, a, b, .. } => {
                (dst, numbers!(self.operand(a), self.operand(b), |x, y| Integer::sub(x, y), x - y))
            }
            Inst::Mul { dst, a, b, .. } => {
                (dst, numbers!(self.operand(a), self.operand(b), |x, y| Integer::mul(x, y), x * y))
            }
            Inst::Min { dst, a, b, .. } => {
                (dst, numbers!(self.operand(a), self.operand(b), |x, y| x.min(y), float::minimum(x, y)))
            }
            Inst::Max { dst, a, b, .. } => {
                (dst, numbers!(self.operand(a), self.operand(b), |x, y| x.max(y), float::maximum(x, y)))
            }
            Inst::Div { dst, a, b } => (dst, Scalar::F64(double(a) / double(b))),
            Inst::Rem { dst, a, b } => (dst, Scalar::F64(double(a) % double(b))),
            Inst::Neg { dst, a } => (dst, Scalar::F64(-double(a))),
            Inst::Abs { dst, a } => (dst, Scalar::F64(double(a).abs())),
            Inst::RoundF32 { dst, a } => (dst, Scalar::F64(float::round_f32(double(a)))),
            Inst::DivRound { dst, a, b, .. } => {
                (dst, integers!(self.operand(a), self.pool[b.index()], |x, y| (Integer::div_round(x, y), false)).0)
            }
            Inst::Widen { to, dst, a, .. } | Inst::Narrow { to, dst, a, .. } => (dst, convert(self.operand(a), to)),
            Inst::Lut { dst, table, a, .. } => match (&self.tables[table.index()], self.operand(a)) {
                (Entries::I32(table), Scalar::I32(number)) => (dst, Scalar::I32(lookup::entry(table, number))),
                (Entries::I64(table), Scalar::I32(number)) => (dst, Scalar::I64(lookup::entry(table, number))),
                (Entries::F64(table), Scalar::I32(number)) => (dst, Scalar::F64(lookup::entry(table, number))),
                (Entries::I128(table), Scalar::I32(number)) => (dst, Scalar::I128(lookup::entry(table, number))),
                (table, number) => unreachable!("{number:?} of {table:?}: verified"),
            },
            Inst::Select { dst, mask, a, b, .. } => (dst, self.operand(if self.mask(mask) { a } else { b })),
            Inst::Digit { dst, number, a, low, high, valid, .. } => {
                let integer = |value: Scalar| value.to_i128() as i32;
                let bounds = (integer(self.pool[low.index()]), integer(self.pool[high.index()]));
                let number =
                    group::digit(integer(self.operand(number)), integer(self.operand(a)), bounds, self.mask(valid));
                (dst, Scalar::I32(number))
            }
            _ => return None,
        })
    }

    fn checked(&self, inst: &Inst) -> Option<(V, (Scalar, bool), M)> {
        let pair = |a: Operand, b: Operand| (self.operand(a), self.operand(b));
        Some(match *inst {
            Inst::AddChecked { dst, a, b, guard, .. } => {
                let (a, b) = pair(a, b);
                (dst, integers!(a, b, |x, y| Integer::add_checked(x, y)), guard)
            }
            Inst::SubChecked { dst, a, b, guard, .. } => {
                let (a, b) = pair(a, b);
                (dst, integers!(a, b, |x, y| Integer::sub_checked(x, y)), guard)
            }
            Inst::MulChecked { dst, a, b, guard, .. } => {
                let (a, b) = pair(a, b);
                (dst, integers!(a, b, |x, y| Integer::mul_checked(x, y)), guard)
            }
            Inst::DivChecked { dst, a, b, guard, .. } => {
                let (a, b) = pair(a, b);
                (dst, integers!(a, b, |x, y| Integer::div_checked(x, y)), guard)
            }
            Inst::RemChecked { dst, a, b, guard, .. } => {
                let (a, b) = pair(a, b);
                (dst, integers!(a, b, |x, y| Integer::rem_checked(x, y)), guard)
            }
            Inst::ToInteger { to, dst, a, guard } => (dst, to_integer(self.operand(a), to), guard),
            Inst::Call1 { helper, dst, a, guard } => (dst, call1(helper, self.operand(a)), guard),
            Inst::Call2 { helper, dst, a, b, guard } => (dst, call2(helper, self.operand(a), self.operand(b)), guard),
            _ => return None,
        })
    }

    /// What to tell the user of an instruction that was bad.
    fn message(&self, inst: &Inst) -> String {
        let overflow = |lane: Lane, a: Operand, sign: &str, b: Operand| {
            let (a, b) = (self.operand(a).to_i128(), self.operand(b).to_i128());
            // An operand below zero in parentheses, as one would write it.
            let b = if b < 0 { format!("({b})") } else { b.to_string() };
            format!("{} overflow: {a} {sign} {b} does not fit", sql_name(lane))
        };
        match *inst {
            Inst::AddChecked { lane, a, b, .. } => overflow(lane, a, "+", b),
            Inst::SubChecked { lane, a, b, .. } => overflow(lane, a, "-", b),
            Inst::MulChecked { lane, a, b, .. } => overflow(lane, a, "*", b),
            Inst::DivChecked { lane, a, b, .. } if self.operand(b).to_i128() != 0 => overflow(lane, a, "/", b),
            Inst::DivChecked { .. } | Inst::RemChecked { .. } => "division by zero".to_owned(),
            Inst::ToInteger { to, a, .. } => format!("value {} does not fit {}", text(self.operand(a)), sql_name(to)),
            Inst::Call1 { helper, a, .. } => format!("{helper}({}) is not defined", text(self.operand(a))),
            Inst::Call2 { helper, a, b, .. } => {
                format!("{helper}({}, {}) is out of range", text(self.operand(a)), text(self.operand(b)))
            }
            _ => "the operation failed".to_owned(),
        }
    }
}

/// The SQL type that a user knows a lane's bounds by.
fn sql_name(lane: Lane) -> &'static str {
    match lane {
        Lane::I32 => "INTEGER",
        Lane::I64 => "BIGINT",
        Lane::I128 => "DECIMAL",
        Lane::F64 => "DOUBLE",
        Lane::Mask => "BOOLEAN",
    }
}

fn text(value: Scalar) -> String {
    match value {
        Scalar::F64(value) => value.to_string(),
        integer => integer.to_i128().to_string(),
    }
}

fn convert(value: Scalar, to: Lane) -> Scalar {
    let value = value.to_i128();
    match to {
        Lane::I32 => Scalar::I32(i32::wrap(value)),
        Lane::I64 => Scalar::I64(i64::wrap(value)),
        Lane::F64 => Scalar::F64(i128::to_double(value)),
        Lane::I128 | Lane::Mask => Scalar::I128(value),
    }
}

fn to_integer(value: Scalar, to: Lane) -> (Scalar, bool) {
    let Scalar::F64(value) = value else { unreachable!("an f64: verified") };
    match to {
        Lane::I32 => lift(Scalar::I32, i32::from_double(value)),
        Lane::I64 => lift(Scalar::I64, i64::from_double(value)),
        Lane::I128 | Lane::F64 | Lane::Mask => lift(Scalar::I128, i128::from_double(value)),
    }
}

fn call1(function: Helper, a: Scalar) -> (Scalar, bool) {
    let Scalar::F64(a) = a else { unreachable!("helpers of one argument take f64: verified") };
    let result = match function {
        Helper::Sqrt => (a.sqrt(), false),
        Helper::Floor => (a.floor(), false),
        Helper::Ceil => (a.ceil(), false),
        Helper::Round => (a.round(), false),
        Helper::Trunc => (a.trunc(), false),
        Helper::Exp => (a.exp(), false),
        Helper::Ln => helper::ln(a),
        Helper::Log10 => helper::log10(a),
        Helper::Log2 => helper::log2(a),
        Helper::Sin => (a.sin(), false),
        Helper::Cos => (a.cos(), false),
        Helper::Tan => (a.tan(), false),
        Helper::Asin => (a.asin(), false),
        Helper::Acos => (a.acos(), false),
        Helper::Atan => (a.atan(), false),
        Helper::Cbrt => (a.cbrt(), false),
        Helper::Pow
        | Helper::Atan2
        | Helper::DatePart
        | Helper::TimestampPart
        | Helper::DateAddMonths
        | Helper::TimestampAddMonths
        | Helper::DateTrunc
        | Helper::TimestampTrunc => unreachable!("{function} takes two arguments: verified"),
    };
    lift(Scalar::F64, result)
}

fn call2(function: Helper, a: Scalar, b: Scalar) -> (Scalar, bool) {
    match (function, a, b) {
        (Helper::Pow, Scalar::F64(a), Scalar::F64(b)) => (Scalar::F64(a.powf(b)), false),
        (Helper::Atan2, Scalar::F64(a), Scalar::F64(b)) => (Scalar::F64(a.atan2(b)), false),
        (Helper::DatePart, Scalar::I32(a), Scalar::I32(b)) => lift(Scalar::I64, calendar::date_part(a, b)),
        (Helper::TimestampPart, Scalar::I64(a), Scalar::I32(b)) => lift(Scalar::I64, calendar::timestamp_part(a, b)),
        (Helper::DateAddMonths, Scalar::I32(a), Scalar::I32(b)) => lift(Scalar::I32, calendar::date_add_months(a, b)),
        (Helper::TimestampAddMonths, Scalar::I64(a), Scalar::I32(b)) => {
            lift(Scalar::I64, calendar::timestamp_add_months(a, b))
        }
        (Helper::DateTrunc, Scalar::I32(a), Scalar::I32(b)) => lift(Scalar::I32, calendar::date_trunc(a, b)),
        (Helper::TimestampTrunc, Scalar::I64(a), Scalar::I32(b)) => lift(Scalar::I64, calendar::timestamp_trunc(a, b)),
        (function, a, b) => unreachable!("{function}({a:?}, {b:?}) is of the helper's signature: verified"),
    }
}
