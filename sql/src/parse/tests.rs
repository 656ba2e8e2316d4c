//! Texts and what the parser says of them.

use std::time::{Duration, Instant};

use rowmill_vm::{Error, ErrorKind};

use super::parse;
use crate::limits::{LOGIC_MAX, NESTING_MAX, OPERATORS_MAX, SET_OPERATIONS_MAX, STATEMENT_BYTES_MAX, TOKENS_MAX};

/// Kind, message, the text at the place, and the hint.
fn describe(text: &str, error: &Error) -> String {
    let place = error.span().map_or("nowhere", |span| &text[span.start as usize..span.end as usize]);
    let hint = error.hint().map_or(String::new(), |hint| format!(" ({hint})"));
    format!("{}: {} at [{place}]{hint}", error.kind().name(), error.message())
}

#[test]
fn statements_as_the_grammar_reads_them() {
    for (text, expected) in [
        ("select 1_000, 1.5e3, .5 ;;", "SELECT 1000, 1.5e3, .5"),
        ("select 'it''s', N'x', E'a\\n\\u00e9', $$it's$$", "SELECT 'it''s', 'x', 'a\né', 'it''s'"),
        ("select 'a'\n  'b' as ab", "SELECT 'ab' AS ab"),
        ("select a//b, a^2^3 || 'x'", "SELECT a // b, a ^ 2 ^ 3 || 'x'"),
        ("select ?, ?, ?1, $5, ?", "SELECT ?1, ?2, ?1, $5, ?6"),
        ("select a, b, from t", "SELECT a, b FROM t"),
        ("from 'x.csv'", "FROM 'x.csv'"),
        ("explain query plan select \"A\"\"b\" from t", "EXPLAIN QUERY PLAN SELECT \"A\"\"b\" FROM t"),
        ("select x::int, cast(y as decimal(10, 2)) from t -- end", "SELECT x::INT, CAST(y AS DECIMAL(10,2)) FROM t"),
    ] {
        match parse(text) {
            Ok(statement) => assert_eq!(statement.to_string(), expected, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

#[test]
fn errors_in_the_users_terms() {
    for (text, expected) in [
        ("", "syntax: the statement is empty at [nowhere]"),
        ("selct a from t", "syntax: unexpected \"selct\" at [selct] (did you mean SELECT?)"),
        ("select a form t", "syntax: unexpected \"form\" at [form] (did you mean FROM?)"),
        ("select a from t whre a > 1", "syntax: unexpected \"whre\" at [whre] (did you mean WHERE?)"),
        ("select a from t gruop by a", "syntax: unexpected \"gruop\" at [gruop] (did you mean GROUP?)"),
        ("select a from t oder by a", "syntax: unexpected \"oder\" at [oder] (did you mean ORDER?)"),
        ("select a from t where", "syntax: expected an expression, found the end of the statement at [e]"),
        ("select a from t where )", "syntax: expected an expression, found \")\" at [)]"),
        ("select (1 + 2", "syntax: expected ), found the end of the statement at [2]"),
        ("select 1; select 2", "syntax: expected end of statement, found \";\" at [;]"),
        ("foo", "syntax: expected a statement, found \"foo\" at [foo]"),
        ("explain select from where", "syntax: expected an expression, found \"from\" at [from]"),
        ("select 'open", "syntax: unterminated string: ' is missing at [']"),
        ("select 1 /* open", "syntax: unterminated comment: */ is missing at [/*]"),
        ("select 12ab", "syntax: \"12ab\" is neither a number nor a name at [12ab]"),
        ("select `a`", "syntax: unexpected character \"`\" at [`] (put names in double quotes: \"name\")"),
        ("select E'\\uZZ'", "syntax: invalid escape \\u in a string at [E'\\uZZ']"),
        ("select ?0", "limit: parameter ?0 is not between 1 and 65535 at [?0]"),
    ] {
        match parse(text) {
            Ok(statement) => panic!("{text}: {statement}"),
            Err(error) => assert_eq!(describe(text, &error), expected, "{text}"),
        }
    }
}

/// `repeat` copies of `open`, then `middle`, then as many of `close`.
fn nested(open: &str, middle: &str, close: &str, repeat: usize) -> String {
    format!("select {}{middle}{}", open.repeat(repeat), close.repeat(repeat))
}

#[test]
fn limits_and_one_beyond() {
    let limited = |text: &str| matches!(parse(text), Err(error) if error.kind() == ErrorKind::Limit);
    for (offset, refused) in [(-1, false), (0, false), (1, true)] {
        let length = |max: usize| max.checked_add_signed(offset).expect("limits are small");
        let text = format!("select '{}'", "x".repeat(length(STATEMENT_BYTES_MAX) - 9));
        assert_eq!(limited(&text), refused, "length {offset}");
        let tokens = super::tokens::tokenize(&"1 ".repeat(length(TOKENS_MAX)));
        assert_eq!(tokens.is_err_and(|error| error.kind() == ErrorKind::Limit), refused, "tokens {offset}");
        assert_eq!(limited(&nested("(", "1", ")", length(NESTING_MAX))), refused, "nesting {offset}");
        assert_eq!(limited(&nested("case when ", "true", " then 1 end", length(NESTING_MAX))), refused);
        assert_eq!(limited(&nested("", "1", "+1", length(OPERATORS_MAX))), refused, "sum {offset}");
        assert_eq!(limited(&nested("not ", "a", "", length(OPERATORS_MAX))), refused, "not {offset}");
        assert_eq!(limited(&nested("", "a = 1", " or a = 1", length(LOGIC_MAX))), refused, "or {offset}");
        let union = length(SET_OPERATIONS_MAX);
        assert_eq!(limited(&nested("", "1", " union select 1", union)), refused, "union {offset}");
    }
}

/// Every shape that nests, 100,000 deep: refused at once, on a small stack.
#[test]
fn deep_nesting_is_refused_quickly() {
    const SHAPES: &[(&str, &str, &str)] = &[
        ("(", "1", ")"),
        ("(select ", "1", ")"),
        ("1 in (", "1", ")"),
        ("exists (select ", "1", ")"),
        ("a from (select ", "1", ")"),
        ("a from (", "t", ")"),
        ("a from t join (", "t", ")"),
        ("case when ", "1", " then 1 end"),
        ("case ", "1", " when 1 then 1 end"),
        ("not ", "1", ""),
        ("- ", "1", ""),
        ("+ ", "1", ""),
        ("~ ", "1", ""),
        ("", "1", "+1"),
        ("", "1", "||1"),
        ("", "1", " and 1"),
        ("", "1", " or 1"),
        ("", "1", "::int"),
        ("", "1", " is null"),
        ("", "a", "[1]"),
        ("[", "1", "]"),
        ("{'a': ", "1", "}"),
        ("", "1", " union select 1"),
        ("", "1", " collate x"),
        ("", "1", " between 1 and 1"),
        ("cast(", "1", " as int)"),
        ("f(", "1", ")"),
        ("interval ", "'1'", ""),
        ("x -> ", "1", ""),
        ("1 = any (", "1", ")"),
        ("", "1", " at time zone 'x'"),
        ("cast(1 as ", "int", "[])"),
        ("cast(1 as struct(a ", "int", "))"),
    ];
    let check = || {
        for (open, middle, close) in SHAPES {
            for prefix in ["", "explain "] {
                let text = format!("{prefix}{}", nested(open, middle, close, 100_000));
                let started = Instant::now();
                let error = parse(&text).expect_err("it is too deep");
                let elapsed = started.elapsed();
                assert_eq!(error.kind(), ErrorKind::Limit, "{open}{middle}{close}: {error}");
                assert!(elapsed < Duration::from_millis(100), "{open}{middle}{close} took {elapsed:?}");
            }
        }
        for statement in ["explain ", "with a as (", "prepare a as ", "begin ", "if 1 then "] {
            assert!(parse(&statement.repeat(100_000)).is_err(), "{statement}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(check).expect("a thread starts");
    thread.join().expect("no shape overflows the stack");
}

/// What is just within the limits parses in bounded time on a default thread's stack, and its tree is dropped there.
#[test]
fn shapes_within_the_limits() {
    let shapes = [
        ("(", "1", ")", NESTING_MAX),
        ("(select ", "1", ")", NESTING_MAX),
        ("1 in (select ", "1", ")", NESTING_MAX),
        ("a from (select ", "1", ")", NESTING_MAX),
        ("a from (", "t", ")", NESTING_MAX),
        ("a from (", "t join t using (x)", ")", NESTING_MAX - 1),
        ("case when ", "1", " then 1 end", NESTING_MAX),
        ("case ", "1", " when 1 then 1 end", NESTING_MAX),
        ("f(", "1", ")", NESTING_MAX),
        ("cast(", "1", " as int)", NESTING_MAX),
        ("- ", "1", "", OPERATORS_MAX),
        ("not ", "1", "", OPERATORS_MAX),
        ("", "1", "+1", OPERATORS_MAX),
        ("", "1", "::int", OPERATORS_MAX),
        ("", "a", " or a", LOGIC_MAX),
        ("", "1", " union select 1", SET_OPERATIONS_MAX),
    ];
    let check = move || {
        for (open, middle, close, depth) in shapes {
            let text = nested(open, middle, close, depth);
            let started = Instant::now();
            let parsed = parse(&text);
            assert!(started.elapsed() < Duration::from_millis(500), "{open}{middle}{close}: {:?}", started.elapsed());
            assert!(!matches!(parsed, Err(error) if error.kind() == ErrorKind::Limit), "{open}{middle}{close}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(check).expect("a thread starts");
    thread.join().expect("no shape overflows the stack");
}
