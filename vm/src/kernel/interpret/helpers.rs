//! Calls of helpers: a loop over the function, as for any operation.

use super::frame::Frame;
use crate::kernel::{Helper, M, Operand, V};
use crate::semantics::{calendar, helper};

/// A helper of one argument.
#[inline(always)]
pub(super) fn call1(frame: &mut Frame<'_>, function: Helper, dst: V, a: Operand, guard: M) {
    match function {
        Helper::Sqrt => frame.map(dst, a, f64::sqrt),
        Helper::Floor => frame.map(dst, a, f64::floor),
        Helper::Ceil => frame.map(dst, a, f64::ceil),
        Helper::Round => frame.map(dst, a, f64::round),
        Helper::Trunc => frame.map(dst, a, f64::trunc),
        Helper::Exp => frame.map(dst, a, f64::exp),
        Helper::Sin => frame.map(dst, a, f64::sin),
        Helper::Cos => frame.map(dst, a, f64::cos),
        Helper::Tan => frame.map(dst, a, f64::tan),
        Helper::Asin => frame.map(dst, a, f64::asin),
        Helper::Acos => frame.map(dst, a, f64::acos),
        Helper::Atan => frame.map(dst, a, f64::atan),
        Helper::Cbrt => frame.map(dst, a, f64::cbrt),
        Helper::Ln => frame.checked(dst, a, guard, helper::ln),
        Helper::Log10 => frame.checked(dst, a, guard, helper::log10),
        Helper::Log2 => frame.checked(dst, a, guard, helper::log2),
        Helper::Pow
        | Helper::Atan2
        | Helper::DatePart
        | Helper::TimestampPart
        | Helper::DateAddMonths
        | Helper::TimestampAddMonths
        | Helper::DateTrunc
        | Helper::TimestampTrunc => {}
    }
}

/// A helper of two arguments.
#[inline(always)]
pub(super) fn call2(frame: &mut Frame<'_>, function: Helper, dst: V, (a, b): (Operand, Operand), guard: M) {
    match function {
        Helper::Pow => frame.map2(dst, a, b, f64::powf),
        Helper::Atan2 => frame.map2(dst, a, b, f64::atan2),
        Helper::DatePart => frame.checked2(dst, a, b, guard, calendar::date_part),
        Helper::TimestampPart => frame.checked2(dst, a, b, guard, calendar::timestamp_part),
        Helper::DateAddMonths => frame.checked2(dst, a, b, guard, calendar::date_add_months),
        Helper::TimestampAddMonths => frame.checked2(dst, a, b, guard, calendar::timestamp_add_months),
        Helper::DateTrunc => frame.checked2(dst, a, b, guard, calendar::date_trunc),
        Helper::TimestampTrunc => frame.checked2(dst, a, b, guard, calendar::timestamp_trunc),
        Helper::Sqrt
        | Helper::Floor
        | Helper::Ceil
        | Helper::Round
        | Helper::Trunc
        | Helper::Exp
        | Helper::Ln
        | Helper::Log10
        | Helper::Log2
        | Helper::Sin
        | Helper::Cos
        | Helper::Tan
        | Helper::Asin
        | Helper::Acos
        | Helper::Atan
        | Helper::Cbrt => {}
    }
}
