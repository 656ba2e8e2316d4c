//! What the footer says of a row group's values. It is hearsay: enough to leave a row group out and to expect numbers
//! of rows by, never to compute with.

use std::borrow::Cow;
use std::cmp::Ordering;

use arrow::datatypes::{DataType as ArrowType, TimeUnit as ArrowUnit};
use parquet::data_type::AsBytes;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use rowmill_vm::table::{BlockFilter, ColumnRange, ColumnStatistics};
use rowmill_vm::{DataType, Value};

use super::Opened;

impl Opened {
    /// Whether a row group may have a row that is wanted.
    pub(super) fn may_have_wanted(
        &self,
        group: usize,
        ranges: &[ColumnRange],
        filter: Option<&dyn BlockFilter>,
    ) -> bool {
        let rows = self.groups[group].rows;
        let in_ranges = ranges.iter().all(|range| {
            let statistics = self.statistics(group, range.column);
            statistics.is_none_or(|statistics| range.meets_statistics(&statistics, rows))
        });
        let known =
            |column| self.statistics(group, column).filter(|_| self.counts_nulls(group, column)).map(Cow::Owned);
        in_ranges && filter.is_none_or(|filter| filter.variant(rows, &known).is_some())
    }

    /// Whether the footer says how many NULLs a column has in a row group.
    fn counts_nulls(&self, group: usize, column: usize) -> bool {
        let chunk = self.leaf(column).map(|leaf| self.metadata.metadata().row_group(group).column(leaf));
        chunk.and_then(|chunk| chunk.statistics()?.null_count_opt()).is_some()
    }

    /// What the footer says of a column in all row groups; `None` where it says nothing of some. A bound that is not
    /// known of all of them is NULL.
    pub(super) fn column_statistics(&self, column: usize) -> Option<ColumnStatistics> {
        let mut all = ColumnStatistics { min: Value::Null, max: Value::Null, nulls: 0, ascending: false, rises: false };
        let (mut lowest, mut highest) = (Bound::NONE, Bound::NONE);
        for (group, rows) in self.groups.iter().map(|group| group.rows).enumerate() {
            let statistics = self.statistics(group, column)?;
            all.nulls += statistics.nulls;
            if statistics.nulls < rows {
                lowest.add(statistics.min, Ordering::Less);
                highest.add(statistics.max, Ordering::Greater);
            }
        }
        (all.min, all.max) = (lowest.known(), highest.known());
        Some(all)
    }

    /// What the footer says of a column in a row group; `None` where it says nothing, or nothing that is sure to mean
    /// what we take it for.
    fn statistics(&self, group: usize, column: usize) -> Option<ColumnStatistics> {
        let chunk = self.metadata.metadata().row_group(group).columns().get(self.leaf(column)?)?;
        if chunk.column_descr().max_rep_level() > 0 {
            return None;
        }
        let arrow = self.metadata.schema().field(column).data_type();
        bounds(chunk, arrow, &self.columns[column].data_type)
    }
}

/// The smallest or the largest of some values.
struct Bound {
    value: Value,
    /// Whether one of them is not known.
    unknown: bool,
}

impl Bound {
    const NONE: Bound = Bound { value: Value::Null, unknown: false };

    fn add(&mut self, value: Value, wanted: Ordering) {
        self.unknown |= value.is_null();
        if self.value.is_null() || value.order(&self.value) == Some(wanted) {
            self.value = value;
        }
    }

    fn known(self) -> Value {
        if self.unknown { Value::Null } else { self.value }
    }
}

fn bounds(chunk: &ColumnChunkMetaData, arrow: &ArrowType, data_type: &DataType) -> Option<ColumnStatistics> {
    let statistics = chunk.statistics()?;
    let (min, max) = match statistics {
        Statistics::Int32(values) => {
            let value = |value: &i32| integer(i64::from(*value), u64::from(value.cast_unsigned()), arrow, data_type);
            (values.min_opt().map(value), values.max_opt().map(value))
        }
        Statistics::Int64(values) => {
            let value = |value: &i64| integer(*value, value.cast_unsigned(), arrow, data_type);
            (values.min_opt().map(value), values.max_opt().map(value))
        }
        // NaN is in no bound, but would be the largest value of all.
        Statistics::Float(values) => (values.min_opt().map(|min| double((*min).into())), None),
        Statistics::Double(values) => (values.min_opt().map(|min| double(*min)), None),
        Statistics::ByteArray(values) => {
            let value = |bytes: &[u8]| bytes_value(bytes, data_type);
            (values.min_opt().map(|min| value(min.as_bytes())), values.max_opt().map(|max| value(max.as_bytes())))
        }
        Statistics::FixedLenByteArray(values) => {
            let value = |bytes: &[u8]| bytes_value(bytes, data_type);
            (values.min_opt().map(|min| value(min.as_bytes())), values.max_opt().map(|max| value(max.as_bytes())))
        }
        Statistics::Boolean(_) | Statistics::Int96(_) => (None, None),
    };
    // Before the format said how, some compared bytes and unsigned numbers as if they were signed.
    let trusted = !statistics.is_min_max_deprecated() || is_signed(data_type);
    let bound = |bound: Option<Value>| bound.filter(|_| trusted).unwrap_or(Value::Null);
    let nulls = statistics.null_count_opt().unwrap_or(0);
    Some(ColumnStatistics { min: bound(min), max: bound(max), nulls, rises: false, ascending: false })
}

/// Whether values compare as signed numbers, as they always did.
fn is_signed(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::TinyInt
            | DataType::SmallInt
            | DataType::Integer
            | DataType::BigInt
            | DataType::Date
            | DataType::Timestamp(_)
            | DataType::TimestampTz
    )
}

/// A number as a value of the column's type; NULL where the type holds it in other units.
fn integer(signed: i64, unsigned: u64, arrow: &ArrowType, data_type: &DataType) -> Value {
    match (data_type, arrow) {
        (DataType::TinyInt | DataType::SmallInt | DataType::Integer | DataType::BigInt, _)
        | (DataType::Date, ArrowType::Date32)
        | (DataType::Timestamp(_), ArrowType::Timestamp(..))
        | (DataType::TimestampTz, ArrowType::Timestamp(ArrowUnit::Microsecond, _))
        | (DataType::Time, ArrowType::Time64(ArrowUnit::Microsecond)) => Value::Integer(signed),
        (DataType::UTinyInt | DataType::USmallInt | DataType::UInteger | DataType::UBigInt, _) => {
            Value::from_i128(unsigned.into(), data_type)
        }
        (DataType::Decimal { .. }, _) => Value::from_i128(signed.into(), data_type),
        _ => Value::Null,
    }
}

fn double(value: f64) -> Value {
    if value.is_nan() { Value::Null } else { Value::Double(value) }
}

/// Text, or a DECIMAL in two's complement, the highest byte first.
fn bytes_value(bytes: &[u8], data_type: &DataType) -> Value {
    match data_type {
        // A bound that was cut off within a character is no text.
        DataType::Varchar => std::str::from_utf8(bytes).map_or(Value::Null, Value::text),
        DataType::Decimal { .. } if (1..=16).contains(&bytes.len()) => {
            let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
            let mut whole = [sign; 16];
            whole[16 - bytes.len()..].copy_from_slice(bytes);
            Value::from_i128(i128::from_be_bytes(whole), data_type)
        }
        _ => Value::Null,
    }
}
