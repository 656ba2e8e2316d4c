//! A hash table from keys to numbers, for grouping: the first key is group 0, the next new one group 1, and so on.

use super::keys::{KeyBatch, hash_key};
use crate::error::{Error, Result};
use crate::memory::{Context, POLL_ROWS, Reservation};

/// The fewest slots of a table.
const SLOTS_MIN: usize = 256;

/// Keys of a fixed number of words, numbered in the order in which they came.
#[derive(Debug)]
pub(super) struct GroupTable {
    width: usize,
    /// The high half of the key's hash above the group's number plus 1; 0 is free. Probed linearly.
    slots: Vec<u64>,
    /// `width` words for each group.
    keys: Vec<u64>,
    groups: usize,
    reservation: Reservation,
}

impl GroupTable {
    /// An empty table for keys of `width` words.
    pub(super) fn new(width: usize, context: &Context) -> GroupTable {
        let reservation = context.reservation("aggregation");
        GroupTable { width, slots: Vec::new(), keys: Vec::new(), groups: 0, reservation }
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
        self.make_room(rows, context)?;
        groups.clear();
        new.clear();
        // The width as a literal lets the compiler unroll hashing and comparing.
        match self.width {
            1 => self.assign_rows(1, &keys.words, rows, groups, new),
            2 => self.assign_rows(2, &keys.words, rows, groups, new),
            3 => self.assign_rows(3, &keys.words, rows, groups, new),
            width => self.assign_rows(width, &keys.words, rows, groups, new),
        }
        Ok(())
    }

    #[inline(always)]
    fn assign_rows(&mut self, width: usize, words: &[u64], rows: usize, groups: &mut Vec<u32>, new: &mut Vec<u32>) {
        let mask = self.slots.len() - 1;
        let shift = 64 - self.slots.len().trailing_zeros();
        for row in 0..rows {
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
        self.assign_rows(self.width, key, 1, &mut groups, &mut new);
        Ok(())
    }

    /// Whether a key has a group.
    pub(super) fn contains(&self, key: &[u64]) -> bool {
        if self.slots.is_empty() {
            return false;
        }
        let mask = self.slots.len() - 1;
        let hash = hash_key(key);
        let mut slot = (hash >> (64 - self.slots.len().trailing_zeros())) as usize;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return false;
            }
            let group = (entry as u32).wrapping_sub(1) as usize;
            let is_key = || self.keys[group * self.width..(group + 1) * self.width] == *key;
            if entry >> 32 == hash >> 32 && is_key() {
                return true;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Makes room for `rows` new groups.
    fn make_room(&mut self, rows: usize, context: &Context) -> Result<()> {
        let groups = self.groups + rows;
        if groups >= u32::MAX as usize {
            return Err(Error::limit("more than 4294967294 groups"));
        }
        let mut length = self.slots.len().max(SLOTS_MIN);
        while groups * 2 > length {
            length *= 2;
        }
        // The table of slots, twice while it is rehashed, and the keys, which double when they are full.
        let keys = groups * self.width * 8 * 2;
        if length == self.slots.len() {
            return self.reservation.resize(length * 8 + keys);
        }
        self.reservation.resize((self.slots.len() + length) * 8 + keys)?;
        let mut slots = vec![0u64; length];
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
}
