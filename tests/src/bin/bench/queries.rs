//! What is timed: TPC-H, and queries of one idea each.

use std::path::Path;

/// Queries besides those of TPC-H: one idea each, over the same tables.
const QUERIES: &[(&str, &str)] = &[
    ("tiny", "select r_regionkey + 1, r_name from region where r_regionkey > 1 and r_regionkey < 4"),
    ("count", "select count(*) from lineitem"),
    ("sum", "select sum(l_quantity), sum(l_extendedprice * (1 - l_discount)) from lineitem"),
    ("sum-double", "select sum(cast(l_extendedprice as double)) from lineitem"),
    (
        "filter",
        "select count(*) from lineitem where l_shipdate >= date '1994-01-01' and l_partkey % 7 = 3 and l_tax < 0.04",
    ),
    ("case", "select sum(case when l_discount > 0.05 then l_extendedprice else l_tax end) from lineitem"),
    ("like", "select count(*) from lineitem where l_comment like '%special%requests%'"),
    ("in-list", "select count(*) from lineitem where l_shipmode in ('AIR', 'REG AIR', 'SHIP')"),
    ("group-few", "select l_returnflag, l_linestatus, count(*), avg(l_quantity) from lineitem group by 1, 2"),
    (
        "group-many",
        "select count(*) from (select l_orderkey, sum(l_quantity) as x from lineitem group by 1) t where x > 300",
    ),
    (
        "join",
        "select count(*), sum(o_totalprice) from orders join customer on o_custkey = c_custkey where c_acctbal > 0",
    ),
    ("sort-limit", "select l_orderkey, l_extendedprice from lineitem order by 2 desc, 1 limit 100"),
    ("distinct", "select count(*) from (select distinct l_partkey from lineitem) t"),
    ("return-all", "select l_orderkey, l_extendedprice, l_shipdate from lineitem"),
];

/// Names and texts, without a semicolon: those of the folder `tests/tpch`, then [`QUERIES`].
pub(crate) fn queries() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tpch");
    let mut queries: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the queries are there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a query can be read");
            (name, text.trim().trim_end_matches(';').to_owned())
        })
        .collect();
    queries.sort();
    queries.extend(QUERIES.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())));
    queries
}
