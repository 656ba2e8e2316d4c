//! Texts of several statements, as a shell or a file has them.

use super::lexer::{Kind, Lexer};

/// The statements of a text that are separated by `;`: byte offset and text of each, from its first token to its
/// last. Quotes, comments and dollar quotes hide a `;`. Empty statements are left out.
pub fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lexer = Lexer::new(text);
    std::iter::from_fn(move || {
        let mut found: Option<(usize, usize)> = None;
        for lexeme in lexer.by_ref() {
            let ends = lexeme.kind == Kind::Symbol && &text[lexeme.start..lexeme.end] == ";";
            match (ends, found) {
                (true, Some(_)) => break,
                (true, None) => {}
                (false, Some((start, _))) => found = Some((start, lexeme.end)),
                (false, None) => found = Some((lexeme.start, lexeme.end)),
            }
        }
        found.map(|(start, end)| (start, &text[start..end]))
    })
}

/// Whether a text that someone is typing ends with a `;` that no quote or comment hides.
pub fn is_complete(text: &str) -> bool {
    Lexer::new(text).last().is_some_and(|lexeme| lexeme.kind == Kind::Symbol && &text[lexeme.start..lexeme.end] == ";")
}

#[cfg(test)]
mod tests {
    use super::{is_complete, split};

    #[test]
    fn statements_and_where_they_begin() {
        for (text, expected) in [
            ("", vec![]),
            (" ; ;; -- nothing\n", vec![]),
            ("select 1", vec![(0, "select 1")]),
            ("select 1; select 2 ;", vec![(0, "select 1"), (10, "select 2")]),
            ("-- a;\n select ';' , \";\" /* ; /* ; */ ; */ ; x", vec![(7, "select ';' , \";\""), (44, "x")]),
            ("select $$;$$, $a$;$$;$a$; y", vec![(0, "select $$;$$, $a$;$$;$a$"), (26, "y")]),
            ("select E'\\';' ; z", vec![(0, "select E'\\';'"), (16, "z")]),
            ("select 'open; y", vec![(0, "select 'open; y")]),
            ("sélect ; ß", vec![(0, "sélect"), (10, "ß")]),
        ] {
            assert_eq!(split(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_statement_is_complete_at_its_semicolon() {
        for (text, expected) in [
            ("", false),
            ("select 1", false),
            ("select 1;", true),
            ("select 1; -- done", true),
            ("select 1; /* not yet ;", false),
            ("select ';", false),
            ("select ';'", false),
            ("select $$ ;", false),
            ("select 1; select 2", false),
        ] {
            assert_eq!(is_complete(text), expected, "{text}");
        }
    }
}
