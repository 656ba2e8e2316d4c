//! The rows of a statement that is still running: nobody sees them until they are committed.

use std::sync::Arc;

use rowmill_vm::table::TableColumn;
use rowmill_vm::{MemoryAccount, Reservation, Result, Value, Vector};

use super::block::value_bytes;
use super::column::{GrowingColumn, TextShape};
use super::dictionary::Dictionary;
use super::{BLOCK_ROWS, Block, Definition};
use crate::vectors::content_bytes;

/// Rows for one table. Dropping it leaves everything as it was.
#[derive(Debug)]
pub(crate) struct Pending {
    definition: Arc<Definition>,
    account: Arc<MemoryAccount>,
    blocks: Vec<Arc<Block>>,
    open: Vec<GrowingColumn>,
    open_rows: usize,
    open_memory: Reservation,
}

impl Pending {
    /// No rows yet, for the table of that definition.
    pub(super) fn new(definition: Arc<Definition>, shapes: &[TextShape], account: &Arc<MemoryAccount>) -> Pending {
        let columns = definition.columns.iter().zip(shapes);
        let open = columns.map(|(column, shape)| GrowingColumn::new(&column.data_type, shape)).collect();
        let open_memory = Reservation::new(account, "table");
        Pending { definition, account: Arc::clone(account), blocks: Vec::new(), open, open_rows: 0, open_memory }
    }

    /// Whether it is for the table of that definition.
    pub(crate) fn is_of(&self, definition: &Arc<Definition>) -> bool {
        Arc::ptr_eq(&self.definition, definition)
    }

    /// Takes a batch of `rows` rows; `column` gives each column by its position.
    pub(crate) fn append<'a>(&mut self, rows: usize, column: impl Fn(usize) -> &'a Vector) -> Result<()> {
        self.append_shaped(rows, |index| (column(index), None))
    }

    /// The same, where a column may be given as numbers of a dictionary's strings.
    pub(super) fn append_shaped<'a>(
        &mut self,
        rows: usize,
        column: impl Fn(usize) -> (&'a Vector, Option<&'a Arc<Dictionary>>),
    ) -> Result<()> {
        self.definition.check_not_null(|index| column(index).0.validity.null_count(rows) > 0)?;
        // A number takes four bytes while the column grows.
        let bytes = |(vector, dictionary): (&Vector, Option<_>)| match dictionary {
            None => content_bytes(vector),
            Some(_) => rows * 5,
        };
        self.open_memory.grow((0..self.open.len()).map(|index| bytes(column(index))).sum())?;
        for (index, target) in self.open.iter_mut().enumerate() {
            match column(index) {
                (vector, None) => target.append(vector)?,
                (codes, Some(dictionary)) => target.append_codes(codes, dictionary)?,
            }
        }
        self.open_rows += rows;
        self.seal_if(BLOCK_ROWS)
    }

    /// Takes rows of values.
    pub(crate) fn push_rows(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        for row in rows {
            self.open_memory.grow(row.iter().map(value_bytes).sum())?;
            self.open.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            self.open_rows += 1;
            self.seal_if(BLOCK_ROWS)?;
        }
        Ok(())
    }

    fn seal_if(&mut self, rows_min: usize) -> Result<()> {
        if self.open_rows < rows_min.max(1) {
            return Ok(());
        }
        let columns = std::mem::take(&mut self.open);
        let memory = std::mem::replace(&mut self.open_memory, Reservation::new(&self.account, "table"));
        let rows = std::mem::take(&mut self.open_rows);
        let block = Block::seal(columns, rows, &self.definition.columns, memory, &self.account)?;
        let shaped = self.definition.columns.iter().zip(&block.columns);
        self.open = shaped.map(|(column, like)| GrowingColumn::new(&column.data_type, &like.text_shape())).collect();
        self.blocks.push(Arc::new(block));
        Ok(())
    }

    /// Its columns in the types' own forms, if it has fewer than `rows_max` rows in all.
    pub(super) fn small(&self, rows_max: usize) -> Option<Vec<Vector>> {
        let column = |(column, declared): (&GrowingColumn, &TableColumn)| {
            let mut vector = Vector::empty(declared.form);
            column.read(&mut vector, 0..self.open_rows, declared.form, &mut Vec::new());
            vector
        };
        let is_small = self.blocks.is_empty() && self.open_rows < rows_max;
        is_small.then(|| self.open.iter().zip(&self.definition.columns).map(column).collect())
    }

    /// All its rows as blocks.
    pub(super) fn into_blocks(mut self) -> Result<Vec<Arc<Block>>> {
        self.seal_if(1)?;
        Ok(self.blocks)
    }
}
