//! Constants: folds what has one value for all rows, and simplifies what constants decide.

use rowmill_vm::functions::cast;
use rowmill_vm::{DataType, Result, Value};

use super::{may_fail, split_conjuncts};
use crate::generate;
use crate::plan::visit::{self, any_child};
use crate::plan::{ArithmeticOp, CastMode, CompareOp, Expr, ExprKind, Plan, Query};

/// Longer texts are not arguments of calls that are folded into other texts.
const FOLDED_TEXT_BYTES_MAX: usize = 1024;

pub(super) fn fold(query: &mut Query) {
    fold_plan(&mut query.plan);
}

fn fold_plan(plan: &mut Plan) {
    visit::for_each_input_mut(plan, &mut fold_plan);
    visit::for_each_expr_mut(plan, &mut fold_expr);
    match plan {
        Plan::Filter { input, predicates } => {
            simplify_conjuncts(predicates);
            if predicates.is_empty() {
                *plan = visit::take(input);
            } else if matches!(predicates.as_slice(), [only] if is_never_true(only)) {
                *plan = Plan::Values { columns: plan.output(), rows: Vec::new() };
            }
        }
        Plan::Join { residual, .. } => simplify_conjuncts(residual),
        Plan::Scan { .. }
        | Plan::Values { .. }
        | Plan::Project { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Append { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => {}
    }
}

/// Predicates of which a row needs all: NULL counts as FALSE.
fn simplify_conjuncts(predicates: &mut Vec<Expr>) {
    let mut conjuncts = Vec::with_capacity(predicates.len());
    split_conjuncts(std::mem::take(predicates), &mut conjuncts);
    conjuncts.retain(|conjunct| boolean(conjunct) != Some(true));
    if let Some(never) = conjuncts.iter().position(is_never_true) {
        conjuncts.truncate(never + 1);
        if !conjuncts.iter().any(may_fail) {
            conjuncts.drain(..never);
        }
    }
    *predicates = conjuncts;
}

fn is_never_true(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Value::Boolean(false) | Value::Null))
}

fn boolean(expr: &Expr) -> Option<bool> {
    match expr.kind {
        ExprKind::Literal(Value::Boolean(value)) => Some(value),
        _ => None,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_))
}

fn set_literal(expr: &mut Expr, value: Value) {
    expr.nullable = value.is_null();
    expr.kind = ExprKind::Literal(value);
}

/// Puts a part of an expression in its place, under the expression's own place in the text.
fn replace(expr: &mut Expr, part: Expr) {
    expr.nullable = part.nullable;
    expr.kind = part.kind;
    expr.span = part.span;
}

fn fold_expr(expr: &mut Expr) {
    expr.for_each_child_mut(&mut fold_expr);
    simplify(expr);
    let leaf = matches!(expr.kind, ExprKind::Column(_) | ExprKind::Parameter(_) | ExprKind::Literal(_));
    if leaf || any_child(expr, |child| !is_literal(child)) || !call_may_fold(expr) {
        return;
    }
    // A failure stays in the plan, for the row that it concerns to raise it.
    if let Ok(value) = evaluate(expr) {
        set_literal(expr, value);
    }
}

/// A constant's value.
fn evaluate(expr: &Expr) -> Result<Value> {
    evaluate_at_once(expr).map_or_else(|| generate::evaluate(expr, &[]), Ok)
}

/// The value of what needs no program: the casts that binding puts around most literals, and sums of integers.
fn evaluate_at_once(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Cast(operand, CastMode::Error) => {
            let ExprKind::Literal(value) = &operand.kind else { return None };
            if value.is_null() { None } else { cast::cast_value(value, &operand.data_type, &expr.data_type).ok() }
        }
        ExprKind::Arithmetic(op, left, right) => {
            let (ExprKind::Literal(Value::Integer(a)), ExprKind::Literal(Value::Integer(b))) =
                (&left.kind, &right.kind)
            else {
                return None;
            };
            let value = match op {
                ArithmeticOp::Add => a.checked_add(*b)?,
                ArithmeticOp::Subtract => a.checked_sub(*b)?,
                ArithmeticOp::Multiply => a.checked_mul(*b)?,
                ArithmeticOp::Divide | ArithmeticOp::Remainder => return None,
            };
            let (low, high) = expr.data_type.integer_range()?;
            (low..=high).contains(&value.into()).then_some(Value::Integer(value))
        }
        _ => None,
    }
}

/// Whether a call of constants may be made while planning: it gives the same each time, and not much. A number
/// among the arguments can make a text of any length (`repeat`); texts alone, at most one as long as their product.
fn call_may_fold(expr: &Expr) -> bool {
    let ExprKind::Function(function, arguments) = &expr.kind else { return true };
    let is_small = |argument: &Expr| match &argument.kind {
        ExprKind::Literal(Value::Text(text)) => text.len() <= FOLDED_TEXT_BYTES_MAX,
        ExprKind::Literal(value) => value.is_null(),
        _ => false,
    };
    !function.overload.volatile && (expr.data_type.lane().is_some() || arguments.iter().all(is_small))
}

fn simplify(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::And(operands) => {
            let operands = std::mem::take(operands);
            simplify_connective(expr, operands, false);
        }
        ExprKind::Or(operands) => {
            let operands = std::mem::take(operands);
            simplify_connective(expr, operands, true);
        }
        ExprKind::Not(_) => simplify_not(expr),
        ExprKind::Case(..) => simplify_case(expr),
        ExprKind::Coalesce(operands) => {
            operands.retain(|operand| !matches!(operand.kind, ExprKind::Literal(Value::Null)));
            if let Some(constant) = operands.iter().position(is_literal) {
                operands.truncate(constant + 1);
            }
            if operands.is_empty() {
                set_literal(expr, Value::Null);
            } else if operands.len() == 1 {
                let only = operands.swap_remove(0);
                replace(expr, only);
            }
        }
        ExprKind::InList(operand, list) if list.len() == 1 => {
            let element = Box::new(list.swap_remove(0));
            let operand = std::mem::replace(operand, Box::new(placeholder()));
            expr.kind = ExprKind::Compare(CompareOp::Equal, operand, element);
        }
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Negate(_)
        | ExprKind::Compare(..)
        | ExprKind::Distinct(..)
        | ExprKind::IsNull(_)
        | ExprKind::InList(..)
        | ExprKind::Cast(..)
        | ExprKind::Function(..) => {}
    }
}

/// AND, which a FALSE decides, or OR, which a TRUE decides: `deciding`. What stands before the deciding constant is
/// kept if it may fail; what stands behind it is never looked at.
fn simplify_connective(expr: &mut Expr, operands: Vec<Expr>, deciding: bool) {
    let mut flat = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand.kind {
            ExprKind::And(inner) if !deciding => flat.extend(inner),
            ExprKind::Or(inner) if deciding => flat.extend(inner),
            _ => flat.push(operand),
        }
    }
    flat.retain(|operand| boolean(operand) != Some(!deciding));
    if let Some(decided) = flat.iter().position(|operand| boolean(operand) == Some(deciding)) {
        flat.truncate(decided + 1);
        if !flat.iter().any(may_fail) {
            flat.drain(..decided);
        }
    }
    match flat.len() {
        0 => set_literal(expr, Value::Boolean(!deciding)),
        1 => replace(expr, flat.swap_remove(0)),
        _ if deciding => expr.kind = ExprKind::Or(flat),
        _ => expr.kind = ExprKind::And(flat),
    }
}

/// Moves NOT inward as far as an operator takes it up.
fn simplify_not(expr: &mut Expr) {
    let ExprKind::Not(operand) = &mut expr.kind else { return };
    match &mut operand.kind {
        ExprKind::Not(inner) => {
            let inner = std::mem::replace(&mut **inner, placeholder());
            replace(expr, inner);
        }
        ExprKind::Compare(op, left, right) => {
            // NaN equals itself and is greater than all else, so each comparison has an exact opposite.
            let op = negated(*op);
            let left = std::mem::replace(left, Box::new(placeholder()));
            let right = std::mem::replace(right, Box::new(placeholder()));
            expr.kind = ExprKind::Compare(op, left, right);
        }
        ExprKind::Or(operands) => {
            let negated = std::mem::take(operands).into_iter().map(|operand| {
                let mut not = Expr { kind: ExprKind::Not(Box::new(operand)), ..placeholder() };
                let ExprKind::Not(inner) = &not.kind else { unreachable!("made on the line above") };
                (not.nullable, not.span) = (inner.nullable, inner.span);
                simplify_not(&mut not);
                not
            });
            expr.kind = ExprKind::And(negated.collect());
        }
        _ => {}
    }
}

/// What stands for an expression while it is moved.
fn placeholder() -> Expr {
    Expr {
        kind: ExprKind::Literal(Value::Null),
        data_type: DataType::Boolean,
        nullable: true,
        span: rowmill_vm::Span::NONE,
    }
}

fn negated(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::NotEqual,
        CompareOp::NotEqual => CompareOp::Equal,
        CompareOp::Less => CompareOp::GreaterEqual,
        CompareOp::LessEqual => CompareOp::Greater,
        CompareOp::Greater => CompareOp::LessEqual,
        CompareOp::GreaterEqual => CompareOp::Less,
    }
}

fn simplify_case(expr: &mut Expr) {
    let ExprKind::Case(branches, otherwise) = &mut expr.kind else { return };
    branches.retain(|(condition, _)| !is_never_true(condition));
    if let Some(always) = branches.iter().position(|(condition, _)| boolean(condition) == Some(true)) {
        branches.truncate(always + 1);
        *otherwise = branches.pop().map(|(_, value)| Box::new(value));
    }
    if branches.is_empty() {
        match otherwise.take() {
            Some(value) => replace(expr, *value),
            None => set_literal(expr, Value::Null),
        }
    }
}
