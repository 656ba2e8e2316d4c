//! What follows from a mask that is true or false.

use super::{Interval, Range, State, Truth};
use crate::kernel::{Inst, M, Operand, Pool, V};
use crate::types::Lane;

/// Masks that are looked through for what one guard says.
const GUARD_MASKS_MAX: usize = 24;

impl State<'_> {
    /// From here on the mask is so in every active row. Each mask is looked through once for either truth, so all
    /// assumptions of a kernel together take as long as the kernel.
    pub(super) fn assume(&mut self, mask: M, truth: bool) {
        let wanted = if truth { Truth::Always } else { Truth::Never };
        let mut waiting = std::mem::take(&mut self.known.waiting);
        waiting.push((mask, wanted));
        while let Some((mask, wanted)) = waiting.pop() {
            let known = self.truth(mask);
            if known == wanted {
                continue;
            }
            if known == wanted.not() {
                self.ended = true;
                continue;
            }
            self.known.masks[mask.index()] = wanted;
            let inst = self.kernel.code[usize::from(self.known.mask_origins[mask.index()])];
            let truth = wanted == Truth::Always;
            waiting.extend(parts(&inst, truth).into_iter().flatten());
            if let Inst::LoadValid { input, .. } = inst {
                self.known.valid[input.index()] = wanted;
                if let (true, Some(register)) = (truth, self.known.loads[input.index()]) {
                    let Inst::Load { form, .. } = self.origin(register) else { continue };
                    let loaded = self.loaded(form, input);
                    self.refine(register, loaded);
                }
            }
            for (operand, range) in self.compared(&inst, truth).into_iter().flatten() {
                match (operand, range) {
                    (_, None) => self.ended = true,
                    (Operand::Reg(register), Some(range)) => self.refine(register, range),
                    (Operand::Const(_), Some(_)) => {}
                }
            }
        }
        self.known.waiting = waiting;
    }

    /// What an operand has in active rows where `guard` is true; `None` if there is no such row.
    pub(crate) fn range_under(&self, guard: M, operand: Operand) -> Option<Range> {
        let mut range = self.range(operand);
        let Operand::Reg(register) = operand else { return Some(range) };
        // What a column has is also known by what it is widened to, and the other way round.
        let narrow = match self.origin(register) {
            Inst::Widen { a: Operand::Reg(from), to, .. } if to != Lane::F64 => Some(from),
            _ => None,
        };
        let mut masks = [(guard, true); GUARD_MASKS_MAX];
        let (mut next, mut count) = (0, 1);
        while next < count {
            let (mask, truth) = masks[next];
            next += 1;
            if self.truth(mask) == (if truth { Truth::Never } else { Truth::Always }) {
                return None;
            }
            let inst = self.kernel.code[usize::from(self.known.mask_origins[mask.index()])];
            for part in parts(&inst, truth).into_iter().flatten() {
                if count < GUARD_MASKS_MAX {
                    masks[count] = (part.0, part.1 == Truth::Always);
                    count += 1;
                }
            }
            if let (Inst::LoadValid { input, .. }, true) = (inst, truth)
                && let Some(Some(bounds)) = self.bounds.get(input.index())
                && self.known.loads[input.index()].is_some_and(|loaded| loaded == register || Some(loaded) == narrow)
            {
                range = range.intersection(bounds.range)?;
            }
            for (compared, known) in self.compared(&inst, truth).into_iter().flatten() {
                if compared == operand || narrow.is_some_and(|narrow| compared == Operand::Reg(narrow)) {
                    range = range.intersection(known?)?;
                }
            }
        }
        Some(range)
    }

    /// Rows that go on have `a` in a range.
    pub(super) fn assume_in_range(&mut self, a: V, low: Pool, high: Pool) {
        let bound = |entry| self.integer(Operand::Const(entry));
        if let (Some(low), Some(high)) = (bound(low), bound(high))
            && let Some(range) = Interval::between(low.low, high.high)
        {
            self.refine(a, Range::Integer(range));
        }
    }

    fn origin(&self, register: V) -> Inst {
        self.kernel.code[usize::from(self.known.value_origins[register.index()])]
    }

    /// From here on a register is in a range, and what it was widened from too.
    fn refine(&mut self, register: V, range: Range) {
        let mut register = register;
        loop {
            match self.known.values[register.index()].intersection(range) {
                Some(known) => self.known.values[register.index()] = known,
                None => self.ended = true,
            }
            match self.origin(register) {
                Inst::Widen { a: Operand::Reg(from), to, .. } if to != Lane::F64 => register = from,
                _ => return,
            }
        }
    }

    /// What a comparison that is true, or false, says of its operands; no range where it contradicts what is known.
    fn compared(&self, inst: &Inst, truth: bool) -> [Option<(Operand, Option<Range>)>; 2] {
        match (*inst, truth) {
            (Inst::Eq { a, b, .. }, true) | (Inst::Ne { a, b, .. }, false) => {
                let both = self.range(a).intersection(self.range(b));
                [Some((a, both)), Some((b, both))]
            }
            (Inst::Ne { a, b, .. }, true) | (Inst::Eq { a, b, .. }, false) => {
                [Some((a, without(self.range(a), self.range(b)))), Some((b, without(self.range(b), self.range(a))))]
            }
            (Inst::Lt { a, b, .. }, true) | (Inst::Ge { a, b, .. }, false) => self.ordered(a, b, 1),
            (Inst::Le { a, b, .. }, true) | (Inst::Gt { a, b, .. }, false) => self.ordered(a, b, 0),
            (Inst::Gt { a, b, .. }, true) | (Inst::Le { a, b, .. }, false) => self.ordered(b, a, 1),
            (Inst::Ge { a, b, .. }, true) | (Inst::Lt { a, b, .. }, false) => self.ordered(b, a, 0),
            _ => [None, None],
        }
    }

    /// `a` is at least `by` smaller than `b`, 0 or 1; among f64 not greater.
    fn ordered(&self, a: Operand, b: Operand, by: i128) -> [Option<(Operand, Option<Range>)>; 2] {
        match (self.range(a), self.range(b)) {
            (Range::Integer(x), Range::Integer(y)) => {
                let below = y.high.checked_sub(by).and_then(|high| Interval::between(x.low, x.high.min(high)));
                let above = x.low.checked_add(by).and_then(|low| Interval::between(y.low.max(low), y.high));
                [Some((a, below.map(Range::Integer))), Some((b, above.map(Range::Integer)))]
            }
            (Range::Double(mut x), Range::Double(mut y)) => {
                // NaN is the greatest: `a` may be anything where `b` may be NaN, but for NaN if it is smaller.
                if !y.nan {
                    x.high = x.high.min(y.high);
                }
                x.nan &= y.nan && by == 0;
                y.low = y.low.max(x.low);
                let kept = |range: super::DoubleRange| (!range.is_only_nan() || range.nan).then_some(range);
                [Some((a, kept(x).map(Range::Double))), Some((b, kept(y).map(Range::Double)))]
            }
            _ => [None, None],
        }
    }
}

/// The masks that have to be so for `inst` to give `truth`.
fn parts(inst: &Inst, truth: bool) -> [Option<(M, Truth)>; 2] {
    let (yes, no) = (Truth::Always, Truth::Never);
    match (*inst, truth) {
        (Inst::And { a, b, .. }, true) => [Some((a, yes)), Some((b, yes))],
        (Inst::AndNot { a, b, .. }, true) => [Some((a, yes)), Some((b, no))],
        (Inst::Or { a, b, .. }, false) => [Some((a, no)), Some((b, no))],
        (Inst::OrNot { a, b, .. }, false) => [Some((a, no)), Some((b, yes))],
        (Inst::Not { a, .. }, truth) => [Some((a, if truth { no } else { yes })), None],
        _ => [None, None],
    }
}

/// A range without the only value of another one, where that is at its end.
fn without(range: Range, other: Range) -> Option<Range> {
    match (range, other) {
        (Range::Integer(range), Range::Integer(other)) => {
            let (mut low, mut high) = (range.low, range.high);
            if other.exact() == Some(low) {
                low = low.checked_add(1)?;
            }
            if other.exact() == Some(high) {
                high = high.checked_sub(1)?;
            }
            Interval::between(low, high).map(Range::Integer)
        }
        _ => Some(range),
    }
}
