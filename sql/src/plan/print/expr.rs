//! Expressions as SQL-like text, with as few parentheses as the operators' precedence allows.

use std::fmt::Write;

use super::Printer;
use crate::plan::{ArithmeticOp, CastMode, CompareOp, Expr, ExprKind};

/// How tightly an expression's outermost operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Negation,
    Atom,
}

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Column(id) => self.column(*id),
            ExprKind::Literal(value) => self.literal(value, &expr.data_type),
            ExprKind::Parameter(number) => _ = write!(self.out, "${}", u32::from(*number) + 1),
            ExprKind::Arithmetic(op, left, right) => self.binary(precedence(expr), left, arithmetic(*op), right),
            ExprKind::Negate(operand) => {
                self.out.push('-');
                self.above(Precedence::Negation, operand);
            }
            ExprKind::Compare(op, left, right) => self.binary(Precedence::Comparison, left, comparison(*op), right),
            ExprKind::Distinct(left, right) => {
                self.binary(Precedence::Comparison, left, " IS DISTINCT FROM ", right);
            }
            ExprKind::And(operands) => self.conjuncts(operands),
            ExprKind::Or(operands) => {
                self.separated(operands, " OR ", |printer, operand| printer.above(Precedence::Or, operand));
            }
            ExprKind::Not(operand) => self.not(operand),
            ExprKind::IsNull(operand) => {
                self.operand(operand);
                self.out.push_str(" IS NULL");
            }
            ExprKind::Case(branches, otherwise) => self.case(branches, otherwise.as_deref()),
            ExprKind::Coalesce(operands) => self.call("coalesce", operands),
            ExprKind::InList(operand, list) => self.in_list(operand, " IN (", list),
            ExprKind::Cast(operand, mode) => {
                self.out.push_str(match mode {
                    CastMode::Error => "CAST(",
                    CastMode::Null => "TRY_CAST(",
                });
                self.expr(operand);
                let _ = write!(self.out, " AS {})", expr.data_type);
            }
            ExprKind::Function(function, arguments) => match (function.function.name, arguments.as_slice()) {
                ("like", [text, pattern]) => self.binary(Precedence::Comparison, text, " LIKE ", pattern),
                ("ilike", [text, pattern]) => self.binary(Precedence::Comparison, text, " ILIKE ", pattern),
                (name, arguments) => self.call(name, arguments),
            },
        }
    }

    /// Predicates that must all hold.
    pub(super) fn conjuncts(&mut self, predicates: &[Expr]) {
        if let [only] = predicates {
            return self.expr(only);
        }
        self.separated(predicates, " AND ", |printer, predicate| printer.above(Precedence::And, predicate));
    }

    /// An operand of a comparison.
    pub(super) fn operand(&mut self, expr: &Expr) {
        self.above(Precedence::Comparison, expr);
    }

    /// NOT, inside the operators that have a negated form.
    fn not(&mut self, operand: &Expr) {
        match &operand.kind {
            ExprKind::IsNull(inner) => {
                self.operand(inner);
                self.out.push_str(" IS NOT NULL");
            }
            ExprKind::Distinct(left, right) => {
                self.binary(Precedence::Comparison, left, " IS NOT DISTINCT FROM ", right);
            }
            ExprKind::InList(inner, list) => self.in_list(inner, " NOT IN (", list),
            _ => {
                self.out.push_str("NOT ");
                self.above(Precedence::And, operand);
            }
        }
    }

    fn in_list(&mut self, operand: &Expr, operator: &str, list: &[Expr]) {
        self.operand(operand);
        self.out.push_str(operator);
        self.list(list, Printer::expr);
        self.out.push(')');
    }

    fn case(&mut self, branches: &[(Expr, Expr)], otherwise: Option<&Expr>) {
        self.out.push_str("CASE");
        for (condition, value) in branches {
            self.out.push_str(" WHEN ");
            self.expr(condition);
            self.out.push_str(" THEN ");
            self.expr(value);
        }
        if let Some(value) = otherwise {
            self.out.push_str(" ELSE ");
            self.expr(value);
        }
        self.out.push_str(" END");
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) {
        let _ = write!(self.out, "{name}(");
        self.list(arguments, Printer::expr);
        self.out.push(')');
    }

    /// Operators associate to the left; comparisons not at all.
    fn binary(&mut self, precedence: Precedence, left: &Expr, operator: &str, right: &Expr) {
        if precedence == Precedence::Comparison || self::precedence(left) < precedence {
            self.above(precedence, left);
        } else {
            self.expr(left);
        }
        self.out.push_str(operator);
        self.above(precedence, right);
    }

    /// Prints an operand of an operator, in parentheses unless it binds more tightly.
    fn above(&mut self, outer: Precedence, expr: &Expr) {
        if precedence(expr) > outer {
            self.expr(expr);
        } else {
            self.out.push('(');
            self.expr(expr);
            self.out.push(')');
        }
    }
}

fn precedence(expr: &Expr) -> Precedence {
    match &expr.kind {
        ExprKind::Or(_) => Precedence::Or,
        ExprKind::And(_) => Precedence::And,
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::IsNull(_) | ExprKind::Distinct(..) | ExprKind::InList(..) => Precedence::Comparison,
            _ => Precedence::Not,
        },
        ExprKind::Compare(..) | ExprKind::Distinct(..) | ExprKind::IsNull(_) | ExprKind::InList(..) => {
            Precedence::Comparison
        }
        ExprKind::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => Precedence::Sum,
        ExprKind::Arithmetic(..) => Precedence::Product,
        ExprKind::Negate(_) => Precedence::Negation,
        ExprKind::Function(function, arguments)
            if matches!(function.function.name, "like" | "ilike") && arguments.len() == 2 =>
        {
            Precedence::Comparison
        }
        ExprKind::Column(_)
        | ExprKind::Literal(_)
        | ExprKind::Parameter(_)
        | ExprKind::Case(..)
        | ExprKind::Coalesce(_)
        | ExprKind::Cast(..)
        | ExprKind::Function(..) => Precedence::Atom,
    }
}

fn arithmetic(op: ArithmeticOp) -> &'static str {
    match op {
        ArithmeticOp::Add => " + ",
        ArithmeticOp::Subtract => " - ",
        ArithmeticOp::Multiply => " * ",
        ArithmeticOp::Divide => " / ",
        ArithmeticOp::Remainder => " % ",
    }
}

fn comparison(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => " = ",
        CompareOp::NotEqual => " <> ",
        CompareOp::Less => " < ",
        CompareOp::LessEqual => " <= ",
        CompareOp::Greater => " > ",
        CompareOp::GreaterEqual => " >= ",
    }
}
