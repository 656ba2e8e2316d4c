//! Times named queries over TPC-H tables in memory.
//!
//! ```text
//! cargo run --release -p rowmill-tests --bin bench -- [OPTION...] [NAME...]
//! ```
//!
//! A name selects the queries that start with it. A time is that of one run, from preparing to the last row, and beside it
//! that of preparing alone: from the text to a verified program. The tables are loaded before. Compare figures of one
//! machine and one day only.
//!
//! | option | |
//! |---|---|
//! | `--scale 0.1`, `--threads 1`, `--runs 5` | how many rows, on how many threads, how often |
//! | `--set NAME=VALUE` | a setting of the connection |
//! | `--against NAME=VALUE` | runs each query with the setting and without it by turns, each time prepared anew, and compares the times from the first step to the last row |
//! | `--compile` | how long each query's kernels take to be compiled, each time anew |

mod against;
mod compile;
mod queries;

use std::time::{Duration, Instant};

use queries::queries;
use rowmill::{Connection, Result, params};
use rowmill_tests::tpch;

#[global_allocator]
static ALLOCATOR: rowmill::HugePages = rowmill::HugePages;

/// What the command line asks for.
struct Options {
    scale: f64,
    threads: u32,
    runs: usize,
    settings: Vec<Setting>,
    measure: Measure,
    names: Vec<String>,
}

/// What is measured.
enum Measure {
    Times,
    Against(Setting),
    Compile,
}

/// A setting and its value.
struct Setting {
    name: String,
    value: String,
}

impl Setting {
    fn parse(text: &str) -> Option<Setting> {
        let (name, value) = text.split_once('=')?;
        Some(Setting { name: name.to_owned(), value: value.to_owned() })
    }

    /// Sets it.
    fn set(&self, connection: &Connection) -> Result<()> {
        connection.execute(&format!("SET {} = '{}'", self.name, self.value), params![]).map(|_| ())
    }
}

fn main() {
    let ended = options().and_then(|options| run(&options).map_err(|error| error.to_string()));
    if let Err(message) = ended {
        eprintln!("bench: {message}");
        std::process::exit(1);
    }
}

fn options() -> std::result::Result<Options, String> {
    let (settings, names) = (Vec::new(), Vec::new());
    let mut options = Options { scale: 0.1, threads: 1, runs: 5, settings, measure: Measure::Times, names };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            options.names.push(word);
            continue;
        }
        if word == "--compile" {
            options.measure = Measure::Compile;
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        let bad = || format!("{word} cannot be '{value}'");
        match word.as_str() {
            "--scale" => options.scale = value.parse().map_err(|_| bad())?,
            "--threads" => options.threads = value.parse().map_err(|_| bad())?,
            "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or_else(bad)?,
            "--set" => options.settings.push(Setting::parse(&value).ok_or_else(bad)?),
            "--against" => options.measure = Measure::Against(Setting::parse(&value).ok_or_else(bad)?),
            _ => {
                let known = "--scale, --threads, --runs, --set, --against and --compile";
                return Err(format!("unknown option {word}; there are {known}"));
            }
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<()> {
    let Options { scale, threads, runs, settings, measure, names } = options;
    let connection = Connection::open_in_memory()?;
    connection.execute(&format!("SET threads = {threads}"), params![])?;
    let started = Instant::now();
    load(&connection, *scale)?;
    let seconds = started.elapsed().as_secs_f64();
    println!("TPC-H at scale {scale}, loaded in {seconds:.1} s; {threads} threads, {runs} runs");
    settings.iter().try_for_each(|setting| setting.set(&connection))?;
    let chosen = |name: &str| names.is_empty() || names.iter().any(|start| name.starts_with(start.as_str()));
    let queries: Vec<(String, String)> = queries().into_iter().filter(|(name, _)| chosen(name)).collect();
    match measure {
        Measure::Times => times(&connection, &queries, *runs),
        Measure::Against(setting) => against::compare(&connection, &queries, *runs, setting)?,
        Measure::Compile => compile::times(&connection, &queries, *runs)?,
    }
    Ok(())
}

fn times(connection: &Connection, queries: &[(String, String)], runs: usize) {
    println!("{:<12} {:>10} {:>12} {:>12} {:>12}", "query", "rows", "least ms", "median ms", "prepare ms");
    for (name, sql) in queries {
        match time(connection, sql, runs) {
            Ok(Times { rows, least, median, prepare }) => {
                println!("{name:<12} {rows:>10} {least:>12.3} {median:>12.3} {prepare:>12.3}");
            }
            Err(error) => println!("{name:<12} {error}"),
        }
    }
}

fn load(connection: &Connection, scale: f64) -> Result<()> {
    let folder = tpch::folder(scale);
    for table in tpch::TABLES {
        let sql = format!("create table {table} as select * from '{}/{table}.parquet'", folder.display());
        connection.execute(&sql, params![])?;
    }
    Ok(())
}

/// What was measured of a query, in milliseconds.
struct Times {
    /// Rows of the result.
    rows: usize,
    /// Of the fastest run.
    least: f64,
    /// Of the run in the middle.
    median: f64,
    /// Of preparing it, at least.
    prepare: f64,
}

/// Runs a query `runs` times, after once more at the beginning.
fn time(connection: &Connection, sql: &str, runs: usize) -> Result<Times> {
    let (rows, _) = once(connection, sql)?;
    let (mut times, mut prepare) = (Vec::with_capacity(runs), Duration::MAX);
    for _ in 0..runs {
        times.push(once(connection, sql)?.1);
        let started = Instant::now();
        connection.prepare(sql)?;
        prepare = prepare.min(started.elapsed());
    }
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (least, median) = (milliseconds(times[0]), milliseconds(times[times.len() / 2]));
    Ok(Times { rows, least, median, prepare: milliseconds(prepare) })
}

fn once(connection: &Connection, sql: &str) -> Result<(usize, Duration)> {
    let started = Instant::now();
    let mut result = connection.query(sql, params![])?;
    let mut rows = 0;
    while let Some(batch) = result.next_batch()? {
        rows += batch.rows();
    }
    Ok((rows, started.elapsed()))
}
