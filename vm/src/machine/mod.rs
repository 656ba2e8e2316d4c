//! The machine: runs verified programs, a batch at a time.
//!
//! Its state is a program counter and registers, so it stops at every `ResultRow`, hands out the batch, and goes on
//! when it is asked for the next. What belongs to one worker alone (registers, row spaces, kernel states, sinks
//! that are being filled) is a [`Worker`]; what all workers of a statement see (sealed hash tables) is [`Shared`]. A
//! pipeline writes only to its workers; the instruction that ends a sink unites what they have filled.
//!
//! Instructions between pipelines are the machine's own. A pipeline is run by the calling thread alone, or together
//! with threads that help ([`Stage`]) if its source gives two morsels or more.

mod aggregate;
mod band;
mod block_filter;
mod build_keys;
mod call;
mod columns;
mod cursor;
mod cut;
mod dense;
mod dense_build;
mod distinct;
mod full_join;
mod group_pages;
mod groups;
mod join;
mod join_table;
mod key_filter;
mod keys;
mod lookup;
mod mark_nulls;
mod output;
mod parallel;
mod profile;
mod queue;
mod runs;
mod sealing;
mod sort;
mod sort_keys;
mod sort_pieces;
mod stage;
mod strings;
mod turns;
mod united;
mod window;
mod worker;

use std::sync::Arc;
use std::time::Instant;

pub use output::Batch;
pub use profile::{Executions, Profile};

use crate::error::{Error, Result, Span};
use crate::memory::Context;
use crate::program::{Cursor, Label, LimitId, List, Op, Sharing, Space, VerifiedProgram};
use crate::table::{Morsel, TableSink};
use crate::value::Value;
use cursor::{Handout, Source};
use join_table::JoinTable;
use profile::cursor_of;
use runs::Position;
use stage::{PipelineInfo, Stage};
use turns::Turn;
use worker::{LimitState, Stop, Worker};

/// A verified program in the course of running.
pub struct Machine {
    program: VerifiedProgram,
    /// The address of the next instruction between pipelines.
    next: usize,
    /// The workers that are in no stage; the first one is there whenever no stage is.
    workers: Vec<Worker>,
    shared: Shared,
    /// What the open cursors read.
    sources: Vec<Option<Arc<Source>>>,
    limits: Vec<LimitState>,
    /// The queues that are open.
    turns: Vec<Option<Turn>>,
    running: Option<Pipeline>,
    /// How many pipelines have begun.
    pipelines: u64,
    parameters: Arc<[Value]>,
    context: Context,
    target: Option<Box<dyn TableSink>>,
    changes: u64,
    profile: Option<Box<Profiling>>,
}

/// What a machine keeps whose program is profiled.
struct Profiling {
    /// Of the instructions between pipelines.
    own: Profile,
    /// What each `OpenRead` has opened.
    scans: Vec<(usize, Arc<Source>)>,
}

/// What all workers of a statement see.
#[derive(Clone, Default)]
struct Shared {
    hashes: Vec<Option<Arc<JoinTable>>>,
}

/// A pipeline in the course of running.
enum Pipeline {
    /// The first worker runs it. `ahead` is a morsel that is claimed already.
    Alone { source: Arc<Source>, ahead: Option<Morsel>, rewind: usize, end: usize },
    /// Several workers do.
    Together(Box<Stage>),
}

/// Where to go after an instruction.
enum Step {
    /// To the next one.
    Continue,
    /// To a label.
    Jump(Label),
    /// To whoever runs the worker, with rows to deliver.
    Rows(Space, List),
    /// To whoever runs the worker: the morsel is at its end.
    Morsel,
}

/// Where a batch for the caller is.
enum Given {
    /// In the first worker's registers.
    Registers(Space, List),
    /// With the stage.
    Stage,
}

/// How far the machine has come.
enum Advance {
    /// To an instruction or a batch that has no rows for the caller.
    On,
    /// To rows for the caller.
    Rows(Given),
    /// To the end.
    Over,
}

/// Fails if a kernel takes more steps for a row than are allowed: what it costs is known before it runs.
fn check_steps(program: &VerifiedProgram, steps_max: u64) -> Result<()> {
    for (number, kernel) in program.kernels().iter().enumerate() {
        let (steps, kernel) = (kernel.kernel().code.len() as u64, kernel.kernel());
        if steps > steps_max {
            let place = kernel.spans.iter().copied().reduce(Span::to).unwrap_or(Span::NONE);
            let message = format!("kernel k{number} takes {steps} steps a row, and max_steps_per_row is {steps_max}");
            return Err(Error::limit(message).at(place));
        }
    }
    Ok(())
}

impl Machine {
    /// A machine at the start of `program`. `target` takes the rows that it inserts, deletes or updates.
    pub fn new(
        program: &VerifiedProgram,
        parameters: &[Value],
        context: Context,
        target: Option<Box<dyn TableSink>>,
    ) -> Result<Machine> {
        let expected = program.program().parameters.len();
        if parameters.len() != expected {
            return Err(Error::types(format!(
                "the statement has {expected} parameters, {} are given",
                parameters.len()
            )));
        }
        if context.batch_rows == 0 {
            return Err(Error::internal("batches of no rows"));
        }
        if let Some(steps) = context.steps_per_row_max {
            check_steps(program, steps)?;
        }
        if let Some(observer) = context.observer() {
            observer.set_total(program.program().tables.iter().map(|read| read.table.row_count()).sum());
        }
        let parameters: Arc<[Value]> = Arc::from(parameters);
        Ok(Machine {
            workers: vec![Worker::new(program, &parameters, &context)?],
            shared: Shared { hashes: vec![None; program.program().hashes.len()] },
            sources: vec![None; program.program().cursors.into()],
            limits: program.program().limits.iter().map(LimitState::new).collect(),
            turns: program.program().queues.iter().map(|_| None).collect(),
            program: program.clone(),
            next: 0,
            running: None,
            pipelines: 0,
            parameters,
            context,
            target,
            changes: 0,
            profile: None,
        })
    }

    /// From now on counts what each instruction does.
    pub fn start_profile(&mut self) {
        let length = self.program.program().code.len();
        self.profile = Some(Box::new(Profiling { own: Profile::new(length), scans: Vec::new() }));
        self.workers.iter_mut().for_each(|worker| worker.profile = Some(Box::new(Profile::new(length))));
    }

    /// What was counted, if [`Machine::start_profile`] was called. To be asked when the statement is done.
    pub fn profile(&self) -> Option<Profile> {
        let profiling = self.profile.as_ref()?;
        let mut profile = profiling.own.clone();
        self.workers.iter().filter_map(|worker| worker.profile.as_ref()).for_each(|other| profile.merge(other));
        let blocks = |(address, source): &(usize, Arc<Source>)| Some((*address, source.blocks()?));
        profile.blocks = profiling.scans.iter().filter_map(blocks).collect();
        Some(profile)
    }

    /// Runs on to the next batch of the result; `None` when the statement is done. After an error it is done too.
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>> {
        match self.advance() {
            Ok(Some(Given::Registers(space, list))) => {
                let list = &self.program.program().lists[list.index()];
                Ok(Some(self.workers[0].batch(space, list)))
            }
            Ok(Some(Given::Stage)) => match &self.running {
                Some(Pipeline::Together(stage)) => Ok(Some(stage.batch())),
                _ => Err(Error::internal("a batch of no stage")),
            },
            Ok(None) => Ok(None),
            Err(error) => {
                self.running = None;
                self.next = usize::MAX;
                Err(error)
            }
        }
    }

    /// Rows of the target that have changed so far.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Runs on to rows for the caller.
    fn advance(&mut self) -> Result<Option<Given>> {
        // Once for all instructions until there are rows: a recursion of single rows has millions.
        let verified = self.program.clone();
        loop {
            match self.advance_once(&verified) {
                Ok(Advance::On) => {}
                Ok(Advance::Rows(given)) => return Ok(Some(given)),
                Ok(Advance::Over) => return Ok(None),
                Err(error) => self.put_off(&verified, error)?,
            }
        }
    }

    /// Runs a pipeline on to rows or to its end, or an instruction between pipelines.
    fn advance_once(&mut self, verified: &VerifiedProgram) -> Result<Advance> {
        let given = match self.running {
            Some(Pipeline::Alone { .. }) => self.run_alone()?,
            Some(Pipeline::Together(_)) => self.run_together()?,
            None => {
                let Some(op) = verified.program().code.get(self.next).copied() else { return Ok(Advance::Over) };
                let (address, start) = (self.next, self.profile.is_some().then(Instant::now));
                let next = self
                    .step(verified, op)
                    .map_err(|error| error.at(verified.program().spans.get(address).copied().unwrap_or_default()))?;
                if let Some(start) = start {
                    self.note(address, op, start);
                }
                let Some(next) = next else { return Ok(Advance::Over) };
                self.next = next;
                None
            }
        };
        Ok(given.map_or(Advance::On, Advance::Rows))
    }

    /// Counts an instruction between pipelines.
    fn note(&mut self, address: usize, op: Op, start: Instant) {
        let Some(profiling) = &mut self.profile else { return };
        // An instruction that names a cursor has opened it, or begun to read it: then its source is not here any more.
        let opened = cursor_of(op).and_then(|cursor| self.sources[cursor.index()].as_ref());
        profiling.own.note(address, start, opened.and_then(|source| source.rows()).unwrap_or(0));
        if let Op::OpenRead { .. } = op {
            profiling.scans.extend(opened.map(|source| (address, Arc::clone(source))));
        }
    }

    /// An instruction between pipelines: gives the address of the next one, `None` at the end.
    fn step(&mut self, verified: &VerifiedProgram, op: Op) -> Result<Option<usize>> {
        let program = verified.program();
        match op {
            Op::Init { target } => return Ok(Some(target.index())),
            Op::Halt {} => {
                self.next = usize::MAX;
                return Ok(None);
            }
            Op::OpenRead { cursor, table } => {
                let source = Source::open((verified, self.next), table, &self.parameters, &self.shared, &self.context)?;
                self.open(cursor, source);
            }
            Op::OpenRows { cursor, rows } => {
                let count = program.rows[rows.index()].rows;
                self.open(cursor, Source::Rows(rows, Handout::new(0..count)));
            }
            Op::Rewind { cursor, end } => {
                self.rewind(cursor, end.index())?;
                return Ok(Some(end.index()));
            }
            // Workers open a sink when they first put something into it.
            Op::HashOpen { .. } | Op::AggOpen { .. } | Op::SortOpen { .. } => {}
            Op::HashSeal { hash } => {
                self.shared.hashes[hash.index()] = Some(Arc::new(join::seal(verified, hash, &mut self.workers)?));
            }
            Op::AggMerge { agg, kernel } => {
                self.workers.iter_mut().try_for_each(|worker| worker.agg_merge(program, agg, kernel))?;
            }
            Op::AggFinal { cursor, agg } => {
                let groups = aggregate::finish(program, agg, &mut self.workers)?;
                let count = groups.count();
                self.open(cursor, Source::Groups(groups, Handout::new(0..count)));
            }
            Op::SortFinal { cursor, sorter } => {
                let sorted = sort::finish(program, sorter, &mut self.workers)?;
                let count = sorted.rows();
                self.open(cursor, Source::Sorted(sorted, Handout::new(0..count)));
            }
            Op::WindowFinal { cursor, sorter, window } => {
                let sorted = window::finish(program, (sorter, window), &mut self.workers)?;
                let count = sorted.rows();
                self.open(cursor, Source::Sorted(sorted, Handout::new(0..count)));
            }
            Op::HashRest { cursor, hash } => {
                let rest = full_join::rest(program, &self.shared, hash, &mut self.workers)?;
                let count = rest.rows();
                self.open(cursor, Source::Rest(rest, Handout::new(0..count)));
            }
            other => return self.recur(other),
        }
        Ok(Some(self.next + 1))
    }

    fn open(&mut self, cursor: Cursor, source: Source) {
        self.sources[cursor.index()] = Some(Arc::new(source));
    }

    /// Begins a pipeline, unless there is nothing to read or its LIMITs leave nothing to give. `end` is behind it.
    fn rewind(&mut self, cursor: Cursor, end: usize) -> Result<()> {
        let rewind = self.next;
        let source = self.sources[cursor.index()].take();
        let source = source.ok_or_else(|| Error::internal(format!("{cursor} is not open")))?;
        self.workers[0].limits.clone_from(&self.limits);
        if self.workers[0].limit_reached(&self.program, rewind) {
            return Ok(());
        }
        let Some(first) = source.claim(&self.context)? else { return Ok(()) };
        self.pipelines += 1;
        let mut ahead = None;
        if let Sharing::Together(limit) = self.program.sharing_at(rewind)
            && self.context.workers() > 1
        {
            ahead = source.claim(&self.context)?;
            if let Some(second) = ahead {
                return self.start_together(source, end, limit, [first, second]);
            }
        }
        self.workers[0].attach(&source)?;
        self.start_alone(first, end)?;
        self.running = Some(Pipeline::Alone { source, ahead, rewind, end });
        Ok(())
    }

    fn start_alone(&mut self, morsel: Morsel, end: usize) -> Result<()> {
        let worker = &mut self.workers[0];
        worker.position = Position::new(self.pipelines, morsel.number);
        worker.start(morsel, end - 1)
    }

    /// Runs the first worker on to rows for the caller; `None` if there are none or the pipeline is done.
    fn run_alone(&mut self) -> Result<Option<Given>> {
        let Some(Pipeline::Alone { source, ahead, rewind, end }) = &mut self.running else { return Ok(None) };
        let (rewind, end) = (*rewind, *end);
        let worker = &mut self.workers[0];
        match worker.run(&self.program, &self.shared, || true)? {
            Stop::Rows(space, list) => {
                let Some(target) = self.target.as_deref_mut() else { return Ok(Some(Given::Registers(space, list))) };
                self.changes += worker.hand_over(target, space, &self.program.program().lists[list.index()])?;
            }
            Stop::Morsel => {
                let reached = worker.limit_reached(&self.program, rewind);
                let next = match ahead.take() {
                    _ if reached => None,
                    Some(morsel) => Some(morsel),
                    None => source.claim(&self.context)?,
                };
                match next {
                    Some(morsel) => self.start_alone(morsel, end)?,
                    None => {
                        worker.detach();
                        std::mem::swap(&mut self.limits, &mut worker.limits);
                        self.running = None;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Begins a pipeline with several workers; two morsels are claimed.
    fn start_together(
        &mut self,
        source: Arc<Source>,
        end: usize,
        limit: Option<LimitId>,
        claimed: [Morsel; 2],
    ) -> Result<()> {
        while self.workers.len() < self.context.workers() {
            let mut worker = Worker::new(&self.program, &self.parameters, &self.context)?;
            let length = self.program.program().code.len();
            worker.profile = self.profile.is_some().then(|| Box::new(Profile::new(length)));
            self.workers.push(worker);
        }
        let pipeline = PipelineInfo {
            program: self.program.clone(),
            shared: self.shared.clone(),
            source,
            next: end - 1,
            number: self.pipelines,
            limit: limit.map(|limit| (limit, self.limits[limit.index()])),
            context: self.context.clone(),
        };
        let stage = Stage::start(pipeline, std::mem::take(&mut self.workers), claimed)?;
        self.running = Some(Pipeline::Together(Box::new(stage)));
        Ok(())
    }

    /// Runs all workers on to rows for the caller; `None` if there are none or the pipeline is done.
    fn run_together(&mut self) -> Result<Option<Given>> {
        let Some(Pipeline::Together(stage)) = &mut self.running else { return Ok(None) };
        if stage.advance()? {
            let Some(target) = self.target.as_deref_mut() else { return Ok(Some(Given::Stage)) };
            self.changes += stage.hand_over(target)?;
            return Ok(None);
        }
        if let Some((limit, state)) = stage.limit() {
            self.limits[limit.index()] = state;
        }
        self.workers = stage.finish();
        self.running = None;
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
