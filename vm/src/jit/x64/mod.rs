//! The compiler for x86-64 with AVX2.
//!
//! - [`facts`]: what is known of each register, and so how it is held: 32 bits where that is enough, whatever its lane;
//! - [`fuse`]: which instructions belong to a stretch;
//! - [`registers`], [`emit`]: one walk over a stretch, with a simple register allocator;
//! - [`assembler`], [`vex`]: the machine's instructions;
//! - [`memory`]: pages that are written once, then sealed;
//! - [`call`]: the call, and what becomes of flags and sums;
//! - [`listing`]: the code decoded again;
//! - `publish`, `elf`, `gdb`: names of code for profilers and debuggers.
//!
//! What must stay true: no page can be written and run at once; no load passes the end of a column; constants are data,
//! never a part of the code; nothing is added to an accumulator before all flags of the stretch were looked at, and what
//! they leave in doubt is done by the interpreter.

mod assembler;
mod call;
#[cfg(target_os = "linux")]
mod elf;
mod emit;
mod facts;
mod fuse;
#[cfg(target_os = "linux")]
mod gdb;
mod layout;
mod listing;
mod memory;
mod publish;
mod registers;
mod tables;
#[cfg(test)]
mod tests;
mod vex;

use std::sync::Arc;

use super::Reason;
use crate::kernel::VerifiedKernel;
use crate::kernel::interpret::native::NativeKernel;
use crate::kernel::verified::{Plan, Stretch};
use call::{Code, StretchCode};
use emit::Emitter;
use facts::Facts;
use layout::Constants;
use memory::CodePages;
use publish::Published;

/// Partials that may have a register of the machine: what is tried, one after the other. The others are in memory, which
/// costs two more instructions a turn.
const PINS: [usize; 2] = [5, 0];
/// Where the code of a stretch begins: a multiple of this.
const ALIGNMENT: usize = 32;

/// Compiles a kernel.
pub(crate) fn compile(kernel: &VerifiedKernel) -> Result<Arc<NativeKernel>, Reason> {
    if !is_x86_feature_detected!("avx2") {
        return Err(Reason::NoAvx2);
    }
    let facts = Facts::new(kernel.kernel(), kernel.proof(), kernel.groups().map(|groups| &**groups));
    let (kernel, order) = fuse::reorder(&facts);
    let facts = facts.of_reordered(&kernel);
    let stretches = fuse::stretches(&facts);
    if stretches.is_empty() {
        return Err(Reason::NothingToCompile);
    }
    let (plan, slots) = Plan::of_stretches(&kernel, &stretches);
    let mut constants = Constants::default();
    let (mut bytes, mut codes) = (Vec::new(), Vec::new());
    for Stretch { start, end, .. } in &stretches {
        let mut emit = |pins| Emitter::emit(&facts, &slots, *start..*end, &mut constants, pins);
        let emitted = PINS.iter().find_map(|pins| emit(*pins)).ok_or(Reason::TooFewRegisters)?;
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0xcc);
        codes.push(StretchCode {
            range: *start..*end,
            start: bytes.len(),
            length: emitted.bytes.len(),
            starts: emitted.starts,
            layout: emitted.layout,
            plan: emitted.plan,
            spilled: emitted.spilled,
        });
        bytes.extend(emitted.bytes);
    }
    let pages = CodePages::seal(&bytes).map_err(|_| Reason::NoMemory)?;
    let code = Arc::new(Code { published: Published::default(), pages, constants, stretches: codes });
    Ok(Arc::new(NativeKernel { kernel, order, plan, code }))
}
