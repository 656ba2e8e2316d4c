//! Plans and expressions as text: what EXPLAIN QUERY PLAN shows, comments in listings say, and golden tests compare.
//!
//! ```text
//! Project n_name, sum AS revenue
//!   Filter sum > 10
//!     Aggregate by n_name: sum(l_extendedprice * (1 - l_discount)) AS sum
//!       Join inner on l_suppkey = s_suppkey
//!         Scan lineitem(l_suppkey, l_extendedprice, l_discount)
//!         Scan supplier(s_suppkey, n_name)
//! ```
//!
//! A join prints its probe side first.

use std::fmt::Write;

use super::visit::{self, ColumnSet};
use super::{
    AggregateExpr, ColumnId, Columns, Expr, ExprKind, JoinKey, Plan, SortColumn, SortExpr, Storing, Turns, WindowExpr,
};
use rowmill_vm::program::{Frame, JoinKind, NullOrder, Order, Repeats};
use rowmill_vm::{DataType, Value};

mod expr;
mod literal;

/// Rows of a Values operator that are printed.
const VALUES_ROWS_MAX: usize = 8;

/// A plan as an indented tree, one operator a line, each line ended. A column prints its name, and its id behind it
/// if somewhere in the plan another column of that name is at hand.
pub fn print(plan: &Plan, columns: &Columns) -> String {
    let mut text = String::new();
    print_operators(plan, columns, &mut |_, line| {
        text.push_str(line);
        text.push('\n');
    });
    text
}

/// Gives each operator with its line, without an end, to `each`: the operator above its inputs.
pub fn print_operators(plan: &Plan, columns: &Columns, each: &mut dyn FnMut(&Plan, &str)) {
    let mut printer = Printer { columns, ambiguous: ColumnSet::default(), out: String::new() };
    printer.find_ambiguous(plan);
    printer.plan(plan, 0, each);
}

/// An expression as SQL-like text.
pub fn print_expr(expr: &Expr, columns: &Columns) -> String {
    let mut printer = Printer { columns, ambiguous: ColumnSet::default(), out: String::new() };
    printer.expr(expr);
    printer.out
}

pub(super) struct Printer<'a> {
    columns: &'a Columns,
    ambiguous: ColumnSet,
    out: String,
}

impl Printer<'_> {
    fn find_ambiguous(&mut self, plan: &Plan) {
        let mut scope = Vec::new();
        visit::for_each_input(plan, &mut |input| scope.extend(input.output()));
        self.find_ambiguous_in(&scope);
        self.find_ambiguous_in(&plan.output());
        visit::for_each_input(plan, &mut |input| self.find_ambiguous(input));
    }

    fn find_ambiguous_in(&mut self, scope: &[ColumnId]) {
        for (index, &a) in scope.iter().enumerate() {
            for &b in &scope[index + 1..] {
                if a != b && self.columns.get(a).name.eq_ignore_ascii_case(&self.columns.get(b).name) {
                    self.ambiguous.insert(a);
                    self.ambiguous.insert(b);
                }
            }
        }
    }

    fn plan(&mut self, plan: &Plan, depth: usize, each: &mut dyn FnMut(&Plan, &str)) {
        self.operator(plan, depth);
        each(plan, &self.out);
        self.out.clear();
        visit::for_each_input(plan, &mut |input| self.plan(input, depth + 1, each));
    }

    fn operator(&mut self, plan: &Plan, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
        match plan {
            Plan::Scan { table, columns } => {
                let _ = write!(self.out, "Scan {}(", table.name());
                self.list(columns, |printer, (id, _)| printer.column(*id));
                self.out.push(')');
            }
            Plan::Values { columns, rows } => self.values(columns, rows),
            Plan::Filter { predicates, .. } => {
                self.out.push_str("Filter ");
                self.conjuncts(predicates);
            }
            Plan::Project { items, .. } => {
                self.out.push_str("Project ");
                self.list(items, |printer, (id, expr)| printer.item(*id, expr));
            }
            Plan::Join { kind, keys, residual, mark, .. } => self.join(*kind, keys, residual, *mark),
            Plan::Aggregate { keys, calls, .. } => self.aggregate(keys, calls),
            Plan::Sort { keys, limit, .. } => {
                self.out.push_str("Sort ");
                self.list(keys, Printer::sort_column);
                if let Some(limit) = limit {
                    let _ = write!(self.out, " limit {limit}");
                }
            }
            Plan::Window { partition, order, calls, .. } => self.window(partition, order, calls),
            Plan::Limit { offset, limit, .. } => {
                match limit {
                    Some(limit) => _ = write!(self.out, "Limit {limit}"),
                    None => self.out.push_str("Limit all"),
                }
                if *offset > 0 {
                    let _ = write!(self.out, " offset {offset}");
                }
            }
            Plan::Append { inputs, columns } => self.append(inputs, columns),
            Plan::Storing(storing) => {
                self.storing(storing);
            }
            Plan::Stored { store, columns } => {
                let _ = write!(self.out, "Stored {store}(");
                self.list(columns, |printer, id| printer.column(*id));
                self.out.push(')');
            }
        }
    }

    fn storing(&mut self, storing: &Storing) {
        let Storing { store, name, .. } = storing;
        _ = match storing.turns {
            Turns::One => write!(self.out, "Share {store} {name}("),
            Turns::EachRow => write!(self.out, "Apply {store} {name}("),
            Turns::Recursive(Repeats::Kept) => write!(self.out, "Recursive {store} {name}("),
            Turns::Recursive(Repeats::Dropped) => write!(self.out, "Recursive distinct {store} {name}("),
        };
        self.list(&storing.columns, |printer, id| printer.column(*id));
        self.out.push_str(") of ");
        let lists = [&storing.rows.1, &storing.reader.1];
        let shown = if storing.is_recursive() { 2 } else { 1 };
        self.list(&lists[..shown], |printer, columns| {
            printer.out.push('(');
            printer.list(columns.iter(), |printer, id| printer.column(*id));
            printer.out.push(')');
        });
    }

    fn values(&mut self, columns: &[ColumnId], rows: &[Vec<Value>]) {
        self.out.push_str("Values (");
        self.list(columns, |printer, id| printer.column(*id));
        self.out.push_str("): ");
        if rows.is_empty() {
            self.out.push_str("no rows");
        }
        self.list(rows.iter().take(VALUES_ROWS_MAX), |printer, row| {
            printer.out.push('(');
            printer.list(row.iter().zip(columns), |printer, (value, id)| {
                literal::write(value, &printer.columns.get(*id).data_type, &mut printer.out);
            });
            printer.out.push(')');
        });
        if rows.len() > VALUES_ROWS_MAX {
            let _ = write!(self.out, " and {} more", rows.len() - VALUES_ROWS_MAX);
        }
    }

    fn join(&mut self, kind: JoinKind, keys: &[JoinKey], residual: &[Expr], mark: Option<ColumnId>) {
        self.out.push_str(match kind {
            JoinKind::Inner if keys.is_empty() && residual.is_empty() => "Join cross",
            JoinKind::Inner => "Join inner",
            JoinKind::Left => "Join left",
            JoinKind::Full => "Join full",
            JoinKind::Semi => "Join semi",
            JoinKind::Anti => "Join anti",
            JoinKind::Mark => "Join mark",
            JoinKind::Single => "Join single",
            JoinKind::RightSemi => "Join right semi",
            JoinKind::RightAnti => "Join right anti",
        });
        if !keys.is_empty() {
            self.out.push_str(" on ");
            self.separated(keys, " AND ", |printer, key| {
                let equals = if key.null_equal { " IS NOT DISTINCT FROM " } else { " = " };
                printer.operand(&key.probe);
                printer.out.push_str(equals);
                printer.operand(&key.build);
            });
        }
        if !residual.is_empty() {
            self.out.push_str(" where ");
            self.conjuncts(residual);
        }
        if let Some(mark) = mark {
            self.out.push_str(" AS ");
            self.column(mark);
        }
    }

    fn aggregate(&mut self, keys: &[(ColumnId, Expr)], calls: &[(ColumnId, AggregateExpr)]) {
        self.out.push_str("Aggregate");
        if !keys.is_empty() {
            self.out.push_str(" by ");
            self.list(keys, |printer, (id, expr)| printer.item(*id, expr));
        }
        if !calls.is_empty() {
            self.out.push_str(": ");
            self.list(calls, |printer, (id, call)| {
                printer.aggregate_call(call);
                printer.out.push_str(" AS ");
                printer.column(*id);
            });
        }
    }

    fn aggregate_call(&mut self, call: &AggregateExpr) {
        let _ = write!(self.out, "{}(", call.function.name);
        if call.distinct {
            self.out.push_str("DISTINCT ");
        }
        if call.arguments.is_empty() {
            self.out.push('*');
        }
        self.list(&call.arguments, Printer::expr);
        self.out.push(')');
        self.filter(call.filter.as_ref());
    }

    fn filter(&mut self, filter: Option<&Expr>) {
        if let Some(filter) = filter {
            self.out.push_str(" FILTER (WHERE ");
            self.expr(filter);
            self.out.push(')');
        }
    }

    fn window(&mut self, partition: &[Expr], order: &[SortExpr], calls: &[(ColumnId, WindowExpr)]) {
        self.out.push_str("Window");
        if !partition.is_empty() {
            self.out.push_str(" partition by ");
            self.list(partition, Printer::expr);
        }
        if !order.is_empty() {
            self.out.push_str(" order by ");
            self.list(order, |printer, key| {
                printer.expr(&key.expr);
                printer.direction(key.order, key.nulls);
            });
        }
        self.out.push_str(": ");
        self.list(calls, |printer, (id, call)| {
            let _ = write!(printer.out, "{}(", call.callee.name());
            printer.list(&call.arguments, Printer::expr);
            printer.out.push(')');
            printer.filter(call.filter.as_ref());
            if call.frame != Frame::RUNNING {
                let _ = write!(printer.out, " {}", call.frame);
            }
            printer.out.push_str(" AS ");
            printer.column(*id);
        });
    }

    fn append(&mut self, inputs: &[(Plan, Vec<ColumnId>)], columns: &[ColumnId]) {
        self.out.push_str("Append (");
        self.list(columns, |printer, id| printer.column(*id));
        self.out.push_str(") of ");
        self.list(inputs, |printer, (_, columns)| {
            printer.out.push('(');
            printer.list(columns, |printer, id| printer.column(*id));
            printer.out.push(')');
        });
    }

    fn sort_column(&mut self, key: &SortColumn) {
        self.column(key.column);
        self.direction(key.order, key.nulls);
    }

    fn direction(&mut self, order: Order, nulls: NullOrder) {
        self.out.push_str(match (order, nulls) {
            (Order::Ascending, NullOrder::Last) => "",
            (Order::Ascending, NullOrder::First) => " NULLS FIRST",
            (Order::Descending, NullOrder::First) => " DESC",
            (Order::Descending, NullOrder::Last) => " DESC NULLS LAST",
        });
    }

    /// `expr AS name`, or the bare column where it is kept.
    fn item(&mut self, id: ColumnId, expr: &Expr) {
        self.expr(expr);
        if !matches!(expr.kind, ExprKind::Column(column) if column == id) {
            self.out.push_str(" AS ");
            self.column(id);
        }
    }

    fn column(&mut self, id: ColumnId) {
        let name = &self.columns.get(id).name;
        let plain = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if plain {
            self.out.push_str(name);
        } else {
            let _ = write!(self.out, "\"{}\"", name.replace('"', "\"\""));
        }
        if self.ambiguous.contains(id) {
            let _ = write!(self.out, "{id}");
        }
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, print: impl FnMut(&mut Self, T)) {
        self.separated(items, ", ", print);
    }

    fn separated<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        separator: &str,
        mut print: impl FnMut(&mut Self, T),
    ) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push_str(separator);
            }
            print(self, item);
        }
    }

    fn literal(&mut self, value: &Value, data_type: &DataType) {
        literal::write(value, data_type, &mut self.out);
    }
}

#[cfg(test)]
mod tests;
