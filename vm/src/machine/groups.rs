//! Numbers for keys, for grouping: the first key is group 0, the next new one group 1, and so on.
//!
//! Keys are hashed, until there are many and they are integers that lie close together: then an array of pages says
//! their numbers ([`GroupPages`]).

use std::ops::Range;

use super::group_pages::GroupPages;
use super::keys::{KeyBatch, KeyLayout, hash_key};
use crate::error::{Error, Result};
use crate::memory::{Context, POLL_ROWS, Reservation};

/// The fewest slots of a table.
const SLOTS_MIN: usize = 256;
/// With fewer groups everything is in the cache anyway.
const PAGED_GROUPS_MIN: usize = 1024;

/// Keys of a fixed number of words, numbered in the order in which they came.
#[derive(Debug)]
pub(super) struct GroupTable {
    width: usize,
    /// The high half of the key's hash above the group's number plus 1; 0 is free. Probed linearly.
    slots: Vec<u64>,
    /// `width` words for each group.
    keys: Vec<u64>,
    groups: usize,
    paging: Paging,
    reservation: Reservation,
}

/// Whether pages take the place of slots.
#[derive(Debug)]
enum Paging {
    /// Keys of such a kind, or too sparse ones.
    Never,
    /// Perhaps, when there are more groups.
    Later,
    /// Yes; there are no slots.
    Now(GroupPages),
}

impl GroupTable {
    /// An empty table for keys of `width` words.
    pub(super) fn new(width: usize, context: &Context) -> GroupTable {
        let reservation = context.reservation("aggregation");
        GroupTable { width, slots: Vec::new(), keys: Vec::new(), groups: 0, paging: Paging::Never, reservation }
    }

    /// An empty table for the keys of a layout.
    pub(super) fn of_layout(layout: &KeyLayout, context: &Context) -> GroupTable {
        let paging = if layout.is_integer_word() { Paging::Later } else { Paging::Never };
        GroupTable { paging, ..GroupTable::new(layout.words, context) }
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// Finds the group of each key, making it if it is new: `groups` becomes a number for each row, `new` the rows
    /// that made a group.
    pub(super) fn assign(
        &mut self,
        keys: &KeyBatch,
        rows: usize,
        groups: &mut Vec<u32>,
        new: &mut Vec<u32>,
        context: &Context,
    ) -> Result<()> {
        groups.clear();
        new.clear();
        let hashed = self.assign_paged(&keys.words[..rows * self.width], groups, new, context)?;
        let rows = hashed..rows;
        if rows.is_empty() {
            return Ok(());
        }
        self.make_room(rows.len(), context)?;
        // The width as a literal lets the compiler unroll hashing and comparing.
        match self.width {
            1 => self.assign_rows(1, &keys.words, rows, groups, new),
            2 => self.assign_rows(2, &keys.words, rows, groups, new),
            3 => self.assign_rows(3, &keys.words, rows, groups, new),
            width => self.assign_rows(width, &keys.words, rows, groups, new),
        }
        Ok(())
    }

    /// Finds or makes groups as long as there are pages; says for how many keys.
    fn assign_paged(
        &mut self,
        keys: &[u64],
        groups: &mut Vec<u32>,
        new: &mut Vec<u32>,
        context: &Context,
    ) -> Result<usize> {
        if let Paging::Later = self.paging
            && self.groups >= PAGED_GROUPS_MIN
            && (self.groups + keys.len()) * 2 > self.slots.len()
            && let Some(pages) = GroupPages::build(&self.keys, context)?
        {
            self.slots = Vec::new();
            self.paging = Paging::Now(pages);
        }
        let Paging::Now(pages) = &mut self.paging else { return Ok(0) };
        self.reservation.resize(reserve_keys(self.groups + keys.len(), 1)?)?;
        groups.resize(keys.len(), 0);
        new.resize(keys.len(), 0);
        self.keys.resize(self.groups + keys.len(), 0);
        let (mut assigned, mut added) = (0, 0);
        loop {
            let (count, before) = (self.groups + added, assigned as u32);
            let found = (&mut self.keys[count..], &mut new[added..]);
            let (numbered, more) = pages.number(&keys[assigned..], count, &mut groups[assigned..], found);
            new[added..added + more].iter_mut().for_each(|row| *row += before);
            (assigned, added) = (assigned + numbered, added + more);
            // A page is missing: it is made now, or the key is NULL, or too far from the others.
            let Some(&key) = keys.get(assigned) else { break };
            let count = self.groups + added;
            let Some(entry) = pages.entry(key)? else { break };
            if *entry == 0 {
                *entry = count as u32 + 1;
                (self.keys[count], new[added]) = (key, assigned as u32);
                added += 1;
            }
            groups[assigned] = *entry - 1;
            assigned += 1;
        }
        self.groups += added;
        self.keys.truncate(self.groups);
        new.truncate(added);
        groups.truncate(assigned);
        if assigned < keys.len() || pages.is_sparse(self.groups) {
            self.paging = Paging::Never;
        }
        Ok(assigned)
    }

    #[inline(always)]
    fn assign_rows(
        &mut self,
        width: usize,
        words: &[u64],
        rows: Range<usize>,
        groups: &mut Vec<u32>,
        new: &mut Vec<u32>,
    ) {
        let mask = self.slots.len() - 1;
        let shift = 64 - self.slots.len().trailing_zeros();
        for row in rows {
            let key = &words[row * width..(row + 1) * width];
            let hash = hash_key(key);
            let mut slot = (hash >> shift) as usize;
            let group = loop {
                let entry = self.slots[slot];
                if entry == 0 {
                    let group = self.groups as u32;
                    self.groups += 1;
                    self.slots[slot] = hash & !0xffff_ffff | u64::from(group + 1);
                    self.keys.extend_from_slice(key);
                    new.push(row as u32);
                    break group;
                }
                if entry >> 32 == hash >> 32 {
                    let group = (entry as u32 - 1) as usize;
                    if self.keys[group * width..(group + 1) * width] == *key {
                        break group as u32;
                    }
                }
                slot = (slot + 1) & mask;
            };
            groups.push(group);
        }
    }

    /// Makes a group of one key, unless there is one.
    pub(super) fn insert(&mut self, key: &[u64], context: &Context) -> Result<()> {
        self.make_room(1, context)?;
        let (mut groups, mut new) = (Vec::new(), Vec::new());
        self.assign_rows(self.width, key, 0..1, &mut groups, &mut new);
        Ok(())
    }

    /// The words of a group's key.
    #[inline(always)]
    pub(super) fn key(&self, group: usize) -> &[u64] {
        &self.keys[group * self.width..(group + 1) * self.width]
    }

    /// Whether a key has a group.
    pub(super) fn contains(&self, key: &[u64]) -> bool {
        self.find(key).is_some()
    }

    /// The group of a key, if it has one.
    #[inline]
    pub(super) fn find(&self, key: &[u64]) -> Option<u32> {
        if let (Paging::Now(pages), &[key]) = (&self.paging, key) {
            return pages.find(key).checked_sub(1);
        }
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let hash = hash_key(key);
        let mut slot = (hash >> (64 - self.slots.len().trailing_zeros())) as usize;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return None;
            }
            let group = (entry as u32).wrapping_sub(1);
            if entry >> 32 == hash >> 32 && self.key(group as usize) == key {
                return Some(group);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Makes room for `rows` new groups.
    fn make_room(&mut self, rows: usize, context: &Context) -> Result<()> {
        let groups = self.groups + rows;
        // Keys double when they are full.
        let keys = reserve_keys(groups, self.width)?;
        let mut length = self.slots.len().max(SLOTS_MIN);
        while groups * 2 > length {
            length *= 2;
        }
        if length == self.slots.len() {
            return self.reservation.resize(length * 8 + keys);
        }
        // The table of slots, twice while it is rehashed.
        self.reservation.resize((self.slots.len() + length) * 8 + keys)?;
        let mut slots = vec![0u64; length];
        if self.slots.is_empty() {
            self.fill(&mut slots, context)?;
        }
        let shift = 64 - length.trailing_zeros();
        for entries in self.slots.chunks(POLL_ROWS) {
            context.poll()?;
            for &entry in entries.iter().filter(|entry| **entry != 0) {
                let mut slot = (entry >> shift) as usize;
                while slots[slot] != 0 {
                    slot = (slot + 1) & (length - 1);
                }
                slots[slot] = entry;
            }
        }
        self.slots = slots;
        self.reservation.resize(length * 8 + keys)
    }

    /// Puts all groups into `slots`, where there have been none yet or pages in their place.
    fn fill(&self, slots: &mut [u64], context: &Context) -> Result<()> {
        let shift = 64 - slots.len().trailing_zeros();
        for (group, key) in self.keys.chunks_exact(self.width.max(1)).enumerate() {
            if group % POLL_ROWS == 0 {
                context.poll()?;
            }
            let hash = hash_key(key);
            let mut slot = (hash >> shift) as usize;
            while slots[slot] != 0 {
                slot = (slot + 1) & (slots.len() - 1);
            }
            slots[slot] = hash & !0xffff_ffff | (group as u64 + 1);
        }
        Ok(())
    }
}

/// Bytes that the keys of so many groups take, which double when they are full.
fn reserve_keys(groups: usize, width: usize) -> Result<usize> {
    if groups >= u32::MAX as usize {
        return Err(Error::limit("more than 4294967294 groups"));
    }
    Ok(groups * width * 8 * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::keys::{KeyNulls, NULL_INTEGER};
    use crate::types::DataType;

    /// Whether there are pages after all keys have come, a batch at a time, and whether each key has the number that
    /// is its place among the distinct ones.
    fn numbered(keys: impl Iterator<Item = i64>, batch: usize) -> (bool, bool) {
        let context = Context::unlimited();
        let layout = KeyLayout::new([(DataType::Date, KeyNulls::Equal, true)].into_iter());
        let mut table = GroupTable::of_layout(&layout, &context);
        let (mut known, mut groups, mut new, mut right) =
            (std::collections::HashMap::new(), Vec::new(), Vec::new(), true);
        let words: Vec<u64> = keys.map(|key| key as u64).collect();
        for words in words.chunks(batch) {
            let mut keys = KeyBatch::default();
            keys.words.extend_from_slice(words);
            table.assign(&keys, words.len(), &mut groups, &mut new, &context).unwrap();
            for (key, group) in words.iter().zip(&groups) {
                let next = known.len() as u32;
                right &= *known.entry(*key).or_insert(next) == *group;
            }
        }
        right &= known.iter().all(|(key, group)| table.find(&[*key]) == Some(*group));
        right &= table.find(&[12_345_678_901]).is_none() && table.groups() == known.len();
        (matches!(table.paging, Paging::Now(_)), right)
    }

    #[test]
    fn keys_are_numbered_with_pages_and_without() {
        let null = NULL_INTEGER as i64;
        for batch in [1, 17, 2048] {
            assert_eq!(numbered((0..30_000).map(|i| i / 3), batch), (true, true), "ascending");
            assert_eq!(numbered((0..9_000).rev().map(|i| i - 4_000), batch), (true, true), "descending");
            assert_eq!(numbered((0..9_000).map(|i| i * 7919 % 9_001), batch), (true, true), "mixed");
            let with_nulls = (0..9_000).map(|i| if i % 5 == 0 { null } else { i });
            assert_eq!(numbered(with_nulls, batch), (true, true), "NULLs");
            assert_eq!(numbered((0..9_000).map(|i| i * 1_000_003), batch), (false, true), "far apart");
            let later_far = (0..9_000).map(|i| if i < 5_000 { i } else { i << 40 });
            assert_eq!(numbered(later_far, batch), (false, true), "one is too far");
            let later_sparse = (0..9_000).map(|i| if i < 3_000 { i } else { i << 12 });
            assert_eq!(numbered(later_sparse, batch), (false, true), "too sparse in the end");
            let ends = [i64::MAX, null, 0, -1].into_iter().chain((0..3_000).map(|i| i64::MAX - i));
            assert!(numbered(ends, batch).1, "the ends of the range");
        }
    }
}
