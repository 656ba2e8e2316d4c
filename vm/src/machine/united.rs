//! The groups of several workers, united.
//!
//! Each worker's groups stay where they are. A group that an earlier worker has too is at home there, and its state
//! is added to the one at home; on clustered input there are few of them. Looking groups up changes nothing, so
//! threads share it. The groups come out in the order in which one worker would have made them: stretch by stretch
//! in the order of the source, each where it was first seen.

use std::sync::Arc;

use super::aggregate::Call;
use super::columns::{ColumnStore, append, window};
use super::distinct::{KeyIndex, KeyedGroups};
use super::parallel::{run_all, tasks_for};
use super::runs::{Position, Runs};
use super::worker::Rows;
use crate::error::Result;
use crate::memory::{Context, POLL_ROWS, Reservation};
use crate::types::Form;
use crate::vector::Vector;

/// What one worker has aggregated.
pub(super) struct Part {
    /// The groups by key; `None` if there are no keys and so one group.
    pub(super) groups: Option<KeyedGroups>,
    pub(super) calls: Vec<Call>,
    /// Where the rows that made the groups come from.
    pub(super) runs: Runs,
}

/// An ended aggregation.
pub(super) struct Groups {
    parts: Vec<Ended>,
    count: usize,
    /// The groups as they come out, where that is not one worker's in the order of their numbers.
    order: Option<Order>,
    _reservation: Reservation,
}

/// What is left of a worker's part.
struct Ended {
    keys: Option<ColumnStore>,
    calls: Vec<Call>,
    homes: Homes,
}

/// Where the state of each group of a part is; nothing if all are in the part itself.
type Homes = Vec<Home>;

/// Where a group's state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Home {
    part: u32,
    group: u32,
}

/// Groups in the order in which they come out.
struct Order {
    /// Their numbers, each in the part where it was first seen.
    groups: Vec<u32>,
    pieces: Vec<Piece>,
}

/// The groups from `first` on, up to the next piece, are of a part.
struct Piece {
    first: usize,
    part: usize,
}

/// Groups of part `from` whose states are added to groups of part `into`: pairs of their numbers.
struct Moved {
    from: usize,
    into: usize,
    pairs: Vec<(u32, u32)>,
}

impl Part {
    /// How many groups there are: without keys there is one.
    pub(super) fn count(&self) -> usize {
        self.groups.as_ref().map_or(1, |groups| groups.index.table.groups())
    }
}

/// Unites what workers have aggregated, and ends it.
pub(super) fn unite(parts: Vec<Part>, context: &Context) -> Result<Groups> {
    let counts: Vec<usize> = parts.iter().map(Part::count).collect();
    let (mut indexes, mut keys, mut calls, mut runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (mut part, count) in parts.into_iter().zip(&counts) {
        part.calls.iter_mut().try_for_each(|call| call.states.grow(*count, context))?;
        if let Some(mut groups) = part.groups {
            groups.keys.share();
            keys.push(Some(groups.keys));
            indexes.push(groups.index);
        } else {
            keys.push(None);
        }
        calls.push(part.calls);
        runs.push(part.runs);
    }
    let mut reservation = context.reservation("aggregation");
    let (homes, order) = if counts.len() == 1 {
        (vec![Homes::new()], None)
    } else if indexes.is_empty() {
        let homes = (0..counts.len()).map(|part| vec![Home { part: 0, group: 0 }; part.min(1)]).collect();
        (homes, Some(Order { groups: vec![0], pieces: vec![Piece { first: 0, part: 0 }] }))
    } else {
        let homes = find_homes(indexes, &counts, &mut reservation, context)?;
        let order = order(&counts, &runs, &homes, &mut reservation, context)?;
        (homes, Some(order))
    };
    let calls = unite_calls(calls, &homes, context)?;
    let count = order.as_ref().map_or(counts[0], |order| order.groups.len());
    let ended = keys.into_iter().zip(calls).zip(homes).map(|((keys, calls), homes)| Ended { keys, calls, homes });
    Ok(Groups { parts: ended.collect(), count, order, _reservation: reservation })
}

/// Looks each part's groups up in the parts before it.
fn find_homes(
    indexes: Vec<KeyIndex>,
    counts: &[usize],
    reservation: &mut Reservation,
    context: &Context,
) -> Result<Vec<Homes>> {
    let looked_up: usize = counts[1..].iter().sum();
    reservation.grow(looked_up * size_of::<Home>())?;
    let indexes = Arc::new(indexes);
    let tasks_in_all = tasks_for(looked_up, context);
    let task_groups = looked_up.div_ceil(tasks_in_all).max(1);
    let pairs: Vec<(usize, usize)> =
        (1..counts.len()).flat_map(|part| (0..part).map(move |into| (part, into))).collect();
    let strings = {
        let (indexes, poller) = (Arc::clone(&indexes), context.clone());
        let translate = move |(from, into): (usize, usize)| indexes[into].translate(&indexes[from], &poller);
        Arc::new(run_all(context, looked_up, pairs, translate)?)
    };
    let mut tasks = Vec::new();
    for (part, count) in counts.iter().enumerate().skip(1) {
        let starts = (0..*count).step_by(task_groups);
        tasks.extend(starts.map(|start| (part, start..(start + task_groups).min(*count))));
    }
    let parts: Vec<usize> = tasks.iter().map(|(part, _)| *part).collect();
    let found = {
        let (indexes, poller) = (Arc::clone(&indexes), context.clone());
        run_all(context, looked_up, tasks, move |(part, groups)| {
            let mut homes = Homes::with_capacity(groups.len());
            let mut key = Vec::new();
            for group in groups {
                if homes.len().is_multiple_of(POLL_ROWS) {
                    poller.poll()?;
                }
                let before = (0..part).find_map(|into| {
                    // The pairs of a part stand behind those of the parts before it.
                    let strings = &strings[part * (part - 1) / 2 + into];
                    let found = indexes[into].find(&indexes[part], group, strings, &mut key)?;
                    Some(Home { part: into as u32, group: found })
                });
                homes.push(before.unwrap_or(Home { part: part as u32, group: group as u32 }));
            }
            Ok(homes)
        })?
    };
    let mut homes: Vec<Homes> = counts.iter().map(|_| Homes::new()).collect();
    for (part, found) in parts.into_iter().zip(found) {
        homes[part].extend(found);
    }
    Ok(homes)
}

/// Adds the states of groups that are not at home to those that are, and aggregates distinct arguments.
fn unite_calls(parts: Vec<Vec<Call>>, homes: &[Homes], context: &Context) -> Result<Vec<Vec<Call>>> {
    let mut memory = context.reservation("aggregation");
    memory.grow(homes.iter().map(Vec::len).sum::<usize>() * 12)?;
    let mut moved: Vec<Moved> = Vec::new();
    for (from, homes) in homes.iter().enumerate() {
        for into in 0..from {
            context.poll()?;
            let pairs = homes.iter().enumerate().filter(|(_, home)| home.part as usize == into);
            let pairs: Vec<(u32, u32)> = pairs.map(|(group, home)| (group as u32, home.group)).collect();
            moved.extend((!pairs.is_empty()).then_some(Moved { from, into, pairs }));
        }
    }
    let count = parts.len();
    // One task for each call: it has the call's states of all parts.
    let mut tasks: Vec<Vec<Call>> = parts[0].iter().map(|_| Vec::with_capacity(count)).collect();
    for calls in parts {
        tasks.iter_mut().zip(calls).for_each(|(task, call)| task.push(call));
    }
    let moving: usize = moved.iter().map(|moved| moved.pairs.len()).sum();
    let distinct: usize = tasks.iter().flatten().filter_map(|call| call.distinct.as_ref()).map(|d| d.count()).sum();
    let poller = context.clone();
    let united = run_all(context, moving + distinct, tasks, move |calls| unite_call(calls, &moved, &poller))?;
    let mut parts: Vec<Vec<Call>> = (0..count).map(|_| Vec::with_capacity(united.len())).collect();
    for calls in united {
        parts.iter_mut().zip(calls).for_each(|(part, call)| part.push(call));
    }
    Ok(parts)
}

/// As [`unite_calls`], for one call: its states of all parts.
fn unite_call(mut calls: Vec<Call>, moved: &[Moved], context: &Context) -> Result<Vec<Call>> {
    // Groups of a part whose distinct arguments count elsewhere.
    let mut gone = vec![Vec::new(); calls.len()];
    for Moved { from, into, pairs } in moved {
        let (before, behind) = calls.split_at_mut(*from);
        let (target, source) = (&mut before[*into], &mut behind[0]);
        match (&mut target.distinct, &mut source.distinct) {
            (Some(distinct), Some(others)) => {
                distinct.merge(others, pairs, context)?;
                gone[*from].extend(pairs.iter().map(|(group, _)| *group));
            }
            _ => {
                for pairs in pairs.chunks(POLL_ROWS) {
                    context.poll()?;
                    target.states.merge(&*source.states, pairs)?;
                }
            }
        }
    }
    for (call, gone) in calls.iter_mut().zip(&mut gone) {
        gone.sort_unstable();
        if let Some(distinct) = call.distinct.take() {
            distinct.finish(gone, &mut *call.states, context).map_err(|error| error.at(call.spec.span))?;
        }
    }
    Ok(calls)
}

/// The groups in the order in which their first rows came.
fn order(
    counts: &[usize],
    runs: &[Runs],
    homes: &[Homes],
    reservation: &mut Reservation,
    context: &Context,
) -> Result<Order> {
    let all: usize = counts.iter().sum();
    reservation.grow(all * 4)?;
    let mut memory = context.reservation("aggregation");
    memory.grow(all * size_of::<Position>())?;
    let mut first: Vec<Vec<Position>> = counts.iter().map(|count| Vec::with_capacity(*count)).collect();
    let mut stretches = Vec::new();
    for (part, runs) in runs.iter().enumerate() {
        for (stretch, position) in runs.stretches(counts[part]) {
            first[part].resize(stretch.end as usize, position);
            stretches.push((position, part, stretch));
        }
    }
    for (part, homes) in homes.iter().enumerate() {
        for (homes, start) in homes.chunks(POLL_ROWS).zip((0..).step_by(POLL_ROWS)) {
            context.poll()?;
            for (home, group) in homes.iter().zip(start..).filter(|(home, _)| home.part as usize != part) {
                let own: Position = first[part][group];
                let best = &mut first[home.part as usize][home.group as usize];
                *best = own.min(*best);
            }
        }
    }
    // A position is one worker's, so a group comes out once: where it was seen first.
    stretches.sort_unstable_by_key(|(position, ..)| *position);
    let mut order = Order { groups: Vec::with_capacity(all), pieces: Vec::new() };
    for (position, part, stretch) in stretches {
        context.poll()?;
        let start = order.groups.len();
        let is_first = |group: &u32| {
            let home = home_of(&homes[part], part, *group);
            first[home.part as usize][home.group as usize] == position
        };
        order.groups.extend(stretch.filter(is_first));
        if order.groups.len() > start && order.pieces.last().is_none_or(|piece| piece.part != part) {
            order.pieces.push(Piece { first: start, part });
        }
    }
    Ok(order)
}

/// Where the state of a part's group is.
#[inline(always)]
fn home_of(homes: &Homes, part: usize, group: u32) -> Home {
    homes.get(group as usize).copied().unwrap_or(Home { part: part as u32, group })
}

impl Groups {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Reads at most `rows_max` groups from the `first`-th on: keys, then results.
    pub(super) fn read(&self, first: usize, rows_max: usize, columns: &mut Vec<Vector>) -> Result<usize> {
        let rows = (self.count - first).min(rows_max);
        let keys = self.parts[0].keys.as_ref().map_or(0, |keys| keys.columns().len());
        columns.resize_with(keys + self.parts[0].calls.len(), || Vector::empty(Form::Bits));
        let (keys, results) = columns.split_at_mut(keys);
        for (result, call) in results.iter_mut().zip(&self.parts[0].calls) {
            result.reset(call.spec.result_type.form());
        }
        let Some(order) = &self.order else {
            for (index, key) in keys.iter_mut().enumerate() {
                window(key, self.key(0, index), first, rows);
            }
            return self.finish(Home { part: 0, group: first as u32 }, rows, results).map(|()| rows);
        };
        let mut piece = order.pieces.partition_point(|piece| piece.first <= first) - 1;
        let mut start = first;
        while start < first + rows {
            let end = order.pieces.get(piece + 1).map_or(self.count, |next| next.first).min(first + rows);
            let part = order.pieces[piece].part;
            let groups = &order.groups[start..end];
            for (index, key) in keys.iter_mut().enumerate() {
                match start == first {
                    true => key.gather(self.key(part, index), groups),
                    false => append(key, self.key(part, index), Rows::Selected(groups)),
                }
            }
            self.finish_piece(part, groups, results)?;
            (start, piece) = (end, piece + 1);
        }
        Ok(rows)
    }

    /// A key column of a part.
    fn key(&self, part: usize, index: usize) -> &Vector {
        let keys = self.parts[part].keys.as_ref().expect("all parts have keys, or none has");
        keys.column(index)
    }

    /// Appends the results of groups of a part.
    fn finish_piece(&self, part: usize, groups: &[u32], results: &mut [Vector]) -> Result<()> {
        let homes = &self.parts[part].homes;
        let home = |group| home_of(homes, part, group);
        // Groups that came together most often have numbers that follow one another.
        let follows = |one: &u32, next: &u32| {
            let (one, next) = (home(*one), home(*next));
            one.part == next.part && one.group + 1 == next.group
        };
        groups.chunk_by(follows).try_for_each(|stretch| self.finish(home(stretch[0]), stretch.len(), results))
    }

    /// Appends the results of `count` groups from `first` on.
    fn finish(&self, first: Home, count: usize, results: &mut [Vector]) -> Result<()> {
        for (result, call) in results.iter_mut().zip(&self.parts[first.part as usize].calls) {
            let outcome = call.states.finish(first.group as usize, count, result);
            outcome.map_err(|error| error.at(call.spec.span))?;
        }
        Ok(())
    }
}
