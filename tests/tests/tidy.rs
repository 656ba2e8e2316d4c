//! Taste that a test can hold: sizes, `unsafe`, who may depend on what.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines that a file may have.
const FILE_LINES_MAX: usize = 600;
/// Lines that a function may have.
const FUNCTION_LINES_MAX: usize = 70;

/// Longer files and functions, each with its reason. This list only shrinks.
const LONG: &[(&str, &str)] = &[];

/// The files that may say `unsafe`, each with what it needs it for.
const UNSAFE: &[(&str, &str)] = &[
    ("engine/src/huge_pages.rs", "an allocator is unsafe to write, and advice about pages is unsafe to give"),
    ("tests/tests/allocation.rs", "an allocator that counts is unsafe to write"),
    ("vm/src/jit/x64/call.rs", "calls compiled code"),
    ("vm/src/jit/x64/gdb.rs", "a list that debuggers read"),
    ("vm/src/kernel/interpret/level.rs", "calls functions compiled for features that were found at run time"),
];

/// (crate, text that must not stand in it, why).
const ABSENT: &[(&str, &str, &str)] = &[
    ("vm", "sqlparser", "vm knows no SQL"),
    ("vm", "parquet::", "vm knows no files"),
    ("vm", "std::fs", "only engine opens files"),
    ("vm", "thread::spawn", "only engine starts threads"),
    ("sql", "std::fs", "sql does no I/O"),
    ("sql", "std::thread", "sql starts no threads"),
    ("sql", "arrow::", "sql plans, it does not touch data"),
    ("engine", "rowmill_vm::kernel::", "engine knows no kernels"),
    ("engine", "println!", "only repl prints"),
    ("vm", "println!", "only repl prints"),
    ("sql", "println!", "only repl prints"),
    ("repl", "rowmill_vm", "repl knows what is public in engine"),
    ("repl", "rowmill_sql", "repl knows what is public in engine"),
];

struct Source {
    /// Relative to the repository, with forward slashes.
    name: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the repository").to_owned()
}

fn sources() -> Vec<Source> {
    let root = root();
    let mut folders: Vec<PathBuf> = ["vm", "sql", "engine", "repl", "tests"].map(|name| root.join(name)).into();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().replace('\\', "/");
                sources.push(Source { name, text: fs::read_to_string(&path).expect("a source can be read") });
            }
        }
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(sources.len() > 50, "the sources are found");
    sources
}

impl Source {
    /// The part before its unit tests.
    fn code(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or("")
    }

    /// Whether all of it is tests.
    fn is_test(&self) -> bool {
        self.name.starts_with("tests/") || self.name.contains("/tests") || self.name.contains("/examples/")
    }

    /// Each function that is longer than allowed: name and lines.
    fn long_functions(&self) -> Vec<(String, usize)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut found = Vec::new();
        for (start, line) in lines.iter().enumerate() {
            let trimmed = line.trim_start();
            let starts = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "];
            // A function on one line, or a signature alone, has no end of its own.
            if !starts.iter().any(|word| trimmed.starts_with(word)) || line.ends_with('}') || line.ends_with(';') {
                continue;
            }
            let indent = line.len() - trimmed.len();
            let end_line = format!("{}}}", " ".repeat(indent));
            // In a macro, what closes a repetition may follow the brace.
            let ends = |line: &&str| **line == *end_line || line.starts_with(&format!("{end_line})"));
            let Some(length) = lines[start..].iter().position(ends) else {
                continue;
            };
            // A signature of its own (in a trait) ends before another function's end.
            if lines[start..start + length]
                .iter()
                .any(|line| line.ends_with(");") && line.trim_start().starts_with("fn "))
            {
                continue;
            }
            if length + 1 > FUNCTION_LINES_MAX {
                let name = trimmed.split("fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next()).unwrap_or("?");
                found.push((name.to_owned(), length + 1));
            }
        }
        found
    }
}

fn is_excepted(name: &str) -> bool {
    LONG.iter().any(|(known, _)| *known == name)
}

#[test]
fn files_and_functions_are_short() {
    let mut long = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX && !is_excepted(&source.name) {
            long.push(format!("{} has {lines} lines", source.name));
        }
        for (function, lines) in source.long_functions() {
            let name = format!("{}:{function}", source.name);
            if !is_excepted(&name) {
                long.push(format!("{name} has {lines} lines"));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn unsafe_stands_in_few_files_with_its_reason() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.name != "tests/tests/tidy.rs") {
        let uses: Vec<usize> = source
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| {
                let code = line.split("//").next().unwrap_or("");
                code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
            })
            .map(|(number, _)| number)
            .collect();
        if uses.is_empty() {
            continue;
        }
        if !UNSAFE.iter().any(|(name, _)| *name == source.name) {
            wrong.push(format!("{} is not on the list", source.name));
        }
        let lines: Vec<&str> = source.text.lines().collect();
        for number in uses {
            let before = &lines[number.saturating_sub(8)..number];
            if !before.iter().any(|line| line.contains("SAFETY") || line.contains("# Safety")) {
                wrong.push(format!("{}:{} has no SAFETY comment", source.name, number + 1));
            }
        }
    }
    for (name, _) in UNSAFE {
        if !sources().iter().any(|source| source.name == *name && source.text.contains("unsafe")) {
            wrong.push(format!("{name} is on the list without need"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_depend_in_one_direction() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (folder, text, why) in ABSENT {
            let inside = source.name.starts_with(&format!("{folder}/src"));
            if inside && source.code().lines().any(|line| !line.trim_start().starts_with("//") && line.contains(text)) {
                wrong.push(format!("{} says {text}: {why}", source.name));
            }
        }
    }
    for (folder, others) in
        [("vm", &["rowmill"][..]), ("sql", &["rowmill ", "rowmill-cli"]), ("engine", &["rowmill-cli"])]
    {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest can be read");
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or("");
        for other in others {
            if dependencies.lines().any(|line| line.starts_with(other)) {
                wrong.push(format!("{folder} depends on {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_unwrap_outside_tests() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code().lines().enumerate() {
            if line.contains(".unwrap()") && !line.trim_start().starts_with("//") {
                wrong.push(format!("{}:{}", source.name, number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "unwrap stands in\n{}", wrong.join("\n"));
}
