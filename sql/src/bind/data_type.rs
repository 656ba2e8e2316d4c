//! Names of types.

use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Field, Result, Span, TimeUnit};
use sqlparser::ast::{self, ArrayElemTypeDef, ExactNumberInfo, TimezoneInfo};

use super::{Binder, unsupported};
use crate::suggest;

/// Types that the grammar does not know by name.
const NAMED: &[(&str, DataType)] = &[
    ("string", DataType::Varchar),
    ("bool", DataType::Boolean),
    ("logical", DataType::Boolean),
    ("bpchar", DataType::Varchar),
    ("int1", DataType::TinyInt),
    ("short", DataType::SmallInt),
    ("long", DataType::BigInt),
    ("signed", DataType::BigInt),
    ("oid", DataType::BigInt),
    ("hugeint", DataType::Decimal { precision: DECIMAL_PRECISION_MAX, scale: 0 }),
    ("int128", DataType::Decimal { precision: DECIMAL_PRECISION_MAX, scale: 0 }),
    ("utinyint", DataType::UTinyInt),
    ("uint1", DataType::UTinyInt),
    ("usmallint", DataType::USmallInt),
    ("uint2", DataType::USmallInt),
    ("uinteger", DataType::UInteger),
    ("uint4", DataType::UInteger),
    ("ubigint", DataType::UBigInt),
    ("uint8", DataType::UBigInt),
    ("timestamp_s", DataType::Timestamp(TimeUnit::Second)),
    ("timestamp_ms", DataType::Timestamp(TimeUnit::Millisecond)),
    ("timestamp_us", DataType::TIMESTAMP),
    ("timestamp_ns", DataType::Timestamp(TimeUnit::Nanosecond)),
    ("timestamptz", DataType::TimestampTz),
    ("datetime", DataType::TIMESTAMP),
    ("bytea", DataType::Blob),
    ("uuid", DataType::Uuid),
    ("json", DataType::Json),
];

impl Binder<'_> {
    /// The type that a name in the text stands for; `span` is where to point.
    pub(super) fn data_type(&self, name: &ast::DataType, span: Span) -> Result<DataType> {
        use ast::DataType as Ast;
        Ok(match name {
            Ast::Boolean | Ast::Bool => DataType::Boolean,
            Ast::TinyInt(_) => DataType::TinyInt,
            Ast::SmallInt(_) | Ast::Int2(_) | Ast::Int16 => DataType::SmallInt,
            Ast::Int(_) | Ast::Integer(_) | Ast::Int4(_) | Ast::MediumInt(_) | Ast::Int32 => DataType::Integer,
            Ast::BigInt(_) | Ast::Int8(_) | Ast::Int64 | Ast::Signed | Ast::SignedInteger => DataType::BigInt,
            Ast::HugeInt | Ast::Int128 => DataType::decimal(DECIMAL_PRECISION_MAX, 0),
            Ast::UTinyInt | Ast::UInt8 | Ast::TinyIntUnsigned(_) => DataType::UTinyInt,
            Ast::USmallInt | Ast::UInt16 | Ast::SmallIntUnsigned(_) | Ast::Int2Unsigned(_) => DataType::USmallInt,
            Ast::UInt32 | Ast::IntUnsigned(_) | Ast::IntegerUnsigned(_) | Ast::Int4Unsigned(_) => DataType::UInteger,
            Ast::UBigInt | Ast::UInt64 | Ast::BigIntUnsigned(_) | Ast::Int8Unsigned(_) => DataType::UBigInt,
            Ast::Real | Ast::Float4 | Ast::Float32 => DataType::Real,
            Ast::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => DataType::Real,
            Ast::Double(_) | Ast::DoublePrecision | Ast::Float(_) | Ast::Float8 | Ast::Float64 => DataType::Double,
            Ast::Numeric(info) | Ast::Decimal(info) | Ast::Dec(info) => decimal(info, span)?,
            Ast::Varchar(_)
            | Ast::CharVarying(_)
            | Ast::CharacterVarying(_)
            | Ast::Character(_)
            | Ast::Char(_)
            | Ast::Nvarchar(_)
            | Ast::Text
            | Ast::String(_)
            | Ast::Clob(_) => DataType::Varchar,
            Ast::Blob(_) | Ast::Bytea | Ast::Binary(_) | Ast::Varbinary(_) | Ast::Bytes(_) => DataType::Blob,
            Ast::Date | Ast::Date32 => DataType::Date,
            Ast::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => DataType::Time,
            Ast::Timestamp(precision, zone) => timestamp(*precision, *zone, span)?,
            Ast::Datetime(_) => DataType::TIMESTAMP,
            Ast::Interval { .. } => DataType::Interval,
            Ast::Uuid => DataType::Uuid,
            Ast::JSON => DataType::Json,
            Ast::Array(ArrayElemTypeDef::SquareBracket(element, length)) => {
                let element = self.data_type(element, span)?.into();
                match length.map(u32::try_from) {
                    None => DataType::List(element),
                    Some(Ok(length)) => DataType::Array(element, length),
                    Some(Err(_)) => return Err(Error::types("an array that long is not a type").at(span)),
                }
            }
            Ast::Struct(fields, _) => {
                let field = |field: &ast::StructField| {
                    let name = field.field_name.as_ref().map_or_else(String::new, |name| name.value.clone());
                    Ok(Field { name, data_type: self.data_type(&field.field_type, span)? })
                };
                DataType::Struct(fields.iter().map(field).collect::<Result<_>>()?)
            }
            Ast::Custom(name, modifiers) if modifiers.is_empty() => named(&name.to_string(), span)?,
            other => named(&other.to_string(), span)?,
        })
    }
}

fn named(name: &str, span: Span) -> Result<DataType> {
    if let Some((_, data_type)) = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok(data_type.clone());
    }
    let known =
        ["integer", "bigint", "smallint", "varchar", "text", "double", "decimal", "date", "timestamp", "boolean"];
    let error = Error::types(format!("no type \"{name}\"")).at(span);
    let names = known.into_iter().chain(NAMED.iter().map(|(name, _)| *name));
    Err(match suggest::nearest(name, names) {
        Some(near) => error.with_hint(format!("did you mean {}?", near.to_uppercase())),
        None => error,
    })
}

fn decimal(info: &ExactNumberInfo, span: Span) -> Result<DataType> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => (18, 3),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    let fits = |precision: &u8| (1..=DECIMAL_PRECISION_MAX).contains(precision);
    let precision = u8::try_from(precision).ok().filter(fits);
    match (precision, u8::try_from(scale)) {
        (Some(precision), Ok(scale)) if scale <= precision => Ok(DataType::decimal(precision, scale)),
        _ => {
            let message =
                format!("DECIMAL needs 1 to {DECIMAL_PRECISION_MAX} digits, and no more of them behind the point");
            Err(Error::types(message).at(span))
        }
    }
}

fn timestamp(precision: Option<u64>, zone: TimezoneInfo, span: Span) -> Result<DataType> {
    Ok(match (zone, precision) {
        (TimezoneInfo::WithTimeZone | TimezoneInfo::Tz, _) => DataType::TimestampTz,
        (TimezoneInfo::None | TimezoneInfo::WithoutTimeZone, precision) => match precision {
            Some(0) => DataType::Timestamp(TimeUnit::Second),
            Some(1..=3) => DataType::Timestamp(TimeUnit::Millisecond),
            None | Some(4..=6) => DataType::TIMESTAMP,
            Some(7..=9) => DataType::Timestamp(TimeUnit::Nanosecond),
            Some(_) => return Err(unsupported("TIMESTAMP with more than 9 digits is", span)),
        },
    })
}
