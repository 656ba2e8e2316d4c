//! The bytes of a record batch: which are a column's, and what they take.

use std::ops::Range;

use arrow::datatypes::{DataType as ArrowType, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::{self, DictionaryBatch, RecordBatch};

/// Stretches of a body that are closer to each other are read together.
const GAP_BYTES: u64 = 64 << 10;

/// Buffers in a body, as their batch lists them.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// Offset and length in the body of each buffer that is wanted.
    pub(super) places: Vec<(u64, u64)>,
    pub(super) compressed: bool,
}

impl Buffers {
    /// Those of some columns; `wanted` ascends.
    pub(super) fn of_columns(
        batch: RecordBatch<'_>,
        schema: &SchemaRef,
        wanted: &[usize],
    ) -> Result<Buffers, ArrowError> {
        let buffers = batch.buffers().ok_or_else(|| wrong("a record batch has no buffers"))?;
        let mut variadic = batch.variadicBufferCounts().into_iter().flatten();
        let mut places = Vec::new();
        let mut next = 0usize;
        for (column, field) in schema.fields().iter().enumerate() {
            let count = count(field.data_type(), &mut variadic)?;
            let end = next.checked_add(count).filter(|end| *end <= buffers.len());
            let end = end.ok_or_else(|| wrong("a record batch has too few buffers"))?;
            if wanted.binary_search(&column).is_ok() {
                for at in next..end {
                    places.push(place(buffers.get(at))?);
                }
            }
            next = end;
        }
        Ok(Buffers { places, compressed: batch.compression().is_some() })
    }

    /// All of a dictionary.
    pub(super) fn of_dictionary(batch: DictionaryBatch<'_>) -> Result<Buffers, ArrowError> {
        let data = batch.data().ok_or_else(|| wrong("a dictionary has no values"))?;
        let buffers = data.buffers().ok_or_else(|| wrong("a dictionary has no buffers"))?;
        let places = buffers.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Buffers { places, compressed: data.compression().is_some() })
    }

    /// How far they reach in the body, empty ones too.
    pub(super) fn end(&self) -> u64 {
        self.places.iter().map(|(start, length)| start + length).max().unwrap_or(0)
    }

    /// The stretches of the body that have to be read, in order.
    pub(super) fn stretches(&self) -> Vec<Range<u64>> {
        let mut places: Vec<Range<u64>> = self
            .places
            .iter()
            .filter(|(_, length)| *length > 0)
            .map(|(start, length)| *start..start + length)
            .collect();
        places.sort_unstable_by_key(|place| place.start);
        let mut stretches: Vec<Range<u64>> = Vec::new();
        for place in places {
            match stretches.last_mut() {
                Some(last) if place.start <= last.end.saturating_add(GAP_BYTES) => last.end = last.end.max(place.end),
                _ => stretches.push(place),
            }
        }
        stretches
    }

    /// What the buffers take when they are decompressed, by the length that stands before each in `body`.
    pub(super) fn decompressed_bytes(&self, body: &[u8]) -> u64 {
        if !self.compressed {
            return 0;
        }
        let length = |(start, length): &(u64, u64)| {
            let start = usize::try_from(*start).ok()?;
            let bytes = i64::from_le_bytes(*body.get(start..)?.first_chunk::<8>()?);
            // -1 stands for a buffer that is not compressed after all.
            if *length < 8 { None } else { u64::try_from(bytes).ok() }
        };
        self.places.iter().filter_map(length).fold(0, u64::saturating_add)
    }
}

fn place(buffer: &ipc::Buffer) -> Result<(u64, u64), ArrowError> {
    let offset = u64::try_from(buffer.offset()).ok();
    let length = u64::try_from(buffer.length()).ok();
    let place = offset.zip(length).filter(|(offset, length)| offset.checked_add(*length).is_some());
    place.ok_or_else(|| wrong("a buffer has a place that cannot be"))
}

/// How many buffers a column of this type has. Types that the engine does not read do not come this far.
fn count(data_type: &ArrowType, variadic: &mut impl Iterator<Item = i64>) -> Result<usize, ArrowError> {
    Ok(match data_type {
        ArrowType::Null => 0,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Binary | ArrowType::LargeBinary => 3,
        ArrowType::Utf8View | ArrowType::BinaryView => {
            let count = variadic.next().and_then(|count| usize::try_from(count).ok());
            count
                .and_then(|count| count.checked_add(2))
                .ok_or_else(|| wrong("a column of views lacks its count of buffers"))?
        }
        ArrowType::List(element) | ArrowType::LargeList(element) | ArrowType::Map(element, _) => {
            2 + count(element.data_type(), variadic)?
        }
        ArrowType::FixedSizeList(element, _) => 1 + count(element.data_type(), variadic)?,
        ArrowType::Struct(fields) => {
            let mut buffers = 1usize;
            for field in fields {
                let more = count(field.data_type(), variadic)?;
                buffers = buffers.checked_add(more).ok_or_else(|| wrong("a struct has too many buffers"))?;
            }
            buffers
        }
        _ => 2,
    })
}

fn wrong(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_owned())
}
