//! Makes a kernel shorter and its lanes narrower by what is known of its registers.
//!
//! - checks that cannot fail go: `add?` becomes `add`, `range` nothing; divisions keep theirs, which costs them little;
//! - integers are computed in the narrowest lane that holds operands and result, where that saves something;
//! - a `need` that is always true goes, and so do masks that are always the same.
//!
//! What the kernel gives is the same for all inputs within the bounds that were proof, row by row and trap by trap; its
//! inputs, outputs and tables are numbered as before. Only accumulators of sums may be of a narrower lane: what they
//! keep is the same. The result is verified like any other kernel.

mod lanes;
mod rebuild;

use super::abstract_state::{Bounds, Check, Known, State, Truth};
use super::{Inst, Kernel, OperandRef, Role};
use lanes::Lanes;

pub(crate) use rebuild::rebuild;

/// What a walk over a kernel has found.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// Whether [`rebuild`] makes another kernel of it.
    pub(crate) gains: bool,
    /// For each output what is known of its values.
    pub(crate) outputs: Vec<Option<Bounds>>,
}

/// Looks for what could be made simpler. The kernel has been verified, and `bounds` are proof.
pub(crate) fn analyse(kernel: &Kernel, bounds: &[Option<Bounds>]) -> Analysis {
    let mut state = State::new(kernel, bounds);
    let mut lanes = Lanes::new(kernel);
    let mut found = Analysis { gains: false, outputs: vec![None; kernel.outputs.len()] };
    let mut valid = vec![Truth::Always; kernel.outputs.len()];
    for (index, inst) in kernel.code.iter().enumerate() {
        let check = state.check(inst);
        found.gains |= removes(inst, check) || is_always_needed(&state, inst);
        match *inst {
            Inst::Store { output, a, .. } => {
                found.outputs[output.index()] = Some(Bounds { range: state.range(a), valid: Truth::Unknown });
            }
            Inst::StoreValid { output, a } => valid[output.index()] = state.truth(a),
            _ => {}
        }
        state.step(index);
        found.gains |= simplifies(&state, inst) | lanes.step(&state, inst, check);
    }
    for (bounds, valid) in found.outputs.iter_mut().zip(valid) {
        if let Some(bounds) = bounds {
            bounds.valid = valid;
        }
    }
    found
}

/// Whether no row within `bounds` passes the kernel's filter, and nothing before that may fail or is kept of a row.
/// `known` is memory that is used again.
pub(crate) fn drops_all(kernel: &Kernel, bounds: &[Option<Bounds>], known: &mut Known) -> bool {
    let mut state = State::without_facts(kernel, bounds, std::mem::take(known));
    let drops = drops_by(&mut state);
    *known = state.into_known();
    drops
}

fn drops_by(state: &mut State<'_>) -> bool {
    let kernel = state.kernel();
    for (index, inst) in kernel.code.iter().enumerate() {
        let check = state.check(inst);
        match inst {
            Inst::Need { mask } if state.truth(*mask) == Truth::Never => return true,
            Inst::Need { .. } => {}
            _ if check == Some(Check::MayFail) || check.is_none() && !inst.is_pure() => return false,
            _ => {}
        }
        state.step(index);
        if state.has_ended() {
            return true;
        }
    }
    false
}

/// Whether an instruction is there for a check that cannot fail.
fn removes(inst: &Inst, check: Option<Check>) -> bool {
    let cannot_fail = matches!(check, Some(Check::Within(_) | Check::Idle));
    let goes = matches!(
        inst,
        Inst::AddChecked { .. } | Inst::SubChecked { .. } | Inst::MulChecked { .. } | Inst::Range { .. }
    );
    cannot_fail && goes
}

fn is_always_needed(state: &State<'_>, inst: &Inst) -> bool {
    matches!(inst, Inst::Need { mask } if state.truth(*mask) == Truth::Always)
}

/// Whether masks that are always the same make an instruction superfluous; it has been stepped over.
fn simplifies(state: &State<'_>, inst: &Inst) -> bool {
    let known = |mask| state.truth(mask) != Truth::Unknown;
    match *inst {
        Inst::True { .. } | Inst::False { .. } => return false,
        Inst::And { a, b, .. }
        | Inst::Or { a, b, .. }
        | Inst::AndNot { a, b, .. }
        | Inst::OrNot { a, b, .. }
        | Inst::Xor { a, b, .. }
            if known(a) || known(b) =>
        {
            return true;
        }
        Inst::Select { mask, .. } if known(mask) => return true,
        _ => {}
    }
    let mut found = false;
    inst.operands(|role, operand| {
        if let (Role::Def, OperandRef::M(dst)) = (role, operand) {
            found |= known(dst);
        }
    });
    found
}
