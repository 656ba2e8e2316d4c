//! Text that a table keeps as numbers of a dictionary's entries: what an expression makes of it is computed once for
//! each entry, and looked up for each row.

use std::sync::Arc;

use rowmill_vm::functions::{self, ArgumentValue, Body, Invocation, NullRule, Overload, VectorFunction};
use rowmill_vm::kernel::{Comparison, Logic};
use rowmill_vm::machine::Machine;
use rowmill_vm::program::{self, LookupId, LookupTable, NullEntry, Op, Register, RegisterInfo};
use rowmill_vm::table::Table;
use rowmill_vm::vector::Values;
use rowmill_vm::{Context, DataType, Error, Lane, Result, Span, Value, Vector};

use super::batch::{Batch, CodedColumn, LookedUp};
use super::hoist::{is_call, null};
use super::lower::{Lowered, LoweredValue, lane_of};
use super::materialize::KernelScope;
use super::{Comments, Destination, Generator, generate, number};
use crate::optimize::may_fail;
use crate::plan::visit::{has_parameter, is_volatile};
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

    /// `expr` by lookup, if it is computed of nothing but one coded column, and cannot fail. Kernels look up by themselves
    /// what they can compute with.
    pub(super) fn hoist_lookup(&mut self, batch: &mut Batch, expr: &Expr) -> Result<Option<Expr>> {
        let Some((column, coded)) = looked_up_column(batch, expr) else { return Ok(None) };
        let table = self.entries(coded, column, expr)?;
        let for_kernels = expr.data_type.lane().is_some() && table.values.validity.bits().is_none();
        let nullable = table.null_entry == NullEntry::Null && self.may_be_null(coded);
        let lookup = self.lookup_table(table)?;
        if self.comments == Comments::On {
            self.looked_up.push((lookup, print_expr(expr, self.columns)));
        }
        if for_kernels {
            return Ok(Some(self.looked_up_expr(batch, LookedUp { column, lookup }, expr, nullable)));
        }
        let codes = self.code_register(batch, column, coded)?;
        let result = self.look_up(batch, codes, lookup, &self.looked_up_name(lookup, column))?;
        Ok(Some(self.register_expr(batch, result, expr.span)))
    }

    /// What is looked up in a table for a coded column, for comments.
    pub(super) fn looked_up_name(&self, lookup: LookupId, column: ColumnId) -> String {
        let known = self.looked_up.iter().find(|(id, _)| *id == lookup);
        known.map_or_else(|| self.column_name(column), |(_, text)| text.clone())
    }

    /// What `expr` makes of each entry of a coded column, and of NULL.
    fn entries(&self, coded: CodedColumn, column: ColumnId, expr: &Expr) -> Result<LookupTable> {
        let strings = &self.program.lookups[coded.strings.index()];
        let mut values = match call_for_entries(expr, &strings.values, &strings.data_type) {
            Some(values) => values?,
            None => for_each_entry(expr, column, &strings.values, &strings.data_type)?,
        };
        let (last, data_type) = (values.len() - 1, expr.data_type.clone());
        let mut null_entry = NullEntry::Last;
        if !self.may_be_null(coded) || !values.validity.is_valid(last) {
            values = values.slice(0, last);
            null_entry = NullEntry::Null;
        }
        if values.validity.null_count(values.len()) == 0 {
            values.validity.set_all();
        }
        Ok(LookupTable { values: Arc::new(values.into_shared()), data_type, null_entry })
    }

    /// `expr` with all that kernels can look up hoisted; other calls stay in it.
    pub(super) fn hoist_lookups(&mut self, batch: &mut Batch, expr: Expr) -> Result<Expr> {
        if !self.needs_call(&expr) {
            return Ok(expr);
        }
        if expr.data_type.lane().is_some()
            && let Some(found) = self.hoist_lookup(batch, &expr)?
        {
            return Ok(found);
        }
        let mut expr = expr;
        let mut failed = None;
        expr.for_each_child_mut(&mut |child| match self
            .hoist_lookups(batch, std::mem::replace(child, null(&DataType::Null)))
        {
            Ok(hoisted) => *child = hoisted,
            Err(error) => failed = failed.take().or(Some(error)),
        });
        failed.map_or(Ok(expr), Err)
    }

    /// Whether a kernel computes `expr`, all that is text in it being looked up.
    pub(super) fn is_for_kernels(&self, batch: &Batch, expr: &Expr) -> bool {
        if !self.needs_call(expr) || expr.data_type.lane().is_some() && looked_up_column(batch, expr).is_some() {
            return true;
        }
        let mut all = !is_call(expr);
        expr.for_each_child(&mut |child| all = all && self.is_for_kernels(batch, child));
        all
    }

    /// A looked up value inside a kernel.
    pub(super) fn lower_lookup(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        looked_up: LookedUp,
    ) -> Result<Lowered> {
        let codes = self.coded_register(batch, looked_up.column)?;
        let Lowered { value, valid } = self.lower_register(scope, codes);
        let LoweredValue::Scalar(_, number) = value else {
            return Err(Error::internal("the numbers of a dictionary are no numbers"));
        };
        let table = &self.program.lookups[looked_up.lookup.index()];
        let builder = &mut scope.builder;
        let (number, valid) = match table.null_entry {
            NullEntry::Null => (number, valid),
            NullEntry::Last => {
                let last = builder.integer(Lane::I32, table.values.len() as i128 - 1);
                (builder.select(Lane::I32, valid, number, last), Logic::True)
            }
        };
        let lane = lane_of(&table.data_type);
        let entries = builder.table(lane, looked_up.lookup.0);
        Ok(match lane {
            Lane::Mask => Lowered::truth(builder.test_bit(entries, number), valid),
            lane => Lowered::scalar(lane, builder.look_up(lane, entries, number), valid),
        })
    }
}

/// The one column that an expression reads, if it is a coded one and the expression always makes the same of an entry.
fn looked_up_column(batch: &Batch, expr: &Expr) -> Option<(ColumnId, CodedColumn)> {
    coded_column(batch, expr).filter(|_| !has_parameter(expr) && !is_volatile(expr) && !may_fail(expr))
}

/// The one column that an expression reads, if it is a coded one.
fn coded_column(batch: &Batch, expr: &Expr) -> Option<(ColumnId, CodedColumn)> {
    let mut columns = Vec::new();
    expr.columns(&mut columns);
    let (first, rest) = columns.split_first()?;
    rest.iter().all(|column| column == first).then(|| batch.coded(*first)).flatten().map(|coded| (*first, coded))
}

/// As [`for_each_entry`], of expressions that are one call over the column and constants, which most are: it is made
/// here, where the program for anything larger would cost more than what it computes.
fn call_for_entries(expr: &Expr, strings: &Vector, of: &DataType) -> Option<Result<Vector>> {
    let calls: Vec<(VectorFunction, Vec<&Expr>)> = match &expr.kind {
        ExprKind::Compare(comparison, left, right) => {
            vec![(functions::comparison(*comparison, of), vec![left, right])]
        }
        ExprKind::InList(value, list) => {
            let equal = functions::comparison(Comparison::Equal, of);
            list.iter().map(|item| (equal, vec![&**value, item])).collect()
        }
        ExprKind::Function(function, arguments) => match function.overload {
            Overload { body: Body::Vector(body), nulls: NullRule::Strict, .. } => {
                vec![(*body, arguments.iter().collect())]
            }
            _ => return None,
        },
        _ => return None,
    };
    let is_simple = |argument: &&Expr| match &argument.kind {
        ExprKind::Column(_) => argument.data_type == *of,
        ExprKind::Literal(value) => !value.is_null(),
        _ => false,
    };
    if !calls.iter().all(|(_, arguments)| arguments.iter().all(is_simple)) {
        return None;
    }
    let called = calls.into_iter().map(|(function, arguments)| call_with(function, &arguments, strings, expr));
    let any = |mut any: Vector, other: Vector| {
        if let Values::Bits(bits) = &mut any.values {
            bits.or_with(other.bits());
        }
        any
    };
    let result = called.reduce(|any_of, next| Ok(any(any_of?, next?)))?;
    Some(result.map(|mut values| {
        values.push(&Value::Null);
        values
    }))
}

/// Calls a function for each entry of a dictionary.
fn call_with(function: VectorFunction, arguments: &[&Expr], strings: &Vector, expr: &Expr) -> Result<Vector> {
    let mut values = Vec::with_capacity(arguments.len());
    values.extend(arguments.iter().map(|argument| match &argument.kind {
        ExprKind::Literal(value) => ArgumentValue::Constant(value),
        _ => ArgumentValue::Column(strings),
    }));
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let invocation = Invocation {
        arguments: &values,
        argument_types: &types,
        result_type: &expr.data_type,
        rows: strings.len(),
        guard: None,
        context: &Context::unlimited(),
    };
    let mut out = Vector::empty(expr.data_type.form());
    (function.0)(&invocation, &mut out)?;
    Ok(out)
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
    let query =
        Query { plan, columns, output, parameters: Vec::new(), uses_parameter_values: false, correlated: false };
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
