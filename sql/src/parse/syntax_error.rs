//! The grammar's errors in the user's terms: what was expected, what stands there, where, and whether it is only a
//! misspelled keyword.

use rowmill_vm::Error;
use sqlparser::keywords::Keyword;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{attempt, span_at, tokens};
use crate::suggest;

/// Keywords that are tried in place of a misspelled one.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "LEFT",
    "RIGHT",
    "INNER",
    "OUTER",
    "CROSS",
    "NATURAL",
    "USING",
    "ON",
    "AS",
    "UNION",
    "ALL",
    "INTERSECT",
    "EXCEPT",
    "DISTINCT",
    "VALUES",
    "INSERT",
    "INTO",
    "UPDATE",
    "DELETE",
    "SET",
    "RESET",
    "CREATE",
    "TABLE",
    "DROP",
    "WITH",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "EXISTS",
    "ASC",
    "DESC",
    "NULLS",
    "FIRST",
    "LAST",
    "EXPLAIN",
    "QUERY",
    "PLAN",
    "CAST",
    "INTERVAL",
    "PRIMARY",
    "KEY",
    "REPLACE",
    "IF",
    "FILTER",
    "ESCAPE",
    "DATE",
    "TIMESTAMP",
];

/// Tokens before the one at fault that may be the misspelled one: `SELECT a FORM t` fails at `t`.
const LOOK_BACK: usize = 3;

/// Statements of more tokens are not parsed again to find a misspelled keyword.
const TOKENS_FOR_SUGGESTIONS: usize = 10_000;

/// Translates a message of the grammar about `text`.
pub(super) fn translate(text: &str, message: &str) -> Error {
    let (message, at) = split_place(message);
    // The text has been tokenized before, so this cannot fail; an empty list only costs the suggestion.
    let (tokens, _) = tokens::tokenize(text).unwrap_or_default();
    let mut fault = at.and_then(|byte| tokens.iter().position(|token| start(token) >= byte)).unwrap_or(tokens.len());
    // Some messages name a token and give the place of the one behind it.
    let is_named = |at: usize| {
        let written = tokens.get(at).map(|token| &text[start(token)..end(token)]);
        written
            .is_some_and(|written| message.rsplit(", found: ").next().is_some_and(|f| f.eq_ignore_ascii_case(written)))
    };
    if fault > 0 && !is_named(fault) && is_named(fault - 1) {
        fault -= 1;
    }
    if let Some(error) = misspelled(text, &tokens, fault) {
        return error;
    }
    if let Some(error) = unknown_join(text, &tokens, fault) {
        return error;
    }
    let found = match tokens.get(fault) {
        Some(token) => format!("\"{}\"", shorten(&text[start(token)..end(token)])),
        None => "the end of the statement".to_string(),
    };
    let place = match tokens.get(fault) {
        Some(token) => span_at(start(token), end(token)),
        None => tokens.last().map_or(span_at(0, text.len()), |last| span_at(end(last) - 1, end(last))),
    };
    let message = match expectation(message) {
        Some(expected) => format!("expected {expected}, found {found}"),
        None => lower_first(message),
    };
    Error::syntax(message).at(place)
}

/// Cuts ` at Line: 1, Column: 9` off a message; the column is a byte offset plus 1.
fn split_place(message: &str) -> (&str, Option<usize>) {
    match message.rsplit_once(" at Line: ") {
        Some((message, place)) => {
            let column = place.rsplit_once("Column: ").and_then(|(_, column)| column.trim().parse::<usize>().ok());
            (message, column.map(|column| column.saturating_sub(1)))
        }
        None => (message, None),
    }
}

/// The part between `Expected: ` and `, found: `.
fn expectation(message: &str) -> Option<&str> {
    let expected = message.strip_prefix("Expected")?.trim_start_matches([':', ' ']).rsplit_once(", found: ")?.0;
    Some(match expected {
        "an SQL statement" => "a statement",
        "identifier" => "a name",
        other => other,
    })
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_string(),
    }
}

/// If the fault is about a kind of join that the grammar does not know as we write it.
fn unknown_join(text: &str, tokens: &[TokenWithSpan], fault: usize) -> Option<Error> {
    let written = |at: usize| tokens.get(at).map_or("", |token| &text[start(token)..end(token)]);
    for (at, token) in tokens.iter().enumerate().take(fault.saturating_add(1)) {
        let kind = written(at);
        let is_kind = kind.eq_ignore_ascii_case("asof") || kind.eq_ignore_ascii_case("positional");
        if is_kind && written(at + 1).eq_ignore_ascii_case("join") {
            let message = format!("{} JOIN is not supported yet", kind.to_uppercase());
            return Some(Error::unsupported(message).at(span_at(start(token), end(token))));
        }
    }
    None
}

/// If one word at or before the fault, read as a keyword that is spelled much like it, lets the grammar go further.
fn misspelled(text: &str, tokens: &[TokenWithSpan], fault: usize) -> Option<Error> {
    if tokens.len() > TOKENS_FOR_SUGGESTIONS {
        return None;
    }
    for at in (fault.saturating_sub(LOOK_BACK)..=fault).rev() {
        let Some(TokenWithSpan { token: Token::Word(word), .. }) = tokens.get(at) else { continue };
        if word.quote_style.is_some() || word.keyword != Keyword::NoKeyword {
            continue;
        }
        let Some(keyword) = suggest::nearest(&word.value, KEYWORDS.iter().copied()) else { continue };
        let mut corrected = tokens.to_vec();
        corrected[at].token = Token::make_keyword(keyword);
        let further = match attempt(corrected) {
            Ok(_) => true,
            Err(ParserError::ParserError(message)) => {
                let fault_byte = tokens.get(fault).map_or(usize::MAX, start);
                split_place(&message).1.is_none_or(|byte| byte > fault_byte)
            }
            Err(ParserError::TokenizerError(_) | ParserError::RecursionLimitExceeded) => false,
        };
        if further {
            let token = &tokens[at];
            let message = format!("unexpected \"{}\"", &text[start(token)..end(token)]);
            return Some(
                Error::syntax(message)
                    .at(span_at(start(token), end(token)))
                    .with_hint(format!("did you mean {keyword}?")),
            );
        }
    }
    None
}

fn start(token: &TokenWithSpan) -> usize {
    usize::try_from(token.span.start.column).unwrap_or(usize::MAX).saturating_sub(1)
}

fn end(token: &TokenWithSpan) -> usize {
    usize::try_from(token.span.end.column).unwrap_or(usize::MAX).saturating_sub(1)
}
