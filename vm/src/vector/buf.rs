//! Slices of plain values: owned and reusable, or shared with a table or an Arrow array.

use std::fmt;
use std::ops::Deref;

use arrow::buffer::Buffer;
use bytemuck::Pod;

/// Values of one plain type in a row. Shared ones are borrowed by reference count, never copied; owned ones keep
/// their capacity from batch to batch.
#[derive(Clone)]
pub enum Buf<T: Pod> {
    /// Made here; refilled for each batch.
    Owned(Vec<T>),
    /// Borrowed from a table or an Arrow buffer. The bytes are aligned and a whole number of `T`.
    Shared(Buffer),
}

impl<T: Pod> Buf<T> {
    /// Shares `length` values of `buffer` from value `offset` on. Bytes that are not aligned for `T` are copied
    /// once. Panics beyond the buffer's end.
    pub fn shared(buffer: &Buffer, offset: usize, length: usize) -> Buf<T> {
        let width = size_of::<T>();
        let slice = buffer.slice_with_length(offset * width, length * width);
        match bytemuck::try_cast_slice::<u8, T>(slice.as_slice()) {
            Ok(_) => Buf::Shared(slice),
            Err(_) => Buf::Owned(bytemuck::pod_collect_to_vec(slice.as_slice())),
        }
    }

    /// The values `offset..offset + length`: shared if these are shared, copied otherwise.
    pub fn slice(&self, offset: usize, length: usize) -> Buf<T> {
        match self {
            Buf::Owned(values) => Buf::Owned(values[offset..offset + length].to_vec()),
            Buf::Shared(buffer) => Buf::shared(buffer, offset, length),
        }
    }

    /// Turns owned values into shared ones (moved, not copied), so that slices of them cost nothing.
    #[must_use]
    pub fn into_shared(self) -> Buf<T> {
        match self {
            Buf::Owned(values) => Buf::Shared(into_buffer(values)),
            shared @ Buf::Shared(_) => shared,
        }
    }

    /// As an Arrow buffer; owned values are copied.
    pub fn to_buffer(&self) -> Buffer {
        match self {
            Buf::Owned(values) => Buffer::from(bytemuck::cast_slice::<T, u8>(values)),
            Buf::Shared(buffer) => buffer.clone(),
        }
    }

    /// The owned values, emptied and with their capacity, to be refilled; a shared buffer is let go.
    pub fn refill(&mut self) -> &mut Vec<T> {
        if let Buf::Shared(_) = self {
            *self = Buf::Owned(Vec::new());
        }
        match self {
            Buf::Owned(values) => {
                values.clear();
                values
            }
            Buf::Shared(_) => unreachable!("made owned above"),
        }
    }

    /// Makes this a copy of `source`: shared if that is shared, in its own memory otherwise.
    pub fn assign(&mut self, source: &Buf<T>) {
        match source {
            Buf::Owned(values) => self.refill().extend_from_slice(values),
            Buf::Shared(buffer) => *self = Buf::Shared(buffer.clone()),
        }
    }

    /// The values as an owned vector that can grow; shared ones are copied first.
    pub fn make_owned(&mut self) -> &mut Vec<T> {
        if let Buf::Shared(_) = self {
            *self = Buf::Owned(self.to_vec());
        }
        match self {
            Buf::Owned(values) => values,
            Buf::Shared(_) => unreachable!("made owned above"),
        }
    }

    /// Bytes on the heap that are this vector's own.
    pub fn owned_bytes(&self) -> usize {
        match self {
            Buf::Owned(values) => values.capacity() * size_of::<T>(),
            Buf::Shared(_) => 0,
        }
    }
}

/// Moves a vector of plain values into an Arrow buffer without copying where the allocator's layout allows it.
fn into_buffer<T: Pod>(values: Vec<T>) -> Buffer {
    match bytemuck::allocation::try_cast_vec::<T, u8>(values) {
        Ok(bytes) => Buffer::from_vec(bytes),
        // A Vec must be freed with the alignment it was allocated with, so wider values are copied once.
        Err((_, values)) => Buffer::from(bytemuck::cast_slice::<T, u8>(&values)),
    }
}

impl<T: Pod> Default for Buf<T> {
    fn default() -> Self {
        Buf::Owned(Vec::new())
    }
}

impl<T: Pod> Deref for Buf<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Buf::Owned(values) => values,
            Buf::Shared(buffer) => bytemuck::cast_slice(buffer.as_slice()),
        }
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Buf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: Pod> From<Vec<T>> for Buf<T> {
    fn from(values: Vec<T>) -> Self {
        Buf::Owned(values)
    }
}
