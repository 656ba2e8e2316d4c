//! Making new text: joining, replacing, padding, splitting.

use memchr::memmem;

use super::text::{character_offset, count_characters};
use super::writer::{Present, TextWriter};
use super::{Invocation, Overload, ScalarFunction, TypePattern, VARCHAR};
use crate::error::{Error, Result};
use crate::format::Cell;
use crate::types::DataType;
use crate::vector::Vector;

fn push_argument(call: &Invocation<'_>, index: usize, row: usize, writer: &mut TextWriter<'_, '_>) -> Result<()> {
    match (call.arguments[index].cell(row), &call.argument_types[index]) {
        (Cell::Null, _) => Ok(()),
        (Cell::Bytes(bytes), DataType::Varchar | DataType::Json) => writer.push(bytes),
        (cell, data_type) => writer.push_cell(&cell, data_type),
    }
}

/// All arguments; those that are NULL are left out.
fn concat(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    call.fill_handled_texts(out, |row, writer| {
        (0..call.arguments.len()).try_for_each(|index| push_argument(call, index, row, writer))?;
        Ok(Present::Value)
    })
}

/// `||`: NULL if one side is.
fn concat_operator(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    call.fill_texts(out, |row, writer| {
        push_argument(call, 0, row, writer)?;
        push_argument(call, 1, row, writer)
    })
}

/// All arguments behind the first, which stands between them; NULL only if the first is.
fn concat_with_separator(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let separators = call.texts(0)?;
    call.fill_handled_texts(out, |row, writer| {
        if !call.arguments[0].is_valid(row) {
            return Ok(Present::Null);
        }
        let mut first = true;
        for index in 1..call.arguments.len() {
            if !call.arguments[index].is_valid(row) {
                continue;
            }
            if !first {
                writer.push(separators.bytes(row))?;
            }
            first = false;
            push_argument(call, index, row, writer)?;
        }
        Ok(Present::Value)
    })
}

fn replace(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, parts, substitutes) = (call.texts(0)?, call.texts(1)?, call.texts(2)?);
    call.fill_texts(out, |row, writer| {
        let (text, part) = (texts.bytes(row), parts.bytes(row));
        let mut copied = 0;
        if !part.is_empty() {
            for found in memmem::find_iter(text, part) {
                writer.push(&text[copied..found])?;
                writer.push(substitutes.bytes(row))?;
                copied = found + part.len();
            }
        }
        writer.push(&text[copied..])
    })
}

/// Which end of a text is filled up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

fn pad(call: &Invocation<'_>, out: &mut Vector, end: End) -> Result<()> {
    let (texts, lengths) = (call.texts(0)?, call.integers(1)?);
    let fills = if call.arguments.len() > 2 { Some(call.texts(2)?) } else { None };
    call.fill_texts(out, |row, writer| {
        let (text, fill) = (texts.text(row), fills.map_or(" ", |fills| fills.text(row)));
        let wanted = usize::try_from(lengths.wide(row).max(0)).unwrap_or(usize::MAX);
        let (length, fill_length) = (count_characters(text.as_bytes()), count_characters(fill.as_bytes()));
        if wanted <= length {
            return writer.push(&text.as_bytes()[..character_offset(text, wanted)]);
        }
        if end == End::Right {
            writer.push(text.as_bytes())?;
        }
        let missing = if fill_length == 0 { 0 } else { wanted - length };
        if missing > 0 {
            writer.push_repeated(fill.as_bytes(), missing / fill_length)?;
            writer.push(&fill.as_bytes()[..character_offset(fill, missing % fill_length)])?;
        }
        if end == End::Left { writer.push(text.as_bytes()) } else { Ok(()) }
    })
}

fn left_pad(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    pad(call, out, End::Left)
}

fn right_pad(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    pad(call, out, End::Right)
}

fn repeat(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, counts) = (call.texts(0)?, call.integers(1)?);
    call.fill_texts(out, |row, writer| {
        let text = texts.bytes(row);
        // An empty text repeated is empty at once, however often.
        let count = if text.is_empty() { 0 } else { counts.wide(row).max(0) };
        writer.push_repeated(text, usize::try_from(count).unwrap_or(usize::MAX))
    })
}

fn reverse(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_texts(out, |row, writer| {
        let text = texts.text(row);
        if text.is_ascii() {
            writer.push(text.as_bytes())?;
            writer.written().reverse();
            return Ok(());
        }
        text.chars().rev().try_for_each(|character| writer.push_char(character))
    })
}

/// Part number `n` of what stands between separators, from 1, or from the end with -1.
fn split_part(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, separators, numbers) = (call.texts(0)?, call.texts(1)?, call.integers(2)?);
    call.fill_texts(out, |row, writer| {
        let (text, separator, number) = (texts.text(row), separators.text(row), numbers.long(row));
        let index = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX).wrapping_sub(1);
        if number == 0 {
            return Err(Error::runtime("split_part counts parts from 1, or from the end with -1; there is no part 0"));
        }
        if separator.is_empty() {
            return writer.push(if index == 0 { text.as_bytes() } else { b"" });
        }
        let part = if number > 0 { text.split(separator).nth(index) } else { text.rsplit(separator).nth(index) };
        writer.push(part.unwrap_or("").as_bytes())
    })
}

fn chr(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let numbers = call.integers(0)?;
    call.fill_texts(out, |row, writer| {
        let number = numbers.long(row);
        match u32::try_from(number).ok().filter(|number| *number != 0).and_then(char::from_u32) {
            Some(character) => writer.push_char(character),
            None => Err(Error::runtime(format!("{number} is not the number of a character"))),
        }
    })
}

/// The first letter of each word in upper case, the others in lower case. Words are letters and digits.
fn initcap(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let texts = call.texts(0)?;
    call.fill_texts(out, |row, writer| {
        let mut in_word = false;
        for character in texts.text(row).chars() {
            if in_word {
                character.to_lowercase().try_for_each(|character| writer.push_char(character))?;
            } else {
                character.to_uppercase().try_for_each(|character| writer.push_char(character))?;
            }
            in_word = character.is_alphanumeric();
        }
        Ok(())
    })
}

/// Each character that is among the second argument's becomes that of the same place in the third, or goes.
fn translate(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (texts, from, to) = (call.texts(0)?, call.texts(1)?, call.texts(2)?);
    call.fill_texts(out, |row, writer| {
        let (from, to) = (from.text(row), to.text(row));
        for character in texts.text(row).chars() {
            match from.chars().position(|candidate| candidate == character) {
                None => writer.push_char(character)?,
                Some(index) => to.chars().nth(index).map_or(Ok(()), |substitute| writer.push_char(substitute))?,
            }
        }
        Ok(())
    })
}

const TEXT: TypePattern = TypePattern::Varchar;
const COUNT: TypePattern = TypePattern::BigInt;
const ANY: TypePattern = TypePattern::Any;

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "concat",
        &[],
        "Its arguments joined, in their text form; NULLs are left out.",
        &[("concat('a', 1, NULL, true)", "a1true")],
        &[Overload::strict(&[ANY], VARCHAR, concat).handled().variadic()],
    ),
    function!(
        "concat_op",
        &[],
        "Two texts joined; how a || b runs. NULL if one is.",
        &[("'a' || 'b'", "ab"), ("'n = ' || 42", "n = 42"), ("'a' || NULL", "NULL")],
        &[
            Overload::strict(&[TEXT, TEXT], VARCHAR, concat_operator),
            Overload::strict(&[TEXT, ANY], VARCHAR, concat_operator),
            Overload::strict(&[ANY, TEXT], VARCHAR, concat_operator),
        ],
    ),
    function!(
        "concat_ws",
        &[],
        "Its arguments behind the first joined, with the first between them; NULLs are left out.",
        &[("concat_ws(', ', 'a', NULL, 'b')", "a, b")],
        &[Overload::strict(&[TEXT, ANY], VARCHAR, concat_with_separator).handled().variadic()],
    ),
    function!(
        "replace",
        &[],
        "The text with each occurrence of a part replaced.",
        &[("replace('abcabc', 'bc', 'x')", "axax"), ("replace('abc', '', 'x')", "abc")],
        &[Overload::strict(&[TEXT, TEXT, TEXT], VARCHAR, replace)],
    ),
    function!(
        "lpad",
        &[],
        "The text filled up on the left to so many characters, or cut to them.",
        &[("lpad('7', 3, '0')", "007"), ("lpad('abc', 2)", "ab")],
        &[
            Overload::strict(&[TEXT, COUNT], VARCHAR, left_pad).fallible(),
            Overload::strict(&[TEXT, COUNT, TEXT], VARCHAR, left_pad).fallible(),
        ],
    ),
    function!(
        "rpad",
        &[],
        "The text filled up on the right to so many characters, or cut to them.",
        &[("rpad('a', 4, 'xy')", "axyx"), ("rpad('abc', 2)", "ab")],
        &[
            Overload::strict(&[TEXT, COUNT], VARCHAR, right_pad).fallible(),
            Overload::strict(&[TEXT, COUNT, TEXT], VARCHAR, right_pad).fallible(),
        ],
    ),
    function!(
        "repeat",
        &[],
        "The text so many times.",
        &[("repeat('ab', 3)", "ababab"), ("repeat('ab', -1)", "")],
        &[Overload::strict(&[TEXT, COUNT], VARCHAR, repeat).fallible()],
    ),
    function!(
        "reverse",
        &[],
        "The characters from last to first.",
        &[("reverse('häß')", "ßäh")],
        &[Overload::strict(&[TEXT], VARCHAR, reverse)],
    ),
    function!(
        "split_part",
        &[],
        "A part of what stands between separators, counted from 1, or from the end with -1.",
        &[("split_part('a,b,c', ',', 2)", "b"), ("split_part('a,b,c', ',', -1)", "c")],
        &[Overload::strict(&[TEXT, TEXT, COUNT], VARCHAR, split_part).fallible()],
    ),
    function!(
        "chr",
        &[],
        "The character of a number.",
        &[("chr(8364)", "€")],
        &[Overload::strict(&[COUNT], VARCHAR, chr).fallible()],
    ),
    function!(
        "initcap",
        &[],
        "The first letter of each word in upper case, the others in lower case.",
        &[("initcap('hELLO wORLD')", "Hello World")],
        &[Overload::strict(&[TEXT], VARCHAR, initcap)],
    ),
    function!(
        "translate",
        &[],
        "The text with single characters replaced by others of the same place, or dropped.",
        &[("translate('12345', '143', 'ax')", "a2x5")],
        &[Overload::strict(&[TEXT, TEXT, TEXT], VARCHAR, translate)],
    ),
];
