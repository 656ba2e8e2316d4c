//! What a row of an expression costs: walked over as a tree, interpreted as a kernel, compiled, and in SQLite.
//!
//! ```text
//! cargo run --release -p rowmill-tests --bin expressions
//! ```
//!
//! One thread; the least of several runs of `SELECT sum(…)`, or `count(*)` of a condition, in nanoseconds a row. The walk
//! adds nothing up. SQLite is asked if `sqlite3` is there.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use rowmill::{Connection, Result, Value};
use rowmill_sql::plan::{ColumnId, Expr};
use rowmill_tests::tree_walk::{evaluate, projected};

/// The rows of the table: what kernels read of it fits a second-level cache.
const ROWS: usize = 100_000;
const RUNS: usize = 30;

const TABLE: &str = "create table t as with recursive r(k) as (select 0 union all select k + 1 from r where k < 99999)
    select cast(k % 1000 as integer) as i, cast(k * 7 % 100 as smallint) as s, cast(k as bigint) as b,
        cast(k % 997 as double) / 997.0e0 as x, case when k % 3 > 0 then cast(k % 50 as integer) end as n from r";

const EXPRESSIONS: &[&str] = &[
    "i + 1",
    "i * 3 - s",
    "(i + s) * (b - 7)",
    "(i - s) * (i - s) + i * s - 4",
    "x * 1.5e0 + 2.0e0",
    "case when i > 500 then s else b end",
    "coalesce(n, i) + 2",
    "i > 100 and i < 900 and s <> 7",
    "i between 100 and 900 or s in (1, 2, 3)",
    "x * (1.0e0 - x) > 0.1e0 and i % 7 = 3",
];

fn main() {
    if let Err(error) = run() {
        eprintln!("expressions: {error}");
        std::process::exit(1);
    }
}

fn query(expression: &str) -> String {
    let is_condition = expression.contains(" and ") || expression.contains(" or ");
    if is_condition {
        format!("select count(*) from t where {expression}")
    } else {
        format!("select sum({expression}) from t")
    }
}

fn run() -> Result<()> {
    let connection = Connection::open_in_memory()?;
    connection.execute("set threads = 1", ())?;
    connection.execute(TABLE, ())?;
    let rows = all_rows(&connection)?;
    let sqlite = sqlite();
    println!("| expression | walked | interpreted | compiled | SQLite |\n|---|---|---|---|---|");
    for (number, expression) in EXPRESSIONS.iter().enumerate() {
        let walked = walk(&connection, expression, &rows)?;
        let interpreted = timed(&connection, "off", expression)?;
        let compiled = timed(&connection, "on", expression)?;
        let sqlite = sqlite.get(number).map_or_else(|| "—".to_owned(), |nanos| format!("{nanos:.0}"));
        println!("| `{expression}` | {walked:.0} | {interpreted:.2} | {compiled:.2} | {sqlite} |");
    }
    Ok(())
}

fn all_rows(connection: &Connection) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    let mut result = connection.query("select * from t", ())?;
    while let Some(batch) = result.next_batch()? {
        let row = |row| (0..batch.columns().len()).map(|column| batch.value(row, column)).collect();
        rows.extend((0..batch.rows()).map(row));
    }
    Ok(rows)
}

fn nanos_per_row(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e9 / ROWS as f64
}

fn walk(connection: &Connection, expression: &str, rows: &[Vec<Value>]) -> Result<f64> {
    let columns = connection.table_columns("t")?;
    let (expr, read): (Expr, Vec<(ColumnId, usize)>) =
        projected(&columns, &format!("select {expression} as e from t")).expect("the walk knows these expressions");
    let least = (0..3).map(|_| {
        let started = Instant::now();
        for row in rows {
            let column = |id| read.iter().find(|(read, _)| *read == id).map_or(Value::Null, |(_, at)| row[*at].clone());
            std::hint::black_box(evaluate(&expr, &column)).expect("none of them fails");
        }
        nanos_per_row(started)
    });
    Ok(least.fold(f64::INFINITY, f64::min))
}

fn timed(connection: &Connection, jit: &str, expression: &str) -> Result<f64> {
    connection.execute(&format!("set jit = '{jit}'"), ())?;
    let statement = connection.prepare(&query(expression))?;
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut rows = statement.query(())?;
        while rows.next_batch()?.is_some() {}
        least = least.min(nanos_per_row(started));
    }
    Ok(least)
}

/// SQLite's times, the least of three runs each; none if it is not there.
fn sqlite() -> Vec<f64> {
    let mut script = format!("{TABLE};\n.timer on\n");
    for expression in EXPRESSIONS {
        script.push_str(&format!("{};\n", query(expression)).repeat(3));
    }
    let child = Command::new("sqlite3").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return Vec::new() };
    let written = child.stdin.take().map(|mut input| input.write_all(script.as_bytes()));
    let (Some(Ok(())), Ok(output)) = (written, child.wait_with_output()) else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    let real = |line: &str| line.strip_prefix("Run Time: real ")?.split(' ').next()?.parse::<f64>().ok();
    let times: Vec<f64> = text.lines().filter_map(real).collect();
    times.chunks(3).map(|runs| runs.iter().copied().fold(f64::INFINITY, f64::min) * 1e9 / ROWS as f64).collect()
}
