//! A plan for one row around it becomes a plan for all of a domain.
//!
//! After [`Pusher::push`] a plan no longer reads the outer columns. For each of them it has a column of its own that
//! says for which value a row is: that of a copy of the domain that is joined with the rows below, or an inner column
//! that is equal to it.

use rowmill_vm::program::{Frame, JoinKind};
use rowmill_vm::windows::{self, WindowFunction};
use rowmill_vm::{DataType, Span, Value};

use super::domain::{Domain, all_kept};
use super::{kept, key};
use crate::optimize::unique::is_identity;
use crate::optimize::{filter, split_conjuncts};
use crate::plan::visit::{self, ColumnSet, free_columns, substitute, take};
use crate::plan::{
    AggregateExpr, ColumnId, Columns, CompareOp, Expr, ExprKind, JoinKey, Plan, SortExpr, StoreId, Storing,
    WindowCallee, WindowExpr, group_build_side, is_null, not,
};

/// For each outer column, an inner one that is equal to it in all rows that matter, if one is known.
pub(super) type Known = Vec<Option<ColumnId>>;
/// For each outer column, the one that says for which value of it a row is.
pub(super) type Found = Vec<ColumnId>;

/// Takes a domain through a plan.
pub(super) struct Pusher<'c> {
    pub(super) columns: &'c mut Columns,
    domain: Domain,
    outer: ColumnSet,
    /// Inner columns that stand for outer ones by an equality: where they are NULL, no row matters.
    equal: ColumnSet,
    /// What is stored for plans that are being rewritten: these rows are for values of the domain already.
    stores: Vec<StoreId>,
}

impl<'c> Pusher<'c> {
    pub(super) fn new(domain: Domain, columns: &'c mut Columns) -> Pusher<'c> {
        let outer = domain.outer.iter().copied().collect();
        Pusher { columns, domain, outer, equal: ColumnSet::default(), stores: Vec::new() }
    }

    /// The outer columns.
    pub(super) fn outer(&self) -> &[ColumnId] {
        &self.domain.outer
    }

    /// The inner columns that conditions make equal to outer ones.
    pub(super) fn equal_columns<'e>(&self, conditions: impl IntoIterator<Item = &'e Expr>) -> Known {
        let mut known = self.nothing();
        conditions.into_iter().for_each(|condition| self.note_equality(condition, &mut known));
        known
    }

    /// No column is known.
    pub(super) fn nothing(&self) -> Known {
        vec![None; self.domain.outer.len()]
    }

    /// The key by which rows for values of the domain are joined with `outer`, which has the values.
    pub(super) fn key(&self, outer: ColumnId, inner: ColumnId) -> JoinKey {
        let key = key(self.columns, outer, inner);
        JoinKey { null_equal: key.null_equal && !self.equal.contains(inner) && !self.equal.contains(outer), ..key }
    }

    fn note_equality(&self, condition: &Expr, known: &mut Known) {
        let ExprKind::Compare(CompareOp::Equal, left, right) = &condition.kind else { return };
        let (ExprKind::Column(left), ExprKind::Column(right)) = (&left.kind, &right.kind) else { return };
        for (outer, inner) in [(left, right), (right, left)] {
            let position = self.domain.outer.iter().position(|column| column == outer);
            if let Some(position) = position
                && !self.outer.contains(*inner)
                && is_identity(&self.columns.get(*outer).data_type)
            {
                known[position].get_or_insert(*inner);
            }
        }
    }

    /// Whether a plan reads outer columns, or rows that are for values of them.
    fn depends(&self, plan: &Plan) -> bool {
        let works = !self.stores.is_empty() && reads_stored(plan, &self.stores);
        works || self.domain.guarded || free_columns(plan).intersects(&self.outer)
    }

    fn reads_outer(&self, expr: &Expr) -> bool {
        ColumnSet::of_expr(expr).intersects(&self.outer)
    }

    /// Makes an expression read what stands for the outer columns.
    fn replace(&self, expr: &mut Expr, found: &Found) {
        if self.reads_outer(expr) {
            substitute(expr, &|id| {
                let position = self.domain.outer.iter().position(|outer| *outer == id)?;
                Some(self.columns.expr(found[position]))
            });
        }
    }

    /// Makes `plan` give its rows for all of the domain. Of its rows, only those matter in which the columns that are
    /// `known` have the outer ones' values.
    pub(super) fn push(&mut self, plan: Plan, known: &Known) -> (Plan, Found) {
        if !self.depends(&plan) {
            return self.join_domain(plan, known);
        }
        match plan {
            Plan::Filter { input, predicates } => self.push_filter(*input, predicates, known),
            Plan::Project { input, mut items } => {
                let below = self.through(&items, known);
                let (input, found) = self.push(*input, &below);
                items.iter_mut().for_each(|(_, expr)| self.replace(expr, &found));
                self.keep_found(&mut items, &found);
                (Plan::Project { input: Box::new(input), items }, found)
            }
            Plan::Aggregate { input, keys, calls } if keys.is_empty() => self.push_scalar(*input, calls),
            Plan::Aggregate { input, keys, calls } => {
                let below = self.through(&keys, known);
                self.push_aggregate(*input, keys, calls, &below)
            }
            Plan::Join { .. } => self.push_join(plan, known),
            Plan::Sort { input, keys, limit: None } => {
                let (input, found) = self.push(*input, known);
                (Plan::Sort { input: Box::new(input), keys, limit: None }, found)
            }
            Plan::Sort { limit: Some(limit), input, keys } => {
                let sort = Plan::Sort { input, keys, limit: None };
                self.push_limit(sort, 0, Some(limit))
            }
            Plan::Limit { input, offset, limit } => self.push_limit(*input, offset, limit),
            Plan::Window { input, partition, order, calls } => self.push_window(*input, partition, order, calls),
            Plan::Append { inputs, columns } => self.push_append(inputs, columns, known),
            Plan::Storing(storing) => self.push_storing(*storing),
            Plan::Stored { store, mut columns } if self.stores.contains(&store) => {
                let found = self.new_columns();
                columns.extend(&found);
                (Plan::Stored { store, columns }, found)
            }
            // They read nothing, and come here only if all rows are for the domain.
            Plan::Scan { .. } | Plan::Values { .. } | Plan::Stored { .. } => self.join_domain(plan, known),
        }
    }

    /// Rows that are the same for all of the domain: joined with it, unless columns of theirs stand for it.
    fn join_domain(&mut self, plan: Plan, known: &Known) -> (Plan, Found) {
        let output = ColumnSet::of_output(&plan);
        let known: Known = known.iter().map(|column| column.filter(|column| output.contains(*column))).collect();
        if !self.domain.exact
            && let Some(found) = known.iter().copied().collect::<Option<Found>>()
            && !self.domain.is_small_beside(&plan)
        {
            found.iter().for_each(|column| self.equal.insert(*column));
            return (plan, found);
        }
        let (domain, found) = self.domain.copy(self.columns);
        let pairs = known.iter().zip(&found).filter_map(|(inner, outer)| inner.zip(Some(*outer)));
        let keys = pairs.map(|(inner, outer)| JoinKey { null_equal: false, ..key(self.columns, inner, outer) });
        let keys = keys.collect();
        (Plan::join(JoinKind::Inner, plan, domain, keys, Vec::new()), found)
    }

    fn push_filter(&mut self, input: Plan, predicates: Vec<Expr>, known: &Known) -> (Plan, Found) {
        let mut all = Vec::with_capacity(predicates.len());
        split_conjuncts(predicates, &mut all);
        let mut below = known.clone();
        all.iter().for_each(|predicate| self.note_equality(predicate, &mut below));
        let (mut input, found) = self.push(input, &below);
        let mut kept = Vec::with_capacity(all.len());
        for mut predicate in all {
            self.replace(&mut predicate, &found);
            match &predicate.kind {
                ExprKind::Compare(CompareOp::Equal, left, right) if is_same_column(left, right) => {
                    let operand = (**left).clone();
                    kept.extend(operand.nullable.then(|| not(is_null(operand))));
                }
                _ => kept.push(predicate),
            }
        }
        filter(&mut input, kept);
        (input, found)
    }

    /// What is known of the columns below a projection or the keys of an aggregation.
    fn through(&self, items: &[(ColumnId, Expr)], known: &Known) -> Known {
        let below = |above: ColumnId| match items.iter().find(|(id, _)| *id == above)?.1.kind {
            ExprKind::Column(below) if !self.outer.contains(below) => Some(below),
            _ => None,
        };
        known.iter().map(|column| column.and_then(below)).collect()
    }

    fn keep_found(&self, items: &mut Vec<(ColumnId, Expr)>, found: &Found) {
        for id in found {
            if items.iter().all(|(known, _)| known != id) {
                items.push(kept(self.columns, *id));
            }
        }
    }

    /// Groups are for one value of the domain each.
    pub(super) fn push_aggregate(
        &mut self,
        input: Plan,
        mut keys: Vec<(ColumnId, Expr)>,
        mut calls: Vec<(ColumnId, AggregateExpr)>,
        known: &Known,
    ) -> (Plan, Found) {
        let (input, found) = self.push(input, known);
        keys.iter_mut().for_each(|(_, expr)| self.replace(expr, &found));
        for call in calls.iter_mut().map(|(_, call)| call) {
            call.arguments.iter_mut().chain(&mut call.filter).for_each(|expr| self.replace(expr, &found));
        }
        self.keep_found(&mut keys, &found);
        (Plan::Aggregate { input: Box::new(input), keys, calls }, found)
    }

    /// An aggregation without keys has a row for every value of the domain, be there rows for it or not.
    fn push_scalar(&mut self, input: Plan, calls: Vec<(ColumnId, AggregateExpr)>) -> (Plan, Found) {
        let nothing = self.nothing();
        let (groups, grouped) = self.push_aggregate(input, Vec::new(), calls, &nothing);
        let (groups, mut items) = with_empty_groups(groups, true, self.columns);
        let (domain, found) = self.domain.copy(self.columns);
        let keys = found.iter().zip(&grouped).map(|(outer, inner)| self.key(*outer, *inner)).collect();
        items.extend(all_kept(self.columns, &found));
        let joined = Plan::join(JoinKind::Left, domain, groups, keys, Vec::new());
        (Plan::Project { input: Box::new(joined), items }, found)
    }

    fn push_limit(&mut self, input: Plan, offset: u64, limit: Option<u64>) -> (Plan, Found) {
        let (input, order) = match input {
            Plan::Sort { input, keys, limit: None } => {
                let by = |key: &crate::plan::SortColumn| SortExpr {
                    expr: self.columns.expr(key.column),
                    order: key.order,
                    nulls: key.nulls,
                };
                let order = keys.iter().map(by).collect();
                (*input, order)
            }
            input => (input, Vec::new()),
        };
        let nothing = self.nothing();
        let (input, found) = self.push(input, &nothing);
        let number = self.columns.add("row_number", DataType::BigInt, false);
        let partition = found.iter().map(|id| self.columns.expr(*id)).collect();
        let mut plan = Plan::Window { input: Box::new(input), partition, order, calls: vec![(number, row_number())] };
        let compared = |op, bound: u64| {
            let bound = Value::Integer(bound as i64);
            let bound =
                Expr { kind: ExprKind::Literal(bound), data_type: DataType::BigInt, nullable: false, span: Span::NONE };
            let kind = ExprKind::Compare(op, Box::new(self.columns.expr(number)), Box::new(bound));
            Expr { kind, data_type: DataType::Boolean, nullable: false, span: Span::NONE }
        };
        let largest = i64::MAX as u64;
        let mut predicates = Vec::new();
        if offset > 0 {
            predicates.push(compared(CompareOp::Greater, offset.min(largest)));
        }
        if let Some(limit) = limit {
            predicates.push(compared(CompareOp::LessEqual, offset.saturating_add(limit).min(largest)));
        }
        filter(&mut plan, predicates);
        (plan, found)
    }

    fn push_window(
        &mut self,
        input: Plan,
        mut partition: Vec<Expr>,
        mut order: Vec<SortExpr>,
        mut calls: Vec<(ColumnId, WindowExpr)>,
    ) -> (Plan, Found) {
        let nothing = self.nothing();
        let (input, found) = self.push(input, &nothing);
        partition.iter_mut().for_each(|expr| self.replace(expr, &found));
        order.iter_mut().for_each(|key| self.replace(&mut key.expr, &found));
        for call in calls.iter_mut().map(|(_, call)| call) {
            call.arguments.iter_mut().chain(&mut call.filter).for_each(|expr| self.replace(expr, &found));
        }
        partition.extend(found.iter().map(|id| self.columns.expr(*id)));
        (Plan::Window { input: Box::new(input), partition, order, calls }, found)
    }

    fn push_append(
        &mut self,
        inputs: Vec<(Plan, Vec<ColumnId>)>,
        mut columns: Vec<ColumnId>,
        known: &Known,
    ) -> (Plan, Found) {
        let mut pushed = Vec::with_capacity(inputs.len());
        for (input, mut own) in inputs {
            let below = |above: ColumnId| Some(own[columns.iter().position(|id| *id == above)?]);
            let below: Known = known.iter().map(|column| column.and_then(below)).collect();
            let (input, found) = self.push(input, &below);
            own.extend(found);
            pushed.push((input, own));
        }
        let found = self.new_columns();
        columns.extend(&found);
        (Plan::Append { inputs: pushed, columns }, found)
    }

    fn push_storing(&mut self, mut storing: Storing) -> (Plan, Found) {
        let nothing = self.nothing();
        self.stores.push(storing.store);
        let mut found = Found::new();
        for (input, own) in [&mut storing.rows, &mut storing.reader] {
            let (pushed, of_input) = self.push(take(input), &nothing);
            *input = pushed;
            own.extend(&of_input);
            found = of_input;
        }
        self.stores.pop();
        if storing.is_recursive() {
            found = self.new_columns();
        }
        storing.columns.extend(&found);
        (Plan::Storing(Box::new(storing)), found)
    }

    /// New columns for values of the domain.
    fn new_columns(&mut self) -> Found {
        let new: Found = self.domain.outer.iter().map(|id| self.columns.add_like(*id)).collect();
        new.iter().for_each(|id| self.columns.set_nullable(*id));
        new
    }

    fn push_join(&mut self, plan: Plan, known: &Known) -> (Plan, Found) {
        let Plan::Join { kind, probe, build, mut keys, mut residual, mark, span } = plan else {
            unreachable!("only called for joins")
        };
        let (probe_depends, build_depends) = (self.depends(&probe), self.depends(&build));
        let conditions_depend = residual.iter().any(|condition| self.reads_outer(condition))
            || keys.iter().any(|key| self.reads_outer(&key.probe) || self.reads_outer(&key.build));
        let build_known = self.known_of_build(kind, &keys, &residual, known);
        if kind == JoinKind::Semi && !probe_depends && !conditions_depend && residual.is_empty() {
            return self.push_semi(*probe, *build, keys, &build_known);
        }
        let nothing = self.nothing();
        // A row that a full join keeps need not have what the condition above it asks for on its own side.
        let known = if kind == JoinKind::Full { &nothing } else { known };
        let only_build = kind == JoinKind::Inner && build_depends && !probe_depends;
        let (probe, of_probe) = if only_build { (*probe, None) } else { pair(self.push(*probe, known)) };
        let (build, of_build) = if build_depends || kind == JoinKind::Full {
            pair(self.push(*build, &build_known))
        } else {
            (*build, None)
        };
        if let (Some(of_probe), Some(of_build)) = (&of_probe, &of_build) {
            // A key that is NULL would make a mark NULL.
            let is_mark = kind == JoinKind::Mark;
            let pairs = of_probe.iter().zip(of_build).map(|(left, right)| self.key(*left, *right));
            keys.extend(pairs.map(|key| JoinKey { null_equal: key.null_equal || is_mark, ..key }));
        }
        let found = of_probe.clone().or(of_build.clone()).unwrap_or_default();
        for key in &mut keys {
            self.replace(&mut key.probe, &found);
            self.replace(&mut key.build, &found);
        }
        residual.iter_mut().for_each(|condition| self.replace(condition, &found));
        // What stands for an outer column may be of the other side.
        let sides = (ColumnSet::of_output(&probe), ColumnSet::of_output(&build));
        residual.extend(keys.extract_if(.., |key| !is_between(key, &sides)).map(JoinKey::into_condition));
        let plan = Plan::Join { kind, probe: Box::new(probe), build: Box::new(build), keys, residual, mark, span };
        match (kind, of_build) {
            (JoinKind::Full, Some(of_build)) => self.either_side(plan, &found, &of_build),
            _ => (plan, found),
        }
    }

    /// What is known of the build side of a join: also by the equalities of its condition.
    fn known_of_build(&self, kind: JoinKind, keys: &[JoinKey], residual: &[Expr], known: &Known) -> Known {
        if !matches!(kind, JoinKind::Inner | JoinKind::Semi) {
            return self.nothing();
        }
        let across = |id: ColumnId| {
            let pairs = keys.iter().filter_map(|key| match (&key.probe.kind, &key.build.kind) {
                (ExprKind::Column(probe), ExprKind::Column(build)) => Some((*probe, *build)),
                _ => None,
            });
            pairs.into_iter().find(|(probe, _)| *probe == id).map_or(id, |(_, build)| build)
        };
        let mut below: Known = known.iter().map(|column| column.map(across)).collect();
        residual.iter().for_each(|condition| self.note_equality(condition, &mut below));
        below
    }

    /// A semi join whose build side alone depends: each value of the domain has rows of its own, so the pairs of keys
    /// and values, each once, are joined.
    fn push_semi(&mut self, probe: Plan, build: Plan, mut keys: Vec<JoinKey>, known: &Known) -> (Plan, Found) {
        let (build, found) = self.push(build, known);
        let mut distinct = group_build_side(&mut keys, self.columns);
        self.keep_found(&mut distinct, &found);
        let build = Plan::Aggregate { input: Box::new(build), keys: distinct, calls: Vec::new() };
        (Plan::join(JoinKind::Inner, probe, build, keys, Vec::new()), found)
    }

    /// A full join's rows are for the value of the side that has a row.
    fn either_side(&mut self, plan: Plan, of_probe: &Found, of_build: &Found) -> (Plan, Found) {
        of_probe.iter().chain(of_build).for_each(|id| self.columns.set_nullable(*id));
        let found = self.new_columns();
        let mut items = all_kept(self.columns, &plan.output());
        for (new, (left, right)) in found.iter().zip(of_probe.iter().zip(of_build)) {
            let either = vec![self.columns.expr(*left), self.columns.expr(*right)];
            let data_type = either[0].data_type.clone();
            let kind = ExprKind::Coalesce(either);
            items.push((*new, Expr { kind, data_type, nullable: true, span: Span::NONE }));
        }
        (Plan::Project { input: Box::new(plan), items }, found)
    }
}

/// Groups under new columns, and what an aggregation without keys gives for each under its own: above a join that
/// leaves groups out (`may_miss`), calls that are not NULL for an empty group have the value that they have for one.
pub(in crate::optimize) fn with_empty_groups(
    groups: Plan,
    may_miss: bool,
    columns: &mut Columns,
) -> (Plan, Vec<(ColumnId, Expr)>) {
    let Plan::Aggregate { input, keys, mut calls } = groups else { return (groups, Vec::new()) };
    let mut items = Vec::with_capacity(calls.len());
    for (id, call) in &mut calls {
        let coalesced = may_miss && !call.overload.empty_is_null;
        let nullable = may_miss || call.overload.empty_is_null;
        let new = columns.add(call.function.name, call.data_type.clone(), nullable);
        let mut value = columns.expr(new);
        if coalesced {
            let (data_type, span) = (call.data_type.clone(), call.span);
            let zero = Expr { kind: ExprKind::Literal(Value::Integer(0)), data_type, nullable: false, span };
            value = Expr { kind: ExprKind::Coalesce(vec![value, zero.clone()]), ..zero };
        }
        items.push((*id, value));
        *id = new;
    }
    (Plan::Aggregate { input, keys, calls }, items)
}

/// Whether no side of a key reads columns of the other side of its join.
fn is_between(key: &JoinKey, (probe, build): &(ColumnSet, ColumnSet)) -> bool {
    !ColumnSet::of_expr(&key.probe).intersects(build) && !ColumnSet::of_expr(&key.build).intersects(probe)
}

fn pair((plan, found): (Plan, Found)) -> (Plan, Option<Found>) {
    (plan, Some(found))
}

fn is_same_column(left: &Expr, right: &Expr) -> bool {
    matches!((&left.kind, &right.kind), (ExprKind::Column(left), ExprKind::Column(right)) if left == right)
}

/// Whether a plan reads rows of one of the stores.
fn reads_stored(plan: &Plan, stores: &[StoreId]) -> bool {
    let mut found = matches!(plan, Plan::Stored { store, .. } if stores.contains(store));
    visit::for_each_input(plan, &mut |input| found = found || reads_stored(input, stores));
    found
}

/// `row_number()`.
fn row_number() -> WindowExpr {
    let function: &'static WindowFunction = windows::find("row_number").expect("row_number is in the table");
    let callee = WindowCallee::Function(function, &function.overloads[0]);
    let data_type = DataType::BigInt;
    WindowExpr { callee, arguments: Vec::new(), filter: None, frame: Frame::RUNNING, data_type, span: Span::NONE }
}
