//! The keys of a join's build side, as its workers have left them.

use std::ops::Range;
use std::sync::Arc;

use super::parallel::tasks_for;
use super::runs::{Position, Runs};
use crate::memory::{Context, POLL_ROWS};

/// The keys of all rows, as words. Rows are numbered through: those of the first worker, those of the second, ...
pub(super) struct BuildKeys {
    width: usize,
    parts: Vec<Part>,
    rows: usize,
    /// The rows in the order of their source: the part they are in, and their numbers there.
    stretches: Vec<(usize, Range<u32>)>,
}

/// What one worker has left.
struct Part {
    /// The number of its first row.
    first: u32,
    words: Arc<Vec<u64>>,
}

impl BuildKeys {
    /// Keys of `width` words: each worker's, how many rows these are, and where they come from.
    pub(super) fn new(width: usize, workers: Vec<(Vec<u64>, usize, Runs)>) -> BuildKeys {
        let mut keys = BuildKeys { width, parts: Vec::new(), rows: 0, stretches: Vec::new() };
        let mut stretches: Vec<(Position, usize, Range<u32>)> = Vec::new();
        for (part, (words, rows, runs)) in workers.into_iter().enumerate() {
            stretches.extend(runs.stretches(rows).map(|(stretch, position)| (position, part, stretch)));
            // There are fewer than 2^32 rows: their columns are in one store.
            keys.parts.push(Part { first: keys.rows as u32, words: Arc::new(words) });
            keys.rows += rows;
        }
        stretches.sort_by_key(|(position, _, stretch)| (*position, stretch.start));
        keys.stretches = stretches.into_iter().map(|(_, part, stretch)| (part, stretch)).collect();
        keys
    }

    /// Words of a key.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// All keys, a stretch of at most [`POLL_ROWS`] at a time with the number of its first row, in any order.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (u32, &[u64])> {
        self.parts.iter().flat_map(|part| {
            let chunks = part.words.chunks(POLL_ROWS * self.width.max(1));
            chunks.zip((part.first..).step_by(POLL_ROWS)).map(|(chunk, first)| (first, chunk))
        })
    }

    /// As [`BuildKeys::chunks`], in the order of the source.
    pub(super) fn in_order(&self) -> impl DoubleEndedIterator<Item = (u32, &[u64])> {
        self.stretches.iter().map(|(part, rows)| {
            let part = &self.parts[*part];
            let words = &part.words[rows.start as usize * self.width..rows.end as usize * self.width];
            (part.first + rows.start, words)
        })
    }

    /// The numbers of all rows, in the order of the source.
    pub(super) fn order(&self) -> Vec<u32> {
        let rows = |(part, rows): &(usize, Range<u32>)| {
            let first = self.parts[*part].first;
            first + rows.start..first + rows.end
        };
        self.stretches.iter().flat_map(rows).collect()
    }

    /// Cuts `places` into as many ranges as it pays to give to threads, which begin at multiples of `multiple`. Each
    /// thread looks at all keys and keeps to those of its places, so there are no more of them than threads.
    pub(super) fn segments(&self, places: usize, multiple: usize, context: &Context) -> Vec<Range<usize>> {
        let count = tasks_for(self.rows, context).min(context.workers());
        let length = places.div_ceil(count).next_multiple_of(multiple).max(multiple);
        (0..places.max(1)).step_by(length).map(|start| start..(start + length).min(places)).collect()
    }
}
