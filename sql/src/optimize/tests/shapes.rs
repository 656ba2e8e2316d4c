use rowmill_vm::program::JoinKind;

use super::build::{Build, cross, join, limit};
use super::check;
use crate::plan::Plan;

#[test]
fn renaming_projections_vanish() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a b");
    let inner = build.project(scan, "a AS c, b AS d");
    let outer = build.project(inner, "d AS e, c");
    let plan = build.filter(outer, "e < 3");
    check(
        build,
        plan,
        "e c",
        "rename",
        "
Filter b < 3
  Scan t(a, b)
",
    );
}

#[test]
fn projections_merge_unless_that_repeats_work() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a b");
    let inner = build.project(scan, "a + b AS sum, a");
    let plan = build.project(inner, "sum + a AS once");
    check(
        build,
        plan,
        "once",
        "merge_projects",
        "
Project a + b + a AS once
  Scan t(a, b)
",
    );
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a b");
    let inner = build.project(scan, "a + b AS sum");
    let plan = build.project(inner, "sum + sum AS twice");
    check(
        build,
        plan,
        "twice",
        "",
        "
Project sum + sum AS twice
  Project a + b AS sum
    Scan t(a, b)
",
    );
}

#[test]
fn a_limit_reaches_the_sort_below_a_projection() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a b c");
    let sort = build.sort(scan, "a", None);
    let project = build.project(sort, "a + b AS sum");
    check(
        build,
        limit(project, 0, Some(10)),
        "sum",
        "top_n prune",
        "
Project a + b AS sum
  Sort a limit 10
    Scan t(a, b)
",
    );
}

#[test]
fn an_offset_stays_above_the_sort() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a");
    let sort = build.sort(scan, "a", None);
    check(
        build,
        limit(sort, 5, Some(10)),
        "a",
        "top_n",
        "
Limit 10 offset 5
  Sort a limit 15
    Scan t(a)
",
    );
}

#[test]
fn only_columns_that_are_read_are_scanned_and_stored() {
    let mut build = Build::default();
    let (probe, inner) = (build.scan("l", 100, "a b c"), build.scan("r", 10, "x y z"));
    let inner = build.filter(inner, "z > 1");
    let plan = join(JoinKind::Inner, probe, inner, build.exprs("a = x"));
    check(
        build,
        plan,
        "b y",
        "pushdown prune",
        "
Join inner on a = x
  Scan l(a, b)
  Project x, y
    Filter z > 1
      Scan r(x, y, z)
",
    );
}

#[test]
fn an_aggregate_that_nobody_reads_is_one_row() {
    let mut build = Build::default();
    let input = Box::new(build.scan("t", 10, "a"));
    let aggregate = Plan::Aggregate { input, keys: Vec::new(), calls: Vec::new() };
    let plan = build.project(aggregate, "1 AS one");
    check(
        build,
        plan,
        "one",
        "prune",
        "
Project 1 AS one
  Values (): ()
",
    );
}

#[test]
fn scans_may_read_no_column() {
    let mut build = Build::default();
    let tables = [build.scan("t", 100, "a"), build.scan("u", 10, "b")];
    let plan = build.project(cross(tables), "1 AS one");
    check(
        build,
        plan,
        "one",
        "prune",
        "
Project 1 AS one
  Join cross
    Scan t()
    Scan u()
",
    );
}

#[test]
fn limit_zero_reads_nothing() {
    let mut build = Build::default();
    let scan = build.scan("t", 10, "a");
    let sort = build.sort(scan, "a", None);
    check(
        build,
        limit(sort, 5, Some(0)),
        "a",
        "top_n",
        "
Values (a): no rows
",
    );
}
