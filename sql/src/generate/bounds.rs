//! What is proved of the values of columns: by how a table stores them, or because a program holds the very rows.

use rowmill_vm::table::Table;
use rowmill_vm::{Form, Lane, Value};

use super::Generator;
use super::batch::Batch;
use crate::plan::{ColumnId, Expr, Plan, column_of};

/// The least and the greatest value that a column of a plan may have besides NULL, if that is proved.
pub(super) fn of_plan(plan: &Plan, column: ColumnId) -> Option<(i64, i64)> {
    let renamed = |items: &[(ColumnId, Expr)]| {
        let (_, expr) = items.iter().find(|(id, _)| *id == column)?;
        column_of(expr)
    };
    match plan {
        Plan::Scan { table, columns } => {
            let (_, position) = columns.iter().find(|(id, _)| *id == column)?;
            of_table(&**table, *position)
        }
        Plan::Filter { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Limit { input, .. }
        | Plan::Window { input, .. } => of_plan(input, column),
        Plan::Project { input, items } => of_plan(input, renamed(items)?),
        Plan::Aggregate { input, keys, .. } => of_plan(input, renamed(keys)?),
        Plan::Join { probe, build, .. } => of_plan(probe, column).or_else(|| of_plan(build, column)),
        Plan::Values { .. } | Plan::Append { .. } | Plan::Storing(_) | Plan::Stored { .. } => None,
    }
}

/// The least and the greatest value of a table's column besides NULL, if they are proved.
pub(super) fn of_table(table: &dyn Table, position: usize) -> Option<(i64, i64)> {
    let bound = |value: &Value| i64::try_from(value.as_i128()?).ok();
    let of_rows = table.proven_statistics(position).and_then(|known| Some((bound(&known.min)?, bound(&known.max)?)));
    let of_form = || match table.form(position)? {
        Form::I8 => Some((i8::MIN.into(), i8::MAX.into())),
        _ => None,
    };
    of_rows.filter(|(low, high)| low <= high).or_else(of_form)
}

impl Generator<'_> {
    /// The least and the greatest value of a batch's column in its lane besides NULL, or of the numbers that stand for it, if
    /// they are proved.
    pub(super) fn column_bounds(&self, batch: &Batch, column: ColumnId) -> Option<(i64, i64)> {
        if let Some(coded) = batch.coded(column) {
            let strings = self.program.lookups[coded.strings.index()].values.len();
            return Some((0, i64::try_from(strings).ok()?.checked_sub(1)?.max(0)));
        }
        match self.lane_of_column(batch, column)? {
            Lane::Mask => Some((0, 1)),
            Lane::I32 | Lane::I64 => {
                let (table, position) = self.scanned.get(&column)?;
                of_table(&**table, *position)
            }
            Lane::I128 | Lane::F64 => None,
        }
    }
}
