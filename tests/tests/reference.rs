//! The reference page of both instruction sets is made from their tables. `UPDATE_GOLDEN=1 cargo test` writes it.

use std::fmt::Write;
use std::path::Path;

use rowmill_vm::kernel::{Helper, INSTRUCTIONS};
use rowmill_vm::program::OPCODES;

/// A table's documentation on one line.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn operands(operands: &[(&str, &str)]) -> String {
    operands.iter().map(|(name, kind)| format!("{name}: {kind}")).collect::<Vec<_>>().join(", ")
}

fn page() -> String {
    let mut page =
        "# Opcodes and kernel operations\n\nThis page is made from the tables in `vm/src/program/opcode.rs` \
                    and `vm/src/kernel/instruction.rs`, and a test holds it to them.\n"
            .to_owned();
    page.push_str("\n## Opcodes of programs\n\n| opcode | operands | what it does |\n|---|---|---|\n");
    for opcode in OPCODES {
        let _ = writeln!(page, "| `{}` | {} | {} |", opcode.name, operands(opcode.operands), line(opcode.doc));
    }
    page.push_str(
        "\n## Operations of kernels\n\nA register named `dst` is written, every other one is read. A lane, form or \
         helper stands behind the name: `lt.i64`.\n\n| operation | operands | what it does |\n|---|---|---|\n",
    );
    for operation in INSTRUCTIONS {
        let _ =
            writeln!(page, "| `{}` | {} | {} |", operation.mnemonic, operands(operation.operands), line(operation.doc));
    }
    page.push_str("\n## Helpers\n\n| helper | arguments | result | may fail |\n|---|---|---|---|\n");
    for helper in Helper::ALL {
        let (arguments, result) = helper.signature();
        let arguments: Vec<&str> = arguments.iter().map(|lane| lane.name()).collect();
        let fails = if helper.may_fail() { "yes" } else { "no" };
        let _ = writeln!(page, "| `{}` | {} | {} | {fails} |", helper.name(), arguments.join(", "), result.name());
    }
    page
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository").join("docs/opcodes.md");
    let page = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/opcodes.md is old: UPDATE_GOLDEN=1 cargo test -p rowmill-tests --test reference");
}
