//! Functions of a row's place in its partition: row_number, rank and their like.

use super::{WindowBody, WindowFunction, WindowInput, WindowOverload, WindowScope};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::types::DataType;
use crate::vector::{Values, Vector};

/// A group of peers: its rows, its number in its partition, and the partition's rows.
struct Peers {
    start: u32,
    end: u32,
    number: u32,
    partition: (u32, u32),
}

/// Visits groups of peers in order.
fn each_peers(input: &WindowInput<'_>, mut visit: impl FnMut(Peers) -> Result<()>) -> Result<()> {
    let mut groups = input.peers.windows(2).peekable();
    for partition in input.partitions.windows(2) {
        input.context.poll()?;
        let mut number = 0;
        while let Some(group) = groups.next_if(|group| group[0] < partition[1]) {
            visit(Peers { start: group[0], end: group[1], number, partition: (partition[0], partition[1]) })?;
            number += 1;
        }
    }
    Ok(())
}

fn integers(out: &mut Vector) -> Result<&mut Vec<i64>> {
    match &mut out.values {
        Values::I64(values) => Ok(values.make_owned()),
        other => Err(Error::internal(format!("a rank in a vector of {}", other.form().name()))),
    }
}

fn doubles(out: &mut Vector) -> Result<&mut Vec<f64>> {
    match &mut out.values {
        Values::F64(values) => Ok(values.make_owned()),
        other => Err(Error::internal(format!("a share in a vector of {}", other.form().name()))),
    }
}

fn row_number(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let out = integers(out)?;
    for partition in input.partitions.windows(2) {
        out.extend(1..=i64::from(partition[1] - partition[0]));
    }
    Ok(())
}

fn rank(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let out = integers(out)?;
    each_peers(input, |peers| {
        let rank = i64::from(peers.start - peers.partition.0) + 1;
        out.extend((peers.start..peers.end).map(|_| rank));
        Ok(())
    })
}

fn dense_rank(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let out = integers(out)?;
    each_peers(input, |peers| {
        out.extend((peers.start..peers.end).map(|_| i64::from(peers.number) + 1));
        Ok(())
    })
}

fn percent_rank(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let out = doubles(out)?;
    each_peers(input, |peers| {
        let (first, last) = (peers.partition.0, peers.partition.1 - 1);
        let others = f64::from(last - first);
        let share = if others == 0.0 { 0.0 } else { f64::from(peers.start - first) / others };
        out.extend((peers.start..peers.end).map(|_| share));
        Ok(())
    })
}

fn cume_dist(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let out = doubles(out)?;
    each_peers(input, |peers| {
        let (start, end) = peers.partition;
        let share = f64::from(peers.end - start) / f64::from(end - start);
        out.extend((peers.start..peers.end).map(|_| share));
        Ok(())
    })
}

fn ntile(input: &WindowInput<'_>, out: &mut Vector) -> Result<()> {
    let [count] = input.arguments else { return Err(Error::internal("ntile without its argument")) };
    let Values::I64(counts) = &count.values else { return Err(Error::internal("ntile of another form")) };
    let mut nulls = Vec::new();
    let out_values = integers(out)?;
    for partition in input.partitions.windows(2) {
        input.context.poll()?;
        let rows = i64::from(partition[1] - partition[0]);
        for (place, row) in (partition[0]..partition[1]).enumerate() {
            let source = input.order[row as usize] as usize;
            if !count.validity.is_valid(source) {
                nulls.push(row);
                out_values.push(0);
                continue;
            }
            let buckets = counts[source];
            if buckets <= 0 {
                return Err(Error::runtime(format!("ntile({buckets}): the number of buckets must be positive")));
            }
            // The first buckets have one row more, as many of them as rows are left over.
            let (size, larger) = (rows / buckets, rows % buckets);
            let (place, long) = (place as i64, larger * (size + 1));
            out_values.push(if place < long { place / (size + 1) } else { larger + (place - long) / size.max(1) } + 1);
        }
    }
    if !nulls.is_empty() {
        let rows = out.len();
        let mut nulls = nulls.into_iter().peekable();
        out.validity.bits_mut().refill_from(rows, |row| nulls.next_if(|null| *null as usize == row).is_none());
    }
    Ok(())
}

const fn overload(
    arguments: &'static [TypePattern],
    result: DataType,
    body: fn(&WindowInput<'_>, &mut Vector) -> Result<()>,
) -> WindowOverload {
    WindowOverload {
        nullable: !arguments.is_empty(),
        arguments,
        result: ResultType::Fixed(result),
        scope: WindowScope::Partition,
        body: WindowBody(body),
    }
}

/// row_number.
pub(super) static ROW_NUMBER: WindowFunction = WindowFunction {
    name: "row_number",
    aliases: &[],
    doc: "The row's number in its partition, from 1.",
    overloads: &[overload(&[], DataType::BigInt, row_number)],
};

/// rank.
pub(super) static RANK: WindowFunction = WindowFunction {
    name: "rank",
    aliases: &[],
    doc: "The number of the first row that is equal in the order, from 1: after equal rows there is a gap.",
    overloads: &[overload(&[], DataType::BigInt, rank)],
};

/// dense_rank.
pub(super) static DENSE_RANK: WindowFunction = WindowFunction {
    name: "dense_rank",
    aliases: &["rank_dense"],
    doc: "How many groups of equal rows there are up to this one.",
    overloads: &[overload(&[], DataType::BigInt, dense_rank)],
};

/// percent_rank.
pub(super) static PERCENT_RANK: WindowFunction = WindowFunction {
    name: "percent_rank",
    aliases: &[],
    doc: "The share of the partition's other rows that come before all equal ones, from 0 to 1.",
    overloads: &[overload(&[], DataType::Double, percent_rank)],
};

/// cume_dist.
pub(super) static CUME_DIST: WindowFunction = WindowFunction {
    name: "cume_dist",
    aliases: &[],
    doc: "The share of the partition's rows that come before this one or are equal to it.",
    overloads: &[overload(&[], DataType::Double, cume_dist)],
};

/// ntile.
pub(super) static NTILE: WindowFunction = WindowFunction {
    name: "ntile",
    aliases: &[],
    doc: "The number of the row's bucket when the partition is dealt into so many of nearly equal size.",
    overloads: &[overload(&[TypePattern::BigInt], DataType::BigInt, ntile)],
};
