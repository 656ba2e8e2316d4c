//! What the tests of all crates share: TPC-H tables, a reader for sqllogictest files, golden scripts.

pub mod golden;
pub mod slt;
pub mod tpch;
