//! What the compiler knows of a kernel's registers before it emits: how each can be held in the machine's registers.

use crate::jit::cost::has_emitter;
use crate::kernel::abstract_state::{self, Bounds, Interval, Truth};
use crate::kernel::groups::GroupPlan;
use crate::kernel::verified::LastUses;
use crate::kernel::{Inst, Kernel, M, Operand, V};
use crate::types::{Form, Lane};

/// Largest magnitude, in bits, of summands of which a tile's sum fits 64 bits: a tile has 2^9 rows.
pub(super) const SUMMAND_BITS: u32 = 64 - 9;

/// How the values of eight rows are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Repr {
    /// 32-bit integers in one register, in the rows' order.
    Narrow,
    /// 64-bit integers in two registers: rows 0, 1, 4, 5 in the first, 2, 3, 6, 7 in the second. In this order one
    /// instruction a register goes from 32 bits to 64 and back, and nothing crosses the halves of a register.
    Wide,
    /// Doubles in two registers, in the same order.
    Double,
}

/// What may be bad of a division of 32 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hazards {
    /// The divisor may be 0.
    pub(super) zero: bool,
    /// The least of all numbers may be divided by -1.
    pub(super) overflow: bool,
}

impl Hazards {
    pub(super) fn any(self) -> bool {
        self.zero || self.overflow
    }
}

/// What is known of every register.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    kernel: &'a Kernel,
    known: abstract_state::Facts,
    /// What each value register is another name for, if it is.
    aliases: Vec<Option<Operand>>,
    /// By position in the order in which the kernel is compiled.
    last: LastUses,
    /// How accumulators lie in memory, if they are those of groups.
    groups: Option<&'a GroupPlan>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(kernel: &'a Kernel, proof: &[Option<Bounds>], groups: Option<&'a GroupPlan>) -> Facts<'a> {
        let mut facts = Facts {
            kernel,
            known: abstract_state::Facts::of(kernel, proof),
            aliases: vec![None; kernel.values.len()],
            last: LastUses::default(),
            groups,
        };
        for inst in &kernel.code {
            if let Some((dst, original)) = facts.find_alias(inst) {
                facts.aliases[dst.index()] = Some(original);
            }
        }
        facts
    }

    /// The same of the kernel with its instructions in the order in which they are compiled: each register is still
    /// written behind the same tests, so that what is known of it holds.
    pub(super) fn of_reordered<'b>(self, kernel: &'b Kernel) -> Facts<'b>
    where
        'a: 'b,
    {
        Facts { kernel, last: LastUses::of(kernel, |at| at), ..self }
    }

    /// The register that is only another name for an operand: a constant, or the same integer in another lane.
    fn find_alias(&self, inst: &Inst) -> Option<(V, Operand)> {
        match *inst {
            Inst::Constant { dst, value, .. } => Some((dst, Operand::Const(value))),
            Inst::Widen { to: Lane::F64, .. } => None,
            Inst::Widen { dst, a, .. } => Some((dst, a)),
            Inst::Narrow { dst, a, to, .. } => {
                let fits = self.interval(a)?.within(Interval::of_lane(to)?);
                fits.then_some((dst, a))
            }
            _ => None,
        }
    }

    /// Whether an instruction at or behind a position reads a value register.
    pub(super) fn is_value_read_from(&self, register: V, position: usize) -> bool {
        self.last.values[register.index()] >= position
    }

    /// Whether an instruction at or behind a position reads a mask register.
    pub(super) fn is_mask_read_from(&self, register: M, position: usize) -> bool {
        self.last.masks[register.index()] >= position
    }

    pub(super) fn kernel(&self) -> &'a Kernel {
        self.kernel
    }

    pub(super) fn groups(&self) -> Option<&'a GroupPlan> {
        self.groups
    }

    /// What a register is another name for, by the instruction that writes it.
    pub(super) fn alias(&self, register: V) -> Option<Operand> {
        self.aliases[register.index()]
    }

    pub(super) fn interval(&self, operand: Operand) -> Option<Interval> {
        self.known.interval(self.kernel, operand)
    }

    /// Whether a mask is true for every active row.
    pub(super) fn is_true(&self, mask: M) -> bool {
        self.known.truth(mask) == Truth::Always
    }

    /// How a value is held; `None` if it does not fit 64 bits.
    pub(super) fn repr(&self, operand: Operand) -> Option<Repr> {
        if self.lane(operand) == Lane::F64 {
            return Some(Repr::Double);
        }
        match self.interval(operand)? {
            interval if interval.fits(32) => Some(Repr::Narrow),
            interval if interval.fits(64) => Some(Repr::Wide),
            _ => None,
        }
    }

    /// How any value of a register's lane is held.
    fn repr_of_lane(&self, register: V) -> Option<Repr> {
        match self.kernel.values[register.index()] {
            Lane::I32 => Some(Repr::Narrow),
            Lane::I64 => Some(Repr::Wide),
            Lane::F64 => Some(Repr::Double),
            Lane::I128 | Lane::Mask => None,
        }
    }

    fn lane(&self, operand: Operand) -> Lane {
        match operand {
            Operand::Reg(register) => self.kernel.values[register.index()],
            Operand::Const(entry) => self.kernel.pool[entry.index()].lane,
        }
    }

    /// The wider of the ways in which two integers are held.
    pub(super) fn common(&self, a: Operand, b: Operand) -> Option<Repr> {
        Some(self.repr(a)?.max(self.repr(b)?))
    }

    /// The value of a constant that is no parameter.
    pub(super) fn exact(&self, operand: Operand) -> Option<i128> {
        let interval = self.interval(operand).filter(|interval| interval.low == interval.high);
        interval.map(|interval| interval.low)
    }

    /// Whether machine code is emitted for an instruction: it has an emitter that takes its operands.
    pub(super) fn supports(&self, inst: &Inst) -> bool {
        if !has_emitter(inst) {
            return false;
        }
        let all = |operands: &[Operand]| operands.iter().all(|operand| self.repr(*operand).is_some());
        match *inst {
            Inst::Load { form, .. } => form != Form::I128,
            Inst::Lut { dst, a, .. } => self.repr(dst.into()) == self.repr_of_lane(dst) && all(&[dst.into(), a]),
            Inst::TestBit { a, .. } => self.repr(a) == Some(Repr::Narrow),
            Inst::MightContain { a, .. } => all(&[a]),
            Inst::Digit { dst, number, a, .. } => {
                [dst.into(), number, a].iter().all(|operand| self.repr(*operand) == Some(Repr::Narrow))
            }
            Inst::Constant { dst, .. } => all(&[dst.into()]),
            Inst::Add { dst, a, b, .. }
            | Inst::Sub { dst, a, b, .. }
            | Inst::Mul { dst, a, b, .. }
            | Inst::AddChecked { dst, a, b, .. }
            | Inst::SubChecked { dst, a, b, .. }
            | Inst::MulChecked { dst, a, b, .. }
            | Inst::Select { dst, a, b, .. }
            | Inst::Min { dst, a, b, .. }
            | Inst::Max { dst, a, b, .. }
            | Inst::Div { dst, a, b } => all(&[dst.into(), a, b]),
            Inst::DivChecked { dst, a, b, .. } | Inst::RemChecked { dst, a, b, .. } => {
                // In doubles, which hold 32 bits exactly. The least of them by -1 has more.
                self.repr(dst.into()) == Some(Repr::Narrow) && self.common(a, b) == Some(Repr::Narrow)
            }
            Inst::ToInteger { dst, a, .. } => all(&[dst.into(), a]),
            Inst::Range { a, low, high, .. } => {
                all(&[a.into(), Operand::Const(low), Operand::Const(high)]) || self.in_range(inst)
            }
            Inst::Widen { to: Lane::F64, a, .. } => {
                self.repr(a) == Some(Repr::Narrow) || self.interval(a).is_some_and(|a| a.fits(52))
            }
            Inst::Widen { dst, a, .. } | Inst::Narrow { dst, a, .. } => all(&[dst.into(), a]),
            Inst::Eq { a, b, .. }
            | Inst::Ne { a, b, .. }
            | Inst::Lt { a, b, .. }
            | Inst::Le { a, b, .. }
            | Inst::Gt { a, b, .. }
            | Inst::Ge { a, b, .. } => all(&[a, b]),
            // Sums in bins have splitters of their own in each group.
            Inst::Sum { lane, a, .. } => all(&[a]) && (lane != Lane::F64 || self.groups.is_none()),
            Inst::AccMin { a, .. } | Inst::AccMax { a, .. } => all(&[a]),
            // The others take any operands.
            _ => true,
        }
    }

    /// Whether a `range` is known to hold.
    pub(super) fn in_range(&self, inst: &Inst) -> bool {
        let Inst::Range { a, low, high, .. } = *inst else { return false };
        let bound = |entry| self.exact(Operand::Const(entry));
        match (self.interval(a.into()), bound(low), bound(high)) {
            (Some(interval), Some(low), Some(high)) => interval.within(Interval { low, high }),
            _ => false,
        }
    }

    /// Whether an instruction is tested while it runs: it may be that it traps.
    pub(super) fn is_checked(&self, inst: &Inst) -> bool {
        match *inst {
            Inst::Group { a } => {
                let domain = self.groups.map_or(0, |groups| groups.domain as i128);
                !self.interval(a.into()).is_some_and(|number| number.within(Interval { low: 0, high: domain - 1 }))
            }
            Inst::AddChecked { lane, a, b, .. } => !self.stays(lane, a, b, i128::checked_add),
            Inst::SubChecked { lane, a, b, .. } => !self.stays(lane, a, b, i128::checked_sub),
            Inst::MulChecked { lane, a, b, .. } => !self.stays(lane, a, b, i128::checked_mul),
            Inst::Range { .. } => !self.in_range(inst),
            Inst::ToInteger { .. } => true,
            _ => self.hazards(inst).any(),
        }
    }

    /// What may be bad of a division.
    pub(super) fn hazards(&self, inst: &Inst) -> Hazards {
        let (a, b, overflows) = match *inst {
            Inst::DivChecked { a, b, .. } => (a, b, true),
            Inst::RemChecked { a, b, .. } => (a, b, false),
            _ => return Hazards::default(),
        };
        let may_be = |operand, value: i128| self.interval(operand).is_none_or(|interval| interval.contains(value));
        Hazards { zero: may_be(b, 0), overflow: overflows && may_be(b, -1) && may_be(a, i32::MIN.into()) }
    }

    /// Whether what a function makes of two operands is within a lane: at the corners, hence between them.
    fn stays(&self, lane: Lane, a: Operand, b: Operand, function: fn(i128, i128) -> Option<i128>) -> bool {
        let (Some(a), Some(b), Some(lane)) = (self.interval(a), self.interval(b), Interval::of_lane(lane)) else {
            return false;
        };
        a.corners(b, function).is_some_and(|result| result.within(lane))
    }
}
