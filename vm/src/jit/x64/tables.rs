//! Descriptors of tables: what compiled code reads of them besides their entries.

use crate::kernel::interpret::native::Wide;
use crate::kernel::tables::Entries;
use crate::semantics::KeySet;
use crate::semantics::key_set::BIT_CHOICE;

/// What compiled code does with a table of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is a Bloom filter.
    Bloom,
    /// It is none: all rows pass. Entries have this kind too.
    All,
    /// It has a bit for each key.
    Bits,
}

// Places in a descriptor, in bytes. What is there for vectors is repeated over a register.

/// The address of the first entry or word.
pub(super) const START: i32 = 0;
/// The kind; behind it the number of entries and the smallest key.
pub(super) const KIND: i32 = 8;
/// The smallest key, in 32 bits.
pub(super) const LOW_NARROW: i32 = 32;
/// The number of the last entry, or of the last 32 bits, in 32 bits.
pub(super) const LAST_NARROW: i32 = 64;
/// The smallest key.
pub(super) const LOW_WIDE: i32 = 96;
/// How many words there are.
pub(super) const WORDS_WIDE: i32 = 128;
/// How far the hash of a key is shifted to be the number of its word.
pub(super) const WORD_SHIFT: i32 = 160;
/// ... and to end with those of its first and its second bit there.
pub(super) const FIRST_SHIFT: i32 = 176;
pub(super) const SECOND_SHIFT: i32 = 192;
/// Registers' widths that a descriptor takes.
pub(super) const DESCRIPTOR: usize = 7;

/// What stands for the entries of an empty table.
static NOTHING: [u64; 2] = [0; 2];

/// Makes `descriptor` that of a table, if it is not already.
pub(super) fn describe(descriptor: &mut [Wide], table: &Entries) {
    let (mut start, entries, kind, mut low, mut shift) = match table {
        Entries::Bits(words) => (words.as_ptr() as u64, 2 * words.len(), Kind::All, 0, 0),
        Entries::I32(values) => (values.as_ptr() as u64, values.len(), Kind::All, 0, 0),
        Entries::I64(values) => (values.as_ptr() as u64, values.len(), Kind::All, 0, 0),
        Entries::F64(values) => (values.as_ptr() as u64, values.len(), Kind::All, 0, 0),
        Entries::I128(values) => (values.as_ptr() as u64, values.len(), Kind::All, 0, 0),
        Entries::Keys(keys) => match keys.set() {
            None => (0, 0, Kind::All, 0, 0),
            Some(KeySet::Bits { min, words }) => (words.as_ptr() as u64, 2 * words.len(), Kind::Bits, *min, 0),
            Some(KeySet::Bloom { words, shift }) => (words.as_ptr() as u64, 2 * words.len(), Kind::Bloom, 0, *shift),
        },
    };
    if entries == 0 {
        start = NOTHING.as_ptr() as u64;
        (low, shift) = (0, 0);
    }
    // A table of these is the same one: a shift follows from how many words there are.
    let head = Wide([start, kind as u64, entries as u64, low as u64]);
    if descriptor[0] == head {
        return;
    }
    let narrow = |number: u64| Wide([number & 0xffff_ffff | number << 32; 4]);
    let last = entries.saturating_sub(1).min(i32::MAX as usize) as u64;
    let bits = |number: u32| u64::from(shift.saturating_sub(number * BIT_CHOICE));
    let parts = [
        head,
        narrow(low as u64),
        narrow(last),
        Wide([low as u64; 4]),
        Wide([entries as u64 / 2; 4]),
        Wide([shift.into(), 0, bits(1), 0]),
        Wide([bits(2), 0, 0, 0]),
    ];
    descriptor.copy_from_slice(&parts);
}
