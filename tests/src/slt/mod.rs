//! A reader for sqllogictest files, in the flavours that public suites have, over the binary's jsonl interface.
//!
//! Each record ends as *pass*, *wrong* (rows differ, or an error was due and did not come), *error* (an error where
//! rows or success were due: what is not supported yet) or *crash*. Records after a failed set-up statement of a file
//! are counted *after* and not judged. Error texts are not compared.

mod engine;
mod judge;
mod records;

use std::path::{Path, PathBuf};

pub use engine::{Answer, Engine};
pub use records::{Flavour, Record};

/// How the records of some files ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// As expected.
    pub pass: usize,
    /// Rows differ, or an error was due.
    pub wrong: usize,
    /// An error where rows or success were due.
    pub error: usize,
    /// The process died or did not answer.
    pub crash: usize,
    /// Not judged, since a statement before failed.
    pub after: usize,
    /// Files that need what this reader does not have.
    pub skipped: usize,
}

impl Counts {
    /// Adds the counts of other files.
    pub fn add(&mut self, other: &Counts) {
        self.pass += other.pass;
        self.wrong += other.wrong;
        self.error += other.error;
        self.crash += other.crash;
        self.after += other.after;
        self.skipped += other.skipped;
    }
}

/// What became of a record that did not pass.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `wrong`, `error` or `crash`.
    pub ending: &'static str,
    /// The statement.
    pub sql: String,
    /// What came instead.
    pub why: String,
}

/// Every test file below `root`, sorted; or `root` itself.
pub fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            folders.extend(entries.map(|entry| entry.path()));
        } else if path.extension().is_some_and(|e| ["test", "slt", "part"].iter().any(|known| e == *known)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Runs one file in a fresh process.
pub fn run_file(engine: &mut Engine, path: &Path, flavour: Flavour, failures: &mut Vec<Failure>) -> Counts {
    let mut counts = Counts::default();
    let text = std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let Ok(records) = records::read(&text, flavour) else {
        counts.skipped = 1;
        return counts;
    };
    engine.restart();
    let mut broken = false;
    let mut labels = std::collections::HashMap::new();
    for record in records {
        let answer = engine.run(&record.sql);
        let (ending, why) = judge::judge(&record, &answer, flavour, &mut labels);
        match ending {
            "pass" => counts.pass += 1,
            "crash" => {
                counts.crash += 1;
                broken = true;
            }
            "error" if record.is_statement => {
                counts.error += 1;
                broken |= !judge::is_harmless(&record.sql);
            }
            "error" | "wrong" if broken => {
                counts.after += 1;
                continue;
            }
            "error" => counts.error += 1,
            _ => counts.wrong += 1,
        }
        if ending != "pass" {
            failures.push(Failure { ending, sql: record.sql, why });
        }
    }
    counts
}
