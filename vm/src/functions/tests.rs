//! Calls written as SQL, with their results as text. Each runs over constants and over columns with a NULL row.

use super::cast::{cast_value, implicit_cost};
use super::*;
use crate::error::Error;
use crate::format::value_text;
use crate::types::TimeUnit;
use crate::vector::Values;

/// A literal: its value and type.
type Literal = (Value, DataType);

fn literal(text: &str) -> Literal {
    let text = text.trim();
    if let Some((value, data_type)) = text.split_once("::") {
        let (value, from) = literal(value);
        let to = match data_type {
            "DOUBLE" => DataType::Double,
            "TINYINT" => DataType::TinyInt,
            "SMALLINT" => DataType::SmallInt,
            "BIGINT" => DataType::BigInt,
            "UBIGINT" => DataType::UBigInt,
            other => panic!("type {other} of a literal"),
        };
        return (cast_value(&value, &from, &to).expect(text), to);
    }
    let of_text = |data_type: DataType, text: &str| {
        let text = Value::text(text.trim().trim_matches('\''));
        (cast_value(&text, &DataType::Varchar, &data_type).expect("a literal"), data_type)
    };
    match text.split_once('\'') {
        Some(("", quoted)) => {
            return (Value::text(quoted.strip_suffix('\'').expect("a quote").replace("''", "'")), DataType::Varchar);
        }
        Some(("DATE ", rest)) => return of_text(DataType::Date, rest),
        Some(("TIME ", rest)) => return of_text(DataType::Time, rest),
        Some(("TIMESTAMP ", rest)) => return of_text(DataType::TIMESTAMP, rest),
        Some(("INTERVAL ", rest)) => return of_text(DataType::Interval, rest),
        _ => {}
    }
    match text {
        "NULL" => return (Value::Null, DataType::Null),
        "true" | "false" => return (Value::Boolean(text == "true"), DataType::Boolean),
        _ => {}
    }
    if text.contains('e') {
        return of_text(DataType::Double, text);
    }
    match text.split_once('.') {
        Some((_, fraction)) => {
            let digits = text.bytes().filter(u8::is_ascii_digit).count() as u8;
            of_text(DataType::decimal(digits, fraction.len() as u8), text)
        }
        None if text.parse::<i32>().is_ok() => of_text(DataType::Integer, text),
        None => of_text(DataType::BigInt, text),
    }
}

/// Name and arguments of `name(a, b)`; `None` for expressions of another shape.
fn parse_call(expression: &str) -> Option<(&str, Vec<Literal>)> {
    let (name, rest) = expression.split_once('(')?;
    let arguments = rest.strip_suffix(')')?;
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (index, byte) in arguments.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => return None,
            b',' if !quoted => {
                parts.push(literal(&arguments[start..index]));
                start = index + 1;
            }
            _ => {}
        }
    }
    if arguments.contains(" FROM ") {
        return None;
    }
    if !arguments.is_empty() {
        parts.push(literal(&arguments[start..]));
    }
    Some((name, parts))
}

fn pattern_type(pattern: TypePattern, argument: &DataType) -> Option<DataType> {
    let fixed = match pattern {
        TypePattern::Boolean => DataType::Boolean,
        TypePattern::Integer => DataType::Integer,
        TypePattern::BigInt => DataType::BigInt,
        TypePattern::Double => DataType::Double,
        TypePattern::Varchar => DataType::Varchar,
        TypePattern::Blob => DataType::Blob,
        TypePattern::Date => DataType::Date,
        TypePattern::Timestamp => DataType::TIMESTAMP,
        TypePattern::Time => DataType::Time,
        TypePattern::Interval => DataType::Interval,
        TypePattern::AnyInteger => return argument.is_integer().then(|| argument.clone()),
        TypePattern::AnyDecimal => {
            return matches!(argument, DataType::Decimal { .. }).then(|| argument.clone());
        }
        TypePattern::AnyNumber => return argument.is_numeric().then(|| argument.clone()),
        TypePattern::Any | TypePattern::Common => return Some(argument.clone()),
    };
    implicit_cost(argument, &fixed).map(|_| fixed)
}

/// The cheapest overload and the types of its arguments.
fn resolve(function: &'static ScalarFunction, arguments: &[Literal]) -> Option<(&'static Overload, Vec<DataType>)> {
    let mut best: Option<(u32, &Overload, Vec<DataType>)> = None;
    for overload in function.overloads {
        let patterns = overload.arguments;
        if arguments.len() != patterns.len() && !(overload.variadic && arguments.len() > patterns.len()) {
            continue;
        }
        let pattern = |index: usize| patterns[index.min(patterns.len() - 1)];
        let types: Option<Vec<DataType>> =
            arguments.iter().enumerate().map(|(index, (_, from))| pattern_type(pattern(index), from)).collect();
        let Some(mut types) = types else { continue };
        let common = (0..arguments.len()).filter(|index| pattern(*index) == TypePattern::Common);
        let meet = common
            .clone()
            .fold(DataType::Null, |meet, index| super::cast::common_type(&meet, &types[index]).expect("a common type"));
        common.for_each(|index| types[index] = meet.clone());
        let costs = arguments.iter().zip(&types).map(|((_, from), to)| implicit_cost(from, to).unwrap_or(0));
        let cost = costs.sum::<u32>();
        if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
            best = Some((cost, overload, types));
        }
    }
    best.map(|(_, overload, types)| (overload, types))
}

/// Runs a call over constants and over columns; `None` where a kernel helper computes it.
fn run(expression: &str) -> Option<Result<String>> {
    let (name, arguments) = parse_call(expression)?;
    let function = find(name).unwrap_or_else(|| panic!("no function {name}"));
    let (overload, types) = resolve(function, &arguments).unwrap_or_else(|| panic!("no overload for {expression}"));
    let Body::Vector(body) = overload.body else { return None };
    let values: Vec<Value> = arguments
        .iter()
        .zip(&types)
        .map(|((value, from), to)| cast_value(value, from, to).expect("an implicit cast"))
        .collect();
    let result_type = match &overload.result {
        ResultType::Fixed(data_type) => data_type.clone(),
        ResultType::Argument(index) => types[*index].clone(),
        ResultType::Rule(rule) => rule(&types),
    };
    let context = Context::unlimited();
    let call = |arguments: &[ArgumentValue<'_>], rows: usize, guard: Option<&Bits>| -> Result<Vector> {
        let call =
            Invocation { arguments, argument_types: &types, result_type: &result_type, rows, guard, context: &context };
        // A used vector of another form: what it held must not shine through.
        let mut out = Vector::constant(&Value::text("left over from the last batch"), &DataType::Varchar, 5);
        (body.0)(&call, &mut out)?;
        assert_eq!((out.len(), out.form()), (rows, result_type.form()), "{expression}");
        Ok(out)
    };
    let constants: Vec<ArgumentValue<'_>> = values.iter().map(ArgumentValue::Constant).collect();
    let over_constants = call(&constants, 1, None).map(|out| value_text(&out.value(0, &result_type), &result_type));
    let columns: Vec<Vector> = values
        .iter()
        .zip(&types)
        .map(|(value, data_type)| {
            let mut column = Vector::constant(value, data_type, 1);
            column.push(&Value::Null);
            column.push(value);
            column
        })
        .collect();
    let arguments: Vec<ArgumentValue<'_>> = columns.iter().map(ArgumentValue::Column).collect();
    let over_columns = call(&arguments, 3, None).map(|out| {
        if overload.nulls == NullRule::Strict && !columns.is_empty() {
            assert_eq!(out.value(1, &result_type), Value::Null, "{expression}: a row of NULLs");
        }
        let text = |row| value_text(&out.value(row, &result_type), &result_type);
        assert_eq!(text(0), text(2), "{expression}");
        text(0)
    });
    match (&over_constants, &over_columns) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "{expression}: over constants and over columns"),
        (Err(a), Err(b)) => assert_eq!(a.message(), b.message(), "{expression}"),
        _ => panic!("{expression}: {over_constants:?} over constants, {over_columns:?} over columns"),
    }
    if over_columns.is_err() {
        assert!(overload.fallible, "{expression} fails, but its overload does not say so");
        let nowhere = Bits::filled(false, 3);
        assert!(call(&arguments, 3, Some(&nowhere)).is_ok(), "{expression} fails in rows that may not");
    }
    Some(over_constants)
}

#[track_caller]
fn check(expression: &str, expected: &str) {
    match run(expression).expect("a call that a vector function computes") {
        Ok(text) => assert_eq!(text, expected, "{expression}"),
        Err(error) => panic!("{expression}: {error}"),
    }
}

#[track_caller]
fn check_error(expression: &str, message: &str) {
    let result: Result<String> = run(expression).expect("a call that a vector function computes");
    assert_eq!(result.as_ref().map_err(Error::message), Err(message), "{expression}");
}

#[test]
fn examples_hold() {
    let mut ran = 0;
    for function in FUNCTIONS.iter().copied().flatten() {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (expression, expected) in function.examples {
            if let Some(result) = run(expression) {
                assert_eq!(result.unwrap_or_else(|error| error.to_string()), *expected, "{expression}");
                ran += 1;
            }
        }
    }
    assert!(ran > 100, "only {ran} examples are plain calls");
}

#[test]
fn names_are_unique() {
    let mut names = std::collections::HashSet::new();
    for function in FUNCTIONS.iter().copied().flatten() {
        for name in std::iter::once(&function.name).chain(function.aliases) {
            assert!(names.insert(*name), "{name} is there twice");
            assert_eq!(*name, name.to_lowercase());
        }
    }
}

#[test]
fn text_functions() {
    check("length('naïve €')", "7");
    check("substring('häuser', 0, 3)", "hä");
    check("substring('abc', 4)", "");
    check("substring('abc', 2, 9223372036854775807)", "bc");
    check("substring('abc', -9223372036854775807, 9223372036854775807)", "");
    check("left('häuser', 100)", "häuser");
    check("left('abc', -5)", "");
    check("right('häuser', 5)", "äuser");
    check("trim('  ')", "");
    check("trim('äöxöä', 'öä')", "x");
    check("upper('a long text, longer than a view')", "A LONG TEXT, LONGER THAN A VIEW");
    check("initcap('o''neil élan x9y')", "O'Neil Élan X9y");
    check("replace('aaa', 'aa', 'b')", "ba");
    check("lpad('häß', 6, 'äö')", "äöähäß");
    check("lpad('abc', 5, '')", "abc");
    check("rpad('abc', -1)", "");
    check("repeat('', 9223372036854775807)", "");
    check("split_part('a,b,c', ',', -4)", "");
    check("split_part('abc', '', 1)", "abc");
    check("strpos('äxä', 'ä')", "1");
    check("strpos('abc', '')", "1");
    check("concat(NULL, NULL)", "");
    check("concat('d ', DATE '2024-01-31', 1.50, INTERVAL '1 day')", "d 2024-01-311.501 day");
    check("concat_ws(',', 1, 'b', true)", "1,b,true");
    check("concat_ws(NULL, 'a', 'b')", "NULL");
    check("concat_op('a', 1.5)", "a1.5");
    check("concat_op('a', NULL)", "NULL");
    check("octet_length('€')", "3");
    check_error("chr(0)", "0 is not the number of a character");
    check_error("chr(55296)", "55296 is not the number of a character");
    check_error("substring('abc', 1, -1)", "substring cannot have the negative length -1");
    check_error(
        "repeat('abc', 9223372036854775807)",
        "a string of 18446744073709551615 bytes is longer than 268435456 bytes",
    );
    check_error(
        "lpad('', 9223372036854775807)",
        "a string of 9223372036854775807 bytes is longer than 268435456 bytes",
    );
}

#[test]
fn math_functions() {
    check("abs(-9223372036854775807)", "9223372036854775807");
    check("round(1250, -2)", "1300");
    check("round(-1.255, 2)", "-1.260");
    check("round(2.345e0, 2)", "2.35");
    check("round(1e300, 300)", "1e+300");
    check("round(12345e0, -400)", "0");
    check("round(99.95, 1)", "100.00");
    check("trunc(-1.99, 1)", "-1.90");
    check("trunc(1299, -2)", "1200");
    check("ceil(-0.5)", "0");
    check("floor(-0.5)", "-1");
    check("round(9.5)", "10");
    check("gcd(0, 0)", "0");
    check("sign(-0.01)", "-1");
    check("greatest(1, 2.5)", "2.5");
    check("greatest(1e0, 'NaN'::DOUBLE)", "NaN");
    check("least(NULL, NULL)", "NULL");
    check("factorial(33)", "8683317618811886495518194401280000000");
    check_error("abs('-128'::TINYINT)", "value 128 is out of range for TINYINT");
    check_error("mod(5, 0)", "division by zero: 5 % 0");
    check_error("sqrt(-1e0)", "cannot take the square root of -1");
    check_error("factorial(34)", "the factorial of 34 is out of range for DECIMAL(38,0)");
    check_error("lcm(9223372036854775807, 2)", "value 18446744073709551614 is out of range for BIGINT");
    check_error("log(1, 5)", "there is no logarithm to the base 1");
}

#[test]
fn date_functions() {
    check("date_part('quarter', TIMESTAMP '2024-08-15 12:00:00')", "3");
    check("date_part('epoch', INTERVAL '1 year 1 month 1 day')", "34236000");
    check("date_part('minute', TIME '13:45:07')", "45");
    check("date_trunc('hour', TIMESTAMP '2024-08-15 12:34:56')", "2024-08-15 12:00:00");
    check("date_trunc('week', DATE '2024-02-29')", "2024-02-26 00:00:00");
    check("date_add(DATE '2024-01-31', INTERVAL '1 month')", "2024-02-29 00:00:00");
    check("date_add(TIMESTAMP '2024-01-31 10:00:00', INTERVAL '1 mon 1 day 01:30:00')", "2024-03-01 11:30:00");
    check("date_sub(DATE '1998-12-01', INTERVAL '90 days')", "1998-09-02 00:00:00");
    check("date_add(TIME '23:00:00', INTERVAL '2 hours')", "01:00:00");
    check("age(DATE '2024-03-01', DATE '2024-01-31')", "1 mon 1 day");
    check("age(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13')", "43 years 9 mons 27 days");
    check("age(DATE '2024-01-31', DATE '2024-03-01')", "-1 mons -1 days");
    check("subtract_dates(DATE '1970-01-01', DATE '2024-01-01')", "-19723");
    check("multiply_interval(INTERVAL '1 day', 0.5e0)", "12:00:00");
    check("divide_interval(INTERVAL '1 month', 3e0)", "10 days");
    check("make_date(-1, 2, 3)", "0001-02-03 BC");
    check("last_day(TIMESTAMP '2023-02-01 10:00:00')", "2023-02-28");
    check(
        "strftime(TIMESTAMP '2024-01-31 00:05:09.25', '%Y-%m-%dT%H:%M:%S.%f %I%p %j %%')",
        "2024-01-31T00:05:09.250000 12AM 031 %",
    );
    check("strftime(DATE '2024-02-29', '%U %W %V %u %w %G')", "08 09 09 4 4 2024");
    check_error("date_part('fortnight', DATE '2024-01-01')", "'fortnight' is not a part of a date or time");
    check_error("date_trunc('dow', DATE '2024-01-01')", "cannot cut a timestamp to its dow");
    check_error("make_date(2023, 2, 29)", "there is no date 2023-2-29");
    check_error("strftime(DATE '2024-01-01', '%Q')", "format '%Q' has a code that is not known");
    check_error(
        "add_days(DATE '2024-01-01', 9223372036854775807)",
        "adding 9223372036854775807 days gives a date out of range",
    );
    check_error(
        "date_add(TIMESTAMP '2024-01-01', INTERVAL '300000 years')",
        "adding interval '300000 years' gives a value out of range",
    );
}

#[test]
fn values_of_narrow_forms_are_read() {
    let context = Context::unlimited();
    let column = Vector::all_valid(Values::I8(vec![-5, 100, 0].into()));
    for data_type in [DataType::TinyInt, DataType::BigInt] {
        let call = Invocation {
            arguments: &[ArgumentValue::Column(&column)],
            argument_types: std::slice::from_ref(&data_type),
            result_type: &DataType::Varchar,
            rows: 3,
            guard: None,
            context: &context,
        };
        let mut out = Vector::empty(DataType::Varchar.form());
        (super::cast::find(&data_type, &DataType::Varchar).expect("a cast").cast.0)(&call, &mut out).expect("no error");
        let texts: Vec<&str> = (0..3).map(|row| out.text().get_str(row)).collect();
        assert_eq!(texts, ["-5", "100", "0"]);
    }
    let seconds = Vector::all_valid(Values::I32(vec![86_400].into()));
    let mut text = String::new();
    crate::format::write_text(&seconds, 0, &DataType::Timestamp(TimeUnit::Second), &mut text);
    assert_eq!(text, "1970-01-02 00:00:00");
}

#[test]
fn case_and_coalesce_choose_by_row() {
    let context = Context::unlimited();
    let mut condition = Vector::empty(DataType::Boolean.form());
    let mut texts = Vector::empty(DataType::Varchar.form());
    for (truth, text) in [
        (Value::Boolean(true), Value::text("a text that is longer than a view")),
        (Value::Boolean(false), Value::Null),
        (Value::Null, Value::text("c")),
    ] {
        condition.push(&truth);
        texts.push(&text);
    }
    let otherwise = Value::text("else");
    let run = |function: VectorFunction, arguments: &[ArgumentValue<'_>], types: &[DataType]| {
        let mut out = Vector::empty(DataType::Varchar.form());
        let call = Invocation {
            arguments,
            argument_types: types,
            result_type: &DataType::Varchar,
            rows: 3,
            guard: None,
            context: &context,
        };
        (function.0)(&call, &mut out).expect("no error");
        (0..3).map(|row| value_text(&out.value(row, &DataType::Varchar), &DataType::Varchar)).collect::<Vec<_>>()
    };
    let (condition, texts, otherwise) =
        (ArgumentValue::Column(&condition), ArgumentValue::Column(&texts), ArgumentValue::Constant(&otherwise));
    let types = [DataType::Boolean, DataType::Varchar, DataType::Varchar];
    let long = "a text that is longer than a view";
    assert_eq!(run(CASE, &[condition, texts, otherwise], &types), [long, "else", "else"]);
    assert_eq!(run(CASE, &[condition, texts], &types[..2]), [long, "NULL", "NULL"]);
    assert_eq!(run(COALESCE, &[texts, otherwise], &types[1..]), [long, "else", "c"]);
}
