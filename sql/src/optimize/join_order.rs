//! The order of inner joins: joins whose results are smallest come first, and the smaller side is built.
//!
//! Greedy operator ordering (L. Fegaras, "A New Heuristic for Optimizing Large Queries", 1998): of all pairs of
//! subtrees that a key connects, join the pair with the fewest expected rows, until one tree is left. Trees come out
//! bushy; a large fact table ends up as the probe side of a chain of small build sides.
//!
//! Columns that keys make equal form a class. A class connects every two subtrees that each hold a member: which
//! members the text compares does not matter. Its expected number of distinct values is that of its smallest
//! member, which tells a key of 25 nations from one of a million orders.

use rowmill_vm::Span;
use rowmill_vm::program::JoinKind;

use super::{estimate, filter, may_fail};
use crate::plan::visit::{self, ColumnSet, is_volatile, take};
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan, Query};

pub(super) fn join_order(query: &mut Query) {
    order(&mut query.plan);
}

fn order(plan: &mut Plan) {
    if !matches!(plan, Plan::Join { kind: JoinKind::Inner, .. }) {
        visit::for_each_input_mut(plan, &mut order);
        return;
    }
    let mut graph = Graph::default();
    graph.collect(take(plan));
    *plan = graph.join();
}

/// The inner joins that stand directly above one another.
#[derive(Default)]
struct Graph {
    trees: Vec<Tree>,
    classes: Vec<Class>,
    /// Equalities of anything but columns.
    keys: Vec<JoinKey>,
    /// Conditions that are tested as soon as their columns are there.
    conditions: Vec<(ColumnSet, Expr)>,
    /// Conditions that are tested last.
    last: Vec<Expr>,
}

/// A subtree that is not joined with the others yet.
struct Tree {
    plan: Plan,
    columns: ColumnSet,
    rows: f64,
}

/// Columns that are equal.
struct Class {
    members: Vec<Expr>,
    distinct: f64,
}

impl Class {
    fn member_in(&self, columns: &ColumnSet) -> Option<&Expr> {
        self.members.iter().find(|member| column_of(member).is_some_and(|column| columns.contains(column)))
    }
}

fn column_of(expr: &Expr) -> Option<ColumnId> {
    match expr.kind {
        ExprKind::Column(column) => Some(column),
        _ => None,
    }
}

impl Graph {
    /// Takes joins apart into what they join and their conditions.
    fn collect(&mut self, plan: Plan) {
        match plan {
            Plan::Join { kind: JoinKind::Inner, probe, build, keys, residual, .. } => {
                self.collect(*probe);
                self.collect(*build);
                keys.into_iter().for_each(|key| self.add_key(key));
                for condition in residual {
                    if may_fail(&condition) || is_volatile(&condition) {
                        self.last.push(condition);
                    } else {
                        self.conditions.push((ColumnSet::of_expr(&condition), condition));
                    }
                }
            }
            mut leaf => {
                order(&mut leaf);
                let (columns, rows) = (ColumnSet::of_output(&leaf), estimate::rows(&leaf));
                self.trees.push(Tree { plan: leaf, columns, rows });
            }
        }
    }

    fn add_key(&mut self, key: JoinKey) {
        if key.null_equal || column_of(&key.probe).is_none() || column_of(&key.build).is_none() {
            self.keys.push(key);
            return;
        }
        let mut class = Class { members: Vec::new(), distinct: f64::INFINITY };
        for member in [key.probe, key.build] {
            let has = |class: &Class| class.members.iter().any(|other| column_of(other) == column_of(&member));
            match self.classes.iter().position(has) {
                Some(index) => {
                    let other = self.classes.remove(index);
                    class.members.extend(other.members);
                    class.distinct = class.distinct.min(other.distinct);
                }
                None if has(&class) => {}
                None => {
                    class.distinct = class.distinct.min(self.distinct(&member));
                    class.members.push(member);
                }
            }
        }
        class.members.sort_by_key(column_of);
        self.classes.push(class);
    }

    fn distinct(&self, expr: &Expr) -> f64 {
        let read = ColumnSet::of_expr(expr);
        let tree = self.trees.iter().find(|tree| tree.columns.contains_all(&read));
        tree.map_or(f64::INFINITY, |tree| estimate::distinct_of(&tree.plan, expr))
    }

    /// Columns of one class that come from one tree are compared there: joins only compare one of them.
    fn compare_within_trees(&mut self) {
        for tree in &mut self.trees {
            let mut equalities = Vec::new();
            for class in &self.classes {
                let Some(first) = class.member_in(&tree.columns) else { continue };
                let is_other = |member: &&Expr| {
                    column_of(member) != column_of(first)
                        && column_of(member).is_some_and(|column| tree.columns.contains(column))
                };
                equalities.extend(
                    class.members.iter().filter(is_other).map(|other| {
                        equality(JoinKey { probe: first.clone(), build: other.clone(), null_equal: false })
                    }),
                );
            }
            tree.rows = (tree.rows * estimate::selectivities(&equalities)).max(1.0);
            filter(&mut tree.plan, equalities);
        }
    }

    /// Joins all trees to one.
    fn join(mut self) -> Plan {
        self.compare_within_trees();
        while self.trees.len() > 1 {
            let (first, second) = self.best_pair();
            // `second` is the larger index: removing it leaves the other in place.
            let second = self.trees.remove(second);
            let first = self.trees.remove(first);
            let joined = self.join_pair(first, second);
            self.trees.push(joined);
        }
        self.trees.pop().expect("a join has two inputs at least").plan
    }

    /// The two trees to be joined next.
    fn best_pair(&self) -> (usize, usize) {
        let mut best = (0, 1);
        let mut best_score = (true, f64::INFINITY, f64::INFINITY);
        for (second, b) in self.trees.iter().enumerate() {
            for (first, a) in self.trees[..second].iter().enumerate() {
                let (connected, rows) = self.expected(a, b);
                let score = (!connected, rows, a.rows + b.rows);
                if score < best_score {
                    (best, best_score) = ((first, second), score);
                }
            }
        }
        best
    }

    /// Whether a key connects two trees, and the rows that their join is expected to give.
    fn expected(&self, a: &Tree, b: &Tree) -> (bool, f64) {
        let (mut product, mut largest) = (1.0_f64, 1.0_f64);
        let mut connected = false;
        for class in &self.classes {
            if class.member_in(&a.columns).is_some() && class.member_in(&b.columns).is_some() {
                connected = true;
                product *= class.distinct;
                largest = largest.max(class.distinct);
            }
        }
        for key in &self.keys {
            if orientation(key, &a.columns, &b.columns).is_some() {
                connected = true;
                product *= a.rows.max(b.rows);
            }
        }
        // Several keys together have no more values than the larger side has rows.
        let divisor = product.min(a.rows.max(b.rows)).max(largest);
        (connected, (a.rows * b.rows / divisor).max(1.0))
    }

    fn join_pair(&mut self, first: Tree, second: Tree) -> Tree {
        let (_, mut rows) = self.expected(&first, &second);
        let (probe, build) = if first.rows < second.rows { (second, first) } else { (first, second) };
        let mut columns = probe.columns.clone();
        columns.insert_all(&build.columns);

        let mut keys = Vec::new();
        for class in &self.classes {
            if let (Some(a), Some(b)) = (class.member_in(&probe.columns), class.member_in(&build.columns)) {
                keys.push(JoinKey { probe: a.clone(), build: b.clone(), null_equal: false });
            }
        }
        let mut residual = Vec::new();
        for key in std::mem::take(&mut self.keys) {
            match orientation(&key, &probe.columns, &build.columns) {
                Some(Orientation::Same) => keys.push(key),
                Some(Orientation::Swapped) => keys.push(JoinKey { probe: key.build, build: key.probe, ..key }),
                None if columns.contains_all(&columns_of(&key)) => residual.push(equality(key)),
                None => self.keys.push(key),
            }
        }
        for (read, condition) in std::mem::take(&mut self.conditions) {
            if columns.contains_all(&read) {
                residual.push(condition);
            } else {
                self.conditions.push((read, condition));
            }
        }
        rows = (rows * estimate::selectivities(&residual)).max(1.0);
        if self.trees.is_empty() {
            residual.append(&mut self.last);
        }
        let plan = Plan::Join {
            kind: JoinKind::Inner,
            probe: Box::new(probe.plan),
            build: Box::new(build.plan),
            keys,
            residual,
            mark: None,
            span: Span::NONE,
        };
        Tree { plan, columns, rows }
    }
}

/// Which side of a key belongs to which side of a join.
enum Orientation {
    Same,
    Swapped,
}

fn orientation(key: &JoinKey, probe: &ColumnSet, build: &ColumnSet) -> Option<Orientation> {
    let (left, right) = (ColumnSet::of_expr(&key.probe), ColumnSet::of_expr(&key.build));
    if probe.contains_all(&left) && build.contains_all(&right) {
        Some(Orientation::Same)
    } else if probe.contains_all(&right) && build.contains_all(&left) {
        Some(Orientation::Swapped)
    } else {
        None
    }
}

fn columns_of(key: &JoinKey) -> ColumnSet {
    let mut columns = ColumnSet::of_expr(&key.probe);
    columns.insert_expr(&key.build);
    columns
}

/// A key as a condition, for where its columns are on one side.
fn equality(key: JoinKey) -> Expr {
    let boolean = |kind, nullable| Expr { kind, data_type: rowmill_vm::DataType::Boolean, nullable, span: Span::NONE };
    let nullable = !key.null_equal && (key.probe.nullable || key.build.nullable);
    let (left, right) = (Box::new(key.probe), Box::new(key.build));
    if key.null_equal {
        boolean(ExprKind::Not(Box::new(boolean(ExprKind::Distinct(left, right), false))), false)
    } else {
        boolean(ExprKind::Compare(CompareOp::Equal, left, right), nullable)
    }
}
