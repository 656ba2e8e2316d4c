//! What of the grammar is allowed: PostgreSQL's, with DuckDB's conveniences.

use std::any::TypeId;
use std::cell::Cell;

use sqlparser::ast::{AnalyzeFormatKind, BinaryOperator, DescribeAlias, Expr, Statement, UtilityOption};
use sqlparser::dialect::{Dialect, DuckDbDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Rowmill's dialect, for one text.
#[derive(Debug, Default)]
pub(super) struct RowmillDialect {
    /// Statements begun so far. The grammar has statements inside statements, without any bracket, and recurses
    /// through them without a look at the stack.
    statements: Cell<usize>,
}

/// Statements inside one another (EXPLAIN …), and those tried in vain.
const STATEMENTS_MAX: usize = 8;

/// Binds tighter than `*` and looser than AT TIME ZONE.
const POWER_PRECEDENCE: u8 = 41;

impl Dialect for RowmillDialect {
    /// Where the grammar asks for a dialect by name, DuckDB's is nearest.
    fn dialect(&self) -> TypeId {
        TypeId::of::<DuckDbDialect>()
    }

    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_' || c == '$'
    }

    fn identifier_quote_style(&self, _identifier: &str) -> Option<char> {
        Some('"')
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Period => 100,
            Precedence::DoubleColon => 50,
            Precedence::AtTz => 42,
            Precedence::MulDivModOp => 40,
            Precedence::PlusMinus => 30,
            Precedence::Xor
            | Precedence::Ampersand
            | Precedence::Caret
            | Precedence::Pipe
            | Precedence::Colon
            | Precedence::PgOther => 25,
            Precedence::Between | Precedence::Like => 20,
            Precedence::Eq => 18,
            Precedence::Is => 17,
            Precedence::UnaryNot => 15,
            Precedence::And => 10,
            Precedence::Or => 5,
        }
    }

    /// `||` is an operator like any other of PostgreSQL's; `^` is a power.
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        match parser.peek_token_ref().token {
            Token::StringConcat => Some(Ok(self.prec_value(Precedence::PgOther))),
            Token::Caret => Some(Ok(POWER_PRECEDENCE)),
            _ => None,
        }
    }

    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        if !parser.consume_token(&Token::Caret) {
            return None;
        }
        let right = parser.parse_subexpr(precedence);
        Some(right.map(|right| Expr::BinaryOp {
            left: Box::new(left.clone()),
            op: BinaryOperator::PGExp,
            right: Box::new(right),
        }))
    }

    /// EXPLAIN, so that an error in what is explained is reported there.
    fn parse_statement(&self, parser: &mut Parser) -> Option<Result<Statement, ParserError>> {
        self.statements.set(self.statements.get() + 1);
        if self.statements.get() > STATEMENTS_MAX {
            return Some(Err(ParserError::RecursionLimitExceeded));
        }
        parser.parse_keyword(Keyword::EXPLAIN).then(|| parse_explain(parser))
    }

    fn supports_trailing_commas(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_eq_operator(&self) -> bool {
        true
    }

    fn supports_named_fn_args_with_assignment_operator(&self) -> bool {
        true
    }

    fn supports_dictionary_syntax(&self) -> bool {
        true
    }

    fn support_map_literal_syntax(&self) -> bool {
        true
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn allow_extract_single_quotes(&self) -> bool {
        true
    }

    fn supports_array_typedef_with_brackets(&self) -> bool {
        true
    }

    fn supports_from_first_select(&self) -> bool {
        true
    }

    fn supports_insert_table_alias(&self) -> bool {
        true
    }

    fn supports_order_by_all(&self) -> bool {
        true
    }

    fn supports_select_wildcard_exclude(&self) -> bool {
        true
    }

    fn supports_select_wildcard_replace(&self) -> bool {
        true
    }

    fn supports_select_wildcard_rename(&self) -> bool {
        true
    }

    fn supports_notnull_operator(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn supports_data_type_signed_suffix(&self) -> bool {
        true
    }

    /// POSITIONAL is a kind of join, never an alias without AS.
    fn is_table_factor_alias(&self, explicit: bool, keyword: &Keyword, parser: &mut Parser) -> bool {
        let positional = matches!(
            (parser.get_current_token(), parser.peek_token_ref()),
            (word, next) if is_word(&word.token, "POSITIONAL") && is_word(&next.token, "JOIN")
        );
        explicit || (self.is_table_alias(keyword, parser) && !positional)
    }
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

/// Words with which a query begins: behind the parenthesis of EXPLAIN (…) they make it the query's own.
const QUERY_STARTS: &[&str] = &["SELECT", "WITH", "VALUES", "FROM", "TABLE"];

/// Options in parentheses: words, some with an argument. The grammar's own list ends before a comma and ANALYZE.
fn explain_options(parser: &mut Parser) -> Result<Vec<UtilityOption>, ParserError> {
    let ends = |parser: &Parser| matches!(parser.peek_token_ref().token, Token::Comma | Token::RParen);
    let mut options = Vec::new();
    parser.expect_token(&Token::LParen)?;
    loop {
        let name = parser.parse_identifier()?;
        let arg = if ends(parser) { None } else { Some(parser.parse_expr()?) };
        options.push(UtilityOption { name, arg });
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    Ok(options)
}

/// EXPLAIN [ANALYZE] [VERBOSE] [QUERY PLAN] statement, EXPLAIN (options) statement.
fn parse_explain(parser: &mut Parser) -> Result<Statement, ParserError> {
    let [parenthesis, first] = parser.peek_tokens();
    let is_option = matches!(&first, Token::Word(word) if word.quote_style.is_none())
        && !QUERY_STARTS.iter().any(|start| is_word(&first, start));
    let options = (parenthesis == Token::LParen && is_option).then(|| explain_options(parser)).transpose()?;
    let analyze = parser.parse_keyword(Keyword::ANALYZE);
    let verbose = parser.parse_keyword(Keyword::VERBOSE);
    let query_plan = parser.parse_keywords(&[Keyword::QUERY, Keyword::PLAN]);
    let statement = parser.parse_statement()?;
    Ok(Statement::Explain {
        describe_alias: DescribeAlias::Explain,
        analyze,
        verbose,
        query_plan,
        estimate: false,
        statement: Box::new(statement),
        format: None::<AnalyzeFormatKind>,
        options,
    })
}
