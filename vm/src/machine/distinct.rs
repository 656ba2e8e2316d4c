//! Groups by key, and the distinct arguments of an aggregate in each group.

use super::columns::{ColumnStore, shorten, window};
use super::groups::GroupTable;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, Strings};
use super::strings::StringTable;
use super::worker::Rows;
use crate::aggregates::{AggregateCall, AggregateStates};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::types::{DataType, Form};
use crate::vector::{Bits, Values, Vector};

/// Groups by key.
pub(super) struct KeyedGroups {
    pub(super) layout: KeyLayout,
    pub(super) strings: Vec<StringTable>,
    pub(super) table: GroupTable,
    /// The keys as they first came.
    pub(super) keys: ColumnStore,
    pub(super) batch: KeyBatch,
    pub(super) new_rows: Vec<u32>,
}

/// The distinct arguments of each group: aggregated once all are known, so that sets of several workers can be united.
pub(super) struct DistinctArguments {
    pub(super) pairs: KeyedGroups,
    /// The group of each pair.
    groups: Vec<u32>,
    /// The group numbers of a batch's rows as a column.
    group_column: Vector,
    /// The rows that a filter has left, their groups and their arguments.
    kept: Vec<u32>,
    kept_groups: Vec<u32>,
    kept_arguments: Vec<Vector>,
}

impl KeyedGroups {
    pub(super) fn new(
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
    pub(super) fn assign<'a>(
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
    pub(super) fn new(call: &AggregateCall, context: &Context) -> DistinctArguments {
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
            kept_groups: Vec::new(),
            kept_arguments: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        groups: &[u32],
        arguments: &[&Vector],
        filter: Option<&Bits>,
        context: &Context,
    ) -> Result<()> {
        let Some(filter) = filter else {
            return self.add_all(groups, arguments.iter().copied(), context);
        };
        self.kept.clear();
        self.kept.extend((0..groups.len() as u32).filter(|row| filter.get(*row as usize)));
        let mut kept_groups = std::mem::take(&mut self.kept_groups);
        kept_groups.clear();
        kept_groups.extend(self.kept.iter().map(|&row| groups[row as usize]));
        let mut kept_arguments = std::mem::take(&mut self.kept_arguments);
        kept_arguments.resize_with(arguments.len(), || Vector::empty(Form::Bits));
        for (kept, argument) in kept_arguments.iter_mut().zip(arguments) {
            kept.gather(argument, &self.kept);
        }
        let outcome = self.add_all(&kept_groups, kept_arguments.iter(), context);
        (self.kept_groups, self.kept_arguments) = (kept_groups, kept_arguments);
        outcome
    }

    pub(super) fn add_all<'a>(
        &mut self,
        groups: &[u32],
        arguments: impl Iterator<Item = &'a Vector> + Clone,
        context: &Context,
    ) -> Result<()> {
        let DistinctArguments { pairs, groups: found, group_column, .. } = self;
        group_column.reset(Form::I64);
        if let Values::I64(values) = &mut group_column.values {
            values.refill().extend(groups.iter().map(|&group| i64::from(group)));
        }
        let columns = std::iter::once(&*group_column).chain(arguments.map(shorten));
        pairs.assign(columns, groups.len(), found, context)
    }

    /// Aggregates the distinct arguments.
    pub(super) fn finish(mut self, states: &mut dyn AggregateStates, context: &Context) -> Result<()> {
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
