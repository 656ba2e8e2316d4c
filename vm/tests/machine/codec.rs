//! Programs as bytes and text: they come back as they were, and whatever else is handed in is an error.

use std::sync::Arc;

use rowmill_vm::functions;
use rowmill_vm::kernel::Comparison;
use rowmill_vm::program::*;
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, ErrorKind};

use crate::assembler::*;

/// A host without tables.
pub(crate) struct NoTables;

impl Host for NoTables {
    fn table(&self, _: &str) -> Option<Arc<dyn Table>> {
        None
    }

    fn function(&self, name: &str, types: &[DataType], result: &DataType) -> Option<NamedFunction> {
        functions::by_name(name, types, result)
    }
}

/// Bytes and text of a program are read back as they were.
#[track_caller]
pub(crate) fn comes_back(program: &Program) {
    let (bytes, text) = (program.to_bytes(), program.to_text());
    let from_bytes = Program::from_bytes(&bytes, &NoTables).expect("its own bytes");
    let from_text = Program::from_text(&text, &NoTables).expect("its own text");
    assert_eq!(from_bytes.to_text(), text);
    assert_eq!(from_text.to_text(), text);
    assert_eq!(from_text.to_bytes(), bytes);
}

fn filtered() -> Program {
    let mut a = Assembler::new();
    let (space, registers) = a.scan(&[ints(&[Some(1), None, Some(3)]), texts(&["one", "NULL", "a \"quoted\"\n text"])]);
    let passed = a.filter(space, registers[0], Comparison::Greater, 1);
    let value = a.gather(passed, registers[1]);
    a.finish(passed, &[value])
}

#[test]
fn a_program_as_text() {
    let text = filtered().to_text();
    let part = |from: &str, to: &str| {
        let start = text.find(from).unwrap_or_else(|| panic!("no {from} in {text}"));
        let length = text[start..].find(to).expect("its end");
        text[start..start + length].to_owned()
    };
    assert_eq!(text.lines().next(), Some("rowmill 1 {"));
    assert_eq!(
        part("  code: [", "  spans"),
        "  code: [\n    Init {target: 1},\n    OpenRows {cursor: c0, rows: d0},\n    Rewind {cursor: c0, end: 8},\n    \
         Column {cursor: c0, space: w0, columns: l0},\n    \
         Kernel {kernel: k0, space: w0, passed: w1, inputs: l1, outputs: l2},\n    \
         Gather {space: w1, from: r1, to: r2},\n    ResultRow {space: w1, columns: l3},\n    \
         Next {cursor: c0, body: 3},\n    Halt {}\n  ],\n"
    );
    assert_eq!(part("text \"a", "]"), "text \"a \\\"quoted\\\"\\u{a} text\"");
    // Blanks, lines and remarks do not matter.
    let spread = text.replace(" {", "\n {\n").replace(": ", "  :").replace("Halt", "; the end\n Halt");
    assert_eq!(Program::from_text(&spread, &NoTables).expect("the same").to_text(), text);
}

#[test]
fn what_is_no_program_is_an_error() {
    let text = filtered().to_text();
    let refused = |text: &str, expected: &str| {
        let error = Program::from_text(text, &NoTables).expect_err("no program");
        assert_eq!(error.to_string(), format!("data error: this is no program that can be read: {expected}"));
    };
    refused("", "it does not begin with \"rowmill 1\"");
    refused("rowmill 2 {}", "it does not begin with \"rowmill 1\"");
    refused("rowmill 1 {}", "line 1: parameters is expected, not \"}\"");
    refused(&format!("{text} more"), &format!("line {}: its end is expected, not \"more\"", text.lines().count() + 1));
    let line = 1 + text.lines().position(|line| line.contains("Halt")).expect("an instruction");
    refused(
        &text.replace("Halt", "Stop"),
        &format!("line {line}: another name is expected, not \"Stop {{}}\\n  ],\\n  spans\""),
    );
    refused(
        &text.replace("end: 8", "end: 65536"),
        &format!("line {}: a number is expected, not \"65536}},\\n    Column {{\"", line - 6),
    );
    refused(
        &format!("rowmill 1 {{parameters: {}", "[List ".repeat(100)),
        "line 1: another name is expected, not \"[List [List [List [L\"",
    );
    let deep = format!("rowmill 1 {{parameters: [{}", "List ".repeat(100_000));
    assert_eq!(Program::from_text(&deep, &NoTables).expect_err("too deep").kind(), ErrorKind::Data);
    assert_eq!(
        Program::from_bytes(b"rowmill\x02\x00", &NoTables).expect_err("another version").kind(),
        ErrorKind::Data
    );
}

/// A generator of Marsaglia's (xorshift): the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn damaged_bytes_and_texts_are_errors_or_refused_or_run() {
    let whole = filtered();
    let (bytes, text) = (whole.to_bytes(), whole.to_text());
    for length in 0..bytes.len() {
        assert!(Program::from_bytes(&bytes[..length], &NoTables).is_err(), "{length} bytes are not the whole");
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut read, mut accepted) = (0, 0);
    for round in 0..20_000 {
        let program = if round % 2 == 0 {
            let mut bytes = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] = [bytes[at] ^ 1 << random.below(8), 0, 1, 0x7f, 0xff][random.below(5)];
            }
            Program::from_bytes(&bytes, &NoTables)
        } else {
            let mut chars: Vec<char> = text.chars().collect();
            let at = random.below(chars.len());
            match random.below(3) {
                0 => chars[at] = ['0', '9', '}', '"', '\\', 'ä', '-'][random.below(7)],
                1 => drop(chars.drain(at..(at + random.below(9)).min(text.chars().count()))),
                _ => chars.insert(at, ['1', '{', '[', ',', ';'][random.below(5)]),
            }
            Program::from_text(&chars.into_iter().collect::<String>(), &NoTables)
        };
        let Ok(program) = program else { continue };
        read += 1;
        let Ok(verified) = verify(program) else { continue };
        accepted += 1;
        // What the verifier has accepted runs, to an end or an error.
        let _ = run(&verified, 2, 1 << 20);
    }
    assert!(read > 1000 && accepted > 100, "{read} were read and {accepted} accepted");
}
