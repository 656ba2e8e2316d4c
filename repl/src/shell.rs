//! The shell on a terminal: asks for lines, keeps a history, runs statements and commands.

use std::fs;
use std::io;
use std::path::PathBuf;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};

use crate::commands::{self, Next};
use crate::script;
use crate::session::Session;

const PROMPT: &str = "rowmill> ";

/// Asks for statements until the user leaves.
pub(crate) fn run(session: &mut Session) -> io::Result<()> {
    session.say(&format!("Rowmill {}. Statements end with ';', .help lists commands.", env!("CARGO_PKG_VERSION")))?;
    cancel_on_interrupt(session);
    let mut editor: Editor<LineHelper, DefaultHistory> = Editor::new().map_err(io::Error::other)?;
    editor.set_helper(Some(LineHelper));
    let history = history_file();
    if let Some(path) = &history {
        // The first run finds none; a history that cannot be read is no reason to stop.
        let _ = editor.load_history(path);
    }
    let ended = ask(session, &mut editor);
    if let Some(path) = &history {
        save_history(&mut editor, path);
    }
    ended
}

fn ask(session: &mut Session, editor: &mut Editor<LineHelper, DefaultHistory>) -> io::Result<()> {
    loop {
        let text = match editor.readline(PROMPT) {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => return Ok(()),
            Err(ReadlineError::Io(error)) => return Err(error),
            Err(error) => return Err(io::Error::other(error)),
        };
        if text.trim().is_empty() {
            continue;
        }
        // Only a history file that is full or locked can refuse; the statement runs all the same.
        let _ = editor.add_history_entry(text.as_str());
        if !commands::is_command(&text) {
            script::run(session, text.as_bytes(), None)?;
        } else if commands::run(session, &text)? == Next::Quit {
            return Ok(());
        }
        if session.must_stop() {
            return Ok(());
        }
    }
}

/// Ctrl-C while a statement runs cancels it. At the prompt the terminal is raw and the editor gets the key.
fn cancel_on_interrupt(session: &Session) {
    let handle = session.connection.interrupt_handle();
    // Refused only if there is a handler already, and there is none: then Ctrl-C ends the program as it used to.
    let _ = ctrlc::set_handler(move || handle.interrupt());
}

/// `$XDG_STATE_HOME/rowmill/history`, or where that is by default.
fn history_file() -> Option<PathBuf> {
    let state = match std::env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/state"),
    };
    Some(state.join("rowmill").join("history"))
}

/// Saves what it can: a home that cannot be written to is no reason to complain at every exit.
fn save_history(editor: &mut Editor<LineHelper, DefaultHistory>, path: &PathBuf) {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let _ = editor.save_history(path);
}

/// Tells the editor when a statement is complete, and completes the names of commands.
struct LineHelper;

impl Helper for LineHelper {}
impl Highlighter for LineHelper {}

impl Hinter for LineHelper {
    type Hint = String;
}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, place: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let start = &line[..place];
        if !commands::is_command(start) || start.contains(char::is_whitespace) {
            return Ok((place, Vec::new()));
        }
        let pair = |name: &str| Pair { display: name.to_owned(), replacement: name.to_owned() };
        Ok((0, commands::names().filter(|name| name.starts_with(start)).map(pair).collect()))
    }
}

impl Validator for LineHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match wants_more(context.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}

/// Whether Enter starts another line of the same statement.
fn wants_more(text: &str) -> bool {
    let ended_by_force = text.lines().next_back().is_some_and(|line| line.trim() == ";");
    !(text.trim().is_empty() || commands::is_command(text) || ended_by_force || rowmill::is_complete(text))
}

#[cfg(test)]
mod tests {
    use super::wants_more;

    #[test]
    fn enter_runs_what_is_complete() {
        for complete in ["", "  ", "select 1;", "select 1;\n", ".tables", "select 'a\n;"] {
            assert!(!wants_more(complete), "{complete:?}");
        }
        for open in ["select 1", "select ';", "select 1; select 2", "/* ;"] {
            assert!(wants_more(open), "{open:?}");
        }
    }
}
