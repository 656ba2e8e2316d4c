//! SQL types, and how their values lie in memory and in kernels.
//!
//! Three layers: a [`DataType`] is what SQL speaks of; a [`Form`] is how a column lies in memory; a [`Lane`] is
//! what a kernel computes in. A type has one lane (or none: text and nested values are not for kernels), a lane is
//! loaded from several forms.

use std::fmt;
use std::sync::Arc;

/// The largest precision of a DECIMAL.
pub const DECIMAL_PRECISION_MAX: u8 = 38;
/// The largest precision of a DECIMAL that is held in 64 bits.
pub const DECIMAL64_PRECISION_MAX: u8 = 18;

/// A resolution of points in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Seconds.
    Second,
    /// 1/1,000 s.
    Millisecond,
    /// 1/1,000,000 s: the unit of a plain TIMESTAMP.
    Microsecond,
    /// 1/1,000,000,000 s.
    Nanosecond,
}

/// A named, typed member of a STRUCT or column of a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Its name as written.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
}

/// An SQL type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// The type of a bare NULL, before its context gives it one.
    Null,
    /// true, false.
    Boolean,
    /// 8 bits, signed.
    TinyInt,
    /// 16 bits, signed.
    SmallInt,
    /// 32 bits, signed.
    Integer,
    /// 64 bits, signed.
    BigInt,
    /// 8 bits, unsigned.
    UTinyInt,
    /// 16 bits, unsigned.
    USmallInt,
    /// 32 bits, unsigned.
    UInteger,
    /// 64 bits, unsigned.
    UBigInt,
    /// Exact: an integer of `precision` digits, `scale` of them behind the point.
    Decimal {
        /// Digits in all, 1..=38.
        precision: u8,
        /// Digits behind the point, 0..=precision.
        scale: u8,
    },
    /// IEEE 754, 32 bits.
    Real,
    /// IEEE 754, 64 bits.
    Double,
    /// UTF-8 text.
    Varchar,
    /// Bytes.
    Blob,
    /// Days since 1970-01-01.
    Date,
    /// Microseconds since midnight.
    Time,
    /// A point in time without a zone.
    Timestamp(TimeUnit),
    /// A point in time, microseconds, UTC.
    TimestampTz,
    /// Months, days and microseconds.
    Interval,
    /// 128 bits.
    Uuid,
    /// Text that is JSON.
    Json,
    /// Any number of elements.
    List(Arc<DataType>),
    /// A fixed number of elements.
    Array(Arc<DataType>, u32),
    /// Named members.
    Struct(Arc<[Field]>),
    /// Pairs of key and value.
    Map(Arc<(DataType, DataType)>),
}

/// What a kernel computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// TINYINT..INTEGER and unsigned below 32 bits, DATE.
    I32,
    /// BIGINT, UINTEGER, TIME, TIMESTAMP, DECIMAL up to 18 digits.
    I64,
    /// DOUBLE; REAL with a rounding after each operation.
    F64,
    /// DECIMAL beyond 18 digits, UBIGINT, UUID, INTERVAL.
    I128,
    /// BOOLEAN and validity.
    Mask,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Lane; 5] = [Lane::I32, Lane::I64, Lane::F64, Lane::I128, Lane::Mask];

    /// The lane that prints so.
    pub fn from_name(name: &str) -> Option<Lane> {
        Lane::ALL.into_iter().find(|lane| lane.name() == name)
    }

    /// As it prints behind an operation's name.
    pub fn name(self) -> &'static str {
        match self {
            Lane::I32 => "i32",
            Lane::I64 => "i64",
            Lane::F64 => "f64",
            Lane::I128 => "i128",
            Lane::Mask => "mask",
        }
    }

    /// Bytes of a value in a kernel's registers.
    pub fn bytes(self) -> usize {
        match self {
            Lane::Mask => 1,
            Lane::I32 => 4,
            Lane::I64 | Lane::F64 => 8,
            Lane::I128 => 16,
        }
    }

    /// The form of a vector that a kernel writes from this lane.
    pub fn form(self) -> Form {
        match self {
            Lane::I32 => Form::I32,
            Lane::I64 => Form::I64,
            Lane::F64 => Form::F64,
            Lane::I128 => Form::I128,
            Lane::Mask => Form::Bits,
        }
    }
}

/// How the values of a column lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// One bit a row.
    Bits,
    /// One byte a row, signed.
    I8,
    /// Two bytes a row, signed.
    I16,
    /// Four bytes a row, signed.
    I32,
    /// Eight bytes a row, signed.
    I64,
    /// Sixteen bytes a row, signed.
    I128,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 64 bits.
    F64,
    /// Views of byte strings: VARCHAR, BLOB, JSON.
    Text,
    /// Offsets into a child: LIST, MAP (a list of key-value structs), ARRAY.
    List,
    /// A child for each member.
    Struct,
}

impl Form {
    /// Every form.
    pub const ALL: [Form; 11] = [
        Form::Bits,
        Form::I8,
        Form::I16,
        Form::I32,
        Form::I64,
        Form::I128,
        Form::F32,
        Form::F64,
        Form::Text,
        Form::List,
        Form::Struct,
    ];

    /// The form that prints so.
    pub fn from_name(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }

    /// As it prints behind `ld`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Bits => "bits",
            Form::I8 => "i8",
            Form::I16 => "i16",
            Form::I32 => "i32",
            Form::I64 => "i64",
            Form::I128 => "i128",
            Form::F32 => "f32",
            Form::F64 => "f64",
            Form::Text => "text",
            Form::List => "list",
            Form::Struct => "struct",
        }
    }

    /// The lane that a kernel loads this form into; `None` for what kernels do not touch.
    pub fn lane(self) -> Option<Lane> {
        match self {
            Form::Bits => Some(Lane::Mask),
            Form::I8 | Form::I16 | Form::I32 => Some(Lane::I32),
            Form::I64 => Some(Lane::I64),
            Form::I128 => Some(Lane::I128),
            Form::F32 | Form::F64 => Some(Lane::F64),
            Form::Text | Form::List | Form::Struct => None,
        }
    }
}

impl DataType {
    /// TIMESTAMP as SQL writes it without a precision.
    pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond);

    /// DECIMAL(`precision`, `scale`); the caller has checked the range.
    pub fn decimal(precision: u8, scale: u8) -> DataType {
        debug_assert!((1..=DECIMAL_PRECISION_MAX).contains(&precision) && scale <= precision);
        DataType::Decimal { precision, scale }
    }

    /// The lane that kernels compute this type in; `None` for text and nested values.
    pub fn lane(&self) -> Option<Lane> {
        self.form().lane()
    }

    /// How a vector of this type lies in memory unless a table narrowed it.
    pub fn form(&self) -> Form {
        match self {
            DataType::Null | DataType::Boolean => Form::Bits,
            DataType::TinyInt
            | DataType::SmallInt
            | DataType::Integer
            | DataType::UTinyInt
            | DataType::USmallInt
            | DataType::Date => Form::I32,
            DataType::BigInt | DataType::UInteger | DataType::Time | DataType::Timestamp(_) | DataType::TimestampTz => {
                Form::I64
            }
            DataType::Decimal { precision, .. } if *precision <= DECIMAL64_PRECISION_MAX => Form::I64,
            DataType::Decimal { .. } | DataType::UBigInt | DataType::Interval | DataType::Uuid => Form::I128,
            DataType::Real | DataType::Double => Form::F64,
            DataType::Varchar | DataType::Blob | DataType::Json => Form::Text,
            DataType::List(_) | DataType::Array(..) | DataType::Map(_) => Form::List,
            DataType::Struct(_) => Form::Struct,
        }
    }

    /// Whether it is one of the integer types.
    pub fn is_integer(&self) -> bool {
        self.integer_range().is_some()
    }

    /// The smallest and largest value of an integer type.
    pub fn integer_range(&self) -> Option<(i128, i128)> {
        Some(match self {
            DataType::TinyInt => (i8::MIN.into(), i8::MAX.into()),
            DataType::SmallInt => (i16::MIN.into(), i16::MAX.into()),
            DataType::Integer => (i32::MIN.into(), i32::MAX.into()),
            DataType::BigInt => (i64::MIN.into(), i64::MAX.into()),
            DataType::UTinyInt => (0, u8::MAX.into()),
            DataType::USmallInt => (0, u16::MAX.into()),
            DataType::UInteger => (0, u32::MAX.into()),
            DataType::UBigInt => (0, u64::MAX.into()),
            _ => return None,
        })
    }

    /// Whether it is DOUBLE or REAL.
    pub fn is_float(&self) -> bool {
        matches!(self, DataType::Real | DataType::Double)
    }

    /// Whether arithmetic applies: integers, DECIMAL, REAL, DOUBLE.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || self.is_float() || matches!(self, DataType::Decimal { .. })
    }

    /// Whether it is held as text: VARCHAR or JSON.
    pub fn is_text(&self) -> bool {
        matches!(self, DataType::Varchar | DataType::Json)
    }

    /// Whether it is DATE, TIMESTAMP or TIMESTAMPTZ.
    pub fn is_instant(&self) -> bool {
        matches!(self, DataType::Date | DataType::Timestamp(_) | DataType::TimestampTz)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            DataType::Null => "NULL",
            DataType::Boolean => "BOOLEAN",
            DataType::TinyInt => "TINYINT",
            DataType::SmallInt => "SMALLINT",
            DataType::Integer => "INTEGER",
            DataType::BigInt => "BIGINT",
            DataType::UTinyInt => "UTINYINT",
            DataType::USmallInt => "USMALLINT",
            DataType::UInteger => "UINTEGER",
            DataType::UBigInt => "UBIGINT",
            DataType::Decimal { precision, scale } => return write!(f, "DECIMAL({precision},{scale})"),
            DataType::Real => "REAL",
            DataType::Double => "DOUBLE",
            DataType::Varchar => "VARCHAR",
            DataType::Blob => "BLOB",
            DataType::Date => "DATE",
            DataType::Time => "TIME",
            DataType::Timestamp(TimeUnit::Second) => "TIMESTAMP_S",
            DataType::Timestamp(TimeUnit::Millisecond) => "TIMESTAMP_MS",
            DataType::Timestamp(TimeUnit::Microsecond) => "TIMESTAMP",
            DataType::Timestamp(TimeUnit::Nanosecond) => "TIMESTAMP_NS",
            DataType::TimestampTz => "TIMESTAMPTZ",
            DataType::Interval => "INTERVAL",
            DataType::Uuid => "UUID",
            DataType::Json => "JSON",
            DataType::List(element) => return write!(f, "{element}[]"),
            DataType::Array(element, length) => return write!(f, "{element}[{length}]"),
            DataType::Struct(fields) => {
                f.write_str("STRUCT(")?;
                for (index, field) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{} {}", field.name, field.data_type)?;
                }
                return f.write_str(")");
            }
            DataType::Map(entry) => return write!(f, "MAP({}, {})", entry.0, entry.1),
        };
        f.write_str(name)
    }
}
