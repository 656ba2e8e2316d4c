//! Telling the host of a statement how far it has come.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How far a statement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows of tables and files that were read so far.
    pub rows_read: u64,
    /// Rows that those tables and files have, where all of them know; fewer are read if blocks are skipped or LIMIT
    /// is reached.
    pub rows_total: Option<u64>,
    /// Time since the statement began.
    pub elapsed: Duration,
}

/// What the host does with it: it may end the statement. Called by whichever thread reads.
pub type ProgressCallback = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

/// Where there is no total.
const UNKNOWN: u64 = u64::MAX;

/// Counts the rows that a statement reads, and calls back now and then.
pub(crate) struct Observer {
    callback: std::sync::Arc<ProgressCallback>,
    every: Duration,
    start: Instant,
    /// Calls that are due by now have been made up to this time, in nanoseconds from the start.
    called_nanos: AtomicU64,
    rows_read: AtomicU64,
    rows_total: AtomicU64,
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observer").field("every", &self.every).finish_non_exhaustive()
    }
}

impl Observer {
    /// Calls `callback` at most once in `every`.
    pub(crate) fn new(every: Duration, callback: std::sync::Arc<ProgressCallback>) -> Observer {
        Observer {
            callback,
            every,
            start: Instant::now(),
            called_nanos: AtomicU64::new(0),
            rows_read: AtomicU64::new(0),
            rows_total: AtomicU64::new(UNKNOWN),
        }
    }

    /// Says how many rows there are to read.
    pub(crate) fn set_total(&self, rows: Option<u64>) {
        self.rows_total.store(rows.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// `rows` more rows were read. Fails if the host wants the statement to end.
    pub(crate) fn note(&self, rows: usize) -> Result<()> {
        let rows_read = self.rows_read.fetch_add(rows as u64, Ordering::Relaxed) + rows as u64;
        let elapsed = self.start.elapsed();
        let (now, called) = (nanos(elapsed), self.called_nanos.load(Ordering::Relaxed));
        if now.saturating_sub(called) < nanos(self.every) {
            return Ok(());
        }
        // Of several threads that come here together one makes the call.
        if self.called_nanos.compare_exchange(called, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return Ok(());
        }
        let total = self.rows_total.load(Ordering::Relaxed);
        let progress = Progress { rows_read, rows_total: (total != UNKNOWN).then_some(total), elapsed };
        match (self.callback)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                Err(Error::new(ErrorKind::Cancelled, "the statement was ended by its progress callback"))
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
