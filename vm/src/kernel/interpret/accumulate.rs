//! Registers into accumulators.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, source};
use super::logic::ones;
use crate::kernel::accumulator::Content;
use crate::kernel::{Acc, M, Operand};
use crate::semantics::{Integer, float};
use crate::types::Lane;

/// The rows of chunk `index` that count: active and with a true mask.
#[inline(always)]
fn counted(frame: &Frame<'_>, mask: M, index: usize) -> Chunk<u8> {
    let (active, mask) = (&frame.scratch.active[index], &frame.scratch.masks[mask.index()][index]);
    let mut counted = [0; CHUNK];
    for row in 0..CHUNK {
        counted[row] = active[row] & mask[row];
    }
    counted
}

/// Counts rows.
#[inline(always)]
pub(super) fn count(frame: &mut Frame<'_>, acc: Acc, mask: M) {
    let mut rows = 0;
    for index in 0..frame.scratch.chunks() {
        rows += ones(&counted(frame, mask, index));
    }
    frame.accumulators[acc.index()].content_mut(rows as u64);
}

/// Adds values.
#[inline(always)]
pub(super) fn sum(frame: &mut Frame<'_>, lane: Lane, acc: Acc, a: Operand, mask: M) {
    match lane {
        Lane::I32 => sum_integers::<i32>(frame, acc, a, mask, sum_chunk_i32),
        Lane::I64 => sum_integers::<i64>(frame, acc, a, mask, sum_chunk_i64),
        Lane::I128 => sum_wide(frame, acc, a, mask),
        Lane::F64 => sum_doubles(frame, acc, a, mask),
        Lane::Mask => {}
    }
}

#[inline(always)]
fn sum_chunk_i32(values: &Chunk<i32>, counted: &Chunk<u8>) -> i128 {
    let mut sum = 0i64;
    for row in 0..CHUNK {
        sum += i64::from(if counted[row] != 0 { values[row] } else { 0 });
    }
    sum.into()
}

/// In halves, so that 64 bits hold their sums.
#[inline(always)]
fn sum_chunk_i64(values: &Chunk<i64>, counted: &Chunk<u8>) -> i128 {
    let (mut low, mut high) = (0i64, 0i64);
    for row in 0..CHUNK {
        let value = if counted[row] != 0 { values[row] } else { 0 };
        low += value & 0xffff_ffff;
        high += value >> 32;
    }
    (i128::from(high) << 32) + i128::from(low)
}

#[inline(always)]
fn sum_integers<T: LaneValue>(
    frame: &mut Frame<'_>,
    acc: Acc,
    a: Operand,
    mask: M,
    sum_chunk: impl Fn(&Chunk<T>, &Chunk<u8>) -> i128,
) {
    let (mut sum, mut rows) = (0i128, 0);
    for index in 0..frame.scratch.chunks() {
        let counted = counted(frame, mask, index);
        rows += ones(&counted);
        sum += sum_chunk(frame.chunk::<T>(a, index), &counted);
    }
    if let Content::Integer(total) = frame.accumulators[acc.index()].content_mut(rows as u64) {
        total.add(sum);
    }
}

#[inline(always)]
fn sum_wide(frame: &mut Frame<'_>, acc: Acc, a: Operand, mask: M) {
    for index in 0..frame.scratch.chunks() {
        let counted = counted(frame, mask, index);
        let values = source::<i128>(frame.scratch, frame.constants, a).chunk(index);
        if let Content::Integer(total) = frame.accumulators[acc.index()].content_mut(ones(&counted) as u64) {
            for row in 0..CHUNK {
                total.add(if counted[row] != 0 { values[row] } else { 0 });
            }
        }
    }
}

#[inline(always)]
fn sum_doubles(frame: &mut Frame<'_>, acc: Acc, a: Operand, mask: M) {
    let mut summands = std::mem::take(&mut frame.scratch.summands);
    let (chunks, mut rows) = (frame.scratch.chunks(), 0);
    for (index, out) in summands[..chunks].iter_mut().enumerate() {
        let counted = counted(frame, mask, index);
        rows += ones(&counted);
        let values = frame.chunk::<f64>(a, index);
        for row in 0..CHUNK {
            // Zeros leave the bins as they are.
            out[row] = if counted[row] != 0 { values[row] } else { 0.0 };
        }
    }
    if let Content::Double(total) = frame.accumulators[acc.index()].content_mut(rows as u64) {
        total.add_slice_inline(summands[..chunks].as_flattened());
    }
    frame.scratch.summands = summands;
}

/// Keeps the smallest value.
#[inline(always)]
pub(super) fn min(frame: &mut Frame<'_>, lane: Lane, acc: Acc, a: Operand, mask: M) {
    match lane {
        Lane::I32 => extremum(frame, acc, a, mask, |a: i32| a, i32::MAX, Ord::min),
        Lane::I64 => extremum(frame, acc, a, mask, |a: i64| a, i64::MAX, Ord::min),
        Lane::I128 => extremum(frame, acc, a, mask, |a: i128| a, i128::MAX, Ord::min),
        Lane::F64 => extremum(frame, acc, a, mask, float::order_key, i64::MAX, Ord::min),
        Lane::Mask => {}
    }
}

/// Keeps the largest value.
#[inline(always)]
pub(super) fn max(frame: &mut Frame<'_>, lane: Lane, acc: Acc, a: Operand, mask: M) {
    match lane {
        Lane::I32 => extremum(frame, acc, a, mask, |a: i32| a, i32::MIN, Ord::max),
        Lane::I64 => extremum(frame, acc, a, mask, |a: i64| a, i64::MIN, Ord::max),
        Lane::I128 => extremum(frame, acc, a, mask, |a: i128| a, i128::MIN, Ord::max),
        Lane::F64 => extremum(frame, acc, a, mask, float::order_key, i64::MIN, Ord::max),
        Lane::Mask => {}
    }
}

/// Keeps the best of `key(a)`; rows that do not count are `worst`.
#[inline(always)]
fn extremum<T: LaneValue, K: Integer>(
    frame: &mut Frame<'_>,
    acc: Acc,
    a: Operand,
    mask: M,
    key: impl Fn(T) -> K,
    worst: K,
    better: impl Fn(K, K) -> K,
) {
    let (mut best, mut rows) = (worst, 0);
    for index in 0..frame.scratch.chunks() {
        let counted = counted(frame, mask, index);
        rows += ones(&counted);
        let values = frame.chunk::<T>(a, index);
        for row in 0..CHUNK {
            best = better(best, if counted[row] != 0 { key(values[row]) } else { worst });
        }
    }
    frame.accumulators[acc.index()].keep(best.into(), rows as u64);
}
