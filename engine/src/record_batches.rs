//! Results as Arrow gives them to others.

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchReader};

use crate::rows::{Rows, schema};

/// A result as Arrow record batches, computed as it is read. It owns what it needs, so that it can go to another
/// thread, or to whatever takes a [`RecordBatchReader`]. After an error it is at its end.
///
/// ```
/// use arrow::record_batch::RecordBatchReader;
/// use rowmill::Connection;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = Connection::open_in_memory()?;
/// let reader = connection.query("SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, s)", ())?.into_record_batches();
/// assert_eq!(reader.schema().field(1).name(), "s");
/// let rows = std::thread::spawn(move || reader.map(|batch| batch.map(|batch| batch.num_rows())).sum());
/// let rows: Result<usize, _> = rows.join().expect("the thread does not panic");
/// assert_eq!(rows?, 2);
/// # Ok(())
/// # }
/// ```
pub struct RecordBatches {
    rows: Rows,
    schema: SchemaRef,
}

impl RecordBatches {
    pub(crate) fn new(rows: Rows) -> RecordBatches {
        RecordBatches { schema: schema(rows.columns()), rows }
    }
}

impl Iterator for RecordBatches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.rows.next_batch().transpose()?;
        let batch = batch.and_then(|batch| batch.to_record_batch());
        if batch.is_err() {
            self.rows.stop();
        }
        Some(batch.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl RecordBatchReader for RecordBatches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}
