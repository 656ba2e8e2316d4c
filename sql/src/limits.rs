//! Every quantity of the front end that grows with its input, and how far it may grow.
//!
//! Depths are bounded so that every later step may walk its trees by recursion on the caller's stack: parser,
//! binder, optimizer, generator, and the drop of each tree. They were measured in debug builds on a thread of
//! 2 MiB, the smallest stack that Rust gives a thread by default.

/// Bytes in one statement.
pub const STATEMENT_BYTES_MAX: usize = 16 << 20;

/// Tokens in one statement; a token takes about 100 bytes while it is parsed.
pub const TOKENS_MAX: usize = 2_000_000;

/// Brackets and CASEs open at once.
pub const NESTING_MAX: usize = 64;

/// Operators between a statement's root and its deepest operand: `1 + 1 + … + 1` is as deep as it is long, and so
/// is `- - - x`. Brackets around it add their own.
pub const OPERATORS_MAX: usize = 250;

/// ANDs and ORs between a statement's root and its deepest operand. Unlike other operators they become one flat list.
pub const LOGIC_MAX: usize = 1_000;

/// Set operations (UNION …) in one chain.
pub const SET_OPERATIONS_MAX: usize = 250;

/// Levels of the trees of views inside one another, on one way down.
pub const VIEW_DEPTH_MAX: usize = 100;

/// Tables, files and subqueries that a statement reads, each reference to a common table expression counted.
pub const RELATIONS_MAX: usize = 250;

/// Expressions that are made by copying others: an alias used again, the operand of BETWEEN or CASE.
pub const COPIED_EXPRESSIONS_MAX: usize = 100_000;
