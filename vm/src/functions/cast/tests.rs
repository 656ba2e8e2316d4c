use std::sync::Arc;

use super::*;
use crate::format::value_text;
use crate::types::Field;
use crate::vector::Bits;

fn decimal(precision: u8, scale: u8) -> DataType {
    DataType::decimal(precision, scale)
}

/// Casts a text to `from` and that to `to`; over a constant, and over a column by CAST and TRY_CAST.
fn cast(text: &str, from: &DataType, to: &DataType) -> Result<String> {
    let value = cast_value(&Value::text(text), &DataType::Varchar, from).expect("a value to begin with");
    let result = cast_value(&value, from, to).map(|value| value_text(&value, to));
    let found = find(from, to).expect("a cast");
    assert!(found.fallible || result.is_ok(), "{from} to {to} fails, but does not say so");
    let mut column = Vector::constant(&value, from, 1);
    column.push(&Value::Null);
    let run = |function: VectorFunction, guard: Option<&Bits>| {
        let call = Invocation {
            arguments: &[ArgumentValue::Column(&column)],
            argument_types: std::slice::from_ref(from),
            result_type: to,
            rows: 2,
            guard,
            context: &Context::unlimited(),
        };
        let mut out = Vector::empty(to.form());
        (function.0)(&call, &mut out).map(|()| {
            assert_eq!(out.value(1, to), Value::Null, "NULL stays NULL");
            value_text(&out.value(0, to), to)
        })
    };
    let tried = run(found.try_cast, None).expect("TRY_CAST does not fail");
    assert_eq!(tried, result.as_ref().map_or("NULL", |text| text.as_str()), "TRY_CAST of {text}");
    assert!(run(found.cast, Some(&Bits::filled(false, 2))).is_ok(), "rows without guard do not fail");
    let over_column = run(found.cast, None);
    assert_eq!(over_column.as_ref().ok(), result.as_ref().ok(), "over a column");
    result
}

#[track_caller]
fn check(text: &str, from: DataType, to: DataType, expected: &str) {
    match cast(text, &from, &to) {
        Ok(result) => assert_eq!(result, expected, "{text}: {from} to {to}"),
        Err(error) => panic!("{text}: {from} to {to}: {error}"),
    }
}

#[track_caller]
fn check_error(text: &str, from: DataType, to: DataType, expected: &str) {
    let error = cast(text, &from, &to).expect_err("an error");
    assert_eq!(error.message(), expected);
}

#[test]
fn numbers_to_numbers() {
    use DataType::*;
    check("127", Integer, TinyInt, "127");
    check("18446744073709551615", UBigInt, decimal(20, 0), "18446744073709551615");
    check("1.25", decimal(3, 2), decimal(2, 1), "1.3");
    check("-1.25", decimal(3, 2), decimal(2, 1), "-1.3");
    check("1.5", decimal(2, 1), decimal(38, 10), "1.5000000000");
    check("2.5", decimal(2, 1), Integer, "3");
    check("2.5", Double, Integer, "2");
    check("3.5", Double, BigInt, "4");
    check("-0.4", Double, UTinyInt, "0");
    check("1.005", Double, decimal(5, 2), "1.00");
    check("12345678901234567890.12", decimal(38, 2), Double, "1.2345678901234567e+19");
    check("0.1", Double, Real, "0.1");
    check("0.1", decimal(2, 1), Real, "0.1");
    check("9007199254740993", BigInt, Double, "9.007199254740992e+15");
    check("NaN", Double, Real, "NaN");
    check("true", Boolean, Integer, "1");
    check("true", Boolean, decimal(3, 2), "1.00");
    check("0", Integer, Boolean, "false");
    check("0.01", decimal(3, 2), Boolean, "true");
    check_error("128", Integer, TinyInt, "value 128 is out of range for TINYINT");
    check_error("-1", Integer, UBigInt, "value -1 is out of range for UBIGINT");
    check_error("9.995", decimal(4, 3), decimal(3, 2), "value 9.995 is out of range for DECIMAL(3,2)");
    check_error("1000", Integer, decimal(4, 1), "value 1000 is out of range for DECIMAL(4,1)");
    check_error("9223372036854775808", Double, BigInt, "value 9.223372036854776e+18 is out of range for BIGINT");
    check_error("NaN", Double, Integer, "value NaN is out of range for INTEGER");
    check_error("Infinity", Double, decimal(10, 2), "value Infinity is out of range for DECIMAL(10,2)");
    check_error("1e300", Double, Real, "value 1e+300 is out of range for REAL");
    check_error("true", Boolean, decimal(1, 1), "value true is out of range for DECIMAL(1,1)");
}

#[test]
fn text_to_everything() {
    use DataType::*;
    check(" 42\t", Varchar, Integer, "42");
    check("-9223372036854775808", Varchar, BigInt, "-9223372036854775808");
    check("1.005", Varchar, decimal(5, 2), "1.01");
    check("1e3", Varchar, decimal(6, 1), "1000.0");
    check("1e3", Varchar, Double, "1000");
    check("-inf", Varchar, Double, "-Infinity");
    check("16777217", Varchar, Real, "1.6777216e+07");
    check("yes", Varchar, Boolean, "true");
    check("2024-02-29", Varchar, Date, "2024-02-29");
    check("2024-02-29 12:00", Varchar, DataType::TIMESTAMP, "2024-02-29 12:00:00");
    check("2024-02-29 12:00+01", Varchar, TimestampTz, "2024-02-29 11:00:00+00");
    check("12:30", Varchar, Time, "12:30:00");
    check("1 day 2 hours", Varchar, Interval, "1 day 02:00:00");
    check("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", Varchar, Uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    check("{a0eebc999c0b4ef8bb6d6bb9bd380a11}", Varchar, Uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    check("{\"a\": [1]}", Varchar, Json, "{\"a\": [1]}");
    check("\\x0AfF", Varchar, Blob, "\\x0aff");
    check("a\\\\b\\001", Varchar, Blob, "\\x615c6201");
    check_error("abc", Varchar, Integer, "could not convert 'abc' to INTEGER");
    check_error("1.5", Varchar, Integer, "could not convert '1.5' to INTEGER");
    check_error("", Varchar, Double, "could not convert '' to DOUBLE");
    check_error("300", Varchar, TinyInt, "value '300' is out of range for TINYINT");
    check_error("12345", Varchar, decimal(4, 0), "value '12345' is out of range for DECIMAL(4,0)");
    check_error("1e999", Varchar, Double, "value '1e999' is out of range for DOUBLE");
    check_error("maybe", Varchar, Boolean, "could not convert 'maybe' to BOOLEAN");
    check_error("2024-13-01", Varchar, Date, "value '2024-13-01' is out of range for DATE");
    check_error("yesterday", Varchar, Date, "could not convert 'yesterday' to DATE");
    check_error("25:00", Varchar, Time, "value '25:00' is out of range for TIME");
    check_error("1 parsec", Varchar, Interval, "could not convert '1 parsec' to INTERVAL");
    check_error("a0eebc99", Varchar, Uuid, "could not convert 'a0eebc99' to UUID");
    check_error("{a: 1}", Varchar, Json, "could not convert '{a: 1}' to JSON");
    check_error("\\xabc", Varchar, Blob, "could not convert '\\xabc' to BLOB");
    let long = "x".repeat(200);
    check_error(&long, Varchar, Integer, &format!("could not convert '{}…' to INTEGER", "x".repeat(80)));
}

#[test]
fn times_to_times() {
    use DataType::*;
    let unit = DataType::Timestamp;
    check("2024-02-29", Date, DataType::TIMESTAMP, "2024-02-29 00:00:00");
    check("2024-02-29 23:59:59.9999", DataType::TIMESTAMP, Date, "2024-02-29");
    check("1969-12-31 23:00:00", DataType::TIMESTAMP, Date, "1969-12-31");
    check("1969-12-31 23:00:00.5", DataType::TIMESTAMP, Time, "23:00:00.5");
    check("2024-02-29 12:00:00.5", DataType::TIMESTAMP, unit(TimeUnit::Second), "2024-02-29 12:00:01");
    check("2024-02-29 12:00:00", unit(TimeUnit::Second), unit(TimeUnit::Nanosecond), "2024-02-29 12:00:00");
    check("2024-02-29 12:00:00", DataType::TIMESTAMP, TimestampTz, "2024-02-29 12:00:00+00");
    check("25:00:00", Interval, Time, "01:00:00");
    check("12:30", Time, Interval, "12:30:00");
    check_error("3000-01-01", Date, unit(TimeUnit::Nanosecond), "value 3000-01-01 is out of range for TIMESTAMP_NS");
    assert!(find(&Date, &Integer).is_none() && find(&Integer, &Date).is_none());
}

#[test]
fn nested_values_and_null_to_text() {
    let list = DataType::List(Arc::new(DataType::Integer));
    let value = Value::List([Value::Integer(1), Value::Null].into());
    assert_eq!(cast_value(&value, &list, &DataType::Varchar).expect("a cast"), Value::text("[1, NULL]"));
    let null = cast_value(&Value::Null, &DataType::Null, &list).expect("NULL is of every type");
    assert_eq!(null, Value::Null);
    let error = cast_value(&Value::Integer(1), &DataType::Integer, &list).expect_err("no such cast");
    assert_eq!(error.message(), "cannot cast INTEGER to INTEGER[]");
}

#[test]
fn common_types() {
    use DataType::*;
    let check = |a: &DataType, b: &DataType, expected: &str| {
        let meet = |a, b| common_type(a, b).map_or("none".to_owned(), |meet| meet.to_string());
        assert_eq!((meet(a, b).as_str(), meet(b, a).as_str()), (expected, expected), "{a} and {b}");
    };
    check(&TinyInt, &BigInt, "BIGINT");
    check(&UTinyInt, &TinyInt, "SMALLINT");
    check(&UInteger, &Integer, "BIGINT");
    check(&UBigInt, &Integer, "DECIMAL(20,0)");
    check(&Integer, &decimal(4, 2), "DECIMAL(12,2)");
    check(&BigInt, &decimal(38, 30), "DECIMAL(38,30)");
    check(&decimal(5, 0), &decimal(4, 3), "DECIMAL(8,3)");
    check(&decimal(5, 0), &Double, "DOUBLE");
    check(&Real, &Integer, "DOUBLE");
    check(&Date, &DataType::TIMESTAMP, "TIMESTAMP");
    check(&DataType::Timestamp(TimeUnit::Second), &DataType::Timestamp(TimeUnit::Nanosecond), "TIMESTAMP_NS");
    check(&Date, &TimestampTz, "TIMESTAMPTZ");
    check(&Null, &Interval, "INTERVAL");
    check(&Varchar, &Integer, "none");
    check(&Date, &Time, "none");
    check(&List(Arc::new(Integer)), &List(Arc::new(Null)), "INTEGER[]");
    let field = |data_type| Struct([Field { name: "a".to_owned(), data_type }].into());
    check(&field(Integer), &field(Double), "STRUCT(a DOUBLE)");
}

#[test]
fn implicit_casts_prefer_what_loses_least() {
    use DataType::*;
    let order = [&TinyInt, &SmallInt, &Integer, &BigInt, &decimal(38, 0), &Double];
    let costs: Vec<u32> = order.iter().map(|to| implicit_cost(&TinyInt, to).expect("a cast")).collect();
    assert!(costs.is_sorted() && costs[0] == 0, "{costs:?}");
    for (from, to) in
        [(Integer, SmallInt), (Double, Integer), (Varchar, Integer), (Integer, Varchar), (TIMESTAMP, Date)]
    {
        assert_eq!(implicit_cost(&from, &to), None, "{from} to {to}");
    }
    assert_eq!(implicit_cost(&BigInt, &decimal(18, 0)), None, "19 digits do not fit into 18");
}

const TIMESTAMP: DataType = DataType::TIMESTAMP;
