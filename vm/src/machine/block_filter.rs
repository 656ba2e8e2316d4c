//! Blocks of a table of which a pipeline's filter lets no row pass.
//!
//! The filter is the kernel that a pipeline runs over its rows before anything else. What is known of a block's columns
//! goes through it as through the verifier; the block is left out if no row comes out, and if nothing on the way there may
//! fail for a row of it. So no error depends on how a table lies in blocks.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::kernel::abstract_state::{Bounds, Known};
use crate::kernel::reference::{Scalar, pool_value};
use crate::kernel::{Kernel, PoolSource, narrow};
use crate::program::{ScanFilter, VerifiedProgram, column_bounds};
use crate::table::{BlockFilter, ColumnStatistics, Table};
use crate::value::Value;

/// A pipeline's filter with the statement's parameters in it.
#[derive(Debug)]
pub(super) struct KernelFilter {
    kernel: Kernel,
    table: Arc<dyn Table>,
    /// For each input of the kernel, the position of the column that it is.
    inputs: Vec<Option<usize>>,
    /// Memory for what is known of a block.
    scratch: Mutex<(Vec<Option<Bounds>>, Known)>,
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
        Ok(KernelFilter { kernel, table: Arc::clone(table), inputs: filter.inputs.clone(), scratch: Mutex::default() })
    }
}

impl BlockFilter for KernelFilter {
    fn drops_all<'a>(&self, rows: u64, statistics: &dyn Fn(usize) -> Option<&'a ColumnStatistics>) -> bool {
        let bounds = |position: &Option<usize>| {
            let position = (*position)?;
            column_bounds(&*self.table, position, statistics(position)?, Some(rows))
        };
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let (known_bounds, known) = &mut *scratch;
        known_bounds.clear();
        known_bounds.extend(self.inputs.iter().map(bounds));
        narrow::drops_all(&self.kernel, known_bounds, known)
    }
}
