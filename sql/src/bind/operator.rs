//! Operators between two operands: logic, comparison, arithmetic on numbers and on points in time.

use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Result, Span, Value};
use sqlparser::ast::{self, BinaryOperator};

use super::coerce::{self, Coercion};
use super::expression::{ExpressionBinder, compare, not};
use super::guard::When;
use super::unsupported;
use crate::plan::{ArithmeticOp, CompareOp, Expr, ExprKind};

impl ExpressionBinder<'_, '_> {
    /// A chain of operators. It leans to the left, so that is walked by a loop.
    pub(super) fn bind_binary(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let mut rest = Vec::new();
        let mut leftmost = expr;
        while let ast::Expr::BinaryOp { left, op, right } = leftmost {
            rest.push((op, right));
            leftmost = left;
        }
        let rows = match (leftmost, rest.last().copied()) {
            (ast::Expr::Tuple(_), Some((op, right))) => match right.as_ref() {
                right @ (ast::Expr::Tuple(_) | ast::Expr::Subquery(_)) => Some((op, leftmost, right)),
                _ => None,
            },
            (ast::Expr::Subquery(_), Some((op, right))) if matches!(right.as_ref(), ast::Expr::Tuple(_)) => {
                Some((op, leftmost, right.as_ref()))
            }
            _ => None,
        };
        let mut bound = match rows {
            Some((op, left, right)) => {
                rest.pop();
                self.bind_row_comparison(op, left, right)?
            }
            None => self.bind(leftmost)?,
        };
        for (op, right) in rest.into_iter().rev() {
            let before = self.joins.len();
            let right = self.bind(right)?;
            match op {
                BinaryOperator::And => self.guard(before, When::NotFalse, &bound)?,
                BinaryOperator::Or => self.guard(before, When::NotTrue, &bound)?,
                _ => {}
            }
            bound = self.apply(op, bound, right)?;
        }
        Ok(bound)
    }

    fn apply(&mut self, op: &BinaryOperator, left: Expr, right: Expr) -> Result<Expr> {
        use BinaryOperator as Op;
        match op {
            Op::And | Op::Or => logic(op, left, right),
            Op::Eq => compare(CompareOp::Equal, left, right),
            Op::NotEq => compare(CompareOp::NotEqual, left, right),
            Op::Lt => compare(CompareOp::Less, left, right),
            Op::LtEq => compare(CompareOp::LessEqual, left, right),
            Op::Gt => compare(CompareOp::Greater, left, right),
            Op::GtEq => compare(CompareOp::GreaterEqual, left, right),
            Op::Plus => self.arithmetic(Arithmetic::Add, left, right),
            Op::Minus => self.arithmetic(Arithmetic::Subtract, left, right),
            Op::Multiply => self.arithmetic(Arithmetic::Multiply, left, right),
            Op::Divide => self.arithmetic(Arithmetic::Divide, left, right),
            Op::DuckIntegerDivide => self.arithmetic(Arithmetic::IntegerDivide, left, right),
            Op::Modulo => self.arithmetic(Arithmetic::Remainder, left, right),
            Op::StringConcat => self.concatenate(left, right),
            Op::PGExp => self.call_operator("^", "power", vec![left, right]),
            Op::BitwiseAnd => self.call_operator("&", "bitwise_and", vec![left, right]),
            Op::BitwiseOr => self.call_operator("|", "bitwise_or", vec![left, right]),
            Op::PGBitwiseShiftLeft => self.call_operator("<<", "shift_left", vec![left, right]),
            Op::PGBitwiseShiftRight => self.call_operator(">>", "shift_right", vec![left, right]),
            Op::PGRegexMatch => self.call_operator("~", "regexp_matches", vec![left, right]),
            Op::PGRegexNotMatch => self.call_operator("!~", "regexp_matches", vec![left, right]).map(not),
            Op::PGLikeMatch => self.call_operator("~~", "like", vec![left, right]),
            Op::PGNotLikeMatch => self.call_operator("!~~", "like", vec![left, right]).map(not),
            Op::PGILikeMatch => self.call_operator("~~*", "ilike", vec![left, right]),
            Op::PGNotILikeMatch => self.call_operator("!~~*", "ilike", vec![left, right]).map(not),
            Op::PGStartsWith => self.call_operator("^@", "starts_with", vec![left, right]),
            other => Err(unsupported(format!("the operator {other} is"), left.span.to(right.span))),
        }
    }

    /// `||`: of two texts, or of a text and what can be written as one.
    fn concatenate(&mut self, left: Expr, right: Expr) -> Result<Expr> {
        let span = left.span.to(right.span);
        let is_text = |expr: &Expr| expr.data_type.is_text() || expr.data_type == DataType::Null;
        if left.data_type != DataType::Blob && !is_text(&left) && !is_text(&right) {
            let message = format!("cannot concatenate {} and {}", left.data_type, right.data_type);
            return Err(Error::types(message).at(span).with_hint("one of them has to be VARCHAR"));
        }
        if left.data_type == DataType::Blob || right.data_type == DataType::Blob {
            return self.call_operator("||", "concat_op", vec![left, right]);
        }
        let text = |expr: Expr| coerce::coerce(expr, &DataType::Varchar, Coercion::Assignment);
        self.call_operator("||", "concat_op", vec![text(left)?, text(right)?])
    }

    /// `-x`.
    pub(super) fn negate(&mut self, operand: Expr) -> Result<Expr> {
        let span = operand.span;
        if coerce::is_null(&operand) {
            return Ok(operand);
        }
        if operand.data_type == DataType::Interval {
            return self.call("negate_interval", vec![operand], span);
        }
        if !operand.data_type.is_numeric() {
            return Err(Error::types(format!("- needs a number, found {}", operand.data_type)).at(span));
        }
        let target = match &operand.data_type {
            DataType::UTinyInt | DataType::USmallInt => DataType::Integer,
            DataType::UInteger => DataType::BigInt,
            DataType::UBigInt => DataType::decimal(20, 0),
            other => other.clone(),
        };
        let operand = coerce::coerce(operand, &target, Coercion::Implicit)?;
        if let Some(negated) = negated_literal(&operand) {
            return Ok(coerce::constant(negated, target, span));
        }
        let nullable = operand.nullable;
        Ok(Expr { kind: ExprKind::Negate(Box::new(operand)), data_type: target, nullable, span })
    }

    fn arithmetic(&mut self, op: Arithmetic, left: Expr, right: Expr) -> Result<Expr> {
        let span = left.span.to(right.span);
        let (left, right) = settle(op, left, right).map_err(|error| error.at(span))?;
        if left.data_type.is_numeric() && right.data_type.is_numeric() {
            return numeric(op, left, right, span);
        }
        self.temporal(op, left, right, span)
    }

    /// Points in time and intervals.
    fn temporal(&mut self, op: Arithmetic, left: Expr, right: Expr, span: Span) -> Result<Expr> {
        use DataType::{Date, Interval};
        let is_instant = |data_type: &DataType| data_type.is_instant();
        match (op, &left.data_type, &right.data_type) {
            (Arithmetic::Add, instant, Interval) if is_instant(instant) || *instant == DataType::Time => {
                self.call("date_add", vec![left, right], span)
            }
            (Arithmetic::Add, Interval, instant) if is_instant(instant) || *instant == DataType::Time => {
                self.call("date_add", vec![right, left], span)
            }
            (Arithmetic::Subtract, instant, Interval) if is_instant(instant) || *instant == DataType::Time => {
                self.call("date_sub", vec![left, right], span)
            }
            (Arithmetic::Add, Date, days) if days.is_integer() => self.call("add_days", vec![left, right], span),
            (Arithmetic::Add, days, Date) if days.is_integer() => self.call("add_days", vec![right, left], span),
            (Arithmetic::Subtract, Date, days) if days.is_integer() => {
                let days = self.negate(right)?;
                self.call("add_days", vec![left, days], span)
            }
            (Arithmetic::Subtract, Date, Date) => self.call("subtract_dates", vec![left, right], span),
            (Arithmetic::Subtract, from, to) if is_instant(from) && is_instant(to) => {
                self.call("subtract_timestamps", vec![left, right], span)
            }
            (Arithmetic::Add, Interval, Interval) => self.call("add_intervals", vec![left, right], span),
            (Arithmetic::Subtract, Interval, Interval) => self.call("subtract_intervals", vec![left, right], span),
            (Arithmetic::Multiply, Interval, number) if number.is_numeric() => {
                self.call("multiply_interval", vec![left, right], span)
            }
            (Arithmetic::Multiply, number, Interval) if number.is_numeric() => {
                self.call("multiply_interval", vec![right, left], span)
            }
            (Arithmetic::Divide, Interval, number) if number.is_numeric() => {
                self.call("divide_interval", vec![left, right], span)
            }
            _ => Err(refuse(op, &left, &right, span)),
        }
    }
}

/// The negative of a number literal, if its type has it.
fn negated_literal(expr: &Expr) -> Option<Value> {
    let ExprKind::Literal(value) = &expr.kind else { return None };
    if let Value::Double(value) = value {
        return Some(Value::Double(-value));
    }
    let number = value.as_i128()?.checked_neg()?;
    let fits = expr.data_type.integer_range().is_none_or(|(low, high)| (low..=high).contains(&number));
    fits.then(|| Value::from_i128(number, &expr.data_type))
}

/// An arithmetic operator of SQL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Remainder,
}

fn refuse(op: Arithmetic, left: &Expr, right: &Expr, span: Span) -> Error {
    let (left_type, right_type) = (&left.data_type, &right.data_type);
    let message = match op {
        Arithmetic::Add => format!("cannot add {left_type} and {right_type}"),
        Arithmetic::Subtract => format!("cannot subtract {right_type} from {left_type}"),
        Arithmetic::Multiply => format!("cannot multiply {left_type} and {right_type}"),
        Arithmetic::Divide | Arithmetic::IntegerDivide => format!("cannot divide {left_type} by {right_type}"),
        Arithmetic::Remainder => format!("cannot compute {left_type} % {right_type}"),
    };
    let error = Error::types(message).at(span);
    if left_type.is_text() || right_type.is_text() {
        return error.with_hint("write CAST(… AS …) if the text holds a number, or || to concatenate");
    }
    error
}

/// Gives operands whose type is open one: string literals, and bare NULLs.
fn settle(op: Arithmetic, left: Expr, right: Expr) -> Result<(Expr, Expr)> {
    if left.data_type == DataType::Null && right.data_type == DataType::Null {
        let null = |span| coerce::null(&DataType::Integer, span);
        return Ok((null(left.span), null(right.span)));
    }
    let beside = |other: &DataType| match (op, other) {
        (Arithmetic::Add, instant) if instant.is_instant() => DataType::Interval,
        (_, other) => other.clone(),
    };
    let open = |expr: &Expr| coerce::is_open_text(expr) || expr.data_type == DataType::Null;
    match (open(&left), open(&right)) {
        (true, false) => {
            let target = beside(&right.data_type);
            let left = coerce::text_as_number(left, &right.data_type);
            let left = if open(&left) { coerce::coerce(left, &target, Coercion::Implicit)? } else { left };
            Ok((left, right))
        }
        (false, true) => {
            let target = beside(&left.data_type);
            let right = coerce::text_as_number(right, &left.data_type);
            let right = if open(&right) { coerce::coerce(right, &target, Coercion::Implicit)? } else { right };
            Ok((left, right))
        }
        _ => Ok((left, right)),
    }
}

/// Arithmetic on two numbers: casts the operands as the plan wants them and says the result's type.
fn numeric(op: Arithmetic, left: Expr, right: Expr, span: Span) -> Result<Expr> {
    if left.data_type.is_float() || right.data_type.is_float() {
        let real = left.data_type == DataType::Real && right.data_type == DataType::Real;
        let target = if real && op != Arithmetic::Divide { DataType::Real } else { DataType::Double };
        if op == Arithmetic::IntegerDivide {
            return Err(refuse(op, &left, &right, span).with_hint("// divides integers; write /"));
        }
        return node(op, left, &target.clone(), right, &target.clone(), target, span);
    }
    if left.data_type.is_integer() && right.data_type.is_integer() {
        let common = coerce::integer_result(&left, &right);
        if common.is_integer() {
            return node(op, left, &common.clone(), right, &common.clone(), common, span);
        }
    }
    decimal(op, left, right, span)
}

fn decimal(op: Arithmetic, left: Expr, right: Expr, span: Span) -> Result<Expr> {
    let (Some((left_precision, left_scale)), Some((right_precision, right_scale))) =
        (coerce::as_decimal(&left), coerce::as_decimal(&right))
    else {
        return Err(refuse(op, &left, &right, span));
    };
    let (left_before, right_before) = (left_precision - left_scale, right_precision - right_scale);
    let scale = left_scale.max(right_scale);
    match op {
        Arithmetic::Add | Arithmetic::Subtract => {
            let result = coerce::decimal(left_before.max(right_before) + 1, scale);
            let operand = |before: u8| coerce::decimal(before, scale);
            node(op, left, &operand(left_before), right, &operand(right_before), result, span)
        }
        Arithmetic::Multiply => {
            let scale = left_scale + right_scale;
            if scale > DECIMAL_PRECISION_MAX {
                let message = format!("{scale} digits behind the point are more than {DECIMAL_PRECISION_MAX}");
                return Err(Error::types(message)
                    .at(span)
                    .with_hint("cast an operand to a smaller scale or to DOUBLE"));
            }
            let result = coerce::decimal(left_before + right_before, scale);
            let operand = |precision: u8, scale: u8| DataType::decimal(precision, scale);
            let (left_type, right_type) = (operand(left_precision, left_scale), operand(right_precision, right_scale));
            node(op, left, &left_type, right, &right_type, result, span)
        }
        Arithmetic::Remainder => {
            let common = coerce::decimal(left_before.max(right_before), scale);
            node(op, left, &common.clone(), right, &common.clone(), common, span)
        }
        Arithmetic::Divide => node(op, left, &DataType::Double, right, &DataType::Double, DataType::Double, span),
        Arithmetic::IntegerDivide => Err(refuse(op, &left, &right, span).with_hint("// divides integers; write /")),
    }
}

fn node(
    op: Arithmetic,
    left: Expr,
    left_type: &DataType,
    right: Expr,
    right_type: &DataType,
    data_type: DataType,
    span: Span,
) -> Result<Expr> {
    let left = Box::new(coerce::coerce(left, left_type, Coercion::Assignment)?);
    let right = Box::new(coerce::coerce(right, right_type, Coercion::Assignment)?);
    let op = match op {
        Arithmetic::Add => ArithmeticOp::Add,
        Arithmetic::Subtract => ArithmeticOp::Subtract,
        Arithmetic::Multiply => ArithmeticOp::Multiply,
        Arithmetic::Divide | Arithmetic::IntegerDivide => ArithmeticOp::Divide,
        Arithmetic::Remainder => ArithmeticOp::Remainder,
    };
    let nullable = left.nullable || right.nullable;
    Ok(Expr { kind: ExprKind::Arithmetic(op, left, right), data_type, nullable, span })
}

/// AND and OR: chains become one flat list.
fn logic(op: &BinaryOperator, left: Expr, right: Expr) -> Result<Expr> {
    let span = left.span.to(right.span);
    let is_and = *op == BinaryOperator::And;
    let name = if is_and { "AND" } else { "OR" };
    let (left, right) = (coerce::boolean(left, name)?, coerce::boolean(right, name)?);
    let nullable = left.nullable || right.nullable;
    let mut operands = match left.kind {
        ExprKind::And(operands) if is_and => operands,
        ExprKind::Or(operands) if !is_and => operands,
        _ => vec![left],
    };
    operands.push(right);
    let kind = if is_and { ExprKind::And(operands) } else { ExprKind::Or(operands) };
    Ok(Expr { kind, data_type: DataType::Boolean, nullable, span })
}
