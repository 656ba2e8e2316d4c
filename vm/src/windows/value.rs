//! Values of other rows: lag, lead, first_value, last_value, nth_value.

use super::{WindowBody, WindowFunction, WindowInput, WindowOverload, WindowScope};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::vector::{MISSING_ROW, Values, Vector};

/// Rows whose values are fetched at once.
const CHUNK_ROWS: usize = 2048;

/// Appends the values of an argument in other rows: `partner` gives for each row the place of the other one.
fn fetch(
    input: &WindowInput<'_>,
    out: &mut Vector,
    fallback: Option<&Vector>,
    mut partner: impl FnMut(usize) -> Result<Option<usize>>,
) -> Result<()> {
    let Some(source) = input.arguments.first() else {
        return Err(Error::internal("a value of another row, of nothing"));
    };
    let (mut rows, mut picked) = (Vec::with_capacity(CHUNK_ROWS), Vec::with_capacity(CHUNK_ROWS));
    let (mut values, mut fallbacks) = (Vector::empty(out.form()), Vector::empty(out.form()));
    let mut chosen = Vector::empty(out.form());
    for start in (0..input.order.len()).step_by(CHUNK_ROWS) {
        input.context.poll()?;
        let end = input.order.len().min(start + CHUNK_ROWS);
        rows.clear();
        for row in start..end {
            rows.push(partner(row)?.map_or(MISSING_ROW, |other| input.order[other]));
        }
        values.gather(source, &rows);
        let Some(fallback) = fallback.filter(|_| rows.contains(&MISSING_ROW)) else {
            out.append(&values);
            continue;
        };
        // The values and the values to fall back on in one vector, of which one is picked for each row.
        fallbacks.gather(fallback, &input.order[start..end]);
        values.append(&fallbacks);
        picked.clear();
        let own = |(place, row): (usize, &u32)| if *row == MISSING_ROW { place + rows.len() } else { place } as u32;
        picked.extend(rows.iter().enumerate().map(own));
        chosen.gather(&values, &picked);
        out.append(&chosen);
    }
    Ok(())
}

/// A number in an argument: `None` for NULL.
fn number(input: &WindowInput<'_>, argument: usize, row: usize) -> Result<Option<i64>> {
    let Some(column) = input.arguments.get(argument) else { return Ok(Some(1)) };
    let source = input.order[row] as usize;
    match &column.values {
        Values::I64(_) if !column.validity.is_valid(source) => Ok(None),
        Values::I64(values) => Ok(Some(values[source])),
        other => Err(Error::internal(format!("an offset in a vector of {}", other.form().name()))),
    }
}

/// The value `direction` times the offset away, in the same partition.
fn shifted(input: &WindowInput<'_>, out: &mut Vector, direction: i128) -> Result<()> {
    let mut partition = 0;
    let fallback = input.arguments.get(2).copied();
    let mut nulls = Vec::new();
    fetch(input, out, fallback, |row| {
        while input.partitions[partition + 1] as usize <= row {
            partition += 1;
        }
        let Some(offset) = number(input, 1, row)? else {
            nulls.push(row);
            return Ok(None);
        };
        let other = row as i128 + direction * i128::from(offset);
        let within = i128::from(input.partitions[partition])..i128::from(input.partitions[partition + 1]);
        Ok(within.contains(&other).then_some(other as usize))
    })?;
    if !nulls.is_empty() && fallback.is_some() {
        // An unknown offset gives NULL, not what there is to fall back on.
        let rows = out.len();
        let known: Vec<bool> = (0..rows).map(|row| out.validity.is_valid(row)).collect();
        let mut nulls = nulls.into_iter().peekable();
        let valid = |row: usize| nulls.next_if(|null| *null == row).is_none() && known[row];
        out.validity.bits_mut().refill_from(rows, valid);
    }
    Ok(())
}

fn lag(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    shifted(input, out, -1)
}

fn lead(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    shifted(input, out, 1)
}

fn first_value(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    fetch(input, out, None, |row| {
        let (start, end) = input.frames[row];
        Ok((start < end).then_some(start as usize))
    })
}

fn last_value(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    fetch(input, out, None, |row| {
        let (start, end) = input.frames[row];
        Ok((start < end).then(|| end as usize - 1))
    })
}

fn nth_value(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    fetch(input, out, None, |row| {
        let (start, end) = input.frames[row];
        match number(input, 1, row)? {
            None => Ok(None),
            Some(position @ 1..) => {
                let wanted = i64::from(start).saturating_add(position - 1);
                Ok((wanted < i64::from(end)).then_some(wanted as usize))
            }
            Some(position) => Err(Error::runtime(format!("nth_value(…, {position}): rows are counted from 1"))),
        }
    })
}

const fn overload(
    arguments: &'static [TypePattern],
    scope: WindowScope,
    body: fn(&WindowInput<'_>, &mut Vector) -> Result<()>,
) -> WindowOverload {
    WindowOverload { arguments, result: ResultType::Argument(0), nullable: true, scope, body: WindowBody(body) }
}

const SHIFTED: [&[TypePattern]; 3] = [
    &[TypePattern::Any],
    &[TypePattern::Any, TypePattern::BigInt],
    &[TypePattern::Common, TypePattern::BigInt, TypePattern::Common],
];

/// lag.
pub(super) static LAG: WindowFunction = WindowFunction {
    name: "lag",
    aliases: &[],
    doc: "The value some rows before (1 if not said) in the partition; else the third argument, or NULL.",
    overloads: &[
        overload(SHIFTED[0], WindowScope::Partition, lag),
        overload(SHIFTED[1], WindowScope::Partition, lag),
        overload(SHIFTED[2], WindowScope::Partition, lag),
    ],
};

/// lead.
pub(super) static LEAD: WindowFunction = WindowFunction {
    name: "lead",
    aliases: &[],
    doc: "The value some rows behind (1 if not said) in the partition; else the third argument, or NULL.",
    overloads: &[
        overload(SHIFTED[0], WindowScope::Partition, lead),
        overload(SHIFTED[1], WindowScope::Partition, lead),
        overload(SHIFTED[2], WindowScope::Partition, lead),
    ],
};

/// first_value.
pub(super) static FIRST_VALUE: WindowFunction = WindowFunction {
    name: "first_value",
    aliases: &["first"],
    doc: "The value in the first row of the frame.",
    overloads: &[overload(&[TypePattern::Any], WindowScope::Frame, first_value)],
};

/// last_value.
pub(super) static LAST_VALUE: WindowFunction = WindowFunction {
    name: "last_value",
    aliases: &["last"],
    doc: "The value in the last row of the frame.",
    overloads: &[overload(&[TypePattern::Any], WindowScope::Frame, last_value)],
};

/// nth_value.
pub(super) static NTH_VALUE: WindowFunction = WindowFunction {
    name: "nth_value",
    aliases: &[],
    doc: "The value in the row of that number in the frame, from 1.",
    overloads: &[overload(&[TypePattern::Any, TypePattern::BigInt], WindowScope::Frame, nth_value)],
};
