//! Cutting a file into pieces that are read alone: each begins with a record and ends with one.
//!
//! Where a record ends is known only from what stands before it: a line feed may stand in quotes. So pieces are cut
//! one after the other, behind a lock, by looking at quotes alone: of those there are few, or they are found at the
//! speed of memory. What a piece holds is for the worker that has claimed it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rowmill_vm::table::{Morsel, Variant};
use rowmill_vm::{Context, Error, Reservation, Result};

use super::record::{PADDING, QUOTE};
use super::{BYTE_ORDER_MARK, CsvFile};

/// Bytes in a piece: some thousands of rows.
const CHUNK_BYTES: usize = 1 << 20;
/// The longest record. Positions in a piece have 32 bits; most often such a record is a quote left open.
const RECORD_BYTES_MAX: usize = 256 << 20;

/// A piece of a file, of whole records.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// `length` bytes of content, and [`PADDING`] line feeds.
    pub(super) bytes: Vec<u8>,
    pub(super) length: usize,
    memory: Reservation,
}

/// The pieces of one scan.
pub(super) struct Chunks {
    file: Arc<CsvFile>,
    context: Context,
    state: Mutex<State>,
}

struct State {
    /// Where the next piece begins in the file.
    offset: u64,
    /// What was read of the file behind `offset` already.
    carried: Vec<u8>,
    number: u64,
    at_end: bool,
    /// Claimed, but not taken yet; a piece that cannot be read is an error in its place.
    claimed: Vec<(u64, Result<Chunk>)>,
    /// Pieces that were read, for their memory.
    spent: Vec<Chunk>,
}

impl Chunks {
    pub(super) fn new(file: &Arc<CsvFile>, context: &Context) -> Chunks {
        let state =
            State { offset: 0, carried: Vec::new(), number: 0, at_end: false, claimed: Vec::new(), spent: Vec::new() };
        Chunks { file: Arc::clone(file), context: context.clone(), state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts off the next piece.
    pub(super) fn claim(&self) -> Result<Option<Morsel>> {
        self.context.poll()?;
        let mut state = self.lock();
        if state.at_end {
            return Ok(None);
        }
        let (number, offset) = (state.number, state.offset);
        let chunk = state.read_chunk(&self.file, &self.context);
        if let Ok(chunk) = &chunk {
            if chunk.length == 0 {
                return Ok(None);
            }
            state.offset += chunk.length as u64;
        } else {
            state.at_end = true;
        }
        state.number += 1;
        state.claimed.push((number, chunk));
        // Every record has a byte at least, so that offsets number rows in their order.
        Ok(Some(Morsel { number, first_row: offset, rows: u64::MAX, variant: Variant::WHOLE }))
    }

    /// The piece that was claimed as `number`.
    pub(super) fn take(&self, number: u64) -> Result<Chunk> {
        let mut state = self.lock();
        let place = state.claimed.iter().position(|(claimed, _)| *claimed == number);
        let place = place.ok_or_else(|| Error::internal("a piece of a CSV file is read that nobody has claimed"))?;
        state.claimed.swap_remove(place).1
    }

    /// Takes back the memory of a piece.
    pub(super) fn give_back(&self, chunk: Chunk) {
        self.lock().spent.push(chunk);
    }
}

impl State {
    fn read_chunk(&mut self, file: &CsvFile, context: &Context) -> Result<Chunk> {
        let mut chunk = self.spent.pop().unwrap_or_else(|| Chunk {
            offset: 0,
            bytes: Vec::new(),
            length: 0,
            memory: context.reservation("CSV reader"),
        });
        chunk.offset = self.offset;
        chunk.make_room(CHUNK_BYTES.max(self.carried.len() + CHUNK_BYTES / 2))?;
        chunk.bytes[..self.carried.len()].copy_from_slice(&self.carried);
        let mut length = self.carried.len();
        let mut cut = Cut::default();
        loop {
            let free = chunk.bytes.len() - PADDING;
            let read = file.file.read_up_to(self.offset + length as u64, &mut chunk.bytes[length..free])?;
            file.file.check_unchanged()?;
            length += read;
            self.at_end = length < free;
            if self.at_end {
                self.carried.clear();
                chunk.end_at(length);
                return Ok(chunk);
            }
            cut.advance(&chunk.bytes[..length], file.dialect.delimiter);
            if cut.end > 0 {
                break;
            }
            if length >= RECORD_BYTES_MAX {
                let message = format!("a record is longer than {RECORD_BYTES_MAX} bytes; is a quote left open?");
                return Err(file.error_at(self.offset, message));
            }
            context.poll()?;
            chunk.make_room(chunk.bytes.len() * 2)?;
        }
        self.carried.clear();
        self.carried.extend_from_slice(&chunk.bytes[cut.end..length]);
        chunk.end_at(cut.end);
        Ok(chunk)
    }
}

impl Chunk {
    /// Makes the buffer hold `bytes` at least.
    fn make_room(&mut self, bytes: usize) -> Result<()> {
        if self.bytes.len() < bytes {
            // What is carried over to the next piece is less than this one.
            self.memory.resize(bytes * 2)?;
            self.bytes.resize(bytes, 0);
        }
        Ok(())
    }

    fn end_at(&mut self, length: usize) {
        self.length = length;
        self.bytes[length..length + PADDING].fill(b'\n');
    }

    /// The first byte of its first record: behind the byte order mark, if it is the file's first piece.
    pub(super) fn first_record(&self) -> usize {
        let marked = self.offset == 0 && self.bytes[..self.length].starts_with(BYTE_ORDER_MARK);
        if marked { BYTE_ORDER_MARK.len() } else { 0 }
    }
}

/// The last end of a record in a growing buffer that begins with a record.
#[derive(Debug, Default)]
struct Cut {
    /// Behind the line feed of the last record that is known to end.
    end: usize,
    /// Outside quotes; all before is settled.
    outside: usize,
}

impl Cut {
    /// Looks at what the buffer has got since the last call.
    fn advance(&mut self, bytes: &[u8], delimiter: u8) {
        let mut position = self.outside;
        while let Some(at) = memchr::memchr(QUOTE, &bytes[position..]) {
            let quote = position + at;
            // A quote opens a field only at its start; elsewhere it is a character like others.
            let opens = match quote.checked_sub(1) {
                None => true,
                Some(before) => {
                    bytes[before] == delimiter || bytes[before] == b'\n' || bytes[..quote] == *BYTE_ORDER_MARK
                }
            };
            if !opens {
                position = quote + 1;
                continue;
            }
            self.settle(&bytes[..quote]);
            let Some(close) = closing_quote(bytes, quote) else {
                // The rest of the field has not been read yet: the next call begins with its quote.
                self.outside = quote;
                return;
            };
            position = close + 1;
            self.outside = position;
        }
        self.settle(bytes);
        // What follows may belong to the last field, but for a quote it matters only what stands directly before.
        self.outside = self.outside.max(self.end);
    }

    /// Everything from `outside` to the end of `bytes` is outside quotes.
    fn settle(&mut self, bytes: &[u8]) {
        if let Some(line_feed) = memchr::memrchr(b'\n', &bytes[self.outside..]) {
            self.end = self.outside + line_feed + 1;
        }
    }
}

/// The quote that ends the field which `open` begins; `None` if the buffer ends before that is known.
fn closing_quote(bytes: &[u8], open: usize) -> Option<usize> {
    let mut position = open + 1;
    loop {
        let quote = position + memchr::memchr(QUOTE, bytes.get(position..)?)?;
        match bytes.get(quote + 1)? {
            &QUOTE => position = quote + 2,
            _ => return Some(quote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of the last record, found in one look and byte by byte.
    fn cut(text: &str) -> usize {
        let mut whole = Cut::default();
        whole.advance(text.as_bytes(), b',');
        let mut growing = Cut::default();
        (0..=text.len()).for_each(|length| growing.advance(&text.as_bytes()[..length], b','));
        assert_eq!(whole.end, growing.end, "{text:?}");
        whole.end
    }

    #[test]
    fn records_end_at_line_feeds_outside_quotes() {
        for (text, rest) in [
            ("a,b\nc,d\ne", "e"),
            ("a,b", "a,b"),
            ("a\n\"x\ny\",z\n\"open\n", "\"open\n"),
            ("a\n\"x\"\"\ny\",z\nb", "b"),
            ("\"\"\n\"\"", "\"\""),
            ("a \"quoted\" word\nb\"\n\"c", "\"c"),
            ("\u{feff}\"a\nb\",c\nd", "d"),
            ("x\n\"a\"", "\"a\""),
            ("x\r\n\"a\nb\"\r\ny", "y"),
            ("\"a\"b\"\nc", "c"),
        ] {
            assert_eq!(&text[cut(text)..], rest, "{text:?}");
        }
    }
}
