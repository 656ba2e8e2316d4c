//! Groups by as few keys as tell them apart: a constant tells none apart, nor does what other keys determine.
//!
//! Of `GROUP BY id, name` with a unique id, id is enough; name is the same in every row of a group, and becomes
//! `first(name)`. What determines what is followed from unique columns ([`super::unique`]) through the keys of joins and
//! through filters (functional dependencies: Paulley & Larson, "Exploiting Uniqueness in Query Optimization", 1994).

use rowmill_vm::aggregates;
use rowmill_vm::aggregates::AggregateFunction;
use rowmill_vm::program::JoinKind;

use super::unique;
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{AggregateExpr, ColumnId, Columns, CompareOp, Expr, ExprKind, Plan, Query, column_of, mark_computed};

pub(super) fn group_keys(query: &mut Query) {
    let Some(first) = aggregates::find("first") else { return };
    if reduce(&mut query.plan, &mut query.columns, first) {
        mark_computed(&query.plan, &mut query.columns);
    }
}

/// Reduces the keys of every aggregation; says whether some were.
fn reduce(plan: &mut Plan, columns: &mut Columns, first: &'static AggregateFunction) -> bool {
    let mut changed = false;
    visit::for_each_input_mut(plan, &mut |input| changed |= reduce(input, columns, first));
    let Plan::Aggregate { input, keys, calls } = plan else { return changed };
    let dropped = dispensable(input, keys);
    if dropped.is_empty() {
        return changed;
    }
    let mut items: Vec<(ColumnId, Expr)> = Vec::with_capacity(keys.len() + calls.len());
    let mut kept = Vec::with_capacity(keys.len());
    let is_kept = |(index, _): &(usize, &(ColumnId, Expr))| !dropped.contains(index);
    let remaining: Vec<(ColumnId, Expr)> =
        keys.iter().enumerate().filter(is_kept).map(|(_, key)| key.clone()).collect();
    let own_calls: Vec<ColumnId> = calls.iter().map(|(id, _)| *id).collect();
    for (index, (id, expr)) in std::mem::take(keys).into_iter().enumerate() {
        if !dropped.contains(&index) {
            items.push((id, columns.expr(id)));
            kept.push((id, expr));
        } else if let Some(computed) = from_keys(&expr, &remaining) {
            items.push((id, computed));
        } else if let Some(call) = first_call(first, expr) {
            let name = columns.get(id).name.clone();
            let result = columns.add(name, call.data_type.clone(), true);
            calls.push((result, call));
            items.push((id, columns.expr(result)));
        }
    }
    *keys = kept;
    items.extend(own_calls.into_iter().map(|id| (id, columns.expr(id))));
    *plan = Plan::Project { input: Box::new(take(plan)), items };
    true
}

/// A key as it is computed from the keys that are kept, if it reads nothing else.
fn from_keys(expr: &Expr, kept: &[(ColumnId, Expr)]) -> Option<Expr> {
    let mut all = true;
    let find = |column: ColumnId| kept.iter().find(|(_, key)| column_of(key) == Some(column));
    visit::for_each_column(expr, &mut |column| all &= find(column).is_some());
    all.then(|| {
        let mut computed = expr.clone();
        let replacement = |column| find(column).map(|(id, key)| Expr { kind: ExprKind::Column(*id), ..key.clone() });
        visit::substitute(&mut computed, &replacement);
        computed
    })
}

fn first_call(first: &'static AggregateFunction, argument: Expr) -> Option<AggregateExpr> {
    let (data_type, span) = (argument.data_type.clone(), argument.span);
    AggregateExpr::of(first, vec![argument], data_type, span)
}

/// The positions of keys that the others determine; one key stays at least.
fn dispensable(input: &Plan, keys: &[(ColumnId, Expr)]) -> Vec<usize> {
    // What costs most to compare goes first.
    let weight = |expr: &Expr| match (&expr.kind, expr.data_type.is_text()) {
        (ExprKind::Literal(_), _) => 0,
        (ExprKind::Column(_), false) => 3,
        (ExprKind::Column(_), true) => 2,
        _ => 1,
    };
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|index| (weight(&keys[*index].1), std::cmp::Reverse(*index)));
    let mut dropped = Vec::new();
    for index in order {
        let expr = &keys[index].1;
        if dropped.len() + 1 == keys.len() || is_volatile(expr) {
            continue;
        }
        let others = keys.iter().enumerate().filter(|(other, _)| *other != index && !dropped.contains(other));
        let mut known: ColumnSet = others.filter_map(|(_, (_, expr))| column_of(expr)).collect();
        close(input, &mut known);
        if known.contains_all(&ColumnSet::of_expr(expr)) {
            dropped.push(index);
        }
    }
    dropped
}

/// Adds to `known` all columns that have one value in rows that agree in `known`.
fn close(plan: &Plan, known: &mut ColumnSet) {
    loop {
        let before = known.clone();
        determine(plan, known);
        if *known == before {
            return;
        }
    }
}

fn determine(plan: &Plan, known: &mut ColumnSet) {
    if unique::is_unique(plan, known) {
        plan.output().into_iter().for_each(|column| known.insert(column));
        return;
    }
    match plan {
        Plan::Filter { input, predicates } => {
            predicates.iter().for_each(|predicate| equate(predicate, known));
            determine(input, known);
        }
        Plan::Sort { input, .. } | Plan::Limit { input, .. } | Plan::Window { input, .. } => determine(input, known),
        Plan::Project { input, items } => {
            for (id, expr) in items {
                if let Some(column) = column_of(expr).filter(|_| known.contains(*id)) {
                    known.insert(column);
                }
            }
            determine(input, known);
            for (id, expr) in items {
                if known.contains_all(&ColumnSet::of_expr(expr)) && !is_volatile(expr) {
                    known.insert(*id);
                }
            }
        }
        Plan::Join { .. } => determine_join(plan, known),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Aggregate { .. }
        | Plan::Stored { .. }
        | Plan::Append { .. }
        | Plan::Storing(_) => {}
    }
}

fn determine_join(plan: &Plan, known: &mut ColumnSet) {
    let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
    // What holds on a side that is filled with NULLs does not hold for the rows in which it is.
    if *kind != JoinKind::Full {
        determine(probe, known);
    }
    let pairs = || keys.iter().filter_map(|key| Some((column_of(&key.probe)?, column_of(&key.build)?)));
    match kind {
        JoinKind::Inner => {
            for (a, b) in pairs() {
                if known.contains(a) {
                    known.insert(b);
                }
                if known.contains(b) {
                    known.insert(a);
                }
            }
            determine(build, known);
        }
        // Whether there is a partner, and which, follows from the key, if nothing else is asked. Of what the build side
        // says of itself nothing holds for rows without a partner.
        JoinKind::Left | JoinKind::Single if residual.is_empty() && keys.len() == 1 => {
            for (a, b) in pairs() {
                if known.contains(a) {
                    let mut of_build = ColumnSet::default();
                    of_build.insert(b);
                    close(build, &mut of_build);
                    known.insert_all(&of_build);
                }
            }
        }
        JoinKind::RightSemi | JoinKind::RightAnti => determine(build, known),
        JoinKind::Left | JoinKind::Single | JoinKind::Semi | JoinKind::Anti | JoinKind::Mark | JoinKind::Full => {}
    }
}

/// What an equality that holds says: a column that equals a constant has one value, one that equals a known column too.
fn equate(predicate: &Expr, known: &mut ColumnSet) {
    let ExprKind::Compare(CompareOp::Equal, left, right) = &predicate.kind else { return };
    match (column_of(left), column_of(right)) {
        (Some(column), None) if matches!(right.kind, ExprKind::Literal(_)) => known.insert(column),
        (Some(left), Some(right)) if known.contains(left) => known.insert(right),
        (Some(left), Some(right)) if known.contains(right) => known.insert(left),
        _ => {}
    }
}
