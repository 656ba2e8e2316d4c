//! Arithmetic, conversions, comparisons and calls while building.

use super::{KernelBuilder, Logic};
use crate::kernel::{Comparison, Helper, Inst, M, Operand, Pool, PoolSource, Table, V};
use crate::types::Lane;

/// A checked operation of two operands.
macro_rules! checked {
    ($($(#[$doc:meta])* $name:ident $inst:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, lane: Lane, a: Operand, b: Operand, guard: Logic) -> Operand {
            if guard == Logic::False {
                return self.arbitrary(lane);
            }
            let guard = self.register(guard);
            self.value(lane, Inst::$inst { lane, dst: V(0), a, b, guard })
        })*
    };
}

/// An operation of two operands that cannot fail.
macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident $inst:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, lane: Lane, a: Operand, b: Operand) -> Operand {
            self.value(lane, Inst::$inst { lane, dst: V(0), a, b })
        })*
    };
}

/// An operation of one f64.
macro_rules! double {
    ($($(#[$doc:meta])* $name:ident $inst:ident;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, a: Operand) -> Operand {
            self.value(Lane::F64, Inst::$inst { dst: V(0), a })
        })*
    };
}

impl KernelBuilder {
    plain! {
        /// a + b; integers wrap.
        add Add;
        /// a - b; integers wrap.
        sub Sub;
        /// a * b; integers wrap.
        mul Mul;
        /// The smaller of a and b; NaN is the largest of all.
        min Min;
        /// The larger of a and b; NaN is the largest of all.
        max Max;
    }

    checked! {
        /// a + b of integers; traps on overflow where `guard`.
        add_checked AddChecked;
        /// a - b of integers; traps on overflow where `guard`.
        sub_checked SubChecked;
        /// a * b of integers; traps on overflow where `guard`.
        mul_checked MulChecked;
        /// a / b of integers, truncated; traps on b = 0 and on overflow where `guard`.
        div_checked DivChecked;
        /// The remainder of a / b of integers, with the sign of a; traps on b = 0 where `guard`.
        rem_checked RemChecked;
    }

    double! {
        /// -a of f64.
        neg Neg;
        /// |a| of f64.
        abs Abs;
        /// a rounded to 32 bits, in f64.
        round_f32 RoundF32;
    }

    /// a / b of f64, by IEEE 754.
    pub fn div(&mut self, a: Operand, b: Operand) -> Operand {
        self.value(Lane::F64, Inst::Div { dst: V(0), a, b })
    }

    /// The remainder of a / b of f64, with the sign of a.
    pub fn rem(&mut self, a: Operand, b: Operand) -> Operand {
        self.value(Lane::F64, Inst::Rem { dst: V(0), a, b })
    }

    /// a divided by a positive constant, rounded half away from zero.
    pub fn div_round(&mut self, lane: Lane, a: Operand, divisor: i128) -> Operand {
        if divisor == 1 {
            return a;
        }
        let b = self.pool_number(lane, divisor);
        self.value(lane, Inst::DivRound { lane, dst: V(0), a, b })
    }

    /// Traps where a is below `low` or above `high` and `guard`.
    pub fn range(&mut self, lane: Lane, a: Operand, low: i128, high: i128, guard: Logic) {
        if guard == Logic::False {
            return;
        }
        let (low, high) = (self.pool_number(lane, low), self.pool_number(lane, high));
        let guard = self.register(guard);
        let a = match a {
            Operand::Reg(register) => register,
            Operand::Const(value) => self.constant_register(lane, value),
        };
        let inst = Inst::Range { lane, a, low, high, guard };
        if self.known.insert(inst, 0).is_none() {
            self.emit(inst);
        }
    }

    /// a in a wider integer lane or in f64; a itself where it is there already.
    pub fn widen(&mut self, from: Lane, to: Lane, a: Operand) -> Operand {
        if from == to {
            return a;
        }
        match self.pool_entry(a).map(|entry| entry.source) {
            Some(PoolSource::Integer(value)) if to == Lane::F64 => self.double(value as f64),
            Some(PoolSource::Integer(value)) => self.integer(to, value),
            Some(PoolSource::Parameter(number)) => self.parameter(to, number),
            Some(PoolSource::Double(_)) | None => self.value(to, Inst::Widen { from, to, dst: V(0), a }),
        }
    }

    /// The low bits of a in a narrower integer lane; a itself where it is there already.
    pub fn narrow(&mut self, from: Lane, to: Lane, a: Operand) -> Operand {
        if from == to { a } else { self.value(to, Inst::Narrow { from, to, dst: V(0), a }) }
    }

    /// f64 to an integer lane, rounded half to even; traps on NaN and beyond the lane where `guard`.
    pub fn to_integer(&mut self, to: Lane, a: Operand, guard: Logic) -> Operand {
        if guard == Logic::False {
            return self.arbitrary(to);
        }
        let guard = self.register(guard);
        self.value(to, Inst::ToInteger { to, dst: V(0), a, guard })
    }

    /// Compares two values of a lane.
    pub fn compare(&mut self, comparison: Comparison, lane: Lane, a: Operand, b: Operand) -> Logic {
        let dst = M(0);
        self.mask(match comparison {
            Comparison::Equal => Inst::Eq { lane, dst, a, b },
            Comparison::NotEqual => Inst::Ne { lane, dst, a, b },
            Comparison::Less => Inst::Lt { lane, dst, a, b },
            Comparison::LessEqual => Inst::Le { lane, dst, a, b },
            Comparison::Greater => Inst::Gt { lane, dst, a, b },
            Comparison::GreaterEqual => Inst::Ge { lane, dst, a, b },
        })
    }

    /// a where `condition`, else b.
    pub fn select(&mut self, lane: Lane, condition: Logic, a: Operand, b: Operand) -> Operand {
        match condition {
            Logic::True => a,
            Logic::False => b,
            Logic::Mask(_) if a == b => a,
            Logic::Mask(mask) => self.value(lane, Inst::Select { lane, dst: V(0), mask, a, b }),
        }
    }

    /// Entry `a`, of lane i32, of a table of that lane; 0 where it has no such entry.
    pub fn look_up(&mut self, lane: Lane, table: Table, a: Operand) -> Operand {
        self.value(lane, Inst::Lut { lane, dst: V(0), table, a })
    }

    /// Entry `a`, of lane i32, of a table of truth values; false where it has no such entry.
    pub fn test_bit(&mut self, table: Table, a: Operand) -> Logic {
        self.mask(Inst::TestBit { dst: M(0), table, a })
    }

    /// Whether `a`, of an integer lane of up to 64 bits, may be among the keys of a table.
    pub fn might_contain(&mut self, lane: Lane, table: Table, a: Operand) -> Logic {
        self.mask(Inst::MightContain { lane, dst: M(0), table, a })
    }

    /// Calls a helper with one or two arguments; traps where it is bad and `guard`.
    pub fn call(&mut self, helper: Helper, arguments: &[Operand], guard: Logic) -> Operand {
        let (_, lane) = helper.signature();
        if guard == Logic::False {
            return self.arbitrary(lane);
        }
        // Without a failure to guard, calls differ by their arguments alone.
        let guard = if helper.may_fail() { guard } else { Logic::True };
        let guard = self.register(guard);
        self.value(
            lane,
            match *arguments {
                [a] => Inst::Call1 { helper, dst: V(0), a, guard },
                [a, b] => Inst::Call2 { helper, dst: V(0), a, b, guard },
                _ => unreachable!("helpers take one or two arguments"),
            },
        )
    }

    /// A value that nobody looks at.
    fn arbitrary(&mut self, lane: Lane) -> Operand {
        if lane == Lane::F64 { self.double(0.0) } else { self.integer(lane, 0) }
    }

    fn pool_number(&mut self, lane: Lane, value: i128) -> Pool {
        match self.integer(lane, value) {
            Operand::Const(entry) => entry,
            Operand::Reg(_) => unreachable!("constants are pool entries"),
        }
    }
}
