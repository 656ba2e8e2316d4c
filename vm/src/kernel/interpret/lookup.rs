//! Entries of tables into registers.

use super::CHUNK;
use super::frame::{Chunk, Frame, LaneValue, write_chunks};
use super::logic;
use crate::kernel::tables::Entries;
use crate::kernel::{M, Operand, Table, V};
use crate::semantics::{KeySet, key_set, lookup};
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

/// Whether `a` may be among the keys of a table.
#[inline(always)]
pub(super) fn might_contain(frame: &mut Frame<'_>, lane: Lane, dst: M, table: Table, a: Operand) {
    match lane {
        Lane::I32 => might_contain_each::<i32>(frame, dst, table, a),
        Lane::I64 => might_contain_each::<i64>(frame, dst, table, a),
        Lane::F64 | Lane::I128 | Lane::Mask => {}
    }
}

#[inline(always)]
fn might_contain_each<T: LaneValue + Into<i64>>(frame: &mut Frame<'_>, dst: M, table: Table, a: Operand) {
    let tables = frame.tables;
    let Entries::Keys(keys) = &tables[table.index()] else { return };
    match keys.set() {
        None => logic::fill(frame, dst, 1),
        Some(KeySet::Bits { min, words }) => write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
            test_chunk(out, frame.chunk::<T>(a, index), &|number| key_set::has_bit(words, *min, number.into()));
        }),
        Some(KeySet::Bloom { words, shift }) => write_chunks!(frame, frame.scratch.masks, dst, |index, out| {
            test_chunk(out, frame.chunk::<T>(a, index), &|number| key_set::might_have(words, *shift, number.into()));
        }),
    }
}

#[inline(always)]
fn test_chunk<T: Copy>(out: &mut Chunk<u8>, numbers: &Chunk<T>, test: &impl Fn(T) -> bool) {
    for row in 0..CHUNK {
        out[row] = u8::from(test(numbers[row]));
    }
}
