//! The interface for programs: exactly one line for each statement, be it a result or an error.
//!
//! ```text
//! {"columns":[{"name":"a","type":"BIGINT"}],"rows":[[1,null]],"changes":0,"elapsed_us":57}
//! {"error":{"kind":"name","message":"…","line":1,"column":8,"hint":null}}
//! ```
//!
//! Batches are kept until the last has come, so that an error leaves no half line and printing is not in the time.

use std::io::{self, Write};

use rowmill::{Batch, Column, Error};

use super::{ResultWriter, Summary, drain, spill, write_json_string};

#[derive(Default)]
pub(super) struct JsonlWriter {
    head: String,
    columns: usize,
    batches: Vec<Batch>,
}

impl ResultWriter for JsonlWriter {
    fn begin(&mut self, columns: &[Column], _: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.len();
        self.head.push_str("{\"columns\":[");
        for (index, column) in columns.iter().enumerate() {
            self.head.push_str(if index > 0 { ",{\"name\":" } else { "{\"name\":" });
            write_json_string(&column.name, &mut self.head);
            self.head.push_str(",\"type\":");
            write_json_string(&column.data_type.to_string(), &mut self.head);
            self.head.push('}');
        }
        self.head.push_str("],\"rows\":[");
        Ok(())
    }

    fn batch(&mut self, batch: Batch, _: &mut dyn Write) -> io::Result<()> {
        self.batches.push(batch);
        Ok(())
    }

    fn end(&mut self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.head);
        let mut separator = "[";
        for batch in &self.batches {
            for row in 0..batch.rows() {
                text.push_str(separator);
                separator = ",[";
                for column in 0..self.columns {
                    if column > 0 {
                        text.push(',');
                    }
                    batch.write_json(row, column, &mut text);
                }
                text.push(']');
                spill(&mut text, out)?;
            }
        }
        let Summary { changes, elapsed } = summary;
        text.push_str(&format!("],\"changes\":{changes},\"elapsed_us\":{}}}\n", elapsed.as_micros()));
        drain(&mut text, out)
    }

    fn fail(&mut self, sql: &str, error: &Error, out: &mut dyn Write) -> io::Result<()> {
        let mut text = format!("{{\"error\":{{\"kind\":\"{}\",\"message\":", error.kind().name());
        write_json_string(error.message(), &mut text);
        match rowmill::place(sql, error) {
            Some(place) => text.push_str(&format!(",\"line\":{},\"column\":{}", place.line, place.column)),
            None => text.push_str(",\"line\":null,\"column\":null"),
        }
        text.push_str(",\"hint\":");
        match error.hint() {
            Some(hint) => write_json_string(hint, &mut text),
            None => text.push_str("null"),
        }
        text.push_str("}}\n");
        drain(&mut text, out)
    }
}
