//! The logical plan: what a query computes, as a tree of relational operators.
//!
//! Columns have ids that are unique in a statement; an operator names what it reads by id, so moving it never
//! renumbers anything. The plan is plain data and prints itself: the printed form is what EXPLAIN QUERY PLAN shows
//! and the golden tests compare.

mod expr;
mod join_key;
mod nullable;
mod print;
mod same;
mod statement;
pub mod visit;
mod walk;

use std::sync::Arc;

pub use expr::{
    AggregateExpr, ArithmeticOp, CastMode, CompareOp, Expr, ExprKind, FunctionRef, WindowCallee, WindowExpr, column_of,
    distinct, is_null, mirrored, not,
};
pub use join_key::{JoinKey, Side, group_build_side, group_by};
pub use nullable::{mark_computed, mark_nullable, may_be_null};
pub use print::{print, print_expr, print_operators};
pub use same::{Match, same_plan};
pub use statement::{
    Change, ChangeKind, ChangeTarget, ColumnDefinition, Explain, ExplainFormat, ExplainKind, Explained, IfExists,
    OutputColumn, Query, RelationKind, Setting, Statement,
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

/// Every column of a statement, by id, and how often it stores rows.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    infos: Vec<ColumnInfo>,
    stores: u32,
}

impl Columns {
    /// Makes a new column.
    pub fn add(&mut self, name: impl Into<String>, data_type: DataType, nullable: bool) -> ColumnId {
        let id = self.next();
        self.infos.push(ColumnInfo { name: name.into(), data_type, nullable });
        id
    }

    /// Makes a new column of which the same is known as of another.
    pub fn add_like(&mut self, id: ColumnId) -> ColumnId {
        let ColumnInfo { name, data_type, nullable } = self.get(id).clone();
        self.add(name, data_type, nullable)
    }

    /// The id that the next new column will have: all columns so far have smaller ones.
    pub fn next(&self) -> ColumnId {
        ColumnId(self.infos.len() as u32)
    }

    /// Makes a new store.
    pub fn add_store(&mut self) -> StoreId {
        self.stores += 1;
        StoreId(self.stores - 1)
    }

    /// What is known of a column.
    pub fn get(&self, id: ColumnId) -> &ColumnInfo {
        &self.infos[id.0 as usize]
    }

    /// A column as an expression, at no place of the text.
    pub fn expr(&self, id: ColumnId) -> Expr {
        let info = self.get(id);
        let (data_type, nullable) = (info.data_type.clone(), info.nullable);
        Expr { kind: ExprKind::Column(id), data_type, nullable, span: Span::NONE }
    }

    /// For a join to say that its inner side's columns may be NULL.
    pub fn set_nullable(&mut self, id: ColumnId) {
        self.infos[id.0 as usize].nullable = true;
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
    /// Rows that are stored, and a plan that reads them: at once, one after the other, or in turns.
    Storing(Box<Storing>),
    /// Rows that an operator above stores.
    Stored {
        /// Which.
        store: StoreId,
        /// The columns, in the order in which they are stored.
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

/// Rows that a statement stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId(pub u32);

impl std::fmt::Display for StoreId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// Rows that are stored, and a plan that reads them where it says [`Plan::Stored`].
#[derive(Clone, Debug)]
pub struct Storing {
    /// Which.
    pub store: StoreId,
    /// A name, for people.
    pub name: String,
    /// Gives the rows that are stored first; their columns in order.
    pub rows: (Plan, Vec<ColumnId>),
    /// Reads them; gives its columns in the order of `columns`.
    pub reader: (Plan, Vec<ColumnId>),
    /// The columns that come out. Only those of a recursion are new: others are the reader's own.
    pub columns: Vec<ColumnId>,
    /// When the reader runs, and over which of the rows.
    pub turns: Turns,
}

impl Storing {
    /// Whether it is a recursion: then the columns that come out are new.
    pub fn is_recursive(&self) -> bool {
        matches!(self.turns, Turns::Recursive(_))
    }
}

/// When the reader of stored rows runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// Once, over all rows, which it reads several times: a common subplan.
    One,
    /// Anew for each row (Apply): what a dependent join does if nothing better is made of it.
    EachRow,
    /// Anew for the rows of its last turn, until there are none (a recursive common table expression). The rows of all
    /// turns come out, the first ones too. A row that came before may come again.
    Recursive(Repeats),
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
            Plan::Values { columns, .. } | Plan::Append { columns, .. } | Plan::Stored { columns, .. } => {
                columns.clone()
            }
            Plan::Storing(storing) => storing.columns.clone(),
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

    /// A join that needs no mark and raises no error of its own.
    pub fn join(kind: JoinKind, probe: Plan, build: Plan, keys: Vec<JoinKey>, residual: Vec<Expr>) -> Plan {
        let (probe, build) = (Box::new(probe), Box::new(build));
        Plan::Join { kind, probe, build, keys, residual, mark: None, span: Span::NONE }
    }

    /// One row of no columns.
    pub fn one_row() -> Plan {
        Plan::Values { columns: Vec::new(), rows: vec![Vec::new()] }
    }
}
