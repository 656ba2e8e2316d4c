//! Correlated subqueries become plain joins.
//!
//! The binder makes a join of every subquery, and the build side of such a join may read columns of its probe side:
//! a *dependent join*, which could only run its build side anew for each row. Here each of them is rewritten into one
//! whose sides stand for themselves (Neumann & Kemper, "Unnesting Arbitrary Queries", BTW 2015; Neumann, "Improving
//! Unnesting of Complex Queries", BTW 2025), innermost first:
//!
//! 1. [`pull`]: predicates over both sides go up into the join's condition, where nothing is in the way. Most
//!    subqueries need no more.
//! 2. [`scalar`]: an aggregate that stands for a value is computed for each group, and joined.
//! 3. [`push`]: anything else is computed for the *domain*, all distinct values of the columns that it reads, at
//!    once: each operator learns to work on one copy of its rows for each value. Where rows below an equality
//!    `outer = inner` are all that matters, the inner column stands for the outer one and no domain is needed.
//!
//! With neither rule, [`apply`] runs the subquery for one row of its domain after the other.
//!
//! What may fail is computed for the rows only for which the subquery would be: then the domain is exact, and no
//! inner column takes its place.

mod apply;
mod domain;
mod pull;
mod push;
mod scalar;

use rowmill_vm::program::JoinKind;

use self::domain::Domain;
pub(super) use self::push::with_empty_groups;
use self::push::{Found, Pusher};
use super::{filter, may_fail, plan_may_fail};
use crate::plan::visit::{self, ColumnSet, free_columns, is_volatile, take};
use crate::plan::{ColumnId, Columns, Expr, JoinKey, Plan, Query, is_null, not};

/// By all means.
pub(super) fn decorrelate(query: &mut Query) {
    if query.correlated {
        unnest_all(&mut query.plan, Means::All, &mut query.columns);
        query.correlated = false;
    }
}

/// By the domain alone.
pub(super) fn unnest(query: &mut Query) {
    if query.correlated {
        unnest_all(&mut query.plan, Means::Domain, &mut query.columns);
        query.correlated = false;
    }
}

/// One row of the domain after the other: what is left to do if the optional rules are off, and what they are tested
/// against.
pub(super) fn apply(query: &mut Query) {
    if query.correlated {
        unnest_all(&mut query.plan, Means::Apply, &mut query.columns);
        query.correlated = false;
    }
}

/// By which means dependent joins become plain ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Means {
    All,
    /// The exact domain of each subquery is joined with what it reads.
    Domain,
    /// Each subquery runs anew for each row of its exact domain.
    Apply,
}

fn unnest_all(plan: &mut Plan, means: Means, columns: &mut Columns) {
    visit::for_each_input_mut(plan, &mut |input| unnest_all(input, means, columns));
    let Plan::Join { kind, probe, build, residual, .. } = plan else { return };
    if read_of(build, &ColumnSet::of_output(probe)).is_empty() && !is_guarded(*kind, build, residual) {
        return;
    }
    if means != Means::All || !scalar::unnest(plan, columns) {
        unnest_join(plan, means, columns);
    }
}

/// Makes a join of a dependent one.
fn unnest_join(plan: &mut Plan, means: Means, columns: &mut Columns) {
    let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
    let of_probe = ColumnSet::of_output(probe);
    let asks_existence = keys.is_empty() && matches!(kind, JoinKind::Semi | JoinKind::Anti | JoinKind::Mark);
    if asks_existence {
        keep_rows_only(build);
    }
    let guarded = is_guarded(*kind, build, residual);
    let mut conditions = Vec::new();
    // What `IN` is where NULLs stand in the way depends on all rows that the subquery gives, so they stay its own.
    if means == Means::All && !guarded && (*kind != JoinKind::Mark || asks_existence) {
        pull::pull(build, &of_probe, &mut conditions);
    }
    let outer = read_of(build, &of_probe);
    if !outer.is_empty() || guarded {
        let exact = means != Means::All || plan_may_fail(build);
        let domain = match guarded {
            true => Domain::of_guarded(probe, outer, residual, columns),
            false => Domain::of(probe, outer, exact, columns),
        };
        // A key that is NULL would make a mark NULL.
        let is_mark = *kind == JoinKind::Mark;
        let (rows, pairs): (Plan, Vec<JoinKey>) = if means == Means::Apply {
            let (applied, found) = apply::apply(take(build), &domain, columns);
            (applied, domain.outer.iter().zip(found).map(|(outer, inner)| key(columns, *outer, inner)).collect())
        } else {
            let mut pusher = Pusher::new(domain, columns);
            let known = pusher.equal_columns(&conditions);
            let (pushed, found) = pusher.push(take(build), &known);
            (pushed, pusher.outer().iter().zip(found).map(|(outer, inner)| pusher.key(*outer, inner)).collect())
        };
        keys.extend(pairs.into_iter().map(|key| JoinKey { null_equal: key.null_equal || is_mark, ..key }));
        **build = rows;
    }
    let pulled_keys = equalities(&mut conditions, &of_probe, &ColumnSet::of_output(build));
    if *kind == JoinKind::Mark {
        // NULL is equal to NULL in these keys, and those of the build side are not NULL: the mark never is.
        let nullable = pulled_keys.iter().filter(|key| key.build.nullable && !key.null_equal);
        filter(build, nullable.map(|key| not(is_null(key.build.clone()))).collect());
        keys.extend(pulled_keys.into_iter().map(|key| JoinKey { null_equal: true, ..key }));
    } else {
        keys.extend(pulled_keys);
    }
    residual.append(&mut conditions);
}

/// Whether a subquery may fail and is wanted for some rows only: then it is computed for the domain of those.
fn is_guarded(kind: JoinKind, build: &Plan, residual: &[Expr]) -> bool {
    matches!(kind, JoinKind::Single | JoinKind::Mark) && !residual.is_empty() && plan_may_fail(build)
}

/// The columns of `side` that a plan reads though nothing in it makes them.
fn read_of(plan: &Plan, side: &ColumnSet) -> Vec<ColumnId> {
    free_columns(plan).iter().filter(|column| side.contains(*column)).collect()
}

/// Leaves only what decides whether there are rows.
fn keep_rows_only(plan: &mut Plan) {
    loop {
        match plan {
            Plan::Project { input, .. } | Plan::Sort { input, limit: None, .. } => *plan = take(input),
            Plan::Limit { input, offset: 0, limit } if *limit != Some(0) => *plan = take(input),
            _ => return,
        }
    }
}

/// Takes the equalities between both sides that cannot fail out of `conditions`.
fn equalities(conditions: &mut Vec<Expr>, of_probe: &ColumnSet, of_build: &ColumnSet) -> Vec<JoinKey> {
    let mut keys = Vec::new();
    for condition in std::mem::take(conditions) {
        if may_fail(&condition) || is_volatile(&condition) {
            conditions.push(condition);
            continue;
        }
        match JoinKey::of(condition, of_probe, of_build) {
            Ok(key) => keys.push(key),
            Err(condition) => conditions.push(*condition),
        }
    }
    keys
}

/// An equality of two columns in which NULL is equal to NULL.
fn key(columns: &Columns, probe: ColumnId, build: ColumnId) -> JoinKey {
    let (probe, build) = (columns.expr(probe), columns.expr(build));
    let null_equal = probe.nullable && build.nullable;
    JoinKey { probe, build, null_equal }
}

/// A column as an item of a projection, or a key of an aggregation, that keeps it.
fn kept(columns: &Columns, id: ColumnId) -> (ColumnId, Expr) {
    (id, columns.expr(id))
}
