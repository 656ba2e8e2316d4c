//! Scalar functions: one item each, with signature, implementation, documentation and examples.
//!
//! The SQL front end only resolves names and overloads; what a function does, whether it may fail and how it treats
//! NULL is said here. The function reference and the shell's help come from the same items.

/// A row of a list of functions: name, aliases, documentation, examples, overloads. A macro and not a constructor,
/// because what a row borrows must live as long as the list.
macro_rules! function {
    ($name:literal, $aliases:expr, $doc:literal, $examples:expr, $overloads:expr $(,)?) => {
        $crate::functions::ScalarFunction {
            name: $name,
            aliases: $aliases,
            doc: $doc,
            examples: $examples,
            overloads: $overloads,
        }
    };
}

pub mod cast;

mod comparison;
mod conditional;
mod date;
mod interval;
mod math;
mod needle;
mod pattern;
mod reader;
mod resolve;
mod rounding;
mod strftime;
mod text;
mod text_edit;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;

pub use comparison::comparison;
pub use conditional::{CASE, COALESCE, CONSTANT};
pub use resolve::by_name;
pub(crate) use resolve::takes;

use crate::error::Result;
use crate::kernel::Helper;
use crate::memory::Context;
use crate::types::DataType;
use crate::value::Value;
use crate::vector::{Bits, Vector};

/// A function over batches: fills `out` with one value for each of `rows` rows.
#[derive(Clone, Copy)]
pub struct VectorFunction(pub fn(&Invocation<'_>, out: &mut Vector) -> Result<()>);

impl fmt::Debug for VectorFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VectorFunction")
    }
}

/// What a vector function is called with.
pub struct Invocation<'a> {
    /// The arguments.
    pub arguments: &'a [ArgumentValue<'a>],
    /// Their SQL types.
    pub argument_types: &'a [DataType],
    /// The SQL type of the result.
    pub result_type: &'a DataType,
    /// Rows in the batch.
    pub rows: usize,
    /// If set, only rows whose bit is 1 may fail; others may be given any value.
    pub guard: Option<&'a Bits>,
    /// Memory, interruption.
    pub context: &'a Context,
}

/// An argument: a column, or one value for all rows.
#[derive(Clone, Copy, Debug)]
pub enum ArgumentValue<'a> {
    /// A value a row.
    Column(&'a Vector),
    /// The same for all.
    Constant(&'a Value),
}

/// A named function of SQL.
#[derive(Debug)]
pub struct ScalarFunction {
    /// Its name, lower case.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// Expressions and the text of their results; executed as tests.
    pub examples: &'static [(&'static str, &'static str)],
    /// What it can be called with; the first that fits with the fewest casts is taken.
    pub overloads: &'static [Overload],
}

/// One signature of a function.
#[derive(Debug)]
pub struct Overload {
    /// The arguments' types.
    pub arguments: &'static [TypePattern],
    /// Whether the last argument may be repeated any number of times (once at least).
    pub variadic: bool,
    /// The type of the result.
    pub result: ResultType,
    /// What happens to NULL arguments.
    pub nulls: NullRule,
    /// Whether some values make it fail: then it is not moved before other conjuncts and gets a guard.
    pub fallible: bool,
    /// Whether two calls with the same arguments may differ.
    pub volatile: bool,
    /// What runs.
    pub body: Body,
}

/// What an argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypePattern {
    /// BOOLEAN.
    Boolean,
    /// INTEGER (any narrower integer is cast).
    Integer,
    /// BIGINT (any narrower integer is cast).
    BigInt,
    /// DOUBLE (any number is cast).
    Double,
    /// Any integer type, as it is.
    AnyInteger,
    /// Any DECIMAL, as it is.
    AnyDecimal,
    /// Any number, as it is.
    AnyNumber,
    /// VARCHAR.
    Varchar,
    /// BLOB.
    Blob,
    /// DATE.
    Date,
    /// TIMESTAMP.
    Timestamp,
    /// TIME.
    Time,
    /// INTERVAL.
    Interval,
    /// Anything, as it is.
    Any,
    /// Anything, but the same as every other argument of this pattern: they are cast to their common type.
    Common,
}

/// The type of a result.
#[derive(Clone, Debug)]
pub enum ResultType {
    /// Always this.
    Fixed(DataType),
    /// That of an argument, after casts.
    Argument(usize),
    /// By a rule over the arguments' types, after casts.
    Rule(fn(&[DataType]) -> DataType),
}

/// What a function does with NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullRule {
    /// A NULL argument makes the result NULL. The body sets the result's validity accordingly (rows in which every
    /// argument holds a value) and neither reads nor fails for other rows.
    Strict,
    /// The body handles NULL arguments and sets the validity itself.
    Handled,
}

impl Overload {
    /// A signature whose body is strict, cannot fail and is not volatile.
    const fn strict(arguments: &'static [TypePattern], result: ResultType, body: BodyFunction) -> Overload {
        Overload {
            arguments,
            variadic: false,
            result,
            nulls: NullRule::Strict,
            fallible: false,
            volatile: false,
            body: Body::Vector(VectorFunction(body)),
        }
    }

    /// A signature that a kernel helper computes: numbers to a number.
    const fn helper(arguments: &'static [TypePattern], helper: Helper) -> Overload {
        Overload {
            arguments,
            variadic: false,
            result: DOUBLE,
            nulls: NullRule::Strict,
            fallible: false,
            volatile: false,
            body: Body::Helper(helper),
        }
    }

    /// The same, but some values make it fail.
    const fn fallible(mut self) -> Overload {
        self.fallible = true;
        self
    }

    /// The same, but the body sees NULLs and sets the validity itself.
    const fn handled(mut self) -> Overload {
        self.nulls = NullRule::Handled;
        self
    }

    /// The same, but the last argument may be repeated.
    const fn variadic(mut self) -> Overload {
        self.variadic = true;
        self
    }
}

/// The body of a vector function.
type BodyFunction = fn(&Invocation<'_>, &mut Vector) -> Result<()>;

const BOOLEAN: ResultType = ResultType::Fixed(DataType::Boolean);
const BIGINT: ResultType = ResultType::Fixed(DataType::BigInt);
const INTEGER: ResultType = ResultType::Fixed(DataType::Integer);
const DOUBLE: ResultType = ResultType::Fixed(DataType::Double);
const VARCHAR: ResultType = ResultType::Fixed(DataType::Varchar);
const DATE: ResultType = ResultType::Fixed(DataType::Date);
const TIMESTAMP: ResultType = ResultType::Fixed(DataType::TIMESTAMP);
const INTERVAL: ResultType = ResultType::Fixed(DataType::Interval);

/// What runs when a function is called.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// A helper that kernels call; arguments and result have the helper's lanes.
    Helper(Helper),
    /// A function over vectors.
    Vector(VectorFunction),
}

/// Every scalar function.
pub static FUNCTIONS: &[&[ScalarFunction]] = &[
    text::FUNCTIONS,
    text_edit::FUNCTIONS,
    pattern::FUNCTIONS,
    math::FUNCTIONS,
    rounding::FUNCTIONS,
    conditional::FUNCTIONS,
    comparison::FUNCTIONS,
    date::FUNCTIONS,
    interval::FUNCTIONS,
    strftime::FUNCTIONS,
];

/// The function of that name or alias, in whatever case.
pub fn find(name: &str) -> Option<&'static ScalarFunction> {
    let is = |candidate: &&str| candidate.eq_ignore_ascii_case(name);
    FUNCTIONS.iter().copied().flatten().find(|function| is(&function.name) || function.aliases.iter().any(is))
}
