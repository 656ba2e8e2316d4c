//! Machine code is shared by the statements of a connection.

use rowmill::{Connection, params};

const QUERY: &str = "select sum(a * 3 + b), count(*) from t where a % 7 < 5 and b > 10";

/// A connection with a table of some thousand rows, where every kernel is compiled at once.
fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute("set jit = 'off'", ()).unwrap();
    let numbers = "with recursive s(i) as (select 1 union all select i + 1 from s where i < 20000)";
    connection.execute(&format!("create table t as {numbers} select i % 1000 as a, i % 77 as b from s"), ()).unwrap();
    connection.execute("set jit = 'on'", ()).unwrap();
    connection
}

fn sum(connection: &Connection, query: &str) -> i64 {
    connection.query_one::<(i64, i64)>(query, params![]).unwrap().0
}

/// Whether kernels are compiled here.
fn compiles(connection: &Connection) -> bool {
    let rows = connection.query_as::<(Option<String>, Option<i32>, String)>(
        &format!("select instruction, address, machine_code from asm('{QUERY}')"),
        params![],
    );
    rows.unwrap().any(|row| row.unwrap().1.is_some())
}

#[test]
fn a_statement_that_is_prepared_again_finds_its_code() {
    let c = connection();
    let expected = sum(&c, QUERY);
    let first = c.code_cache();
    assert_eq!((first.hits, first.evictions), (0, 0));
    assert!(first.kernels > 0 && first.misses == first.kernels, "{first:?}");
    // Another text, the same kernel.
    let again = QUERY.replace("where", "WHERE ");
    assert_eq!(sum(&c, &again), expected);
    let second = c.code_cache();
    assert_eq!((second.kernels, second.misses, second.hits), (first.kernels, first.misses, first.kernels));
    assert_eq!(c.prepare(QUERY).unwrap().query_one::<(i64, i64)>(()).unwrap().0, expected);
    if compiles(&c) {
        let mut rows = c.query(&format!("explain analyze {again}"), ()).unwrap();
        let mut comments = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            comments.push(row.get::<String>("comment").unwrap());
        }
        assert!(comments.iter().any(|comment| comment.contains("taken from the cache")), "{comments:#?}");
    }
}

#[test]
fn the_cache_keeps_to_its_size() {
    let c = connection();
    let expected = sum(&c, QUERY);
    let statement = c.prepare(QUERY).unwrap();
    assert_eq!(statement.query_one::<(i64, i64)>(()).unwrap().0, expected);
    c.execute("set code_cache_size = 0", ()).unwrap();
    let empty = c.code_cache();
    assert_eq!((empty.kernels, empty.bytes), (0, 0));
    assert!(empty.evictions > 0);
    // A statement keeps the code that it has, and compiles what it has not.
    assert_eq!(statement.query_one::<(i64, i64)>(()).unwrap().0, expected);
    assert_eq!(c.code_cache().misses, empty.misses);
    assert_eq!(sum(&c, &QUERY.replace("where", "WHERE ")), expected);
    let after = c.code_cache();
    assert_eq!((after.kernels, after.bytes), (0, 0));
    assert!(after.misses > empty.misses);
    c.execute("reset code_cache_size", ()).unwrap();
    assert_eq!(sum(&c, &QUERY.replace("where", "Where ")), expected);
    assert!(c.code_cache().kernels > 0);
}

#[test]
fn statements_of_several_threads_share_it() {
    let c = connection();
    let expected = sum(&c, QUERY);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let c = &c;
            scope.spawn(move || {
                for turn in 0..20 {
                    // Texts of its own, so that nothing else is shared; now and then there is no room.
                    let text = format!("{QUERY} -- {thread} {turn}");
                    assert_eq!(sum(c, &text), expected);
                    if turn % 7 == thread {
                        c.execute("set code_cache_size = 0", ()).unwrap();
                        c.execute("reset code_cache_size", ()).unwrap();
                    }
                }
            });
        }
    });
    let counts = c.code_cache();
    assert!(counts.hits > 0 && counts.evictions > 0, "{counts:?}");
}
