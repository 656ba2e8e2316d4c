//! LIKE and ILIKE.
//!
//! A pattern is literals between `%`. What stands before the first and behind the last `%` is compared in place;
//! what stands between is searched from left to right, with SIMD where it has no `_`. A constant pattern is taken
//! apart once a batch.

use std::borrow::Cow;

use memchr::memmem::{self, Finder};

use super::needle::NeedleScan;
use super::reader::Texts;
use super::{BOOLEAN, Invocation, Overload, ScalarFunction, TypePattern};
use crate::error::{Error, Result};
use crate::vector::{Vector, View};

/// Middle segments whose search is prepared ahead; more are searched for as they come.
const FINDERS_MAX: usize = 4;

/// Stand for `%` and `_` in a pattern without escapes; UTF-8 has no such bytes.
const MANY: u8 = 0xfe;
const ANY: u8 = 0xff;

/// A pattern, taken apart.
struct Pattern<'p> {
    bytes: Cow<'p, [u8]>,
    many: u8,
    any: u8,
}

impl<'p> Pattern<'p> {
    /// Reads a pattern in which `escape` takes the meaning from the next character.
    fn new(pattern: &'p [u8], escape: Option<&[u8]>) -> Pattern<'p> {
        match escape {
            Some(escape) if memmem::find(pattern, escape).is_some() => {
                Pattern { bytes: Cow::Owned(unescape(pattern, escape)), many: MANY, any: ANY }
            }
            _ => Pattern { bytes: Cow::Borrowed(pattern), many: b'%', any: b'_' },
        }
    }
}

fn unescape(pattern: &[u8], escape: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while !rest.is_empty() {
        // An escape at the very end stands for itself.
        if let Some(escaped) = rest.strip_prefix(escape).filter(|escaped| !escaped.is_empty()) {
            let length = character_length(escaped);
            bytes.extend_from_slice(&escaped[..length]);
            rest = &escaped[length..];
            continue;
        }
        bytes.push(match rest[0] {
            b'%' => MANY,
            b'_' => ANY,
            other => other,
        });
        rest = &rest[1..];
    }
    bytes
}

/// Bytes of the character at the start of `text`, which is not empty.
#[inline]
fn character_length(text: &[u8]) -> usize {
    let length = match text[0] {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    };
    length.min(text.len())
}

/// A pattern ready for matching: its parts, and searches for the first of them.
struct Matcher<'p> {
    /// What the text must begin with.
    first: Segment<'p>,
    /// What the text must end with; none if the pattern has no `%`.
    last: Option<Segment<'p>>,
    /// Everything between the first and the last `%`.
    middle: &'p [u8],
    many: u8,
    any: u8,
    finders: [Option<Finder<'p>>; FINDERS_MAX],
}

/// Bytes without `%`.
#[derive(Clone, Copy)]
struct Segment<'p> {
    bytes: &'p [u8],
    any: u8,
    /// Characters, if there is a `_` among them.
    wild_characters: Option<usize>,
}

/// Whether searches are worth preparing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Once,
    Often,
}

impl<'p> Matcher<'p> {
    fn new(pattern: &'p Pattern<'_>, used: Use) -> Matcher<'p> {
        let (bytes, many, any) = (&*pattern.bytes, pattern.many, pattern.any);
        let segment = |bytes| Segment::new(bytes, any);
        let Some(start) = memchr::memchr(many, bytes) else {
            let first = segment(bytes);
            return Matcher { first, last: None, middle: b"", many, any, finders: [const { None }; FINDERS_MAX] };
        };
        let end = memchr::memrchr(many, bytes).unwrap_or(start);
        let middle = if end > start { &bytes[start + 1..end] } else { b"" };
        let mut finders = [const { None }; FINDERS_MAX];
        if used == Use::Often {
            for (finder, bytes) in finders.iter_mut().zip(segments(middle, many)) {
                *finder = (!bytes.contains(&any)).then(|| Finder::new(bytes));
            }
        }
        Matcher { first: segment(&bytes[..start]), last: Some(segment(&bytes[end + 1..])), middle, many, any, finders }
    }

    fn matches(&self, text: &[u8]) -> bool {
        let Some(rest) = self.first.strip_front(text) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        let Some(mut rest) = last.strip_back(rest) else { return false };
        if self.middle.is_empty() {
            return true;
        }
        for (index, bytes) in segments(self.middle, self.many).enumerate() {
            let found = match self.finders.get(index) {
                Some(Some(finder)) => finder.find(rest).map(|position| position + bytes.len()),
                _ => Segment::new(bytes, self.any).find_end(rest),
            };
            match found {
                Some(end) => rest = &rest[end..],
                None => return false,
            }
        }
        true
    }

    /// Bytes that a matching text has somewhere, if it may begin with anything.
    fn needle(&self) -> Option<&Finder<'p>> {
        self.finders[0].as_ref().filter(|_| self.first.bytes.is_empty())
    }

    /// The first up to four bytes that a text must begin with, and which bits of them count.
    fn prefix(&self) -> (u32, u32) {
        let literal = match self.first.wild_characters {
            Some(_) => self.first.bytes.iter().position(|byte| *byte == self.first.any).unwrap_or(0),
            None => self.first.bytes.len(),
        };
        let length = literal.min(4);
        let (mut prefix, mut mask) = ([0; 4], [0; 4]);
        prefix[..length].copy_from_slice(&self.first.bytes[..length]);
        mask[..length].fill(0xff);
        (u32::from_le_bytes(prefix), u32::from_le_bytes(mask))
    }
}

/// The parts between `%`, without empty ones.
fn segments(middle: &[u8], many: u8) -> impl Iterator<Item = &[u8]> {
    middle.split(move |byte| *byte == many).filter(|bytes| !bytes.is_empty())
}

impl<'p> Segment<'p> {
    fn new(bytes: &'p [u8], any: u8) -> Segment<'p> {
        let wild = memchr::memchr(any, bytes).is_some();
        // Continuation bytes aside, each byte begins a character; the stand-in for `_` does too.
        let characters = || bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        Segment { bytes, any, wild_characters: wild.then(characters) }
    }

    /// What follows the segment if `text` begins with it.
    #[inline]
    fn strip_front<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        if self.wild_characters.is_none() {
            return text.strip_prefix(self.bytes);
        }
        let mut rest = text;
        for byte in self.bytes {
            let length = match rest.first()? {
                _ if *byte == self.any => character_length(rest),
                found if found == byte => 1,
                _ => return None,
            };
            rest = &rest[length..];
        }
        Some(rest)
    }

    /// What precedes the segment if `text` ends with it.
    #[inline]
    fn strip_back<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let Some(characters) = self.wild_characters else { return text.strip_suffix(self.bytes) };
        let mut start = text.len();
        for _ in 0..characters {
            start = text[..start].iter().rposition(|byte| byte & 0xc0 != 0x80)?;
        }
        self.strip_front(&text[start..]).filter(|rest| rest.is_empty()).map(|_| &text[..start])
    }

    /// Where the leftmost occurrence of the segment ends.
    fn find_end(&self, text: &[u8]) -> Option<usize> {
        if self.wild_characters.is_none() {
            return memmem::find(text, self.bytes).map(|position| position + self.bytes.len());
        }
        let starts = (0..text.len()).filter(|start| text[*start] & 0xc0 != 0x80);
        starts.into_iter().find_map(|start| self.strip_front(&text[start..])).map(|rest| text.len() - rest.len())
    }
}

/// The escape of a call: the third argument, or a backslash. An empty one means that there is none.
fn escape_of<'a>(call: &Invocation<'a>, row: usize) -> Result<Option<&'a [u8]>> {
    if call.arguments.len() < 3 {
        return Ok(Some(b"\\"));
    }
    let escape = call.texts(2)?.text(row);
    match escape.chars().count() {
        0 => Ok(None),
        1 => Ok(Some(escape.as_bytes())),
        _ => Err(Error::runtime(format!("escape '{escape}' is not a single character"))),
    }
}

/// A pattern with the escape of its row; one that the call names must have something to escape.
fn pattern_of<'p>(call: &Invocation<'_>, pattern: &'p [u8], row: usize) -> Result<Pattern<'p>> {
    let escape = escape_of(call, row)?;
    if let (Some(escape), 3..) = (escape, call.arguments.len())
        && ends_with_escape(pattern, escape)
    {
        return Err(Error::runtime("the pattern of LIKE ends with its escape character"));
    }
    Ok(Pattern::new(pattern, escape))
}

/// Whether the last character is an escape that is not itself escaped.
fn ends_with_escape(mut pattern: &[u8], escape: &[u8]) -> bool {
    let mut escapes = 0;
    while let Some(rest) = pattern.strip_suffix(escape) {
        pattern = rest;
        escapes += 1;
    }
    escapes % 2 == 1
}

/// Whether the escape is the same for all rows.
fn has_constant_escape(call: &Invocation<'_>) -> bool {
    call.arguments.get(2).is_none_or(|argument| matches!(argument, super::ArgumentValue::Constant(_)))
}

fn like(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, patterns) = (call.texts(0)?, call.texts(1)?);
    let (Texts::Constant(pattern), true, true) = (patterns, has_constant_escape(call), call.rows > 0) else {
        return call.fill_booleans(out, |row| {
            let pattern = pattern_of(call, patterns.bytes(row), row)?;
            Ok(Matcher::new(&pattern, Use::Once).matches(texts.bytes(row)))
        });
    };
    let pattern = match pattern_of(call, pattern, 0) {
        Ok(pattern) => pattern,
        // The error belongs to the first row that counts, if there is one.
        Err(error) => return call.fill_booleans(out, |_| Err(error.clone())),
    };
    let matcher = Matcher::new(&pattern, Use::Often);
    match texts {
        Texts::Column(text) if let Some(needle) = matcher.needle() => {
            let mut scan = NeedleScan::new(text, needle);
            call.fill_booleans(out, |row| Ok(scan.has(row) && matcher.matches(text.get(row))))
        }
        Texts::Column(text) => {
            let (prefix, mask) = matcher.prefix();
            call.fill_booleans(out, |row| {
                let view: &View = &text.views[row];
                // The first bytes stand in the view itself: most texts that do not match are never touched.
                let first = (view.prefix_key() >> 32) as u32;
                Ok(first & mask == prefix && matcher.matches(text.resolve(view)))
            })
        }
        Texts::Constant(text) => {
            let matches = matcher.matches(text);
            call.fill_booleans(out, |_| Ok(matches))
        }
    }
}

/// As LIKE, on lower-case forms.
fn ilike(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, patterns) = (call.texts(0)?, call.texts(1)?);
    let (mut folded_text, mut folded_pattern) = (Vec::new(), Vec::new());
    if let (Texts::Constant(_), true, true) = (patterns, call.arguments.len() < 3, call.rows > 0) {
        fold(patterns.text(0), &mut folded_pattern);
        let pattern = Pattern::new(&folded_pattern, escape_of(call, 0)?);
        let matcher = Matcher::new(&pattern, Use::Often);
        return call.fill_booleans(out, |row| {
            fold(texts.text(row), &mut folded_text);
            Ok(matcher.matches(&folded_text))
        });
    }
    call.fill_booleans(out, |row| {
        fold(texts.text(row), &mut folded_text);
        fold(patterns.text(row), &mut folded_pattern);
        let pattern = pattern_of(call, &folded_pattern, row)?;
        Ok(Matcher::new(&pattern, Use::Once).matches(&folded_text))
    })
}

/// Makes `folded` the lower-case form of `text`.
fn fold(text: &str, folded: &mut Vec<u8>) {
    folded.clear();
    if text.is_ascii() {
        folded.extend_from_slice(text.as_bytes());
        folded.make_ascii_lowercase();
        return;
    }
    for character in text.chars().flat_map(char::to_lowercase) {
        folded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

const TEXT: TypePattern = TypePattern::Varchar;

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        name: "like",
        aliases: &["like_escape"],
        doc: "Whether a text matches a pattern, in which % stands for any characters and _ for one.",
        examples: &[("like('rowmill', 'row%')", "true"), ("'a_c' LIKE 'a\\_c'", "true"), ("'ABC' LIKE 'a%'", "false")],
        overloads: &[
            Overload::strict(&[TEXT, TEXT], BOOLEAN, like),
            Overload::strict(&[TEXT, TEXT, TEXT], BOOLEAN, like).fallible(),
        ],
    },
    ScalarFunction {
        name: "ilike",
        aliases: &["ilike_escape"],
        doc: "As like, but upper and lower case are the same.",
        examples: &[("'ABC' ILIKE 'a%'", "true"), ("ilike('Ärger', 'är%')", "true")],
        overloads: &[
            Overload::strict(&[TEXT, TEXT], BOOLEAN, ilike),
            Overload::strict(&[TEXT, TEXT, TEXT], BOOLEAN, ilike).fallible(),
        ],
    },
];

#[cfg(test)]
mod tests;
