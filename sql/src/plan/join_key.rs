//! Equalities between the two sides of a join.

use rowmill_vm::{DataType, Span};

use super::expr::{column_of, distinct, not};
use super::visit::ColumnSet;
use super::{ColumnId, Columns, CompareOp, Expr, ExprKind};

/// A side of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That which looks up.
    Probe,
    /// That which is looked up.
    Build,
}

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

    /// Its expression over a side.
    pub fn side(&self, side: Side) -> &Expr {
        match side {
            Side::Probe => &self.probe,
            Side::Build => &self.build,
        }
    }

    /// The same, to be changed.
    pub fn side_mut(&mut self, side: Side) -> &mut Expr {
        match side {
            Side::Probe => &mut self.probe,
            Side::Build => &mut self.build,
        }
    }

    /// Makes it one of the join with its sides exchanged.
    pub fn swap_sides(&mut self) {
        std::mem::swap(&mut self.probe, &mut self.build);
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

/// Makes an expression a key of an aggregation, if it is not yet one of `grouped`; from here on the expression reads the key.
/// A plain column stays what it is.
pub fn group_by(expr: &mut Expr, grouped: &mut Vec<(ColumnId, Expr)>, columns: &mut Columns) {
    let id = column_of(expr).unwrap_or_else(|| columns.add("key", expr.data_type.clone(), expr.nullable));
    let key = std::mem::replace(expr, columns.expr(id));
    if grouped.iter().all(|(known, _)| *known != id) {
        grouped.push((id, key));
    }
}

/// The build sides of keys as keys of an aggregation of the build side; the join's keys then read them.
pub fn group_build_side(keys: &mut [JoinKey], columns: &mut Columns) -> Vec<(ColumnId, Expr)> {
    let mut grouped = Vec::with_capacity(keys.len());
    keys.iter_mut().for_each(|key| group_by(&mut key.build, &mut grouped, columns));
    grouped
}
