use rowmill_vm::program::JoinKind;

use super::build::{Build, boolean, cross, join};
use super::check;
use crate::plan::{ExprKind, Plan};

/// The tables of TPC-H at scale factor 1, as far as its joins go.
fn table(build: &mut Build, name: &str) -> Plan {
    let (rows, columns) = match name {
        "customer" => (150_000, "c_custkey c_nationkey c_mktsegment$"),
        "orders" => (1_500_000, "o_orderkey o_custkey o_orderdate"),
        "lineitem" => (6_000_000, "l_orderkey l_partkey l_suppkey l_quantity l_price l_shipdate l_shipmode$"),
        "supplier" => (10_000, "s_suppkey s_nationkey"),
        "part" => (200_000, "p_partkey p_brand$ p_size"),
        "nation" => (25, "n_nationkey n_regionkey n_name$"),
        "region" => (5, "r_regionkey r_name$"),
        other => panic!("no table {other}"),
    };
    build.scan(name, rows, columns)
}

fn comma_join(build: &mut Build, tables: &str, predicates: &str) -> Plan {
    let tables: Vec<Plan> = tables.split(' ').map(|name| table(build, name)).collect();
    build.filter(cross(tables), predicates)
}

#[test]
fn q3_builds_small_sides_and_probes_with_lineitem() {
    let mut build = Build::default();
    let plan = comma_join(
        &mut build,
        "customer orders lineitem",
        "c_mktsegment = 'BUILDING', c_custkey = o_custkey, l_orderkey = o_orderkey, o_orderdate < 9204, \
         l_shipdate > 9204",
    );
    check(
        build,
        plan,
        "l_orderkey l_price o_orderdate",
        "pushdown join_order prune",
        "
Join inner on l_orderkey = o_orderkey
  Filter l_shipdate > 9204
    Scan lineitem(l_orderkey, l_price, l_shipdate)
  Project o_orderkey, o_orderdate
    Join inner on o_custkey = c_custkey
      Filter o_orderdate < 9204
        Scan orders(o_orderkey, o_custkey, o_orderdate)
      Project c_custkey
        Filter c_mktsegment = 'BUILDING'
          Scan customer(c_custkey, c_mktsegment)
",
    );
}

#[test]
fn q5_does_not_join_customers_with_suppliers_of_their_nation() {
    let mut build = Build::default();
    let plan = comma_join(
        &mut build,
        "customer orders lineitem supplier nation region",
        "c_custkey = o_custkey, l_orderkey = o_orderkey, l_suppkey = s_suppkey, c_nationkey = s_nationkey, \
         s_nationkey = n_nationkey, n_regionkey = r_regionkey, r_name = 'ASIA', o_orderdate > 8766, o_orderdate < 9131",
    );
    check(
        build,
        plan,
        "n_name l_price",
        "pushdown join_order prune",
        "
Join inner on l_suppkey = s_suppkey AND c_nationkey = s_nationkey
  Join inner on l_orderkey = o_orderkey
    Scan lineitem(l_orderkey, l_suppkey, l_price)
    Project o_orderkey, c_nationkey, n_name
      Join inner on o_custkey = c_custkey
        Filter o_orderdate > 8766 AND o_orderdate < 9131
          Scan orders(o_orderkey, o_custkey, o_orderdate)
        Project c_custkey, c_nationkey, n_name
          Join inner on c_nationkey = n_nationkey
            Scan customer(c_custkey, c_nationkey)
            Project n_nationkey, n_name
              Join inner on n_regionkey = r_regionkey
                Scan nation(n_nationkey, n_regionkey, n_name)
                Project r_regionkey
                  Filter r_name = 'ASIA'
                    Scan region(r_regionkey, r_name)
  Scan supplier(s_suppkey, s_nationkey)
",
    );
}

#[test]
fn q19_finds_its_key_in_an_or_and_filters_both_sides_by_it() {
    let mut build = Build::default();
    let tables = [table(&mut build, "lineitem"), table(&mut build, "part")];
    let arm = |conjuncts| boolean(ExprKind::And(build.exprs(conjuncts)));
    let arms = vec![
        arm("p_partkey = l_partkey, p_brand = 'Brand#12', l_quantity < 11, p_size < 5, l_shipmode = 'AIR'"),
        arm("p_partkey = l_partkey, p_brand = 'Brand#23', l_quantity < 20, p_size < 10, l_shipmode = 'AIR'"),
    ];
    let predicates = vec![boolean(ExprKind::Or(arms))];
    let plan = Plan::Filter { input: Box::new(cross(tables)), predicates };
    check(
        build,
        plan,
        "l_price",
        "factor pushdown prune",
        "
Join inner on l_partkey = p_partkey where p_brand = 'Brand#12' AND l_quantity < 11 AND p_size < 5 OR p_brand = 'Brand#23' AND l_quantity < 20 AND p_size < 10
  Filter l_shipmode = 'AIR' AND (l_quantity < 11 OR l_quantity < 20)
    Scan lineitem(l_partkey, l_quantity, l_price, l_shipmode)
  Filter p_brand = 'Brand#12' AND p_size < 5 OR p_brand = 'Brand#23' AND p_size < 10
    Scan part(p_partkey, p_brand, p_size)
",
    );
}

#[test]
fn tables_without_a_key_between_them_are_joined_last() {
    let mut build = Build::default();
    let plan = comma_join(&mut build, "region customer orders", "c_custkey = o_custkey");
    check(
        build,
        plan,
        "r_name o_orderkey",
        "pushdown join_order prune",
        "
Join cross
  Join inner on o_custkey = c_custkey
    Scan orders(o_orderkey, o_custkey)
    Scan customer(c_custkey)
  Scan region(r_name)
",
    );
}

#[test]
fn equalities_between_expressions_and_of_three_tables_are_kept() {
    let mut build = Build::default();
    let tables = [build.scan("a", 10, "a1 a2"), build.scan("b", 20, "b1 b2"), build.scan("c", 30, "c1 c2")];
    let plan = build.filter(cross(tables), "a1 = b1, b1 = c1, a2 = c2, b2 < c2");
    check(
        build,
        plan,
        "a2 c1",
        "pushdown join_order",
        "
Join inner on b1 = a1 where b2 < c2
  Scan b(b1, b2)
  Join inner on c1 = a1 AND c2 = a2
    Scan c(c1, c2)
    Scan a(a1, a2)
",
    );
}

#[test]
fn two_columns_of_one_table_equal_to_the_same_third_are_compared() {
    let mut build = Build::default();
    let tables = [build.scan("a", 10, "a1 a2"), build.scan("b", 20, "b1")];
    let plan = build.filter(cross(tables), "a1 = b1, a2 = b1");
    check(
        build,
        plan,
        "b1",
        "pushdown join_order prune",
        "
Join inner on b1 = a1
  Scan b(b1)
  Project a1
    Filter a1 = a2
      Scan a(a1, a2)
",
    );
}

#[test]
fn q18_chooses_orders_before_it_looks_up_their_lines() {
    let mut build = Build::default();
    let plan = comma_join(&mut build, "customer orders lineitem", "c_custkey = o_custkey, o_orderkey = l_orderkey");
    let large = build.scan("large", 1000, "x");
    let plan = join(JoinKind::Semi, plan, large, build.exprs("o_orderkey = x"));
    check(
        build,
        plan,
        "l_quantity",
        "pushdown join_order prune",
        "
Join inner on l_orderkey = o_orderkey
  Scan lineitem(l_orderkey, l_quantity)
  Project o_orderkey
    Join inner on c_custkey = o_custkey
      Scan customer(c_custkey)
      Join semi on o_orderkey = x
        Scan orders(o_orderkey, o_custkey)
        Scan large(x)
",
    );
}

#[test]
fn a_join_that_drops_most_rows_stays_below_a_semi_join_that_drops_few() {
    let mut build = Build::default();
    let tables = [build.scan("big", 1_000_000, "a b"), build.scan("few", 100, "x")];
    let plan = build.filter(cross(tables), "b = x, x = 3");
    let list = build.scan("list", 900_000, "y");
    let plan = join(JoinKind::Semi, plan, list, build.exprs("a = y"));
    check(
        build,
        plan,
        "a",
        "pushdown transitive build_side prune",
        "
Join right semi on y = a
  Scan list(y)
  Project a
    Join inner on b = x
      Filter b = 3
        Scan big(a, b)
      Filter x = 3
        Scan few(x)
",
    );
}
