//! What is known of a column holds for the columns that a join makes equal to it: of `a = b` and `a < 5` follows
//! `b < 5`, which drops rows of the other side before they are joined.

use std::rc::Rc;

use rowmill_vm::program::JoinKind;

use super::{may_fail, pushdown};
use crate::plan::visit::{self, ColumnSet, is_volatile, same, substitute};
use crate::plan::{ColumnId, Expr, ExprKind, JoinKey, Plan, Query};

/// Predicates that are followed through a join at most.
const FACTS_MAX: usize = 32;

pub(super) fn transitive(query: &mut Query) {
    infer(&mut query.plan);
}

/// A predicate that reads one column, and holds for every row.
#[derive(Clone)]
struct Fact {
    column: ColumnId,
    predicate: Rc<Expr>,
}

fn infer(plan: &mut Plan) {
    if let Plan::Join { kind, probe, build, keys, .. } = plan {
        let (of_probe, of_build) = (facts(probe), facts(build));
        // A row of the build side that nobody finds does not matter; but a NULL there may make a mark NULL.
        if matches!(kind, JoinKind::Inner | JoinKind::Semi | JoinKind::Left | JoinKind::Anti | JoinKind::Single) {
            pushdown::push(build, new_facts(&of_probe, &of_build, keys, build));
        }
        if matches!(kind, JoinKind::Inner | JoinKind::Semi) {
            pushdown::push(probe, new_facts(&of_build, &of_probe, keys, probe));
        }
    }
    visit::for_each_input_mut(plan, &mut infer);
}

/// What follows for `side` from `others`, and is not among what is known there.
fn new_facts(others: &[Fact], known: &[Fact], keys: &[JoinKey], side: &Plan) -> Vec<Expr> {
    if others.is_empty() {
        return Vec::new();
    }
    let columns = ColumnSet::of_output(side);
    let mut found: Vec<Fact> = known.to_vec();
    follow(others, keys, &mut found);
    let new = found.split_off(known.len());
    new.into_iter()
        .filter(|fact| columns.contains(fact.column))
        .map(|fact| Rc::unwrap_or_clone(fact.predicate))
        .collect()
}

/// Adds to `found` what keys say of the columns that are equal to those of `facts`.
fn follow(facts: &[Fact], keys: &[JoinKey], found: &mut Vec<Fact>) {
    for fact in facts {
        for key in keys {
            let (ExprKind::Column(probe), ExprKind::Column(build)) = (&key.probe.kind, &key.build.kind) else {
                continue;
            };
            // Doubles that are equal may still differ: 0.0 and -0.0.
            if key.probe.data_type.is_float() {
                continue;
            }
            let partner = match fact.column {
                column if column == *probe => &key.build,
                column if column == *build => &key.probe,
                _ => continue,
            };
            let mut predicate = Expr::clone(&fact.predicate);
            substitute(&mut predicate, &|_| Some(partner.clone()));
            let column = if fact.column == *probe { *build } else { *probe };
            if found.len() < FACTS_MAX && !found.iter().any(|other| same(&other.predicate, &predicate)) {
                found.push(Fact { column, predicate: Rc::new(predicate) });
            }
        }
    }
}

/// What is known of single columns that come out of a plan.
fn facts(plan: &Plan) -> Vec<Fact> {
    match plan {
        Plan::Filter { input, predicates } => {
            let mut found = facts(input);
            found.extend(predicates.iter().filter_map(fact));
            found.truncate(FACTS_MAX);
            found
        }
        Plan::Sort { input, .. } | Plan::Limit { input, .. } | Plan::Window { input, .. } => facts(input),
        Plan::Project { input, items } => renamed(facts(input), items),
        Plan::Aggregate { input, keys, .. } => renamed(facts(input), keys),
        Plan::Join { kind, probe, build, keys, .. } => {
            let mut found = facts(probe);
            if matches!(kind, JoinKind::Full) {
                return Vec::new();
            }
            if matches!(kind, JoinKind::Inner | JoinKind::Semi) {
                let of_build = facts(build);
                follow(&of_build, keys, &mut found);
                if *kind == JoinKind::Inner {
                    let of_probe = found.clone();
                    found.extend(of_build);
                    follow(&of_probe, keys, &mut found);
                }
            }
            found.truncate(FACTS_MAX);
            found
        }
        Plan::Scan { .. } | Plan::Values { .. } | Plan::Stored { .. } | Plan::Append { .. } | Plan::Storing(_) => {
            Vec::new()
        }
    }
}

fn fact(predicate: &Expr) -> Option<Fact> {
    let mut columns = Vec::new();
    predicate.columns(&mut columns);
    match columns.as_slice() {
        [column] if !may_fail(predicate) && !is_volatile(predicate) => {
            Some(Fact { column: *column, predicate: Rc::new(predicate.clone()) })
        }
        _ => None,
    }
}

/// Facts under the names that columns have above an operator that picks them.
fn renamed(facts: Vec<Fact>, items: &[(ColumnId, Expr)]) -> Vec<Fact> {
    let rename = |fact: Fact| {
        let is_it = |(_, expr): &&(ColumnId, Expr)| matches!(expr.kind, ExprKind::Column(id) if id == fact.column);
        let (id, expr) = items.iter().find(is_it)?;
        let mut predicate = Rc::unwrap_or_clone(fact.predicate);
        substitute(&mut predicate, &|_| Some(Expr { kind: ExprKind::Column(*id), ..expr.clone() }));
        Some(Fact { column: *id, predicate: Rc::new(predicate) })
    };
    facts.into_iter().filter_map(rename).collect()
}
