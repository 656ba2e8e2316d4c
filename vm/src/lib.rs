//! The virtual machine: everything below SQL.
//!
//! Two instruction sets live here. A [`program`] is coarse bytecode over batches: cursors, hash tables, sorters,
//! control. A [`kernel`] is a typed straight line over rows: arithmetic, comparison, logic, accumulation. Nothing
//! runs that the verifier has not accepted, and that acceptance is a type.
//!
//! The crate knows no SQL text, no catalog and no file; it starts no thread. Modules depend on one another in one
//! direction only, in this order:
//!
//! `error`, `types`, `semantics`, `value`, `vector`, `codec`, `kernel`, `jit`, `progress`, `memory`, `table`, `format`, `functions`,
//! `aggregates`, `windows`, `program`, `machine`

#![cfg_attr(
    not(all(feature = "jit", target_arch = "x86_64")),
    allow(dead_code, unused_imports, reason = "what only the compiler uses")
)]

pub mod aggregates;
mod codec;
pub mod error;
pub mod format;
pub mod functions;
pub mod jit;
pub mod kernel;
pub mod machine;
pub mod memory;
pub mod program;
mod progress;
pub mod semantics;
pub mod table;
pub mod types;
pub mod value;
pub mod vector;
pub mod windows;

pub use error::{Error, ErrorKind, Result, Span};
pub use jit::{CodeCache, CodeCacheStatistics, Jit, JitSymbols, SymbolFile};
pub use kernel::{KernelVerdict, verify_text as verify_kernel_text};
pub use memory::{Context, Helpers, MemoryAccount, Reservation};
pub use progress::{Progress, ProgressCallback};
pub use types::{DataType, Field, Form, Lane, TimeUnit};
pub use value::Value;
pub use vector::Vector;
