use crate::sources::Files;
use crate::sources::testing::{TempFolder, scan};

/// Reads a file of `content` and shows its columns, its rows and its error.
fn read(name: &str, content: impl AsRef<[u8]>, rows_max: usize) -> String {
    let folder = TempFolder::new();
    let path = folder.write(name, content);
    let shown = match Files::default().open(&path) {
        Err(error) => format!("{error}"),
        Ok(table) => {
            let all: Vec<usize> = (0..table.columns().len()).collect();
            let names: Vec<String> =
                table.columns().iter().map(|column| format!("{} {}", column.name, column.data_type)).collect();
            format!("{}\n{}", names.join(", "), scan(&*table, &all, rows_max))
        }
    };
    shown.replace(folder.path(), "").trim_end().to_owned()
}

fn check(content: impl AsRef<[u8]>, expected: &str) {
    for rows_max in [1, 3, 2048] {
        assert_eq!(read("t.csv", content.as_ref(), rows_max), expected.trim_start_matches('\n'), "{rows_max} rows");
    }
}

#[test]
fn types_are_the_narrowest_that_fit() {
    check(
        "b,i,d,day,at,s,nothing\ntrue,1,1.5,2024-02-29,2024-02-29 12:00:00,x,\nFALSE,-7,2,1970-01-01,1970-01-01,007a,\n",
        "
b BOOLEAN, i BIGINT, d DOUBLE, day DATE, at TIMESTAMP, s VARCHAR, nothing VARCHAR
true|1|1.5|2024-02-29|2024-02-29 12:00:00|x|NULL|
false|-7|2|1970-01-01|1970-01-01 00:00:00|007a|NULL|",
    );
}

#[test]
fn quotes_hide_delimiters_lines_and_quotes() {
    check(
        "a,b\r\n\"x, \"\"y\"\"\r\nz\",1\r\n\"\",\r\n,\"2\"\r\n",
        "
a VARCHAR, b BIGINT
x, \"y\"\r\nz|1|
|NULL|
NULL|2|",
    );
}

#[test]
fn delimiters_and_headers_are_found() {
    check("a;b\n1,5;x\n2,5;y\n", "a VARCHAR, b VARCHAR\n1,5|x|\n2,5|y|");
    check("a\tb\n1\t2\n", "a BIGINT, b BIGINT\n1|2|");
    check("1|2\n3|4\n", "column0 BIGINT, column1 BIGINT\n1|2|\n3|4|");
    check("name\nann\nbob", "name VARCHAR\nann|\nbob|");
    check("only,names\n", "only VARCHAR, names VARCHAR");
    check("\u{feff}a,a,\n1,2,3\n\n", "a BIGINT, a_1 BIGINT, column2 BIGINT\n1|2|3|");
    check("ä,ö\nü,\u{1f600} longer than twelve bytes\n", "ä VARCHAR, ö VARCHAR\nü|\u{1f600} longer than twelve bytes|");
}

#[test]
fn wrong_files_say_where() {
    check("", "data error: file '/t.csv' is empty");
    check(" \n\n", "data error: file '/t.csv' is empty");
    check(
        "a,b\n1,2\n3\n5,6\n",
        "
a BIGINT, b BIGINT
1|2|
data error: file '/t.csv', line 3: 1 field, but the file has 2 columns; column 2 (b) is missing \
         (hint: a field that contains the delimiter must stand in quotes)",
    );
    check(
        "a,b\n1,2\n\"x\ny\",3\n1,2,3\n".replace("1,2\n\"", "0,1\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n\"").as_str(),
        &format!(
            "a VARCHAR, b BIGINT\n0|1|\n{}x\ny|3|\ndata error: file '/t.csv', line 13: 3 fields, but the file has 2 \
             columns (hint: a field that contains the delimiter must stand in quotes)",
            "1|2|\n".repeat(8)
        ),
    );
    check(
        "a\n1\n\"2\n",
        "a BIGINT\n1|\ndata error: file '/t.csv', line 3: a quoted field that begins here has no closing quote \
         (hint: a quote inside a quoted field is written twice)",
    );
    check(
        "a\n\"1\"2\n",
        "a VARCHAR\ndata error: file '/t.csv', line 2: there is text between a closing quote and the next delimiter \
         (hint: a quote inside a quoted field is written twice)",
    );
    check(
        b"a,b\n1,x\n2,\xff\n",
        "a BIGINT, b VARCHAR\n1|x|\ndata error: file '/t.csv', line 3: column 2 (b): '\u{fffd}' is not UTF-8 \
         (hint: convert the file to UTF-8, for instance with iconv)",
    );
}

#[test]
fn a_value_beyond_the_sample_that_does_not_fit_is_named() {
    let content = format!("a,b\n{}oops,2\n4,5\n", "1,2\n".repeat(30_000));
    let shown = read("t.csv", content, 2048);
    assert_eq!(shown.lines().count(), 30_002);
    assert_eq!(
        shown.lines().last().unwrap(),
        "data error: file '/t.csv', line 30002: column 1 (a): 'oops' is no BIGINT (hint: BIGINT was inferred from the \
         first 20480 rows; correct the value, or quote one of those as text)"
    );
}

#[test]
fn files_longer_than_the_buffer_and_records_across_it() {
    let row = |i: usize| format!("{i},\"{}\n\",{i}.25\n", "x".repeat(i % 700));
    let content: String = ["n,s,d\n".to_owned()].into_iter().chain((0..12_000).map(row)).collect();
    assert!(content.len() > 4 << 20);
    let folder = TempFolder::new();
    let table = Files::default().open(&folder.write("t.csv", content)).unwrap();
    let shown = scan(&*table, &[2, 0, 2], 1000);
    let expected: String = (0..12_000).map(|i| format!("{i}.25|{i}|{i}.25|\n")).collect();
    assert_eq!(shown, expected);
    assert_eq!(scan(&*table, &[], 1000).len(), 12_000);
}
