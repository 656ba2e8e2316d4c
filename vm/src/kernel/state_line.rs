//! What the abstract state says of a kernel, instruction by instruction: EXPLAIN (VERIFY) and the verifier's log.

use std::fmt;

use super::abstract_state::State;
use super::{Input, VerifiedKernel, listing};
use crate::error::Span;

/// An instruction with what the abstract state says of it, as EXPLAIN (VERIFY) has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLine {
    /// The instruction's position; none for what is known of inputs beforehand.
    pub address: Option<usize>,
    /// The instruction as the listing has it.
    pub instruction: String,
    /// The text of the statement that it came from.
    pub span: Span,
    /// What is known after it and was not before: the register that it writes, or those of which it tells.
    pub state: String,
    /// Of an instruction that checks something whether it can fail, and why not; of `need` whether it is always so.
    pub check: Option<String>,
}

impl StateLine {
    pub(super) fn of(state: &mut State<'_>, index: usize) -> StateLine {
        let check = state.check_text(index);
        let (instruction, span) = (listing::instruction(&state.kernel().code[index]), state.kernel().spans[index]);
        StateLine { address: Some(index), instruction, span, state: state.step_with_text(index), check }
    }

    /// The instruction behind its position.
    pub fn listed(&self) -> String {
        match self.address {
            Some(address) => format!("{address:>4}  {}", self.instruction),
            None => format!("  {}", self.instruction),
        }
    }
}

impl fmt::Display for StateLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<42} ; {}", self.listed(), self.state)?;
        match &self.check {
            Some(check) => write!(f, " ({check})"),
            None => Ok(()),
        }
    }
}

/// What the abstract state says of each instruction of a kernel as it was before it was made simpler, below what proof
/// there is of its inputs.
pub(crate) fn state_lines(kernel: &VerifiedKernel) -> Vec<StateLine> {
    let (proof, kernel) = (kernel.proof(), kernel.general().unwrap_or(kernel.kernel()));
    let line = |instruction: String, state: String| StateLine {
        address: None,
        instruction,
        span: Span::NONE,
        state,
        check: None,
    };
    let proven = kernel.inputs.iter().zip(proof).enumerate().filter_map(|(index, (slot, bounds))| {
        let (input, bounds) = (Input(index as u16), bounds.as_ref()?);
        Some(line(format!("input  {input}.{}", slot.form.name()), bounds.to_string()))
    });
    let mut lines: Vec<StateLine> = proven.collect();
    let mut state = State::new(kernel, proof);
    lines.extend((0..kernel.code.len()).map(|index| StateLine::of(&mut state, index)));
    lines
}
