//! In steady state the engine allocates nothing per batch: ten times the batches, the same number of allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use rowmill::{Connection, params};

/// Counts every allocation of this process.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the same layout, under the same contract.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::realloc`.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Rows in the larger table; the smaller has a tenth.
const ROWS: usize = 400_000;

fn allocations(connection: &Connection, sql: &str) -> u64 {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let mut rows = connection.query(sql, params![]).expect("the query runs");
    while rows.next_batch().expect("the query runs").is_some() {}
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

#[test]
fn more_batches_need_no_more_allocations() {
    let connection = Connection::open_in_memory().expect("a connection opens");
    connection.execute("SET threads = 1", params![]).expect("a setting is known");
    let digits = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    connection.execute(&format!("create table d as select * from {digits} v(x)"), params![]).expect("digits");
    let rows = |tables: usize, limit: usize| {
        let from: Vec<String> = (0..tables).map(|table| format!("d d{table}")).collect();
        let value: Vec<String> = (0..tables).map(|table| format!("d{table}.x * {}", 10u64.pow(table as u32))).collect();
        format!(
            "select i, i % 7 as k, i * 0.5 as f, case when i % 3 = 0 then null else 'row ' || (i % 5)::varchar end as s
             from (select {} as i from {}) n where i < {limit}",
            value.join(" + "),
            from.join(", ")
        )
    };
    connection.execute(&format!("create table small as {}", rows(5, ROWS / 10)), params![]).expect("small");
    connection.execute(&format!("create table large as {}", rows(6, ROWS)), params![]).expect("large");
    let sums: Vec<String> = (0..30).map(|number| format!("sum(i + {number})")).collect();
    let wide = format!("select k, {} from TABLE group by k", sums.join(", "));
    for query in [
        "select k, count(distinct s) filter (where i % 2 = 0), sum(distinct k) from TABLE group by k",
        "select count(*) from TABLE where concat(s, '-', s, '-', s, '-', s, '-', s, '-', s) = ''",
        &wide,
        "select count(*), sum(i), sum(f) from TABLE where i % 2 = 0 and f < 1e9",
        "select k, s, count(*), sum(i * 2 + 1), avg(f), min(i), max(f) from TABLE group by k, s",
        "select sum(t.i) from TABLE t join d on t.k = d.x where s like 'row%'",
        "select count(*) from TABLE where s = 'row 3' or k = 2",
        "select i from TABLE where i < 0",
    ] {
        // The first run fills what a connection keeps.
        let small = query.replace("TABLE", "small");
        let large = query.replace("TABLE", "large");
        allocations(&connection, &small);
        allocations(&connection, &large);
        let (few, many) = (allocations(&connection, &small), allocations(&connection, &large));
        // A block costs a few, and the large table has six more; so does each shorter kernel, and machine code for one costs some
        // twenty; a scan has at most four. Batches, of which it has 175 more, cost none.
        assert!(many <= few + 170, "{query}: {few} allocations for {} rows, {many} for {ROWS}", ROWS / 10);
    }
}
