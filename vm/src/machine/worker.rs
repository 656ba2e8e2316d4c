//! What belongs to one worker, and what all workers share.

use std::sync::Arc;

use super::aggregate::{Aggregation, Groups};
use super::cursor::Cursor;
use super::cut::Pending;
use super::join::Probe;
use super::join_table::{JoinBuild, JoinTable};
use super::sort::{Sorted, Sorter};
use crate::error::Result;
use crate::kernel::KernelState;
use crate::memory::Context;
use crate::program::{Program, Register, Space, SpaceOrigin, VerifiedProgram};
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
    pub(super) kernels: Vec<KernelState>,
    pub(super) cursors: Vec<Option<Cursor>>,
    pub(super) builds: Vec<Option<JoinBuild>>,
    pub(super) probes: Vec<Probe>,
    pub(super) aggregations: Vec<Option<Aggregation>>,
    pub(super) sorters: Vec<Option<Sorter>>,
    pub(super) parameters: Arc<[Value]>,
    pub(super) context: Context,
    pub(super) scratch: Scratch,
    /// An error that is raised when the rows before it are given.
    pub(super) pending: Option<Pending>,
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

/// What all workers of a statement see.
pub(super) struct Shared {
    pub(super) hashes: Vec<Option<JoinTable>>,
    pub(super) groups: Vec<Option<Groups>>,
    pub(super) sorted: Vec<Option<Sorted>>,
    pub(super) limits: Vec<LimitState>,
}

/// How far a LIMIT has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct LimitState {
    /// Rows still to leave out.
    pub skip: u64,
    /// Rows still to give.
    pub give: u64,
}

fn none<T>(length: usize) -> Vec<Option<T>> {
    (0..length).map(|_| None).collect()
}

impl Worker {
    pub(super) fn new(verified: &VerifiedProgram, parameters: Arc<[Value]>, context: Context) -> Result<Worker> {
        let program = verified.program();
        let kernel = |kernel| KernelState::new(kernel, &parameters, context.batch_rows);
        Ok(Worker {
            registers: program.registers.iter().map(|register| Vector::empty(register.form)).collect(),
            spaces: program.spaces.iter().map(|_| RowSpace::default()).collect(),
            kernels: verified.kernels().iter().map(kernel).collect::<Result<_>>()?,
            cursors: none(program.cursors.into()),
            builds: none(program.hashes.len()),
            probes: program.hashes.iter().map(|_| Probe::default()).collect(),
            aggregations: none(program.aggregations.len()),
            sorters: none(program.sorters.len()),
            parameters,
            context,
            scratch: Scratch::default(),
            pending: None,
        })
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

impl Shared {
    pub(super) fn new(verified: &VerifiedProgram) -> Shared {
        let program = verified.program();
        let limit = |limit: &crate::program::LimitSpec| LimitState { skip: limit.offset, give: limit.limit };
        Shared {
            hashes: none(program.hashes.len()),
            groups: none(program.aggregations.len()),
            sorted: none(program.sorters.len()),
            limits: program.limits.iter().map(limit).collect(),
        }
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
    const USUAL: usize = 24;
    if list.len() > USUAL {
        let vectors: Vec<&Vector> = list.iter().map(|register| &registers[register.index()]).collect();
        return run(&vectors);
    }
    let empty = Vector::empty(crate::types::Form::Bits);
    let mut vectors = [&empty; USUAL];
    for (vector, register) in vectors.iter_mut().zip(list) {
        *vector = &registers[register.index()];
    }
    run(&vectors[..list.len()])
}
