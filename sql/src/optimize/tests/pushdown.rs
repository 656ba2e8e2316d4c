use rowmill_vm::program::JoinKind;

use super::build::{Build, boolean, cross, join};
use super::check;
use crate::plan::{ExprKind, Plan};

#[test]
fn through_projections() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a b c");
    let project = build.project(scan, "a, b + c AS sum");
    let plan = build.filter(project, "a < 3, sum > 4");
    check(
        build,
        plan,
        "sum",
        "pushdown prune",
        "
Project b + c AS sum
  Filter a < 3 AND b + c > 4
    Scan t(a, b, c)
",
    );
}

#[test]
fn to_both_sides_of_an_inner_join_and_into_its_keys() {
    let mut build = Build::default();
    let tables = [build.scan("big", 1000, "a b"), build.scan("small", 10, "x y")];
    let plan = build.filter(cross(tables), "b < 3, a = x, y > 4, b < y");
    check(
        build,
        plan,
        "a",
        "pushdown",
        "
Join inner on a = x where b < y
  Filter b < 3
    Scan big(a, b)
  Filter y > 4
    Scan small(x, y)
",
    );
}

#[test]
fn what_may_fail_is_not_moved_below_a_join() {
    let mut build = Build::default();
    let tables = [build.scan("big", 1000, "a b"), build.scan("small", 10, "x")];
    let quotient = boolean(ExprKind::IsNull(Box::new(build.expr("1 / b"))));
    let predicates = vec![quotient, build.expr("a = x")];
    let plan = Plan::Filter { input: Box::new(cross(tables)), predicates };
    check(
        build,
        plan,
        "a",
        "pushdown",
        "
Join inner on a = x where 1 / b IS NULL
  Scan big(a, b)
  Scan small(x)
",
    );
}

#[test]
fn to_the_sides_of_a_left_join_where_rows_without_partner_stay() {
    let mut build = Build::default();
    let (probe, inner) = (build.scan("l", 100, "a b"), build.scan("r", 10, "x y?"));
    let join = join(JoinKind::Left, probe, inner, build.exprs("a = x, y > 4, b > 5"));
    let predicates = vec![build.expr("b < 3"), boolean(ExprKind::IsNull(Box::new(build.column("y"))))];
    let plan = Plan::Filter { input: Box::new(join), predicates };
    check(
        build,
        plan,
        "a y",
        "pushdown",
        "
Filter y IS NULL
  Join left on a = x where b > 5
    Filter b < 3
      Scan l(a, b)
    Filter y > 4
      Scan r(x, y)
",
    );
}

#[test]
fn a_left_join_whose_missing_partners_are_dropped_is_inner() {
    let mut build = Build::default();
    let (probe, inner) = (build.scan("l", 100, "a"), build.scan("r", 10, "x y"));
    let join = join(JoinKind::Left, probe, inner, build.exprs("a = x"));
    let plan = build.filter(join, "y > 4");
    check(
        build,
        plan,
        "a y",
        "outer_to_inner pushdown",
        "
Join inner on a = x
  Scan l(a)
  Filter y > 4
    Scan r(x, y)
",
    );
}

#[test]
fn an_anti_join_keeps_conditions_on_its_probe_side() {
    let mut build = Build::default();
    let (probe, inner) = (build.scan("l", 100, "a b"), build.scan("r", 10, "x y"));
    let join = join(JoinKind::Anti, probe, inner, build.exprs("x = a, b > 5, y > 4"));
    let plan = build.filter(join, "b < 3");
    check(
        build,
        plan,
        "a",
        "pushdown prune",
        "
Join anti on a = x where b > 5
  Filter b < 3
    Scan l(a, b)
  Project x
    Filter y > 4
      Scan r(x, y)
",
    );
}

#[test]
fn through_aggregations_on_keys_only() {
    let mut build = Build::default();
    let input = Box::new(build.scan("t", 10, "a b"));
    let key = build.expr("a + b");
    let id = build.add("key", key.data_type.clone());
    let aggregate = Plan::Aggregate { input, keys: vec![(id, key)], calls: Vec::new() };
    let plan = build.filter(aggregate, "key < 3");
    check(
        build,
        plan,
        "key",
        "pushdown",
        "
Aggregate by a + b AS key
  Filter a + b < 3
    Scan t(a, b)
",
    );
}

#[test]
fn into_every_input_of_an_append_but_not_below_a_limit() {
    let mut build = Build::default();
    let first = build.scan("t", 10, "a");
    let second = build.scan("u", 10, "b");
    let second = build.sort(second, "b", Some(5));
    let inputs = vec![(first, vec![build.id("a")]), (second, vec![build.id("b")])];
    let column = build.add("c", rowmill_vm::DataType::Integer);
    let plan = build.filter(Plan::Append { inputs, columns: vec![column] }, "c < 3");
    check(
        build,
        plan,
        "c",
        "pushdown",
        "
Append (c) of (a), (b)
  Filter a < 3
    Scan t(a)
  Filter b < 3
    Sort b limit 5
      Scan u(b)
",
    );
}
