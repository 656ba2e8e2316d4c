//! Lexemes into the grammar's tokens, with what the grammar lacks put right on the way: parameters get their
//! numbers, adjacent strings are joined, escapes are resolved, and depth is checked before anything recurses.

use rowmill_vm::{Error, Result, Span};
use sqlparser::tokenizer::{Location, Span as TokenSpan, Token, TokenWithSpan};

use super::depth::Depth;
use super::lexer::{Kind, Lexeme, Lexer, Opened};
use crate::limits::TOKENS_MAX;

/// The tokens of a statement. A token's location is line 1 and, as its column, the byte offset plus 1: so that
/// places in the tree are byte offsets without a table of lines.
pub(super) fn tokenize(text: &str) -> Result<(Vec<TokenWithSpan>, Vec<ParameterName>)> {
    tokenize_with(text, &mut Depth::default())
}

/// How deep the tree of a statement is at most, in brackets and operators.
pub(crate) fn depth(text: &str) -> Result<usize> {
    let mut depth = Depth::default();
    tokenize_with(text, &mut depth)?;
    Ok(depth.deepest())
}

fn tokenize_with(text: &str, depth: &mut Depth) -> Result<(Vec<TokenWithSpan>, Vec<ParameterName>)> {
    let mut tokens: Vec<TokenWithSpan> = Vec::with_capacity(text.len() / 5 + 8);
    let mut parameters = Parameters::default();
    let mut last_end = 0;
    for lexeme in Lexer::new(text) {
        let place = span(&lexeme);
        let token = token(text, &lexeme, &mut parameters)?;
        depth.check(&token).map_err(|error| error.at(place))?;
        if tokens.len() >= TOKENS_MAX {
            return Err(Error::limit(format!("the statement has more than {TOKENS_MAX} tokens")).at(place));
        }
        let continues = lexeme.kind == Kind::String && text[last_end..lexeme.start].contains(['\n', '\r']);
        last_end = lexeme.end;
        match (token, tokens.last_mut()) {
            (
                Token::SingleQuotedString(more),
                Some(TokenWithSpan { token: Token::SingleQuotedString(string), span }),
            ) if continues => {
                string.push_str(&more);
                span.end = location(lexeme.end);
            }
            (token, _) => {
                tokens.push(TokenWithSpan::at(token, location(lexeme.start), location(lexeme.end)));
            }
        }
    }
    Ok((tokens, parameters.names))
}

/// A parameter that has a name, `$name` or `:name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterName {
    /// The name, as it is first written.
    pub name: String,
    /// Where that is.
    pub span: Span,
}

/// The parameters of a statement so far.
#[derive(Default)]
struct Parameters {
    /// The highest number.
    highest: u32,
    /// Names, by number.
    names: Vec<ParameterName>,
}

/// The bytes that a stretch of the tree stands for.
pub(crate) fn byte_span(span: TokenSpan) -> Span {
    let byte = |location: Location| u32::try_from(location.column.saturating_sub(1)).unwrap_or(u32::MAX);
    if span.end.line == 0 { Span::NONE } else { Span::new(byte(span.start), byte(span.end)) }
}

fn location(byte: usize) -> Location {
    Location::new(1, byte as u64 + 1)
}

/// A lexeme's place. Statements are shorter than 4 GiB, by [`crate::limits::STATEMENT_BYTES_MAX`].
fn span(lexeme: &Lexeme) -> Span {
    let byte = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(byte(lexeme.start), byte(lexeme.end))
}

fn token(text: &str, lexeme: &Lexeme, parameters: &mut Parameters) -> Result<Token> {
    let written = &text[lexeme.start..lexeme.end];
    let place = span(lexeme);
    Ok(match lexeme.kind {
        Kind::Word => Token::make_word(written, None),
        Kind::QuotedWord if written.len() == 2 => {
            return Err(Error::syntax("a name in double quotes is empty").at(place));
        }
        Kind::QuotedWord => Token::make_word(&undouble(written, '"'), Some('"')),
        Kind::Number => Token::Number(without_underscores(written), false),
        Kind::BadNumber => {
            return Err(Error::syntax(format!("\"{written}\" is neither a number nor a name")).at(place));
        }
        Kind::String => Token::SingleQuotedString(undouble(written, '\'')),
        Kind::EscapeString => Token::SingleQuotedString(unescape(written).map_err(|error| error.at(place))?),
        Kind::HexString => Token::HexStringLiteral(undouble(written, '\'')),
        Kind::DollarString => {
            let tag = written[1..].find('$').map_or(written.len() / 2, |at| at + 2);
            Token::SingleQuotedString(written[tag..written.len() - tag].to_string())
        }
        Kind::Parameter => Token::Placeholder(parameter(written, place, parameters).map_err(|error| error.at(place))?),
        Kind::Symbol => return symbol(written).ok_or_else(|| unexpected(written, place)),
        Kind::Unknown => return Err(unexpected(written, place)),
        Kind::Unterminated(opened) => return Err(unterminated(opened, place)),
    })
}

fn unexpected(written: &str, place: Span) -> Error {
    let error = Error::syntax(format!("unexpected character {written:?}")).at(place);
    if written == "`" { error.with_hint("put names in double quotes: \"name\"") } else { error }
}

fn unterminated(opened: Opened, place: Span) -> Error {
    let (what, missing, width) = match opened {
        Opened::String => ("string", "'", 1),
        Opened::Name => ("quoted name", "\"", 1),
        Opened::DollarString => ("dollar-quoted string", "its closing tag", 2),
        Opened::Comment => ("comment", "*/", 2),
    };
    Error::syntax(format!("unterminated {what}: {missing} is missing"))
        .at(Span::new(place.start, place.start.saturating_add(width).min(place.end)))
}

/// The inside of a quoted stretch, doubled quotes made single.
fn undouble(written: &str, quote: char) -> String {
    let start = written.find(quote).map_or(0, |at| at + 1);
    let inside = &written[start..written.len() - 1];
    let mut result = String::with_capacity(inside.len());
    let mut after_quote = false;
    for c in inside.chars() {
        after_quote = c == quote && !after_quote;
        if !after_quote {
            result.push(c);
        }
    }
    result
}

fn without_underscores(written: &str) -> String {
    if written.contains('_') { written.replace('_', "") } else { written.to_string() }
}

/// The value of `E'…'`.
fn unescape(written: &str) -> Result<String> {
    let mut result = String::with_capacity(written.len());
    let mut chars = written[2..written.len() - 1].chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            chars.next();
        }
        if c != '\\' {
            result.push(c);
            continue;
        }
        let escaped = chars.next().unwrap_or('\\');
        let (digits, radix) = match escaped {
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='7' => (3, 8),
            _ => (0, 10),
        };
        if digits == 0 {
            result.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            });
            continue;
        }
        let mut code = if radix == 8 { escaped.to_digit(8).unwrap_or(0) } else { 0 };
        let mut read = usize::from(radix == 8);
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)).filter(|_| read < digits) {
            code = code.wrapping_mul(radix).wrapping_add(digit);
            read += 1;
            chars.next();
        }
        let character = char::from_u32(code).filter(|c| *c != '\0' && read > 0);
        result.push(character.ok_or_else(|| Error::syntax(format!("invalid escape \\{escaped} in a string")))?);
    }
    Ok(result)
}

/// `?` is given the number after the highest so far, so that the order in which the tree is bound does not matter;
/// a name the number of its first place.
fn parameter(written: &str, place: Span, parameters: &mut Parameters) -> Result<String> {
    let rest = &written[1..];
    let numbered = rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit());
    if parameters.highest > 0 && numbered != parameters.names.is_empty() {
        return Err(Error::syntax("a statement's parameters have either names or numbers, not both"));
    }
    let number = if rest.is_empty() {
        parameters.highest.saturating_add(1)
    } else if numbered {
        let number: Option<u16> = rest.parse().ok().filter(|number| *number > 0);
        let limit = || Error::limit(format!("parameter {written} is not between 1 and {}", u16::MAX));
        number.ok_or_else(limit)?.into()
    } else {
        let known = parameters.names.iter().position(|known| known.name.eq_ignore_ascii_case(rest));
        let place = known.unwrap_or_else(|| {
            parameters.names.push(ParameterName { name: rest.to_owned(), span: place });
            parameters.names.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1)
    };
    parameters.highest = parameters.highest.max(number);
    Ok(if numbered && !rest.is_empty() { written.to_owned() } else { format!("?{number}") })
}

fn symbol(written: &str) -> Option<Token> {
    Some(match written {
        "(" => Token::LParen,
        ")" => Token::RParen,
        "[" => Token::LBracket,
        "]" => Token::RBracket,
        "{" => Token::LBrace,
        "}" => Token::RBrace,
        "," => Token::Comma,
        ";" => Token::SemiColon,
        "." => Token::Period,
        ":" => Token::Colon,
        "::" => Token::DoubleColon,
        ":=" => Token::Assignment,
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "//" => Token::DuckIntDiv,
        "%" => Token::Mod,
        "=" => Token::Eq,
        "==" => Token::DoubleEq,
        "<>" | "!=" => Token::Neq,
        "<" => Token::Lt,
        ">" => Token::Gt,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "=>" => Token::RArrow,
        "||" => Token::StringConcat,
        "|" => Token::Pipe,
        "&" => Token::Ampersand,
        "&&" => Token::Overlap,
        "^" | "**" => Token::Caret,
        "^@" => Token::CaretAt,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        "~" => Token::Tilde,
        "~*" => Token::TildeAsterisk,
        "!~" => Token::ExclamationMarkTilde,
        "!~*" => Token::ExclamationMarkTildeAsterisk,
        "~~" => Token::DoubleTilde,
        "~~*" => Token::DoubleTildeAsterisk,
        "!~~" => Token::ExclamationMarkDoubleTilde,
        "!~~*" => Token::ExclamationMarkDoubleTildeAsterisk,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "@>" => Token::AtArrow,
        "<@" => Token::ArrowAt,
        "@" => Token::AtSign,
        "#" => Token::Sharp,
        _ => return None,
    })
}
