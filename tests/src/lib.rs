//! What the tests of all crates share: TPC-H tables, a reader for sqllogictest files, golden scripts, random queries.

pub mod golden;
pub mod random;
pub mod slt;
pub mod tpch;
