//! An array of objects, one line each.

use std::io::{self, Write};

use rowmill::{Batch, Column, Error};

use super::{ResultWriter, Summary, drain, say_error, spill, write_json_string};

#[derive(Default)]
pub(super) struct JsonWriter {
    text: String,
    /// `"name":` for each column.
    keys: Vec<String>,
    any_row: bool,
}

impl JsonWriter {
    fn close(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.keys.is_empty() {
            return Ok(());
        }
        out.write_all(if self.any_row { b"\n]\n" } else { b"]\n" })
    }
}

impl ResultWriter for JsonWriter {
    fn begin(&mut self, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
        for column in columns {
            let mut key = String::new();
            write_json_string(&column.name, &mut key);
            key.push(':');
            self.keys.push(key);
        }
        out.write_all(if columns.is_empty() { b"" } else { b"[" })
    }

    fn batch(&mut self, batch: Batch, out: &mut dyn Write) -> io::Result<()> {
        for row in 0..batch.rows() {
            self.text.push_str(if self.any_row { ",\n{" } else { "\n{" });
            self.any_row = true;
            for (column, key) in self.keys.iter().enumerate() {
                if column > 0 {
                    self.text.push(',');
                }
                self.text.push_str(key);
                batch.write_json(row, column, &mut self.text);
            }
            self.text.push('}');
            spill(&mut self.text, out)?;
        }
        drain(&mut self.text, out)
    }

    fn end(&mut self, _: Summary, out: &mut dyn Write) -> io::Result<()> {
        self.close(out)
    }

    /// The array is closed, so that what was written stays JSON.
    fn fail(&mut self, sql: &str, error: &Error, out: &mut dyn Write) -> io::Result<()> {
        self.close(out)?;
        out.flush()?;
        say_error(rowmill::render_error(sql, error).trim_end())
    }
}
