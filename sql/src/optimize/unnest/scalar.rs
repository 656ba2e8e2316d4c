//! An aggregate of correlated rows that stands for a value: `(SELECT max(x) FROM u WHERE u.k = t.k)`.
//!
//! It is computed for each group of the columns that are equal to outer ones, and joined: a row without a group gets
//! what the aggregate of no rows is. What the subquery makes of the aggregates is computed above the join, for the
//! rows for which it is wanted.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Span};

use super::domain::{Domain, all_kept};
use super::push::{Pusher, with_empty_groups};
use super::{plan_may_fail, read_of};
use crate::plan::visit::{ColumnSet, substitute, take};
use crate::plan::{ColumnId, Columns, Expr, ExprKind, Plan};

/// Rewrites a dependent single join whose build side is an aggregation without keys, projections and filters of it
/// aside; says whether it is one.
pub(super) fn unnest(plan: &mut Plan, columns: &mut Columns) -> bool {
    let Plan::Join { kind: JoinKind::Single, probe, build, keys, residual, .. } = plan else { return false };
    if !keys.is_empty() || !residual.is_empty() || !is_scalar(build) {
        return false;
    }
    let mut value = Value { items: Vec::new(), conditions: Vec::new() };
    let mut groups = value.take_from(take(build), columns);
    let outer = read_of(&groups, &ColumnSet::of_output(probe));
    let mut keys = Vec::new();
    if !outer.is_empty() {
        let domain = Domain::of(probe, outer, plan_may_fail(&groups), columns);
        let Plan::Aggregate { input, calls, .. } = groups else { unreachable!("it is scalar") };
        let mut pusher = Pusher::new(domain, columns);
        let nothing = pusher.nothing();
        let (pushed, found) = pusher.push_aggregate(*input, Vec::new(), calls, &nothing);
        keys.extend(pusher.outer().iter().zip(found).map(|(outer, inner)| pusher.key(*outer, inner)));
        groups = pushed;
    }
    let (groups, results) = with_empty_groups(groups, !keys.is_empty(), columns);
    value.replace(&results);
    let mut items = all_kept(columns, &probe.output());
    items.extend(value.items());
    let joined = Plan::join(JoinKind::Left, take(probe), groups, keys, Vec::new());
    *plan = Plan::Project { input: Box::new(joined), items };
    true
}

fn is_scalar(plan: &Plan) -> bool {
    match plan {
        Plan::Project { input, .. } | Plan::Filter { input, .. } => is_scalar(input),
        Plan::Aggregate { keys, .. } => keys.is_empty(),
        _ => false,
    }
}

/// What a subquery makes of its aggregates.
struct Value {
    /// Its columns, over the aggregates.
    items: Vec<(ColumnId, Expr)>,
    /// What must hold for it to have a row.
    conditions: Vec<Expr>,
}

impl Value {
    /// Takes what stands above the aggregation, which is left.
    fn take_from(&mut self, plan: Plan, columns: &Columns) -> Plan {
        match plan {
            Plan::Project { input, mut items } => {
                let groups = self.take_from(*input, columns);
                items.iter_mut().for_each(|(_, expr)| replace(expr, &self.items));
                self.items = items;
                groups
            }
            Plan::Filter { input, mut predicates } => {
                let groups = self.take_from(*input, columns);
                predicates.iter_mut().for_each(|expr| replace(expr, &self.items));
                self.conditions.append(&mut predicates);
                groups
            }
            groups => {
                self.items = all_kept(columns, &groups.output());
                groups
            }
        }
    }

    /// Makes it read `results` in place of the aggregates.
    fn replace(&mut self, results: &[(ColumnId, Expr)]) {
        self.items.iter_mut().for_each(|(_, expr)| replace(expr, results));
        self.conditions.iter_mut().for_each(|expr| replace(expr, results));
    }

    /// Its columns: NULL if it has no row.
    fn items(self) -> Vec<(ColumnId, Expr)> {
        let Value { items, conditions } = self;
        if conditions.is_empty() {
            return items;
        }
        let boolean = |kind| Expr { kind, data_type: DataType::Boolean, nullable: true, span: Span::NONE };
        let guarded = |(id, expr): (ColumnId, Expr)| {
            let (data_type, span) = (expr.data_type.clone(), expr.span);
            let branch = (boolean(ExprKind::And(conditions.clone())), expr);
            (id, Expr { kind: ExprKind::Case(vec![branch], None), data_type, nullable: true, span })
        };
        items.into_iter().map(guarded).collect()
    }
}

fn replace(expr: &mut Expr, items: &[(ColumnId, Expr)]) {
    substitute(expr, &|column| items.iter().find(|(id, _)| *id == column).map(|(_, expr)| expr.clone()));
}
