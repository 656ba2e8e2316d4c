//! Masks: comparisons, logic, and the end of rows.

use super::CHUNK;
use super::frame::{Chunk, Flow, Frame, LaneValue, Scratch, map2_chunk, write_chunks};
use crate::kernel::verified::Live;
use crate::kernel::{M, Operand};
use crate::semantics::float;
use crate::types::Lane;

/// Rows are squeezed together when no more than one in so many is left: above that, squeezing costs more than the
/// later instructions save. On TPC-H Q6 with 27 and 40 % of the rows passing its first conjuncts, 2 is slower by 15 %
/// (AVX2).
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
    write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
        map2_chunk(out, frame.chunk(a, index), frame.chunk(b, index), &|a: T, b: T| u8::from(test(a, b)));
    });
}

/// `dst` = `function(a, b)` of masks, which are 0 or 1.
#[inline(always)]
pub(super) fn combine(frame: &mut Frame<'_>, dst: M, a: M, b: M, function: impl Fn(u8, u8) -> u8) {
    write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
        let masks = &frame.scratch.masks;
        map2_chunk(out, &masks[a.index()][index], &masks[b.index()][index], &function);
    });
}

/// `dst` = `value` for every row.
#[inline(always)]
pub(super) fn fill(frame: &mut Frame<'_>, dst: M, value: u8) {
    let chunks = frame.scratch.chunks();
    frame.scratch.masks[dst.index()][..chunks].as_flattened_mut().fill(value);
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

/// Squeezes rows together behind compiled code, if few are left. Whatever is compiled behind that will be interpreted
/// then, so that there must be fewer than for the interpreter alone.
#[inline(always)]
pub(super) fn squeeze_behind(scratch: &mut Scratch, live: Option<&Live>) {
    if let Some(live) = live
        && scratch.active_rows * 2 * SQUEEZE <= scratch.rows
    {
        squeeze(scratch, live);
    }
}

/// Moves the active rows of all registers that are still read together.
#[inline(always)]
fn squeeze(scratch: &mut Scratch, live: &Live) {
    keep(scratch);
    let buffer = std::mem::take(&mut scratch.kept);
    let kept = &buffer[..scratch.active_rows];
    for (lane, slot) in &live.values {
        match lane {
            Lane::I32 => together(i32::registers_mut(scratch)[slot.index()].as_flattened_mut(), kept),
            Lane::I64 => together(i64::registers_mut(scratch)[slot.index()].as_flattened_mut(), kept),
            Lane::F64 => together(f64::registers_mut(scratch)[slot.index()].as_flattened_mut(), kept),
            Lane::I128 => together(i128::registers_mut(scratch)[slot.index()].as_flattened_mut(), kept),
            Lane::Mask => {}
        }
    }
    for slot in &live.masks {
        together(scratch.masks[slot.index()].as_flattened_mut(), kept);
    }
    if scratch.selected {
        together(&mut scratch.selection, kept);
        scratch.selection.truncate(kept.len());
    } else {
        scratch.selection.clear();
        scratch.selection.extend_from_slice(kept);
        scratch.selected = true;
    }
    let rows = kept.len();
    scratch.activate(rows);
    scratch.kept = buffer;
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
    let kept = scratch.kept.as_mut_slice();
    let mut count = 0;
    for (index, active) in scratch.active[..scratch.rows.div_ceil(CHUNK)].iter().enumerate() {
        let word = pack(active);
        if word == 0 {
            continue;
        }
        // A tile's row numbers fit 16 bits.
        let first = (index * CHUNK) as u16;
        for (eight, byte) in (first..).step_by(8).zip(word.to_le_bytes()) {
            // Without a branch a row: what is too much is written over by the next eight.
            let places = &PLACES[usize::from(byte)];
            for (row, place) in kept[count..count + 8].iter_mut().zip(places) {
                *row = eight + u16::from(*place);
            }
            count += byte.count_ones() as usize;
        }
    }
    debug_assert_eq!(count, scratch.active_rows, "the active rows were counted before");
}

/// For each byte the places of its bits that are 1, the lowest first (Lemire, "Iterating over set bits quickly", 2018).
const PLACES: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut rest, mut count) = (byte, 0);
        while rest != 0 {
            places[byte][count] = rest.trailing_zeros() as u8;
            rest &= rest - 1;
            count += 1;
        }
        byte += 1;
    }
    places
};

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
pub(crate) fn unpack(word: u64, masks: &mut Chunk<u8>) {
    let (bytes, _) = masks.as_chunks_mut::<8>();
    for (eight, byte) in bytes.iter_mut().zip(word.to_le_bytes()) {
        // The byte in all eight places, bit i alone in place i, moved down to 0 or 1.
        let alone = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
        *eight = ((alone + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101).to_le_bytes();
    }
}
