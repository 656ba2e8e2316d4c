//! Sets of integer keys that say of a number whether it may be among them: what joins drop rows of their probe sides by.
//!
//! Where the keys lie in a small range there is a bit for each: the answer is exact. Elsewhere it is a Bloom filter whose
//! bits for a key are all in one word (Putze, Sanders & Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007),
//! 16 bits a key and more: of other keys it lets some 3 in 100 pass. A key's hash is its product with 2^64 divided by the
//! golden ratio (Knuth, volume 3, 6.4), of which the upper bits choose the word, and those below them the bits in it.

/// 2^64 divided by the golden ratio, odd.
pub const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bits of a hash that choose a bit in a word.
pub const BIT_CHOICE: u32 = 6;

/// A set of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySet {
    /// A bit for each key from `min` on.
    Bits {
        /// The smallest key.
        min: i64,
        /// Bits, 64 to a word, the least significant one first.
        words: Vec<u64>,
    },
    /// Two bits for each key, in one word.
    Bloom {
        /// A power of two, two at least.
        words: Vec<u64>,
        /// How far a hash is shifted to be a word's number.
        shift: u32,
    },
}

impl KeySet {
    /// An empty set for keys of `min..=max`, a bit each.
    pub fn bits(min: i64, max: i64) -> KeySet {
        KeySet::Bits { min, words: vec![0; KeySet::bits_words(min, max)] }
    }

    /// How many words [`KeySet::bits`] takes; one at least.
    pub fn bits_words(min: i64, max: i64) -> usize {
        (if min > max { 0 } else { max.abs_diff(min) } / 64) as usize + 1
    }

    /// An empty set for so many keys of any range.
    pub fn bloom(keys: usize) -> KeySet {
        let length = KeySet::bloom_words(keys);
        KeySet::Bloom { words: vec![0; length], shift: 64 - length.trailing_zeros() }
    }

    /// How many words [`KeySet::bloom`] takes.
    pub fn bloom_words(keys: usize) -> usize {
        keys.div_ceil(4).next_power_of_two().max(2)
    }

    /// Adds a key, which is within the range of a set of bits.
    #[inline]
    pub fn insert(&mut self, key: i64) {
        match self {
            KeySet::Bits { min, words } => {
                let slot = key.wrapping_sub(*min) as u64;
                words[(slot / 64) as usize] |= 1 << (slot % 64);
            }
            KeySet::Bloom { words, shift } => {
                let (word, bits) = bloom_place(key, *shift);
                words[word] |= bits;
            }
        }
    }

    /// Whether a number may be a key: true for every key.
    #[inline]
    pub fn might_contain(&self, number: i64) -> bool {
        match self {
            KeySet::Bits { min, words } => has_bit(words, *min, number),
            KeySet::Bloom { words, shift } => might_have(words, *shift, number),
        }
    }

    /// Whether differences to the smallest key can be told apart in 32 bits, for all numbers of 32 bits.
    pub fn fits_i32(&self) -> bool {
        match self {
            KeySet::Bits { min, words } => {
                *min >= i32::MIN.into() && i128::from(*min) + words.len() as i128 * 64 <= 1 << 31
            }
            KeySet::Bloom { .. } => true,
        }
    }
}

/// Whether the bit of `number` is set; the first bit is that of `min`.
#[inline(always)]
pub fn has_bit(words: &[u64], min: i64, number: i64) -> bool {
    let Some(last) = words.len().checked_sub(1) else { return false };
    // A number below `min` wraps around to a place beyond the end. There is no branch: loops over this are vectorised.
    let slot = number.wrapping_sub(min) as u64;
    let word = (slot / 64) as usize;
    (words[word.min(last)] >> (slot % 64) & 1 == 1) & (word <= last)
}

/// Whether all bits of `number` in a Bloom filter are set.
#[inline(always)]
pub fn might_have(words: &[u64], shift: u32, number: i64) -> bool {
    let Some(last) = words.len().checked_sub(1) else { return false };
    let (word, bits) = bloom_place(number, shift);
    words[word.min(last)] & bits == bits
}

/// The number of a key's word, and its bits there.
#[inline(always)]
fn bloom_place(key: i64, shift: u32) -> (usize, u64) {
    let hash = (key as u64).wrapping_mul(MULTIPLIER);
    let bit = |number: u32| 1u64 << (hash >> (shift - number * BIT_CHOICE) & 63);
    ((hash >> shift) as usize, bit(1) | bit(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(mut empty: KeySet, keys: &[i64]) -> KeySet {
        keys.iter().for_each(|key| empty.insert(*key));
        empty
    }

    #[test]
    fn bits_are_exact() {
        for keys in [vec![], vec![3, -5, 3], vec![i64::MAX], vec![i64::MIN, i64::MIN + 64], vec![-64, 0, 63, 64]] {
            let (min, max) = (keys.iter().min().copied(), keys.iter().max().copied());
            let bits = set(KeySet::bits(min.unwrap_or(0), max.unwrap_or(-1)), &keys);
            for number in [i64::MIN, i64::MIN + 64, -65, -64, -5, 0, 3, 4, 63, 64, 65, 70_000, i64::MAX] {
                assert_eq!(bits.might_contain(number), keys.contains(&number), "{number} of {keys:?}");
            }
        }
    }

    #[test]
    fn few_strangers_are_let_pass_by_a_bloom_filter() {
        for stride in [1, 3, 1 << 20, 1 << 33, 1_000_003] {
            let keys: Vec<i64> = (0..10_000).map(|i| i * stride).collect();
            let bloom = set(KeySet::bloom(keys.len()), &keys);
            assert!(keys.iter().all(|key| bloom.might_contain(*key)));
            let strangers = |shift: i64| keys.iter().filter(|key| bloom.might_contain(**key + shift)).count();
            for shift in [10_000 * stride, -10_000 * stride] {
                assert!(strangers(shift) < 800, "{} of 10,000 pass, {stride} apart", strangers(shift));
            }
        }
    }

    #[test]
    fn sets_that_fit_32_bits_tell_all_such_numbers_apart() {
        assert!(KeySet::bits(i32::MIN.into(), i32::MIN.into()).fits_i32());
        assert!(KeySet::bits(-5, 70_000).fits_i32());
        assert!(!KeySet::bits(i64::from(i32::MIN) - 1, 0).fits_i32());
        assert!(!KeySet::bits(i64::from(i32::MAX) - 5, i32::MAX.into()).fits_i32());
    }
}
