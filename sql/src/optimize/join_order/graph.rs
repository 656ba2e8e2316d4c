//! Relations, what connects them, and the rows that are expected of joining them.

use rowmill_vm::Span;
use rowmill_vm::program::JoinKind;

use super::{Relations, order};
use crate::optimize::unique;
use crate::optimize::{Estimator, estimate, may_fail};
use crate::plan::visit::{ColumnSet, is_volatile};
use crate::plan::{ColumnId, Expr, JoinKey, Plan, column_of};

/// The joins that stand directly above one another, taken apart.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) relations: Vec<Relation>,
    /// Columns that keys make equal.
    pub(super) classes: Vec<Class>,
    /// Equalities of anything but columns.
    pub(super) keys: Vec<KeyEdge>,
    /// Conditions that are tested as soon as their columns are there.
    pub(super) conditions: Vec<Condition>,
    /// Conditions that are tested last.
    pub(super) last: Vec<Expr>,
}

/// A subtree that is joined with others.
pub(super) struct Relation {
    pub(super) plan: Plan,
    /// What others can read of it.
    pub(super) columns: ColumnSet,
    pub(super) rows: f64,
    /// If it is the build side of a join that keeps to its probe side: that join.
    pub(super) dependent: Option<Dependent>,
}

/// A join of a relation with whatever holds the relations that it needs.
pub(super) struct Dependent {
    pub(super) kind: JoinKind,
    pub(super) keys: Vec<JoinKey>,
    pub(super) residual: Vec<Expr>,
    pub(super) mark: Option<ColumnId>,
    pub(super) span: Span,
    /// What it reads of the probe side, with all that those relations need themselves; never empty.
    pub(super) needs: Relations,
    /// Rows that come out for one that goes in.
    pub(super) factor: f64,
}

/// Columns that are equal. A class connects every two relations that hold a member: which members the text compares
/// does not matter.
pub(super) struct Class {
    pub(super) members: Vec<Expr>,
    pub(super) relations: Relations,
    /// Different values that are expected: those of its smallest member, which tells a key of 25 nations from one of a
    /// million orders.
    pub(super) distinct: f64,
}

impl Class {
    pub(super) fn member_in(&self, columns: &ColumnSet) -> Option<&Expr> {
        self.members.iter().find(|member| column_of(member).is_some_and(|column| columns.contains(column)))
    }
}

/// An equality of expressions.
pub(super) struct KeyEdge {
    pub(super) key: JoinKey,
    pub(super) probe: Relations,
    pub(super) build: Relations,
}

/// A condition over several relations.
pub(super) struct Condition {
    pub(super) reads: Relations,
    pub(super) expr: Expr,
    pub(super) selectivity: f64,
}

/// Whether a join may change places with others.
pub(super) fn is_movable(plan: &Plan) -> bool {
    let Plan::Join { kind, build, keys, residual, .. } = plan else { return false };
    let exprs = || keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(residual);
    let is_calm = || !exprs().any(|expr| may_fail(expr) || is_volatile(expr));
    match kind {
        // The key of an inner join that may fail is not computed for rows that another join would have dropped.
        JoinKind::Inner => {
            !keys.iter().flat_map(|key| [&key.probe, &key.build]).any(|expr| may_fail(expr) || is_volatile(expr))
        }
        JoinKind::Semi | JoinKind::Anti | JoinKind::Left | JoinKind::Mark => is_calm(),
        // For a row that another join would have dropped, a second partner must not become an error.
        JoinKind::Single => is_calm() && unique::has_one_partner(build, keys),
        JoinKind::Full | JoinKind::RightSemi | JoinKind::RightAnti => false,
    }
}

/// Relations that a plan consists of, when its joins are taken apart.
pub(super) fn relation_count(plan: &Plan) -> usize {
    match plan {
        Plan::Join { kind, probe, build, .. } if is_movable(plan) => {
            relation_count(probe) + if *kind == JoinKind::Inner { relation_count(build) } else { 1 }
        }
        _ => 1,
    }
}

impl Graph {
    /// Takes joins apart.
    pub(super) fn of(plan: Plan, estimator: &Estimator) -> Graph {
        let mut graph = Graph::default();
        let mut inner = Vec::new();
        graph.collect(plan, &mut inner, estimator);
        for (keys, residual) in inner {
            keys.into_iter().for_each(|key| graph.add_key(key, estimator));
            residual.into_iter().for_each(|condition| graph.add_condition(condition));
        }
        graph.compare_within_relations();
        graph
    }

    /// Collects relations; the conditions of inner joins are kept until all relations are there.
    fn collect(&mut self, plan: Plan, inner: &mut Vec<(Vec<JoinKey>, Vec<Expr>)>, estimator: &Estimator) {
        if !is_movable(&plan) {
            return self.add_relation(plan, None, estimator);
        }
        let Plan::Join { kind, probe, build, keys, residual, mark, span } = plan else {
            return self.add_relation(plan, None, estimator);
        };
        let first = self.relations.len();
        self.collect(*probe, inner, estimator);
        if kind == JoinKind::Inner {
            self.collect(*build, inner, estimator);
            inner.push((keys, residual));
            return;
        }
        let mut read = ColumnSet::default();
        keys.iter().for_each(|key| read.insert_expr(&key.probe));
        residual.iter().for_each(|condition| read.insert_expr(condition));
        let mut needs = self.relations_of(&read);
        if needs.is_empty() {
            // It can be joined with any: with the first of those that it stood above.
            needs = Relations::only(first);
        }
        for number in needs.numbers() {
            if let Some(join) = &self.relations[number].dependent {
                needs = needs.with(join.needs);
            }
        }
        self.add_relation(*build, Some(Dependent { kind, keys, residual, mark, span, needs, factor: 1.0 }), estimator);
    }

    fn add_relation(&mut self, mut plan: Plan, mut dependent: Option<Dependent>, estimator: &Estimator) {
        order(&mut plan, estimator);
        let rows = estimator.rows(&plan);
        let mut columns = ColumnSet::of_output(&plan);
        if let Some(join) = &mut dependent {
            join.factor = self.factor(join, (&plan, rows), estimator);
            match join.kind {
                JoinKind::Semi | JoinKind::Anti => columns = ColumnSet::default(),
                JoinKind::Mark => {
                    columns = ColumnSet::default();
                    join.mark.iter().for_each(|mark| columns.insert(*mark));
                }
                JoinKind::Left
                | JoinKind::Single
                | JoinKind::Inner
                | JoinKind::Full
                | JoinKind::RightSemi
                | JoinKind::RightAnti => {}
            }
        }
        self.relations.push(Relation { plan, columns, rows, dependent });
    }

    /// Rows that come out of a dependent join for one that goes in.
    fn factor(&self, join: &Dependent, build: (&Plan, f64), estimator: &Estimator) -> f64 {
        let probe_distinct = |key: &JoinKey| self.distinct(&key.probe, estimator);
        estimator.dependent_factor(join.kind, build, &join.keys, &join.residual, &probe_distinct)
    }

    /// The relations that give `columns`; columns of nobody here do not count.
    fn relations_of(&self, columns: &ColumnSet) -> Relations {
        let giving = self.relations.iter().enumerate().filter(|(_, relation)| relation.columns.intersects(columns));
        giving.fold(Relations::default(), |all, (number, _)| all.with(Relations::only(number)))
    }

    fn add_condition(&mut self, expr: Expr) {
        if may_fail(&expr) || is_volatile(&expr) {
            return self.last.push(expr);
        }
        let reads = self.relations_of(&ColumnSet::of_expr(&expr));
        let selectivity = estimate::selectivity(&expr);
        self.conditions.push(Condition { reads, expr, selectivity });
    }

    /// An inner join's key: a class of columns, or an edge. What reads the build side of a dependent join is a
    /// condition, tested when that join is done.
    fn add_key(&mut self, key: JoinKey, estimator: &Estimator) {
        let (probe, build) =
            (self.relations_of(&ColumnSet::of_expr(&key.probe)), self.relations_of(&ColumnSet::of_expr(&key.build)));
        let is_dependent = |number: usize| self.relations[number].dependent.is_some();
        let splits = !probe.is_empty() && !build.is_empty() && !probe.meets(build);
        if !splits || probe.with(build).numbers().any(is_dependent) {
            return self.add_condition(key.into_condition());
        }
        if key.null_equal || column_of(&key.probe).is_none() || column_of(&key.build).is_none() {
            return self.keys.push(KeyEdge { key, probe, build });
        }
        let mut class = Class { members: Vec::new(), relations: Relations::default(), distinct: f64::INFINITY };
        for member in [key.probe, key.build] {
            let has = |class: &Class| class.members.iter().any(|other| column_of(other) == column_of(&member));
            match self.classes.iter().position(has) {
                Some(index) => {
                    let other = self.classes.remove(index);
                    class.members.extend(other.members);
                    class.relations = class.relations.with(other.relations);
                    class.distinct = class.distinct.min(other.distinct);
                }
                None if has(&class) => {}
                None => {
                    class.distinct = class.distinct.min(self.distinct(&member, estimator));
                    class.relations = class.relations.with(self.relations_of(&ColumnSet::of_expr(&member)));
                    class.members.push(member);
                }
            }
        }
        class.members.sort_by_key(column_of);
        self.classes.push(class);
    }

    /// Different values of an expression, in the relation that gives all that it reads.
    fn distinct(&self, expr: &Expr, estimator: &Estimator) -> f64 {
        let read = ColumnSet::of_expr(expr);
        let relation = self.relations.iter().find(|relation| relation.columns.contains_all(&read));
        relation.map_or(f64::INFINITY, |relation| estimator.distinct_of(&relation.plan, expr))
    }

    /// Columns of one class that come from one relation are compared there: joins only compare one of them.
    fn compare_within_relations(&mut self) {
        for relation in &mut self.relations {
            let mut equalities = Vec::new();
            for class in &self.classes {
                let Some(first) = class.member_in(&relation.columns) else { continue };
                let is_other = |member: &&Expr| {
                    column_of(member) != column_of(first)
                        && column_of(member).is_some_and(|column| relation.columns.contains(column))
                };
                equalities.extend(class.members.iter().filter(is_other).map(|other| {
                    JoinKey { probe: first.clone(), build: other.clone(), null_equal: false }.into_condition()
                }));
            }
            relation.rows = (relation.rows * estimate::selectivities(&equalities)).max(1.0);
            crate::optimize::filter(&mut relation.plan, equalities);
        }
    }

    /// The join that `right` alone is the build side of, if `left` has what it needs.
    pub(super) fn dependent(&self, left: Relations, right: Relations) -> Option<&Dependent> {
        let join = self.dependent_of(right)?;
        left.contains_all(join.needs).then_some(join)
    }

    /// The join that `relations` are the build side of.
    pub(super) fn dependent_of(&self, relations: Relations) -> Option<&Dependent> {
        let number = relations.first()?;
        if relations == Relations::only(number) { self.relations[number].dependent.as_ref() } else { None }
    }

    /// Whether an inner join's key connects two sets of relations.
    pub(super) fn is_connected(&self, a: Relations, b: Relations) -> bool {
        self.classes.iter().any(|class| class.relations.meets(a) && class.relations.meets(b))
            || self.keys.iter().any(|edge| edge.connects(a, b))
    }

    /// Rows that are expected of an inner join of two sets of relations of so many rows.
    pub(super) fn joined_rows(&self, (a, a_rows): (Relations, f64), (b, b_rows): (Relations, f64)) -> f64 {
        let (mut product, mut largest) = (1.0_f64, 1.0_f64);
        for class in &self.classes {
            if class.relations.meets(a) && class.relations.meets(b) {
                product *= class.distinct;
                largest = largest.max(class.distinct);
            }
        }
        for edge in &self.keys {
            if edge.connects(a, b) {
                product *= a_rows.max(b_rows);
            }
        }
        // Several keys together have no more values than the larger side has rows.
        let divisor = product.min(a_rows.max(b_rows)).max(largest);
        self.after_conditions(a, b, a_rows * b_rows / divisor)
    }

    /// Rows that are left of `rows` by the conditions that can be tested once `a` and `b` are joined.
    pub(super) fn after_conditions(&self, a: Relations, b: Relations, rows: f64) -> f64 {
        let both = a.with(b);
        let becomes_ready = |condition: &&Condition| {
            both.contains_all(condition.reads) && !a.contains_all(condition.reads) && !b.contains_all(condition.reads)
        };
        let share: f64 = self.conditions.iter().filter(becomes_ready).map(|condition| condition.selectivity).product();
        (rows * share).max(1.0)
    }
}

impl KeyEdge {
    pub(super) fn connects(&self, a: Relations, b: Relations) -> bool {
        (a.contains_all(self.probe) && b.contains_all(self.build))
            || (a.contains_all(self.build) && b.contains_all(self.probe))
    }
}
