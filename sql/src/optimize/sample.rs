//! What share of a table's rows passes a filter, found by running the filter on a few of them.
//!
//! No formula knows what `LIKE '%green%'` or `shipped > promised` keep. A few stretches of rows, spread over the
//! table, tell within a few percent, in less time than a large table's scan takes to begin. They are the same rows each
//! time, so that a plan depends on nothing but the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rowmill_vm::machine::Machine;
use rowmill_vm::program;
use rowmill_vm::table::{Morsel, MorselReader, Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, Result, Vector};

use super::may_fail;
use crate::generate::{Comments, Destination, generate};
use crate::plan::visit::{has_parameter, is_volatile, substitute};
use crate::plan::{ColumnId, Columns, Expr, Plan, Query};

/// Smaller tables are not sampled: their scans take no longer than a sample and what comes of it.
const TABLE_ROWS_MIN: u64 = 100_000;
/// Stretches of rows that are looked at.
const STRETCHES: u64 = 16;
/// Rows of a stretch.
const STRETCH_ROWS: usize = 128;

/// The share of a table's rows for which all predicates are true; `None` if it is not worth or not safe to look.
pub(super) fn share(table: &Arc<dyn Table>, columns: &[(ColumnId, usize)], predicates: &[&Expr]) -> Option<f64> {
    let is_safe = |expr: &&Expr| !may_fail(expr) && !is_volatile(expr) && !has_parameter(expr);
    let is_large = table.is_in_memory() && table.row_count().is_some_and(|rows| rows >= TABLE_ROWS_MIN);
    if !is_large || predicates.is_empty() || !predicates.iter().all(is_safe) {
        return None;
    }
    run(table, columns, predicates).ok().flatten()
}

fn run(table: &Arc<dyn Table>, columns: &[(ColumnId, usize)], predicates: &[&Expr]) -> Result<Option<f64>> {
    let mut own = Columns::default();
    let mut scanned = Vec::new();
    for (id, position) in columns {
        let mut read = false;
        predicates
            .iter()
            .for_each(|expr| crate::plan::visit::for_each_column(expr, &mut |column| read |= column == *id));
        if read {
            let TableColumn { name, data_type, nullable, .. } = &table.columns()[*position];
            scanned.push((*id, (own.add(name, data_type.clone(), *nullable), *position)));
        }
    }
    let renamed = |id: ColumnId| scanned.iter().find(|(old, _)| *old == id).map(|(_, (new, _))| *new);
    let predicates = predicates.iter().map(|predicate| {
        let mut predicate = (*predicate).clone();
        rename(&mut predicate, &own, &renamed);
        predicate
    });
    let predicates = predicates.collect();
    let sampled = Arc::new(Sampled { read: Arc::default(), table: Arc::clone(table) });
    let read = Arc::clone(&sampled.read);
    let scan = Plan::Scan { table: sampled, columns: scanned.iter().map(|(_, column)| *column).collect() };
    let plan = Plan::Filter { input: Box::new(scan), predicates };
    let query = Query {
        plan,
        columns: own,
        output: Vec::new(),
        parameters: Vec::new(),
        uses_parameter_values: false,
        correlated: false,
    };
    let program = program::verify(generate(&query, Destination::Result, Comments::Off)?)?;
    let mut machine = Machine::new(&program, &[], Context::unlimited(), None)?;
    let mut passed = 0;
    while let Some(batch) = machine.next_batch()? {
        passed += batch.rows;
    }
    let read = read.load(Ordering::Relaxed);
    // No row passed: then at most every second one of a sample twice as large.
    Ok((read > 0).then(|| (passed as f64).max(0.5) / read as f64))
}

fn rename(expr: &mut Expr, columns: &Columns, renamed: &dyn Fn(ColumnId) -> Option<ColumnId>) {
    substitute(expr, &|id| renamed(id).map(|new| columns.expr(new)));
}

/// A few rows of a table.
#[derive(Debug)]
struct Sampled {
    table: Arc<dyn Table>,
    /// Rows that were read.
    read: Arc<AtomicU64>,
}

impl Table for Sampled {
    fn name(&self) -> &str {
        self.table.name()
    }

    fn columns(&self) -> &[TableColumn] {
        self.table.columns()
    }

    fn row_count(&self) -> Option<u64> {
        None
    }

    fn dictionary(&self, column: usize) -> Option<&Arc<Vector>> {
        self.table.dictionary(column)
    }

    fn scan(&self, columns: &[usize], _wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        // Blocks that have no wanted row belong to the sample like the others.
        let scan = self.table.scan(columns, Wanted::default(), context)?;
        let mut morsels = Vec::new();
        while let Some(morsel) = scan.claim()? {
            morsels.push(morsel);
        }
        let count = morsels.len() as u64;
        let stretches = STRETCHES.min(count);
        let chosen = (0..stretches).map(|stretch| morsels[((2 * stretch + 1) * count / (2 * stretches)) as usize]);
        Ok(Arc::new(SampledScan {
            morsels: chosen.collect(),
            scan,
            next: AtomicU64::new(0),
            read: Arc::clone(&self.read),
        }))
    }
}

struct SampledScan {
    scan: Arc<dyn Scan>,
    morsels: Vec<Morsel>,
    next: AtomicU64,
    read: Arc<AtomicU64>,
}

impl Scan for SampledScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(usize::try_from(next).ok().and_then(|next| self.morsels.get(next)).copied())
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        Ok(Box::new(SampledReader { reader: self.scan.reader()?, left: 0, read: Arc::clone(&self.read) }))
    }
}

struct SampledReader {
    reader: Box<dyn MorselReader>,
    /// Rows of the stretch that are still to be read.
    left: usize,
    read: Arc<AtomicU64>,
}

impl MorselReader for SampledReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        self.left = STRETCH_ROWS;
        self.reader.start(morsel)
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        if self.left == 0 {
            return Ok(0);
        }
        let rows = self.reader.next(rows_max.min(self.left), columns)?;
        self.left -= rows;
        self.read.fetch_add(rows as u64, Ordering::Relaxed);
        Ok(rows)
    }
}
