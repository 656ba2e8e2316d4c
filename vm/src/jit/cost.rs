//! What a kernel costs a row, interpreted and compiled, and so from how many rows on compiling pays.
//!
//! All figures are measured (docs/machine-code.md says how): times of 46 kernels of few instructions over 400,000 rows in
//! columns of 8 to 32 bits, split among their instructions. They are rough, and lean to the side of the interpreter; what
//! they have to tell apart are kernels that compute and add up, which gain half and more of their time, from filters of a
//! comparison or two, which gain nothing.

use Compiled::{Emitted, Interpreted};

use crate::kernel::{Inst, Kernel, OperandRef, Role};
use crate::types::Lane;

/// What compiling costs, in nanoseconds: at all (fresh pages, sealed; memory; code that is in no cache), and for each
/// instruction. Least squares over the 52 kernels of TPC-H.
const COMPILE_NS: u64 = 23_000;
const COMPILE_INSTRUCTION_NS: u64 = 1_250;
/// What looking for a kernel in the cache costs, likewise.
const FIND_NS: u64 = 600;
const FIND_INSTRUCTION_NS: u64 = 50;
/// What it costs a worker to go over to compiled code: its scratch registers and constants are made.
const SWITCH_NS: u64 = 4_000;
/// What compiled code costs a row besides its instructions: a call for each stretch and tile.
const CALL_PS: u64 = 150;
/// What the first `need` of compiled code costs besides: which rows are left is written and counted.
const FIRST_NEED_PS: u64 = 150;
/// Rows of a turn: compiled code leaves out what is behind the last `need` for turns of which no row is left.
const TURN: u64 = 8;

/// What an instruction saves at most, divisions aside: a kernel that could not save enough with it is not looked at.
const SAVED_PS_MAX: u64 = 500;

/// Picoseconds a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cost {
    interpreted: u64,
    compiled: u64,
}

/// What rows of a kernel cost: before its last `need`, that included, and behind it, where only rows count that pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    instructions: u64,
    before: Cost,
    behind: Cost,
    /// Whether it has groups: then turns without rows are left out.
    groups: bool,
}

impl Estimate {
    /// Whether so few rows are not even worth going over to code that is there, as can be seen without an estimate.
    pub(super) fn is_hopeless(kernel: &Kernel, rows: u64) -> bool {
        rows.saturating_mul(kernel.code.len() as u64 * SAVED_PS_MAX) < SWITCH_NS * 1000
    }

    pub(super) fn of(kernel: &Kernel) -> Estimate {
        let code = &kernel.code;
        let groups = code.iter().any(|inst| matches!(inst, Inst::Group { .. }));
        let last = code.iter().rposition(|inst| matches!(inst, Inst::Need { .. }));
        let (before, behind) = code.split_at(last.map_or(0, |last| last + 1));
        let has_wide = kernel.values.contains(&Lane::I128);
        let sum = |code: &[Inst]| {
            code.iter().map(|inst| cost(inst, groups, has_wide && is_wide(kernel, inst))).fold(
                Cost::default(),
                |sum, cost| Cost {
                    interpreted: sum.interpreted + cost.interpreted,
                    compiled: sum.compiled + cost.compiled,
                },
            )
        };
        let mut before = sum(before);
        before.compiled += CALL_PS + if last.is_some() { FIRST_NEED_PS } else { 0 };
        Estimate { instructions: code.len() as u64, before, behind: sum(behind), groups }
    }

    /// Nanoseconds that so many rows would have taken less, had they run compiled; `passed` of them have passed.
    pub(super) fn saved_ns(&self, rows: u64, passed: u64) -> u64 {
        // The interpreter moves rows together if few pass, which costs as much as working on others like them.
        let interpreted_behind = rows.min(passed.saturating_mul(2));
        let compiled_behind = if self.groups { rows.min(passed.saturating_mul(TURN)) } else { rows };
        let interpreted = rows
            .saturating_mul(self.before.interpreted)
            .saturating_add(interpreted_behind.saturating_mul(self.behind.interpreted));
        let compiled = rows
            .saturating_mul(self.before.compiled)
            .saturating_add(compiled_behind.saturating_mul(self.behind.compiled));
        interpreted.saturating_sub(compiled) / 1000
    }

    /// What compiling it costs.
    pub(super) fn compile_ns(&self) -> u64 {
        COMPILE_NS + COMPILE_INSTRUCTION_NS * self.instructions
    }

    /// What looking for it in the cache costs, and going over to what is found there.
    pub(super) fn find_ns(&self) -> u64 {
        FIND_NS + FIND_INSTRUCTION_NS * self.instructions + SWITCH_NS
    }

    /// What it costs a worker to go over to compiled code.
    pub(super) fn switch_ns(&self) -> u64 {
        SWITCH_NS
    }
}

/// What an instruction costs; `wide` is one of 128 bits, most of which are interpreted.
fn cost(inst: &Inst, groups: bool, wide: bool) -> Cost {
    let (interpreted, Emitted(compiled) | Interpreted(compiled)) = cost_of_tiers(inst, groups);
    Cost { interpreted: if wide { compiled } else { interpreted }, compiled }
}

/// Whether the compiler has machine code for an instruction, if its operands allow it.
#[cfg(all(feature = "jit", target_arch = "x86_64"))]
pub(super) fn has_emitter(inst: &Inst) -> bool {
    matches!(cost_of_tiers(inst, false), (_, Emitted(_)))
}

/// What an instruction costs in a compiled kernel, in picoseconds a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compiled {
    /// By machine code.
    Emitted(u64),
    /// The compiler has none for it: the interpreter is called.
    Interpreted(u64),
}

/// What an instruction costs interpreted and in a compiled kernel, with groups or without. This table says what there are
/// emitters for.
fn cost_of_tiers(inst: &Inst, groups: bool) -> (u64, Compiled) {
    match inst {
        Inst::True { .. } | Inst::False { .. } | Inst::Constant { .. } => (0, Emitted(0)),
        Inst::Load { .. } | Inst::LoadBits { .. } | Inst::LoadValid { .. } => (60, Emitted(40)),
        Inst::And { .. }
        | Inst::Or { .. }
        | Inst::AndNot { .. }
        | Inst::OrNot { .. }
        | Inst::Xor { .. }
        | Inst::Not { .. } => (90, Emitted(30)),
        Inst::Eq { .. } | Inst::Ne { .. } | Inst::Lt { .. } | Inst::Le { .. } | Inst::Gt { .. } | Inst::Ge { .. } => {
            (150, Emitted(60))
        }
        Inst::Need { .. } => (300, Emitted(250)),
        Inst::Add { .. }
        | Inst::Sub { .. }
        | Inst::Mul { .. }
        | Inst::Div { .. }
        | Inst::Neg { .. }
        | Inst::Abs { .. }
        | Inst::Min { .. }
        | Inst::Max { .. }
        | Inst::RoundF32 { .. }
        | Inst::Widen { .. }
        | Inst::Narrow { .. }
        | Inst::AddChecked { .. }
        | Inst::SubChecked { .. }
        | Inst::MulChecked { .. }
        | Inst::Range { .. } => (250, Emitted(70)),
        Inst::ToInteger { .. } => (1500, Emitted(150)),
        Inst::Select { .. } => (350, Emitted(80)),
        Inst::DivChecked { .. } | Inst::RemChecked { .. } => (3500, Emitted(600)),
        Inst::Count { .. } if groups => (400, Emitted(100)),
        Inst::Count { .. } => (50, Emitted(30)),
        Inst::Sum { lane: Lane::F64, .. } if groups => (1000, Emitted(1000)),
        Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. } if groups => (700, Emitted(300)),
        Inst::Sum { lane: Lane::F64, .. } => (1150, Emitted(750)),
        Inst::Sum { .. } | Inst::AccMin { .. } | Inst::AccMax { .. } => (450, Emitted(120)),
        Inst::Digit { .. } => (500, Emitted(150)),
        Inst::Lut { .. } | Inst::TestBit { .. } => (500, Emitted(250)),
        Inst::MightContain { .. } => (700, Emitted(300)),
        Inst::Group { .. } => (1000, Emitted(700)),
        // Compiled code leaves what it computes in memory for the interpreter.
        Inst::Store { .. } => (100, Interpreted(350)),
        Inst::StoreValid { .. } | Inst::StoreBits { .. } => (100, Interpreted(200)),
        // A stretch of compiled code ends there, and the next one is called anew.
        Inst::Rem { .. } | Inst::DivRound { .. } | Inst::Call1 { .. } | Inst::Call2 { .. } => {
            (300, Interpreted(300 + CALL_PS))
        }
    }
}

/// Whether an instruction reads or writes 128 bits.
fn is_wide(kernel: &Kernel, inst: &Inst) -> bool {
    let mut wide = false;
    inst.operands(|role, operand| {
        wide |= match (role, operand) {
            (Role::Def | Role::Use, OperandRef::V(register)) => kernel.values[register.index()] == Lane::I128,
            (_, OperandRef::Operand(crate::kernel::Operand::Reg(register))) => {
                kernel.values[register.index()] == Lane::I128
            }
            _ => false,
        };
    });
    wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Comparison, KernelBuilder, Logic};
    use crate::types::Form;

    /// A kernel whose rows pass where a column is below 50; what else it does is `more`.
    fn kernel(more: impl FnOnce(&mut KernelBuilder)) -> Estimate {
        let mut k = KernelBuilder::new();
        let column = k.input(Form::I32, false);
        let (value, bound) = (k.load(column), k.integer(Lane::I32, 50));
        let below = k.compare(Comparison::Less, Lane::I32, value, bound);
        k.need(below);
        more(&mut k);
        Estimate::of(&k.finish())
    }

    #[test]
    fn a_plain_filter_never_pays_and_arithmetic_does() {
        let filter = kernel(|_| ());
        assert_eq!(filter.saved_ns(1 << 40, 1 << 39), 0);
        let arithmetic = kernel(|k| {
            let column = k.input(Form::I32, false);
            let value = k.load(column);
            let square = k.mul(Lane::I32, value, value);
            k.sum(Lane::I32, square, Logic::True);
            k.sum(Lane::I32, value, Logic::True);
        });
        let pays_from = |share: u64| {
            (0..40)
                .map(|bits| 1u64 << bits)
                .find(|rows| arithmetic.saved_ns(*rows, rows / share) > arithmetic.compile_ns())
        };
        assert_eq!(pays_from(1), Some(1 << 16));
        // Few rows pass: the interpreter computes little.
        assert_eq!(pays_from(1000), None);
    }
}
