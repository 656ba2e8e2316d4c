//! One line for each value, `name = value`, an empty line between rows: for rows too wide for a box.

use std::io::{self, Write};

use rowmill::{Batch, Column};
use unicode_width::UnicodeWidthStr;

use super::{ResultWriter, Summary, drain, spill};

#[derive(Default)]
pub(super) struct LineWriter {
    text: String,
    /// Names, padded on the left so that the equals signs stand below one another.
    names: Vec<String>,
    any_row: bool,
}

impl ResultWriter for LineWriter {
    fn begin(&mut self, columns: &[Column], _: &mut dyn Write) -> io::Result<()> {
        let widest = columns.iter().map(|column| column.name.width()).max().unwrap_or(0);
        let pad = |name: &str| format!("{}{name}", " ".repeat(widest - name.width()));
        self.names = columns.iter().map(|column| pad(&column.name)).collect();
        Ok(())
    }

    fn batch(&mut self, batch: Batch, out: &mut dyn Write) -> io::Result<()> {
        for row in 0..batch.rows() {
            if self.any_row {
                self.text.push('\n');
            }
            self.any_row = true;
            for (column, name) in self.names.iter().enumerate() {
                self.text.push_str(name);
                self.text.push_str(" = ");
                if batch.is_null(row, column) {
                    self.text.push_str("NULL");
                } else {
                    batch.write_text(row, column, &mut self.text);
                }
                self.text.push('\n');
            }
            spill(&mut self.text, out)?;
        }
        drain(&mut self.text, out)
    }

    fn end(&mut self, _: Summary, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
