//! Row groups of Parquet files that a scan leaves out since the filter above it lets none of their rows pass.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use rowmill::{Connection, params};

/// Rows of the file, enough for filters to ask about row groups, and those of a row group.
const ROWS: i64 = 100_000;
const GROUP_ROWS: usize = 10_000;

/// Writes a file: `i` rises from 0, `falls` falls to 1, `n` is `i` and NULL in the first half, `half` is `i / 2.0`, `price`
/// is `i` cents.
fn write(path: &Path, statistics: EnabledStatistics) {
    let prices = Decimal128Array::from_iter_values((0..ROWS).map(i128::from)).with_precision_and_scale(9, 2);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        ("falls", Arc::new(Int64Array::from_iter_values((0..ROWS).map(|i| ROWS - i)))),
        ("n", Arc::new(Int64Array::from_iter((0..ROWS).map(|i| (i >= ROWS / 2).then_some(i))))),
        ("half", Arc::new(Float64Array::from_iter_values((0..ROWS).map(|i| i as f64 / 2.0)))),
        ("price", Arc::new(prices.expect("nine digits are enough"))),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("columns of one length");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(statistics)
        .build();
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.close().expect("a footer");
}

/// Of a query with `condition` over a file: the row groups that were read and skipped, by EXPLAIN ANALYZE, and what it gives.
fn run(connection: &Connection, path: &Path, condition: &str) -> (String, String) {
    let from = format!("from '{}' where {condition}", path.display());
    let mut counts = String::new();
    if let Ok(mut rows) = connection.query(&format!("explain analyze select i {from}"), params![]) {
        while let Some(row) = rows.next().expect(condition) {
            let comment: String = row.get::<Option<String>>("comment").expect("text").unwrap_or_default();
            if let Some((_, found)) = comment.split_once(": ").filter(|(_, found)| found.contains("blocks read")) {
                counts = found.to_owned();
            }
        }
    }
    let answer = format!("select count(*) || ' ' || coalesce(sum(i), 0) {from}");
    let answer = connection.query_one::<String>(&answer, params![]);
    (counts, answer.unwrap_or_else(|error| error.message().to_owned()))
}

/// Conditions, the row groups that are read and skipped, and how many rows pass and their sum, or the error.
const CASES: &[(&str, &str, &str)] = &[
    ("i + 1 > 95000", "1 blocks read, 9 skipped", "5000 487497500"),
    ("i * 2 between 10 and 20", "1 blocks read, 9 skipped", "6 45"),
    ("falls < i - 80000", "1 blocks read, 9 skipped", "9999 949905000"),
    ("i < 10 or i > 99990", "2 blocks read, 8 skipped", "19 900000"),
    ("case when i > 50000 then 1 else 0 end = 1", "5 blocks read, 5 skipped", "49999 3749925000"),
    ("not (i >= 100)", "1 blocks read, 9 skipped", "100 4950"),
    ("price * 2 < 100.00", "1 blocks read, 9 skipped", "5000 12497500"),
    // Row groups of nothing but NULL, and without any.
    ("n + 1 < 56000", "1 blocks read, 9 skipped", "5999 317941001"),
    ("n is null and i > 40000", "1 blocks read, 9 skipped", "9999 449955000"),
    ("n is not null and i < 50010", "1 blocks read, 9 skipped", "10 500045"),
    // Footers leave NaN out of the bounds of DOUBLE, which is the largest value.
    ("half + 1 < 50", "1 blocks read, 9 skipped", "98 4753"),
    ("half * 2 > 99990", "10 blocks read, 0 skipped", "9 899955"),
    // What may fail for a row is asked of every row, those in row groups without a wanted row too.
    ("10 / (i - 5) > 2 and i + 1 > 95000", "", "division by zero"),
    ("i + 1 > 95000 and 10 / (i - 5) >= 0", "1 blocks read, 9 skipped", "5000 487497500"),
    ("i + 1 > 95000 and 10 / (i - 99999) < 5", "", "division by zero"),
];

/// With statistics in the footer and without, when every row group is read: the same answers, by one thread and two.
#[test]
fn row_groups_that_no_row_passes_are_not_read() {
    let folder = std::env::temp_dir().join(format!("rowmill-row-groups-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (known, unknown) = (folder.join("known.parquet"), folder.join("unknown.parquet"));
    write(&known, EnabledStatistics::Chunk);
    write(&unknown, EnabledStatistics::None);
    let connection = Connection::open_in_memory().expect("a connection");
    for threads in [1, 2] {
        connection.execute(&format!("set threads = {threads}"), params![]).expect("a setting");
        let found: Vec<_> =
            CASES.iter().map(|(condition, ..)| (*condition, run(&connection, &known, condition))).collect();
        let expected = |(condition, counts, answer): &(&'static str, &str, &str)| {
            (*condition, (counts.to_string(), answer.to_string()))
        };
        assert_eq!(found, CASES.iter().map(expected).collect::<Vec<_>>(), "{threads} threads");
        for (condition, _, answer) in CASES {
            let (counts, found) = run(&connection, &unknown, condition);
            assert_eq!(found, *answer, "{condition}, without statistics");
            assert!(counts.is_empty() || counts == "10 blocks read, 0 skipped", "{condition}: {counts}");
        }
    }
    // What stays behind is no failure of the test.
    let _ = std::fs::remove_dir_all(&folder);
}
