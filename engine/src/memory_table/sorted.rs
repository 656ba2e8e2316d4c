//! Columns whose values rise, as numbers and dates of what was noted in turn often do: that is found when a block is
//! sealed, and lets a scan find the rows of a range without reading the others.

use std::ops::Range;

use rowmill_vm::Vector;
use rowmill_vm::table::ColumnRange;
use rowmill_vm::vector::Values;

/// Whether the values of a column, from row to row, rise or stay, and none is NULL. Only integers are looked at, and what
/// is made of them: dates, times, decimals.
pub(super) fn rises(vector: &Vector) -> bool {
    vector.validity.bits().is_none()
        && match &vector.values {
            Values::I8(values) => values.is_sorted(),
            Values::I16(values) => values.is_sorted(),
            Values::I32(values) => values.is_sorted(),
            Values::I64(values) => values.is_sorted(),
            Values::I128(values) => values.is_sorted(),
            Values::Bits(_)
            | Values::F32(_)
            | Values::F64(_)
            | Values::Text(_)
            | Values::List(_)
            | Values::Struct(_) => false,
        }
}

/// Of a column that rises, the rows whose values lie in a range: they stand together. `value` is what is meant by a
/// number in the column.
pub(super) fn rows_within(vector: &Vector, range: &ColumnRange, value: impl Fn(i128) -> i128) -> Range<usize> {
    match &vector.values {
        Values::I8(values) => within(values, range, value),
        Values::I16(values) => within(values, range, value),
        Values::I32(values) => within(values, range, value),
        Values::I64(values) => within(values, range, value),
        Values::I128(values) => within(values, range, value),
        Values::Bits(_) | Values::F32(_) | Values::F64(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => {
            0..vector.len()
        }
    }
}

fn within<T: Copy + Into<i128>>(values: &[T], range: &ColumnRange, value: impl Fn(i128) -> i128) -> Range<usize> {
    let first = |is_before: &dyn Fn(i128) -> bool| values.partition_point(|held| is_before(value((*held).into())));
    let start = range.low.as_i128().map_or(0, |low| first(&|value| value < low));
    let end = range.high.as_i128().map_or(values.len(), |high| first(&|value| value <= high));
    start..end.max(start)
}
