use std::sync::Arc;

use super::*;
use crate::functions::{ArgumentValue, find};
use crate::memory::Context;
use crate::types::Field;
use crate::value::Value;

const OPERATORS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessEqual,
    Comparison::Greater,
    Comparison::GreaterEqual,
];

/// One character for each row: `t`, `f`, or `-` for NULL.
fn run(function: VectorFunction, arguments: &[ArgumentValue<'_>], data_type: &DataType, rows: usize) -> String {
    let types = vec![data_type.clone(); arguments.len()];
    let context = Context::unlimited();
    let call = Invocation {
        arguments,
        argument_types: &types,
        result_type: &DataType::Boolean,
        rows,
        guard: None,
        context: &context,
    };
    let mut out = Vector::empty(DataType::Boolean.form());
    (function.0)(&call, &mut out).expect("comparisons do not fail");
    let character = |row| match out.value(row, &DataType::Boolean) {
        Value::Boolean(true) => 't',
        Value::Boolean(false) => 'f',
        _ => '-',
    };
    (0..rows).map(character).collect()
}

#[test]
fn texts_compare_as_their_bytes_do() {
    let words = [
        "",
        "a",
        "ab",
        "abc",
        "abcd",
        "abcde",
        "abcdefghijkl",
        "abcdefghijklm",
        "abcdefghijkln",
        "abd",
        "b",
        "ä",
        "abcdefghijklmnopqrstuvwxyz",
        "ab\0",
        "ab\0d",
    ];
    let column = |order: &dyn Fn(usize) -> usize| {
        let mut vector = Vector::empty(DataType::Varchar.form());
        (0..words.len()).for_each(|row| vector.push(&Value::text(words[order(row)])));
        vector.push(&Value::Null);
        vector
    };
    let rows = words.len() + 1;
    let left = column(&|row| row);
    for operator in OPERATORS {
        let function = comparison(operator, &DataType::Varchar);
        let expected = |right: &dyn Fn(usize) -> &'static str| {
            let truth = |row: usize| if holds(operator, words[row].cmp(right(row))) { 't' } else { 'f' };
            (0..words.len()).map(truth).chain(['-']).collect::<String>()
        };
        for word in words {
            let constant = Value::text(word);
            let arguments = [ArgumentValue::Column(&left), ArgumentValue::Constant(&constant)];
            let found = run(function, &arguments, &DataType::Varchar, rows);
            assert_eq!(found, expected(&|_| word), "{operator:?} {word:?}");
        }
        for shift in 0..words.len() {
            let order = move |row: usize| (row + shift) % words.len();
            let right = column(&order);
            let arguments = [ArgumentValue::Column(&left), ArgumentValue::Column(&right)];
            let found = run(function, &arguments, &DataType::Varchar, rows);
            assert_eq!(found, expected(&|row| words[order(row)]), "{operator:?}, shifted by {shift}");
        }
    }
}

#[test]
fn in_list_finds_short_and_long_strings_in_short_and_long_lists() {
    let in_list = match find("in_list").expect("a function").overloads[0].body {
        crate::functions::Body::Vector(function) => function,
        crate::functions::Body::Helper(_) => unreachable!("not a helper"),
    };
    let mut column = Vector::empty(DataType::Varchar.form());
    for word in ["a", "word that is long, number 3", "word that is long, number 4", "b"] {
        column.push(&Value::text(word));
    }
    column.push(&Value::Null);
    for count in [1, COMPARED_MAX, COMPARED_MAX + 1, 100] {
        let mut words = vec![Value::text("a"), Value::text("word that is long, number 3")];
        words.extend((0..count).map(|number| Value::text(format!("x{number}"))));
        let mut arguments = vec![ArgumentValue::Column(&column)];
        arguments.extend(words[..count.max(2)].iter().map(ArgumentValue::Constant));
        assert_eq!(run(in_list, &arguments, &DataType::Varchar, 5), "ttff-", "{count} words");
    }
}

#[test]
fn intervals_and_nested_values_compare() {
    let compare = |operator, a: &Value, b: &Value, data_type: &DataType| {
        let arguments = [ArgumentValue::Constant(a), ArgumentValue::Constant(b)];
        run(comparison(operator, data_type), &arguments, data_type, 1)
    };
    let interval = |months, days| Value::Wide(Interval { months, days, micros: 0 }.pack());
    assert_eq!(compare(Comparison::Equal, &interval(1, 0), &interval(0, 30), &DataType::Interval), "t");
    assert_eq!(compare(Comparison::Less, &interval(-1, 0), &interval(0, -29), &DataType::Interval), "t");
    let list = DataType::List(Arc::new(DataType::Double));
    let numbers = |values: &[f64]| Value::List(values.iter().map(|value| Value::Double(*value)).collect());
    assert_eq!(compare(Comparison::Less, &numbers(&[1.0]), &numbers(&[1.0, 0.0]), &list), "t");
    assert_eq!(compare(Comparison::Greater, &numbers(&[f64::NAN]), &numbers(&[f64::INFINITY, 1.0]), &list), "t");
    assert_eq!(compare(Comparison::Equal, &numbers(&[0.0, f64::NAN]), &numbers(&[-0.0, f64::NAN]), &list), "t");
    assert_eq!(compare(Comparison::Equal, &Value::Null, &numbers(&[]), &list), "-");
    let field = |name: &str, data_type| Field { name: name.to_owned(), data_type };
    let pair = DataType::Struct([field("a", DataType::Integer), field("b", DataType::Varchar)].into());
    let value = |a: i64, b: &str| Value::Struct([Value::Integer(a), Value::text(b)].into());
    assert_eq!(compare(Comparison::Less, &value(1, "b"), &value(2, "a"), &pair), "t");
    assert_eq!(compare(Comparison::GreaterEqual, &value(1, "b"), &value(1, "a"), &pair), "t");
}
