//! Searching the texts of many rows for bytes that few of them have.
//!
//! Texts of neighbouring rows mostly stand one behind the other in a buffer. There one search (`memchr::memmem`) runs over
//! all of them, which costs far less than one a row.

use memchr::memmem::Finder;

use crate::vector::{INLINE_BYTES, Text};

/// Bytes between the texts of two rows that may be searched in vain.
const GAP_BYTES_MAX: usize = 32;

/// Says of rows, asked for in rising order, whether their text has a needle.
pub(super) struct NeedleScan<'a> {
    text: &'a Text,
    needle: &'a Finder<'a>,
    /// The buffer in which the texts of a run of rows stand, and where there the last one ends.
    buffer: &'a [u8],
    stop: usize,
    /// The first row behind the run.
    end: usize,
    /// Where the needle is next, at or behind the start of the row that was asked for last.
    hit: Option<usize>,
    /// Whether it is nowhere behind that.
    is_over: bool,
}

impl<'a> NeedleScan<'a> {
    pub(super) fn new(text: &'a Text, needle: &'a Finder<'a>) -> NeedleScan<'a> {
        NeedleScan { text, needle, buffer: &[], stop: 0, end: 0, hit: None, is_over: false }
    }

    /// Whether the needle is in the text of a row.
    #[inline]
    pub(super) fn has(&mut self, row: usize) -> bool {
        let view = &self.text.views[row];
        if view.len() <= INLINE_BYTES {
            return self.needle.find(self.text.resolve(view)).is_some();
        }
        let start = view.offset() as usize;
        if row >= self.end {
            self.begin_run(row);
        }
        if self.hit.is_none_or(|hit| hit < start) && !self.is_over {
            self.hit = self.needle.find(&self.buffer[start..self.stop]).map(|place| start + place);
            self.is_over = self.hit.is_none();
        }
        self.hit.is_some_and(|hit| hit + self.needle.needle().len() <= start + view.len())
    }

    /// Finds the rows from `row` on whose texts stand one behind the other. Short texts stand in their views.
    #[cold]
    fn begin_run(&mut self, row: usize) {
        let views = &self.text.views[row..];
        let (number, start) = (views[0].buffer(), views[0].offset() as usize);
        (self.stop, self.end, self.hit, self.is_over) = (start, row + views.len(), None, false);
        for (index, view) in views.iter().enumerate().filter(|(_, view)| view.len() > INLINE_BYTES) {
            let offset = view.offset() as usize;
            if view.buffer() != number || offset < self.stop || offset - self.stop > GAP_BYTES_MAX {
                self.end = row + index;
                break;
            }
            self.stop = offset + view.len();
        }
        self.buffer = self.text.buffer_of(&views[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of few letters, short and long ones, some of them in another buffer, and the end of one makes a needle with the
    /// start of the next.
    fn texts() -> Text {
        let mut text = Text::default();
        let mut state = 7u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % below
        };
        for row in 0..3000 {
            let length = if next(4) == 0 { next(13) } else { 13 + next(30) };
            let bytes: Vec<u8> = (0..length).map(|_| b'a' + next(3) as u8).collect();
            text.push(&bytes);
            if row % 700 == 699 {
                text.seal();
            }
        }
        text
    }

    #[test]
    fn rows_have_the_needle_that_each_of_them_is_found_to_have() {
        let text = texts();
        for needle in ["", "a", "ab", "cab", "abca", "abcabc", "aaaaaaaa", "abcabcabcabcabc", "d"] {
            let finder = Finder::new(needle);
            for step in [1, 2, 5, 97] {
                let mut scan = NeedleScan::new(&text, &finder);
                for row in (0..text.len()).step_by(step) {
                    assert_eq!(scan.has(row), finder.find(text.get(row)).is_some(), "{needle:?} in row {row}");
                }
            }
        }
    }

    #[test]
    fn rows_that_stand_in_no_order_are_searched_too() {
        let mut all = texts();
        all.seal();
        let views: Vec<_> = (0..all.len()).map(|row| all.views[row * 1201 % all.len()]).collect();
        let text = Text::from_parts(views.into(), all.buffers);
        let finder = Finder::new("abca");
        let mut scan = NeedleScan::new(&text, &finder);
        (0..text.len()).for_each(|row| assert_eq!(scan.has(row), finder.find(text.get(row)).is_some(), "{row}"));
    }
}
