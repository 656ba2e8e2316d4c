//! Walks over plans and expressions, and the questions that rules ask of them.
//!
//! Children are visited in evaluation order. Walks recurse: the depth of a plan is limited where text is parsed.

use std::mem;

use rowmill_vm::Span;

use super::{ColumnId, Expr, ExprKind, Plan};

/// A set of columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnSet(Vec<u64>);

impl ColumnSet {
    /// The columns that come out of `plan`.
    pub fn of_output(plan: &Plan) -> ColumnSet {
        let mut set = ColumnSet::default();
        for_each_output(plan, &mut |column| set.insert(column));
        set
    }

    /// The columns that `expr` reads.
    pub fn of_expr(expr: &Expr) -> ColumnSet {
        let mut set = ColumnSet::default();
        set.insert_expr(expr);
        set
    }

    /// Adds a column.
    pub fn insert(&mut self, column: ColumnId) {
        let word = column.0 as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (column.0 % 64);
    }

    /// Adds the columns that `expr` reads.
    pub fn insert_expr(&mut self, expr: &Expr) {
        for_each_column(expr, &mut |column| self.insert(column));
    }

    /// Adds the columns of another set.
    pub fn insert_all(&mut self, other: &ColumnSet) {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }

    /// Takes out the columns of another set.
    pub fn remove_all(&mut self, other: &ColumnSet) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    /// Its columns, in order.
    pub fn iter(&self) -> impl Iterator<Item = ColumnId> {
        let bits = |word: u64| (0..64).filter(move |bit| word & (1 << bit) != 0);
        (0_u32..).zip(&self.0).flat_map(move |(index, word)| bits(*word).map(move |bit| ColumnId(index * 64 + bit)))
    }

    /// Whether a column is in it.
    pub fn contains(&self, column: ColumnId) -> bool {
        self.0.get(column.0 as usize / 64).is_some_and(|word| word & (1 << (column.0 % 64)) != 0)
    }

    /// Whether every column of `other` is in it.
    pub fn contains_all(&self, other: &ColumnSet) -> bool {
        other.0.iter().enumerate().all(|(index, word)| word & !self.0.get(index).copied().unwrap_or(0) == 0)
    }

    /// Whether it and `other` have a column in common.
    pub fn intersects(&self, other: &ColumnSet) -> bool {
        self.0.iter().zip(&other.0).any(|(word, other)| word & other != 0)
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

impl FromIterator<ColumnId> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = ColumnId>>(columns: I) -> ColumnSet {
        let mut set = ColumnSet::default();
        columns.into_iter().for_each(|column| set.insert(column));
        set
    }
}

impl<'e> FromIterator<&'e Expr> for ColumnSet {
    /// The columns that expressions read.
    fn from_iter<I: IntoIterator<Item = &'e Expr>>(exprs: I) -> ColumnSet {
        let mut set = ColumnSet::default();
        exprs.into_iter().for_each(|expr| set.insert_expr(expr));
        set
    }
}

/// Visits the columns that come out of `plan`, in order.
pub fn for_each_output(plan: &Plan, visit: &mut impl FnMut(ColumnId)) {
    match plan {
        Plan::Scan { columns, .. } => columns.iter().for_each(|(id, _)| visit(*id)),
        Plan::Filter { input, .. } | Plan::Sort { input, .. } | Plan::Limit { input, .. } => {
            for_each_output(input, visit);
        }
        Plan::Project { items, .. } => items.iter().for_each(|(id, _)| visit(*id)),
        Plan::Window { input, calls, .. } => {
            for_each_output(input, visit);
            calls.iter().for_each(|(id, _)| visit(*id));
        }
        Plan::Aggregate { keys, calls, .. } => {
            keys.iter().for_each(|(id, _)| visit(*id));
            calls.iter().for_each(|(id, _)| visit(*id));
        }
        Plan::Values { columns, .. } | Plan::Append { columns, .. } | Plan::Stored { columns, .. } => {
            columns.iter().for_each(|id| visit(*id));
        }
        Plan::Storing(storing) => storing.columns.iter().for_each(|id| visit(*id)),
        // Which sides of a join come out is said in one place.
        Plan::Join { .. } => plan.output().into_iter().for_each(visit),
    }
}

/// Visits the columns that `expr` reads, each as often as it is read.
pub fn for_each_column(expr: &Expr, visit: &mut dyn FnMut(ColumnId)) {
    match &expr.kind {
        ExprKind::Column(column) => visit(*column),
        _ => expr.for_each_child(&mut |child| for_each_column(child, visit)),
    }
}

/// Makes `expr` read other columns: what they hold is the same.
pub fn rename(expr: &mut Expr, renamed: &dyn Fn(ColumnId) -> Option<ColumnId>) {
    match &mut expr.kind {
        ExprKind::Column(column) => *column = renamed(*column).unwrap_or(*column),
        _ => expr.for_each_child_mut(&mut |child| rename(child, renamed)),
    }
}

/// Gives `replacement` every column that `expr` reads; where it gives an expression, that stands there instead.
pub fn substitute(expr: &mut Expr, replacement: &dyn Fn(ColumnId) -> Option<Expr>) {
    match &expr.kind {
        ExprKind::Column(column) => {
            if let Some(new) = replacement(*column) {
                // A column above an outer join may be NULL where what it stands for could not.
                let nullable = expr.nullable || new.nullable;
                *expr = Expr { nullable, ..new };
            }
        }
        _ => expr.for_each_child_mut(&mut |child| substitute(child, replacement)),
    }
}

/// Visits a plan and all that is below it, each operator before its inputs: the order in which plans print.
pub fn for_each_operator(plan: &Plan, visit: &mut dyn FnMut(&Plan)) {
    visit(plan);
    for_each_input(plan, &mut |input| for_each_operator(input, visit));
}

/// The inputs of an operator, in evaluation order; `$iter` is `iter` or `iter_mut`, `$borrow` a reference to match.
macro_rules! inputs {
    ($plan:expr, $visit:expr, $iter:ident, ($($borrow:tt)+)) => {
        match $plan {
            Plan::Scan { .. } | Plan::Values { .. } | Plan::Stored { .. } => {}
            Plan::Storing(storing) => {
                $visit($($borrow)+ storing.rows.0);
                $visit($($borrow)+ storing.reader.0);
            }
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Aggregate { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Window { input, .. }
            | Plan::Limit { input, .. } => $visit(input),
            Plan::Join { probe, build, .. } => {
                $visit(probe);
                $visit(build);
            }
            Plan::Append { inputs, .. } => inputs.$iter().for_each(|(input, _)| $visit(input)),
        }
    };
}

/// The expressions of an operator, not those of its inputs; `$iter` is `iter` or `iter_mut`, `$borrow` a reference.
macro_rules! exprs {
    ($plan:expr, $visit:expr, $iter:ident, ($($borrow:tt)+)) => {
        match $plan {
            Plan::Scan { .. }
            | Plan::Values { .. }
            | Plan::Sort { .. }
            | Plan::Limit { .. }
            | Plan::Append { .. }
            | Plan::Storing(_)
            | Plan::Stored { .. } => {}
            Plan::Filter { predicates, .. } => predicates.$iter().for_each($visit),
            Plan::Project { items, .. } => items.$iter().for_each(|(_, expr)| $visit(expr)),
            Plan::Join { keys, residual, .. } => {
                for key in keys {
                    $visit($($borrow)+ key.probe);
                    $visit($($borrow)+ key.build);
                }
                residual.$iter().for_each($visit);
            }
            Plan::Aggregate { keys, calls, .. } => {
                keys.$iter().for_each(|(_, expr)| $visit(expr));
                for (_, call) in calls {
                    call.arguments.$iter().for_each(&mut *$visit);
                    call.filter.$iter().for_each(&mut *$visit);
                }
            }
            Plan::Window { partition, order, calls, .. } => {
                partition.$iter().for_each(&mut *$visit);
                for key in order {
                    $visit($($borrow)+ key.expr);
                }
                for (_, call) in calls {
                    call.arguments.$iter().for_each(&mut *$visit);
                    call.filter.$iter().for_each(&mut *$visit);
                }
            }
        }
    };
}

/// Visits the inputs of a plan.
pub fn for_each_input<'a>(plan: &'a Plan, visit: &mut impl FnMut(&'a Plan)) {
    inputs!(plan, visit, iter, (&));
}

/// Visits the inputs of a plan, to change them.
pub fn for_each_input_mut(plan: &mut Plan, visit: &mut impl FnMut(&mut Plan)) {
    inputs!(plan, visit, iter_mut, (&mut));
}

/// Visits the expressions of one operator; not those of its inputs.
pub fn for_each_expr<'a>(plan: &'a Plan, visit: &mut impl FnMut(&'a Expr)) {
    exprs!(plan, visit, iter, (&));
}

/// Visits the expressions of one operator, to change them; not those of its inputs.
pub fn for_each_expr_mut(plan: &mut Plan, visit: &mut impl FnMut(&mut Expr)) {
    exprs!(plan, visit, iter_mut, (&mut));
}

/// Visits all expressions of a plan, to change them.
pub fn for_each_expr_below_mut(plan: &mut Plan, visit: &mut impl FnMut(&mut Expr)) {
    for_each_expr_mut(plan, visit);
    for_each_input_mut(plan, &mut |input| for_each_expr_below_mut(input, visit));
}

/// Visits the columns that one operator makes: those that none of its inputs has.
pub fn for_each_definition(plan: &Plan, visit: &mut impl FnMut(ColumnId)) {
    let is_new = |(id, expr): &&(ColumnId, Expr)| !matches!(expr.kind, ExprKind::Column(old) if old == *id);
    match plan {
        Plan::Scan { columns, .. } => columns.iter().for_each(|(id, _)| visit(*id)),
        Plan::Values { columns, .. } | Plan::Append { columns, .. } | Plan::Stored { columns, .. } => {
            columns.iter().for_each(|id| visit(*id));
        }
        Plan::Storing(storing) if storing.is_recursive() => {
            storing.columns.iter().for_each(|id| visit(*id));
        }
        Plan::Project { items, .. } => items.iter().filter(is_new).for_each(|(id, _)| visit(*id)),
        Plan::Aggregate { keys, calls, .. } => {
            keys.iter().filter(is_new).for_each(|(id, _)| visit(*id));
            calls.iter().for_each(|(id, _)| visit(*id));
        }
        Plan::Window { calls, .. } => calls.iter().for_each(|(id, _)| visit(*id)),
        Plan::Join { mark, .. } => mark.iter().for_each(|id| visit(*id)),
        Plan::Filter { .. } | Plan::Sort { .. } | Plan::Limit { .. } | Plan::Storing(_) => {}
    }
}

/// The columns that expressions of a plan read and no operator in it makes: those of queries around it.
pub fn free_columns(plan: &Plan) -> ColumnSet {
    fn note(plan: &Plan, read: &mut ColumnSet, made: &mut ColumnSet) {
        for_each_definition(plan, &mut |column| made.insert(column));
        for_each_expr(plan, &mut |expr| read.insert_expr(expr));
        for_each_input(plan, &mut |input| note(input, read, made));
    }
    let (mut read, mut made) = (ColumnSet::default(), ColumnSet::default());
    note(plan, &mut read, &mut made);
    read.remove_all(&made);
    read
}

/// Makes all of a plan stand at one place of the text.
pub fn respan(plan: &mut Plan, span: Span) {
    fn respan_expr(expr: &mut Expr, span: Span) {
        expr.span = span;
        expr.for_each_child_mut(&mut |child| respan_expr(child, span));
    }
    for_each_expr_mut(plan, &mut |expr| respan_expr(expr, span));
    match plan {
        Plan::Join { span: own, .. } => *own = span,
        Plan::Aggregate { calls, .. } => calls.iter_mut().for_each(|(_, call)| call.span = span),
        Plan::Window { calls, .. } => calls.iter_mut().for_each(|(_, call)| call.span = span),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Filter { .. }
        | Plan::Project { .. }
        | Plan::Sort { .. }
        | Plan::Limit { .. }
        | Plan::Append { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => {}
    }
    for_each_input_mut(plan, &mut |input| respan(input, span));
}

/// Takes a plan out of its place; what stays behind has no rows and costs no allocation.
pub fn take(plan: &mut Plan) -> Plan {
    mem::replace(plan, Plan::Values { columns: Vec::new(), rows: Vec::new() })
}

/// Whether two expressions compute the same, wherever they stand in the text. An expression that may give another
/// value each time is not the same as itself.
pub fn same(a: &Expr, b: &Expr) -> bool {
    same_under(a, b, &|a, b| a == b)
}

/// The same, where `same_column` says which columns are the same.
pub fn same_under(a: &Expr, b: &Expr, same_column: &dyn Fn(ColumnId, ColumnId) -> bool) -> bool {
    let same = |a: &Expr, b: &Expr| same_under(a, b, same_column);
    let same_all = |a: &[Expr], b: &[Expr]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    let pair = |a1: &Expr, a2: &Expr, b1: &Expr, b2: &Expr| same(a1, b1) && same(a2, b2);
    a.data_type == b.data_type
        && match (&a.kind, &b.kind) {
            (ExprKind::Column(a), ExprKind::Column(b)) => same_column(*a, *b),
            (ExprKind::Literal(a), ExprKind::Literal(b)) => a == b,
            (ExprKind::Parameter(a), ExprKind::Parameter(b)) => a == b,
            (ExprKind::Arithmetic(op_a, a1, a2), ExprKind::Arithmetic(op_b, b1, b2)) => {
                op_a == op_b && pair(a1, a2, b1, b2)
            }
            (ExprKind::Compare(op_a, a1, a2), ExprKind::Compare(op_b, b1, b2)) => op_a == op_b && pair(a1, a2, b1, b2),
            (ExprKind::Distinct(a1, a2), ExprKind::Distinct(b1, b2)) => pair(a1, a2, b1, b2),
            (ExprKind::Negate(a), ExprKind::Negate(b))
            | (ExprKind::Not(a), ExprKind::Not(b))
            | (ExprKind::IsNull(a), ExprKind::IsNull(b)) => same(a, b),
            (ExprKind::Cast(a, mode_a), ExprKind::Cast(b, mode_b)) => mode_a == mode_b && same(a, b),
            (ExprKind::And(a), ExprKind::And(b))
            | (ExprKind::Or(a), ExprKind::Or(b))
            | (ExprKind::Coalesce(a), ExprKind::Coalesce(b)) => same_all(a, b),
            (ExprKind::Function(f, a), ExprKind::Function(g, b)) => {
                std::ptr::eq(f.overload, g.overload) && !f.overload.volatile && same_all(a, b)
            }
            (ExprKind::InList(a, list_a), ExprKind::InList(b, list_b)) => same(a, b) && same_all(list_a, list_b),
            (ExprKind::Case(a, otherwise_a), ExprKind::Case(b, otherwise_b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|((a1, a2), (b1, b2))| pair(a1, a2, b1, b2))
                    && match (otherwise_a, otherwise_b) {
                        (Some(a), Some(b)) => same(a, b),
                        (None, None) => true,
                        (Some(_), None) | (None, Some(_)) => false,
                    }
            }
            _ => false,
        }
}

/// Whether a parameter of the statement is in an expression.
pub fn has_parameter(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Parameter(_)) || any_child(expr, has_parameter)
}

/// Whether two evaluations of `expr` on one row may differ.
pub fn is_volatile(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Function(function, _) if function.overload.volatile) || any_child(expr, is_volatile)
}

/// Whether `expr` has one value for all rows and executions: no columns, parameters or volatile calls.
pub fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::Parameter(_) => false,
        ExprKind::Function(function, _) if function.overload.volatile => false,
        _ => !any_child(expr, |child| !is_constant(child)),
    }
}

pub(crate) fn any_child(expr: &Expr, test: impl Fn(&Expr) -> bool) -> bool {
    let mut found = false;
    expr.for_each_child(&mut |child| found = found || test(child));
    found
}
