//! The text of a kernel, complete enough to be read back: declarations, pool, instructions.

use std::fmt::Write;

use super::{AccKind, Inst, Kernel, OperandRef, PoolSource, TableSlot, TableSource};
use crate::types::Lane;

/// The column in which comments stand.
const COMMENT_COLUMN: usize = 34;

/// The lines of a kernel's listing. `name` is as programs print it (`k0`); `comments`, one for each instruction,
/// may be empty.
pub fn listing(name: &str, kernel: &Kernel, comments: &[String]) -> Vec<String> {
    let mut lines = vec![header(&format!("kernel {name}"), kernel)];
    for (index, input) in kernel.inputs.iter().enumerate() {
        let nullable = if input.nullable { " nullable" } else { "" };
        lines.push(format!("  input  c{index}.{}{nullable}", input.form.name()));
    }
    for (index, entry) in kernel.pool.iter().enumerate() {
        let lane = entry.lane.name();
        lines.push(match entry.source {
            PoolSource::Integer(value) => format!("  pool   #{index}.{lane} = {value}"),
            PoolSource::Double(value) => format!("  pool   #{index}.{lane} = {value:?}"),
            PoolSource::Parameter(number) => format!("  pool   #{index}.{lane} = ?{}", u32::from(number) + 1),
        });
    }
    for (index, TableSlot { lane, source }) in kernel.tables.iter().enumerate() {
        let lane = lane.name();
        lines.push(match source {
            TableSource::Entries(number) => format!("  table  t{index}.{lane} = u{number}"),
            TableSource::Keys { hash, part } => format!("  table  t{index}.{lane} = h{hash}.{part}"),
        });
    }
    for (index, output) in kernel.outputs.iter().enumerate() {
        let nullable = if output.nullable { " nullable" } else { "" };
        lines.push(format!("  output o{index}.{}{nullable}", output.lane.name()));
    }
    for (index, slot) in kernel.accumulators.iter().enumerate() {
        let kind = match slot.kind {
            AccKind::Count => "count",
            AccKind::SumInteger | AccKind::SumDouble => "sum",
            AccKind::Min => "min",
            AccKind::Max => "max",
        };
        lines.push(format!("  acc    a{index}.{} {kind}", slot.lane.name()));
    }
    for (index, inst) in kernel.code.iter().enumerate() {
        let mut line = format!("{index:>4}  {}", instruction(inst));
        if let Some(comment) = comments.get(index).filter(|comment| !comment.is_empty()) {
            let _ = write!(line, "{:1$}{comment}", " ", COMMENT_COLUMN.saturating_sub(line.len()).max(2));
        }
        lines.push(line);
    }
    lines
}

/// What a kernel does and what it costs, behind `title`.
pub(super) fn header(title: &str, kernel: &Kernel) -> String {
    let mut does: Vec<&str> = Vec::new();
    if kernel.code.iter().any(|inst| matches!(inst, Inst::Need { .. })) {
        does.push("filter");
    }
    if !kernel.outputs.is_empty() {
        does.push("projection");
    }
    if !kernel.accumulators.is_empty() {
        does.push("aggregate");
    }
    let count = kernel.code.len();
    let trap = if kernel.code.iter().any(Inst::may_trap) { "may trap" } else { "cannot trap" };
    let does = if does.is_empty() { "nothing".to_owned() } else { does.join("+") };
    let bytes = kernel.bytes_per_row();
    format!("{title}  {does}  {count} insns, at most {count} steps and {bytes} bytes a row, {trap}")
}

/// An instruction as the listing has it: `lt.i32   m0, v0, #1`. The lane stands behind the name, the result first.
pub(crate) fn instruction(inst: &Inst) -> String {
    let mut name = inst.mnemonic().to_owned();
    let mut operands = String::new();
    inst.operands(|_, operand| {
        let text = match operand {
            OperandRef::Form(form) => return suffix(&mut name, form.name()),
            OperandRef::Lane(lane) => return suffix(&mut name, Lane::name(lane)),
            OperandRef::Helper(helper) => return suffix(&mut name, helper.name()),
            OperandRef::V(register) => register.to_string(),
            OperandRef::M(register) => register.to_string(),
            OperandRef::Operand(operand) => operand.to_string(),
            OperandRef::Input(input) => input.to_string(),
            OperandRef::Output(output) => output.to_string(),
            OperandRef::Pool(entry) => entry.to_string(),
            OperandRef::Table(table) => table.to_string(),
            OperandRef::Acc(acc) => acc.to_string(),
        };
        operands.push_str(if operands.is_empty() { "" } else { ", " });
        operands.push_str(&text);
    });
    format!("{name:<9} {operands}")
}

fn suffix(name: &mut String, part: &str) {
    name.push('.');
    name.push_str(part);
}
