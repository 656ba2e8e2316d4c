//! Text into a syntax tree, by the `sqlparser` crate's grammar.
//!
//! The lexer is our own: it knows byte offsets, checks length and depth before anything recurses, and splits texts
//! into statements for the shell. Places in the tree are byte offsets (see [`byte_span`]).

mod depth;
mod dialect;
mod lexer;
mod split;
mod syntax_error;
#[cfg(test)]
mod tests;
mod tokens;

use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::Statement;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan};

pub use split::{is_complete, split};
/// A statement as the grammar gives it.
pub use sqlparser::ast::Statement as Ast;
pub use tokens::ParameterName;
pub(crate) use tokens::{byte_span, depth};

use crate::limits::{NESTING_MAX, OPERATORS_MAX, STATEMENT_BYTES_MAX};
use dialect::RowmillDialect;

/// How often the grammar may call itself: chains nest to the right at most [`OPERATORS_MAX`] times, and a bracket takes
/// up to four calls.
const RECURSION_MAX: usize = OPERATORS_MAX + 4 * NESTING_MAX + 16;

/// Parses a text of exactly one statement; `;` may follow.
pub fn parse(text: &str) -> Result<Statement> {
    parse_named(text).map(|(statement, _)| statement)
}

/// Parses a text of exactly one statement, and gives the names of its parameters by number, if they have names.
pub fn parse_named(text: &str) -> Result<(Statement, Vec<ParameterName>)> {
    if text.len() > STATEMENT_BYTES_MAX {
        let message = format!("the statement has {} bytes; the limit is {STATEMENT_BYTES_MAX}", text.len());
        return Err(Error::limit(message).at(span_at(STATEMENT_BYTES_MAX, STATEMENT_BYTES_MAX + 1)));
    }
    let (mut tokens, names) = tokens::tokenize(text)?;
    while tokens.last().is_some_and(|token| token.token == Token::SemiColon) {
        tokens.pop();
    }
    if tokens.is_empty() {
        return Err(Error::syntax("the statement is empty"));
    }
    let statement = attempt(tokens).map_err(|error| match error {
        ParserError::RecursionLimitExceeded => Error::limit("the statement is nested too deeply"),
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
            syntax_error::translate(text, &message)
        }
    })?;
    Ok((statement, names))
}

/// Runs the grammar over all tokens.
fn attempt(tokens: Vec<TokenWithSpan>) -> std::result::Result<Statement, ParserError> {
    let dialect = RowmillDialect::default();
    let mut parser = Parser::new(&dialect).with_recursion_limit(RECURSION_MAX).with_tokens_with_locations(tokens);
    let statement = parser.parse_statement()?;
    match parser.peek_token_ref() {
        TokenWithSpan { token: Token::EOF, .. } => Ok(statement),
        found => parser.expected_ref("end of statement", found),
    }
}

/// The place of a byte offset that an error of the grammar names.
fn span_at(start: usize, end: usize) -> Span {
    Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}
