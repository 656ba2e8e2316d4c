//! What the first kernel of a pipeline does with a table's blocks: which it lets no row of pass, and for which a shorter
//! one does.
//!
//! What is known of a block's columns goes through the kernel as through the verifier. The block is left out if no row
//! comes out, and if nothing on the way there may fail for a row of it: so no error depends on how a table lies in blocks.
//! If conditions are always true for it, or checks cannot fail, its rows go through a kernel without them, made when the
//! first such block is met and verified like any other: tapes shortened per region, after Keeter's "Massively Parallel
//! Rendering of Complex Closed-Form Implicit Surfaces" (2020). Only statistics of rows in memory are proof enough for that.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::Result;
use crate::jit::Tier;
use crate::kernel::abstract_state::{Bounds, Known};
use crate::kernel::narrow::{self, Decision, Shortening};
use crate::kernel::reference::{Scalar, pool_value};
use crate::kernel::{self, Kernel, PoolSource, VerifiedKernel};
use crate::program::{ScanFilter, VerifiedProgram, column_bounds};
use crate::table::{BlockFilter, ColumnStatistics, Table, Variant};
use crate::value::Value;

/// Shorter kernels that are made at most.
pub(super) const VARIANTS_MAX: usize = 4;
/// Ways to shorten the kernel that are remembered, whether they are worth a kernel or not.
const DECIDED_MAX: usize = 8;

/// A pipeline's first kernel with the statement's parameters in it.
#[derive(Debug)]
pub(super) struct KernelFilter {
    verified: VerifiedProgram,
    filter: ScanFilter,
    kernel: Kernel,
    table: Arc<dyn Table>,
    variants: [OnceLock<Arc<Shorter>>; VARIANTS_MAX],
    work: Mutex<Work>,
}

/// A shorter kernel, for rows of one variant.
#[derive(Debug)]
pub(super) struct Shorter {
    kernel: VerifiedKernel,
    tier: Tier,
    /// Below [`VARIANTS_MAX`].
    pub(super) number: usize,
    /// The instruction that runs it in place of its own kernel.
    pub(super) address: usize,
}

impl Shorter {
    /// The kernel, and what is known of its machine code.
    pub(super) fn tiered_kernel(&self) -> (&VerifiedKernel, &Tier) {
        (&self.kernel, &self.tier)
    }
}

/// What blocks are asked with, one after the other.
#[derive(Debug, Default)]
struct Work {
    bounds: Vec<Option<Bounds>>,
    known: Known,
    decisions: Vec<Decision>,
    /// What was decided for earlier blocks, and what rows go through then.
    decided: Vec<(Vec<Decision>, Variant)>,
}

impl KernelFilter {
    pub(super) fn new(
        verified: &VerifiedProgram,
        table: &Arc<dyn Table>,
        filter: &ScanFilter,
        parameters: &[Value],
    ) -> Result<KernelFilter> {
        let mut kernel = verified.kernels()[filter.kernel.index()].kernel().clone();
        for entry in &mut kernel.pool {
            if let PoolSource::Parameter(_) = entry.source {
                entry.source = match pool_value(entry, parameters)? {
                    Scalar::F64(value) => PoolSource::Double(value),
                    integer => PoolSource::Integer(integer.to_i128()),
                };
            }
        }
        Ok(KernelFilter {
            verified: verified.clone(),
            filter: filter.clone(),
            kernel,
            table: Arc::clone(table),
            variants: Default::default(),
            work: Mutex::default(),
        })
    }

    /// The shorter kernel for rows of a variant, if it is one.
    pub(super) fn shorter(&self, variant: Variant) -> Option<&Arc<Shorter>> {
        self.variants.get(usize::from(variant.0).checked_sub(1)?)?.get()
    }

    /// What rows of which `decisions` hold go through; a new kernel, if that is worth one.
    fn variant_for(&self, work: &mut Work) -> Variant {
        if let Some((_, variant)) = work.decided.iter().find(|(decisions, _)| *decisions == work.decisions) {
            return *variant;
        }
        if work.decided.len() == DECIDED_MAX {
            return Variant::WHOLE;
        }
        let variant = self.make(&work.decisions).unwrap_or(Variant::WHOLE);
        work.decided.push((work.decisions.clone(), variant));
        variant
    }

    fn make(&self, decisions: &[Decision]) -> Option<Variant> {
        let number = self.variants.iter().position(|variant| variant.get().is_none())?;
        let whole = &self.verified.kernels()[self.filter.kernel.index()];
        let kernel = kernel::shortened(whole, decisions)?;
        let shorter = Shorter { kernel, tier: Tier::default(), number, address: self.filter.address };
        // The lock on what was decided is held: nobody else fills it.
        self.variants[number].set(Arc::new(shorter)).ok()?;
        Some(Variant(number as u8 + 1))
    }
}

impl BlockFilter for KernelFilter {
    fn variant<'a>(
        &self,
        rows: u64,
        statistics: &dyn Fn(usize) -> Option<Cow<'a, ColumnStatistics>>,
    ) -> Option<Variant> {
        let bounds = |position: &Option<usize>| {
            let position = (*position)?;
            column_bounds(&*self.table, position, &*statistics(position)?, Some(rows))
        };
        let work = &mut *self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.bounds.clear();
        work.bounds.extend(self.filter.inputs.iter().map(bounds));
        match narrow::shorten(&self.kernel, &work.bounds, &mut work.known, &mut work.decisions) {
            Shortening::DropsAll if self.filter.drops => None,
            Shortening::Shorter if self.table.is_in_memory() => Some(self.variant_for(work)),
            Shortening::DropsAll | Shortening::Shorter | Shortening::Whole => Some(Variant::WHOLE),
        }
    }
}
