//! Predicates that say less than they seem to: comparisons of a thing with itself, tests for NULL of what is never
//! NULL, the same condition twice, bounds that others imply or exclude.
//!
//! Everywhere an expression keeps its value, NULL included. In a filter NULL counts as FALSE, so more goes there.

use std::cmp::Ordering;

use rowmill_vm::{DataType, Value};

use super::outer_to_inner::rejects_null;
use super::{may_fail, split_conjuncts};
use crate::plan::visit::{self, ColumnSet, is_volatile, same};
use crate::plan::{ColumnId, Columns, CompareOp, Expr, ExprKind, Plan, Query, column_of, may_be_null};

pub(super) fn simplify(query: &mut Query) {
    simplify_plan(&mut query.plan, &query.columns);
}

fn simplify_plan(plan: &mut Plan, columns: &Columns) {
    visit::for_each_input_mut(plan, &mut |input| simplify_plan(input, columns));
    visit::for_each_expr_mut(plan, &mut |expr| simplify_expr(expr, columns));
    if let Plan::Filter { predicates, .. } | Plan::Join { residual: predicates, .. } = plan {
        simplify_conjunction(predicates, columns);
    }
    if let Plan::Filter { input, predicates } = plan
        && predicates.is_empty()
    {
        *plan = visit::take(input);
    }
}

/// Whether an expression can be left out: it does not fail and gives the same each time.
fn is_calm(expr: &Expr) -> bool {
    !may_fail(expr) && !is_volatile(expr)
}

fn set(expr: &mut Expr, value: Value) {
    expr.nullable = value.is_null();
    expr.kind = ExprKind::Literal(value);
}

fn boolean(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Literal(Value::Boolean(value)) => Some(value),
        _ => None,
    }
}

/// Rewrites that keep the value, NULL included.
fn simplify_expr(expr: &mut Expr, columns: &Columns) {
    expr.for_each_child_mut(&mut |child| simplify_expr(child, columns));
    match &mut expr.kind {
        ExprKind::Compare(op, left, right) => {
            let is_null = |side: &Expr| matches!(side.kind, ExprKind::Literal(Value::Null));
            if (is_null(left) && is_calm(right)) || (is_null(right) && is_calm(left)) {
                set(expr, Value::Null);
            } else if same(left, right) && is_calm(left) && !may_be_null(left, columns) {
                let value = holds_for_equal(*op);
                set(expr, Value::Boolean(value));
            }
        }
        ExprKind::IsNull(operand) if is_calm(operand) && !may_be_null(operand, columns) => {
            set(expr, Value::Boolean(false));
        }
        ExprKind::Not(operand) => {
            if let Some(value) = boolean(operand) {
                set(expr, Value::Boolean(!value));
            }
        }
        ExprKind::And(operands) => {
            absorb(operands, Connective::And);
            finish_connective(expr, false);
        }
        ExprKind::Or(operands) => {
            absorb(operands, Connective::Or);
            finish_connective(expr, true);
        }
        ExprKind::IsNull(_)
        | ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Negate(_)
        | ExprKind::Distinct(..)
        | ExprKind::Case(..)
        | ExprKind::Coalesce(_)
        | ExprKind::InList(..)
        | ExprKind::Cast(..)
        | ExprKind::Function(..) => {}
    }
}

/// What a comparison of a value with itself gives. NaN equals itself.
fn holds_for_equal(op: CompareOp) -> bool {
    matches!(op, CompareOp::Equal | CompareOp::LessEqual | CompareOp::GreaterEqual)
}

#[derive(Clone, Copy)]
enum Connective {
    And,
    Or,
}

/// Takes out operands that stand there twice, and those that another one decides: a OR (a AND b) is a, and so is
/// a AND (a OR b).
fn absorb(operands: &mut Vec<Expr>, connective: Connective) {
    let mut kept: Vec<Expr> = Vec::with_capacity(operands.len());
    let parts = |operand: &Expr, part: &Expr| match (&operand.kind, connective) {
        (ExprKind::And(inner), Connective::Or) | (ExprKind::Or(inner), Connective::And) => {
            inner.iter().any(|inner| same(inner, part))
        }
        _ => false,
    };
    for operand in operands.drain(..) {
        if kept.iter().any(|other| same(other, &operand) || (parts(&operand, other) && is_calm(other))) {
            continue;
        }
        if is_calm(&operand) {
            kept.retain(|other| !parts(other, &operand) || may_fail(other));
        }
        kept.push(operand);
    }
    *operands = kept;
}

/// Constants among the operands of AND, which FALSE decides, or of OR, which TRUE decides.
fn finish_connective(expr: &mut Expr, deciding: bool) {
    let (ExprKind::And(operands) | ExprKind::Or(operands)) = &mut expr.kind else { return };
    operands.retain(|operand| boolean(operand) != Some(!deciding));
    if operands.iter().all(is_calm) && operands.iter().any(|operand| boolean(operand) == Some(deciding)) {
        return set(expr, Value::Boolean(deciding));
    }
    match operands.len() {
        0 => set(expr, Value::Boolean(!deciding)),
        1 => {
            let only = operands.swap_remove(0);
            *expr = only;
        }
        _ => {}
    }
}

/// Predicates of which a row needs all; NULL counts as FALSE.
fn simplify_conjunction(predicates: &mut Vec<Expr>, columns: &Columns) {
    let mut conjuncts = Vec::with_capacity(predicates.len());
    split_conjuncts(std::mem::take(predicates), &mut conjuncts);
    conjuncts.iter_mut().for_each(|conjunct| compare_with_itself(conjunct, columns));
    absorb(&mut conjuncts, Connective::And);
    let mut bounds = Vec::new();
    for conjunct in conjuncts {
        match bound(&conjunct) {
            Some((column, op, value)) => add_bound(&mut bounds, predicates, Bound { column, op, value }, conjunct),
            None => predicates.push(conjunct),
        }
    }
    drop_null_tests(predicates);
    predicates.retain(|predicate| boolean(predicate) != Some(true));
}

/// x = x is true unless x is NULL.
fn compare_with_itself(conjunct: &mut Expr, columns: &Columns) {
    let ExprKind::Compare(op, left, right) = &mut conjunct.kind else { return };
    if !same(left, right) || !is_calm(left) {
        return;
    }
    if !holds_for_equal(*op) || !may_be_null(left, columns) {
        let value = holds_for_equal(*op);
        return set(conjunct, Value::Boolean(value));
    }
    let operand = std::mem::replace(&mut left.kind, ExprKind::Literal(Value::Null));
    let operand = Expr { kind: operand, ..(**left).clone() };
    let (data_type, span) = (conjunct.data_type.clone(), conjunct.span);
    let is_null = Expr { kind: ExprKind::IsNull(Box::new(operand)), data_type, nullable: false, span };
    conjunct.kind = ExprKind::Not(Box::new(is_null));
    conjunct.nullable = false;
}

/// A column compared with a constant.
struct Bound {
    column: ColumnId,
    op: CompareOp,
    value: Value,
}

fn bound(conjunct: &Expr) -> Option<(ColumnId, CompareOp, Value)> {
    let ExprKind::Compare(op, left, right) = &conjunct.kind else { return None };
    // A month and thirty days are equal intervals, and not the same.
    if left.data_type == DataType::Interval {
        return None;
    }
    match (&left.kind, &right.kind) {
        (ExprKind::Column(column), ExprKind::Literal(value)) if !value.is_null() => Some((*column, *op, value.clone())),
        _ => None,
    }
}

/// What two bounds of one column are to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// No value satisfies both.
    Excludes,
    /// What satisfies the first satisfies the second.
    Implies,
    /// Neither.
    Overlaps,
}

/// Whether every value that satisfies `a` satisfies `b`, or none does.
fn relation(a: &Bound, b: &Bound) -> Relation {
    use CompareOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    let Some(order) = a.value.order(&b.value) else { return Relation::Overlaps };
    let satisfies = |op: CompareOp| match op {
        Equal => order == Ordering::Equal,
        NotEqual => order != Ordering::Equal,
        Less => order == Ordering::Less,
        LessEqual => order != Ordering::Greater,
        Greater => order == Ordering::Greater,
        GreaterEqual => order != Ordering::Less,
    };
    let (less, equal, greater) = (order == Ordering::Less, order == Ordering::Equal, order == Ordering::Greater);
    let (excludes, implies) = match (a.op, b.op) {
        (Equal, op) => (!satisfies(op), satisfies(op)),
        (NotEqual, Equal) => (equal, false),
        (NotEqual, NotEqual) => (false, equal),
        (NotEqual, _) => (false, false),
        (Less, Less | LessEqual) => (false, !greater),
        (LessEqual, LessEqual) => (false, !greater),
        (LessEqual, Less) => (false, less),
        (Less, Greater | GreaterEqual | Equal) | (LessEqual, Greater) => (!greater, false),
        (LessEqual, GreaterEqual | Equal) => (less, false),
        (Greater, Greater | GreaterEqual) => (false, !less),
        (GreaterEqual, GreaterEqual) => (false, !less),
        (GreaterEqual, Greater) => (false, greater),
        (Greater, Less | LessEqual | Equal) | (GreaterEqual, Less) => (!less, false),
        (GreaterEqual, LessEqual | Equal) => (greater, false),
        (Less, NotEqual) => (false, !greater),
        (LessEqual, NotEqual) => (false, less),
        (Greater, NotEqual) => (false, !less),
        (GreaterEqual, NotEqual) => (false, greater),
    };
    match (excludes, implies) {
        (true, _) => Relation::Excludes,
        (false, true) => Relation::Implies,
        (false, false) => Relation::Overlaps,
    }
}

/// Adds a bound to those before it: `bounds`, each with the position of its conjunct in `predicates`.
fn add_bound(bounds: &mut Vec<(Bound, usize)>, predicates: &mut Vec<Expr>, new: Bound, mut conjunct: Expr) {
    for (other, position) in bounds.iter_mut().filter(|(other, _)| other.column == new.column) {
        match (relation(&new, other), relation(other, &new)) {
            (Relation::Excludes, _) | (_, Relation::Excludes) => {
                set(&mut conjunct, Value::Boolean(false));
                return predicates.push(conjunct);
            }
            (_, Relation::Implies) => return,
            (Relation::Implies, _) => {
                // The sharper bound takes the place of the other.
                let position = *position;
                predicates[position] = conjunct;
                *other = new;
                return;
            }
            (Relation::Overlaps, Relation::Overlaps) => {}
        }
    }
    bounds.push((new, predicates.len()));
    predicates.push(conjunct);
}

/// Leaves out IS NOT NULL where another predicate is not true of NULL.
fn drop_null_tests(predicates: &mut Vec<Expr>) {
    let mut position = 0;
    while position < predicates.len() {
        let tested = match &predicates[position].kind {
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::IsNull(inner) => column_of(inner),
                _ => None,
            },
            _ => None,
        };
        let is_implied = tested.is_some_and(|column| {
            let mut columns = ColumnSet::default();
            columns.insert(column);
            // What may fail for a NULL is kept behind its test.
            let others = predicates.iter().enumerate().filter(|(other, _)| *other != position);
            predicates.iter().all(is_calm) && others.into_iter().any(|(_, other)| rejects_null(other, &columns))
        });
        if is_implied {
            predicates.remove(position);
        } else {
            position += 1;
        }
    }
}
