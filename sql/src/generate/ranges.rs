//! What a scan may leave out, told from the filter above it.

use rowmill_vm::program::{RangeBound, ReadRange};
use rowmill_vm::{DataType, Value};

use crate::optimize::may_fail;
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind};

/// The ranges of columns outside of which no row passes `predicates`. A predicate behind one that may fail tells
/// nothing: rows that are not read raise no error, and which are not read depends on how a table lies in blocks.
pub(super) fn ranges(predicates: &[Expr], columns: &[(ColumnId, usize)]) -> Vec<ReadRange> {
    let mut ranges = Vec::new();
    for predicate in predicates {
        if may_fail(predicate) {
            break;
        }
        add(predicate, columns, &mut ranges);
    }
    ranges
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

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessEqual => CompareOp::GreaterEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterEqual => CompareOp::LessEqual,
        CompareOp::Equal | CompareOp::NotEqual => op,
    }
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
