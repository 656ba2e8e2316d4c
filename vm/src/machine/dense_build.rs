//! Building a [`DenseIndex`](super::dense::DenseIndex): each thread has a range of keys, and looks at all of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::build_keys::BuildKeys;
use super::dense::{Entries, RankedWord, slot};
use super::parallel::run_all;
use crate::error::Result;
use crate::memory::{Context, POLL_ROWS, Reservation};

/// Keys that are one integer each: `range` of them from `min` on.
#[derive(Clone)]
pub(super) struct DenseKeys {
    pub(super) keys: Arc<BuildKeys>,
    pub(super) min: i64,
    pub(super) range: usize,
}

/// A part of a counting sort: where the rows of each place begin, with one more for the end of the last, and the rows.
type Sorted = (Vec<u32>, Vec<u32>);

impl DenseKeys {
    /// Calls `each` with the place of every key within `slots`, from 0 on, and its row.
    #[inline(always)]
    fn each(&self, slots: &Range<usize>, context: &Context, mut each: impl FnMut(usize, u32)) -> Result<()> {
        for (first, chunk) in self.keys.chunks() {
            context.poll()?;
            for (key, row) in chunk.iter().zip(first..) {
                let place = slot(*key as i64, self.min).wrapping_sub(slots.start);
                if place < slots.len() {
                    each(place, row);
                }
            }
        }
        Ok(())
    }

    /// A bit for each key.
    pub(super) fn bits(&self, reservation: &mut Reservation, context: &Context) -> Result<Vec<u64>> {
        let length = self.range.div_ceil(64);
        reservation.grow(length * 8)?;
        let _twice = self.for_uniting(length * 8, context)?;
        let (keys, poller) = (self.clone(), context.clone());
        let parts = run_all(context, self.keys.rows(), self.keys.segments(self.range, 64, context), move |slots| {
            let mut bits = vec![0u64; slots.len().div_ceil(64)];
            keys.each(&slots, &poller, |place, _| bits[place / 64] |= 1 << (place % 64))?;
            Ok(bits)
        })?;
        Ok(united(parts))
    }

    /// Entries that tell rows: one for each key, or several once a key comes twice.
    pub(super) fn entries(&self, reservation: &mut Reservation, context: &Context) -> Result<Entries> {
        reservation.grow((self.range + 1) * 4)?;
        let unite = self.for_uniting((self.range + 1) * 4, context)?;
        let segments = self.keys.segments(self.range, 1, context);
        let (keys, poller, twice) = (self.clone(), context.clone(), AtomicBool::new(false));
        let parts =
            run_all(context, self.keys.rows(), segments.clone(), move |slots| keys.one_each(&slots, &twice, &poller))?;
        if let Some(parts) = parts.into_iter().collect::<Option<Vec<Vec<u32>>>>() {
            return Ok(Entries::One(united(parts)));
        }
        drop(unite);
        reservation.grow(self.keys.rows() * 4)?;
        let _unite = self.for_uniting((self.range + self.keys.rows() + 1) * 4, context)?;
        let (keys, poller) = (self.clone(), context.clone());
        let parts = run_all(context, self.keys.rows(), segments, move |slots| {
            let place = |key| slot(key as i64, keys.min).wrapping_sub(slots.start);
            sort_rows(&keys.keys, place, slots.len(), &poller)
        })?;
        let (starts, rows) = unite_sorted(parts);
        Ok(Entries::Many { starts, rows })
    }

    /// For each key of `slots` the number of its row plus 1; `None` if one comes twice, there or elsewhere.
    fn one_each(&self, slots: &Range<usize>, twice: &AtomicBool, context: &Context) -> Result<Option<Vec<u32>>> {
        let mut one = vec![0u32; slots.len()];
        for (first, chunk) in self.keys.chunks() {
            context.poll()?;
            let mut single = true;
            for (key, row) in chunk.iter().zip(first..) {
                let place = slot(*key as i64, self.min).wrapping_sub(slots.start);
                if let Some(entry) = one.get_mut(place) {
                    single &= *entry == 0;
                    *entry = row + 1;
                }
            }
            if !single {
                twice.store(true, Ordering::Relaxed);
            }
            if twice.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
        Ok(Some(one))
    }

    /// Entries for sparse keys.
    pub(super) fn ranked(&self, reservation: &mut Reservation, context: &Context) -> Result<Entries> {
        let rows = self.keys.rows();
        let length = self.range.div_ceil(64);
        reservation.grow(length * size_of::<RankedWord>() + rows * 4)?;
        let mut of_bits = context.reservation("hash join");
        let bits = self.bits(&mut of_bits, context)?;
        let (mut words, mut before) = (Vec::with_capacity(length), 0);
        for chunk in bits.chunks(POLL_ROWS) {
            context.poll()?;
            words.extend(chunk.iter().map(|&bits| {
                let word = RankedWord { bits, before };
                before += u64::from(bits.count_ones());
                word
            }));
        }
        let distinct = before as usize;
        let single = distinct == rows;
        if !single {
            reservation.grow((distinct + 1) * 4)?;
        }
        let _unite = self.for_uniting((distinct + rows + 1) * 4, context)?;
        let words = Arc::new(words);
        let (keys, ranks, poller) = (self.clone(), Arc::clone(&words), context.clone());
        let parts = run_all(context, self.keys.rows(), self.keys.segments(self.range, 64, context), move |slots| {
            let first = ranks.get(slots.start / 64).map_or(0, |word| word.before as usize);
            let end = ranks.get(slots.end.div_ceil(64)).map_or(distinct, |word| word.before as usize);
            let rank = |slot: usize| ranks[slot / 64].rank(slot).1 as usize - first;
            if single {
                let mut rows = vec![0u32; end - first];
                keys.each(&slots, &poller, |place, row| rows[rank(slots.start + place)] = row)?;
                return Ok((Vec::new(), rows));
            }
            let place = |key| {
                let slot = slot(key as i64, keys.min);
                if slots.contains(&slot) { rank(slot) } else { usize::MAX }
            };
            sort_rows(&keys.keys, place, end - first, &poller)
        })?;
        let words = Arc::unwrap_or_clone(words);
        if single {
            let rows = united(parts.into_iter().map(|(_, rows)| rows).collect());
            return Ok(Entries::RankedOne { words, rows });
        }
        let (starts, rows) = unite_sorted(parts);
        Ok(Entries::RankedMany { words, starts, rows })
    }

    /// What it takes to put together what several threads have made.
    fn for_uniting(&self, bytes: usize, context: &Context) -> Result<Reservation> {
        let mut reservation = context.reservation("hash join");
        reservation.grow(if self.keys.segments(self.range, 64, context).len() > 1 { bytes } else { 0 })?;
        Ok(reservation)
    }
}

/// A counting sort of row numbers by a key's `place`, for places below `places`; rows of one place are in the order
/// of their source.
fn sort_rows(
    keys: &BuildKeys,
    place: impl Fn(u64) -> usize,
    places: usize,
    context: &Context,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let mut starts = vec![0u32; places + 1];
    for (_, chunk) in keys.chunks() {
        context.poll()?;
        for place in chunk.iter().map(|key| place(*key)).filter(|place| *place < places) {
            starts[place] += 1;
        }
    }
    let mut end = 0;
    for chunk in starts.chunks_mut(POLL_ROWS) {
        context.poll()?;
        for start in chunk {
            end += *start;
            *start = end;
        }
    }
    // Filled from behind, each start moves from the end of its rows to their beginning.
    let mut rows = vec![0u32; end as usize];
    let mut unpolled = 0;
    for (first, chunk) in keys.in_order().rev() {
        for (key, row) in chunk.iter().zip(first..first + chunk.len() as u32).rev() {
            let place = place(*key);
            if place < places {
                let start = &mut starts[place];
                *start -= 1;
                rows[*start as usize] = row;
            }
        }
        unpolled += chunk.len();
        if unpolled >= POLL_ROWS {
            context.poll()?;
            unpolled = 0;
        }
    }
    Ok((starts, rows))
}

/// One vector of what threads have made, one behind the other.
pub(super) fn united<T: Copy>(mut parts: Vec<Vec<T>>) -> Vec<T> {
    if parts.len() == 1 { parts.swap_remove(0) } else { parts.concat() }
}

/// The same for counting sorts: the rows of later ones begin behind those of earlier ones.
fn unite_sorted(mut parts: Vec<Sorted>) -> Sorted {
    if parts.len() == 1 {
        return parts.swap_remove(0);
    }
    let length = |part: fn(&Sorted) -> &Vec<u32>| parts.iter().map(|sorted| part(sorted).len()).sum();
    let mut starts: Vec<u32> = Vec::with_capacity(length(|sorted| &sorted.0));
    let mut rows: Vec<u32> = Vec::with_capacity(length(|sorted| &sorted.1));
    for (of_places, of_part) in parts {
        let before = rows.len() as u32;
        // The end of the last place is where the first of the next part begins.
        starts.pop();
        starts.extend(of_places.iter().map(|start| start + before));
        rows.extend_from_slice(&of_part);
    }
    (starts, rows)
}
