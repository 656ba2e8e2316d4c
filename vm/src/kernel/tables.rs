//! The tables that a kernel looks values up in: entries by number, the same for all rows of a statement.

use super::{Kernel, TableSlot};
use crate::error::{Error, Result};
use crate::types::Lane;
use crate::vector::{Bits, Buf, Values, Vector};

/// The entries of a table.
#[derive(Clone, Debug)]
pub(crate) enum Entries {
    /// 64 to a word, the least significant bit first; what fills the last word is 0.
    Bits(Vec<u64>),
    I32(Buf<i32>),
    I64(Buf<i64>),
    F64(Buf<f64>),
    I128(Buf<i128>),
}

/// The tables of a kernel, out of those that the statement has. Fails for one that is not there, not of the kernel's
/// lane, or has a NULL.
pub(super) fn tables(kernel: &Kernel, tables: &[&Vector]) -> Result<Vec<Entries>> {
    kernel.tables.iter().map(|slot| entries(slot, tables)).collect()
}

fn entries(slot: &TableSlot, tables: &[&Vector]) -> Result<Entries> {
    let wrong = || Error::internal(format!("table {} is not one of lane {}", slot.source, slot.lane.name()));
    let table = tables.get(usize::from(slot.source)).ok_or_else(wrong)?;
    if table.validity.bits().is_some() {
        return Err(wrong());
    }
    Ok(match (slot.lane, &table.values) {
        (Lane::Mask, Values::Bits(bits)) => Entries::Bits(Bits::words(bits).collect()),
        (Lane::I32, Values::I32(values)) => Entries::I32(values.clone()),
        (Lane::I64, Values::I64(values)) => Entries::I64(values.clone()),
        (Lane::F64, Values::F64(values)) => Entries::F64(values.clone()),
        (Lane::I128, Values::I128(values)) => Entries::I128(values.clone()),
        _ => return Err(wrong()),
    })
}
