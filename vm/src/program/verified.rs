//! Programs that the verifier has accepted: the only ones that run.

use std::sync::Arc;

use super::{HashId, KernelId, LimitId, Program, QueueId, Space};
use crate::jit::{CodeLine, Jit, Reason, Tier, code_name};
use crate::kernel::{StateLine, Table, VerifiedKernel, state_lines};

/// A verified program. Only [`super::verify`] makes one; clones share it.
#[derive(Clone, Debug)]
pub struct VerifiedProgram(Arc<Verified>);

#[derive(Debug)]
struct Verified {
    program: Program,
    kernels: Vec<VerifiedKernel>,
    /// What is known of each kernel's machine code: kept from run to run.
    tiers: Vec<Tier>,
    facts: Facts,
}

/// What the verifier has found out on its way and the machine wants to know at once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// For each instruction that begins or repeats a loop, the LIMITs in it, with their addresses: it ends when one is
    /// reached.
    pub limits: Vec<Vec<(usize, LimitId)>>,
    /// For each QueueStep and QueueRow, the LIMITs behind it in its loop.
    pub anew: Vec<Vec<LimitId>>,
    /// For each instruction, whether it is a probe between which and its match some pairs are dropped.
    pub residual: Vec<bool>,
    /// For each instruction, how a batch may be cut off there.
    pub cuts: Vec<Cut>,
    /// For each `Rewind`, whether several workers may run its pipeline.
    pub sharing: Vec<Sharing>,
    /// The loops of recursions, inner ones before those around them.
    pub loops: Vec<Loop>,
    /// For each hash table, the key columns by which rows are dropped before they are looked up.
    pub filters: Vec<Vec<usize>>,
    /// For each kernel the keys that it drops rows by.
    pub kernel_keys: Vec<Vec<KernelKeys>>,
    /// For each `OpenRead` the first kernel that all rows of the scan go through.
    pub scan_filters: Vec<Option<ScanFilter>>,
    /// For each row space whether an instruction works with its rows; of others it is enough to know how many there are.
    pub used_spaces: Vec<bool>,
}

/// Keys of a join by which a kernel drops rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelKeys {
    /// The kernel's table that they are.
    pub table: Table,
    pub hash: HashId,
    /// Which of the key's columns they are.
    pub part: usize,
    /// The kernel's input that is looked for among them, if it is one.
    pub input: Option<usize>,
}

/// The first kernel that all rows of a scan go through.
#[derive(Clone, Debug)]
pub(crate) struct ScanFilter {
    pub kernel: KernelId,
    /// Where its instruction is.
    pub address: usize,
    /// Whether nothing else is done with rows that do not pass.
    pub drops: bool,
    /// For each of its inputs, the position of the table's column that it is.
    pub inputs: Vec<Option<usize>>,
}

/// A loop of a recursion: the addresses of its QueueTurn, QueueStep and QueueLoop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub queue: QueueId,
    pub turn: usize,
    pub step: usize,
    pub end: usize,
}

/// How a batch may be cut off at an instruction that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Not at all.
    Never,
    /// Before the row.
    Row,
    /// Between a probe and its match: what a row of the probe side gives is only known when all its pairs are, so the
    /// join settles only the rows before the one whose pair failed.
    Pair(HashId),
}

/// Whether several workers may run a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// No: what one does depends on what the others have done.
    Alone,
    /// Yes. If the rows that it delivers are limited, the limit counts them again in their order.
    Together(Option<LimitId>),
}

impl VerifiedProgram {
    pub(super) fn new(program: Program, kernels: Vec<VerifiedKernel>, facts: Facts) -> VerifiedProgram {
        let tiers = kernels.iter().map(|_| Tier::default()).collect();
        VerifiedProgram(Arc::new(Verified { program, kernels, tiers, facts }))
    }

    /// The program; its kernels have become [`VerifiedProgram::kernels`].
    pub fn program(&self) -> &Program {
        &self.0.program
    }

    /// The verified kernels, by number.
    pub fn kernels(&self) -> &[VerifiedKernel] {
        &self.0.kernels
    }

    /// A kernel, and what is known of its machine code.
    pub(crate) fn tiered_kernel(&self, kernel: KernelId) -> (&VerifiedKernel, &Tier) {
        (&self.0.kernels[kernel.index()], &self.0.tiers[kernel.index()])
    }

    /// For each kernel its instructions with machine code beside them, or why it has none.
    pub fn machine_code(&self) -> Vec<std::result::Result<Vec<CodeLine>, Reason>> {
        self.0.kernels.iter().zip(&self.0.tiers).map(|(kernel, tier)| tier.listing(kernel)).collect()
    }

    /// The name of each kernel's machine code, as profilers and debuggers have it.
    pub fn code_names(&self) -> Vec<String> {
        self.0.kernels.iter().map(code_name).collect()
    }

    /// For each kernel what the verifier's abstract state says of its instructions, before those went that it makes
    /// superfluous.
    pub fn states(&self) -> Vec<Vec<StateLine>> {
        self.0.kernels.iter().map(state_lines).collect()
    }

    /// For each kernel, how it runs: compiled, or why not.
    pub fn describe_tiers(&self, jit: Jit) -> Vec<String> {
        self.0.tiers.iter().map(|tier| tier.describe(jit)).collect()
    }

    /// The LIMITs in the loop that the instruction at `address` begins or repeats, with their addresses.
    pub(crate) fn limits_at(&self, address: usize) -> &[(usize, LimitId)] {
        &self.0.facts.limits[address]
    }

    /// The LIMITs that count anew when the QueueStep or QueueRow at `address` is passed.
    pub(crate) fn limits_anew(&self, address: usize) -> &[LimitId] {
        &self.0.facts.anew[address]
    }

    /// The loops of recursions, inner ones before those around them.
    pub(crate) fn loops(&self) -> &[Loop] {
        &self.0.facts.loops
    }

    /// The key columns of a hash table by which rows are dropped before they are looked up.
    pub(crate) fn filters_of(&self, hash: HashId) -> &[usize] {
        &self.0.facts.filters[hash.index()]
    }

    /// Whether an instruction works with the rows of a space.
    pub(crate) fn is_used(&self, space: Space) -> bool {
        self.0.facts.used_spaces[space.index()]
    }

    /// The keys by which each kernel drops rows.
    pub(crate) fn kernel_keys(&self) -> impl Iterator<Item = &[KernelKeys]> {
        self.0.facts.kernel_keys.iter().map(Vec::as_slice)
    }

    /// The keys by which a kernel drops rows.
    pub(crate) fn keys_of(&self, kernel: KernelId) -> &[KernelKeys] {
        &self.0.facts.kernel_keys[kernel.index()]
    }

    /// The first kernel that all rows of the scan that is opened at `address` go through.
    pub(crate) fn scan_filter(&self, address: usize) -> Option<&ScanFilter> {
        self.0.facts.scan_filters[address].as_ref()
    }

    /// Whether pairs of the probe at `address` are dropped before its match.
    pub(crate) fn has_residual(&self, address: usize) -> bool {
        self.0.facts.residual[address]
    }

    /// How a batch in which the instruction at `address` fails may go on with the rows before.
    pub(crate) fn cut_at(&self, address: usize) -> Cut {
        self.0.facts.cuts[address]
    }

    /// Whether several workers may run the pipeline whose `Rewind` is at `address`.
    pub(crate) fn sharing_at(&self, address: usize) -> Sharing {
        self.0.facts.sharing[address]
    }
}
