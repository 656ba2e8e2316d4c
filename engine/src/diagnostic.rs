//! Errors as people read them: the line, a caret under the place, and the hint.

use crate::Error;

/// Longest stretch of a line that is shown, in characters.
const LINE_CHARS_MAX: usize = 120;

/// A place in a statement's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
}

/// Where in `sql` an error is, if it says so.
pub fn place(sql: &str, error: &Error) -> Option<Place> {
    let before = &sql[..floor(sql, error.span()?.start as usize)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() + 1;
    Some(Place { line, column: before[line_start..].chars().count() + 1 })
}

/// The error in several lines: its kind and message, the line of `sql` with a caret under the place, and the hint.
///
/// ```text
/// name error: no column 'nmae'
/// LINE 1: select nmae from t
///                ^^^^
/// hint: did you mean name?
/// ```
pub fn render_error(sql: &str, error: &Error) -> String {
    let mut text = format!("{} error: {}", error.kind().name(), error.message());
    if let (Some(place), Some(span)) = (place(sql, error), error.span()) {
        let start = floor(sql, span.start as usize);
        let line_start = sql[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = sql[start..].find('\n').map_or(sql.len(), |at| start + at);
        let end = floor(sql, span.end as usize).clamp(start, line_end);
        let line = sql[line_start..line_end].trim_end_matches('\r');
        // Of a very long line only the surroundings are shown.
        let skip = (place.column - 1).saturating_sub(LINE_CHARS_MAX / 2);
        let (mark, skip) = if skip == 0 { ("", 0) } else { ("…", skip + 1) };
        let shown: String = line.chars().skip(skip).take(LINE_CHARS_MAX).map(untabbed).collect();
        let head = format!("LINE {}: {mark}", place.line);
        let indent = head.chars().count() + place.column - 1 - skip;
        let carets = sql[start..end].chars().count().clamp(1, LINE_CHARS_MAX / 2);
        text.push_str(&format!("\n{head}{shown}\n{}{}", " ".repeat(indent), "^".repeat(carets)));
    }
    if let Some(hint) = error.hint() {
        text.push_str("\nhint: ");
        text.push_str(hint);
    }
    text
}

/// A tab would put the caret in the wrong place.
fn untabbed(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// The last boundary of a character at or before byte `index`.
fn floor(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowmill_vm::Span;

    #[test]
    fn the_caret_stands_under_the_place() {
        let check = |sql: &str, span: Span, expected: &str| {
            let error = Error::name("no column 'x'").at(span).with_hint("did you mean y?");
            assert_eq!(render_error(sql, &error), expected);
        };
        check(
            "select\n\tü, nmae\r\nfrom t",
            Span::new(12, 16),
            "name error: no column 'x'\nLINE 2:  ü, nmae\n            ^^^^\nhint: did you mean y?",
        );
        check("", Span::new(5, 9), "name error: no column 'x'\nLINE 1: \n        ^\nhint: did you mean y?");
        check("select 1", Span::NONE, "name error: no column 'x'\nhint: did you mean y?");
        let long = format!("select {}nmae", "a, ".repeat(100));
        let error = Error::name("no").at(Span::new(307, 311));
        let text = render_error(&long, &error);
        let lines: Vec<&str> = text.lines().collect();
        let caret = lines[2].find('^').expect("a caret");
        let column: String = lines[1].chars().skip(caret).collect();
        assert_eq!(column, "nmae", "{text}");
    }

    #[test]
    fn places_count_characters_from_one() {
        let error = Error::name("no").at(Span::new(4, 5));
        assert_eq!(place("ä\nb", &error), Some(Place { line: 2, column: 2 }));
        assert_eq!(place("ab\ncd", &Error::name("no")), None);
    }
}
