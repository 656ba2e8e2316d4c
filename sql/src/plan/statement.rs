//! Bound statements: what the engine is asked to do.

use std::sync::Arc;

use rowmill_vm::{DataType, Span, Value};

use super::{ColumnId, Columns, Plan};
use crate::catalog::View;

/// A statement after binding.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Gives rows.
    Query(Query),
    /// EXPLAIN: gives a listing or a plan as rows.
    Explain(Explain),
    /// CREATE TABLE name (columns…).
    CreateTable {
        /// The table's name as written.
        name: String,
        /// Its columns.
        columns: Vec<ColumnDefinition>,
        /// What if the name is taken.
        exists: IfExists,
        /// Where the name stands.
        span: Span,
    },
    /// CREATE TABLE name AS query.
    CreateTableAs {
        /// The table's name as written.
        name: String,
        /// Its rows.
        query: Query,
        /// What if the name is taken.
        exists: IfExists,
        /// Where the name stands.
        span: Span,
    },
    /// INSERT INTO of literal rows: the short way.
    InsertRows {
        /// The target, a name in the catalog.
        table: String,
        /// One value for each column of the target, of its type.
        rows: Vec<Vec<Value>>,
        /// Where the name stands.
        span: Span,
    },
    /// INSERT, DELETE, UPDATE.
    Change(Change),
    /// TRUNCATE: takes out all rows of some tables.
    Truncate(Vec<(String, Span)>),
    /// CREATE VIEW name AS query.
    CreateView {
        /// The view.
        view: Arc<View>,
        /// What if the name is taken.
        exists: IfExists,
        /// Where the name stands.
        span: Span,
    },
    /// DROP TABLE, DROP VIEW.
    Drop {
        /// Which of them.
        kind: RelationKind,
        /// The names.
        names: Vec<(String, Span)>,
        /// Whether a name that is not there is no error.
        if_exists: bool,
    },
    /// SET name = value.
    Set(Setting),
    /// RESET name.
    Reset {
        /// The setting.
        name: String,
        /// Where the name stands.
        span: Span,
    },
    /// A statement that is accepted and has no effect: CREATE INDEX.
    Nothing,
}

/// EXPLAIN.
#[derive(Clone, Debug)]
pub struct Explain {
    /// What it shows.
    pub kind: ExplainKind,
    /// In which form.
    pub format: ExplainFormat,
    /// Of what.
    pub explained: Explained,
}

/// How EXPLAIN prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainFormat {
    /// As rows.
    Rows,
    /// EXPLAIN (FORMAT JSON): as one text.
    Json,
}

/// What EXPLAIN explains.
#[derive(Clone, Debug)]
pub enum Explained {
    /// What gives rows.
    Query(Query),
    /// What changes a table.
    Change(Change),
}

/// A change of a table's rows, by the rows of a query.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is changed, and how.
    pub target: ChangeTarget,
    /// The columns that the kind asks for; behind them those of RETURNING.
    pub query: Query,
}

/// What is changed, and how.
#[derive(Clone, Debug)]
pub struct ChangeTarget {
    /// What becomes of the query's rows.
    pub kind: ChangeKind,
    /// The table, a name in the catalog.
    pub table: String,
    /// Where the name stands.
    pub span: Span,
    /// The state of the table in which the row numbers that the query gives are good.
    pub epoch: u64,
    /// How many columns RETURNING has.
    pub returning: usize,
}

/// What becomes of a query's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// They are added: one column for each column of the target, of its type.
    Insert,
    /// Rows are taken out: a column with their numbers.
    Delete,
    /// Rows are replaced: their numbers, then one column for each column of the target.
    Update,
}

/// A query: its plan and the names of its result columns.
#[derive(Clone, Debug)]
pub struct Query {
    /// What is computed.
    pub plan: Plan,
    /// Every column of the plan.
    pub columns: Columns,
    /// The result's columns, in order.
    pub output: Vec<OutputColumn>,
    /// The types of the parameters, by number.
    pub parameters: Vec<DataType>,
    /// Whether the plan depends on values of the moment (parameters' values, not only their types; settings): then it
    /// serves one execution.
    pub uses_parameter_values: bool,
    /// Whether the build side of some join reads columns of its probe side: then it cannot run before such joins are
    /// rewritten.
    pub correlated: bool,
}

/// A column of a result.
#[derive(Clone, Debug)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// The plan's column.
    pub column: ColumnId,
}

/// What EXPLAIN shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainKind {
    /// The bytecode listing.
    Program,
    /// EXPLAIN ANALYZE: the listing with what each instruction did when the query ran.
    Analyze,
    /// EXPLAIN QUERY PLAN: the tree, with the rows that each operator is expected to give.
    Plan,
    /// EXPLAIN ANALYZE QUERY PLAN: the tree, also with the rows that each operator gave when the query ran.
    PlanAnalyze,
    /// EXPLAIN (ASM): the kernels, and the machine code that they are compiled to.
    Asm,
    /// EXPLAIN (RULES): the tree as it was bound, and after each rule that changed it.
    Rules,
    /// EXPLAIN (VERIFY): the kernels, with what the verifier knows at each instruction.
    Verify,
}

/// What a name of the catalog stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// A table.
    Table,
    /// A view.
    View,
}

/// What CREATE does where the name is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Fails.
    Error,
    /// IF NOT EXISTS: nothing.
    Keep,
    /// OR REPLACE: replaces it.
    Replace,
}

/// A column in CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    /// Its name as written.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// NOT NULL (or PRIMARY KEY).
    pub not_null: bool,
}

/// SET name = value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The setting's name, lower case.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Where the name stands.
    pub span: Span,
}
