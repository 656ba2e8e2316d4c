//! What operations mean: small, safe, total functions on single values that are not NULL.
//!
//! The interpreter is a loop over these functions, compiled code is tested against them, and constants are folded
//! with them; nothing else defines semantics. What can fail returns the value and whether it is bad; the value of
//! a bad result is arbitrary, but the same each time.

pub mod calendar;
pub mod date;
pub mod decimal;
pub mod interval;
pub mod number;
pub mod sink;

pub use calendar::DatePart;
