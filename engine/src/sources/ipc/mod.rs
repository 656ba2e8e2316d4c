//! Arrow IPC: files (`.arrow`, Feather 2) and streams (`.arrows`), read by the `arrow` crate. A morsel is a record
//! batch; of it only the columns that are asked for are read.
//!
//! - [`index`] finds the messages in a file, and what they hold.
//! - [`batch`] knows which bytes of a record batch are a column's, and what they take when decompressed.
//! - [`reader`] decodes record batches.

mod batch;
mod index;
mod reader;

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::ipc::MetadataVersion;
use rowmill_vm::table::{Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, Result};

use super::arrow_column;
use super::file::SourceFile;

/// As errors name the format.
const FORMAT: &str = "Arrow IPC";

/// An Arrow file or stream whose messages are known.
#[derive(Debug)]
struct IpcTable(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    file: SourceFile,
    schema: SchemaRef,
    version: MetadataVersion,
    columns: Vec<TableColumn>,
    /// Dictionaries, in the order in which they take effect.
    dictionaries: Vec<Message>,
    batches: Vec<Batch>,
}

/// Where a message stands: its metadata, and the body behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message {
    offset: u64,
    /// The length's own bytes included.
    metadata_bytes: u32,
    body_bytes: u64,
}

/// A record batch.
#[derive(Clone, Copy, Debug)]
struct Batch {
    message: Message,
    first_row: u64,
    rows: u64,
    /// How many of the dictionaries hold for it.
    dictionaries: usize,
}

/// Opens a file far enough to know its columns and its batches.
pub(super) fn open(file: SourceFile) -> Result<Arc<dyn Table>> {
    file.check_not_empty()?;
    let index = index::read(&file)?;
    let fields = index.schema.fields().iter();
    // What the schema promises is not checked by anybody, so that it is no proof.
    let columns = fields.map(|field| arrow_column(file.path(), field, true)).collect::<Result<_>>()?;
    Ok(Arc::new(IpcTable(Arc::new(Opened {
        file,
        schema: index.schema,
        version: index.version,
        columns,
        dictionaries: index.dictionaries,
        batches: index.batches,
    }))))
}

impl Table for IpcTable {
    fn name(&self) -> &str {
        self.0.file.path()
    }

    fn columns(&self) -> &[TableColumn] {
        &self.0.columns
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.0.batches.last().map_or(0, |batch| batch.first_row + batch.rows))
    }

    fn scan(&self, columns: &[usize], _wanted: Wanted<'_>, context: &Context) -> Result<Arc<dyn Scan>> {
        Ok(Arc::new(reader::IpcScan::new(Arc::clone(&self.0), columns, context)))
    }
}

#[cfg(test)]
pub(super) mod tests;
