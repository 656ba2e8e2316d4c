//! Makes a kernel shorter and its lanes narrower by what is known of its registers.
//!
//! - checks that cannot fail go: `add?` becomes `add`, `range` nothing; divisions keep theirs, which costs them little;
//! - integers are computed in the narrowest lane that holds operands and result, where that saves something;
//! - a `need` that is always true goes, and so do masks that are always the same.
//!
//! What the kernel gives is the same for all inputs within the bounds that were proof, row by row and trap by trap; its
//! inputs, outputs and tables are numbered as before. Only accumulators of sums may be of a narrower lane: what they
//! keep is the same. The result is verified like any other kernel.

mod decide;
mod lanes;
mod rebuild;

use super::abstract_state::{Bounds, Check, Known, State, Truth};
use super::{Inst, Kernel};
pub(crate) use decide::Decision;
use decide::decide;
use lanes::Lanes;
pub(crate) use rebuild::rebuild;

/// What a walk over a kernel has found.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// What becomes of each instruction, if [`rebuild`] makes a simpler kernel.
    pub(crate) decisions: Option<Vec<Decision>>,
    /// For each output what is known of its values.
    pub(crate) outputs: Vec<Option<Bounds>>,
}

/// Looks for what could be made simpler. The kernel has been verified, and `bounds` are proof.
pub(crate) fn analyse(kernel: &Kernel, bounds: &[Option<Bounds>]) -> Analysis {
    let mut state = State::without_facts(kernel, bounds, Known::default());
    let mut lanes = Lanes::new(kernel);
    let mut outputs = vec![None; kernel.outputs.len()];
    let mut valid = vec![Truth::Always; kernel.outputs.len()];
    let mut decisions = Vec::with_capacity(kernel.code.len());
    let mut gains = false;
    for (index, inst) in kernel.code.iter().enumerate() {
        match *inst {
            Inst::Store { output, a, .. } => {
                outputs[output.index()] = Some(Bounds { range: state.range(a), valid: Truth::Unknown });
            }
            Inst::StoreValid { output, a } => valid[output.index()] = state.truth(a),
            _ => {}
        }
        let (decision, gained) = decide(&mut state, Some(&mut lanes), index);
        decisions.push(decision);
        gains |= gained;
    }
    for (bounds, valid) in outputs.iter_mut().zip(valid) {
        if let Some(bounds) = bounds {
            bounds.valid = valid;
        }
    }
    Analysis { decisions: gains.then_some(decisions), outputs }
}

/// What becomes of each instruction, whether that gains something or not.
#[cfg(test)]
pub(crate) fn decisions(kernel: &Kernel, bounds: &[Option<Bounds>]) -> Vec<Decision> {
    let mut state = State::new(kernel, bounds);
    let mut lanes = Lanes::new(kernel);
    (0..kernel.code.len()).map(|index| decide(&mut state, Some(&mut lanes), index).0).collect()
}

/// What becomes of a kernel for rows of which more is known than for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortening {
    /// None of them passes its filter, and nothing before that may fail or is kept of a row.
    DropsAll,
    /// By the decisions something goes.
    Shorter,
    /// Nothing does.
    Whole,
}

/// Walks over a kernel whose inputs are within `bounds`. Lanes stay as they are. `decisions` is filled, unless all rows
/// are dropped; it and `known` are memory that is used again.
pub(crate) fn shorten(
    kernel: &Kernel,
    bounds: &[Option<Bounds>],
    known: &mut Known,
    decisions: &mut Vec<Decision>,
) -> Shortening {
    decisions.clear();
    let mut state = State::without_facts(kernel, bounds, std::mem::take(known));
    let found = shorten_by(&mut state, decisions);
    *known = state.into_known();
    found
}

fn shorten_by(state: &mut State<'_>, decisions: &mut Vec<Decision>) -> Shortening {
    let (mut nothing_done, mut gains) = (true, false);
    for (index, inst) in state.kernel().code.iter().enumerate() {
        match inst {
            Inst::Need { mask } if nothing_done && state.truth(*mask) == Truth::Never => return Shortening::DropsAll,
            Inst::Need { .. } => {}
            _ => {
                let check = state.check(inst);
                nothing_done &= check != Some(Check::MayFail) && (check.is_some() || inst.is_pure());
            }
        }
        let (decision, gained) = decide(state, None, index);
        if nothing_done && state.has_ended() {
            return Shortening::DropsAll;
        }
        decisions.push(decision);
        gains |= gained;
    }
    if gains { Shortening::Shorter } else { Shortening::Whole }
}
