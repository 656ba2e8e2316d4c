//! TPC-H queries at scale factor 0.01 give the answers that DuckDB 2.0 gives, from CSV, from Parquet and from tables,
//! in every configuration.

use std::path::Path;

use rowmill::{Connection, Value, params};
use rowmill_tests::tpch;

const SCALE_FACTOR: f64 = 0.01;

/// Where the rows come from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Csv,
    Parquet,
    Arrow,
    Tables,
    /// Tables, by a program that was saved over Arrow batches.
    Saved,
}

fn connect(source: Source, settings: &[&str]) -> Connection {
    let connection = Connection::open_in_memory().expect("a connection opens");
    for setting in settings {
        connection.execute(setting, params![]).expect("a setting is known");
    }
    let folder = tpch::folder(SCALE_FACTOR);
    for table in tpch::TABLES {
        let file = format!("select * from '{}/{table}.parquet'", folder.display());
        match source {
            Source::Tables | Source::Saved => {
                connection.execute(&format!("create table {table} as {file}"), params![]).expect("a table loads");
            }
            Source::Arrow => register(&connection, table, &file).expect("a table is registered"),
            Source::Csv | Source::Parquet => {
                let extension = if source == Source::Csv { "csv" } else { "parquet" };
                let view = format!("create view {table} as select * from '{}/{table}.{extension}'", folder.display());
                connection.execute(&view, params![]).expect("a view is made");
            }
        }
    }
    connection
}

/// Registers the rows of a query under a name.
fn register(connection: &Connection, name: &str, query: &str) -> rowmill::Result<()> {
    let mut batches = Vec::new();
    let mut rows = connection.query(query, params![])?;
    while let Some(batch) = rows.next_batch()? {
        batches.push(batch.to_record_batch()?);
    }
    connection.register_arrow(name, &batches)
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tpch")
}

/// Exact where the answer is exact; DOUBLEs to a relative 1e-9. From CSV, where prices are DOUBLE, all numbers so.
fn same(got: &Value, text: &str, expected: &str, source: Source) -> bool {
    if text == expected {
        return true;
    }
    if source != Source::Csv && !matches!(got, Value::Double(_)) {
        return false;
    }
    match (text.parse::<f64>(), expected.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => false,
    }
}

fn check(query: &str, source: Source, settings: &[&str]) {
    let connection = connect(source, settings);
    let answers = std::fs::read_to_string(folder().join(format!("{query}.csv"))).expect("the answers are there");
    let mut expected = answers.lines().skip(1);
    let sql = std::fs::read_to_string(folder().join(format!("{query}.sql"))).expect("the query is there");
    let rows = match source {
        Source::Saved => connect(Source::Arrow, settings)
            .prepare(&sql)
            .and_then(|statement| connection.load(&statement.save()?)?.query(params![])),
        _ => connection.query(&sql, params![]),
    };
    let mut rows = rows.unwrap_or_else(|error| panic!("{query} {source:?}: {error}"));
    while let Some(batch) = rows.next_batch().unwrap_or_else(|error| panic!("{query} {source:?}: {error}")) {
        for row in 0..batch.rows() {
            let line = expected.next().unwrap_or_else(|| panic!("{query} {source:?}: too many rows"));
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields.len(), batch.columns().len(), "{query}: columns");
            for (column, field) in fields.iter().enumerate() {
                let mut text = String::new();
                batch.write_text(row, column, &mut text);
                let value = batch.value(row, column);
                assert!(same(&value, &text, field, source), "{query} {source:?} {settings:?}: {text} is not {field}");
            }
        }
    }
    assert_eq!(expected.next(), None, "{query} {source:?}: too few rows");
}

macro_rules! queries {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let name = stringify!($name);
            let configurations: [&[&str]; 6] = [
                &["SET batch_rows = 2048", "SET threads = 1", "SET jit = 'check'"],
                &["SET batch_rows = 2048", "SET threads = 2"],
                &["SET batch_rows = 7", "SET threads = 1", "SET jit = 'check'"],
                &["SET batch_rows = 65", "SET threads = 2", "SET jit = 'on'"],
                &["SET batch_rows = 3", "SET threads = 2", "SET jit = 'off'"],
                &["SET batch_rows = 1", "SET threads = 2"],
            ];
            for settings in configurations {
                check(name, Source::Tables, settings);
            }
            check(name, Source::Saved, configurations[1]);
            for source in [Source::Arrow, Source::Parquet, Source::Csv] {
                check(name, source, configurations[0]);
                check(name, source, configurations[1]);
            }
        })*
    };
}

queries! { q01 q02 q03 q04 q05 q06 q07 q08 q09 q10 q11 q12 q13 q14 q15 q16 q17 q18 q19 q20 q21 q22 }
