//! Ordering many rows by several threads.
//!
//! A look at some of the codes of a level gives splitters, which cut the rows into pieces that follow one another in
//! the order. Each piece is a task of its own. A piece whose rows are all equal in the level is cut again, by the next.

use super::parallel::{TASK_ROWS_MIN, run_all};
use super::sort_keys::{Coded, Place, SortInput, code_level, order_from};
use crate::error::Result;
use crate::memory::{Context, POLL_ROWS};
use crate::program::SortKey;
use crate::types::DataType;
use crate::vector::Vector;

/// Codes that are looked at for each piece.
const SAMPLES_A_PIECE: usize = 32;

/// What rows are ordered by, for threads to share: columns that are shared already.
pub(super) struct SharedInput {
    pub(super) columns: Vec<Vector>,
    pub(super) types: Vec<DataType>,
    pub(super) keys: Vec<SortKey>,
}

impl SharedInput {
    fn as_input(&self) -> SortInput<'_> {
        SortInput { columns: &self.columns, types: &self.types, keys: &self.keys }
    }
}

/// Rows that are equal in all levels before `place`, and stand from `start` on in the end.
struct Piece {
    start: usize,
    rows: Vec<Coded>,
    place: Place,
}

/// As [`order_rows`](super::sort_keys::order_rows).
pub(super) fn order_together(input: SharedInput, rows: u32, context: &Context) -> Result<Vec<u32>> {
    let all = (0..rows).map(|row| Coded { code: 0, row }).collect();
    let mut large = vec![Piece { start: 0, rows: all, place: Place::FIRST }];
    let pieces_max = 4 * context.workers();
    let rows_min = (rows as usize / pieces_max).max(TASK_ROWS_MIN);
    let mut tasks = Vec::new();
    while let Some(mut piece) = large.pop() {
        if piece.rows.len() < 2 * rows_min {
            tasks.push(piece);
            continue;
        }
        let Some((place, level)) = code_level(input.as_input(), &mut piece.rows, piece.place) else {
            tasks.push(piece);
            continue;
        };
        let splitters = splitters(&piece.rows, pieces_max);
        let mut start = piece.start;
        for rows in cut(piece.rows, &splitters, context)? {
            let length = rows.len();
            let equal = rows.iter().all(|row| row.code == rows[0].code);
            match rows.first() {
                None => {}
                Some(first) if equal => large.push(Piece { start, place: place.behind(level, *first), rows }),
                Some(_) => tasks.push(Piece { start, rows, place }),
            }
            start += length;
        }
    }
    tasks.sort_unstable_by_key(|piece| piece.start);
    let poller = context.clone();
    let ordered = run_all(context, rows as usize, tasks, move |piece| {
        order_from(input.as_input(), piece.rows, piece.place, &poller)
    })?;
    Ok(ordered.concat())
}

/// Codes at which pieces begin, in ascending order. A code that many rows have is alone in its piece.
fn splitters(rows: &[Coded], pieces: usize) -> Vec<u64> {
    let count = pieces * SAMPLES_A_PIECE;
    let mut sample: Vec<u64> = (0..count).map(|index| rows[index * rows.len() / count].code).collect();
    sample.sort_unstable();
    let mut splitters: Vec<u64> = Vec::new();
    for samples in sample.chunks(SAMPLES_A_PIECE) {
        splitters.push(samples[0]);
        if samples[0] == samples[SAMPLES_A_PIECE - 1] {
            splitters.extend(samples[0].checked_add(1));
        }
    }
    splitters.dedup();
    splitters
}

/// Deals rows to the pieces that splitters make; they stay in order.
fn cut(rows: Vec<Coded>, splitters: &[u64], context: &Context) -> Result<Vec<Vec<Coded>>> {
    let piece = |row: &Coded| splitters.partition_point(|splitter| *splitter <= row.code);
    let mut lengths = vec![0usize; splitters.len() + 1];
    for chunk in rows.chunks(POLL_ROWS) {
        context.poll()?;
        chunk.iter().for_each(|row| lengths[piece(row)] += 1);
    }
    let mut pieces: Vec<Vec<Coded>> = lengths.into_iter().map(Vec::with_capacity).collect();
    for chunk in rows.chunks(POLL_ROWS) {
        context.poll()?;
        chunk.iter().for_each(|row| pieces[piece(row)].push(*row));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::sort_keys::order_rows;
    use crate::memory::Helpers;
    use crate::program::{NullOrder, Order};
    use crate::value::Value;
    use std::sync::Arc;

    /// Threads that come at once.
    #[derive(Debug)]
    struct Threads;

    impl Helpers for Threads {
        fn count(&self) -> usize {
            1
        }

        fn start(&self, job: Box<dyn FnOnce() + Send>) {
            job();
        }
    }

    #[test]
    fn pieces_are_in_the_order_of_the_whole() {
        let context = Context::unlimited().with_helpers(Arc::new(Threads));
        let rows = 150_000i64;
        let column = |data_type: &DataType, value: &dyn Fn(i64) -> Value| {
            let mut column = Vector::empty(data_type.form());
            (0..rows).for_each(|row| column.push(&value(row)));
            column.into_shared()
        };
        let types = vec![DataType::Integer, DataType::BigInt, DataType::Varchar];
        let few = column(&types[0], &|row| if row % 3 == 0 { Value::Null } else { Value::Integer(row % 4) });
        let many = column(&types[1], &|row| Value::Integer(row * 7919 % 100_003));
        let text = column(&types[2], &|row| Value::text(format!("a common prefix {}", row % 50_021)));
        let columns = vec![few, many, text];
        let key = |column, order, nulls| SortKey { column, order, nulls };
        let keys = [
            vec![key(0, Order::Descending, NullOrder::First), key(1, Order::Ascending, NullOrder::Last)],
            vec![key(1, Order::Descending, NullOrder::First)],
            vec![key(2, Order::Ascending, NullOrder::Last), key(0, Order::Ascending, NullOrder::Last)],
            vec![key(0, Order::Ascending, NullOrder::Last)],
            vec![],
        ];
        for keys in keys {
            let alone = order_rows(SortInput { columns: &columns, types: &types, keys: &keys }, rows as u32, &context);
            let input = SharedInput { columns: columns.clone(), types: types.clone(), keys: keys.clone() };
            assert!(order_together(input, rows as u32, &context).unwrap() == alone.unwrap(), "{keys:?}");
        }
    }
}
