//! Numbers in no more bytes than they need. The one file here that casts between widths.

use std::ops::Range;

use rowmill_vm::table::ColumnStatistics;
use rowmill_vm::vector::{Bits, Buf, Values};
use rowmill_vm::{DataType, Form, Value, Vector};

/// The narrowest form for a column of `data_type` whose values have these statistics.
pub(super) fn narrowest(data_type: &DataType, statistics: &ColumnStatistics) -> Form {
    match (data_type, data_type.form()) {
        // Their values are bits, not numbers.
        (DataType::Interval | DataType::Uuid, own) => own,
        (_, Form::I32 | Form::I64 | Form::I128) => {
            widest(form_of_value(&statistics.min), form_of_value(&statistics.max))
        }
        (DataType::Real, Form::F64) => Form::F32,
        (_, own) => own,
    }
}

/// The narrowest integer form that holds a value; any holds NULL.
pub(super) fn form_of_value(value: &Value) -> Form {
    match value {
        Value::Integer(value) if i8::try_from(*value).is_ok() => Form::I8,
        Value::Integer(value) if i16::try_from(*value).is_ok() => Form::I16,
        Value::Integer(value) if i32::try_from(*value).is_ok() => Form::I32,
        Value::Integer(_) => Form::I64,
        Value::Wide(value) => i64::try_from(*value).map_or(Form::I128, |value| form_of_value(&Value::Integer(value))),
        Value::Null
        | Value::Boolean(_)
        | Value::Double(_)
        | Value::Text(_)
        | Value::Blob(_)
        | Value::List(_)
        | Value::Struct(_) => Form::I8,
    }
}

/// The wider of two forms of one type; `one` where it is no form of numbers.
pub(super) fn widest(one: Form, other: Form) -> Form {
    let width = |form: Form| match form {
        Form::I8 => 1,
        Form::I16 => 2,
        Form::I32 | Form::F32 => 4,
        Form::I64 | Form::F64 => 8,
        Form::I128 => 16,
        Form::Bits | Form::Text | Form::List | Form::Struct => 0,
    };
    if width(one) == 0 || width(one) >= width(other) { one } else { other }
}

macro_rules! fill {
    ($out:expr, $source:expr, $rows:expr, $variant:ident, $target:ty) => {{
        let mut values: Buf<$target> = match std::mem::replace($out, Values::Bits(Bits::default())) {
            Values::$variant(values) => values,
            _ => Buf::default(),
        };
        let target = values.refill();
        match $source {
            Values::I8(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::I16(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::I32(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::I64(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::I128(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::F32(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::F64(source) => target.extend(source[$rows].iter().map(|value| *value as $target)),
            Values::Bits(_) | Values::Text(_) | Values::List(_) | Values::Struct(_) => {}
        }
        *$out = Values::$variant(values);
    }};
}

/// Makes `out` the numbers `rows` of `source` in another form, which holds every one that is not NULL; what stands
/// under NULL loses its high bits. Keeps capacity. Other values than numbers are left alone.
pub(crate) fn convert_into(out: &mut Values, source: &Values, rows: Range<usize>, form: Form) {
    match form {
        Form::I8 => fill!(out, source, rows, I8, i8),
        Form::I16 => fill!(out, source, rows, I16, i16),
        Form::I32 => fill!(out, source, rows, I32, i32),
        Form::I64 => fill!(out, source, rows, I64, i64),
        Form::I128 => fill!(out, source, rows, I128, i128),
        Form::F32 => fill!(out, source, rows, F32, f32),
        Form::F64 => fill!(out, source, rows, F64, f64),
        Form::Bits | Form::Text | Form::List | Form::Struct => {}
    }
}

/// A whole vector in a form that holds it.
pub(super) fn convert(vector: Vector, form: Form) -> Vector {
    if vector.form() == form {
        return vector;
    }
    let mut values = Values::empty(form);
    convert_into(&mut values, &vector.values, 0..vector.len(), form);
    Vector { values, validity: vector.validity }
}
