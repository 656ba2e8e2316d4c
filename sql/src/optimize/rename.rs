//! Takes out projections that only pick and rename columns: what is above reads the columns below them instead.
//!
//! Without them, joins of subqueries stand directly above one another, where join ordering sees them.

use crate::plan::visit::{self, ColumnSet, take};
use crate::plan::{ColumnId, Columns, ExprKind, Plan, Query};

pub(super) fn rename(query: &mut Query) {
    if !ids_are_unique(&query.plan, &mut ColumnSet::default()) {
        // Renaming is what tells the columns of one subtree that stands in the plan twice apart.
        return;
    }
    let mut renames = Renames { columns: &mut query.columns, old: Vec::new() };
    renames.apply(&mut query.plan);
    for output in &mut query.output {
        output.column = renames.resolve(output.column);
    }
}

/// Whether every column is made by one operator only.
fn ids_are_unique(plan: &Plan, seen: &mut ColumnSet) -> bool {
    let mut unique = true;
    let mut define = |column| {
        unique &= !seen.contains(column);
        seen.insert(column);
    };
    visit::for_each_definition(plan, &mut define);
    visit::for_each_input(plan, &mut |input| unique = unique && ids_are_unique(input, seen));
    unique
}

struct Renames<'a> {
    columns: &'a mut Columns,
    /// By id: the column that it stands for.
    old: Vec<Option<ColumnId>>,
}

impl Renames<'_> {
    fn resolve(&self, column: ColumnId) -> ColumnId {
        self.old.get(column.0 as usize).copied().flatten().unwrap_or(column)
    }

    fn apply(&mut self, plan: &mut Plan) {
        visit::for_each_input_mut(plan, &mut |input| self.apply(input));
        if !self.old.is_empty() {
            self.rename_in(plan);
        }
        let Plan::Project { input, items } = plan else { return };
        if !items.iter().all(|(_, expr)| matches!(expr.kind, ExprKind::Column(_))) {
            return;
        }
        for (new, expr) in items.iter() {
            if let ExprKind::Column(old) = expr.kind {
                self.add(*new, old);
            }
        }
        *plan = take(input);
    }

    fn add(&mut self, new: ColumnId, old: ColumnId) {
        if new == old {
            return;
        }
        // An outer join above has been told of the new column only.
        if self.columns.get(new).nullable {
            self.columns.set_nullable(old);
        }
        let index = new.0 as usize;
        if index >= self.old.len() {
            self.old.resize(index + 1, None);
        }
        self.old[index] = Some(old);
    }

    fn rename_in(&self, plan: &mut Plan) {
        visit::for_each_expr_mut(plan, &mut |expr| visit::rename(expr, &|column| Some(self.resolve(column))));
        match plan {
            Plan::Sort { keys, .. } => {
                for key in keys {
                    key.column = self.resolve(key.column);
                }
            }
            Plan::Append { inputs, .. } => {
                for column in inputs.iter_mut().flat_map(|(_, columns)| columns) {
                    *column = self.resolve(*column);
                }
            }
            Plan::Storing(storing) => {
                for column in storing.rows.1.iter_mut().chain(&mut storing.reader.1) {
                    *column = self.resolve(*column);
                }
                if !storing.is_recursive() {
                    storing.columns.clone_from(&storing.reader.1);
                }
            }
            Plan::Project { items, .. } | Plan::Aggregate { keys: items, .. } => {
                // A column that was kept under its id is now the column that it stands for.
                for (id, expr) in items {
                    if self.resolve(*id) != *id
                        && matches!(expr.kind, ExprKind::Column(old) if old == self.resolve(*id))
                    {
                        *id = self.resolve(*id);
                    }
                }
            }
            Plan::Scan { .. }
            | Plan::Values { .. }
            | Plan::Filter { .. }
            | Plan::Join { .. }
            | Plan::Window { .. }
            | Plan::Stored { .. }
            | Plan::Limit { .. } => {}
        }
    }
}
