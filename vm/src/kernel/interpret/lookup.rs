//! Entries of tables into registers.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, write_chunks};
use crate::kernel::tables::Entries;
use crate::kernel::{M, Operand, Table, V};
use crate::semantics::lookup;
use crate::types::Lane;

/// Entry `a` of a table in each lane.
#[inline(always)]
pub(super) fn values(frame: &mut Frame<'_>, lane: Lane, dst: V, table: Table, a: Operand) {
    let tables = frame.tables;
    match (lane, &tables[table.index()]) {
        (Lane::I32, Entries::I32(entries)) => entries_of(frame, dst, entries, a),
        (Lane::I64, Entries::I64(entries)) => entries_of(frame, dst, entries, a),
        (Lane::F64, Entries::F64(entries)) => entries_of(frame, dst, entries, a),
        (Lane::I128, Entries::I128(entries)) => entries_of(frame, dst, entries, a),
        _ => {}
    }
}

#[inline(always)]
fn entries_of<T: LaneValue>(frame: &mut Frame<'_>, dst: V, entries: &[T], a: Operand) {
    frame.map::<i32, T>(dst, a, |number| lookup::entry(entries, number));
}

/// Entry `a` of a table of truth values.
#[inline(always)]
pub(super) fn bits(frame: &mut Frame<'_>, dst: M, table: Table, a: Operand) {
    let tables = frame.tables;
    let Entries::Bits(words) = &tables[table.index()] else { return };
    match words.as_slice() {
        &[word] => write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
            test_chunk(out, frame.chunk(a, index), &|number| lookup::bit_of_word(word, number));
        }),
        words => write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
            test_chunk(out, frame.chunk(a, index), &|number| lookup::bit(words, number));
        }),
    }
}

#[inline(always)]
fn test_chunk(out: &mut Chunk<u8>, numbers: &Chunk<i32>, test: &impl Fn(i32) -> bool) {
    for row in 0..CHUNK {
        out[row] = u8::from(test(numbers[row]));
    }
}
