//! What tables and sources do with vectors beside what `vm` offers: sharing a stretch without allocating, appending
//! narrower forms, and knowing how much memory a vector stands for.

use rowmill_vm::vector::{Bits, INLINE_BYTES, Text, Values, View};
use rowmill_vm::{Error, Result, Vector};

/// Makes `out` the rows `offset..offset + length` of `source`, whose buffers are shared. Allocates nothing once
/// `out` has been used for the same column.
pub(crate) fn share_into(out: &mut Vector, source: &Vector, offset: usize, length: usize) {
    match (&mut out.values, &source.values) {
        (Values::Text(out), Values::Text(source)) => {
            out.clear();
            out.buffers.extend(source.buffers.iter().cloned());
            out.views = source.views.slice(offset, length);
        }
        (Values::List(out), Values::List(source)) => {
            out.offsets = source.offsets.slice(offset, length + 1);
            share_into(&mut out.child, &source.child, 0, source.child.len());
        }
        (Values::Struct(out), Values::Struct(source)) if out.children.len() == source.children.len() => {
            for (out, source) in out.children.iter_mut().zip(&source.children) {
                share_into(out, source, offset, length);
            }
            out.length = length;
        }
        (out, _) => *out = source.slice(offset, length).values,
    }
    out.validity = source.validity.slice(offset, length);
}

/// Appends the rows of `source`, whose form is that of `target` or a narrower one.
pub(crate) fn append_widened(target: &mut Vector, source: &Vector) -> Result<()> {
    if target.form() == source.form() {
        target.append(source);
        return Ok(());
    }
    let before = target.len();
    match (&mut target.values, &source.values) {
        (Values::I32(target), Values::I8(source)) => target.make_owned().extend(source.iter().map(|v| i32::from(*v))),
        (Values::I32(target), Values::I16(source)) => target.make_owned().extend(source.iter().map(|v| i32::from(*v))),
        (Values::I64(target), Values::I8(source)) => target.make_owned().extend(source.iter().map(|v| i64::from(*v))),
        (Values::I64(target), Values::I16(source)) => target.make_owned().extend(source.iter().map(|v| i64::from(*v))),
        (Values::I64(target), Values::I32(source)) => target.make_owned().extend(source.iter().map(|v| i64::from(*v))),
        (Values::I128(target), Values::I8(source)) => {
            target.make_owned().extend(source.iter().map(|v| i128::from(*v)));
        }
        (Values::I128(target), Values::I16(source)) => {
            target.make_owned().extend(source.iter().map(|v| i128::from(*v)));
        }
        (Values::I128(target), Values::I32(source)) => {
            target.make_owned().extend(source.iter().map(|v| i128::from(*v)));
        }
        (Values::I128(target), Values::I64(source)) => {
            target.make_owned().extend(source.iter().map(|v| i128::from(*v)));
        }
        (Values::F64(target), Values::F32(source)) => target.make_owned().extend(source.iter().map(|v| f64::from(*v))),
        (target, source) => {
            let (target, source) = (target.form().name(), source.form().name());
            return Err(Error::internal(format!("a column held as {target} is given values held as {source}")));
        }
    }
    target.validity.append(before, &source.validity, source.len());
    Ok(())
}

/// Bytes that the rows of a vector take when they stand alone, shared or not.
pub(crate) fn content_bytes(vector: &Vector) -> usize {
    let rows = vector.len();
    let values = match &vector.values {
        Values::Bits(bits) => bits_bytes(bits),
        Values::I8(_) => rows,
        Values::I16(_) => rows * 2,
        Values::I32(_) | Values::F32(_) => rows * 4,
        Values::I64(_) | Values::F64(_) => rows * 8,
        Values::I128(_) => rows * 16,
        Values::Text(text) => text_bytes(text),
        Values::List(list) => list.offsets.len() * 4 + content_bytes(&list.child),
        Values::Struct(value) => value.children.iter().map(content_bytes).sum(),
    };
    values + vector.validity.bits().map_or(0, bits_bytes)
}

fn bits_bytes(bits: &Bits) -> usize {
    bits.len().div_ceil(64) * 8
}

fn text_bytes(text: &Text) -> usize {
    let long: usize = text.views.iter().map(|view| view.len()).filter(|length| *length > INLINE_BYTES).sum();
    text.len() * size_of::<View>() + long
}
