//! Aggregation before joins: a side of a join that has many rows for each value of its keys is aggregated by them first, and
//! what comes out is aggregated again above the join (Yan & Larson, "Eager Aggregation and Lazy Aggregation", VLDB 1995).
//!
//! `SELECT n.name, sum(l.quantity) FROM l JOIN s ON l.supplier = s.id JOIN n ON s.nation = n.id GROUP BY n.name` looks up
//! a supplier for each of its suppliers' many rows. Summed by supplier beforehand, it looks up each supplier once. Goes
//! down a tree of joins a join at a time, as far as it pays.
//!
//! Only what gives the same to the last bit is taken apart: counts, least and greatest values, and sums of integers and
//! of decimals whose sums always fit; not sums of DOUBLE, whose parts would be rounded.

use rowmill_vm::aggregates;
use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Lane};

use super::unique::{is_identity, is_unique};
use super::{Estimator, may_fail, plan_may_fail};
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{
    AggregateExpr, CastMode, ColumnId, Columns, Expr, ExprKind, JoinKey, Plan, Query, Side, column_of, group_by,
    mark_computed,
};

/// How many rows of a side have to come for a group. Measured: with 30 rows of 200,000 groups it takes two thirds of the
/// time, with 600 of 10,000 a fifth.
const ROWS_OF_GROUP: f64 = 16.0;
/// Sides with fewer rows are not worth it.
const ROWS_MIN: f64 = 10_000.0;
/// At most so many times as many rows may be aggregated as the join lets through.
const MORE_ROWS: f64 = 2.0;

pub(super) fn eager_aggregation(query: &mut Query, estimator: &Estimator) {
    if rewrite(&mut query.plan, &mut query.columns, estimator) {
        mark_computed(&query.plan, &mut query.columns);
    }
}

/// Rewrites what can be, from the top down; says whether something was.
fn rewrite(plan: &mut Plan, columns: &mut Columns, estimator: &Estimator) -> bool {
    let side = aggregated_side(plan, estimator);
    let mut changed = side.is_some();
    if let Some(side) = side {
        *plan = aggregate_twice(take(plan), side, columns);
    }
    visit::for_each_input_mut(plan, &mut |input| changed |= rewrite(input, columns, estimator));
    changed
}

/// The side of the join below an aggregation that it pays to aggregate first.
fn aggregated_side(plan: &Plan, estimator: &Estimator) -> Option<Side> {
    let Plan::Aggregate { input, keys: group, calls } = plan else { return None };
    let Plan::Join { kind, probe, build, keys, residual, .. } = &**input else { return None };
    if group.is_empty() || keys.is_empty() {
        return None;
    }
    let sides: &[(Side, &Plan)] = match kind {
        JoinKind::Inner => &[(Side::Probe, probe), (Side::Build, build)],
        // A row that is kept, or finds its partner, does so in company of all that have its keys.
        JoinKind::Left | JoinKind::Semi | JoinKind::Anti => &[(Side::Probe, probe)],
        _ => return None,
    };
    let is_right = |(side, plan): &&(Side, &Plan)| {
        let own = ColumnSet::of_output(plan);
        calls.iter().any(|(_, call)| is_combined(call, &own))
            && calls.iter().all(|(_, call)| is_combined(call, &own) || is_untouched(call, &own))
            && !plan_may_fail(plan)
            && parts(side, &own, keys, group, residual)
                .is_some_and(|parts| pays(plan, &parts, estimator.rows(input), estimator))
    };
    sides.iter().find(is_right).map(|(side, _)| *side)
}

/// What a side has to be aggregated by: all that the join and the groups read of it. `None` if that cannot be moved below
/// the join, or reads the other side too.
fn parts<'e>(
    side: &Side,
    own: &ColumnSet,
    keys: &'e [JoinKey],
    group: &'e [(ColumnId, Expr)],
    residual: &'e [Expr],
) -> Option<Vec<&'e Expr>> {
    let of_keys = keys.iter().map(|key| key.side(*side));
    let all = of_keys.chain(residual).chain(group.iter().map(|(_, expr)| expr));
    let read: Vec<&Expr> = all.filter(|expr| ColumnSet::of_expr(expr).intersects(own)).collect();
    let moves = |expr: &&Expr| {
        own.contains_all(&ColumnSet::of_expr(expr))
            && !may_fail(expr)
            && !is_volatile(expr)
            && is_identity(&expr.data_type)
    };
    read.iter().all(moves).then_some(read)
}

/// Whether many rows of a side agree in all of `parts`, and most of them pass the join.
fn pays(side: &Plan, parts: &[&Expr], joined: f64, estimator: &Estimator) -> bool {
    let rows = estimator.rows(side);
    let known: Option<ColumnSet> = parts.iter().copied().map(column_of).collect();
    rows >= ROWS_MIN
        && rows <= MORE_ROWS * joined
        && !known.is_some_and(|known| is_unique(side, &known))
        && estimator.groups(side, parts.iter().copied()) * ROWS_OF_GROUP <= rows
}

/// Whether an aggregate is computed from a side's rows, and from what it gives for parts of them.
fn is_combined(call: &AggregateExpr, own: &ColumnSet) -> bool {
    let is_own = |expr: &Expr| own.contains_all(&ColumnSet::of_expr(expr)) && !may_fail(expr) && !is_volatile(expr);
    let combines = match (call.function.name, call.arguments.first()) {
        ("count", _) => true,
        ("min" | "max", Some(_)) => true,
        // Their sums are of types that no number of rows exceeds.
        ("sum", Some(argument)) => matches!(argument.data_type.lane(), Some(Lane::I32 | Lane::I64)),
        _ => false,
    };
    combines && !call.distinct && call.arguments.iter().chain(&call.filter).all(is_own)
}

/// Whether it makes no difference to an aggregate how often a row of the other side comes.
fn is_untouched(call: &AggregateExpr, own: &ColumnSet) -> bool {
    let is_of_other = |expr: &Expr| !ColumnSet::of_expr(expr).intersects(own);
    let picks = matches!(call.function.name, "min" | "max") || call.function.name == "count" && call.distinct;
    picks && !call.arguments.is_empty() && call.arguments.iter().chain(&call.filter).all(is_of_other)
}

/// Aggregates a side of the join below an aggregation by what the join and the groups need of it, and the join by groups.
fn aggregate_twice(plan: Plan, side: Side, columns: &mut Columns) -> Plan {
    let Plan::Aggregate { mut input, keys: mut group, calls } = plan else { unreachable!("only done to aggregations") };
    let Plan::Join { probe, build, keys, residual, .. } = &mut *input else { unreachable!("over joins") };
    let aggregated = match side {
        Side::Probe => probe,
        Side::Build => build,
    };
    let own = ColumnSet::of_output(aggregated);
    let mut grouped = Vec::new();
    let of_keys = keys.iter_mut().map(|key| key.side_mut(side));
    for expr in of_keys.chain(residual).chain(group.iter_mut().map(|(_, expr)| expr)) {
        if ColumnSet::of_expr(expr).intersects(&own) {
            group_by(expr, &mut grouped, columns);
        }
    }
    let (mut first, mut second, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for (id, call) in calls {
        let data_type = call.data_type.clone();
        let (above, result) = if is_combined(&call, &own) {
            let part = columns.add(call.function.name, data_type.clone(), call.overload.empty_is_null);
            let whole = combined(&call, &columns.expr(part));
            first.push((part, call));
            (whole.data_type.clone(), whole)
        } else {
            (data_type.clone(), call)
        };
        let new = columns.add(result.function.name, above, result.overload.empty_is_null);
        items.push((id, as_type(columns.expr(new), data_type)));
        second.push((new, result));
    }
    **aggregated = Plan::Aggregate { input: Box::new(take(aggregated)), keys: grouped, calls: first };
    items.extend(group.iter().map(|(id, _)| (*id, columns.expr(*id))));
    Plan::Project { input: Box::new(Plan::Aggregate { input, keys: group, calls: second }), items }
}

/// The aggregate that makes one of several parts, which `part` reads: counts are added up.
fn combined(call: &AggregateExpr, part: &Expr) -> AggregateExpr {
    let name = if call.function.name == "count" { "sum" } else { call.function.name };
    let function = aggregates::find(name).expect("sum, min and max are in the table");
    let of_type = |data_type| AggregateExpr::of(function, vec![part.clone()], data_type, call.span);
    let exact = DataType::decimal(rowmill_vm::types::DECIMAL_PRECISION_MAX, 0);
    of_type(call.data_type.clone())
        .or_else(|| of_type(exact))
        .expect("sums of sums are of their type, or exact integers")
}

/// An expression as a value of a type.
fn as_type(expr: Expr, data_type: DataType) -> Expr {
    if expr.data_type == data_type {
        return expr;
    }
    let (nullable, span) = (expr.nullable, expr.span);
    Expr { kind: ExprKind::Cast(Box::new(expr), CastMode::Error), data_type, nullable, span }
}
