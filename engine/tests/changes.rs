//! DELETE, UPDATE and TRUNCATE: what readers see of them, what they leave behind when they fail, and several at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rowmill::{Connection, ErrorKind, Rows, params};

/// Rows of the table that tests change: several blocks and a tail.
const ROWS: i64 = 150_000;

fn connection(threads: usize) -> Connection {
    let connection = Connection::open_in_memory().expect("nothing is opened");
    let digits = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    for sql in [
        format!("set threads = {threads}"),
        format!(
            "create table d as select a.x * 100 + b.x * 10 + c.x as x from {digits} a(x), {digits} b(x), {digits} c(x)"
        ),
        format!(
            "create table t as select a.x * 1000 + b.x as i, 'name ' || b.x as s from d a, d b where a.x < {} order by i",
            ROWS / 1000
        ),
    ] {
        connection.execute(&sql, ()).expect("the table is made");
    }
    connection
}

fn count(connection: &Connection) -> (i64, i64) {
    let sql = "select count(*), coalesce(sum(i), 0)::bigint from t";
    connection.query_one::<(i64, i64)>(sql, ()).expect("it can be counted")
}

fn ids(rows: &mut Rows) -> Vec<i64> {
    let mut ids = Vec::new();
    while let Some(row) = rows.next().expect("no error") {
        ids.push(row.get::<i64>(0).expect("a number"));
    }
    ids
}

#[test]
fn readers_keep_the_rows_of_their_moment() {
    for threads in [1, 2] {
        let c = connection(threads);
        let mut before = c.query("select i from t where i % 1000 < 3", ()).unwrap();
        let first = before.next().unwrap().unwrap().get::<i64>(0).unwrap();
        assert_eq!(c.execute("delete from t where i % 2 = 0", ()).unwrap(), ROWS as u64 / 2);
        let mut between = c.query("select i from t where i % 1000 < 3", ()).unwrap();
        assert_eq!(c.execute("update t set i = -i where i % 1000 = 1", ()).unwrap(), ROWS as u64 / 1000);
        assert_eq!(c.execute("delete from t where i > 100000", ()).unwrap(), 50 * 499);
        c.execute("truncate t", ()).unwrap();
        assert_eq!(count(&c), (0, 0));
        c.execute("insert into t values (1, 'x')", ()).unwrap();
        let mut all = vec![first];
        all.extend(ids(&mut before));
        assert!(all.iter().copied().eq((0..ROWS).filter(|i| i % 1000 < 3)));
        assert!(ids(&mut between).into_iter().eq((0..ROWS).filter(|i| i % 1000 == 1)));
        assert_eq!(count(&c), (1, 1));
    }
}

#[test]
fn what_is_left_is_what_was_not_deleted() {
    let c = connection(2);
    let mut left: Vec<i64> = (0..ROWS).collect();
    // Now few rows of a block, now all of several blocks, now nearly all of the rest.
    for (sql, goes) in [
        ("delete from t where i % 7 = 3", (|i| i % 7 == 3) as fn(i64) -> bool),
        ("delete from t where i between 60000 and 140000", |i| (60_000..=140_000).contains(&i)),
        ("delete from t where i % 5 <> 0", |i| i % 5 != 0),
        ("delete from t where i > 149900", |i| i > 149_900),
        ("delete from t where i % 500 <> 0", |i| i % 500 != 0),
        ("delete from t where i < 3", |i| i < 3),
    ] {
        let before = left.len();
        left.retain(|i| !goes(*i));
        assert_eq!(c.execute(sql, ()).unwrap(), (before - left.len()) as u64, "{sql}");
        assert!(ids(&mut c.query("select i from t", ()).unwrap()) == left, "{sql}");
        assert_eq!(count(&c), (left.len() as i64, left.iter().sum()), "{sql}");
        for i in left.iter().step_by(left.len() / 3) {
            let name: String = c.query_one("select s from t where i = ?", params![*i]).unwrap();
            assert_eq!(name, format!("name {}", i % 1000));
        }
    }
    c.execute("insert into t values (-1, 'new')", ()).unwrap();
    left.push(-1);
    assert!(ids(&mut c.query("select i from t", ()).unwrap()) == left);
}

#[test]
fn a_change_that_fails_changes_nothing() {
    for threads in [1, 2] {
        let c = connection(threads);
        let before = count(&c);
        for (sql, kind) in [
            ("delete from t where 1 / (i - 100000) = 0", ErrorKind::Runtime),
            ("delete from t returning 1 / (i - 149999)", ErrorKind::Runtime),
            ("update t set i = 10 / (i - 140000)", ErrorKind::Runtime),
            ("update t set i = cast(s as bigint) where i > 5", ErrorKind::Runtime),
            ("delete from t where i in (select i from t union all select 1 / (i - 3) from t)", ErrorKind::Runtime),
        ] {
            assert_eq!(c.execute(sql, ()).unwrap_err().kind(), kind, "{sql}");
            assert_eq!(count(&c), before, "{sql}");
        }
        c.execute("set memory_limit = '5MB'", ()).unwrap();
        let error = c.execute("update t set s = s || ' and some more text that takes memory' || i", ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert_eq!(count(&c), before);
        c.execute("reset memory_limit", ()).unwrap();
        assert_eq!(c.execute("delete from t", ()).unwrap(), ROWS as u64);
        assert_eq!(count(&c), (0, 0));
    }
}

#[test]
fn a_change_is_done_before_its_rows_are_read() {
    let c = connection(2);
    let rows = c.query("delete from t where i >= 10 returning i, s", ()).unwrap();
    assert_eq!(rows.changes(), ROWS as u64 - 10);
    assert_eq!(rows.columns().len(), 2);
    drop(rows);
    assert_eq!(count(&c), (10, 45));
    let mut rows = c.query("update t set i = i * 2 where i > 7 returning i", ()).unwrap();
    assert_eq!((rows.changes(), ids(&mut rows)), (2, vec![16, 18]));
    let prepared = c.prepare("delete from t where i = $i returning s").unwrap();
    assert_eq!(prepared.columns()[0].name, "s");
    assert_eq!(prepared.query_one::<String>(rowmill::params! { "i" => 16 }).unwrap(), "name 8");
    assert_eq!(prepared.execute(rowmill::params! { "i" => 16 }).unwrap(), 0);
    let mut listing = c.query("explain analyze delete from t where i < 2", ()).unwrap();
    let mut deleted = None;
    while let Some(row) = listing.next().unwrap() {
        if row.get::<Option<String>>(1).unwrap().is_some_and(|opcode| opcode.trim() == "Delete") {
            deleted = row.get::<Option<i64>>("rows").unwrap();
        }
    }
    assert_eq!(deleted, Some(2));
    assert_eq!(count(&c), (7, 2 + 3 + 4 + 5 + 6 + 7 + 18));
}

#[test]
fn changes_at_once_are_as_if_one_came_after_the_other() {
    const THREADS: i64 = 4;
    const TURNS: i64 = 40;
    let c = Arc::new(Connection::open_in_memory().unwrap());
    c.execute("create table n (k bigint, v bigint)", ()).unwrap();
    c.execute("insert into n values (0, 0), (1, 0), (2, 0)", ()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let (rows, sum): (i64, i64) =
                    c.query_one("select count(*), sum(v)::bigint from n where k < 3", ()).unwrap();
                assert_eq!((rows, sum % 3), (3, 0), "all three rows are changed at once");
                assert!(sum >= last);
                last = sum;
            }
        });
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let c = &c;
                scope.spawn(move || {
                    for turn in 0..TURNS {
                        let own = 100 + thread * TURNS + turn;
                        assert_eq!(c.execute("update n set v = v + 1 where k < 3", ()).unwrap(), 3);
                        assert_eq!(c.execute("insert into n values (?, 7)", params![own]).unwrap(), 1);
                        if turn % 2 == 0 {
                            assert_eq!(c.execute("delete from n where k = ?", params![own]).unwrap(), 1);
                        }
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    let (rows, sum): (i64, i64) = c.query_one("select count(*), sum(v)::bigint from n where k < 3", ()).unwrap();
    assert_eq!((rows, sum), (3, 3 * THREADS * TURNS));
    assert_eq!(c.query_one::<i64>("select count(*) from n", ()).unwrap(), 3 + THREADS * TURNS / 2);
}

#[test]
fn tables_of_others_are_not_changed() {
    let c = connection(1);
    let batch =
        c.query("select i from t limit 3", ()).unwrap().next_batch().unwrap().unwrap().to_record_batch().unwrap();
    c.register_arrow("r", &[batch]).unwrap();
    for sql in ["delete from r", "update r set i = 1", "truncate r"] {
        let error = c.execute(sql, ()).unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Constraint, "table r is read-only"), "{sql}");
    }
}
