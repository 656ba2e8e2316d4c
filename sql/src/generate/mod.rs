//! From plans to programs.

use rowmill_vm::program::Program;
use rowmill_vm::{Error, Result, Value};

use crate::plan::{Expr, Query};

/// Whether the program carries comments for a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// No: the program will only run.
    Off,
    /// Yes: somebody will read it.
    On,
}

/// Generates the program of a query.
pub fn generate(_query: &Query, _comments: Comments) -> Result<Program> {
    Err(Error::internal("not generated yet"))
}

/// The value of an expression without columns: how constants are folded. Fails as it would at run time.
pub fn evaluate(_expr: &Expr, _parameters: &[Value]) -> Result<Value> {
    Err(Error::internal("not generated yet"))
}
