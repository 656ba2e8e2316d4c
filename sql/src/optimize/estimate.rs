//! How many rows to expect, crudely: from row counts of tables, what they know of their columns ([`super::known`]),
//! and the shape of predicates.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;
use rowmill_vm::Value;
use rowmill_vm::program::JoinKind;
use rowmill_vm::table::Table;

use super::{known, sample};
use crate::plan::visit::same;
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan, StoreId, Storing, Turns};

/// Rows of a source that does not know.
const UNKNOWN_ROWS: f64 = 100_000.0;
/// Rows of a recursion's turn, all turns together: so many that what they are joined with is the build side, which is
/// then built once and not for each turn.
const WORKING_ROWS: f64 = 1e12;
/// Share of rows that pass `=` with a number; ranges pass a third, as in System R.
const EQUAL: f64 = 0.1;
/// Share of rows that pass `=` with a text.
const TEXT_EQUAL: f64 = 0.05;
const RANGE: f64 = 1.0 / 3.0;
/// Share of rows that pass a predicate of which nothing is known.
const UNKNOWN: f64 = 1.0 / 3.0;
const MATCH: f64 = 0.1;
/// Share of rows that have a partner, where nothing is known of the values.
const PARTNER: f64 = 0.5;
/// Share of rows that an anti-join leaves at least.
const LEFT_OVER: f64 = 0.1;
/// Rows in a group.
const GROUP_ROWS: f64 = 4.0;

/// Estimates, and what was found by looking at rows for them: each filter is sampled once.
#[derive(Default)]
pub struct Estimator {
    samples: RefCell<Vec<Sampled>>,
    /// How many rows are expected to be stored, for those who read them.
    stored: RefCell<HashMap<StoreId, f64>>,
}

/// The share of rows that a filter was found to keep.
struct Sampled {
    table: Arc<dyn Table>,
    predicates: Vec<Expr>,
    share: Option<f64>,
}

impl Estimator {
    /// Rows that come out of `plan`; at least 1, so that products stay comparable.
    pub fn rows(&self, plan: &Plan) -> f64 {
        let rows = match plan {
            Plan::Scan { table, .. } => table.row_count().map_or(UNKNOWN_ROWS, |rows| rows as f64),
            Plan::Values { rows, .. } => rows.len() as f64,
            Plan::Filter { input, predicates } => {
                let share = match &**input {
                    Plan::Scan { table, columns } => self.filtered(table, columns, predicates),
                    _ => selectivities(predicates),
                };
                self.rows(input) * share
            }
            Plan::Project { input, .. } | Plan::Window { input, .. } => self.rows(input),
            Plan::Join { kind, probe, build, keys, residual, .. } => {
                let (probe_rows, build_rows) = (self.rows(probe), self.rows(build));
                match kind {
                    JoinKind::Inner => {
                        let distinct = |key: &JoinKey| {
                            self.distinct_of(probe, &key.probe).min(self.distinct_of(build, &key.build))
                        };
                        let divisor = keys.iter().map(distinct).fold(1.0, f64::max);
                        probe_rows * build_rows / divisor * selectivities(residual)
                    }
                    JoinKind::Full => probe_rows + build_rows,
                    JoinKind::RightSemi | JoinKind::RightAnti => build_rows * PARTNER,
                    JoinKind::Left | JoinKind::Mark | JoinKind::Single | JoinKind::Semi | JoinKind::Anti => {
                        let probe_distinct = |key: &JoinKey| self.distinct_of(probe, &key.probe);
                        probe_rows * self.dependent_factor(*kind, (build, build_rows), keys, residual, &probe_distinct)
                    }
                }
            }
            Plan::Aggregate { input, keys, .. } => self.groups(input, keys.iter().map(|(_, key)| key)),
            Plan::Sort { input, limit, .. } | Plan::Limit { input, limit, .. } => limited(self.rows(input), *limit),
            Plan::Storing(storing) => self.storing(storing),
            Plan::Stored { store, .. } => self.stored.borrow().get(store).copied().unwrap_or(WORKING_ROWS),
            Plan::Append { inputs, .. } => inputs.iter().map(|(input, _)| self.rows(input)).sum(),
        };
        rows.max(1.0)
    }

    fn storing(&self, storing: &Storing) -> f64 {
        let rows = self.rows(&storing.rows.0);
        match storing.turns {
            Turns::One => {
                self.stored.borrow_mut().insert(storing.store, rows);
                self.rows(&storing.reader.0)
            }
            Turns::EachRow => {
                self.stored.borrow_mut().insert(storing.store, 1.0);
                rows * self.rows(&storing.reader.0)
            }
            Turns::Recursive(_) => UNKNOWN_ROWS,
        }
    }

    /// Groups: as many as keys have values together, and several rows in each where that is not known.
    pub(super) fn groups<'e>(&self, input: &Plan, keys: impl ExactSizeIterator<Item = &'e Expr>) -> f64 {
        if keys.len() == 0 {
            return 1.0;
        }
        let values: f64 = keys.map(|expr| self.distinct_of(input, expr)).product();
        values.min(self.rows(input) / GROUP_ROWS)
    }

    /// The share of a table's rows that a filter keeps: by what is known of its columns, and where nothing is, by
    /// looking at rows.
    fn filtered(&self, table: &Arc<dyn Table>, columns: &[(ColumnId, usize)], predicates: &[Expr]) -> f64 {
        let (known, unknown) = known::selectivity(table.as_ref(), columns, predicates);
        if unknown.is_empty() {
            return known;
        }
        let mut samples = self.samples.borrow_mut();
        let is_it = |sample: &&Sampled| {
            Arc::ptr_eq(&sample.table, table)
                && sample.predicates.len() == unknown.len()
                && sample.predicates.iter().zip(&unknown).all(|(a, b)| same(a, b))
        };
        let found = samples.iter().find(is_it).map(|sample| sample.share);
        let share = found.unwrap_or_else(|| {
            let share = sample::share(table, columns, &unknown);
            let predicates = unknown.iter().map(|predicate| (*predicate).clone()).collect();
            samples.push(Sampled { table: Arc::clone(table), predicates, share });
            share
        });
        known * share.unwrap_or_else(|| unknown.iter().map(|predicate| selectivity(predicate)).product())
    }

    /// Rows that come out of a join for each that goes in on its probe side, where the join keeps to that side.
    /// `probe_distinct` tells how many different values a key has there.
    pub(super) fn dependent_factor(
        &self,
        kind: JoinKind,
        (build, build_rows): (&Plan, f64),
        keys: &[JoinKey],
        residual: &[Expr],
        probe_distinct: &dyn Fn(&JoinKey) -> f64,
    ) -> f64 {
        // Of the values looked up, those that are there: at most as many as there are rows.
        let found = |key: &JoinKey| {
            let looked_up = probe_distinct(key);
            let there = self.distinct_of(build, &key.build).min(build_rows);
            if looked_up.is_finite() && looked_up > 0.0 { (there / looked_up).min(1.0) } else { PARTNER }
        };
        let partner = || {
            let found = keys.iter().map(found).fold(1.0, f64::min);
            // Any of several partners will do: a condition rejects less often than it would reject a row.
            if residual.is_empty() { found } else { found * selectivities(residual).sqrt() }
        };
        match kind {
            JoinKind::Mark | JoinKind::Single | JoinKind::Inner | JoinKind::Full => 1.0,
            JoinKind::Semi | JoinKind::RightSemi => partner(),
            JoinKind::Anti | JoinKind::RightAnti => (1.0 - partner()).max(LEFT_OVER),
            JoinKind::Left => {
                let fewest = |key: &JoinKey| build_rows / self.distinct_of(build, &key.build).max(1.0);
                keys.iter().map(fewest).fold(build_rows, f64::min).max(1.0)
            }
        }
    }

    /// Distinct values of an expression over `plan` at most, before filters.
    pub(super) fn distinct_of(&self, plan: &Plan, expr: &Expr) -> f64 {
        match expr.kind {
            ExprKind::Column(column) => self.distinct(plan, column),
            _ => self.rows(plan),
        }
    }

    /// Distinct values of a column at most, before filters: the rows of the table that it comes from.
    fn distinct(&self, plan: &Plan, column: ColumnId) -> f64 {
        match plan {
            Plan::Filter { input, .. } | Plan::Sort { input, .. } | Plan::Limit { input, .. } => {
                self.distinct(input, column)
            }
            Plan::Window { input, calls, .. } => {
                if calls.iter().any(|(id, _)| *id == column) {
                    self.rows(plan)
                } else {
                    self.distinct(input, column)
                }
            }
            Plan::Project { input, items: keys } | Plan::Aggregate { input, keys, .. } => {
                match keys.iter().find(|(id, _)| *id == column) {
                    Some((_, Expr { kind: ExprKind::Column(inner), .. })) => self.distinct(input, *inner),
                    _ => self.rows(plan),
                }
            }
            Plan::Join { probe, build, .. } => {
                if probe.output().contains(&column) {
                    self.distinct(probe, column)
                } else {
                    self.distinct(build, column)
                }
            }
            Plan::Scan { table, columns } => {
                let position = columns.iter().find(|(id, _)| *id == column).map(|(_, position)| *position);
                position
                    .and_then(|position| known::distinct(table.as_ref(), position))
                    .map_or(self.rows(plan), |d| d.min(self.rows(plan)))
            }
            Plan::Values { .. } | Plan::Append { .. } | Plan::Storing(_) | Plan::Stored { .. } => self.rows(plan),
        }
    }
}

fn limited(rows: f64, limit: Option<u64>) -> f64 {
    limit.map_or(rows, |limit| rows.min(limit as f64))
}

/// Share of rows that pass all predicates.
pub(super) fn selectivities(predicates: &[Expr]) -> f64 {
    predicates.iter().map(selectivity).product()
}

/// Share of rows that pass a predicate.
pub(super) fn selectivity(predicate: &Expr) -> f64 {
    match &predicate.kind {
        ExprKind::Literal(Value::Boolean(true)) => 1.0,
        ExprKind::Literal(_) => 0.0,
        ExprKind::Compare(CompareOp::Equal, operand, _) => equal(operand),
        ExprKind::Compare(CompareOp::NotEqual, operand, _) => 1.0 - equal(operand),
        ExprKind::Compare(..) => RANGE,
        ExprKind::Distinct(operand, _) => 1.0 - equal(operand),
        ExprKind::And(operands) => selectivities(operands),
        ExprKind::Or(operands) => 1.0 - operands.iter().map(|operand| 1.0 - selectivity(operand)).product::<f64>(),
        ExprKind::Not(operand) => 1.0 - selectivity(operand),
        ExprKind::IsNull(_) => EQUAL,
        ExprKind::InList(operand, list) => (equal(operand) * list.len() as f64).min(1.0),
        ExprKind::Function(function, _) if matches!(function.function.name, "like" | "ilike") => MATCH,
        ExprKind::Column(_)
        | ExprKind::Parameter(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Negate(_)
        | ExprKind::Case(..)
        | ExprKind::Coalesce(_)
        | ExprKind::Cast(..)
        | ExprKind::Function(..) => UNKNOWN,
    }
}

fn equal(operand: &Expr) -> f64 {
    if operand.data_type.is_text() { TEXT_EQUAL } else { EQUAL }
}
