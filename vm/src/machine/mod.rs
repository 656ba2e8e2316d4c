//! The machine: runs verified programs, a batch at a time.
//!
//! Its state is a program counter and registers, so it stops at every `ResultRow`, hands out the batch, and goes on
//! when it is asked for the next. What belongs to one worker alone (registers, row spaces, kernel states, sinks
//! that are being filled) is a [`Worker`]; what all workers of a statement see (sealed hash tables, finished
//! aggregations and sorters, scans, LIMIT) is [`Shared`]. A pipeline writes only to its worker; the instruction
//! that ends a sink merges what the workers have filled.

mod aggregate;
mod call;
mod columns;
mod cursor;
mod cut;
mod dense;
mod groups;
mod join;
mod join_table;
mod keys;
mod lookup;
mod output;
mod sort;
mod sort_keys;
mod strings;
mod worker;

use std::sync::Arc;

pub use output::Batch;

use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{Label, List, Op, Space, VerifiedProgram};
use crate::table::TableSink;
use crate::value::Value;
use call::KernelRun;
use worker::{Shared, Worker};

/// A verified program in the course of running.
pub struct Machine {
    program: VerifiedProgram,
    /// The address of the next instruction.
    next: usize,
    worker: Worker,
    shared: Shared,
    target: Option<Box<dyn TableSink>>,
    changes: u64,
}

/// Where to go after an instruction.
enum Step {
    /// To the next one.
    Continue,
    /// To a label.
    Jump(Label),
    /// To the caller, with a batch of rows.
    Rows(Space, List),
    /// To the caller: the statement is done.
    Halt,
}

impl Machine {
    /// A machine at the start of `program`. `target` is what `Insert` appends to.
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
        let worker = Worker::new(program, Arc::from(parameters), context)?;
        let shared = Shared::new(program);
        Ok(Machine { program: program.clone(), next: 0, worker, shared, target, changes: 0 })
    }

    /// Runs on to the next batch of the result; `None` when the statement is done. After an error it is done too.
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>> {
        loop {
            let Some(op) = self.program.program().code.get(self.next).copied() else { return Ok(None) };
            match self.step(op) {
                Ok(Step::Continue) => self.next += 1,
                Ok(Step::Jump(label)) => self.next = label.index(),
                Ok(Step::Rows(space, list)) => {
                    self.next += 1;
                    let program = self.program.program();
                    return Ok(Some(self.worker.batch(space, &program.lists[list.index()])));
                }
                Ok(Step::Halt) => {
                    self.next = usize::MAX;
                    return Ok(None);
                }
                Err(error) => {
                    let span = self.program.program().spans.get(self.next).copied().unwrap_or_default();
                    self.next = usize::MAX;
                    return Err(error.at(span));
                }
            }
        }
    }

    /// Rows appended to the target so far.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn step(&mut self, op: Op) -> Result<Step> {
        let verified = &self.program;
        let program = verified.program();
        let (worker, shared) = (&mut self.worker, &mut self.shared);
        match op {
            Op::Init { target } => return Ok(Step::Jump(target)),
            Op::Halt {} => return Ok(Step::Halt),
            Op::OpenRead { cursor, table } => worker.open_read(program, cursor, table)?,
            Op::OpenRows { cursor, rows } => worker.open_rows(cursor, rows),
            Op::AggFinal { cursor, agg } => worker.agg_final(shared, cursor, agg)?,
            Op::SortFinal { cursor, sorter } => worker.sort_final(shared, cursor, sorter)?,
            Op::Rewind { cursor, end } => return worker.rewind(verified, shared, self.next, cursor, end),
            Op::Column { cursor, space, columns } => worker.column(program, cursor, space, columns)?,
            Op::Next { cursor, body } => return worker.next(verified, shared, self.next, cursor, body),
            Op::Kernel { kernel, space, passed, inputs, outputs } => {
                worker.kernel(verified, self.next, KernelRun { kernel, space, passed, inputs, outputs })?;
            }
            Op::Function { call, space, result } => worker.function(verified, self.next, (call, space, result))?,
            Op::Gather { space, from, to } => worker.gather(program, space, from, to),
            Op::Lookup { lookup, space: _, from, to } => worker.lookup(program, lookup, from, to)?,
            Op::HashOpen { hash } => worker.hash_open(program, hash),
            Op::HashInsert { hash, space, keys, columns } => worker.hash_insert(program, hash, space, keys, columns)?,
            Op::HashSeal { hash } => worker.hash_seal(shared, hash)?,
            Op::HashProbe { hash, space, pairs, keys } => {
                worker.hash_probe(verified, shared, self.next, (hash, space, pairs, keys))?;
            }
            Op::HashMatch { hash, pairs, joined, mark } => {
                worker.hash_match(program, shared, (hash, pairs, joined, mark))?;
            }
            Op::HashColumn { hash, space, column, to } => {
                worker.hash_column(program, shared, (hash, space, column, to))?;
            }
            Op::HashNext { hash, pairs, body } => {
                return worker.hash_next(verified, shared, self.next, (hash, pairs, body));
            }
            Op::AggOpen { agg } => worker.agg_open(program, agg)?,
            Op::AggStep { agg, space, keys, arguments } => worker.agg_step(program, (agg, space, keys, arguments))?,
            Op::AggMerge { agg, kernel } => worker.agg_merge(agg, kernel)?,
            Op::SortOpen { sorter } => worker.sort_open(program, sorter),
            Op::SortInsert { sorter, space, columns } => worker.sort_insert(program, (sorter, space, columns))?,
            Op::Limit { limit, space, kept, end } => return worker.limit(program, shared, (limit, space, kept, end)),
            Op::ResultRow { space, columns } => return Ok(Step::Rows(space, columns)),
            Op::Insert { space, columns } => {
                let target = self.target.as_deref_mut();
                self.changes += worker.insert(program, target, space, columns)?;
            }
        }
        Ok(Step::Continue)
    }
}

#[cfg(test)]
mod tests;
