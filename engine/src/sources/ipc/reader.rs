//! Decoding record batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::Array;
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::DataType as ArrowType;
use arrow::error::ArrowError;
use arrow::ipc::Block;
use arrow::ipc::reader::FileDecoder;
use rowmill_vm::table::{Morsel, MorselReader, Scan, Variant};
use rowmill_vm::{Context, DataType, Error, Reservation, Result, Vector};

use super::batch::Buffers;
use super::index::message_of;
use super::{FORMAT, Message, Opened};
use crate::sources::guard::{damaged, guarded};
use crate::vectors::share_into;

/// A body begins at a multiple of this in memory, so that its buffers need not be copied to be aligned.
const ALIGNMENT: usize = 64;
/// Bytes for a row of a dictionary column when the dictionary is dissolved: a view, and the number of its row.
const DISSOLVED_BYTES: usize = 20;

/// A scan of an Arrow file.
pub(super) struct IpcScan {
    opened: Arc<Opened>,
    columns: Arc<[usize]>,
    next: AtomicUsize,
    context: Context,
}

impl IpcScan {
    pub(super) fn new(opened: Arc<Opened>, columns: &[usize], context: &Context) -> IpcScan {
        IpcScan { opened, columns: columns.into(), next: AtomicUsize::new(0), context: context.clone() }
    }
}

impl Scan for IpcScan {
    fn claim(&self) -> Result<Option<Morsel>> {
        self.context.poll()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let batch = self.opened.batches.get(number);
        let (number, variant) = (number as u64, Variant::WHOLE);
        Ok(batch.map(|batch| Morsel { number, first_row: batch.first_row, rows: batch.rows, variant }))
    }

    fn reader(&self) -> Result<Box<dyn MorselReader>> {
        let mut roots = self.columns.to_vec();
        roots.sort_unstable();
        roots.dedup();
        let place = |column: &usize| roots.partition_point(|root| root < column);
        let opened = &self.opened;
        let fields = roots.iter().map(|root| opened.schema.field(*root));
        let dictionary = |field: &&arrow::datatypes::Field| matches!(field.data_type(), ArrowType::Dictionary(..));
        Ok(Box::new(IpcReader {
            places: self.columns.iter().map(place).collect(),
            types: roots.iter().map(|root| opened.columns[*root].data_type.clone()).collect(),
            dissolved: fields.filter(dictionary).count(),
            decoder: new_decoder(opened, &roots),
            dictionaries: 0,
            roots,
            opened: Arc::clone(opened),
            memory: self.context.reservation("Arrow reader"),
            dictionary_memory: self.context.reservation("Arrow reader"),
            context: self.context.clone(),
            metadata: Vec::new(),
            bodies: [Body::new(&self.context), Body::new(&self.context)],
            decoded: Vec::new(),
            offset: 0,
            rows: 0,
        }))
    }
}

fn new_decoder(opened: &Opened, roots: &[usize]) -> FileDecoder {
    FileDecoder::new(Arc::clone(&opened.schema), opened.version).with_projection(roots.to_vec())
}

/// A worker's place: `rows` rows of a record batch from `offset` on.
struct IpcReader {
    opened: Arc<Opened>,
    /// The columns that are decoded, ascending, and their types.
    roots: Vec<usize>,
    types: Vec<DataType>,
    /// For each column asked for, its place among `roots`.
    places: Vec<usize>,
    /// How many of the columns come as dictionaries.
    dissolved: usize,
    context: Context,
    memory: Reservation,
    dictionary_memory: Reservation,
    decoder: FileDecoder,
    /// How many dictionaries the decoder has.
    dictionaries: usize,
    metadata: Vec<u8>,
    /// The bodies of the last record batch and of the one before it. When the next one is read nobody has vectors of
    /// the latter any more, as a rule: then its memory is used again.
    bodies: [Body; 2],
    decoded: Vec<Vector>,
    offset: usize,
    rows: usize,
}

/// The body of a message in memory, and what of it is charged.
struct Body {
    bytes: Buffer,
    memory: Reservation,
}

impl Body {
    fn new(context: &Context) -> Body {
        Body { bytes: Buffer::default(), memory: context.reservation("Arrow reader") }
    }
}

impl IpcReader {
    /// Brings the decoder's dictionaries to what holds for a batch.
    fn read_dictionaries(&mut self, wanted: usize) -> Result<()> {
        let opened = Arc::clone(&self.opened);
        if wanted < self.dictionaries {
            self.decoder = new_decoder(&opened, &self.roots);
            self.dictionaries = 0;
            self.dictionary_memory.resize(0)?;
        }
        // Without a column that has one, dictionaries are nobody's concern; a nested one is not looked for.
        for message in &opened.dictionaries[self.dictionaries..wanted] {
            self.context.poll()?;
            message.read_metadata(&opened.file, &mut self.metadata)?;
            let path = opened.file.path();
            let buffers = guarded(path, FORMAT, || {
                let message = message_of(&self.metadata)?;
                let batch = message.header_as_dictionary_batch();
                Buffers::of_dictionary(batch.ok_or_else(|| ArrowError::IpcError("a dictionary is none".to_owned()))?)
            })?;
            let mut body = Body::new(&self.context);
            let lead = read_body(&opened, message, &buffers, &self.metadata, &mut body)?;
            self.dictionary_memory.grow(body.memory.bytes())?;
            let bytes = body.bytes.slice(lead);
            guarded(path, FORMAT, || self.decoder.read_dictionary(&block(message), &bytes))?;
            self.dictionaries += 1;
        }
        Ok(())
    }

    /// Reads and decodes a record batch.
    fn decode(&mut self, number: usize) -> Result<()> {
        let opened = Arc::clone(&self.opened);
        let path = opened.file.path();
        let batch = opened.batches.get(number).ok_or_else(|| Error::internal("a morsel lies beyond its file"))?;
        self.read_dictionaries(batch.dictionaries)?;
        batch.message.read_metadata(&opened.file, &mut self.metadata)?;
        let buffers = guarded(path, FORMAT, || {
            let message = message_of(&self.metadata)?;
            let batch = message.header_as_record_batch();
            let batch = batch.ok_or_else(|| ArrowError::IpcError("a record batch is none".to_owned()))?;
            Buffers::of_columns(batch, &opened.schema, &self.roots)
        })?;
        self.decoded.clear();
        self.memory.resize(0)?;
        let rows = usize::try_from(batch.rows).map_err(|_| damaged(path, "a record batch has too many rows"))?;
        // Columns of NULLs take nothing in the file, but bits here.
        self.memory.grow(rows.div_ceil(4) * self.roots.len() + rows * self.dissolved * DISSOLVED_BYTES)?;
        self.bodies.swap(0, 1);
        let lead = read_body(&opened, &batch.message, &buffers, &self.metadata, &mut self.bodies[0])?;
        let body = self.bodies[0].bytes.slice(lead);
        let decoded = guarded(path, FORMAT, || self.decoder.read_record_batch(&block(&batch.message), &body))?;
        let decoded = decoded.filter(|decoded| decoded.num_rows() == rows);
        let decoded = decoded.ok_or_else(|| damaged(path, "a record batch has another number of rows than it says"))?;
        for (array, data_type) in decoded.columns().iter().zip(&self.types) {
            let vector = guarded(path, FORMAT, || Vector::from_arrow(array as &dyn Array, data_type))?;
            self.decoded.push(vector);
        }
        self.rows = rows;
        // What was read belongs together.
        opened.file.check_unchanged()
    }
}

/// As the decoder wants to be told of a message; its place was checked when the file was opened.
fn block(message: &Message) -> Block {
    Block::new(
        i64::try_from(message.offset).unwrap_or(i64::MAX),
        i32::try_from(message.metadata_bytes).unwrap_or(i32::MAX),
        i64::try_from(message.body_bytes).unwrap_or(i64::MAX),
    )
}

/// Makes `body` a message with as much of its body as is wanted, in the memory that it has if nobody else refers to
/// it; the rest is zeros, or what was there before. Charges what that takes, and what it will when it is
/// decompressed. Gives where the message begins.
fn read_body(opened: &Opened, message: &Message, buffers: &Buffers, metadata: &[u8], body: &mut Body) -> Result<usize> {
    let path = opened.file.path();
    let too_long = || damaged(path, "a message is too long");
    let stretches = buffers.stretches();
    let length = buffers.end();
    if length > message.body_bytes {
        return Err(damaged(path, "a buffer reaches beyond its message"));
    }
    // Pages of the body that are not read are never touched, so that they cost nothing.
    let bytes: u64 = stretches.iter().map(|stretch| stretch.end - stretch.start).sum();
    let wanted = usize::try_from(bytes).map_err(|_| too_long())? + metadata.len();
    let lead = metadata.len().next_multiple_of(ALIGNMENT) - metadata.len();
    let body_start = lead + metadata.len();
    let total = usize::try_from(length).ok().and_then(|length| length.checked_add(body_start)).ok_or_else(too_long)?;
    let mut whole = match std::mem::take(&mut body.bytes).into_mutable() {
        // What it has touched it keeps.
        Ok(whole) if whole.len() >= total => {
            body.memory.resize(wanted.max(body.memory.bytes()))?;
            whole
        }
        Ok(_) | Err(_) => {
            body.memory.resize(wanted)?;
            MutableBuffer::from_len_zeroed(total)
        }
    };
    whole[lead..body_start].copy_from_slice(metadata);
    let start = message.offset + u64::from(message.metadata_bytes);
    for stretch in stretches {
        // Both ends are below `total`.
        let place = body_start + stretch.start as usize..body_start + stretch.end as usize;
        opened.file.read_exact(start + stretch.start, &mut whole[place]).map_err(|error| {
            Error::data(format!("cannot read file '{path}': {error}")).with_hint("it may be truncated")
        })?;
    }
    let decompressed = buffers.decompressed_bytes(&whole[body_start..total]);
    body.memory.grow(usize::try_from(decompressed).unwrap_or(usize::MAX / 2))?;
    body.bytes = whole.into();
    Ok(lead)
}

impl MorselReader for IpcReader {
    fn start(&mut self, morsel: Morsel) -> Result<()> {
        (self.offset, self.rows) = (0, 0);
        if self.roots.is_empty() {
            // Rows without columns are only counted, and the batches have said how many they are.
            self.rows = usize::try_from(morsel.rows).map_err(|_| Error::internal("a morsel is too long"))?;
            return self.opened.file.check_unchanged();
        }
        let number = usize::try_from(morsel.number).map_err(|_| Error::internal("a morsel lies beyond its file"))?;
        self.decode(number)
    }

    fn next(&mut self, rows_max: usize, columns: &mut [Vector]) -> Result<usize> {
        self.context.poll()?;
        let rows = rows_max.min(self.rows - self.offset);
        if rows > 0 {
            for (out, place) in columns.iter_mut().zip(&self.places) {
                share_into(out, &self.decoded[*place], self.offset, rows);
            }
        }
        self.offset += rows;
        Ok(rows)
    }
}
