//! Walks over expressions.

use super::{ColumnId, Expr, ExprKind};

/// The children of an expression, left to right; `$as` is `as_ref` or `as_mut`, `$iter` is `iter` or `iter_mut`.
macro_rules! children {
    ($kind:expr, $visit:expr, $as:ident, $iter:ident) => {
        match $kind {
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Parameter(_) => {}
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::Distinct(left, right) => {
                $visit(left.$as());
                $visit(right.$as());
            }
            ExprKind::Negate(child) | ExprKind::Not(child) | ExprKind::IsNull(child) | ExprKind::Cast(child, _) => {
                $visit(child.$as());
            }
            ExprKind::And(children) | ExprKind::Or(children) | ExprKind::Coalesce(children) => {
                children.$iter().for_each($visit);
            }
            ExprKind::Function(_, arguments) => arguments.$iter().for_each($visit),
            ExprKind::Case(branches, otherwise) => {
                for (condition, value) in branches.$iter() {
                    $visit(condition);
                    $visit(value);
                }
                if let Some(otherwise) = otherwise {
                    $visit(otherwise.$as());
                }
            }
            ExprKind::InList(value, list) => {
                $visit(value.$as());
                list.$iter().for_each($visit);
            }
        }
    };
}

impl Expr {
    /// Visits the operands of this expression, left to right.
    pub fn for_each_child(&self, visit: &mut impl FnMut(&Expr)) {
        children!(&self.kind, &mut *visit, as_ref, iter);
    }

    /// Visits the operands of this expression, left to right, to change them.
    pub fn for_each_child_mut(&mut self, visit: &mut impl FnMut(&mut Expr)) {
        children!(&mut self.kind, &mut *visit, as_mut, iter_mut);
    }

    /// Adds the columns it reads to `found`, each once.
    pub fn columns(&self, found: &mut Vec<ColumnId>) {
        if let ExprKind::Column(column) = self.kind
            && !found.contains(&column)
        {
            found.push(column);
        }
        self.for_each_child(&mut |child| child.columns(found));
    }
}
