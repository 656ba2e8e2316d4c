//! Programs: coarse bytecode over batches.
//!
//! A program is a flat list of instructions with the things they name beside it. The stretch from a `Rewind` to its
//! `Next` is a pipeline: it runs once for each batch of its cursor. Between pipelines stand openings and endings of
//! hash tables, aggregations and sorters.
//!
//! A register is a column of one *row space*. A scan's batch is a space; what passes a filter is a new space whose
//! rows are a selection of the old one; `Gather` brings a column from an older space into a newer one, when it is
//! needed and not before. Every instruction's inputs are of one space, which the verifier checks.

mod codec;
mod listing;
mod opcode;
mod saved;
mod verified;
mod verify;
mod verify_filter;
mod verify_loops;
mod verify_proof;
mod verify_rows;
mod verify_state;
mod window;

use std::sync::Arc;

pub use codec::{Host, NamedFunction};
pub use listing::{ListingRow, listing};
pub use opcode::{
    AggId, CallId, Cursor, HashId, KernelId, Label, LimitId, List, LookupId, OPCODES, Op, OpOperand, OpcodeInfo,
    Position, QueueId, Register, RowsId, SorterId, Space, TableId, WindowId,
};
pub use saved::{ColumnContract, Contract, SavedProgram, TableContract};
pub(crate) use verified::ScanFilter;
pub use verified::VerifiedProgram;
pub(crate) use verified::{Cut, Loop, Sharing};
pub use verify::verify;
pub(crate) use verify_proof::column_bounds;
pub use window::{Frame, FrameBound, FrameUnit, WindowCall, WindowFunctionKind, WindowSpec};

use crate::aggregates::AggregateCall;
use crate::error::Span;
use crate::functions::{NullRule, VectorFunction};
use crate::kernel::Kernel;
use crate::table::Table;
use crate::types::{DataType, Form};
use crate::value::Value;
use crate::vector::Vector;

/// A program as it was generated: not yet verified, so nothing runs it.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The instructions.
    pub code: Vec<Op>,
    /// For each instruction, the text it came from.
    pub spans: Vec<Span>,
    /// For each instruction, what it means in the query's own terms; empty unless listings were asked for.
    pub comments: Vec<String>,
    /// The registers' types.
    pub registers: Vec<RegisterInfo>,
    /// Where each row space comes from.
    pub spaces: Vec<SpaceOrigin>,
    /// How many cursors there are.
    pub cursors: u16,
    /// The tables that are read.
    pub tables: Vec<TableRead>,
    /// Constant rows.
    pub rows: Vec<ConstantRows>,
    /// Tables of values by number: a dictionary, or what an expression makes of its entries.
    pub lookups: Vec<LookupTable>,
    /// The kernels.
    pub kernels: Vec<Kernel>,
    /// The calls of vector functions.
    pub calls: Vec<FunctionCall>,
    /// Lists of registers.
    pub lists: Vec<Vec<Register>>,
    /// The hash tables of joins.
    pub hashes: Vec<HashSpec>,
    /// The aggregations.
    pub aggregations: Vec<AggregationSpec>,
    /// The sorters.
    pub sorters: Vec<SorterSpec>,
    /// Window functions over sorters.
    pub windows: Vec<WindowSpec>,
    /// The queues: rows that are kept.
    pub queues: Vec<QueueSpec>,
    /// LIMIT and OFFSET.
    pub limits: Vec<LimitSpec>,
    /// The types of the parameters.
    pub parameters: Vec<DataType>,
}

/// The static type of a register.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterInfo {
    /// The SQL type.
    pub data_type: DataType,
    /// How the vector lies in memory.
    pub form: Form,
    /// Whether there may be NULLs.
    pub nullable: bool,
    /// The rows it has a value for.
    pub space: Space,
}

/// Where the rows of a space come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaceOrigin {
    /// Batches of a cursor.
    Cursor,
    /// A selection of the rows of another space: by a kernel, a limit, or a probe (with repetitions).
    Selection(Space),
}

/// A table and the columns that are read of it.
#[derive(Clone, Debug)]
pub struct TableRead {
    /// The table: a snapshot.
    pub table: Arc<dyn Table>,
    /// Positions of the columns.
    pub columns: Vec<usize>,
    /// Rows outside of one of these need not be read: a filter behind the scan drops them anyway.
    pub ranges: Vec<ReadRange>,
}

/// Values of a column that are wanted, as far as the program's maker knows them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRange {
    /// Position of the column in the table.
    pub column: usize,
    /// The smallest.
    pub low: RangeBound,
    /// The largest.
    pub high: RangeBound,
}

/// An end of a [`ReadRange`].
#[derive(Clone, Debug, PartialEq)]
pub enum RangeBound {
    /// There is none.
    Open,
    /// A value of the column's type.
    Constant(Value),
    /// A parameter of the column's type, by number from 0.
    Parameter(u16),
    /// The smallest or the largest key of a sealed hash table with one key, an integer of the column's type.
    Build(HashId),
}

/// Rows known when the program was generated.
#[derive(Clone, Debug)]
pub struct ConstantRows {
    /// The columns.
    pub columns: Vec<Vector>,
    /// Rows: counts where there are no columns.
    pub rows: usize,
}

/// Values by number.
#[derive(Clone, Debug)]
pub struct LookupTable {
    /// The values, by number from 0.
    pub values: Arc<Vector>,
    /// Their SQL type.
    pub data_type: DataType,
    /// The value where the number is NULL: the last of `values`, or NULL.
    pub null_entry: NullEntry,
}

/// What a lookup gives for NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullEntry {
    /// NULL.
    Null,
    /// The table's last entry, which no number stands for.
    Last,
}

/// A vector function with its arguments.
#[derive(Clone, Debug)]
pub struct FunctionCall {
    /// The function.
    pub function: VectorFunction,
    /// Its name, for listings.
    pub name: &'static str,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// The SQL types of the arguments.
    pub argument_types: Vec<DataType>,
    /// The SQL type of the result.
    pub result_type: DataType,
    /// What becomes of NULL: with [`NullRule::Strict`] the machine sets the result's validity and guards the call.
    pub nulls: NullRule,
    /// A BOOLEAN register: only rows where it is true (not false, not NULL) may fail; others give anything.
    pub guard: Option<Register>,
}

/// An argument of a vector function.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A column.
    Register(Register),
    /// The same value for every row.
    Constant(Value),
    /// A parameter of the statement, by number from 0.
    Parameter(u16),
}

/// Which rows a join gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Each pair.
    Inner,
    /// Each pair, and rows of the probe side without a partner, with NULLs.
    Left,
    /// Each pair, and rows of either side without a partner, with NULLs. Those of the build side come last, from a
    /// cursor of their own.
    Full,
    /// Rows of the probe side that have a partner, once.
    Semi,
    /// Rows of the probe side that have none.
    Anti,
    /// Every row of the probe side once, with a BOOLEAN: has a partner; NULL if only NULL keys stand in the way (IN).
    Mark,
    /// Every row of the probe side with its partner or NULLs; more than one partner is an error.
    Single,
    /// Rows of the build side that have a partner, once: from a cursor of their own, when all of the probe side has
    /// been looked up.
    RightSemi,
    /// Rows of the build side that have none, likewise.
    RightAnti,
}

impl JoinKind {
    /// Whether a pair gives the columns of the build side beside those of the probe side.
    pub fn gives_pairs(self) -> bool {
        matches!(self, JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Single)
    }

    /// Whether a row of the probe side without a partner gives nothing.
    pub fn drops_unmatched(self) -> bool {
        matches!(self, JoinKind::Inner | JoinKind::Semi | JoinKind::RightSemi | JoinKind::RightAnti)
    }

    /// Whether rows of the build side come out by themselves, by whether they had a partner.
    pub fn gives_rest(self) -> bool {
        matches!(self, JoinKind::Full | JoinKind::RightSemi | JoinKind::RightAnti)
    }
}

/// A join's hash table.
#[derive(Clone, Debug)]
pub struct HashSpec {
    /// Which rows the join gives.
    pub kind: JoinKind,
    /// The types of the key columns; none for a cross product.
    pub keys: Vec<DataType>,
    /// For each key, whether NULL equals NULL (IS NOT DISTINCT FROM).
    pub null_equal: Vec<bool>,
    /// If set, the one key is not looked up by equality: a row's partners have it within the row's range.
    pub band: Option<Band>,
    /// The types of the columns kept beside the keys.
    pub columns: Vec<DataType>,
    /// Where a single join's error points.
    pub span: Span,
}

/// A range of a join's key: which ends the rows of the probe side give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The lower end.
    pub low: BandEnd,
    /// The upper end.
    pub high: BandEnd,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandEnd {
    /// There is none.
    Open,
    /// The value at the end is in it.
    Inclusive,
    /// It is not.
    Exclusive,
}

impl Band {
    /// How many ends there are.
    pub fn ends(self) -> usize {
        [self.low, self.high].iter().filter(|end| **end != BandEnd::Open).count()
    }
}

/// An aggregation.
#[derive(Clone, Debug)]
pub struct AggregationSpec {
    /// The types of the grouping keys; none means one group, there even without rows.
    pub keys: Vec<DataType>,
    /// The aggregates.
    pub calls: Vec<AggregateCall>,
}

/// A sorter.
#[derive(Clone, Debug)]
pub struct SorterSpec {
    /// The types of all columns that are kept.
    pub columns: Vec<DataType>,
    /// What to sort by, the most important first; rows equal in all of them keep the order they came in.
    pub keys: Vec<SortKey>,
    /// If set, only so many first rows are wanted.
    pub limit: Option<u64>,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct QueueSpec {
    /// The types of its columns.
    pub columns: Vec<DataType>,
    /// For each column, whether there may be NULLs.
    pub nullable: Vec<bool>,
    /// Whether a row that came before, in any turn of a recursion, comes again.
    pub repeats: Repeats,
}

/// Whether a queue takes rows that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// UNION ALL: every row.
    Kept,
    /// UNION: each distinct row once; NULL is equal to NULL.
    Dropped,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Position among the sorter's columns.
    pub column: usize,
    /// Which way.
    pub order: Order,
    /// Where NULLs go.
    pub nulls: NullOrder,
}

/// A direction of sorting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullOrder {
    /// Before all values.
    First,
    /// Behind all values.
    Last,
}

/// A LIMIT with an OFFSET.
#[derive(Clone, Debug)]
pub struct LimitSpec {
    /// Rows to leave out.
    pub offset: u64,
    /// Rows to give after that; `u64::MAX` for all.
    pub limit: u64,
}
