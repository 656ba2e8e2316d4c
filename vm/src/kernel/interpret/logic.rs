//! Masks: comparisons, logic, and the end of rows.

use super::CHUNK;
use super::frame::{Chunk, Flow, Frame, LaneValue, Scratch, source};
use crate::kernel::verified::Live;
use crate::kernel::{M, Operand};
use crate::semantics::float;
use crate::types::Lane;

/// Rows are squeezed together when no more than one in so many is left: below that, later instructions cost less
/// than the squeezing (measured on TPC-H Q6 with 1 to 90 % of the rows passing).
const SQUEEZE: usize = 4;

/// A comparison in every lane: a function of integers and one of f64.
macro_rules! comparisons {
    ($($name:ident $integer:expr, $double:expr;)*) => {
        $(#[inline(always)]
        pub(super) fn $name(frame: &mut Frame<'_>, lane: Lane, dst: M, a: Operand, b: Operand) {
            match lane {
                Lane::I32 => compare::<i32>(frame, dst, a, b, $integer),
                Lane::I64 => compare::<i64>(frame, dst, a, b, $integer),
                Lane::I128 => compare::<i128>(frame, dst, a, b, $integer),
                Lane::F64 => compare::<f64>(frame, dst, a, b, $double),
                Lane::Mask => {}
            }
        })*
    };
}
comparisons! {
    eq |a, b| a == b, float::equal;
    ne |a, b| a != b, |a, b| !float::equal(a, b);
    lt |a, b| a < b, float::less;
    le |a, b| a <= b, float::less_equal;
}

#[inline(always)]
fn compare<T: LaneValue>(frame: &mut Frame<'_>, dst: M, a: Operand, b: Operand, test: impl Fn(T, T) -> bool) {
    frame.write_mask(dst, |scratch, constants, index, out: &mut Chunk<u8>| {
        let a = source::<T>(scratch, constants, a).chunk(index);
        let b = source::<T>(scratch, constants, b).chunk(index);
        for row in 0..CHUNK {
            out[row] = u8::from(test(a[row], b[row]));
        }
    });
}

/// `dst` = `function(a, b)` of masks, which are 0 or 1.
#[inline(always)]
pub(super) fn combine(frame: &mut Frame<'_>, dst: M, a: M, b: M, function: impl Fn(u8, u8) -> u8) {
    frame.write_mask(dst, |scratch, _, index, out: &mut Chunk<u8>| {
        let a = &scratch.masks[a.index()][index];
        let b = &scratch.masks[b.index()][index];
        for row in 0..CHUNK {
            out[row] = function(a[row], b[row]);
        }
    });
}

/// `dst` = `value` for every row.
#[inline(always)]
pub(super) fn fill(frame: &mut Frame<'_>, dst: M, value: u8) {
    frame.write_mask(dst, |_, _, _, out: &mut Chunk<u8>| *out = [value; CHUNK]);
}

/// How many bytes of a chunk are 1.
#[inline(always)]
pub(super) fn ones(chunk: &Chunk<u8>) -> usize {
    // At most 64: the sum fits a byte, which vectorises best.
    chunk.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)).into()
}

/// Ends the rows where `mask` is false.
#[inline(always)]
pub(super) fn need(frame: &mut Frame<'_>, mask: M, live: Option<&Live>) -> Flow {
    let scratch = &mut *frame.scratch;
    let mut count = 0;
    for index in 0..scratch.chunks() {
        let active = &mut scratch.active[index];
        let mask = &scratch.masks[mask.index()][index];
        for row in 0..CHUNK {
            active[row] &= mask[row];
        }
        count += ones(active);
    }
    scratch.kept_is_known = false;
    scratch.active_rows = count;
    if count == 0 {
        return Flow::Ended;
    }
    if let Some(live) = live
        && count * SQUEEZE <= scratch.rows
    {
        squeeze(scratch, live);
    }
    Flow::Continue
}

/// Moves the active rows of all registers that are still read together.
#[inline(always)]
fn squeeze(scratch: &mut Scratch, live: &Live) {
    keep(scratch);
    let kept = std::mem::take(&mut scratch.kept);
    for (lane, slot) in &live.values {
        match lane {
            Lane::I32 => together(i32::registers_mut(scratch)[slot.index()].as_flattened_mut(), &kept),
            Lane::I64 => together(i64::registers_mut(scratch)[slot.index()].as_flattened_mut(), &kept),
            Lane::F64 => together(f64::registers_mut(scratch)[slot.index()].as_flattened_mut(), &kept),
            Lane::I128 => together(i128::registers_mut(scratch)[slot.index()].as_flattened_mut(), &kept),
            Lane::Mask => {}
        }
    }
    for slot in &live.masks {
        together(scratch.masks[slot.index()].as_flattened_mut(), &kept);
    }
    if scratch.selected {
        together(&mut scratch.selection, &kept);
        scratch.selection.truncate(kept.len());
    } else {
        scratch.selection.clear();
        scratch.selection.extend_from_slice(&kept);
        scratch.selected = true;
    }
    scratch.activate(kept.len());
    scratch.kept = kept;
}

/// Moves values `rows`, which rise, to the front.
#[inline(always)]
fn together<T: Copy>(values: &mut [T], rows: &[u16]) {
    for (to, from) in rows.iter().enumerate() {
        values[to] = values[usize::from(*from)];
    }
}

/// Sees to it that `kept` lists the registers' active rows.
#[inline(always)]
pub(super) fn keep(scratch: &mut Scratch) {
    if std::mem::replace(&mut scratch.kept_is_known, true) {
        return;
    }
    scratch.kept.clear();
    for index in 0..scratch.chunks() {
        let mut word = pack(&scratch.active[index]);
        while word != 0 {
            // A tile's row numbers fit 16 bits.
            scratch.kept.push((index * CHUNK) as u16 + word.trailing_zeros() as u16);
            word &= word - 1;
        }
    }
}

/// 64 masks as the bits of a word.
#[inline(always)]
pub(super) fn pack(masks: &Chunk<u8>) -> u64 {
    let (bytes, _) = masks.as_chunks::<8>();
    let mut word = 0;
    for (index, eight) in bytes.iter().enumerate() {
        // The product's top byte has bit i from byte i: byte i, at 2^(8 i), times 2^(56 - 7 i).
        word |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (index * 8);
    }
    word
}

/// The bits of a word as 64 masks.
#[inline(always)]
pub(super) fn unpack(word: u64, masks: &mut Chunk<u8>) {
    let (bytes, _) = masks.as_chunks_mut::<8>();
    for (eight, byte) in bytes.iter_mut().zip(word.to_le_bytes()) {
        // The byte in all eight places, bit i alone in place i, moved down to 0 or 1.
        let alone = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
        *eight = ((alone + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101).to_le_bytes();
    }
}
