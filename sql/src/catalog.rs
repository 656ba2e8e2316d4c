//! What the front end asks of its host: tables by name, files by path.

use std::sync::Arc;

use rowmill_vm::program::{NullOrder, Order};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error};
use sqlparser::ast;

/// A snapshot of names. Two look-ups of one name in one statement give the same thing.
pub trait Catalog {
    /// The table of that name, in whatever case; `None` if there is none.
    fn table(&self, name: &str) -> Option<Arc<dyn Table>>;

    /// The view of that name, in whatever case; tables and views share their names.
    fn view(&self, _name: &str) -> Option<Arc<View>> {
        None
    }

    /// The file that was given that name, opened far enough to know its columns; `None` if there is none.
    fn named_file(&self, _name: &str) -> Option<Result<Arc<dyn Table>, Error>> {
        None
    }

    /// The names of all tables and views, as written when they were made: for "did you mean" and SHOW TABLES.
    fn table_names(&self) -> Vec<String>;

    /// Every setting with its value of the moment: for SHOW.
    fn settings(&self) -> Vec<SettingValue> {
        Vec::new()
    }

    /// Where ORDER BY puts NULLs that it says nothing of.
    fn default_nulls(&self) -> DefaultNulls {
        DefaultNulls::Largest
    }

    /// What a table function shows of a query that is given as text. An error has its place in that text.
    fn listing(&self, _kind: ListingKind, _query: &str) -> Result<Listing, Error> {
        Err(Error::unsupported("listings of queries are not there"))
    }

    /// The file that stands in FROM as a string, opened far enough to know its columns.
    fn file(&self, path: &str) -> Result<Arc<dyn Table>, Error>;
}

/// What is shown of a query by a table function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingKind {
    /// The program's instructions.
    Bytecode,
    /// The instructions of its kernels, with what the verifier knows after each.
    Kernels,
    /// The instructions of its kernels, with their machine code.
    Asm,
}

impl ListingKind {
    /// The table functions by name.
    pub const FUNCTIONS: &[(&str, ListingKind)] =
        &[("bytecode", ListingKind::Bytecode), ("kernels", ListingKind::Kernels), ("asm", ListingKind::Asm)];
}

/// Rows to be read by a query.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Names and types of the columns.
    pub columns: Vec<(&'static str, DataType)>,
    /// The rows, a value for each column.
    pub rows: Vec<Vec<rowmill_vm::Value>>,
}

/// Where NULLs go in an order that does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultNulls {
    /// Before all values.
    First,
    /// Behind all values.
    Last,
    /// As if they were larger than any value: last if ascending, first if descending.
    Largest,
    /// As if they were smaller than any value.
    Smallest,
}

impl DefaultNulls {
    /// Every one by its name.
    pub const NAMES: &[(&str, DefaultNulls)] = &[
        ("nulls_last_on_asc_first_on_desc", DefaultNulls::Largest),
        ("nulls_first_on_asc_last_on_desc", DefaultNulls::Smallest),
        ("nulls_first", DefaultNulls::First),
        ("nulls_last", DefaultNulls::Last),
    ];

    /// Where they go in an order.
    pub fn of(self, order: Order) -> NullOrder {
        match (self, order) {
            (DefaultNulls::First, _)
            | (DefaultNulls::Largest, Order::Descending)
            | (DefaultNulls::Smallest, Order::Ascending) => NullOrder::First,
            (DefaultNulls::Last, _)
            | (DefaultNulls::Largest, Order::Ascending)
            | (DefaultNulls::Smallest, Order::Descending) => NullOrder::Last,
        }
    }
}

/// A query that stands for a table.
#[derive(Debug)]
pub struct View {
    /// Its name as written.
    pub name: String,
    /// The statement that made it.
    pub text: String,
    /// Names for its first columns; the others keep those that the query gives them.
    pub(crate) columns: Vec<String>,
    pub(crate) query: ast::Query,
    /// How deep its tree is, see [`crate::parse::depth`].
    pub(crate) depth: usize,
}

/// A setting as SHOW gives it.
#[derive(Clone, Debug)]
pub struct SettingValue {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it does.
    pub doc: String,
}

/// The type of a parameter and, where the plan may look at it, its value.
#[derive(Clone, Debug)]
pub struct ParameterInfo {
    /// The type of the value given.
    pub data_type: DataType,
    /// The value given.
    pub value: rowmill_vm::Value,
}
