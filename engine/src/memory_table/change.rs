//! What a running INSERT, DELETE or UPDATE has gathered: rows to take out, rows to add, and what RETURNING gives.

use std::sync::{Arc, Mutex, PoisonError};

use rowmill_sql::plan::ChangeKind;
use rowmill_vm::table::TableSink;
use rowmill_vm::vector::Values;
use rowmill_vm::{DataType, Error, MemoryAccount, Reservation, Result, Vector};

use super::deleted::{Doomed, Mask};
use super::{MemoryTable, Pending};
use crate::vectors::content_bytes;

/// A change of one table. Dropping it leaves the table as it was.
#[derive(Debug)]
pub(crate) struct Changes {
    deleted: Option<(Doomed, u64)>,
    added: Option<Pending>,
    /// Columns of the target.
    width: usize,
    returned: Returned,
    /// Which rows of a batch are changed for the first time, and their columns, where not all are.
    fresh: Vec<u32>,
    gathered: Vec<Vector>,
}

/// The rows of RETURNING.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) vectors: Vec<Vector>,
    pub(crate) memory: Reservation,
}

impl Changes {
    /// No change yet of `table` as it is now, whose rows are numbered so; RETURNING gives columns of these types.
    pub(crate) fn new(table: &MemoryTable, kind: ChangeKind, returning: &[DataType]) -> Changes {
        let doomed = || (Doomed::new(&table.blocks, table.tail.rows(), &table.account), table.epoch);
        let vectors = returning.iter().map(|data_type| Vector::empty(data_type.form())).collect();
        Changes {
            deleted: (kind != ChangeKind::Insert).then(doomed),
            added: (kind != ChangeKind::Delete).then(|| table.pending()),
            width: table.definition.columns.len(),
            returned: Returned { vectors, memory: Reservation::new(&table.account, "RETURNING") },
            fresh: Vec::new(),
            gathered: Vec::new(),
        }
    }

    /// In which epoch rows have the numbers by which they are taken out.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.deleted.as_ref().map(|(_, epoch)| *epoch)
    }

    /// The new masks of the table's places, each with its position; see [`Doomed::masks`].
    pub(super) fn masks(&self, tail: Option<&Mask>, account: &Arc<MemoryAccount>) -> Result<Vec<(usize, Arc<Mask>)>> {
        self.deleted.as_ref().map_or(Ok(Vec::new()), |(doomed, _)| doomed.masks(tail, account))
    }

    /// The rows to be added.
    pub(super) fn take_added(&mut self) -> Option<Pending> {
        self.added.take()
    }

    /// What RETURNING gives.
    pub(crate) fn into_returned(self) -> Returned {
        self.returned
    }

    /// Takes a batch as [`TableSink::take`] does.
    pub(super) fn take(&mut self, columns: &[Vector], rows: usize) -> Result<u64> {
        let Some((doomed, _)) = &mut self.deleted else {
            self.keep(columns, rows)?;
            return Ok(rows as u64);
        };
        let Some((Vector { values: Values::I64(numbers), .. }, rest)) = columns.split_first() else {
            return Err(Error::internal("rows without their numbers"));
        };
        self.fresh.clear();
        for (row, number) in numbers.iter().enumerate() {
            if doomed.insert(*number)? {
                // A batch has far fewer than 2^32 rows.
                self.fresh.push(row as u32);
            }
        }
        let count = self.fresh.len();
        if count == rows {
            self.keep(rest, rows)?;
        } else if !rest.is_empty() && count > 0 {
            let mut gathered = std::mem::take(&mut self.gathered);
            gathered.resize_with(rest.len(), || Vector::empty(rowmill_vm::Form::Bits));
            gathered.iter_mut().zip(rest).for_each(|(to, from)| to.gather(from, &self.fresh));
            self.keep(&gathered, count)?;
            self.gathered = gathered;
        }
        Ok(count as u64)
    }

    /// Takes the columns of the target, if rows are added, and those of RETURNING.
    fn keep(&mut self, columns: &[Vector], rows: usize) -> Result<()> {
        let mut returned = columns;
        if let Some(added) = &mut self.added {
            added.append(rows, |index| &columns[index])?;
            returned = &columns[self.width..];
        }
        for (to, from) in self.returned.vectors.iter_mut().zip(returned) {
            self.returned.memory.grow(content_bytes(from))?;
            to.append(from);
        }
        Ok(())
    }
}

/// The machine's end of [`Changes`]; the statement keeps the other and commits them when all is done.
#[derive(Debug)]
pub(crate) struct ChangeSink(pub(crate) Arc<Mutex<Changes>>);

impl TableSink for ChangeSink {
    fn take(&mut self, columns: &[Vector], rows: usize) -> Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(columns, rows)
    }
}
