use rowmill_vm::{DataType, Value};

use super::build::{Build, boolean, constant, expr};
use super::check;
use crate::optimize::may_fail;
use crate::plan::{CastMode, CompareOp, Expr, ExprKind, Plan, print};

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
        "simplify",
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

#[test]
fn columns_are_compared_in_their_own_type() {
    let compared = |from: DataType, to: DataType, constant: Value| {
        let mut build = Build::default();
        let id = build.add("x", from.clone());
        let column = expr(ExprKind::Column(id), from);
        let cast = expr(ExprKind::Cast(Box::new(column), CastMode::Error), to.clone());
        let constant = expr(ExprKind::Literal(constant), to);
        let less = boolean(ExprKind::Compare(CompareOp::Less, Box::new(constant), Box::new(cast)));
        let plan = Plan::Filter { input: Box::new(Build::table("t", 10, vec![(id, 0)])), predicates: vec![less] };
        let mut query = build.query(plan, "x");
        crate::optimize::unwrap_cast::unwrap_cast(&mut query);
        let tree = print(&query.plan, &query.columns);
        tree.lines().next().unwrap().trim_start_matches("Filter ").to_owned()
    };
    use DataType::{BigInt, Date, Double, Integer, SmallInt};
    let day = 86_400_000_000;
    assert_eq!(compared(Integer, BigInt, Value::Integer(7)), "7 < x");
    assert_eq!(compared(SmallInt, Integer, Value::Integer(70_000)), "70000 < CAST(x AS INTEGER)");
    assert_eq!(compared(BigInt, Integer, Value::Integer(7)), "7 < CAST(x AS INTEGER)", "may fail");
    assert_eq!(compared(DataType::decimal(15, 2), DataType::decimal(23, 4), Value::Wide(240_000)), "24.00 < x");
    let inexact = compared(DataType::decimal(15, 2), DataType::decimal(23, 4), Value::Wide(240_001));
    assert_eq!(inexact, "24.0001 < CAST(x AS DECIMAL(23,4))");
    assert_eq!(compared(Integer, DataType::decimal(12, 2), Value::Integer(-700)), "-7 < x");
    assert_eq!(compared(Date, DataType::TIMESTAMP, Value::Integer(9204 * day)), "DATE '1995-03-15' < x");
    assert_eq!(
        compared(Date, DataType::TIMESTAMP, Value::Integer(1)),
        "TIMESTAMP '1970-01-01 00:00:00.000001' < CAST(x AS TIMESTAMP)"
    );
    assert_eq!(compared(Integer, BigInt, Value::Null), "NULL < x");
    assert_eq!(compared(Integer, Double, Value::Double(1.0)), "1 < CAST(x AS DOUBLE)", "2^53 and beyond");
}

#[test]
fn constants_fold_unless_they_fail() {
    filter_with(
        |build| {
            let sum = || Box::new(build.expr("1 + 10"));
            let failing = Box::new(build.expr("1 / 0"));
            let less = |right| boolean(ExprKind::Compare(CompareOp::Less, Box::new(build.column("a")), right));
            vec![less(sum()), less(failing)]
        },
        "fold",
        "
Filter a < 11 AND a < 1 / 0
  Scan t(a, b)
",
    );
}
