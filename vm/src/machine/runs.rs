//! Where rows stand in the order of their source.
//!
//! A worker takes morsels in ascending order, but not every one; so what it keeps in a sink is in order only within
//! itself. Beside the rows it notes where each morsel's stretch begins, which is enough to bring the stretches of all
//! workers into the one order that a single worker would have had.

use std::ops::Range;

/// A place in the order of all rows that reach a sink: the pipeline, and the morsel in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(pub u64);

/// Bits of a position that number the morsel.
const MORSEL_BITS: u32 = 40;

impl Position {
    /// Morsel `morsel` of the pipeline that is the `pipeline`-th to run.
    pub(super) fn new(pipeline: u64, morsel: u64) -> Position {
        Position(pipeline << MORSEL_BITS | morsel & ((1 << MORSEL_BITS) - 1))
    }
}

/// The stretches of a sink's rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Vec<Run>);

/// The rows from `first` on, up to the next run, come from `position`.
#[derive(Clone, Copy, Debug)]
struct Run {
    position: Position,
    first: u32,
}

impl Runs {
    /// Rows from number `first` on come from `position`.
    pub(super) fn note(&mut self, position: Position, first: usize) {
        match self.0.last_mut() {
            Some(last) if last.position == position => {}
            Some(last) if last.first as usize == first => last.position = position,
            _ => self.0.push(Run { position, first: first as u32 }),
        }
    }

    /// Forgets all runs; memory stays.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends the runs of rows that are appended behind row `rows`.
    pub(super) fn append(&mut self, others: &Runs, rows: usize) {
        self.0.extend(others.0.iter().map(|run| Run { position: run.position, first: run.first + rows as u32 }));
    }

    /// The stretches of `rows` rows and where they come from, in the order of the rows.
    pub(super) fn stretches(&self, rows: usize) -> impl Iterator<Item = (Range<u32>, Position)> {
        let ends = self.0.iter().skip(1).map(|run| run.first).chain([rows as u32]);
        self.0.iter().zip(ends).map(|(run, end)| (run.first..end, run.position))
    }

    /// The numbers of all of `rows` rows, stretch by stretch, in the order of their source.
    pub(super) fn in_order(&self, rows: usize) -> Vec<Range<u32>> {
        let mut stretches: Vec<_> = self.stretches(rows).collect();
        stretches.sort_by_key(|(range, position)| (*position, range.start));
        stretches.into_iter().map(|(range, _)| range).collect()
    }
}
