//! Arithmetic and selection.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, guarded, write_chunks};
use crate::kernel::{M, Operand, Pool, V};
use crate::semantics::{Integer, float, integer};
use crate::types::Lane;

/// An operation of two operands in every lane: a function of integers and one of f64.
macro_rules! plain {
    ($($name:ident $integer:expr, $double:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name(frame: &mut Frame<'_>, lane: Lane, dst: V, a: Operand, b: Operand) {
            match lane {
                Lane::I32 => frame.map2::<i32, i32>(dst, a, b, $integer),
                Lane::I64 => frame.map2::<i64, i64>(dst, a, b, $integer),
                Lane::I128 => frame.map2::<i128, i128>(dst, a, b, $integer),
                Lane::F64 => frame.map2::<f64, f64>(dst, a, b, $double),
                Lane::Mask => {}
            }
        })*
    };
}
plain! {
    add Integer::add, |a, b| a + b;
    sub Integer::sub, |a, b| a - b;
    mul Integer::mul, |a, b| a * b;
    min Ord::min, float::minimum;
    max Ord::max, float::maximum;
}

/// A checked operation of two operands in the integer lanes.
macro_rules! checked {
    ($($name:ident $function:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name(frame: &mut Frame<'_>, lane: Lane, dst: V, (a, b): (Operand, Operand), guard: M) {
            match lane {
                Lane::I32 => frame.checked2::<i32, i32, i32>(dst, a, b, guard, $function),
                Lane::I64 => frame.checked2::<i64, i64, i64>(dst, a, b, guard, $function),
                Lane::I128 => frame.checked2::<i128, i128, i128>(dst, a, b, guard, $function),
                Lane::F64 | Lane::Mask => {}
            }
        })*
    };
}
checked! {
    add_checked Integer::add_checked;
    sub_checked Integer::sub_checked;
    mul_checked Integer::mul_checked;
    div_checked Integer::div_checked;
    rem_checked Integer::rem_checked;
}

/// Division by a constant, rounded half away from zero.
#[inline(always)]
pub(super) fn div_round(frame: &mut Frame<'_>, lane: Lane, dst: V, a: Operand, b: Pool) {
    let b = Operand::Const(b);
    match lane {
        Lane::I32 => frame.map2::<i32, i32>(dst, a, b, Integer::div_round),
        Lane::I64 => frame.map2::<i64, i64>(dst, a, b, Integer::div_round),
        Lane::I128 => frame.map2::<i128, i128>(dst, a, b, Integer::div_round),
        Lane::F64 | Lane::Mask => {}
    }
}

/// Traps where a guarded row is out of range.
#[inline(always)]
pub(super) fn range(frame: &mut Frame<'_>, lane: Lane, a: V, bounds: (Pool, Pool), guard: M) {
    match lane {
        Lane::I32 => range_of::<i32>(frame, a, bounds, guard),
        Lane::I64 => range_of::<i64>(frame, a, bounds, guard),
        Lane::I128 => range_of::<i128>(frame, a, bounds, guard),
        Lane::F64 | Lane::Mask => {}
    }
}

#[inline(always)]
fn range_of<T: LaneValue + Integer>(frame: &mut Frame<'_>, a: V, (low, high): (Pool, Pool), guard: M) {
    let scratch = &mut *frame.scratch;
    let (low, high) = (T::constants(frame.constants)[low.index()][0], T::constants(frame.constants)[high.index()][0]);
    let mut any = 0;
    for index in 0..scratch.chunks() {
        let values = &T::registers(scratch)[a.index()][index];
        let mut bad = [0u8; CHUNK];
        for row in 0..CHUNK {
            bad[row] = u8::from(integer::out_of_range(values[row], low, high));
        }
        any |= guarded(&bad, &scratch.masks[guard.index()][index], &scratch.active[index]);
    }
    scratch.bad |= any;
}

/// A register from the pool.
#[inline(always)]
pub(super) fn constant(frame: &mut Frame<'_>, lane: Lane, dst: V, value: Pool) {
    let value = Operand::Const(value);
    match lane {
        Lane::I32 => frame.map::<i32, i32>(dst, value, |value| value),
        Lane::I64 => frame.map::<i64, i64>(dst, value, |value| value),
        Lane::I128 => frame.map::<i128, i128>(dst, value, |value| value),
        Lane::F64 => frame.map::<f64, f64>(dst, value, |value| value),
        Lane::Mask => {}
    }
}

/// One operand where the mask is true, the other where it is not.
#[inline(always)]
pub(super) fn select(frame: &mut Frame<'_>, lane: Lane, dst: V, mask: M, operands: (Operand, Operand)) {
    match lane {
        Lane::I32 => select_of::<i32>(frame, dst, mask, operands),
        Lane::I64 => select_of::<i64>(frame, dst, mask, operands),
        Lane::I128 => select_of::<i128>(frame, dst, mask, operands),
        Lane::F64 => select_of::<f64>(frame, dst, mask, operands),
        Lane::Mask => {}
    }
}

#[inline(always)]
fn select_of<T: LaneValue>(frame: &mut Frame<'_>, dst: V, mask: M, (a, b): (Operand, Operand)) {
    write_chunks!(frame, T::registers_mut(frame.scratch), dst, |index, out| {
        let mask = &frame.scratch.masks[mask.index()][index];
        select_chunk(out, mask, frame.chunk(a, index), frame.chunk(b, index));
    });
}

#[inline(always)]
fn select_chunk<T: Copy>(out: &mut Chunk<T>, mask: &Chunk<u8>, a: &Chunk<T>, b: &Chunk<T>) {
    for row in 0..CHUNK {
        out[row] = if mask[row] != 0 { a[row] } else { b[row] };
    }
}
