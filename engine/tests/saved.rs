//! Saved queries: they run elsewhere as they did here, and whatever bytes are loaded, the worst is an error.

use rowmill::{Connection, ErrorKind, Result, params};
use rowmill_vm::program::SavedProgram;

/// Bytes before the length: the magic and the version.
const HEAD_BYTES: usize = 7 + 2;

fn connection(statements: &[&str]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    for statement in statements {
        connection.execute(statement, ()).unwrap();
    }
    connection
}

/// Trips with numbers that fit a byte, cities by number, and a row that is deleted.
fn here() -> Connection {
    connection(&[
        "create table trips as select i % 100 as km, 'city ' || (i % 3) as city, date '2024-01-01' + i as day,
            case when i % 2 = 0 then i / 4.0 end as fare
         from (with recursive n(i) as (select 0 union all select i + 1 from n where i < 999) select i from n) z",
        "create table cities (name varchar not null, country varchar)",
        "insert into cities values ('city 0', 'NO'), ('city 1', 'IT'), ('city 2', null)",
        "delete from trips where km = 7",
    ])
}

/// The same columns in another order, among others, with other rows.
fn there() -> Connection {
    connection(&[
        "create table cities (country varchar, name varchar not null, inhabitants bigint)",
        "insert into cities values ('FR', 'Lyon', 500000), ('DE', 'Bonn', 300000), (null, 'Atlantis', 0)",
        "create table trips as select city, km, fare::double as fare, day from (values
            ('Lyon', 100000, null, date '1999-12-31'), ('Bonn', -5, 2.5, null), (null, 70, 1.25, date '2024-01-03'),
            ('Lyon', null, 0.5, date '2024-01-03'), ('Bonn', 9, 9.9, date '2001-01-01')) t(city, km, fare, day)",
        "delete from trips where km = 9",
    ])
}

fn rows(mut rows: rowmill::Rows) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    while let Some(batch) = rows.next_batch()? {
        for row in 0..batch.rows() {
            let mut line = String::new();
            for column in 0..batch.columns().len() {
                line.push_str(if column > 0 { " | " } else { "" });
                batch.write_text(row, column, &mut line);
            }
            lines.push(line);
        }
    }
    Ok(lines)
}

const QUERIES: &[&str] = &[
    "select count(*), sum(km), min(day), max(city), avg(fare) from trips",
    "select city, km from trips where km between 5 and 100 and city like '%n%' order by km, city limit 4",
    "select country, count(*) as n, sum(fare) from trips join cities on city = name group by country order by n, country",
    "select name from cities where not exists (select 1 from trips where city = name and km > 50) order by name",
    "select day, row_number() over (order by day, km nulls first) from trips where fare is not null order by 2 limit 5",
    "select a.city, b.city from trips a left join trips b on a.km = b.km + 1 order by 1, 2 limit 3",
    "with recursive n(i) as (select 1 union all select i * 2 from n where i < 50) select i, (select count(*) from trips where km < i) from n",
];

#[test]
fn a_saved_query_runs_elsewhere_as_its_text_does() {
    let (here, there) = (here(), there());
    for threads in ["set threads = 1", "set threads = 2"] {
        for batch in ["set batch_rows = 1", "set batch_rows = 7", "set batch_rows = 2048"] {
            for connection in [&here, &there] {
                connection.execute(threads, ()).unwrap();
                connection.execute(batch, ()).unwrap();
            }
            for sql in QUERIES {
                let bytes = here.prepare(sql).unwrap().save().unwrap();
                for connection in [&here, &there] {
                    let loaded = connection.load(&bytes).unwrap();
                    assert_eq!(loaded.text(), *sql);
                    let expected = rows(connection.query(sql, ()).unwrap()).unwrap();
                    assert_eq!(rows(loaded.query(()).unwrap()).unwrap(), expected, "{sql}");
                    assert_eq!(loaded.save().unwrap(), bytes);
                }
            }
        }
    }
}

#[test]
fn a_loaded_query_sees_every_change_of_its_tables() {
    let (here, there) = (here(), there());
    let bytes = here.prepare("select count(*), sum(km) from trips").unwrap().save().unwrap();
    let loaded = there.load(&bytes).unwrap();
    assert_eq!(loaded.query_one::<(i64, i64)>(()).unwrap(), (4, 100_065));
    there.execute("insert into trips (km) values (5000000000 - 4999999000)", ()).unwrap();
    assert_eq!(loaded.query_one::<(i64, i64)>(()).unwrap(), (5, 101_065));
    there.execute("drop table trips", ()).unwrap();
    assert_eq!(loaded.query(()).err().unwrap().kind(), ErrorKind::Name);
}

#[test]
fn parameters_keep_their_types_and_names() {
    let (here, there) = (here(), there());
    let statement = here.prepare("select count(*) from trips where km > $low and city like $city").unwrap();
    let error = statement.save().unwrap_err();
    assert_eq!(
        format!("{}; {}", error.message(), error.hint().unwrap()),
        "the types of the statement's parameters are not known yet; run it once before it is saved"
    );
    let given = || params! { "low" => 10i64, "city" => "%n" };
    statement.query(given()).unwrap();
    let loaded = there.load(&statement.save().unwrap()).unwrap();
    assert_eq!(loaded.parameter_names(), ["low", "city"]);
    assert_eq!(loaded.query_one::<i64>(given()).unwrap(), 1);
    assert_eq!(loaded.query_one::<i64>(params! { "low" => -10i32, "city" => "%n" }).unwrap(), 2);
    let error = loaded.query(params! { "low" => "x", "city" => "%n" }).err().unwrap();
    assert_eq!(error.message(), "the saved query takes a parameter of type BIGINT, and VARCHAR was given");
    let error = loaded.query(params![1i64]).err().unwrap();
    assert_eq!(error.message(), "the saved query has 2 parameters, and 1 values were given");
}

#[test]
fn what_cannot_be_saved_says_why() {
    let here = here();
    let message =
        |sql: &str| here.prepare(sql).and_then(|statement| statement.save()).unwrap_err().message().to_owned();
    assert_eq!(message("delete from trips"), "only queries can be saved");
    assert_eq!(message("explain select 1"), "only queries can be saved");
    assert_eq!(
        message("show tables"),
        "a query whose plan depends on the moment or on values of parameters cannot be saved"
    );
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/zones.csv");
    let expected = format!("a query that reads the file '{file}' cannot be saved");
    assert_eq!(message(&format!("select * from '{file}'")), expected);
}

#[test]
fn a_schema_that_does_not_fit_says_where() {
    let bytes = here().prepare("select c.name, sum(km) from trips join cities c on city = name group by 1").unwrap();
    let bytes = bytes.save().unwrap();
    let message = |statements: &[&str]| {
        let error = connection(statements).load(&bytes).err().unwrap();
        format!("{}: {}", error.kind().name(), error.message())
    };
    let cities = "create table cities (name varchar not null)";
    assert_eq!(message(&[]), "name: there is no table 'cities'");
    assert_eq!(
        message(&["create table trips (kms integer, city varchar)", cities]),
        "name: the saved query reads a column trips.km, which is not there"
    );
    assert_eq!(
        message(&["create table trips (km bigint, city varchar)", cities]),
        "type: the saved query reads trips.km as INTEGER, and it is BIGINT"
    );
    assert_eq!(
        message(&["create table trips (km integer, city varchar)", "create table cities (name varchar)"]),
        "type: the saved query relies on cities.name being NOT NULL, and it is not"
    );
}

#[test]
fn damaged_bytes_are_an_error_that_says_how() {
    let (here, there) = (here(), there());
    let sql = "select country, count(*), sum(fare) from trips join cities on city = name where km > 3 group by country";
    let bytes = here.prepare(sql).unwrap().save().unwrap();
    let message = |bytes: &[u8]| there.load(bytes).err().expect("it is damaged").message().to_owned();
    for length in 0..bytes.len() {
        let message = message(&bytes[..length]);
        let said = if length < 7 { "does not begin as one" } else { "ends too early" };
        assert!(message.contains(said), "{length} bytes: {message}");
    }
    let mut damaged = bytes.clone();
    for bit in 0..8 * bytes.len() {
        damaged[bit / 8] ^= 1 << (bit % 8);
        let message = message(&damaged);
        let said: &[&str] = match bit / 8 {
            0..7 => &["does not begin as one"],
            7..HEAD_BYTES => &["it is of version"],
            _ => &["ends too early", "more behind its end", "its checksum is another"],
        };
        assert!(said.iter().any(|said| message.contains(said)), "bit {bit}: {message}");
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(message(&[&bytes[..], b"x"].concat()).contains("more behind its end"));
}

/// Bytes whose checksum is right, as one makes them who means harm: loading them is an error, or they run and give rows or
/// an error.
#[test]
fn bytes_that_are_changed_with_care_are_verified() {
    let (here, there) = (here(), there());
    there.execute("set timeout = '5s'", ()).unwrap();
    there.execute("set memory_limit = '256MB'", ()).unwrap();
    let (mut refused, mut ran) = (0, 0);
    for sql in QUERIES {
        let bytes = here.prepare(sql).unwrap().save().unwrap();
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..400 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut changed = bytes.clone();
            let at = HEAD_BYTES + 12 + (seed >> 33) as usize % (bytes.len() - HEAD_BYTES - 12);
            changed[at] = changed[at].wrapping_add(1 + (seed >> 20) as u8 % 9);
            SavedProgram::seal(&mut changed);
            match there.load(&changed).and_then(|loaded| rows(loaded.query(())?)) {
                Ok(_) => ran += 1,
                Err(error) => {
                    assert!(!error.message().is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 500 && ran > 100, "{refused} refused, {ran} ran");
}
