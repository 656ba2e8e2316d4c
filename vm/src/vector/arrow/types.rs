//! Which Arrow type stands for which SQL type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field as ArrowField, IntervalUnit, TimeUnit as ArrowUnit};

use crate::types::{DECIMAL_PRECISION_MAX, DECIMAL64_PRECISION_MAX, DataType, Field, Form, TimeUnit};

/// The field metadata under which Arrow names an extension type.
const EXTENSION_NAME: &str = "ARROW:extension:name";
/// The canonical extension of UUIDs, over FixedSizeBinary(16).
const UUID_EXTENSION: &str = "arrow.uuid";
/// The canonical extension of JSON, over text.
const JSON_EXTENSION: &str = "arrow.json";
/// Bytes of a UUID.
pub(super) const UUID_BYTES: i32 = 16;
/// The zone that stands in TIMESTAMPTZ's Arrow type.
const UTC: &str = "UTC";

/// The SQL type of an Arrow column with `metadata` on its field; `None` for a type that Rowmill does not read.
pub fn data_type_from_arrow(arrow: &ArrowType, metadata: &HashMap<String, String>) -> Option<DataType> {
    let extension = metadata.get(EXTENSION_NAME).map(String::as_str);
    Some(match arrow {
        ArrowType::Null => DataType::Null,
        ArrowType::Boolean => DataType::Boolean,
        ArrowType::Int8 => DataType::TinyInt,
        ArrowType::Int16 => DataType::SmallInt,
        ArrowType::Int32 => DataType::Integer,
        ArrowType::Int64 => DataType::BigInt,
        ArrowType::UInt8 => DataType::UTinyInt,
        ArrowType::UInt16 => DataType::USmallInt,
        ArrowType::UInt32 => DataType::UInteger,
        ArrowType::UInt64 => DataType::UBigInt,
        ArrowType::Float32 => DataType::Real,
        ArrowType::Float64 => DataType::Double,
        ArrowType::Decimal32(precision, scale)
        | ArrowType::Decimal64(precision, scale)
        | ArrowType::Decimal128(precision, scale) => decimal(*precision, *scale)?,
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => match extension {
            Some(JSON_EXTENSION) => DataType::Json,
            Some(_) | None => DataType::Varchar,
        },
        ArrowType::FixedSizeBinary(UUID_BYTES) if extension == Some(UUID_EXTENSION) => DataType::Uuid,
        ArrowType::Binary | ArrowType::LargeBinary | ArrowType::BinaryView | ArrowType::FixedSizeBinary(_) => {
            DataType::Blob
        }
        ArrowType::Date32 | ArrowType::Date64 => DataType::Date,
        ArrowType::Time32(_) | ArrowType::Time64(_) => DataType::Time,
        ArrowType::Timestamp(unit, None) => DataType::Timestamp(unit_from_arrow(*unit)),
        ArrowType::Timestamp(_, Some(_)) => DataType::TimestampTz,
        ArrowType::Interval(_) => DataType::Interval,
        ArrowType::List(element) | ArrowType::LargeList(element) => DataType::List(Arc::new(field_type(element)?)),
        ArrowType::FixedSizeList(element, length) => {
            DataType::Array(Arc::new(field_type(element)?), u32::try_from(*length).ok()?)
        }
        ArrowType::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|field| Some(Field { name: field.name().clone(), data_type: field_type(field)? }))
                .collect::<Option<_>>()?,
        ),
        ArrowType::Map(entries, _) => match entries.data_type() {
            ArrowType::Struct(pair) if pair.len() == 2 => {
                DataType::Map(Arc::new((field_type(&pair[0])?, field_type(&pair[1])?)))
            }
            _ => return None,
        },
        ArrowType::Dictionary(_, values) => data_type_from_arrow(values, metadata)?,
        _ => return None,
    })
}

fn field_type(field: &ArrowField) -> Option<DataType> {
    data_type_from_arrow(field.data_type(), field.metadata())
}

fn decimal(precision: u8, scale: i8) -> Option<DataType> {
    let scale = u8::try_from(scale).ok()?;
    ((1..=DECIMAL_PRECISION_MAX).contains(&precision) && scale <= precision)
        .then_some(DataType::Decimal { precision, scale })
}

/// The form in which [`Vector::from_arrow`](crate::Vector::from_arrow) gives a column of `arrow`, read as
/// `data_type`: the narrowest in which nothing has to be converted and the type's own lane is kept.
pub fn form_from_arrow(arrow: &ArrowType, data_type: &DataType) -> Form {
    match arrow {
        ArrowType::Int8 => Form::I8,
        ArrowType::Int16 | ArrowType::UInt8 => Form::I16,
        ArrowType::Float32 => Form::F32,
        ArrowType::Dictionary(_, values) => form_from_arrow(values, data_type),
        _ => data_type.form(),
    }
}

/// The Arrow type in which values of `data_type` leave.
pub fn arrow_type(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::Null => ArrowType::Null,
        DataType::Boolean => ArrowType::Boolean,
        DataType::TinyInt => ArrowType::Int8,
        DataType::SmallInt => ArrowType::Int16,
        DataType::Integer => ArrowType::Int32,
        DataType::BigInt => ArrowType::Int64,
        DataType::UTinyInt => ArrowType::UInt8,
        DataType::USmallInt => ArrowType::UInt16,
        DataType::UInteger => ArrowType::UInt32,
        DataType::UBigInt => ArrowType::UInt64,
        DataType::Decimal { precision, scale } => {
            // The scale is at most 38, so it fits.
            ArrowType::Decimal128(*precision, i8::try_from(*scale).unwrap_or(i8::MAX))
        }
        DataType::Real => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Varchar | DataType::Json => ArrowType::Utf8View,
        DataType::Blob => ArrowType::BinaryView,
        DataType::Date => ArrowType::Date32,
        DataType::Time => ArrowType::Time64(ArrowUnit::Microsecond),
        DataType::Timestamp(unit) => ArrowType::Timestamp(unit_to_arrow(*unit), None),
        DataType::TimestampTz => ArrowType::Timestamp(ArrowUnit::Microsecond, Some(UTC.into())),
        DataType::Interval => ArrowType::Interval(IntervalUnit::MonthDayNano),
        DataType::Uuid => ArrowType::FixedSizeBinary(UUID_BYTES),
        DataType::List(element) => ArrowType::List(Arc::new(arrow_field("item", element, true))),
        DataType::Array(element, length) => ArrowType::FixedSizeList(
            Arc::new(arrow_field("item", element, true)),
            i32::try_from(*length).unwrap_or(i32::MAX),
        ),
        DataType::Struct(fields) => {
            ArrowType::Struct(fields.iter().map(|field| arrow_field(&field.name, &field.data_type, true)).collect())
        }
        DataType::Map(entry) => {
            let pair = [arrow_field("keys", &entry.0, false), arrow_field("values", &entry.1, true)];
            let entries = ArrowField::new("entries", ArrowType::Struct(pair.into_iter().collect()), false);
            ArrowType::Map(Arc::new(entries), false)
        }
    }
}

/// A field of `data_type`, with the extension's name where the type is one.
pub fn arrow_field(name: &str, data_type: &DataType, nullable: bool) -> ArrowField {
    let field = ArrowField::new(name, arrow_type(data_type), nullable);
    let extension = match data_type {
        DataType::Uuid => UUID_EXTENSION,
        DataType::Json => JSON_EXTENSION,
        _ => return field,
    };
    field.with_metadata(HashMap::from([(EXTENSION_NAME.to_owned(), extension.to_owned())]))
}

/// Whether values of a DECIMAL are held in 64 bits.
pub(super) fn is_decimal64(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal { precision, .. } if *precision <= DECIMAL64_PRECISION_MAX)
}

fn unit_from_arrow(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Millisecond,
        ArrowUnit::Microsecond => TimeUnit::Microsecond,
        ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}

fn unit_to_arrow(unit: TimeUnit) -> ArrowUnit {
    match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
    }
}
