//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::output::{FORMATS, Format};

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    /// Print the help text.
    Help,
    /// Print the version.
    Version,
    /// Run statements.
    Run(Options),
}

/// How to run, and what.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Options {
    /// What to run, in order; empty for standard input.
    pub(crate) sources: Vec<Source>,
    /// How results are printed.
    pub(crate) format: Format,
    /// Worker threads; the engine's own default if absent.
    pub(crate) threads: Option<u32>,
    /// What to do after a statement has failed.
    pub(crate) after_error: AfterError,
}

/// A place that statements come from.
#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    /// `-c`: the text itself.
    Sql(String),
    /// `-f`: a file of statements.
    File(PathBuf),
}

/// What to do after a statement has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum AfterError {
    /// Run the next one.
    #[default]
    Continue,
    /// Run no more.
    Bail,
}

/// Reads the arguments behind the program's name; an error is one line for the user.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Short('c') | Long("command") => options.sources.push(Source::Sql(text(&mut parser)?)),
            Short('f') | Long("file") => options.sources.push(Source::File(value(&mut parser)?.into())),
            Long("format") => options.format = format(&text(&mut parser)?)?,
            Long("threads") => options.threads = Some(threads(&text(&mut parser)?)?),
            Long("bail") => options.after_error = AfterError::Bail,
            Short('V') | Long("version") => return Ok(Request::Version),
            Short('h') | Long("help") => return Ok(Request::Help),
            Value(word) => return Err(stray(&word.to_string_lossy())),
            Short(_) | Long(_) => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Request::Run(options))
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    let formats: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
    format!(
        "rowmill: SQL over CSV, Parquet and Arrow, through bytecode you can read

usage: rowmill [OPTIONS]

With neither -c nor -f, statements come from standard input: a shell on a terminal.

  -c, --command SQL   run SQL; may be given several times
  -f, --file FILE     run the statements in FILE; may be given several times
      --format NAME   how results are printed: {} (default: {})
      --threads N     worker threads
      --bail          stop after the first statement that fails
  -V, --version       print the version
  -h, --help          print this

Exit status: 0, 1 if a statement failed, 2 if the arguments make no sense.

example: rowmill -c \"select count(*) from 'data.csv'\"
",
        formats.join(", "),
        Format::default().name(),
    )
}

fn value(parser: &mut lexopt::Parser) -> Result<OsString, String> {
    parser.value().map_err(|error| error.to_string())
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    value(parser)?.into_string().map_err(|value| format!("not valid UTF-8: '{}'", value.to_string_lossy()))
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
        format!("unknown format '{name}'; there are {}", known.join(", "))
    })
}

fn threads(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("--threads takes a number from 1 up, not '{text}'")),
        Ok(count) => Ok(count),
    }
}

fn stray(word: &str) -> String {
    format!("unexpected argument '{word}'; SQL goes behind -c, a file of statements behind -f")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &str) {
        let got = match parse(line.split_whitespace().map(OsString::from)) {
            Ok(request) => format!("{request:?}"),
            Err(message) => format!("error: {message}"),
        };
        assert_eq!(got, expect);
    }

    #[test]
    fn arguments() {
        check(
            "-c one --format=csv -f x.sql --threads 3 --bail",
            "Run(Options { sources: [Sql(\"one\"), File(\"x.sql\")], format: Csv, threads: Some(3), after_error: Bail })",
        );
        check("", "Run(Options { sources: [], format: Table, threads: None, after_error: Continue })");
        check("--version -c x", "Version");
        check("--format xml", "error: unknown format 'xml'; there are table, csv, json, jsonl, line");
        check("--threads 0", "error: --threads takes a number from 1 up, not '0'");
        check("x.csv", "error: unexpected argument 'x.csv'; SQL goes behind -c, a file of statements behind -f");
        check("--colour", "error: invalid option '--colour'");
        check("-c", "error: missing argument for option '-c'");
    }
}
