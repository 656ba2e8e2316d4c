//! Kernels: typed straight lines over the rows of a batch.
//!
//! No jumps, no NULL, no memory but declared slots; the cost is the length. A nullable column is two inputs, values
//! and validity; three-valued logic has become mask arithmetic before it arrives here. What can fail takes a guard
//! and fails only for rows that are guarded and active.
//!
//! Rows that are still active at the end are the kernel's output: its columns are written without gaps, and their
//! row numbers are its selection, by which columns that were only carried along are gathered later.

pub(crate) mod abstract_state;
pub(crate) mod accumulator;
mod assemble;
mod builder;
mod codec;
pub(crate) mod grouped;
pub(crate) mod groups;
mod instruction;
pub(crate) mod interpret;
pub mod limits;
mod listing;
pub(crate) mod narrow;
mod parse;
pub(crate) mod reference;
mod state_line;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod verified;
mod verify;

pub use accumulator::Accumulator;
pub use assemble::{KernelVerdict, verify_text};
pub use builder::{KernelBuilder, Logic};
pub use interpret::KernelState;
pub use state_line::StateLine;
pub(crate) use state_line::state_lines;
pub use verified::VerifiedKernel;
pub use verify::{Rejection, verify, verify_with_log};
pub(crate) use verify::{check, narrowed, shortened};

pub use instruction::{
    Acc, Helper, INSTRUCTIONS, Input, Inst, InstructionInfo, M, Operand, OperandRef, Output, Pool, Role, Table, V,
};

pub(crate) use listing::instruction as instruction_text;
pub use listing::listing;
pub use parse::parse;

use crate::error::Span;
use crate::types::{Form, Lane};

/// A kernel as it was built: not yet verified, so nothing runs it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kernel {
    /// The input columns.
    pub inputs: Vec<InputSlot>,
    /// The constants and parameters.
    pub pool: Vec<PoolEntry>,
    /// The tables that values are looked up in.
    pub tables: Vec<TableSlot>,
    /// The instructions, in order.
    pub code: Vec<Inst>,
    /// For each instruction, the text it came from.
    pub spans: Vec<Span>,
    /// The lane of each value register.
    pub values: Vec<Lane>,
    /// How many mask registers there are.
    pub masks: u16,
    /// The output columns.
    pub outputs: Vec<OutputSlot>,
    /// The accumulators.
    pub accumulators: Vec<AccSlot>,
}

impl Kernel {
    /// The input column that is looked for among the keys of a table, if what is looked for is one as it is.
    pub(crate) fn input_looked_up(&self, keys: Table) -> Option<usize> {
        let asked = self.code.iter().find_map(|inst| match *inst {
            Inst::MightContain { table, a, .. } if table == keys => Some(a),
            _ => None,
        });
        let mut operand = asked?;
        for inst in self.code.iter().rev() {
            match *inst {
                Inst::Load { dst, input, .. } if operand == Operand::Reg(dst) => return Some(input.index()),
                Inst::Widen { dst, a, .. } if operand == Operand::Reg(dst) => operand = a,
                _ => {}
            }
        }
        None
    }

    /// Bytes of memory that a row takes at most while the kernel runs, besides its inputs: one value of each register that
    /// is written and of each output, however many of them are alive at once.
    pub fn bytes_per_row(&self) -> usize {
        let outputs = self.outputs.iter().map(|output| output.lane.bytes() + usize::from(output.nullable));
        let mut bytes = outputs.sum();
        for inst in &self.code {
            inst.operands(|role, operand| {
                bytes += match (role, operand) {
                    (Role::Def, OperandRef::V(register)) => self.values[register.index()].bytes(),
                    (Role::Def, OperandRef::M(_)) => Lane::Mask.bytes(),
                    _ => 0,
                };
            });
        }
        bytes
    }
}

/// An input column: how it lies in memory, and whether it has a validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InputSlot {
    /// The form of the vectors that will come.
    pub form: Form,
    /// Whether they may have NULLs.
    pub nullable: bool,
}

/// An output column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutputSlot {
    /// What is written: `Lane::Mask` for BOOLEAN.
    pub lane: Lane,
    /// Whether a validity is written too.
    pub nullable: bool,
}

/// What an accumulator keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccKind {
    /// A number of rows.
    Count,
    /// An exact sum of integers of this lane.
    SumInteger,
    /// An order-independent sum of f64.
    SumDouble,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
}

/// An accumulator. It also counts the rows it has seen, so that none means NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccSlot {
    /// What it keeps.
    pub kind: AccKind,
    /// The lane of its argument; `Lane::Mask` for a count.
    pub lane: Lane,
}

/// An entry of the pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolEntry {
    /// The lane it is used in.
    pub lane: Lane,
    /// Where its value comes from.
    pub source: PoolSource,
}

/// Where a pool entry's value comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PoolSource {
    /// An integer of the entry's lane.
    Integer(i128),
    /// An f64.
    Double(f64),
    /// A parameter of the statement, by number from 0; never NULL (a NULL parameter is folded before).
    Parameter(u16),
}

/// A table that values are looked up in; what is in it is the statement's, like parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableSlot {
    /// What an entry is, `Lane::Mask` for truth values; of keys, what is looked for among them.
    pub lane: Lane,
    /// What it holds.
    pub source: TableSource,
}

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableSource {
    /// Entries by number from 0, none of them NULL: what a program has for the numbers of a dictionary's strings. This is
    /// which of the statement's lookup tables they are.
    Entries(u16),
    /// The keys of a join's build side, by the hash table's number.
    Keys {
        /// The hash table.
        hash: u16,
        /// Which of the key's columns it is.
        part: u16,
    },
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Inst {
    /// Whether it can trap for some operands.
    pub fn may_trap(&self) -> bool {
        match self {
            Inst::AddChecked { .. }
            | Inst::SubChecked { .. }
            | Inst::MulChecked { .. }
            | Inst::DivChecked { .. }
            | Inst::RemChecked { .. }
            | Inst::Range { .. }
            | Inst::ToInteger { .. } => true,
            Inst::Call1 { helper, .. } | Inst::Call2 { helper, .. } => helper.may_fail(),
            _ => false,
        }
    }

    /// Whether it does no more than to write its register: unneeded, it can go.
    pub fn is_pure(&self) -> bool {
        let mut writes = false;
        self.operands(|role, _| writes |= role == Role::Def);
        writes && !self.may_trap()
    }
}
