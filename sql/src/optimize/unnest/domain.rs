//! The domain of a dependent join: the distinct values of the columns that its build side reads.

use hashbrown::HashMap;
use rowmill_vm::program::JoinKind;

use super::{is_volatile, kept, may_fail, plan_may_fail};
use crate::optimize::{Estimator, split_conjuncts};
use crate::plan::visit::{self, ColumnSet, take};
use crate::plan::{ColumnId, Columns, Expr, Plan};

/// How many times as many rows a plan must have for a domain to be small beside it, and how many at least.
const SMALL: f64 = 16.0;
const MANY_ROWS: f64 = 10_000.0;

/// The values for which a subquery is computed.
pub(super) struct Domain {
    /// Gives `outer`, each combination of values once.
    plan: Plan,
    /// The columns that the subquery reads.
    pub(super) outer: Vec<ColumnId>,
    /// Whether it has exactly the values of the probe side. Otherwise it may have more, which costs time only.
    pub(super) exact: bool,
    /// Whether it decides what is computed at all, not only for which values.
    pub(super) guarded: bool,
    /// For all questions about it: a filter is sampled once.
    estimator: Estimator,
}

impl Domain {
    /// The domain of the columns `outer` of `probe`.
    pub(super) fn of(probe: &Plan, outer: Vec<ColumnId>, exact: bool, columns: &Columns) -> Domain {
        let mut plan = probe.clone();
        if !exact {
            narrow(&mut plan, &outer.iter().copied().collect());
        }
        let keys = outer.iter().map(|column| kept(columns, *column)).collect();
        let plan = Plan::Aggregate { input: Box::new(plan), keys, calls: Vec::new() };
        Domain { plan, outer, exact, guarded: false, estimator: Estimator::default() }
    }

    /// The domain of a subquery that is wanted only for the rows of `probe` for which `guards` hold. Without columns it
    /// is one row if there are such rows.
    pub(super) fn of_guarded(probe: &Plan, outer: Vec<ColumnId>, guards: &[Expr], columns: &Columns) -> Domain {
        let wanted = Plan::Filter { input: Box::new(probe.clone()), predicates: guards.to_vec() };
        let mut domain = Domain::of(&wanted, outer, true, columns);
        domain.guarded = true;
        if domain.outer.is_empty() {
            let no_columns = Plan::Project { input: Box::new(wanted), items: Vec::new() };
            domain.plan = Plan::Limit { input: Box::new(no_columns), offset: 0, limit: Some(1) };
        }
        domain
    }

    /// Whether it is much smaller than `plan`, so that joining the two early pays, though other columns could stand
    /// for it.
    pub(super) fn is_small_beside(&self, plan: &Plan) -> bool {
        let rows = self.estimator.rows(plan);
        rows >= MANY_ROWS && self.estimator.rows(&self.plan) * SMALL < rows
    }

    /// The domain under new columns, in the order of `outer`.
    pub(super) fn copy(&self, columns: &mut Columns) -> (Plan, Vec<ColumnId>) {
        let mut plan = self.plan.clone();
        let mut new = HashMap::new();
        give_new_columns(&plan, columns, &mut new);
        rename(&mut plan, &new);
        (plan, self.outer.iter().map(|column| new[column]).collect())
    }
}

/// Leaves of a plan what gives all values of the columns `wanted`, and perhaps more of them.
fn narrow(plan: &mut Plan, wanted: &ColumnSet) {
    let has = |plan: &Plan| ColumnSet::of_output(plan).contains_all(wanted);
    match plan {
        // What it drops need not be looked up, and looking is cheap.
        Plan::Join { kind: JoinKind::Semi, probe, build, keys, residual, .. } if !plan_may_fail(build) => {
            let exprs = || keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(&*residual);
            if exprs().any(|expr| may_fail(expr) || is_volatile(expr)) {
                *plan = take(probe);
                return narrow(plan, wanted);
            }
            let mut read = wanted.clone();
            exprs().for_each(|expr| read.insert_expr(expr));
            read.remove_all(&ColumnSet::of_output(build));
            narrow(probe, &read);
        }
        Plan::Join { kind, probe, build, .. } => {
            if has(probe) && *kind != JoinKind::Full {
                *plan = take(probe);
                narrow(plan, wanted);
            } else if *kind == JoinKind::Inner && has(build) && !plan_may_fail(build) {
                *plan = take(build);
                narrow(plan, wanted);
            }
        }
        Plan::Filter { input, predicates } => {
            let mut all = Vec::with_capacity(predicates.len());
            split_conjuncts(std::mem::take(predicates), &mut all);
            narrow(input, wanted);
            let of_input = ColumnSet::of_output(input);
            all.retain(|predicate| {
                of_input.contains_all(&ColumnSet::of_expr(predicate)) && !may_fail(predicate) && !is_volatile(predicate)
            });
            *predicates = all;
            if predicates.is_empty() {
                *plan = take(input);
            }
        }
        Plan::Project { input, .. } if has(input) => {
            *plan = take(input);
            narrow(plan, wanted);
        }
        Plan::Aggregate { input, keys, .. } if !keys.is_empty() && has(input) => {
            *plan = take(input);
            narrow(plan, wanted);
        }
        Plan::Sort { input, limit: None, .. } => {
            *plan = take(input);
            narrow(plan, wanted);
        }
        Plan::Window { input, .. } if has(input) => {
            *plan = take(input);
            narrow(plan, wanted);
        }
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Project { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. }
        | Plan::Append { .. } => {}
    }
}

/// A new column for each that a plan makes.
fn give_new_columns(plan: &Plan, columns: &mut Columns, new: &mut HashMap<ColumnId, ColumnId>) {
    visit::for_each_definition(plan, &mut |old| {
        new.entry(old).or_insert_with(|| columns.add_like(old));
    });
    visit::for_each_input(plan, &mut |input| give_new_columns(input, columns, new));
}

/// Gives the columns that a plan makes, wherever it makes or reads them, their new names.
fn rename(plan: &mut Plan, new: &HashMap<ColumnId, ColumnId>) {
    let rename_id = |id: &mut ColumnId| *id = new.get(id).copied().unwrap_or(*id);
    match plan {
        Plan::Scan { columns, .. } => columns.iter_mut().for_each(|(id, _)| rename_id(id)),
        Plan::Values { columns, .. } | Plan::Stored { columns, .. } => columns.iter_mut().for_each(rename_id),
        Plan::Append { inputs, columns } => {
            inputs.iter_mut().flat_map(|(_, own)| own).chain(columns).for_each(rename_id);
        }
        Plan::Storing(storing) => {
            let inputs = storing.rows.1.iter_mut().chain(&mut storing.reader.1);
            inputs.chain(&mut storing.columns).for_each(rename_id);
        }
        Plan::Project { items, .. } => items.iter_mut().for_each(|(id, _)| rename_id(id)),
        Plan::Aggregate { keys, calls, .. } => {
            keys.iter_mut().for_each(|(id, _)| rename_id(id));
            calls.iter_mut().for_each(|(id, _)| rename_id(id));
        }
        Plan::Window { calls, .. } => calls.iter_mut().for_each(|(id, _)| rename_id(id)),
        Plan::Sort { keys, .. } => keys.iter_mut().for_each(|key| rename_id(&mut key.column)),
        Plan::Join { mark, .. } => mark.iter_mut().for_each(rename_id),
        Plan::Filter { .. } | Plan::Limit { .. } => {}
    }
    visit::for_each_expr_mut(plan, &mut |expr| visit::rename(expr, &|id| new.get(&id).copied()));
    visit::for_each_input_mut(plan, &mut |input| rename(input, new));
}

/// The columns `ids` as expressions that keep them.
pub(super) fn all_kept(columns: &Columns, ids: &[ColumnId]) -> Vec<(ColumnId, Expr)> {
    ids.iter().map(|id| (*id, columns.expr(*id))).collect()
}
