//! The messages of a file, found without reading what they hold.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::{self, MessageHeader, MetadataVersion, root_as_footer, root_as_message};
use rowmill_vm::{Error, Result};

use super::{Batch, FORMAT, Message};
use crate::sources::file::SourceFile;
use crate::sources::guard::{damaged, guarded};

/// What an Arrow file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";
/// What a file of Feather's first version begins with.
const FEATHER_1_MAGIC: &[u8] = b"FEA1";
/// Bytes behind the footer: its length, and the magic.
const TRAILER_BYTES: u64 = 10;
/// Stands before a message's length.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// Rows that a record batch may have. A column of NULLs takes no bytes in a file, so that nothing else limits them.
const BATCH_ROWS_MAX: i64 = u32::MAX as i64;

/// What a file holds.
pub(super) struct Index {
    pub(super) schema: SchemaRef,
    pub(super) version: MetadataVersion,
    pub(super) dictionaries: Vec<Message>,
    pub(super) batches: Vec<Batch>,
}

/// Finds the messages of a file.
pub(super) fn read(file: &SourceFile) -> Result<Index> {
    let mut head = [0; 8];
    let filled = file.read_up_to(0, &mut head)?;
    if head.starts_with(FEATHER_1_MAGIC) {
        return Err(Error::unsupported(format!("file '{}' is of Feather's version 1", file.path()))
            .with_hint("write it again as version 2, which is Arrow's IPC format"));
    }
    if head.starts_with(MAGIC) {
        return read_footer(file);
    }
    if filled < head.len() {
        return Err(damaged(file.path(), "it is too short"));
    }
    read_stream(file)
}

/// A file's last bytes say where its messages are.
fn read_footer(file: &SourceFile) -> Result<Index> {
    let path = file.path();
    let mut trailer = [0; TRAILER_BYTES as usize];
    let end = file.bytes().checked_sub(TRAILER_BYTES);
    let end = end.ok_or_else(|| damaged(path, "it is too short"))?;
    read_exactly(file, end, &mut trailer)?;
    let (length, magic) = trailer.split_at(4);
    if magic != MAGIC {
        return Err(damaged(path, "it does not end as an Arrow file does").with_hint("it may be truncated"));
    }
    let length = u32::from_le_bytes(length.try_into().expect("split off four bytes"));
    let start =
        end.checked_sub(u64::from(length)).ok_or_else(|| damaged(path, "its footer is longer than the file"))?;
    let mut footer = vec![0; length as usize];
    read_exactly(file, start, &mut footer)?;

    let (schema, version, dictionaries, batches) = guarded(path, FORMAT, || {
        let footer = root_as_footer(&footer).map_err(|error| ArrowError::ParseError(error.to_string()))?;
        let place = |block: &ipc::Block| (block.offset(), block.metaDataLength(), block.bodyLength());
        let dictionaries: Vec<_> = footer.dictionaries().into_iter().flatten().map(place).collect();
        let batches: Vec<_> = footer.recordBatches().into_iter().flatten().map(place).collect();
        let schema = footer.schema().ok_or_else(|| ArrowError::ParseError("it has no schema".to_owned()))?;
        let schema = read_schema(schema)?;
        Ok::<_, ArrowError>((schema, footer.version(), dictionaries, batches))
    })?;

    let message = |(offset, metadata, body): (i64, i32, i64)| {
        let offset = u64::try_from(offset).ok()?;
        let message =
            Message { offset, metadata_bytes: metadata.try_into().ok()?, body_bytes: u64::try_from(body).ok()? };
        (message.end()? <= start && message.metadata_bytes >= 8).then_some(message)
    };
    let mut index = Index { schema, version, dictionaries: Vec::new(), batches: Vec::new() };
    let wrong = || damaged(path, "its footer speaks of messages beyond its end");
    for place in dictionaries {
        index.dictionaries.push(message(place).ok_or_else(wrong)?);
    }
    let mut metadata = Vec::new();
    for place in batches {
        let message = message(place).ok_or_else(wrong)?;
        message.read_metadata(file, &mut metadata)?;
        match read_header(path, &metadata)?.kind {
            Kind::Batch { rows } => index.add_batch(path, message, rows)?,
            Kind::Schema(..) | Kind::Dictionary => return Err(damaged(path, "a record batch is none")),
        }
    }
    Ok(index)
}

/// A stream's messages follow one another; bodies are passed over.
fn read_stream(file: &SourceFile) -> Result<Index> {
    let path = file.path();
    let mut index: Option<Index> = None;
    let (mut position, mut metadata) = (0, Vec::new());
    while let Some(metadata_bytes) = message_length(file, position)? {
        let mut message = Message { offset: position, metadata_bytes, body_bytes: 0 };
        message.read_metadata(file, &mut metadata)?;
        let header = read_header(path, &metadata)?;
        message.body_bytes = header.body_bytes;
        let end = message.end().filter(|end| *end <= file.bytes());
        position =
            end.ok_or_else(|| damaged(path, "a message reaches beyond its end").with_hint("it may be truncated"))?;
        match (header.kind, &mut index) {
            (Kind::Schema(schema, version), None) => {
                index = Some(Index { schema, version, dictionaries: Vec::new(), batches: Vec::new() });
            }
            (Kind::Dictionary, Some(index)) => index.dictionaries.push(message),
            (Kind::Batch { rows }, Some(index)) => index.add_batch(path, message, rows)?,
            (Kind::Schema(..), Some(_)) => return Err(damaged(path, "it has two schemas")),
            (Kind::Dictionary | Kind::Batch { .. }, None) => {
                return Err(damaged(path, "it does not begin with a schema"));
            }
        }
    }
    index.ok_or_else(|| damaged(path, "it has no schema"))
}

/// Bytes of the metadata at `position`, its length included; `None` at the stream's end.
fn message_length(file: &SourceFile, position: u64) -> Result<Option<u32>> {
    let mut head = [0; 8];
    match file.read_up_to(position, &mut head)? {
        // A stream may end without saying so.
        0 => return Ok(None),
        4.. => {}
        _ => return Err(damaged(file.path(), "it ends within a message")),
    }
    let [first, second] = [0, 4].map(|at| [head[at], head[at + 1], head[at + 2], head[at + 3]]);
    // Before version 0.15 a length had nothing before it.
    let (length, prefix) = if first == CONTINUATION { (second, 8) } else { (first, 4) };
    let length = u32::from_le_bytes(length);
    if length == 0 {
        return Ok(None);
    }
    let bytes = length.checked_add(prefix).filter(|bytes| position + u64::from(*bytes) <= file.bytes());
    bytes.map(Some).ok_or_else(|| {
        damaged(file.path(), format!("a message at byte {position} reaches beyond its end"))
            .with_hint("it may be truncated")
    })
}

impl Index {
    fn add_batch(&mut self, path: &str, message: Message, rows: u64) -> Result<()> {
        let first_row = self.batches.last().map_or(0, |batch| batch.first_row + batch.rows);
        if first_row.checked_add(rows).is_none() {
            return Err(damaged(path, "it claims to have too many rows"));
        }
        self.batches.push(Batch { message, first_row, rows, dictionaries: self.dictionaries.len() });
        Ok(())
    }
}

impl Message {
    /// Where it ends in the file.
    pub(super) fn end(&self) -> Option<u64> {
        self.offset.checked_add(u64::from(self.metadata_bytes))?.checked_add(self.body_bytes)
    }

    /// Reads its metadata, with the length before it.
    pub(super) fn read_metadata(&self, file: &SourceFile, metadata: &mut Vec<u8>) -> Result<()> {
        metadata.clear();
        metadata.resize(self.metadata_bytes as usize, 0);
        read_exactly(file, self.offset, metadata)
    }
}

/// The message in metadata that its length stands before.
pub(super) fn message_of(metadata: &[u8]) -> Result<ipc::Message<'_>, ArrowError> {
    let prefix = if metadata.starts_with(&CONTINUATION) { 8 } else { 4 };
    let message = metadata.get(prefix..).unwrap_or_default();
    root_as_message(message).map_err(|error| ArrowError::ParseError(error.to_string()))
}

/// What a message is.
struct Header {
    kind: Kind,
    body_bytes: u64,
}

enum Kind {
    Schema(SchemaRef, MetadataVersion),
    Dictionary,
    Batch { rows: u64 },
}

fn read_header(path: &str, metadata: &[u8]) -> Result<Header> {
    guarded(path, FORMAT, || {
        let wrong = |what: &str| ArrowError::ParseError(what.to_owned());
        let message = message_of(metadata)?;
        let body_bytes =
            u64::try_from(message.bodyLength()).map_err(|_| wrong("the length of a message is negative"))?;
        let kind = match message.header_type() {
            MessageHeader::Schema => {
                let schema = message.header_as_schema().ok_or_else(|| wrong("it has no schema"))?;
                Kind::Schema(read_schema(schema)?, message.version())
            }
            MessageHeader::DictionaryBatch => Kind::Dictionary,
            MessageHeader::RecordBatch => {
                let rows = message.header_as_record_batch().map_or(-1, |batch| batch.length());
                if !(0..=BATCH_ROWS_MAX).contains(&rows) {
                    return Err(wrong(&format!("a record batch of {rows} rows cannot be")));
                }
                Kind::Batch { rows: rows.unsigned_abs() }
            }
            other => return Err(wrong(&format!("a message of kind {other:?} is not known"))),
        };
        Ok(Header { kind, body_bytes })
    })
}

fn read_schema(schema: ipc::Schema<'_>) -> Result<SchemaRef, ArrowError> {
    if !schema.endianness().equals_to_target_endianness() {
        return Err(ArrowError::ParseError("it was written on a machine of another byte order".to_owned()));
    }
    Ok(Arc::new(fb_to_schema(schema)))
}

fn read_exactly(file: &SourceFile, position: u64, buffer: &mut [u8]) -> Result<()> {
    let wanted = buffer.len();
    match file.read_up_to(position, buffer)? {
        read if read == wanted => Ok(()),
        _ => Err(damaged(file.path(), "it ends too early")),
    }
}
