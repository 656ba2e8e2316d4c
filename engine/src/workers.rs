//! Threads that help statements: the only ones that this library starts.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rowmill_vm::Helpers;

/// A connection's threads. They are started when there is first something to do for them, and end with the
/// connection.
#[derive(Debug)]
pub(crate) struct Workers {
    count: usize,
    queue: Arc<Queue>,
}

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads that there are, and those of them that wait for a job.
    threads: usize,
    waiting: usize,
    closed: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.lock();
            } else if state.closed {
                return;
            } else {
                state.waiting += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.waiting -= 1;
            }
        }
    }
}

impl Workers {
    /// Threads for statements that may use `threads` of them, the calling one included.
    pub(crate) fn new(threads: usize) -> Workers {
        Workers { count: threads.saturating_sub(1), queue: Arc::default() }
    }
}

impl Helpers for Workers {
    fn count(&self) -> usize {
        self.count
    }

    fn start(&self, job: Job) {
        let mut state = self.queue.lock();
        state.jobs.push_back(job);
        if state.waiting < state.jobs.len() && state.threads < self.count {
            let queue = Arc::clone(&self.queue);
            // Without a thread the job waits: the statement goes on with those that there are.
            let spawned = thread::Builder::new().name("rowmill".to_owned()).spawn(move || queue.work());
            state.threads += usize::from(spawned.is_ok());
        }
        self.queue.changed.notify_one();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.closed = true;
        state.jobs.clear();
        self.queue.changed.notify_all();
    }
}
