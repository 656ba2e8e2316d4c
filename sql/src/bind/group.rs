//! Above an aggregation only its keys and results are there: expressions over FROM's columns are rewritten to read
//! them, and what is neither is an error.

use rowmill_vm::{Error, Result};

use super::scope::Scope;
use crate::plan::visit::same;
use crate::plan::{ColumnId, Columns, Expr, ExprKind};

/// What there is above an aggregation.
pub(super) struct Grouped<'g> {
    /// The grouping keys.
    pub(super) keys: &'g [(ColumnId, Expr)],
    /// FROM's columns, which are not there.
    pub(super) scope: &'g Scope,
    /// For names in errors.
    pub(super) columns: &'g Columns,
}

impl Grouped<'_> {
    /// Makes an expression over FROM's columns one over keys and results.
    pub(super) fn rewrite(&self, expr: &mut Expr) -> Result<()> {
        if let Some((id, key)) = self.keys.iter().find(|(_, key)| same(key, expr)) {
            let data_type = std::mem::replace(&mut expr.data_type, rowmill_vm::DataType::Null);
            *expr = Expr { kind: ExprKind::Column(*id), data_type, nullable: key.nullable, span: expr.span };
            return Ok(());
        }
        if let ExprKind::Column(id) = &expr.kind
            && self.scope.contains(*id)
        {
            let name = self.scope.name_of(*id, self.columns);
            return Err(Error::types(format!("column \"{name}\" must appear in GROUP BY, or be inside an aggregate"))
                .at(expr.span)
                .with_hint(format!("add it to GROUP BY or use any_value({name})")));
        }
        let mut result = Ok(());
        expr.for_each_child_mut(&mut |child| {
            if result.is_ok() {
                result = self.rewrite(child);
            }
        });
        result
    }
}
