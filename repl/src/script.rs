//! Cuts a stream of lines into statements and runs each as soon as it is complete.
//!
//! A statement ends at a `;` outside quotes and comments. A line that holds only `;` ends whatever is open: a program
//! that sends a broken statement and such a line is in step again.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use rowmill::{Error, ErrorKind, Span};

use crate::output::{Format, say_error};
use crate::session::{Outcome, Session};

/// Runs every statement of `input`; `name` is the file's, for errors.
pub(crate) fn run(session: &mut Session, mut input: impl BufRead, name: Option<&Path>) -> io::Result<()> {
    let mut splitter = Splitter::default();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        splitter.push(&line);
        line.clear();
        run_all(session, splitter.take_complete(), name)?;
        if session.must_stop() {
            return Ok(());
        }
    }
    run_all(session, splitter.take_rest(), name)
}

/// Runs every statement of the file at `path`.
pub(crate) fn run_file(session: &mut Session, path: &Path) -> io::Result<()> {
    // A directory can be opened; only reading it fails.
    let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
        true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        false => Ok(file),
    });
    match opened {
        Ok(file) => run(session, BufReader::new(file), Some(path)),
        Err(error) => session.complain(&format!("cannot read '{}': {error}", path.display())),
    }
}

fn run_all(session: &mut Session, statements: Vec<Piece>, name: Option<&Path>) -> io::Result<()> {
    for statement in statements {
        let outcome = match &statement.refusal {
            Some(error) => session.refuse(&statement.sql, error)?,
            None => session.run(&statement.sql)?,
        };
        if let (Outcome::Failed, Some(path)) = (outcome, name)
            && session.format != Format::Jsonl
        {
            say_error(&format!("  in '{}', the statement at line {}\n", path.display(), statement.line))?;
        }
        if session.must_stop() {
            break;
        }
    }
    Ok(())
}

/// A statement cut from its surroundings.
struct Piece {
    sql: String,
    /// Where it starts, from 1.
    line: usize,
    /// Why it cannot be run.
    refusal: Option<Error>,
}

/// Gathers lines until they are statements.
#[derive(Default)]
struct Splitter {
    /// What has not been taken yet.
    text: String,
    /// Lines before `text`.
    lines_before: usize,
    /// What the line pushed last says about the end of a statement.
    end: End,
    /// The first place in `text` where the bytes were not UTF-8.
    not_utf8_at: Option<usize>,
}

#[derive(Clone, Copy, Default)]
enum End {
    /// The line holds no `;`.
    #[default]
    None,
    /// It holds a `;`, in a quote perhaps.
    Possible,
    /// It holds only `;`.
    Forced,
}

impl Splitter {
    /// Adds a line, its line break included.
    fn push(&mut self, line: &[u8]) {
        if line.trim_ascii() == b";" {
            self.end = End::Forced;
            return;
        }
        self.end = if line.contains(&b';') { End::Possible } else { End::None };
        match std::str::from_utf8(line) {
            Ok(line) => self.text.push_str(line),
            Err(error) => {
                self.not_utf8_at.get_or_insert(self.text.len() + error.valid_up_to());
                self.text.push_str(&String::from_utf8_lossy(line));
            }
        }
    }

    /// The statements that are complete by now; the rest stays.
    fn take_complete(&mut self) -> Vec<Piece> {
        match self.end {
            End::None => Vec::new(),
            End::Possible if rowmill::is_complete(&self.text) => self.take_rest(),
            End::Possible => self.take(terminated_bytes(&self.text)),
            End::Forced => {
                let pieces = self.take_rest();
                self.lines_before += 1;
                pieces
            }
        }
    }

    /// All there is, complete or not.
    fn take_rest(&mut self) -> Vec<Piece> {
        self.take(self.text.len())
    }

    /// The statements in the first `bytes` of the text.
    fn take(&mut self, bytes: usize) -> Vec<Piece> {
        let rest = self.text.split_off(bytes);
        let taken = std::mem::replace(&mut self.text, rest);
        let bad = self.not_utf8_at.take_if(|place| *place < bytes);
        if let Some(place) = &mut self.not_utf8_at {
            *place -= bytes;
        }
        let (mut line, mut counted) = (self.lines_before + 1, 0);
        let mut pieces = Vec::new();
        for (offset, sql) in rowmill::split_statements(&taken) {
            line += line_breaks(&taken[counted..offset]);
            counted = offset;
            let refusal = bad.filter(|place| (offset..offset + sql.len()).contains(place)).map(|place| {
                let place = Span::new(checked(place - offset), checked(place - offset + 1));
                Error::new(ErrorKind::Syntax, "the statement is not valid UTF-8").at(place)
            });
            pieces.push(Piece { sql: sql.to_owned(), line, refusal });
        }
        self.lines_before += line_breaks(&taken);
        pieces
    }
}

/// The length of the stretch up to the last `;` that ends a statement, where `text` does not end with one.
fn terminated_bytes(text: &str) -> usize {
    let Some((offset, sql)) = rowmill::split_statements(text).last() else { return 0 };
    // All but the last are complete. So is the last if only a comment is open behind it.
    let after = text[offset + sql.len()..].trim_start();
    if after.starts_with(';') { text.len() - after.len() + 1 } else { offset }
}

fn line_breaks(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// A place as errors have it; beyond 4 GiB it is only near enough.
fn checked(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line that comes in, then what comes out after it; `rest` is what the end of the input gives.
    fn check(input: &[u8], expect: &str) {
        let mut splitter = Splitter::default();
        let mut got = String::new();
        let mut show = |when: &str, pieces: Vec<Piece>| {
            for Piece { sql, line, refusal } in pieces {
                let why = refusal.map_or(String::new(), |error| format!(" refused: {}", error.message()));
                got.push_str(&format!("{when} {line}: {sql:?}{why}\n"));
            }
        };
        for (index, line) in input.split_inclusive(|byte| *byte == b'\n').enumerate() {
            splitter.push(line);
            show(&format!("after {}", index + 1), splitter.take_complete());
        }
        show("rest", splitter.take_rest());
        assert_eq!(got, expect);
    }

    #[test]
    fn statements_come_out_as_soon_as_they_are_complete() {
        check(
            b"select 1; select 2;\nselect\n3; select\n4;\n",
            "after 1 1: \"select 1\"\nafter 1 1: \"select 2\"\nafter 3 2: \"select\\n3\"\nafter 4 3: \"select\\n4\"\n",
        );
    }

    #[test]
    fn a_semicolon_in_a_quote_or_comment_ends_nothing() {
        check(b"select ';\n;x' -- ;\n;\n", "after 3 1: \"select ';\\n;x'\"\n");
    }

    #[test]
    fn a_lone_semicolon_ends_an_open_quote() {
        check(b"select 'a\n ; \nselect 2\n;\n", "after 2 1: \"select 'a\\n\"\nafter 4 3: \"select 2\"\n");
    }

    #[test]
    fn a_comment_that_opens_behind_a_statement_does_not_hold_it_back() {
        check(b"select 1; /* more\n*/ select 2;\n", "after 1 1: \"select 1\"\nafter 2 2: \"select 2\"\n");
    }

    #[test]
    fn empty_statements_are_none() {
        check(b";\n;;\n-- note\n;\n", "");
    }

    #[test]
    fn the_last_statement_needs_no_end() {
        check(b"select 1;\n\nselect 2", "after 1 1: \"select 1\"\nrest 3: \"select 2\"\n");
    }

    #[test]
    fn bad_bytes_are_refused_where_they_are() {
        check(
            b"select 1; select '\xff'; select 3;\n",
            "after 1 1: \"select 1\"\nafter 1 1: \"select '\u{fffd}'\" refused: the statement is not valid UTF-8\nafter 1 1: \"select 3\"\n",
        );
    }
}
