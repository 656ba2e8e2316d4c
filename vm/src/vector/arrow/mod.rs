//! Vectors from and to Arrow arrays.
//!
//! Coming in, buffers are shared wherever Arrow's layout is ours; only types that kernels compute in a wider form
//! (unsigned integers, Decimal128 of at most 18 digits, dictionaries) are converted. Going out, shared buffers are
//! shared again and owned ones are copied, so that a vector can be refilled while its batch is still in use.
//!
//! - [`data_type_from_arrow`], [`form_from_arrow`]: what a foreign column will be here.
//! - [`Vector::from_arrow`]: an array as a vector of that type and form.
//! - [`arrow_type`], [`arrow_field`], [`to_arrow`]: a vector as an array.

mod export;
mod import;
mod types;

pub use export::to_arrow;
pub use types::{arrow_field, arrow_type, data_type_from_arrow, form_from_arrow};

#[cfg(test)]
mod tests;
