//! Groups by key, and the distinct arguments of an aggregate in each group.

use super::columns::{ColumnStore, shorten, window};
use super::groups::GroupTable;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, Strings};
use super::runs::Position;
use super::strings::StringTable;
use super::worker::Rows;
use crate::aggregates::{self, AggregateCall, AggregateStates};
use crate::error::{Error, Result};
use crate::memory::{Context, POLL_ROWS, Reservation};
use crate::types::{DataType, Form};
use crate::vector::{Bits, Values, Vector};

/// Groups by key.
pub(super) struct KeyedGroups {
    pub(super) index: KeyIndex,
    /// The keys as they first came.
    pub(super) keys: ColumnStore,
    batch: KeyBatch,
    new_rows: Vec<u32>,
}

/// Where the group of a key is found.
pub(super) struct KeyIndex {
    layout: KeyLayout,
    strings: Vec<StringTable>,
    pub(super) table: GroupTable,
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
    /// Where each pair came first, if that matters and several workers have some.
    places: Option<FirstPlaces>,
}

/// Where each pair came first: from where in the order of the source, and its number in the worker that found it there.
struct FirstPlaces {
    places: Vec<(Position, u32)>,
    reservation: Reservation,
}

impl FirstPlaces {
    /// Makes room for the places of so many pairs.
    fn reserve(&mut self, pairs: usize) -> Result<()> {
        // Places double when they are full; in the end there are the pairs' numbers in order.
        self.reservation.resize(pairs * (2 * size_of::<(Position, u32)>() + size_of::<u32>()))
    }

    /// Notes for all of so many pairs that have none yet that they come from `position`.
    fn fill(&mut self, pairs: usize, position: Position) -> Result<()> {
        self.reserve(pairs)?;
        let first = self.places.len();
        self.places.extend((first..pairs).map(|pair| (position, pair as u32)));
        Ok(())
    }

    /// Notes where another worker had a pair first. There is room.
    fn note(&mut self, pair: usize, place: (Position, u32)) {
        match self.places.get_mut(pair) {
            Some(own) => *own = (*own).min(place),
            None => self.places.push(place),
        }
    }

    /// The pairs in the order of their places.
    fn in_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.places.len() as u32).collect();
        order.sort_unstable_by_key(|pair| self.places[*pair as usize]);
        order
    }
}

impl KeyedGroups {
    pub(super) fn new(
        types: impl Iterator<Item = (DataType, bool)> + Clone,
        stored: &[DataType],
        context: &Context,
    ) -> KeyedGroups {
        let layout = KeyLayout::new(types.map(|(data_type, nullable)| (data_type, KeyNulls::Equal, nullable)));
        KeyedGroups {
            index: KeyIndex {
                strings: layout.string_tables(context, "aggregation"),
                table: GroupTable::of_layout(&layout, context),
                layout,
            },
            keys: ColumnStore::new(stored, context, "aggregation"),
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
        let index = &mut self.index;
        self.batch.encode(&index.layout, columns.clone(), rows, Strings::Add(&mut index.strings))?;
        index.table.assign(&self.batch, rows, groups, &mut self.new_rows, context)?;
        if self.new_rows.is_empty() { Ok(()) } else { self.keys.append(columns, Rows::Selected(&self.new_rows)) }
    }
}

impl KeyIndex {
    /// For each column of texts, the numbers that the strings of `other` have here, if they have any.
    pub(super) fn translate(&self, other: &KeyIndex, context: &Context) -> Result<Vec<Vec<Option<u32>>>> {
        let number = |(from, to): (&StringTable, &StringTable)| {
            let find = |number: usize| {
                if number.is_multiple_of(POLL_ROWS) {
                    context.poll()?;
                }
                Ok(to.find(from.get(number)))
            };
            (0..from.len()).map(find).collect()
        };
        other.strings.iter().zip(&self.strings).map(number).collect()
    }

    /// The group here that group `group` of `other` is. `strings` are what [`KeyIndex::translate`] has found; `key`
    /// is scratch.
    #[inline]
    pub(super) fn find(
        &self,
        other: &KeyIndex,
        group: usize,
        strings: &[Vec<Option<u32>>],
        key: &mut Vec<u64>,
    ) -> Option<u32> {
        let words = other.table.key(group);
        if strings.is_empty() {
            return self.table.find(words);
        }
        key.clear();
        key.extend_from_slice(words);
        self.layout.translate(key, strings)?;
        self.table.find(key)
    }
}

impl DistinctArguments {
    pub(super) fn new(call: &AggregateCall, context: &Context) -> DistinctArguments {
        // Group numbers are 32 bits and not NULL; of arguments nothing is known.
        let types = std::iter::once((DataType::UInteger, false))
            .chain(call.argument_types.iter().map(|data_type| (data_type.clone(), true)));
        let is_ordered = aggregates::find(call.name).is_none_or(|function| function.ordered);
        let stored: Vec<DataType> =
            std::iter::once(DataType::UInteger).chain(call.argument_types.iter().cloned()).collect();
        DistinctArguments {
            pairs: KeyedGroups::new(types, &stored, context),
            groups: Vec::new(),
            group_column: Vector::empty(Form::I64),
            kept: Vec::new(),
            kept_groups: Vec::new(),
            kept_arguments: Vec::new(),
            places: (context.workers() > 1 && is_ordered)
                .then(|| FirstPlaces { places: Vec::new(), reservation: context.reservation("aggregation") }),
        }
    }

    /// How many there are, of all groups together.
    pub(super) fn count(&self) -> usize {
        self.pairs.keys.rows()
    }

    /// Adds the arguments of rows that come from `position`.
    pub(super) fn add(
        &mut self,
        position: Position,
        (groups, arguments): (&[u32], &[&Vector]),
        filter: Option<&Bits>,
        context: &Context,
    ) -> Result<()> {
        match filter {
            None => self.add_all(groups, arguments.iter().copied(), context)?,
            Some(filter) => self.add_filtered(groups, arguments, filter, context)?,
        }
        let pairs = self.count();
        self.places.as_mut().map_or(Ok(()), |places| places.fill(pairs, position))
    }

    fn add_filtered(&mut self, groups: &[u32], arguments: &[&Vector], filter: &Bits, context: &Context) -> Result<()> {
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

    /// Adds the arguments of groups of another worker, for each pair of them (from, into), in ascending order.
    pub(super) fn merge(
        &mut self,
        other: &mut DistinctArguments,
        pairs: &[(u32, u32)],
        context: &Context,
    ) -> Result<()> {
        let into = |group: u32| {
            let at = pairs.binary_search_by_key(&group, |(from, _)| *from).ok()?;
            Some(pairs[at].1)
        };
        let (mut kept, mut groups) = (Vec::new(), Vec::new());
        let mut gathered: Vec<Vector> = Vec::new();
        let (places, mut before) = (other.places.take(), 0);
        other.each_window(None, context, |own, arguments| {
            kept.clear();
            groups.clear();
            for (row, group) in own.iter().enumerate() {
                if let Some(group) = into(*group) {
                    kept.push(row as u32);
                    groups.push(group);
                }
            }
            gathered.resize_with(arguments.len(), || Vector::empty(Form::Bits));
            gathered.iter_mut().zip(arguments).for_each(|(target, argument)| target.gather(argument, &kept));
            self.add_all(&groups, gathered.iter(), context)?;
            let pairs = self.count();
            if let (Some(known), Some(others)) = (&mut self.places, &places) {
                known.reserve(pairs)?;
                let others = kept.iter().map(|row| others.places[before + *row as usize]);
                self.groups.iter().zip(others).for_each(|(pair, place)| known.note(*pair as usize, place));
            }
            before += own.len();
            Ok(())
        })
    }

    /// Aggregates the distinct arguments, but those of groups that are `gone`, which are in ascending order.
    pub(super) fn finish(mut self, gone: &[u32], states: &mut dyn AggregateStates, context: &Context) -> Result<()> {
        let mut stay = Bits::default();
        let places = self.places.take();
        let order = places.as_ref().map(FirstPlaces::in_order);
        self.each_window(order.as_deref(), context, |groups, arguments| {
            let arguments: Vec<&Vector> = arguments.iter().collect();
            if gone.is_empty() {
                return states.update(groups, &arguments, None, context);
            }
            let stays = |row: usize| gone.binary_search(&groups[row]).is_err();
            stay.refill_words(groups.len(), |word| {
                let rows = word * 64..groups.len().min(word * 64 + 64);
                rows.fold(0, |bits, row| bits | u64::from(stays(row)) << (row % 64))
            });
            states.update(groups, &arguments, Some(&stay), context)
        })
    }

    /// Hands over all pairs, a batch at a time: groups and arguments. They come as they were added, or in the order of the
    /// numbers that are given.
    fn each_window(
        &mut self,
        order: Option<&[u32]>,
        context: &Context,
        mut each: impl FnMut(&[u32], &[Vector]) -> Result<()>,
    ) -> Result<()> {
        self.pairs.keys.share();
        let columns = self.pairs.keys.columns();
        let mut windows: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.form())).collect();
        for first in (0..self.pairs.keys.rows()).step_by(context.batch_rows) {
            context.poll()?;
            let count = context.batch_rows.min(self.pairs.keys.rows() - first);
            for (target, source) in windows.iter_mut().zip(columns) {
                match order {
                    None => window(target, source, first, count),
                    Some(order) => target.gather(source, &order[first..first + count]),
                }
            }
            let Values::I64(groups) = &windows[0].values else { return Err(Error::internal("group numbers are I64")) };
            self.groups.clear();
            self.groups.extend(groups.iter().map(|&group| group as u32));
            each(&self.groups, &windows[1..])?;
        }
        Ok(())
    }
}
