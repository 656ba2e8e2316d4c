//! The binary `rowmill`: a shell on a terminal, a filter in a pipe.
//!
//! Text comes in as arguments, files, standard input or typed lines; [`script`] cuts it into statements;
//! [`session`] runs each and hands its rows to one of the writers in [`output`]. Only this crate prints.
//!
//! Modules depend on one another in this order: `output`, `args`, `session`, `script`, `commands`, `shell`.

mod args;
mod commands;
mod output;
mod script;
mod session;
mod shell;

use std::io::{self, IsTerminal, Write};
use std::process::exit;

use crate::args::{Options, Request, Source};
use crate::session::Session;

#[global_allocator]
static ALLOCATOR: rowmill::HugePages = rowmill::HugePages;

/// Exit status when a statement failed.
const STATUS_STATEMENT_FAILED: i32 = 1;
/// Exit status when the arguments make no sense.
const STATUS_USAGE: i32 = 2;

fn main() {
    let status = match args::parse(std::env::args_os().skip(1)) {
        Ok(Request::Help) => print_and_succeed(&args::help()),
        Ok(Request::Version) => print_and_succeed(concat!("rowmill ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Request::Run(options)) => run(&options),
        Err(message) => {
            eprintln!("rowmill: {message}\nTry 'rowmill --help'.");
            STATUS_USAGE
        }
    };
    // Not a return: tables need no dropping when the process ends anyway.
    exit(status)
}

fn print_and_succeed(text: &str) -> i32 {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(error) => output_failed(&error),
    }
}

fn run(options: &Options) -> i32 {
    let mut session = match Session::open(options) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("{error}");
            return STATUS_STATEMENT_FAILED;
        }
    };
    let ran = if !options.sources.is_empty() {
        run_sources(&mut session, &options.sources)
    } else if io::stdin().is_terminal() {
        shell::run(&mut session)
    } else {
        script::run(&mut session, io::stdin().lock(), None)
    };
    match ran {
        Ok(()) if session.has_failed() => STATUS_STATEMENT_FAILED,
        Ok(()) => 0,
        Err(error) => output_failed(&error),
    }
}

fn run_sources(session: &mut Session, sources: &[Source]) -> io::Result<()> {
    for source in sources {
        match source {
            Source::Sql(sql) => script::run(session, sql.as_bytes(), None)?,
            Source::File(path) => script::run_file(session, path)?,
        }
        if session.must_stop() {
            break;
        }
    }
    Ok(())
}

/// Nobody reads any more (`| head`): end without a word. Everything else is said.
fn output_failed(error: &io::Error) -> i32 {
    if error.kind() != io::ErrorKind::BrokenPipe {
        eprintln!("rowmill: {error}");
    }
    STATUS_STATEMENT_FAILED
}
