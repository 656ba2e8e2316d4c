//! Numbers for strings: equal strings get equal numbers.

use crate::error::{Error, Result};
use crate::memory::{Context, Reservation};
use crate::vector::{INLINE_BYTES, Text};

/// The fewest slots of a table.
const SLOTS_MIN: usize = 64;

/// A set of strings, numbered from 0 in the order in which they came.
#[derive(Debug)]
pub(super) struct StringTable {
    /// The high half of the hash above the string's number plus 1; 0 is free. Probed linearly.
    slots: Vec<u64>,
    strings: Text,
    bytes: usize,
    reservation: Reservation,
}

impl StringTable {
    pub(super) fn new(context: &Context, what: &'static str) -> StringTable {
        StringTable { slots: Vec::new(), strings: Text::default(), bytes: 0, reservation: context.reservation(what) }
    }

    pub(super) fn len(&self) -> usize {
        self.strings.len()
    }

    pub(super) fn get(&self, number: usize) -> &[u8] {
        self.strings.get(number)
    }

    /// The number of a string that is there.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.search(bytes, hash_bytes(bytes)).ok()
    }

    /// The number of a string, which is added if it is new.
    pub(super) fn intern(&mut self, bytes: &[u8]) -> Result<u32> {
        if (self.len() + 1) * 2 > self.slots.len() {
            self.grow()?;
        }
        let hash = hash_bytes(bytes);
        let slot = match self.search(bytes, hash) {
            Ok(number) => return Ok(number),
            Err(slot) => slot,
        };
        let number = u32::try_from(self.len()).ok().filter(|number| *number < u32::MAX);
        let number = number.ok_or_else(|| Error::limit("more than 4294967294 distinct strings in one operator"))?;
        self.bytes += 16 + if bytes.len() > INLINE_BYTES { bytes.len() } else { 0 };
        let needed = self.slots.len() * 8 + self.bytes * 2;
        if needed > self.reservation.bytes() {
            self.reservation.resize(needed + needed / 4)?;
        }
        self.strings.push(bytes);
        self.slots[slot] = hash & !0xffff_ffff | u64::from(number + 1);
        Ok(number)
    }

    /// The number of a string, or the slot where it would be.
    fn search(&self, bytes: &[u8], hash: u64) -> std::result::Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = home(hash, self.slots.len());
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return Err(slot);
            }
            if entry >> 32 == hash >> 32 {
                let number = entry as u32 - 1;
                if self.strings.get(number as usize) == bytes {
                    return Ok(number);
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) -> Result<()> {
        let length = (self.slots.len() * 2).max(SLOTS_MIN);
        self.reservation.resize((self.slots.len() + length) * 8 + self.bytes * 2)?;
        let mut slots = vec![0u64; length];
        for &entry in self.slots.iter().filter(|entry| **entry != 0) {
            let mut slot = home(entry, length);
            while slots[slot] != 0 {
                slot = (slot + 1) & (length - 1);
            }
            slots[slot] = entry;
        }
        self.slots = slots;
        Ok(())
    }
}

/// Where to look first: the hash's highest bits, so that they can be told from a slot's entry.
fn home(hash: u64, slots: usize) -> usize {
    (hash >> (64 - slots.trailing_zeros())) as usize
}

/// Multiplies to 128 bits and folds the halves: two instructions that mix well (wyhash, Wang Yi).
#[inline]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Odd constants without pattern: digits of pi.
pub(super) const SEEDS: [u64; 3] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1];

/// A hash of a byte string.
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = SEEDS[0] ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().expect("chunks of 8 bytes"));
        hash = fold(hash ^ word, SEEDS[1]);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        let mut last = [0u8; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = fold(hash ^ u64::from_le_bytes(last), SEEDS[2]);
    }
    fold(hash, SEEDS[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_get_equal_numbers() {
        let mut table = StringTable::new(&Context::unlimited(), "test");
        let name = |i: u32| format!("string number {}", i % 1000);
        for i in 0..5000 {
            assert_eq!(table.intern(name(i).as_bytes()).unwrap(), i % 1000);
        }
        assert_eq!(table.find(b"string number 17"), Some(17));
        assert_eq!(table.find(b"string number 1000"), None);
        assert_eq!(table.get(999), b"string number 999");
    }
}
