//! Truth values while building: constants are folded away, so that a column without NULLs costs no masks.

use super::KernelBuilder;
use crate::kernel::{Comparison, Inst, M};

/// A truth value for each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Logic {
    /// True for every row.
    True,
    /// False for every row.
    False,
    /// A register.
    Mask(M),
}

impl KernelBuilder {
    /// a and b.
    pub fn and(&mut self, a: Logic, b: Logic) -> Logic {
        match (a, b) {
            (Logic::False, _) | (_, Logic::False) => Logic::False,
            (Logic::True, other) | (other, Logic::True) => other,
            (Logic::Mask(x), Logic::Mask(y)) if x == y => a,
            (Logic::Mask(x), Logic::Mask(y)) => match (self.negated(x), self.negated(y)) {
                (Some(x), _) if x == y => Logic::False,
                (_, Some(y)) if x == y => Logic::False,
                (_, Some(y)) => self.mask(Inst::AndNot { dst: M(0), a: x, b: y }),
                (Some(x), None) => self.mask(Inst::AndNot { dst: M(0), a: y, b: x }),
                (None, None) => self.mask(Inst::And { dst: M(0), a: x.min(y), b: x.max(y) }),
            },
        }
    }

    /// a or b.
    pub fn or(&mut self, a: Logic, b: Logic) -> Logic {
        match (a, b) {
            (Logic::True, _) | (_, Logic::True) => Logic::True,
            (Logic::False, other) | (other, Logic::False) => other,
            (Logic::Mask(x), Logic::Mask(y)) if x == y => a,
            (Logic::Mask(x), Logic::Mask(y)) => match (self.negated(x), self.negated(y)) {
                (Some(x), _) if x == y => Logic::True,
                (_, Some(y)) if x == y => Logic::True,
                (_, Some(y)) => self.mask(Inst::OrNot { dst: M(0), a: x, b: y }),
                (Some(x), None) => self.mask(Inst::OrNot { dst: M(0), a: y, b: x }),
                (None, None) => self.mask(Inst::Or { dst: M(0), a: x.min(y), b: x.max(y) }),
            },
        }
    }

    /// not a.
    pub fn not(&mut self, a: Logic) -> Logic {
        match a {
            Logic::True => Logic::False,
            Logic::False => Logic::True,
            Logic::Mask(x) => match self.negated(x) {
                Some(positive) => Logic::Mask(positive),
                None => self.mask(Inst::Not { dst: M(0), a: x }),
            },
        }
    }

    /// a and not b.
    pub fn and_not(&mut self, a: Logic, b: Logic) -> Logic {
        match (a, b) {
            (Logic::Mask(x), Logic::Mask(y)) if x != y && self.negated(y).is_none() => {
                self.mask(Inst::AndNot { dst: M(0), a: x, b: y })
            }
            (Logic::Mask(x), Logic::Mask(y)) if x == y => Logic::False,
            (Logic::False, _) | (_, Logic::True) => Logic::False,
            _ => {
                let not_b = self.not(b);
                self.and(a, not_b)
            }
        }
    }

    /// a or not b.
    pub fn or_not(&mut self, a: Logic, b: Logic) -> Logic {
        match (a, b) {
            (Logic::Mask(x), Logic::Mask(y)) if x != y && self.negated(y).is_none() => {
                self.mask(Inst::OrNot { dst: M(0), a: x, b: y })
            }
            (Logic::Mask(x), Logic::Mask(y)) if x == y => Logic::True,
            (Logic::True, _) | (_, Logic::False) => Logic::True,
            _ => {
                let not_b = self.not(b);
                self.or(a, not_b)
            }
        }
    }

    /// One of a and b, not both.
    pub fn xor(&mut self, a: Logic, b: Logic) -> Logic {
        match (a, b) {
            (Logic::False, other) | (other, Logic::False) => other,
            (Logic::True, other) | (other, Logic::True) => self.not(other),
            (Logic::Mask(x), Logic::Mask(y)) if x == y => Logic::False,
            (Logic::Mask(x), Logic::Mask(y)) => self.mask(Inst::Xor { dst: M(0), a: x.min(y), b: x.max(y) }),
        }
    }

    /// `a` where `condition`, else `b`.
    pub fn select_mask(&mut self, condition: Logic, a: Logic, b: Logic) -> Logic {
        match condition {
            Logic::True => return a,
            Logic::False => return b,
            Logic::Mask(_) if a == b => return a,
            Logic::Mask(_) => {}
        }
        let first = self.and(condition, a);
        let second = self.and_not(b, condition);
        self.or(first, second)
    }

    /// A comparison of truth values, of which false is the smaller.
    pub fn compare_logic(&mut self, comparison: Comparison, a: Logic, b: Logic) -> Logic {
        match comparison {
            Comparison::Equal => {
                let differ = self.xor(a, b);
                self.not(differ)
            }
            Comparison::NotEqual => self.xor(a, b),
            Comparison::Less => self.and_not(b, a),
            Comparison::LessEqual => self.or_not(b, a),
            Comparison::Greater => self.and_not(a, b),
            Comparison::GreaterEqual => self.or_not(a, b),
        }
    }

    /// A mask register for it.
    pub fn register(&mut self, logic: Logic) -> M {
        let logic = match logic {
            Logic::True => self.mask(Inst::True { dst: M(0) }),
            Logic::False => self.mask(Inst::False { dst: M(0) }),
            mask @ Logic::Mask(_) => mask,
        };
        match logic {
            Logic::Mask(register) => register,
            Logic::True | Logic::False => unreachable!("constants were given a register above"),
        }
    }

    /// What a mask register is the negation of.
    fn negated(&self, register: M) -> Option<M> {
        match self.mask_origin.get(register.index()) {
            Some(Inst::Not { a, .. }) => Some(*a),
            _ => None,
        }
    }
}
