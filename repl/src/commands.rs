//! The shell's own commands: words that start with a point.

use std::io;

use crate::output::{FORMATS, Format};
use crate::session::{Session, Timer};

/// What the shell does after a command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Next {
    /// It asks for the next line.
    Prompt,
    /// It ends.
    Quit,
}

/// A row of [`COMMANDS`].
struct Command {
    /// Its name, the point included.
    name: &'static str,
    /// What may follow.
    arguments: &'static str,
    /// What it does, in a few words.
    summary: &'static str,
    /// Does it; gets what follows the name, trimmed. An error is told to the user.
    run: fn(&mut Session, &str) -> io::Result<Result<Next, String>>,
}

/// Every command there is. To add one, add a row.
const COMMANDS: &[Command] = &[
    Command { name: ".help", arguments: "", summary: "show this list", run: help },
    Command { name: ".kernel", arguments: "FILE", summary: "hand a kernel's text to the verifier", run: kernel },
    Command { name: ".mode", arguments: "[FORMAT]", summary: "show or set how results are printed", run: mode },
    Command { name: ".quit", arguments: "", summary: "leave (so does Ctrl-D)", run: quit },
    Command { name: ".schema", arguments: "[TABLE]", summary: "show the columns of tables", run: schema },
    Command { name: ".tables", arguments: "", summary: "list the tables", run: tables },
    Command { name: ".timer", arguments: "on|off", summary: "print the time that a statement takes", run: timer },
];

/// Whether a line is a command, not SQL.
pub(crate) fn is_command(line: &str) -> bool {
    line.trim_start().starts_with('.')
}

/// Runs one command.
pub(crate) fn run(session: &mut Session, line: &str) -> io::Result<Next> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let done = match COMMANDS.iter().find(|command| command.name.eq_ignore_ascii_case(name)) {
        Some(command) => (command.run)(session, arguments.trim())?,
        None => Err(unknown(name)),
    };
    match done {
        Ok(next) => Ok(next),
        Err(message) => {
            session.complain(&message)?;
            Ok(Next::Prompt)
        }
    }
}

/// The names of all commands.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|command| command.name)
}

fn unknown(name: &str) -> String {
    match closest(name, names()) {
        Some(known) => format!("unknown command '{name}'; did you mean {known}?"),
        None => format!("unknown command '{name}'; .help lists all"),
    }
}

fn help(session: &mut Session, _: &str) -> io::Result<Result<Next, String>> {
    let mut text = String::new();
    for Command { name, arguments, summary, .. } in COMMANDS {
        text.push_str(&format!("{:<18}{summary}\n", format!("{name} {arguments}")));
    }
    text.push_str("\nA statement ends at ';', on whatever line. Ctrl-C cancels it. A file stands in FROM by name:\n");
    text.push_str("  SELECT * FROM 'data.csv' LIMIT 5;");
    session.say(&text)?;
    Ok(Ok(Next::Prompt))
}

/// Prints the verifier's log of a kernel that is written in a file, and whether it is accepted.
fn kernel(session: &mut Session, arguments: &str) -> io::Result<Result<Next, String>> {
    let file = arguments.trim_matches('\'');
    if file.is_empty() {
        return Ok(Err(".kernel takes the name of a file with a kernel's text, as EXPLAIN prints it".to_owned()));
    }
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return Ok(Err(format!("cannot read '{file}': {error}"))),
    };
    let verdict = rowmill::verify_kernel_text(&text);
    for line in verdict.log {
        session.say(&line)?;
    }
    match verdict.result {
        Ok(accepted) => session.say(&accepted)?,
        Err(error) => return Ok(Err(rowmill::render_error(&text, &error))),
    }
    Ok(Ok(Next::Prompt))
}

fn mode(session: &mut Session, arguments: &str) -> io::Result<Result<Next, String>> {
    if arguments.is_empty() {
        for row in FORMATS {
            let mark = if row.format == session.format { '*' } else { ' ' };
            session.say(&format!("{mark} {:<7}{}", row.name, row.summary))?;
        }
        return Ok(Ok(Next::Prompt));
    }
    Ok(match Format::parse(arguments) {
        Some(format) => {
            session.format = format;
            Ok(Next::Prompt)
        }
        None => {
            let known: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
            Err(format!("unknown format '{arguments}'; there are {}", known.join(", ")))
        }
    })
}

fn quit(_: &mut Session, _: &str) -> io::Result<Result<Next, String>> {
    Ok(Ok(Next::Quit))
}

fn tables(session: &mut Session, _: &str) -> io::Result<Result<Next, String>> {
    for name in sorted_tables(session) {
        session.say(&name)?;
    }
    Ok(Ok(Next::Prompt))
}

fn schema(session: &mut Session, arguments: &str) -> io::Result<Result<Next, String>> {
    let tables = match arguments {
        "" => sorted_tables(session),
        name => vec![name.to_owned()],
    };
    for table in tables {
        let columns = match session.connection.table_columns(&table) {
            Ok(columns) => columns,
            Err(error) => return Ok(Err(rowmill::render_error("", &error).trim_end().to_owned())),
        };
        let columns: Vec<String> =
            columns.iter().map(|column| format!("{} {}", identifier(&column.name), column.data_type)).collect();
        session.say(&format!("CREATE TABLE {} ({});", identifier(&table), columns.join(", ")))?;
    }
    Ok(Ok(Next::Prompt))
}

fn timer(session: &mut Session, arguments: &str) -> io::Result<Result<Next, String>> {
    session.timer = match arguments {
        "on" => Timer::On,
        "off" => Timer::Off,
        other => return Ok(Err(format!(".timer takes on or off, not '{other}'"))),
    };
    Ok(Ok(Next::Prompt))
}

fn sorted_tables(session: &Session) -> Vec<String> {
    let mut names = session.connection.table_names();
    names.sort();
    names
}

/// A name as SQL has to write it.
fn identifier(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The candidate that a slip of the fingers away from `word` would be, if one is near enough.
fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let longest_slip = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (edit_distance(&word.to_lowercase(), candidate), candidate))
        .filter(|(distance, candidate)| *distance <= longest_slip || (word.len() > 1 && candidate.starts_with(word)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions and replacements between two words (Wagner and Fischer 1974, one row at a time).
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        assert_eq!(unknown(".tabels"), "unknown command '.tabels'; did you mean .tables?");
        assert_eq!(unknown(".sch"), "unknown command '.sch'; did you mean .schema?");
        assert_eq!(unknown(".qiut"), "unknown command '.qiut'; .help lists all");
        assert_eq!(unknown(".import"), "unknown command '.import'; .help lists all");
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(names().is_sorted());
    }

    #[test]
    fn names_are_quoted_where_sql_needs_it() {
        assert_eq!(identifier("zone_1"), "zone_1");
        assert_eq!(identifier("1st \"x\""), "\"1st \"\"x\"\"\"");
    }
}
