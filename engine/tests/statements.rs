//! Statements through the public API: what they give, and what they leave behind when they fail.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use rowmill::{Connection, ErrorKind, Rows, params};

fn connection() -> Connection {
    Connection::open_in_memory().expect("nothing is opened")
}

/// Rows as text: values by `|`, rows by a blank.
fn show(mut rows: Rows) -> String {
    let mut lines = Vec::new();
    loop {
        match rows.next_batch() {
            Ok(Some(batch)) => {
                for row in 0..batch.rows() {
                    let mut line = String::new();
                    for column in 0..batch.columns().len() {
                        if column > 0 {
                            line.push('|');
                        }
                        batch.write_text(row, column, &mut line);
                    }
                    lines.push(line);
                }
            }
            Ok(None) => return lines.join(" "),
            Err(error) => {
                lines.push(error.to_string());
                return lines.join(" ");
            }
        }
    }
}

/// Runs statements one after the other; what the last one gives must be as expected.
fn check(connection: &Connection, statements: &[&str], expected: &str) {
    let mut shown = String::new();
    for sql in statements {
        shown = match connection.query(sql, ()) {
            Ok(rows) if rows.columns().is_empty() => format!("{} changes", rows.changes()),
            Ok(rows) => show(rows),
            Err(error) => error.to_string(),
        };
    }
    assert_eq!(shown, expected, "{}", statements.last().unwrap_or(&""));
}

#[test]
fn tables_are_made_filled_and_dropped() {
    let c = connection();
    check(&c, &["create table T (a int not null, b varchar)"], "0 changes");
    check(&c, &["insert into t values (1, 'x'), (2, null)"], "2 changes");
    check(&c, &["insert into T (b, a) select b, a + 10 from t"], "2 changes");
    check(&c, &["select * from t order by a"], "1|x 2|NULL 11|x 12|NULL");
    check(&c, &["create table u as select a * 2 as d from t where b is not null"], "2 changes");
    check(&c, &["select d from u order by d"], "2 22");
    check(&c, &["create table if not exists u as select 1/0"], "0 changes");
    check(&c, &["create or replace table u as select count(*) as n from u", "select n from u"], "2");
    assert_eq!(c.table_names(), ["T", "u"]);
    let columns = c.table_columns("t").unwrap();
    assert_eq!(
        columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>(),
        ["a INTEGER", "b VARCHAR"]
    );
    check(&c, &["drop table t, u"], "0 changes");
    check(&c, &["drop table if exists t"], "0 changes");
    assert!(c.table_names().is_empty());
}

#[test]
fn a_statement_that_fails_leaves_everything_as_it_was() {
    let c = connection();
    check(&c, &["create table t (a int not null)", "insert into t values (1)"], "1 changes");
    check(&c, &["insert into t values (2), (null)"], "constraint error: column t.a is NOT NULL, but a value is NULL");
    c.query("insert into t select 10 / (a - 1) from t", ()).err().expect("division by zero");
    c.query("create table u as select 10 / (a - 1) as x from t", ()).err().expect("division by zero");
    c.query("create or replace table t as select 10 / (a - 1) as x from t", ()).err().expect("division by zero");
    let error = c.query("create table t (b int)", ()).err().expect("the name is taken");
    assert_eq!(error.kind(), ErrorKind::Name);
    assert!(error.span().is_some());
    c.query("drop table t, nothing", ()).err().expect("one of them is not there");
    check(&c, &["select a from t"], "1");
    assert_eq!(c.table_names(), ["t"]);
}

#[test]
fn prepared_statements_see_the_tables_of_the_moment() {
    let c = connection();
    c.execute("create table t (a bigint, s varchar)", ()).unwrap();
    let insert = c.prepare("insert into t values (?, ?)").unwrap();
    let select = c.prepare("select a, s from t where a >= ? order by a").unwrap();
    assert_eq!(select.columns().len(), 2);
    for number in 0..5i64 {
        assert_eq!(insert.execute(params![number, format!("number {number}")]).unwrap(), 1);
        assert_eq!(show(select.query(params![number]).unwrap()), format!("{number}|number {number}"));
    }
    assert_eq!(show(select.query(params![3.5]).unwrap()), "4|number 4");
    assert_eq!(show(select.query(params![None::<i64>]).unwrap()), "");
    let error = select.query(()).err().expect("a value is missing");
    assert_eq!(error.kind(), ErrorKind::Name, "{error}");
    let mut held = c.query("select a from t order by a", ()).unwrap();
    c.execute("drop table t", ()).unwrap();
    assert_eq!(held.next().unwrap().unwrap().get::<i64>(0).unwrap(), 0);
    assert_eq!(select.query(params![1]).err().expect("no table").kind(), ErrorKind::Name);
}

#[test]
fn rows_give_rust_values() {
    let c = connection();
    let sql = "select true, 42, 1.50, 2.5e0, 'text', null, date '2024-02-29', 9223372036854775807";
    let mut rows = c.query(sql, ()).unwrap();
    let row = rows.next().unwrap().expect("one row");
    assert!(row.get::<bool>(0).unwrap());
    assert_eq!(row.get::<i32>(1).unwrap(), 42);
    assert_eq!(row.get::<f64>(2).unwrap(), 1.5);
    assert_eq!(row.get::<String>(2).unwrap(), "1.50");
    assert_eq!(row.get::<f64>(3).unwrap(), 2.5);
    assert_eq!(row.get::<Option<String>>(4).unwrap().as_deref(), Some("text"));
    assert_eq!(row.get::<Option<i64>>(5).unwrap(), None);
    assert_eq!(row.get::<String>(6).unwrap(), "2024-02-29");
    let error = row.get::<i32>(7).unwrap_err();
    assert!(error.message().ends_with("9223372036854775807 of type BIGINT is no i32"), "{error}");
    let error = row.get::<String>(5).unwrap_err();
    assert_eq!(error.hint(), Some("ask for an Option<String>"));
    assert_eq!(row.get::<i64>(8).unwrap_err().message(), "there is no column 8: the row has 8, counted from 0");
    assert!(rows.next().unwrap().is_none());
    assert!(rows.next().unwrap().is_none());
}

#[test]
fn arrow_goes_in_and_out() {
    let c = connection();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a name of more than twelve bytes"]));
    let batch = RecordBatch::try_from_iter([("n", numbers), ("s", names)]).unwrap();
    c.register_arrow("r", &[batch.clone(), batch]).unwrap();
    check(&c, &["select count(*), count(n), sum(n) from r"], "6|4|8");
    let out = c.query("select s, n + 1 as m from r", ()).unwrap().next_batch().unwrap().expect("rows");
    let out = out.to_record_batch().unwrap();
    assert_eq!(out.schema().field(1).name(), "m");
    check(
        &c,
        &["insert into r values (1, 'x')"],
        "constraint error: table r is read-only (hint: CREATE TABLE … AS SELECT * FROM it makes a table that can be changed)",
    );
    c.register_arrow("back", &[out]).unwrap();
    check(&c, &["select s, m from back where m > 2"], "a name of more than twelve bytes|4");
}

#[test]
fn settings_limit_what_a_statement_may_use() {
    let c = connection();
    c.execute("create table big as select * from (values (1), (2), (3), (4), (5), (6), (7), (8)) as v(a)", ()).unwrap();
    for _ in 0..4 {
        c.execute("insert into big select b.a from big as b, big as c limit 100000", ()).unwrap();
    }
    let cross = "select count(*) from big as x, big as y, big as z where x.a + y.a + z.a = 0";

    c.execute("set timeout = '50ms'", ()).unwrap();
    let begun = Instant::now();
    let error = c.execute(cross, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    c.execute("reset timeout", ()).unwrap();

    let handle = c.interrupt_handle();
    let interrupter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        handle.interrupt();
    });
    assert_eq!(c.execute(cross, ()).unwrap_err().kind(), ErrorKind::Cancelled);
    interrupter.join().unwrap();

    c.execute("set memory_limit = '100kB'", ()).unwrap();
    let error = c.execute("create table more as select * from big", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    c.execute("reset memory_limit", ()).unwrap();
    check(&c, &["select count(*) > 1000, min(a), max(a) from big"], "true|1|8");
    assert_eq!(c.table_names(), ["big"]);
}

#[test]
fn every_batch_size_gives_the_same() {
    let c = connection();
    c.execute("create table t as select * from (values (1, 'a'), (2, 'b'), (3, 'a'), (4, null), (5, 'b')) v(n, s)", ())
        .unwrap();
    for rows in [1, 2, 3, 5, 2048] {
        c.execute(&format!("set batch_rows = {rows}"), ()).unwrap();
        check(&c, &["select s, sum(n) from t where n <> 3 group by s order by s"], "a|1 b|7 NULL|4");
        check(&c, &["select n, s from t where n > 1 limit 2"], "2|b 3|a");
    }
}

#[test]
fn explain_shows_program_and_plan() {
    let c = connection();
    c.execute("create table t (a int, b int)", ()).unwrap();
    let listing = show(c.query("explain select b from t where a = 1", ()).unwrap());
    assert!(listing.starts_with("0|Init|"), "{listing}");
    assert!(listing.contains("|OpenRead|") && listing.contains("kernel k0"), "{listing}");
    let plan = show(c.query("explain query plan select b from t where a = 1", ()).unwrap());
    assert!(plan.contains("Scan t"), "{plan}");
}

#[test]
fn files_stand_in_from_by_their_names() {
    let folder = std::env::temp_dir().join(format!("rowmill-statements-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("cities.csv").to_str().unwrap().to_owned();
    std::fs::write(&path, "city,people\nOslo,700000\nRome,2800000\n").unwrap();
    let c = connection();
    let sql = format!("select city, people / 1000 as k from '{path}' where people > 1000000");
    check(&c, &[&sql], "Rome|2800");
    let prepared = c.prepare(&sql).unwrap();
    assert_eq!(show(prepared.query(()).unwrap()), "Rome|2800");
    std::fs::write(&path, "city,people\nLima,10000000\n").unwrap();
    assert_eq!(show(prepared.query(()).unwrap()), "Lima|10000", "the file has changed since");
    check(&c, &[&format!("create table t as select * from '{path}'"), "select * from t"], "Lima|10000000");

    let sql = format!("select *\nfrom '{path}x'");
    let error = c.query(&sql, ()).err().expect("no such file");
    let place = rowmill::place(&sql, &error).expect("the error says where");
    assert_eq!((error.kind(), place.line, place.column), (ErrorKind::Io, 2, 6), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
