use super::*;
use crate::plan::{ArithmeticOp, CompareOp};
use rowmill_vm::Span;

fn expr(kind: ExprKind, data_type: DataType) -> Expr {
    Expr { kind, data_type, nullable: false, span: Span::NONE }
}

fn integer(value: i64) -> Expr {
    expr(ExprKind::Literal(Value::Integer(value)), DataType::Integer)
}

fn arithmetic(op: ArithmeticOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Arithmetic(op, Box::new(left), Box::new(right)), DataType::Integer)
}

fn compare(op: CompareOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Compare(op, Box::new(left), Box::new(right)), DataType::Boolean)
}

fn printed(expr: &Expr) -> String {
    print_expr(expr, &Columns::default())
}

#[test]
fn parentheses_stand_only_where_needed() {
    use ArithmeticOp::{Add, Multiply, Subtract};
    let sum = || arithmetic(Add, integer(1), integer(2));
    assert_eq!(printed(&arithmetic(Multiply, sum(), integer(3))), "(1 + 2) * 3");
    assert_eq!(printed(&arithmetic(Subtract, sum(), sum())), "1 + 2 - (1 + 2)");
    let less = || compare(CompareOp::Less, sum(), integer(4));
    let and = || expr(ExprKind::And(vec![less(), less()]), DataType::Boolean);
    assert_eq!(
        printed(&expr(ExprKind::Or(vec![and(), less()]), DataType::Boolean)),
        "1 + 2 < 4 AND 1 + 2 < 4 OR 1 + 2 < 4"
    );
    assert_eq!(printed(&expr(ExprKind::Not(Box::new(and())), DataType::Boolean)), "NOT (1 + 2 < 4 AND 1 + 2 < 4)");
    let is_null = expr(ExprKind::IsNull(Box::new(integer(1))), DataType::Boolean);
    assert_eq!(printed(&expr(ExprKind::Not(Box::new(is_null)), DataType::Boolean)), "1 IS NOT NULL");
}

#[test]
fn literals_print_as_sql() {
    let cases = [
        (Value::Null, DataType::Integer, "NULL"),
        (Value::Integer(-5), DataType::decimal(4, 2), "-0.05"),
        (Value::Integer(1234), DataType::decimal(4, 2), "12.34"),
        (Value::Wide(7), DataType::decimal(38, 0), "7"),
        (Value::Integer(9204), DataType::Date, "DATE '1995-03-15'"),
        (Value::Integer(-1), DataType::Date, "DATE '1969-12-31'"),
        (Value::text("it's"), DataType::Varchar, "'it''s'"),
        (Value::Double(1e30), DataType::Double, "1e+30"),
        (Value::Boolean(true), DataType::Boolean, "TRUE"),
    ];
    for (value, data_type, expected) in cases {
        assert_eq!(printed(&expr(ExprKind::Literal(value), data_type)), expected);
    }
}

#[test]
fn columns_of_one_name_in_scope_show_their_id() {
    let mut columns = Columns::default();
    let [a, b, other] = ["n", "N", "count(*)"].map(|name| columns.add(name, DataType::Integer, false));
    let values = |column, row: i64| Plan::Values { columns: vec![column], rows: vec![vec![Value::Integer(row)]] };
    let read = |column| expr(ExprKind::Column(column), DataType::Integer);
    let join = Plan::Join {
        kind: JoinKind::Inner,
        probe: Box::new(values(a, 1)),
        build: Box::new(values(b, 2)),
        keys: vec![JoinKey { probe: read(a), build: read(b), null_equal: false }],
        residual: Vec::new(),
        mark: None,
        span: Span::NONE,
    };
    let plan = Plan::Project { input: Box::new(join), items: vec![(a, read(a)), (other, read(b))] };
    let expected = "\
Project n#0, N#1 AS \"count(*)\"
  Join inner on n#0 = N#1
    Values (n#0): (1)
    Values (N#1): (2)
";
    assert_eq!(print(&plan, &columns), expected);
}
