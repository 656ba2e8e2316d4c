//! The machine, over small programs built by hand: each gives the same rows for every size of batch.

mod aggregate;
mod assembler;
mod codec;
mod join;
mod order;
mod refusals;
mod refused;
