//! Byte strings of any length: VARCHAR, BLOB, JSON.

use arrow::buffer::Buffer;
use bytemuck::{Pod, Zeroable};

use super::buf::Buf;

/// Bytes that fit into a view itself.
pub const INLINE_BYTES: usize = 12;
/// The buffer number of a view into the vector's own arena.
const ARENA: u32 = u32::MAX;

/// 16 bytes for a string of any length: up to 12 bytes stand inside; of longer ones the first four, the number of
/// a buffer and the offset in it. The layout is Arrow's Utf8View (and Umbra's).
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
#[repr(C, align(16))]
pub struct View {
    length: u32,
    bytes: [u8; INLINE_BYTES],
}

impl View {
    /// A view that holds all of `bytes`, of which there are at most [`INLINE_BYTES`].
    #[inline]
    pub fn inline(bytes: &[u8]) -> View {
        let mut view = View { length: bytes.len() as u32, bytes: [0; INLINE_BYTES] };
        view.bytes[..bytes.len()].copy_from_slice(bytes);
        view
    }

    /// A view of `bytes`, longer than [`INLINE_BYTES`], that stand at `offset` in buffer number `buffer`.
    #[inline]
    pub fn long(bytes: &[u8], buffer: u32, offset: u32) -> View {
        let mut view = View { length: bytes.len() as u32, bytes: [0; INLINE_BYTES] };
        view.bytes[..4].copy_from_slice(&bytes[..4]);
        view.bytes[4..8].copy_from_slice(&buffer.to_le_bytes());
        view.bytes[8..].copy_from_slice(&offset.to_le_bytes());
        view
    }

    /// A view of the `length` bytes at `start` of `bytes`, which is buffer number `buffer`.
    #[inline]
    fn within(bytes: &[u8], start: usize, length: usize, buffer: u32) -> View {
        let Some(window) = bytes.get(start..start + INLINE_BYTES) else {
            // At the very end of the buffer: fewer bytes than a view holds, so this one holds all of them.
            return View::inline(&bytes[start..start + length]);
        };
        let mut view = View { length: length as u32, bytes: [0; INLINE_BYTES] };
        view.bytes.copy_from_slice(window);
        if length > INLINE_BYTES {
            view.bytes[4..8].copy_from_slice(&buffer.to_le_bytes());
            view.bytes[8..].copy_from_slice(&(start as u32).to_le_bytes());
            return view;
        }
        let whole: u128 = bytemuck::cast(view);
        bytemuck::cast(whole & (u128::MAX >> (8 * (INLINE_BYTES - length))))
    }

    /// Bytes of the string.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "the length of a string, not of a collection")]
    pub fn len(self) -> usize {
        self.length as usize
    }

    /// Number of the buffer that a long view points into.
    #[inline]
    pub fn buffer(self) -> u32 {
        u32::from_le_bytes([self.bytes[4], self.bytes[5], self.bytes[6], self.bytes[7]])
    }

    /// Offset in that buffer.
    #[inline]
    pub fn offset(self) -> u32 {
        u32::from_le_bytes([self.bytes[8], self.bytes[9], self.bytes[10], self.bytes[11]])
    }

    /// The length and the first four bytes as one number: different keys mean different strings.
    #[inline]
    pub fn prefix_key(self) -> u64 {
        u64::from(self.length)
            | u64::from(u32::from_le_bytes([self.bytes[0], self.bytes[1], self.bytes[2], self.bytes[3]])) << 32
    }
}

/// A vector of byte strings: views, the shared buffers they point into, and an arena for strings made here.
///
/// VARCHAR and JSON hold valid UTF-8; whoever appends sees to it.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// One view a row. Views of NULL rows are [`View::default`] or anything valid.
    pub views: Buf<View>,
    /// What long views point into.
    pub buffers: Vec<Buffer>,
    arena: Vec<u8>,
}

impl Text {
    /// Views and the buffers that the long ones point into.
    pub fn from_parts(views: Buf<View>, buffers: Vec<Buffer>) -> Text {
        Text { views, buffers, arena: Vec::new() }
    }

    /// Rows in all.
    #[inline]
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The bytes of row `index`.
    #[inline]
    pub fn get(&self, index: usize) -> &[u8] {
        self.resolve(&self.views[index])
    }

    /// The bytes of a view of this vector.
    #[inline]
    pub fn resolve<'a>(&'a self, view: &'a View) -> &'a [u8] {
        let length = view.len();
        if length <= INLINE_BYTES {
            return &view.bytes[..length];
        }
        let offset = view.offset() as usize;
        &self.buffer_of(view)[offset..offset + length]
    }

    /// The whole buffer that a long view of this vector points into.
    #[inline]
    pub(crate) fn buffer_of(&self, view: &View) -> &[u8] {
        match view.buffer() {
            ARENA => &self.arena,
            number => self.buffers[number as usize].as_slice(),
        }
    }

    /// The string of row `index`, for VARCHAR and JSON.
    pub fn get_str(&self, index: usize) -> &str {
        std::str::from_utf8(self.get(index)).expect("VARCHAR holds UTF-8: checked where bytes come in")
    }

    /// Empties it; capacity of views, buffer list and arena stays.
    pub fn clear(&mut self) {
        self.views.refill();
        self.buffers.clear();
        self.arena.clear();
    }

    /// Appends a string, copying it.
    #[inline]
    pub fn push(&mut self, bytes: &[u8]) {
        let view = self.store(bytes);
        self.views.make_owned().push(view);
    }

    /// Copies a string into the arena (or the view) and gives its view, without appending a row.
    #[inline]
    pub fn store(&mut self, bytes: &[u8]) -> View {
        if bytes.len() <= INLINE_BYTES {
            return View::inline(bytes);
        }
        self.seal_if_full(bytes.len());
        let offset = self.arena.len() as u32;
        self.arena.extend_from_slice(bytes);
        View::long(bytes, ARENA, offset)
    }

    /// Appends a string that `write` appends to the given bytes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.seal_if_full(1 << 20);
        let offset = self.arena.len();
        write(&mut self.arena);
        let bytes = &self.arena[offset..];
        let view = if bytes.len() <= INLINE_BYTES {
            let view = View::inline(bytes);
            self.arena.truncate(offset);
            view
        } else {
            View::long(bytes, ARENA, offset as u32)
        };
        self.views.make_owned().push(view);
    }

    /// Offsets are 32 bits: before the arena outgrows them it becomes a shared buffer of its own.
    fn seal_if_full(&mut self, more: usize) {
        if self.arena.len() + more > i32::MAX as usize && !self.arena.is_empty() {
            self.seal();
        }
    }

    /// Turns the arena into a shared buffer (moved, not copied): afterwards every view can be shared.
    pub fn seal(&mut self) {
        if self.arena.is_empty() {
            return;
        }
        let number = self.buffers.len() as u32;
        self.buffers.push(Buffer::from_vec(std::mem::take(&mut self.arena)));
        for view in self.views.make_owned() {
            if view.len() > INLINE_BYTES && view.buffer() == ARENA {
                view.bytes[4..8].copy_from_slice(&number.to_le_bytes());
            }
        }
    }

    /// Lets slices and clones of it cost nothing.
    #[must_use]
    pub fn into_shared(mut self) -> Text {
        self.seal();
        Text { views: self.views.into_shared(), buffers: self.buffers, arena: Vec::new() }
    }

    /// Makes this rows `rows` of `source`, sharing its buffers; strings in the source's arena are copied.
    /// A row number of `u32::MAX` gives an empty string (the row is NULL).
    pub fn gather(&mut self, source: &Text, rows: &[u32]) {
        self.clear();
        self.buffers.extend(source.buffers.iter().cloned());
        let Text { views, arena, .. } = self;
        let views = views.refill();
        let from: &[View] = &source.views;
        if source.arena.is_empty() {
            views.extend(rows.iter().map(|&row| from.get(row as usize).copied().unwrap_or_default()));
            return;
        }
        for &row in rows {
            let view = from.get(row as usize).copied().unwrap_or_default();
            views.push(move_to_arena(source, view, arena));
        }
    }

    /// Makes this strings that stand one behind the other: row `i` is `bytes[offsets[i]..offsets[i + 1]]`. The bytes
    /// are shared. Keeps capacity.
    pub fn assign_contiguous(&mut self, offsets: &[u32], bytes: &Buffer) {
        self.clear();
        self.buffers.push(bytes.clone());
        let all = bytes.as_slice();
        self.views.refill().extend(offsets.windows(2).map(|ends| {
            let (start, end) = (ends[0] as usize, ends[1] as usize);
            View::within(all, start, end - start, 0)
        }));
    }

    /// Makes this a copy of `source` that shares its buffers. Keeps capacity.
    pub fn assign(&mut self, source: &Text) {
        self.clear();
        self.views.assign(&source.views);
        self.buffers.extend(source.buffers.iter().cloned());
        self.arena.extend_from_slice(&source.arena);
    }

    /// Makes this rows `first..first + count` of `source`, sharing its buffers. Keeps capacity.
    pub fn assign_window(&mut self, source: &Text, first: usize, count: usize) {
        self.clear();
        self.views = source.views.slice(first, count);
        self.buffers.extend(source.buffers.iter().cloned());
        self.arena.extend_from_slice(&source.arena);
    }

    /// Appends all rows of `source`, copying long strings into this vector's arena.
    pub fn append(&mut self, source: &Text) {
        self.append_rows(source, 0..source.len());
    }

    /// Appends some rows of `source`, copying long strings into this vector's arena.
    pub fn append_rows(&mut self, source: &Text, rows: impl Iterator<Item = usize>) {
        for row in rows {
            self.push(source.get(row));
        }
    }

    /// Rows `offset..offset + length`, sharing what is shared. Seal first to share everything.
    pub fn slice(&self, offset: usize, length: usize) -> Text {
        Text { views: self.views.slice(offset, length), buffers: self.buffers.clone(), arena: self.arena.clone() }
    }

    /// Bytes on the heap that are this vector's own.
    pub fn owned_bytes(&self) -> usize {
        self.views.owned_bytes() + self.arena.capacity() + self.buffers.capacity() * size_of::<Buffer>()
    }
}

/// The view for this vector of a view of `source`: its bytes are copied if they stand in the source's arena.
fn move_to_arena(source: &Text, view: View, arena: &mut Vec<u8>) -> View {
    if view.len() <= INLINE_BYTES || view.buffer() != ARENA {
        return view;
    }
    let bytes = source.resolve(&view);
    let offset = arena.len() as u32;
    arena.extend_from_slice(bytes);
    View::long(bytes, ARENA, offset)
}
