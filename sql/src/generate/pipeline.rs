//! Plan nodes as pipelines.

use std::sync::Arc;

use rowmill_vm::program::{
    ConstantRows, Cursor, JoinKind, Label, LimitId, LimitSpec, LookupId, Op, Register, RegisterInfo, RowsId, SortKey,
    SorterId, SorterSpec, SpaceOrigin, TableId, TableRead,
};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error, Form, Result, Span, Value, Vector};

use super::batch::{Batch, Codes, may_wait, name_of};
use super::join::Join;
use super::{Generator, number, ranges};
use crate::plan::{ColumnId, Expr, ExprKind, Plan, SortColumn, Turns};

/// What is to happen with each batch of a pipeline.
pub(super) type Consume<'c, 'a> = &'c mut dyn FnMut(&mut Generator<'a>, &mut Batch) -> Result<()>;

impl<'a> Generator<'a> {
    /// Generates the pipelines of `plan`; the last of them does `consume` with each batch.
    pub(super) fn produce(&mut self, plan: &Plan, consume: Consume<'_, 'a>) -> Result<()> {
        self.produce_operator(plan, &mut |generator, batch| {
            generator.watch(plan, batch)?;
            consume(generator, batch)
        })
    }

    fn produce_operator(&mut self, plan: &Plan, consume: Consume<'_, 'a>) -> Result<()> {
        match plan {
            Plan::Scan { table, columns } => self.produce_scan(table, columns, &[], consume),
            Plan::Values { columns, rows } => self.produce_values(columns, rows, consume),
            Plan::Filter { input, predicates } => {
                let filtered: Consume<'_, 'a> = &mut |generator, batch| {
                    if let Plan::Scan { .. } = &**input {
                        generator.watch(input, batch)?;
                    }
                    let predicates = predicates.iter().map(|predicate| batch.expand(predicate.clone()));
                    batch.pending.extend(predicates.collect::<Vec<_>>());
                    consume(generator, batch)
                };
                match &**input {
                    Plan::Scan { table, columns } => self.produce_scan(table, columns, predicates, filtered),
                    _ => self.produce(input, filtered),
                }
            }
            Plan::Project { input, items } => {
                self.produce(input, &mut |generator, batch| generator.project(batch, items, consume))
            }
            Plan::Join { .. } => self.produce_join(&Join::of(plan), consume),
            Plan::Aggregate { input, keys, calls } => self.produce_aggregate(input, keys, calls, consume),
            Plan::Sort { input, keys, limit } => self.produce_sort(input, keys, *limit, consume),
            Plan::Window { input, partition, order, calls } => {
                self.produce_window(&super::window::Window { input, partition, order, calls }, consume)
            }
            Plan::Limit { input, offset, limit } => self.produce_limit(input, *offset, *limit, consume),
            Plan::Storing(storing) => self.produce_storing(storing, consume),
            Plan::Stored { store, columns } => self.produce_stored(*store, columns, consume),
            Plan::Append { inputs, columns } => {
                for (input, outputs) in inputs {
                    self.produce(input, &mut |generator, batch| {
                        let wanted = outputs.iter().map(|column| generator.column_expr(*column)).collect();
                        let registers = generator.materialize_canonical(batch, wanted)?;
                        for (column, register) in columns.iter().zip(registers) {
                            batch.bind(*column, register);
                        }
                        consume(generator, batch)
                    })?;
                }
                Ok(())
            }
        }
    }

    /// Reads a table. Of `predicates`, which stand directly above, the scan is told what it can leave out by.
    fn produce_scan(
        &mut self,
        table: &Arc<dyn Table>,
        columns: &[(ColumnId, usize)],
        predicates: &[Expr],
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let id = number(self.program.tables.len(), "tables").map(TableId)?;
        let kept = table.kept_rows();
        let positions = columns.iter().map(|(_, position)| *position).chain(kept).collect();
        let ranges = ranges::ranges(predicates, &self.build_ranges, columns);
        self.program.tables.push(TableRead { table: table.clone(), columns: positions, ranges });
        let cursor = self.cursor()?;
        self.emit(Op::OpenRead { cursor, table: id }, Span::NONE, || format!("scan {}", table.name()))?;
        let mut held = Vec::with_capacity(columns.len());
        for (column, position) in columns {
            let form = table.form(*position);
            let form = form.ok_or_else(|| Error::internal("a scan of a column that is not there"))?;
            let (nullable, data_type) =
                (self.columns.get(*column).nullable, self.columns.get(*column).data_type.clone());
            held.push(match self.dictionary(table, *position)? {
                Some(strings) => Held::codes(form, nullable, strings),
                None => Held { data_type, form, nullable, strings: None },
            });
            self.scanned.insert(*column, (Arc::clone(table), *position));
        }
        held.extend(kept.map(|_| Held::plain(DataType::Boolean, false)));
        let ids: Vec<ColumnId> = columns.iter().map(|(column, _)| *column).collect();
        self.run_cursor(cursor, &ids, held, consume)
    }

    /// A loop over a cursor whose columns are `columns`, in memory as `held` says. If `held` has one more, a BOOLEAN is
    /// read behind them which says of a row whether it counts.
    pub(super) fn run_cursor(
        &mut self,
        cursor: Cursor,
        columns: &[ColumnId],
        mut held: Vec<Held>,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let rewind = self.emit(Op::Rewind { cursor, end: Label(0) }, Span::NONE, String::new)?;
        let space = self.space(SpaceOrigin::Cursor)?;
        let mut batch = Batch::new(space);
        let mut registers = Vec::with_capacity(columns.len());
        let kept = if held.len() > columns.len() { held.pop() } else { None };
        let with_kept = kept.is_some();
        for (column, Held { data_type, form, nullable, strings }) in columns.iter().zip(held) {
            let register = self.register(RegisterInfo { data_type, form, nullable, space })?;
            match strings {
                Some(strings) => batch.bind_coded(*column, Codes::Register(register), strings),
                None => batch.bind(*column, register),
            }
            registers.push(register);
        }
        if let Some(Held { data_type, form, nullable, .. }) = kept {
            let info = RegisterInfo { data_type, form, nullable, space };
            let kept = self.register(info)?;
            registers.push(kept);
            let kept = self.register_expr(&mut batch, kept, Span::NONE);
            batch.pending.push(kept);
        }
        let list = self.list(registers)?;
        let all = self.columns;
        let body = self.emit(Op::Column { cursor, space, columns: list }, Span::NONE, || {
            let names = columns.iter().map(|column| name_of(all, *column));
            names.chain(with_kept.then_some("kept")).collect::<Vec<_>>().join(", ")
        })?;
        debug_assert!(self.exits.is_empty(), "pipelines do not nest");
        consume(self, &mut batch)?;
        self.emit(Op::Next { cursor, body }, Span::NONE, || format!("next batch, loop to {body}"))?;
        let end = self.here()?;
        self.exits.push(rewind);
        for exit in std::mem::take(&mut self.exits) {
            match &mut self.program.code[exit.index()] {
                Op::Rewind { end: label, .. } | Op::Limit { end: label, .. } => *label = end,
                other => unreachable!("{} has no end", other.name()),
            }
        }
        if let Some(comment) = self.program.comments.get_mut(rewind.index()) {
            *comment = format!("first batch; goto {end} if empty");
        }
        Ok(())
    }

    fn produce_values(&mut self, columns: &[ColumnId], rows: &[Vec<Value>], consume: Consume<'_, 'a>) -> Result<()> {
        let vectors = columns.iter().enumerate().map(|(index, column)| {
            let mut vector = Vector::empty(self.columns.get(*column).data_type.form());
            rows.iter().for_each(|row| vector.push(&row[index]));
            vector.into_shared()
        });
        let constant = ConstantRows { columns: vectors.collect(), rows: rows.len() };
        let id = number(self.program.rows.len(), "sets of rows").map(RowsId)?;
        self.program.rows.push(constant);
        let cursor = self.cursor()?;
        self.emit(Op::OpenRows { cursor, rows: id }, Span::NONE, || format!("{} constant rows", rows.len()))?;
        let held = self.held_plainly(columns);
        self.run_cursor(cursor, columns, held, consume)
    }

    /// Columns in their types' own forms.
    pub(super) fn held_plainly(&self, columns: &[ColumnId]) -> Vec<Held> {
        let held = |column: &ColumnId| {
            let info = self.columns.get(*column);
            Held::plain(info.data_type.clone(), info.nullable)
        };
        columns.iter().map(held).collect()
    }

    /// Columns in their types' own forms that have gone through a sink: NULL may be in them if it was put in.
    pub(super) fn held_back(&self, columns: &[ColumnId], nullable: &[bool]) -> Vec<Held> {
        let mut held = self.held_plainly(columns);
        held.iter_mut().zip(nullable).for_each(|(held, nullable)| held.nullable = *nullable);
        held
    }

    /// Notes for the columns of a sink whether NULL may be in what is put in.
    pub(super) fn note_nullable(&self, nullable: &mut [bool], registers: &[Register]) {
        nullable.iter_mut().zip(registers).for_each(|(known, register)| *known |= self.info(*register).nullable);
    }

    fn project(&mut self, batch: &mut Batch, items: &[(ColumnId, Expr)], consume: Consume<'_, 'a>) -> Result<()> {
        let mut bound = Vec::with_capacity(items.len());
        for (column, expr) in items {
            let expr = batch.expand(expr.clone());
            let waits = may_wait(&expr) && self.is_for_kernels(batch, &expr);
            bound.push((*column, expr, waits));
        }
        let now = bound.iter().filter(|(_, _, waits)| !waits).map(|(_, expr, _)| expr.clone()).collect::<Vec<_>>();
        if !now.is_empty() {
            let mut registers = self.materialize(batch, now)?.into_iter();
            for (_, expr, waits) in bound.iter_mut().filter(|(_, _, waits)| !waits) {
                let register = registers.next().expect("one register for each expression");
                *expr = self.register_expr(batch, register, expr.span);
                *waits = true;
            }
        }
        for (column, expr, _) in bound {
            if !matches!(expr.kind, ExprKind::Column(same) if same == column) {
                batch.defer(column, expr);
            }
        }
        consume(self, batch)
    }

    fn produce_limit(&mut self, input: &Plan, offset: u64, limit: Option<u64>, consume: Consume<'_, 'a>) -> Result<()> {
        let id = number(self.program.limits.len(), "limits").map(LimitId)?;
        self.program.limits.push(LimitSpec { offset, limit: limit.unwrap_or(u64::MAX) });
        self.produce(input, &mut |generator, batch| {
            generator.materialize(batch, Vec::new())?;
            let space = batch.space;
            let kept = generator.space(SpaceOrigin::Selection(space))?;
            let op = Op::Limit { limit: id, space, kept, end: Label(0) };
            let exit = generator.emit(op, Span::NONE, || "OFFSET and LIMIT".into())?;
            generator.exits.push(exit);
            batch.space = kept;
            consume(generator, batch)
        })
    }

    fn produce_sort(
        &mut self,
        input: &Plan,
        keys: &[SortColumn],
        limit: Option<u64>,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let columns = input.output();
        let position = |wanted: ColumnId| {
            columns.iter().position(|column| *column == wanted).expect("sorted by a column of the input")
        };
        let spec = SorterSpec {
            columns: columns.iter().map(|column| self.columns.get(*column).data_type.clone()).collect(),
            keys: keys
                .iter()
                .map(|key| SortKey { column: position(key.column), order: key.order, nulls: key.nulls })
                .collect(),
            limit,
        };
        let sorter = number(self.program.sorters.len(), "sorters").map(SorterId)?;
        self.program.sorters.push(spec);
        self.emit(Op::SortOpen { sorter }, Span::NONE, String::new)?;
        let mut nullable = vec![false; columns.len()];
        self.produce(input, &mut |generator, batch| {
            let wanted = columns.iter().map(|column| generator.column_expr(*column)).collect();
            let registers = generator.materialize_canonical(batch, wanted)?;
            generator.note_nullable(&mut nullable, &registers);
            let list = generator.list(registers)?;
            generator.emit(Op::SortInsert { sorter, space: batch.space, columns: list }, Span::NONE, String::new)?;
            Ok(())
        })?;
        let cursor = self.cursor()?;
        self.emit(Op::SortFinal { cursor, sorter }, Span::NONE, || "sort".into())?;
        let held = self.held_back(&columns, &nullable);
        self.run_cursor(cursor, &columns, held, consume)
    }
}

/// How a cursor gives a column.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) data_type: DataType,
    pub(super) form: Form,
    pub(super) nullable: bool,
    /// The strings whose numbers it gives, if it gives numbers for text.
    pub(super) strings: Option<LookupId>,
}

impl Held {
    /// A column of a type in the type's own form.
    pub(super) fn plain(data_type: DataType, nullable: bool) -> Held {
        Held { form: data_type.form(), data_type, nullable, strings: None }
    }

    /// Numbers for text, in a form.
    pub(super) fn codes(form: Form, nullable: bool, strings: LookupId) -> Held {
        Held { data_type: DataType::Integer, form, nullable, strings: Some(strings) }
    }
}

/// Whether the rows of a plan come out of one loop.
pub(super) fn is_one_stream(plan: &Plan) -> bool {
    match plan {
        Plan::Append { .. } | Plan::Join { kind: JoinKind::Full, .. } => false,
        Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Limit { input, .. } => is_one_stream(input),
        Plan::Storing(storing) if storing.turns == Turns::One => is_one_stream(&storing.reader.0),
        Plan::Join { kind: JoinKind::RightSemi | JoinKind::RightAnti, .. } => true,
        Plan::Join { probe, .. } => is_one_stream(probe),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => true,
    }
}
