//! Where compiled code takes part: it does stretches of a kernel's instructions on a tile, the interpreter the rest.
//!
//! The interpreter knows of compiled code only what stands here, so that it does without any.

use std::fmt::Debug;
use std::sync::Arc;

use super::frame::{Frame, LaneValue};
use crate::error::Span;
use crate::jit::Symbols;
use crate::kernel::reference::Scalar;
use crate::kernel::tables::Entries;
use crate::kernel::verified::Plan;
use crate::kernel::{Kernel, M, V};

/// Compiled code for the stretches of a plan.
pub(crate) trait Native: Debug + Send + Sync {
    /// Prepares what the code reads besides rows: the pool's values and the tables of a state.
    fn prepare(&self, pool: &[Scalar], tables: &[Entries]) -> NativeScratch;

    /// Does a stretch for all rows in the registers. If it cannot, or cannot say whether an instruction traps, it
    /// changes nothing that an instruction before the stretch has written, and gives false: the interpreter then does
    /// the stretch.
    fn run(&self, stretch: usize, frame: &mut Frame<'_>) -> bool;

    /// Tells profilers or debuggers of it, each once. `name` is its name.
    fn publish(&self, name: &str, symbols: &Symbols);

    /// Bytes that it takes, whole pages of code.
    fn bytes(&self) -> usize;

    /// The kernel's instructions, and below each what it is compiled to.
    fn listing(&self, kernel: &Kernel) -> Vec<CodeLine>;
}

/// A line of the listing of machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// The kernel's instruction; empty where it is that of the line above.
    pub instruction: String,
    /// The text of the statement that the instruction came from.
    pub span: Span,
    /// Where the machine's instruction is, in bytes from the start of the kernel's code; none where all is interpreted.
    pub address: Option<usize>,
    /// The machine's instruction.
    pub machine: String,
}

/// A kernel with compiled code for some of its instructions. Statements share it, so it knows of no statement's text.
#[derive(Debug)]
pub(crate) struct NativeKernel {
    /// The kernel, its instructions in the order in which they run, without places in the text.
    pub(crate) kernel: Kernel,
    /// Where each instruction was in the kernel that was compiled.
    pub(crate) order: Vec<usize>,
    pub(crate) plan: Plan,
    pub(crate) code: Arc<dyn Native>,
}

impl NativeKernel {
    /// Bytes that it takes, about.
    pub(crate) fn bytes(&self) -> usize {
        let instructions = size_of_val(self.kernel.code.as_slice()) + size_of_val(self.plan.code.as_slice());
        instructions + size_of_val(self.order.as_slice()) + self.code.bytes()
    }

    /// The instructions of the kernel that this is the code of, and below each what it is compiled to.
    pub(crate) fn listing(&self, kernel: &Kernel) -> Vec<CodeLine> {
        let span = |index: &usize| kernel.spans.get(*index).copied().unwrap_or(Span::NONE);
        let spans = self.order.iter().map(span).collect();
        self.code.listing(&Kernel { spans, ..self.kernel.clone() })
    }
}

/// 32 bytes, as wide as a register of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(32))]
pub(crate) struct Wide(pub(crate) [u64; 4]);

/// What compiled code works with besides the scratch registers.
#[derive(Clone, Debug, Default)]
pub(crate) struct NativeScratch {
    /// Constants, each repeated over a register of the machine.
    pub(crate) constants: Vec<Wide>,
    /// The arguments of a call: numbers of rows and addresses.
    pub(crate) arguments: Vec<u64>,
    /// Flags, counts and sums of a tile, and room for values that do not fit the machine's registers.
    pub(crate) partials: Vec<Wide>,
    /// The last few rows of columns, padded to a register's width.
    pub(crate) tails: Vec<Wide>,
    /// Bits of a tile, as words.
    pub(crate) words: Vec<u64>,
    /// The rows of a tile that are still active behind a stretch, as bits.
    pub(crate) passed: Vec<u64>,
    /// Descriptors of tables.
    pub(crate) tables: Vec<Wide>,
    /// How often compiled code has given a stretch back.
    pub(crate) given_back: u64,
}

impl NativeScratch {
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.constants.as_slice())
            + size_of_val(self.partials.as_slice())
            + size_of_val(self.tails.as_slice())
            + 8 * (self.words.len() + self.arguments.len())
            + size_of_val(self.passed.as_slice())
            + size_of_val(self.tables.as_slice())
    }
}

/// The address of the register in a slot, of lane `T`.
pub(crate) fn value_address<T: LaneValue>(frame: &mut Frame<'_>, slot: V) -> u64 {
    T::registers_mut(frame.scratch)[slot.index()].as_mut_ptr() as u64
}

/// The address of the mask in a slot: a byte a row.
pub(crate) fn mask_address(frame: &mut Frame<'_>, slot: M) -> u64 {
    frame.scratch.masks[slot.index()].as_mut_ptr() as u64
}
