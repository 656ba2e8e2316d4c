//! Times named queries over TPC-H tables in memory.
//!
//! ```text
//! cargo run --release -p rowmill-tests --bin bench -- [--scale 0.1] [--threads 1] [--runs 5] [NAME...]
//! ```
//!
//! A name selects the queries that start with it. A time is that of one run, from preparing to the last row, and beside it
//! that of preparing alone: from the text to a verified program. The tables are loaded before. Compare figures of one
//! machine and one day only.

use std::path::Path;
use std::time::{Duration, Instant};

use rowmill::{Connection, Result, params};
use rowmill_tests::tpch;

/// Queries besides those of TPC-H: one idea each, over the same tables.
const QUERIES: &[(&str, &str)] = &[
    ("tiny", "select r_regionkey + 1, r_name from region where r_regionkey > 1 and r_regionkey < 4"),
    ("count", "select count(*) from lineitem"),
    ("sum", "select sum(l_quantity), sum(l_extendedprice * (1 - l_discount)) from lineitem"),
    ("sum-double", "select sum(cast(l_extendedprice as double)) from lineitem"),
    (
        "filter",
        "select count(*) from lineitem where l_shipdate >= date '1994-01-01' and l_partkey % 7 = 3 and l_tax < 0.04",
    ),
    ("case", "select sum(case when l_discount > 0.05 then l_extendedprice else l_tax end) from lineitem"),
    ("like", "select count(*) from lineitem where l_comment like '%special%requests%'"),
    ("in-list", "select count(*) from lineitem where l_shipmode in ('AIR', 'REG AIR', 'SHIP')"),
    ("group-few", "select l_returnflag, l_linestatus, count(*), avg(l_quantity) from lineitem group by 1, 2"),
    (
        "group-many",
        "select count(*) from (select l_orderkey, sum(l_quantity) as x from lineitem group by 1) t where x > 300",
    ),
    (
        "join",
        "select count(*), sum(o_totalprice) from orders join customer on o_custkey = c_custkey where c_acctbal > 0",
    ),
    ("sort-limit", "select l_orderkey, l_extendedprice from lineitem order by 2 desc, 1 limit 100"),
    ("distinct", "select count(*) from (select distinct l_partkey from lineitem) t"),
    ("return-all", "select l_orderkey, l_extendedprice, l_shipdate from lineitem"),
];

/// What the command line asks for.
struct Options {
    scale: f64,
    threads: u32,
    runs: usize,
    names: Vec<String>,
}

fn main() {
    let ended = options().and_then(|options| run(&options).map_err(|error| error.to_string()));
    if let Err(message) = ended {
        eprintln!("bench: {message}");
        std::process::exit(1);
    }
}

fn options() -> std::result::Result<Options, String> {
    let mut options = Options { scale: 0.1, threads: 1, runs: 5, names: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            options.names.push(word);
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        let bad = || format!("{word} cannot be '{value}'");
        match word.as_str() {
            "--scale" => options.scale = value.parse().map_err(|_| bad())?,
            "--threads" => options.threads = value.parse().map_err(|_| bad())?,
            "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0).ok_or_else(bad)?,
            _ => return Err(format!("unknown option {word}; there are --scale, --threads and --runs")),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<()> {
    let Options { scale, threads, runs, names } = options;
    let connection = Connection::open_in_memory()?;
    connection.execute(&format!("SET threads = {threads}"), params![])?;
    let started = Instant::now();
    load(&connection, *scale)?;
    println!(
        "TPC-H at scale {scale}, loaded in {:.1} s; {threads} threads, {runs} runs",
        started.elapsed().as_secs_f64()
    );
    println!("{:<12} {:>10} {:>12} {:>12} {:>12}", "query", "rows", "least ms", "median ms", "prepare ms");
    let chosen = |name: &str| names.is_empty() || names.iter().any(|start| name.starts_with(start.as_str()));
    for (name, sql) in queries().iter().filter(|(name, _)| chosen(name)) {
        match time(&connection, sql, *runs) {
            Ok(Times { rows, least, median, prepare }) => {
                println!("{name:<12} {rows:>10} {least:>12.3} {median:>12.3} {prepare:>12.3}");
            }
            Err(error) => println!("{name:<12} {error}"),
        }
    }
    Ok(())
}

fn load(connection: &Connection, scale: f64) -> Result<()> {
    let folder = tpch::folder(scale);
    for table in tpch::TABLES {
        let sql = format!("create table {table} as select * from '{}/{table}.parquet'", folder.display());
        connection.execute(&sql, params![])?;
    }
    Ok(())
}

/// Names and texts: those of the folder `tests/tpch`, then [`QUERIES`].
fn queries() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tpch");
    let mut queries: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the queries are there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a query can be read"))
        })
        .collect();
    queries.sort();
    queries.extend(QUERIES.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())));
    queries
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
        connection.prepare(sql.trim().trim_end_matches(';'))?;
        prepare = prepare.min(started.elapsed());
    }
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (least, median) = (milliseconds(times[0]), milliseconds(times[times.len() / 2]));
    Ok(Times { rows, least, median, prepare: milliseconds(prepare) })
}

fn once(connection: &Connection, sql: &str) -> Result<(usize, Duration)> {
    let started = Instant::now();
    let mut result = connection.query(sql.trim().trim_end_matches(';'), params![])?;
    let mut rows = 0;
    while let Some(batch) = result.next_batch()? {
        rows += batch.rows();
    }
    Ok((rows, started.elapsed()))
}
