//! Which casts happen without being asked for, and the type two types meet in.

use std::sync::Arc;

use super::number::{scale_of, whole_digits};
use crate::types::{DECIMAL_PRECISION_MAX, DataType, Field, TimeUnit};

/// What an implicit cast costs when overloads are compared: 0 for none, more for what loses more of the type;
/// `None` if there is no implicit cast.
pub fn implicit_cost(from: &DataType, to: &DataType) -> Option<u32> {
    if from == to {
        return Some(0);
    }
    if *from == DataType::Null {
        return Some(1);
    }
    if let (Some((from_least, from_most)), Some((to_least, to_most))) = (from.integer_range(), to.integer_range()) {
        let fits = to_least <= from_least && from_most <= to_most;
        // The nearest wider type is the cheapest; one with a sign comes before one without.
        return fits.then(|| u32::from(whole_digits(to).unwrap_or(0)) + u32::from(to_least == 0));
    }
    match (from, to) {
        (exact, DataType::Decimal { scale, .. }) if whole_digits(exact).is_some() => {
            let fits = whole_digits(exact) <= whole_digits(to) && scale_of(exact) <= *scale;
            fits.then_some(30)
        }
        (DataType::Decimal { .. }, DataType::Double) => Some(10),
        (DataType::Decimal { .. }, DataType::Real) => Some(15),
        (integer, DataType::Double) if integer.is_integer() => Some(40),
        (integer, DataType::Real) if integer.is_integer() => Some(45),
        (DataType::Real, DataType::Double) => Some(5),
        (DataType::Date, DataType::Timestamp(unit)) => Some(10 + unit_cost(TimeUnit::Microsecond, *unit)),
        (DataType::Date, DataType::TimestampTz) => Some(15),
        (DataType::Timestamp(from), DataType::Timestamp(to)) if from < to => Some(unit_cost(*from, *to)),
        (DataType::Timestamp(from), DataType::TimestampTz) if *from <= TimeUnit::Microsecond => Some(5),
        (DataType::Json, DataType::Varchar) => Some(5),
        (DataType::List(from), DataType::List(to)) | (DataType::Array(from, _), DataType::List(to)) => {
            implicit_cost(from, to)
        }
        _ => None,
    }
}

fn unit_cost(from: TimeUnit, to: TimeUnit) -> u32 {
    (from as u32).abs_diff(to as u32)
}

/// The type that values of both types are cast to where they meet: in comparisons, CASE, set operations.
pub fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    if a == b || *b == DataType::Null {
        return Some(a.clone());
    }
    if *a == DataType::Null {
        return Some(b.clone());
    }
    match (a, b) {
        _ if a.is_integer() && b.is_integer() => Some(common_integer(a, b)),
        _ if a.is_float() && b.is_numeric() || a.is_numeric() && b.is_float() => Some(DataType::Double),
        _ if a.is_numeric() && b.is_numeric() => common_decimal(a, b),
        (DataType::TimestampTz, other) | (other, DataType::TimestampTz) if other.is_instant() => {
            Some(DataType::TimestampTz)
        }
        (DataType::Timestamp(a), DataType::Timestamp(b)) => Some(DataType::Timestamp(*a.max(b))),
        (DataType::Date, DataType::Timestamp(unit)) | (DataType::Timestamp(unit), DataType::Date) => {
            Some(DataType::Timestamp(*unit))
        }
        (DataType::Varchar, DataType::Json) | (DataType::Json, DataType::Varchar) => Some(DataType::Varchar),
        (DataType::List(a) | DataType::Array(a, _), DataType::List(b) | DataType::Array(b, _)) => {
            Some(DataType::List(Arc::new(common_type(a, b)?)))
        }
        (DataType::Map(a), DataType::Map(b)) => {
            Some(DataType::Map(Arc::new((common_type(&a.0, &b.0)?, common_type(&a.1, &b.1)?))))
        }
        (DataType::Struct(a), DataType::Struct(b)) => common_struct(a, b),
        _ => None,
    }
}

/// The narrowest integer type that holds both; DECIMAL(20,0) where none does.
fn common_integer(a: &DataType, b: &DataType) -> DataType {
    let holds = |candidate: &&DataType| {
        [a, b].iter().all(|part| match (part.integer_range(), candidate.integer_range()) {
            (Some(part), Some(candidate)) => candidate.0 <= part.0 && part.1 <= candidate.1,
            _ => false,
        })
    };
    let candidates = [
        DataType::TinyInt,
        DataType::UTinyInt,
        DataType::SmallInt,
        DataType::USmallInt,
        DataType::Integer,
        DataType::UInteger,
        DataType::BigInt,
        DataType::UBigInt,
    ];
    candidates.iter().find(holds).cloned().unwrap_or(DataType::decimal(20, 0))
}

/// The DECIMAL with room for the digits of both before and behind the point, as far as 38 go.
fn common_decimal(a: &DataType, b: &DataType) -> Option<DataType> {
    let scale = scale_of(a).max(scale_of(b));
    let whole = whole_digits(a)?.max(whole_digits(b)?);
    Some(DataType::decimal((whole + scale).clamp(1, DECIMAL_PRECISION_MAX), scale))
}

fn common_struct(a: &Arc<[Field]>, b: &Arc<[Field]>) -> Option<DataType> {
    if a.len() != b.len() {
        return None;
    }
    let mut fields = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b.iter()) {
        if !a.name.eq_ignore_ascii_case(&b.name) {
            return None;
        }
        fields.push(Field { name: a.name.clone(), data_type: common_type(&a.data_type, &b.data_type)? });
    }
    Some(DataType::Struct(fields.into()))
}
