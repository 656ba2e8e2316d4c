//! What a statement may use: memory, time, and the right to go on.
//!
//! Everything that grows with input is reserved on a [`MemoryAccount`] before it is allocated, and every loop
//! polls its [`Context`]. Neither can be added later, so both are in every signature from the start.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::jit::{CodeCache, Jit};
use crate::progress::{Observer, ProgressCallback};

/// Rows that a loop inside one instruction may handle between two polls.
pub const POLL_ROWS: usize = 64 * 1024;

/// The memory of one statement: a limit and what is reserved of it. Shared by its workers.
#[derive(Debug)]
pub struct MemoryAccount {
    limit_bytes: AtomicU64,
    used_bytes: AtomicU64,
    peak_bytes: AtomicU64,
}

impl MemoryAccount {
    /// An account that refuses to hold more than `limit_bytes`.
    pub fn new(limit_bytes: u64) -> Arc<MemoryAccount> {
        Arc::new(MemoryAccount {
            limit_bytes: AtomicU64::new(limit_bytes),
            used_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
        })
    }

    /// Sets another limit. What is reserved beyond it stays; only more is refused.
    pub fn set_limit(&self, limit_bytes: u64) {
        self.limit_bytes.store(limit_bytes, Ordering::Relaxed);
    }

    /// Bytes reserved now.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// The most bytes that were ever reserved at once.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Ordering::Relaxed)
    }

    fn reserve(&self, bytes: u64, what: &str) -> Result<()> {
        let before = self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
        let after = before.saturating_add(bytes);
        let limit = self.limit_bytes.load(Ordering::Relaxed);
        if after > limit {
            self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Error::limit(format!(
                "memory limit of {limit} bytes reached: {what} needs {bytes} more, {before} are in use"
            ))
            .with_hint("raise it with SET memory_limit = '…'"));
        }
        self.peak_bytes.fetch_max(after, Ordering::Relaxed);
        Ok(())
    }

    fn release(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// A part of an account that one holder has reserved; given back when dropped.
#[derive(Debug)]
pub struct Reservation {
    account: Arc<MemoryAccount>,
    bytes: u64,
    what: &'static str,
}

impl Reservation {
    /// An empty reservation for `what`, the name of the operator as errors give it.
    pub fn new(account: &Arc<MemoryAccount>, what: &'static str) -> Reservation {
        Reservation { account: Arc::clone(account), bytes: 0, what }
    }

    /// Reserves `bytes` more. To be called before the allocation, which it may refuse.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let bytes = bytes as u64;
        self.account.reserve(bytes, self.what)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Makes the reservation `bytes` in all, larger or smaller.
    pub fn resize(&mut self, bytes: usize) -> Result<()> {
        let bytes = bytes as u64;
        if bytes > self.bytes {
            self.account.reserve(bytes - self.bytes, self.what)?;
        } else {
            self.account.release(self.bytes - bytes);
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Bytes reserved here.
    pub fn bytes(&self) -> usize {
        self.bytes as usize
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.account.release(self.bytes);
    }
}

/// What every long-running piece of a statement carries: its account, and the right to go on.
#[derive(Clone, Debug)]
pub struct Context {
    /// The statement's memory.
    pub memory: Arc<MemoryAccount>,
    interrupt: Arc<AtomicBool>,
    deadline: Option<Instant>,
    /// Most rows in a batch.
    pub batch_rows: usize,
    /// When kernels are compiled.
    pub jit: Jit,
    /// Where machine code is kept for other statements; without it each has its own.
    pub(crate) code_cache: Option<Arc<CodeCache>>,
    /// Kernels with more instructions are refused before anything runs.
    pub steps_per_row_max: Option<u64>,
    helpers: Option<Arc<dyn Helpers>>,
    observer: Option<Arc<Observer>>,
}

/// Threads that help a statement. The machine starts none: its host has them, and says how many may help.
pub trait Helpers: Send + Sync + std::fmt::Debug {
    /// How many may help one statement, besides the thread that runs it.
    fn count(&self) -> usize;

    /// Runs `job` on one of the threads, sooner or later. It ends by itself when there is nothing to help with.
    fn start(&self, job: Box<dyn FnOnce() + Send>);
}

/// Batches in a morsel of rows in memory.
const MORSEL_BATCHES: usize = 8;

impl Context {
    /// A context over `memory` that stops when `interrupt` is set or `deadline` has passed.
    pub fn new(
        memory: Arc<MemoryAccount>,
        interrupt: Arc<AtomicBool>,
        deadline: Option<Instant>,
        batch_rows: usize,
    ) -> Context {
        Context {
            memory,
            interrupt,
            deadline,
            batch_rows,
            jit: Jit::Auto,
            code_cache: None,
            steps_per_row_max: None,
            helpers: None,
            observer: None,
        }
    }

    /// The same with another rule for when kernels are compiled.
    #[must_use]
    pub fn with_jit(self, jit: Jit) -> Context {
        Context { jit, ..self }
    }

    /// The same with a cache of machine code.
    #[must_use]
    pub fn with_code_cache(self, code_cache: Arc<CodeCache>) -> Context {
        Context { code_cache: Some(code_cache), ..self }
    }

    /// The same, for programs whose kernels have at most so many instructions.
    pub fn with_steps_per_row_max(self, steps_per_row_max: Option<u64>) -> Context {
        Context { steps_per_row_max, ..self }
    }

    /// The same with threads that help.
    #[must_use]
    pub fn with_helpers(self, helpers: Arc<dyn Helpers>) -> Context {
        Context { helpers: Some(helpers), ..self }
    }

    /// The same with a host that hears how far the statement has come, at most once in `every`.
    #[must_use]
    pub fn with_progress(self, every: Duration, callback: Arc<ProgressCallback>) -> Context {
        Context { observer: Some(Arc::new(Observer::new(every, callback))), ..self }
    }

    /// Who hears how far the statement has come.
    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.observer.as_deref()
    }

    /// The threads that help; `None` if one thread runs all.
    pub fn helpers(&self) -> Option<&Arc<dyn Helpers>> {
        self.helpers.as_ref().filter(|helpers| helpers.count() > 0)
    }

    /// How many workers a pipeline may have.
    pub fn workers(&self) -> usize {
        1 + self.helpers().map_or(0, |helpers| helpers.count())
    }

    /// Rows of a morsel that is taken from rows in memory.
    pub fn morsel_rows(&self) -> usize {
        self.batch_rows * MORSEL_BATCHES
    }

    /// A context without limits, for folding constants and for tests.
    pub fn unlimited() -> Context {
        Context::new(MemoryAccount::new(u64::MAX / 2), Arc::new(AtomicBool::new(false)), None, 2048)
    }

    /// An empty reservation for `what` on this statement's account.
    pub fn reservation(&self, what: &'static str) -> Reservation {
        Reservation::new(&self.memory, what)
    }

    /// Fails when the statement was interrupted or its time is over. To be called at least every
    /// [`POLL_ROWS`] rows and once a batch.
    pub fn poll(&self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Cancelled, "the statement was interrupted"));
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(Error::limit("the statement ran out of time").with_hint("raise it with SET timeout = '…'"))
            }
            _ => Ok(()),
        }
    }
}
