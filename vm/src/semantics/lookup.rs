//! Lookups in tables, which check their bounds: what is beyond is 0 or false.

/// Entry `number` of a table.
#[inline(always)]
pub fn entry<T: Copy + Default>(table: &[T], number: i32) -> T {
    usize::try_from(number).ok().and_then(|number| table.get(number)).copied().unwrap_or_default()
}

/// Entry `number` of a table of truth values, 64 to a word, the least significant bit first.
#[inline(always)]
pub fn bit(words: &[u64], number: i32) -> bool {
    let word = usize::try_from(number).ok().and_then(|number| words.get(number / 64)).copied().unwrap_or_default();
    word >> (number & 63) & 1 == 1
}

/// As [`bit`], of a table of one word: without a branch or a load.
#[inline(always)]
pub fn bit_of_word(word: u64, number: i32) -> bool {
    (0..64).contains(&number) & (word >> (number & 63) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_beyond_a_table() {
        for (number, expected) in [(0, 5), (1, 7), (2, 0), (-1, 0), (i32::MIN, 0), (i32::MAX, 0)] {
            assert_eq!(entry(&[5i64, 7], number), expected, "{number}");
        }
        let words = [1 << 63 | 1, 2];
        for number in [0, 63, 65, 1, 64, 66, 128, -1, -64, -63, i32::MIN, i32::MAX] {
            assert_eq!(bit(&words, number), [0, 63, 65].contains(&number), "{number}");
            assert_eq!(bit_of_word(words[0], number), [0, 63].contains(&number), "{number}");
        }
        assert!(!bit(&[], 0));
    }
}
