//! Kernels as machine code, and when they become it.
//!
//! A kernel is interpreted first. When the rows that are expected make it worth what compiling costs, it is compiled on
//! the spot, by the worker who notices, for all workers; each goes over to machine code with its next batch. What the
//! compiler has no instructions for stays with the interpreter ([`Native`](crate::kernel::interpret::native::Native)), so
//! every verified kernel can be compiled.

mod cache;
mod cost;
mod symbols;
mod tier;
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
mod x64;

pub use crate::kernel::interpret::native::CodeLine;
pub use cache::{CodeCache, CodeCacheStatistics};
pub use symbols::{JitSymbols, SymbolFile};
pub(crate) use symbols::{Symbols, code_name};
pub(crate) use tier::{Progress, Tier, TieredState};
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
pub(crate) use x64::compile;

/// When kernels are compiled to machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jit {
    /// When the rows that a kernel has seen make it worth it.
    #[default]
    Auto,
    /// Before the first batch.
    On,
    /// Never.
    Off,
    /// Before the first batch, and each batch is interpreted too: a statement fails if anything differs.
    Check,
}

/// Why a kernel is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The program was built without the compiler, or for another machine.
    NotBuilt,
    /// The processor lacks the instructions that the compiler emits.
    NoAvx2,
    /// Too few of its instructions have machine code.
    NothingToCompile,
    /// An instruction needs more registers than the machine has.
    TooFewRegisters,
    /// The operating system gave no memory for code.
    NoMemory,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Reason::NotBuilt => "built without the compiler",
            Reason::NoAvx2 => "no AVX2",
            Reason::NothingToCompile => "nothing to compile",
            Reason::TooFewRegisters => "too few registers",
            Reason::NoMemory => "no memory for code",
        })
    }
}

#[cfg(not(all(feature = "jit", target_arch = "x86_64")))]
pub(crate) fn compile(
    _kernel: &crate::kernel::VerifiedKernel,
) -> Result<std::sync::Arc<crate::kernel::interpret::native::NativeKernel>, Reason> {
    Err(Reason::NotBuilt)
}
