//! What the front end asks of its host: tables by name, files by path.

use std::sync::Arc;

use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error};

/// A snapshot of names. Two look-ups of one name in one statement give the same thing.
pub trait Catalog {
    /// The table of that name, in whatever case; `None` if there is none.
    fn table(&self, name: &str) -> Option<Arc<dyn Table>>;

    /// The names of all tables, as written when they were made: for "did you mean" and SHOW TABLES.
    fn table_names(&self) -> Vec<String>;

    /// The file that stands in FROM as a string, opened far enough to know its columns.
    fn file(&self, path: &str) -> Result<Arc<dyn Table>, Error>;
}

/// The type of a parameter and, where the plan may look at it, its value.
#[derive(Clone, Debug)]
pub struct ParameterInfo {
    /// The type of the value given.
    pub data_type: DataType,
    /// The value given.
    pub value: rowmill_vm::Value,
}
