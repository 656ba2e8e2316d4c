//! Registers into output columns, active rows only.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, source};
use super::logic::{keep, pack};
use crate::kernel::{Kernel, M, Operand, Output};
use crate::types::Lane;
use crate::vector::{Bits, Values, Vector};

/// Empties the outputs, keeping their capacity.
pub(super) fn begin(kernel: &Kernel, outputs: &mut [Vector]) {
    for (slot, vector) in kernel.outputs.iter().zip(outputs) {
        vector.reset(slot.lane.form());
        if slot.nullable {
            vector.validity.bits_mut().refill(false, 0);
        }
    }
}

/// Notes which nullable outputs came without NULLs.
pub(super) fn end(kernel: &Kernel, outputs: &mut [Vector]) {
    for (slot, vector) in kernel.outputs.iter().zip(outputs) {
        if slot.nullable && vector.validity.bits().is_some_and(|bits| bits.count_ones() == bits.len()) {
            vector.validity.set_all();
        }
    }
}

/// Appends an operand's active rows to an output column.
#[inline(always)]
pub(super) fn values(frame: &mut Frame<'_>, lane: Lane, output: Output, a: Operand) {
    match lane {
        Lane::I32 => values_of::<i32>(frame, output, a),
        Lane::I64 => values_of::<i64>(frame, output, a),
        Lane::F64 => values_of::<f64>(frame, output, a),
        Lane::I128 => values_of::<i128>(frame, output, a),
        Lane::Mask => {}
    }
}

#[inline(always)]
fn values_of<T: LaneValue>(frame: &mut Frame<'_>, output: Output, a: Operand) {
    let Some(out) = T::output(&mut frame.outputs[output.index()].values) else { return };
    if let Operand::Const(entry) = a {
        let value = T::constants(frame.constants)[entry.index()][0];
        out.resize(out.len() + frame.scratch.active_rows, value);
        return;
    }
    if frame.scratch.active_rows < frame.scratch.rows {
        keep(frame.scratch);
        if let Operand::Reg(slot) = a {
            let values = T::registers(frame.scratch)[slot.index()].as_flattened();
            out.extend(frame.scratch.kept[..frame.scratch.active_rows].iter().map(|row| values[usize::from(*row)]));
        }
        return;
    }
    let values = source::<T>(frame.scratch, frame.constants, a);
    for index in 0..frame.scratch.chunks() {
        let rows = (frame.scratch.rows - index * CHUNK).min(CHUNK);
        out.extend_from_slice(&values.chunk(index)[..rows]);
    }
}

/// Appends the active rows of a mask to an output's validity.
#[inline(always)]
pub(super) fn validity(frame: &mut Frame<'_>, output: Output, a: M) {
    let before = frame.outputs[output.index()].validity.bits().map_or(0, Bits::len);
    let mut bits = std::mem::take(frame.outputs[output.index()].validity.bits_mut());
    append(frame, a, &mut bits, before);
    *frame.outputs[output.index()].validity.bits_mut() = bits;
}

/// Appends the active rows of a mask to a BOOLEAN output.
#[inline(always)]
pub(super) fn bits(frame: &mut Frame<'_>, output: Output, a: M) {
    let Values::Bits(bits) = &mut frame.outputs[output.index()].values else { return };
    let mut bits = std::mem::take(bits);
    let before = bits.len();
    append(frame, a, &mut bits, before);
    frame.outputs[output.index()].values = Values::Bits(bits);
}

#[inline(always)]
fn append(frame: &mut Frame<'_>, a: M, bits: &mut Bits, before: usize) {
    let scratch = &mut *frame.scratch;
    let Bits::Owned { words, length } = bits else { return };
    *length = before + scratch.active_rows;
    words.resize(length.div_ceil(64), 0);
    let squeezed = scratch.active_rows < scratch.rows;
    if squeezed {
        keep(scratch);
    }
    let mask = &scratch.masks[a.index()];
    let mut at = before;
    while at < *length {
        let done = at - before;
        let rows = (*length - at).min(CHUNK);
        let word = if squeezed {
            let mut chunk: Chunk<u8> = [0; CHUNK];
            let flat = mask.as_flattened();
            for (to, row) in chunk.iter_mut().zip(&scratch.kept[done..done + rows]) {
                *to = flat[usize::from(*row)];
            }
            pack(&chunk)
        } else {
            pack(&mask[done / CHUNK])
        };
        put(words, at, if rows == 64 { word } else { word & ((1 << rows) - 1) });
        at += rows;
    }
}

/// Sets the bits of `word` from bit `at` on; those behind the end of `words` are 0.
#[inline(always)]
fn put(words: &mut [u64], at: usize, word: u64) {
    let (index, shift) = (at / 64, at % 64);
    words[index] |= word << shift;
    if shift > 0 && index + 1 < words.len() {
        words[index + 1] |= word >> (64 - shift);
    }
}

/// Appends the batch's row numbers of the rows that passed.
#[inline(always)]
pub(super) fn pass(frame: &mut Frame<'_>) {
    let Some(passed) = &mut frame.passed else { return };
    let scratch = &mut *frame.scratch;
    // A batch has at most 2^32 rows: checked by the caller.
    let base = scratch.base as u32;
    if scratch.active_rows < scratch.rows {
        keep(scratch);
    }
    let kept = &scratch.kept[..scratch.active_rows];
    match (scratch.selected, scratch.active_rows < scratch.rows) {
        (false, false) => passed.extend(base..base + scratch.rows as u32),
        (false, true) => passed.extend(kept.iter().map(|row| base + u32::from(*row))),
        (true, false) => passed.extend(scratch.selection.iter().map(|row| base + u32::from(*row))),
        (true, true) => {
            let selection = &scratch.selection;
            passed.extend(kept.iter().map(|row| base + u32::from(selection[usize::from(*row)])));
        }
    }
}
