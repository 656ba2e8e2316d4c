//! The third oracle: bound expressions, evaluated as they stand, a row and a node at a time.
//!
//! It knows nothing of lanes, masks, guards or batches, and shares no code with what it judges but the bound tree and
//! [`Value`]. Numbers, BOOLEAN, comparisons of text and of dates, three-valued logic, CASE, COALESCE, IN and casts between
//! numbers; of an expression with anything else it says so.

use std::cmp::Ordering;
use std::sync::Arc;

use rowmill::Column;
use rowmill_sql::bind::bind;
use rowmill_sql::catalog::Catalog;
use rowmill_sql::parse::parse;
use rowmill_sql::plan::{ArithmeticOp, CastMode, ColumnId, CompareOp, Expr, ExprKind, Plan, Statement};
use rowmill_vm::table::{Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, DataType, Error, Value};

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoValue {
    /// SQL has an error here.
    Error,
    /// The oracle does not know what it finds.
    Unknown,
}

type Answer = Result<Value, NoValue>;

/// The value of an expression in a row whose columns `column` gives.
pub fn evaluate(expr: &Expr, column: &dyn Fn(ColumnId) -> Value) -> Answer {
    let value = |expr: &Expr| evaluate(expr, column);
    match &expr.kind {
        ExprKind::Column(id) => Ok(column(*id)),
        ExprKind::Literal(value) => Ok(value.clone()),
        ExprKind::Arithmetic(op, left, right) => {
            let (a, b) = (value(left)?, value(right)?);
            if a.is_null() || b.is_null() { Ok(Value::Null) } else { arithmetic(*op, &a, &b, &expr.data_type) }
        }
        ExprKind::Negate(operand) => match value(operand)? {
            Value::Null => Ok(Value::Null),
            Value::Double(value) => Ok(Value::Double(-value)),
            other => integer(-whole(&other)?, &expr.data_type),
        },
        ExprKind::Compare(op, left, right) => {
            let (a, b) = (value(left)?, value(right)?);
            if a.is_null() || b.is_null() {
                return Ok(Value::Null);
            }
            compare(&a, &b).map(|order| Value::Boolean(holds(*op, order)))
        }
        ExprKind::Distinct(left, right) => {
            let (a, b) = (value(left)?, value(right)?);
            match (a.is_null(), b.is_null()) {
                (false, false) => compare(&a, &b).map(|order| Value::Boolean(order.is_ne())),
                (a, b) => Ok(Value::Boolean(a != b)),
            }
        }
        ExprKind::And(operands) => connective(operands, false, &value),
        ExprKind::Or(operands) => connective(operands, true, &value),
        ExprKind::Not(operand) => Ok(match value(operand)? {
            Value::Boolean(value) => Value::Boolean(!value),
            other => other,
        }),
        ExprKind::IsNull(operand) => Ok(Value::Boolean(value(operand)?.is_null())),
        ExprKind::Case(branches, otherwise) => {
            for (condition, result) in branches {
                if value(condition)? == Value::Boolean(true) {
                    return value(result);
                }
            }
            otherwise.as_ref().map_or(Ok(Value::Null), |result| value(result))
        }
        ExprKind::Coalesce(operands) => {
            for operand in operands {
                let found = value(operand)?;
                if !found.is_null() {
                    return Ok(found);
                }
            }
            Ok(Value::Null)
        }
        ExprKind::InList(operand, list) => in_list(&value(operand)?, list, &value),
        ExprKind::Cast(operand, mode) => match cast(value(operand)?, &operand.data_type, &expr.data_type) {
            Err(NoValue::Error) if *mode == CastMode::Null => Ok(Value::Null),
            other => other,
        },
        ExprKind::Parameter(_) | ExprKind::Function(..) => Err(NoValue::Unknown),
    }
}

/// AND and OR: the operand that `decides` ends them.
fn connective(operands: &[Expr], decides: bool, value: &dyn Fn(&Expr) -> Answer) -> Answer {
    let mut result = Value::Boolean(!decides);
    for operand in operands {
        match value(operand)? {
            Value::Boolean(value) if value == decides => return Ok(Value::Boolean(decides)),
            Value::Null => result = Value::Null,
            _ => {}
        }
    }
    Ok(result)
}

fn in_list(operand: &Value, list: &[Expr], value: &dyn Fn(&Expr) -> Answer) -> Answer {
    let mut result = Value::Boolean(false);
    for item in list {
        let item = value(item)?;
        if operand.is_null() || item.is_null() {
            result = Value::Null;
        } else if compare(operand, &item)?.is_eq() {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(result)
}

fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Equal => order.is_eq(),
        CompareOp::NotEqual => order.is_ne(),
        CompareOp::Less => order.is_lt(),
        CompareOp::LessEqual => order.is_le(),
        CompareOp::Greater => order.is_gt(),
        CompareOp::GreaterEqual => order.is_ge(),
    }
}

/// The order of two values of one type: NaN is equal to itself and the largest, and so is 0.0 equal to -0.0.
fn compare(a: &Value, b: &Value) -> Result<Ordering, NoValue> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Ok(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(a.as_bytes().cmp(b.as_bytes())),
        (Value::Double(a), Value::Double(b)) => Ok(match (a.is_nan(), b.is_nan()) {
            (false, false) if a < b => Ordering::Less,
            (false, false) if a > b => Ordering::Greater,
            (false, false) => Ordering::Equal,
            (a, b) => a.cmp(&b),
        }),
        _ => Ok(whole(a)?.cmp(&whole(b)?)),
    }
}

fn whole(value: &Value) -> Result<i128, NoValue> {
    value.as_i128().ok_or(NoValue::Unknown)
}

/// An unscaled number as a value of a type, if it fits.
fn integer(value: i128, data_type: &DataType) -> Answer {
    let fits = match data_type {
        DataType::Decimal { precision, .. } => value.unsigned_abs() < 10u128.pow((*precision).into()),
        other => {
            let (low, high) = other.integer_range().ok_or(NoValue::Unknown)?;
            (low..=high).contains(&value)
        }
    };
    if fits { Ok(Value::from_i128(value, data_type)) } else { Err(NoValue::Error) }
}

fn arithmetic(op: ArithmeticOp, a: &Value, b: &Value, data_type: &DataType) -> Answer {
    if let (Value::Double(a), Value::Double(b)) = (a, b) {
        return Ok(Value::Double(match op {
            ArithmeticOp::Add => a + b,
            ArithmeticOp::Subtract => a - b,
            ArithmeticOp::Multiply => a * b,
            ArithmeticOp::Divide => a / b,
            ArithmeticOp::Remainder => a % b,
        }));
    }
    let (a, b) = (whole(a)?, whole(b)?);
    let result = match op {
        ArithmeticOp::Add => a.checked_add(b),
        ArithmeticOp::Subtract => a.checked_sub(b),
        ArithmeticOp::Multiply => a.checked_mul(b),
        ArithmeticOp::Divide => a.checked_div(b),
        // The least number has a remainder by -1, and it is 0.
        ArithmeticOp::Remainder if b == -1 => Some(0),
        ArithmeticOp::Remainder => a.checked_rem(b),
    };
    integer(result.ok_or(NoValue::Error)?, data_type)
}

/// Digits behind the point of an exact type.
fn scale(data_type: &DataType) -> Option<u32> {
    match data_type {
        DataType::Decimal { scale, .. } => Some((*scale).into()),
        other => other.integer_range().map(|_| 0),
    }
}

fn cast(value: Value, from: &DataType, to: &DataType) -> Answer {
    if value.is_null() || from == to {
        return Ok(value);
    }
    match (scale(from), scale(to), &value) {
        (Some(from), Some(scale), _) if scale >= from => {
            let raised = whole(&value)?.checked_mul(10i128.pow(scale - from));
            integer(raised.ok_or(NoValue::Error)?, to)
        }
        (Some(from), Some(scale), _) => {
            // Rounded half away from zero.
            let (value, unit) = (whole(&value)?, 10i128.pow(from - scale));
            integer((value + value.signum() * (unit / 2)) / unit, to)
        }
        (Some(0), None, _) if *to == DataType::Double => Ok(Value::Double(whole(&value)? as f64)),
        (Some(scale), None, _) if *to == DataType::Double => {
            Ok(Value::Double(whole(&value)? as f64 / 10f64.powi(scale as i32)))
        }
        (None, Some(0), Value::Double(double)) => {
            let rounded = double.round_ties_even();
            if rounded.is_nan() || rounded.abs() >= 1.7e38 { Err(NoValue::Error) } else { integer(rounded as i128, to) }
        }
        _ => Err(NoValue::Unknown),
    }
}

/// The bound expression of `SELECT … FROM t`, and the columns of `t` that it reads by their positions; `None` if the
/// statement is no such query.
pub fn projected(columns: &[Column], sql: &str) -> Option<(Expr, Vec<(ColumnId, usize)>)> {
    let column = |column: &Column| {
        let (name, data_type) = (column.name.clone(), column.data_type.clone());
        TableColumn { name, form: data_type.form(), data_type, nullable: true }
    };
    let table = OneTable(Arc::new(Unread(columns.iter().map(column).collect())));
    let Ok(Statement::Query(query)) = bind(&parse(sql).ok()?, sql, &table, &[]) else { return None };
    let Plan::Project { input, items } = query.plan else { return None };
    let Plan::Scan { columns, .. } = *input else { return None };
    let (_, expr) = items.into_iter().find(|(id, _)| *id == query.output[0].column)?;
    Some((expr, columns))
}

/// A table that is bound to and not read.
#[derive(Debug)]
struct Unread(Vec<TableColumn>);

impl Table for Unread {
    fn name(&self) -> &str {
        "t"
    }

    fn columns(&self) -> &[TableColumn] {
        &self.0
    }

    fn row_count(&self) -> Option<u64> {
        None
    }

    fn scan(&self, _: &[usize], _: Wanted<'_>, _: &Context) -> Result<Arc<dyn Scan>, Error> {
        Err(Error::unsupported("this table is not read"))
    }
}

struct OneTable(Arc<Unread>);

impl Catalog for OneTable {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        (name == "t").then(|| Arc::clone(&self.0) as Arc<dyn Table>)
    }

    fn table_names(&self) -> Vec<String> {
        vec!["t".to_owned()]
    }

    fn file(&self, _: &str) -> Result<Arc<dyn Table>, Error> {
        Err(Error::unsupported("there are no files"))
    }
}
