//! The two places where rows of a memory table stand: sealed blocks and the growing tail.

use std::sync::Arc;

use rowmill_vm::table::{ColumnStatistics, TableColumn};
use rowmill_vm::{MemoryAccount, Reservation, Result, Value, Vector};

use super::scan::MORSEL_ROWS;
use super::statistics::{column_statistics, merge_statistics};
use crate::vectors::{append_widened, content_bytes};

/// Rows in a block, about: a block is sealed after the batch that reaches this.
pub(crate) const BLOCK_ROWS: usize = 64 * 1024;

/// Rows that never change again.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) columns: Vec<Vector>,
    pub(crate) rows: usize,
    statistics: Vec<ColumnStatistics>,
    _memory: Reservation,
}

impl Block {
    /// Seals columns whose memory is charged to `memory`; slices of them will cost nothing.
    pub(crate) fn seal(columns: Vec<Vector>, rows: usize, mut memory: Reservation) -> Result<Block> {
        memory.resize(columns.iter().map(content_bytes).sum())?;
        let columns: Vec<Vector> = columns.into_iter().map(Vector::into_shared).collect();
        let statistics = columns.iter().map(column_statistics).collect();
        Ok(Block { columns, rows, statistics, _memory: memory })
    }

    /// What is known of the values of a column.
    pub(crate) fn statistics(&self, column: usize) -> &ColumnStatistics {
        &self.statistics[column]
    }

    /// Columns that are already shared and somebody else's memory.
    pub(crate) fn borrowed(columns: Vec<Vector>, rows: usize, account: &Arc<MemoryAccount>) -> Block {
        let statistics = columns.iter().map(column_statistics).collect();
        Block { columns, rows, statistics, _memory: Reservation::new(account, "table") }
    }
}

/// The blocks of a table in scan order, and how their morsels are numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockList {
    blocks: Vec<Arc<Block>>,
    /// For each block, the numbers of its first row and its first morsel.
    starts: Vec<(u64, u64)>,
    rows: u64,
    morsels: u64,
}

impl BlockList {
    /// These blocks and more behind them.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = Arc<Block>>) -> BlockList {
        let mut list = self.clone();
        for block in more {
            list.starts.push((list.rows, list.morsels));
            list.rows += block.rows as u64;
            list.morsels += block.rows.div_ceil(MORSEL_ROWS) as u64;
            list.blocks.push(block);
        }
        list
    }

    /// Rows in all.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Morsels in all.
    pub(crate) fn morsels(&self) -> u64 {
        self.morsels
    }

    /// The block that a morsel is of, with the numbers of its first row and its first morsel.
    pub(crate) fn locate(&self, morsel: u64) -> Option<(&Arc<Block>, u64, u64)> {
        let index = self.starts.partition_point(|(_, first)| *first <= morsel).checked_sub(1)?;
        let (first_row, first_morsel) = self.starts[index];
        (morsel < self.morsels).then(|| (&self.blocks[index], first_row, first_morsel))
    }

    /// Whether a column has a NULL.
    pub(crate) fn has_nulls(&self, column: usize) -> bool {
        self.blocks.iter().any(|block| block.statistics[column].nulls > 0)
    }

    /// What is known of a column's values; `None` without rows.
    pub(crate) fn statistics(&self, column: usize) -> Option<ColumnStatistics> {
        self.blocks.iter().map(|block| block.statistics[column].clone()).reduce(merge_statistics)
    }
}

/// The rows behind the last block. Its vectors grow in place as long as no reader holds them.
#[derive(Debug)]
pub(crate) struct Tail {
    columns: Vec<Vector>,
    rows: usize,
    memory: Reservation,
}

impl Tail {
    /// A tail without rows.
    pub(crate) fn new(columns: &[TableColumn], account: &Arc<MemoryAccount>) -> Tail {
        let columns = columns.iter().map(|column| Vector::empty(column.form)).collect();
        Tail { columns, rows: 0, memory: Reservation::new(account, "table") }
    }

    /// The tail for writing: itself if nobody else holds it, else a copy in its place.
    pub(crate) fn make_mut<'a>(tail: &'a mut Arc<Tail>, account: &Arc<MemoryAccount>) -> Result<&'a mut Tail> {
        if Arc::get_mut(tail).is_none() {
            let mut memory = Reservation::new(account, "table");
            memory.grow(tail.memory.bytes())?;
            *tail = Arc::new(Tail { columns: tail.columns.clone(), rows: tail.rows, memory });
        }
        Ok(Arc::get_mut(tail).expect("made unique above, and behind the table's lock"))
    }

    /// Rows in all.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> &[Vector] {
        &self.columns
    }

    /// Whether a column has a NULL.
    pub(crate) fn has_nulls(&self, column: usize) -> bool {
        self.columns[column].validity.bits().is_some()
    }

    /// Appends rows of values; fails before the first of them or not at all.
    pub(crate) fn push_rows(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        self.memory.grow(rows.iter().flatten().map(value_bytes).sum())?;
        for row in rows {
            for (column, value) in self.columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        self.rows += rows.len();
        Ok(())
    }

    /// Appends columns of the table's own forms; fails before the first of them or not at all.
    pub(crate) fn append(&mut self, columns: &[Vector]) -> Result<()> {
        self.memory.grow(columns.iter().map(content_bytes).sum())?;
        for (target, source) in self.columns.iter_mut().zip(columns) {
            append_widened(target, source)?;
        }
        self.rows += columns.first().map_or(0, Vector::len);
        Ok(())
    }

    /// A copy of its rows as a block; `None` without rows.
    pub(crate) fn to_block(&self, account: &Arc<MemoryAccount>) -> Result<Option<Block>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut memory = Reservation::new(account, "table");
        memory.grow(self.memory.bytes())?;
        Block::seal(self.columns.clone(), self.rows, memory).map(Some)
    }
}

/// Bytes that a value takes in a vector, about.
pub(crate) fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Integer(_) | Value::Double(_) => 8,
        Value::Wide(_) => 16,
        Value::Text(text) => 16 + text.len(),
        Value::Blob(bytes) => 16 + bytes.len(),
        Value::List(values) | Value::Struct(values) => 8 + values.iter().map(value_bytes).sum::<usize>(),
    }
}
