//! Records of a file.

/// Which suite's habits a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// SQLite's own files: a value a line, hashes.
    Sqlite,
    /// sqllogictest-rs: a row a line.
    Rows,
    /// As `Rows`, with t and f for truth values.
    Postgres,
}

/// A statement and what is expected of it.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its first line.
    pub head: String,
    /// The SQL.
    pub sql: String,
    /// The expected lines; `None` if only success counts.
    pub expected: Option<Vec<String>>,
    /// Whether it is a `statement`, not a `query`.
    pub is_statement: bool,
    /// Whether an error is due.
    pub must_fail: bool,
}

/// The file needs something that is not there.
#[derive(Debug)]
pub(super) struct Skip;

/// The records of a file that are meant for us: conditions are those of PostgreSQL.
pub(super) fn read(text: &str, flavour: Flavour) -> Result<Vec<Record>, Skip> {
    let mine = match flavour {
        Flavour::Sqlite => "postgresql",
        Flavour::Rows => "risingwave-none",
        Flavour::Postgres => "risingwave",
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut records = Vec::new();
    let (mut at, mut wanted) = (0, true);
    while at < lines.len() {
        let line = lines[at].trim();
        let mut words = line.split_whitespace();
        match words.next() {
            None => {}
            Some(word) if word.starts_with('#') => {}
            Some("onlyif") => wanted &= words.next().is_some_and(|name| name.eq_ignore_ascii_case(mine)),
            Some("skipif") => wanted &= !words.next().is_some_and(|name| name.eq_ignore_ascii_case(mine)),
            Some("statement" | "query") => {
                let (record, next) = record(&lines, at);
                if std::mem::replace(&mut wanted, true) {
                    records.push(record);
                }
                at = next;
                continue;
            }
            Some("halt") => break,
            Some("hash-threshold" | "control" | "sleep" | "set" | "subtest" | "user" | "mode" | "tags" | "reset") => {}
            Some(_) => return Err(Skip),
        }
        at += 1;
    }
    Ok(records)
}

fn record(lines: &[&str], head_at: usize) -> (Record, usize) {
    let head = lines[head_at].trim().to_owned();
    let mut at = head_at + 1;
    let mut sql = Vec::new();
    while at < lines.len() && !lines[at].trim().is_empty() && lines[at].trim_end() != "----" {
        sql.push(lines[at]);
        at += 1;
    }
    let mut expected = None;
    if at < lines.len() && lines[at].trim_end() == "----" {
        let from = at + 1;
        at = from;
        while at < lines.len() && !lines[at].is_empty() {
            at += 1;
        }
        expected = Some(lines[from..at].iter().map(|line| (*line).to_owned()).collect());
    }
    let is_statement = head.starts_with("statement");
    let must_fail = head.split_whitespace().nth(1) == Some("error");
    (Record { head, sql: sql.join("\n"), expected, is_statement, must_fail }, at)
}
