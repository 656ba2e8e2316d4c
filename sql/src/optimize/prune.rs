//! Columns that nobody reads are not read, computed, or stored in hash tables and sorters.

use std::cell::RefCell;

use hashbrown::HashMap;
use rowmill_vm::program::JoinKind;

use crate::plan::visit::{ColumnSet, for_each_input_mut, take};
use crate::plan::{ColumnId, Columns, ExprKind, Plan, Query, StoreId, Storing};

pub(super) fn prune(query: &mut Query) {
    let wanted = query.output.iter().map(|output| output.column).collect();
    Pruner { columns: &query.columns, read: RefCell::default() }.prune(&mut query.plan, wanted);
}

struct Pruner<'a> {
    columns: &'a Columns,
    /// For what is stored, which of its columns are read, by position.
    read: RefCell<HashMap<StoreId, Vec<bool>>>,
}

impl Pruner<'_> {
    /// Makes `plan` give the columns `wanted`, and few others.
    fn prune(&self, plan: &mut Plan, mut wanted: ColumnSet) {
        match plan {
            Plan::Scan { columns, .. } => columns.retain(|(id, _)| wanted.contains(*id)),
            Plan::Values { columns, rows } => {
                if columns.iter().any(|id| !wanted.contains(*id)) {
                    for row in rows {
                        let mut kept = columns.iter().map(|id| wanted.contains(*id));
                        row.retain(|_| kept.next().unwrap_or(true));
                    }
                    columns.retain(|id| wanted.contains(*id));
                }
            }
            Plan::Filter { input, predicates } => {
                predicates.iter().for_each(|predicate| wanted.insert_expr(predicate));
                self.prune(input, wanted);
            }
            Plan::Project { input, items } => {
                items.retain(|(id, _)| wanted.contains(*id));
                self.prune(input, items.iter().map(|(_, expr)| expr).collect());
                if items.iter().all(|(id, expr)| matches!(expr.kind, ExprKind::Column(column) if column == *id)) {
                    *plan = take(input);
                }
            }
            Plan::Join { .. } => self.prune_join(plan, wanted),
            Plan::Aggregate { input, keys, calls } => {
                calls.retain(|(id, _)| wanted.contains(*id));
                if keys.is_empty() && calls.is_empty() {
                    *plan = Plan::one_row();
                    return;
                }
                let arguments = calls.iter().flat_map(|(_, call)| call.arguments.iter().chain(&call.filter));
                self.prune(input, keys.iter().map(|(_, expr)| expr).chain(arguments).collect());
            }
            Plan::Sort { input, keys, .. } => {
                keys.iter().for_each(|key| wanted.insert(key.column));
                self.prune_stored(input, wanted);
            }
            Plan::Window { .. } => self.prune_window(plan, wanted),
            Plan::Limit { input, .. } => self.prune(input, wanted),
            Plan::Storing(storing) => {
                // Each turn of a recursion reads all that the one before gave.
                if !storing.is_recursive() {
                    storing.columns.retain(|id| wanted.contains(*id));
                    storing.reader.1.clone_from(&storing.columns);
                }
                self.prune(&mut storing.reader.0, storing.reader.1.iter().copied().collect());
                if !storing.is_recursive() {
                    self.drop_stored(storing);
                }
                self.prune(&mut storing.rows.0, storing.rows.1.iter().copied().collect());
            }
            Plan::Stored { store, columns } => self.note_read(*store, columns, &wanted),
            Plan::Append { inputs, columns } => {
                for (input, own) in inputs {
                    let mut kept = columns.iter().map(|id| wanted.contains(*id));
                    own.retain(|_| kept.next().unwrap_or(true));
                    self.prune(input, own.iter().copied().collect());
                }
                columns.retain(|id| wanted.contains(*id));
            }
        }
    }

    /// Notes which of the stored columns, by position, a reader wants.
    fn note_read(&self, store: StoreId, columns: &[ColumnId], wanted: &ColumnSet) {
        let mut read = self.read.borrow_mut();
        let positions = read.entry(store).or_insert_with(|| vec![false; columns.len()]);
        positions.iter_mut().zip(columns).for_each(|(read, id)| *read |= wanted.contains(*id));
    }

    /// Drops stored columns that no reader wants.
    fn drop_stored(&self, storing: &mut Storing) {
        fn keep(columns: &mut Vec<ColumnId>, read: &[bool]) {
            let mut kept = read.iter();
            columns.retain(|_| kept.next().copied().unwrap_or(false));
        }
        fn keep_below(plan: &mut Plan, wanted: StoreId, read: &[bool]) {
            match plan {
                Plan::Stored { store, columns } if *store == wanted => keep(columns, read),
                _ => for_each_input_mut(plan, &mut |input| keep_below(input, wanted, read)),
            }
        }
        let read = self.read.borrow_mut().remove(&storing.store).unwrap_or_default();
        keep(&mut storing.rows.1, &read);
        keep_below(&mut storing.reader.0, storing.store, &read);
    }

    fn prune_window(&self, plan: &mut Plan, mut wanted: ColumnSet) {
        let Plan::Window { input, partition, order, calls } = plan else { return };
        calls.retain(|(id, _)| wanted.contains(*id));
        if calls.is_empty() {
            *plan = take(input);
            return self.prune(plan, wanted);
        }
        partition.iter().for_each(|expr| wanted.insert_expr(expr));
        order.iter().for_each(|key| wanted.insert_expr(&key.expr));
        let arguments = calls.iter().flat_map(|(_, call)| call.arguments.iter().chain(&call.filter));
        arguments.for_each(|expr| wanted.insert_expr(expr));
        self.prune_stored(input, wanted);
    }

    fn prune_join(&self, plan: &mut Plan, mut wanted: ColumnSet) {
        let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
        let mut of_build = match kind {
            JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Single => wanted.clone(),
            JoinKind::RightSemi | JoinKind::RightAnti => std::mem::take(&mut wanted),
            JoinKind::Semi | JoinKind::Anti | JoinKind::Mark => ColumnSet::default(),
        };
        for key in keys {
            wanted.insert_expr(&key.probe);
            of_build.insert_expr(&key.build);
        }
        for condition in residual {
            wanted.insert_expr(condition);
            of_build.insert_expr(condition);
        }
        self.prune(probe, wanted);
        self.prune_stored(build, of_build);
    }

    /// Prunes what is stored row by row, where a column that is only there for a filter would be stored too.
    fn prune_stored(&self, plan: &mut Plan, wanted: ColumnSet) {
        self.prune(plan, wanted.clone());
        if wanted.contains_all(&ColumnSet::of_output(plan)) {
            return;
        }
        let kept = plan.output().into_iter().filter(|id| wanted.contains(*id));
        let items = kept.map(|id| (id, self.columns.expr(id)));
        let items = items.collect();
        *plan = Plan::Project { input: Box::new(take(plan)), items };
    }
}
