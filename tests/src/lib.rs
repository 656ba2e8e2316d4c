//! What the tests of all crates share: TPC-H tables, a reader for sqllogictest files, golden scripts, random queries, a walk over
//! trees of expressions.

pub mod golden;
pub mod random;
pub mod slt;
pub mod tpch;
pub mod tree_walk;
