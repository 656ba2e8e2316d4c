//! Text into lexemes: where each token begins and ends, and what it is. Nothing is allocated, nothing fails; what
//! cannot be a token is a lexeme that says so.
//!
//! The rules are PostgreSQL's: `'it''s'`, `E'\n'`, `X'ff'`, `$tag$…$tag$`, `"quoted name"`, nested `/* */`.

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in double quotes.
    QuotedWord,
    /// A number.
    Number,
    /// A number that runs into a word: `1abc`.
    BadNumber,
    /// `'…'` or `N'…'`
    String,
    /// `E'…'`
    EscapeString,
    /// `X'…'`
    HexString,
    /// `$tag$…$tag$`
    DollarString,
    /// `?`, `?1`, `$1`, `$name`, `:name`
    Parameter,
    /// Punctuation and operators.
    Symbol,
    /// A quote or comment without an end; it takes the rest of the text.
    Unterminated(Opened),
    /// A character that begins nothing.
    Unknown,
}

/// What was opened and not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// `'`
    String,
    /// `"`
    Name,
    /// `$tag$`
    DollarString,
    /// `/*`
    Comment,
}

/// A token's place and kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    /// What it is.
    pub(super) kind: Kind,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

/// Goes through a text lexeme by lexeme. White space and comments are between lexemes.
pub(super) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

/// Symbols of more than one character, longer ones first.
const SYMBOLS: &[&str] = &[
    "!~~*", "->>", "~~*", "!~~", "!~*", "::", ":=", "<=", ">=", "<>", "!=", "==", "=>", "->", "||", "//", "**", "<<",
    ">>", "~~", "~*", "!~", "^@", "&&", "@>", "<@",
];

impl<'a> Lexer<'a> {
    /// Starts at the beginning of `text`.
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, bytes: text.as_bytes(), at: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Goes past white space and comments; if a comment has no end, says where it began.
    fn skip_space(&mut self) -> Result<(), usize> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'-' if self.peek(1) == b'-' => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
                }
                b'/' if self.peek(1) == b'*' => {
                    let start = self.at;
                    if !self.skip_comment() {
                        return Err(start);
                    }
                }
                0x80.. => match self.text[self.at..].chars().next() {
                    Some(c) if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    /// Goes past a comment with those inside it; whether it ended.
    fn skip_comment(&mut self) -> bool {
        let mut depth = 0_u32;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth = depth.saturating_add(1);
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return true;
                    }
                }
                _ => self.at += 1,
            }
        }
        false
    }

    /// Goes past a quoted stretch that begins here; a doubled quote stands for itself. Whether it ended.
    fn skip_quoted(&mut self, quote: u8, backslash: Backslash) -> bool {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' if backslash == Backslash::Escapes => self.at += 2,
                byte if byte == quote && self.peek(1) == quote => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return true;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        false
    }

    fn skip_word(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            if !is_word_part(c) {
                break;
            }
            self.at += c.len_utf8();
        }
    }

    fn string(&mut self, kind: Kind, backslash: Backslash) -> Kind {
        if self.skip_quoted(b'\'', backslash) { kind } else { Kind::Unterminated(Opened::String) }
    }

    /// `$1`, `$name`, `$$text$$`, `$tag$text$tag$`.
    fn dollar(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            return Kind::Parameter;
        }
        while let Some(c) = self.text[self.at..].chars().next() {
            if c == '$' || !is_word_part(c) {
                break;
            }
            self.at += c.len_utf8();
        }
        if self.peek(0) != b'$' {
            return if self.at == start + 1 { Kind::Unknown } else { Kind::Parameter };
        }
        self.at += 1;
        let tag = &self.text[start..self.at];
        match self.text[self.at..].find(tag) {
            Some(length) => {
                self.at += length + tag.len();
                Kind::DollarString
            }
            None => {
                self.at = self.bytes.len();
                Kind::Unterminated(Opened::DollarString)
            }
        }
    }

    fn skip_digits(&mut self) {
        while self.peek(0).is_ascii_digit() || (self.peek(0) == b'_' && self.peek(1).is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Kind {
        self.skip_digits();
        if self.peek(0) == b'.' {
            self.at += 1;
            self.skip_digits();
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.skip_digits();
            }
        }
        match self.text[self.at..].chars().next() {
            Some(c) if is_word_part(c) => {
                self.skip_word();
                Kind::BadNumber
            }
            _ => Kind::Number,
        }
    }

    fn symbol(&mut self) -> Kind {
        let rest = &self.bytes[self.at..];
        if b"=>:-|/*<~@&".contains(&self.peek(1))
            && let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(symbol.as_bytes()))
        {
            self.at += symbol.len();
            return Kind::Symbol;
        }
        let c = self.text[self.at..].chars().next().unwrap_or('\0');
        self.at += c.len_utf8().max(1);
        if "()[]{},;.+-*/%=<>|&^~#:@!".contains(c) { Kind::Symbol } else { Kind::Unknown }
    }

    /// Whether what may be an operand, or a colon, ends right here.
    fn follows_operand(&self) -> bool {
        let before = self.text[..self.at].chars().next_back();
        before.is_some_and(|c| is_word_part(c) || matches!(c, '\'' | '"' | ')' | ']' | '}' | ':'))
    }

    fn kind(&mut self) -> Kind {
        match (self.peek(0), self.peek(1)) {
            (b'\'', _) => self.string(Kind::String, Backslash::Plain),
            (b'n' | b'N', b'\'') => {
                self.at += 1;
                self.string(Kind::String, Backslash::Plain)
            }
            (b'e' | b'E', b'\'') => {
                self.at += 1;
                self.string(Kind::EscapeString, Backslash::Escapes)
            }
            (b'x' | b'X', b'\'') => {
                self.at += 1;
                self.string(Kind::HexString, Backslash::Plain)
            }
            (b'"', _) if self.skip_quoted(b'"', Backslash::Plain) => Kind::QuotedWord,
            (b'"', _) => Kind::Unterminated(Opened::Name),
            (b'$', _) => self.dollar(),
            (b'?', _) => {
                self.at += 1;
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                Kind::Parameter
            }
            // `x:1` is an alias and `a[1:n]` a slice: a parameter has nothing directly before it.
            (b':', b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..) if !self.follows_operand() => {
                self.at += 1;
                self.skip_word();
                Kind::Parameter
            }
            (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => self.number(),
            (b'a'..=b'z' | b'A'..=b'Z' | b'_', _) => {
                self.skip_word();
                Kind::Word
            }
            (0x80.., _) if self.text[self.at..].starts_with(char::is_alphabetic) => {
                self.skip_word();
                Kind::Word
            }
            _ => self.symbol(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    Plain,
    Escapes,
}

fn is_word_part(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        if let Err(start) = self.skip_space() {
            let kind = Kind::Unterminated(Opened::Comment);
            return Some(Lexeme { kind, start, end: self.at });
        }
        if self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        let kind = self.kind();
        // An escape at the very end of the text may step over it.
        self.at = self.at.min(self.bytes.len());
        Some(Lexeme { kind, start, end: self.at })
    }
}
