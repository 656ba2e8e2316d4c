//! How what is known prints.

use std::fmt;

use super::{Bounds, Check, DoubleRange, Interval, Range, State, Truth};
use crate::kernel::{Inst, M, OperandRef, Role, V};

/// `3`, or `-1 to 7`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            Some(value) => write!(f, "{value}"),
            None => write!(f, "{} to {}", self.low, self.high),
        }
    }
}

impl fmt::Display for DoubleRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_only_nan() {
            return f.write_str("NaN");
        }
        match self.low == self.high {
            true => write!(f, "{:?}", self.low)?,
            false => write!(f, "{:?} to {:?}", self.low, self.high)?,
        }
        if self.nan { f.write_str(" or NaN") } else { Ok(()) }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Integer(interval) => interval.fmt(f),
            Range::Double(range) => range.fmt(f),
        }
    }
}

/// Of a column: `1 to 7, no NULLs`.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.range.fmt(f)?;
        match self.valid {
            Truth::Unknown => Ok(()),
            Truth::Always => f.write_str(", no NULLs"),
            Truth::Never => f.write_str(", only NULLs"),
        }
    }
}

impl State<'_> {
    /// What is known of a value register: its lane, and its range where that is less than the lane.
    pub(crate) fn value_text(&self, register: V) -> String {
        let lane = self.kernel.values[register.index()];
        let range = self.known.values[register.index()];
        if range == Range::of_lane(lane) {
            return format!("{register}:{}", lane.name());
        }
        format!("{register}:{} {range}", lane.name())
    }

    /// What is known of a mask register.
    pub(crate) fn mask_text(&self, register: M) -> String {
        match self.truth(register) {
            Truth::Unknown => register.to_string(),
            Truth::Always => format!("{register} true"),
            Truth::Never => format!("{register} false"),
        }
    }
}

impl State<'_> {
    /// Goes on by the kernel's instruction at `index`, and says what is known now and was not before.
    pub(crate) fn step_with_text(&mut self, index: usize) -> String {
        let (values, masks) = (self.known.values.clone(), self.known.masks.clone());
        self.step(index);
        let mut texts = Vec::new();
        self.kernel.code[index].operands(|role, operand| match (role, operand) {
            (Role::Def, OperandRef::V(register)) => texts.push(self.value_text(register)),
            (Role::Def, OperandRef::M(register)) => texts.push(self.mask_text(register)),
            _ => {}
        });
        if texts.is_empty() {
            let registers = (0..).map(V).take(values.len());
            let changed = registers.filter(|register| values[register.index()] != self.known.values[register.index()]);
            texts.extend(changed.map(|register| self.value_text(register)));
            let registers = (0..).map(M).take(masks.len());
            let changed = registers.filter(|register| masks[register.index()] != self.known.masks[register.index()]);
            texts.extend(changed.map(|register| self.mask_text(register)));
        }
        if self.ended {
            texts.push("no row left".to_owned());
        }
        texts.join(", ")
    }

    /// What is known of the check of the kernel's instruction at `index`, before it; nothing of what checks nothing.
    pub(crate) fn check_text(&self, index: usize) -> Option<String> {
        let inst = &self.kernel.code[index];
        if let Inst::Need { mask } = *inst {
            return match self.truth(mask) {
                Truth::Unknown => None,
                Truth::Always => Some("always true".to_owned()),
                Truth::Never => Some("always false".to_owned()),
            };
        }
        Some(match self.check(inst)? {
            Check::MayFail => "may fail".to_owned(),
            Check::Within(range) => format!("cannot fail: {} {range}", self.looked_at(inst)),
            Check::Idle => "cannot fail: no row is guarded".to_owned(),
        })
    }

    /// What the range is of by which a check cannot fail.
    fn looked_at(&self, inst: &Inst) -> String {
        match *inst {
            Inst::DivChecked { b, .. } | Inst::RemChecked { b, .. } => b.to_string(),
            Inst::Range { a, .. } => a.to_string(),
            Inst::ToInteger { a, .. } | Inst::Call1 { a, .. } => a.to_string(),
            _ => "result".to_owned(),
        }
    }
}
