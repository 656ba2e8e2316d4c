//! One bit a row: BOOLEAN values and validity.

use arrow::buffer::{BooleanBuffer, Buffer};

/// A run of bits, least significant first in each 64-bit word: owned and reusable, or shared.
#[derive(Clone, Debug)]
pub enum Bits {
    /// Made here, from bit 0 on; bits at and beyond `length` are 0.
    Owned {
        /// `length.div_ceil(64)` words.
        words: Vec<u64>,
        /// Bits in all.
        length: usize,
    },
    /// Borrowed from a table or an Arrow array, at any bit offset.
    Shared(BooleanBuffer),
}

impl Default for Bits {
    fn default() -> Self {
        Bits::Owned { words: Vec::new(), length: 0 }
    }
}

impl Bits {
    /// `length` bits, all `value`.
    pub fn filled(value: bool, length: usize) -> Bits {
        let mut bits = Bits::default();
        bits.refill(value, length);
        bits
    }

    /// Bits in all.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Bits::Owned { length, .. } => *length,
            Bits::Shared(buffer) => buffer.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bit `index`. Panics beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        match self {
            Bits::Owned { words, length } => {
                assert!(index < *length, "bit {index} of {length}");
                words[index / 64] >> (index % 64) & 1 != 0
            }
            Bits::Shared(buffer) => buffer.value(index),
        }
    }

    /// Makes this `length` bits, all `value`, and gives the words for setting; keeps capacity.
    pub fn refill(&mut self, value: bool, length: usize) -> &mut Vec<u64> {
        if let Bits::Shared(_) = self {
            *self = Bits::default();
        }
        match self {
            Bits::Owned { words, length: own } => {
                words.clear();
                words.resize(length.div_ceil(64), if value { u64::MAX } else { 0 });
                *own = length;
                mask_tail(words, length);
                words
            }
            Bits::Shared(_) => unreachable!("made owned above"),
        }
    }

    /// Makes this the bits of `bools`; keeps capacity.
    pub fn refill_from(&mut self, length: usize, mut bit: impl FnMut(usize) -> bool) {
        let words = self.refill(false, length);
        for (index, word) in words.iter_mut().enumerate() {
            let base = index * 64;
            for offset in 0..(length - base).min(64) {
                *word |= u64::from(bit(base + offset)) << offset;
            }
        }
    }

    /// Sets bit `index` of owned bits; shared ones are copied first.
    pub fn set(&mut self, index: usize, value: bool) {
        let words = self.make_owned();
        let mask = 1u64 << (index % 64);
        if value {
            words[index / 64] |= mask;
        } else {
            words[index / 64] &= !mask;
        }
    }

    /// Appends one bit.
    pub fn push(&mut self, value: bool) {
        let index = self.len();
        self.make_owned();
        if let Bits::Owned { words, length } = self {
            if index.is_multiple_of(64) {
                words.push(0);
            }
            *length += 1;
        }
        self.set(index, value);
    }

    /// Makes this a copy of `source`: shared if that is shared, in its own memory otherwise.
    pub fn assign(&mut self, source: &Bits) {
        match source {
            Bits::Owned { words, length } => self.refill(false, *length).copy_from_slice(words),
            Bits::Shared(buffer) => *self = Bits::Shared(buffer.clone()),
        }
    }

    /// Makes this `length` bits of the given 64-bit words, in its own memory; keeps capacity.
    pub fn refill_words(&mut self, length: usize, mut word: impl FnMut(usize) -> u64) {
        let words = self.refill(false, length);
        words.iter_mut().enumerate().for_each(|(index, target)| *target = word(index));
        mask_tail(words, length);
    }

    /// Clears every bit that is 0 in `other`, which is as long.
    pub fn and_with(&mut self, other: &Bits) {
        for (word, other) in self.make_owned().iter_mut().zip(other.words()) {
            *word &= other;
        }
    }

    /// Sets every bit that is 1 in `other`, which is as long.
    pub fn or_with(&mut self, other: &Bits) {
        for (word, other) in self.make_owned().iter_mut().zip(other.words()) {
            *word |= other;
        }
    }

    fn make_owned(&mut self) -> &mut Vec<u64> {
        if let Bits::Shared(_) = self {
            let words: Vec<u64> = self.words().collect();
            *self = Bits::Owned { length: self.len(), words };
        }
        match self {
            Bits::Owned { words, .. } => words,
            Bits::Shared(_) => unreachable!("made owned above"),
        }
    }

    /// The bits as 64-bit words from bit 0 on; the last one padded with 0.
    pub fn words(&self) -> impl Iterator<Item = u64> + '_ {
        let length = self.len();
        (0..length.div_ceil(64)).map(move |index| self.word(index))
    }

    /// Bits `64 * index ..` as one word, padded with 0 beyond the end.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        match self {
            Bits::Owned { words, .. } => words[index],
            Bits::Shared(buffer) => shared_word(buffer, index),
        }
    }

    /// How many bits are 1.
    pub fn count_ones(&self) -> usize {
        self.words().map(|word| word.count_ones() as usize).sum()
    }

    /// Bits `offset..offset + length`: shared if these are shared, copied otherwise.
    pub fn slice(&self, offset: usize, length: usize) -> Bits {
        match self {
            Bits::Shared(buffer) => Bits::Shared(buffer.slice(offset, length)),
            Bits::Owned { .. } => {
                let mut bits = Bits::default();
                bits.refill_from(length, |index| self.get(offset + index));
                bits
            }
        }
    }

    /// Turns owned bits into shared ones, so that slices of them cost nothing.
    #[must_use]
    pub fn into_shared(self) -> Bits {
        match self {
            Bits::Owned { words, length } => {
                let bytes = bytemuck::cast_slice::<u64, u8>(&words);
                Bits::Shared(BooleanBuffer::new(Buffer::from(bytes), 0, length))
            }
            shared @ Bits::Shared(_) => shared,
        }
    }

    /// As an Arrow buffer; owned bits are copied.
    pub fn to_boolean_buffer(&self) -> BooleanBuffer {
        match self {
            Bits::Owned { words, length } => {
                BooleanBuffer::new(Buffer::from(bytemuck::cast_slice::<u64, u8>(words)), 0, *length)
            }
            Bits::Shared(buffer) => buffer.clone(),
        }
    }

    /// Bytes on the heap that are this one's own.
    pub fn owned_bytes(&self) -> usize {
        match self {
            Bits::Owned { words, .. } => words.capacity() * 8,
            Bits::Shared(_) => 0,
        }
    }
}

/// Word `index` of shared bits that may begin at any bit.
fn shared_word(buffer: &BooleanBuffer, index: usize) -> u64 {
    let bytes = buffer.values();
    let first_bit = buffer.offset() + index * 64;
    let bits = (buffer.len() - index * 64).min(64);
    let (byte, shift) = (first_bit / 8, first_bit % 8);
    let mut window = [0u8; 16];
    let available = (bytes.len() - byte).min(9);
    window[..available].copy_from_slice(&bytes[byte..byte + available]);
    let word = (u128::from_le_bytes(window) >> shift) as u64;
    if bits == 64 { word } else { word & ((1u64 << bits) - 1) }
}

fn mask_tail(words: &mut [u64], length: usize) {
    if let Some(last) = words.last_mut()
        && !length.is_multiple_of(64)
    {
        *last &= (1u64 << (length % 64)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_any_offset_agree_with_single_bits() {
        let source: Vec<bool> = (0..300).map(|i| i % 3 == 0 || i % 7 == 0).collect();
        let shared = Bits::Shared(BooleanBuffer::from(source.clone()));
        for (offset, length) in [(0, 300), (1, 64), (3, 65), (63, 130), (64, 0), (7, 200), (299, 1)] {
            let slice = shared.slice(offset, length);
            let mut owned = Bits::default();
            owned.refill_from(length, |i| source[offset + i]);
            assert_eq!(slice.words().collect::<Vec<_>>(), owned.words().collect::<Vec<_>>(), "{offset}+{length}");
            assert_eq!(slice.count_ones(), source[offset..offset + length].iter().filter(|b| **b).count());
        }
    }

    #[test]
    fn pushed_bits_read_back() {
        let mut bits = Bits::default();
        for i in 0..130 {
            bits.push(i % 5 == 0);
        }
        assert!((0..130).all(|i| bits.get(i) == (i % 5 == 0)));
    }
}
