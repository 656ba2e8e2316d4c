//! What the values in registers are proved to lie within, so that kernels can be made simpler.
//!
//! Proof comes from tables in memory, whose statistics are those of the very rows that the program holds: a program has
//! snapshots of its tables in it, and a snapshot never changes. So there is nothing to check again when the program
//! runs; over a table that has changed runs another program. What files say of themselves is no proof.
//! From there it goes through `Gather` and kernels.

use super::{Cursor, KernelId, List, Program, Register, TableId};
use crate::kernel::Kernel;
use crate::kernel::abstract_state::{Bounds, DoubleRange, Interval, Range, Truth};
use crate::kernel::narrow::{self, Decision};
use crate::kernel::verified::Proof;
use crate::table::{ColumnStatistics, Table};
use crate::types::Form;
use crate::value::Value;

/// What is known of a register's values.
#[derive(Clone, Copy)]
enum Known {
    Nothing,
    /// They are those of a table's column at a position: its statistics are asked for when a kernel reads it.
    Column(TableId, usize),
    Within(Bounds),
}

/// What has been proved on the way through a program.
pub(super) struct Proofs {
    /// The table that each cursor was opened on last, and where.
    cursors: Vec<Option<(TableId, usize)>>,
    registers: Vec<Known>,
    /// For each kernel that has been reached what its inputs hold, and how it can be made simpler by that.
    kernels: Vec<Option<(Proof, Option<Vec<Decision>>)>>,
}

impl Proofs {
    pub(super) fn new(program: &Program, kernels: usize) -> Proofs {
        Proofs {
            cursors: Vec::new(),
            registers: vec![Known::Nothing; program.registers.len()],
            kernels: (0..kernels).map(|_| None).collect(),
        }
    }

    /// For each kernel what its inputs hold, and how it can be made simpler by that.
    pub(super) fn into_kernels(self) -> impl Iterator<Item = (Proof, Option<Vec<Decision>>)> {
        self.kernels.into_iter().map(Option::unwrap_or_default)
    }

    /// A cursor is opened on a table, at an address, or on something else.
    pub(super) fn open(&mut self, cursor: Cursor, table: Option<(TableId, usize)>) {
        let length = self.cursors.len().max(cursor.index() + 1);
        self.cursors.resize(length, None);
        self.cursors[cursor.index()] = table;
    }

    /// A register is written with what nothing is known of.
    pub(super) fn forget(&mut self, register: Register) {
        self.registers[register.index()] = Known::Nothing;
    }

    /// A batch of a cursor is in registers. They have been checked.
    pub(super) fn column(&mut self, program: &Program, cursor: Cursor, columns: List) {
        let Some((table, _)) = self.cursors.get(cursor.index()).copied().flatten() else { return };
        let positions = &program.tables[table.index()].columns;
        for (register, position) in program.lists[columns.index()].iter().zip(positions) {
            self.registers[register.index()] = Known::Column(table, *position);
        }
    }

    /// Where a cursor was opened last, if it was on a table.
    pub(super) fn opened_at(&self, cursor: Cursor) -> Option<usize> {
        self.cursors.get(cursor.index()).copied().flatten().map(|(_, address)| address)
    }

    /// The position of the table's column that a register has rows of.
    pub(super) fn position(&self, register: Register) -> Option<usize> {
        if let Known::Column(_, position) = self.registers[register.index()] { Some(position) } else { None }
    }

    /// Rows of one register come into another one.
    pub(super) fn gather(&mut self, from: Register, to: Register) {
        self.registers[to.index()] = self.registers[from.index()];
    }

    /// A kernel runs over registers. It has been checked, and they too.
    pub(super) fn kernel(&mut self, program: &Program, (id, kernel): (KernelId, &Kernel), inputs: List, outputs: List) {
        let list = |list: List| program.lists[list.index()].iter();
        let mut proof: Proof = list(inputs).map(|register| self.bounds(program, *register)).collect();
        if self.kernels[id.index()].is_some() {
            // What holds for one of its runs need not hold for another.
            proof.clear();
        }
        let found = narrow::analyse(kernel, &proof);
        for (register, bounds) in list(outputs).zip(found.outputs) {
            self.registers[register.index()] = bounds.map_or(Known::Nothing, Known::Within);
        }
        self.kernels[id.index()] = Some((proof, found.decisions));
    }

    fn bounds(&self, program: &Program, register: Register) -> Option<Bounds> {
        match self.registers[register.index()] {
            Known::Nothing => None,
            Known::Column(table, position) => {
                let table = &*program.tables[table.index()].table;
                column_bounds(table, position, &table.proven_statistics(position)?, None)
            }
            Known::Within(bounds) => Some(bounds),
        }
    }
}

/// What the values of a table's column lie within, as a kernel loads them, by `statistics` of the whole table, or of some
/// of its rows, of which there are `rows`.
pub(crate) fn column_bounds(
    table: &dyn Table,
    position: usize,
    statistics: &ColumnStatistics,
    rows: Option<u64>,
) -> Option<Bounds> {
    let valid = match statistics.nulls {
        0 => Truth::Always,
        nulls if Some(nulls) == rows => {
            return Some(Bounds { range: Range::of_lane(table.form(position)?.lane()?), valid: Truth::Never });
        }
        _ => Truth::Unknown,
    };
    let range = match (table.dictionary(position), table.form(position)?) {
        // Numbers of strings.
        (Some(strings), _) => Interval::between(0, strings.len() as i128 - 1).map(Range::Integer)?,
        (None, Form::I8 | Form::I16 | Form::I32 | Form::I64 | Form::I128) => {
            Range::Integer(Interval::between(statistics.min.as_i128()?, statistics.max.as_i128()?)?)
        }
        (None, Form::F32 | Form::F64) => match (&statistics.min, &statistics.max) {
            // NaN is the largest of all.
            (Value::Double(min), Value::Double(max)) if !max.is_nan() => {
                Range::Double(DoubleRange { low: *min, high: *max, nan: false })
            }
            // Footers leave it out of their bounds.
            (Value::Double(min), _) if !min.is_nan() => {
                Range::Double(DoubleRange { low: *min, high: f64::INFINITY, nan: true })
            }
            _ => return None,
        },
        (None, Form::Bits | Form::Text | Form::List | Form::Struct) => return None,
    };
    Some(Bounds { range, valid })
}
