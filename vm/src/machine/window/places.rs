//! Where partitions and groups of peers begin among sorted rows.

use super::super::keys::canonical;
use super::super::sort::Sorted;
use crate::error::Result;
use crate::memory::{Context, POLL_ROWS, Reservation};
use crate::program::SortKey;
use crate::semantics::interval::Interval;
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// The beginnings of partitions and of groups of rows equal in all keys, each with the number of rows at the end.
pub(super) struct Places {
    pub(super) partitions: Vec<u32>,
    pub(super) peers: Vec<u32>,
    _reservation: Reservation,
}

impl Places {
    pub(super) fn find(sorted: &Sorted, keys: &[SortKey], partition_keys: usize, context: &Context) -> Result<Places> {
        let order = sorted.order();
        let mut reservation = context.reservation("window");
        reservation.grow(order.len().div_ceil(8) + 2 * size_of_val(order))?;
        let mut begins = Bits::filled(false, order.len());
        if !order.is_empty() {
            begins.set(0, true);
        }
        let (of_partition, of_order) = keys.split_at(partition_keys);
        let mark = |keys: &[SortKey], begins: &mut Bits| {
            keys.iter().try_for_each(|key| {
                mark_changes(sorted.column(key.column), sorted.data_type(key.column), order, begins, context)
            })
        };
        mark(of_partition, &mut begins)?;
        let partitions = places(&begins);
        mark(of_order, &mut begins)?;
        let peers = places(&begins);
        Ok(Places { partitions, peers, _reservation: reservation })
    }
}

/// The numbers of the rows whose bit is set, and how many rows there are.
fn places(begins: &Bits) -> Vec<u32> {
    let rows = begins.len() as u32;
    let set = (0..rows).filter(|row| begins.get(*row as usize));
    set.chain(std::iter::once(rows)).collect()
}

/// Sets the bit of every row whose value is not that of the row before it. NULL is equal to NULL.
fn mark_changes(
    column: &Vector,
    data_type: &DataType,
    order: &[u32],
    begins: &mut Bits,
    context: &Context,
) -> Result<()> {
    let valid = column.validity.bits();
    match &column.values {
        Values::Bits(bits) => mark(order, valid, begins, context, |row| bits.get(row)),
        Values::I8(values) => mark(order, valid, begins, context, |row| values[row]),
        Values::I16(values) => mark(order, valid, begins, context, |row| values[row]),
        Values::I32(values) => mark(order, valid, begins, context, |row| values[row]),
        Values::I64(values) => mark(order, valid, begins, context, |row| values[row]),
        Values::I128(values) if *data_type == DataType::Interval => {
            mark(order, valid, begins, context, |row| Interval::unpack(values[row]).normalised())
        }
        Values::I128(values) => mark(order, valid, begins, context, |row| values[row]),
        Values::F32(values) => mark(order, valid, begins, context, |row| canonical(values[row].into())),
        Values::F64(values) => mark(order, valid, begins, context, |row| canonical(values[row])),
        Values::Text(text) => mark(order, valid, begins, context, |row| text.get(row)),
        Values::List(_) | Values::Struct(_) => unreachable!("the verifier refuses to sort by nested values"),
    }
}

#[inline(always)]
fn mark<T: PartialEq>(
    order: &[u32],
    valid: Option<&Bits>,
    begins: &mut Bits,
    context: &Context,
    value: impl Fn(usize) -> T,
) -> Result<()> {
    let is_valid = |row: usize| valid.is_none_or(|valid| valid.get(row));
    for (place, pair) in order.windows(2).enumerate() {
        if place % POLL_ROWS == 0 {
            context.poll()?;
        }
        let (before, here) = (pair[0] as usize, pair[1] as usize);
        let (knew, knows) = (is_valid(before), is_valid(here));
        if knew != knows || knows && value(before) != value(here) {
            begins.set(place + 1, true);
        }
    }
    Ok(())
}
