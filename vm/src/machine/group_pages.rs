//! Group numbers by integer key: pages of an array in place of a hash table.
//!
//! Keys that lie close together share a page of [`PAGE_KEYS`] entries; pages are made when their first key comes, so
//! a worker that has seen a part of a clustered table has the pages of that part only. A look-up is two loads, the
//! first of them from an array that stays in the cache, and keys are neither hashed nor compared.

use super::keys::NULL_INTEGER;
use crate::error::Result;
use crate::memory::{Context, Reservation};

/// Keys of a page, as bits of the key.
const PAGE_BITS: u32 = 12;
/// Keys of a page.
const PAGE_KEYS: usize = 1 << PAGE_BITS;
/// So many pages may lie between the smallest key and the greatest: a directory of 256 KB.
const SPAN_MAX: usize = 1 << 16;
/// There may be so many entries for each group: 32 bytes, about what a hash table takes.
const ENTRIES_A_GROUP_MAX: usize = 8;
/// With so many entries for each group, later ones are better hashed.
const ENTRIES_A_GROUP_LIMIT: usize = 32;

/// Group numbers by key.
#[derive(Debug)]
pub(super) struct GroupPages {
    /// The page number of the directory's first entry.
    first: i64,
    /// For each page number, where the page is in `entries` plus 1; 0 if there is none.
    directory: Vec<u32>,
    /// Page after page: the group number plus 1; 0 for none.
    entries: Vec<u32>,
    /// The entry of the word that stands for NULL, which lies far from all others.
    null: u32,
    reservation: Reservation,
}

/// The page number of a key.
#[inline(always)]
fn page_of(key: u64) -> i64 {
    key as i64 >> PAGE_BITS
}

impl GroupPages {
    /// The pages of keys that are distinct; `None` if they lie too far apart.
    pub(super) fn build(keys: &[u64], context: &Context) -> Result<Option<GroupPages>> {
        let pages = |range: (i64, i64), key: &u64| (range.0.min(page_of(*key)), range.1.max(page_of(*key)));
        let known = || keys.iter().filter(|key| **key != NULL_INTEGER);
        let (first, last) = known().fold((i64::MAX, i64::MIN), pages);
        if last < first || last.abs_diff(first) >= SPAN_MAX as u64 {
            return Ok(None);
        }
        // Pages that there will be, before any is made.
        let mut present = vec![false; last.abs_diff(first) as usize + 1];
        known().for_each(|key| present[(page_of(*key) - first) as usize] = true);
        let count = present.iter().filter(|present| **present).count();
        if count * PAGE_KEYS > ENTRIES_A_GROUP_MAX * keys.len() {
            return Ok(None);
        }
        let reservation = context.reservation("aggregation");
        let mut pages = GroupPages { first, directory: Vec::new(), entries: Vec::new(), null: 0, reservation };
        for (group, key) in keys.iter().enumerate() {
            // There is room: the span has been looked at.
            if let Some(entry) = pages.entry(*key)? {
                *entry = group as u32 + 1;
            }
        }
        Ok(Some(pages))
    }

    /// The number of a key's group plus 1; 0 if it has none.
    #[inline(always)]
    pub(super) fn find(&self, key: u64) -> u32 {
        // A page before the first one wraps around to one beyond the last.
        match self.directory.get(page_of(key).wrapping_sub(self.first) as usize) {
            Some(&page) if page != 0 => self.entries[(page as usize - 1) << PAGE_BITS | key as usize & (PAGE_KEYS - 1)],
            _ if key == NULL_INTEGER => self.null,
            _ => 0,
        }
    }

    /// Numbers keys as long as their pages are there. `groups` becomes the group of each; keys of new groups, which
    /// are numbered from `count` on, are put into `stored`, and their places among `keys` into `new`. Says how many
    /// keys have a number, and how many groups are new.
    #[inline]
    pub(super) fn number(
        &mut self,
        keys: &[u64],
        count: usize,
        groups: &mut [u32],
        (stored, new): (&mut [u64], &mut [u32]),
    ) -> (usize, usize) {
        let (directory, first) = (self.directory.as_slice(), self.first);
        let entries = self.entries.as_mut_slice();
        let mut added = 0;
        for (row, (&key, group)) in keys.iter().zip(groups.iter_mut()).enumerate() {
            let page = directory.get(page_of(key).wrapping_sub(first) as usize).copied().unwrap_or(0) as usize;
            if page == 0 {
                return (row, added);
            }
            let entry = &mut entries[(page - 1) << PAGE_BITS | key as usize & (PAGE_KEYS - 1)];
            // Written in any case, and kept if the key is new: a branch would be guessed wrong.
            let is_new = u32::from(*entry == 0);
            *entry += is_new * ((count + added) as u32 + 1);
            *group = *entry - 1;
            stored[added] = key;
            new[added] = row as u32;
            added += is_new as usize;
        }
        (keys.len(), added)
    }

    /// The entry of a key, on a new page if there is none; `None` if the key lies too far from the others.
    pub(super) fn entry(&mut self, key: u64) -> Result<Option<&mut u32>> {
        if key == NULL_INTEGER {
            return Ok(Some(&mut self.null));
        }
        let page = page_of(key);
        let end = self.first + self.directory.len() as i64;
        let span = (end - 1).max(page).abs_diff(self.first.min(page));
        if span >= SPAN_MAX as u64 {
            return Ok(None);
        }
        if page < self.first {
            // Twice as long, if there may be so many: keys may come in descending order.
            let spare = SPAN_MAX - 1 - span as usize;
            let before = self.first.abs_diff(page) + self.directory.len().min(spare) as u64;
            self.directory.splice(0..0, std::iter::repeat_n(0, before as usize));
            self.first -= before as i64;
        }
        let at = page.abs_diff(self.first) as usize;
        if at >= self.directory.len() {
            self.directory.resize(at + 1, 0);
        }
        if self.directory[at] == 0 {
            self.add_page()?;
            self.directory[at] = (self.entries.len() >> PAGE_BITS) as u32;
        }
        let start = (self.directory[at] as usize - 1) << PAGE_BITS;
        Ok(self.entries.get_mut(start | key as usize & (PAGE_KEYS - 1)))
    }

    fn add_page(&mut self) -> Result<()> {
        let length = self.entries.len() + PAGE_KEYS;
        if length > self.entries.capacity() {
            let capacity = length.next_power_of_two();
            self.reservation.resize((self.entries.capacity() + capacity) * 4 + self.directory.len() * 12)?;
            self.entries.reserve_exact(capacity - self.entries.len());
            self.reservation.resize(capacity * 4 + self.directory.len() * 12)?;
        }
        self.entries.resize(length, 0);
        Ok(())
    }

    /// Whether there are too many entries for so many groups.
    pub(super) fn is_sparse(&self, groups: usize) -> bool {
        self.entries.len() > ENTRIES_A_GROUP_LIMIT * groups.max(PAGE_KEYS)
    }
}
