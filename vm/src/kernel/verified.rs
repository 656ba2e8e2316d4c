//! A verified kernel, with what the interpreter needs beside it: its registers laid onto few scratch slots.

use std::sync::Arc;

use super::abstract_state::Bounds;
use super::groups::GroupPlan;
use super::instruction::Renaming;
use super::{Inst, Kernel, M, Operand, OperandRef, Pool, PoolSource, Role, V};
use crate::types::Lane;

/// A kernel that the verifier accepted; it alone makes these, and the engines run nothing else.
#[derive(Clone, Debug)]
pub struct VerifiedKernel {
    kernel: Kernel,
    plan: Plan,
    proof: Proof,
    /// What it was before it was made simpler, if it was.
    general: Option<Box<Kernel>>,
    groups: Option<Arc<GroupPlan>>,
}

/// Proof of what each input holds, or nothing; it may be shorter than there are inputs.
pub(crate) type Proof = Vec<Option<Bounds>>;

/// The code with scratch slots for registers, each lane numbered for itself, and constants by lane.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) code: Vec<Inst>,
    /// For each `need` in order, what is still read behind it.
    pub(crate) live: Vec<Live>,
    pub(crate) slots: Slots,
    /// The constants of each lane, i32, i64, f64, i128.
    pub(crate) constants: [Vec<PoolSource>; 4],
    /// What compiled code does, in order; nothing where all is interpreted.
    pub(crate) stretches: Vec<Stretch>,
    /// For each of them what is read behind it, if it ends rows and the interpreter computes something behind it.
    pub(crate) behind: Vec<Option<Live>>,
}

/// Instructions that compiled code does at once, or the interpreter one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many of them are `need`.
    pub(crate) needs: usize,
}

/// The scratch slot of each register.
#[derive(Clone, Debug)]
pub(crate) struct SlotMap {
    pub(crate) values: Vec<V>,
    pub(crate) masks: Vec<M>,
}

impl Plan {
    /// The plan of a kernel of which compiled code does `stretches`. A slot that is read in a stretch is written by
    /// nothing else in it: should the compiled code give up, the interpreter finds what it needs.
    pub(crate) fn of_stretches(kernel: &Kernel, stretches: &[Stretch]) -> (Plan, SlotMap) {
        let mut planner = Planner::new(kernel, stretches);
        planner.run();
        (planner.plan, SlotMap { values: planner.value_slot, masks: planner.mask_slot })
    }
}

/// How many scratch slots there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Of lanes i32, i64, f64, i128.
    pub(crate) values: [usize; 4],
    pub(crate) masks: usize,
}

/// Slots that are read later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Live {
    pub(crate) values: Vec<(Lane, V)>,
    pub(crate) masks: Vec<M>,
}

impl VerifiedKernel {
    /// To be called by the verifier only.
    pub(super) fn new(kernel: Kernel, proof: Proof, general: Option<Kernel>) -> VerifiedKernel {
        let (plan, _) = Plan::of_stretches(&kernel, &[]);
        let groups = GroupPlan::new(&kernel, &proof).expect("groups are checked without proof, which lets no more be");
        VerifiedKernel { kernel, plan, proof, general: general.map(Box::new), groups: groups.map(Arc::new) }
    }

    /// How its groups' accumulators lie in memory, if it has groups.
    pub(crate) fn groups(&self) -> Option<&Arc<GroupPlan>> {
        self.groups.as_ref()
    }

    /// The kernel as it was before it was made simpler, if it was.
    pub fn general(&self) -> Option<&Kernel> {
        self.general.as_deref()
    }

    /// Proof of what its inputs hold; the engines rely on it for what they compute, not for safety.
    pub(crate) fn proof(&self) -> &[Option<Bounds>] {
        &self.proof
    }

    /// The kernel.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether it may let fewer rows pass than come in.
    pub fn filters(&self) -> bool {
        !self.plan.live.is_empty()
    }

    /// Whether it can trap.
    pub fn may_trap(&self) -> bool {
        self.kernel.code.iter().any(Inst::may_trap)
    }
}

/// A value lane's number in arrays of the four.
pub(crate) fn lane_index(lane: Lane) -> usize {
    match lane {
        Lane::I32 => 0,
        Lane::I64 => 1,
        Lane::F64 => 2,
        Lane::I128 | Lane::Mask => 3,
    }
}

/// The stretch that an instruction is in.
fn stretch_of(stretches: &[Stretch], index: usize) -> Option<&Stretch> {
    stretches.get(stretches.partition_point(|stretch| stretch.end <= index)).filter(|stretch| stretch.start <= index)
}

/// For each register the last instruction that reads it, or the one that writes it.
#[derive(Debug, Default)]
pub(crate) struct LastUses {
    pub(crate) values: Vec<usize>,
    pub(crate) masks: Vec<usize>,
}

impl LastUses {
    /// Of a kernel's registers; `place` says for each instruction where it counts.
    pub(crate) fn of(kernel: &Kernel, place: impl Fn(usize) -> usize) -> LastUses {
        let mut last = LastUses { values: vec![0; kernel.values.len()], masks: vec![0; kernel.masks.into()] };
        for (index, inst) in kernel.code.iter().enumerate() {
            let place = place(index);
            inst.operands(|_, operand| match operand {
                OperandRef::V(register) | OperandRef::Operand(Operand::Reg(register)) => {
                    last.values[register.index()] = place;
                }
                OperandRef::M(register) => last.masks[register.index()] = place,
                _ => {}
            });
        }
        last
    }
}

/// Assigns slots by liveness in one walk: a register gives its slot back after its last reader.
struct Planner<'a> {
    kernel: &'a Kernel,
    last: LastUses,
    value_slot: Vec<V>,
    mask_slot: Vec<M>,
    free_values: [Vec<V>; 4],
    free_masks: Vec<M>,
    pool: Vec<Pool>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(kernel: &'a Kernel, stretches: &[Stretch]) -> Planner<'a> {
        let end_of = |index| stretch_of(stretches, index).map_or(index, |stretch| stretch.end - 1);
        let last = LastUses::of(kernel, end_of);
        let mut constants: [Vec<PoolSource>; 4] = Default::default();
        let pool = kernel.pool.iter().map(|entry| {
            let lane = &mut constants[lane_index(entry.lane)];
            lane.push(entry.source);
            Pool(lane.len() as u16 - 1)
        });
        let pool = pool.collect();
        Planner {
            kernel,
            value_slot: vec![V(0); last.values.len()],
            mask_slot: vec![M(0); last.masks.len()],
            last,
            free_values: Default::default(),
            free_masks: Vec::new(),
            pool,
            plan: Plan {
                code: Vec::with_capacity(kernel.code.len()),
                live: Vec::new(),
                slots: Slots::default(),
                constants,
                stretches: stretches.to_vec(),
                behind: Vec::new(),
            },
        }
    }

    fn run(&mut self) {
        for (index, inst) in self.kernel.code.iter().enumerate() {
            // The result's slot is taken before those of dying operands come back: no loop reads what it writes.
            inst.operands(|role, operand| match (role, operand) {
                (Role::Def, OperandRef::V(register)) => self.take_value(register),
                (Role::Def, OperandRef::M(register)) => self.take_mask(register),
                _ => {}
            });
            let renamed = inst.renamed(self);
            self.plan.code.push(renamed);
            for inst in &self.kernel.code[self.released_at(index)] {
                inst.operands(|_, operand| match operand {
                    OperandRef::V(register) | OperandRef::Operand(Operand::Reg(register)) => {
                        self.release_value(register, index);
                    }
                    OperandRef::M(register) => self.release_mask(register, index),
                    _ => {}
                });
            }
            if let Inst::Need { .. } = inst {
                let live = self.live_after(index);
                self.plan.live.push(live);
            }
        }
        let stretches = self.plan.stretches.iter();
        let behind: Vec<_> = stretches.map(|stretch| self.behind(stretch)).collect();
        self.plan.behind = behind;
    }

    fn behind(&self, stretch: &Stretch) -> Option<Live> {
        let writes = |index: &usize| {
            let mut writes = false;
            self.kernel.code[*index].operands(|role, _| writes |= role == Role::Def);
            writes && stretch_of(&self.plan.stretches, *index).is_none()
        };
        let interpreted = (stretch.end..self.kernel.code.len()).any(|index| writes(&index));
        (stretch.needs > 0 && interpreted).then(|| self.live_after(stretch.end - 1))
    }

    /// The instructions whose registers may come back behind the instruction at `index`: itself, or at the end of a
    /// stretch all of its instructions.
    fn released_at(&self, index: usize) -> std::ops::Range<usize> {
        match stretch_of(&self.plan.stretches, index) {
            None => index..index + 1,
            Some(stretch) if index + 1 == stretch.end => stretch.start..stretch.end,
            Some(_) => index..index,
        }
    }

    fn take_value(&mut self, register: V) {
        let lane = lane_index(self.kernel.values[register.index()]);
        self.value_slot[register.index()] = self.free_values[lane].pop().unwrap_or_else(|| {
            self.plan.slots.values[lane] += 1;
            V(self.plan.slots.values[lane] as u16 - 1)
        });
    }

    fn take_mask(&mut self, register: M) {
        self.mask_slot[register.index()] = self.free_masks.pop().unwrap_or_else(|| {
            self.plan.slots.masks += 1;
            M(self.plan.slots.masks as u16 - 1)
        });
    }

    fn release_value(&mut self, register: V, index: usize) {
        let slot = self.value_slot[register.index()];
        let free = &mut self.free_values[lane_index(self.kernel.values[register.index()])];
        // An instruction may read a register twice; its slot comes back once.
        if self.last.values[register.index()] == index && !free.contains(&slot) {
            free.push(slot);
        }
    }

    fn release_mask(&mut self, register: M, index: usize) {
        let slot = self.mask_slot[register.index()];
        if self.last.masks[register.index()] == index && !self.free_masks.contains(&slot) {
            self.free_masks.push(slot);
        }
    }

    /// Registers written up to `index` and read after it.
    fn live_after(&self, index: usize) -> Live {
        let mut live = Live::default();
        for inst in &self.kernel.code[..=index] {
            inst.operands(|role, operand| match (role, operand) {
                (Role::Def, OperandRef::V(register)) if self.last.values[register.index()] > index => {
                    live.values.push((self.kernel.values[register.index()], self.value_slot[register.index()]));
                }
                (Role::Def, OperandRef::M(register)) if self.last.masks[register.index()] > index => {
                    live.masks.push(self.mask_slot[register.index()]);
                }
                _ => {}
            });
        }
        live
    }
}

impl Renaming for Planner<'_> {
    fn value(&mut self, register: V) -> V {
        self.value_slot[register.index()]
    }

    fn mask(&mut self, register: M) -> M {
        self.mask_slot[register.index()]
    }

    fn pool(&mut self, entry: Pool) -> Pool {
        self.pool[entry.index()]
    }
}
