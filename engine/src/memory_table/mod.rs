//! Tables in memory: immutable blocks of about 64 K rows, and one small tail that grows.
//!
//! ```text
//! MemoryTable ──▶ block 0, block 1, …   shared columns with statistics, never changed again
//!             └─▶ tail                  rows that were inserted a few at a time
//! ```
//!
//! - A block is shaped for its values: numbers in no more bytes than they need, text by the numbers of a dictionary or
//!   one string behind the other ([`column`]).
//! - A reader holds a [`TableSnapshot`]: reference counts of the list of blocks and of the tail. Nothing that a
//!   reader holds is changed; a tail that is held is copied before it grows.
//! - Rows that are deleted stay where they are, and beside them stands which are kept ([`deleted`]). A place without a row
//!   is let go; blocks with few are put together ([`mod@compact`]).
//! - A statement's rows gather in [`Pending`], or are checked and charged before the first of them is appended; they
//!   become visible together, or not at all.
//! - Memory is charged to the connection's account, block by block, and given back when the last reader lets go.

mod based;
mod block;
mod change;
mod column;
mod compact;
mod deleted;
mod dictionary;
mod narrow;
mod pending;
mod scan;
mod sorted;
mod statistics;
mod strings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::record_batch::RecordBatch;
use rowmill_vm::table::TableColumn;
use rowmill_vm::vector::arrow::{data_type_from_arrow, form_from_arrow};
use rowmill_vm::{Error, ErrorKind, Form, MemoryAccount, Result, Value, Vector};

pub(crate) use block::{BLOCK_ROWS, Block, BlockList, Tail};
pub(crate) use change::{ChangeSink, Changes, Returned};
use column::TextShape;
pub(crate) use compact::compact;
use deleted::Mask;
use dictionary::Dictionary;
pub(crate) use narrow::convert_into;
use narrow::widest;
pub(crate) use pending::Pending;
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

/// A block with the mask of its rows.
type MaskedBlock = (Arc<Block>, Option<Arc<Mask>>);

/// A table: its definition and its rows of the moment.
#[derive(Debug)]
pub(crate) struct MemoryTable {
    definition: Arc<Definition>,
    account: Arc<MemoryAccount>,
    /// The columns as readers see them: `nullable` only where there is a NULL, `form` what holds every row.
    columns: Arc<[TableColumn]>,
    /// For each column, the dictionary whose numbers readers see in place of text.
    dictionaries: Arc<[Option<Arc<Dictionary>>]>,
    blocks: Arc<BlockList>,
    tail: Arc<Tail>,
    /// The rows of the tail that are kept, where some are deleted.
    tail_mask: Option<Arc<Mask>>,
    /// Changes whenever rows get other numbers or are taken out; no two tables have the same.
    epoch: u64,
}

/// An epoch that no table has had.
fn next_epoch() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl MemoryTable {
    /// A table without rows.
    pub(crate) fn new(name: String, columns: Vec<TableColumn>, account: &Arc<MemoryAccount>) -> MemoryTable {
        let blocks = Arc::new(BlockList::default());
        let tail = Arc::new(Tail::new(&columns, &blocks, account));
        let visible = columns.iter().map(|column| TableColumn { nullable: false, ..column.clone() }).collect();
        let dictionaries = columns.iter().map(|_| None).collect();
        let definition = Arc::new(Definition { name, columns, access: Access::ReadWrite });
        let (account, tail_mask, epoch) = (Arc::clone(account), None, next_epoch());
        MemoryTable { definition, account, columns: visible, dictionaries, blocks, tail, tail_mask, epoch }
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
        table.blocks = Arc::new(BlockList::default().with(blocks.into_iter().map(|block| (block, None))));
        table.note_columns();
        Ok(table)
    }

    /// The epoch of its rows' numbers.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
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
            dictionaries: self.dictionaries.iter().map(|dictionary| Some(dictionary.as_ref()?.strings())).collect(),
            blocks: Arc::clone(&self.blocks),
            tail: Arc::clone(&self.tail),
            tail_mask: self.tail_mask.clone(),
            epoch: self.epoch,
        }
    }

    /// An empty set of rows to be committed here later.
    pub(crate) fn pending(&self) -> Pending {
        let shapes: Vec<_> = (0..self.columns.len()).map(|column| self.blocks.text_shape(column)).collect();
        Pending::new(Arc::clone(&self.definition), &shapes, &self.account)
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
        self.append(pending)
    }

    fn append(&mut self, pending: Pending) -> Result<()> {
        if !pending.is_of(&self.definition) {
            let message = format!("table {} was replaced while the statement ran", self.definition.name);
            return Err(Error::new(ErrorKind::Constraint, message));
        }
        // The first rows that a table gets from a query are shaped, however few.
        let is_empty = self.blocks.rows() == 0 && self.tail.rows() == 0;
        if let Some(columns) = pending.small(if is_empty { 1 } else { TAIL_ROWS_MAX }) {
            let tail = Tail::make_mut(&mut self.tail, &self.account)?;
            tail.append(&columns, &self.definition.columns)?;
            self.after_append();
            return Ok(());
        }
        let mut blocks = self.tail_as_block()?;
        blocks.extend(pending.into_blocks()?.into_iter().map(|block| (block, None)));
        self.put_blocks(blocks);
        Ok(())
    }

    /// The tail's rows as a block with its mask, if there are any.
    fn tail_as_block(&self) -> Result<Vec<MaskedBlock>> {
        let block = self.tail.to_block(&self.definition.columns, &self.account)?;
        Ok(block.into_iter().map(|block| (Arc::new(block), self.tail_mask.clone())).collect())
    }

    /// Takes out rows and makes others visible: all of that, or on failure nothing. Says whether it was done: not if the
    /// numbers of the rows are those of another epoch.
    pub(crate) fn change(&mut self, changes: &mut Changes) -> Result<bool> {
        self.check_writable()?;
        if changes.epoch().is_some_and(|epoch| epoch != self.epoch) {
            return Ok(false);
        }
        let masks = changes.masks(self.tail_mask.as_deref(), &self.account)?;
        if let Some(added) = changes.take_added() {
            self.append(added)?;
        }
        if !masks.is_empty() {
            self.mask(&masks);
        }
        Ok(true)
    }

    /// Puts other masks beside blocks by their positions; the tail's is behind them all.
    fn mask(&mut self, masks: &[(usize, Arc<Mask>)]) {
        // The tail may have become a block since the statement began; then it is the one at that position.
        if let Some((_, mask)) = masks.iter().find(|(position, _)| *position == self.blocks.count()) {
            self.tail_mask = Some(Arc::clone(mask));
        }
        self.blocks = Arc::new(self.blocks.masked(masks));
        if self.tail_mask.as_ref().is_some_and(|mask| mask.deleted() == self.tail.rows()) {
            self.new_tail();
        }
        self.renumbered();
    }

    /// Takes out all rows.
    pub(crate) fn truncate(&mut self) {
        self.blocks = Arc::default();
        self.new_tail();
        self.renumbered();
    }

    /// Numbers that rows have had are good no more.
    fn renumbered(&mut self) {
        self.epoch = next_epoch();
        self.note_columns();
    }

    fn new_tail(&mut self) {
        self.tail = Arc::new(Tail::new(&self.definition.columns, &self.blocks, &self.account));
        self.tail_mask = None;
    }

    /// Turns a tail that has grown long enough into a block.
    fn after_append(&mut self) {
        if self.tail.rows() >= BLOCK_ROWS {
            // Without memory for the block the rows stay in the tail, and the next statement tries again.
            if let Ok(blocks) = self.tail_as_block() {
                self.put_blocks(blocks);
                return;
            }
        }
        self.note_columns();
    }

    /// Puts blocks, the tail's rows among them, behind those that are there.
    fn put_blocks(&mut self, blocks: Vec<MaskedBlock>) {
        self.blocks = Arc::new(self.blocks.with(blocks));
        self.new_tail();
        self.note_columns();
    }

    /// Tells readers what the columns are by now. One row more seldom changes that, and then costs little.
    fn note_columns(&mut self) {
        let (blocks, tail) = (&self.blocks, &self.tail);
        let seen = |index: usize| seen_column(&self.definition.columns[index], index, blocks, tail);
        let same = |index: usize| {
            let (nullable, form, dictionary) = seen(index);
            let (column, known) = (&self.columns[index], &self.dictionaries[index]);
            // The form of a dictionary's numbers widens as it grows, so that they are compared anew.
            dictionary.is_none() && known.is_none() && (column.nullable, column.form) == (nullable, form)
                || dictionary.zip(known.as_ref()).is_some_and(|(one, other)| {
                    Arc::ptr_eq(one, other) && (column.nullable, column.form) == (nullable, form)
                })
        };
        if (0..self.columns.len()).all(same) {
            return;
        }
        let columns = self.definition.columns.iter().enumerate().map(|(index, column)| {
            let (nullable, form, _) = seen(index);
            TableColumn { nullable, form, ..column.clone() }
        });
        let columns = columns.collect();
        let dictionaries = (0..self.columns.len()).map(|index| seen(index).2.cloned()).collect();
        (self.columns, self.dictionaries) = (columns, dictionaries);
    }
}

/// How readers see a column: whether it has a NULL, its form, and the dictionary whose numbers stand for its text.
fn seen_column<'a>(
    declared: &TableColumn,
    index: usize,
    blocks: &'a BlockList,
    tail: &Tail,
) -> (bool, Form, Option<&'a Arc<Dictionary>>) {
    let of_tail = &tail.columns()[index];
    let Some(summary) = blocks.summary(index) else { return (of_tail.has_nulls(), declared.form, None) };
    let nullable = summary.statistics.nulls > 0 || of_tail.has_nulls();
    let agrees = |dictionary: &Arc<Dictionary>| {
        tail.rows() == 0 || of_tail.dictionary().is_some_and(|other| Arc::ptr_eq(dictionary, other))
    };
    match &summary.text {
        TextShape::Coded(dictionary) if agrees(dictionary) => (nullable, dictionary.form(), Some(dictionary)),
        TextShape::Coded(_) | TextShape::Strings | TextShape::Undecided if tail.rows() == 0 => {
            (nullable, summary.form, None)
        }
        TextShape::Coded(_) | TextShape::Strings | TextShape::Undecided => {
            (nullable, widest(summary.form, tail.form(index)), None)
        }
    }
}

#[cfg(test)]
mod tests;
