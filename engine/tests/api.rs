//! The ways in and out of the library: parameters by name, rows as Rust types, Arrow readers, statements that several
//! threads share.

use arrow::record_batch::RecordBatchReader;
use rowmill::{Connection, Error, ErrorKind, Result, Statement, Typed, params};

fn connection() -> Connection {
    Connection::open_in_memory().expect("nothing is opened")
}

fn failure<T>(result: Result<T>) -> Error {
    result.err().expect("it fails")
}

#[test]
fn parameters_have_names_or_numbers() {
    let c = connection();
    let named = params! { "low" => 2, "high" => 3 };
    for sql in [
        "select count(*) from (values (1), (2), (3), (4)) as t(n) where n between $low and $high and n >= $LOW",
        "select count(*) from (values (1), (2), (3), (4)) as t(n) where n between :low and :high",
        "select count(*) from (values (1), (2), (3), (4)) as t(n) where n between $low and (:high)",
    ] {
        assert_eq!(c.query_one::<i64>(sql, named).unwrap(), 2, "{sql}");
        // The same text again, and in another order.
        assert_eq!(c.query_one::<i64>(sql, params! { "$high" => 4, ":low" => 2 }).unwrap(), 3, "{sql}");
        assert_eq!(c.query_one::<i64>(sql, params![3, 4]).unwrap(), 2, "in the order of the text: {sql}");
    }
    let statement = c.prepare("select $city || ', ' || $country || ', ' || $city").unwrap();
    assert_eq!(statement.parameter_names(), ["city", "country"]);
    let text: String = statement.query_one(params! { "country" => "Norway", "city" => "Oslo" }).unwrap();
    assert_eq!(text, "Oslo, Norway, Oslo");

    let error = failure(statement.query(params! { "city" => "Oslo" }));
    assert_eq!(error.to_string(), "name error: parameter $country has no value");
    assert_eq!(error.span().map(|span| span.start), Some(24));
    let error = failure(statement.query(params! { "city" => "Oslo", "county" => "Oslo" }));
    assert_eq!(error.to_string(), "name error: the statement has no parameter $county (hint: did you mean $country?)");
    let error = failure(c.query("select ? + $a", params![1, 2]));
    assert_eq!(error.to_string(), "syntax error: a statement's parameters have either names or numbers, not both");
    assert_eq!(failure(c.query("select $a + ?", params![1, 2])).kind(), ErrorKind::Syntax);
    // Colons that are no parameters.
    assert_eq!(c.query_one::<i32>("select '1'::int", ()).unwrap(), 1);
}

#[test]
fn rows_are_rust_types() {
    let c = connection();
    let sql = "select * from (values (1, 'one', 1.5), (2, null, null)) as t(n, name, weight)";
    let rows: Typed<(i32, Option<String>, Option<f64>)> = c.query_as(sql, ()).unwrap();
    let rows: Vec<_> = rows.collect::<Result<_>>().unwrap();
    assert_eq!(rows, [(1, Some("one".to_owned()), Some(1.5)), (2, None, None)]);

    // What is wrong with a row ends the result.
    let mut rows = c.query_as::<(i32, String, f64)>(sql, ()).unwrap();
    assert!(rows.next().unwrap().is_ok());
    let error = failure(rows.next().unwrap());
    assert_eq!(error.message(), "column 1 (name): the value is NULL, not String");
    assert!(rows.next().is_none());

    let error = failure(c.query_as::<(i32, i32)>(sql, ()).unwrap().collect::<Result<Vec<_>>>());
    assert_eq!(error.message(), "the result has 3 columns, but 2 columns are asked for");
    assert_eq!(failure(c.query_one::<i32>("select 1 where false", ())).kind(), ErrorKind::Data);
    assert_eq!(failure(c.query_one::<i32>("select n from (values (1), (2)) as t(n)", ())).kind(), ErrorKind::Data);

    let mut rows = c.query("select 1 as a, 2 as b, 3 as B, 4 as word", ()).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(row.get::<i32>("A").unwrap(), 1);
    assert_eq!(failure(row.get::<i32>("b")).message(), "the row has several columns 'b'");
    let error = failure(row.get::<i32>("wrd"));
    assert_eq!(error.to_string(), "name error: the row has no column 'wrd' (hint: did you mean word?)");
}

#[test]
fn a_statement_serves_several_threads() {
    let c = connection();
    c.execute("create table t (n bigint)", ()).unwrap();
    let insert = c.prepare("insert into t values ($n)").unwrap();
    let count = c.prepare("select count(*) from t where n >= ?").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4i64 {
            let (insert, count): (Statement, Statement) = (insert.clone(), count.clone());
            scope.spawn(move || {
                let mut before = 0;
                for n in 0..50 {
                    assert_eq!(insert.execute(params! { "n" => thread * 100 + n }).unwrap(), 1);
                    let now = count.query_one::<i64>(params![0]).unwrap();
                    assert!(now > before, "rows that were inserted stay");
                    before = now;
                }
            });
        }
    });
    assert_eq!(count.query_one::<i64>(params![0]).unwrap(), 200);
    assert_eq!(count.query_one::<i64>(params![300]).unwrap(), 50);
}

#[test]
fn results_are_arrow_readers() {
    let c = connection();
    c.execute("create table t as select * from (values (1, 'a'), (2, null)) as t(n, s)", ()).unwrap();
    let reader = c.query("select n, s, 10 / (3 - n) as q from t", ()).unwrap().into_record_batches();
    drop(c);
    let schema = reader.schema();
    let boxed: Box<dyn RecordBatchReader + Send> = Box::new(reader);
    let batches: Vec<_> =
        std::thread::spawn(move || boxed.collect::<std::result::Result<_, _>>()).join().unwrap().unwrap();
    assert_eq!(batches.iter().map(|batch: &arrow::array::RecordBatch| batch.num_rows()).sum::<usize>(), 2);
    assert!(batches.iter().all(|batch| batch.schema() == schema));

    let c = connection();
    c.register_arrow("copy", &batches).unwrap();
    let mut reader = c.query("select 1 / (n - 2) from copy", ()).unwrap().into_record_batches();
    let errors = reader.by_ref().filter_map(|batch| batch.err()).count();
    assert_eq!(errors, 1);
    assert!(reader.next().is_none());
}

#[test]
fn settings_are_methods_too() {
    let c = connection();
    c.set_threads(1).unwrap();
    c.set_memory_limit(1 << 20).unwrap();
    c.set_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    let shown: Vec<String> = c.settings().iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect();
    assert_eq!(
        shown.join(" "),
        "batch_rows=2048 code_cache_size=64MB default_null_order=nulls_last_on_asc_first_on_desc disabled_rules= jit=auto jit_symbols=off max_steps_per_row=none memory_limit=1048576 threads=1 timeout=60000ms"
    );
    assert_eq!(failure(c.set_threads(0)).kind(), ErrorKind::Type);
    assert_eq!(failure(c.set_memory_limit(0)).kind(), ErrorKind::Type);
    c.set_timeout(None).unwrap();
}

#[test]
fn files_get_names() {
    let c = connection();
    let folder = std::env::temp_dir().join(format!("rowmill-named-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("data");
    let path = path.to_str().unwrap();
    std::fs::write(path, "a,b\n1,x\n2,y\n").unwrap();
    assert_eq!(failure(c.query(&format!("select * from '{path}'"), ())).kind(), ErrorKind::Unsupported);
    c.execute("create table numbers as select 1 as a", ()).unwrap();
    c.register_csv("Numbers", path).unwrap();
    assert_eq!(c.query_one::<i64>("select sum(a) from numbers where b <> 'z'", ()).unwrap(), 3);
    assert_eq!(c.query_one::<i64>("select count(*) from numbers as p join NUMBERS as q on p.a = q.a", ()).unwrap(), 2);
    // The file of the moment is read, with whatever columns it has.
    std::fs::write(path, "c\n10\n20\n30\n").unwrap();
    assert_eq!(c.query_one::<i64>("select sum(c) from numbers", ()).unwrap(), 60);
    let error = failure(c.query("select * from numbrs", ()));
    assert_eq!(error.hint(), Some("did you mean Numbers?"));
    assert_eq!(failure(c.register_parquet("numbers", path)).kind(), ErrorKind::Data);
    std::fs::remove_file(path).unwrap();
    let error = failure(c.query("select * from numbers", ()));
    assert_eq!((error.kind(), error.span().map(|span| span.start)), (ErrorKind::Io, Some(14)), "{error}");
    c.execute("create table numbers as select 7 as a", ()).unwrap();
    assert_eq!(c.query_one::<i64>("select a from numbers", ()).unwrap(), 7);
    std::fs::remove_dir_all(&folder).unwrap();
}
