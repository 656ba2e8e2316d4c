//! Limits of kernels. Code generation keeps well below them; the verifier refuses what is beyond.

/// Most instructions of a kernel.
pub const INSTRUCTIONS_MAX: usize = 4096;
/// Most input columns.
pub const INPUTS_MAX: usize = 4096;
/// Most entries of the pool.
pub const POOL_MAX: usize = 4096;
/// Most tables.
pub const TABLES_MAX: usize = 4096;
/// Most output columns.
pub const OUTPUTS_MAX: usize = 4096;
/// Most accumulators.
pub const ACCUMULATORS_MAX: usize = 1024;
/// Most groups that a kernel has accumulators for. Beyond that they are too many for the first caches, and keys are better
/// hashed.
pub const GROUPS_MAX: usize = 4096;
