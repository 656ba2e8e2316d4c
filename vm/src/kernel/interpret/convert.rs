//! Conversions from lane to lane.

use super::frame::Frame;
use crate::kernel::{M, Operand, V};
use crate::semantics::Integer;
use crate::types::Lane;

/// To a wider lane, or to a narrower one without its high bits.
#[inline(always)]
pub(super) fn between(frame: &mut Frame<'_>, from: Lane, to: Lane, dst: V, a: Operand) {
    match (from, to) {
        (Lane::I32, Lane::I64) => frame.map::<i32, i64>(dst, a, i64::from),
        (Lane::I32, Lane::I128) => frame.map::<i32, i128>(dst, a, i128::from),
        (Lane::I64, Lane::I128) => frame.map::<i64, i128>(dst, a, i128::from),
        (Lane::I32, Lane::F64) => frame.map::<i32, f64>(dst, a, i32::to_double),
        (Lane::I64, Lane::F64) => frame.map::<i64, f64>(dst, a, i64::to_double),
        (Lane::I128, Lane::F64) => frame.map::<i128, f64>(dst, a, i128::to_double),
        (Lane::I64, Lane::I32) => frame.map::<i64, i32>(dst, a, |a| i32::wrap(a.into())),
        (Lane::I128, Lane::I32) => frame.map::<i128, i32>(dst, a, i32::wrap),
        (Lane::I128, Lane::I64) => frame.map::<i128, i64>(dst, a, i64::wrap),
        _ => {}
    }
}

/// f64 to the nearest integer.
#[inline(always)]
pub(super) fn to_integer(frame: &mut Frame<'_>, to: Lane, dst: V, a: Operand, guard: M) {
    match to {
        Lane::I32 => frame.checked::<f64, i32>(dst, a, guard, i32::from_double),
        Lane::I64 => frame.checked::<f64, i64>(dst, a, guard, i64::from_double),
        Lane::I128 => frame.checked::<f64, i128>(dst, a, guard, i128::from_double),
        Lane::F64 | Lane::Mask => {}
    }
}
