//! EXPLAIN (FORMAT JSON): what EXPLAIN prints, for programs.

use rowmill_sql::plan::ExplainKind;
use rowmill_vm::Value;
use rowmill_vm::format::write_json_string;

use crate::rows::Column;

/// An array with an object for each row, its members named as the columns are; what is NULL is left out. An operator of a
/// plan has those that it reads as its `inputs`.
pub(super) fn of_rows(kind: ExplainKind, columns: &[Column], rows: &[Vec<Value>]) -> String {
    match kind {
        ExplainKind::Plan | ExplainKind::PlanAnalyze => {
            let mut rows = rows.iter().map(Vec::as_slice).peekable();
            let mut out = String::new();
            operators(columns, &mut rows, 0, &mut out);
            out
        }
        ExplainKind::Program | ExplainKind::Analyze | ExplainKind::Rules | ExplainKind::Verify | ExplainKind::Asm => {
            let mut out = String::from("[");
            for (index, row) in rows.iter().enumerate() {
                out.push_str(if index == 0 { "\n  {" } else { ",\n  {" });
                members(columns, row, &mut out);
                out.push('}');
            }
            out.push_str(if rows.is_empty() { "]" } else { "\n]" });
            out
        }
    }
}

fn members(columns: &[Column], row: &[Value], out: &mut String) {
    let mut first = true;
    for (column, value) in columns.iter().zip(row).filter(|(_, value)| !value.is_null()) {
        out.push_str(if first { "" } else { ", " });
        first = false;
        write_json_string(&column.name, out);
        out.push_str(": ");
        match value {
            Value::Integer(number) => out.push_str(&number.to_string()),
            Value::Text(text) => write_json_string(text.trim_start(), out),
            other => write_json_string(&format!("{other:?}"), out),
        }
    }
}

/// The operators at a depth, an array; those deeper down are in the one above them.
fn operators<'r>(
    columns: &[Column],
    rows: &mut std::iter::Peekable<impl Iterator<Item = &'r [Value]>>,
    depth: usize,
    out: &mut String,
) {
    out.push('[');
    let mut first = true;
    while let Some(row) = rows.next_if(|row| depth_of(row) >= depth) {
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        out.extend(std::iter::repeat_n("  ", 2 * depth + 1));
        out.push('{');
        members(columns, row, out);
        if rows.peek().is_some_and(|next| depth_of(next) > depth) {
            out.push_str(", \"inputs\": ");
            operators(columns, rows, depth + 1, out);
        }
        out.push('}');
    }
    out.push(']');
}

/// How deep in the plan a row's operator stands: it is indented by two spaces for each operator around it.
fn depth_of(row: &[Value]) -> usize {
    match row.first() {
        Some(Value::Text(text)) => (text.len() - text.trim_start_matches(' ').len()) / 2,
        _ => 0,
    }
}
