//! Text that a table keeps as numbers of a dictionary's entries: what an expression makes of it is computed once for
//! each entry, and looked up for each row.

use std::sync::Arc;

use rowmill_vm::machine::Machine;
use rowmill_vm::program::{self, LookupId, LookupTable, NullEntry, Op, Register, RegisterInfo};
use rowmill_vm::table::Table;
use rowmill_vm::{Context, DataType, Result, Span, Value, Vector};

use super::batch::{Batch, CodedColumn};
use super::{Comments, Destination, Generator, generate, number};
use crate::optimize::may_fail;
use crate::plan::visit::{any_child, is_volatile};
use crate::plan::{ColumnId, Columns, Expr, ExprKind, OutputColumn, Plan, Query, print_expr};

impl Generator<'_> {
    /// The lookup table of a table's column that is read as numbers.
    pub(super) fn dictionary(&mut self, table: &Arc<dyn Table>, position: usize) -> Result<Option<LookupId>> {
        let (Some(strings), Some(column)) = (table.dictionary(position), table.column(position)) else {
            return Ok(None);
        };
        let data_type = column.data_type.clone();
        let strings = LookupTable { values: Arc::clone(strings), data_type, null_entry: NullEntry::Null };
        self.lookup_table(strings).map(Some)
    }

    fn lookup_table(&mut self, table: LookupTable) -> Result<LookupId> {
        let id = number(self.program.lookups.len(), "lookup tables").map(LookupId)?;
        self.program.lookups.push(table);
        Ok(id)
    }

    /// A register of what a lookup table has for the numbers in `codes`.
    pub(super) fn look_up(&mut self, batch: &Batch, codes: Register, lookup: LookupId, what: &str) -> Result<Register> {
        let table = &self.program.lookups[lookup.index()];
        let nullable =
            table.values.validity.bits().is_some() || table.null_entry == NullEntry::Null && self.info(codes).nullable;
        let (data_type, form, space) = (table.data_type.clone(), table.values.form(), batch.space);
        let to = self.register(RegisterInfo { data_type, form, nullable, space })?;
        self.emit(Op::Lookup { lookup, space, from: codes, to }, Span::NONE, || format!("{to} = {what}"))?;
        Ok(to)
    }

    /// `expr` by lookup, if it is computed of nothing but one coded column, and cannot fail.
    pub(super) fn hoist_lookup(&mut self, batch: &mut Batch, expr: &Expr) -> Result<Option<Expr>> {
        let Some((column, coded)) = coded_column(batch, expr) else { return Ok(None) };
        if has_parameter(expr) || is_volatile(expr) || may_fail(expr) {
            return Ok(None);
        }
        let strings = &self.program.lookups[coded.strings.index()];
        let mut values = for_each_entry(expr, column, &strings.values, &strings.data_type)?;
        let mut null_entry = NullEntry::Last;
        if !self.may_be_null(coded) {
            values = values.slice(0, values.len() - 1);
            null_entry = NullEntry::Null;
        }
        if values.validity.null_count(values.len()) == 0 {
            values.validity.set_all();
        }
        let (values, data_type) = (Arc::new(values.into_shared()), expr.data_type.clone());
        let table = LookupTable { values, data_type, null_entry };
        let lookup = self.lookup_table(table)?;
        let codes = self.code_register(batch, column, coded)?;
        let what = if self.comments == Comments::On { print_expr(expr, self.columns) } else { String::new() };
        let result = self.look_up(batch, codes, lookup, &what)?;
        Ok(Some(self.register_expr(batch, result, expr.span)))
    }
}

/// The one column that an expression reads, if it is a coded one.
fn coded_column(batch: &Batch, expr: &Expr) -> Option<(ColumnId, CodedColumn)> {
    let mut columns = Vec::new();
    expr.columns(&mut columns);
    let (first, rest) = columns.split_first()?;
    rest.iter().all(|column| column == first).then(|| batch.coded(*first)).flatten().map(|coded| (*first, coded))
}

fn has_parameter(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Parameter(_)) || any_child(expr, has_parameter)
}

/// What `expr` makes of each entry of a dictionary, and last what it makes of NULL.
fn for_each_entry(expr: &Expr, column: ColumnId, strings: &Vector, of: &DataType) -> Result<Vector> {
    let mut columns = Columns::default();
    let entry = columns.add("entry", of.clone(), true);
    let result = columns.add("result", expr.data_type.clone(), true);
    let mut expr = expr.clone();
    rename(&mut expr, column, entry);
    let entries = (0..strings.len()).map(|index| vec![strings.value(index, of)]).chain([vec![Value::Null]]);
    let input = Plan::Values { columns: vec![entry], rows: entries.collect() };
    let plan = Plan::Project { input: Box::new(input), items: vec![(result, expr)] };
    let output = vec![OutputColumn { name: String::new(), column: result }];
    let mut values = Vector::empty(columns.get(result).data_type.form());
    let query = Query { plan, columns, output, parameters: Vec::new(), uses_parameter_values: false };
    let program = program::verify(generate(&query, Destination::Result, Comments::Off)?)?;
    let mut machine = Machine::new(&program, &[], Context::unlimited(), None)?;
    while let Some(batch) = machine.next_batch()? {
        values.append(batch.column(0));
    }
    Ok(values)
}

fn rename(expr: &mut Expr, from: ColumnId, to: ColumnId) {
    if let ExprKind::Column(column) = &mut expr.kind
        && *column == from
    {
        *column = to;
        expr.nullable = true;
    }
    expr.for_each_child_mut(&mut |child| rename(child, from, to));
}
