//! Scans, filters, sorting, limits, inserts.

use std::sync::{Arc, Mutex};

use rowmill_vm::kernel::Comparison;
use rowmill_vm::machine::Machine;
use rowmill_vm::program::*;
use rowmill_vm::table::TableSink;
use rowmill_vm::{Context, DataType, Result, Span, Value, Vector};

use crate::assembler::*;

const LONG: &str = "a text that is longer than twelve bytes";

pub(crate) fn sort(columns: &[(DataType, Vec<Value>)], keys: &[SortKey], limit: Option<u64>) -> Program {
    let mut a = Assembler::new();
    let types: Vec<DataType> = columns.iter().map(|(data_type, _)| data_type.clone()).collect();
    let sorter = SorterId(0);
    a.program.sorters.push(SorterSpec { columns: types.clone(), keys: keys.to_vec(), limit });
    a.op(Op::SortOpen { sorter });
    let (space, registers) = a.scan(columns);
    let list = a.list(&registers);
    a.op(Op::SortInsert { sorter, space, columns: list });
    a.next();
    let cursor = a.cursor();
    a.op(Op::SortFinal { cursor, sorter });
    let (space, registers) = a.pipeline(cursor, &types);
    a.finish(space, &registers)
}

fn key(column: usize, order: Order, nulls: NullOrder) -> SortKey {
    SortKey { column, order, nulls }
}

use NullOrder::{First, Last};
use Order::{Ascending, Descending};

#[test]
fn ties_keep_their_order_and_nulls_go_where_they_are_told() {
    let columns = [ints(&[Some(2), None, Some(1), Some(2), None, Some(1)]), texts(&["a", "b", "c", "d", "e", "f"])];
    check(sort(&columns, &[key(0, Ascending, Last)], None), "1|c\n1|f\n2|a\n2|d\n~|b\n~|e");
    check(sort(&columns, &[key(0, Descending, First)], None), "~|b\n~|e\n2|a\n2|d\n1|c\n1|f");
    let both = [key(0, Ascending, First), key(1, Descending, Last)];
    check(sort(&columns, &both, None), "~|e\n~|b\n1|f\n1|c\n2|d\n2|a");
}

#[test]
fn texts_order_by_bytes_at_any_length() {
    let values = [
        "b",
        LONG,
        "",
        "NULL",
        "abcdefg",
        "abcdefgh",
        "abcdefg\u{0}",
        "a",
        "a text that is longer than",
        "ab\u{0}",
        "ab",
    ];
    let expected = "\na\na text that is longer than\na text that is longer than twelve bytes\nab\nab\u{0}\nabcdefg\nabcdefg\u{0}\nabcdefgh\nb";
    check(sort(&[texts(&values)], &[key(0, Ascending, Last)], None), &format!("{expected}\n~"));
    let mut reversed: Vec<&str> = expected.split('\n').collect();
    reversed.reverse();
    check(sort(&[texts(&values)], &[key(0, Descending, First)], None), &format!("~\n{}", reversed.join("\n")));
}

#[test]
fn numbers_of_every_width() {
    let doubles = [1.5, f64::NAN, -0.0, f64::NEG_INFINITY, 0.0, f64::INFINITY, -2.0];
    let column = (DataType::Double, doubles.map(Value::Double).to_vec());
    let program = sort(&[column], &[key(0, Ascending, Last)], None);
    check(program, "-Infinity\n-2\n-0\n0\n1.5\nInfinity\nNaN");
    let wide = [1 << 90, -(1 << 90), 3, -3, (1 << 90) + 1, 0].map(Value::Wide).to_vec();
    let expected = ["1237940039285380274899124225", "1237940039285380274899124224", "3", "0", "-3"].join("\n");
    let program = sort(&[(DataType::decimal(38, 0), wide)], &[key(0, Descending, Last)], None);
    check(program, &format!("{expected}\n-1237940039285380274899124224"));
    let flags = [Value::Boolean(true), NULL, Value::Boolean(false)].to_vec();
    check(sort(&[(DataType::Boolean, flags)], &[key(0, Ascending, Last)], None), "false\ntrue\n~");
}

#[test]
fn many_rows_are_dealt_by_bytes() {
    let rows = 200_000i64;
    let values: Vec<Option<i64>> =
        (0..rows).map(|row| Some((row * 7919) % 100_003 * if row % 2 == 0 { 1 } else { -1 })).collect();
    let mut expected: Vec<(i64, usize)> = values.iter().map(|v| v.unwrap_or(0)).zip(0..).collect();
    expected.sort();
    let numbers = ints(&(0..rows).map(Some).collect::<Vec<_>>());
    let verified = verify(sort(&[ints(&values), numbers], &[key(0, Ascending, Last)], None)).expect("accepted");
    let lines = run(&verified, 2048, u64::MAX / 2).expect("a machine");
    assert!(lines.iter().zip(&expected).all(|(line, (value, row))| *line == format!("{value}|{row}")));
}

#[test]
fn only_the_first_rows_are_kept() {
    let values: Vec<Option<i64>> = (0..300).map(|row| Some((row * 37) % 101)).collect();
    let numbers = ints(&(0..300).map(Some).collect::<Vec<_>>());
    let program = sort(&[ints(&values), numbers], &[key(0, Ascending, Last)], Some(5));
    check(program, "0|0\n0|101\n0|202\n1|71\n1|172");
}

#[test]
fn a_filter_and_a_late_gather() {
    let mut a = Assembler::new();
    let columns = [ints(&[Some(1), Some(5), None, Some(9), Some(7)]), texts(&["a", "b", "c", LONG, "NULL"])];
    let (space, registers) = a.scan(&columns);
    let first = a.filter(space, registers[0], Comparison::Greater, 1);
    let value = a.gather(first, registers[0]);
    let second = a.filter(first, value, Comparison::NotEqual, 5);
    let results = [a.gather(second, registers[0]), a.gather(second, registers[1])];
    check(a.finish(second, &results), &format!("9|{LONG}\n7|~"));
}

fn limited(offset: u64, limit: u64) -> Program {
    let mut a = Assembler::new();
    let (space, registers) = a.scan(&[ints(&(0..10).map(Some).collect::<Vec<_>>())]);
    a.program.limits.push(LimitSpec { offset, limit });
    let kept = a.selection(space);
    a.op(Op::Limit { limit: LimitId(0), space, kept, end: Label(0) });
    let value = a.gather(kept, registers[0]);
    a.finish(kept, &[value])
}

#[test]
fn limit_and_offset() {
    check(limited(0, 3), "0\n1\n2");
    check(limited(4, 3), "4\n5\n6");
    check(limited(8, 100), "8\n9");
    check(limited(20, 1), "");
    check(limited(0, 0), "");
    check(limited(7, u64::MAX), "7\n8\n9");
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<String>>>);

impl TableSink for Sink {
    fn take(&mut self, columns: &[Vector], rows: usize) -> Result<u64> {
        let mut lines = self.0.lock().expect("not poisoned");
        for row in 0..rows {
            let cell = |column: &Vector| format!("{:?}", column.value(row, &DataType::BigInt));
            lines.push(columns.iter().map(cell).collect::<Vec<_>>().join(" "));
        }
        // A target may have rows already that it is given.
        Ok(rows.saturating_sub(usize::from(lines.len() == 3)) as u64)
    }
}

/// A program that hands a column of numbers, then another, to a target.
fn handed_over(op: fn(Space, List) -> Op) -> Program {
    let mut a = Assembler::new();
    let (space, registers) = a.scan(&[ints(&[Some(1), None, Some(3)]), ints(&[Some(4), Some(5), Some(6)])]);
    a.program.registers[registers[1].index()].nullable = false;
    let columns = a.list(&[registers[1], registers[0], registers[1]]);
    a.op(op(space, columns));
    a.next();
    a.op(Op::Halt {});
    a.program
}

#[test]
fn rows_are_handed_to_the_target_which_counts_them() {
    let insert = |space, columns| Op::Insert { space, columns };
    let delete = |space, columns| Op::Delete { space, columns };
    let update = |space, columns| Op::Update { space, columns };
    for (op, batch_rows) in
        [(insert as fn(Space, List) -> Op, 1), (insert, 2), (insert, 2048), (delete, 2), (update, 2)]
    {
        let verified = verify(handed_over(op)).expect("accepted");
        let sink = Sink::default();
        let mut context = Context::unlimited();
        context.batch_rows = batch_rows;
        let mut machine = Machine::new(&verified, &[], context, Some(Box::new(sink.clone()))).expect("a machine");
        assert!(machine.next_batch().expect("no error").is_none());
        assert_eq!(machine.changes(), 2);
        let lines = sink.0.lock().expect("not poisoned").join("\n");
        assert_eq!(
            lines,
            "Integer(4) Integer(1) Integer(4)\nInteger(5) Null Integer(5)\nInteger(6) Integer(3) Integer(6)"
        );
    }
}

#[test]
fn rows_are_named_by_numbers_that_are_there() {
    let refused = |program: Program, address: usize, name: &str| {
        let error = verify(program).map(|_| ()).expect_err("a refusal").to_string();
        let reason = "its first column is not the numbers of rows";
        assert_eq!(error, format!("internal error: program refused at {address}, {name}: {reason}"));
    };
    let mut nullable = handed_over(|space, columns| Op::Delete { space, columns });
    nullable.lists[1].swap(0, 1);
    refused(nullable, 4, "Delete");
    let mut none = handed_over(|space, columns| Op::Update { space, columns });
    none.lists[1].clear();
    refused(none, 4, "Update");
}

/// Divides 100 by a column, as an INTEGER kernel that traps on zero, and gives the quotients that LIMIT leaves.
fn divided(values: &[i64], limit: u64, nested: Nested) -> Program {
    let mut a = Assembler::new();
    let hash = HashId(0);
    if nested != Nested::No {
        let spec = HashSpec {
            kind: JoinKind::Inner,
            keys: Vec::new(),
            null_equal: Vec::new(),
            band: None,
            columns: Vec::new(),
            span: Span::NONE,
        };
        a.program.hashes.push(spec);
        a.op(Op::HashOpen { hash });
        let (space, _) = a.scan(&[ints(&[Some(1), Some(2)])]);
        let none = a.list(&[]);
        a.op(Op::HashInsert { hash, space, keys: none, columns: none });
        a.next();
        a.op(Op::HashSeal { hash });
    }
    let (mut space, registers) = a.scan(&[ints(&values.iter().copied().map(Some).collect::<Vec<_>>())]);
    let mut value = registers[0];
    let mut loops = None;
    if nested != Nested::No {
        let (pairs, joined) = (a.selection(space), a.selection(space));
        let keys = a.list(&[]);
        let body = Label(a.op(Op::HashProbe { hash, space, pairs, keys }) as u16 + 1);
        if nested == Nested::Join {
            a.op(Op::HashMatch { hash, pairs, joined, mark: Register(0) });
        }
        // An inner join may go on with its pairs.
        space = if nested == Nested::Join { joined } else { pairs };
        value = a.gather(space, value);
        loops = Some(Op::HashNext { hash, pairs, body });
    }
    let quotient = a.divide(100, space, value);
    a.program.limits.push(LimitSpec { offset: 0, limit });
    let kept = a.selection(space);
    a.op(Op::Limit { limit: LimitId(0), space, kept, end: Label(0) });
    let result = a.gather(kept, quotient);
    let columns = a.list(&[result]);
    a.op(Op::ResultRow { space: kept, columns });
    loops.map(|op| a.op(op));
    a.next();
    a.op(Op::Halt {});
    a.program
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nested {
    No,
    Join,
    Pairs,
}

#[test]
fn rows_before_a_failure_are_given_and_none_behind_a_limit_fails() {
    let failure = "runtime error: division by zero";
    check(divided(&[5, 4, 0, 2, 0], u64::MAX, Nested::No), &format!("20\n25\n{failure}"));
    check(divided(&[0, 4], u64::MAX, Nested::No), failure);
    check(divided(&[5, 4, 0, 2], 2, Nested::No), "20\n25");
    check(divided(&[5, 4, 0, 2], 3, Nested::No), &format!("20\n25\n{failure}"));
    for nested in [Nested::Join, Nested::Pairs] {
        check(divided(&[5, 4, 0, 2], 4, nested), "20\n20\n25\n25");
        check(divided(&[5, 4, 0, 2], 5, nested), &format!("20\n20\n25\n25\n{failure}"));
    }
}

#[test]
fn narrow_columns_count_as_their_type() {
    let values = ints(&[Some(300), Some(-2), None, Some(300), Some(7)]);
    let mut a = Assembler::new();
    let (hash, agg, sorter) = (HashId(0), AggId(0), SorterId(0));
    let big = || vec![DataType::BigInt];
    let calls = vec![Assembler::aggregate("max", &big()), Assembler::aggregate("sum", &big())];
    let spec = HashSpec {
        kind: JoinKind::Inner,
        keys: big(),
        null_equal: vec![true],
        band: None,
        columns: big(),
        span: Span::NONE,
    };
    a.program.hashes.push(spec);
    a.program.aggregations.push(AggregationSpec { keys: big(), calls });
    let types = vec![DataType::BigInt, DataType::BigInt, DataType::decimal(38, 0)];
    let keys = vec![key(0, Descending, First)];
    a.program.sorters.push(SorterSpec { columns: types.clone(), keys, limit: None });

    // Build over narrow keys and columns, probe with wide ones.
    a.op(Op::HashOpen { hash });
    let (space, registers) = a.scan(std::slice::from_ref(&values));
    a.narrow(0, registers[0]);
    let list = a.list(&registers);
    a.op(Op::HashInsert { hash, space, keys: list, columns: list });
    a.next();
    a.op(Op::HashSeal { hash });
    a.op(Op::AggOpen { agg });
    let (space, registers) = a.scan(std::slice::from_ref(&values));
    let (pairs, joined) = (a.selection(space), a.selection(space));
    let keys = a.list(&registers);
    let body = Label(a.op(Op::HashProbe { hash, space, pairs, keys }) as u16 + 1);
    a.op(Op::HashMatch { hash, pairs, joined, mark: Register(0) });
    let partner = a.register(&DataType::BigInt, joined);
    a.op(Op::HashColumn { hash, space: joined, column: Position(0), to: partner });
    let (keys, arguments) = (a.list(&[partner]), a.list(&[partner, partner]));
    a.op(Op::AggStep { agg, space: joined, keys, arguments });
    a.op(Op::HashNext { hash, pairs, body });
    a.next();
    // Add the narrow rows once more, then sort the groups.
    let (space, registers) = a.scan(&[values]);
    a.narrow(0, registers[0]);
    let (keys, arguments) = (a.list(&registers), a.list(&[registers[0], registers[0]]));
    a.op(Op::AggStep { agg, space, keys, arguments });
    a.next();
    let cursor = a.cursor();
    a.op(Op::AggFinal { cursor, agg });
    a.op(Op::SortOpen { sorter });
    let (space, registers) = a.pipeline(cursor, &types);
    let columns = a.list(&registers);
    a.op(Op::SortInsert { sorter, space, columns });
    a.next();
    let cursor = a.cursor();
    a.op(Op::SortFinal { cursor, sorter });
    let (space, registers) = a.pipeline(cursor, &types);
    check(a.finish(space, &registers), "~|~|~\n300|300|1800\n7|7|14\n-2|-2|-4");
}
