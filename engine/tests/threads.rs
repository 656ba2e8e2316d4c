//! What several threads give is what one gives: rows, their order where it is defined, errors, and DOUBLE sums to
//! the last bit.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rowmill::{Connection, ErrorKind, Result, Value, params};

const ROWS: usize = 10_000;

/// A table of [`ROWS`] rows; batches are small, so that there are many morsels.
fn connection(threads: usize, batch_rows: usize) -> Connection {
    let connection = Connection::open_in_memory().expect("nothing is opened");
    let digits = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    for sql in [
        format!("set threads = {threads}"),
        format!("set batch_rows = {batch_rows}"),
        format!(
            "create table t as select a.x * 1000 + b.x * 100 + c.x * 10 + d.x as i, (c.x * 7 + d.x) % 13 as k,
             (a.x * 31 + c.x) * 1e10 / (d.x + 3.0) as f, 'name ' || (b.x * 3 + d.x) as s
             from {digits} a(x), {digits} b(x), {digits} c(x), {digits} d(x)"
        ),
    ] {
        connection.execute(&sql, params![]).expect("the table is made");
    }
    connection
}

/// The rows before the end or the error, and the error.
fn run(connection: &Connection, sql: &str) -> (Vec<String>, Option<String>) {
    let mut lines = Vec::new();
    let mut outcome = || -> Result<()> {
        let mut rows = connection.query(sql, params![])?;
        while let Some(batch) = rows.next_batch()? {
            for row in 0..batch.rows() {
                let value = |column: usize| match batch.value(row, column) {
                    Value::Double(number) => format!("{:016x}", number.to_bits()),
                    value => format!("{value:?}"),
                };
                lines.push((0..batch.columns().len()).map(value).collect::<Vec<_>>().join("|"));
            }
        }
        Ok(())
    };
    let error = outcome().err().map(|error| error.to_string());
    (lines, error)
}

#[test]
fn threads_give_the_same_rows_in_the_same_order() {
    let alone = connection(1, 2048);
    for (threads, batch_rows) in [(2, 1), (2, 3), (3, 7), (2, 65), (8, 16)] {
        let together = connection(threads, batch_rows);
        for sql in [
            "select * from t",
            "select i, f from t where i % 3 = 0",
            "select i from t where k = 4 limit 25 offset 13",
            "select sum(f), avg(f), count(*), min(s), max(i) from t",
            "select k, sum(f), count(distinct s), sum(distinct i % 10) filter (where i > 50) from t group by k",
            "select s, avg(f) from t group by s limit 4",
            "select k, string_agg(distinct s || i % 17, ','), first(distinct i % 29), last(distinct s) from t group by k",
            "select string_agg(distinct s, ',') filter (where i > 77) from t",
            "select k, s from t order by k limit 40",
            "select i from t order by f, k",
            "select a.i, b.i from t a join t b on a.i = b.k + 9990 where b.i < 3000 order by a.i",
            "select a.i, b.i from t a left join t b on a.i = b.i * 2 and b.k > a.k where a.i < 600",
            "select count(*) from t a, t b where a.i < 70 and b.i < 30",
            "select i from t where s in (select 'name ' || k from t where k < 3)",
            "select i from t where i not in (select i * 2 from t)",
            "select i / (i - 7777) from t",
            "select i / (i - 7777) from t limit 100",
            "select a.i, 10 / (a.i - 4321) from t a join t b on a.i = b.i",
            "select sum(10 / (i - 5000)), sum(10 / (i - 7000)) from t",
            "select i from t where i < 20 union all select k from t limit 30",
            "select distinct k, s from t",
            "with recursive r(i, n) as (select i, 0 from t where i < 3 union all select t.i, n + 1 from r join t
             on t.k = r.i % 13 where n < 2 and t.i < 400) select * from r",
            "with recursive r(i) as (select k from t union select i + k from r join t on t.i = r.i where i < 90)
             select * from r",
        ] {
            let (expected, got) = (run(&alone, sql), run(&together, sql));
            assert_eq!(got.1, expected.1, "{sql} with {threads} threads and batches of {batch_rows}");
            // The batch in which a row fails may be given up to that row or not at all, but never beyond.
            assert!(got.0 == expected.0, "{sql} with {threads} threads and batches of {batch_rows}");
        }
    }
}

/// With so many rows threads share the ends of sinks, too: groups are looked up, build sides sealed and rows sorted in
/// pieces.
#[test]
fn threads_share_the_ends_of_large_sinks() {
    let sinks = [
        // Groups on pages, clustered and not, with NULL; hashed ones of one text, and of two columns.
        "select i / 3, sum(v), count(*), first(x), last(x) from large group by i / 3",
        "select v, sum(i), count(distinct i % 7), any_value(x) from large group by v",
        "select case when v % 5 > 0 then v::integer end c, max(i), avg(i * 0.1) from large group by c",
        "select x, sum(i), sum(distinct v % 100), string_agg(w, '') from large group by x",
        "select w, v, min(i), count(*) from large group by w, v limit 70000",
        "select distinct x, w from large",
        // Build sides by array, by ranks, by hash of one text and of two columns; with NULLs and repeats.
        "select a.i, b.i from large a join large b on a.i = b.v where b.i % 3 = 0",
        "select a.i, b.i from large a left join (select v * 50 as far, i from large) b on a.i = b.far",
        "select a.i, b.i from large a join large b on a.x = b.x and a.i < b.i where a.i % 7 = 0",
        "select a.i from large a where (a.w, a.v) not in (select w, v from large where i % 2 = 0)",
        "select count(*) from large a full join large b on a.v = b.i * 2",
        // Orders with ties, of few values first, of long texts; and windows over them.
        "select i from large order by w, v desc",
        "select i from large order by x desc nulls first, i % 2",
        "select i from large order by w limit 60000",
        "select i, row_number() over (partition by w order by x, i % 3) from large",
    ];
    let of = |threads: usize| {
        let connection = connection(threads, 2048);
        let rows = "with recursive r(i) as (select 0 union all select i + 1 from r where i < 119999)
            select i, i * 7919 % 80021 as v, 'w' || i % 3 as w,
                case when i % 11 > 0 then 'a text of more than twelve bytes ' || i * 31 % 70001 end as x from r";
        connection.execute(&format!("create table large as {rows}"), params![]).expect("a table");
        connection
    };
    let alone = of(1);
    for threads in [2, 5] {
        let together = of(threads);
        for sql in sinks {
            assert!(run(&together, sql) == run(&alone, sql), "{sql} with {threads} threads");
        }
    }
}

/// The rows of turns wait for one another, and the rows before an error come all the same.
#[test]
fn a_recursion_gives_the_rows_before_an_error() {
    let numbers = |range: std::ops::RangeInclusive<i32>| -> Vec<String> {
        range.map(|number| format!("{:?}", Value::Integer(number.into()))).collect()
    };
    let cases = [
        // The step fails, in turn 1,000; a LIMIT ends before it; the rows fail before the step does.
        ("select i + 1 + 0 / (i - 1000) from n", "i", "", numbers(1..=1000), true),
        ("select i + 1 + 0 / (i - 1000) from n", "i", "limit 700", numbers(1..=700), false),
        ("select i + 1 + 0 / (i - 1000) from n", "i", "limit 1000", numbers(1..=1000), false),
        ("select i + 1 + 0 / (i - 1000) from n", "i + 0 / (i - 800)", "", numbers(1..=799), true),
        // A recursion in the step counts to the next multiple of 10, and fails at 295: the rows of the outer one come.
        (
            "select j + 1 from (with recursive m(j) as (select i from n union all select j + 1 + 0 / (j - 295) from m
             where j % 10 <> 0) select j from m) x where j % 10 = 0",
            "i / 10",
            "",
            numbers(0..=29),
            true,
        ),
    ];
    for (threads, batch_rows) in [(1, 2048), (1, 1), (1, 100), (2, 2048), (2, 7)] {
        let connection = connection(threads, batch_rows);
        for (step, item, limit, expected, fails) in &cases {
            let sql = format!("with recursive n(i) as (select 1 union all {step}) select {item} from n {limit}");
            let (rows, error) = run(&connection, &sql);
            assert_eq!(rows, *expected, "{sql} with {threads} threads and batches of {batch_rows}");
            assert_eq!(error.is_some_and(|error| error.contains("division by zero")), *fails, "{sql}");
        }
    }
}

#[test]
fn an_insert_keeps_the_order() {
    let connection = connection(2, 16);
    connection.execute("create table copy as select * from t where i % 2 = 0", params![]).expect("a copy");
    assert_eq!(run(&connection, "select * from copy"), run(&connection, "select * from t where i % 2 = 0"));
}

#[test]
fn a_result_that_is_left_gives_its_memory_back() {
    let connection = connection(2, 16);
    for _ in 0..50 {
        let mut rows = connection.query("select i, s || s from t", params![]).expect("it begins");
        rows.next_batch().expect("a batch");
    }
    let mut rows = connection.query("select i, s || s from t", params![]).expect("it begins");
    rows.next_batch().expect("a batch");
    connection.interrupt_handle().interrupt();
    let error = std::iter::repeat_with(|| rows.next_batch()).find_map(Result::err).expect("it is interrupted");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let (lines, error) = run(&connection, "select count(*) from t");
    assert_eq!((lines, error), (vec![format!("Integer({ROWS})")], None));
}

#[test]
fn analyze_counts_what_all_threads_did() {
    for threads in [1, 2] {
        let connection = connection(threads, 16);
        let (lines, error) = run(&connection, "explain analyze select count(*) from t where i >= 5000");
        assert_eq!(error, None);
        let line = |opcode: &str| {
            let find = |line: &&String| line.contains(&format!("\"{opcode}\""));
            lines.iter().find(find).unwrap_or_else(|| panic!("{opcode} in {lines:#?}")).clone()
        };
        assert!(line("  Kernel").contains("|Integer(5000)|"), "{}", line("  Kernel"));
        assert!(line("OpenRead").contains("blocks read"), "{}", line("OpenRead"));
        // Whatever opens a cursor says how many rows it has.
        let (lines, error) = run(&connection, "explain analyze select row_number() over (order by k) from t");
        assert_eq!(error, None);
        let window = lines.iter().find(|line| line.contains("\"WindowFinal\"")).expect("a window");
        assert!(window.contains(&format!("|Integer({ROWS})|")), "{window}");
    }
}

#[test]
fn a_host_hears_how_far_a_statement_has_come() {
    for threads in [1, 2] {
        let connection = connection(threads, 16);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&heard);
        connection.on_progress(Duration::ZERO, move |progress| {
            let mut heard = sink.lock().expect("nobody panics");
            heard.push((progress.rows_read, progress.rows_total));
            if heard.len() < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        // Of a range of i, which rises, few rows would be read.
        let (lines, error) = run(&connection, "select sum(i) from t where k < 10");
        assert_eq!(lines, Vec::<String>::new());
        assert_eq!(error.as_deref(), Some("cancelled error: the statement was ended by its progress callback"));
        let heard = heard.lock().expect("nobody panics").clone();
        assert!(heard.iter().all(|(read, total)| *read > 0 && *total == Some(ROWS as u64)), "{heard:?}");
        // The next statement is stopped at once, and the connection goes on when nobody stops it.
        assert!(run(&connection, "select sum(i) from t").1.is_some());
        connection.on_progress(Duration::ZERO, |_| ControlFlow::Continue(()));
        assert_eq!(run(&connection, "select count(*) from t").1, None);
    }
}

#[test]
fn strings_that_are_replaced_again_and_again_leave_the_right_ones() {
    let long = "lpad(i::varchar, 40, '0')";
    for (threads, batch_rows) in [(1, 2048), (2, 16)] {
        let connection = connection(threads, batch_rows);
        let sql =
            format!("select k, max({long}), last({long}), first({long}), min({long}) from t group by k order by k");
        let (lines, error) = run(&connection, &sql);
        assert_eq!((lines.len(), error), (13, None));
        for (k, line) in lines.iter().enumerate() {
            let of_group: Vec<usize> = (0..ROWS).filter(|i| (i / 10 % 10 * 7 + i % 10) % 13 == k).collect();
            let (first, last) = (of_group[0], of_group[of_group.len() - 1]);
            let text = |i: usize| format!("Text(\"{i:040}\")");
            let expected = format!("Integer({k})|{}|{}|{}|{}", text(last), text(last), text(first), text(first));
            assert_eq!(*line, expected, "{threads} threads");
        }
    }
}
