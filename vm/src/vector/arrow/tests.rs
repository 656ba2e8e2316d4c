use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, FixedSizeListArray, Float32Array, Int8Array,
    Int32Array, LargeStringArray, ListArray, NullArray, StringArray, StringViewArray, StructArray,
    TimestampNanosecondArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow::datatypes::{Field as ArrowField, Int32Type};

use super::*;
use crate::types::Form;
use crate::value::Value;
use crate::vector::Vector;

/// Brings an array in and shows type, form and values; takes it out again and brings that in once more, which must
/// change nothing.
fn check(array: ArrayRef, expected: &str) {
    let data_type = data_type_from_arrow(array.data_type(), &HashMap::new()).expect("a type that is read");
    let vector = Vector::from_arrow(&array, &data_type).expect("comes in");
    assert_eq!(vector.form(), form_from_arrow(array.data_type(), &data_type), "the form promised");
    let show = |vector: &Vector| {
        (0..vector.len()).map(|row| format!("{:?}", vector.value(row, &data_type))).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(format!("{data_type} {:?}: {}", vector.form(), show(&vector)), expected);

    let out = to_arrow(&vector, &data_type).expect("goes out");
    assert_eq!(out.data_type(), &arrow_type(&data_type));
    assert_eq!(show(&Vector::from_arrow(&out, &data_type).expect("comes back")), show(&vector));
    // What was computed is owned: it must go out the same way.
    let mut owned = Vector::empty(vector.form());
    owned.gather(&vector, &(0..vector.len() as u32).collect::<Vec<_>>());
    let out = to_arrow(&owned, &data_type).expect("goes out owned");
    assert_eq!(show(&Vector::from_arrow(&out, &data_type).expect("comes back")), show(&vector));
}

#[test]
fn numbers_come_in_and_go_out() {
    check(Arc::new(Int8Array::from(vec![Some(-128), None, Some(127)])), "TINYINT I8: Integer(-128) Null Integer(127)");
    check(Arc::new(UInt8Array::from(vec![255, 0])), "UTINYINT I16: Integer(255) Integer(0)");
    check(Arc::new(UInt32Array::from(vec![u32::MAX])), "UINTEGER I64: Integer(4294967295)");
    check(Arc::new(UInt64Array::from(vec![u64::MAX])), "UBIGINT I128: Wide(18446744073709551615)");
    check(Arc::new(Float32Array::from(vec![1.5])), "REAL F32: Double(1.5)");
    check(Arc::new(BooleanArray::from(vec![Some(true), None])), "BOOLEAN Bits: Boolean(true) Null");
    check(Arc::new(NullArray::new(2)), "NULL Bits: Null Null");
    let decimals = |precision| Decimal128Array::from(vec![Some(-150), None]).with_precision_and_scale(precision, 2);
    check(Arc::new(decimals(18).unwrap()), "DECIMAL(18,2) I64: Integer(-150) Null");
    check(Arc::new(decimals(19).unwrap()), "DECIMAL(19,2) I128: Wide(-150) Null");
    check(Arc::new(TimestampNanosecondArray::from(vec![-1])), "TIMESTAMP_NS I64: Integer(-1)");
}

#[test]
fn strings_come_in_and_go_out() {
    let strings = vec![Some("short"), None, Some("a string that is longer than a view"), Some("")];
    let expected = r#"VARCHAR Text: Text("short") Null Text("a string that is longer than a view") Text("")"#;
    check(Arc::new(StringArray::from(strings.clone())), expected);
    check(Arc::new(LargeStringArray::from(strings.clone())), expected);
    check(Arc::new(StringViewArray::from(strings.clone())), expected);
    check(Arc::new(strings.iter().copied().collect::<DictionaryArray<Int32Type>>()), expected);
    let sliced = StringArray::from(strings).slice(1, 2);
    check(Arc::new(sliced), r#"VARCHAR Text: Null Text("a string that is longer than a view")"#);
}

#[test]
fn nested_values_come_in_and_go_out() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    check(Arc::new(list.clone()), "INTEGER[] List: List([Integer(1), Null]) Null List([])");
    check(Arc::new(list.slice(1, 2)), "INTEGER[] List: Null List([])");
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), Some(2)]), None], 2);
    check(Arc::new(fixed), "INTEGER[2] List: List([Integer(1), Integer(2)]) Null");
    let member = Arc::new(ArrowField::new("a", arrow::datatypes::DataType::Int32, true));
    let structs = StructArray::from(vec![(member, Arc::new(Int32Array::from(vec![Some(7), None])) as ArrayRef)]);
    check(Arc::new(structs), "STRUCT(a INTEGER) Struct: Struct([Integer(7)]) Struct([Null])");
}

#[test]
fn values_are_shared_not_copied() {
    let array = Int32Array::from(vec![1, 2, 3]);
    let vector = Vector::from_arrow(&array, &crate::DataType::Integer).unwrap();
    let crate::vector::Values::I32(values) = &vector.values else { panic!("INTEGER is I32") };
    assert_eq!(values.as_ptr(), array.values().as_ptr());
    let out = to_arrow(&vector, &crate::DataType::Integer).unwrap();
    assert_eq!(out.to_data().buffers()[0].as_ptr(), array.values().inner().as_ptr());
}

#[test]
fn a_decimal_with_more_digits_than_declared_is_refused() {
    let array = Decimal128Array::from(vec![Some(i128::MAX), None]).with_precision_and_scale(10, 0).unwrap();
    let error = Vector::from_arrow(&array, &crate::DataType::decimal(10, 0)).unwrap_err();
    assert_eq!(error.message(), "value 170141183460469231731687303715884105727 in row 0 does not fit DECIMAL(10,0)");
}

#[test]
fn intervals_and_uuids_keep_their_values() {
    let interval = crate::DataType::Interval;
    let packed = crate::semantics::interval::Interval { months: -1, days: -2, micros: -3 }.pack();
    let mut vector = Vector::empty(Form::I128);
    vector.push(&Value::Wide(packed));
    let back = Vector::from_arrow(&to_arrow(&vector, &interval).unwrap(), &interval).unwrap();
    assert_eq!(back.value(0, &interval), Value::Wide(packed));

    let uuid = crate::DataType::Uuid;
    let field = arrow_field("u", &uuid, true);
    assert_eq!(data_type_from_arrow(field.data_type(), field.metadata()), Some(uuid.clone()));
    let back = Vector::from_arrow(&to_arrow(&vector, &uuid).unwrap(), &uuid).unwrap();
    assert_eq!(back.value(0, &uuid), Value::Wide(packed));
}
