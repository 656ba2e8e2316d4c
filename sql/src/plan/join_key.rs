//! Equalities between the two sides of a join.

use rowmill_vm::{DataType, Span};

use super::expr::{distinct, not};
use super::visit::ColumnSet;
use super::{ColumnId, Columns, CompareOp, Expr, ExprKind};

/// An equality between the two sides of a join.
#[derive(Clone, Debug)]
pub struct JoinKey {
    /// Over the probe side.
    pub probe: Expr,
    /// Over the build side.
    pub build: Expr,
    /// Whether NULL equals NULL (IS NOT DISTINCT FROM).
    pub null_equal: bool,
}

impl JoinKey {
    /// The key that a condition is for sides with these columns, or the condition again. Each operand must read some.
    pub fn of(condition: Expr, probe: &ColumnSet, build: &ColumnSet) -> Result<JoinKey, Box<Expr>> {
        let (left, right, null_equal) = match &condition.kind {
            ExprKind::Compare(CompareOp::Equal, left, right) => (left, right, false),
            ExprKind::Not(inner) => match &inner.kind {
                ExprKind::Distinct(left, right) => (left, right, true),
                _ => return Err(Box::new(condition)),
            },
            _ => return Err(Box::new(condition)),
        };
        let is_over = |expr: &Expr, side: &ColumnSet| {
            let read = ColumnSet::of_expr(expr);
            !read.is_empty() && side.contains_all(&read) && expr.data_type != DataType::Null
        };
        let (probe, build) = if is_over(left, probe) && is_over(right, build) {
            (left, right)
        } else if is_over(right, probe) && is_over(left, build) {
            (right, left)
        } else {
            return Err(Box::new(condition));
        };
        Ok(JoinKey { probe: probe.as_ref().clone(), build: build.as_ref().clone(), null_equal })
    }

    /// The key as a condition, for where its columns are on one side.
    pub fn into_condition(self) -> Expr {
        let JoinKey { probe, build, null_equal } = self;
        if null_equal {
            return not(distinct(probe, build, Span::NONE));
        }
        let nullable = probe.nullable || build.nullable;
        let kind = ExprKind::Compare(CompareOp::Equal, Box::new(probe), Box::new(build));
        Expr { kind, data_type: DataType::Boolean, nullable, span: Span::NONE }
    }
}

/// The build sides of keys as keys of an aggregation of the build side; the join's keys then read them. A plain column
/// stays what it is.
pub fn group_build_side(keys: &mut [JoinKey], columns: &mut Columns) -> Vec<(ColumnId, Expr)> {
    let mut grouped: Vec<(ColumnId, Expr)> = Vec::with_capacity(keys.len());
    for key in keys {
        let id = match key.build.kind {
            ExprKind::Column(id) => id,
            _ => columns.add("key", key.build.data_type.clone(), key.build.nullable),
        };
        let expr = std::mem::replace(&mut key.build, columns.expr(id));
        if grouped.iter().all(|(known, _)| *known != id) {
            grouped.push((id, expr));
        }
    }
    grouped
}
