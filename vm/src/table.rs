//! What the machine reads from and writes to. Tables and files belong to `engine`, which implements these traits.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::Result;
use crate::memory::Context;
use crate::types::{DataType, Form};
use crate::value::Value;
use crate::vector::Vector;

/// A column of a table, as planner and kernels need to know it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableColumn {
    /// Its name as written.
    pub name: String,
    /// Its SQL type.
    pub data_type: DataType,
    /// How its vectors lie in memory: that of the type, or a narrower one.
    pub form: Form,
    /// Whether there may be NULLs.
    pub nullable: bool,
}

/// What is known of a column's values because they were looked at when the table took them: proof, not hearsay.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnStatistics {
    /// The smallest value (NaN is the largest); NULL if there is none, or where the type keeps none.
    pub min: Value,
    /// The largest value; NULL as for `min`.
    pub max: Value,
    /// How many rows are NULL.
    pub nulls: u64,
    /// Whether no value is less than the one before, and none is NULL.
    pub rises: bool,
    /// Whether each value is greater than the one before, and none is NULL: then no value comes twice.
    pub ascending: bool,
}

/// What a query asks of a column: rows in which it is NULL or not in `low..=high` are not wanted.
///
/// It is a hint: a source may leave such rows out, most often whole blocks of them by their statistics, or give them
/// all the same, for the query looks again.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRange {
    /// Position of the column in [`Table::columns`].
    pub column: usize,
    /// The smallest value that is wanted, of the column's type; NULL if there is no such bound.
    pub low: Value,
    /// The largest value that is wanted; NULL as for `low`.
    pub high: Value,
}

impl ColumnRange {
    /// Whether there may be a wanted value among values from `min` to `max`: bounds that are proof for each of them,
    /// NULL where none is known. DOUBLE's NaN is the largest value, so `max` must be NULL where NaN was left out of it.
    pub fn meets(&self, min: &Value, max: &Value) -> bool {
        self.low.order(max) != Some(Ordering::Greater) && self.high.order(min) != Some(Ordering::Less)
    }

    /// Whether there may be a wanted value among `rows` rows of these statistics.
    pub fn meets_statistics(&self, statistics: &ColumnStatistics, rows: u64) -> bool {
        statistics.nulls < rows && self.meets(&statistics.min, &statistics.max)
    }
}

/// What a query does with rows of a block, as far as its statistics tell.
pub trait BlockFilter: Send + Sync + std::fmt::Debug {
    /// How a block's `rows` rows are handed out; `None` if none of them is wanted. `statistics` gives those of the column
    /// at a position, and they hold for every row.
    fn variant<'a>(
        &self,
        rows: u64,
        statistics: &dyn Fn(usize) -> Option<Cow<'a, ColumnStatistics>>,
    ) -> Option<Variant>;
}

/// Which rows a query wants, as far as that is known before they are read: hints, for the query looks again.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// Rows outside of one of them are not wanted.
    pub ranges: &'a [ColumnRange],
    /// Blocks of which it wants no row may be left out too, and others are handed out as it says.
    pub filter: Option<Arc<dyn BlockFilter>>,
}

impl<'a> Wanted<'a> {
    /// Rows in all of `ranges`.
    pub fn within(ranges: &'a [ColumnRange]) -> Wanted<'a> {
        Wanted { ranges, filter: None }
    }
}

/// Which program rows are for: a block filter may have made shorter ones for blocks of whose rows more is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant(pub u8);

impl Variant {
    /// The program that is good for all rows.
    pub const WHOLE: Variant = Variant(0);
}

/// How many blocks (of a table in memory, row groups of a file) a scan has come by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockCounts {
    /// Those that were handed out to be read.
    pub read: u64,
    /// Of those, how many go through a shorter program.
    pub shortened: u64,
    /// Those that were left out because their statistics said that they have no wanted row.
    pub skipped: u64,
}

impl std::fmt::Display for BlockCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} blocks read", self.read)?;
        if self.shortened > 0 {
            write!(f, " ({} shortened)", self.shortened)?;
        }
        write!(f, ", {} skipped", self.skipped)
    }
}

/// The numbers of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowNumbers {
    /// Position of the hidden BIGINT column that has them, never NULL.
    pub position: usize,
    /// Which state of the table they are good for. Rows that are added leave them as they are; rows that are taken
    /// away make another epoch, as does another table of that name.
    pub epoch: u64,
}

/// Something that can be scanned: a snapshot of a memory table, registered batches, a file.
pub trait Table: Send + Sync + std::fmt::Debug {
    /// The name by which listings speak of it.
    fn name(&self) -> &str;

    /// Its columns, in order.
    fn columns(&self) -> &[TableColumn];

    /// Columns that no name leads to; their positions are behind those of [`Table::columns`].
    fn hidden_columns(&self) -> &[TableColumn] {
        &[]
    }

    /// The column at a position, hidden or not.
    fn column(&self, position: usize) -> Option<&TableColumn> {
        let columns = self.columns();
        columns.get(position).or_else(|| self.hidden_columns().get(position.checked_sub(columns.len())?))
    }

    /// Where the numbers of its rows are read, by which DELETE and UPDATE name rows; `None` if rows have no numbers.
    fn row_numbers(&self) -> Option<RowNumbers> {
        None
    }

    /// Position of a hidden BOOLEAN column that is false in rows which are deleted; `None` where no row is. A scan
    /// gives such rows too, and who reads them has to pass over them.
    fn kept_rows(&self) -> Option<usize> {
        None
    }

    /// Whether NULL may be stored in the column at position `column`, whatever is there now.
    fn takes_null(&self, _column: usize) -> bool {
        true
    }

    /// Rows, where known without reading.
    fn row_count(&self) -> Option<u64>;

    /// Whether rows anywhere in it can be had at once, so that a few may be looked at while a query is planned. Of such a
    /// table [`Table::statistics`] are proof of every row that a scan gives, now or later: kernels are made simpler by it.
    fn is_in_memory(&self) -> bool {
        false
    }

    /// What is known of the values of the column at position `column`. Of a file it is what the file says of itself:
    /// enough to expect numbers of rows by, and no proof; only `ascending` always is one.
    fn statistics(&self, _column: usize) -> Option<ColumnStatistics> {
        None
    }

    /// What is proved of the values of the column at position `column`: of rows in memory, which do not change.
    fn proven_statistics(&self, column: usize) -> Option<ColumnStatistics> {
        self.is_in_memory().then(|| self.statistics(column)).flatten()
    }

    /// How vectors of the column at a position lie in memory as a scan gives them.
    fn form(&self, position: usize) -> Option<Form> {
        self.column(position).map(|column| column.form)
    }

    /// The different values of the column at position `column`, where a scan gives their numbers in place of the
    /// values: integers of the form that [`Table::form`] says.
    fn dictionary(&self, _column: usize) -> Option<&Arc<Vector>> {
        None
    }

    /// Begins a scan of some columns (positions as [`Table::column`] takes them, in the order in which vectors are
    /// wanted).
    /// Rows that are not `wanted` may be left out. Nothing is read yet.
    fn scan(&self, columns: &[usize], wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>>;
}

/// A piece of a scan that one worker reads alone. Numbers ascend in scan order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Morsel {
    /// Position among the scan's morsels.
    pub number: u64,
    /// First row, in the source's own counting.
    pub first_row: u64,
    /// Rows at most; a source that does not know says `u64::MAX`.
    pub rows: u64,
    /// What a block filter has said of them; [`Variant::WHOLE`] is always right.
    pub variant: Variant,
}

/// A scan in progress, shared by all workers.
pub trait Scan: Send + Sync {
    /// Hands out the next morsel, or `None` when all are handed out.
    fn claim(&self) -> Result<Option<Morsel>>;

    /// Makes a reader; each worker has its own.
    fn reader(&self) -> Result<Box<dyn MorselReader>>;

    /// About how many rows there are in morsels that are not handed out yet, those that may be skipped among them; `None` if
    /// nobody knows.
    fn rows_left(&self) -> Option<u64> {
        None
    }

    /// The blocks so far.
    fn blocks(&self) -> BlockCounts {
        BlockCounts::default()
    }
}

/// A worker's place in a scan.
pub trait MorselReader: Send {
    /// Goes to the start of a morsel that this worker has claimed.
    fn start(&mut self, morsel: Morsel) -> Result<()>;

    /// Reads the next at most `rows_max` rows into `columns`, one vector for each column asked for, and says how
    /// many: 0 at the morsel's end. Vectors are shared, not copied, where the source can.
    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize>;
}

/// What the instructions `Insert`, `Delete` and `Update` hand rows to. What becomes of them is seen when the statement is
/// done, all of it together.
pub trait TableSink: Send {
    /// Takes a batch of `rows` rows, with the columns that the instruction names; says how many rows of the target
    /// change by it.
    fn take(&mut self, columns: &[Vector], rows: usize) -> Result<u64>;
}
