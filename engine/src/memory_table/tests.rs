use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Int8Array, StringArray};
use arrow::record_batch::RecordBatch;
use rowmill_sql::plan::ChangeKind;
use rowmill_vm::table::{BlockCounts, ColumnRange, Table, TableColumn, TableSink, Wanted};
use rowmill_vm::vector::Values;
use rowmill_vm::{Context, DataType, MemoryAccount, Value, Vector};

use super::column::BlockColumn;
use super::{BLOCK_ROWS, ChangeSink, Changes, MemoryTable, TableSnapshot, compact};

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
    let scan = snapshot.scan(&[1, 0], Wanted::default(), &Context::unlimited()).unwrap();
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
    let changes = Arc::new(Mutex::new(Changes::new(table, ChangeKind::Insert, &[])));
    let mut sink = ChangeSink(Arc::clone(&changes));
    let mut start = ids.start;
    while start < ids.end {
        let end = ids.end.min(start + 2000);
        sink.take(&vectors(start..end), (end - start) as usize).unwrap();
        start = end;
    }
    drop(sink);
    assert!(table.change(&mut Arc::into_inner(changes).unwrap().into_inner().unwrap()).unwrap());
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
    let BlockColumn::Plain(Vector { values: Values::I8(values), .. }) =
        &snapshot.blocks.locate(1).unwrap().block.columns[0]
    else {
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
        let scan = snapshot.scan(&[0], Wanted::within(&ranges), &Context::unlimited()).unwrap();
        let mut rows = 0;
        while let Some(morsel) = scan.claim().unwrap() {
            rows += morsel.rows;
        }
        let BlockCounts { read, skipped, .. } = scan.blocks();
        // The tail is a place of its own and is always read.
        assert_eq!((read - 1, skipped), expected, "{ranges:?}");
        assert!(rows <= read * 66_000 && rows > 0, "{rows}");
    }
}

#[test]
fn the_rows_of_a_range_are_found_where_values_rise() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    commit(&mut table, 0..100_000);
    // The blocks rise, the table does not.
    commit(&mut table, 50_000..70_000);
    let mut falling = vectors(0..5000);
    let reversed: Vec<u32> = (0..5000).rev().collect();
    for vector in &mut falling {
        let rows = vector.clone();
        vector.gather(&rows, &reversed);
    }
    let mut pending = table.pending();
    pending.append(5000, |index| &falling[index]).unwrap();
    table.commit(pending).unwrap();
    let snapshot = table.snapshot();
    for (low, high, rising, others) in [
        (10, 20, 11, 5000),
        (65_000, 65_999, 2000, 0),
        (99_999, 200_000, 1, 0),
        (-5, 0, 1, 5000),
        (60_000, 60_000, 2, 0),
        (4_000, 3_000, 0, 5000),
        (100_000, 100_001, 0, 0),
    ] {
        for rows_max in [1, 7, 2048] {
            let range = ColumnRange { column: 0, low: Value::Integer(low), high: Value::Integer(high) };
            let context = Context::new(MemoryAccount::new(1 << 20), Arc::default(), None, rows_max);
            let scan = snapshot.scan(&[0], Wanted::within(&[range]), &context).unwrap();
            let mut reader = scan.reader().unwrap();
            let mut vectors = vec![Vector::empty(snapshot.columns()[0].form)];
            let (mut read, mut wanted) = (0, 0);
            while let Some(morsel) = scan.claim().unwrap() {
                reader.start(morsel).unwrap();
                loop {
                    let rows = reader.next(rows_max, &mut vectors).unwrap();
                    if rows == 0 {
                        break;
                    }
                    read += rows;
                    let is_wanted = |row: &usize| match vectors[0].value(*row, &DataType::BigInt) {
                        Value::Integer(id) => (low..=high).contains(&id),
                        _ => false,
                    };
                    wanted += (0..rows).filter(is_wanted).count();
                }
            }
            assert_eq!(read, rising + others, "{low} to {high}");
            let all = ids(&snapshot, 2048).into_iter().filter(|id| (low..=high).contains(id)).count();
            assert_eq!(wanted, all, "{low} to {high}");
        }
    }
}

/// How readers see the columns, and the rows of a column as text.
fn shape(table: &MemoryTable, column: usize) -> (&'static str, usize) {
    let snapshot = table.snapshot();
    let strings = snapshot.dictionary(column).map_or(0, |strings| strings.len());
    (snapshot.columns()[column].form.name(), strings)
}

fn texts(table: &MemoryTable, column: usize) -> Vec<Option<String>> {
    let snapshot = table.snapshot();
    let scan = snapshot.scan(&[column], Wanted::default(), &Context::unlimited()).unwrap();
    let mut reader = scan.reader().unwrap();
    let mut vectors = vec![Vector::empty(snapshot.columns()[column].form)];
    let mut texts = Vec::new();
    while let Some(morsel) = scan.claim().unwrap() {
        reader.start(morsel).unwrap();
        while reader.next(1000, &mut vectors).unwrap() > 0 {
            for row in 0..vectors[0].len() {
                let value = match snapshot.dictionary(column) {
                    None => vectors[0].value(row, &DataType::Varchar),
                    Some(strings) => match vectors[0].value(row, &DataType::Integer) {
                        Value::Integer(code) => strings.value(code as usize, &DataType::Varchar),
                        other => other,
                    },
                };
                texts.push(if let Value::Text(text) = value { Some(text.to_string()) } else { None });
            }
        }
    }
    texts
}

/// A statement's rows: a number, and a string or NULL.
fn query(table: &mut MemoryTable, rows: &[(i64, Option<String>)]) {
    let mut vectors = [Vector::empty(DataType::BigInt.form()), Vector::empty(DataType::Varchar.form())];
    for (id, name) in rows {
        vectors[0].push(&Value::Integer(*id));
        vectors[1].push(&name.as_ref().map_or(Value::Null, Value::text));
    }
    let mut pending = table.pending();
    pending.append(rows.len(), |index| &vectors[index]).unwrap();
    table.commit(pending).unwrap();
}

fn value_row(id: i64, name: Option<&str>) -> Vec<Value> {
    vec![Value::Integer(id), name.map_or(Value::Null, Value::text)]
}

#[test]
fn text_that_repeats_is_numbered_until_it_does_not() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    let name = |id: i64| (id % 7 != 0).then(|| format!("a name that is long, number {}", id % 50));
    let rows: Vec<_> = (0..5000).map(|id| (id, name(id))).collect();
    let mut expected: Vec<Option<String>> = rows.iter().map(|(_, name)| name.clone()).collect();
    query(&mut table, &rows);
    assert_eq!(shape(&table, 1), ("i8", 50));
    assert_eq!(texts(&table, 1), expected);

    // New strings in the tail, and so many that numbers need another byte.
    for id in 0..100 {
        let name = format!("new {id}");
        table.insert(&[value_row(id, Some(&name))]).unwrap();
        expected.push(Some(name));
    }
    table.insert(&[value_row(1, None)]).unwrap();
    expected.push(None);
    assert_eq!(shape(&table, 1), ("i16", 150));
    assert_eq!(texts(&table, 1), expected);

    // More different ones than a dictionary holds.
    let rows: Vec<_> = (0..40_000).map(|id| (id, Some(format!("{id}")))).collect();
    expected.extend(rows.iter().map(|(_, name)| name.clone()));
    query(&mut table, &rows);
    assert_eq!(shape(&table, 1), ("text", 0));
    assert_eq!(texts(&table, 1), expected);
    table.insert(&[value_row(1, Some("last"))]).unwrap();
    expected.push(Some("last".into()));
    assert_eq!(texts(&table, 1), expected);
}

#[test]
fn the_tail_leaves_a_full_dictionary() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    query(&mut table, &(0..100).map(|id| (id, Some("x".into()))).collect::<Vec<_>>());
    assert_eq!(shape(&table, 1), ("i8", 1));
    let rows: Vec<Vec<Value>> = (0..40_000).map(|id| value_row(id, Some(&format!("{id}")))).collect();
    rows.chunks(1000).for_each(|rows| table.insert(rows).unwrap());
    assert_eq!(shape(&table, 1), ("text", 0));
    let texts = texts(&table, 1);
    assert!(texts[..100].iter().all(|text| text.as_deref() == Some("x")));
    assert!(texts[100..].iter().enumerate().all(|(id, text)| *text == Some(id.to_string())));
}

#[test]
fn numbers_take_as_many_bytes_as_they_need() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    let mut expected: Vec<i64> = Vec::new();
    for (id, form) in [(100, "i8"), (-129, "i16"), (40_000, "i32"), (1 << 40, "i64"), (i64::MIN, "i64")] {
        query(&mut table, &std::iter::repeat_n((id, None), 5000).collect::<Vec<_>>());
        expected.extend([id; 5000]);
        assert_eq!(shape(&table, 0).0, form);
        assert_eq!(all_ids(&table), expected);
    }
    let mut table = self::table(&MemoryAccount::new(1 << 30));
    query(&mut table, &[(1, None), (2, None)]);
    table.insert(&[value_row(3, None)]).unwrap();
    assert_eq!((shape(&table, 0).0, all_ids(&table)), ("i8", vec![1, 2, 3]));
    table.insert(&[value_row(1000, None)]).unwrap();
    assert_eq!((shape(&table, 0).0, all_ids(&table)), ("i16", vec![1, 2, 3, 1000]));
}

fn all_ids(table: &MemoryTable) -> Vec<i64> {
    let snapshot = table.snapshot();
    let scan = snapshot.scan(&[0], Wanted::default(), &Context::unlimited()).unwrap();
    let mut reader = scan.reader().unwrap();
    let mut vectors = vec![Vector::empty(snapshot.columns()[0].form)];
    let mut ids = Vec::new();
    while let Some(morsel) = scan.claim().unwrap() {
        reader.start(morsel).unwrap();
        while reader.next(1000, &mut vectors).unwrap() > 0 {
            let id = |row| if let Value::Integer(id) = vectors[0].value(row, &DataType::BigInt) { id } else { 0 };
            ids.extend((0..vectors[0].len()).map(id));
        }
    }
    ids
}

/// Deletes the rows of these numbers.
fn delete(table: &mut MemoryTable, numbers: impl Iterator<Item = i64>) -> u64 {
    let mut changes = Changes::new(table, ChangeKind::Delete, &[]);
    let numbers = Vector::all_valid(Values::I64(numbers.collect::<Vec<_>>().into()));
    let count = changes.take(std::slice::from_ref(&numbers), numbers.len()).unwrap();
    assert!(table.change(&mut changes).unwrap());
    count
}

/// The numbers of ids that are left, read with the hidden columns beside them.
fn left(table: &MemoryTable, rows_max: usize) -> Vec<(i64, i64)> {
    let snapshot = table.snapshot();
    let columns = [Some(0), snapshot.row_numbers().map(|numbers| numbers.position), snapshot.kept_rows()];
    let columns: Vec<usize> = columns.into_iter().flatten().collect();
    let scan = snapshot.scan(&columns, Wanted::default(), &Context::unlimited()).unwrap();
    let mut reader = scan.reader().unwrap();
    let mut vectors: Vec<Vector> =
        columns.iter().map(|column| Vector::empty(snapshot.column(*column).unwrap().form)).collect();
    let mut left = Vec::new();
    while let Some(morsel) = scan.claim().unwrap() {
        reader.start(morsel).unwrap();
        while reader.next(rows_max, &mut vectors).unwrap() > 0 {
            for row in 0..vectors[0].len() {
                let number = |column: usize| match vectors[column].value(row, &DataType::BigInt) {
                    Value::Integer(value) => value,
                    other => panic!("{other:?}"),
                };
                if vectors.get(2).is_none_or(|kept| kept.bits().get(row)) {
                    left.push((number(1), number(0)));
                }
            }
        }
    }
    assert_eq!(snapshot.row_count(), Some(left.len() as u64));
    left
}

#[test]
fn deleted_rows_are_masked_and_empty_places_go() {
    let account = MemoryAccount::new(1 << 30);
    let mut table = table(&account);
    commit(&mut table, 0..200_000);
    table.insert(&[row(200_000), row(200_001), row(200_002)]).unwrap();
    let before = table.snapshot();
    let blocks = table.blocks.count();
    let same = |number: i64| (number, number);
    assert_eq!(left(&table, 1000), (0..=200_002).map(same).collect::<Vec<_>>());

    // A row that comes twice counts once.
    assert_eq!(delete(&mut table, [5, 200_001, 5, 199_999, 0].into_iter()), 4);
    let gone = [0, 5, 199_999, 200_001];
    let expected: Vec<(i64, i64)> = (0..=200_002).filter(|id| !gone.contains(id)).map(same).collect();
    for rows_max in [1000, 4097, 100_000] {
        assert_eq!(left(&table, rows_max), expected);
    }
    // Rows that come later are kept, in the tail and when it is a block.
    table.insert(&[row(200_003)]).unwrap();
    assert_eq!(left(&table, 1000).last(), Some(&(200_003, 200_003)));
    commit(&mut table, 200_004..210_000);
    let expected: Vec<(i64, i64)> = (0..210_000).filter(|id| !gone.contains(id)).map(same).collect();
    assert_eq!(left(&table, 1000), expected);

    // A block without rows goes, and the others are numbered anew.
    let first = table.blocks.places()[0].block.rows as i64;
    delete(&mut table, 0..first);
    assert_eq!(table.blocks.count(), blocks + 1);
    assert_eq!(left(&table, 1000)[0], (0, first));
    let rows = table.blocks.rows() as i64 + table.tail.rows() as i64;
    delete(&mut table, 0..rows);
    assert_eq!((table.blocks.count(), table.tail.rows()), (0, 0));
    assert_eq!(ids(&before, 1000).len(), 200_003, "a reader's rows stay");
    drop(before);
    drop(table);
    assert_eq!(account.used_bytes(), 0, "all memory is given back");
}

#[test]
fn numbers_of_another_epoch_are_refused() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    commit(&mut table, 0..10);
    let one = |number: i64| Vector::all_valid(Values::I64(vec![number].into()));
    let mut late = Changes::new(&table, ChangeKind::Delete, &[]);
    late.take(&[one(3)], 1).unwrap();
    // Rows that are added leave the others their numbers.
    table.insert(&[row(10)]).unwrap();
    let mut first = Changes::new(&table, ChangeKind::Delete, &[]);
    first.take(&[one(4)], 1).unwrap();
    assert!(table.change(&mut first).unwrap());
    assert!(!table.change(&mut late).unwrap());
    assert_eq!(left(&table, 10).len(), 10);
    let error = Changes::new(&table, ChangeKind::Delete, &[]).take(&[one(11)], 1).unwrap_err();
    assert_eq!(error.message(), "row 11 lies beyond its table");
    let error = Changes::new(&table, ChangeKind::Delete, &[]).take(&[one(-1)], 1).unwrap_err();
    assert_eq!(error.message(), "row -1 lies beyond its table");
}

#[test]
fn blocks_with_few_rows_are_put_together() {
    let account = MemoryAccount::new(1 << 30);
    let mut table = table(&account);
    commit(&mut table, 0..400_000);
    let blocks = table.blocks.count();
    delete(&mut table, (0..400_000).filter(|id| id % 3 == 0 && *id > 70_000));
    assert!(table.sparse().is_none(), "most rows are there");
    let used = account.used_bytes();
    delete(&mut table, (0..400_000).filter(|id| id % 10 != 1 && *id > 70_000));
    let kept = left(&table, 1000);
    let late = compact(&table.sparse().unwrap(), &context(&account)).unwrap();
    table.put_compacted(compact(&table.sparse().unwrap(), &context(&account)).unwrap());
    let ids = |rows: Vec<(i64, i64)>| rows.into_iter().map(|(_, id)| id).collect::<Vec<_>>();
    assert_eq!(ids(left(&table, 1000)), ids(kept.clone()));
    assert!(table.blocks.count() < blocks - 2, "{} of {blocks}", table.blocks.count());
    table.put_compacted(late);
    assert_eq!(ids(left(&table, 1000)), ids(kept), "what is too late does nothing");
    assert!(account.used_bytes() < used / 2);
    assert!(table.sparse().is_none());
}

fn context(account: &Arc<MemoryAccount>) -> Context {
    Context::new(Arc::clone(account), Arc::default(), None, 2048)
}

#[test]
fn rows_of_the_tail_are_found_where_it_has_become_a_block() {
    let mut table = table(&MemoryAccount::new(1 << 30));
    commit(&mut table, 0..5000);
    table.insert(&(5000..5010).map(row).collect::<Vec<_>>()).unwrap();
    let numbers = |of: &[i64]| Vector::all_valid(Values::I64(of.to_vec().into()));
    let mut changes = Changes::new(&table, ChangeKind::Delete, &[]);
    changes.take(&[numbers(&[5003, 17, 5009])], 3).unwrap();
    commit(&mut table, 5010..20_000);
    assert_eq!(table.tail.rows(), 0);
    assert!(table.change(&mut changes).unwrap());
    let expected = (0..20_000).filter(|id| ![5003, 17, 5009].contains(id));
    assert!(left(&table, 1000).into_iter().map(|(_, id)| id).eq(expected));
}
