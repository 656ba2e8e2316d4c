//! SQL in, text out, for each format. Boxes for windows are tested in `table`.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::*;
use crate::args::Options;
use crate::script;
use crate::session::Session;

#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `sql` prints on standard output; times are printed as 0.
fn check(format: Format, sql: &str, expect: &str) {
    let paper = Paper::default();
    let options = Options { format, ..Options::default() };
    let mut session = Session::writing_to(Box::new(paper.clone()), &options).expect("an empty session opens");
    script::run(&mut session, sql.as_bytes(), None).expect("memory can be written to");
    let printed = String::from_utf8(paper.0.take()).expect("output is UTF-8");
    let mut shown = String::new();
    for (index, part) in printed.split("\"elapsed_us\":").enumerate() {
        match index {
            0 => shown.push_str(part),
            _ => shown.push_str(&format!(
                "\"elapsed_us\":0{}",
                part.trim_start_matches(|digit: char| digit.is_ascii_digit())
            )),
        }
    }
    assert_eq!(shown, expect);
}

const ROWS: &str = r#"select * from (values (1, 'plain', true), (-20, 'a,b "c"
d', null), (null, '', true)) as t(n, "a ""name""", b);"#;

#[test]
fn csv() {
    check(Format::Csv, ROWS, "n,\"a \"\"name\"\"\",b\n1,plain,true\n-20,\"a,b \"\"c\"\"\nd\",\n,\"\",true\n");
}

#[test]
fn json() {
    check(
        Format::Json,
        ROWS,
        r#"[
{"n":1,"a \"name\"":"plain","b":true},
{"n":-20,"a \"name\"":"a,b \"c\"\nd","b":null},
{"n":null,"a \"name\"":"","b":true}
]
"#,
    );
}

#[test]
fn line() {
    check(
        Format::Line,
        "select * from (values (1, 'x'), (2, null)) as t(n, name)",
        "   n = 1\nname = x\n\n   n = 2\nname = NULL\n",
    );
}

#[test]
fn table() {
    check(
        Format::Table,
        ROWS,
        "\
╭──────┬────────────┬──────╮
│    n │ a \"name\"   │ b    │
├──────┼────────────┼──────┤
│    1 │ plain      │ true │
│  -20 │ a,b \"c\"\\nd │ NULL │
│ NULL │            │ true │
╰──────┴────────────┴──────╯
",
    );
}

#[test]
fn jsonl_answers_each_statement_with_one_line() {
    check(
        Format::Jsonl,
        "select * from (values (1, 'x'), (2, null)) as t(n, name); ;\nselect 'open\n;\ncreate table t (a int);",
        concat!(
            r#"{"columns":[{"name":"n","type":"INTEGER"},{"name":"name","type":"VARCHAR"}],"#,
            r#""rows":[[1,"x"],[2,null]],"changes":0,"elapsed_us":0}"#,
            "\n",
            r#"{"error":{"kind":"syntax","message":"unterminated string: ' is missing","line":1,"column":8,"hint":null}}"#,
            "\n",
            r#"{"columns":[],"rows":[],"changes":0,"elapsed_us":0}"#,
            "\n",
        ),
    );
}

#[test]
fn results_without_rows() {
    let sql = "select * from (values (1)) as t(n) where n > 1";
    check(Format::Csv, sql, "n\n");
    check(Format::Json, sql, "[]\n");
    check(Format::Line, sql, "");
    check(Format::Csv, "create table t (a int)", "");
    check(Format::Json, "create table t (a int)", "");
    check(Format::Table, "create table t (a int)", "");
}

#[test]
fn json_stays_json_when_a_row_fails() {
    check(Format::Json, "select 1/n as x from (values (1), (0)) as t(n)", "[\n{\"x\":1}\n]\n");
}

#[test]
fn json_strings() {
    let mut text = String::new();
    write_json_string("a\"\\\n\r\t\u{1}é", &mut text);
    assert_eq!(text, "\"a\\\"\\\\\\n\\r\\t\\u0001é\"");
}
