//! The tables that a kernel looks values up in: entries by number, the same for all rows of a statement, and keys of
//! joins' build sides, which are there when the pipeline begins.

use std::sync::Arc;

use super::{Kernel, TableSlot, TableSource};
use crate::error::{Error, Result};
use crate::memory::Reservation;
use crate::semantics::KeySet;
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
    Keys(Keys),
}

/// The keys that rows are dropped by. Without any all rows pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(Option<Arc<KeyFilter>>);

/// A set of keys and the memory that it takes.
#[derive(Debug)]
pub(crate) struct KeyFilter {
    pub(crate) keys: KeySet,
    pub(crate) _memory: Reservation,
}

impl Keys {
    /// As [`KeySet::might_contain`].
    pub(crate) fn might_contain(&self, number: i64) -> bool {
        self.set().is_none_or(|keys| keys.might_contain(number))
    }

    /// The set, if there is one.
    pub(crate) fn set(&self) -> Option<&KeySet> {
        self.0.as_deref().map(|filter| &filter.keys)
    }

    /// Whether they are those of a filter, or none.
    pub(crate) fn are(&self, filter: Option<&Arc<KeyFilter>>) -> bool {
        match (&self.0, filter) {
            (Some(own), Some(filter)) => Arc::ptr_eq(own, filter),
            (own, filter) => own.is_none() && filter.is_none(),
        }
    }

    /// Those of a filter that is asked for numbers of a lane. If their differences do not fit it, all rows pass.
    pub(crate) fn of(filter: Option<&Arc<KeyFilter>>, lane: Lane) -> Keys {
        Keys(filter.filter(|filter| lane != Lane::I32 || filter.keys.fits_i32()).cloned())
    }
}

/// The tables of a kernel, out of those that the statement has; keys are to come later. Fails for one that is not there,
/// not of the kernel's lane, or has a NULL.
pub(super) fn tables(kernel: &Kernel, tables: &[&Vector]) -> Result<Vec<Entries>> {
    kernel.tables.iter().map(|slot| entries(slot, tables)).collect()
}

fn entries(slot: &TableSlot, tables: &[&Vector]) -> Result<Entries> {
    let TableSource::Entries(number) = slot.source else { return Ok(Entries::Keys(Keys::default())) };
    let wrong = || Error::internal(format!("table {number} is not one of lane {}", slot.lane.name()));
    let table = tables.get(usize::from(number)).ok_or_else(wrong)?;
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
