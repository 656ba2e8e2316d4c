//! Looking at text: lengths, parts, positions, case. Positions and lengths count characters, from 1.

use memchr::memmem;

use super::needle::NeedleScan;
use super::{
    BIGINT, BOOLEAN, BodyFunction, INTEGER, Invocation, Overload, ResultType, ScalarFunction, TypePattern, VARCHAR,
};
use crate::error::{Error, Result};
use crate::vector::Vector;

/// Characters of a UTF-8 text: bytes that do not continue one.
#[inline]
pub(super) fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The byte at which character number `index` (from 0) begins; the text's end if it has no more.
#[inline]
pub(super) fn character_offset(text: &str, index: usize) -> usize {
    if index >= text.len() {
        return text.len();
    }
    // Where the bytes so far are ASCII, bytes are characters.
    if text.as_bytes()[..index].is_ascii() {
        return index;
    }
    text.char_indices().nth(index).map_or(text.len(), |(offset, _)| offset)
}

fn length(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_integers(out, |row| Ok(count_characters(texts.bytes(row)) as i128))
}

fn octet_length(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_integers(out, |row| Ok(texts.bytes(row).len() as i128))
}

fn bit_length(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_integers(out, |row| Ok(texts.bytes(row).len() as i128 * 8))
}

fn upper(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_texts(out, |row, writer| {
        let text = texts.text(row);
        if text.is_ascii() {
            writer.push(text.as_bytes())?;
            writer.written().make_ascii_uppercase();
            return Ok(());
        }
        text.chars().flat_map(char::to_uppercase).try_for_each(|character| writer.push_char(character))
    })
}

fn lower(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_texts(out, |row, writer| {
        let text = texts.text(row);
        if text.is_ascii() {
            writer.push(text.as_bytes())?;
            writer.written().make_ascii_lowercase();
            return Ok(());
        }
        text.chars().flat_map(char::to_lowercase).try_for_each(|character| writer.push_char(character))
    })
}

/// The ends of a text that trim works on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Both,
    Left,
    Right,
}

fn trim_ends(call: &Invocation<'_>, out: &mut Vector, ends: Ends) -> Result<()> {
    let texts = call.texts(0)?;
    let sets = if call.arguments.len() > 1 { Some(call.texts(1)?) } else { None };
    call.fill_texts(out, |row, writer| {
        let mut text = texts.text(row);
        let set = sets.map_or(" ", |sets| sets.text(row));
        if ends != Ends::Right {
            text = text.trim_start_matches(|character| set.contains(character));
        }
        if ends != Ends::Left {
            text = text.trim_end_matches(|character| set.contains(character));
        }
        writer.push(text.as_bytes())
    })
}

fn trim(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    trim_ends(call, out, Ends::Both)
}

fn left_trim(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    trim_ends(call, out, Ends::Left)
}

fn right_trim(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    trim_ends(call, out, Ends::Right)
}

/// PostgreSQL's: the stretch from `start` (from 1, or before) on, `count` characters long, cut to the text.
fn substring(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, starts) = (call.texts(0)?, call.integers(1)?);
    let counts = if call.arguments.len() > 2 { Some(call.integers(2)?) } else { None };
    call.fill_texts(out, |row, writer| {
        let (text, start) = (texts.text(row), starts.wide(row));
        let end = match counts.map(|counts| counts.wide(row)) {
            Some(count) if count < 0 => {
                return Err(Error::runtime(format!("substring cannot have the negative length {count}")));
            }
            Some(count) => start + count,
            None => i128::MAX,
        };
        let index = |position: i128| usize::try_from((position - 1).max(0)).unwrap_or(usize::MAX);
        let begin = character_offset(text, index(start));
        let rest = &text[begin..];
        let length = character_offset(rest, index(end).saturating_sub(index(start)));
        writer.push(&rest.as_bytes()[..length])
    })
}

/// How many characters a count means: a negative one leaves out so many.
fn resolve_count(text: &str, count: i64) -> usize {
    match usize::try_from(count) {
        Ok(count) => count,
        Err(_) => {
            let left_out = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            count_characters(text.as_bytes()).saturating_sub(left_out)
        }
    }
}

fn left(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, counts) = (call.texts(0)?, call.integers(1)?);
    call.fill_texts(out, |row, writer| {
        let text = texts.text(row);
        let end = character_offset(text, resolve_count(text, counts.long(row)));
        writer.push(&text.as_bytes()[..end])
    })
}

fn right(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, counts) = (call.texts(0)?, call.integers(1)?);
    call.fill_texts(out, |row, writer| {
        let text = texts.text(row);
        let kept = resolve_count(text, counts.long(row));
        let start = character_offset(text, count_characters(text.as_bytes()).saturating_sub(kept));
        writer.push(&text.as_bytes()[start..])
    })
}

fn starts_with(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, parts) = (call.texts(0)?, call.texts(1)?);
    call.fill_booleans(out, |row| Ok(texts.bytes(row).starts_with(parts.bytes(row))))
}

fn ends_with(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, parts) = (call.texts(0)?, call.texts(1)?);
    call.fill_booleans(out, |row| Ok(texts.bytes(row).ends_with(parts.bytes(row))))
}

fn contains(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, parts) = (call.texts(0)?, call.texts(1)?);
    if let super::reader::Texts::Constant(part) = parts {
        let needle = memmem::Finder::new(part);
        if let super::reader::Texts::Column(text) = texts {
            let mut scan = NeedleScan::new(text, &needle);
            return call.fill_booleans(out, |row| Ok(scan.has(row)));
        }
        return call.fill_booleans(out, |row| Ok(needle.find(texts.bytes(row)).is_some()));
    }
    call.fill_booleans(out, |row| Ok(memmem::find(texts.bytes(row), parts.bytes(row)).is_some()))
}

fn position(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, parts) = (call.texts(0)?, call.texts(1)?);
    call.fill_integers(out, |row| {
        let text = texts.bytes(row);
        let found = memmem::find(text, parts.bytes(row));
        Ok(found.map_or(0, |offset| count_characters(&text[..offset]) as i128 + 1))
    })
}

fn ascii(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_integers(out, |row| Ok(texts.text(row).chars().next().map_or(0, |character| u32::from(character).into())))
}

const TEXT: TypePattern = TypePattern::Varchar;
const COUNT: TypePattern = TypePattern::BigInt;

/// The overload of a function of two texts that says true or false.
const fn test(body: BodyFunction) -> Overload {
    Overload::strict(&[TEXT, TEXT], BOOLEAN, body)
}

const fn of_text(result: ResultType, body: BodyFunction) -> Overload {
    Overload::strict(&[TEXT], result, body)
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "length",
        &["len", "char_length", "character_length"],
        "How many characters a text has.",
        &[("length('häuser')", "6"), ("length('')", "0")],
        &[of_text(BIGINT, length)],
    ),
    function!(
        "octet_length",
        &["strlen"],
        "How many bytes a text or BLOB has.",
        &[("octet_length('häuser')", "7")],
        &[of_text(BIGINT, octet_length), Overload::strict(&[TypePattern::Blob], BIGINT, octet_length)],
    ),
    function!(
        "bit_length",
        &[],
        "How many bits a text has.",
        &[("bit_length('ab')", "16")],
        &[of_text(BIGINT, bit_length)],
    ),
    function!(
        "upper",
        &["ucase"],
        "The text in upper case.",
        &[("upper('straße')", "STRASSE")],
        &[of_text(VARCHAR, upper)],
    ),
    function!("lower", &["lcase"], "The text in lower case.", &[("lower('ÄB')", "äb")], &[of_text(VARCHAR, lower)]),
    function!(
        "trim",
        &["btrim"],
        "The text without spaces, or without any of the given characters, at both ends.",
        &[("trim('  a b ')", "a b"), ("trim('xxaxy', 'xy')", "a")],
        &[of_text(VARCHAR, trim), Overload::strict(&[TEXT, TEXT], VARCHAR, trim)],
    ),
    function!(
        "ltrim",
        &[],
        "The text without spaces, or without any of the given characters, at its start.",
        &[("ltrim('  a ')", "a "), ("ltrim('xxax', 'x')", "ax")],
        &[of_text(VARCHAR, left_trim), Overload::strict(&[TEXT, TEXT], VARCHAR, left_trim)],
    ),
    function!(
        "rtrim",
        &[],
        "The text without spaces, or without any of the given characters, at its end.",
        &[("rtrim(' a  ')", " a"), ("rtrim('xaxx', 'x')", "xa")],
        &[of_text(VARCHAR, right_trim), Overload::strict(&[TEXT, TEXT], VARCHAR, right_trim)],
    ),
    function!(
        "substring",
        &["substr"],
        "The characters from a position on, counted from 1, as many as asked for.",
        &[("substring('häuser', 2, 3)", "äus"), ("substring('abc', 2)", "bc"), ("substring('abc', -1, 3)", "a")],
        &[
            Overload::strict(&[TEXT, COUNT], VARCHAR, substring),
            Overload::strict(&[TEXT, COUNT, COUNT], VARCHAR, substring).fallible(),
        ],
    ),
    function!(
        "left",
        &[],
        "The first characters; a negative count leaves out so many at the end.",
        &[("left('häuser', 2)", "hä"), ("left('abc', -1)", "ab")],
        &[Overload::strict(&[TEXT, COUNT], VARCHAR, left)],
    ),
    function!(
        "right",
        &[],
        "The last characters; a negative count leaves out so many at the start.",
        &[("right('abc', 2)", "bc"), ("right('abc', -1)", "bc")],
        &[Overload::strict(&[TEXT, COUNT], VARCHAR, right)],
    ),
    function!(
        "starts_with",
        &["prefix"],
        "Whether a text begins with another.",
        &[("starts_with('abc', 'ab')", "true")],
        &[test(starts_with)],
    ),
    function!(
        "ends_with",
        &["suffix"],
        "Whether a text ends with another.",
        &[("ends_with('abc', 'bc')", "true")],
        &[test(ends_with)],
    ),
    function!(
        "contains",
        &[],
        "Whether a text has another in it.",
        &[("contains('abc', 'b')", "true"), ("contains('abc', 'd')", "false")],
        &[test(contains)],
    ),
    function!(
        "strpos",
        &["position", "instr"],
        "Where a text first occurs in another, from 1; 0 if it does not.",
        &[("strpos('häuser', 'use')", "3"), ("strpos('abc', 'd')", "0")],
        &[Overload::strict(&[TEXT, TEXT], BIGINT, position)],
    ),
    function!(
        "ascii",
        &["unicode", "ord"],
        "The number of the first character; 0 for an empty text.",
        &[("ascii('A')", "65"), ("ascii('€')", "8364")],
        &[of_text(INTEGER, ascii)],
    ),
];
