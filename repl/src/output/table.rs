//! A box for people. On a terminal it fits the window: wide columns are cut, middle columns and late rows left out.

use std::io::{self, IsTerminal, Write};

use rowmill::{Batch, Column, DataType};
use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{ResultWriter, Summary};

/// Rows shown on a terminal.
const SCREEN_ROWS: usize = 40;
/// A column is not cut below this width; rather, middle columns are left out.
const CUT_WIDTH_MIN: usize = 8;
/// Stands for what was cut or left out.
const ELLIPSIS: &str = "…";
/// A window whose width is not known.
const DEFAULT_WIDTH: usize = 80;

/// Where the box is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Screen {
    /// A window of that many columns.
    Terminal {
        /// Its width in characters.
        width: usize,
    },
    /// A file or a pipe: everything is written.
    None,
}

impl Screen {
    /// What standard output is.
    pub(super) fn of_standard_output() -> Screen {
        if !io::stdout().is_terminal() {
            return Screen::None;
        }
        let width = terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(width, _)| width.0.into());
        Screen::Terminal { width }
    }

    fn rows_max(self) -> usize {
        match self {
            Screen::Terminal { .. } => SCREEN_ROWS,
            Screen::None => usize::MAX,
        }
    }
}

/// Keeps the text of the rows that will be shown, row by row.
pub(super) struct TableWriter {
    screen: Screen,
    columns: Vec<Shown>,
    cells: Vec<String>,
    rows_kept: usize,
    rows_left_out: u64,
    kind: Kind,
}

/// What the rows are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Data.
    Data,
    /// What EXPLAIN prints: shown whole, and what a line does not have is left blank.
    Listing,
}

impl Kind {
    fn of(columns: &[Column]) -> Kind {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        match names.as_slice() {
            ["addr", "opcode", ..] | ["plan", "expected_rows", ..] | ["rule", "plan"] => Kind::Listing,
            _ => Kind::Data,
        }
    }
}

/// A column of the box.
struct Shown {
    name: String,
    alignment: Alignment,
    width: usize,
}

impl TableWriter {
    pub(super) fn new(screen: Screen) -> TableWriter {
        TableWriter { screen, columns: Vec::new(), cells: Vec::new(), rows_kept: 0, rows_left_out: 0, kind: Kind::Data }
    }

    fn render(&self) -> String {
        let (chosen, width_max) = self.fit();
        let cell = |text: &str| cut(text, width_max);
        let gap = |index: usize| index > 0 && chosen[index] != chosen[index - 1] + 1;
        let record = |text_of: &dyn Fn(usize) -> String| {
            let mut record = Vec::with_capacity(chosen.len() + 1);
            for (index, column) in chosen.iter().enumerate() {
                if gap(index) {
                    record.push(ELLIPSIS.to_owned());
                }
                record.push(text_of(*column));
            }
            record
        };
        let mut builder = Builder::with_capacity(self.rows_kept + 1, chosen.len());
        builder.push_record(record(&|column| cell(&self.columns[column].name)));
        for row in self.cells.chunks_exact(self.columns.len()) {
            builder.push_record(record(&|column| cell(&row[column])));
        }
        let mut table = builder.build();
        table.with(Style::rounded());
        let mut position = 0;
        for (index, column) in chosen.iter().enumerate() {
            position += usize::from(gap(index));
            table.modify(Columns::one(position), self.columns[*column].alignment);
            position += 1;
        }
        table.to_string()
    }

    /// The columns to show, and the width at which their cells are cut.
    fn fit(&self) -> (Vec<usize>, usize) {
        let all: Vec<usize> = (0..self.columns.len()).collect();
        let Screen::Terminal { width } = self.screen else { return (all, usize::MAX) };
        let widths: Vec<usize> = self.columns.iter().map(|column| column.width).collect();
        let mut chosen = all;
        loop {
            let left_out = self.columns.len() - chosen.len();
            let frame = 3 * chosen.len() + 1 + if left_out > 0 { 3 + ELLIPSIS.width() } else { 0 };
            let cut_at = widest_cut(chosen.iter().map(|column| widths[*column]), width.saturating_sub(frame));
            if cut_at >= CUT_WIDTH_MIN || chosen.len() <= 2 {
                return (chosen, cut_at.max(1));
            }
            chosen.remove(chosen.len() / 2);
        }
    }
}

/// The largest width to cut at so that all columns together take no more than `room`.
fn widest_cut(widths: impl Iterator<Item = usize>, room: usize) -> usize {
    let mut widths: Vec<usize> = widths.collect();
    widths.sort_unstable();
    let mut room = room;
    for (index, width) in widths.iter().enumerate() {
        let share = room / (widths.len() - index);
        if *width > share {
            return share;
        }
        room -= width;
    }
    usize::MAX
}

/// `text` in at most `width` columns of the terminal.
fn cut(text: &str, width: usize) -> String {
    if text.len() <= width || text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut room = width.saturating_sub(ELLIPSIS.width());
    for character in text.chars() {
        match room.checked_sub(character.width().unwrap_or(0)) {
            Some(left) => room = left,
            None => break,
        }
        kept.push(character);
    }
    kept.push_str(ELLIPSIS);
    kept
}

/// Makes line breaks and other control characters visible: a cell is one line.
fn one_line(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character.is_control() {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}

fn alignment(data_type: &DataType) -> Alignment {
    if data_type.is_numeric() { Alignment::right() } else { Alignment::left() }
}

impl ResultWriter for TableWriter {
    fn begin(&mut self, columns: &[Column], _: &mut dyn Write) -> io::Result<()> {
        self.kind = Kind::of(columns);
        for column in columns {
            let name = one_line(column.name.clone());
            let width = name.width();
            self.columns.push(Shown { name, alignment: alignment(&column.data_type), width });
        }
        Ok(())
    }

    fn batch(&mut self, batch: Batch, _: &mut dyn Write) -> io::Result<()> {
        let kept = match self.kind {
            Kind::Data => batch.rows().min(self.screen.rows_max() - self.rows_kept),
            Kind::Listing => batch.rows(),
        };
        for row in 0..kept {
            for (index, column) in self.columns.iter_mut().enumerate() {
                let mut text = String::new();
                if batch.is_null(row, index) {
                    text.push_str(if self.kind == Kind::Data { "NULL" } else { "" });
                } else {
                    batch.write_text(row, index, &mut text);
                }
                let text = one_line(text);
                column.width = column.width.max(text.width());
                self.cells.push(text);
            }
        }
        self.rows_kept += kept;
        self.rows_left_out += (batch.rows() - kept) as u64;
        Ok(())
    }

    fn end(&mut self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        if self.columns.is_empty() {
            return match (self.screen, summary.changes) {
                (Screen::None, _) | (Screen::Terminal { .. }, 0) => Ok(()),
                (Screen::Terminal { .. }, 1) => writeln!(out, "1 row changed"),
                (Screen::Terminal { .. }, changes) => writeln!(out, "{changes} rows changed"),
            };
        }
        writeln!(out, "{}", self.render())?;
        match (self.screen, self.rows_left_out, self.rows_kept) {
            (Screen::None, _, _) => Ok(()),
            (Screen::Terminal { .. }, 0, 1) => writeln!(out, "1 row"),
            (Screen::Terminal { .. }, 0, rows) => writeln!(out, "{rows} rows"),
            (Screen::Terminal { .. }, more, _) => writeln!(out, "{ELLIPSIS} {more} more rows; other formats show all"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A box of `rows` in a window of `width` columns; the first row is the names, numbers are aligned to the right.
    fn check(width: usize, rows: &[&[&str]], expect: &str) {
        let mut writer = TableWriter::new(Screen::Terminal { width });
        for (index, name) in rows[0].iter().enumerate() {
            let widest = rows.iter().map(|row| row[index].width()).max().unwrap_or(0);
            let number = rows[1][index].parse::<i64>().is_ok();
            let alignment = if number { Alignment::right() } else { Alignment::left() };
            writer.columns.push(Shown { name: (*name).to_owned(), alignment, width: widest });
        }
        writer.cells = rows[1..].iter().flat_map(|row| row.iter().map(|cell| (*cell).to_owned())).collect();
        writer.rows_kept = rows.len() - 1;
        assert_eq!(writer.render(), expect.trim());
    }

    #[test]
    fn a_box() {
        check(
            80,
            &[&["name", "n"], &["Ångström", "7"], &["東京", "-12"]],
            "
╭──────────┬─────╮
│ name     │   n │
├──────────┼─────┤
│ Ångström │   7 │
│ 東京     │ -12 │
╰──────────┴─────╯",
        );
    }

    #[test]
    fn wide_columns_are_cut_before_columns_are_left_out() {
        check(
            30,
            &[&["id", "text"], &["1", "the quick brown fox jumps over the dog"]],
            "
╭────┬───────────────────────╮
│ id │ text                  │
├────┼───────────────────────┤
│  1 │ the quick brown fox … │
╰────┴───────────────────────╯",
        );
    }

    #[test]
    fn middle_columns_are_left_out() {
        check(
            40,
            &[&["alpha_alpha", "beta_beta", "gamma_gamma", "delta_delta"], &["a", "b", "c", "d"]],
            "
╭──────────┬──────────┬───┬──────────╮
│ alpha_a… │ beta_be… │ … │ delta_d… │
├──────────┼──────────┼───┼──────────┤
│ a        │ b        │ … │ d        │
╰──────────┴──────────┴───┴──────────╯",
        );
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(one_line("a\nb\tc\u{1b}[0m".to_owned()), "a\\nb\\tc\\u{1b}[0m");
    }
}
