//! Rows of a build side that come out by themselves, by whether they had a partner: full, right semi and right anti
//! joins.

use std::sync::Arc;

use super::Shared;
use super::join_table::JoinTable;
use super::worker::Worker;
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{HashId, JoinKind, Program};
use crate::types::Form;
use crate::vector::Vector;

/// Which rows of the build side a worker has found partners for.
#[derive(Default)]
pub(super) struct Partners {
    found: Vec<bool>,
    reservation: Option<Reservation>,
}

impl Partners {
    /// Makes room for a build side of so many rows. Rows that were found stay found.
    pub(super) fn make_room(&mut self, rows: usize, context: &Context) -> Result<()> {
        if self.found.len() < rows {
            self.reservation.get_or_insert_with(|| context.reservation("hash join")).resize(rows)?;
            self.found.resize(rows, false);
        }
        Ok(())
    }

    pub(super) fn note(&mut self, row: u32) {
        self.found[row as usize] = true;
    }
}

/// The rest of a build side.
pub(super) struct Rest {
    table: Arc<JoinTable>,
    /// Rows of the table that come out; behind them come those that could not be a partner.
    chosen: Vec<u32>,
    _reservation: Reservation,
}

impl Rest {
    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.chosen.len() + self.table.unmatchable().rows()
    }

    /// Reads at most `rows_max` rows from row `first` on. `numbers` is scratch.
    pub(super) fn read(
        &self,
        first: usize,
        rows_max: usize,
        columns: &mut Vec<Vector>,
        numbers: &mut Vec<u32>,
    ) -> usize {
        if let Some(behind) = first.checked_sub(self.chosen.len()) {
            let store = self.table.unmatchable();
            return store.copy(behind, rows_max.min(store.rows() - behind), columns, numbers);
        }
        let rows = &self.chosen[first..self.chosen.len().min(first + rows_max)];
        let store = self.table.columns();
        columns.resize_with(store.columns().len(), || Vector::empty(Form::Bits));
        columns.iter_mut().zip(store.columns()).for_each(|(column, source)| column.gather(source, rows));
        rows.len()
    }
}

/// The rows that a join gives of its build side, for which workers have found partners.
pub(super) fn rest(program: &Program, shared: &Shared, hash: HashId, workers: &mut [Worker]) -> Result<Rest> {
    let table = shared.hashes[hash.index()].as_ref();
    let table = Arc::clone(table.ok_or_else(|| Error::internal(format!("{hash} is not sealed")))?);
    let found: Vec<Partners> = workers.iter_mut().map(|worker| worker.probes[hash.index()].take_partners()).collect();
    let is_found = |row: &u32| found.iter().any(|worker| worker.found.get(*row as usize).copied().unwrap_or(false));
    let mut reservation = workers[0].context.reservation("hash join");
    reservation.grow(table.rows() * size_of::<u32>())?;
    // A table has fewer than 2^32 rows.
    let wants_found = program.hashes[hash.index()].kind == JoinKind::RightSemi;
    let chosen = (0..table.rows() as u32).filter(|row| is_found(row) == wants_found).collect();
    Ok(Rest { table, chosen, _reservation: reservation })
}
