//! Statements and the plans or errors that binding makes of them, in golden files: `UPDATE_GOLDEN=1 cargo test`
//! writes them anew.
//!
//! A file is a list of cases: a statement, a line of four dashes, what comes of it, an empty line.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use rowmill_vm::table::{RowNumbers, Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, DataType, Error, Result, Value};

use super::bind;
use crate::catalog::{Catalog, ParameterInfo};
use crate::plan::{self, Change, ChangeTarget, Explain, Explained, Query, Statement};

#[derive(Debug)]
struct TestTable {
    name: String,
    columns: Vec<TableColumn>,
}

impl Table for TestTable {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn row_numbers(&self) -> Option<RowNumbers> {
        Some(RowNumbers { position: self.columns.len(), epoch: 1 })
    }

    fn row_count(&self) -> Option<u64> {
        None
    }

    fn scan(&self, _columns: &[usize], _wanted: Wanted<'_>, _context: &Context) -> Result<Arc<dyn Scan>> {
        Err(Error::internal("plans are not run here"))
    }
}

/// A table of columns that may be NULL, but for those of names in upper case.
fn table(name: &str, columns: &[(&str, DataType)]) -> Arc<dyn Table> {
    let column = |(name, data_type): &(&str, DataType)| TableColumn {
        name: name.to_string(),
        data_type: data_type.clone(),
        form: data_type.form(),
        nullable: name.chars().any(char::is_lowercase),
    };
    Arc::new(TestTable { name: name.to_string(), columns: columns.iter().map(column).collect() })
}

struct TestCatalog(Vec<Arc<dyn Table>>);

impl TestCatalog {
    fn new() -> TestCatalog {
        let money = || DataType::decimal(15, 2);
        TestCatalog(vec![
            table(
                "t",
                &[
                    ("ID", DataType::Integer),
                    ("a", DataType::Integer),
                    ("b", DataType::BigInt),
                    ("c", DataType::Varchar),
                    ("d", DataType::Date),
                    ("x", DataType::Double),
                    ("m", money()),
                    ("flag", DataType::Boolean),
                    ("tiny", DataType::TinyInt),
                    ("ts", DataType::TIMESTAMP),
                ],
            ),
            table("u", &[("ID", DataType::Integer), ("a", DataType::BigInt), ("name", DataType::Varchar)]),
            table("item", &[("price", money()), ("discount", money()), ("tax", money())]),
        ])
    }
}

impl Catalog for TestCatalog {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        self.0.iter().find(|table| table.name().eq_ignore_ascii_case(name)).cloned()
    }

    fn table_names(&self) -> Vec<String> {
        self.0.iter().map(|table| table.name().to_string()).collect()
    }

    fn file(&self, path: &str) -> Result<Arc<dyn Table>> {
        match path {
            "data/f.csv" => Ok(table(path, &[("id", DataType::BigInt), ("name", DataType::Varchar)])),
            _ => Err(Error::new(rowmill_vm::ErrorKind::Io, format!("no file {path}"))),
        }
    }
}

fn parameters() -> Vec<ParameterInfo> {
    vec![
        ParameterInfo { data_type: DataType::BigInt, value: Value::Integer(7) },
        ParameterInfo { data_type: DataType::Varchar, value: Value::text("x") },
        ParameterInfo { data_type: DataType::Null, value: Value::Null },
    ]
}

fn bind_text(sql: &str) -> Result<Statement> {
    bind(&crate::parse::parse(sql)?, sql, &TestCatalog::new(), &parameters())
}

fn describe_query(query: &Query) -> String {
    let mut text = String::new();
    for column in &query.output {
        let info = query.columns.get(column.column);
        let null = if info.nullable { "" } else { " not null" };
        let _ = write!(text, "{}{}: {}{null}", if text.is_empty() { "" } else { ", " }, column.name, info.data_type);
    }
    let values = if query.uses_parameter_values { " (depends on parameters' values)" } else { "" };
    format!("{text}{values}\n{}", plan::print(&query.plan, &query.columns))
}

fn describe_change(change: &Change) -> String {
    let Change { target: ChangeTarget { kind, table, returning, .. }, query } = change;
    format!("{kind:?} {table}, returning {returning}\n{}", describe_query(query))
}

fn describe(sql: &str) -> String {
    match bind_text(sql) {
        Ok(Statement::Query(query)) => describe_query(&query),
        Ok(Statement::Explain(Explain { kind, format: _, explained: Explained::Query(query) })) => {
            format!("explain {kind:?}\n{}", describe_query(&query))
        }
        Ok(Statement::Explain(Explain { kind, format: _, explained: Explained::Change(change) })) => {
            format!("explain {kind:?}\n{}", describe_change(&change))
        }
        Ok(Statement::CreateTableAs { name, query, exists, .. }) => {
            format!("create {name}, if it exists {exists:?}, as\n{}", describe_query(&query))
        }
        Ok(Statement::Change(change)) => describe_change(&change),
        Ok(Statement::InsertRows { table, rows, .. }) => {
            let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}\n")).collect();
            format!("insert into {table}\n{}", rows.concat())
        }
        Ok(Statement::CreateTable { name, columns, exists, .. }) => {
            let column = |column: &plan::ColumnDefinition| {
                format!("{} {}{}\n", column.name, column.data_type, if column.not_null { " not null" } else { "" })
            };
            format!("create {name}, if it exists {exists:?}\n{}", columns.iter().map(column).collect::<String>())
        }
        Ok(other) => format!("{other:?}\n"),
        Err(error) => {
            let place = error.span().map_or("nowhere", |span| &sql[span.start as usize..span.end as usize]);
            let hint = error.hint().map_or(String::new(), |hint| format!("\nhint: {hint}"));
            format!("{} error: {}\nat: {place}{hint}\n", error.kind().name(), error.message())
        }
    }
}

fn check(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bind/golden").join(file);
    let golden = std::fs::read_to_string(&path).expect("the golden file is there");
    let mut actual = String::new();
    for case in golden.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
        let sql = case.split("\n----").next().unwrap_or(case);
        let _ = write!(actual, "{sql}\n----\n{}\n", describe(sql));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).expect("the golden file can be written");
    } else {
        assert_eq!(actual, golden, "{file}");
    }
}

#[test]
fn selects() {
    check("select.txt");
}

#[test]
fn expressions() {
    check("expression.txt");
}

#[test]
fn joins() {
    check("join.txt");
}

#[test]
fn aggregates() {
    check("aggregate.txt");
}

#[test]
fn subqueries() {
    check("subquery.txt");
}

#[test]
fn statements() {
    check("statement.txt");
}

#[test]
fn errors() {
    check("error.txt");
}

/// A chain of aliases, each twice the one before, stands for 2^n expressions.
#[test]
fn what_multiplies_is_bounded() {
    let aliases: Vec<String> = (1..60).map(|n| format!("a{} + a{} as a{n}", n - 1, n - 1)).collect();
    let doubling = format!("select a as a0, {} from t", aliases.join(", "));
    let members: Vec<String> =
        (1..60).map(|n| format!("c{n} as (select 1 from c{}, c{} as y)", n - 1, n - 1)).collect();
    let tables = format!("with c0 as (select 1), {} select * from c59", members.join(", "));
    let between = format!("select {}a{}", "(".repeat(40), " between 1 and 2)::int".repeat(40));
    for sql in [doubling, tables, format!("{between} from t")] {
        let error = bind_text(&sql).expect_err("it is too much");
        assert_eq!(error.kind(), rowmill_vm::ErrorKind::Limit, "{error}");
    }
}

#[test]
fn relations_and_one_beyond() {
    use crate::limits::RELATIONS_MAX;
    for (relations, refused) in [(RELATIONS_MAX - 1, false), (RELATIONS_MAX, false), (RELATIONS_MAX + 1, true)] {
        let others: String = (1..relations).map(|number| format!(" cross join t t{number}")).collect();
        let bound = bind_text(&format!("select 1 from t{others}"));
        assert_eq!(bound.is_err_and(|error| error.kind() == rowmill_vm::ErrorKind::Limit), refused, "{relations}");
    }
}

/// What the parser lets through is bound on a default thread's stack.
#[test]
fn deep_statements_fit_the_stack() {
    use crate::limits::{LOGIC_MAX, NESTING_MAX, OPERATORS_MAX, RELATIONS_MAX, SET_OPERATIONS_MAX};
    let check = || {
        for (open, middle, close, depth) in [
            ("(", "1", ")", NESTING_MAX),
            ("(select ", "1", ")", NESTING_MAX),
            ("a in (select ", "1", ")", NESTING_MAX - 1),
            ("* from (select ", "1", ")", NESTING_MAX),
            ("case when flag then 1 else ", "1", " end", NESTING_MAX),
            ("abs(", "1", ")", NESTING_MAX),
            ("", "a", "+1", OPERATORS_MAX),
            ("- ", "a", "", OPERATORS_MAX),
            ("", "flag", " or flag", LOGIC_MAX),
            ("", "1", " union select 1", SET_OPERATIONS_MAX - 1),
            ("* from t", "", " cross join t", RELATIONS_MAX - 1),
        ] {
            let is_from = middle.is_empty() || open.contains("from");
            let from = if is_from || close.contains("union") { "" } else { " from t" };
            let sql = format!("select {}{middle}{}{from}", open.repeat(depth), close.repeat(depth));
            match bind_text(&sql) {
                Ok(statement) => drop(statement),
                Err(error) => assert_ne!(error.kind(), rowmill_vm::ErrorKind::Limit, "{open}{middle}{close}: {error}"),
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(check).expect("a thread starts");
    thread.join().expect("no statement overflows the stack");
}
