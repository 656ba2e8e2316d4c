//! Aggregation: groups by key, the states of aggregates, and their results.

use super::columns::{ColumnStore, window};
use super::distinct::{DistinctArguments, KeyedGroups};
use super::runs::{Position, Runs};
use super::worker::{Worker, with_vectors};
use crate::aggregates::{AggregateCall, AggregateStates, Distinct, Filter};
use crate::error::{Error, Result};
use crate::kernel::Accumulator;
use crate::memory::Context;
use crate::program::{AggId, AggregationSpec, KernelId, List, Op, Program, Register, Space};
use crate::types::Form;
use crate::vector::{Bits, Values, Vector};

/// An aggregation that is being filled.
pub(super) struct Aggregation {
    /// The groups by key; `None` if there are no keys and so one group.
    groups: Option<KeyedGroups>,
    calls: Vec<Call>,
    /// Where the rows that made the groups come from.
    runs: Runs,
    /// The group of each row of the batch.
    row_groups: Vec<u32>,
    /// Workers whose groups were added, for [`Aggregation::order`].
    merged: Vec<Merged>,
    context: Context,
}

/// The groups of a worker as they were before they were added to another's.
struct Merged {
    runs: Runs,
    /// What number each has now.
    numbers: Vec<u32>,
}

/// An aggregate of it.
struct Call {
    spec: AggregateCall,
    states: Box<dyn AggregateStates>,
    distinct: Option<DistinctArguments>,
    filter: Bits,
}

/// An ended aggregation.
pub(super) struct Groups {
    keys: Option<ColumnStore>,
    calls: Vec<Call>,
    count: usize,
    /// The groups in the order in which their first rows came, where that is not the order of their numbers.
    order: Option<Vec<u32>>,
}

impl Call {
    fn new(spec: &AggregateCall, context: &Context) -> Call {
        let states = (spec.states)(&spec.argument_types, &spec.result_type);
        let distinct = (spec.distinct == Distinct::Distinct).then(|| DistinctArguments::new(spec, context));
        Call { spec: spec.clone(), states, distinct, filter: Bits::default() }
    }

    /// Registers that a step has for it: its arguments, and its filter.
    fn width(&self) -> usize {
        self.spec.argument_types.len() + usize::from(self.spec.filter == Filter::Last)
    }

    fn update(&mut self, groups: &[u32], registers: &[&Vector], context: &Context) -> Result<()> {
        let (arguments, filter) = match (self.spec.filter, registers) {
            (Filter::Last, [arguments @ .., filter]) => {
                (arguments, Some(true_rows(filter, groups.len(), &mut self.filter)))
            }
            (Filter::None | Filter::Last, arguments) => (arguments, None),
        };
        match &mut self.distinct {
            Some(distinct) => distinct.add(groups, arguments, filter, context),
            None => self.states.update(groups, arguments, filter, context),
        }
    }
}

/// The rows in which a BOOLEAN is true: neither false nor NULL.
fn true_rows<'a>(condition: &'a Vector, rows: usize, scratch: &'a mut Bits) -> &'a Bits {
    let bits = condition.bits();
    let Some(known) = condition.validity.bits() else { return bits };
    scratch.refill_words(rows, |index| bits.word(index) & known.word(index));
    scratch
}

impl Aggregation {
    pub(super) fn new(spec: &AggregationSpec, nullable: &[bool], context: &Context) -> Result<Aggregation> {
        let types = spec.keys.iter().cloned().zip(nullable.iter().copied());
        let mut calls: Vec<Call> = spec.calls.iter().map(|call| Call::new(call, context)).collect();
        let groups = (!spec.keys.is_empty()).then(|| KeyedGroups::new(types, &spec.keys, context));
        if groups.is_none() {
            calls.iter_mut().try_for_each(|call| call.states.grow(1, context))?;
        }
        Ok(Aggregation {
            groups,
            calls,
            runs: Runs::default(),
            row_groups: Vec::new(),
            merged: Vec::new(),
            context: context.clone(),
        })
    }

    /// How many groups there are.
    fn count(&self) -> usize {
        self.groups.as_ref().map_or(1, |groups| groups.table.groups())
    }

    /// Adds rows that come from `position`.
    pub(super) fn step(
        &mut self,
        position: Position,
        registers: &[Vector],
        keys: &[Register],
        arguments: &[Register],
        rows: usize,
    ) -> Result<()> {
        match &mut self.groups {
            Some(groups) => {
                self.runs.note(position, groups.table.groups());
                let columns = keys.iter().map(|register| &registers[register.index()]);
                groups.assign(columns, rows, &mut self.row_groups, &self.context)?;
            }
            None => {
                self.row_groups.clear();
                self.row_groups.resize(rows, 0);
            }
        }
        let count = self.count();
        let mut rest = arguments;
        for call in &mut self.calls {
            let (own, others) = rest.split_at(call.width());
            rest = others;
            call.states.grow(count, &self.context)?;
            call.states.begin(position.0);
            let groups = &self.row_groups;
            with_vectors(registers, own, |vectors| call.update(groups, vectors, &self.context))
                .map_err(|error| error.at(call.spec.span))?;
        }
        Ok(())
    }

    /// Adds the groups of another worker.
    pub(super) fn merge(mut self, other: Aggregation) -> Result<Aggregation> {
        let context = self.context.clone();
        let mut numbers = vec![0u32; 1];
        if let (Some(groups), Some(mut others)) = (&mut self.groups, other.groups) {
            others.keys.share();
            let mut memory = context.reservation("aggregation");
            memory.grow((groups.table.groups() + others.keys.rows()) * 4)?;
            if self.merged.is_empty() {
                let own = (0..groups.table.groups() as u32).collect();
                self.merged.push(Merged { runs: std::mem::take(&mut self.runs), numbers: own });
            }
            groups.assign(others.keys.columns().iter(), others.keys.rows(), &mut numbers, &context)?;
        }
        let count = self.count();
        for (call, other) in self.calls.iter_mut().zip(other.calls) {
            call.states.grow(count, &context)?;
            call.states.merge(&*other.states, &numbers)?;
            if let (Some(distinct), Some(mut others)) = (&mut call.distinct, other.distinct) {
                others.pairs.keys.share();
                let columns = others.pairs.keys.columns();
                let Values::I64(groups) = &columns[0].values else {
                    return Err(Error::internal("group numbers are I64"));
                };
                let groups: Vec<u32> = groups.iter().map(|&group| numbers[group as usize]).collect();
                distinct.add_all(&groups, columns[1..].iter(), &context)?;
            }
        }
        if self.groups.is_some() {
            self.merged.push(Merged { runs: other.runs, numbers });
        }
        Ok(self)
    }

    /// The groups in the order in which their first rows came; `None` if that is the order of their numbers.
    fn order(&self) -> Result<Option<Vec<u32>>> {
        if self.merged.len() < 2 {
            return Ok(None);
        }
        let count = self.count();
        let mut memory = self.context.reservation("aggregation");
        memory.grow(count * (8 + 16))?;
        let mut first = vec![Position(u64::MAX); count];
        for worker in &self.merged {
            for (stretch, position) in worker.runs.stretches(worker.numbers.len()) {
                for group in &worker.numbers[stretch.start as usize..stretch.end as usize] {
                    let first = &mut first[*group as usize];
                    *first = position.min(*first);
                }
            }
        }
        // Each worker's groups that it was first to see are in order: the sort has only to merge them.
        let mut order: Vec<u32> = Vec::with_capacity(count);
        for worker in &self.merged {
            for (stretch, position) in worker.runs.stretches(worker.numbers.len()) {
                let groups = &worker.numbers[stretch.start as usize..stretch.end as usize];
                order.extend(groups.iter().filter(|group| first[**group as usize] == position));
            }
        }
        order.sort_by_key(|group| first[*group as usize]);
        Ok(Some(order))
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<Groups> {
        let order = self.order()?;
        let (count, context) = (self.count(), self.context);
        let mut calls = self.calls;
        for call in &mut calls {
            call.states.grow(count, &context)?;
            if let Some(distinct) = call.distinct.take() {
                distinct.finish(&mut *call.states, &context).map_err(|error| error.at(call.spec.span))?;
            }
        }
        let keys = self.groups.map(|mut groups| {
            groups.keys.share();
            groups.keys
        });
        Ok(Groups { keys, calls, count, order })
    }
}

impl Groups {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Reads at most `rows_max` groups from the `first`-th on: keys, then results.
    pub(super) fn read(&self, first: usize, rows_max: usize, columns: &mut Vec<Vector>) -> Result<usize> {
        let rows = (self.count - first).min(rows_max);
        let keys = self.keys.as_ref().map_or(&[][..], ColumnStore::columns);
        let order = self.order.as_ref().map(|order| &order[first..first + rows]);
        columns.resize_with(keys.len() + self.calls.len(), || Vector::empty(Form::Bits));
        for (column, key) in columns.iter_mut().zip(keys) {
            match order {
                None => window(column, key, first, rows),
                Some(groups) => column.gather(key, groups),
            }
        }
        for (column, call) in columns[keys.len()..].iter_mut().zip(&self.calls) {
            column.reset(call.spec.result_type.form());
            let mut finish = |first: usize, count: usize| {
                call.states.finish(first, count, column).map_err(|error| error.at(call.spec.span))
            };
            match order {
                None => finish(first, rows)?,
                // Groups that came together most often have numbers that follow one another.
                Some(groups) => groups
                    .chunk_by(|one, next| one + 1 == *next)
                    .try_for_each(|stretch| finish(stretch[0] as usize, stretch.len()))?,
            }
        }
        Ok(rows)
    }
}

/// For each key of an aggregation, whether any of its steps may bring a NULL.
fn nullable_keys(program: &Program, agg: AggId) -> Vec<bool> {
    let mut nullable = vec![false; program.aggregations[agg.index()].keys.len()];
    for op in &program.code {
        if let Op::AggStep { agg: stepped, keys, .. } = op
            && *stepped == agg
        {
            for (nullable, register) in nullable.iter_mut().zip(&program.lists[keys.index()]) {
                *nullable |= program.registers[register.index()].nullable;
            }
        }
    }
    nullable
}

impl Worker {
    /// The aggregation that this worker fills.
    fn aggregation(&mut self, program: &Program, agg: AggId) -> Result<&mut Aggregation> {
        let slot = &mut self.aggregations[agg.index()];
        if slot.is_none() {
            let spec = &program.aggregations[agg.index()];
            *slot = Some(Aggregation::new(spec, &nullable_keys(program, agg), &self.context)?);
        }
        slot.as_mut().ok_or_else(|| Error::internal("no aggregation"))
    }

    pub(super) fn agg_step(
        &mut self,
        program: &Program,
        (agg, space, keys, arguments): (AggId, Space, List, List),
    ) -> Result<()> {
        let (rows, position) = (self.rows(space), self.position);
        self.aggregation(program, agg)?;
        let Some(aggregation) = &mut self.aggregations[agg.index()] else { return Ok(()) };
        let lists = &program.lists;
        aggregation.step(position, &self.registers, &lists[keys.index()], &lists[arguments.index()], rows)
    }

    pub(super) fn agg_merge(&mut self, program: &Program, agg: AggId, kernel: KernelId) -> Result<()> {
        self.aggregation(program, agg)?;
        let Some(aggregation) = &mut self.aggregations[agg.index()] else { return Ok(()) };
        let accumulators = self.kernels[kernel.index()].accumulators_mut();
        for (call, accumulator) in aggregation.calls.iter_mut().zip(accumulators) {
            call.states.merge_accumulator(accumulator).map_err(|error| error.at(call.spec.span))?;
            // In a recursion the kernel runs again, for another aggregation.
            *accumulator = Accumulator::new(accumulator.slot());
        }
        Ok(())
    }
}

/// Unites what workers have aggregated, and ends it.
pub(super) fn finish(program: &Program, agg: AggId, workers: &mut [Worker]) -> Result<Groups> {
    // Without rows nobody has opened it; without keys there is a group even then.
    workers[0].aggregation(program, agg)?;
    let parts = workers.iter_mut().filter_map(|worker| worker.aggregations[agg.index()].take());
    let merged = parts.map(Ok).reduce(|one, other| one?.merge(other?)).transpose()?;
    merged.ok_or_else(|| Error::internal("no aggregation"))?.finish()
}
