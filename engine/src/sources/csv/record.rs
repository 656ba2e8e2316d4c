//! Records and fields in a buffer of CSV.

/// Bytes that a buffer must have behind its content, so that eight bytes can be looked at together anywhere.
pub(super) const PADDING: usize = 16;

pub(super) const QUOTE: u8 = b'"';

/// Where a field stands in the buffer, without its quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSpan {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) style: FieldStyle,
}

/// How a field is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FieldStyle {
    /// As it is.
    #[default]
    Plain,
    /// In quotes.
    Quoted,
    /// In quotes, with doubled quotes inside.
    Escaped,
}

impl FieldSpan {
    /// The bytes between the quotes.
    #[inline]
    pub(super) fn raw(self, buffer: &[u8]) -> &[u8] {
        &buffer[self.start as usize..self.end as usize]
    }

    /// Whether it stands for NULL: empty and not quoted.
    #[inline]
    pub(super) fn is_null(self) -> bool {
        self.start == self.end && self.style == FieldStyle::Plain
    }

    /// Its bytes, doubled quotes made single in `scratch`.
    #[inline]
    pub(super) fn bytes<'a>(self, buffer: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = self.raw(buffer);
        if self.style != FieldStyle::Escaped {
            return raw;
        }
        scratch.clear();
        let mut rest = raw;
        while let Some(at) = memchr::memchr(QUOTE, rest) {
            scratch.extend_from_slice(&rest[..=at]);
            // The scanner saw to it that quotes come in pairs here.
            rest = &rest[at + 2..];
        }
        scratch.extend_from_slice(rest);
        scratch
    }
}

/// What was found at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A record of so many fields; the next one begins at `next`.
    Record { fields: usize, next: usize },
    /// The buffer ends before the record does.
    Incomplete,
}

/// Why there is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// The file ends inside quotes.
    UnterminatedQuote,
    /// Something other than a delimiter or a line's end follows a closing quote.
    TextAfterQuote,
}

/// Whether more bytes follow the buffer's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// They do.
    OfBuffer,
    /// The file ends with it.
    OfFile,
}

/// A stretch of CSV: `length` bytes of `buffer`, behind which a line feed and [`PADDING`] more bytes stand.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) buffer: &'a [u8],
    pub(super) length: usize,
    pub(super) end: End,
    pub(super) delimiter: u8,
}

impl Content<'_> {
    /// Scans the record at `position`, which is before the content's end, and gives each field to `take` by its
    /// number.
    #[inline]
    pub(super) fn record(&self, position: usize, mut take: impl FnMut(usize, FieldSpan)) -> Result<Scanned, Malformed> {
        let mut start = position;
        for field in 0.. {
            let (span, end) = if self.buffer[start] == QUOTE {
                match self.quoted(start)? {
                    Some(found) => found,
                    None => return Ok(Scanned::Incomplete),
                }
            } else {
                let end = self.plain_end(start);
                (FieldSpan { start: start as u32, end: end as u32, style: FieldStyle::Plain }, end)
            };
            if end < self.length && self.buffer[end] == self.delimiter {
                take(field, span);
                start = end + 1;
                continue;
            }
            if end == self.length && self.end == End::OfBuffer {
                return Ok(Scanned::Incomplete);
            }
            take(field, self.without_return(span));
            return Ok(Scanned::Record { fields: field + 1, next: (end + 1).min(self.length) });
        }
        unreachable!("the loop has no end of its own")
    }

    /// The end of the plain field at `start`: a delimiter, a line feed or the content's end.
    #[inline]
    fn plain_end(&self, start: usize) -> usize {
        const LINE_FEEDS: u64 = u64::from_le_bytes([b'\n'; 8]);
        let delimiters = u64::from_le_bytes([self.delimiter; 8]);
        let mut position = start;
        loop {
            let bytes = self.buffer[position..].first_chunk::<8>().expect("padding stands behind the content");
            let word = u64::from_le_bytes(*bytes);
            let found = zero_bytes(word ^ delimiters) | zero_bytes(word ^ LINE_FEEDS);
            if found != 0 {
                // A delimiter can stand in the padding, but the line feed before it is found first.
                return position + found.trailing_zeros() as usize / 8;
            }
            position += 8;
        }
    }

    /// The quoted field at `start` and where it ends, or `None` if the buffer ends first.
    fn quoted(&self, start: usize) -> Result<Option<(FieldSpan, usize)>, Malformed> {
        let mut style = FieldStyle::Quoted;
        let mut position = start + 1;
        loop {
            let Some(at) = memchr::memchr(QUOTE, &self.buffer[position..self.length]) else {
                return match self.end {
                    End::OfBuffer => Ok(None),
                    End::OfFile => Err(Malformed::UnterminatedQuote),
                };
            };
            let close = position + at;
            let span = FieldSpan { start: (start + 1) as u32, end: close as u32, style };
            let next = close + 1;
            if next >= self.length {
                // Whether a second quote follows is not known before the file's end.
                return Ok((self.end == End::OfFile).then_some((span, self.length)));
            }
            match self.buffer[next] {
                QUOTE => {
                    style = FieldStyle::Escaped;
                    position = next + 1;
                }
                b'\n' => return Ok(Some((span, next))),
                b'\r' if next + 1 >= self.length => {
                    return Ok((self.end == End::OfFile).then_some((span, self.length)));
                }
                b'\r' if self.buffer[next + 1] == b'\n' => return Ok(Some((span, next + 1))),
                byte if byte == self.delimiter => return Ok(Some((span, next))),
                _ => return Err(Malformed::TextAfterQuote),
            }
        }
    }

    /// The last field of a line without the carriage return before the line feed.
    fn without_return(&self, span: FieldSpan) -> FieldSpan {
        let ends_with_return =
            span.style == FieldStyle::Plain && span.start < span.end && self.buffer[span.end as usize - 1] == b'\r';
        if ends_with_return { FieldSpan { end: span.end - 1, ..span } } else { span }
    }
}

/// The top bit of every byte that is 0, up to and including the first of them; bits above that may be wrong
/// (Mycroft's trick).
#[inline]
fn zero_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & TOPS
}
