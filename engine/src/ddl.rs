//! Statements that are no queries: what they do to tables, views and settings.

use std::sync::Arc;

use rowmill_sql::catalog::View;
use rowmill_sql::plan::{self, ColumnDefinition, IfExists, Query, RelationKind};
use rowmill_vm::table::TableColumn;
use rowmill_vm::{Error, Result, Span, Value};

use crate::catalog::{Room, Tables};
use crate::change::{self, Changed};
use crate::connection::Shared;
use crate::explain;
use crate::memory_table::MemoryTable;
use crate::rows::{Column, Rows};
use crate::statement::columns_of;

/// Does what a statement other than a query asks for, once. `text` is its text.
pub(crate) fn run_statement(
    shared: &Shared,
    statement: plan::Statement,
    parameters: &[Value],
    text: &str,
) -> Result<Changed> {
    let changes = match statement {
        plan::Statement::Query(_) => return Err(Error::internal("a query is run by its program")),
        plan::Statement::Explain(explain) => return explain::explain(shared, explain, parameters, text),
        plan::Statement::CreateTable { name, columns, exists, span } => {
            create_table(shared, name, &columns, exists, span)?
        }
        plan::Statement::CreateTableAs { name, query, exists, span } => {
            create_table_as(shared, name, query, parameters, exists, span)?
        }
        plan::Statement::InsertRows { table, rows, span } => {
            Tables::lock(&shared.tables).get_mut(&table, span)?.insert(&rows).map_err(|error| error.at(span))?;
            rows.len() as u64
        }
        plan::Statement::Change(change) => {
            return change::change(shared, change, parameters);
        }
        plan::Statement::Truncate(names) => change::truncate(shared, &names).map(|()| 0)?,
        plan::Statement::CreateView { view, exists, span } => create_view(shared, view, exists, span)?,
        plan::Statement::Drop { kind, names, if_exists } => drop_relations(shared, kind, &names, if_exists)?,
        plan::Statement::Set(setting) => shared.set(&setting).map(|()| 0)?,
        plan::Statement::Reset { name, span } => shared.reset(&name, span).map(|()| 0)?,
        plan::Statement::Nothing => 0,
    };
    Ok(Changed::Done(Rows::of_changes(changes)))
}

fn create_table(
    shared: &Shared,
    name: String,
    columns: &[ColumnDefinition],
    exists: IfExists,
    span: Span,
) -> Result<u64> {
    let mut tables = Tables::lock(&shared.tables);
    if tables.room_for(&name, RelationKind::Table, exists, span)? == Room::Free {
        let column = |column: &ColumnDefinition| TableColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            form: column.data_type.form(),
            nullable: !column.not_null,
        };
        tables.put(MemoryTable::new(name, columns.iter().map(column).collect(), &shared.account));
    }
    Ok(0)
}

fn create_table_as(
    shared: &Shared,
    name: String,
    query: Query,
    parameters: &[Value],
    exists: IfExists,
    span: Span,
) -> Result<u64> {
    // Looked at now, so that nothing is computed in vain, and again when the rows are there.
    if Tables::lock(&shared.tables).room_for(&name, RelationKind::Table, exists, span)? == Room::Kept {
        return Ok(0);
    }
    let column = |Column { name, data_type }: Column| {
        let form = data_type.form();
        TableColumn { name, data_type, form, nullable: true }
    };
    let columns = columns_of(&query).into_iter().map(column).collect();
    let mut table = MemoryTable::new(name.clone(), columns, &shared.account);
    let changes = change::fill_new(shared, &mut table, query, parameters)?;
    let mut tables = Tables::lock(&shared.tables);
    if tables.room_for(&name, RelationKind::Table, exists, span)? == Room::Kept {
        return Ok(0);
    }
    tables.put(table);
    Ok(changes)
}

fn create_view(shared: &Shared, view: Arc<View>, exists: IfExists, span: Span) -> Result<u64> {
    let mut tables = Tables::lock(&shared.tables);
    if tables.room_for(&view.name, RelationKind::View, exists, span)? == Room::Free {
        tables.put_view(view);
    }
    Ok(0)
}

fn drop_relations(shared: &Shared, kind: RelationKind, names: &[(String, Span)], if_exists: bool) -> Result<u64> {
    let mut tables = Tables::lock(&shared.tables);
    for (name, span) in names {
        let is_there = match kind {
            RelationKind::Table => tables.get(name).is_some(),
            RelationKind::View => tables.view(name).is_some(),
        };
        if !if_exists && !is_there {
            return Err(tables.missing(name, *span));
        }
    }
    for (name, _) in names {
        tables.remove(name, kind);
    }
    Ok(0)
}
