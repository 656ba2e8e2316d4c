//! Blocks that a scan leaves out since the filter above it lets none of their rows pass.

use rowmill::{Connection, params};

/// 300,000 rows in blocks of about 65,536: `i` rises, `falls` falls, `pair` is `i` and one more, `n` is NULL in the first
/// half, `half` is `i / 2.0`.
fn connection() -> Connection {
    let connection = Connection::open_in_memory().expect("a connection");
    connection
        .execute(
            "create table d as select * from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) v(i)",
            params![],
        )
        .expect("digits");
    let query = "create table t as
        select i, 300000 - i as falls, i + 1 as pair, case when i >= 150000 then i end as n, i::double / 2 as half
        from (select a.i * 100000 + b.i * 10000 + c.i * 1000 + e.i * 100 + f.i * 10 + g.i as i
              from d a, d b, d c, d e, d f, d g where a.i < 3) order by i";
    connection.execute(query, params![]).expect("a table");
    connection
}

/// The blocks that were read and skipped, and the rows that came out.
fn blocks(connection: &Connection, condition: &str) -> String {
    let analyze = format!("explain analyze select i from t where {condition}");
    let mut found = String::new();
    match connection.query(&analyze, params![]) {
        Err(error) => return error.message().to_owned(),
        Ok(mut rows) => {
            while let Some(row) = rows.next().expect(condition) {
                let comment: Option<String> = row.get("comment").expect("text");
                let comment = comment.unwrap_or_default();
                if let Some((_, counts)) = comment.split_once(": ").filter(|(_, counts)| counts.contains("blocks read"))
                {
                    found = counts.to_owned();
                }
            }
        }
    }
    let count: i64 =
        connection.query_one(&format!("select count(*) from t where {condition}"), params![]).expect(condition);
    format!("{found}, {count} rows")
}

#[test]
fn blocks_that_no_row_passes_are_not_read() {
    let connection = connection();
    let cases = [
        ("i + 1 > 250000", "2 blocks read (1 shortened), 3 skipped, 50000 rows"),
        ("i * 2 between 10 and 20", "1 blocks read, 4 skipped, 6 rows"),
        ("falls < i - 200000", "2 blocks read (1 shortened), 3 skipped, 49999 rows"),
        // Columns are known one by one, not how they go together.
        ("pair = i", "5 blocks read, 0 skipped, 0 rows"),
        ("i < 10 or i > 299990", "2 blocks read (2 shortened), 3 skipped, 19 rows"),
        ("case when i > 200000 then 1 else 0 end = 1", "2 blocks read (1 shortened), 3 skipped, 99999 rows"),
        ("half * 2 > 299990", "1 blocks read, 4 skipped, 9 rows"),
        ("n + 1 < 160000", "1 blocks read, 4 skipped, 9999 rows"),
        ("n is null and i > 140000", "1 blocks read, 4 skipped, 9999 rows"),
        ("not (i >= 100)", "1 blocks read, 4 skipped, 100 rows"),
        // What may fail for a row is asked of every row.
        ("10 / (i - 5) > 2 and i + 1 > 250000", "division by zero"),
        ("i + 1 > 250000 and 10 / (i - 5) >= 0", "2 blocks read (2 shortened), 3 skipped, 50000 rows"),
    ];
    let mut found = Vec::new();
    for (condition, _) in cases {
        found.push((condition, blocks(&connection, condition)));
    }
    let expected: Vec<(&str, String)> = cases.map(|(condition, expected)| (condition, expected.to_owned())).into();
    assert_eq!(found, expected);
    // Parameters are known when the statement runs.
    let mut rows = connection.query("explain analyze select i from t where i + 1 > ?", params![250_000]).expect("rows");
    let mut comments = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        comments.push(row.get::<Option<String>>("comment").expect("text").unwrap_or_default());
    }
    assert!(comments.iter().any(|comment| comment.ends_with("2 blocks read (1 shortened), 3 skipped")), "{comments:?}");
}

/// Queries whose first kernel is shorter for some blocks: what EXPLAIN ANALYZE says of them, and what they give.
const SHORTENED: &[(&str, &str, &str)] = &[
    (
        "select count(*) || ' ' || sum(i) from t where i >= 10",
        "5 blocks read (4 shortened), 0 skipped",
        "299990 44999849955",
    ),
    // Conditions that are always true in some blocks, and of others one side.
    (
        "select count(*) || ' ' || sum(pair) from t where i * 2 >= 150000 and (falls > 100000 or half > 200000)",
        "3 blocks read (3 shortened), 2 skipped",
        "125000 17187562500",
    ),
    // Arms that are never or always taken, without a filter.
    (
        "select sum(case when i + 1 < 100000 then falls else pair end) || '' from t",
        "5 blocks read (4 shortened), 0 skipped",
        "65000049999",
    ),
    // Groups go on in what the whole kernel has begun.
    (
        "select max(c) || ' ' || min(c) || ' ' || sum(s)
         from (select i % 3 as g, count(*) as c, sum(pair) as s from t where pair > 70000 group by 1) g",
        "4 blocks read (3 shortened), 1 skipped",
        "76667 76666 42550115000",
    ),
    // Validity that is known.
    (
        "select count(*) || ' ' || sum(n) from t where n + 1 > 150001 and coalesce(n, -1) <> 7",
        "3 blocks read (2 shortened), 2 skipped",
        "149999 33749775000",
    ),
    ("select sum(10 / (i - 299999)) || '' from t where pair > 70000", "", "division by zero"),
    // An error of a row that a LIMIT never reaches.
    ("select count(*) || '' from (select 10 / (i - 200000) as q from t where pair > 70000 limit 5) q", "", "5"),
];

/// What blocks are shortened to gives what the whole kernel gives, by each tier and with one thread and two.
#[test]
fn shorter_programs_do_the_same() {
    let connection = connection();
    let run = |sql: &str| match connection.query_one::<String>(sql, params![]) {
        Ok(text) => text,
        Err(error) => error.message().to_owned(),
    };
    for (sql, counts, expected) in SHORTENED {
        for jit in ["off", "on", "auto", "check"] {
            for threads in [1, 2] {
                for setting in [format!("set jit = '{jit}'"), format!("set threads = {threads}")] {
                    connection.execute(&setting, params![]).expect("a setting");
                }
                assert_eq!(run(sql), *expected, "{sql} with jit = {jit} and {threads} threads");
            }
        }
        if !counts.is_empty() {
            let mut rows = connection.query(&format!("explain analyze {sql}"), params![]).expect(sql);
            let mut comments = String::new();
            while let Some(row) = rows.next().expect(sql) {
                comments += &row.get::<Option<String>>("comment").expect("text").unwrap_or_default();
                comments.push('\n');
            }
            assert!(comments.contains(counts), "{counts} is not said of {sql}:\n{comments}");
        }
    }
}

/// Rows are dropped by the keys of joins before they are looked up: by a bit for each key, by a Bloom filter, by packed
/// keys; and not where few would be dropped. Whatever is done, the answer is the same.
#[test]
fn rows_of_large_scans_are_dropped_by_keys() {
    let connection = connection();
    let tables = [
        "create table near as select i, pair from t where i % 1000 = 7 and i < 100000",
        "create table wide as select i::bigint * 1000000007 as k from t",
        "create table far as select k from wide where k % 1000 = 7",
        "create table most as select i from t where i % 10 <> 3",
    ];
    for table in tables {
        connection.execute(table, params![]).expect(table);
    }
    let cases = [
        ("select sum(t.i) from t join near on t.i = near.i where near.pair < 300000", "4950700"),
        ("select sum(t.i) from t join near on t.i = near.i and t.pair = near.pair where near.i >= 0", "4950700"),
        ("select count(*) from t join near on t.n = near.i where near.pair > 0", "0"),
        ("select count(*) from wide join far on wide.k = far.k where far.k % 2 >= 0", "300"),
        ("select count(*) from wide where exists (select 1 from far where far.k = wide.k and far.k % 2 = 1)", "300"),
        ("select sum(t.i) from t join most on t.i = most.i where most.i >= 0", "40499910000"),
        ("select sum(t.i) from t left join near on t.i = near.i where near.i is null", "44994899300"),
    ];
    for settings in ["set jit = 'off'", "set jit = 'check'", "set jit = 'on'", "set threads = 1"] {
        connection.execute(settings, params![]).expect(settings);
        for (query, expected) in cases {
            let found: String = connection.query_one(&format!("select ({query})::varchar"), params![]).expect(query);
            assert_eq!(found, expected, "{settings}: {query}");
        }
    }
    let mut rows = connection.query(&format!("explain {}", cases[0].0), params![]).expect("a program");
    let mut dropped = 0;
    while let Some(row) = rows.next().expect("a row") {
        let comment: Option<String> = row.get("comment").expect("text");
        dropped += usize::from(comment.unwrap_or_default().contains("h0.0 = keys"));
    }
    assert_eq!(dropped, 1, "the kernel of one scan drops rows by keys");
}
