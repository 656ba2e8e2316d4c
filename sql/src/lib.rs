//! From SQL text to programs.
//!
//! ```text
//! &str ─parse─▶ AST ─bind─▶ Plan ─optimize─▶ Plan ─generate─▶ vm::Program
//! ```
//!
//! Each arrow is the one public function of its folder. Names end at bind: after it there are only column ids.
//! Trees end at generate: after it there are only linear steps. Every step is a pure function of text, catalog
//! snapshot and settings; nothing here opens a file, and nothing runs except to fold constants.
//!
//! Modules depend on one another in this order: `limits`, `suggest`, `catalog`, `plan`, `parse`, `bind`, `optimize`, `generate`.

pub mod bind;
pub mod catalog;
pub mod generate;
pub mod limits;
pub mod optimize;
pub mod parse;
pub mod plan;
pub mod suggest;
