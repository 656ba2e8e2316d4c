//! What belongs to one worker, and what all workers share.

use std::sync::Arc;
use std::time::Instant;

use super::aggregate::Aggregation;
use super::call::KernelRun;
use super::cursor::Reader;
use super::cut::Pending;
use super::join::Probe;
use super::join_table::JoinBuild;
use super::key_filter::Worth;
use super::profile::{Profile, space_after};
use super::runs::{Position, Runs};
use super::sort::Sorter;
use super::turns::Added;
use super::{Shared, Step};
use crate::error::{Error, Result};
use crate::jit::TieredState;
use crate::kernel::VerifiedKernel;
use crate::kernel::grouped::Grouped;
use crate::memory::{Context, Reservation};
use crate::program::{LimitSpec, List, Op, Program, Register, Space, SpaceOrigin, VerifiedProgram};
use crate::value::Value;
use crate::vector::{Bits, Vector};

/// The rows that the current batch has at one point of a pipeline.
#[derive(Debug, Default)]
pub(super) struct RowSpace {
    /// How many.
    pub rows: usize,
    /// Which rows of the parent space they are; not kept where they are all of them.
    pub selection: Vec<u32>,
    /// Whether they are all of the parent's rows, in order.
    pub whole: bool,
}

/// Rows of some space.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rows<'a> {
    /// All of them; so many.
    All(usize),
    /// Those of these numbers, in this order.
    Selected(&'a [u32]),
}

impl Rows<'_> {
    /// How many.
    pub(super) fn len(self) -> usize {
        match self {
            Rows::All(rows) => rows,
            Rows::Selected(rows) => rows.len(),
        }
    }
}

/// Everything that one worker writes.
pub(super) struct Worker {
    pub(super) registers: Vec<Vector>,
    pub(super) spaces: Vec<RowSpace>,
    pub(super) kernels: Vec<TieredState>,
    /// For kernels with groups, where the first rows of those came from.
    pub(super) kernel_runs: Vec<Runs>,
    /// For the groups of kernels.
    pub(super) memory: Reservation,
    /// What the pipeline reads.
    pub(super) reader: Option<Reader>,
    /// How often it has begun to read.
    pub(super) passes: u64,
    pub(super) builds: Vec<Option<JoinBuild>>,
    pub(super) probes: Vec<Probe>,
    /// For each kernel what the keys that it drops rows by are worth.
    pub(super) key_worths: Vec<Vec<Worth>>,
    pub(super) aggregations: Vec<Option<Aggregation>>,
    pub(super) sorters: Vec<Option<Sorter>>,
    /// Rows for queues.
    pub(super) queues: Vec<Option<Added>>,
    /// Vectors of a reader that is gone, for the next one.
    pub(super) spare: Vec<Vector>,
    pub(super) limits: Vec<LimitState>,
    pub(super) parameters: Arc<[Value]>,
    pub(super) context: Context,
    pub(super) scratch: Scratch,
    /// An error that is raised when the rows before it are given.
    pub(super) pending: Option<Pending>,
    /// Where the rows that it handles stand in the order of their source.
    pub(super) position: Position,
    /// The address of the next instruction.
    pub(super) next: usize,
    /// What was done, if somebody asks.
    pub(super) profile: Option<Box<Profile>>,
}

/// Memory that instructions borrow for the time of one batch.
#[derive(Default)]
pub(super) struct Scratch {
    /// Registers that are being written.
    pub outputs: Vec<Vector>,
    /// A composed selection.
    pub rows: Vec<u32>,
    /// Row numbers of a join's build side.
    pub partners: Vec<u32>,
    /// Rows in which all arguments of a strict function are valid.
    pub valid: Bits,
    /// Rows in which a function may fail.
    pub guard: Bits,
}

/// How far a LIMIT has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitState {
    /// Rows still to leave out.
    pub skip: u64,
    /// Rows still to give.
    pub give: u64,
}

impl LimitState {
    pub(super) fn new(limit: &LimitSpec) -> LimitState {
        LimitState { skip: limit.offset, give: limit.limit }
    }
}

/// Why a worker stops.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// It has rows to deliver: to the caller or to the target.
    Rows(Space, List),
    /// The morsel is at its end.
    Morsel,
}

fn none<T>(length: usize) -> Vec<Option<T>> {
    (0..length).map(|_| None).collect()
}

impl Worker {
    pub(super) fn new(verified: &VerifiedProgram, parameters: &Arc<[Value]>, context: &Context) -> Result<Worker> {
        let program = verified.program();
        let tables: Vec<&Vector> = program.lookups.iter().map(|table| &*table.values).collect();
        let mut memory = context.reservation("aggregation");
        for plan in verified.kernels().iter().filter_map(VerifiedKernel::groups) {
            memory.grow(Grouped::bytes_in_use(plan))?;
        }
        let tiers = || (context.jit, context.code_cache.clone());
        let kernel = |kernel| TieredState::new(kernel, parameters, &tables, context.batch_rows, tiers());
        Ok(Worker {
            registers: program.registers.iter().map(|register| Vector::empty(register.form)).collect(),
            spaces: program.spaces.iter().map(|_| RowSpace::default()).collect(),
            kernels: verified.kernels().iter().map(kernel).collect::<Result<_>>()?,
            kernel_runs: vec![Runs::default(); verified.kernels().len()],
            memory,
            reader: None,
            passes: 0,
            builds: none(program.hashes.len()),
            probes: program.hashes.iter().map(|_| Probe::default()).collect(),
            key_worths: verified.kernel_keys().map(|keys| vec![Worth::default(); keys.len()]).collect(),
            aggregations: none(program.aggregations.len()),
            sorters: none(program.sorters.len()),
            queues: none(program.queues.len()),
            spare: Vec::new(),
            limits: Vec::new(),
            parameters: Arc::clone(parameters),
            context: context.clone(),
            scratch: Scratch::default(),
            pending: None,
            position: Position::default(),
            next: 0,
            profile: None,
        })
    }

    /// Goes on in its pipeline until there are rows to deliver or its morsel is at its end. `wanted` is asked once a
    /// round of a loop; after a no the rest of the morsel is left.
    pub(super) fn run(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        wanted: impl Fn() -> bool,
    ) -> Result<Stop> {
        loop {
            let op = verified.program().code[self.next];
            if matches!(op, Op::Next { .. } | Op::HashNext { .. }) && !wanted() {
                return Ok(Stop::Morsel);
            }
            let step = match self.profile {
                None => self.step(verified, shared, op),
                Some(_) => self.step_profiled(verified, shared, op),
            };
            match step {
                Ok(Step::Continue) => self.next += 1,
                Ok(Step::Jump(label)) => self.next = label.index(),
                Ok(Step::Rows(space, list)) => {
                    self.next += 1;
                    return Ok(Stop::Rows(space, list));
                }
                Ok(Step::Morsel) => return Ok(Stop::Morsel),
                Err(error) => {
                    return Err(error.at(verified.program().spans.get(self.next).copied().unwrap_or_default()));
                }
            }
        }
    }

    fn step_profiled(&mut self, verified: &VerifiedProgram, shared: &Shared, op: Op) -> Result<Step> {
        let start = Instant::now();
        let step = self.step(verified, shared, op);
        let rows = match (op, &step) {
            // The pairs that are there have been counted.
            (Op::HashNext { .. }, Ok(Step::Continue)) => 0,
            _ => space_after(op).map_or(0, |space| self.rows(space) as u64),
        };
        if let Some(profile) = &mut self.profile {
            profile.note(self.next, start, rows);
        }
        step
    }

    /// An instruction inside a pipeline.
    fn step(&mut self, verified: &VerifiedProgram, shared: &Shared, op: Op) -> Result<Step> {
        let program = verified.program();
        match op {
            Op::Column { cursor, space, columns } => self.column(program, cursor, space, columns)?,
            Op::Next { body, .. } => return self.next_rows(verified, body),
            Op::Kernel { kernel, space, passed, inputs, outputs } => {
                self.kernel(verified, shared, self.next, KernelRun { kernel, space, passed, inputs, outputs })?;
            }
            Op::Function { call, space, result } => self.function(verified, self.next, (call, space, result))?,
            Op::Gather { space, from, to } => self.gather(program, space, from, to),
            Op::Lookup { lookup, space: _, from, to } => self.lookup(program, lookup, from, to)?,
            Op::HashInsert { hash, space, keys, columns } => self.hash_insert(program, hash, space, keys, columns)?,
            Op::HashProbe { hash, space, pairs, keys } => {
                self.hash_probe(verified, shared, self.next, (hash, space, pairs, keys))?;
            }
            Op::HashMatch { hash, pairs, joined, mark } => {
                self.hash_match(program, shared, (hash, pairs, joined, mark))?;
            }
            Op::HashColumn { hash, space, column, to } => {
                self.hash_column(program, shared, (hash, space, column, to))?;
            }
            Op::HashNext { hash, pairs, body } => {
                return self.hash_next(verified, shared, self.next, (hash, pairs, body));
            }
            Op::AggStep { agg, space, keys, arguments } => self.agg_step(program, (agg, space, keys, arguments))?,
            Op::SortInsert { sorter, space, columns } => self.sort_insert(program, (sorter, space, columns))?,
            Op::QueueInsert { queue, space, columns } => self.queue_insert(program, (queue, space, columns))?,
            Op::Limit { limit, space, kept, end: _ } => return self.limit((limit, space, kept)),
            Op::ResultRow { space, columns }
            | Op::Insert { space, columns }
            | Op::Delete { space, columns }
            | Op::Update { space, columns } => return Ok(Step::Rows(space, columns)),
            other => return Err(Error::internal(format!("{} inside a pipeline", other.name()))),
        }
        Ok(Step::Continue)
    }

    /// Takes a register out to be written; [`Worker::put`] brings it back.
    pub(super) fn take(&mut self, register: Register) -> Vector {
        std::mem::replace(&mut self.registers[register.index()], Vector::empty(crate::types::Form::Bits))
    }

    /// Brings a register back.
    pub(super) fn put(&mut self, register: Register, vector: Vector) {
        self.registers[register.index()] = vector;
    }

    /// How many rows a space has.
    pub(super) fn rows(&self, space: Space) -> usize {
        self.spaces[space.index()].rows
    }

    /// Makes `space` all `rows` rows of its parent or of its cursor's batch.
    pub(super) fn set_whole(&mut self, space: Space, rows: usize) {
        let space = &mut self.spaces[space.index()];
        space.rows = rows;
        space.whole = true;
    }
}

/// Which rows of `ancestor` the rows of `space` are. `ancestor` is `space` itself or one that it descends from.
pub(super) fn rows_of<'a>(
    program: &Program,
    spaces: &'a [RowSpace],
    space: Space,
    ancestor: Space,
    scratch: &'a mut Vec<u32>,
) -> Rows<'a> {
    let mut current = space;
    let mut first: Option<Space> = None;
    let mut composed = false;
    while current != ancestor {
        let here = &spaces[current.index()];
        if !here.whole {
            match first {
                None => first = Some(current),
                Some(first) => {
                    if !composed {
                        scratch.clear();
                        scratch.extend_from_slice(&spaces[first.index()].selection);
                        composed = true;
                    }
                    scratch.iter_mut().for_each(|row| *row = here.selection[*row as usize]);
                }
            }
        }
        current = match program.spaces[current.index()] {
            SpaceOrigin::Selection(parent) => parent,
            SpaceOrigin::Cursor => unreachable!("the verifier has seen that {space} descends from {ancestor}"),
        };
    }
    match first {
        None => Rows::All(spaces[space.index()].rows),
        Some(_) if composed => Rows::Selected(scratch),
        Some(first) => Rows::Selected(&spaces[first.index()].selection),
    }
}

/// Calls `run` with the registers of a list, without allocating for lists of usual length.
pub(super) fn with_vectors<T>(registers: &[Vector], list: &[Register], run: impl FnOnce(&[&Vector]) -> T) -> T {
    // Wider lists take a wider array; only those that no query of a usual width has are collected.
    match list.len() {
        0..=24 => with_array::<24, T>(registers, list, run),
        25..=256 => with_array::<256, T>(registers, list, run),
        _ => run(&list.iter().map(|register| &registers[register.index()]).collect::<Vec<_>>()),
    }
}

fn with_array<const WIDTH: usize, T>(registers: &[Vector], list: &[Register], run: impl FnOnce(&[&Vector]) -> T) -> T {
    let empty = Vector::empty(crate::types::Form::Bits);
    let mut vectors = [&empty; WIDTH];
    for (vector, register) in vectors.iter_mut().zip(list) {
        *vector = &registers[register.index()];
    }
    run(&vectors[..list.len()])
}
