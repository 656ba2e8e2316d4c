//! Aggregates over frames, by combining states of stretches of rows.
//!
//! A frame that is the whole partition is a group. One that begins with the partition runs: each row (or group of
//! peers) has a state of its own, which is added to one that runs along. Any other frame slides: its value is put together
//! from the nodes of a tree of states over the partition (V. Leis et al., "Efficient Processing of Window Functions
//! in Analytical SQL Queries", VLDB 2015).

use crate::aggregates::AggregateStates;
use crate::error::{Error, Result};
use crate::program::{Frame, FrameBound, FrameUnit};
use crate::vector::{Bits, Vector};
use crate::windows::WindowInput;

/// Rows or groups of peers that have states at once.
const CHUNK: usize = 2048;

/// The rows of a run, on their way into states.
pub(super) struct Feed<'a> {
    input: &'a WindowInput<'a>,
    filter: Option<&'a Vector>,
    arguments: Vec<Vector>,
    condition: Vector,
    passing: Bits,
    groups: Vec<u32>,
    /// Results of groups, before each row has its own.
    results: Vector,
    expanded: Vector,
    rows: Vec<u32>,
}

/// Whether the frame's first row may change within a partition, or its last one runs ahead.
pub(super) fn slides(frame: &Frame) -> bool {
    !matches!(
        (frame.start, frame.end),
        (FrameBound::Unbounded, FrameBound::Unbounded) | (FrameBound::Unbounded, FrameBound::Offset(0))
    )
}

/// Appends the aggregate of each row's frame to `out`.
pub(super) fn compute(
    frame: &Frame,
    feed: &mut Feed<'_>,
    states: &mut dyn AggregateStates,
    out: &mut Vector,
) -> Result<()> {
    let input = feed.input;
    let (partitions, peers) = (input.partitions, input.peers);
    match (slides(frame), frame.end, frame.unit) {
        (true, ..) => feed.slide(states, out),
        (false, FrameBound::Unbounded, _) => feed.whole(states, out),
        (false, _, FrameUnit::Groups) => {
            feed.run(states, partitions, peers.len() - 1, |group| peers[group] as usize, out)
        }
        (false, _, FrameUnit::Rows) => feed.run(states, partitions, input.order.len(), |row| row, out),
    }
}

impl<'a> Feed<'a> {
    pub(super) fn new(input: &'a WindowInput<'a>, filter: Option<&'a Vector>) -> Feed<'a> {
        Feed {
            input,
            filter,
            arguments: input.arguments.iter().map(|argument| Vector::empty(argument.form())).collect(),
            condition: Vector::empty(crate::types::Form::Bits),
            passing: Bits::default(),
            groups: Vec::new(),
            results: Vector::empty(crate::types::Form::Bits),
            expanded: Vector::empty(crate::types::Form::Bits),
            rows: Vec::new(),
        }
    }

    /// Adds rows to states; `group` says for each row, which come in order, to which.
    fn update(
        &mut self,
        states: &mut dyn AggregateStates,
        rows: std::ops::Range<usize>,
        mut group: impl FnMut(usize) -> u32,
    ) -> Result<()> {
        for start in rows.clone().step_by(CHUNK) {
            self.input.context.poll()?;
            let end = rows.end.min(start + CHUNK);
            let numbers = &self.input.order[start..end];
            for (target, source) in self.arguments.iter_mut().zip(self.input.arguments) {
                target.gather(source, numbers);
            }
            self.groups.clear();
            self.groups.extend((start..end).map(&mut group));
            let filter = match self.filter {
                None => None,
                Some(filter) => {
                    self.condition.gather(filter, numbers);
                    let (bits, known) = (self.condition.bits(), &self.condition.validity);
                    self.passing.refill_from(end - start, |row| bits.get(row) && known.is_valid(row));
                    Some(&self.passing)
                }
            };
            match self.arguments.as_slice() {
                [] => states.update(&self.groups, &[], filter, self.input.context)?,
                [one] => states.update(&self.groups, &[one], filter, self.input.context)?,
                [one, two] => states.update(&self.groups, &[one, two], filter, self.input.context)?,
                _ => return Err(Error::internal("an aggregate of more than two arguments over a window")),
            }
        }
        Ok(())
    }

    /// Takes the results of `count` states from `first` on, and gives each row that of its group, from 0.
    fn give(
        &mut self,
        states: &dyn AggregateStates,
        (first, count): (usize, usize),
        rows: std::ops::Range<usize>,
        mut group: impl FnMut(usize) -> u32,
        out: &mut Vector,
    ) -> Result<()> {
        self.results.reset(out.form());
        states.finish(first, count, &mut self.results)?;
        for start in rows.clone().step_by(CHUNK) {
            self.input.context.poll()?;
            self.rows.clear();
            self.rows.extend((start..rows.end.min(start + CHUNK)).map(&mut group));
            self.expanded.gather(&self.results, &self.rows);
            out.append(&self.expanded);
        }
        Ok(())
    }

    /// One value for each partition.
    fn whole(&mut self, states: &mut dyn AggregateStates, out: &mut Vector) -> Result<()> {
        let (partitions, rows) = (self.input.partitions, self.input.order.len());
        let count = partitions.len() - 1;
        states.grow(count, self.input.context)?;
        self.update(states, 0..rows, numbered(partitions))?;
        self.give(states, (0, count), 0..rows, numbered(partitions), out)
    }

    /// One value for each unit (a row, a group of peers), which takes in those before it in the partition.
    fn run(
        &mut self,
        states: &mut dyn AggregateStates,
        partitions: &[u32],
        units: usize,
        start_of: impl Fn(usize) -> usize,
        out: &mut Vector,
    ) -> Result<()> {
        // State 0 runs; the chunk's units follow, then the results.
        states.grow(1 + 2 * CHUNK, self.input.context)?;
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(2 * CHUNK);
        let mut partition = 0;
        for first in (0..units).step_by(CHUNK) {
            let count = CHUNK.min(units - first);
            let rows = start_of(first)..start_of(first + count);
            let unit_of = || {
                let mut unit = 0;
                let start_of = &start_of;
                move |row: usize| {
                    while start_of(first + unit + 1) <= row {
                        unit += 1;
                    }
                    unit as u32
                }
            };
            let mut unit = unit_of();
            self.update(states, rows.clone(), |row| unit(row) + 1)?;
            for unit in 0..count {
                let row = start_of(first + unit);
                while (partitions[partition] as usize) < row {
                    partition += 1;
                }
                if partitions[partition] as usize == row {
                    states.combine(&pairs)?;
                    pairs.clear();
                    states.clear(0, 1);
                }
                pairs.extend([(unit as u32 + 1, 0), (0, (1 + CHUNK + unit) as u32)]);
            }
            states.combine(&pairs)?;
            pairs.clear();
            self.give(states, (1 + CHUNK, count), rows, unit_of(), out)?;
            states.clear(1, 2 * CHUNK);
        }
        Ok(())
    }

    /// One value for each row, of the rows of its frame.
    fn slide(&mut self, states: &mut dyn AggregateStates, out: &mut Vector) -> Result<()> {
        let input = self.input;
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for partition in input.partitions.windows(2) {
            let (start, end) = (partition[0] as usize, partition[1] as usize);
            let rows = end - start;
            // States of results first, then the tree: node n stands for its children 2n and 2n + 1, leaves are last.
            states.grow(CHUNK + 2 * rows, input.context)?;
            let node = |number: usize| (CHUNK + number) as u32;
            self.update(states, start..end, |row| node(rows + row - start))?;
            let mut above = rows;
            while above > 1 {
                input.context.poll()?;
                let first = above.saturating_sub(CHUNK).max(1);
                pairs.clear();
                let children = |n: usize| [(node(2 * n), node(n)), (node(2 * n + 1), node(n))];
                pairs.extend((first..above).rev().flat_map(children));
                states.combine(&pairs)?;
                above = first;
            }
            for first in (start..end).step_by(CHUNK) {
                let last = end.min(first + CHUNK);
                pairs.clear();
                for row in first..last {
                    let (from, to) = input.frames[row];
                    cover(from as usize - start + rows, to as usize - start + rows, |n| {
                        pairs.push((node(n), (row - first) as u32));
                    });
                }
                states.combine(&pairs)?;
                self.give(states, (0, last - first), first..last, |row| (row - first) as u32, out)?;
                states.clear(0, last - first);
            }
            states.clear(CHUNK, 2 * rows);
        }
        Ok(())
    }
}

/// Visits the nodes that together stand for the leaves `from..to`, in their order.
fn cover(mut from: usize, mut to: usize, mut visit: impl FnMut(usize)) {
    // Nodes on the right are met from right to left, at most one a level.
    let (mut right, mut met) = ([0; usize::BITS as usize], 0);
    while from < to {
        if from % 2 == 1 {
            visit(from);
            from += 1;
        }
        if to % 2 == 1 {
            to -= 1;
            (right[met], met) = (to, met + 1);
        }
        from /= 2;
        to /= 2;
    }
    right[..met].iter().rev().for_each(|node| visit(*node));
}

/// The number of the stretch that each row, which come in order, is in.
fn numbered(starts: &[u32]) -> impl FnMut(usize) -> u32 {
    let mut number = 0;
    move |row| {
        while starts[number + 1] as usize <= row {
            number += 1;
        }
        number as u32
    }
}
