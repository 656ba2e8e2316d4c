//! The one error type that crosses crates: a kind that says what the reader can do, a message in the user's
//! terms, and the place it speaks of.

use std::fmt;
use std::sync::Arc;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what the reader can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The text is not SQL: fix the query.
    Syntax,
    /// A table, column, function or setting is not known, or is ambiguous: fix the query.
    Name,
    /// Types do not fit one another: fix the query.
    Type,
    /// Known SQL that is not there yet.
    Unsupported,
    /// A value met while running cannot be computed with: overflow, division by zero, a bad cast.
    Runtime,
    /// A file's content is not what it should be: fix the data.
    Data,
    /// A file cannot be read or written.
    Io,
    /// A table's constraint refuses the change.
    Constraint,
    /// A limit was reached: raise it, or ask for less.
    Limit,
    /// The statement was interrupted.
    Cancelled,
    /// A bug of ours.
    Internal,
}

impl ErrorKind {
    /// The name under which programs see this kind.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Syntax => "syntax",
            ErrorKind::Name => "name",
            ErrorKind::Type => "type",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Runtime => "runtime",
            ErrorKind::Data => "data",
            ErrorKind::Io => "io",
            ErrorKind::Constraint => "constraint",
            ErrorKind::Limit => "limit",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Internal => "internal",
        }
    }
}

/// A stretch of a statement's text, in bytes from its start. Empty (`0..0`) means no known place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// No known place.
    pub const NONE: Span = Span { start: 0, end: 0 };

    /// The bytes `start..end`.
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// Whether no place is known.
    pub fn is_none(self) -> bool {
        self.end == 0
    }

    /// The smallest stretch that covers both.
    pub fn to(self, other: Span) -> Span {
        if self.is_none() {
            return other;
        }
        if other.is_none() {
            return self;
        }
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// An error of the user's, of the data's, or (kind [`ErrorKind::Internal`]) of ours.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    span: Span,
    hint: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; the message is lower case, quotes the value and has no final stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), span: Span::NONE, hint: None, source: None }))
    }

    /// The statement is not SQL.
    pub fn syntax(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Syntax, message)
    }

    /// A name is unknown or ambiguous.
    pub fn name(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Name, message)
    }

    /// Types do not fit.
    pub fn types(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Type, message)
    }

    /// Known SQL that is not there yet.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, message)
    }

    /// A value cannot be computed with.
    pub fn runtime(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Runtime, message)
    }

    /// A file's content is wrong.
    pub fn data(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Data, message)
    }

    /// A limit was reached.
    pub fn limit(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Limit, message)
    }

    /// A bug of ours; the message says where.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Internal, message)
    }

    /// Sets the place, unless one is set already: the innermost place is the most exact.
    #[must_use]
    pub fn at(mut self, span: Span) -> Error {
        if self.0.span.is_none() {
            self.0.span = span;
        }
        self
    }

    /// Sets the place, whatever it was: the error is in a text within the text.
    #[must_use]
    pub fn moved_to(mut self, span: Span) -> Error {
        self.0.span = span;
        self
    }

    /// Sets a hint: what to try instead.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    /// Sets the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What the reader can do.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the statement's text.
    pub fn span(&self) -> Option<Span> {
        (!self.0.span.is_none()).then_some(self.0.span)
    }

    /// What to try instead.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} error: {}", self.0.kind.name(), self.0.message)?;
        match &self.0.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
