//! Golden scripts: SQL with the output it must have, in one file.
//!
//! A script is blocks. A block is SQL up to a line `----`, then the expected output up to an empty line:
//!
//! ```text
//! select 1 + 1 as two
//! ----
//! two INTEGER
//! 2
//! ```
//!
//! Each block runs once for each configuration of [`CONFIGURATIONS`]; the output must be the same in all. With the
//! environment variable `UPDATE_GOLDEN=1` the file is rewritten with what came out.

use std::fmt::Write as _;
use std::path::Path;

use rowmill::{Connection, params, render_error};

/// Settings under which every script runs.
pub const CONFIGURATIONS: &[&[&str]] = &[
    &["SET batch_rows = 1", "SET threads = 1"],
    &["SET batch_rows = 7", "SET threads = 2", "SET jit = 'on'"],
    &["SET batch_rows = 2048", "SET threads = 1", "SET jit = 'check'"],
    &["SET batch_rows = 2048", "SET threads = 2"],
];

/// Runs a script and says what differs.
pub fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let blocks = blocks(&text);
    let mut outputs: Vec<String> = Vec::new();
    for (number, configuration) in CONFIGURATIONS.iter().enumerate() {
        let got = run(&blocks, configuration)?;
        if number == 0 {
            outputs = got;
        } else if let Some(at) = (0..got.len()).find(|at| got[*at] != outputs[*at]) {
            return Err(format!(
                "{}: under {configuration:?}\n{}\ngave\n{}\nbut under {:?}\n{}",
                path.display(),
                blocks[at].0,
                got[at],
                CONFIGURATIONS[0],
                outputs[at]
            ));
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text: Vec<String> =
            blocks.iter().zip(&outputs).map(|((sql, _), output)| format!("{sql}\n----\n{output}")).collect();
        return std::fs::write(path, text.join("\n")).map_err(|error| error.to_string());
    }
    for ((sql, expected), got) in blocks.iter().zip(&outputs) {
        if expected.trim_end() != got.trim_end() {
            return Err(format!("{}:\n{sql}\nexpected\n{expected}\ngot\n{got}", path.display()));
        }
    }
    Ok(())
}

/// The blocks of a script: SQL (with comments) and expected output.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while lines.peek().is_some() {
        let sql: Vec<&str> = lines.by_ref().take_while(|line| *line != "----").collect();
        let sql = sql.join("\n").trim().to_owned();
        let output: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        if !sql.is_empty() {
            blocks.push((sql, output.join("\n")));
        }
    }
    blocks
}

fn run(blocks: &[(String, String)], configuration: &[&str]) -> Result<Vec<String>, String> {
    let connection = Connection::open_in_memory().map_err(|error| error.to_string())?;
    for setting in configuration {
        connection.execute(setting, params![]).map_err(|error| format!("{setting}: {error}"))?;
    }
    Ok(blocks.iter().map(|(sql, _)| output(&connection, sql)).collect())
}

/// What a block prints: for each statement its columns and rows, or its error as people see it.
fn output(connection: &Connection, sql: &str) -> String {
    let mut out = String::new();
    for (_, statement) in rowmill::split_statements(sql) {
        if let Err(error) = statement_output(connection, statement, &mut out) {
            let rendered = render_error(statement, &error);
            out.extend(rendered.lines().filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]));
        }
    }
    out
}

fn statement_output(connection: &Connection, sql: &str, out: &mut String) -> rowmill::Result<()> {
    let mut rows = connection.query(sql, params![])?;
    let mut body = String::new();
    let count = rows.columns().len();
    let header: Vec<String> =
        rows.columns().iter().map(|column| format!("{} {}", column.name, column.data_type)).collect();
    while let Some(batch) = rows.next_batch()? {
        for row in 0..batch.rows() {
            for column in 0..count {
                body.push_str(if column == 0 { "" } else { " | " });
                if batch.is_null(row, column) {
                    body.push_str("NULL");
                } else {
                    batch.write_text(row, column, &mut body);
                }
            }
            body.truncate(body.trim_end_matches(' ').len());
            body.push('\n');
        }
    }
    if count == 0 {
        writeln!(out, "ok, {} changes", rows.changes()).expect("writing to a string does not fail");
    } else {
        writeln!(out, "{}", header.join(" | ")).expect("writing to a string does not fail");
    }
    out.push_str(&body);
    Ok(())
}
