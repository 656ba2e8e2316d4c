//! Whether two plans give the same rows, under other columns.

use hashbrown::HashMap;
use std::sync::Arc;

use super::visit::same_under;
use super::{AggregateExpr, ColumnId, Expr, Plan, SortColumn, SortExpr, StoreId, Storing, WindowCallee, WindowExpr};

/// Which columns and stores of one plan are which of another.
#[derive(Default)]
pub struct Match {
    columns: HashMap<ColumnId, ColumnId>,
    stores: HashMap<StoreId, StoreId>,
}

/// Compares two plans operator by operator. If they compute the same, says which column of `b` is which of `a`. A plan
/// that may give other rows each time is not the same as itself.
pub fn same_plan(a: &Plan, b: &Plan) -> Option<Match> {
    let mut found = Match::default();
    found.plans(a, b).then_some(found)
}

impl Match {
    /// The column of the second plan that a column of the first one is.
    pub fn of(&self, a: ColumnId) -> ColumnId {
        self.columns.get(&a).copied().unwrap_or(a)
    }

    fn define(&mut self, a: ColumnId, b: ColumnId) {
        self.columns.insert(a, b);
    }

    fn define_all(&mut self, a: &[ColumnId], b: &[ColumnId]) -> bool {
        a.iter().zip(b).for_each(|(a, b)| self.define(*a, *b));
        a.len() == b.len()
    }

    fn expr(&self, a: &Expr, b: &Expr) -> bool {
        same_under(a, b, &|a, b| self.of(a) == b)
    }

    fn exprs(&self, a: &[Expr], b: &[Expr]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.expr(a, b))
    }

    fn columns(&self, a: &[ColumnId], b: &[ColumnId]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.of(*a) == *b)
    }

    fn items(&mut self, a: &[(ColumnId, Expr)], b: &[(ColumnId, Expr)]) -> bool {
        let same = a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| self.expr(a, b));
        a.iter().zip(b).for_each(|((a, _), (b, _))| self.define(*a, *b));
        same
    }

    fn input(&mut self, a: &(Plan, Vec<ColumnId>), b: &(Plan, Vec<ColumnId>)) -> bool {
        self.plans(&a.0, &b.0) && self.columns(&a.1, &b.1)
    }

    fn plans(&mut self, a: &Plan, b: &Plan) -> bool {
        match (a, b) {
            (Plan::Scan { table: a, columns: a_columns }, Plan::Scan { table: b, columns: b_columns }) => {
                a_columns.iter().zip(b_columns).for_each(|((a, _), (b, _))| self.define(*a, *b));
                let positions = |columns: &[(ColumnId, usize)]| columns.iter().map(|(_, at)| *at).collect::<Vec<_>>();
                Arc::ptr_eq(a, b) && positions(a_columns) == positions(b_columns)
            }
            (Plan::Values { columns: a, rows: a_rows }, Plan::Values { columns: b, rows: b_rows }) => {
                self.define_all(a, b) && a_rows == b_rows
            }
            (Plan::Stored { store: a, columns: a_columns }, Plan::Stored { store: b, columns: b_columns }) => {
                self.stores.get(a).unwrap_or(a) == b && self.define_all(a_columns, b_columns)
            }
            (Plan::Storing(a), Plan::Storing(b)) => self.storing(a, b),
            (Plan::Append { inputs: a, columns: a_columns }, Plan::Append { inputs: b, columns: b_columns }) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| self.input(a, b))
                    && self.define_all(a_columns, b_columns)
            }
            (Plan::Join { .. }, Plan::Join { .. }) => self.joins(a, b),
            (Plan::Filter { input: a_input, .. }, Plan::Filter { input: b_input, .. })
            | (Plan::Project { input: a_input, .. }, Plan::Project { input: b_input, .. })
            | (Plan::Aggregate { input: a_input, .. }, Plan::Aggregate { input: b_input, .. })
            | (Plan::Sort { input: a_input, .. }, Plan::Sort { input: b_input, .. })
            | (Plan::Window { input: a_input, .. }, Plan::Window { input: b_input, .. })
            | (Plan::Limit { input: a_input, .. }, Plan::Limit { input: b_input, .. }) => {
                self.plans(a_input, b_input) && self.operators(a, b)
            }
            _ => false,
        }
    }

    /// Operators with one input, whose inputs are the same.
    fn operators(&mut self, a: &Plan, b: &Plan) -> bool {
        match (a, b) {
            (Plan::Filter { predicates: a, .. }, Plan::Filter { predicates: b, .. }) => self.exprs(a, b),
            (Plan::Project { items: a, .. }, Plan::Project { items: b, .. }) => self.items(a, b),
            (Plan::Aggregate { keys: a_keys, calls: a, .. }, Plan::Aggregate { keys: b_keys, calls: b, .. }) => {
                let same = a.len() == b.len() && a.iter().zip(b).all(|((_, a), (_, b))| self.calls(a, b));
                a.iter().zip(b).for_each(|((a, _), (b, _))| self.define(*a, *b));
                same && self.items(a_keys, b_keys)
            }
            (Plan::Sort { keys: a, limit: a_limit, .. }, Plan::Sort { keys: b, limit: b_limit, .. }) => {
                let same = |(a, b): (&SortColumn, &SortColumn)| {
                    self.of(a.column) == b.column && (a.order, a.nulls) == (b.order, b.nulls)
                };
                a_limit == b_limit && a.len() == b.len() && a.iter().zip(b).all(same)
            }
            (
                Plan::Window { partition: a_partition, order: a_order, calls: a, .. },
                Plan::Window { partition: b_partition, order: b_order, calls: b, .. },
            ) => {
                let same = self.exprs(a_partition, b_partition)
                    && self.orders(a_order, b_order)
                    && a.len() == b.len()
                    && a.iter().zip(b).all(|((_, a), (_, b))| self.windows(a, b));
                a.iter().zip(b).for_each(|((a, _), (b, _))| self.define(*a, *b));
                same
            }
            (Plan::Limit { offset: a_offset, limit: a, .. }, Plan::Limit { offset: b_offset, limit: b, .. }) => {
                (a_offset, a) == (b_offset, b)
            }
            _ => false,
        }
    }

    fn storing(&mut self, a: &Storing, b: &Storing) -> bool {
        self.stores.insert(a.store, b.store);
        a.turns == b.turns
            && self.input(&a.rows, &b.rows)
            && self.input(&a.reader, &b.reader)
            && self.define_all(&a.columns, &b.columns)
    }

    fn joins(&mut self, a: &Plan, b: &Plan) -> bool {
        let parts = |plan| match plan {
            &Plan::Join { kind, ref probe, ref build, ref keys, ref residual, mark, .. } => {
                Some((kind, probe, build, keys, residual, mark))
            }
            _ => None,
        };
        let (Some(a), Some(b)) = (parts(a), parts(b)) else { return false };
        let same = a.0 == b.0 && self.plans(a.1, b.1) && self.plans(a.2, b.2) && a.3.len() == b.3.len();
        let same_keys = |found: &Match| {
            a.3.iter().zip(b.3).all(|(a, b)| {
                a.null_equal == b.null_equal && found.expr(&a.probe, &b.probe) && found.expr(&a.build, &b.build)
            })
        };
        if let (Some(a), Some(b)) = (a.5, b.5) {
            self.define(a, b);
        }
        same && same_keys(self) && self.exprs(a.4, b.4)
    }

    fn orders(&self, a: &[SortExpr], b: &[SortExpr]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| (a.order, a.nulls) == (b.order, b.nulls) && self.expr(&a.expr, &b.expr))
    }

    fn calls(&self, a: &AggregateExpr, b: &AggregateExpr) -> bool {
        std::ptr::eq(a.overload, b.overload)
            && a.distinct == b.distinct
            && a.data_type == b.data_type
            && self.exprs(&a.arguments, &b.arguments)
            && self.exprs(a.filter.as_slice(), b.filter.as_slice())
    }

    fn windows(&self, a: &WindowExpr, b: &WindowExpr) -> bool {
        let same_callee = match (a.callee, b.callee) {
            (WindowCallee::Function(_, a), WindowCallee::Function(_, b)) => std::ptr::eq(a, b),
            (WindowCallee::Aggregate(_, a), WindowCallee::Aggregate(_, b)) => std::ptr::eq(a, b),
            _ => false,
        };
        same_callee
            && a.frame == b.frame
            && a.data_type == b.data_type
            && self.exprs(&a.arguments, &b.arguments)
            && self.exprs(a.filter.as_slice(), b.filter.as_slice())
    }
}
