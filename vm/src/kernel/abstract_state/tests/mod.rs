//! Everything that is known is true: operation by operation on models, and kernel by kernel beside the reference.

mod assumed;
mod doubles;
mod integers;
