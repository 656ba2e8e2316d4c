//! Which instructions are compiled together: the stretches of a kernel.

use super::facts::Facts;
use crate::kernel::verified::Stretch;
use crate::kernel::{Inst, Kernel};

/// Instructions beside loads that make it worth to leave the interpreter.
const WORK_MIN: usize = 2;

/// The kernel with its instructions in an order that makes long stretches: outputs are written last, and what the
/// interpreter adds up waits for the next `need`. What is added to groups comes before outputs, all of it together. None of
/// this changes what comes out. Beside it, where each instruction was; the places in the text are left out.
pub(super) fn reorder(facts: &Facts<'_>) -> (Kernel, Vec<usize>) {
    let kernel = facts.kernel();
    let mut order: Vec<usize> = Vec::with_capacity(kernel.code.len());
    let (mut grouped, mut sums, mut stores) = (Vec::new(), Vec::new(), Vec::new());
    for (index, inst) in kernel.code.iter().enumerate() {
        match inst {
            Inst::Store { .. } | Inst::StoreValid { .. } | Inst::StoreBits { .. } => stores.push(index),
            Inst::Count { .. } | Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. }
                if !facts.supports(inst) =>
            {
                sums.push(index);
            }
            Inst::Group { .. } => grouped.push(index),
            Inst::Count { .. } | Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. }
                if facts.groups().is_some() =>
            {
                grouped.push(index);
            }
            Inst::Need { .. } => {
                order.append(&mut sums);
                order.push(index);
            }
            _ => order.push(index),
        }
    }
    order.append(&mut grouped);
    order.append(&mut sums);
    order.append(&mut stores);
    let code = order.iter().map(|index| kernel.code[*index]).collect();
    let reordered = Kernel {
        inputs: kernel.inputs.clone(),
        pool: kernel.pool.clone(),
        tables: kernel.tables.clone(),
        code,
        spans: Vec::new(),
        values: kernel.values.clone(),
        masks: kernel.masks,
        outputs: kernel.outputs.clone(),
        accumulators: kernel.accumulators.clone(),
    };
    (reordered, order)
}

/// The stretches of a kernel: instructions that have machine code, as many in a row as there are. What is added to groups
/// cannot be undone: it stands in another stretch than a test.
pub(super) fn stretches(facts: &Facts<'_>) -> Vec<Stretch> {
    let code = &facts.kernel().code;
    let (mut found, mut start) = (Vec::new(), 0);
    for end in 0..=code.len() {
        if let Some(Inst::Group { .. }) = code.get(end)
            && code[start..end].iter().any(|inst| facts.is_checked(inst))
        {
            found.extend(stretch(&code[start..end], start));
            start = end;
        }
        if code.get(end).is_none_or(|inst| !facts.supports(inst)) {
            found.extend(stretch(&code[start..end], start));
            start = end + 1;
        }
    }
    found
}

fn stretch(code: &[Inst], start: usize) -> Option<Stretch> {
    let is_work = |inst: &&Inst| {
        !matches!(
            inst,
            Inst::Load { .. }
                | Inst::LoadBits { .. }
                | Inst::LoadValid { .. }
                | Inst::Constant { .. }
                | Inst::True { .. }
                | Inst::False { .. }
        )
    };
    let needs = code.iter().filter(|inst| matches!(inst, Inst::Need { .. })).count();
    let enough = code.iter().filter(is_work).count() >= WORK_MIN;
    enough.then_some(Stretch { start, end: start + code.len(), needs })
}
