//! Whether an answer is the one expected.

use std::collections::HashMap;

use md5::{Digest, Md5};
use serde_json::Value;

use super::engine::Answer;
use super::records::{Flavour, Record};

/// How a record ended, and why if it did not pass.
pub(super) fn judge(
    record: &Record,
    answer: &Answer,
    flavour: Flavour,
    labels: &mut HashMap<String, Vec<String>>,
) -> (&'static str, String) {
    let rows = match answer {
        Answer::Crash(why) => return ("crash", why.clone()),
        Answer::Error(_) if record.must_fail => return ("pass", String::new()),
        Answer::Error(why) => return ("error", why.clone()),
        Answer::Rows(_) if record.must_fail => return ("wrong", "an error was due".into()),
        Answer::Rows(rows) => rows,
    };
    let Some(expected) = record.expected.as_ref().filter(|_| !record.is_statement) else {
        return ("pass", String::new());
    };
    let why = match record.head.split_whitespace().nth(3) {
        Some(label) if expected.is_empty() && !rows.is_empty() => same_label(labels, label, rows),
        _ if flavour == Flavour::Sqlite => compare_values(record, rows, expected),
        _ => compare_rows(record, rows, expected, flavour),
    };
    if why.is_empty() { ("pass", why) } else { ("wrong", why) }
}

/// Whether a failed statement leaves later records as good as before.
pub(super) fn is_harmless(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
    ["drop", "set", "reset"].contains(&first.as_str())
}

fn same_label(labels: &mut HashMap<String, Vec<String>>, label: &str, rows: &[Vec<Value>]) -> String {
    let mut got: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    got.sort();
    let first = labels.entry(label.to_owned()).or_insert_with(|| got.clone());
    if *first == got { String::new() } else { format!("rows differ from the first record labelled {label}") }
}

fn sort_mode(record: &Record) -> &str {
    let modes = ["rowsort", "valuesort", "sort"];
    record.head.split_whitespace().skip(2).find(|word| modes.contains(word)).unwrap_or("nosort")
}

/// SQLite's way: a value a line, in the form that the type letter says; long results by their hash.
fn compare_values(record: &Record, rows: &[Vec<Value>], expected: &[String]) -> String {
    let types: Vec<char> = record.head.split_whitespace().nth(1).unwrap_or("").chars().collect();
    if rows.first().is_some_and(|row| row.len() != types.len()) {
        return format!("{} columns, not {}", rows[0].len(), types.len());
    }
    let mut printed: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().zip(&types).map(|(value, letter)| sqlite_text(value, *letter)).collect())
        .collect();
    if sort_mode(record) == "rowsort" {
        printed.sort();
    }
    let mut values: Vec<String> = printed.into_iter().flatten().collect();
    if sort_mode(record) == "valuesort" {
        values.sort();
    }
    if let [line] = expected
        && let Some((count, hash)) = line.split_once(" values hashing to ")
    {
        let mut digest = Md5::new();
        values.iter().for_each(|value| digest.update(format!("{value}\n")));
        let got: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let same = count.parse() == Ok(values.len()) && got == hash;
        return if same { String::new() } else { format!("{} values hash to {got}, not {line}", values.len()) };
    }
    match values.iter().zip(expected).find(|(got, wanted)| got != wanted) {
        Some((got, wanted)) => format!("got {got}, expected {wanted}"),
        None if values.len() != expected.len() => format!("{} values, not {}", values.len(), expected.len()),
        None => String::new(),
    }
}

fn sqlite_text(value: &Value, letter: char) -> String {
    let text = plain_text(value, Flavour::Sqlite);
    match (letter, text.parse::<f64>()) {
        _ if value.is_null() => "NULL".into(),
        ('I', Ok(number)) if !matches!(value, Value::String(_)) || number.fract() == 0.0 => {
            text.parse::<i128>().map_or_else(|_| format!("{}", number.trunc()), |number| number.to_string())
        }
        ('R', Ok(number)) => format!("{number:.3}"),
        _ => text.chars().map(|c| if (' '..='~').contains(&c) { c } else { '@' }).collect(),
    }
}

fn plain_text(value: &Value, flavour: Flavour) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Bool(truth) if flavour == Flavour::Postgres => if *truth { "t" } else { "f" }.into(),
        Value::String(text) if text.is_empty() => "(empty)".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| plain_text(item, flavour)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A row a line, blanks folded, numbers compared as numbers.
fn compare_rows(record: &Record, rows: &[Vec<Value>], expected: &[String], flavour: Flavour) -> String {
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut got: Vec<String> = rows
        .iter()
        .map(|row| fold(&row.iter().map(|value| plain_text(value, flavour)).collect::<Vec<_>>().join(" ")))
        .collect();
    let mut expected: Vec<String> = expected.iter().map(|line| fold(line)).collect();
    if sort_mode(record) != "nosort" {
        got.sort();
        expected.sort();
    }
    if got.len() != expected.len() {
        return format!("{} rows, not {}", got.len(), expected.len());
    }
    match got.iter().zip(&expected).find(|(got, wanted)| !same_row(got, wanted)) {
        Some((got, wanted)) => format!("got {got}, expected {wanted}"),
        None => String::new(),
    }
}

fn same_row(got: &str, expected: &str) -> bool {
    let (got, expected): (Vec<&str>, Vec<&str>) = (got.split(' ').collect(), expected.split(' ').collect());
    got.len() == expected.len() && got.iter().zip(&expected).all(|(a, b)| same_value(a, b))
}

fn same_value(a: &str, b: &str) -> bool {
    if a == b || [("true", "t"), ("false", "f"), ("t", "true"), ("f", "false")].contains(&(a, b)) {
        return true;
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b || (a - b).abs() <= 1e-9 * a.abs().max(b.abs()),
        _ => false,
    }
}
