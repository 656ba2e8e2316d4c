//! A pipeline that several workers run together.
//!
//! The calling thread is a worker; others are threads that the host lends ([`Helpers`](crate::memory::Helpers)).
//! Each takes a morsel, runs the pipeline over it, and puts what comes out into the morsel's slot of a [`Queue`]. A
//! worker with its morsel is a [`Task`], which can be left at any batch: when too much waits in the queue, helpers
//! put their tasks aside and give their threads back, until the caller has taken batches off.
//!
//! The morsel whose worker fails is the last that counts. Those before it are claimed already and run to their end,
//! since an error in them would come first; those behind it are left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Shared;
use super::cursor::Source;
use super::output::{Batch, Kept};
use super::queue::{Front, Queue};
use super::runs::Position;
use super::worker::{LimitState, Stop, Worker};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{LimitId, List, Space, VerifiedProgram};
use crate::table::{Morsel, TableSink};

/// How long the caller waits for a helper before it looks whether the statement may go on.
const PATIENCE: Duration = Duration::from_millis(2);

/// What a pipeline's workers have to know of it.
pub(super) struct PipelineInfo {
    pub program: VerifiedProgram,
    pub shared: Shared,
    pub source: Arc<Source>,
    /// The address of its `Next`.
    pub next: usize,
    /// Which of the statement's pipelines it is.
    pub number: u64,
    /// The LIMIT that what it delivers is under, and how far that has come.
    pub limit: Option<(LimitId, LimitState)>,
    pub context: Context,
}

/// A pipeline in the course of running, as the calling thread has it.
pub(super) struct Stage {
    common: Arc<Common>,
    /// What the calling thread works on.
    task: Option<Task>,
    limit: Option<(LimitId, LimitState)>,
    /// What was delivered last.
    delivered: Delivered,
    kept: Kept,
}

/// Where a delivered batch is.
#[derive(Clone, Copy)]
enum Delivered {
    /// In the registers of the calling thread's worker.
    Registers(Space, List),
    /// In [`Stage::kept`].
    Kept,
}

/// A worker with its morsel.
struct Task {
    worker: Worker,
    slot: u64,
}

/// What the calling thread and the helpers share.
struct Common {
    pipeline: PipelineInfo,
    /// Held while a morsel is claimed, so that slots are in the order of morsels.
    claiming: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
    /// Slots from this one on are of no use any more.
    unwanted: AtomicU64,
}

struct State {
    queue: Queue,
    /// Whether there are no more morsels to claim.
    exhausted: bool,
    /// Tasks that somebody works on.
    active: usize,
    /// Tasks that nobody works on, and workers without a morsel.
    parked: Vec<Task>,
    idle: Vec<Worker>,
    /// Jobs that were started and have not ended.
    jobs: usize,
}

impl Stage {
    /// Begins with two morsels that are claimed already.
    pub(super) fn start(pipeline: PipelineInfo, mut workers: Vec<Worker>, claimed: [Morsel; 2]) -> Result<Stage> {
        let mut queue = Queue::new(&pipeline.context);
        let slots = [queue.open(), queue.open()];
        let limit = pipeline.limit;
        let state = State { queue, exhausted: false, active: 1, parked: Vec::new(), idle: Vec::new(), jobs: 0 };
        let common = Arc::new(Common {
            pipeline,
            claiming: Mutex::default(),
            state: Mutex::new(state),
            changed: Condvar::new(),
            unwanted: AtomicU64::new(u64::MAX),
        });
        let mut first = workers.swap_remove(0);
        common.begin(&mut first, claimed[0])?;
        let mut state = common.lock();
        if let Some(mut second) = workers.pop() {
            common.begin(&mut second, claimed[1])?;
            state.parked.push(Task { worker: second, slot: slots[1] });
        }
        state.idle = workers;
        common.call_helpers(&mut state);
        drop(state);
        let task = Some(Task { worker: first, slot: slots[0] });
        Ok(Stage { common, task, limit, delivered: Delivered::Kept, kept: Kept::default() })
    }

    /// Runs on to the next batch that is delivered; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool> {
        if self.limit.is_some_and(|(_, state)| state.give == 0) {
            self.common.stop(self.task.take());
            return Ok(false);
        }
        let common = Arc::clone(&self.common);
        loop {
            let mut state = common.lock();
            match state.queue.front()? {
                Front::Batch(batch) => {
                    let old = std::mem::replace(&mut self.kept, batch);
                    state.queue.give_back(old);
                    if state.queue.is_half_empty() {
                        common.call_helpers(&mut state);
                    }
                    drop(state);
                    if let Some((_, limit)) = &mut self.limit {
                        self.kept.limit(limit);
                    }
                    self.delivered = Delivered::Kept;
                    return Ok(true);
                }
                Front::Failed(error) => return Err(error),
                Front::Empty if state.exhausted => return Ok(false),
                Front::Empty | Front::Waiting => {}
            }
            if self.work(state)? {
                return Ok(true);
            }
        }
    }

    /// Does a piece of work, or waits for others to do theirs. True if a batch is delivered.
    fn work(&mut self, mut state: MutexGuard<'_, State>) -> Result<bool> {
        if let Some(task) = &self.task
            && !state.queue.is_first(task.slot)
            && !state.queue.has_room()
        {
            // Somebody else's batch is wanted first: perhaps a task for it lies there.
            if !state.parked.iter().any(|parked| state.queue.is_first(parked.slot)) {
                return self.common.wait(state).map(|()| false);
            }
            state.active -= 1;
            state.parked.extend(self.task.take());
        }
        drop(state);
        if self.task.is_none() {
            self.task = self.common.take_task();
        }
        let Some(task) = &mut self.task else {
            let state = self.common.lock();
            return self.common.wait(state).map(|()| false);
        };
        match self.common.run(task) {
            Ok(Stop::Rows(space, list)) => {
                let mut state = self.common.lock();
                if self.limit.is_none() && state.queue.is_next(task.slot) {
                    self.delivered = Delivered::Registers(space, list);
                    return Ok(true);
                }
                self.common.push(&mut state, task, (space, list))?;
            }
            Ok(Stop::Morsel) => self.common.end(self.task.take(), None),
            Err(error) => self.common.end(self.task.take(), Some(error)),
        }
        Ok(false)
    }

    /// The batch that was delivered last.
    pub(super) fn batch(&self) -> Batch<'_> {
        match (self.delivered, &self.task) {
            (Delivered::Registers(space, list), Some(task)) => {
                task.worker.batch(space, &self.common.pipeline.program.program().lists[list.index()])
            }
            _ => self.kept.batch(),
        }
    }

    /// Hands the batch that was delivered last to a target; says how many of its rows change.
    pub(super) fn hand_over(&mut self, target: &mut dyn TableSink) -> Result<u64> {
        match (self.delivered, &mut self.task) {
            (Delivered::Registers(space, list), Some(task)) => {
                let list = &self.common.pipeline.program.program().lists[list.index()];
                task.worker.hand_over(target, space, list)
            }
            _ => target.take(&self.kept.vectors, self.kept.rows),
        }
    }

    /// The LIMIT over what was delivered.
    pub(super) fn limit(&self) -> Option<(LimitId, LimitState)> {
        self.limit
    }

    /// Ends it and gives the workers back.
    pub(super) fn finish(&mut self) -> Vec<Worker> {
        self.common.stop(self.task.take());
        let mut workers = std::mem::take(&mut self.common.lock().idle);
        workers.iter_mut().for_each(|worker| worker.reader = None);
        workers
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.common.stop(self.task.take());
        self.common.lock().idle.clear();
    }
}

impl Common {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a worker at the start of a morsel.
    fn begin(&self, worker: &mut Worker, morsel: Morsel) -> Result<()> {
        let pipeline = &self.pipeline;
        worker.limits.clear();
        let limits = &pipeline.program.program().limits;
        worker.limits.extend(limits.iter().map(|_| LimitState { skip: 0, give: u64::MAX }));
        if let Some((limit, state)) = pipeline.limit {
            // No morsel has to give more than all of them together; which rows count is known when they are in order.
            worker.limits[limit.index()].give = state.skip.saturating_add(state.give);
        }
        if worker.reader.is_none() {
            worker.attach(&pipeline.source)?;
        }
        worker.position = Position::new(pipeline.number, morsel.number);
        worker.start(morsel, pipeline.next)
    }

    /// Starts as many jobs as may help.
    fn call_helpers(self: &Arc<Common>, state: &mut State) {
        let Some(helpers) = self.pipeline.context.helpers() else { return };
        let useful = state.parked.len() + if state.exhausted { 0 } else { state.idle.len() };
        while state.jobs < useful.min(helpers.count()) {
            state.jobs += 1;
            let common = Arc::downgrade(self);
            helpers.start(Box::new(move || {
                if let Some(common) = common.upgrade() {
                    common.help();
                }
            }));
        }
    }

    /// What a helper does: tasks, as long as there are any that it may go on with.
    fn help(&self) {
        while let Some(mut task) = self.take_task() {
            let ended = loop {
                match catch_unwind(AssertUnwindSafe(|| self.run(&mut task))) {
                    Ok(Ok(Stop::Rows(space, list))) => {
                        let mut state = self.lock();
                        if let Err(error) = self.push(&mut state, &task, (space, list)) {
                            break Some(error);
                        }
                        if !state.queue.has_room() && !state.queue.is_first(task.slot) {
                            state.active -= 1;
                            state.parked.push(task);
                            state.jobs -= 1;
                            self.changed.notify_all();
                            return;
                        }
                    }
                    Ok(Ok(Stop::Morsel)) => break None,
                    Ok(Err(error)) => break Some(error),
                    Err(_) => break Some(Error::internal("a worker has panicked")),
                }
            };
            self.end(Some(task), ended);
        }
        self.lock().jobs -= 1;
    }

    /// Something to work on: what lies there, or a new morsel.
    fn take_task(&self) -> Option<Task> {
        let mut state = self.lock();
        let room = state.queue.has_room();
        let first = (0..state.parked.len()).min_by_key(|index| state.parked[*index].slot);
        if let Some(index) = first
            && (room || state.queue.is_first(state.parked[index].slot))
        {
            state.active += 1;
            return Some(state.parked.swap_remove(index));
        }
        if state.exhausted || !room {
            return None;
        }
        let mut worker = state.idle.pop()?;
        state.active += 1;
        drop(state);
        let Some((morsel, slot)) = self.claim() else {
            let mut state = self.lock();
            state.active -= 1;
            state.idle.push(worker);
            self.changed.notify_all();
            return None;
        };
        let begun = self.begin(&mut worker, morsel);
        let task = Some(Task { worker, slot });
        match begun {
            Ok(()) => task,
            Err(error) => {
                self.end(task, Some(error));
                None
            }
        }
    }

    /// Claims the next morsel and opens its slot.
    fn claim(&self) -> Option<(Morsel, u64)> {
        let _order = self.claiming.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lock().exhausted {
            return None;
        }
        let claimed = self.pipeline.source.claim(&self.pipeline.context);
        let mut state = self.lock();
        match claimed {
            Ok(Some(morsel)) => return Some((morsel, state.queue.open())),
            Ok(None) => {}
            Err(error) => {
                let slot = state.queue.open();
                state.queue.close(slot, Some(error));
            }
        }
        state.exhausted = true;
        self.changed.notify_all();
        None
    }

    /// Runs a task on to its next batch or to its end.
    fn run(&self, task: &mut Task) -> Result<Stop> {
        let wanted = || task.slot < self.unwanted.load(Ordering::Relaxed);
        task.worker.run(&self.pipeline.program, &self.pipeline.shared, wanted)
    }

    /// Puts the batch that a task has made into its slot.
    fn push(&self, state: &mut State, task: &Task, (space, list): (Space, List)) -> Result<()> {
        let mut batch = state.queue.take_spare();
        task.worker.keep(space, &self.pipeline.program.program().lists[list.index()], &mut batch);
        if batch.rows > 0 {
            state.queue.push(task.slot, batch)?;
            self.changed.notify_all();
        } else {
            state.queue.give_back(batch);
        }
        Ok(())
    }

    /// A task has come to its end, or to an error.
    fn end(&self, task: Option<Task>, error: Option<Error>) {
        let Some(Task { worker, slot }) = task else { return };
        let mut state = self.lock();
        if error.is_some() {
            self.unwanted.fetch_min(slot, Ordering::Relaxed);
            state.exhausted = true;
        }
        state.queue.close(slot, error);
        state.active -= 1;
        state.idle.push(worker);
        self.changed.notify_all();
    }

    /// Waits until something has changed, but not for long.
    fn wait(&self, state: MutexGuard<'_, State>) -> Result<()> {
        self.pipeline.context.poll()?;
        drop(self.changed.wait_timeout(state, PATIENCE).unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    /// Lets nobody go on, and waits until nobody does.
    fn stop(&self, own: Option<Task>) {
        self.unwanted.store(0, Ordering::Relaxed);
        let mut state = self.lock();
        state.exhausted = true;
        if let Some(task) = own {
            state.active -= 1;
            state.idle.push(task.worker);
        }
        let parked = std::mem::take(&mut state.parked);
        state.idle.extend(parked.into_iter().map(|task| task.worker));
        while state.active > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let parked = std::mem::take(&mut state.parked);
        state.idle.extend(parked.into_iter().map(|task| task.worker));
    }
}
