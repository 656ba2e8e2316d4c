//! Sorters: all rows in order, or only the first so many of them.

use super::columns::{ColumnStore, shorten, unite_column, window};
use super::parallel::{run_all, tasks_for};
use super::runs::Position;
use super::sort_keys::{SORT_ROW_BYTES, SortInput, order_rows, rough_codes};
use super::sort_pieces::{SharedInput, order_together};
use super::window::Computed;
use super::worker::{Rows, Worker};
use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::program::{List, NullOrder, Order, Program, SortKey, SorterId, SorterSpec, Space};
use crate::types::{DataType, Form};
use crate::vector::{Values, Vector};

/// A sorter that is being filled.
pub(super) struct Sorter {
    /// With several workers there is one more column, the last to sort by: where rows come from. Rows that are equal
    /// in all keys then keep the order of their source.
    spec: SorterSpec,
    store: ColumnStore,
    /// The batch's part of that column.
    positions: Option<Vector>,
    /// Of as many rows as are wanted, which are there already, the greatest of the first key's [`rough_codes`]: rows beyond
    /// it are not wanted.
    last_code: Option<u64>,
    /// A batch's codes, and the rows that are not beyond.
    codes: Vec<u64>,
    chosen: Vec<u32>,
    context: Context,
}

/// Whether other threads may help.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Together,
}

/// Makes `chosen` the rows whose codes are not beyond the last one.
fn choose(codes: &[u64], last: u64, chosen: &mut Vec<u32>) {
    chosen.clear();
    chosen.resize(codes.len(), 0);
    let mut count = 0;
    // Without a branch a row: what is not chosen is written over.
    for (row, code) in (0..).zip(codes) {
        chosen[count] = row;
        count += usize::from(*code <= last);
    }
    chosen.truncate(count);
}

/// Sorted rows.
pub(super) struct Sorted {
    types: Vec<DataType>,
    store: ColumnStore,
    /// So many of its first columns come out, then those that were computed.
    width: usize,
    order: Vec<u32>,
    computed: Computed,
    _reservation: Reservation,
}

impl Sorter {
    pub(super) fn new(spec: &SorterSpec, context: &Context) -> Sorter {
        let mut spec = spec.clone();
        let positions = (context.workers() > 1).then(|| Vector::empty(Form::I64));
        if positions.is_some() {
            let column = spec.columns.len();
            spec.columns.push(DataType::BigInt);
            spec.keys.push(SortKey { column, order: Order::Ascending, nulls: NullOrder::Last });
        }
        Sorter {
            store: ColumnStore::new(&spec.columns, context, "sort"),
            spec,
            positions,
            last_code: None,
            codes: Vec::new(),
            chosen: Vec::new(),
            context: context.clone(),
        }
    }

    /// Adds rows that come from `position`.
    pub(super) fn insert<'a>(
        &mut self,
        position: Position,
        columns: impl Iterator<Item = &'a Vector> + Clone,
        rows: usize,
    ) -> Result<()> {
        if let Some(positions) = &mut self.positions
            && let Values::I64(values) = &mut positions.values
        {
            let values = values.refill();
            values.resize(rows, position.0 as i64);
        }
        let key = self.spec.keys.first();
        let key = key.and_then(|key| Some((key, columns.clone().nth(key.column)?)));
        let chosen = match (self.last_code, key) {
            (Some(last), Some((key, column))) => {
                rough_codes(column, &self.spec.columns[key.column], *key, rows, &mut self.codes);
                choose(&self.codes, last, &mut self.chosen);
                Rows::Selected(&self.chosen)
            }
            _ => Rows::All(rows),
        };
        if chosen.len() == 0 {
            return Ok(());
        }
        self.store.append(columns.map(shorten).chain(&self.positions), chosen)?;
        let Some(limit) = self.limit() else { return Ok(()) };
        // Often enough to keep memory bounded, seldom enough that sorting costs little a row.
        if self.store.rows() > limit.saturating_mul(2).saturating_add(self.context.batch_rows) {
            let (order, _reservation) = self.order(Sharing::Alone)?;
            self.store.keep(&order)?;
            self.note_last();
        }
        Ok(())
    }

    /// Notes what rows are beyond those that are kept, as many as are wanted and in order.
    fn note_last(&mut self) {
        if let (Some(key), Some(last)) = (self.spec.keys.first(), self.store.rows().checked_sub(1)) {
            let column = self.store.column(key.column);
            rough_codes(column, &self.spec.columns[key.column], *key, last + 1, &mut self.codes);
            self.last_code = Some(self.codes[last]);
        }
    }

    fn limit(&self) -> Option<usize> {
        self.spec.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// The numbers of the rows that are wanted, in order.
    fn order(&self, sharing: Sharing) -> Result<(Vec<u32>, Reservation)> {
        let rows = self.store.rows();
        let mut reservation = self.context.reservation("sort");
        reservation.grow(rows * (SORT_ROW_BYTES + 4))?;
        let count = u32::try_from(rows).map_err(|_| Error::limit("more than 4294967295 rows in one sort"))?;
        let (types, keys) = (&self.spec.columns, &self.spec.keys);
        let mut order = match sharing {
            Sharing::Together if tasks_for(rows, &self.context) > 1 => {
                let columns = self.store.columns().to_vec();
                let input = SharedInput { columns, types: types.clone(), keys: keys.clone() };
                order_together(input, count, &self.context)?
            }
            _ => order_rows(SortInput { columns: self.store.columns(), types, keys }, count, &self.context)?,
        };
        if let Some(limit) = self.limit() {
            order.truncate(limit);
        }
        reservation.resize(rows * 4)?;
        Ok((order, reservation))
    }

    /// Unites what workers have put into a sorter, at least one, and sorts it.
    pub(super) fn finish(sorters: Vec<Sorter>) -> Result<Sorted> {
        let mut sorters = sorters.into_iter();
        let mut first = sorters.next().ok_or_else(|| Error::internal("no sorter"))?;
        let context = first.context.clone();
        let others: Vec<Sorter> = sorters.collect();
        if !others.is_empty() {
            let stores = std::iter::once(first.store.take(&context)).chain(others.into_iter().map(|other| other.store));
            let (store, columns, _held) = ColumnStore::unite(stores.collect())?;
            first.store = store;
            let poller = context.clone();
            let unite = move |parts| unite_column(parts, &poller);
            first.store.put(run_all(&context, first.store.rows(), columns, unite)?);
        }
        first.end()
    }

    fn end(mut self) -> Result<Sorted> {
        self.store.share();
        let (order, reservation) = self.order(Sharing::Together)?;
        let width = self.spec.columns.len() - usize::from(self.positions.is_some());
        let (types, computed) = (self.spec.columns, Computed::default());
        Ok(Sorted { types, store: self.store, width, order, computed, _reservation: reservation })
    }
}

impl Sorted {
    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.order.len()
    }

    /// Reads at most `rows_max` rows from row `first` on.
    pub(super) fn read(&self, first: usize, rows_max: usize, columns: &mut Vec<Vector>) -> usize {
        let rows = &self.order[first..self.order.len().min(first + rows_max)];
        columns.resize_with(self.width + self.computed.columns.len(), || Vector::empty(Form::Bits));
        let (stored, computed) = columns.split_at_mut(self.width);
        for (column, source) in stored.iter_mut().zip(self.store.columns()) {
            column.gather(source, rows);
        }
        for (column, source) in computed.iter_mut().zip(&self.computed.columns) {
            window(column, source, first, rows.len());
        }
        rows.len()
    }

    /// The rows' numbers in [`Sorted::column`], in order.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// A column as it was stored.
    pub(super) fn column(&self, index: usize) -> &Vector {
        self.store.column(index)
    }

    /// Its type.
    pub(super) fn data_type(&self, index: usize) -> &DataType {
        &self.types[index]
    }

    /// Puts columns computed over the rows in order behind the first `width` others.
    pub(super) fn set_computed(&mut self, width: usize, computed: Computed) {
        self.width = width;
        self.computed = computed;
    }
}

impl Worker {
    pub(super) fn sort_insert(
        &mut self,
        program: &Program,
        (sorter, space, columns): (SorterId, Space, List),
    ) -> Result<()> {
        let rows = self.rows(space);
        let registers = &self.registers;
        let columns = program.lists[columns.index()].iter().map(|register| &registers[register.index()]);
        let spec = &program.sorters[sorter.index()];
        let sorter = self.sorters[sorter.index()].get_or_insert_with(|| Sorter::new(spec, &self.context));
        sorter.insert(self.position, columns, rows)
    }
}

/// Unites what workers have put into a sorter, and sorts it.
pub(super) fn finish(program: &Program, sorter: SorterId, workers: &mut [Worker]) -> Result<Sorted> {
    let mut sorters: Vec<_> = workers.iter_mut().filter_map(|worker| worker.sorters[sorter.index()].take()).collect();
    if sorters.is_empty() {
        sorters.push(Sorter::new(&program.sorters[sorter.index()], &workers[0].context));
    }
    Sorter::finish(sorters)
}
