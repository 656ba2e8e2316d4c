//! Where text forms are written to.

/// Something that text is appended to. Appending cannot fail, unlike [`std::fmt::Write`].
pub trait Sink {
    /// Appends a string.
    fn push_str(&mut self, text: &str);

    /// Appends one character.
    fn push_char(&mut self, character: char) {
        self.push_str(character.encode_utf8(&mut [0; 4]));
    }
}

impl Sink for String {
    fn push_str(&mut self, text: &str) {
        String::push_str(self, text);
    }
}

impl Sink for Vec<u8> {
    fn push_str(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
}

/// A short text on the stack; what does not fit is cut off, which its users' bounds exclude.
#[derive(Clone, Copy, Debug)]
pub struct StackText<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
}

impl<const SIZE: usize> StackText<SIZE> {
    /// An empty text.
    pub fn new() -> StackText<SIZE> {
        StackText { bytes: [0; SIZE], length: 0 }
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl<const SIZE: usize> Default for StackText<SIZE> {
    fn default() -> Self {
        StackText::new()
    }
}

impl<const SIZE: usize> std::fmt::Write for StackText<SIZE> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        let target = self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?;
        target.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
