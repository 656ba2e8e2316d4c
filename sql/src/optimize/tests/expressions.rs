use rowmill_vm::{DataType, Value};

use super::build::{Build, boolean, constant, expr};
use super::check;
use crate::optimize::may_fail;
use crate::plan::{CastMode, Expr, ExprKind, Plan};

fn filter_with(predicates: impl FnOnce(&Build) -> Vec<Expr>, rules: &str, expected: &str) {
    let mut build = Build::default();
    let input = Box::new(build.scan("t", 10, "a b"));
    let predicates = predicates(&build);
    check(build, Plan::Filter { input, predicates }, "a b", rules, expected);
}

#[test]
fn true_conjuncts_vanish() {
    filter_with(
        |build| vec![constant(true), build.expr("a < 3")],
        "fold",
        "
Filter a < 3
  Scan t(a, b)
",
    );
}

#[test]
fn a_false_conjunct_leaves_no_rows() {
    filter_with(
        |build| vec![build.expr("a < 3"), constant(false)],
        "fold",
        "
Values (a, b): no rows
",
    );
}

#[test]
fn a_false_conjunct_does_not_hide_an_error_before_it() {
    let predicates = |build: &Build| {
        let quotient = Box::new(build.expr("1 / a"));
        vec![boolean(ExprKind::IsNull(quotient)), constant(false), build.expr("a < 3")]
    };
    filter_with(
        predicates,
        "fold",
        "
Filter 1 / a IS NULL AND FALSE
  Scan t(a, b)
",
    );
}

#[test]
fn not_is_moved_inward() {
    let predicates = |build: &Build| {
        let or = boolean(ExprKind::Or(build.exprs("a < 3, b = 1")));
        vec![boolean(ExprKind::Not(Box::new(or)))]
    };
    filter_with(
        predicates,
        "fold",
        "
Filter a >= 3 AND b <> 1
  Scan t(a, b)
",
    );
}

#[test]
fn constant_conditions_decide_a_case() {
    let predicates = |build: &Build| {
        let branches = vec![(constant(false), build.expr("a = 1")), (constant(true), build.expr("a = 2"))];
        vec![boolean(ExprKind::Case(branches, Some(Box::new(build.expr("a = 3")))))]
    };
    filter_with(
        predicates,
        "fold",
        "
Filter a = 2
  Scan t(a, b)
",
    );
}

#[test]
fn a_list_of_one_is_an_equality() {
    let predicates = |build: &Build| vec![boolean(ExprKind::InList(Box::new(build.column("a")), build.exprs("7")))];
    filter_with(
        predicates,
        "fold",
        "
Filter a = 7
  Scan t(a, b)
",
    );
}

#[test]
fn conjuncts_that_all_arms_share_leave_the_or() {
    let predicates = |build: &Build| {
        let arm = |conjuncts| boolean(ExprKind::And(build.exprs(conjuncts)));
        vec![boolean(ExprKind::Or(vec![arm("a = 1, b < 2"), arm("b < 5, a = 1")]))]
    };
    filter_with(
        predicates,
        "factor",
        "
Filter a = 1 AND (b < 2 OR b < 5)
  Scan t(a, b)
",
    );
}

#[test]
fn an_arm_that_is_shared_wholly_ends_the_or() {
    let predicates = |build: &Build| {
        let both = boolean(ExprKind::And(build.exprs("a = 1, b < 2")));
        vec![boolean(ExprKind::Or(vec![both, build.expr("a = 1")]))]
    };
    filter_with(
        predicates,
        "factor",
        "
Filter a = 1
  Scan t(a, b)
",
    );
}

#[test]
fn types_tell_what_cannot_overflow() {
    let build = Build::default();
    let column = |data_type: DataType| expr(ExprKind::Column(crate::plan::ColumnId(0)), data_type);
    let arithmetic = |op: &str, a: Expr, b: Expr, result: DataType| {
        let ExprKind::Arithmetic(op, ..) = build.expr(&format!("1 {op} 1")).kind else { panic!("no arithmetic") };
        may_fail(&expr(ExprKind::Arithmetic(op, Box::new(a), Box::new(b)), result))
    };
    let small = || {
        let cast = ExprKind::Cast(Box::new(column(DataType::SmallInt)), CastMode::Error);
        expr(cast, DataType::Integer)
    };
    let literal = |value| expr(ExprKind::Literal(Value::Integer(value)), DataType::Integer);
    assert!(!arithmetic("+", small(), small(), DataType::Integer));
    assert!(arithmetic("+", column(DataType::Integer), literal(1), DataType::Integer));
    assert!(!arithmetic("/", column(DataType::Integer), literal(2), DataType::Integer));
    assert!(arithmetic("/", column(DataType::Integer), literal(-1), DataType::Integer), "i32::MIN / -1");
    assert!(arithmetic("/", literal(1), small(), DataType::Integer));
    assert!(!arithmetic("/", column(DataType::Double), column(DataType::Double), DataType::Double));
    let price = || column(DataType::decimal(12, 2));
    assert!(!arithmetic("+", price(), price(), DataType::decimal(13, 2)));
    assert!(arithmetic("+", price(), price(), DataType::decimal(12, 2)));
}
