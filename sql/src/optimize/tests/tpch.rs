//! Queries of TPC-H, from text to optimized tree, over tables as large as at scale factor 1.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rowmill_vm::table::{Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, DataType, Error, Result};

use crate::catalog::Catalog;
use crate::optimize::{RuleSet, optimize};
use crate::plan::{Statement, print};
use crate::{bind, parse};

#[derive(Debug)]
struct Schema {
    name: &'static str,
    rows: u64,
    columns: Vec<TableColumn>,
}

impl Table for Schema {
    fn name(&self) -> &str {
        self.name
    }

    fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn scan(&self, _columns: &[usize], _wanted: Wanted<'_>, _context: &Context) -> Result<Arc<dyn Scan>> {
        Err(Error::internal("plans are not run here"))
    }
}

/// Name, rows, columns: BIGINT, or with `$` VARCHAR, `.` DECIMAL(15,2), `@` DATE.
const TABLES: &[(&str, u64, &str)] = &[
    (
        "lineitem",
        6_001_215,
        "l_orderkey l_partkey l_suppkey l_linenumber l_quantity. l_extendedprice. l_discount. l_tax. l_returnflag$ \
         l_linestatus$ l_shipdate@ l_commitdate@ l_receiptdate@ l_shipinstruct$ l_shipmode$ l_comment$",
    ),
    (
        "orders",
        1_500_000,
        "o_orderkey o_custkey o_orderstatus$ o_totalprice. o_orderdate@ o_orderpriority$ o_clerk$ o_shippriority \
         o_comment$",
    ),
    ("customer", 150_000, "c_custkey c_name$ c_address$ c_nationkey c_phone$ c_acctbal. c_mktsegment$ c_comment$"),
    ("supplier", 10_000, "s_suppkey s_name$ s_address$ s_nationkey s_phone$ s_acctbal. s_comment$"),
    ("part", 200_000, "p_partkey p_name$ p_mfgr$ p_brand$ p_type$ p_size p_container$ p_retailprice. p_comment$"),
    ("partsupp", 800_000, "ps_partkey ps_suppkey ps_availqty ps_supplycost. ps_comment$"),
    ("nation", 25, "n_nationkey n_name$ n_regionkey n_comment$"),
    ("region", 5, "r_regionkey r_name$ r_comment$"),
];

struct Tpch;

impl Catalog for Tpch {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        let (name, rows, columns) = TABLES.iter().copied().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        let column = |name: &str| {
            let data_type = match name.chars().last() {
                Some('$') => DataType::Varchar,
                Some('.') => DataType::decimal(15, 2),
                Some('@') => DataType::Date,
                _ => DataType::BigInt,
            };
            let form = data_type.form();
            TableColumn { name: name.trim_end_matches(['$', '.', '@']).into(), data_type, form, nullable: false }
        };
        Some(Arc::new(Schema { name, rows, columns: columns.split_whitespace().map(column).collect() }))
    }

    fn table_names(&self) -> Vec<String> {
        TABLES.iter().map(|(name, ..)| (*name).into()).collect()
    }

    fn file(&self, path: &str) -> Result<Arc<dyn Table>> {
        Err(Error::name(format!("no file {path}")))
    }
}

fn tree(sql: &str) -> Result<String> {
    let ast = parse::parse(sql)?;
    match bind::bind(&ast, sql, &Tpch, &[])? {
        Statement::Query(mut query) => {
            optimize(&mut query, RuleSet::ALL);
            Ok(print(&query.plan, &query.columns))
        }
        other => panic!("not a query: {other:?}"),
    }
}

/// The queries, each with its tree in a file beside this one; `UPDATE_GOLDEN=1` writes the trees anew.
#[test]
fn queries_come_out_as_good_trees() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for query in (1..=22).map(|number| format!("q{number:02}")) {
        let sql = fs::read_to_string(root.join(format!("../tests/tpch/{query}.sql"))).expect("the query is there");
        let actual = tree(sql.trim().trim_end_matches(';')).unwrap();
        let golden = root.join(format!("src/optimize/tests/tpch/{query}.tree"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &actual).expect("the tree can be written");
        }
        let expected = fs::read_to_string(&golden).expect("the tree is there");
        if actual != expected {
            wrong.push(format!("{query} is now\n{actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
