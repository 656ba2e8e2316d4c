//! `x < ANY (SELECT …)` and `x < ALL (SELECT …)`.
//!
//! A value is less than some of a set if it is less than its greatest, and so on: an aggregate of the set decides,
//! which is one row however large the set is. `ALL` is what `ANY` of the contrary is not.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Error, Result, Span, Value, aggregates};
use sqlparser::ast::{self, BinaryOperator, Spanned};

use super::coerce;
use super::expression::{ExpressionBinder, comparable, compare, not};
use super::subquery::PendingJoin;
use super::unsupported;
use crate::parse::byte_span;
use crate::plan::{AggregateExpr, ColumnId, CompareOp, Expr, ExprKind, Plan};

/// Which of the set a comparison must hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// ANY or SOME.
    Any,
    /// ALL.
    All,
}

impl ExpressionBinder<'_, '_> {
    /// A comparison with ANY or ALL of a subquery's values.
    pub(super) fn bind_quantified(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        quantifier: Quantifier,
    ) -> Result<Expr> {
        let query = match right {
            ast::Expr::Subquery(query) => query,
            other => return Err(unsupported("ANY and ALL of what is no subquery are", byte_span(other.span()))),
        };
        let op = comparison(op).ok_or_else(|| unsupported(format!("{op} ANY is"), byte_span(left.span())))?;
        let op = if quantifier == Quantifier::Any { op } else { contrary(op) };
        let any = if op == CompareOp::Equal { self.bind_in_subquery(left, query)? } else { self.any(left, op, query)? };
        Ok(if quantifier == Quantifier::Any { any } else { not(any) })
    }

    /// `left op ANY (query)`, by aggregates of the query's values.
    fn any(&mut self, left: &ast::Expr, op: CompareOp, query: &ast::Query) -> Result<Expr> {
        let operand = self.bind(left)?;
        let span = byte_span(query.span());
        let bound = self.bind_inner(query)?;
        let value = self.single_column(&bound, span)?;
        let (operand, value) = comparable(operand, self.binder.column(value, span), span)?;

        let mut calls = Vec::new();
        let rows = self.aggregate_of(&mut calls, "count", None, span)?;
        let values = self.aggregate_of(&mut calls, "count", Some(&value), span)?;
        let extremes: &[&str] = match op {
            CompareOp::Less | CompareOp::LessEqual => &["max"],
            CompareOp::Greater | CompareOp::GreaterEqual => &["min"],
            CompareOp::Equal | CompareOp::NotEqual => &["min", "max"],
        };
        let mut comparisons = Vec::with_capacity(extremes.len());
        for name in extremes {
            let extreme = self.aggregate_of(&mut calls, name, Some(&value), span)?;
            let operand = self.binder.copy(&operand)?;
            comparisons.push(compare(op, operand, extreme)?);
        }
        let build = Plan::Aggregate { input: Box::new(bound.plan), keys: Vec::new(), calls };
        self.joins.push(PendingJoin::new(JoinKind::Single, build, span));

        let boolean = |kind| Expr { kind, data_type: DataType::Boolean, nullable: true, span };
        let constant = |value| coerce::constant(value, DataType::Boolean, span);
        let holds = boolean(ExprKind::Or(comparisons));
        let zero = coerce::constant(Value::Integer(0), DataType::BigInt, span);
        let is_empty = compare(CompareOp::Equal, self.binder.copy(&rows)?, zero)?;
        let has_null = compare(CompareOp::Less, values, rows)?;
        let branches = vec![
            (is_empty, constant(Value::Boolean(false))),
            (self.binder.copy(&holds)?, constant(Value::Boolean(true))),
            (has_null, coerce::null(&DataType::Boolean, span)),
        ];
        Ok(boolean(ExprKind::Case(branches, Some(Box::new(holds)))))
    }

    /// Adds an aggregate to `calls`; gives the column of its result.
    fn aggregate_of(
        &mut self,
        calls: &mut Vec<(ColumnId, AggregateExpr)>,
        name: &str,
        argument: Option<&Expr>,
        span: Span,
    ) -> Result<Expr> {
        let function = aggregates::find(name).ok_or_else(|| Error::internal(format!("{name} is not there")))?;
        let arguments = argument.map(|argument| self.binder.copy(argument)).transpose()?;
        let (overload, arguments) =
            self.aggregate_overload(function, arguments.into_iter().collect(), argument.is_none(), span)?;
        let data_type = super::call::result_type(&overload.result, &arguments);
        let id = self.binder.columns.add(name, data_type.clone(), overload.empty_is_null);
        calls.push((
            id,
            AggregateExpr { function, overload, arguments, distinct: false, filter: None, data_type, span },
        ));
        Ok(self.binder.column(id, span))
    }
}

fn comparison(op: &BinaryOperator) -> Option<CompareOp> {
    Some(match op {
        BinaryOperator::Eq => CompareOp::Equal,
        BinaryOperator::NotEq => CompareOp::NotEqual,
        BinaryOperator::Lt => CompareOp::Less,
        BinaryOperator::LtEq => CompareOp::LessEqual,
        BinaryOperator::Gt => CompareOp::Greater,
        BinaryOperator::GtEq => CompareOp::GreaterEqual,
        _ => return None,
    })
}

/// What holds where a comparison does not.
fn contrary(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::NotEqual,
        CompareOp::NotEqual => CompareOp::Equal,
        CompareOp::Less => CompareOp::GreaterEqual,
        CompareOp::LessEqual => CompareOp::Greater,
        CompareOp::Greater => CompareOp::LessEqual,
        CompareOp::GreaterEqual => CompareOp::Less,
    }
}
