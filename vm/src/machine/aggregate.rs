//! Aggregation: groups by key, the states of aggregates, and their results.

use super::distinct::{DistinctArguments, KeyedGroups};
use super::runs::{Position, Runs};
use super::united::{Groups, Part, unite};
use super::worker::{Worker, with_vectors};
use crate::aggregates::{AggregateCall, AggregateStates, Distinct, Filter};
use crate::error::{Error, Result};
use crate::kernel::Accumulator;
use crate::kernel::grouped::Grouped;
use crate::memory::Context;
use crate::program::{AggId, AggregationSpec, KernelId, List, Op, Program, Register, Space};
use crate::types::Form;
use crate::value::Value;
use crate::vector::{Bits, Vector};

/// An aggregation that is being filled.
pub(super) struct Aggregation {
    part: Part,
    /// The group of each row of the batch.
    row_groups: Vec<u32>,
    context: Context,
}

/// An aggregate of it.
pub(super) struct Call {
    pub(super) spec: AggregateCall,
    pub(super) states: Box<dyn AggregateStates>,
    pub(super) distinct: Option<DistinctArguments>,
    filter: Bits,
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

    /// Adds rows that come from `position`.
    fn update(&mut self, position: Position, groups: &[u32], registers: &[&Vector], context: &Context) -> Result<()> {
        let (arguments, filter) = match (self.spec.filter, registers) {
            (Filter::Last, [arguments @ .., filter]) => {
                (arguments, Some(true_rows(filter, groups.len(), &mut self.filter)))
            }
            (Filter::None | Filter::Last, arguments) => (arguments, None),
        };
        match &mut self.distinct {
            Some(distinct) => distinct.add(position, (groups, arguments), filter, context),
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
        let part = Part { groups, calls, runs: Runs::default() };
        Ok(Aggregation { part, row_groups: Vec::new(), context: context.clone() })
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
        match &mut self.part.groups {
            Some(groups) => {
                self.part.runs.note(position, groups.index.table.groups());
                let columns = keys.iter().map(|register| &registers[register.index()]);
                groups.assign(columns, rows, &mut self.row_groups, &self.context)?;
            }
            None => {
                self.row_groups.clear();
                self.row_groups.resize(rows, 0);
            }
        }
        let count = self.part.count();
        let mut rest = arguments;
        for call in &mut self.part.calls {
            let (own, others) = rest.split_at(call.width());
            rest = others;
            call.states.grow(count, &self.context)?;
            call.states.begin(position.0);
            let groups = &self.row_groups;
            with_vectors(registers, own, |vectors| call.update(position, groups, vectors, &self.context))
                .map_err(|error| error.at(call.spec.span))?;
        }
        Ok(())
    }

    /// Adds what a kernel has of its groups, whose first rows came as `runs` says.
    fn add_groups(&mut self, spec: &AggregationSpec, grouped: &Grouped, runs: &Runs) -> Result<()> {
        let Some(groups) = &mut self.part.groups else { return Err(Error::internal("groups without keys")) };
        for (stretch, position) in runs.stretches(grouped.order().len()) {
            let order = &grouped.order()[stretch.start as usize..stretch.end as usize];
            self.part.runs.note(position, groups.index.table.groups());
            let mut columns: Vec<Vector> = spec.keys.iter().map(|key| Vector::empty(key.form())).collect();
            for group in order {
                let key = grouped.plan.key_values(*group);
                columns.iter_mut().zip(key).for_each(|(column, value)| column.push(&key_value(column.form(), value)));
            }
            groups.assign(columns.iter(), order.len(), &mut self.row_groups, &self.context)?;
            let count = groups.index.table.groups();
            for (number, call) in self.part.calls.iter_mut().enumerate() {
                call.states.grow(count, &self.context)?;
                for (from, into) in order.iter().zip(&self.row_groups) {
                    let merged = call.states.merge_accumulator(*into, &grouped.accumulator(*from, number));
                    merged.map_err(|error| error.at(call.spec.span))?;
                }
            }
        }
        Ok(())
    }

    /// What it has come to.
    pub(super) fn into_part(self) -> Part {
        self.part
    }
}

/// A key as a kernel has it, in a column of a form.
fn key_value(form: Form, value: Option<i32>) -> Value {
    match value {
        None => Value::Null,
        Some(truth) if form == Form::Bits => Value::Boolean(truth != 0),
        Some(value) => Value::Integer(value.into()),
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
        if let Op::AggMerge { agg: merged, .. } = op
            && *merged == agg
        {
            nullable.fill(true);
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
        let (state, runs) = (&mut self.kernels[kernel.index()], &mut self.kernel_runs[kernel.index()]);
        if let Some(grouped) = state.grouped() {
            aggregation.add_groups(&program.aggregations[agg.index()], grouped, runs)?;
            state.reset_groups();
            runs.clear();
            return Ok(());
        }
        for (call, accumulator) in aggregation.part.calls.iter_mut().zip(state.accumulators_mut()) {
            call.states.merge_accumulator(0, accumulator).map_err(|error| error.at(call.spec.span))?;
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
    unite(parts.map(Aggregation::into_part).collect(), &workers[0].context)
}
