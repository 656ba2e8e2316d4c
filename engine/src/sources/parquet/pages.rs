//! The pages of a column, as their headers describe them: what decoding will take is known, and charged, before
//! anything is decompressed.
//!
//! Only as much of Thrift's compact protocol is read as a page header needs; the headers are read again by the
//! library that decodes.

use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ColumnChunkMetaData;
use rowmill_vm::Result;

use crate::sources::file::SourceFile;
use crate::sources::guard::damaged;

/// A header is looked for in so many bytes at first: few are longer.
const HEADER_BYTES: usize = 256;
/// A header holds bounds of its page, which may be long; one that is longer is no header.
const HEADER_BYTES_MAX: usize = 16 << 20;
/// Structs within structs that a header may have.
const DEPTH_MAX: usize = 16;

/// What the pages of one column of a row group take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PageSizes {
    /// The longest data page, as it is in the file and decompressed, together.
    pub(super) page_bytes_max: u64,
    /// The dictionary, as it is in the file and decompressed, together.
    pub(super) dictionary_bytes: u64,
    /// Values in all data pages, NULLs included.
    pub(super) values: u64,
}

impl PageSizes {
    /// Walks over the page headers of a column.
    pub(super) fn measure(file: &SourceFile, chunk: &ColumnChunkMetaData) -> Result<PageSizes> {
        let path = file.path();
        let name = chunk.column_path().string();
        let wrong = |what: &str| damaged(path, format!("column '{name}': {what}"));
        // Some writers give 0 as the offset of a dictionary that is not there.
        let dictionary = chunk.dictionary_page_offset().filter(|offset| *offset > 0);
        let start = dictionary.unwrap_or(i64::MAX).min(chunk.data_page_offset());
        let start = u64::try_from(start).ok();
        let end = start.zip(u64::try_from(chunk.compressed_size()).ok()).and_then(|(a, b)| a.checked_add(b));
        let (Some(start), Some(end)) = (start, end.filter(|end| *end <= file.bytes())) else {
            return Err(wrong("its pages are beyond the file's end"));
        };
        let mut sizes = PageSizes::default();
        let mut buffer = Vec::new();
        let mut position = start;
        while position < end {
            let (header, length) = read_header(file, position, end, &mut buffer)?
                .ok_or_else(|| wrong("what should be a page's header is none"))?;
            let pages = header.compressed_bytes.checked_add(header.uncompressed_bytes);
            let bytes = pages.ok_or_else(|| wrong("the size of a page is negative"))?;
            match header.kind {
                PageKind::Dictionary
                    if header.values.saturating_mul(least_width(chunk)) > header.uncompressed_bytes =>
                {
                    return Err(wrong("its dictionary has more values than bytes"));
                }
                PageKind::Dictionary => sizes.dictionary_bytes = sizes.dictionary_bytes.max(bytes),
                PageKind::Data => {
                    sizes.page_bytes_max = sizes.page_bytes_max.max(bytes);
                    sizes.values = sizes.values.saturating_add(header.values);
                }
                PageKind::Other => {}
            }
            position = position.saturating_add(length).saturating_add(header.compressed_bytes);
        }
        if position > end {
            return Err(wrong("a page is longer than its column"));
        }
        if u64::try_from(chunk.num_values()).ok() != Some(sizes.values) {
            return Err(wrong(&format!(
                "the footer speaks of {} values, its pages of {}",
                chunk.num_values(),
                sizes.values
            )));
        }
        Ok(sizes)
    }
}

/// Bytes that a value in a dictionary takes at least.
fn least_width(chunk: &ColumnChunkMetaData) -> u64 {
    match chunk.column_type() {
        PhysicalType::BOOLEAN => 0,
        PhysicalType::INT32 | PhysicalType::FLOAT => 4,
        PhysicalType::INT64 | PhysicalType::DOUBLE => 8,
        PhysicalType::INT96 => 12,
        // Its length stands before each.
        PhysicalType::BYTE_ARRAY => 4,
        PhysicalType::FIXED_LEN_BYTE_ARRAY => u64::try_from(chunk.column_descr().type_length()).unwrap_or(0),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    Data,
    Dictionary,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHeader {
    pub(super) kind: PageKind,
    compressed_bytes: u64,
    pub(super) uncompressed_bytes: u64,
    values: u64,
}

/// The header at `position`, and its length; `None` if there is none.
pub(super) fn read_header(
    file: &SourceFile,
    position: u64,
    end: u64,
    buffer: &mut Vec<u8>,
) -> Result<Option<(PageHeader, u64)>> {
    let mut wanted = HEADER_BYTES;
    loop {
        let rest = usize::try_from(end - position).unwrap_or(usize::MAX);
        buffer.resize(wanted.min(rest), 0);
        let filled = file.read_up_to(position, buffer)?;
        let mut thrift = Thrift { bytes: &buffer[..filled], position: 0 };
        if let Some(header) = page_header(&mut thrift) {
            return Ok(Some((header, thrift.position as u64)));
        }
        if wanted >= rest || wanted >= HEADER_BYTES_MAX {
            return Ok(None);
        }
        wanted *= 8;
    }
}

/// Bytes in Thrift's compact protocol. What is not there or is none gives `None`.
struct Thrift<'a> {
    bytes: &'a [u8],
    position: usize,
}

/// Types of the compact protocol that a header is read by; the others are skipped.
const TYPE_I32: u8 = 5;
const TYPE_STRUCT: u8 = 12;

fn page_header(thrift: &mut Thrift<'_>) -> Option<PageHeader> {
    let (mut kind, mut uncompressed, mut compressed, mut values) = (None, None, None, None);
    let mut id = 0;
    while let Some((field, data_type)) = thrift.field(id)? {
        id = field;
        match (field, data_type) {
            (1, TYPE_I32) => kind = Some(thrift.integer()?),
            (2, TYPE_I32) => uncompressed = Some(thrift.integer()?),
            (3, TYPE_I32) => compressed = Some(thrift.integer()?),
            // The headers of data pages, old and new, and of dictionaries begin with the number of values.
            (5 | 7 | 8, TYPE_STRUCT) => values = Some(thrift.first_integer()?),
            (_, data_type) => thrift.skip(data_type, 0)?,
        }
    }
    let kind = match kind? {
        0 | 3 => PageKind::Data,
        2 => PageKind::Dictionary,
        _ => PageKind::Other,
    };
    Some(PageHeader {
        kind,
        compressed_bytes: u64::try_from(compressed?).ok()?,
        uncompressed_bytes: u64::try_from(uncompressed?).ok()?,
        values: if kind == PageKind::Other { 0 } else { u64::try_from(values?).ok()? },
    })
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.position)?;
        self.position += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number in zigzag form.
    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The next field's number and type; `Some(None)` at the struct's end.
    fn field(&mut self, before: i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        let id = match byte >> 4 {
            0 => self.integer()?,
            delta => before.checked_add(i64::from(delta))?,
        };
        Some(Some((id, byte & 0x0f)))
    }

    /// Skips a struct, but for the integer in its field 1.
    fn first_integer(&mut self) -> Option<i64> {
        let (mut id, mut first) = (0, None);
        while let Some((field, data_type)) = self.field(id)? {
            id = field;
            match (field, data_type) {
                (1, TYPE_I32) => first = Some(self.integer()?),
                (_, data_type) => self.skip(data_type, 0)?,
            }
        }
        first
    }

    fn advance(&mut self, bytes: u64) -> Option<()> {
        let end = self.position.checked_add(usize::try_from(bytes).ok()?)?;
        self.position = (end <= self.bytes.len()).then_some(end)?;
        Some(())
    }

    fn skip(&mut self, data_type: u8, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match data_type {
            // Booleans of a struct stand in the field's type.
            1 | 2 => Some(()),
            3 => self.advance(1),
            4..=6 => self.varint().map(drop),
            7 => self.advance(8),
            8 => {
                let length = self.varint()?;
                self.advance(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                // Elements of no bytes would make this loop as long as the file says.
                if length > self.bytes.len() as u64 {
                    return None;
                }
                (0..length).try_for_each(|_| match head & 0x0f {
                    1 | 2 => self.advance(1),
                    element => self.skip(element, depth + 1),
                })
            }
            TYPE_STRUCT => {
                let mut id = 0;
                while let Some((field, data_type)) = self.field(id)? {
                    id = field;
                    self.skip(data_type, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8]) -> Option<(PageHeader, usize)> {
        let mut thrift = Thrift { bytes, position: 0 };
        page_header(&mut thrift).map(|header| (header, thrift.position))
    }

    #[test]
    fn headers_are_read_and_everything_else_is_none() {
        // type 0, uncompressed 300, compressed 100, crc 7, data page header {values 1000, encoding 0, two more, and a
        // statistics struct with bytes}.
        let header = [
            0x15, 0, 0x15, 0xd8, 0x04, 0x15, 0xc8, 0x01, 0x15, 0x0e, 0x1c, 0x15, 0xd0, 0x0f, 0x15, 0, 0x15, 0, 0x15, 0,
            0x1c, 0x18, 2, b'a', b'b', 0, 0, 0,
        ];
        let expected =
            PageHeader { kind: PageKind::Data, compressed_bytes: 100, uncompressed_bytes: 300, values: 1000 };
        assert_eq!(parse(&header), Some((expected, header.len())));
        for length in 0..header.len() {
            assert_eq!(parse(&header[..length]), None, "{length}");
        }
        // A negative size, a list of endless booleans, structs without end.
        assert_eq!(parse(&[0x15, 0, 0x15, 0x01, 0x15, 0x02, 0x2c, 0x15, 2, 0, 0]), None);
        assert_eq!(parse(&[0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]), None);
        assert_eq!(parse(&[0x1c; 100]), None);
    }
}
