//! Programs that the verifier has accepted: the only ones that run.

use std::sync::Arc;

use super::{Label, LimitId, Program};
use crate::kernel::VerifiedKernel;

/// A verified program. Only [`super::verify`] makes one; clones share it.
#[derive(Clone, Debug)]
pub struct VerifiedProgram(Arc<Verified>);

#[derive(Debug)]
struct Verified {
    program: Program,
    kernels: Vec<VerifiedKernel>,
    facts: Facts,
}

/// What the verifier has found out on its way and the machine wants to know at once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// For each instruction that begins or repeats a loop, the LIMITs in it, and where to go when they are reached.
    pub limits: Vec<Vec<(LimitId, Label)>>,
    /// For each instruction, whether it is a probe between which and its match some pairs are dropped.
    pub residual: Vec<bool>,
    /// For each instruction, whether a batch may be cut off there: not between a probe and its match, since what a
    /// row without partners gives is only known when all its pairs are.
    pub cuts: Vec<bool>,
}

impl VerifiedProgram {
    pub(super) fn new(program: Program, kernels: Vec<VerifiedKernel>, facts: Facts) -> VerifiedProgram {
        VerifiedProgram(Arc::new(Verified { program, kernels, facts }))
    }

    /// The program; its kernels have become [`VerifiedProgram::kernels`].
    pub fn program(&self) -> &Program {
        &self.0.program
    }

    /// The verified kernels, by number.
    pub fn kernels(&self) -> &[VerifiedKernel] {
        &self.0.kernels
    }

    /// The LIMITs in the loop that the instruction at `address` begins or repeats.
    pub(crate) fn limits_at(&self, address: usize) -> &[(LimitId, Label)] {
        &self.0.facts.limits[address]
    }

    /// Whether pairs of the probe at `address` are dropped before its match.
    pub(crate) fn has_residual(&self, address: usize) -> bool {
        self.0.facts.residual[address]
    }

    /// Whether a batch in which the instruction at `address` fails may go on with the rows before.
    pub(crate) fn may_cut(&self, address: usize) -> bool {
        self.0.facts.cuts[address]
    }
}
