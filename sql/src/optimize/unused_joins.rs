//! Joins that nothing is read of, and that neither add rows nor drop any.
//!
//! A left or single join with one partner at most gives each row of its probe side once; so does a mark join. Where no
//! column that it adds is read above, its probe side alone is the same.

use rowmill_vm::program::JoinKind;

use super::{may_fail, unique};
use crate::plan::visit::{self, ColumnSet, take};
use crate::plan::{ColumnId, ExprKind, Plan, Query};

pub(super) fn unused_joins(query: &mut Query) {
    let mut uses = Uses::default();
    query.output.iter().for_each(|output| uses.add(output.column));
    uses.count(&mut query.plan);
    let mut gone = ColumnSet::default();
    uses.eliminate(&mut query.plan, &mut gone);
    if !gone.is_empty() {
        forget(&mut query.plan, &gone);
    }
}

/// Takes columns that are gone out of the projections that kept them.
fn forget(plan: &mut Plan, gone: &ColumnSet) {
    if let Plan::Project { items, .. } = plan {
        items.retain(|(id, _)| !gone.contains(*id));
    }
    visit::for_each_input_mut(plan, &mut |input| forget(input, gone));
}

/// How often each column is read, by id.
#[derive(Default)]
struct Uses(Vec<usize>);

impl Uses {
    fn add(&mut self, column: ColumnId) {
        let index = column.0 as usize;
        if index >= self.0.len() {
            self.0.resize(index + 1, 0);
        }
        self.0[index] += 1;
    }

    fn of(&self, column: ColumnId) -> usize {
        self.0.get(column.0 as usize).copied().unwrap_or(0)
    }

    /// Counts what a plan reads; a column that is kept under its id is read for those above only.
    fn count(&mut self, plan: &mut Plan) {
        match plan {
            Plan::Project { items, .. } => {
                let computed =
                    items.iter().filter(|(id, expr)| !matches!(expr.kind, ExprKind::Column(kept) if kept == *id));
                computed.for_each(|(_, expr)| visit::for_each_column(expr, &mut |column| self.add(column)));
            }
            Plan::Sort { keys, .. } => keys.iter().for_each(|key| self.add(key.column)),
            Plan::Append { inputs, .. } => {
                inputs.iter().flat_map(|(_, columns)| columns).for_each(|column| self.add(*column));
            }
            Plan::Storing(storing) => {
                let columns = storing.rows.1.iter().chain(&storing.reader.1);
                columns.for_each(|column| self.add(*column));
            }
            _ => {
                visit::for_each_expr_mut(plan, &mut |expr| {
                    visit::for_each_column(expr, &mut |column| self.add(column))
                });
            }
        }
        visit::for_each_input_mut(plan, &mut |input| self.count(input));
    }

    fn eliminate(&self, plan: &mut Plan, gone: &mut ColumnSet) {
        while let Plan::Join { kind, probe, build, keys, residual, mark, .. } = plan {
            let added: Vec<ColumnId> = match kind {
                JoinKind::Left | JoinKind::Single => build.output(),
                JoinKind::Mark => mark.iter().copied().collect(),
                JoinKind::Inner
                | JoinKind::Semi
                | JoinKind::Anti
                | JoinKind::Full
                | JoinKind::RightSemi
                | JoinKind::RightAnti => break,
            };
            let is_single = match kind {
                JoinKind::Mark => true,
                _ => unique::has_one_partner(build, keys),
            };
            // What the join itself, and its build side, read of these columns goes with it.
            let mut own = Uses::default();
            let exprs = keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(residual.iter());
            let fails = exprs.clone().any(may_fail);
            exprs.for_each(|expr| visit::for_each_column(expr, &mut |column| own.add(column)));
            own.count(build);
            if !is_single || fails || added.iter().any(|column| self.of(*column) > own.of(*column)) {
                break;
            }
            added.iter().for_each(|column| gone.insert(*column));
            *plan = take(probe);
        }
        visit::for_each_input_mut(plan, &mut |input| self.eliminate(input, gone));
    }
}
