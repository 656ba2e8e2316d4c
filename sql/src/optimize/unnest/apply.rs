//! A plan runs anew for each row of a domain.
//!
//! What is stored of the domain is one row at a time for the plan. An operator that reads outer columns has its input
//! joined with this row, which neither adds rows nor drops any; so all operators do what they say, and nothing has to
//! be known of them.

use rowmill_vm::program::JoinKind;

use super::Found;
use super::domain::Domain;
use crate::plan::visit::{self, ColumnSet, take};
use crate::plan::{ColumnId, Columns, Expr, Plan, StoreId, Storing, Turns};

/// The rows of `plan` for each row of the domain, with columns that say for which one.
pub(super) fn apply(mut plan: Plan, domain: &Domain, columns: &mut Columns) -> (Plan, Found) {
    let rows = domain.copy(columns);
    let mut row = OneRow { outer: &domain.outer, store: columns.add_store(), columns };
    row.give(&mut plan);
    let found = row.join(&mut plan);
    let output = plan.output();
    let (store, name) = (row.store, "subquery".to_owned());
    let storing = Storing { store, name, rows, reader: (plan, output.clone()), columns: output, turns: Turns::EachRow };
    (Plan::Storing(Box::new(storing)), found)
}

/// The row of the domain that a plan runs for.
struct OneRow<'a> {
    outer: &'a [ColumnId],
    store: StoreId,
    columns: &'a mut Columns,
}

impl OneRow<'_> {
    /// Gives the row to every operator that reads outer columns.
    fn give(&mut self, plan: &mut Plan) {
        visit::for_each_input_mut(plan, &mut |input| self.give(input));
        match plan {
            Plan::Filter { input, predicates } => self.give_to(input, predicates.iter_mut()),
            Plan::Project { input, items } => self.give_to(input, items.iter_mut().map(|(_, expr)| expr)),
            Plan::Aggregate { input, keys, calls } => {
                let arguments =
                    calls.iter_mut().flat_map(|(_, call)| call.arguments.iter_mut().chain(&mut call.filter));
                self.give_to(input, keys.iter_mut().map(|(_, key)| key).chain(arguments));
            }
            Plan::Window { input, partition, order, calls } => {
                let arguments =
                    calls.iter_mut().flat_map(|(_, call)| call.arguments.iter_mut().chain(&mut call.filter));
                let order = order.iter_mut().map(|key| &mut key.expr);
                self.give_to(input, partition.iter_mut().chain(order).chain(arguments));
            }
            Plan::Join { probe, build, keys, residual, .. } => {
                let (of_probe, of_build): (Vec<_>, Vec<_>) =
                    keys.iter_mut().map(|key| (&mut key.probe, &mut key.build)).unzip();
                self.give_to(probe, of_probe.into_iter().chain(residual));
                self.give_to(build, of_build.into_iter());
            }
            Plan::Scan { .. }
            | Plan::Values { .. }
            | Plan::Sort { .. }
            | Plan::Limit { .. }
            | Plan::Append { .. }
            | Plan::Storing(_)
            | Plan::Stored { .. } => {}
        }
    }

    /// Joins `input` with the row, for those of the expressions over it that read outer columns.
    fn give_to<'e>(&mut self, input: &mut Plan, exprs: impl Iterator<Item = &'e mut Expr>) {
        let outer = self.outer;
        let reads = |expr: &Expr| {
            let read = ColumnSet::of_expr(expr);
            outer.iter().any(|column| read.contains(*column))
        };
        let mut readers = exprs.filter(|expr| reads(expr)).peekable();
        if readers.peek().is_some() {
            let row = self.join(input);
            let renamed = |id| Some(row[outer.iter().position(|outer| *outer == id)?]);
            readers.for_each(|expr| visit::rename(expr, &renamed));
        }
    }

    /// Joins a plan with the row; its columns there, in the order of the outer ones.
    fn join(&mut self, plan: &mut Plan) -> Found {
        let row: Found = self.outer.iter().map(|id| self.columns.add_like(*id)).collect();
        let stored = Plan::Stored { store: self.store, columns: row.clone() };
        *plan = Plan::join(JoinKind::Inner, take(plan), stored, Vec::new(), Vec::new());
        row
    }
}
