//! What a program says of window functions.

use crate::aggregates::AggregateStates;
use crate::error::Span;
use crate::types::DataType;
use crate::windows::{WindowBody, WindowScope};

/// Window functions over the rows of one sorter.
#[derive(Clone, Debug)]
pub struct WindowSpec {
    /// So many of the sorter's first columns come out; the others are there for the functions.
    pub columns: usize,
    /// So many of the sorter's first keys make up the partition; rows equal in all keys are peers.
    pub partition_keys: usize,
    /// The functions.
    pub calls: Vec<WindowCall>,
}

/// A window function in a query.
#[derive(Clone)]
pub struct WindowCall {
    /// Its name, for listings.
    pub name: &'static str,
    /// What it computes.
    pub function: WindowFunctionKind,
    /// The arguments: columns of the sorter.
    pub arguments: Vec<usize>,
    /// The types of the arguments.
    pub argument_types: Vec<DataType>,
    /// A BOOLEAN column of the sorter: only rows where it is true count. For aggregates.
    pub filter: Option<usize>,
    /// The type of the result.
    pub result_type: DataType,
    /// Which rows each row sees.
    pub frame: Frame,
    /// Where an error points.
    pub span: Span,
}

/// What a window function computes.
#[derive(Clone, Copy)]
pub enum WindowFunctionKind {
    /// A function of its own.
    Function(WindowScope, WindowBody),
    /// An aggregate of the frame.
    Aggregate(fn(&[DataType], &DataType) -> Box<dyn AggregateStates>),
}

/// Which rows of the partition a row's value is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What bounds count.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
}

/// What the bounds of a frame count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Groups of rows that are equal in the order; what RANGE means too where there are no distances.
    Groups,
}

/// A bound of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// The partition's first row or last one, by which bound it is.
    Unbounded,
    /// So many rows or groups from the current one: negative is before it. For groups, 0 is all its peers.
    Offset(i64),
}

impl Frame {
    /// Up to the current row and its peers: what an ORDER BY alone means.
    pub const RUNNING: Frame =
        Frame { unit: FrameUnit::Groups, start: FrameBound::Unbounded, end: FrameBound::Offset(0) };
    /// The whole partition.
    pub const PARTITION: Frame =
        Frame { unit: FrameUnit::Rows, start: FrameBound::Unbounded, end: FrameBound::Unbounded };
}

impl std::fmt::Debug for WindowCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({:?}) -> {:?} over {:?}", self.name, self.argument_types, self.result_type, self.frame)
    }
}

impl std::fmt::Display for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            FrameUnit::Rows => "ROWS",
            FrameUnit::Groups => "GROUPS",
        };
        let bound = |bound: FrameBound, unbounded: &str| match bound {
            FrameBound::Unbounded => unbounded.to_owned(),
            FrameBound::Offset(0) => "CURRENT ROW".to_owned(),
            FrameBound::Offset(offset) if offset < 0 => format!("{} PRECEDING", offset.unsigned_abs()),
            FrameBound::Offset(offset) => format!("{offset} FOLLOWING"),
        };
        let (start, end) = (bound(self.start, "UNBOUNDED PRECEDING"), bound(self.end, "UNBOUNDED FOLLOWING"));
        write!(f, "{unit} BETWEEN {start} AND {end}")
    }
}
