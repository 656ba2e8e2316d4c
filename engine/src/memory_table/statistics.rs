//! What a column's values tell about themselves when a block is sealed.

use std::cmp::Ordering;

use rowmill_vm::semantics::float;
use rowmill_vm::table::ColumnStatistics;
use rowmill_vm::vector::Values;
use rowmill_vm::{Value, Vector};

use super::sorted::rises;

/// Smallest and largest value and number of NULLs of a column. Text, nested values and BOOLEAN keep no bounds.
pub(super) fn column_statistics(vector: &Vector) -> ColumnStatistics {
    let nulls = vector.validity.null_count(vector.len()) as u64;
    let rises = rises(vector);
    let ascending = rises && ascends(&vector.values);
    let (min, max) = match &vector.values {
        Values::I8(values) => integers(vector, values, |value| Value::Integer(value.into())),
        Values::I16(values) => integers(vector, values, |value| Value::Integer(value.into())),
        Values::I32(values) => integers(vector, values, |value| Value::Integer(value.into())),
        Values::I64(values) => integers(vector, values, Value::Integer),
        Values::I128(values) => integers(vector, values, Value::Wide),
        Values::F32(values) => floats(vector, values.iter().map(|value| f64::from(*value))),
        Values::F64(values) => floats(vector, values.iter().copied()),
        Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => (Value::Null, Value::Null),
    };
    ColumnStatistics { min, max, nulls, rises, ascending }
}

/// Whether each value is greater than the one before. Of DOUBLE nothing is said: NaN has no place among others here.
fn ascends(values: &Values) -> bool {
    fn ascend<T: Ord>(values: &[T]) -> bool {
        values.windows(2).all(|pair| pair[0] < pair[1])
    }
    match values {
        Values::I8(values) => ascend(values),
        Values::I16(values) => ascend(values),
        Values::I32(values) => ascend(values),
        Values::I64(values) => ascend(values),
        Values::I128(values) => ascend(values),
        Values::F32(_) | Values::F64(_) | Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => {
            false
        }
    }
}

fn integers<T: Ord + Copy>(vector: &Vector, values: &[T], to_value: impl Fn(T) -> Value) -> (Value, Value) {
    let bounds = match vector.validity.bits() {
        None => values.iter().copied().min().zip(values.iter().copied().max()),
        Some(valid) => {
            let there = || values.iter().enumerate().filter(|(row, _)| valid.get(*row)).map(|(_, value)| *value);
            there().min().zip(there().max())
        }
    };
    bounds.map_or((Value::Null, Value::Null), |(min, max)| (to_value(min), to_value(max)))
}

fn floats(vector: &Vector, values: impl Iterator<Item = f64>) -> (Value, Value) {
    let there = values.enumerate().filter(|(row, _)| vector.validity.is_valid(*row)).map(|(_, value)| value);
    let bounds = there.fold(None, |bounds: Option<(f64, f64)>, value| match bounds {
        None => Some((value, value)),
        Some((min, max)) => Some((float::minimum(value, min), float::maximum(value, max))),
    });
    bounds.map_or((Value::Null, Value::Null), |(min, max)| (Value::Double(min), Value::Double(max)))
}

/// What is known of two stretches of one column together, the left one before the right one.
pub(super) fn merge_statistics(left: ColumnStatistics, right: ColumnStatistics) -> ColumnStatistics {
    let pick = |left: Value, right: Value, wanted: Ordering| match left.order(&right) {
        // A stretch without values does not count; where the type keeps no bounds both are NULL.
        None if left.is_null() => right,
        None => left,
        Some(order) if order == wanted => left,
        Some(_) => right,
    };
    // A stretch without rows has no largest value: then nothing is said.
    let between = left.max.order(&right.min);
    let rises = left.rises && right.rises && matches!(between, Some(Ordering::Less | Ordering::Equal));
    ColumnStatistics {
        rises,
        ascending: rises && left.ascending && right.ascending && between == Some(Ordering::Less),
        min: pick(left.min, right.min, Ordering::Less),
        max: pick(left.max, right.max, Ordering::Greater),
        nulls: left.nulls + right.nulls,
    }
}
