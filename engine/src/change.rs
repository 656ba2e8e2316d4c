//! INSERT, DELETE, UPDATE, TRUNCATE and CREATE TABLE AS: running a query into a table.
//!
//! A statement reads a snapshot and gathers what it changes; nobody sees that before it is done. Rows are taken out by
//! their numbers, which are good for one epoch of the table. If another statement has taken out rows meanwhile, this one
//! begins anew, so that no two changes get mixed up and nobody waits for anybody.

use std::sync::{Arc, Mutex, PoisonError};

use rowmill_sql::generate::{Comments, Destination};
use rowmill_sql::plan::{Change, ChangeKind, ChangeTarget, Query};
use rowmill_vm::machine::Machine;
use rowmill_vm::program::VerifiedProgram;
use rowmill_vm::{Context, DataType, Error, ErrorKind, Result, Span, Value};

use crate::catalog::Tables;
use crate::connection::Shared;
use crate::memory_table::{ChangeSink, Changes, MemoryTable, compact};
use crate::rows::{Column, Rows};
use crate::statement::{columns_of, make_program};

/// What became of a change.
pub(crate) enum Changed {
    /// It is done; what RETURNING gives.
    Done(Rows),
    /// Nothing is changed: the rows that were to go are not those they were any more.
    Again,
}

/// The columns that RETURNING gives.
pub(crate) fn returned_columns(target: &ChangeTarget, query: &Query) -> Vec<Column> {
    let mut columns = columns_of(query);
    columns.split_off(columns.len() - target.returning)
}

/// Runs a program to its end.
pub(crate) fn to_end(machine: &mut Machine) -> Result<()> {
    while machine.next_batch()?.is_some() {}
    Ok(())
}

/// Makes a change by its query.
pub(crate) fn change(shared: &Shared, change: Change, parameters: &[Value]) -> Result<Changed> {
    let Change { target, query } = change;
    let columns = returned_columns(&target, &query);
    let program = make_program(shared.settings().rules, query, Destination::Table(target.kind), Comments::Off)?;
    run(shared, &target, columns, program, parameters, to_end)
}

/// Makes a change by the program of its query, which gives back `columns`; `drive` runs it to the end.
pub(crate) fn run(
    shared: &Shared,
    target: &ChangeTarget,
    columns: Vec<Column>,
    program: VerifiedProgram,
    parameters: &[Value],
    drive: impl FnOnce(&mut Machine) -> Result<()>,
) -> Result<Changed> {
    let ChangeTarget { kind, table, span, epoch, .. } = target;
    let types: Vec<DataType> = columns.iter().map(|column| column.data_type.clone()).collect();
    let changes = {
        let tables = Tables::lock(&shared.tables);
        let target = tables.get(table).ok_or_else(|| tables.missing(table, *span))?;
        target.check_writable().map_err(|error| error.at(*span))?;
        if *kind != ChangeKind::Insert && target.epoch() != *epoch {
            return Ok(Changed::Again);
        }
        Changes::new(target, *kind, &types)
    };
    // What a constraint refuses is said of the table; other errors have their place, or none.
    let placed = |error: Error| if error.kind() == ErrorKind::Constraint { error.at(*span) } else { error };
    let context = shared.context();
    let (mut changes, count) = fill(&context, changes, &program, parameters, drive).map_err(placed)?;
    // What the statement has read is let go, so that the table need not copy for its sake.
    drop(program);
    let done = Tables::lock(&shared.tables).get_mut(table, *span)?.change(&mut changes).map_err(placed)?;
    if done && *kind != ChangeKind::Insert {
        compact_table(shared, table, &context);
    }
    let returned = changes.into_returned();
    Ok(if done { Changed::Done(Rows::of_change(columns.into(), returned, count)) } else { Changed::Again })
}

/// The rows of a query as those of a table that is not in the catalog yet; says how many there are.
pub(crate) fn fill_new(shared: &Shared, table: &mut MemoryTable, query: Query, parameters: &[Value]) -> Result<u64> {
    let destination = Destination::Table(ChangeKind::Insert);
    let program = make_program(shared.settings().rules, query, destination, Comments::Off)?;
    let changes = Changes::new(table, ChangeKind::Insert, &[]);
    let (mut changes, count) = fill(&shared.context(), changes, &program, parameters, to_end)?;
    table.change(&mut changes)?;
    Ok(count)
}

/// Runs a program into changes; says how many rows change.
fn fill(
    context: &Context,
    changes: Changes,
    program: &VerifiedProgram,
    parameters: &[Value],
    drive: impl FnOnce(&mut Machine) -> Result<()>,
) -> Result<(Changes, u64)> {
    let changes = Arc::new(Mutex::new(changes));
    let sink = Box::new(ChangeSink(Arc::clone(&changes)));
    let mut machine = Machine::new(program, parameters, context.clone(), Some(sink))?;
    drive(&mut machine)?;
    let count = machine.changes();
    drop(machine);
    let changes = Arc::into_inner(changes).ok_or_else(|| Error::internal("a statement's rows are still held"))?;
    Ok((changes.into_inner().unwrap_or_else(PoisonError::into_inner), count))
}

/// Makes a table smaller that has lost rows, where that is worth it. If there is no memory or time for it, it stays.
fn compact_table(shared: &Shared, name: &str, context: &Context) {
    let sparse = Tables::lock(&shared.tables).get(name).and_then(MemoryTable::sparse);
    let Some(Ok(compaction)) = sparse.map(|snapshot| compact(&snapshot, context)) else { return };
    if let Ok(table) = Tables::lock(&shared.tables).get_mut(name, Span::NONE) {
        table.put_compacted(compaction);
    }
}

/// TRUNCATE: all tables, or none if one of them may not be changed.
pub(crate) fn truncate(shared: &Shared, names: &[(String, Span)]) -> Result<()> {
    let mut tables = Tables::lock(&shared.tables);
    for (name, span) in names {
        tables.get_mut(name, *span)?.check_writable().map_err(|error| error.at(*span))?;
    }
    for (name, span) in names {
        tables.get_mut(name, *span)?.truncate();
    }
    Ok(())
}
