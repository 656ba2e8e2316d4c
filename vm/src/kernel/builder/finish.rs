//! The last steps of building: leaving out what nobody reads, and numbering registers anew.

use crate::kernel::instruction::Renaming;
use crate::kernel::{Inst, Kernel, M, Operand, OperandRef, Pool, Role, V};
use crate::types::Lane;

/// The same instruction, which has a result, with another result register.
pub(super) fn with_result(inst: Inst, register: u16) -> Inst {
    // The table has every instruction's result before the registers that it reads.
    struct Result(Option<u16>);
    impl Renaming for Result {
        fn value(&mut self, register: V) -> V {
            self.0.take().map_or(register, V)
        }

        fn mask(&mut self, register: M) -> M {
            self.0.take().map_or(register, M)
        }

        fn pool(&mut self, entry: Pool) -> Pool {
            entry
        }
    }
    inst.renamed(&mut Result(Some(register)))
}

/// Leaves out pure instructions whose results are not read, unused pool entries and unused registers.
pub(super) fn finish(mut kernel: Kernel) -> Kernel {
    let keep = needed(&kernel);
    let mut index = 0;
    kernel.code.retain(|_| {
        index += 1;
        keep[index - 1]
    });
    index = 0;
    kernel.spans.retain(|_| {
        index += 1;
        keep[index - 1]
    });
    let mut numbering = Numbering {
        lanes: &kernel.values,
        values: vec![None; kernel.values.len()],
        new_lanes: Vec::new(),
        masks: vec![None; kernel.masks.into()],
        new_masks: 0,
        pool: vec![None; kernel.pool.len()],
        new_pool: Vec::new(),
    };
    let code: Vec<Inst> = kernel.code.iter().map(|inst| inst.renamed(&mut numbering)).collect();
    let Numbering { new_lanes, new_masks, new_pool, .. } = numbering;
    kernel.pool = new_pool.iter().map(|entry| kernel.pool[entry.index()]).collect();
    kernel.values = new_lanes;
    kernel.masks = new_masks;
    kernel.code = code;
    kernel
}

/// For each instruction, whether it has an effect or its result is read by one that is needed.
fn needed(kernel: &Kernel) -> Vec<bool> {
    let mut values = vec![false; kernel.values.len()];
    let mut masks = vec![false; kernel.masks.into()];
    let mut keep = vec![false; kernel.code.len()];
    for (index, inst) in kernel.code.iter().enumerate().rev() {
        let mut read = !inst.is_pure();
        inst.operands(|role, operand| match (role, operand) {
            (Role::Def, OperandRef::V(register)) => read |= values[register.index()],
            (Role::Def, OperandRef::M(register)) => read |= masks[register.index()],
            _ => {}
        });
        keep[index] = read;
        if !read {
            continue;
        }
        inst.operands(|role, operand| match (role, operand) {
            (Role::Use, OperandRef::V(register) | OperandRef::Operand(Operand::Reg(register))) => {
                values[register.index()] = true;
            }
            (Role::Use, OperandRef::M(register)) => masks[register.index()] = true,
            _ => {}
        });
    }
    keep
}

/// Numbers in the order of first appearance.
struct Numbering<'a> {
    lanes: &'a [Lane],
    values: Vec<Option<V>>,
    new_lanes: Vec<Lane>,
    masks: Vec<Option<M>>,
    new_masks: u16,
    pool: Vec<Option<Pool>>,
    new_pool: Vec<Pool>,
}

impl Renaming for Numbering<'_> {
    fn value(&mut self, register: V) -> V {
        *self.values[register.index()].get_or_insert_with(|| {
            self.new_lanes.push(self.lanes[register.index()]);
            V(super::number(self.new_lanes.len() - 1))
        })
    }

    fn mask(&mut self, register: M) -> M {
        *self.masks[register.index()].get_or_insert_with(|| {
            self.new_masks += 1;
            M(self.new_masks - 1)
        })
    }

    fn pool(&mut self, entry: Pool) -> Pool {
        *self.pool[entry.index()].get_or_insert_with(|| {
            self.new_pool.push(entry);
            Pool(super::number(self.new_pool.len() - 1))
        })
    }
}
