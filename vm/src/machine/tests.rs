//! What several workers have filled comes to the same as what one has.

use std::sync::Arc;

use super::aggregate::Aggregation;
use super::columns::ColumnStore;
use super::join_table::JoinBuild;
use super::keys::KeyBatch;
use super::runs::Position;
use super::sealing::seal;
use super::sort::Sorter;
use super::united::unite;
use super::worker::Rows;
use crate::aggregates::{self, AggregateCall, Distinct, Filter};
use crate::error::Span;
use crate::memory::{Context, Helpers};
use crate::program::{AggregationSpec, HashSpec, JoinKind, NullOrder, Order, Register, SortKey, SorterSpec};
use crate::types::DataType;
use crate::value::Value;
use crate::vector::Vector;

const TYPES: [DataType; 2] = [DataType::Varchar, DataType::BigInt];

/// Columns of texts, short and long, and of numbers.
fn columns(rows: std::ops::Range<i64>) -> Vec<Vector> {
    let (mut texts, mut numbers) = (Vector::empty(TYPES[0].form()), Vector::empty(TYPES[1].form()));
    for row in rows {
        let long = if row % 3 == 0 { "that is longer than twelve bytes" } else { "" };
        texts.push(&if row % 7 == 0 { Value::Null } else { Value::text(format!("{} {long}", row % 5)) });
        numbers.push(&Value::Integer(row % 4));
    }
    vec![texts, numbers]
}

fn lines(columns: &[Vector], types: &[DataType]) -> Vec<String> {
    let row = |row: usize| {
        let cells = columns.iter().zip(types).map(|(column, data_type)| column.value(row, data_type));
        format!("{:?}", cells.collect::<Vec<_>>())
    };
    (0..columns[0].len()).map(row).collect()
}

#[test]
fn groups_merge() {
    let context = Context::unlimited();
    let call = |name: &str, distinct| {
        let overload = &aggregates::find(name).expect("an aggregate").overloads[0];
        AggregateCall {
            name: "sum",
            states: overload.states,
            argument_types: vec![DataType::BigInt],
            result_type: DataType::decimal(38, 0),
            distinct,
            filter: Filter::None,
            span: Span::NONE,
        }
    };
    let calls = vec![call("sum", Distinct::All), call("sum", Distinct::Distinct)];
    let spec = AggregationSpec { keys: vec![DataType::Varchar], calls };
    let fill = |rows: std::ops::Range<i64>| {
        let mut aggregation = Aggregation::new(&spec, &[true], &context).expect("memory");
        let count = rows.end - rows.start;
        let (key, argument) = (Register(0), Register(1));
        aggregation
            .step(Position(rows.start as u64), &columns(rows.clone()), &[key], &[argument, argument], count as usize)
            .expect("values");
        aggregation
    };
    let read = |aggregations: Vec<Aggregation>| {
        let mut columns = Vec::new();
        let parts = aggregations.into_iter().map(Aggregation::into_part).collect();
        unite(parts, &context).expect("memory").read(0, 1000, &mut columns).expect("results");
        lines(&columns, &[DataType::Varchar, DataType::decimal(38, 0), DataType::decimal(38, 0)])
    };
    assert_eq!(read(vec![fill(50..100), fill(0..20), fill(20..50)]), read(vec![fill(0..100)]));
}

#[test]
fn build_sides_merge() {
    let context = Context::unlimited();
    let spec = HashSpec {
        kind: JoinKind::Mark,
        keys: TYPES.to_vec(),
        null_equal: vec![false, false],
        band: None,
        columns: TYPES.to_vec(),
        span: Span::NONE,
    };
    let fill = |rows: std::ops::Range<i64>| {
        let mut build = JoinBuild::new(&spec, &context);
        let (count, columns) = (rows.end - rows.start, columns(rows.clone()));
        build.insert(Position(rows.start as u64), columns.iter(), columns.iter(), count as usize).expect("memory");
        build
    };
    let merged = seal(vec![fill(50..100), fill(0..50)], &[], &context).expect("memory");
    let whole = seal(vec![fill(0..100)], &[], &context).expect("memory");
    assert_eq!((merged.facts.some_null, merged.rows()), (true, whole.rows()));
    let probe = columns(0..60);
    let partners = |table: &super::join_table::JoinTable| {
        let (mut keys, mut candidates, mut lines) = (KeyBatch::default(), Vec::new(), Vec::new());
        table.stage(probe.iter(), 60, &mut keys, &mut candidates).expect("keys");
        for (row, (start, end)) in candidates.into_iter().enumerate() {
            let key = keys.key(&table.layout, row);
            for partner in (start..end).filter_map(|entry| table.partner(entry, key)) {
                let value = |column: usize| table.column(column).value(partner as usize, &TYPES[column]);
                lines.push(format!("{row} {:?} {:?}", value(0), value(1)));
            }
        }
        lines
    };
    assert!(partners(&whole).len() > 100);
    assert_eq!(partners(&merged), partners(&whole));
}

#[derive(Debug)]
struct Nobody;

impl Helpers for Nobody {
    fn count(&self) -> usize {
        1
    }

    fn start(&self, _: Box<dyn FnOnce() + Send>) {}
}

#[test]
fn sorters_merge() {
    let context = Context::unlimited().with_helpers(Arc::new(Nobody));
    let key = |column| SortKey { column, order: Order::Descending, nulls: NullOrder::First };
    let spec = SorterSpec { columns: TYPES.to_vec(), keys: vec![key(0), key(1)], limit: Some(30) };
    let fill = |rows: std::ops::Range<i64>| {
        let mut sorter = Sorter::new(&spec, &context);
        let (count, columns) = (rows.end - rows.start, columns(rows.clone()));
        sorter.insert(Position(rows.start as u64), columns.iter(), count as usize).expect("memory");
        sorter
    };
    let read = |sorters: Vec<Sorter>| {
        let mut columns = Vec::new();
        assert_eq!(Sorter::finish(sorters).expect("memory").read(0, 1000, &mut columns), 30);
        lines(&columns, &TYPES)
    };
    assert_eq!(read(vec![fill(50..100), fill(0..50)]), read(vec![fill(0..100)]));
}

#[test]
fn a_store_reserves_before_it_grows() {
    let memory = crate::memory::MemoryAccount::new(10_000);
    let context = Context::new(Arc::clone(&memory), Default::default(), None, 2048);
    let mut store = ColumnStore::new(&TYPES, &context, "test");
    let batch = columns(0..100);
    let outcome = (0..100).try_for_each(|_| store.append(batch.iter(), Rows::All(100)));
    assert!(outcome.is_err_and(|error| error.kind() == crate::error::ErrorKind::Limit));
    assert!(memory.used_bytes() <= 10_000);
    drop(store);
    assert_eq!(memory.used_bytes(), 0);
}
