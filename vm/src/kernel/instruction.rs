//! The instruction set of kernels, in one table.
//!
//! A row of the table is documentation, mnemonic and typed operands. The enum, its listing, the visits of operands
//! by verifier, liveness and register allocation, and the reference page all come from it. By convention a field
//! named `dst` is written, every other register is read.

use std::fmt;

use crate::codec::{coded_enum, coded_index};
use crate::types::{Form, Lane};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u16);

        impl $name {
            /// As an index into what it numbers.
            #[inline]
            pub fn index(self) -> usize {
                self.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        coded_index! { $name $prefix }
    };
}

index!(/** A register that holds a value of one lane for each row. */ V, "v");
index!(/** A register that holds a truth value for each row. */ M, "m");
index!(/** An input column of the kernel. */ Input, "c");
index!(/** An output column of the kernel. */ Output, "o");
index!(/** A constant or parameter in the kernel's pool. */ Pool, "#");
index!(/** A table whose entries are looked up by number. */ Table, "t");
index!(/** An accumulator that lives as long as the statement. */ Acc, "a");

coded_enum! {
    Operand { Reg(register), Const(entry) }
}

/// Where an instruction takes a value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A register.
    Reg(V),
    /// The pool: the same value for every row. Constants are never immediates in machine code.
    Const(Pool),
}

impl From<V> for Operand {
    fn from(register: V) -> Operand {
        Operand::Reg(register)
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Reg(register) => register.fmt(f),
            Operand::Const(constant) => constant.fmt(f),
        }
    }
}

/// An operand as verifier, liveness and listing see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant wraps the operand type of its name")]
pub enum OperandRef {
    V(V),
    M(M),
    Operand(Operand),
    Input(Input),
    Output(Output),
    Pool(Pool),
    Table(Table),
    Acc(Acc),
    Form(Form),
    Lane(Lane),
    Helper(Helper),
}

/// Whether an instruction writes or reads a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Written; each register is written once.
    Def,
    /// Read, or no register at all.
    Use,
}

macro_rules! operand_ref {
    ($($name:ident),*) => {
        $(impl From<$name> for OperandRef {
            fn from(operand: $name) -> OperandRef {
                OperandRef::$name(operand)
            }
        })*
    };
}
operand_ref!(V, M, Operand, Input, Output, Pool, Table, Acc, Form, Lane, Helper);

/// Gives registers and pool entries other numbers.
pub(crate) trait Renaming {
    /// The new number of a value register.
    fn value(&mut self, register: V) -> V;
    /// The new number of a mask register.
    fn mask(&mut self, register: M) -> M;
    /// The new number of a pool entry.
    fn pool(&mut self, entry: Pool) -> Pool;
}

/// An operand that a [`Renaming`] may change.
trait Renamed: Sized {
    fn renamed(self, renaming: &mut impl Renaming) -> Self;
}

macro_rules! renamed {
    ($($name:ident $operand:ident $renaming:ident => $new:expr;)*) => {
        $(impl Renamed for $name {
            #[inline]
            fn renamed(self, $renaming: &mut impl Renaming) -> $name {
                let $operand = self;
                $new
            }
        })*
    };
}
renamed! {
    V register renaming => renaming.value(register);
    M register renaming => renaming.mask(register);
    Pool entry renaming => renaming.pool(entry);
    Operand operand renaming => match operand {
        Operand::Reg(register) => Operand::Reg(renaming.value(register)),
        Operand::Const(entry) => Operand::Const(renaming.pool(entry)),
    };
    Input input _renaming => input;
    Output output _renaming => output;
    Table table _renaming => table;
    Acc acc _renaming => acc;
    Form form _renaming => form;
    Lane lane _renaming => lane;
    Helper helper _renaming => helper;
}

/// Gives the operands of an instruction that is read from text.
pub(super) trait Assemble {
    /// Whether it has operands of just these types.
    fn has(&self, types: &[&str]) -> bool;
    /// The next operand among registers and slots, without its prefix: `v3` is 3 of `v`.
    fn index(&mut self, prefix: &str) -> Option<u16>;
    /// Whether the next operand has a prefix.
    fn is(&self, prefix: &str) -> bool;
    /// The next of the words behind the mnemonic's dots.
    fn suffix(&mut self) -> Option<String>;
}

/// An operand that can be read from text.
trait Assembled: Sized {
    fn assembled(operands: &mut impl Assemble) -> Option<Self>;
}

macro_rules! assembled {
    ($($name:ident $operands:ident => $value:expr;)*) => {
        $(impl Assembled for $name {
            fn assembled($operands: &mut impl Assemble) -> Option<$name> {
                $value
            }
        })*
    };
}
assembled! {
    V operands => operands.index("v").map(V);
    M operands => operands.index("m").map(M);
    Input operands => operands.index("c").map(Input);
    Output operands => operands.index("o").map(Output);
    Pool operands => operands.index("#").map(Pool);
    Table operands => operands.index("t").map(Table);
    Acc operands => operands.index("a").map(Acc);
    Operand operands => {
        if operands.is("#") { Pool::assembled(operands).map(Operand::Const) } else { V::assembled(operands).map(Operand::Reg) }
    };
    Form operands => Form::from_name(&operands.suffix()?);
    Lane operands => Lane::from_name(&operands.suffix()?);
    Helper operands => {
        let name = operands.suffix()?;
        Helper::ALL.iter().copied().find(|helper| helper.name() == name)
    };
}

macro_rules! instructions {
    ($($(#[doc = $doc:literal])* $name:ident $mnemonic:literal { $($field:ident: $type:ident),* })*) => {
        /// One instruction of a kernel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "fields are named by their role: see the table's head")]
        pub enum Inst {
            $($(#[doc = $doc])* $name { $($field: $type),* },)*
        }

        coded_enum! {
            Inst { $($name { $($field),* }),* }
        }

        /// Name, documentation and operands of every instruction, in the table's order.
        pub const INSTRUCTIONS: &[InstructionInfo] = &[
            $(InstructionInfo {
                mnemonic: $mnemonic,
                doc: concat!($($doc, "\n"),*),
                operands: &[$((stringify!($field), stringify!($type))),*],
            },)*
        ];

        impl Inst {
            /// The operation's name, without the lane.
            pub fn mnemonic(&self) -> &'static str {
                match self {
                    $(Inst::$name { .. } => $mnemonic,)*
                }
            }

            /// The same instruction with other registers and pool entries.
            pub(crate) fn renamed(self, renaming: &mut impl Renaming) -> Inst {
                match self {
                    $(Inst::$name { $($field),* } => Inst::$name { $($field: $field.renamed(renaming)),* },)*
                }
            }

            /// Makes an instruction out of its mnemonic and what `operands` gives for each operand, in order.
            pub(super) fn assemble(mnemonic: &str, operands: &mut impl Assemble) -> Option<Inst> {
                $(if mnemonic == $mnemonic && operands.has(&[$(stringify!($type)),*]) {
                    return Some(Inst::$name { $($field: <$type as Assembled>::assembled(operands)?),* });
                })*
                None
            }

            /// Visits the operands in order, with what the instruction does to them.
            pub fn operands(&self, mut visit: impl FnMut(Role, OperandRef)) {
                match *self {
                    $(Inst::$name { $($field),* } => {
                        $(visit(
                            if stringify!($field) == "dst" { Role::Def } else { Role::Use },
                            OperandRef::from($field),
                        );)*
                    })*
                }
            }
        }
    };
}

/// A row of the table of instructions, for the reference page.
#[derive(Clone, Copy, Debug)]
pub struct InstructionInfo {
    /// The operation's name.
    pub mnemonic: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Field and type of each operand.
    pub operands: &'static [(&'static str, &'static str)],
}

instructions! {
    /// The values of an input column, widened to the form's lane.
    Load "ld" { form: Form, dst: V, input: Input }
    /// Which rows of an input column hold a value.
    LoadValid "ldvalid" { dst: M, input: Input }
    /// The values of a BOOLEAN input column.
    LoadBits "ldbits" { dst: M, input: Input }
    /// A register from the pool.
    Constant "const" { lane: Lane, dst: V, value: Pool }
    /// True for every row.
    True "true" { dst: M }
    /// False for every row.
    False "false" { dst: M }

    /// a + b; integers wrap.
    Add "add" { lane: Lane, dst: V, a: Operand, b: Operand }
    /// a - b; integers wrap.
    Sub "sub" { lane: Lane, dst: V, a: Operand, b: Operand }
    /// a * b; integers wrap.
    Mul "mul" { lane: Lane, dst: V, a: Operand, b: Operand }
    /// a / b in f64: IEEE 754, no trap.
    Div "div" { dst: V, a: Operand, b: Operand }
    /// Remainder of a / b in f64, with the sign of a; no trap.
    Rem "rem" { dst: V, a: Operand, b: Operand }
    /// a + b in an integer lane; traps on overflow where guarded.
    AddChecked "add?" { lane: Lane, dst: V, a: Operand, b: Operand, guard: M }
    /// a - b in an integer lane; traps on overflow where guarded.
    SubChecked "sub?" { lane: Lane, dst: V, a: Operand, b: Operand, guard: M }
    /// a * b in an integer lane; traps on overflow where guarded.
    MulChecked "mul?" { lane: Lane, dst: V, a: Operand, b: Operand, guard: M }
    /// a / b in an integer lane, truncated; traps on b = 0 and on overflow where guarded.
    DivChecked "div?" { lane: Lane, dst: V, a: Operand, b: Operand, guard: M }
    /// Remainder of a / b in an integer lane, with the sign of a; traps on b = 0 where guarded.
    RemChecked "rem?" { lane: Lane, dst: V, a: Operand, b: Operand, guard: M }
    /// a / b in an integer lane, rounded half away from zero; b is a positive constant. DECIMAL to a smaller scale.
    DivRound "divround" { lane: Lane, dst: V, a: Operand, b: Pool }
    /// Traps where a is below `low` or above `high` and guarded: the bounds of a narrower type.
    Range "range" { lane: Lane, a: V, low: Pool, high: Pool, guard: M }
    /// -a in f64.
    Neg "neg" { dst: V, a: Operand }
    /// |a| in f64.
    Abs "abs" { dst: V, a: Operand }
    /// The smaller of a and b; NaN is the largest of all.
    Min "min" { lane: Lane, dst: V, a: Operand, b: Operand }
    /// The larger of a and b; NaN is the largest of all.
    Max "max" { lane: Lane, dst: V, a: Operand, b: Operand }
    /// a rounded to 32 bits, in f64.
    RoundF32 "roundf32" { dst: V, a: Operand }

    /// a to a wider integer lane, or to f64: never fails.
    Widen "widen" { from: Lane, to: Lane, dst: V, a: Operand }
    /// a to a narrower integer lane, dropping high bits: a `range` before it makes that exact.
    Narrow "narrow" { from: Lane, to: Lane, dst: V, a: Operand }
    /// f64 to an integer lane, rounded half to even; traps on NaN and beyond the lane where guarded.
    ToInteger "toint" { to: Lane, dst: V, a: Operand, guard: M }

    /// a = b; NaN equals itself.
    Eq "eq" { lane: Lane, dst: M, a: Operand, b: Operand }
    /// a <> b.
    Ne "ne" { lane: Lane, dst: M, a: Operand, b: Operand }
    /// a < b; NaN is greater than every number.
    Lt "lt" { lane: Lane, dst: M, a: Operand, b: Operand }
    /// a <= b.
    Le "le" { lane: Lane, dst: M, a: Operand, b: Operand }
    /// a > b.
    Gt "gt" { lane: Lane, dst: M, a: Operand, b: Operand }
    /// a >= b.
    Ge "ge" { lane: Lane, dst: M, a: Operand, b: Operand }

    /// a and b.
    And "and" { dst: M, a: M, b: M }
    /// a or b.
    Or "or" { dst: M, a: M, b: M }
    /// a and not b.
    AndNot "andnot" { dst: M, a: M, b: M }
    /// a or not b.
    OrNot "ornot" { dst: M, a: M, b: M }
    /// One of a and b, not both.
    Xor "xor" { dst: M, a: M, b: M }
    /// not a.
    Not "not" { dst: M, a: M }
    /// a where `mask`, else b.
    Select "select" { lane: Lane, dst: V, mask: M, a: Operand, b: Operand }

    /// Entry a of a table, which is of the lane; 0 where the table has no such entry.
    Lut "lut" { lane: Lane, dst: V, table: Table, a: Operand }
    /// Entry a of a table of truth values; false where the table has no such entry.
    TestBit "testbit" { dst: M, table: Table, a: Operand }
    /// Whether a may be among a join's keys, which are a table: true for each of them, and for others where the keys lie
    /// far apart or too few rows would be dropped.
    MightContain "mightcontain" { lane: Lane, dst: M, table: Table, a: Operand }

    /// A helper of one argument.
    Call1 "call" { helper: Helper, dst: V, a: Operand, guard: M }
    /// A helper of two arguments.
    Call2 "call" { helper: Helper, dst: V, a: Operand, b: Operand, guard: M }

    /// Ends a row: where `mask` is false, later instructions see the row as inactive.
    Need "need" { mask: M }
    /// Writes an output column's values, for active rows, without gaps.
    Store "st" { lane: Lane, output: Output, a: Operand }
    /// Writes which rows of an output column hold a value.
    StoreValid "stvalid" { output: Output, a: M }
    /// Writes the values of a BOOLEAN output column.
    StoreBits "stbits" { output: Output, a: M }

    /// A digit more for the number of a row's group: `number` times as many as there are, and behind it the place of a
    /// in `low..=high` where `valid`, else the place behind those, which is NULL's. -1 where a is not in there, or
    /// `number` is negative.
    Digit "digit" { lane: Lane, dst: V, number: Operand, a: Operand, low: Pool, high: Pool, valid: M }
    /// Says which group each row is of, by a number made of digits: accumulators are those of the row's group.
    /// No active row's number may be -1.
    Group "group" { a: V }
    /// Counts active rows where `mask`.
    Count "count" { acc: Acc, mask: M }
    /// Adds a for active rows where `mask`; integers exactly (128 bits), f64 in bins, so that order does not matter.
    Sum "sum" { lane: Lane, acc: Acc, a: Operand, mask: M }
    /// Keeps the smallest a of active rows where `mask`.
    AccMin "accmin" { lane: Lane, acc: Acc, a: Operand, mask: M }
    /// Keeps the largest a of active rows where `mask`.
    AccMax "accmax" { lane: Lane, acc: Acc, a: Operand, mask: M }
}

macro_rules! helpers {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal ($($argument:ident),*) -> $result:ident;)*) => {
        /// A function that kernels may call: pure, total over (value, bad), the same in every tier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Helper {
            $($(#[doc = $doc])* $name,)*
        }

        coded_enum! {
            Helper { $($name),* }
        }

        impl Helper {
            /// Every helper, in the table's order.
            pub const ALL: &[Helper] = &[$(Helper::$name,)*];

            /// As it prints behind `call`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Helper::$name => $text,)*
                }
            }

            /// The lanes of its arguments and of its result.
            pub fn signature(self) -> (&'static [Lane], Lane) {
                match self {
                    $(Helper::$name => (&[$(Lane::$argument),*], Lane::$result),)*
                }
            }
        }
    };
}

helpers! {
    /// Square root; NaN below zero (the caller guards where SQL wants an error).
    Sqrt "sqrt" (F64) -> F64;
    /// Largest integer not above.
    Floor "floor" (F64) -> F64;
    /// Smallest integer not below.
    Ceil "ceil" (F64) -> F64;
    /// Nearest integer, half away from zero.
    Round "round" (F64) -> F64;
    /// Towards zero.
    Trunc "trunc" (F64) -> F64;
    /// e to the power of a.
    Exp "exp" (F64) -> F64;
    /// Natural logarithm; bad for zero and below.
    Ln "ln" (F64) -> F64;
    /// Logarithm to base 10; bad for zero and below.
    Log10 "log10" (F64) -> F64;
    /// Logarithm to base 2; bad for zero and below.
    Log2 "log2" (F64) -> F64;
    /// a to the power of b.
    Pow "pow" (F64, F64) -> F64;
    /// Sine.
    Sin "sin" (F64) -> F64;
    /// Cosine.
    Cos "cos" (F64) -> F64;
    /// Tangent.
    Tan "tan" (F64) -> F64;
    /// Arc sine.
    Asin "asin" (F64) -> F64;
    /// Arc cosine.
    Acos "acos" (F64) -> F64;
    /// Arc tangent.
    Atan "atan" (F64) -> F64;
    /// Arc tangent of a / b, by quadrant.
    Atan2 "atan2" (F64, F64) -> F64;
    /// Cube root.
    Cbrt "cbrt" (F64) -> F64;

    /// A part of a date; the second argument is the part's number in [`crate::semantics::DatePart`].
    DatePart "date_part" (I32, I32) -> I64;
    /// A part of a timestamp in microseconds.
    TimestampPart "timestamp_part" (I64, I32) -> I64;
    /// A date plus months; the day is cut to the month's length; bad beyond the range.
    DateAddMonths "date_add_months" (I32, I32) -> I32;
    /// A timestamp in microseconds plus months; bad beyond the range.
    TimestampAddMonths "timestamp_add_months" (I64, I32) -> I64;
    /// The start of a date's year, quarter, month, week …
    DateTrunc "date_trunc" (I32, I32) -> I32;
    /// The start of a timestamp's year, quarter, month, week, day, hour …
    TimestampTrunc "timestamp_trunc" (I64, I32) -> I64;
}

impl Helper {
    /// Whether it can be bad.
    pub fn may_fail(self) -> bool {
        match self {
            Helper::Sqrt
            | Helper::Floor
            | Helper::Ceil
            | Helper::Round
            | Helper::Trunc
            | Helper::Exp
            | Helper::Pow
            | Helper::Sin
            | Helper::Cos
            | Helper::Tan
            | Helper::Asin
            | Helper::Acos
            | Helper::Atan
            | Helper::Atan2
            | Helper::Cbrt => false,
            Helper::Ln
            | Helper::Log10
            | Helper::Log2
            | Helper::DatePart
            | Helper::TimestampPart
            | Helper::DateAddMonths
            | Helper::TimestampAddMonths
            | Helper::DateTrunc
            | Helper::TimestampTrunc => true,
        }
    }
}

impl fmt::Display for Helper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
