//! Types, values and vectors as bytes and text.

use super::{Coded, Sink, Source, coded_enum, coded_struct, malformed};
use crate::error::{Result, Span};
use crate::types::{DECIMAL_PRECISION_MAX, DataType, Field, Form, Lane, TimeUnit};
use crate::value::Value;
use crate::vector::{Bits, Buf, ListValues, StructValues, Text, Validity, Values, Vector};

coded_struct! {
    Span { start, end }
    Field { name, data_type }
}

/// Whether a type's numbers are within its limits.
fn is_possible(data_type: &DataType) -> bool {
    match data_type {
        DataType::Decimal { precision, scale } => (1..=DECIMAL_PRECISION_MAX).contains(precision) && scale <= precision,
        _ => true,
    }
}

coded_enum! {
    Lane { I32, I64, F64, I128, Mask }
    Form { Bits, I8, I16, I32, I64, I128, F32, F64, Text, List, Struct }
    TimeUnit { Second, Millisecond, Microsecond, Nanosecond }
    DataType {
        Null, Boolean, TinyInt, SmallInt, Integer, BigInt, UTinyInt, USmallInt, UInteger, UBigInt,
        Decimal { precision, scale }, Real, Double, Varchar, Blob, Date, Time, Timestamp(unit), TimestampTz, Interval,
        Uuid, Json, List(element), Array(element, length), Struct(fields), Map(entry),
    } => is_possible
    Value {
        Null, Boolean(value), Integer(value), Wide(value), Double(value), Text(value), Blob(value), List(values),
        Struct(values),
    }
}

coded_struct! {
    StructValues { children, length }
}

/// A byte string: as text, if it is one.
struct ByteString(Vec<u8>);

impl Coded for ByteString {
    fn write(&self, sink: &mut dyn Sink) {
        match std::str::from_utf8(&self.0) {
            Ok(text) => {
                sink.name("text", 0);
                sink.string(text);
            }
            Err(_) => {
                sink.name("bytes", 1);
                sink.bytes(&self.0);
            }
        }
    }

    fn read(source: &mut dyn Source) -> Result<ByteString> {
        match source.name(&["text", "bytes"])? {
            0 => source.string().map(|text| ByteString(text.into_bytes())),
            _ => source.bytes().map(ByteString),
        }
    }
}

impl Coded for Vector {
    fn write(&self, sink: &mut dyn Sink) {
        let validity: Option<Vec<bool>> =
            self.validity.bits().map(|_| (0..self.len()).map(|row| self.validity.is_valid(row)).collect());
        sink.begin_fields();
        sink.field("form");
        self.form().write(sink);
        sink.field("valid");
        validity.write(sink);
        sink.field("values");
        write_values(&self.values, sink);
        sink.end_fields();
    }

    fn read(source: &mut dyn Source) -> Result<Vector> {
        source.begin_fields()?;
        source.field("form")?;
        let form = Form::read(source)?;
        source.field("valid")?;
        let valid: Option<Vec<bool>> = Coded::read(source)?;
        source.field("values")?;
        let values = read_values(form, source)?;
        source.end_fields()?;
        let mut vector = Vector::all_valid(values);
        if let Some(valid) = valid {
            if valid.len() != vector.len() {
                return Err(malformed("a column and its validity differ in length"));
            }
            vector.validity = Validity::from_bits(bits(&valid));
        }
        Ok(vector)
    }
}

fn bits(values: &[bool]) -> Bits {
    let mut bits = Bits::default();
    values.iter().for_each(|value| bits.push(*value));
    bits
}

fn write_values(values: &Values, sink: &mut dyn Sink) {
    match values {
        Values::Bits(bits) => (0..bits.len()).map(|row| bits.get(row)).collect::<Vec<bool>>().write(sink),
        Values::I8(values) => values.to_vec().write(sink),
        Values::I16(values) => values.to_vec().write(sink),
        Values::I32(values) => values.to_vec().write(sink),
        Values::I64(values) => values.to_vec().write(sink),
        Values::I128(values) => values.to_vec().write(sink),
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>().write(sink),
        Values::F64(values) => values.to_vec().write(sink),
        Values::Text(text) => {
            (0..text.len()).map(|row| ByteString(text.get(row).to_vec())).collect::<Vec<_>>().write(sink);
        }
        Values::List(list) => {
            sink.begin_fields();
            sink.field("offsets");
            list.offsets.to_vec().write(sink);
            sink.field("child");
            list.child.write(sink);
            sink.end_fields();
        }
        Values::Struct(values) => values.write(sink),
    }
}

fn read_values(form: Form, source: &mut dyn Source) -> Result<Values> {
    Ok(match form {
        Form::Bits => Values::Bits(bits(&Vec::read(source)?)),
        Form::I8 => Values::I8(Buf::Owned(Coded::read(source)?)),
        Form::I16 => Values::I16(Buf::Owned(Coded::read(source)?)),
        Form::I32 => Values::I32(Buf::Owned(Coded::read(source)?)),
        Form::I64 => Values::I64(Buf::Owned(Coded::read(source)?)),
        Form::I128 => Values::I128(Buf::Owned(Coded::read(source)?)),
        Form::F32 => {
            let values: Vec<f64> = Coded::read(source)?;
            // They were widened when they were written.
            Values::F32(Buf::Owned(values.into_iter().map(|value| value as f32).collect()))
        }
        Form::F64 => Values::F64(Buf::Owned(Coded::read(source)?)),
        Form::Text => {
            let mut text = Text::default();
            Vec::<ByteString>::read(source)?.iter().for_each(|string| text.push(&string.0));
            Values::Text(text)
        }
        Form::List => {
            source.begin_fields()?;
            source.field("offsets")?;
            let offsets: Vec<i32> = Coded::read(source)?;
            source.field("child")?;
            let child = Vector::read(source)?;
            source.end_fields()?;
            let last = offsets.last().and_then(|last| usize::try_from(*last).ok());
            let rises = offsets.first().is_some_and(|first| *first >= 0) && offsets.is_sorted();
            if !rises || last.is_none_or(|last| last > child.len()) {
                return Err(malformed("the offsets of a column of lists do not fit its elements"));
            }
            Values::List(ListValues { offsets: Buf::Owned(offsets), child: Box::new(child) })
        }
        Form::Struct => {
            let values = StructValues::read(source)?;
            if values.children.iter().any(|child| child.len() != values.length) {
                return Err(malformed("the members of a column of structs differ in length"));
            }
            Values::Struct(values)
        }
    })
}
