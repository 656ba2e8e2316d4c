//! From an order to a plan.

use hashbrown::HashMap;
use rowmill_vm::Span;
use rowmill_vm::program::JoinKind;

use super::Relations;
use super::enumerate::{Best, enumerate};
use super::graph::Graph;
use super::greedy::{Subtree, greedy};
use crate::optimize::filter;
use crate::plan::visit::{ColumnSet, take};
use crate::plan::{Expr, JoinKey, Plan};

pub(super) struct Builder {
    graph: Graph,
    /// By number: a relation's plan, until it is used.
    plans: Vec<Option<Plan>>,
}

/// A finished subtree.
struct Tree {
    plan: Plan,
    columns: ColumnSet,
    relations: Relations,
}

impl Builder {
    pub(super) fn new(mut graph: Graph) -> Builder {
        let plans = graph.relations.iter_mut().map(|relation| Some(take(&mut relation.plan)));
        let plans = plans.collect();
        Builder { graph, plans }
    }

    /// Joins all relations.
    pub(super) fn join(mut self) -> Plan {
        let all = Relations::up_to(self.graph.relations.len() - 1);
        let best = enumerate(&self.graph).unwrap_or_default();
        let mut subtrees = Vec::new();
        if let Some(whole) = best.get(&all) {
            subtrees.push(Subtree { relations: all, rows: whole.rows });
        } else {
            subtrees.extend(self.components(&best));
        }
        let mut trees: HashMap<Relations, Tree> = HashMap::new();
        let steps = greedy(&self.graph, subtrees.clone());
        for subtree in subtrees {
            let tree = self.tree(subtree.relations, &best);
            trees.insert(subtree.relations, tree);
        }
        for (probe, build) in steps {
            if let (Some(probe), Some(build)) = (trees.remove(&probe), trees.remove(&build)) {
                let joined = self.join_pair(probe, build);
                trees.insert(joined.relations, joined);
            }
        }
        let mut plan = trees.remove(&all).expect("every step joins two trees, and the last one all that is left").plan;
        let last = std::mem::take(&mut self.graph.last);
        match &mut plan {
            Plan::Join { kind: JoinKind::Inner, residual, .. } => residual.extend(last),
            _ => filter(&mut plan, last),
        }
        plan
    }

    /// The largest sets of relations that have a tree, which no key connects with one another: all relations, each in
    /// one of them.
    fn components(&self, best: &HashMap<Relations, Best>) -> Vec<Subtree> {
        let mut sets: Vec<(&Relations, &Best)> = best.iter().collect();
        sets.sort_by_key(|(set, _)| (std::cmp::Reverse(set.0.count_ones()), set.0));
        let mut taken = Relations::default();
        let mut components = Vec::new();
        for (set, best) in sets {
            if !taken.meets(*set) {
                taken = taken.with(*set);
                components.push(Subtree { relations: *set, rows: best.rows });
            }
        }
        for (number, relation) in self.graph.relations.iter().enumerate() {
            if !taken.meets(Relations::only(number)) {
                components.push(Subtree { relations: Relations::only(number), rows: relation.rows });
            }
        }
        components.sort_by_key(|component| component.relations);
        components
    }

    fn tree(&mut self, relations: Relations, best: &HashMap<Relations, Best>) -> Tree {
        match best.get(&relations).and_then(|best| best.inputs) {
            Some((probe, build)) => {
                let probe = self.tree(probe, best);
                let build = self.tree(build, best);
                self.join_pair(probe, build)
            }
            None => {
                let number = relations.first().expect("a set without inputs is one relation");
                let plan = self.plans[number].take().expect("each relation is in one set only");
                Tree { plan, columns: self.graph.relations[number].columns.clone(), relations }
            }
        }
    }

    fn join_pair(&mut self, probe: Tree, build: Tree) -> Tree {
        let relations = probe.relations.with(build.relations);
        let mut columns = probe.columns.clone();
        columns.insert_all(&build.columns);
        let conditions = self.ready_conditions(relations);
        let number = build.relations.first().expect("a tree has a relation");
        let dependent = if self.graph.dependent_of(build.relations).is_some() {
            self.graph.relations[number].dependent.take()
        } else {
            None
        };
        let (probe_plan, build_plan) = (Box::new(probe.plan), Box::new(build.plan));
        let plan = match dependent {
            Some(join) => {
                let mut plan = Plan::Join {
                    kind: join.kind,
                    probe: probe_plan,
                    build: build_plan,
                    keys: join.keys,
                    residual: join.residual,
                    mark: join.mark,
                    span: join.span,
                };
                filter(&mut plan, conditions);
                plan
            }
            None => {
                let (keys, late) = self.keys((probe.relations, &probe.columns), (build.relations, &build.columns));
                Plan::Join {
                    kind: JoinKind::Inner,
                    probe: probe_plan,
                    build: build_plan,
                    keys,
                    residual: late.into_iter().chain(conditions).collect(),
                    mark: None,
                    span: Span::NONE,
                }
            }
        };
        Tree { plan, columns, relations }
    }

    /// The keys by which an inner join finds pairs, and those that are conditions by now: of an equality over several
    /// relations, some may have been joined with one of the other side.
    fn keys(&mut self, probe: (Relations, &ColumnSet), build: (Relations, &ColumnSet)) -> (Vec<JoinKey>, Vec<Expr>) {
        let both = probe.0.with(build.0);
        let (mut keys, mut late) = (Vec::new(), Vec::new());
        for class in &self.graph.classes {
            if let (Some(a), Some(b)) = (class.member_in(probe.1), class.member_in(build.1)) {
                keys.push(JoinKey { probe: a.clone(), build: b.clone(), null_equal: false });
            }
        }
        for edge in std::mem::take(&mut self.graph.keys) {
            if probe.0.contains_all(edge.probe) && build.0.contains_all(edge.build) {
                keys.push(edge.key);
            } else if edge.connects(probe.0, build.0) {
                keys.push(JoinKey { probe: edge.key.build, build: edge.key.probe, ..edge.key });
            } else if both.contains_all(edge.probe.with(edge.build)) {
                late.push(edge.key.into_condition());
            } else {
                self.graph.keys.push(edge);
            }
        }
        (keys, late)
    }

    /// Takes the conditions that can be tested over `relations`.
    fn ready_conditions(&mut self, relations: Relations) -> Vec<Expr> {
        let mut ready = Vec::new();
        for condition in std::mem::take(&mut self.graph.conditions) {
            if relations.contains_all(condition.reads) {
                ready.push(condition.expr);
            } else {
                self.graph.conditions.push(condition);
            }
        }
        ready
    }
}
