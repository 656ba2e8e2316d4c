//! Whether a text is JSON (RFC 8259).

/// Arrays and objects that may stand inside one another.
const DEPTH_MAX: usize = 256;

/// Whether `text` is one JSON value, white space around it.
pub(super) fn is_valid(text: &[u8]) -> bool {
    let mut parser = Parser { rest: text };
    parser.value(0).is_some() && {
        parser.skip_spaces();
        parser.rest.is_empty()
    }
}

/// Reads from the front; every method gives `None` where the text is not JSON.
struct Parser<'a> {
    rest: &'a [u8],
}

impl Parser<'_> {
    fn skip_spaces(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, text: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.skip_spaces();
        match self.rest.first()? {
            b'{' if depth < DEPTH_MAX => self.members(b"}", depth),
            b'[' if depth < DEPTH_MAX => self.members(b"]", depth),
            b'"' => self.string(),
            b't' => self.take(b"true"),
            b'f' => self.take(b"false"),
            b'n' => self.take(b"null"),
            _ => self.number(),
        }
    }

    /// The members of an object or the elements of an array, with what is around them.
    fn members(&mut self, close: &[u8], depth: usize) -> Option<()> {
        self.rest = &self.rest[1..];
        self.skip_spaces();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            if close == b"}" {
                self.skip_spaces();
                self.string()?;
                self.skip_spaces();
                self.take(b":")?;
            }
            self.value(depth + 1)?;
            self.skip_spaces();
            if self.take(close).is_some() {
                return Some(());
            }
            self.take(b",")?;
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b"\"")?;
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return Some(()),
                b'\\' => {
                    let (escape, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    match escape {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.rest.get(..4)?;
                            digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                            self.rest = &self.rest[4..];
                        }
                        _ => return None,
                    }
                }
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    fn digits(&mut self) -> Option<()> {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[length..];
        (length > 0).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let _sign = self.take(b"-");
        if self.take(b"0").is_none() {
            self.digits()?;
        }
        if self.take(b".").is_some() {
            self.digits()?;
        }
        if let [b'e' | b'E', rest @ ..] = self.rest {
            self.rest = rest;
            if let [b'+' | b'-', rest @ ..] = self.rest {
                self.rest = rest;
            }
            self.digits()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_what_is_not() {
        for good in ["1", " -0.5e+10 ", "\"a\\u00e4\\n\"", "[]", "[1, [2], {}]", "{\"a\": {\"b\": null}, \"c\": true}"]
        {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        for bad in ["", "01", "1.", "tru", "[1,]", "{a: 1}", "{\"a\" 1}", "\"\n\"", "\"\\x\"", "1 2", "[", "nulll"] {
            assert!(!is_valid(bad.as_bytes()), "{bad}");
        }
        assert!(!is_valid(&[b'['; 100_000]));
    }
}
