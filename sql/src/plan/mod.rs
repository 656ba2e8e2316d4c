//! The logical plan: what a query computes, as a tree of relational operators.
//!
//! Columns have ids that are unique in a statement; an operator names what it reads by id, so moving it never
//! renumbers anything. The plan is plain data and prints itself: the printed form is what EXPLAIN QUERY PLAN shows
//! and the golden tests compare.

mod expr;
mod join_key;
mod nullable;
mod print;
mod statement;
pub mod visit;
mod walk;

use std::sync::Arc;

pub use expr::{
    AggregateExpr, ArithmeticOp, CastMode, CompareOp, Expr, ExprKind, FunctionRef, WindowCallee, WindowExpr, distinct,
    is_null, not,
};
pub use join_key::JoinKey;
pub use nullable::{mark_computed, mark_nullable, may_be_null};
pub use print::{print, print_expr, print_operators};
pub use statement::{
    Change, ChangeKind, ChangeTarget, ColumnDefinition, ExplainKind, Explained, IfExists, OutputColumn, Query,
    RelationKind, Setting, Statement,
};

use rowmill_vm::program::{JoinKind, NullOrder, Order, Repeats};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Span, Value};

/// A column of the plan: unique in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

impl std::fmt::Display for ColumnId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What is known of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnInfo {
    /// A name for people; not unique.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// Every column of a statement, by id.
#[derive(Clone, Debug, Default)]
pub struct Columns(Vec<ColumnInfo>);

impl Columns {
    /// Makes a new column.
    pub fn add(&mut self, name: impl Into<String>, data_type: DataType, nullable: bool) -> ColumnId {
        let id = ColumnId(self.0.len() as u32);
        self.0.push(ColumnInfo { name: name.into(), data_type, nullable });
        id
    }

    /// The id that the next new column will have: all columns so far have smaller ones.
    pub fn next(&self) -> ColumnId {
        ColumnId(self.0.len() as u32)
    }

    /// What is known of a column.
    pub fn get(&self, id: ColumnId) -> &ColumnInfo {
        &self.0[id.0 as usize]
    }

    /// A column as an expression, at no place of the text.
    pub fn expr(&self, id: ColumnId) -> Expr {
        let info = self.get(id);
        let (data_type, nullable) = (info.data_type.clone(), info.nullable);
        Expr { kind: ExprKind::Column(id), data_type, nullable, span: Span::NONE }
    }

    /// For a join to say that its inner side's columns may be NULL.
    pub fn set_nullable(&mut self, id: ColumnId) {
        self.0[id.0 as usize].nullable = true;
    }
}

/// A relational operator and its inputs.
#[derive(Clone, Debug)]
pub enum Plan {
    /// ```text
    /// Scan table(columns…)
    /// ```
    Scan {
        /// The table: a snapshot.
        table: Arc<dyn Table>,
        /// Each column that is read: its id, and its position in the table, which may be that of a hidden column.
        columns: Vec<(ColumnId, usize)>,
    },
    /// Rows given by constants. One row of no columns is what a SELECT without FROM reads.
    Values {
        /// The columns.
        columns: Vec<ColumnId>,
        /// One value a column in each row, already of the column's type.
        rows: Vec<Vec<Value>>,
    },
    /// Rows of `input` for which every predicate is true. Order matters to errors: left to right.
    Filter {
        /// The rows.
        input: Box<Plan>,
        /// BOOLEAN expressions.
        predicates: Vec<Expr>,
    },
    /// Computes columns. Columns of the input that are not listed end here; to keep one, list it as itself under
    /// the same id.
    Project {
        /// The rows.
        input: Box<Plan>,
        /// The new columns.
        items: Vec<(ColumnId, Expr)>,
    },
    /// ```text
    /// Join kind
    /// ├─ probe side: its order of rows is kept, unless only the build side's rows come out
    /// └─ build side
    /// ```
    Join {
        /// Which rows come out.
        kind: JoinKind,
        /// The probe side; the side that Left, Semi, Anti, Mark and Single keep.
        probe: Box<Plan>,
        /// The build side.
        build: Box<Plan>,
        /// Equalities: (expression over the probe side, expression over the build side), of the same type.
        keys: Vec<JoinKey>,
        /// What a pair must satisfy besides; over the columns of both sides.
        residual: Vec<Expr>,
        /// The BOOLEAN column that a Mark join adds.
        mark: Option<ColumnId>,
        /// Where a Single join's error points.
        span: Span,
    },
    /// One row for each distinct combination of keys (one row in all if there are no keys).
    Aggregate {
        /// The rows.
        input: Box<Plan>,
        /// The grouping keys.
        keys: Vec<(ColumnId, Expr)>,
        /// The aggregates.
        calls: Vec<(ColumnId, AggregateExpr)>,
    },
    /// All rows in order.
    Sort {
        /// The rows.
        input: Box<Plan>,
        /// What by: columns of the input.
        keys: Vec<SortColumn>,
        /// If set, only so many first rows (top-N).
        limit: Option<u64>,
    },
    /// Adds columns computed over windows: partitions of the rows, each in an order.
    Window {
        /// The rows.
        input: Box<Plan>,
        /// What rows of a partition have in common.
        partition: Vec<Expr>,
        /// The order in a partition.
        order: Vec<SortExpr>,
        /// The functions.
        calls: Vec<(ColumnId, WindowExpr)>,
    },
    /// A stretch of rows.
    Limit {
        /// The rows.
        input: Box<Plan>,
        /// Rows to leave out first.
        offset: u64,
        /// Rows to give; `None` for all.
        limit: Option<u64>,
    },
    /// The rows of `initial`, then those that `step` makes of them, then those that it makes of these, and so on until
    /// there are no more.
    Recursive(Box<Recursive>),
    /// Inside a recursion's step: the rows of the turn before.
    Working {
        /// The recursion.
        recursion: RecursionId,
        /// The columns, in the recursion's order.
        columns: Vec<ColumnId>,
    },
    /// The rows of all inputs, one input after the other (UNION ALL).
    Append {
        /// The inputs; each gives its columns in the order of `columns`.
        inputs: Vec<(Plan, Vec<ColumnId>)>,
        /// The columns that come out.
        columns: Vec<ColumnId>,
    },
}

/// A recursion of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecursionId(pub u32);

/// A recursive common table expression.
#[derive(Clone, Debug)]
pub struct Recursive {
    /// Which.
    pub recursion: RecursionId,
    /// Its name, for people.
    pub name: String,
    /// The first rows; gives its columns in the order of `columns`.
    pub initial: (Plan, Vec<ColumnId>),
    /// What is made of the last turn's rows; gives its columns in the order of `columns`.
    pub step: (Plan, Vec<ColumnId>),
    /// The columns that come out.
    pub columns: Vec<ColumnId>,
    /// Whether a row that came before comes again.
    pub repeats: Repeats,
}

/// An expression to sort by.
#[derive(Clone, Debug)]
pub struct SortExpr {
    /// What.
    pub expr: Expr,
    /// Which way.
    pub order: Order,
    /// Where NULLs go.
    pub nulls: NullOrder,
}

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortColumn {
    /// Which.
    pub column: ColumnId,
    /// Which way.
    pub order: Order,
    /// Where NULLs go.
    pub nulls: NullOrder,
}

impl Plan {
    /// The columns that come out, in order.
    pub fn output(&self) -> Vec<ColumnId> {
        match self {
            Plan::Scan { columns, .. } => columns.iter().map(|(id, _)| *id).collect(),
            Plan::Values { columns, .. } | Plan::Append { columns, .. } | Plan::Working { columns, .. } => {
                columns.clone()
            }
            Plan::Recursive(recursive) => recursive.columns.clone(),
            Plan::Filter { input, .. } | Plan::Sort { input, .. } | Plan::Limit { input, .. } => input.output(),
            Plan::Project { items, .. } => items.iter().map(|(id, _)| *id).collect(),
            Plan::Aggregate { keys, calls, .. } => {
                keys.iter().map(|(id, _)| *id).chain(calls.iter().map(|(id, _)| *id)).collect()
            }
            Plan::Window { input, calls, .. } => {
                let mut columns = input.output();
                columns.extend(calls.iter().map(|(id, _)| *id));
                columns
            }
            Plan::Join { kind, probe, build, mark, .. } => {
                if matches!(kind, JoinKind::RightSemi | JoinKind::RightAnti) {
                    return build.output();
                }
                let mut columns = probe.output();
                match kind {
                    JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Single => {
                        columns.extend(build.output());
                    }
                    JoinKind::Semi | JoinKind::Anti | JoinKind::RightSemi | JoinKind::RightAnti => {}
                    JoinKind::Mark => columns.extend(*mark),
                }
                columns
            }
        }
    }

    /// One row of no columns.
    pub fn one_row() -> Plan {
        Plan::Values { columns: Vec::new(), rows: vec![Vec::new()] }
    }
}
