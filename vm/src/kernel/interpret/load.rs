//! Input columns into registers.

use bytemuck::Pod;

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, write_chunks};
use super::logic::unpack;
use crate::kernel::{Input, M, V};
use crate::types::Form;
use crate::vector::{Bits, Values};

/// The values of a column, widened to its form's lane.
#[inline(always)]
pub(super) fn values(frame: &mut Frame<'_>, form: Form, dst: V, input: Input) {
    let inputs = frame.inputs;
    match (form, &inputs[input.index()].values) {
        (Form::I8, Values::I8(values)) => copy::<i8, i32>(frame, dst, values, i32::from),
        (Form::I16, Values::I16(values)) => copy::<i16, i32>(frame, dst, values, i32::from),
        (Form::I32, Values::I32(values)) => copy::<i32, i32>(frame, dst, values, |value| value),
        (Form::I64, Values::I64(values)) => copy::<i64, i64>(frame, dst, values, |value| value),
        (Form::I128, Values::I128(values)) => copy::<i128, i128>(frame, dst, values, |value| value),
        (Form::F32, Values::F32(values)) => copy::<f32, f64>(frame, dst, values, f64::from),
        (Form::F64, Values::F64(values)) => copy::<f64, f64>(frame, dst, values, |value| value),
        _ => {}
    }
}

#[inline(always)]
fn copy<T: Pod, R: LaneValue>(frame: &mut Frame<'_>, dst: V, values: &[T], widen: impl Fn(T) -> R) {
    let scratch = &mut *frame.scratch;
    let values = &values[scratch.base..scratch.base + scratch.base_rows];
    let mut tile = std::mem::take(&mut R::registers_mut(scratch)[dst.index()]);
    if scratch.selected {
        for (out, row) in tile.as_flattened_mut().iter_mut().zip(&scratch.selection) {
            *out = widen(values[usize::from(*row)]);
        }
    } else {
        let (chunks, tail) = values.as_chunks::<CHUNK>();
        let (outs, rest) = tile.split_at_mut(chunks.len());
        for (out, chunk) in outs.iter_mut().zip(chunks) {
            copy_chunk(out, chunk, &widen);
        }
        for (out, value) in rest.as_flattened_mut().iter_mut().zip(tail) {
            *out = widen(*value);
        }
    }
    R::registers_mut(scratch)[dst.index()] = tile;
}

#[inline(always)]
fn copy_chunk<T: Copy, R>(out: &mut Chunk<R>, chunk: &Chunk<T>, widen: &impl Fn(T) -> R) {
    for row in 0..CHUNK {
        out[row] = widen(chunk[row]);
    }
}

/// Which rows of a column hold a value.
#[inline(always)]
pub(super) fn validity(frame: &mut Frame<'_>, dst: M, input: Input) {
    let inputs = frame.inputs;
    match inputs[input.index()].validity.bits() {
        Some(bits) => copy_bits(frame, dst, bits),
        None => super::logic::fill(frame, dst, 1),
    }
}

/// The values of a BOOLEAN column.
#[inline(always)]
pub(super) fn bits(frame: &mut Frame<'_>, dst: M, input: Input) {
    let inputs = frame.inputs;
    copy_bits(frame, dst, inputs[input.index()].bits());
}

#[inline(always)]
fn copy_bits(frame: &mut Frame<'_>, dst: M, bits: &Bits) {
    let base = frame.scratch.base;
    write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
        if frame.scratch.selected {
            let rows = &frame.scratch.selection[index * CHUNK..];
            for (out, row) in out.iter_mut().zip(rows) {
                *out = u8::from(bits.get(base + usize::from(*row)));
            }
        } else {
            // Tiles begin at multiples of a chunk, which is as long as a word.
            unpack(bits.word(base / CHUNK + index), out);
        }
    });
}
