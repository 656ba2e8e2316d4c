use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use rowmill_vm::table::{BlockCounts, ColumnRange, Table, Wanted};
use rowmill_vm::{Context, ErrorKind, Form, Value};

use crate::sources::Files;
use crate::sources::testing::{TempFolder, scan};

/// A file of 25 rows in row groups of ten.
pub(in crate::sources) fn bytes() -> Vec<u8> {
    let rows = || 0..25;
    let odd = |i: i64| (i % 2 == 1).then_some(i);
    let lists = rows().map(|i: i64| odd(i).map(|i| vec![Some(i as i32), None]));
    let decimals = |precision| {
        Decimal128Array::from_iter(rows().map(|i| odd(i).map(i128::from))).with_precision_and_scale(precision, 2)
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int64Array::from_iter_values(rows()))),
        ("n", Arc::new(Int32Array::from_iter(rows().map(|i| odd(i).map(|i| i as i32))))),
        ("small", Arc::new(decimals(9).unwrap())),
        ("middle", Arc::new(decimals(18).unwrap())),
        ("large", Arc::new(decimals(30).unwrap())),
        ("s", Arc::new(StringArray::from_iter_values(rows().map(|i| format!("string number {}", i % 3))))),
        ("d", Arc::new(Date32Array::from_iter_values(rows().map(|i| i as i32)))),
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(rows().map(|i| i * 500_000)))),
        ("b", Arc::new(BooleanArray::from_iter(rows().map(|i| Some(i % 3 == 0))))),
        ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(10)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn columns_come_in_their_types_in_the_order_asked_for() {
    let folder = TempFolder::new();
    let table = Files::default().open(&folder.write("t.parquet", bytes())).unwrap();
    let types: Vec<String> =
        table.columns().iter().map(|c| format!("{} {} {:?}", c.name, c.data_type, c.form)).collect();
    assert_eq!(
        types.join(", "),
        "i BIGINT I64, n INTEGER I32, small DECIMAL(9,2) I64, middle DECIMAL(18,2) I64, large DECIMAL(30,2) I128, \
         s VARCHAR Text, d DATE I32, at TIMESTAMP I64, b BOOLEAN Bits, l INTEGER[] List"
    );
    assert_eq!(table.row_count(), Some(25));
    for rows_max in [1, 4, 2048] {
        let shown = scan(&*table, &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0], rows_max);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 25, "{shown}");
        assert_eq!(lines[0], "NULL|true|1970-01-01 00:00:00|1970-01-01|string number 0|NULL|NULL|NULL|NULL|0|0|");
        assert_eq!(
            lines[21],
            "[21, NULL]|true|1970-01-01 00:00:10.5|1970-01-22|string number 0|0.21|0.21|0.21|21|21|21|"
        );
        assert_eq!(scan(&*table, &[], rows_max).len(), 25);
    }
}

#[test]
fn damaged_files_are_errors_of_the_data() {
    let folder = TempFolder::new();
    let whole = bytes();
    let all: Vec<usize> = (0..10).collect();
    let mut refused = 0;
    let try_file = |name: &str, content: &[u8]| {
        let path = folder.write(name, content);
        match Files::default().open(&path) {
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Data, "{error}");
                assert!(error.message().contains(name), "{error}");
                1
            }
            // A byte within a value may be another value; what matters is that nothing else happens.
            Ok(table) => usize::from(scan(&*table, &all, 2048).contains("data error: file")),
        }
    };
    for length in (0..whole.len()).step_by(97) {
        refused += try_file("cut.parquet", &whole[..length]);
    }
    assert_eq!(refused, whole.len().div_ceil(97), "every truncated file is refused");
    let mut flipped = whole.clone();
    for position in (0..whole.len()).step_by(61) {
        flipped[position] ^= 0xff;
        refused += try_file("flipped.parquet", &flipped);
        flipped[position] = whole[position];
    }
    assert!(refused > whole.len().div_ceil(97), "some damage is found");
}

#[test]
fn row_groups_without_a_wanted_row_are_skipped() {
    let folder = TempFolder::new();
    let table = Files::default().open(&folder.write("t.parquet", bytes())).unwrap();
    // Row groups hold rows 0..10, 10..20 and 20..25; of `n`, `small` and `large` every other row.
    let read = |column: usize, low: Value, high: Value| {
        let ranges = [ColumnRange { column, low, high }];
        let scan = table.scan(&[0], Wanted::within(&ranges), &Context::unlimited()).unwrap();
        let mut groups = String::new();
        while let Some(morsel) = scan.claim().unwrap() {
            groups.push_str(&morsel.number.to_string());
        }
        let (read, skipped) = (groups.len() as u64, 3 - groups.len() as u64);
        assert_eq!(scan.blocks(), BlockCounts { read, shortened: 0, skipped });
        groups
    };
    let integer = Value::Integer;
    assert_eq!(read(0, integer(12), integer(14)), "1");
    assert_eq!(read(0, integer(10), Value::Null), "12");
    assert_eq!(read(0, Value::Null, integer(9)), "0");
    assert_eq!(read(0, integer(25), integer(30)), "");
    assert_eq!(read(1, integer(20), integer(20)), "");
    assert_eq!(read(1, integer(21), integer(21)), "2");
    assert_eq!(read(2, integer(9), integer(9)), "0");
    assert_eq!(read(4, Value::Wide(19), Value::Wide(20)), "1");
    assert_eq!(read(5, Value::text("string number 3"), Value::Null), "");
    assert_eq!(read(5, Value::text("string number 2"), Value::Null), "012");
    assert_eq!(read(6, integer(15), integer(15)), "1");
    assert_eq!(read(7, integer(11 * 500_000), integer(11 * 500_000)), "1");
    // Nothing is known of BOOLEAN and lists.
    assert_eq!(read(8, Value::Boolean(true), Value::Boolean(true)), "012");
}

/// A file of one text column `s` in row groups of so many rows.
fn texts(rows: &[Option<&str>], group_rows: usize, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let column: ArrayRef = Arc::new(StringArray::from_iter(rows.iter().copied()));
    let batch = RecordBatch::try_from_iter([("s", column)]).unwrap();
    let mut bytes = Vec::new();
    let properties = properties.set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn strings_of_dictionaries_have_numbers() {
    let folder = TempFolder::new();
    let files = std::cell::Cell::new(0);
    let open = |content: Vec<u8>| {
        let name = format!("t{}.parquet", files.replace(files.get() + 1));
        Files::default().open(&folder.write(&name, content)).unwrap()
    };
    let rows =
        [Some("b"), None, Some("a"), None, None, Some("a"), Some("longer than a view holds"), Some("c"), Some("")];
    let expected: String = rows.iter().map(|row| format!("{}|\n", row.unwrap_or("NULL"))).collect();
    for group_rows in [1, 2, 3, 100] {
        let table = open(texts(&rows, group_rows, WriterProperties::builder()));
        let strings = table.dictionary(0).expect("a dictionary");
        let strings: Vec<String> =
            (0..strings.len()).map(|n| String::from_utf8_lossy(strings.text().get(n)).into_owned()).collect();
        assert_eq!(strings.join(","), "b,a,longer than a view holds,c,");
        assert_eq!(table.form(0), Some(Form::I8));
        for rows_max in [1, 4, 2048] {
            assert_eq!(scan(&*table, &[0], rows_max), expected, "row groups of {group_rows}, batches of {rows_max}");
        }
    }
    // Where a page may hold strings plainly, or there are many of them, they come as they are.
    let plain = open(texts(&rows, 4, WriterProperties::builder().set_dictionary_enabled(false)));
    let many: Vec<String> = (0..5000).map(|i| format!("string {i}")).collect();
    let many: Vec<Option<&str>> = many.iter().map(|string| Some(string.as_str())).collect();
    for (table, rows) in [
        (plain, &rows[..]),
        (open(texts(&many, 1000, WriterProperties::builder())), &many),
        (open(texts(&many, 1000, WriterProperties::builder().set_dictionary_page_size_limit(500))), &many),
    ] {
        assert!(table.dictionary(0).is_none());
        assert_eq!(table.form(0), Some(Form::Text));
        let expected: String = rows.iter().map(|row| format!("{}|\n", row.unwrap_or("NULL"))).collect();
        assert_eq!(scan(&*table, &[0], 1000), expected);
    }
    let (some, form) = (many.iter().take(129).copied().collect::<Vec<_>>(), |table: &dyn Table| table.form(0));
    assert_eq!(form(&*open(texts(&some, 50, WriterProperties::builder()))), Some(Form::I16));
    assert_eq!(form(&*open(texts(&some[..128], 50, WriterProperties::builder()))), Some(Form::I8));
}
