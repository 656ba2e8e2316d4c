//! The binary as a subprocess that speaks jsonl.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::Value;

/// How long a statement may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What came back for a statement.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The rows' values.
    Rows(Vec<Vec<Value>>),
    /// The error's kind and message.
    Error(String),
    /// The process died or did not answer.
    Crash(String),
}

/// A process of the binary, started anew for each file.
pub struct Engine {
    binary: PathBuf,
    process: Option<Process>,
    statements: usize,
}

struct Process {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Engine {
    /// An engine that runs `binary`.
    pub fn new(binary: impl Into<PathBuf>) -> Engine {
        Engine { binary: binary.into(), process: None, statements: 0 }
    }

    /// Starts a fresh process.
    pub fn restart(&mut self) {
        self.process = None;
        let mut child = Command::new(&self.binary)
            .args(["--format", "jsonl"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.binary.display()));
        let input = child.stdin.take().expect("standard input is piped");
        let output = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        self.process = Some(Process { child, input, lines });
    }

    /// Sends a record, which may be several statements, and a marker behind it. The answer is the first error, or
    /// else the last line before the marker's.
    pub fn run(&mut self, sql: &str) -> Answer {
        if self.process.is_none() {
            self.restart();
        }
        self.statements += 1;
        let marker = format!("marker {}", self.statements);
        let process = self.process.as_mut().expect("started above");
        let sql = sql.trim().trim_end_matches(';').trim_end();
        if write!(process.input, "{sql}\n;\nselect '{marker}' as marker\n;\n").is_err() {
            self.restart();
            return Answer::Crash("the process is gone".into());
        }
        let mut answer = Answer::Rows(Vec::new());
        loop {
            let line = match process.lines.recv_timeout(TIMEOUT) {
                Ok(line) => line,
                Err(error) => {
                    self.restart();
                    let why = if error == RecvTimeoutError::Timeout { "no answer in time" } else { "the process died" };
                    return Answer::Crash(why.into());
                }
            };
            let Ok(json) = serde_json::from_str::<Value>(&line) else {
                self.restart();
                return Answer::Crash(format!("not JSON: {line}"));
            };
            if json["rows"][0][0] == marker.as_str() {
                return answer;
            }
            if !matches!(answer, Answer::Error(_)) {
                answer = read_answer(json);
            }
        }
    }
}

fn read_answer(mut json: Value) -> Answer {
    if let Some(error) = json.get("error") {
        return Answer::Error(format!("{}: {}", error["kind"], error["message"]));
    }
    let Value::Array(rows) = json["rows"].take() else {
        return Answer::Crash("a line without rows".into());
    };
    Answer::Rows(rows.into_iter().map(|row| if let Value::Array(row) = row { row } else { Vec::new() }).collect())
}
