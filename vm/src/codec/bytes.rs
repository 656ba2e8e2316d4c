//! The byte form: numbers in groups of seven bits, lists and strings behind their lengths, fields without names.

use super::{CODEC_VERSION, Depth, Sink, Source, malformed};
use crate::error::Result;

/// What the bytes begin with, before the version.
const MAGIC: &[u8] = b"rowmill";

/// Writes bytes.
#[derive(Debug)]
pub(crate) struct ByteSink(Vec<u8>);

impl ByteSink {
    pub(crate) fn new() -> ByteSink {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&CODEC_VERSION.to_le_bytes());
        ByteSink(bytes)
    }

    /// Without magic and version, for what stands behind them.
    pub(crate) fn bare() -> ByteSink {
        ByteSink(Vec::new())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn unsigned(&mut self, mut value: u128) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

impl Sink for ByteSink {
    fn integer(&mut self, value: i128) {
        self.unsigned(((value << 1) ^ (value >> 127)).cast_unsigned());
    }

    fn double(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_bits().to_le_bytes());
    }

    fn string(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    fn bytes(&mut self, value: &[u8]) {
        self.unsigned(value.len() as u128);
        self.0.extend_from_slice(value);
    }

    fn index(&mut self, _prefix: &'static str, value: u16) {
        self.unsigned(value.into());
    }

    fn name(&mut self, _name: &'static str, number: usize) {
        self.unsigned(number as u128);
    }

    fn begin_list(&mut self, length: usize) {
        self.unsigned(length as u128);
    }

    fn item(&mut self) {}

    fn end_list(&mut self) {}

    fn begin_fields(&mut self) {}

    fn field(&mut self, _name: &'static str) {}

    fn end_fields(&mut self) {}
}

/// Reads bytes.
#[derive(Debug)]
pub(crate) struct ByteSource<'a> {
    bytes: &'a [u8],
    /// For each open list, the items that are still to come.
    lists: Vec<usize>,
    depth: Depth,
}

impl<'a> ByteSource<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<ByteSource<'a>> {
        Self::behind_version(bytes).map(Self::bare)
    }

    /// Of what stands behind magic and version.
    pub(crate) fn bare(bytes: &'a [u8]) -> ByteSource<'a> {
        ByteSource { bytes, lists: Vec::new(), depth: Depth::default() }
    }

    /// What stands behind magic and version, if they are right.
    pub(crate) fn behind_version(bytes: &'a [u8]) -> Result<&'a [u8]> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| malformed("it does not begin as one"))?;
        let (version, rest) = rest.split_first_chunk().ok_or_else(|| malformed("it ends too early"))?;
        let version = u16::from_le_bytes(*version);
        if version != CODEC_VERSION {
            return Err(malformed(format_args!("it is of version {version}, not {CODEC_VERSION}")));
        }
        Ok(rest)
    }

    pub(crate) fn finish(self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(malformed("there is more behind its end")) }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| malformed("it ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn unsigned(&mut self) -> Result<u128> {
        let mut value = 0u128;
        for shift in (0..128).step_by(7) {
            let byte = self.take(1)?[0];
            let part = u128::from(byte & 0x7f);
            if shift > 0 && (part << shift) >> shift != part {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(malformed("a number has too many bits"))
    }

    /// A length, which cannot be more than there are bytes: everything takes one at least.
    fn length(&mut self) -> Result<usize> {
        let length = usize::try_from(self.unsigned()?).ok().filter(|length| *length <= self.bytes.len());
        length.ok_or_else(|| malformed("a length goes beyond its end"))
    }
}

impl Source for ByteSource<'_> {
    fn integer(&mut self) -> Result<i128> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn double(&mut self) -> Result<f64> {
        let bytes = self.take(8)?.try_into().map_err(|_| malformed("it ends too early"))?;
        Ok(f64::from_bits(u64::from_le_bytes(bytes)))
    }

    fn string(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| malformed("a text is not UTF-8"))
    }

    fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = self.length()?;
        self.take(length).map(<[u8]>::to_vec)
    }

    fn index(&mut self, prefix: &'static str) -> Result<u16> {
        let value = self.unsigned()?;
        u16::try_from(value).map_err(|_| malformed(format_args!("{prefix}{value} is beyond what can be numbered")))
    }

    fn name(&mut self, names: &[&'static str]) -> Result<usize> {
        let number = self.unsigned()?;
        let known = usize::try_from(number).ok().filter(|number| *number < names.len());
        known.ok_or_else(|| malformed(format_args!("number {number} names nothing here")))
    }

    fn begin_list(&mut self) -> Result<()> {
        self.depth.enter()?;
        let length = self.length()?;
        self.lists.push(length);
        Ok(())
    }

    fn more(&mut self) -> Result<bool> {
        match self.lists.last_mut() {
            Some(0) | None => {
                self.lists.pop();
                self.depth.leave();
                Ok(false)
            }
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
        }
    }

    fn begin_fields(&mut self) -> Result<()> {
        self.depth.enter()
    }

    fn field(&mut self, _name: &'static str) -> Result<()> {
        Ok(())
    }

    fn depth(&mut self) -> &mut Depth {
        &mut self.depth
    }

    fn end_fields(&mut self) -> Result<()> {
        self.depth.leave();
        Ok(())
    }
}
