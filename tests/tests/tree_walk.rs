//! Expressions give what a walk over their bound trees gives, row by row, up to the first row that fails: interpreted and
//! compiled, in batches of any size.

use rowmill::{Column, Connection, Value};
use rowmill_sql::plan::ColumnId;
use rowmill_tests::random::scalar;
use rowmill_tests::tree_walk::{NoValue, evaluate, projected};

/// Expressions that are tried, if `ROWMILL_EXPRESSIONS` says nothing else.
const EXPRESSIONS: u64 = 3_000;
/// Expressions over the same rows.
const EXPRESSIONS_OF_TABLE: u64 = 100;
const ROWS: usize = 40;

/// What a column holds, row by row, up to the first that fails; and whether one does.
type Outcome = (Vec<Value>, bool);

fn walked(sql: &str, columns: &[Column], rows: &[Vec<Value>]) -> Option<Outcome> {
    let (expr, read) = projected(columns, sql)?;
    let mut values = Vec::new();
    for row in rows {
        let column = |id: ColumnId| {
            let position = read.iter().find(|(column, _)| *column == id).map(|(_, position)| *position);
            row[position.expect("a column of the table")].clone()
        };
        match evaluate(&expr, &column) {
            Ok(value) => values.push(value),
            Err(NoValue::Error) => return Some((values, true)),
            Err(NoValue::Unknown) => return None,
        }
    }
    Some((values, false))
}

fn ran(connection: &Connection, sql: &str) -> Outcome {
    let mut values = Vec::new();
    let mut rows = match connection.query(sql, ()) {
        Ok(rows) => rows,
        Err(_) => return (values, true),
    };
    loop {
        match rows.next_batch() {
            Ok(Some(batch)) => values.extend((0..batch.rows()).map(|row| batch.value(row, 0))),
            Ok(None) => return (values, false),
            Err(_) => return (values, true),
        }
    }
}

/// The same to the bit, any NaN being one.
fn same(a: &Outcome, b: &Outcome) -> bool {
    let equal = |(a, b): (&Value, &Value)| match (a, b) {
        (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        _ => a == b,
    };
    a.1 == b.1 && a.0.len() == b.0.len() && a.0.iter().zip(&b.0).all(equal)
}

#[test]
fn expressions_are_what_their_trees_say() {
    let expressions = std::env::var("ROWMILL_EXPRESSIONS").map_or(EXPRESSIONS, |count| count.parse().unwrap());
    let (mut judged, mut failing) = (0, 0);
    for table in 0..expressions.div_ceil(EXPRESSIONS_OF_TABLE) {
        let connection = Connection::open_in_memory().unwrap();
        let names: Vec<&str> = scalar::COLUMNS.iter().map(|(name, _)| *name).collect();
        let values = scalar::rows(table, ROWS);
        let create = format!("create table t as select * from (values {values}) v({})", names.join(", "));
        connection.execute(&create, ()).unwrap();
        let mut rows = Vec::new();
        let mut result = connection.query("select * from t", ()).unwrap();
        while let Some(batch) = result.next_batch().unwrap() {
            rows.extend((0..batch.rows()).map(|row| (0..names.len()).map(|c| batch.value(row, c)).collect::<Vec<_>>()));
        }
        let columns = connection.table_columns("t").unwrap();
        for seed in 0..EXPRESSIONS_OF_TABLE {
            let expression = scalar::expression(table * EXPRESSIONS_OF_TABLE + seed);
            let sql = format!("select {expression} as e from t");
            let Some(expected) = walked(&sql, &columns, &rows) else { continue };
            judged += 1;
            failing += usize::from(expected.1);
            for settings in [
                ["jit = 'off'", "batch_rows = 7"],
                ["jit = 'on'", "batch_rows = 2048"],
                ["jit = 'on'", "batch_rows = 1"],
            ] {
                for setting in settings {
                    connection.execute(&format!("set {setting}"), ()).unwrap();
                }
                let got = ran(&connection, &sql);
                assert!(same(&got, &expected), "{sql}\n{settings:?} gave {got:?}\nnot {expected:?}\nof {rows:?}");
            }
        }
    }
    let enough = expressions as usize / 3;
    assert!(judged > enough && failing > enough / 20, "{judged} judged, {failing} of them fail");
}
