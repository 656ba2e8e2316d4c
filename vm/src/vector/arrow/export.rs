//! Vectors as Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, FixedSizeListArray, ListArray,
    MapArray, NullArray, PrimitiveArray, StringViewArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow::error::ArrowError;
use bytemuck::Pod;

use super::types::{UUID_BYTES, arrow_type};
use crate::error::{Error, Result};
use crate::semantics::interval::Interval;
use crate::types::{DataType, Form, TimeUnit};
use crate::value::Value;
use crate::vector::{Buf, ListValues, MISSING_ROW, Text, Validity, Values, Vector};

const NANOS_OF_MICRO: i64 = 1_000;

/// A vector of `data_type` as an array of [`arrow_type`]. Shared buffers are shared, owned ones copied. Fails only
/// for an INTERVAL that Arrow's nanoseconds cannot hold.
pub fn to_arrow(vector: &Vector, data_type: &DataType) -> Result<ArrayRef> {
    let nulls = nulls(&vector.validity);
    Ok(match data_type {
        DataType::Null => Arc::new(NullArray::new(vector.len())),
        DataType::Boolean => Arc::new(BooleanArray::new(vector.bits().to_boolean_buffer(), nulls)),
        DataType::TinyInt => integers::<Int8Type>(vector, data_type, nulls),
        DataType::SmallInt => integers::<Int16Type>(vector, data_type, nulls),
        DataType::Integer => integers::<Int32Type>(vector, data_type, nulls),
        DataType::BigInt => integers::<Int64Type>(vector, data_type, nulls),
        DataType::UTinyInt => integers::<UInt8Type>(vector, data_type, nulls),
        DataType::USmallInt => integers::<UInt16Type>(vector, data_type, nulls),
        DataType::UInteger => integers::<UInt32Type>(vector, data_type, nulls),
        DataType::UBigInt => integers::<UInt64Type>(vector, data_type, nulls),
        DataType::Decimal { .. } => integers::<Decimal128Type>(vector, data_type, nulls),
        DataType::Date => integers::<Date32Type>(vector, data_type, nulls),
        DataType::Time => integers::<Time64MicrosecondType>(vector, data_type, nulls),
        DataType::Timestamp(TimeUnit::Second) => integers::<TimestampSecondType>(vector, data_type, nulls),
        DataType::Timestamp(TimeUnit::Millisecond) => integers::<TimestampMillisecondType>(vector, data_type, nulls),
        DataType::Timestamp(TimeUnit::Microsecond) => integers::<TimestampMicrosecondType>(vector, data_type, nulls),
        DataType::Timestamp(TimeUnit::Nanosecond) => integers::<TimestampNanosecondType>(vector, data_type, nulls),
        DataType::TimestampTz => integers::<TimestampMicrosecondType>(vector, data_type, nulls),
        DataType::Real => floats::<Float32Type>(vector, nulls, |value| value as f32),
        DataType::Double => floats::<Float64Type>(vector, nulls, |value| value),
        DataType::Varchar | DataType::Json => {
            let (views, buffers) = views(vector.text());
            Arc::new(StringViewArray::try_new(views, buffers, nulls).map_err(refused)?)
        }
        DataType::Blob => {
            let (views, buffers) = views(vector.text());
            Arc::new(BinaryViewArray::try_new(views, buffers, nulls).map_err(refused)?)
        }
        DataType::Interval => intervals(vector, nulls)?,
        DataType::Uuid => uuids(vector, nulls)?,
        DataType::List(_) | DataType::Array(..) | DataType::Struct(_) | DataType::Map(_) => {
            nested(vector, data_type, nulls)?
        }
    })
}

fn nulls(validity: &Validity) -> Option<NullBuffer> {
    validity.bits().map(|bits| NullBuffer::new(bits.to_boolean_buffer()))
}

/// Arrow refused an array of ours.
fn refused(error: ArrowError) -> Error {
    Error::internal(format!("a vector makes no Arrow array: {error}")).with_source(error)
}

fn as_i128(values: &Values) -> Box<dyn Iterator<Item = i128> + '_> {
    match values {
        Values::I8(values) => Box::new(values.iter().map(|value| i128::from(*value))),
        Values::I16(values) => Box::new(values.iter().map(|value| i128::from(*value))),
        Values::I32(values) => Box::new(values.iter().map(|value| i128::from(*value))),
        Values::I64(values) => Box::new(values.iter().map(|value| i128::from(*value))),
        Values::I128(values) => Box::new(values.iter().copied()),
        Values::Bits(_) | Values::F32(_) | Values::F64(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => {
            unreachable!("a type of integers is held in integers")
        }
    }
}

/// The buffer itself if the vector's form is the array's.
fn same_form<T: Pod>(values: &Values) -> Option<arrow::buffer::Buffer> {
    fn buffer<T: Pod, V: Pod>(values: &Buf<V>) -> Option<arrow::buffer::Buffer> {
        (size_of::<T>() == size_of::<V>()).then(|| values.to_buffer())
    }
    match values {
        Values::I8(values) => buffer::<T, _>(values),
        Values::I16(values) => buffer::<T, _>(values),
        Values::I32(values) => buffer::<T, _>(values),
        Values::I64(values) => buffer::<T, _>(values),
        Values::I128(values) => buffer::<T, _>(values),
        Values::F32(values) => buffer::<T, _>(values),
        Values::F64(values) => buffer::<T, _>(values),
        Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => None,
    }
}

fn integers<T: ArrowPrimitiveType>(vector: &Vector, data_type: &DataType, nulls: Option<NullBuffer>) -> ArrayRef
where
    T::Native: Pod + TryFrom<i128>,
{
    let values = match same_form::<T::Native>(&vector.values) {
        Some(buffer) => ScalarBuffer::new(buffer, 0, vector.len()),
        // Values under NULL are arbitrary and may not fit; all others do.
        None => as_i128(&vector.values).map(|value| T::Native::try_from(value).unwrap_or_default()).collect(),
    };
    Arc::new(PrimitiveArray::<T>::new(values, nulls).with_data_type(arrow_type(data_type)))
}

fn floats<T: ArrowPrimitiveType>(
    vector: &Vector,
    nulls: Option<NullBuffer>,
    convert: impl Fn(f64) -> T::Native,
) -> ArrayRef
where
    T::Native: Pod,
{
    let values = match (same_form::<T::Native>(&vector.values), &vector.values) {
        (Some(buffer), _) => ScalarBuffer::new(buffer, 0, vector.len()),
        (None, Values::F32(values)) => values.iter().map(|value| convert((*value).into())).collect(),
        (None, Values::F64(values)) => values.iter().map(|value| convert(*value)).collect(),
        (None, other) => unreachable!("REAL and DOUBLE are held in floats, not {:?}", other.form()),
    };
    Arc::new(PrimitiveArray::<T>::new(values, nulls))
}

/// Views and buffers that outlive the vector: what stands in its arena is copied.
fn views(text: &Text) -> (ScalarBuffer<u128>, Vec<arrow::buffer::Buffer>) {
    let text = text.clone().into_shared();
    (ScalarBuffer::new(text.views.to_buffer(), 0, text.len()), text.buffers)
}

fn intervals(vector: &Vector, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let mut values = Vec::with_capacity(vector.len());
    for (row, packed) in as_i128(&vector.values).enumerate() {
        let Interval { months, days, micros } = Interval::unpack(packed);
        let nanoseconds = match micros.checked_mul(NANOS_OF_MICRO) {
            Some(nanoseconds) => nanoseconds,
            None if !vector.validity.is_valid(row) => 0,
            None => {
                return Err(Error::runtime(format!(
                    "an interval of {micros} microseconds does not fit Arrow's interval"
                )));
            }
        };
        values.push(IntervalMonthDayNano { months, days, nanoseconds });
    }
    Ok(Arc::new(PrimitiveArray::<IntervalMonthDayNanoType>::new(values.into(), nulls)))
}

fn uuids(vector: &Vector, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let bytes: Vec<u8> = as_i128(&vector.values).flat_map(|value| (value ^ i128::MIN).to_be_bytes()).collect();
    Ok(Arc::new(FixedSizeBinaryArray::try_new(UUID_BYTES, bytes.into(), nulls).map_err(refused)?))
}

fn nested(vector: &Vector, data_type: &DataType, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let target = arrow_type(data_type);
    match (&vector.values, data_type, target) {
        (Values::List(list), DataType::List(element), ArrowType::List(field)) => {
            let child = to_arrow(&settled(&list.child, element), element)?;
            Ok(Arc::new(ListArray::try_new(field, offsets(list), child, nulls).map_err(refused)?))
        }
        (Values::List(list), DataType::Array(element, _), ArrowType::FixedSizeList(field, length)) => {
            let child = fixed_child(list, length.unsigned_abs() as usize);
            let child = to_arrow(&settled(&child, element), element)?;
            Ok(Arc::new(FixedSizeListArray::try_new(field, length, child, nulls).map_err(refused)?))
        }
        (Values::List(list), DataType::Map(entry), ArrowType::Map(field, ordered)) => {
            let (Values::Struct(pairs), ArrowType::Struct(fields)) = (&list.child.values, field.data_type()) else {
                // Only an empty map has a child that took no form yet.
                return Ok(arrow::array::new_null_array(&arrow_type(data_type), vector.len()));
            };
            let [keys, values] = pairs.children.as_slice() else {
                return Ok(arrow::array::new_null_array(&arrow_type(data_type), vector.len()));
            };
            let columns =
                vec![to_arrow(&settled(keys, &entry.0), &entry.0)?, to_arrow(&settled(values, &entry.1), &entry.1)?];
            let entries = StructArray::try_new(fields.clone(), columns, None).map_err(refused)?;
            Ok(Arc::new(MapArray::try_new(field, offsets(list), entries, nulls, ordered).map_err(refused)?))
        }
        (Values::Struct(value), DataType::Struct(members), ArrowType::Struct(fields)) => {
            let columns = value
                .children
                .iter()
                .zip(members.iter())
                .map(|(child, member)| to_arrow(&settled(child, &member.data_type), &member.data_type))
                .collect::<Result<Vec<_>>>()?;
            let array = StructArray::try_new_with_length(fields, columns, nulls, value.length).map_err(refused)?;
            Ok(Arc::new(array))
        }
        (values, _, _) => Err(Error::internal(format!("a vector of {:?} is no {data_type}", values.form()))),
    }
}

fn offsets(list: &ListValues) -> OffsetBuffer<i32> {
    OffsetBuffer::new(ScalarBuffer::new(list.offsets.to_buffer(), 0, list.offsets.len()))
}

/// The elements of an ARRAY, exactly `length` for each row: rows that are NULL may have none here.
fn fixed_child(list: &ListValues, length: usize) -> Vector {
    let mut rows = Vec::with_capacity((list.offsets.len() - 1) * length);
    for pair in list.offsets.windows(2) {
        let (start, end) = (pair[0].unsigned_abs(), pair[1].unsigned_abs());
        let before = rows.len();
        rows.extend((start..end).take(length));
        rows.resize(before + length, MISSING_ROW);
    }
    let mut child = Vector::empty(list.child.form());
    child.gather(&list.child, &rows);
    child
}

/// A child that holds nothing but NULLs may not have taken the form of its type.
fn settled(child: &Vector, data_type: &DataType) -> Vector {
    if child.form() == Form::Bits && data_type.form() != Form::Bits {
        return Vector::constant(&Value::Null, data_type, child.len());
    }
    child.clone()
}
