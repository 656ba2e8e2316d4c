//! The loops of aggregates: over the rows that count, into the states of their groups.

use super::states::unexpected;
use crate::error::Result;
use crate::vector::{Bits, Values, Vector};

/// Calls `each` with the number of every row that counts: valid, and kept by the filter.
#[inline(always)]
pub(super) fn each_row(rows: usize, valid: Option<&Bits>, filter: Option<&Bits>, mut each: impl FnMut(usize)) {
    if valid.is_none() && filter.is_none() {
        (0..rows).for_each(each);
        return;
    }
    for index in 0..rows.div_ceil(64) {
        let word = |bits: Option<&Bits>| bits.map_or(u64::MAX, |bits| bits.word(index));
        let in_batch = u64::MAX >> (64 - (rows - index * 64).min(64));
        let mut word = word(valid) & word(filter) & in_batch;
        while word != 0 {
            each(index * 64 + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}

/// Adds the values of the rows that count to the states of their groups.
#[inline(always)]
pub(super) fn fold<S: Copy, T: Copy>(
    states: &mut [S],
    groups: &[u32],
    values: &[T],
    valid: Option<&Bits>,
    filter: Option<&Bits>,
    add: impl Fn(&mut S, T),
) {
    let rows = groups.len();
    let values = &values[..rows];
    if let [state] = states {
        // One group: its state stays in machine registers.
        let mut local = *state;
        each_row(rows, valid, filter, |row| add(&mut local, values[row]));
        *state = local;
    } else if valid.is_none() && filter.is_none() {
        groups.iter().zip(values).for_each(|(&group, &value)| add(&mut states[group as usize], value));
    } else {
        each_row(rows, valid, filter, |row| add(&mut states[groups[row] as usize], values[row]));
    }
}

/// As [`fold`], for integers of whatever width. `name` is the aggregate's, for errors.
#[inline(always)]
pub(super) fn fold_integers<S: Copy>(
    name: &str,
    states: &mut [S],
    groups: &[u32],
    argument: &Vector,
    filter: Option<&Bits>,
    add: impl Fn(&mut S, i128),
) -> Result<()> {
    let valid = argument.validity.bits();
    match &argument.values {
        Values::I8(values) => fold(states, groups, values, valid, filter, |state, value| add(state, value.into())),
        Values::I16(values) => fold(states, groups, values, valid, filter, |state, value| add(state, value.into())),
        Values::I32(values) => fold(states, groups, values, valid, filter, |state, value| add(state, value.into())),
        Values::I64(values) => fold(states, groups, values, valid, filter, |state, value| add(state, value.into())),
        Values::I128(values) => fold(states, groups, values, valid, filter, &add),
        other => return Err(unexpected(name, other.form())),
    }
    Ok(())
}
