//! One connection and how its answers are shown: runs a statement, hands its rows to a writer, says its error.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use rowmill::{Connection, Error, params};

use crate::args::{AfterError, Options};
use crate::output::{Format, ResultWriter, Summary, say_error};

/// Results are gathered up to this many bytes before they go to standard output.
const OUTPUT_BUFFER_BYTES: usize = 1 << 16;

/// Whether the time that a statement took is printed after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Timer {
    /// It is not.
    Off,
    /// It is.
    On,
}

/// How a statement ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// With its rows.
    Succeeded,
    /// With an error, which the user has been told.
    Failed,
}

/// What lives from one statement to the next.
pub(crate) struct Session {
    /// The tables and settings.
    pub(crate) connection: Connection,
    /// How results are printed.
    pub(crate) format: Format,
    /// Whether times are printed.
    pub(crate) timer: Timer,
    after_error: AfterError,
    failed: bool,
    out: BufWriter<Box<dyn Write>>,
}

impl Session {
    /// A session with no tables that writes to standard output.
    pub(crate) fn open(options: &Options) -> Result<Session, Error> {
        Session::writing_to(Box::new(io::stdout()), options)
    }

    /// A session with no tables that writes to `out`.
    pub(crate) fn writing_to(out: Box<dyn Write>, options: &Options) -> Result<Session, Error> {
        let connection = Connection::open_in_memory()?;
        if let Some(threads) = options.threads {
            connection.execute(&format!("SET threads = {threads}"), params![])?;
        }
        Ok(Session {
            connection,
            format: options.format,
            timer: Timer::Off,
            after_error: options.after_error,
            failed: false,
            out: BufWriter::with_capacity(OUTPUT_BUFFER_BYTES, out),
        })
    }

    /// Whether a statement has failed so far.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Whether a statement has failed and no more shall run.
    pub(crate) fn must_stop(&self) -> bool {
        self.failed && self.after_error == AfterError::Bail
    }

    /// Runs one statement and prints what it gives. Only trouble with printing is an error here: the statement's own
    /// goes to the user.
    pub(crate) fn run(&mut self, sql: &str) -> io::Result<Outcome> {
        let mut writer = self.format.writer();
        match self.fetch(sql, writer.as_mut())? {
            Ok(summary) => {
                writer.end(summary, &mut self.out)?;
                if self.timer == Timer::On && self.format != Format::Jsonl {
                    writeln!(self.out, "Time: {}", human_time(summary.elapsed))?;
                }
                self.out.flush()?;
                Ok(Outcome::Succeeded)
            }
            Err(error) => self.fail(sql, &error, writer.as_mut()),
        }
    }

    /// Refuses a statement that cannot even be handed to the engine.
    pub(crate) fn refuse(&mut self, sql: &str, error: &Error) -> io::Result<Outcome> {
        let mut writer = self.format.writer();
        self.fail(sql, error, writer.as_mut())
    }

    /// Says what is wrong with something that is no statement: a command of the shell's, a file of statements.
    pub(crate) fn complain(&mut self, message: &str) -> io::Result<()> {
        self.failed = true;
        self.out.flush()?;
        say_error(message)
    }

    /// Prints text that is no result.
    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    fn fail(&mut self, sql: &str, error: &Error, writer: &mut dyn ResultWriter) -> io::Result<Outcome> {
        self.failed = true;
        writer.fail(sql, error, &mut self.out)?;
        self.out.flush()?;
        Ok(Outcome::Failed)
    }

    /// Prints the rows of `sql` up to its end or its error. The clock runs while the engine works, not while we print.
    fn fetch(&mut self, sql: &str, writer: &mut dyn ResultWriter) -> io::Result<Result<Summary, Error>> {
        let mut elapsed = Duration::ZERO;
        let start = Instant::now();
        let mut rows = match self.connection.query(sql, params![]) {
            Ok(rows) => rows,
            Err(error) => return Ok(Err(error)),
        };
        elapsed += start.elapsed();
        writer.begin(rows.columns(), &mut self.out)?;
        loop {
            let start = Instant::now();
            let batch = rows.next_batch();
            elapsed += start.elapsed();
            match batch {
                Ok(Some(batch)) => writer.batch(batch, &mut self.out)?,
                Ok(None) => return Ok(Ok(Summary { changes: rows.changes(), elapsed })),
                Err(error) => return Ok(Err(error)),
            }
        }
    }
}

/// A time with the unit that people would use for it.
fn human_time(elapsed: Duration) -> String {
    let micros = elapsed.as_micros();
    if micros < 1_000 {
        format!("{micros} µs")
    } else if micros < 1_000_000 {
        format!("{:.1} ms", elapsed.as_secs_f64() * 1e3)
    } else {
        format!("{:.2} s", elapsed.as_secs_f64())
    }
}
