//! Tasks between pipelines that several threads share: what ends a sink where there is much in it.
//!
//! The calling thread takes tasks as the threads do that the host lends, so nothing waits for a thread that does not
//! come. A task owns what it works on.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::memory::Context;

/// With fewer rows or groups it does not pay to wake other threads: a task of so many takes some 50 µs.
pub(super) const TASK_ROWS_MIN: usize = 16 * 1024;

/// How many tasks to make of so many rows or groups.
pub(super) fn tasks_for(rows: usize, context: &Context) -> usize {
    if context.workers() == 1 { 1 } else { (rows / TASK_ROWS_MIN).clamp(1, 4 * context.workers()) }
}

struct Common<T, R, F> {
    state: Mutex<State<T, R>>,
    changed: Condvar,
    run: F,
}

struct State<T, R> {
    waiting: VecDeque<(usize, T)>,
    done: Vec<Option<Result<R>>>,
    running: usize,
}

/// Runs each task, by several threads if they have many rows or groups to handle; the results are in the order of the
/// tasks. The error of the first task that fails is the one that counts.
pub(super) fn run_all<T, R, F>(context: &Context, rows: usize, tasks: Vec<T>, run: F) -> Result<Vec<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Fn(T) -> Result<R> + Send + Sync + 'static,
{
    let count = tasks.len();
    let Some(helpers) = context.helpers().filter(|_| count > 1 && tasks_for(rows, context) > 1) else {
        return tasks.into_iter().map(run).collect();
    };
    let waiting = tasks.into_iter().enumerate().collect();
    let state = State { waiting, done: (0..count).map(|_| None).collect(), running: 0 };
    let common = Arc::new(Common { state: Mutex::new(state), changed: Condvar::new(), run });
    for _ in 0..helpers.count().min(count - 1) {
        let common = Arc::downgrade(&common);
        // A job that begins when all is done finds nothing.
        helpers.start(Box::new(move || {
            if let Some(common) = common.upgrade() {
                common.work();
            }
        }));
    }
    common.work();
    let mut state = common.lock();
    while state.running > 0 {
        state = common.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    // Behind an error tasks are missing, before it there are all.
    let done = state.done.iter_mut().map_while(Option::take).collect::<Result<Vec<R>>>()?;
    if done.len() < count { Err(Error::internal("a task was not run")) } else { Ok(done) }
}

impl<T, R, F: Fn(T) -> Result<R>> Common<T, R, F> {
    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs tasks as long as there are any.
    fn work(&self) {
        let mut state = self.lock();
        while let Some((number, task)) = state.waiting.pop_front() {
            state.running += 1;
            drop(state);
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(task)));
            let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("a worker has panicked")));
            state = self.lock();
            if outcome.is_err() {
                state.waiting.clear();
            }
            state.done[number] = Some(outcome);
            state.running -= 1;
            self.changed.notify_all();
        }
    }
}
