//! Names for machine code, for those who look at a running process: profilers and debuggers.
//!
//! A name is made of what the kernel is, so it is the same in each process; EXPLAIN (ASM) shows it.

use std::fmt::Debug;
use std::sync::Arc;

use super::cache::Outcome;
use crate::kernel::VerifiedKernel;

/// Who is told where machine code is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitSymbols {
    /// Nobody.
    #[default]
    Off,
    /// Profilers: a line is written to a file for each function.
    Perf,
    /// Debuggers, by GDB's interface; on Linux only.
    Gdb,
    /// Both.
    All,
}

impl JitSymbols {
    /// Whether lines are written for profilers.
    pub fn is_for_profilers(self) -> bool {
        matches!(self, JitSymbols::Perf | JitSymbols::All)
    }

    /// Whether debuggers are told.
    pub fn is_for_debuggers(self) -> bool {
        matches!(self, JitSymbols::Gdb | JitSymbols::All)
    }
}

/// The file in which profilers look for functions. The host has it.
pub trait SymbolFile: Debug + Send + Sync {
    /// Notes a function of so many bytes at an address. What cannot be written is left out: no statement fails for it.
    fn add(&self, address: usize, bytes: usize, name: &str);
}

/// Who is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) debuggers: bool,
    pub(crate) file: Option<Arc<dyn SymbolFile>>,
}

impl Symbols {
    /// Tells of the code of a kernel, by its [`VerifiedKernel::identity`].
    pub(crate) fn publish(&self, identity: &[u8], outcome: &Outcome) {
        if let Ok(native) = outcome
            && (self.debuggers || self.file.is_some())
        {
            native.code.publish(&name_of(identity), self);
        }
    }
}

/// The name of a kernel's code; its functions have a number behind it.
pub(crate) fn code_name(kernel: &VerifiedKernel) -> String {
    name_of(&kernel.identity())
}

fn name_of(identity: &[u8]) -> String {
    format!("rowmill_kernel_{:016x}", twox_hash::XxHash64::oneshot(0, identity))
}
