//! Tables in memory: immutable blocks of about 64 K rows, and one small tail that grows.
//!
//! ```text
//! MemoryTable ──▶ block 0, block 1, …   shared columns with statistics, never changed again
//!             └─▶ tail                  rows that were inserted a few at a time
//! ```
//!
//! - A reader holds a [`TableSnapshot`]: reference counts of the list of blocks and of the tail. Nothing that a
//!   reader holds is changed; a tail that is held is copied before it grows.
//! - A statement's rows gather in [`Pending`], or are checked and charged before the first of them is appended; they
//!   become visible together, or not at all.
//! - Memory is charged to the connection's account, block by block, and given back when the last reader lets go.

mod block;
mod pending;
mod scan;
mod statistics;

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use rowmill_vm::table::TableColumn;
use rowmill_vm::vector::arrow::{data_type_from_arrow, form_from_arrow};
use rowmill_vm::{Error, ErrorKind, MemoryAccount, Result, Value, Vector};

pub(crate) use block::{BLOCK_ROWS, Block, BlockList, Tail};
pub(crate) use pending::{Pending, PendingSink};
pub(crate) use scan::TableSnapshot;

/// Fewer new rows than this are appended to the tail; more become blocks of their own.
const TAIL_ROWS_MAX: usize = 4096;

/// What a table is, apart from its rows.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Its name as written.
    pub(crate) name: String,
    /// Its columns as declared; `nullable` is what was declared.
    pub(crate) columns: Vec<TableColumn>,
    /// Whether rows may be added.
    pub(crate) access: Access,
}

/// Whether rows may be added to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// A table of the engine's own.
    ReadWrite,
    /// Somebody else's batches.
    ReadOnly,
}

impl Definition {
    /// Fails unless every value of a NOT NULL column is there.
    fn check_not_null(&self, is_null: impl Fn(usize) -> bool) -> Result<()> {
        match self.columns.iter().enumerate().find(|(index, column)| !column.nullable && is_null(*index)) {
            None => Ok(()),
            Some((_, column)) => {
                let message = format!("column {}.{} is NOT NULL, but a value is NULL", self.name, column.name);
                Err(Error::new(ErrorKind::Constraint, message))
            }
        }
    }
}

/// A table: its definition and its rows of the moment.
#[derive(Debug)]
pub(crate) struct MemoryTable {
    definition: Arc<Definition>,
    account: Arc<MemoryAccount>,
    /// The columns as readers see them: `nullable` only where there is a NULL.
    columns: Arc<[TableColumn]>,
    blocks: Arc<BlockList>,
    tail: Arc<Tail>,
}

impl MemoryTable {
    /// A table without rows.
    pub(crate) fn new(name: String, columns: Vec<TableColumn>, account: &Arc<MemoryAccount>) -> MemoryTable {
        let tail = Arc::new(Tail::new(&columns, account));
        let visible = columns.iter().map(|column| TableColumn { nullable: false, ..column.clone() }).collect();
        let definition = Arc::new(Definition { name, columns, access: Access::ReadWrite });
        MemoryTable { definition, account: Arc::clone(account), columns: visible, blocks: Arc::default(), tail }
    }

    /// A read-only table over Arrow batches of one schema, which are shared.
    pub(crate) fn from_arrow(
        name: String,
        batches: &[RecordBatch],
        account: &Arc<MemoryAccount>,
    ) -> Result<MemoryTable> {
        let Some(first) = batches.first() else {
            return Err(Error::data(format!("table {name} is given no batch, so its columns are not known")));
        };
        let schema = first.schema();
        let mut columns = Vec::new();
        for field in schema.fields() {
            let data_type = data_type_from_arrow(field.data_type(), field.metadata()).ok_or_else(|| {
                Error::unsupported(format!(
                    "column {} of Arrow type {} cannot be read",
                    field.name(),
                    field.data_type()
                ))
            })?;
            let form = form_from_arrow(field.data_type(), &data_type);
            columns.push(TableColumn { name: field.name().clone(), data_type, form, nullable: true });
        }
        let mut blocks = Vec::new();
        for batch in batches {
            if batch.schema().fields() != schema.fields() {
                return Err(Error::data(format!("the batches of table {name} differ in their columns")));
            }
            if batch.num_rows() > 0 {
                let vectors = columns.iter().zip(batch.columns());
                let vectors = vectors.map(|(column, array)| Vector::from_arrow(array, &column.data_type));
                let vectors = vectors.collect::<Result<Vec<_>>>()?;
                // The batches are the caller's memory: what is charged is nothing.
                blocks.push(Arc::new(Block::borrowed(vectors, batch.num_rows(), account)));
            }
        }
        let mut table = MemoryTable::new(name, columns, account);
        let definition = Arc::get_mut(&mut table.definition).expect("made here, shared with nobody");
        definition.access = Access::ReadOnly;
        table.blocks = Arc::new(BlockList::default().with(blocks));
        table.note_nulls();
        Ok(table)
    }

    /// What it is.
    pub(crate) fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// Its rows of the moment.
    pub(crate) fn snapshot(&self) -> TableSnapshot {
        TableSnapshot {
            definition: Arc::clone(&self.definition),
            columns: Arc::clone(&self.columns),
            blocks: Arc::clone(&self.blocks),
            tail: Arc::clone(&self.tail),
        }
    }

    /// An empty set of rows to be committed here later.
    pub(crate) fn pending(&self) -> Pending {
        Pending::new(Arc::clone(&self.definition), &self.account)
    }

    /// Fails if rows may not be added.
    pub(crate) fn check_writable(&self) -> Result<()> {
        match self.definition.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => {
                Err(Error::new(ErrorKind::Constraint, format!("table {} is read-only", self.definition.name))
                    .with_hint("CREATE TABLE … AS SELECT * FROM it makes a table that can be changed"))
            }
        }
    }

    /// Appends rows of values of the columns' types: all of them, or on failure none.
    pub(crate) fn insert(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        self.check_writable()?;
        for row in rows {
            self.definition.check_not_null(|column| row[column].is_null())?;
        }
        if rows.len() >= TAIL_ROWS_MAX {
            let mut pending = self.pending();
            pending.push_rows(rows)?;
            return self.commit(pending);
        }
        Tail::make_mut(&mut self.tail, &self.account)?.push_rows(rows)?;
        self.after_append();
        Ok(())
    }

    /// Makes a statement's rows visible: all of them, or on failure none.
    pub(crate) fn commit(&mut self, pending: Pending) -> Result<()> {
        self.check_writable()?;
        if !pending.is_of(&self.definition) {
            let message = format!("table {} was replaced while the statement ran", self.definition.name);
            return Err(Error::new(ErrorKind::Constraint, message));
        }
        if let Some(columns) = pending.small(TAIL_ROWS_MAX) {
            Tail::make_mut(&mut self.tail, &self.account)?.append(columns)?;
            self.after_append();
            return Ok(());
        }
        let mut blocks = Vec::new();
        blocks.extend(self.tail.to_block(&self.account)?.map(Arc::new));
        blocks.extend(pending.into_blocks()?);
        self.blocks = Arc::new(self.blocks.with(blocks));
        self.tail = Arc::new(Tail::new(&self.definition.columns, &self.account));
        self.note_nulls();
        Ok(())
    }

    /// Turns a tail that has grown long enough into a block.
    fn after_append(&mut self) {
        self.note_nulls();
        if self.tail.rows() < BLOCK_ROWS {
            return;
        }
        // Without memory for the block the rows stay in the tail, and the next statement tries again.
        if let Ok(Some(block)) = self.tail.to_block(&self.account) {
            self.blocks = Arc::new(self.blocks.with([Arc::new(block)]));
            self.tail = Arc::new(Tail::new(&self.definition.columns, &self.account));
        }
    }

    /// Tells readers which columns have a NULL by now.
    fn note_nulls(&mut self) {
        let has_nulls = |index: usize| self.blocks.has_nulls(index) || self.tail.has_nulls(index);
        let changed = |(index, column): (usize, &TableColumn)| !column.nullable && has_nulls(index);
        if self.columns.iter().enumerate().any(changed) {
            let columns = self.columns.iter().enumerate();
            let columns = columns.map(|(index, c)| TableColumn { nullable: has_nulls(index), ..c.clone() });
            self.columns = columns.collect();
        }
    }
}

#[cfg(test)]
mod tests;
