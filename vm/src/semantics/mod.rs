//! What operations mean: small, safe, total functions on single values that are not NULL.
//!
//! The interpreter is a loop over these functions, compiled code is tested against them, and constants are folded
//! with them; nothing else defines semantics. What can fail returns the value and whether it is bad; the value of
//! a bad result is arbitrary, but the same each time.

pub mod binned_sum;
pub mod calendar;
pub mod date;
pub mod decimal;
pub mod float;
pub mod group;
pub mod helper;
pub mod integer;
pub mod integer_sum;
pub mod interval;
pub mod key_set;
pub mod lookup;
pub mod number;
pub mod sink;
#[cfg(test)]
pub(crate) mod testing;

pub use binned_sum::BinnedSum;
pub use calendar::DatePart;
pub use integer::Integer;
pub use integer_sum::IntegerSum;
pub use key_set::KeySet;
