//! Programs and kernels as bytes and as text, both from one description of each type.
//!
//! A type says once, by [`Coded`], what it is made of. A [`Sink`] takes that as bytes ([`bytes`]) or as text
//! ([`text`]), a [`Source`] gives it back. What is read is checked for its form only: nothing of it runs before a
//! verifier has looked at it.
//!
//! - Bytes and text may come from a stranger: whatever they are, reading them ends in a value or an error, takes
//!   memory in proportion to them, and nests at most [`DEPTH_MAX`] deep.
//! - Bytes begin with a magic and a version. The numbers of variants and the order of fields are part of the version.

mod bytes;
mod text;
mod types;

pub(crate) use bytes::{ByteSink, ByteSource};
pub(crate) use text::{TextSink, TextSource};

use std::sync::Arc;

use crate::error::{Error, Result};

/// The version of both forms. It changes with every change of what is written.
pub(crate) const CODEC_VERSION: u16 = 1;
/// Values within values.
const DEPTH_MAX: usize = 128;

/// What writes.
pub(crate) trait Sink {
    fn integer(&mut self, value: i128);
    fn double(&mut self, value: f64);
    fn string(&mut self, value: &str);
    fn bytes(&mut self, value: &[u8]);
    /// A number with a prefix that says what it numbers: `r3`.
    fn index(&mut self, prefix: &'static str, value: u16);
    /// One of several names, by its number among them.
    fn name(&mut self, name: &'static str, number: usize);
    /// A list of so many items; [`Sink::item`] before each.
    fn begin_list(&mut self, length: usize);
    fn item(&mut self);
    fn end_list(&mut self);
    /// Fields, each behind its name.
    fn begin_fields(&mut self);
    fn field(&mut self, name: &'static str);
    fn end_fields(&mut self);
}

/// What reads what a [`Sink`] has written, in the same order.
pub(crate) trait Source {
    fn integer(&mut self) -> Result<i128>;
    fn double(&mut self) -> Result<f64>;
    fn string(&mut self) -> Result<String>;
    fn bytes(&mut self) -> Result<Vec<u8>>;
    fn index(&mut self, prefix: &'static str) -> Result<u16>;
    /// The number of the name among `names`.
    fn name(&mut self, names: &[&'static str]) -> Result<usize>;
    fn begin_list(&mut self) -> Result<()>;
    /// Whether another item follows; if not, the list is over.
    fn more(&mut self) -> Result<bool>;
    fn begin_fields(&mut self) -> Result<()>;
    fn field(&mut self, name: &'static str) -> Result<()>;
    fn end_fields(&mut self) -> Result<()>;
    /// How deep the value that is being read is nested.
    fn depth(&mut self) -> &mut Depth;
}

/// What can be written and read back.
pub(crate) trait Coded: Sized {
    fn write(&self, sink: &mut dyn Sink);
    fn read(source: &mut dyn Source) -> Result<Self>;
}

/// The error for what is not of the form that was expected.
pub(crate) fn malformed(what: impl std::fmt::Display) -> Error {
    Error::data(format!("this is no program that can be read: {what}"))
}

/// A struct by its fields.
macro_rules! coded_struct {
    ($($type:ty { $($field:ident),* })*) => {
        $(impl $crate::codec::Coded for $type {
            fn write(&self, sink: &mut dyn $crate::codec::Sink) {
                sink.begin_fields();
                $(
                    sink.field(stringify!($field));
                    $crate::codec::Coded::write(&self.$field, sink);
                )*
                sink.end_fields();
            }

            fn read(source: &mut dyn $crate::codec::Source) -> $crate::error::Result<Self> {
                source.begin_fields()?;
                $(
                    source.field(stringify!($field))?;
                    let $field = $crate::codec::Coded::read(source)?;
                )*
                source.end_fields()?;
                Ok(Self { $($field),* })
            }
        })*
    };
}

/// An enum by its variants, with fields that have names, or with values or none; behind `=>` a check of what was read.
macro_rules! coded_enum {
    ($(
        $type:ident { $($variant:ident $( ( $($value:ident),+ ) )? $( { $($field:ident),* } )?),* $(,)? }
        $(=> $possible:path)?
    )*) => {
        $(impl $crate::codec::Coded for $type {
            fn write(&self, sink: &mut dyn $crate::codec::Sink) {
                /// The variants' numbers.
                enum Number { $($variant),* }
                match self {
                    $($type::$variant $( ( $($value),+ ) )? $( { $($field),* } )? => {
                        sink.name(stringify!($variant), Number::$variant as usize);
                        $($($crate::codec::Coded::write($value, sink);)+)?
                        $(
                            sink.begin_fields();
                            $(
                                sink.field(stringify!($field));
                                $crate::codec::Coded::write($field, sink);
                            )*
                            sink.end_fields();
                        )?
                    })*
                }
            }

            fn read(source: &mut dyn $crate::codec::Source) -> $crate::error::Result<Self> {
                /// Whatever its values are.
                fn any(source: &mut dyn $crate::codec::Source) -> $crate::error::Result<$type> {
                    const NAMES: &[&str] = &[$(stringify!($variant)),*];
                    let number = source.name(NAMES)?;
                    $(if NAMES[number] == stringify!($variant) {
                        $($(let $value = $crate::codec::Coded::read(source)?;)+)?
                        $(
                            source.begin_fields()?;
                            $(
                                source.field(stringify!($field))?;
                                let $field = $crate::codec::Coded::read(source)?;
                            )*
                            source.end_fields()?;
                        )?
                        return Ok($type::$variant $( ( $($value),+ ) )? $( { $($field),* } )?);
                    })*
                    Err($crate::codec::malformed(format_args!("there is no {} of number {number}", stringify!($type))))
                }
                source.depth().enter()?;
                let value = any(source)?;
                source.depth().leave();
                $(if !$possible(&value) {
                    return Err($crate::codec::malformed(format_args!("{value:?} cannot be")));
                })?
                Ok(value)
            }
        })*
    };
}

/// An index by the prefix that it prints with.
macro_rules! coded_index {
    ($($type:ident $prefix:literal),* $(,)?) => {
        $(impl $crate::codec::Coded for $type {
            fn write(&self, sink: &mut dyn $crate::codec::Sink) {
                sink.index($prefix, self.0);
            }

            fn read(source: &mut dyn $crate::codec::Source) -> $crate::error::Result<Self> {
                source.index($prefix).map($type)
            }
        })*
    };
}

pub(crate) use {coded_enum, coded_index, coded_struct};

impl<T: Coded> Coded for Vec<T> {
    fn write(&self, sink: &mut dyn Sink) {
        sink.begin_list(self.len());
        for item in self {
            sink.item();
            item.write(sink);
        }
        sink.end_list();
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        let mut items = Vec::new();
        source.begin_list()?;
        while source.more()? {
            items.push(T::read(source)?);
        }
        Ok(items)
    }
}

/// A value that may be missing is a list of one or none.
impl<T: Coded> Coded for Option<T> {
    fn write(&self, sink: &mut dyn Sink) {
        sink.begin_list(usize::from(self.is_some()));
        if let Some(value) = self {
            sink.item();
            value.write(sink);
        }
        sink.end_list();
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.begin_list()?;
        if !source.more()? {
            return Ok(None);
        }
        let value = T::read(source)?;
        if source.more()? { Err(malformed("there is a second value where one may be")) } else { Ok(Some(value)) }
    }
}

macro_rules! coded_integers {
    ($($type:ty),*) => {
        $(impl Coded for $type {
            fn write(&self, sink: &mut dyn Sink) {
                // Every one of these types is within 128 bits.
                sink.integer(*self as i128);
            }

            fn read(source: &mut dyn Source) -> Result<Self> {
                let value = source.integer()?;
                value.try_into().map_err(|_| malformed(format_args!("{value} does not fit here")))
            }
        })*
    };
}
coded_integers!(i8, i16, i32, i64, i128, u8, u16, u32, u64, usize);

impl<T: Coded> Coded for Arc<T> {
    fn write(&self, sink: &mut dyn Sink) {
        (**self).write(sink);
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        T::read(source).map(Arc::new)
    }
}

impl<T: Coded> Coded for Arc<[T]> {
    fn write(&self, sink: &mut dyn Sink) {
        sink.begin_list(self.len());
        for item in self.iter() {
            sink.item();
            item.write(sink);
        }
        sink.end_list();
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        Vec::read(source).map(Arc::from)
    }
}

impl Coded for Arc<str> {
    fn write(&self, sink: &mut dyn Sink) {
        sink.string(self);
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.string().map(Arc::from)
    }
}

impl<A: Coded, B: Coded> Coded for (A, B) {
    fn write(&self, sink: &mut dyn Sink) {
        sink.begin_fields();
        sink.field("first");
        self.0.write(sink);
        sink.field("second");
        self.1.write(sink);
        sink.end_fields();
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.begin_fields()?;
        source.field("first")?;
        let first = A::read(source)?;
        source.field("second")?;
        let second = B::read(source)?;
        source.end_fields()?;
        Ok((first, second))
    }
}

impl Coded for bool {
    fn write(&self, sink: &mut dyn Sink) {
        sink.name(if *self { "yes" } else { "no" }, usize::from(*self));
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.name(&["no", "yes"]).map(|number| number == 1)
    }
}

impl Coded for f64 {
    fn write(&self, sink: &mut dyn Sink) {
        sink.double(*self);
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.double()
    }
}

impl Coded for String {
    fn write(&self, sink: &mut dyn Sink) {
        sink.string(self);
    }

    fn read(source: &mut dyn Source) -> Result<Self> {
        source.string()
    }
}

/// How deep what is read is nested.
#[derive(Debug, Default)]
pub(crate) struct Depth(usize);

impl Depth {
    /// Goes a value deeper; fails beyond [`DEPTH_MAX`].
    pub(crate) fn enter(&mut self) -> Result<()> {
        self.0 += 1;
        if self.0 > DEPTH_MAX {
            Err(malformed(format_args!("it is nested more than {DEPTH_MAX} deep")))
        } else {
            Ok(())
        }
    }

    /// Comes back from it.
    pub(crate) fn leave(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }
}
