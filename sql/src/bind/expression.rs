//! Scalar expressions: which function binds which kind.

use std::cell::RefCell;

use rowmill_vm::{DataType, Error, Result, Span, Value};
use sqlparser::ast::{self, CastKind, Spanned, UnaryOperator};

use super::aggregate::Aggregates;
use super::environment::Environment;
use super::literal::{self, Sign};
use super::quantified::Quantifier;
use super::scope::{Name, Scope};
use super::subquery::PendingJoin;
use super::window::Windows;
use super::{Binder, coerce, unsupported};
use crate::parse::byte_span;
pub(super) use crate::plan::not;
use crate::plan::{CastMode, CompareOp, Expr, ExprKind, distinct, is_null};

/// What an expression can refer to, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'b> {
    pub(super) scope: &'b Scope,
    pub(super) environment: Environment<'b>,
    /// Select items that can be used by their alias.
    pub(super) aliases: &'b [Alias<'b>],
    /// For errors: "WHERE".
    pub(super) clause: &'static str,
}

/// A select item with a name of its own.
#[derive(Clone, Copy)]
pub(super) struct Alias<'b> {
    pub(super) name: &'b str,
    pub(super) expr: &'b ast::Expr,
}

/// Binds expressions in one place of a query.
pub(super) struct ExpressionBinder<'b, 'a> {
    pub(super) binder: &'b mut Binder<'a>,
    pub(super) surroundings: Surroundings<'b>,
    /// The joins that the subqueries met so far have become; what is bound can only be computed above them.
    pub(super) joins: Vec<PendingJoin>,
    /// Where aggregates go, if they are allowed here.
    pub(super) aggregates: Option<&'b RefCell<Aggregates>>,
    /// Where window functions go, if they are allowed here.
    pub(super) windows: Option<&'b mut Windows>,
    /// WINDOW name AS (…).
    pub(super) named_windows: &'b [ast::NamedWindowDefinition],
}

impl<'b, 'a> ExpressionBinder<'b, 'a> {
    /// A binder for expressions without aggregates.
    pub(super) fn new(binder: &'b mut Binder<'a>, surroundings: Surroundings<'b>) -> ExpressionBinder<'b, 'a> {
        ExpressionBinder {
            binder,
            surroundings,
            joins: Vec::new(),
            aggregates: None,
            windows: None,
            named_windows: &[],
        }
    }

    /// Binds an expression.
    pub(super) fn bind(&mut self, expr: &ast::Expr) -> Result<Expr> {
        match expr {
            ast::Expr::Identifier(column) => self.bind_name(Name { relation: None, column }),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [relation, column] => self.bind_name(Name { relation: Some(relation), column }),
                [_, relation, column] => self.bind_name(Name { relation: Some(relation), column }),
                _ => Err(unsupported("a name of that many parts is", byte_span(expr.span()))),
            },
            ast::Expr::Nested(inner) => self.bind(inner),
            ast::Expr::Value(value) => self.binder.bind_value(value),
            ast::Expr::TypedString(typed) => self.binder.bind_typed_string(typed),
            ast::Expr::Interval(interval) => self.binder.bind_interval(interval),
            ast::Expr::BinaryOp { .. } => self.bind_binary(expr),
            ast::Expr::UnaryOp { op, expr } => self.bind_unary(*op, expr),
            ast::Expr::Function(function) => self.bind_function(function),
            ast::Expr::Cast { kind, expr, data_type, format: None } => self.bind_cast(kind, expr, data_type),
            ast::Expr::Subquery(query) => self.bind_scalar_subquery(query),
            ast::Expr::Exists { subquery, negated } => {
                let exists = self.bind_exists(subquery)?;
                Ok(negate_if(*negated, exists))
            }
            ast::Expr::InSubquery { expr, subquery, negated } => {
                let found = self.bind_in_subquery(expr, subquery)?;
                Ok(negate_if(*negated, found))
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } => {
                self.bind_quantified(left, compare_op, right, Quantifier::Any)
            }
            ast::Expr::AllOp { left, compare_op, right } => {
                self.bind_quantified(left, compare_op, right, Quantifier::All)
            }
            _ => self.bind_predicate(expr),
        }
    }

    /// Binds an expression that has to be BOOLEAN.
    pub(super) fn bind_boolean(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let bound = self.bind(expr)?;
        coerce::boolean(bound, self.surroundings.clause)
    }

    /// The tests with a syntax of their own.
    fn bind_predicate(&mut self, expr: &ast::Expr) -> Result<Expr> {
        match expr {
            ast::Expr::IsNull(operand) => Ok(is_null(self.bind(operand)?)),
            ast::Expr::IsNotNull(operand) => Ok(not(is_null(self.bind(operand)?))),
            ast::Expr::IsUnknown(operand) => Ok(is_null(self.bind_truth(operand)?)),
            ast::Expr::IsNotUnknown(operand) => Ok(not(is_null(self.bind_truth(operand)?))),
            ast::Expr::IsTrue(operand) => Ok(not(self.bind_is(operand, true)?)),
            ast::Expr::IsNotTrue(operand) => self.bind_is(operand, true),
            ast::Expr::IsFalse(operand) => Ok(not(self.bind_is(operand, false)?)),
            ast::Expr::IsNotFalse(operand) => self.bind_is(operand, false),
            ast::Expr::IsDistinctFrom(left, right) => self.bind_distinct(left, right),
            ast::Expr::IsNotDistinctFrom(left, right) => Ok(not(self.bind_distinct(left, right)?)),
            ast::Expr::InList { expr, list, negated } => {
                let found = self.bind_in_list(expr, list)?;
                Ok(negate_if(*negated, found))
            }
            ast::Expr::Between { expr, negated, low, high } => {
                let between = self.bind_between(expr, low, high)?;
                Ok(negate_if(*negated, between))
            }
            ast::Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let matched = self.bind_like("like", expr, pattern, escape_char.as_deref())?;
                Ok(negate_if(*negated, matched))
            }
            ast::Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                let matched = self.bind_like("ilike", expr, pattern, escape_char.as_deref())?;
                Ok(negate_if(*negated, matched))
            }
            _ => self.bind_special(expr),
        }
    }

    /// A name: a column, or a select item's alias.
    fn bind_name(&mut self, name: Name<'_>) -> Result<Expr> {
        let columns = &self.binder.columns;
        if let Some(column) = self.surroundings.scope.find(columns, name)? {
            return Ok(self.binder.column(column.id, name.span()));
        }
        if name.relation.is_none()
            && let Some(position) = find_alias(self.surroundings.aliases, &name.column.value)
        {
            return self.bind_alias(position, name.span());
        }
        if let Some(outer) = self.surroundings.environment.find_outer(columns, name)? {
            self.binder.correlated = true;
            return Ok(self.binder.column(outer, name.span()));
        }
        Err(self.surroundings.scope.unknown(columns, name))
    }

    /// What an alias stands for, which can use only the aliases before it.
    fn bind_alias(&mut self, position: usize, span: Span) -> Result<Expr> {
        let aliases = self.surroundings.aliases;
        self.surroundings.aliases = &aliases[..position];
        let bound = self.bind(aliases[position].expr);
        self.surroundings.aliases = aliases;
        let bound = bound?;
        // It is bound anew each time it is used, which counts as a copy.
        drop(self.binder.copy(&bound)?);
        Ok(Expr { span, ..bound })
    }

    fn bind_unary(&mut self, op: UnaryOperator, operand: &ast::Expr) -> Result<Expr> {
        match (op, operand) {
            (UnaryOperator::Minus, ast::Expr::Value(value)) => {
                if let ast::Value::Number(text, _) = &value.value {
                    let span = byte_span(value.span);
                    let span = Span::new(span.start.saturating_sub(1), span.end);
                    return Ok(literal::number(text, Sign::Minus).map_err(|error| error.at(span))?.at(span));
                }
            }
            (UnaryOperator::Not, _) => {
                let operand = self.bind(operand)?;
                return Ok(not(coerce::boolean(operand, "NOT")?));
            }
            _ => {}
        }
        let bound = self.bind(operand)?;
        match op {
            UnaryOperator::Plus if bound.data_type.is_numeric() || coerce::is_null(&bound) => Ok(bound),
            UnaryOperator::Plus => {
                Err(Error::types(format!("+ needs a number, found {}", bound.data_type)).at(bound.span))
            }
            UnaryOperator::Minus => self.negate(bound),
            UnaryOperator::BitwiseNot => self.call_operator("~", "bit_not", vec![bound]),
            other => Err(unsupported(format!("the operator {other} is"), bound.span)),
        }
    }

    fn bind_cast(&mut self, kind: &CastKind, expr: &ast::Expr, data_type: &ast::DataType) -> Result<Expr> {
        let bound = self.bind(expr)?;
        let span = bound.span;
        let target = self.binder.data_type(data_type, span)?;
        let mode = match kind {
            CastKind::Cast | CastKind::DoubleColon => CastMode::Error,
            CastKind::TryCast | CastKind::SafeCast => CastMode::Null,
        };
        coerce::explicit(bound, &target, mode, span)
    }

    /// IS [NOT] UNKNOWN, TRUE, FALSE: of a BOOLEAN only.
    fn bind_truth(&mut self, operand: &ast::Expr) -> Result<Expr> {
        let operand = self.bind(operand)?;
        coerce::boolean(operand, "IS")
    }

    /// Whether a BOOLEAN is distinct from `value`.
    fn bind_is(&mut self, operand: &ast::Expr, value: bool) -> Result<Expr> {
        let operand = self.bind_truth(operand)?;
        let span = operand.span;
        let value = coerce::constant(Value::Boolean(value), DataType::Boolean, span);
        Ok(distinct(operand, value, span))
    }

    fn bind_distinct(&mut self, left: &ast::Expr, right: &ast::Expr) -> Result<Expr> {
        let (left, right) = (self.bind(left)?, self.bind(right)?);
        let span = left.span.to(right.span);
        let (left, right) = comparable(left, right, span)?;
        Ok(distinct(left, right, span))
    }

    fn bind_in_list(&mut self, operand: &ast::Expr, list: &[ast::Expr]) -> Result<Expr> {
        if let ast::Expr::Tuple(row) = operand {
            return self.bind_row_in_list(row, list);
        }
        let operand = self.bind(operand)?;
        let mut span = operand.span;
        let mut all = Vec::with_capacity(list.len() + 1);
        all.push(operand);
        for element in list {
            let element = self.bind(element)?;
            span = span.to(element.span);
            all.push(element);
        }
        let mut all = coerce::unify_all(typed(all), "IN compares")?;
        let operand = Box::new(all.remove(0));
        let nullable = operand.nullable || all.iter().any(|element| element.nullable);
        Ok(Expr { kind: ExprKind::InList(operand, all), data_type: DataType::Boolean, nullable, span })
    }

    fn bind_between(&mut self, operand: &ast::Expr, low: &ast::Expr, high: &ast::Expr) -> Result<Expr> {
        let operand = self.bind(operand)?;
        let (low, high) = (self.bind(low)?, self.bind(high)?);
        let again = self.binder.copy(&operand)?;
        let from = compare(CompareOp::GreaterEqual, operand, low)?;
        let to = compare(CompareOp::LessEqual, again, high)?;
        Ok(and(vec![from, to]))
    }

    /// LIKE and ILIKE, with or without ESCAPE.
    fn bind_like(
        &mut self,
        name: &'static str,
        operand: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
    ) -> Result<Expr> {
        let mut arguments = vec![self.bind(operand)?, self.bind(pattern)?];
        let Some(escape) = escape else { return self.call_operator(&name.to_uppercase(), name, arguments) };
        arguments.push(self.bind(escape)?);
        self.call_operator("LIKE … ESCAPE", name, arguments)
    }
}

/// The alias of that name; the first, if there are several.
pub(super) fn find_alias(aliases: &[Alias<'_>], name: &str) -> Option<usize> {
    aliases.iter().position(|alias| alias.name.eq_ignore_ascii_case(name))
}

/// Bare NULLs among operands that are compared with one another, if there is nothing else, are INTEGER.
fn typed(exprs: Vec<Expr>) -> Vec<Expr> {
    if exprs.iter().any(|expr| expr.data_type != DataType::Null) {
        return exprs;
    }
    exprs.into_iter().map(|expr| coerce::null(&DataType::Integer, expr.span)).collect()
}

/// Two operands of one type that can be compared.
pub(super) fn comparable(left: Expr, right: Expr, span: Span) -> Result<(Expr, Expr)> {
    if left.data_type == DataType::Null && right.data_type == DataType::Null {
        let null = |span| coerce::null(&DataType::Integer, span);
        return Ok((null(left.span), null(right.span)));
    }
    coerce::unify(left, right, "compare", span)
}

/// A comparison; the operands get one type.
pub(super) fn compare(op: CompareOp, left: Expr, right: Expr) -> Result<Expr> {
    let span = left.span.to(right.span);
    let (left, right) = comparable(left, right, span)?;
    let nullable = left.nullable || right.nullable;
    let kind = ExprKind::Compare(op, Box::new(left), Box::new(right));
    Ok(Expr { kind, data_type: DataType::Boolean, nullable, span })
}

fn negate_if(negated: bool, expr: Expr) -> Expr {
    if negated { not(expr) } else { expr }
}

/// AND of BOOLEANs.
pub(super) fn and(operands: Vec<Expr>) -> Expr {
    let nullable = operands.iter().any(|operand| operand.nullable);
    let span = operands.iter().fold(Span::NONE, |span, operand| span.to(operand.span));
    Expr { kind: ExprKind::And(operands), data_type: DataType::Boolean, nullable, span }
}
