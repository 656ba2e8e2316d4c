//! Plan nodes as pipelines.

use std::sync::Arc;

use rowmill_vm::aggregates::{AggregateCall, Distinct, Filter};
use rowmill_vm::program::{
    AggId, AggregationSpec, ConstantRows, Cursor, HashId, HashSpec, JoinKind, Label, LimitId, LimitSpec, LookupId, Op,
    Position, RegisterInfo, RowsId, SortKey, SorterId, SorterSpec, SpaceOrigin, TableId, TableRead,
};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error, Form, Result, Span, Value, Vector};

use super::batch::{Batch, BuildColumn, Codes, may_wait};
use super::{Generator, number, ranges};
use crate::plan::{AggregateExpr, ColumnId, Expr, ExprKind, JoinKey, Plan, SortColumn};

/// What is to happen with each batch of a pipeline.
pub(super) type Consume<'c, 'a> = &'c mut dyn FnMut(&mut Generator<'a>, &mut Batch) -> Result<()>;

/// Columns that a build side keeps, each with the strings whose numbers it keeps in place of text.
pub(super) type Payload = Vec<(ColumnId, Option<LookupId>)>;

/// The parts of [`Plan::Join`].
pub(super) struct Join<'p> {
    pub(super) kind: JoinKind,
    pub(super) probe: &'p Plan,
    pub(super) build: &'p Plan,
    pub(super) keys: &'p [JoinKey],
    residual: &'p [Expr],
    mark: Option<ColumnId>,
    span: Span,
}

impl<'p> Join<'p> {
    /// The parts of a plan that is a join.
    pub(super) fn of(plan: &'p Plan) -> Join<'p> {
        match plan {
            Plan::Join { kind, probe, build, keys, residual, mark, span } => {
                Join { kind: *kind, probe, build, keys, residual, mark: *mark, span: *span }
            }
            _ => unreachable!("only asked of joins"),
        }
    }
}

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
            Plan::Recursive(recursive) => self.produce_recursive(recursive, consume),
            Plan::Working { recursion, columns } => self.produce_working(*recursion, columns, consume),
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
        for (_, position) in columns {
            let form = table.form(*position);
            let form = form.ok_or_else(|| Error::internal("a scan of a column that is not there"))?;
            held.push(Held { form, strings: self.dictionary(table, *position)? });
        }
        held.extend(kept.map(|_| Held { form: Form::Bits, strings: None }));
        let ids: Vec<ColumnId> = columns.iter().map(|(column, _)| *column).collect();
        self.run_cursor(cursor, &ids, held, consume)
    }

    /// A loop over a cursor whose columns are `columns`, in memory as `held` says. If `held` has one more, a BOOLEAN is
    /// read behind them which says of a row whether it counts.
    pub(super) fn run_cursor(
        &mut self,
        cursor: Cursor,
        columns: &[ColumnId],
        held: Vec<Held>,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let rewind = self.emit(Op::Rewind { cursor, end: Label(0) }, Span::NONE, String::new)?;
        let space = self.space(SpaceOrigin::Cursor)?;
        let mut batch = Batch::new(space);
        let mut registers = Vec::with_capacity(columns.len());
        for (column, Held { form, strings }) in columns.iter().zip(&held) {
            let (form, strings) = (*form, *strings);
            let info = self.columns.get(*column);
            let data_type = if strings.is_some() { DataType::Integer } else { info.data_type.clone() };
            let register = self.register(RegisterInfo { data_type, form, nullable: info.nullable, space })?;
            match strings {
                Some(strings) => batch.bind_coded(*column, Codes::Register(register), strings),
                None => batch.bind(*column, register),
            }
            registers.push(register);
        }
        if let Some(Held { form, .. }) = held.get(columns.len()) {
            let info = RegisterInfo { data_type: DataType::Boolean, form: *form, nullable: false, space };
            let kept = self.register(info)?;
            registers.push(kept);
            let kept = self.register_expr(&mut batch, kept, Span::NONE);
            batch.pending.push(kept);
        }
        let list = self.list(registers)?;
        let all = self.columns;
        let body = self.emit(Op::Column { cursor, space, columns: list }, Span::NONE, || {
            let names = columns.iter().map(|column| all.get(*column).name.as_str());
            names.chain((held.len() > columns.len()).then_some("kept")).collect::<Vec<_>>().join(", ")
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
        let held = |column: &ColumnId| Held { form: self.columns.get(*column).data_type.form(), strings: None };
        columns.iter().map(held).collect()
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
        self.produce(input, &mut |generator, batch| {
            let wanted = columns.iter().map(|column| generator.column_expr(*column)).collect();
            let registers = generator.materialize_canonical(batch, wanted)?;
            let list = generator.list(registers)?;
            generator.emit(Op::SortInsert { sorter, space: batch.space, columns: list }, Span::NONE, String::new)?;
            Ok(())
        })?;
        let cursor = self.cursor()?;
        self.emit(Op::SortFinal { cursor, sorter }, Span::NONE, || "sort".into())?;
        let held = self.held_plainly(&columns);
        self.run_cursor(cursor, &columns, held, consume)
    }

    fn produce_aggregate(
        &mut self,
        input: &Plan,
        keys: &[(ColumnId, Expr)],
        calls: &[(ColumnId, AggregateExpr)],
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let agg = number(self.program.aggregations.len(), "aggregations").map(AggId)?;
        self.program.aggregations.push(AggregationSpec {
            keys: keys.iter().map(|(_, key)| key.data_type.clone()).collect(),
            calls: calls.iter().map(|(_, call)| aggregate_call(call)).collect(),
        });
        self.emit(Op::AggOpen { agg }, Span::NONE, String::new)?;
        let mut merges = Vec::new();
        // Several streams may code a column differently.
        let may_code = is_one_stream(input);
        let mut coded = vec![None; keys.len()];
        self.produce(input, &mut |generator, batch| {
            if keys.is_empty() && super::materialize::accumulates(generator, batch, calls) {
                let kernel = generator.accumulate(batch, calls)?;
                merges.push(kernel);
                return Ok(());
            }
            let key_exprs: Vec<Expr> = keys.iter().map(|(_, key)| key.clone()).collect();
            let arguments = calls.iter().flat_map(|(_, call)| call.arguments.iter().chain(&call.filter)).cloned();
            let wanted: Vec<Expr> = key_exprs.into_iter().chain(arguments).collect();
            let mut registers =
                generator.materialize_coded(batch, wanted, if may_code { &mut coded } else { &mut [] })?;
            let arguments = registers.split_off(keys.len());
            let keys = generator.list(registers)?;
            let arguments = generator.list(arguments)?;
            generator.emit(Op::AggStep { agg, space: batch.space, keys, arguments }, Span::NONE, String::new)?;
            Ok(())
        })?;
        for kernel in merges {
            self.emit(Op::AggMerge { agg, kernel }, Span::NONE, || format!("accumulators of {kernel}"))?;
        }
        let cursor = self.cursor()?;
        self.emit(Op::AggFinal { cursor, agg }, Span::NONE, || "groups".into())?;
        let columns: Vec<ColumnId> =
            keys.iter().map(|(column, _)| *column).chain(calls.iter().map(|(column, _)| *column)).collect();
        let mut held = self.held_plainly(&columns);
        for (index, strings) in coded.into_iter().enumerate().filter(|(_, strings)| strings.is_some()) {
            self.program.aggregations[agg.index()].keys[index] = DataType::Integer;
            held[index] = Held { form: DataType::Integer.form(), strings };
        }
        self.run_cursor(cursor, &columns, held, consume)
    }

    fn produce_join(&mut self, join: &Join<'_>, consume: Consume<'_, 'a>) -> Result<()> {
        let (hash, payload) = match self.find_built(join.build) {
            Some(built) => built,
            None => self.build_side(join)?,
        };
        let told = self.tell_scan(join, hash);
        let wanted_before = self.wanted_keys.len();
        self.want_keys(join, hash)?;
        let only_rest = join.kind.gives_rest() && !join.kind.gives_pairs();
        self.produce(join.probe, &mut |generator, batch| match only_rest {
            true => generator.probe(join, hash, &payload, batch, &mut |_, _| Ok(())),
            false => generator.probe(join, hash, &payload, batch, consume),
        })?;
        self.wanted_keys.truncate(wanted_before);
        self.build_ranges.truncate(self.build_ranges.len() - usize::from(told));
        if join.kind.gives_rest() { self.produce_rest(join, hash, &payload, consume) } else { Ok(()) }
    }

    /// A loop over the rows of a build side that come out by themselves: the other side, if it is there, is NULL.
    fn produce_rest(
        &mut self,
        join: &Join<'_>,
        hash: HashId,
        payload: &Payload,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        let cursor = self.cursor()?;
        self.emit(Op::HashRest { cursor, hash }, join.span, || {
            let which = if join.kind == JoinKind::RightSemi { "with" } else { "without" };
            format!("rows {which} a partner")
        })?;
        let columns: Vec<ColumnId> = payload.iter().map(|(column, _)| *column).collect();
        let mut held = self.held_plainly(&columns);
        for (held, (_, strings)) in held.iter_mut().zip(payload).filter(|(_, (_, strings))| strings.is_some()) {
            *held = Held { form: DataType::Integer.form(), strings: *strings };
        }
        let missing = if join.kind.gives_pairs() { join.probe.output() } else { Vec::new() };
        self.run_cursor(cursor, &columns, held, &mut |generator, batch| {
            for column in &missing {
                let kind = ExprKind::Literal(Value::Null);
                batch.defer(*column, Expr { kind, nullable: true, ..generator.column_expr(*column) });
            }
            consume(generator, batch)
        })
    }

    /// Generates the build side of a join; the columns that it keeps.
    pub(super) fn build_side(&mut self, join: &Join<'_>) -> Result<(HashId, Payload)> {
        let payload = match join.kind {
            JoinKind::Inner
            | JoinKind::Left
            | JoinKind::Full
            | JoinKind::Single
            | JoinKind::RightSemi
            | JoinKind::RightAnti => join.build.output(),
            JoinKind::Semi | JoinKind::Anti | JoinKind::Mark => self.residual_columns(join),
        };
        let types = |generator: &Self, columns: &[ColumnId]| -> Vec<DataType> {
            columns.iter().map(|column| generator.columns.get(*column).data_type.clone()).collect()
        };
        let hash = number(self.program.hashes.len(), "hash tables").map(HashId)?;
        let spec = HashSpec {
            kind: join.kind,
            keys: join.keys.iter().map(|key| key.build.data_type.clone()).collect(),
            null_equal: join.keys.iter().map(|key| key.null_equal).collect(),
            columns: types(self, &payload),
            span: join.span,
        };
        self.program.hashes.push(spec);
        self.emit(Op::HashOpen { hash }, join.span, || "build side".into())?;
        let may_code = is_one_stream(join.build);
        let mut coded = vec![None; payload.len()];
        self.produce(join.build, &mut |generator, batch| {
            let columns = payload.iter().map(|column| generator.column_expr(*column)).collect::<Vec<_>>();
            let wanted = columns.into_iter().chain(join.keys.iter().map(|key| key.build.clone())).collect();
            let mut registers =
                generator.materialize_coded(batch, wanted, if may_code { &mut coded } else { &mut [] })?;
            let keys = registers.split_off(payload.len());
            let keys = generator.list(keys)?;
            let columns = generator.list(registers)?;
            let op = Op::HashInsert { hash, space: batch.space, keys, columns };
            generator.emit(op, join.span, String::new)?;
            Ok(())
        })?;
        self.emit(Op::HashSeal { hash }, join.span, String::new)?;
        for (index, _) in coded.iter().enumerate().filter(|(_, strings)| strings.is_some()) {
            self.program.hashes[hash.index()].columns[index] = DataType::Integer;
        }
        let payload: Vec<_> = payload.into_iter().zip(coded).collect();
        Ok((hash, payload))
    }

    /// Notes for the scan below that only keys of the build side are wanted, and says whether there is one to tell: a
    /// scan can leave out rows only where nothing between it and the join may fail for them.
    fn tell_scan(&mut self, join: &Join<'_>, hash: HashId) -> bool {
        let ([key], true) = (join.keys, join.kind.drops_unmatched()) else { return false };
        let ExprKind::Column(column) = key.probe.kind else { return false };
        let told =
            !key.null_equal && ranges::is_ranged(&key.probe.data_type) && ranges::reaches_scan(join.probe, column);
        if told {
            self.build_ranges.push((column, hash));
        }
        told
    }

    /// Columns of the build side that a residual condition reads.
    fn residual_columns(&self, join: &Join<'_>) -> Vec<ColumnId> {
        let mut used = Vec::new();
        join.residual.iter().for_each(|expr| expr.columns(&mut used));
        join.build.output().into_iter().filter(|column| used.contains(column)).collect()
    }

    fn probe(
        &mut self,
        join: &Join<'_>,
        hash: HashId,
        payload: &[(ColumnId, Option<LookupId>)],
        batch: &mut Batch,
        consume: Consume<'_, 'a>,
    ) -> Result<()> {
        self.drop_unwanted(join, batch)?;
        let keys = self.materialize(batch, join.keys.iter().map(|key| key.probe.clone()).collect())?;
        let keys = self.list(keys)?;
        let space = batch.space;
        let pairs = self.space(SpaceOrigin::Selection(space))?;
        self.emit(Op::HashProbe { hash, space, pairs, keys }, join.span, || "look up".into())?;
        let body = self.here()?;
        batch.space = pairs;
        if join.kind == JoinKind::Inner {
            self.hash_columns(hash, payload, batch, Nullability::AsBuilt)?;
            batch.pending.extend(join.residual.iter().map(|expr| batch.expand(expr.clone())).collect::<Vec<_>>());
            consume(self, batch)?;
        } else {
            let mut candidates = batch.clone();
            if !join.residual.is_empty() {
                self.hash_columns(hash, payload, &mut candidates, Nullability::AsBuilt)?;
                let residual = join.residual.iter().map(|expr| candidates.expand(expr.clone())).collect::<Vec<_>>();
                candidates.pending.extend(residual);
                self.materialize(&mut candidates, Vec::new())?;
            }
            let joined = self.space(SpaceOrigin::Selection(space))?;
            let mark_column = join.mark;
            let info = RegisterInfo { data_type: DataType::Boolean, form: Form::Bits, nullable: true, space: joined };
            let mark = self.register(info)?;
            let op = Op::HashMatch { hash, pairs: candidates.space, joined, mark };
            self.emit(op, join.span, || format!("{:?} join", join.kind).to_lowercase())?;
            batch.space = joined;
            if let Some(column) = mark_column {
                batch.bind(column, mark);
            }
            if matches!(join.kind, JoinKind::Left | JoinKind::Full | JoinKind::Single) {
                self.hash_columns(hash, payload, batch, Nullability::Nullable)?;
            }
            consume(self, batch)?;
        }
        self.emit(Op::HashNext { hash, pairs, body }, join.span, || format!("more pairs, loop to {body}"))?;
        Ok(())
    }

    /// Binds the columns of a build side: each is read when somebody needs it, for the rows that are left by then.
    fn hash_columns(
        &self,
        hash: HashId,
        payload: &[(ColumnId, Option<LookupId>)],
        batch: &mut Batch,
        nullability: Nullability,
    ) -> Result<()> {
        for (index, (column, strings)) in payload.iter().enumerate() {
            let nullable = self.columns.get(*column).nullable || nullability == Nullability::Nullable;
            let position = number(index, "columns").map(Position)?;
            let build = BuildColumn { hash, position, nullable };
            match strings {
                Some(strings) => batch.bind_coded(*column, Codes::Build(build), *strings),
                None => batch.bind_build(*column, build),
            }
        }
        Ok(())
    }
}

/// How a cursor gives a column.
#[derive(Clone, Copy)]
pub(super) struct Held {
    form: Form,
    /// The strings whose numbers it gives, if it gives numbers for text.
    strings: Option<LookupId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nullability {
    AsBuilt,
    Nullable,
}

/// Whether the rows of a plan come out of one loop.
fn is_one_stream(plan: &Plan) -> bool {
    match plan {
        Plan::Append { .. } | Plan::Join { kind: JoinKind::Full, .. } => false,
        Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Limit { input, .. } => is_one_stream(input),
        Plan::Join { kind: JoinKind::RightSemi | JoinKind::RightAnti, .. } => true,
        Plan::Join { probe, .. } => is_one_stream(probe),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Recursive(_)
        | Plan::Working { .. } => true,
    }
}

fn aggregate_call(call: &AggregateExpr) -> AggregateCall {
    AggregateCall {
        name: call.function.name,
        states: call.overload.states,
        argument_types: call.arguments.iter().map(|argument| argument.data_type.clone()).collect(),
        result_type: call.data_type.clone(),
        distinct: if call.distinct { Distinct::Distinct } else { Distinct::All },
        filter: if call.filter.is_some() { Filter::Last } else { Filter::None },
        span: call.span,
    }
}
