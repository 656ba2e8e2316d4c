//! Groups: their numbers, and registers into the accumulators of each.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, write_chunks};
use crate::kernel::groups::{COPIES, Content, Parts};
use crate::kernel::{Acc, AccKind, Inst, M, Operand, Pool, V};
use crate::semantics::{Integer, float, group};
use crate::types::Lane;

/// A digit more for the numbers of groups.
#[inline(always)]
pub(super) fn digit(
    frame: &mut Frame<'_>,
    dst: V,
    (number, a): (Operand, Operand),
    (low, high): (Pool, Pool),
    valid: M,
) {
    let constants = i32::constants(frame.constants);
    let bounds = (constants[low.index()][0], constants[high.index()][0]);
    write_chunks!(frame, i32::registers_mut(frame.scratch), dst, |index, out| {
        let valid = &frame.scratch.masks[valid.index()][index];
        digit_chunk(out, frame.chunk(number, index), frame.chunk(a, index), valid, bounds);
    });
}

#[inline(always)]
fn digit_chunk(out: &mut Chunk<i32>, number: &Chunk<i32>, a: &Chunk<i32>, valid: &Chunk<u8>, bounds: (i32, i32)) {
    for row in 0..CHUNK {
        out[row] = group::digit(number[row], a[row], bounds, valid[row] != 0);
    }
}

/// The groups of the tile's rows.
#[inline(always)]
pub(super) fn group(frame: &mut Frame<'_>, a: V) {
    let scratch = &mut *frame.scratch;
    let Some(grouped) = &mut frame.grouped else { return };
    grouped.begin_tile(scratch.active_rows);
    let inactive = grouped.plan.domain as u32;
    let mut bad = 0;
    let mut groups = std::mem::take(&mut scratch.groups);
    let chunks = &mut groups[..scratch.chunks()];
    for (index, out) in chunks.iter_mut().enumerate() {
        let numbers = &i32::registers(scratch)[a.index()][index];
        bad |= group_chunk(out, numbers, &scratch.active[index], inactive);
    }
    grouped.note(chunks.as_flattened());
    scratch.groups = groups;
    scratch.bad |= bad;
    // The first lane has all rows of a group.
    add(frame, 0, |_, _, out| out.fill(1));
}

#[inline(always)]
fn group_chunk(out: &mut Chunk<u32>, numbers: &Chunk<i32>, active: &Chunk<u8>, inactive: u32) -> u8 {
    let mut bad = 0;
    for row in 0..CHUNK {
        let (number, active) = (numbers[row] as u32, active[row] != 0);
        let outside = number >= inactive;
        bad |= u8::from(active & outside);
        out[row] = if active & !outside { number } else { inactive };
    }
    bad
}

/// A count, a sum or an extremum of each group.
#[inline(always)]
pub(super) fn accumulate(frame: &mut Frame<'_>, inst: &Inst) {
    let (acc, mask) = match *inst {
        Inst::Count { acc, mask }
        | Inst::Sum { acc, mask, .. }
        | Inst::AccMin { acc, mask, .. }
        | Inst::AccMax { acc, mask, .. } => (acc, mask),
        _ => return,
    };
    let Some(slot) = frame.grouped.as_ref().map(|grouped| grouped.plan.slots[acc.index()]) else { return };
    if slot.counts {
        add(frame, slot.rows, |frame, index, out| {
            let mask = &frame.scratch.masks[mask.index()][index];
            for row in 0..CHUNK {
                out[row] = mask[row].into();
            }
        });
    }
    if !slot.updates {
        return;
    }
    match (*inst, slot.content) {
        (Inst::Sum { lane, a, .. }, Content::Sum(first, parts)) => match lane {
            Lane::I32 => sum::<i32>(frame, (a, mask), first, parts),
            Lane::I64 => sum::<i64>(frame, (a, mask), first, parts),
            _ => sum::<i128>(frame, (a, mask), first, parts),
        },
        (Inst::Sum { a, .. }, Content::Double(index)) => sum_doubles(frame, a, mask, index),
        (Inst::AccMin { lane, a, .. } | Inst::AccMax { lane, a, .. }, Content::Extreme(at)) => match lane {
            Lane::I32 => extreme::<i32>(frame, (a, mask), (acc, at), i64::from),
            Lane::I64 => extreme::<i64>(frame, (a, mask), (acc, at), |value| value),
            Lane::F64 => extreme::<f64>(frame, (a, mask), (acc, at), float::order_key),
            _ => extreme::<i128>(frame, (a, mask), (acc, at), |value| value as i64),
        },
        _ => {}
    }
}

/// Adds values that are not masked to the parts of a sum.
#[inline(always)]
fn sum<T: LaneValue + Integer>(frame: &mut Frame<'_>, (a, mask): (Operand, M), first: usize, parts: Parts) {
    match parts {
        Parts::Whole => add_part::<T>(frame, (a, mask), first, |value| value as i64),
        Parts::Halves => {
            add_part::<T>(frame, (a, mask), first, |value| i64::from(value as u32));
            add_part::<T>(frame, (a, mask), first + 1, |value| i64::from((value >> 32) as u32 ^ 1 << 31));
        }
        Parts::Quarters => {
            add_part::<T>(frame, (a, mask), first, |value| i64::from(value as u32));
            add_part::<T>(frame, (a, mask), first + 1, |value| i64::from((value >> 32) as u32));
            add_part::<T>(frame, (a, mask), first + 2, |value| i64::from((value >> 64) as u32));
            add_part::<T>(frame, (a, mask), first + 3, |value| i64::from((value >> 96) as u32 ^ 1 << 31));
        }
    }
}

#[inline(always)]
fn add_part<T: LaneValue + Integer>(
    frame: &mut Frame<'_>,
    (a, mask): (Operand, M),
    lane: usize,
    part: impl Fn(i128) -> i64,
) {
    add(frame, lane, |frame, index, out| {
        let (values, mask) = (frame.chunk::<T>(a, index), &frame.scratch.masks[mask.index()][index]);
        for row in 0..CHUNK {
            let part = part(values[row].into());
            out[row] = if mask[row] != 0 { part } else { 0 };
        }
    });
}

/// Adds to a lane of each row's group what `values` writes for a chunk.
#[inline(always)]
fn add(frame: &mut Frame<'_>, lane: usize, values: impl Fn(&Frame<'_>, usize, &mut Chunk<i64>)) {
    // Rows that are not active are added to a group that nobody reads, whatever their values are.
    update(frame, lane, values, |kept, value| *kept = kept.wrapping_add(value));
}

#[inline(always)]
fn extreme<T: LaneValue>(
    frame: &mut Frame<'_>,
    (a, mask): (Operand, M),
    (acc, lane): (Acc, usize),
    key: impl Fn(T) -> i64,
) {
    let kind = frame.grouped.as_ref().map(|grouped| grouped.kind(acc));
    // All bits inverted, the largest is the smallest.
    let inverted = if kind == Some(AccKind::Max) { -1 } else { 0 };
    let fill = |frame: &Frame<'_>, index: usize, out: &mut Chunk<i64>| {
        let (values, mask) = (frame.chunk::<T>(a, index), &frame.scratch.masks[mask.index()][index]);
        for row in 0..CHUNK {
            let key = key(values[row]) ^ inverted;
            out[row] = if mask[row] != 0 { key } else { i64::MAX };
        }
    };
    update(frame, lane, fill, |kept, value| *kept = value.min(*kept));
}

#[inline(always)]
fn update(
    frame: &mut Frame<'_>,
    lane: usize,
    values: impl Fn(&Frame<'_>, usize, &mut Chunk<i64>),
    change: impl Fn(&mut i64, i64),
) {
    let Some(grouped) = &mut frame.grouped else { return };
    let (stride, copies, copy_lanes) = (grouped.plan.stride(), grouped.plan.copies, grouped.plan.copy_lanes());
    let mut lanes = std::mem::take(&mut grouped.lanes);
    let mut chunk = [0; CHUNK];
    for index in 0..frame.scratch.chunks() {
        values(frame, index, &mut chunk);
        let groups = &frame.scratch.groups[index];
        if copies == COPIES {
            let (first, second) = lanes.split_at_mut(2 * copy_lanes);
            let (first, second) = (first.split_at_mut(copy_lanes), second.split_at_mut(copy_lanes));
            for row in (0..CHUNK).step_by(COPIES) {
                change(&mut first.0[groups[row] as usize * stride + lane], chunk[row]);
                change(&mut first.1[groups[row + 1] as usize * stride + lane], chunk[row + 1]);
                change(&mut second.0[groups[row + 2] as usize * stride + lane], chunk[row + 2]);
                change(&mut second.1[groups[row + 3] as usize * stride + lane], chunk[row + 3]);
            }
        } else {
            for row in 0..CHUNK {
                change(&mut lanes[groups[row] as usize * stride + lane], chunk[row]);
            }
        }
    }
    if let Some(grouped) = &mut frame.grouped {
        grouped.lanes = lanes;
    }
}

#[inline(always)]
fn sum_doubles(frame: &mut Frame<'_>, a: Operand, mask: M, number: usize) {
    let Some(grouped) = &mut frame.grouped else { return };
    let groups = grouped.plan.domain + 1;
    let mut doubles = std::mem::take(&mut grouped.doubles);
    let sums = &mut doubles[number * groups..][..groups];
    for index in 0..frame.scratch.chunks() {
        let (values, mask) = (frame.chunk::<f64>(a, index), &frame.scratch.masks[mask.index()][index]);
        let (groups, active) = (&frame.scratch.groups[index], &frame.scratch.active[index]);
        for row in 0..CHUNK {
            if mask[row] & active[row] != 0 {
                sums[groups[row] as usize].add(values[row]);
            }
        }
    }
    if let Some(grouped) = &mut frame.grouped {
        grouped.doubles = doubles;
    }
}
