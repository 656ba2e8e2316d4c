use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Int8Array, StringArray};
use arrow::record_batch::RecordBatch;
use rowmill_vm::table::{BlockCounts, ColumnRange, Table, TableColumn, TableSink};
use rowmill_vm::vector::Values;
use rowmill_vm::{Context, DataType, MemoryAccount, Value, Vector};

use super::{BLOCK_ROWS, MemoryTable, PendingSink, TableSnapshot};

fn table(account: &Arc<MemoryAccount>) -> MemoryTable {
    let column = |name: &str, data_type: DataType, nullable: bool| {
        let form = data_type.form();
        TableColumn { name: name.into(), data_type, form, nullable }
    };
    let columns = vec![column("id", DataType::BigInt, false), column("name", DataType::Varchar, true)];
    MemoryTable::new("t".into(), columns, account)
}

fn row(id: i64) -> Vec<Value> {
    let name = if id % 3 == 0 { Value::Null } else { Value::text(format!("the name of number {id}")) };
    vec![Value::Integer(id), name]
}

/// The ids that a snapshot gives, in order; every name is checked beside them.
fn ids(snapshot: &TableSnapshot, rows_max: usize) -> Vec<i64> {
    let scan = snapshot.scan(&[1, 0], &[], &Context::unlimited()).unwrap();
    let mut reader = scan.reader().unwrap();
    let mut vectors = vec![Vector::empty(DataType::Varchar.form()), Vector::empty(DataType::BigInt.form())];
    let mut ids = Vec::new();
    while let Some(morsel) = scan.claim().unwrap() {
        assert_eq!(morsel.first_row, ids.len() as u64);
        reader.start(morsel).unwrap();
        loop {
            let rows = reader.next(rows_max, &mut vectors).unwrap();
            if rows == 0 {
                break;
            }
            for index in 0..rows {
                let Value::Integer(id) = vectors[1].value(index, &DataType::BigInt) else { panic!("an id") };
                assert_eq!(vectors[0].value(index, &DataType::Varchar), row(id)[1]);
                ids.push(id);
            }
        }
    }
    assert_eq!(snapshot.row_count(), Some(ids.len() as u64));
    ids
}

fn vectors(ids: std::ops::Range<i64>) -> Vec<Vector> {
    let mut vectors = vec![Vector::empty(DataType::BigInt.form()), Vector::empty(DataType::Varchar.form())];
    for id in ids {
        vectors.iter_mut().zip(row(id)).for_each(|(vector, value)| vector.push(&value));
    }
    vectors
}

/// Commits ids in one statement, by way of a sink.
fn commit(table: &mut MemoryTable, ids: std::ops::Range<i64>) {
    let pending = Arc::new(Mutex::new(table.pending()));
    let mut sink = PendingSink(Arc::clone(&pending));
    let mut start = ids.start;
    while start < ids.end {
        let end = ids.end.min(start + 2000);
        sink.append(&vectors(start..end), (end - start) as usize).unwrap();
        start = end;
    }
    drop(sink);
    table.commit(Arc::into_inner(pending).unwrap().into_inner().unwrap()).unwrap();
}

#[test]
fn readers_see_the_rows_of_their_moment() {
    let account = MemoryAccount::new(1 << 30);
    let mut table = table(&account);
    let empty = table.snapshot();
    table.insert(&[row(0), row(1)]).unwrap();
    let two = table.snapshot();
    table.insert(&[row(2)]).unwrap();
    commit(&mut table, 3..5);
    let five = table.snapshot();
    commit(&mut table, 5..200_000);
    table.insert(&[row(200_000)]).unwrap();
    for rows_max in [1000, 2048, 100_000] {
        assert_eq!(ids(&empty, rows_max), []);
        assert_eq!(ids(&two, rows_max), [0, 1]);
        assert_eq!(ids(&five, rows_max), [0, 1, 2, 3, 4]);
        assert!(ids(&table.snapshot(), rows_max).into_iter().eq(0..=200_000));
    }
    let statistics = table.snapshot().statistics(0).unwrap();
    assert_eq!((statistics.min, statistics.max, statistics.nulls), (Value::Integer(0), Value::Integer(200_000), 0));
    assert_eq!(table.snapshot().statistics(1).unwrap().nulls, 66_667);
    drop((empty, two, five));
    drop(table);
    assert_eq!(account.used_bytes(), 0, "all memory is given back");
}

#[test]
fn a_tail_that_nobody_holds_grows_in_place_and_is_sealed() {
    let account = MemoryAccount::new(1 << 30);
    let mut table = table(&account);
    for id in 0..BLOCK_ROWS as i64 + 10 {
        table.insert(&[row(id)]).unwrap();
    }
    assert_eq!(table.blocks.rows(), BLOCK_ROWS as u64);
    assert_eq!(table.tail.rows(), 10);
    let snapshot = table.snapshot();
    let before = Arc::as_ptr(&snapshot.tail);
    drop(snapshot);
    table.insert(&[row(7)]).unwrap();
    assert_eq!(Arc::as_ptr(&table.tail), before, "no copy without a reader");
}

#[test]
fn columns_are_nullable_only_where_there_is_a_null() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    table.insert(&[row(1)]).unwrap();
    let nullable = |table: &MemoryTable| table.snapshot().columns().iter().map(|c| c.nullable).collect::<Vec<_>>();
    assert_eq!(nullable(&table), [false, false]);
    table.insert(&[row(3)]).unwrap();
    assert_eq!(nullable(&table), [false, true]);
}

#[test]
fn what_fails_leaves_everything_as_it_was() {
    let account = MemoryAccount::new(1 << 30);
    let mut table = table(&account);
    table.insert(&[row(1)]).unwrap();
    let used = account.used_bytes();

    let error = table.insert(&[row(2), vec![Value::Null, Value::Null]]).unwrap_err();
    assert_eq!(error.to_string(), "constraint error: column t.id is NOT NULL, but a value is NULL");
    let batch = vectors(0..2000);
    let mut pending = table.pending();
    pending.append(2000, |index| &batch[index]).unwrap();
    assert!(account.used_bytes() > used);
    drop(pending);

    account.set_limit(used + 100);
    let error = table.insert(&vec![row(4); 10]).unwrap_err();
    assert_eq!(error.kind(), rowmill_vm::ErrorKind::Limit);
    let error = table.pending().append(2000, |index| &batch[index]).unwrap_err();
    assert_eq!(error.kind(), rowmill_vm::ErrorKind::Limit);

    assert_eq!(account.used_bytes(), used);
    assert_eq!(ids(&table.snapshot(), 10), [1]);
    account.set_limit(1 << 30);
    table.insert(&[row(2)]).unwrap();
    assert_eq!(ids(&table.snapshot(), 10), [1, 2]);
}

#[test]
fn registered_batches_are_shared_and_read_only() {
    let ids: ArrayRef = Arc::new(Int8Array::from(vec![1, 2]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let batch = RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap();
    let account = MemoryAccount::new(0);
    let mut table = MemoryTable::from_arrow("r".into(), &[batch.clone(), batch.clone()], &account).unwrap();
    assert_eq!(table.snapshot().row_count(), Some(4));
    let snapshot = table.snapshot();
    let Values::I8(values) = &snapshot.blocks.locate(1).unwrap().0.columns[0].values else {
        panic!("TINYINT from Arrow is I8");
    };
    assert_eq!(values.as_ptr().cast::<u8>(), batch.column(0).to_data().buffers()[0].as_ptr());
    let error = table.insert(&[vec![Value::Integer(1), Value::Null]]).unwrap_err();
    assert_eq!(error.message(), "table r is read-only");
}

#[test]
fn blocks_without_a_wanted_row_are_skipped() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    commit(&mut table, 0..200_000);
    table.insert(&[row(5)]).unwrap();
    let snapshot = table.snapshot();
    let range = |column, low: Value, high: Value| ColumnRange { column, low, high };
    let id = Value::Integer;
    let open = || Value::Null;
    for (ranges, expected) in [
        (vec![], (4, 0)),
        (vec![range(0, id(10), id(20))], (1, 3)),
        (vec![range(0, id(66_000), open())], (3, 1)),
        (vec![range(0, open(), id(66_000))], (2, 2)),
        (vec![range(0, id(100_000), open()), range(0, open(), id(140_000))], (2, 2)),
        (vec![range(0, id(-2), id(-1))], (0, 4)),
        // Of text nothing is known here.
        (vec![range(1, Value::text("x"), open())], (4, 0)),
    ] {
        let scan = snapshot.scan(&[0], &ranges, &Context::unlimited()).unwrap();
        let mut rows = 0;
        while let Some(morsel) = scan.claim().unwrap() {
            rows += morsel.rows;
        }
        let BlockCounts { read, skipped } = scan.blocks();
        // The tail is a place of its own and is always read.
        assert_eq!((read - 1, skipped), expected, "{ranges:?}");
        assert!(rows <= read * 66_000 && rows > 0, "{rows}");
    }
}
