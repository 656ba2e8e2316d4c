//! What a scan may leave out, told from the filter above it.

use rowmill_vm::program::{HashId, JoinKind, RangeBound, ReadRange};
use rowmill_vm::{DataType, Form, Value};

use crate::optimize::may_fail;
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan, mirrored};

/// The ranges of columns outside of which no row passes `predicates`, or finds a partner in the `builds` of joins
/// behind. A predicate behind one that may fail tells nothing: rows that are not read raise no error, and which are
/// not read depends on how a table lies in blocks.
pub(super) fn ranges(
    predicates: &[Expr],
    builds: &[(ColumnId, HashId)],
    columns: &[(ColumnId, usize)],
) -> Vec<ReadRange> {
    let mut ranges = Vec::new();
    for (column, hash) in builds {
        if let Some((_, column)) = columns.iter().find(|(id, _)| id == column) {
            let bound = RangeBound::Build(*hash);
            ranges.push(ReadRange { column: *column, low: bound.clone(), high: bound });
        }
    }
    for predicate in predicates {
        if may_fail(predicate) {
            break;
        }
        add(predicate, columns, &mut ranges);
    }
    ranges
}

/// Whether a build side knows the range of its keys of that type: integers of at most 64 bits.
pub(super) fn is_ranged(data_type: &DataType) -> bool {
    matches!(data_type.form(), Form::I32 | Form::I64)
}

/// Whether rows of `plan` come one by one out of a scan that reads `column`, through nothing that may fail for one.
pub(super) fn reaches_scan(plan: &Plan, column: ColumnId) -> bool {
    match plan {
        Plan::Scan { columns, .. } => columns.iter().any(|(id, _)| *id == column),
        Plan::Filter { input, predicates } => !predicates.iter().any(may_fail) && reaches_scan(input, column),
        Plan::Project { input, items } => {
            let same = |(id, expr): &(ColumnId, Expr)| {
                *id == column && matches!(expr.kind, ExprKind::Column(from) if from == column)
            };
            items.iter().any(same) && !items.iter().any(|(_, expr)| may_fail(expr)) && reaches_scan(input, column)
        }
        Plan::Join { kind, probe, keys, residual, .. } => {
            let sound = |key: &JoinKey| !may_fail(&key.probe);
            !matches!(kind, JoinKind::Single)
                && !kind.gives_rest()
                && keys.iter().all(sound)
                && !residual.iter().any(may_fail)
                && reaches_scan(probe, column)
        }
        Plan::Values { .. }
        | Plan::Aggregate { .. }
        | Plan::Sort { .. }
        | Plan::Window { .. }
        | Plan::Limit { .. }
        | Plan::Append { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => false,
    }
}

fn add(predicate: &Expr, columns: &[(ColumnId, usize)], ranges: &mut Vec<ReadRange>) {
    match &predicate.kind {
        ExprKind::And(operands) => operands.iter().for_each(|operand| add(operand, columns, ranges)),
        ExprKind::Compare(op, left, right) => {
            if let (Some(column), Some(bound)) = (position(left, columns), bound(right)) {
                narrow(ranges, column, *op, bound);
            } else if let (Some(bound), Some(column)) = (bound(left), position(right, columns)) {
                narrow(ranges, column, mirrored(*op), bound);
            }
        }
        ExprKind::InList(operand, list) => {
            let values: Option<Vec<&Value>> = list.iter().map(constant).collect();
            if let (Some(column), Some(values)) = (position(operand, columns), values)
                && let Some((low, high)) = bounds(&values)
            {
                narrow(ranges, column, CompareOp::GreaterEqual, RangeBound::Constant(low));
                narrow(ranges, column, CompareOp::LessEqual, RangeBound::Constant(high));
            }
        }
        _ => {}
    }
}

/// The table's position of a column whose values are in the order of their type.
fn position(expr: &Expr, columns: &[(ColumnId, usize)]) -> Option<usize> {
    let ExprKind::Column(column) = &expr.kind else { return None };
    let ordered = expr.data_type.is_numeric()
        || expr.data_type.is_instant()
        || matches!(expr.data_type, DataType::Time | DataType::Varchar | DataType::Blob);
    columns.iter().find(|(id, _)| id == column && ordered).map(|(_, position)| *position)
}

fn constant(expr: &Expr) -> Option<&Value> {
    match &expr.kind {
        ExprKind::Literal(value) if !value.is_null() => Some(value),
        _ => None,
    }
}

fn bound(expr: &Expr) -> Option<RangeBound> {
    match &expr.kind {
        ExprKind::Parameter(number) => Some(RangeBound::Parameter(*number)),
        _ => constant(expr).cloned().map(RangeBound::Constant),
    }
}

/// The smallest and largest of some values.
fn bounds(values: &[&Value]) -> Option<(Value, Value)> {
    let (first, rest) = values.split_first()?;
    let (mut low, mut high) = (*first, *first);
    for value in rest {
        if value.order(low)?.is_lt() {
            low = value;
        }
        if value.order(high)?.is_gt() {
            high = value;
        }
    }
    Some((low.clone(), high.clone()))
}

/// Adds `column op bound`: to the column's range if an end there is still open, else as a range of its own.
fn narrow(ranges: &mut Vec<ReadRange>, column: usize, op: CompareOp, bound: RangeBound) {
    let (low, high) = match op {
        CompareOp::Equal => (bound.clone(), bound),
        // The bound itself is not wanted, but costs nothing.
        CompareOp::Less | CompareOp::LessEqual => (RangeBound::Open, bound),
        CompareOp::Greater | CompareOp::GreaterEqual => (bound, RangeBound::Open),
        CompareOp::NotEqual => return,
    };
    let joins = |range: &&mut ReadRange| {
        range.column == column
            && (low == RangeBound::Open || range.low == RangeBound::Open)
            && (high == RangeBound::Open || range.high == RangeBound::Open)
    };
    match ranges.iter_mut().find(joins) {
        Some(range) if low == RangeBound::Open => range.high = high,
        Some(range) if high == RangeBound::Open => range.low = low,
        Some(range) => (range.low, range.high) = (low, high),
        None => ranges.push(ReadRange { column, low, high }),
    }
}
