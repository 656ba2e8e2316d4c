//! What is known of a kernel's registers before it runs: an abstract interpretation, one walk without branches.
//!
//! Of an integer register it knows an interval, of an f64 register a range and whether there may be NaN, of a mask
//! whether it is always true or always false. It begins with what the forms of columns hold, or with tighter
//! [`Bounds`] that the caller has proof of, and with constants; parameters may be anything of their lane.
//!
//! **For which rows it holds.** For every row that is still active where a register is written, whatever guards are:
//! values of unguarded rows are computed too, and a bound that is known for valid rows only is not used but where a
//! validity is known to be true. Behind a `need` more is known of registers that were written before, for rows that are
//! active then: [`State::range`] knows it, [`Facts`] do not, which hold wherever a register is read. What a register
//! has in rows that are not active is nobody's business: no output, accumulator or trap sees it, and no row becomes
//! active again.
//!
//! **Traps.** Behind a checked operation whose guard is true for every active row, rows go on only if it was not bad.
//! So its result is known to lie in the lane, and what `range` was asked of to lie in it. That is sound although engines
//! compute the rest of a batch before they look whether something was bad: then what they computed is thrown away.
//!
//! Memory safety never rests on any of this.

mod assume;
mod calendar;
mod checks;
mod double;
mod interval;
mod text;
mod transfer;

#[cfg(test)]
mod tests;

pub(crate) use checks::Check;
pub(crate) use double::DoubleRange;
#[cfg(test)]
use interval::Checked;
pub(crate) use interval::Interval;

use super::{Input, Inst, Kernel, M, Operand, PoolSource, V};
use crate::types::{Form, Lane};
use transfer::Written;

/// What a value register may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Range {
    Integer(Interval),
    Double(DoubleRange),
}

impl Range {
    /// Everything that a value lane holds.
    pub(crate) fn of_lane(lane: Lane) -> Range {
        Interval::of_lane(lane).map_or(Range::Double(DoubleRange::ALL), Range::Integer)
    }

    fn combine(
        self,
        other: Range,
        integers: impl Fn(Interval, Interval) -> Interval,
        doubles: impl Fn(DoubleRange, DoubleRange) -> DoubleRange,
    ) -> Option<Range> {
        match (self, other) {
            (Range::Integer(a), Range::Integer(b)) => Some(Range::Integer(integers(a, b))),
            (Range::Double(a), Range::Double(b)) => Some(Range::Double(doubles(a, b))),
            _ => None,
        }
    }

    fn union(self, other: Range) -> Option<Range> {
        self.combine(other, Interval::union, DoubleRange::union)
    }

    /// What is in both; `None` if that is empty. Ranges of different kinds are of different lanes: verified.
    fn intersection(self, other: Range) -> Option<Range> {
        match (self, other) {
            (Range::Integer(a), Range::Integer(b)) => a.intersection(b).map(Range::Integer),
            (Range::Double(a), Range::Double(b)) => a.intersection(b).map(Range::Double),
            _ => Some(self),
        }
    }
}

/// What is known of a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Unknown,
    Always,
    Never,
}

impl Truth {
    fn of(always: bool, never: bool) -> Truth {
        match (always, never) {
            (true, false) => Truth::Always,
            (false, true) => Truth::Never,
            // Both at once: no row gets there, and anything holds.
            _ => Truth::Unknown,
        }
    }

    fn not(self) -> Truth {
        match self {
            Truth::Unknown => Truth::Unknown,
            Truth::Always => Truth::Never,
            Truth::Never => Truth::Always,
        }
    }

    fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Never, _) | (_, Truth::Never) => Truth::Never,
            (Truth::Always, Truth::Always) => Truth::Always,
            _ => Truth::Unknown,
        }
    }

    fn or(self, other: Truth) -> Truth {
        self.not().and(other.not()).not()
    }

    fn xor(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (a, b) => Truth::of(a != b, a == b),
        }
    }

    /// Whether a value may be so.
    #[cfg(test)]
    pub(crate) fn allows(self, value: bool) -> bool {
        self != if value { Truth::Never } else { Truth::Always }
    }
}

/// Proof of what an input column holds, better than its form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    /// Where all valid values are.
    pub(crate) range: Range,
    /// Whether rows are valid: always, never, or who knows.
    pub(crate) valid: Truth,
}

/// What was known of each register where it was written. It holds for all rows that are active there, and so wherever
/// the register is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    values: Vec<Range>,
    masks: Vec<Truth>,
}

impl Facts {
    /// What follows from the forms of a kernel's inputs, or tighter bounds that are proof, and from its constants.
    pub(crate) fn of(kernel: &Kernel, bounds: &[Option<Bounds>]) -> Facts {
        let mut state = State::new(kernel, bounds);
        for index in 0..kernel.code.len() {
            state.step(index);
        }
        state.facts
    }

    /// What a mask is.
    pub(crate) fn truth(&self, mask: M) -> Truth {
        self.masks[mask.index()]
    }

    /// What an operand may be, if it is an integer.
    pub(crate) fn interval(&self, kernel: &Kernel, operand: Operand) -> Option<Interval> {
        match of_operand(kernel, &self.values, operand) {
            Range::Integer(interval) => Some(interval),
            Range::Double(_) => None,
        }
    }
}

/// What is known after the instructions so far. [`State::step`] takes the kernel's, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct State<'a> {
    kernel: &'a Kernel,
    /// Proof of what inputs hold, by input; what is missing is bounded by its form.
    bounds: &'a [Option<Bounds>],
    /// The first knowledge of each register.
    facts: Facts,
    known: Known,
    /// Whether a contradiction has shown that no row is active.
    ended: bool,
}

/// What is known of rows that are active now. Kept for its memory where one kernel is walked over again and again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    values: Vec<Range>,
    masks: Vec<Truth>,
    /// The instruction that wrote each register.
    value_origins: Vec<u16>,
    mask_origins: Vec<u16>,
    /// Of inputs that are loaded: the registers.
    loads: Vec<Option<V>>,
    /// Inputs that are known to be valid in active rows, or not to be.
    valid: Vec<Truth>,
    /// Masks that are still to be looked through.
    waiting: Vec<(M, Truth)>,
}

impl Known {
    /// Nothing is written yet.
    fn begin(&mut self, kernel: &Kernel, bounds: &[Option<Bounds>]) {
        fn refill<T>(vec: &mut Vec<T>, items: impl Iterator<Item = T>) {
            vec.clear();
            vec.extend(items);
        }
        let valid = |(index, slot): (usize, &super::InputSlot)| match bounds.get(index) {
            _ if !slot.nullable => Truth::Always,
            Some(Some(bounds)) => bounds.valid,
            Some(None) | None => Truth::Unknown,
        };
        let masks = usize::from(kernel.masks);
        refill(&mut self.values, kernel.values.iter().map(|lane| Range::of_lane(*lane)));
        refill(&mut self.masks, std::iter::repeat_n(Truth::Unknown, masks));
        refill(&mut self.value_origins, kernel.values.iter().map(|_| 0));
        refill(&mut self.mask_origins, std::iter::repeat_n(0, masks));
        refill(&mut self.loads, kernel.inputs.iter().map(|_| None));
        refill(&mut self.valid, kernel.inputs.iter().enumerate().map(valid));
    }
}

impl<'a> State<'a> {
    /// Nothing is written yet. `bounds` has proof for each input, or is shorter. The kernel has been verified.
    pub(crate) fn new(kernel: &'a Kernel, bounds: &'a [Option<Bounds>]) -> State<'a> {
        let mut state = State::without_facts(kernel, bounds, Known::default());
        state.facts = Facts { values: state.known.values.clone(), masks: state.known.masks.clone() };
        state
    }

    /// The same without [`Facts`], and in memory that was used before.
    pub(crate) fn without_facts(kernel: &'a Kernel, bounds: &'a [Option<Bounds>], mut known: Known) -> State<'a> {
        known.begin(kernel, bounds);
        State { kernel, bounds, facts: Facts::default(), known, ended: false }
    }

    /// Its memory, to be used again.
    pub(crate) fn into_known(self) -> Known {
        self.known
    }

    pub(crate) fn kernel(&self) -> &'a Kernel {
        self.kernel
    }

    /// What an operand has in active rows.
    pub(crate) fn range(&self, operand: Operand) -> Range {
        of_operand(self.kernel, &self.known.values, operand)
    }

    /// What an integer operand has in active rows.
    pub(crate) fn integer(&self, operand: Operand) -> Option<Interval> {
        match self.range(operand) {
            Range::Integer(interval) => Some(interval),
            Range::Double(_) => None,
        }
    }

    fn double(&self, operand: Operand) -> Option<DoubleRange> {
        match self.range(operand) {
            Range::Double(range) => Some(range),
            Range::Integer(_) => None,
        }
    }

    fn integers(&self, a: Operand, b: Operand) -> Option<(Interval, Interval)> {
        self.integer(a).zip(self.integer(b))
    }

    fn doubles(&self, a: Operand, b: Operand) -> Option<(DoubleRange, DoubleRange)> {
        self.double(a).zip(self.double(b))
    }

    /// What a mask is in active rows.
    pub(crate) fn truth(&self, mask: M) -> Truth {
        self.known.masks[mask.index()]
    }

    /// Whether no row is active any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Goes on by the kernel's instruction at `index`.
    pub(crate) fn step(&mut self, index: usize) {
        let inst = &self.kernel.code[index];
        // Verified kernels have no more instructions than that.
        let origin = index as u16;
        match self.transfer(inst) {
            Written::Value(dst, range) => {
                if let Some(first) = self.facts.values.get_mut(dst.index()) {
                    *first = range;
                }
                self.known.values[dst.index()] = range;
                self.known.value_origins[dst.index()] = origin;
            }
            Written::Mask(dst, truth) => {
                if let Some(first) = self.facts.masks.get_mut(dst.index()) {
                    *first = truth;
                }
                self.known.masks[dst.index()] = truth;
                self.known.mask_origins[dst.index()] = origin;
            }
            Written::Nothing => {}
        }
        match *inst {
            Inst::Load { dst, input, .. } => self.known.loads[input.index()] = Some(dst),
            Inst::Need { mask } => self.assume(mask, true),
            Inst::Range { a, low, high, guard, .. } if self.truth(guard) == Truth::Always => {
                self.assume_in_range(a, low, high);
            }
            _ => {}
        }
    }

    /// What an input holds in active rows.
    fn loaded(&self, form: Form, input: Input) -> Range {
        let of_form = transfer::of_form(form);
        match self.bounds.get(input.index()) {
            Some(Some(bounds)) if self.known.valid[input.index()] == Truth::Always => {
                of_form.intersection(bounds.range).unwrap_or(of_form)
            }
            _ => of_form,
        }
    }

    fn validity(&self, input: Input) -> Truth {
        self.known.valid[input.index()]
    }
}

fn of_operand(kernel: &Kernel, values: &[Range], operand: Operand) -> Range {
    match operand {
        Operand::Reg(register) => values[register.index()],
        Operand::Const(entry) => {
            let entry = kernel.pool[entry.index()];
            match entry.source {
                PoolSource::Integer(value) => Range::Integer(Interval::exactly(value)),
                PoolSource::Double(value) => Range::Double(DoubleRange::exactly(value)),
                PoolSource::Parameter(_) => Range::of_lane(entry.lane),
            }
        }
    }
}
