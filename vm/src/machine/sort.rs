//! Sorters: all rows in order, or only the first so many of them.

use super::columns::ColumnStore;
use super::cursor::Cursor;
use super::sort_keys::{SORT_ROW_BYTES, order_rows};
use super::worker::{Rows, Shared, Worker};
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{Cursor as CursorId, List, Program, SorterId, SorterSpec, Space};
use crate::types::Form;
use crate::vector::Vector;

/// A sorter that is being filled.
pub(super) struct Sorter {
    spec: SorterSpec,
    store: ColumnStore,
    context: Context,
}

/// Sorted rows.
pub(super) struct Sorted {
    store: ColumnStore,
    order: Vec<u32>,
    _reservation: Reservation,
}

impl Sorter {
    pub(super) fn new(spec: &SorterSpec, context: &Context) -> Sorter {
        Sorter { spec: spec.clone(), store: ColumnStore::new(&spec.columns, context, "sort"), context: context.clone() }
    }

    pub(super) fn insert<'a>(&mut self, columns: impl Iterator<Item = &'a Vector> + Clone, rows: usize) -> Result<()> {
        self.store.append(columns, Rows::All(rows))?;
        let Some(limit) = self.limit() else { return Ok(()) };
        // Often enough to keep memory bounded, seldom enough that sorting costs little a row.
        if self.store.rows() > limit.saturating_mul(2).saturating_add(8 * self.context.batch_rows) {
            let (order, _reservation) = self.order()?;
            self.store.keep(&order)?;
        }
        Ok(())
    }

    fn limit(&self) -> Option<usize> {
        self.spec.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// The numbers of the rows that are wanted, in order.
    fn order(&self) -> Result<(Vec<u32>, Reservation)> {
        let rows = self.store.rows();
        let mut reservation = self.context.reservation("sort");
        reservation.grow(rows * (SORT_ROW_BYTES + 4))?;
        let count = u32::try_from(rows).map_err(|_| Error::limit("more than 4294967295 rows in one sort"))?;
        let mut order = order_rows(self.store.columns(), &self.spec.columns, &self.spec.keys, count, &self.context)?;
        if let Some(limit) = self.limit() {
            order.truncate(limit);
        }
        reservation.resize(rows * 4)?;
        Ok((order, reservation))
    }

    /// Adds the rows of another worker.
    pub(super) fn merge(mut self, other: Sorter) -> Result<Sorter> {
        self.store.append(other.store.columns().iter(), Rows::All(other.store.rows()))?;
        Ok(self)
    }

    pub(super) fn finish(mut self) -> Result<Sorted> {
        let (order, reservation) = self.order()?;
        self.store.share();
        Ok(Sorted { store: self.store, order, _reservation: reservation })
    }
}

impl Sorted {
    /// Reads at most `rows_max` rows from row `first` on.
    pub(super) fn read(&self, first: usize, rows_max: usize, columns: &mut Vec<Vector>) -> usize {
        let rows = &self.order[first..self.order.len().min(first + rows_max)];
        columns.resize_with(self.store.columns().len(), || Vector::empty(Form::Bits));
        for (column, source) in columns.iter_mut().zip(self.store.columns()) {
            column.gather(source, rows);
        }
        rows.len()
    }
}

impl Worker {
    pub(super) fn sort_open(&mut self, program: &Program, sorter: SorterId) {
        self.sorters[sorter.index()] = Some(Sorter::new(&program.sorters[sorter.index()], &self.context));
    }

    pub(super) fn sort_insert(
        &mut self,
        program: &Program,
        (sorter, space, columns): (SorterId, Space, List),
    ) -> Result<()> {
        let rows = self.rows(space);
        let registers = &self.registers;
        let columns = program.lists[columns.index()].iter().map(|register| &registers[register.index()]);
        let sorter = self.sorters[sorter.index()].as_mut().ok_or_else(|| not_open(sorter))?;
        sorter.insert(columns, rows)
    }

    pub(super) fn sort_final(&mut self, shared: &mut Shared, cursor: CursorId, sorter: SorterId) -> Result<()> {
        // One worker today; more only add to the iterator.
        let workers = std::iter::once(self.sorters[sorter.index()].take().ok_or_else(|| not_open(sorter))?);
        let merged = workers.map(Ok).reduce(|one, other| one?.merge(other?)).ok_or_else(|| not_open(sorter))??;
        shared.sorted[sorter.index()] = Some(merged.finish()?);
        self.cursors[cursor.index()] = Some(Cursor::over_sorted(sorter));
        Ok(())
    }
}

fn not_open(sorter: SorterId) -> Error {
    Error::internal(format!("{sorter} is not open"))
}
