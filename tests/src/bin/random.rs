//! Runs random queries: `random [--from SEED] [--count N] [--correlated] [--jsonl]`.
//!
//! Each runs under several settings, which must agree; how they ended is printed. With `--jsonl`, tables and queries
//! with their rows are printed as lines of JSON, for comparing with another engine.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use rowmill_tests::random::{Comparison, Configurations, RowOrder, Subqueries, query, tables};
use serde_json::json;

struct Arguments {
    from: u64,
    count: u64,
    subqueries: Subqueries,
    jsonl: bool,
}

fn arguments() -> Option<Arguments> {
    let mut arguments = Arguments { from: 0, count: 1_000, subqueries: Subqueries::Uncorrelated, jsonl: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--from" => arguments.from = words.next()?.parse().ok()?,
            "--count" => arguments.count = words.next()?.parse().ok()?,
            "--correlated" => arguments.subqueries = Subqueries::Correlated,
            "--jsonl" => arguments.jsonl = true,
            _ => return None,
        }
    }
    Some(arguments)
}

fn main() -> ExitCode {
    let Some(Arguments { from, count, subqueries, jsonl }) = arguments() else {
        eprintln!("usage: random [--from SEED] [--count N] [--correlated] [--jsonl]");
        return ExitCode::from(2);
    };
    let mut configurations = Configurations::new();
    let (mut same, mut with_rows, mut different) = (0, 0, 0);
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    let mut shown = Vec::new();
    let mut out = BufWriter::new(stdout().lock());
    for seed in from..from + count {
        match configurations.compare(seed, subqueries) {
            Comparison::Same(rows) => {
                same += 1;
                with_rows += u64::from(!rows.is_empty());
                if jsonl {
                    let statements: Vec<String> = tables(seed).into_iter().flat_map(|table| table.statements).collect();
                    if statements != shown {
                        writeln!(out, "{}", json!({ "tables": statements })).expect("standard output is open");
                        shown = statements;
                    }
                    let query = query(seed, subqueries);
                    let ordered = query.order == RowOrder::Total;
                    let line = json!({ "seed": seed, "sql": query.sql, "ordered": ordered, "rows": rows });
                    writeln!(out, "{line}").expect("standard output is open");
                }
            }
            Comparison::Refused(message) => *refused.entry(message).or_default() += 1,
            Comparison::Different(report) => {
                different += 1;
                eprintln!("{report}\n");
            }
        }
    }
    out.flush().expect("standard output is open");
    for (message, count) in &refused {
        eprintln!("{count} refused: {message}");
    }
    eprintln!(
        "{same} the same, {with_rows} of them with rows; {} refused; {different} different",
        refused.values().sum::<u64>()
    );
    if different == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
