//! Arrow arrays as vectors.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, GenericByteArray, OffsetSizeTrait, PrimitiveArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{
    ArrowNativeType, ArrowTimestampType, ByteArrayType, ByteViewType, DataType as ArrowType, Date32Type, Date64Type,
    Decimal32Type, Decimal64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit as ArrowUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use bytemuck::Pod;

use super::types::is_decimal64;
use crate::error::{Error, Result};
use crate::semantics::interval::Interval;
use crate::types::DataType;
use crate::vector::{
    Bits, Buf, INLINE_BYTES, ListValues, MISSING_ROW, StructValues, Text, Validity, Values, Vector, View,
};

const MILLIS_OF_DAY: i64 = 86_400_000;
const MICROS_OF_MILLI: i64 = 1_000;
const MICROS_OF_SECOND: i64 = 1_000_000;
const NANOS_OF_MICRO: i64 = 1_000;

impl Vector {
    /// An array as a vector of `data_type`, which is what
    /// [`data_type_from_arrow`](super::data_type_from_arrow) says of the array's type. Buffers are shared where the
    /// layouts agree. Fails where a value has no place in the type (a Decimal128 with more digits than it declares).
    pub fn from_arrow(array: &dyn Array, data_type: &DataType) -> Result<Vector> {
        if let ArrowType::Dictionary(..) = array.data_type() {
            return decode_dictionary(array, data_type);
        }
        let values = import_values(array, data_type)?;
        let validity = match (array.data_type(), array.nulls()) {
            (ArrowType::Null, _) => Validity::from_bits(Bits::filled(false, array.len()).into_shared()),
            (_, Some(nulls)) if nulls.null_count() > 0 => Validity::from_bits(Bits::Shared(nulls.inner().clone())),
            (_, _) => Validity::default(),
        };
        Ok(Vector { values, validity })
    }
}

fn import_values(array: &dyn Array, data_type: &DataType) -> Result<Values> {
    Ok(match array.data_type() {
        ArrowType::Null => Values::Bits(Bits::filled(false, array.len()).into_shared()),
        ArrowType::Boolean => Values::Bits(Bits::Shared(array.as_boolean().values().clone())),
        ArrowType::Int8 => Values::I8(shared::<Int8Type>(array)),
        ArrowType::Int16 => Values::I16(shared::<Int16Type>(array)),
        ArrowType::Int32 => Values::I32(shared::<Int32Type>(array)),
        ArrowType::Int64 => Values::I64(shared::<Int64Type>(array)),
        ArrowType::UInt8 => Values::I16(widened::<UInt8Type, i16>(array)),
        ArrowType::UInt16 => Values::I32(widened::<UInt16Type, i32>(array)),
        ArrowType::UInt32 => Values::I64(widened::<UInt32Type, i64>(array)),
        ArrowType::UInt64 => Values::I128(widened::<UInt64Type, i128>(array)),
        ArrowType::Float32 => Values::F32(shared::<Float32Type>(array)),
        ArrowType::Float64 => Values::F64(shared::<Float64Type>(array)),
        ArrowType::Decimal32(..) => decimal_values(widened::<Decimal32Type, i64>(array), data_type),
        ArrowType::Decimal64(..) => decimal_values(shared::<Decimal64Type>(array), data_type),
        ArrowType::Decimal128(..) if is_decimal64(data_type) => Values::I64(low_halves(array, data_type)?),
        ArrowType::Decimal128(..) => Values::I128(shared::<Decimal128Type>(array)),
        ArrowType::Utf8 => Values::Text(text_from_offsets(array.as_string::<i32>())),
        ArrowType::LargeUtf8 => Values::Text(text_from_offsets(array.as_string::<i64>())),
        ArrowType::Binary => Values::Text(text_from_offsets(array.as_binary::<i32>())),
        ArrowType::LargeBinary => Values::Text(text_from_offsets(array.as_binary::<i64>())),
        ArrowType::Utf8View => Values::Text(text_from_views(array.as_string_view())),
        ArrowType::BinaryView => Values::Text(text_from_views(array.as_binary_view())),
        ArrowType::FixedSizeBinary(width) => fixed_size_values(array, *width, data_type),
        ArrowType::Date32
        | ArrowType::Date64
        | ArrowType::Time32(_)
        | ArrowType::Time64(_)
        | ArrowType::Timestamp(..)
        | ArrowType::Interval(_) => temporal_values(array)?,
        _ => nested_values(array, data_type)?,
    })
}

/// The array's values, shared.
fn shared<T: ArrowPrimitiveType>(array: &dyn Array) -> Buf<T::Native>
where
    T::Native: Pod,
{
    Buf::shared(array.as_primitive::<T>().values().inner(), 0, array.len())
}

/// The array's values in a wider type.
fn widened<T: ArrowPrimitiveType, W: Pod + From<T::Native>>(array: &dyn Array) -> Buf<W> {
    Buf::Owned(array.as_primitive::<T>().values().iter().map(|value| W::from(*value)).collect()).into_shared()
}

/// The array's values by a function that may refuse one; values under NULL are not looked at.
fn converted<T: ArrowPrimitiveType, W: Pod>(
    array: &dyn Array,
    what: &dyn std::fmt::Display,
    convert: impl Fn(T::Native) -> Option<W>,
) -> Result<Buf<W>> {
    let array: &PrimitiveArray<T> = array.as_primitive::<T>();
    let mut values = Vec::with_capacity(array.len());
    for (row, value) in array.values().iter().enumerate() {
        values.push(match convert(*value) {
            Some(value) => value,
            None if array.is_null(row) => W::zeroed(),
            None => return Err(Error::data(format!("value {value:?} in row {row} does not fit {what}"))),
        });
    }
    Ok(Buf::Owned(values).into_shared())
}

fn decimal_values(values: Buf<i64>, data_type: &DataType) -> Values {
    if is_decimal64(data_type) {
        return Values::I64(values);
    }
    // A Decimal64 may be declared with more digits than are promised to fit into 64 bits.
    Values::I128(Buf::Owned(values.iter().map(|value| i128::from(*value)).collect()).into_shared())
}

/// The low halves of a Decimal128 of at most 18 digits, its high halves checked.
fn low_halves(array: &dyn Array, data_type: &DataType) -> Result<Buf<i64>> {
    converted::<Decimal128Type, i64>(array, data_type, |value| i64::try_from(value).ok())
}

fn temporal_values(array: &dyn Array) -> Result<Values> {
    let date = &DataType::Date;
    let zoned = &DataType::TimestampTz;
    Ok(match array.data_type() {
        ArrowType::Date32 => Values::I32(shared::<Date32Type>(array)),
        ArrowType::Date64 => Values::I32(converted::<Date64Type, i32>(array, date, |millis| {
            i32::try_from(millis.div_euclid(MILLIS_OF_DAY)).ok()
        })?),
        ArrowType::Time32(ArrowUnit::Second) => {
            Values::I64(converted::<Time32SecondType, i64>(array, &"TIME", |s| Some(i64::from(s) * MICROS_OF_SECOND))?)
        }
        ArrowType::Time32(_) => Values::I64(converted::<Time32MillisecondType, i64>(array, &"TIME", |ms| {
            Some(i64::from(ms) * MICROS_OF_MILLI)
        })?),
        ArrowType::Time64(ArrowUnit::Nanosecond) => {
            Values::I64(converted::<Time64NanosecondType, i64>(array, &"TIME", |ns| Some(ns / NANOS_OF_MICRO))?)
        }
        ArrowType::Time64(_) => Values::I64(shared::<Time64MicrosecondType>(array)),
        ArrowType::Timestamp(ArrowUnit::Microsecond, _) => Values::I64(shared::<TimestampMicrosecondType>(array)),
        ArrowType::Timestamp(ArrowUnit::Second, None) => Values::I64(shared::<TimestampSecondType>(array)),
        ArrowType::Timestamp(ArrowUnit::Millisecond, None) => Values::I64(shared::<TimestampMillisecondType>(array)),
        ArrowType::Timestamp(ArrowUnit::Nanosecond, None) => Values::I64(shared::<TimestampNanosecondType>(array)),
        ArrowType::Timestamp(ArrowUnit::Second, Some(_)) => {
            Values::I64(micros::<TimestampSecondType>(array, zoned, MICROS_OF_SECOND)?)
        }
        ArrowType::Timestamp(ArrowUnit::Millisecond, Some(_)) => {
            Values::I64(micros::<TimestampMillisecondType>(array, zoned, MICROS_OF_MILLI)?)
        }
        ArrowType::Timestamp(ArrowUnit::Nanosecond, Some(_)) => {
            Values::I64(converted::<TimestampNanosecondType, i64>(array, zoned, |ns| {
                Some(ns.div_euclid(NANOS_OF_MICRO))
            })?)
        }
        ArrowType::Interval(unit) => interval_values(array, *unit)?,
        other => return Err(Error::internal(format!("{other} is no type of dates and times"))),
    })
}

fn micros<T: ArrowTimestampType>(array: &dyn Array, what: &DataType, factor: i64) -> Result<Buf<i64>> {
    converted::<T, i64>(array, what, |value| value.checked_mul(factor))
}

fn interval_values(array: &dyn Array, unit: IntervalUnit) -> Result<Values> {
    let what = &DataType::Interval;
    Ok(Values::I128(match unit {
        IntervalUnit::YearMonth => converted::<IntervalYearMonthType, i128>(array, what, |months| {
            Some(Interval { months, days: 0, micros: 0 }.pack())
        })?,
        IntervalUnit::DayTime => converted::<IntervalDayTimeType, i128>(array, what, |value| {
            let micros = i64::from(value.milliseconds) * MICROS_OF_MILLI;
            Some(Interval { months: 0, days: value.days, micros }.pack())
        })?,
        IntervalUnit::MonthDayNano => converted::<IntervalMonthDayNanoType, i128>(array, what, |value| {
            let micros = value.nanoseconds / NANOS_OF_MICRO;
            Some(Interval { months: value.months, days: value.days, micros }.pack())
        })?,
    }))
}

/// Views of the strings of an array with offsets. The bytes are shared; short strings move into their views.
fn text_from_offsets<T: ByteArrayType>(array: &GenericByteArray<T>) -> Text {
    let bytes: &Buffer = array.values();
    let mut views = Vec::with_capacity(array.len());
    let mut buffers: Vec<Buffer> = Vec::new();
    // A view's offset has 32 bits: buffers beyond that are shared in several windows.
    let mut window_start = 0;
    for pair in array.value_offsets().windows(2) {
        let (start, end) = (pair[0].as_usize(), pair[1].as_usize());
        let string = &bytes.as_slice()[start..end];
        if string.len() <= INLINE_BYTES {
            views.push(View::inline(string));
            continue;
        }
        if buffers.is_empty() || start - window_start > u32::MAX as usize {
            window_start = start;
            buffers.push(bytes.slice(start));
        }
        // The window was moved above if the difference would not fit.
        views.push(View::long(string, (buffers.len() - 1) as u32, (start - window_start) as u32));
    }
    Text::from_parts(Buf::Owned(views).into_shared(), buffers)
}

fn text_from_views<T: ByteViewType + ?Sized>(array: &arrow::array::GenericByteViewArray<T>) -> Text {
    let views = Buf::shared(array.views().inner(), 0, array.len());
    Text::from_parts(views, array.data_buffers().to_vec())
}

fn fixed_size_values(array: &dyn Array, width: i32, data_type: &DataType) -> Values {
    let array = array.as_fixed_size_binary();
    if *data_type == DataType::Uuid && width == super::types::UUID_BYTES {
        let flip = |bytes: &[u8]| {
            let mut whole = [0; 16];
            whole.copy_from_slice(bytes);
            // With its top bit flipped, a UUID sorts as the signed number it is held in.
            i128::from_be_bytes(whole) ^ i128::MIN
        };
        let values = (0..array.len()).map(|row| flip(array.value(row))).collect();
        return Values::I128(Buf::Owned(values).into_shared());
    }
    let mut text = Text::default();
    (0..array.len()).for_each(|row| text.push(array.value(row)));
    Values::Text(text.into_shared())
}

fn nested_values(array: &dyn Array, data_type: &DataType) -> Result<Values> {
    Ok(match (array.data_type(), data_type) {
        (ArrowType::List(_), DataType::List(element)) => list_values::<i32>(array, element)?,
        (ArrowType::LargeList(_), DataType::List(element)) => list_values::<i64>(array, element)?,
        (ArrowType::FixedSizeList(_, length), DataType::Array(element, _)) => {
            let child = Vector::from_arrow(array.as_fixed_size_list().values(), element)?;
            let offsets = (0..=array.len()).map(|row| offset(row * length.unsigned_abs() as usize));
            list(Buf::Owned(offsets.collect::<Result<_>>()?).into_shared(), child)
        }
        (ArrowType::Map(..), DataType::Map(entry)) => {
            let map = array.as_map();
            let children = vec![Vector::from_arrow(map.keys(), &entry.0)?, Vector::from_arrow(map.values(), &entry.1)?];
            let pairs = Values::Struct(StructValues { children, length: map.keys().len() });
            list(Buf::shared(map.offsets().inner().inner(), 0, array.len() + 1), Vector::all_valid(pairs))
        }
        (ArrowType::Struct(_), DataType::Struct(fields)) => {
            let columns = array.as_struct().columns();
            let children = columns
                .iter()
                .zip(fields.iter())
                .map(|(column, field)| Vector::from_arrow(column, &field.data_type))
                .collect::<Result<_>>()?;
            Values::Struct(StructValues { children, length: array.len() })
        }
        (other, _) => {
            return Err(Error::unsupported(format!("Arrow type {other} as {data_type} is not supported yet")));
        }
    })
}

fn list_values<O: OffsetSizeTrait>(array: &dyn Array, element: &DataType) -> Result<Values> {
    let array = array.as_list::<O>();
    let child = Vector::from_arrow(array.values(), element)?;
    let offsets = array.offsets().iter().map(|value| offset(value.as_usize()));
    Ok(list(Buf::Owned(offsets.collect::<Result<_>>()?).into_shared(), child))
}

fn list(offsets: Buf<i32>, child: Vector) -> Values {
    Values::List(ListValues { offsets, child: Box::new(child) })
}

fn offset(value: usize) -> Result<i32> {
    i32::try_from(value)
        .map_err(|_| Error::limit(format!("a column of lists with {value} elements in one batch is too long")))
}

/// A dictionary array without its dictionary: the values gathered by their keys.
fn decode_dictionary(array: &dyn Array, data_type: &DataType) -> Result<Vector> {
    let dictionary = array.as_any_dictionary();
    let values = Vector::from_arrow(dictionary.values(), data_type)?;
    let mut rows = vec![MISSING_ROW; array.len()];
    if !values.is_empty() {
        let keys = dictionary.normalized_keys();
        for (row, (slot, key)) in rows.iter_mut().zip(keys).enumerate() {
            if dictionary.keys().is_valid(row) {
                *slot = u32::try_from(key).map_err(|_| Error::limit("a dictionary has more than 2^32 values"))?;
            }
        }
    }
    let mut decoded = Vector::empty(values.form());
    decoded.gather(&values, &rows);
    Ok(decoded.into_shared())
}
