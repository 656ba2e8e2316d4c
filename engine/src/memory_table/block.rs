//! The two places where rows of a memory table stand: sealed blocks and the growing tail.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rowmill_vm::table::{ColumnRange, ColumnStatistics, TableColumn};
use rowmill_vm::{Form, MemoryAccount, Reservation, Result, Value, Vector};

use super::MaskedBlock;
use super::column::{BlockColumn, GrowingColumn, TextShape};
use super::deleted::Mask;
use super::narrow::{form_of_value, narrowest, widest};
use super::scan::MORSEL_ROWS;
use super::statistics::{column_statistics, merge_statistics};
use crate::vectors::content_bytes;

/// Rows in a block, about: a block is sealed after the batch that reaches this.
pub(crate) const BLOCK_ROWS: usize = 64 * 1024;

/// Rows that never change again.
#[derive(Debug)]
pub(crate) struct Block {
    pub(super) columns: Vec<BlockColumn>,
    pub(crate) rows: usize,
    statistics: Vec<ColumnStatistics>,
    _memory: Reservation,
}

impl Block {
    /// Ends the growing of columns, whose memory is charged to `memory`.
    pub(super) fn seal(
        columns: Vec<GrowingColumn>,
        rows: usize,
        declared: &[TableColumn],
        mut memory: Reservation,
        account: &Arc<MemoryAccount>,
    ) -> Result<Block> {
        let sealed =
            columns.into_iter().zip(declared).map(|(column, declared)| column.seal(&declared.data_type, account));
        let (columns, statistics): (Vec<BlockColumn>, Vec<ColumnStatistics>) = sealed.unzip();
        memory.resize(columns.iter().map(BlockColumn::bytes).sum())?;
        Ok(Block { columns, rows, statistics, _memory: memory })
    }

    /// What is known of the values of a column.
    pub(crate) fn statistics(&self, column: usize) -> &ColumnStatistics {
        &self.statistics[column]
    }

    /// The same; `None` of hidden columns.
    pub(super) fn statistics_of(&self, column: usize) -> Option<&ColumnStatistics> {
        self.statistics.get(column)
    }

    /// Rows that stand together and have all that are wanted.
    pub(super) fn wanted_rows(&self, ranges: &[ColumnRange]) -> Range<usize> {
        let meets = |range: &ColumnRange| range.meets_statistics(self.statistics(range.column), self.rows as u64);
        if !ranges.iter().all(meets) {
            return 0..0;
        }
        let rising = ranges.iter().filter(|range| self.statistics(range.column).rises);
        rising.fold(0..self.rows, |rows, range| {
            let within = self.columns[range.column].rows_within(range).unwrap_or(0..self.rows);
            rows.start.max(within.start)..rows.end.min(within.end)
        })
    }

    /// Columns that are already shared and somebody else's memory.
    pub(crate) fn borrowed(columns: Vec<Vector>, rows: usize, account: &Arc<MemoryAccount>) -> Block {
        let statistics = columns.iter().map(column_statistics).collect();
        let columns = columns.into_iter().map(BlockColumn::Plain).collect();
        Block { columns, rows, statistics, _memory: Reservation::new(account, "table") }
    }
}

/// The blocks of a table in scan order, and how their rows and morsels are numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockList {
    places: Vec<Place>,
    /// Rows in all, deleted ones included.
    rows: u64,
    deleted: u64,
    morsels: u64,
    /// For each column, what holds for all blocks; empty without blocks.
    columns: Vec<ColumnSummary>,
}

/// A block in a list.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) block: Arc<Block>,
    /// The rows that are kept, where some are deleted.
    pub(super) mask: Option<Arc<Mask>>,
    /// The number of its first row.
    pub(super) first_row: u64,
    /// The number of its first morsel.
    pub(super) first_morsel: u64,
}

/// What all blocks have in common in one column.
#[derive(Clone, Debug)]
pub(super) struct ColumnSummary {
    pub(super) statistics: ColumnStatistics,
    /// The widest form.
    pub(super) form: Form,
    pub(super) text: TextShape,
}

impl ColumnSummary {
    fn of(block: &Block, column: usize) -> ColumnSummary {
        let held = &block.columns[column];
        let statistics = block.statistics[column].clone();
        ColumnSummary { statistics, form: held.form(), text: held.text_shape() }
    }

    fn add(&mut self, other: ColumnSummary) {
        self.form = widest(self.form, other.form);
        let same = match (&self.text, &other.text) {
            (TextShape::Coded(one), TextShape::Coded(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        if !same {
            self.text = TextShape::Strings;
        }
        let statistics = std::mem::replace(&mut self.statistics, other.statistics.clone());
        self.statistics = merge_statistics(statistics, other.statistics);
    }
}

impl BlockList {
    /// These blocks and more behind them, each with the mask of its rows.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = MaskedBlock>) -> BlockList {
        let mut list = self.clone();
        more.into_iter().for_each(|(block, mask)| list.push(block, mask));
        list
    }

    /// These blocks, some with another mask, without those that have no row left.
    pub(super) fn masked(&self, masks: &[(usize, Arc<Mask>)]) -> BlockList {
        let mut list = BlockList::default();
        for (position, place) in self.places.iter().enumerate() {
            let new = masks.iter().find(|(at, _)| *at == position).map(|(_, mask)| mask);
            let mask = new.or(place.mask.as_ref());
            if mask.is_none_or(|mask| mask.deleted() < place.block.rows) {
                list.push(Arc::clone(&place.block), mask.cloned());
            }
        }
        list
    }

    fn push(&mut self, block: Arc<Block>, mask: Option<Arc<Mask>>) {
        let (first_row, first_morsel) = (self.rows, self.morsels);
        self.rows += block.rows as u64;
        self.deleted += mask.as_ref().map_or(0, |mask| mask.deleted() as u64);
        self.morsels += block.rows.div_ceil(MORSEL_ROWS) as u64;
        let summaries = (0..block.columns.len()).map(|column| ColumnSummary::of(&block, column));
        if self.columns.is_empty() {
            self.columns = summaries.collect();
        } else {
            self.columns.iter_mut().zip(summaries).for_each(|(summary, other)| summary.add(other));
        }
        self.places.push(Place { block, mask, first_row, first_morsel });
    }

    /// The blocks.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Blocks in all.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    /// Rows in all, deleted ones included: as they are numbered.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that are deleted.
    pub(super) fn deleted(&self) -> u64 {
        self.deleted
    }

    /// Morsels in all.
    pub(crate) fn morsels(&self) -> u64 {
        self.morsels
    }

    /// The block that a morsel is of.
    pub(crate) fn locate(&self, morsel: u64) -> Option<&Place> {
        let index = self.places.partition_point(|place| place.first_morsel <= morsel).checked_sub(1)?;
        (morsel < self.morsels).then(|| &self.places[index])
    }

    /// The position of the block that has the row of that number, its first row and its rows.
    pub(super) fn place_of(&self, row: u64) -> Option<(usize, u64, usize)> {
        let index = self.places.partition_point(|place| place.first_row <= row).checked_sub(1)?;
        let place = &self.places[index];
        (row < self.rows).then_some((index, place.first_row, place.block.rows))
    }

    /// The mask of the block at a position.
    pub(super) fn mask(&self, position: usize) -> Option<&Mask> {
        self.places[position].mask.as_deref()
    }

    /// What all blocks have in common in a column; `None` without blocks.
    pub(super) fn summary(&self, column: usize) -> Option<&ColumnSummary> {
        self.columns.get(column)
    }

    /// How new rows of a column should be held.
    pub(super) fn text_shape(&self, column: usize) -> TextShape {
        self.summary(column).map_or(TextShape::Undecided, |summary| summary.text.clone())
    }
}

/// The rows behind the last block. Its columns grow in place as long as no reader holds them.
#[derive(Debug)]
pub(crate) struct Tail {
    columns: Vec<GrowingColumn>,
    /// For each column, the narrowest form that holds its numbers.
    forms: Vec<Form>,
    /// For each column what its values tell, once somebody has asked.
    statistics: Vec<OnceLock<ColumnStatistics>>,
    rows: usize,
    memory: Reservation,
}

impl Tail {
    /// A tail without rows, behind `blocks`.
    pub(crate) fn new(columns: &[TableColumn], blocks: &BlockList, account: &Arc<MemoryAccount>) -> Tail {
        let column =
            |(index, column): (usize, &TableColumn)| GrowingColumn::new(&column.data_type, &blocks.text_shape(index));
        Tail {
            forms: columns.iter().map(|column| least_form(&column.data_type)).collect(),
            columns: columns.iter().enumerate().map(column).collect(),
            statistics: vec![OnceLock::new(); columns.len()],
            rows: 0,
            memory: Reservation::new(account, "table"),
        }
    }

    /// The tail for writing: itself if nobody else holds it, else a copy in its place.
    pub(crate) fn make_mut<'a>(tail: &'a mut Arc<Tail>, account: &Arc<MemoryAccount>) -> Result<&'a mut Tail> {
        if Arc::get_mut(tail).is_none() {
            let mut memory = Reservation::new(account, "table");
            memory.grow(tail.memory.bytes())?;
            let (columns, forms) = (tail.columns.clone(), tail.forms.clone());
            let statistics = vec![OnceLock::new(); columns.len()];
            *tail = Arc::new(Tail { columns, forms, statistics, rows: tail.rows, memory });
        }
        Ok(Arc::get_mut(tail).expect("made unique above, and behind the table's lock"))
    }

    /// Rows in all.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &[GrowingColumn] {
        &self.columns
    }

    /// What a column's values, which are read as `form`, tell about themselves: looked at once.
    pub(super) fn statistics(&self, column: usize, form: Form) -> &ColumnStatistics {
        self.statistics[column].get_or_init(|| {
            let mut values = Vector::empty(form);
            self.columns[column].read(&mut values, 0..self.rows, form, &mut Vec::new());
            column_statistics(&values)
        })
    }

    fn forget_statistics(&mut self) {
        self.statistics.fill(OnceLock::new());
    }

    /// The narrowest form that holds the numbers of a column.
    pub(super) fn form(&self, column: usize) -> Form {
        self.forms[column]
    }

    /// Appends rows of values; fails before the first of them or not at all.
    pub(crate) fn push_rows(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        self.memory.grow(rows.iter().flatten().map(value_bytes).sum())?;
        for row in rows {
            for ((column, form), value) in self.columns.iter_mut().zip(&mut self.forms).zip(row) {
                column.push(value);
                *form = widest(*form, form_of_value(value));
            }
        }
        self.rows += rows.len();
        self.forget_statistics();
        Ok(())
    }

    /// Appends columns of the table's own forms; fails before the first of them or not at all.
    pub(crate) fn append(&mut self, columns: &[Vector], declared: &[TableColumn]) -> Result<()> {
        self.memory.grow(columns.iter().map(content_bytes).sum())?;
        for (index, source) in columns.iter().enumerate() {
            self.columns[index].append(source)?;
            let form = narrowest(&declared[index].data_type, &column_statistics(source));
            self.forms[index] = widest(self.forms[index], form);
        }
        self.rows += columns.first().map_or(0, Vector::len);
        self.forget_statistics();
        Ok(())
    }

    /// A copy of its rows as a block; `None` without rows.
    pub(crate) fn to_block(&self, declared: &[TableColumn], account: &Arc<MemoryAccount>) -> Result<Option<Block>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut memory = Reservation::new(account, "table");
        memory.grow(self.memory.bytes())?;
        Block::seal(self.columns.clone(), self.rows, declared, memory, account).map(Some)
    }
}

/// The form of a column of `data_type` that has no value yet.
fn least_form(data_type: &rowmill_vm::DataType) -> Form {
    let none = ColumnStatistics { min: Value::Null, max: Value::Null, nulls: 0, rises: false, ascending: false };
    narrowest(data_type, &none)
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
