//! The opcodes of programs, in one table.
//!
//! A row of the table is documentation, name and operands in the order p1, p2, …; the enum, the listing in eight
//! columns and the reference page all come from it. Operands are typed; the eight columns are only how they print.

use std::fmt;

use crate::codec::{coded_enum, coded_index};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u16);

        impl $name {
            /// As an index into what it numbers.
            #[inline]
            pub fn index(self) -> usize {
                self.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        coded_index! { $name $prefix }
    };
}

index!(/** A register: one column of a row space. */ Register, "r");
index!(/** A row space: how many rows the current batch has at some point of a pipeline, and where they came from. */ Space, "w");
index!(/** A cursor over a table, a sorter's or an aggregation's result. */ Cursor, "c");
index!(/** A table that the program reads. */ TableId, "t");
index!(/** The address of an instruction. */ Label, "");
index!(/** A kernel. */ KernelId, "k");
index!(/** A call of a vector function, with its arguments. */ CallId, "f");
index!(/** A list of registers. */ List, "l");
index!(/** A constant set of rows. */ RowsId, "d");
index!(/** A hash table of a join. */ HashId, "h");
index!(/** An aggregation. */ AggId, "g");
index!(/** A sorter. */ SorterId, "s");
index!(/** What is computed over a sorter's rows: window functions. */ WindowId, "x");
index!(/** Rows that are kept: of a recursion those of this turn and those for the next, or rows that are read several times. */ QueueId, "q");
index!(/** A LIMIT. */ LimitId, "n");
index!(/** A lookup table. */ LookupId, "u");
index!(/** The position of a column. */ Position, "");

/// An operand as the listing sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant wraps the operand type of its name")]
pub enum OpOperand {
    Register(Register),
    Space(Space),
    Cursor(Cursor),
    TableId(TableId),
    Label(Label),
    KernelId(KernelId),
    CallId(CallId),
    List(List),
    RowsId(RowsId),
    HashId(HashId),
    AggId(AggId),
    SorterId(SorterId),
    WindowId(WindowId),
    QueueId(QueueId),
    LimitId(LimitId),
    LookupId(LookupId),
    Position(Position),
}

macro_rules! op_operand {
    ($($name:ident),*) => {
        $(impl From<$name> for OpOperand {
            fn from(operand: $name) -> OpOperand {
                OpOperand::$name(operand)
            }
        })*

        impl OpOperand {
            /// The bare number, as p1, p2, p3 and p5 print it.
            pub fn number(self) -> u16 {
                match self {
                    $(OpOperand::$name(operand) => operand.0,)*
                }
            }
        }
    };
}
op_operand!(
    Register, Space, Cursor, TableId, Label, KernelId, CallId, List, RowsId, HashId, AggId, SorterId, WindowId,
    QueueId, LimitId, LookupId, Position
);

macro_rules! opcodes {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident: $type:ident),* })*) => {
        /// One instruction of a program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "fields are named by their role, and the row's documentation speaks of them")]
        pub enum Op {
            $($(#[doc = $doc])* $name { $($field: $type),* },)*
        }

        coded_enum! {
            Op { $($name { $($field),* }),* }
        }

        /// Name, documentation and operands of every opcode, in the table's order.
        pub const OPCODES: &[OpcodeInfo] = &[
            $(OpcodeInfo {
                name: stringify!($name),
                doc: concat!($($doc, "\n"),*),
                operands: &[$((stringify!($field), stringify!($type))),*],
            },)*
        ];

        impl Op {
            /// The opcode's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Op::$name { .. } => stringify!($name),)*
                }
            }

            /// Visits the operands in order.
            pub fn operands(&self, mut visit: impl FnMut(&'static str, OpOperand)) {
                match *self {
                    $(Op::$name { $($field),* } => {
                        $(visit(stringify!($field), OpOperand::from($field));)*
                    })*
                }
            }
        }
    };
}

/// A row of the table of opcodes, for the reference page.
#[derive(Clone, Copy, Debug)]
pub struct OpcodeInfo {
    /// The opcode's name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Field and type of each operand.
    pub operands: &'static [(&'static str, &'static str)],
}

opcodes! {
    /// Starts at `target`.
    Init { target: Label }
    /// The statement is done.
    Halt { }

    /// Opens `cursor` on `table`; the table's entry names the columns that are read.
    OpenRead { cursor: Cursor, table: TableId }
    /// Opens `cursor` on constant rows.
    OpenRows { cursor: Cursor, rows: RowsId }
    /// Ends an aggregation and opens `cursor` on its groups: keys first, then results.
    AggFinal { cursor: Cursor, agg: AggId }
    /// Sorts what a sorter holds and opens `cursor` on it, in order.
    SortFinal { cursor: Cursor, sorter: SorterId }
    /// Sorts what a sorter holds, computes window functions over it and opens `cursor` on it, in order: the
    /// sorter's first columns, then results.
    WindowFinal { cursor: Cursor, sorter: SorterId, window: WindowId }

    /// Goes to the cursor's first batch, or to `end` if there is none. The stretch to the matching Next is a pipeline.
    Rewind { cursor: Cursor, end: Label }
    /// The current batch's columns into `columns`; its rows are `space`.
    Column { cursor: Cursor, space: Space, columns: List }
    /// Goes to the cursor's next batch and back to `body`, or on if there is none.
    Next { cursor: Cursor, body: Label }

    /// Runs a kernel on the rows of `space`. Rows that pass make up `passed` (the same as `space` if it does not filter).
    Kernel { kernel: KernelId, space: Space, passed: Space, inputs: List, outputs: List }
    /// Calls a vector function on the rows of `space`.
    Function { call: CallId, space: Space, result: Register }
    /// `to` = the rows of `from` that make up `space`.
    Gather { space: Space, from: Register, to: Register }
    /// `to` = for each row of `space` the entry of a lookup table whose number is in `from`.
    Lookup { lookup: LookupId, space: Space, from: Register, to: Register }

    /// Opens an empty hash table.
    HashOpen { hash: HashId }
    /// Adds the rows of `space` to a hash table: keys, and columns to be read after a match.
    HashInsert { hash: HashId, space: Space, keys: List, columns: List }
    /// Ends the building of a hash table; from now on it is read only.
    HashSeal { hash: HashId }
    /// Begins to look up the rows of `space`; `pairs`, a selection of them, are the first pairs found, at most a batch.
    /// The stretch to the matching HashNext is a loop.
    HashProbe { hash: HashId, space: Space, pairs: Space, keys: List }
    /// Settles the join's kind: of the pairs that `pairs` has left over from a probe, which rows go on as `joined`, a selection of
    /// the probe's `space`. `mark` is written by a mark join only.
    HashMatch { hash: HashId, pairs: Space, joined: Space, mark: Register }
    /// `to` = column number `column` of the build side, for the rows of `space`, which descends from pairs
    /// or joined.
    HashColumn { hash: HashId, space: Space, column: Position, to: Register }
    /// If there are more pairs for the current batch, makes them `pairs` and goes to `body`, which is behind the probe.
    HashNext { hash: HashId, pairs: Space, body: Label }

    /// Opens `cursor` on the columns of the build side, for its rows that were nobody's partner: what a full join gives
    /// besides, and all that a right anti join gives. For a right semi join, for those that were somebody's.
    HashRest { cursor: Cursor, hash: HashId }

    /// Opens an aggregation.
    AggOpen { agg: AggId }
    /// Finds or makes the group of each row of `space` and updates its aggregates.
    AggStep { agg: AggId, space: Space, keys: List, arguments: List }
    /// Adds a kernel's accumulators, one for each aggregate in order, to an aggregation: those of each of its groups, if
    /// that has keys.
    AggMerge { agg: AggId, kernel: KernelId }

    /// Opens a sorter.
    SortOpen { sorter: SorterId }
    /// Adds the rows of `space` to a sorter.
    SortInsert { sorter: SorterId, space: Space, columns: List }

    /// Opens an empty queue.
    QueueOpen { queue: QueueId }
    /// Adds the rows of `space` to a queue, for its next turn.
    QueueInsert { queue: QueueId, space: Space, columns: List }
    /// Begins a turn: the rows added since the last one are the queue's, without those that came before if it keeps
    /// rows once. They wait with those of the turns before until there are enough to be given together; until then
    /// it goes to `step`. Goes to `end` if there are none and none wait. The stretch to the matching QueueLoop is a
    /// loop over pipelines.
    QueueTurn { queue: QueueId, step: Label, end: Label }
    /// Opens `cursor` on all rows of a queue that wait: they are given.
    OpenWaiting { cursor: Cursor, queue: QueueId }
    /// Goes on from the pipeline that gives rows to those that make the next turn's, or to `end` if a LIMIT in the
    /// former is reached or the turn has no rows. An error that came while rows waited is raised. LIMITs from here
    /// on count anew.
    QueueStep { queue: QueueId, end: Label }
    /// Ends the filling of a queue that is no recursion's: from now on its rows are read, as often as anybody likes.
    QueueSeal { queue: QueueId }
    /// Goes to the next row of a sealed queue, the first one at first, or to `end` if there is none. Up to the matching
    /// QueueLoop the queue has this row alone, and LIMITs count anew.
    QueueRow { queue: QueueId, end: Label }
    /// Opens `cursor` on the rows of a queue's turn, or on those of a sealed queue.
    OpenQueue { cursor: Cursor, queue: QueueId }
    /// Goes back to `turn`: a QueueTurn or a QueueRow.
    QueueLoop { queue: QueueId, turn: Label }

    /// `kept` = the rows of `space` that OFFSET and LIMIT leave; goes to `end`, behind the pipeline, once
    /// LIMIT is reached: then already where the loops around it would go on.
    Limit { limit: LimitId, space: Space, kept: Space, end: Label }
    /// Gives a batch of rows to the caller.
    ResultRow { space: Space, columns: List }
    /// Appends rows to the statement's target table: the first of `columns` are the target's. Those behind them are given
    /// to the caller when the statement is done, as with Delete and Update.
    Insert { space: Space, columns: List }
    /// Takes rows out of the statement's target table: the first of `columns` has their numbers. A number that comes again
    /// is passed over.
    Delete { space: Space, columns: List }
    /// Puts other rows in place of rows of the statement's target table: the first of `columns` has their numbers, those
    /// that follow are the target's. A number that comes again is passed over.
    Update { space: Space, columns: List }
}
