//! Moves predicates to where their rows come from, and makes keys of equalities between the two sides of a join.

use rowmill_vm::program::JoinKind;

use super::{factor, filter, may_fail, split_conjuncts};
use crate::plan::visit::{self, ColumnSet, is_volatile, substitute, take};
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan, Query};

pub(super) fn pushdown(query: &mut Query) {
    push(&mut query.plan, Vec::new());
}

/// Makes `plan` give only rows for which all `conjuncts` hold, tested in their order.
pub(super) fn push(plan: &mut Plan, conjuncts: Vec<Expr>) {
    match plan {
        Plan::Filter { input, predicates } => {
            let mut all = Vec::with_capacity(predicates.len() + conjuncts.len());
            split_conjuncts(std::mem::take(predicates), &mut all);
            all.extend(conjuncts);
            let mut input = take(input);
            push(&mut input, all);
            *plan = input;
        }
        Plan::Project { input, items } => {
            let replacement = |column| find(items, column);
            let (below, above) = split(conjuncts, |conjunct| {
                let mut movable = true;
                visit::for_each_column(conjunct, &mut |column| {
                    movable &= items.iter().any(|(id, expr)| *id == column && !is_volatile(expr));
                });
                movable
            });
            push(input, substituted(below, &replacement));
            filter(plan, above);
        }
        Plan::Aggregate { input, keys, .. } => {
            // Without keys there is a row even if nothing comes in.
            let (below, above) = split(conjuncts, |conjunct| {
                let mut movable = !keys.is_empty() && !is_volatile(conjunct);
                visit::for_each_column(conjunct, &mut |column| movable &= keys.iter().any(|(id, _)| *id == column));
                movable
            });
            let replacement = |column| find(keys, column);
            push(input, substituted(below, &replacement));
            filter(plan, above);
        }
        Plan::Append { inputs, columns } => {
            for (input, input_columns) in inputs {
                let replacement = |column: ColumnId| {
                    let position = columns.iter().position(|id| *id == column)?;
                    Some(input_columns[position])
                };
                let mut own = conjuncts.clone();
                own.iter_mut().for_each(|conjunct| visit::rename(conjunct, &replacement));
                push(input, own);
            }
        }
        Plan::Window { .. } => push_window(plan, conjuncts),
        Plan::Join { .. } => push_join(plan, conjuncts),
        Plan::Sort { input, limit: None, .. } => push(input, conjuncts),
        Plan::Sort { input, limit: Some(_), .. } | Plan::Limit { input, .. } => {
            push(input, Vec::new());
            filter(plan, conjuncts);
        }
        Plan::Storing(storing) => {
            push(&mut storing.rows.0, Vec::new());
            if storing.is_recursive() {
                // A row that does not pass may lead to rows that do.
                push(&mut storing.reader.0, Vec::new());
                filter(plan, conjuncts);
            } else {
                push(&mut storing.reader.0, conjuncts);
            }
        }
        Plan::Scan { .. } | Plan::Values { .. } | Plan::Stored { .. } => filter(plan, conjuncts),
    }
}

/// What all rows of a partition have in common, whole partitions have or have not.
fn push_window(plan: &mut Plan, conjuncts: Vec<Expr>) {
    let Plan::Window { input, partition, .. } = plan else { return };
    let is_common = |column| partition.iter().any(|expr| matches!(expr.kind, ExprKind::Column(id) if id == column));
    let (below, above) = split(conjuncts, |conjunct| {
        let mut movable = is_movable(conjunct);
        visit::for_each_column(conjunct, &mut |column| movable &= is_common(column));
        movable
    });
    push(input, below);
    filter(plan, above);
}

fn find(items: &[(ColumnId, Expr)], column: ColumnId) -> Option<Expr> {
    items.iter().find(|(id, _)| *id == column).map(|(_, expr)| expr.clone())
}

fn substituted(mut conjuncts: Vec<Expr>, replacement: &dyn Fn(ColumnId) -> Option<Expr>) -> Vec<Expr> {
    conjuncts.iter_mut().for_each(|conjunct| substitute(conjunct, replacement));
    conjuncts
}

/// Conjuncts that go below an operator, and those that stay above. What may fail does not pass one that stays.
fn split(conjuncts: Vec<Expr>, movable: impl Fn(&Expr) -> bool) -> (Vec<Expr>, Vec<Expr>) {
    let (mut below, mut above) = (Vec::new(), Vec::new());
    for conjunct in conjuncts {
        if movable(&conjunct) && (above.is_empty() || !may_fail(&conjunct)) {
            below.push(conjunct);
        } else {
            above.push(conjunct);
        }
    }
    (below, above)
}

fn push_join(plan: &mut Plan, conjuncts: Vec<Expr>) {
    let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
    let mut sides = Sides {
        probe_columns: ColumnSet::of_output(probe),
        build_columns: ColumnSet::of_output(build),
        to_probe: Vec::new(),
        to_build: Vec::new(),
        keys: std::mem::take(keys),
        residual: Vec::new(),
    };
    let kind = *kind;
    let mut own = Vec::with_capacity(residual.len());
    split_conjuncts(std::mem::take(residual), &mut own);
    let mut above = Vec::new();
    if kind == JoinKind::Inner {
        own.extend(conjuncts);
    } else if kind == JoinKind::Full {
        above = conjuncts;
    } else {
        let movable =
            |conjunct: &Expr| is_movable(conjunct) && sides.probe_columns.contains_all(&ColumnSet::of_expr(conjunct));
        (sides.to_probe, above) = split(conjuncts, movable);
    }
    own.into_iter().for_each(|conjunct| sides.place(kind, conjunct));
    push(probe, sides.to_probe);
    push(build, sides.to_build);
    *keys = sides.keys;
    *residual = sides.residual;
    filter(plan, above);
}

/// Whether an expression may be computed for rows that a join would drop, or repeat.
fn is_movable(expr: &Expr) -> bool {
    !may_fail(expr) && !is_volatile(expr)
}

/// Where the conjuncts of a join go.
struct Sides {
    probe_columns: ColumnSet,
    build_columns: ColumnSet,
    to_probe: Vec<Expr>,
    to_build: Vec<Expr>,
    keys: Vec<JoinKey>,
    residual: Vec<Expr>,
}

impl Sides {
    /// Finds the place of a conjunct that a pair of rows must satisfy.
    fn place(&mut self, kind: JoinKind, conjunct: Expr) {
        if !is_movable(&conjunct) {
            self.residual.push(conjunct);
            return;
        }
        // Others keep rows of the probe side that have no partner.
        let drops_unmatched = kind.drops_unmatched();
        let read = ColumnSet::of_expr(&conjunct);
        if kind == JoinKind::Full {
            // Both sides keep all their rows.
            match self.key(conjunct) {
                Ok(key) => self.keys.push(key),
                Err(conjunct) => self.residual.push(conjunct),
            }
        } else if drops_unmatched && self.probe_columns.contains_all(&read) {
            self.to_probe.push(conjunct);
        } else if self.build_columns.contains_all(&read) {
            self.to_build.push(conjunct);
        } else if kind == JoinKind::Mark {
            // A NULL in a key would make the mark NULL; in a condition it is no match.
            self.residual.push(conjunct);
        } else {
            match self.key(conjunct) {
                Ok(key) => self.keys.push(key),
                Err(conjunct) => self.place_implied(conjunct, drops_unmatched),
            }
        }
    }

    /// Keeps a conjunct over both sides, and tests on each side what it says of it alone.
    fn place_implied(&mut self, conjunct: Expr, drops_unmatched: bool) {
        if drops_unmatched {
            self.to_probe.extend(factor::implied(&conjunct, &self.probe_columns));
        }
        self.to_build.extend(factor::implied(&conjunct, &self.build_columns));
        self.residual.push(conjunct);
    }

    /// The key that an equality between the two sides is.
    fn key(&self, conjunct: Expr) -> Result<JoinKey, Expr> {
        let null_equal = match &conjunct.kind {
            ExprKind::Compare(CompareOp::Equal, ..) => false,
            ExprKind::Not(operand) if matches!(operand.kind, ExprKind::Distinct(..)) => true,
            _ => return Err(conjunct),
        };
        let swapped = match self.is_key(&conjunct) {
            Some(swapped) => swapped,
            None => return Err(conjunct),
        };
        let operands = |kind| match kind {
            ExprKind::Compare(_, left, right) | ExprKind::Distinct(left, right) => Some((*left, *right)),
            _ => None,
        };
        let (left, right) = match conjunct.kind {
            ExprKind::Not(operand) => operands(operand.kind),
            kind => operands(kind),
        }
        .expect("the match above admits only equalities");
        let (probe, build) = if swapped { (right, left) } else { (left, right) };
        Ok(JoinKey { probe, build, null_equal })
    }

    /// Whether the operands are of different sides, and if so, whether the left one is of the build side.
    fn is_key(&self, equality: &Expr) -> Option<bool> {
        let mut reads = Vec::with_capacity(2);
        let operands = match &equality.kind {
            ExprKind::Not(operand) => operand,
            _ => equality,
        };
        operands.for_each_child(&mut |operand| reads.push(ColumnSet::of_expr(operand)));
        let [left, right] = reads.as_slice() else { return None };
        let is_pair = |probe: &ColumnSet, build: &ColumnSet| {
            self.probe_columns.contains_all(probe) && self.build_columns.contains_all(build)
        };
        if is_pair(left, right) {
            Some(false)
        } else if is_pair(right, left) {
            Some(true)
        } else {
            None
        }
    }
}
