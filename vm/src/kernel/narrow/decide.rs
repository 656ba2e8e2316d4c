//! What becomes of each instruction, decided in one walk with the abstract state.

use super::lanes::{Lanes, fits};
use crate::kernel::abstract_state::{Check, State, Truth};
use crate::kernel::{Inst, OperandRef, Role};
use crate::types::Lane;

/// Masks that an instruction names at most: a result of two.
const MASKS_MAX: usize = 3;

/// What becomes of an instruction. A kernel and these are all that [`rebuild`](super::rebuild) goes by: equal decisions
/// make equal kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The lane that it is computed in, if that is a narrower one.
    pub(super) lane: Option<Lane>,
    /// Whether it has a check that cannot fail.
    pub(super) unchecked: bool,
    /// Of a conversion to a narrower lane: whether nothing is lost.
    pub(super) fits: bool,
    /// What is known of its masks, in the order of its operands: behind it, of a `need` before it.
    masks: [Truth; MASKS_MAX],
}

impl Decision {
    /// Whether the instruction is there for a check that cannot fail.
    pub(super) fn removes(&self, inst: &Inst) -> bool {
        let goes = matches!(
            inst,
            Inst::AddChecked { .. } | Inst::SubChecked { .. } | Inst::MulChecked { .. } | Inst::Range { .. }
        );
        self.unchecked && goes
    }

    /// Puts down what is known of the instruction's masks.
    pub(super) fn note_masks(&self, inst: &Inst, truths: &mut [Truth]) {
        let mut known = self.masks.iter();
        inst.operands(|_, operand| {
            if let OperandRef::M(mask) = operand
                && let Some(truth) = known.next()
            {
                truths[mask.index()] = *truth;
            }
        });
    }

    /// Whether masks that are always the same make the instruction superfluous.
    fn simplifies(&self, inst: &Inst) -> bool {
        let known = |place: usize| self.masks[place] != Truth::Unknown;
        match inst {
            Inst::True { .. } | Inst::False { .. } => false,
            // What comes of it stands before the operands.
            Inst::And { .. } | Inst::Or { .. } | Inst::AndNot { .. } | Inst::OrNot { .. } | Inst::Xor { .. } => {
                known(0) || known(1) || known(2)
            }
            Inst::Select { .. } => known(0),
            Inst::Need { .. } => self.masks[0] == Truth::Always,
            _ => {
                let mut writes = false;
                inst.operands(|role, operand| writes |= matches!((role, operand), (Role::Def, OperandRef::M(_))));
                writes && known(0)
            }
        }
    }
}

/// Goes over an instruction with the state, and with the lanes where those are to become narrower. Says what becomes of
/// it, and whether that is less than it was.
pub(super) fn decide(state: &mut State<'_>, lanes: Option<&mut Lanes<'_>>, index: usize) -> (Decision, bool) {
    let inst = &state.kernel().code[index];
    let check = state.check(inst);
    let before = matches!(inst, Inst::Need { .. }).then(|| masks_of(state, inst));
    state.step(index);
    let mut decision = Decision {
        lane: None,
        unchecked: matches!(check, Some(Check::Within(_) | Check::Idle)),
        fits: false,
        masks: before.unwrap_or_else(|| masks_of(state, inst)),
    };
    let mut gains = decision.removes(inst) || decision.simplifies(inst);
    if let Some(lanes) = lanes {
        decision.lane = lanes.lane(state, inst, check);
        decision.fits = matches!(*inst, Inst::Narrow { to, a, .. } if fits(state, a, to));
        gains |= lanes.step(state, inst, check);
    }
    (decision, gains)
}

fn masks_of(state: &State<'_>, inst: &Inst) -> [Truth; MASKS_MAX] {
    let mut masks = [Truth::Unknown; MASKS_MAX];
    let mut places = masks.iter_mut();
    inst.operands(|_, operand| {
        if let OperandRef::M(mask) = operand
            && let Some(place) = places.next()
        {
            *place = state.truth(mask);
        }
    });
    masks
}
