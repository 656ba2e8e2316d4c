use std::sync::Arc;

use super::*;
use crate::types::{Field, TimeUnit};

/// Value and type → text form, JSON; as a single value and as a row of a vector.
#[track_caller]
fn check(value: Value, data_type: DataType, text: &str, json: &str) {
    let mut vector = Vector::empty(data_type.form());
    vector.push(&value);
    vector.push(&Value::Null);
    let (mut of_value, mut of_row) = (String::new(), String::new());
    write_value_text(&value, &data_type, &mut of_value);
    write_text(&vector, 0, &data_type, &mut of_row);
    assert_eq!((of_value.as_str(), of_row.as_str()), (text, text));
    let (mut of_value, mut of_row) = (String::new(), String::new());
    write_value_json(&value, &data_type, &mut of_value);
    write_json(&vector, 0, &data_type, &mut of_row);
    assert_eq!((of_value.as_str(), of_row.as_str()), (json, json));
    let mut null = String::new();
    write_text(&vector, 1, &data_type, &mut null);
    write_json(&vector, 1, &data_type, &mut null);
    assert_eq!(null, "NULLnull");
}

#[test]
fn plain_values() {
    check(Value::Boolean(true), DataType::Boolean, "true", "true");
    check(Value::Integer(-42), DataType::TinyInt, "-42", "-42");
    check(Value::Wide(u64::MAX.into()), DataType::UBigInt, "18446744073709551615", "18446744073709551615");
    check(Value::Integer(150), DataType::decimal(5, 2), "1.50", "1.50");
    check(Value::Wide(-5), DataType::decimal(38, 3), "-0.005", "-0.005");
    check(Value::Double(1e30), DataType::Double, "1e+30", "1e+30");
    check(Value::Double(0.1f32.into()), DataType::Real, "0.1", "0.1");
    check(Value::Double(f64::NAN), DataType::Double, "NaN", "\"NaN\"");
    check(Value::Double(f64::NEG_INFINITY), DataType::Real, "-Infinity", "\"-Infinity\"");
    check(Value::text("a\"b\\c\n\u{1}ü"), DataType::Varchar, "a\"b\\c\n\u{1}ü", "\"a\\\"b\\\\c\\n\\u0001ü\"");
    check(Value::Blob(Arc::from([0x0a, 0xff])), DataType::Blob, "\\x0aff", "\"\\\\x0aff\"");
    check(Value::text("{\"a\": 1}"), DataType::Json, "{\"a\": 1}", "\"{\\\"a\\\": 1}\"");
}

#[test]
fn times() {
    let micros = 1_706_708_700_500_000;
    check(Value::Integer(19_753), DataType::Date, "2024-01-31", "\"2024-01-31\"");
    check(Value::Integer(49_500_500_000), DataType::Time, "13:45:00.5", "\"13:45:00.5\"");
    check(Value::Integer(micros), DataType::TIMESTAMP, "2024-01-31 13:45:00.5", "\"2024-01-31 13:45:00.5\"");
    check(
        Value::Integer(micros / 1_000_000),
        DataType::Timestamp(TimeUnit::Second),
        "2024-01-31 13:45:00",
        "\"2024-01-31 13:45:00\"",
    );
    check(Value::Integer(micros), DataType::TimestampTz, "2024-01-31 13:45:00.5+00", "\"2024-01-31 13:45:00.5+00\"");
    check(
        Value::Wide(crate::semantics::interval::Interval { months: 14, days: 3, micros: 14_706_000_000 }.pack()),
        DataType::Interval,
        "1 year 2 mons 3 days 04:05:06",
        "\"1 year 2 mons 3 days 04:05:06\"",
    );
    let uuid = (0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128 ^ 1 << 127) as i128;
    let text = "01234567-89ab-cdef-0123-456789abcdef";
    check(Value::Wide(uuid), DataType::Uuid, text, &format!("\"{text}\""));
}

#[test]
fn nested_values() {
    let list = DataType::List(Arc::new(DataType::Integer));
    let numbers = Value::List([Value::Integer(1), Value::Integer(2), Value::Null].into());
    check(numbers.clone(), list.clone(), "[1, 2, NULL]", "[1,2,null]");
    check(Value::List([].into()), list.clone(), "[]", "[]");
    let field = |name: &str, data_type: DataType| Field { name: name.to_owned(), data_type };
    let members = [field("a", DataType::decimal(3, 1)), field("b", DataType::Varchar), field("c", list)];
    let value = Value::Struct([Value::Integer(15), Value::text("x"), numbers].into());
    check(
        value,
        DataType::Struct(members.into()),
        "{'a': 1.5, 'b': x, 'c': [1, 2, NULL]}",
        "{\"a\":1.5,\"b\":\"x\",\"c\":[1,2,null]}",
    );
    let map = DataType::Map(Arc::new((DataType::Varchar, DataType::BigInt)));
    let pair = |key: &str, value: i64| Value::Struct([Value::text(key), Value::Integer(value)].into());
    check(Value::List([pair("a", 1), pair("b", 2)].into()), map, "{a=1, b=2}", "[[\"a\",1],[\"b\",2]]");
}
