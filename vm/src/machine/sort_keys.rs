//! Ordering rows by several columns.
//!
//! A column's values become 64-bit codes that order as the values do, a *level* of them at a time: one level for
//! most types, two for 128 bits, one for every seven bytes of a text, and one before them for NULLs where there are
//! any. Rows are ordered by the first level; stretches that are equal in it are ordered by the next, and so on. So
//! every comparison is one of integers, and types are looked at once for a level and stretch.

use crate::error::Result;
use crate::memory::{Context, POLL_ROWS};
use crate::program::{NullOrder, Order, SortKey};
use crate::semantics::float;
use crate::semantics::interval::Interval;
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// Bytes of a text in one level; the eighth says how many there are.
const TEXT_LEVEL_BYTES: usize = 7;

/// A row with its code of some level.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coded {
    pub(super) code: u64,
    pub(super) row: u32,
}

/// A key, and a level of it. `None` is the level of NULLs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    key: usize,
    level: Option<usize>,
}

impl Place {
    /// Where ordering begins.
    pub(super) const FIRST: Place = Place { key: 0, level: None };

    /// Where rows go on that are equal in a level: one of them is given.
    pub(super) fn behind(self, level: Level<'_>, row: Coded) -> Place {
        let stays = match level {
            Level::Nulls(valid) => valid.get(row.row as usize),
            Level::Values(More::Never) => false,
            Level::Values(More::Always) => true,
            Level::Values(More::IfLonger(Order::Ascending)) => row.code as u8 > TEXT_LEVEL_BYTES as u8,
            Level::Values(More::IfLonger(Order::Descending)) => !row.code as u8 > TEXT_LEVEL_BYTES as u8,
        };
        match (stays, self.level) {
            (true, level) => Place { level: Some(level.map_or(0, |level| level + 1)), ..self },
            (false, _) => Place { key: self.key + 1, level: None },
        }
    }
}

/// A stretch of rows that is equal in all levels before this one.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: usize,
    end: usize,
    /// The level that it is to be ordered by.
    place: Place,
}

/// Bytes that [`order_rows`] takes for each row besides the result.
pub(super) const SORT_ROW_BYTES: usize = 2 * size_of::<Coded>() + size_of::<Stretch>() / 2;

/// What rows are ordered by.
#[derive(Clone, Copy)]
pub(super) struct SortInput<'a> {
    pub(super) columns: &'a [Vector],
    pub(super) types: &'a [DataType],
    pub(super) keys: &'a [SortKey],
}

/// The numbers of `rows` rows, ordered by the keys; rows that are equal in all of them stay in order.
pub(super) fn order_rows(input: SortInput<'_>, rows: u32, context: &Context) -> Result<Vec<u32>> {
    let coded = (0..rows).map(|row| Coded { code: 0, row }).collect();
    order_from(input, coded, Place::FIRST, context)
}

/// Orders rows by a level and all behind it.
pub(super) fn order_from(
    input: SortInput<'_>,
    mut coded: Vec<Coded>,
    place: Place,
    context: &Context,
) -> Result<Vec<u32>> {
    let mut spare = vec![Coded::default(); coded.len()];
    let mut open = vec![Stretch { start: 0, end: coded.len(), place }];
    let mut handled = 0;
    while let Some(stretch) = open.pop() {
        handled += stretch.end - stretch.start;
        if handled >= POLL_ROWS {
            context.poll()?;
            handled = 0;
        }
        let range = stretch.start..stretch.end;
        let Some(level) = code_level(input, &mut coded[range.clone()], stretch.place) else { continue };
        order_codes(&mut coded[range.clone()], &mut spare[range], context)?;
        push_equal(&coded, stretch, level, &mut open);
    }
    Ok(coded.iter().map(|coded| coded.row).collect())
}

/// Fills in the codes of a level, or of the first behind it that there is; `None` if there is none.
pub(super) fn code_level<'a>(input: SortInput<'a>, coded: &mut [Coded], place: Place) -> Option<(Place, Level<'a>)> {
    let key = input.keys.get(place.key)?;
    let column = &input.columns[key.column];
    let level = match (place.level, column.validity.bits()) {
        (None, Some(valid)) => {
            code_nulls(coded, valid, key.nulls);
            return Some((place, Level::Nulls(valid)));
        }
        (None, None) => 0,
        (Some(level), _) => level,
    };
    let more = code(coded, column, &input.types[key.column], level, key.order);
    Some((Place { level: Some(level), ..place }, Level::Values(more)))
}

/// What a level was made of: says where rows that are equal in it go on.
#[derive(Clone, Copy)]
pub(super) enum Level<'a> {
    Nulls(&'a Bits),
    Values(More),
}

/// Whether rows that are equal in a level may differ in the next one of the same column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum More {
    /// No.
    Never,
    /// Yes.
    Always,
    /// If the text goes on: the lowest byte of an ascending code says so. Descending codes are complements.
    IfLonger(Order),
}

/// Opens a stretch for each run of equal codes.
fn push_equal(coded: &[Coded], stretch: Stretch, (place, level): (Place, Level<'_>), open: &mut Vec<Stretch>) {
    let mut start = stretch.start;
    while start < stretch.end {
        let code = coded[start].code;
        let length = coded[start..stretch.end].iter().take_while(|row| row.code == code).count();
        if length > 1 {
            open.push(Stretch { start, end: start + length, place: place.behind(level, coded[start]) });
        }
        start += length;
    }
}

fn code_nulls(coded: &mut [Coded], valid: &Bits, nulls: NullOrder) {
    let first = nulls == NullOrder::First;
    for coded in coded {
        coded.code = u64::from(valid.get(coded.row as usize) == first);
    }
}

/// Fills in the codes of a level; says whether there are more.
fn code(coded: &mut [Coded], column: &Vector, data_type: &DataType, level: usize, order: Order) -> More {
    let flip = if order == Order::Descending { u64::MAX } else { 0 };
    let mut fill = |code: &dyn Fn(usize) -> u64| {
        // One indirect call a row; the loops that matter are below.
        coded.iter_mut().for_each(|coded| coded.code = code(coded.row as usize) ^ flip);
    };
    match &column.values {
        Values::Bits(bits) => fill(&|row| bits.get(row).into()),
        Values::I8(values) => fill(&|row| signed(values[row].into())),
        Values::I16(values) => fill(&|row| signed(values[row].into())),
        Values::I32(values) => fill_all(coded, flip, |row| signed(values[row].into())),
        Values::I64(values) => fill_all(coded, flip, |row| signed(values[row])),
        Values::F32(values) => fill(&|row| double(values[row].into())),
        Values::F64(values) => fill_all(coded, flip, |row| double(values[row])),
        Values::I128(values) => {
            let interval = *data_type == DataType::Interval;
            let value = |row: usize| if interval { Interval::unpack(values[row]).normalised() } else { values[row] };
            if level == 0 {
                fill(&|row| signed((value(row) >> 64) as i64));
                return More::Always;
            }
            fill(&|row| value(row) as u64);
        }
        Values::Text(text) => {
            let start = level * TEXT_LEVEL_BYTES;
            fill_all(coded, flip, |row| text_code(text.get(row), start));
            return More::IfLonger(order);
        }
        Values::List(_) | Values::Struct(_) => unreachable!("the verifier refuses to sort by nested values"),
    }
    More::Never
}

fn fill_all(coded: &mut [Coded], flip: u64, code: impl Fn(usize) -> u64) {
    coded.iter_mut().for_each(|coded| coded.code = code(coded.row as usize) ^ flip);
}

/// Makes `codes` numbers of the first `rows` rows of a key's column: of two rows the one with the smaller number comes first.
/// Rows with the same number may come in either order.
pub(super) fn rough_codes(column: &Vector, data_type: &DataType, key: SortKey, rows: usize, codes: &mut Vec<u64>) {
    fn fill(codes: &mut Vec<u64>, flip: u64, each: impl Iterator<Item = u64>) {
        codes.clear();
        codes.extend(each.map(|code| code ^ flip));
    }
    let flip = if key.order == Order::Descending { u64::MAX } else { 0 };
    match &column.values {
        Values::Bits(bits) => fill(codes, flip, (0..rows).map(|row| bits.get(row).into())),
        Values::I8(values) => fill(codes, flip, values[..rows].iter().map(|value| signed((*value).into()))),
        Values::I16(values) => fill(codes, flip, values[..rows].iter().map(|value| signed((*value).into()))),
        Values::I32(values) => fill(codes, flip, values[..rows].iter().map(|value| signed((*value).into()))),
        Values::I64(values) => fill(codes, flip, values[..rows].iter().map(|value| signed(*value))),
        Values::F32(values) => fill(codes, flip, values[..rows].iter().map(|value| double((*value).into()))),
        Values::F64(values) => fill(codes, flip, values[..rows].iter().map(|value| double(*value))),
        Values::I128(values) => {
            let interval = *data_type == DataType::Interval;
            let value = |value: i128| if interval { Interval::unpack(value).normalised() } else { value };
            let near = |value: i128| value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            fill(codes, flip, values[..rows].iter().map(|packed| signed(near(value(*packed)))));
        }
        Values::Text(text) => fill(codes, flip, (0..rows).map(|row| text_code(text.get(row), 0))),
        Values::List(_) | Values::Struct(_) => unreachable!("the verifier refuses to sort by nested values"),
    }
    if let Some(valid) = column.validity.bits() {
        let null = if key.nulls == NullOrder::First { 0 } else { u64::MAX };
        codes.iter_mut().enumerate().filter(|(row, _)| !valid.get(*row)).for_each(|(_, code)| *code = null);
    }
}

/// An integer's order as that of unsigned ones.
pub(super) fn signed(value: i64) -> u64 {
    value as u64 ^ 1 << 63
}

/// The integer again.
pub(super) fn unsigned(code: u64) -> i64 {
    (code ^ 1 << 63) as i64
}

/// A double's order: both zeros are equal, NaN is the greatest.
fn double(value: f64) -> u64 {
    signed(float::order_key(value + 0.0))
}

/// Seven bytes of a text from `start` on, and how many bytes there are from there: 8 stands for more than 7.
fn text_code(bytes: &[u8], start: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.len().min(TEXT_LEVEL_BYTES);
    let mut code = [0u8; 8];
    code[..length].copy_from_slice(&rest[..length]);
    code[TEXT_LEVEL_BYTES] = rest.len().min(TEXT_LEVEL_BYTES + 1) as u8;
    u64::from_be_bytes(code)
}

/// Orders by code, then row. Stretches too long for one go are dealt into 256 by the highest byte that differs, so
/// that there is a poll every so often, and the stretches that are left are short enough for the caches.
pub(super) fn order_codes(coded: &mut [Coded], spare: &mut [Coded], context: &Context) -> Result<()> {
    if coded.len() <= POLL_ROWS {
        coded.sort_unstable_by_key(|coded| (coded.code, coded.row));
        return Ok(());
    }
    context.poll()?;
    let differing = coded.iter().fold(0, |bits, row| bits | (row.code ^ coded[0].code));
    if differing == 0 {
        // Rows come in order and are dealt in order.
        return Ok(());
    }
    let shift = (63 - differing.leading_zeros()) / 8 * 8;
    let mut ends = [0usize; 256];
    coded.iter().for_each(|row| ends[(row.code >> shift) as usize & 255] += 1);
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut next = ends;
    // From the back, so that rows stay in order: each goes before those of its byte that are dealt already.
    for chunk in coded.rchunks(POLL_ROWS) {
        context.poll()?;
        for row in chunk.iter().rev() {
            let next = &mut next[(row.code >> shift) as usize & 255];
            *next -= 1;
            spare[*next] = *row;
        }
    }
    coded.copy_from_slice(spare);
    let mut start = 0;
    for end in ends {
        order_codes(&mut coded[start..end], &mut spare[start..end], context)?;
        start = end;
    }
    Ok(())
}
