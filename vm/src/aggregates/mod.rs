//! Aggregate functions: one item each.
//!
//! An aggregate's states for all groups live together, column by column; an update takes a batch of arguments and
//! the group number of each row. Workers have states of their own, which are merged; the result is the same for any
//! order and any number of workers.

mod bitwise;
mod boolean;
mod chosen;
mod count;
mod extreme;
mod interval_sum;
mod kept_strings;
mod rows;
mod states;
mod string_agg;
mod sum;
mod text_extreme;
mod variance;

use std::fmt;

use crate::error::Error;
use crate::error::{Result, Span};
use crate::functions::{ResultType, TypePattern, takes};
use crate::kernel::{AccKind, Accumulator};
use crate::memory::Context;
use crate::types::DataType;
use crate::vector::{Bits, Vector};

/// A named aggregate of SQL.
#[derive(Debug)]
pub struct AggregateFunction {
    /// Its name, lower case.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// Whether the result depends on the order of rows.
    pub ordered: bool,
    /// What it can be called with.
    pub overloads: &'static [AggregateOverload],
}

/// One signature of an aggregate.
#[derive(Debug)]
pub struct AggregateOverload {
    /// The arguments' types.
    pub arguments: &'static [TypePattern],
    /// The type of the result.
    pub result: ResultType,
    /// Whether the result over no rows is NULL (count says 0).
    pub empty_is_null: bool,
    /// The kernel accumulator that can stand for it where there are no groups, or few.
    pub accumulator: Option<AccKind>,
    /// Makes the states.
    pub states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>,
}

impl AggregateFunction {
    /// The signature that takes arguments of these types as they are, and gives a result of that type.
    pub fn overload(&self, arguments: &[DataType], result: &DataType) -> Option<&AggregateOverload> {
        let fits = |overload: &&AggregateOverload| {
            takes(overload.arguments, false, arguments) && overload.result.of(arguments) == *result
        };
        self.overloads.iter().find(fits)
    }
}

/// An aggregate in a query.
#[derive(Clone)]
pub struct AggregateCall {
    /// Its name, for listings.
    pub name: &'static str,
    /// Makes the states.
    pub states: fn(&[DataType], &DataType) -> Box<dyn AggregateStates>,
    /// The types of the arguments.
    pub argument_types: Vec<DataType>,
    /// The type of the result.
    pub result_type: DataType,
    /// Whether each distinct argument counts once (in each group).
    pub distinct: Distinct,
    /// Whether a BOOLEAN follows the arguments: only rows where it is true count.
    pub filter: Filter,
    /// Where an overflow points.
    pub span: Span,
}

/// Whether an aggregate takes repeated arguments once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// Every row counts.
    All,
    /// Each distinct argument counts once.
    Distinct,
}

/// Whether an aggregate has a FILTER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// No.
    None,
    /// A BOOLEAN register follows the arguments.
    Last,
}

impl fmt::Debug for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?}) -> {:?}", self.name, self.argument_types, self.result_type)
    }
}

/// The states of one aggregate for all groups of one worker.
pub trait AggregateStates: Send + Sync {
    /// Makes room so that there are `groups` groups, new ones empty. Reserves before it grows.
    fn grow(&mut self, groups: usize, context: &Context) -> Result<()>;

    /// Says where the rows of the following updates stand in the source's order: a greater number is later. Within a
    /// worker they come in order.
    fn begin(&mut self, _position: u64) {}

    /// Adds row `i` of `arguments` to group `groups[i]`, unless an argument is NULL or `filter`'s bit `i` is 0.
    fn update(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, context: &Context)
    -> Result<()>;

    /// Adds states of `other`, the same aggregate of another worker, for each pair of groups (from, into).
    fn merge(&mut self, other: &dyn AggregateStates, pairs: &[(u32, u32)]) -> Result<()>;

    /// Adds one group's state to another's, for each pair of them (from, into) in turn; the rows of the first come behind
    /// those of the second. So running and sliding
    /// aggregates of windows are made up of states of stretches of rows.
    fn combine(&mut self, pairs: &[(u32, u32)]) -> Result<()>;

    /// Makes the groups `first..first + count` empty again.
    fn clear(&mut self, first: usize, count: usize);

    /// Adds what a kernel's accumulator has seen to a group.
    fn merge_accumulator(&mut self, _group: u32, accumulator: &Accumulator) -> Result<()> {
        Err(Error::internal(format!("an accumulator of {:?} for an aggregate without one", accumulator.slot().kind)))
    }

    /// Appends the results of groups `first..first + count` to `out`, which has the form of the result type.
    fn finish(&self, first: usize, count: usize, out: &mut Vector) -> Result<()>;

    /// For [`AggregateStates::merge`] to reach its own type.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Every aggregate function.
pub static AGGREGATES: &[&AggregateFunction] = &[
    &count::COUNT,
    &count::COUNT_IF,
    &sum::SUM,
    &sum::AVERAGE,
    &extreme::MIN,
    &extreme::MAX,
    &chosen::FIRST,
    &chosen::LAST,
    &chosen::ANY_VALUE,
    &boolean::BOOL_AND,
    &boolean::BOOL_OR,
    &bitwise::BIT_AND,
    &bitwise::BIT_OR,
    &bitwise::BIT_XOR,
    &string_agg::STRING_AGG,
    &variance::VAR_SAMP,
    &variance::VAR_POP,
    &variance::STDDEV_SAMP,
    &variance::STDDEV_POP,
    &variance::COVAR_SAMP,
    &variance::COVAR_POP,
    &variance::CORR,
];

/// The aggregate of that name or alias, in whatever case.
pub fn find(name: &str) -> Option<&'static AggregateFunction> {
    let is = |candidate: &&str| candidate.eq_ignore_ascii_case(name);
    AGGREGATES.iter().copied().find(|function| is(&function.name) || function.aliases.iter().any(&is))
}
