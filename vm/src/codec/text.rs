//! The text form: `{name: value, …}`, `[item, …]`, names bare, texts in double quotes, `x"…"` for bytes. Items of lists
//! near the top stand on lines of their own; white space and what follows `;` on a line do not matter.

use std::fmt::Write;

use super::{CODEC_VERSION, Depth, Sink, Source, malformed};
use crate::error::Result;

/// Lists and fields down to this depth are broken into lines.
const BROKEN_DEPTH: usize = 2;

/// Writes text.
#[derive(Debug)]
pub(crate) struct TextSink {
    text: String,
    depth: usize,
    /// Whether the next item or field is the first.
    first: bool,
}

impl TextSink {
    pub(crate) fn new() -> TextSink {
        TextSink { text: format!("rowmill {CODEC_VERSION} "), depth: 0, first: true }
    }

    pub(crate) fn finish(mut self) -> String {
        self.text.push('\n');
        self.text
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.depth += 1;
        self.first = true;
    }

    fn separate(&mut self) {
        if !self.first {
            self.text.push(',');
        }
        self.first = false;
        self.line(" ");
    }

    /// A new line where there are lines, else `blank` between items.
    fn line(&mut self, blank: &str) {
        if self.depth <= BROKEN_DEPTH {
            let _ = write!(self.text, "\n{:1$}", "", self.depth * 2);
        } else if self.text.ends_with(',') {
            self.text.push_str(blank);
        }
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if !self.first && self.depth < BROKEN_DEPTH {
            let _ = write!(self.text, "\n{:1$}", "", self.depth * 2);
        }
        self.text.push(bracket);
        self.first = false;
    }
}

impl Sink for TextSink {
    fn integer(&mut self, value: i128) {
        let _ = write!(self.text, "{value}");
    }

    fn double(&mut self, value: f64) {
        // NaN has many forms, and each is kept.
        if value.is_nan() {
            let _ = write!(self.text, "nan{:016x}", value.to_bits());
        } else {
            let _ = write!(self.text, "{value:?}");
        }
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' | '\\' => self.text.extend(['\\', c]),
                c if c.is_control() => {
                    let _ = write!(self.text, "\\u{{{:x}}}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    fn bytes(&mut self, value: &[u8]) {
        self.text.push_str("x\"");
        for byte in value {
            let _ = write!(self.text, "{byte:02x}");
        }
        self.text.push('"');
    }

    fn index(&mut self, prefix: &'static str, value: u16) {
        let _ = write!(self.text, "{prefix}{value}");
    }

    fn name(&mut self, name: &'static str, _number: usize) {
        self.text.push_str(name);
        self.text.push(' ');
    }

    fn begin_list(&mut self, _length: usize) {
        self.open('[');
    }

    fn item(&mut self) {
        self.separate();
    }

    fn end_list(&mut self) {
        self.close(']');
    }

    fn begin_fields(&mut self) {
        self.open('{');
    }

    fn field(&mut self, name: &'static str) {
        self.separate();
        self.text.push_str(name);
        self.text.push_str(": ");
    }

    fn end_fields(&mut self) {
        self.close('}');
    }
}

/// Reads text.
#[derive(Debug)]
pub(crate) struct TextSource<'a> {
    text: &'a str,
    at: usize,
    /// Whether the next item or field is the first of its list or fields.
    first: bool,
    depth: Depth,
}

impl<'a> TextSource<'a> {
    pub(crate) fn new(text: &'a str) -> Result<TextSource<'a>> {
        let mut source = TextSource { text, at: 0, first: true, depth: Depth::default() };
        let (magic, version) = (source.word(), source.word());
        if magic != "rowmill" || version != CODEC_VERSION.to_string() {
            return Err(malformed(format_args!("it does not begin with \"rowmill {CODEC_VERSION}\"")));
        }
        Ok(source)
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        self.skip();
        if self.at == self.text.len() { Ok(()) } else { Err(self.unexpected("its end")) }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        loop {
            let trimmed = self.rest().trim_start();
            self.at = self.text.len() - trimmed.len();
            if !trimmed.starts_with(';') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// Letters, digits and what stands in numbers.
    fn word(&mut self) -> &'a str {
        self.skip();
        let rest = self.rest();
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '#');
        let word = &rest[..rest.find(|c| !inside(c)).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn accept(&mut self, mark: char) -> bool {
        self.skip();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn expect(&mut self, mark: char) -> Result<()> {
        if self.accept(mark) { Ok(()) } else { Err(self.unexpected(&format!("'{mark}'"))) }
    }

    fn unexpected(&self, wanted: &str) -> crate::error::Error {
        let line = 1 + self.text[..self.at].matches('\n').count();
        let found: String = self.rest().chars().take(20).collect();
        malformed(format_args!("line {line}: {wanted} is expected, not {found:?}"))
    }

    fn parse<T>(&mut self, wanted: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let start = self.at;
        let parsed = parse(self.word());
        parsed.ok_or_else(|| {
            self.at = start;
            self.skip();
            self.unexpected(wanted)
        })
    }
}

impl Source for TextSource<'_> {
    fn integer(&mut self) -> Result<i128> {
        self.parse("an integer", |word| word.parse().ok())
    }

    fn double(&mut self) -> Result<f64> {
        self.parse("a number", |word| match word.strip_prefix("nan") {
            Some(bits) => u64::from_str_radix(bits, 16).ok().map(f64::from_bits),
            None => word.parse().ok(),
        })
    }

    fn string(&mut self) -> Result<String> {
        self.expect('"')?;
        let mut value = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Ok(value);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => value.push(c),
                    Some((at, 'u')) => {
                        let code = self.rest()[at..].strip_prefix("u{").and_then(|code| code.split_once('}'));
                        let code =
                            code.and_then(|(code, _)| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
                        value.push(code.ok_or_else(|| self.unexpected("a text"))?);
                        let _ = chars.find(|(_, c)| *c == '}');
                    }
                    _ => return Err(self.unexpected("a text")),
                },
                c => value.push(c),
            }
        }
        Err(self.unexpected("the end of a text"))
    }

    fn bytes(&mut self) -> Result<Vec<u8>> {
        self.parse("bytes", |word| (word == "x").then_some(()))?;
        let digits = self.string()?;
        let pair = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = digits.as_bytes().chunks(2).map(pair).collect();
        bytes.filter(|_| digits.len().is_multiple_of(2)).ok_or_else(|| self.unexpected("pairs of digits before this"))
    }

    fn index(&mut self, prefix: &'static str) -> Result<u16> {
        let wanted = if prefix.is_empty() { "a number" } else { prefix };
        self.parse(wanted, |word| word.strip_prefix(prefix)?.parse().ok())
    }

    fn name(&mut self, names: &[&'static str]) -> Result<usize> {
        self.parse("another name", |word| names.iter().position(|name| *name == word))
    }

    fn begin_list(&mut self) -> Result<()> {
        self.depth.enter()?;
        self.first = true;
        self.expect('[')
    }

    fn more(&mut self) -> Result<bool> {
        if self.accept(']') {
            self.depth.leave();
            self.first = false;
            return Ok(false);
        }
        if !std::mem::replace(&mut self.first, false) {
            self.expect(',')?;
        }
        Ok(true)
    }

    fn begin_fields(&mut self) -> Result<()> {
        self.depth.enter()?;
        self.first = true;
        self.expect('{')
    }

    fn field(&mut self, name: &'static str) -> Result<()> {
        if !std::mem::replace(&mut self.first, false) {
            self.expect(',')?;
        }
        self.parse(name, |word| (word == name).then_some(()))?;
        self.expect(':')
    }

    fn depth(&mut self) -> &mut Depth {
        &mut self.depth
    }

    fn end_fields(&mut self) -> Result<()> {
        self.depth.leave();
        self.first = false;
        self.expect('}')
    }
}
