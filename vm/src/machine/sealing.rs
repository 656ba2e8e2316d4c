//! Sealing the build side of a join: what workers have left becomes one table, by all of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::band::BandIndex;
use super::build_keys::BuildKeys;
use super::columns::{ColumnStore, unite_column};
use super::dense::{DenseIndex, key_range_of};
use super::dense_build::united;
use super::join_table::{Buckets, FILTER_BITS, JoinBuild, JoinTable, filter_of};
use super::key_filter::{self, Filters};
use super::keys::hash_key;
use super::parallel::run_all;
use crate::error::{Error, Result};
use crate::kernel::tables::KeyFilter;
use crate::memory::{Context, POLL_ROWS, Reservation};
use crate::vector::Vector;

/// The serial of the next table.
static SERIALS: AtomicU64 = AtomicU64::new(1);

/// A piece of work that is nobody's business but one thread's.
enum Task {
    /// A column of several workers becomes one.
    Column(Vec<Vector>),
    /// A filter of a key column: its number, and its word.
    Filter(usize, usize),
}

enum Done {
    Column(Vector),
    Filter(usize, Arc<KeyFilter>),
}

/// Unites what workers have put into a build side, at least one, and ends the building. `filtered` are the key
/// columns by which rows of the probe side are dropped beforehand.
pub(super) fn seal(builds: Vec<JoinBuild>, filtered: &[usize], context: &Context) -> Result<JoinTable> {
    let mut builds = builds.into_iter();
    let mut first = builds.next().ok_or_else(|| Error::internal("nothing to seal"))?;
    let mut others: Vec<JoinBuild> = builds.collect();
    others.iter_mut().try_for_each(|other| first.adopt(other))?;
    let width = first.layout.words;
    let all = std::iter::once(&mut first).chain(&mut others);
    let parts =
        all.map(|build| (std::mem::take(&mut build.keys), build.columns.rows(), std::mem::take(&mut build.runs)));
    let keys = Arc::new(BuildKeys::new(width, parts.collect()));
    let stores = std::iter::once(&mut first).chain(&mut others).map(|build| build.columns.take(context)).collect();
    let (columns, filters) = gather(stores, filtered, &first, &keys, context)?;

    let mut reservation = context.reservation("hash join");
    let (mut key_range, mut dense, mut buckets) = (None, None, Buckets::default());
    let mut banded = None;
    if let Some(band) = first.band {
        banded = Some(BandIndex::build(&keys, band, &mut reservation, context)?);
    } else if first.layout.is_one_integer() {
        let range = key_range_of(&keys, context)?;
        dense = DenseIndex::build(&keys, range, first.wanted, &mut reservation, context)?;
        key_range = Some(range);
    }
    if width == 0 {
        // Without keys every row is a candidate for every row, in order, and nothing is looked up.
        reservation.grow(keys.rows() * 4)?;
        buckets.rows = keys.order();
    } else if dense.is_none() && banded.is_none() {
        buckets = hashed(&keys, &mut reservation, context)?;
    }
    Ok(JoinTable {
        layout: first.layout,
        strings: first.strings,
        columns,
        unmatchable: first.unmatchable,
        partial: first.partial,
        serial: SERIALS.fetch_add(1, Ordering::Relaxed),
        facts: first.facts,
        buckets,
        dense,
        band: banded,
        key_range,
        filters,
        _reservation: reservation,
    })
}

/// Brings the columns of all workers together, and makes the filters of keys.
fn gather(
    stores: Vec<ColumnStore>,
    filtered: &[usize],
    build: &JoinBuild,
    keys: &Arc<BuildKeys>,
    context: &Context,
) -> Result<(ColumnStore, Filters)> {
    let (mut store, columns, _held) = ColumnStore::unite(stores)?;
    let mut tasks: Vec<Task> = columns.into_iter().map(Task::Column).collect();
    tasks.extend(filtered.iter().map(|part| Task::Filter(*part, build.layout.words_of(*part).start)));
    let (keys, poller) = (Arc::clone(keys), context.clone());
    let run = move |task| match task {
        Task::Column(parts) => unite_column(parts, &poller).map(Done::Column),
        Task::Filter(part, word) => {
            key_filter::build(word, &keys, &poller).map(|filter| Done::Filter(part, Arc::new(filter)))
        }
    };
    let done = run_all(context, store.rows(), tasks, run)?;
    let (mut columns, mut filters) = (Vec::new(), Vec::new());
    for done in done {
        match done {
            Done::Column(column) => columns.push(column),
            Done::Filter(part, filter) => filters.push((part, filter)),
        }
    }
    store.put(columns);
    Ok((store, filters))
}

/// Rows by hash: each thread has a range of hashes.
fn hashed(keys: &Arc<BuildKeys>, reservation: &mut Reservation, context: &Context) -> Result<Buckets> {
    let bits = keys.rows().next_power_of_two().trailing_zeros().max(4);
    let count = 1usize << bits;
    let bytes = (count + 1) * 8 + keys.rows() * (8 * keys.width() + 4);
    reservation.grow(bytes)?;
    let segments = keys.segments(count, 1, context);
    let mut memory = context.reservation("hash join");
    memory.grow(count * 4 + if segments.len() > 1 { bytes } else { 0 })?;
    let (shared, poller) = (Arc::clone(keys), context.clone());
    let mut parts = run_all(context, keys.rows(), segments, move |segment| {
        Segment { bits, buckets: segment }.build(&shared, &poller)
    })?;
    let mut start = 0;
    for part in &mut parts {
        part.directory.iter_mut().for_each(|entry| *entry += start << FILTER_BITS);
        start += part.rows.len() as u64;
    }
    let (mut directories, mut words, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        directories.push(part.directory);
        words.push(part.keys);
        rows.push(part.rows);
    }
    let mut directory = united(directories);
    directory.push(start << FILTER_BITS);
    Ok(Buckets { directory, shift: 64 - bits, keys: united(words), rows: united(rows) })
}

/// A range of the buckets, of which there are 2 to the power of `bits`.
struct Segment {
    bits: u32,
    buckets: Range<usize>,
}

impl Segment {
    /// The number of a hash's bucket within the segment; beyond its end for those of others.
    #[inline(always)]
    fn bucket(&self, hash: u64) -> usize {
        ((hash >> (64 - self.bits)) as usize).wrapping_sub(self.buckets.start)
    }

    fn build(&self, keys: &BuildKeys, context: &Context) -> Result<Buckets> {
        let width = keys.width();
        let (directory, rows) = self.directory(keys, context)?;
        let mut next: Vec<u32> = directory.iter().map(|entry| (entry >> FILTER_BITS) as u32).collect();
        let (mut words, mut order) = (vec![0u64; rows * width], vec![0u32; rows]);
        let mut unpolled = 0;
        for (first, chunk) in keys.in_order() {
            for (key, row) in chunk.chunks_exact(width).zip(first..) {
                let hash = hash_key(key);
                if let Some(next) = next.get_mut(self.bucket(hash)) {
                    let place = &mut words[*next as usize * width..];
                    place.iter_mut().zip(key).for_each(|(place, word)| *place = *word);
                    order[*next as usize] = row;
                    *next += 1;
                }
            }
            unpolled += chunk.len() / width;
            if unpolled >= POLL_ROWS {
                context.poll()?;
                unpolled = 0;
            }
        }
        Ok(Buckets { directory, shift: 64 - self.bits, keys: words, rows: order })
    }

    /// Counts rows by bucket, and adds up where each bucket begins; says how many rows there are.
    fn directory(&self, keys: &BuildKeys, context: &Context) -> Result<(Vec<u64>, usize)> {
        let mut directory = vec![0u64; self.buckets.len()];
        for (_, chunk) in keys.chunks() {
            context.poll()?;
            for key in chunk.chunks_exact(keys.width()) {
                let hash = hash_key(key);
                if let Some(entry) = directory.get_mut(self.bucket(hash)) {
                    *entry = (*entry + (1 << FILTER_BITS)) | filter_of(hash);
                }
            }
        }
        let mut start = 0;
        for entries in directory.chunks_mut(POLL_ROWS) {
            context.poll()?;
            for entry in entries {
                let count = *entry >> FILTER_BITS;
                *entry = start << FILTER_BITS | *entry & ((1 << FILTER_BITS) - 1);
                start += count;
            }
        }
        Ok((directory, start as usize))
    }
}
