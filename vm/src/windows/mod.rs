//! Window functions that are no aggregates: one item each.
//!
//! A function sees all rows of a sorted run at once, with the places where partitions and groups of peers begin, and
//! gives a value for each row. Aggregates over windows need nothing here: their states combine.

mod place;
mod value;

use crate::error::Result;
use crate::functions::{ResultType, TypePattern};
use crate::memory::Context;
use crate::vector::Vector;

/// A named window function of SQL.
#[derive(Debug)]
pub struct WindowFunction {
    /// Its name, lower case.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// What it can be called with.
    pub overloads: &'static [WindowOverload],
}

/// One signature of a window function.
#[derive(Debug)]
pub struct WindowOverload {
    /// The arguments' types.
    pub arguments: &'static [TypePattern],
    /// The type of the result.
    pub result: ResultType,
    /// Whether the result may be NULL.
    pub nullable: bool,
    /// Whether it looks at the frame, or at the whole partition.
    pub scope: WindowScope,
    /// Fills in the result.
    pub body: WindowBody,
}

/// Which rows a window function looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowScope {
    /// Those of the frame.
    Frame,
    /// Those of the partition, whatever the frame is.
    Partition,
}

/// How a window function computes its result.
#[derive(Clone, Copy)]
pub struct WindowBody(pub fn(&WindowInput<'_>, &mut Vector) -> Result<()>);

impl std::fmt::Debug for WindowBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WindowBody")
    }
}

/// A sorted run of rows. Rows are numbered by their place in it.
pub struct WindowInput<'a> {
    /// For each row, its number in the arguments' columns.
    pub order: &'a [u32],
    /// Where partitions begin, and the end of the last.
    pub partitions: &'a [u32],
    /// Where groups of rows that are equal in the order begin, and the end of the last.
    pub peers: &'a [u32],
    /// For each row, its frame, where the function looks at frames: the first row, and the first one behind it.
    pub frames: &'a [(u32, u32)],
    /// The arguments' columns.
    pub arguments: &'a [&'a Vector],
    /// To be polled.
    pub context: &'a Context,
}

/// Every window function that is no aggregate.
pub static WINDOW_FUNCTIONS: &[&WindowFunction] = &[
    &place::ROW_NUMBER,
    &place::RANK,
    &place::DENSE_RANK,
    &place::PERCENT_RANK,
    &place::CUME_DIST,
    &place::NTILE,
    &value::LAG,
    &value::LEAD,
    &value::FIRST_VALUE,
    &value::LAST_VALUE,
    &value::NTH_VALUE,
];

/// The window function of that name or alias, in whatever case.
pub fn find(name: &str) -> Option<&'static WindowFunction> {
    let is = |candidate: &&str| candidate.eq_ignore_ascii_case(name);
    WINDOW_FUNCTIONS.iter().copied().find(|function| is(&function.name) || function.aliases.iter().any(&is))
}
