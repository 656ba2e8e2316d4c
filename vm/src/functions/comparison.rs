//! Comparisons of what kernels do not compare: text, bytes, nested values, intervals.

use std::cmp::Ordering;

use hashbrown::HashSet;

use super::reader::Texts;
use super::{BOOLEAN, Invocation, Overload, ScalarFunction, TypePattern, VectorFunction};
use crate::error::Result;
use crate::format::Cell;
use crate::kernel::Comparison;
use crate::semantics::interval::Interval;
use crate::types::{DataType, Form};
use crate::vector::{INLINE_BYTES, Text, Vector, View};

/// The comparison of two arguments of one type, which is text, BLOB, INTERVAL or nested: strict, never fails. Other
/// types work too, but kernels do them faster.
pub fn comparison(operator: Comparison, data_type: &DataType) -> VectorFunction {
    /// One function for each operator: a [`VectorFunction`] has no state.
    macro_rules! by_operator {
        ($body:ident) => {
            match operator {
                Comparison::Equal => VectorFunction(|call, out| $body(call, out, Comparison::Equal)),
                Comparison::NotEqual => VectorFunction(|call, out| $body(call, out, Comparison::NotEqual)),
                Comparison::Less => VectorFunction(|call, out| $body(call, out, Comparison::Less)),
                Comparison::LessEqual => VectorFunction(|call, out| $body(call, out, Comparison::LessEqual)),
                Comparison::Greater => VectorFunction(|call, out| $body(call, out, Comparison::Greater)),
                Comparison::GreaterEqual => VectorFunction(|call, out| $body(call, out, Comparison::GreaterEqual)),
            }
        };
    }
    if data_type.form() == Form::Text { by_operator!(compare_texts) } else { by_operator!(compare_any) }
}

fn holds(operator: Comparison, order: Ordering) -> bool {
    match operator {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEqual => order.is_ge(),
    }
}

fn compare_texts(call: &Invocation<'_>, out: &mut Vector, operator: Comparison) -> Result<()> {
    let (left, right) = (call.texts(0)?, call.texts(1)?);
    match operator {
        Comparison::Equal => equal_texts(call, out, left, right, true),
        Comparison::NotEqual => equal_texts(call, out, left, right, false),
        Comparison::Less | Comparison::LessEqual | Comparison::Greater | Comparison::GreaterEqual => {
            let (left, right) = (Side::new(left), Side::new(right));
            call.fill_booleans(out, |row| Ok(holds(operator, left.compare(&right, row))))
        }
    }
}

/// Whether the texts are equal, if `wanted`, or else whether they are not.
fn equal_texts(call: &Invocation<'_>, out: &mut Vector, left: Texts<'_>, right: Texts<'_>, wanted: bool) -> Result<()> {
    match (left, right) {
        (Texts::Column(text), Texts::Constant(bytes)) | (Texts::Constant(bytes), Texts::Column(text)) => {
            let needle = Needle::new(bytes);
            call.fill_booleans(out, |row| Ok(needle.equals(text, row) == wanted))
        }
        (Texts::Column(left), Texts::Column(right)) => call.fill_booleans(out, |row| {
            let (a, b) = (&left.views[row], &right.views[row]);
            let equal = a.prefix_key() == b.prefix_key() && left.resolve(a) == right.resolve(b);
            Ok(equal == wanted)
        }),
        (Texts::Constant(left), Texts::Constant(right)) => call.fill_booleans(out, |_| Ok((left == right) == wanted)),
    }
}

/// A constant to be found equal to strings of a column, most of which differ in length or first bytes.
#[derive(Clone, Copy)]
struct Needle<'a> {
    bytes: &'a [u8],
    /// The whole view of a short string; of a long one, length and prefix.
    view: View,
}

impl<'a> Needle<'a> {
    fn new(bytes: &'a [u8]) -> Needle<'a> {
        let view = if bytes.len() <= INLINE_BYTES { View::inline(bytes) } else { View::long(bytes, 0, 0) };
        Needle { bytes, view }
    }

    #[inline]
    fn equals(&self, text: &Text, row: usize) -> bool {
        let view = &text.views[row];
        if self.bytes.len() <= INLINE_BYTES {
            // Bytes of a view behind a short string are 0.
            return bytemuck::cast::<View, u128>(*view) == bytemuck::cast::<View, u128>(self.view);
        }
        view.prefix_key() == self.view.prefix_key() && text.resolve(view) == self.bytes
    }
}

/// An operand of an ordering comparison.
struct Side<'a> {
    texts: Texts<'a>,
    /// The first four bytes of a constant.
    prefix: u32,
}

/// The first four bytes, 0 behind a shorter string, as a number that orders as they do.
#[inline]
fn prefix_of(view: View) -> u32 {
    ((view.prefix_key() >> 32) as u32).swap_bytes()
}

impl<'a> Side<'a> {
    fn new(texts: Texts<'a>) -> Side<'a> {
        let prefix = match texts {
            Texts::Constant(bytes) => prefix_of(View::inline(&bytes[..bytes.len().min(4)])),
            Texts::Column(_) => 0,
        };
        Side { texts, prefix }
    }

    #[inline]
    fn prefix(&self, row: usize) -> u32 {
        match self.texts {
            Texts::Column(text) => prefix_of(text.views[row]),
            Texts::Constant(_) => self.prefix,
        }
    }

    #[inline]
    fn compare(&self, other: &Side<'_>, row: usize) -> Ordering {
        match self.prefix(row).cmp(&other.prefix(row)) {
            Ordering::Equal => self.texts.bytes(row).cmp(other.texts.bytes(row)),
            order => order,
        }
    }
}

fn compare_any(call: &Invocation<'_>, out: &mut Vector, operator: Comparison) -> Result<()> {
    let (left, right, data_type) = (call.arguments[0], call.arguments[1], &call.argument_types[0]);
    call.fill_booleans(out, |row| Ok(holds(operator, compare_cells(&left.cell(row), &right.cell(row), data_type))))
}

/// The order of two values of one type: NaN behind every number, NULL inside nested values behind everything, as
/// PostgreSQL has them.
pub(crate) fn compare_cells(a: &Cell<'_>, b: &Cell<'_>, data_type: &DataType) -> Ordering {
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Boolean(a), Cell::Boolean(b)) => a.cmp(b),
        (Cell::Integer(a), Cell::Integer(b)) if *data_type == DataType::Interval => {
            Interval::unpack(*a).normalised().cmp(&Interval::unpack(*b).normalised())
        }
        (Cell::Integer(a), Cell::Integer(b)) => a.cmp(b),
        (Cell::Double(a), Cell::Double(b)) => compare_doubles(*a, *b),
        (Cell::Bytes(a), Cell::Bytes(b)) => a.cmp(b),
        (Cell::List(a), Cell::List(b)) => {
            for index in 0..a.len().min(b.len()) {
                let order = compare_elements(&a.element(index), &b.element(index), data_type);
                if order.is_ne() {
                    return order;
                }
            }
            a.len().cmp(&b.len())
        }
        (Cell::Struct(a), Cell::Struct(b)) => {
            let fields = if let DataType::Struct(fields) = data_type { &**fields } else { &[] };
            let compare = |(index, field): (usize, &crate::types::Field)| {
                compare_cells(&a.member(index), &b.member(index), &field.data_type)
            };
            fields.iter().enumerate().map(compare).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
        // Values of one type are of one kind; the order of others does not matter, but it must be one.
        _ => Ordering::Equal,
    }
}

fn compare_elements(a: &Cell<'_>, b: &Cell<'_>, list_type: &DataType) -> Ordering {
    match (list_type, a, b) {
        (DataType::List(element) | DataType::Array(element, _), a, b) => compare_cells(a, b, element),
        (DataType::Map(entry), Cell::Struct(a), Cell::Struct(b)) => compare_cells(&a.member(0), &b.member(0), &entry.0)
            .then_with(|| compare_cells(&a.member(1), &b.member(1), &entry.1)),
        _ => Ordering::Equal,
    }
}

/// NaN is the greatest and equals itself; zeros are equal.
fn compare_doubles(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[ScalarFunction {
    name: "in_list",
    aliases: &[],
    doc: "Whether a string is one of several; how x IN ('a', 'b') runs.",
    examples: &[("in_list('b', 'a', 'b')", "true"), ("in_list('c', 'a', 'b')", "false")],
    overloads: &[
        Overload::strict(&[TypePattern::Varchar, TypePattern::Varchar], BOOLEAN, in_list).variadic(),
        Overload::strict(&[TypePattern::Blob, TypePattern::Blob], BOOLEAN, in_list).variadic(),
    ],
}];

/// Candidates that are compared one after another; more go through a hash table.
const COMPARED_MAX: usize = 16;

fn in_list(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let value = call.texts(0)?;
    let count = call.arguments.len() - 1;
    let mut needles = [Needle::new(b""); COMPARED_MAX];
    let mut constants = 0;
    for index in 0..count {
        if let (Texts::Constant(bytes), Some(needle)) = (call.texts(index + 1)?, needles.get_mut(index)) {
            *needle = Needle::new(bytes);
            constants += 1;
        }
    }
    match value {
        Texts::Column(text) if constants == count => {
            let needles = &needles[..count];
            call.fill_booleans(out, |row| Ok(needles.iter().any(|needle| needle.equals(text, row))))
        }
        _ => in_long_list(call, out, value),
    }
}

/// Constants through a hash table made for the batch, columns one by one.
fn in_long_list(call: &Invocation<'_>, out: &mut Vector, value: Texts<'_>) -> Result<()> {
    let mut reservation = call.context.reservation("IN list");
    reservation.grow(call.arguments.len() * 2 * size_of::<&[u8]>())?;
    let mut constants: HashSet<&[u8]> = HashSet::with_capacity(call.arguments.len());
    let mut columns = Vec::new();
    for index in 1..call.arguments.len() {
        match call.texts(index)? {
            Texts::Constant(bytes) => {
                constants.insert(bytes);
            }
            Texts::Column(text) => columns.push(text),
        }
    }
    call.fill_booleans(out, |row| {
        let bytes = value.bytes(row);
        Ok(constants.contains(bytes) || columns.iter().any(|text| text.get(row) == bytes))
    })
}

#[cfg(test)]
mod tests;
