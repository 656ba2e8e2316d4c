//! Row values: `(a, b) = (c, d)`, `(a, b) < (c, d)`, `(a, b) IN ((c, d), …)`.

use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast::{self, BinaryOperator, Spanned};

use super::expression::{ExpressionBinder, and, compare, not};
use super::unsupported;
use crate::parse::byte_span;
use crate::plan::{CompareOp, Expr, ExprKind};

impl ExpressionBinder<'_, '_> {
    /// A comparison of two rows.
    pub(super) fn bind_row_comparison(
        &mut self,
        op: &BinaryOperator,
        left: &ast::Expr,
        right: &ast::Expr,
    ) -> Result<Expr> {
        let (left, right) = (self.bind_row(left)?, self.bind_row(right)?);
        let span = left.iter().chain(&right).fold(Span::NONE, |span, expr| span.to(expr.span));
        match op {
            BinaryOperator::Eq => self.rows_equal(left, right, span),
            BinaryOperator::NotEq => self.rows_equal(left, right, span).map(not),
            BinaryOperator::Lt => self.rows_ordered((CompareOp::Less, CompareOp::Less), left, right, span),
            BinaryOperator::LtEq => self.rows_ordered((CompareOp::Less, CompareOp::LessEqual), left, right, span),
            BinaryOperator::Gt => self.rows_ordered((CompareOp::Greater, CompareOp::Greater), left, right, span),
            BinaryOperator::GtEq => self.rows_ordered((CompareOp::Greater, CompareOp::GreaterEqual), left, right, span),
            other => Err(unsupported(format!("the operator {other} between row values is"), span)),
        }
    }

    /// `(a, b) IN ((c, d), …)`.
    pub(super) fn bind_row_in_list(&mut self, row: &[ast::Expr], list: &[ast::Expr]) -> Result<Expr> {
        let row = self.bind_all(row)?;
        let mut equalities = Vec::with_capacity(list.len());
        for element in list {
            let span = byte_span(element.span());
            let ast::Expr::Tuple(element) = element else {
                return Err(Error::types("a row value is compared with one value").at(span));
            };
            let left = row.iter().map(|expr| self.binder.copy(expr)).collect::<Result<_>>()?;
            let right = self.bind_all(element)?;
            equalities.push(self.rows_equal(left, right, span)?);
        }
        Ok(or(equalities))
    }

    /// Binds a row value: its members, or a subquery that gives one row.
    fn bind_row(&mut self, row: &ast::Expr) -> Result<Vec<Expr>> {
        match row {
            ast::Expr::Tuple(members) => self.bind_all(members),
            ast::Expr::Subquery(query) => self.bind_row_subquery(query),
            other => Ok(vec![self.bind(other)?]),
        }
    }

    /// Binds the members of a row value.
    pub(super) fn bind_all(&mut self, exprs: &[ast::Expr]) -> Result<Vec<Expr>> {
        exprs.iter().map(|expr| self.bind(expr)).collect()
    }

    fn rows_equal(&mut self, left: Vec<Expr>, right: Vec<Expr>, span: Span) -> Result<Expr> {
        same_width(&left, &right, span)?;
        let pairs = left.into_iter().zip(right);
        Ok(and(pairs.map(|(left, right)| compare(CompareOp::Equal, left, right)).collect::<Result<_>>()?))
    }

    /// The first members that differ decide; `ops` are the comparison before the last members, and that of the last.
    fn rows_ordered(
        &mut self,
        ops: (CompareOp, CompareOp),
        left: Vec<Expr>,
        right: Vec<Expr>,
        span: Span,
    ) -> Result<Expr> {
        same_width(&left, &right, span)?;
        let mut ordered: Option<Expr> = None;
        for (left, right) in left.into_iter().zip(right).rev() {
            ordered = Some(match ordered {
                None => compare(ops.1, left, right)?,
                Some(rest) => {
                    let (left_again, right_again) = (self.binder.copy(&left)?, self.binder.copy(&right)?);
                    let equal = compare(CompareOp::Equal, left_again, right_again)?;
                    or(vec![compare(ops.0, left, right)?, and(vec![equal, rest])])
                }
            });
        }
        ordered.ok_or_else(|| Error::syntax("a row value has no members").at(span))
    }
}

fn same_width(left: &[Expr], right: &[Expr], span: Span) -> Result<()> {
    if left.len() == right.len() {
        return Ok(());
    }
    Err(Error::types(format!("row values of {} and {} members are compared", left.len(), right.len())).at(span))
}

/// OR of BOOLEANs.
fn or(operands: Vec<Expr>) -> Expr {
    let nullable = operands.iter().any(|operand| operand.nullable);
    let span = operands.iter().fold(Span::NONE, |span, operand| span.to(operand.span));
    Expr { kind: ExprKind::Or(operands), data_type: DataType::Boolean, nullable, span }
}
