//! Aggregation: groups by key, the states of aggregates, and their results.

use super::columns::{ColumnStore, window};
use super::cursor::Cursor;
use super::groups::GroupTable;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, Strings};
use super::strings::StringTable;
use super::worker::{Rows, Shared, Worker, with_vectors};
use crate::aggregates::{AggregateCall, AggregateStates, Distinct, Filter};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{AggId, AggregationSpec, Cursor as CursorId, KernelId, List, Op, Program, Register, Space};
use crate::types::{DataType, Form};
use crate::vector::{Bits, Values, Vector};

/// An aggregation that is being filled.
pub(super) struct Aggregation {
    /// The groups by key; `None` if there are no keys and so one group.
    groups: Option<KeyedGroups>,
    calls: Vec<Call>,
    /// The group of each row of the batch.
    row_groups: Vec<u32>,
    context: Context,
}

/// Groups by key.
struct KeyedGroups {
    layout: KeyLayout,
    strings: Vec<StringTable>,
    table: GroupTable,
    /// The keys as they first came.
    keys: ColumnStore,
    batch: KeyBatch,
    new_rows: Vec<u32>,
}

/// An aggregate of it.
struct Call {
    spec: AggregateCall,
    states: Box<dyn AggregateStates>,
    distinct: Option<DistinctArguments>,
    filter: Bits,
}

/// The distinct arguments of each group: aggregated once all are known, so that sets of several workers can be united.
struct DistinctArguments {
    pairs: KeyedGroups,
    /// The group of each pair.
    groups: Vec<u32>,
    /// The group numbers of a batch's rows as a column.
    group_column: Vector,
    kept: Vec<u32>,
}

/// An ended aggregation.
pub(super) struct Groups {
    keys: Option<ColumnStore>,
    calls: Vec<Call>,
    count: usize,
}

impl KeyedGroups {
    fn new(
        types: impl Iterator<Item = (DataType, bool)> + Clone,
        stored: &[DataType],
        context: &Context,
    ) -> KeyedGroups {
        let layout = KeyLayout::new(types.map(|(data_type, nullable)| (data_type, KeyNulls::Equal, nullable)));
        KeyedGroups {
            strings: layout.string_tables(context, "aggregation"),
            table: GroupTable::new(layout.words, context),
            keys: ColumnStore::new(stored, context, "aggregation"),
            layout,
            batch: KeyBatch::default(),
            new_rows: Vec::new(),
        }
    }

    /// Finds or makes the group of each of `rows` rows.
    fn assign<'a>(
        &mut self,
        columns: impl Iterator<Item = &'a Vector> + Clone,
        rows: usize,
        groups: &mut Vec<u32>,
        context: &Context,
    ) -> Result<()> {
        self.batch.encode(&self.layout, columns.clone(), rows, Strings::Add(&mut self.strings))?;
        self.table.assign(&self.batch, rows, groups, &mut self.new_rows, context)?;
        if self.new_rows.is_empty() { Ok(()) } else { self.keys.append(columns, Rows::Selected(&self.new_rows)) }
    }
}

impl DistinctArguments {
    fn new(call: &AggregateCall, context: &Context) -> DistinctArguments {
        // Group numbers are 32 bits and not NULL; of arguments nothing is known.
        let types = std::iter::once((DataType::UInteger, false))
            .chain(call.argument_types.iter().map(|data_type| (data_type.clone(), true)));
        let stored: Vec<DataType> =
            std::iter::once(DataType::UInteger).chain(call.argument_types.iter().cloned()).collect();
        DistinctArguments {
            pairs: KeyedGroups::new(types, &stored, context),
            groups: Vec::new(),
            group_column: Vector::empty(Form::I64),
            kept: Vec::new(),
        }
    }

    fn add(&mut self, groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>, context: &Context) -> Result<()> {
        let Some(filter) = filter else { return self.add_all(groups, arguments, context) };
        let mut kept = std::mem::take(&mut self.kept);
        kept.clear();
        kept.extend((0..groups.len() as u32).filter(|row| filter.get(*row as usize)));
        let groups: Vec<u32> = kept.iter().map(|&row| groups[row as usize]).collect();
        let chosen: Vec<Vector> = arguments
            .iter()
            .map(|argument| {
                let mut chosen = Vector::empty(argument.form());
                chosen.gather(argument, &kept);
                chosen
            })
            .collect();
        self.kept = kept;
        self.add_all(&groups, &chosen.iter().collect::<Vec<_>>(), context)
    }

    fn add_all(&mut self, groups: &[u32], arguments: &[&Vector], context: &Context) -> Result<()> {
        self.group_column.reset(Form::I64);
        if let Values::I64(values) = &mut self.group_column.values {
            values.refill().extend(groups.iter().map(|&group| i64::from(group)));
        }
        let columns = std::iter::once(&self.group_column).chain(arguments.iter().copied());
        self.pairs.assign(columns, groups.len(), &mut self.groups, context)
    }

    /// Aggregates the distinct arguments.
    fn finish(mut self, states: &mut dyn AggregateStates, context: &Context) -> Result<()> {
        self.pairs.keys.share();
        let columns = self.pairs.keys.columns();
        let mut windows: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.form())).collect();
        for first in (0..self.pairs.keys.rows()).step_by(context.batch_rows) {
            context.poll()?;
            let count = context.batch_rows.min(self.pairs.keys.rows() - first);
            for (target, source) in windows.iter_mut().zip(columns) {
                window(target, source, first, count);
            }
            let Values::I64(groups) = &windows[0].values else { return Err(Error::internal("group numbers are I64")) };
            self.groups.clear();
            self.groups.extend(groups.iter().map(|&group| group as u32));
            let arguments: Vec<&Vector> = windows[1..].iter().collect();
            states.update(&self.groups, &arguments, None, context)?;
        }
        Ok(())
    }
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
        Ok(Aggregation { groups, calls, row_groups: Vec::new(), context: context.clone() })
    }

    /// How many groups there are.
    fn count(&self) -> usize {
        self.groups.as_ref().map_or(1, |groups| groups.table.groups())
    }

    pub(super) fn step(
        &mut self,
        registers: &[Vector],
        keys: &[Register],
        arguments: &[Register],
        rows: usize,
    ) -> Result<()> {
        match &mut self.groups {
            Some(groups) => {
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
            groups.assign(others.keys.columns().iter(), others.keys.rows(), &mut numbers, &context)?;
        }
        let count = self.count();
        for (call, other) in self.calls.iter_mut().zip(other.calls) {
            call.states.grow(count, &context)?;
            call.states.merge(&*other.states, &numbers)?;
            if let (Some(distinct), Some(mut others)) = (&mut call.distinct, other.distinct) {
                others.pairs.keys.share();
                let columns: Vec<&Vector> = others.pairs.keys.columns().iter().collect();
                let Values::I64(groups) = &columns[0].values else {
                    return Err(Error::internal("group numbers are I64"));
                };
                let groups: Vec<u32> = groups.iter().map(|&group| numbers[group as usize]).collect();
                distinct.add_all(&groups, &columns[1..], &context)?;
            }
        }
        Ok(self)
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<Groups> {
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
        Ok(Groups { keys, calls, count })
    }
}

impl Groups {
    /// Reads at most `rows_max` groups from group `first` on: keys, then results.
    pub(super) fn read(&self, first: usize, rows_max: usize, columns: &mut Vec<Vector>) -> Result<usize> {
        let rows = (self.count - first).min(rows_max);
        let keys = self.keys.as_ref().map_or(&[][..], ColumnStore::columns);
        columns.resize_with(keys.len() + self.calls.len(), || Vector::empty(Form::Bits));
        for (column, key) in columns.iter_mut().zip(keys) {
            window(column, key, first, rows);
        }
        for (column, call) in columns[keys.len()..].iter_mut().zip(&self.calls) {
            column.reset(call.spec.result_type.form());
            call.states.finish(first, rows, column).map_err(|error| error.at(call.spec.span))?;
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
    pub(super) fn agg_open(&mut self, program: &Program, agg: AggId) -> Result<()> {
        let spec = &program.aggregations[agg.index()];
        let nullable = nullable_keys(program, agg);
        self.aggregations[agg.index()] = Some(Aggregation::new(spec, &nullable, &self.context)?);
        Ok(())
    }

    pub(super) fn agg_step(
        &mut self,
        program: &Program,
        (agg, space, keys, arguments): (AggId, Space, List, List),
    ) -> Result<()> {
        let rows = self.rows(space);
        let aggregation = self.aggregations[agg.index()].as_mut().ok_or_else(not_open)?;
        let lists = &program.lists;
        aggregation.step(&self.registers, &lists[keys.index()], &lists[arguments.index()], rows)
    }

    pub(super) fn agg_merge(&mut self, agg: AggId, kernel: KernelId) -> Result<()> {
        let aggregation = self.aggregations[agg.index()].as_mut().ok_or_else(not_open)?;
        let accumulators = self.kernels[kernel.index()].accumulators();
        for (call, accumulator) in aggregation.calls.iter_mut().zip(accumulators) {
            call.states.merge_accumulator(accumulator).map_err(|error| error.at(call.spec.span))?;
        }
        Ok(())
    }

    pub(super) fn agg_final(&mut self, shared: &mut Shared, cursor: CursorId, agg: AggId) -> Result<()> {
        // One worker today; more only add to the iterator.
        let workers = std::iter::once(self.aggregations[agg.index()].take().ok_or_else(not_open)?);
        let merged = workers.map(Ok).reduce(|one, other| one?.merge(other?)).ok_or_else(not_open)??;
        shared.groups[agg.index()] = Some(merged.finish()?);
        self.cursors[cursor.index()] = Some(Cursor::over_groups(agg));
        Ok(())
    }
}

fn not_open() -> Error {
    Error::internal("the aggregation is not open")
}
