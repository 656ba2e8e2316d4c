//! Comma-separated values as RFC 4180 has them. NULL is an empty field, the empty string is `""`, so that they can be
//! told apart.

use std::io::{self, Write};

use rowmill::{Batch, Column};

use super::{ResultWriter, Summary, drain, spill};

#[derive(Default)]
pub(super) struct CsvWriter {
    text: String,
    field: String,
    columns: usize,
}

impl ResultWriter for CsvWriter {
    fn begin(&mut self, columns: &[Column], out: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.len();
        for (index, column) in columns.iter().enumerate() {
            push_comma(index, &mut self.text);
            push_field(&column.name, &mut self.text);
        }
        if !columns.is_empty() {
            self.text.push('\n');
        }
        drain(&mut self.text, out)
    }

    fn batch(&mut self, batch: Batch, out: &mut dyn Write) -> io::Result<()> {
        for row in 0..batch.rows() {
            for column in 0..self.columns {
                push_comma(column, &mut self.text);
                if !batch.is_null(row, column) {
                    self.field.clear();
                    batch.write_text(row, column, &mut self.field);
                    push_field(&self.field, &mut self.text);
                }
            }
            self.text.push('\n');
            spill(&mut self.text, out)?;
        }
        drain(&mut self.text, out)
    }

    fn end(&mut self, _: Summary, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

fn push_comma(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

fn push_field(field: &str, text: &mut String) {
    if !field.is_empty() && !field.contains([',', '"', '\n', '\r']) {
        return text.push_str(field);
    }
    text.push('"');
    for (index, part) in field.split('"').enumerate() {
        if index > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}
