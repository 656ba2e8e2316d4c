//! A slow, obvious interpreter of plans over integers and truth values: what random plans are compared by.

use std::collections::BTreeMap;

use rowmill_vm::Value;
use rowmill_vm::program::{JoinKind, NullOrder, Order};

use crate::plan::{AggregateExpr, ArithmeticOp, ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan, SortColumn};

/// The values of the columns of one row.
pub(super) type Row = BTreeMap<ColumnId, Value>;
/// The rows of each table.
pub(super) type Tables = BTreeMap<String, Vec<Vec<Value>>>;
/// An error that a query would give.
#[derive(Debug)]
pub(super) struct Failure;
type Answer<T> = Result<T, Failure>;

pub(super) fn run(plan: &Plan, tables: &Tables) -> Answer<Vec<Row>> {
    match plan {
        Plan::Scan { table, columns } => {
            let row = |row: &Vec<Value>| columns.iter().map(|(id, position)| (*id, row[*position].clone())).collect();
            Ok(tables[table.name()].iter().map(row).collect())
        }
        Plan::Values { columns, rows } => {
            Ok(rows.iter().map(|row| columns.iter().copied().zip(row.iter().cloned()).collect()).collect())
        }
        Plan::Filter { input, predicates } => {
            let mut kept = Vec::new();
            for row in run(input, tables)? {
                if holds(predicates, &row)? {
                    kept.push(row);
                }
            }
            Ok(kept)
        }
        Plan::Project { input, items } => run(input, tables)?.iter().map(|row| compute(items, row)).collect(),
        Plan::Join { .. } => join(plan, tables),
        Plan::Aggregate { input, keys, calls } => {
            if keys.is_empty() {
                return run(input, tables).map(|_| vec![Row::new()]);
            }
            let mut groups: Vec<(Row, Row)> = Vec::new();
            for row in run(input, tables)? {
                let group = compute(keys, &row)?;
                if groups.iter().all(|(other, _)| *other != group) {
                    groups.push((group, first_of(calls, &row)?));
                }
            }
            Ok(groups.into_iter().map(|(group, firsts)| group.into_iter().chain(firsts).collect()).collect())
        }
        Plan::Sort { input, keys, limit } => {
            let mut rows = run(input, tables)?;
            sort(&mut rows, keys);
            rows.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
            Ok(rows)
        }
        Plan::Window { .. } | Plan::Storing(_) | Plan::Stored { .. } => panic!("no windows and recursions here"),
        Plan::Limit { input, offset, limit } => {
            let rows = run(input, tables)?.into_iter().skip(*offset as usize);
            Ok(rows.take(limit.map_or(usize::MAX, |limit| limit as usize)).collect())
        }
        Plan::Append { inputs, columns } => {
            let mut all = Vec::new();
            for (input, own) in inputs {
                let rename = |row: Row| columns.iter().zip(own).map(|(id, own)| (*id, row[own].clone())).collect();
                all.extend(run(input, tables)?.into_iter().map(rename));
            }
            Ok(all)
        }
    }
}

fn sort(rows: &mut [Row], keys: &[SortColumn]) {
    rows.sort_by(|a, b| {
        let orders = keys.iter().map(|key| {
            let rank = |row: &Row| match &row[&key.column] {
                Value::Null => {
                    if key.nulls == NullOrder::First {
                        (0, 0)
                    } else {
                        (2, 0)
                    }
                }
                Value::Boolean(value) => (1, i64::from(*value)),
                Value::Integer(value) => (1, if key.order == Order::Ascending { *value } else { -value }),
                other => panic!("no {other:?} here"),
            };
            rank(a).cmp(&rank(b))
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
}

fn compute(items: &[(ColumnId, Expr)], row: &Row) -> Answer<Row> {
    items.iter().map(|(id, expr)| Ok((*id, value(expr, row)?))).collect()
}

fn join(plan: &Plan, tables: &Tables) -> Answer<Vec<Row>> {
    let Plan::Join { kind, probe, build, keys, residual, mark, .. } = plan else { panic!("not a join") };
    let (build_columns, build) = (build.output(), run(build, tables)?);
    let mut rows = Vec::new();
    let mut matched = vec![false; build.len()];
    let probe_columns = probe.output();
    for row in run(probe, tables)? {
        let (mut matches, mut unknown) = (Vec::new(), false);
        for (number, other) in build.iter().enumerate() {
            let mut pair = row.clone();
            pair.extend(other.iter().map(|(id, value)| (*id, value.clone())));
            match keys_equal(keys, &pair)? {
                Some(true) if holds(residual, &pair)? => {
                    matched[number] = true;
                    matches.push(pair);
                }
                None if *kind == JoinKind::Mark && holds(residual, &pair)? => unknown = true,
                Some(_) | None => {}
            }
        }
        let missing = || {
            row.iter()
                .map(|(id, value)| (*id, value.clone()))
                .chain(build_columns.iter().map(|id| (*id, Value::Null)))
                .collect()
        };
        match kind {
            JoinKind::Single if matches.len() > 1 => return Err(Failure),
            JoinKind::Left | JoinKind::Full | JoinKind::Single if matches.is_empty() => rows.push(missing()),
            JoinKind::Inner | JoinKind::Left | JoinKind::Full | JoinKind::Single => rows.extend(matches),
            JoinKind::Semi => rows.extend((!matches.is_empty()).then_some(row)),
            JoinKind::Anti => rows.extend(matches.is_empty().then_some(row)),
            JoinKind::RightSemi | JoinKind::RightAnti => {}
            JoinKind::Mark => {
                let mut row = row;
                let value = if !matches.is_empty() {
                    Value::Boolean(true)
                } else if unknown {
                    Value::Null
                } else {
                    Value::Boolean(false)
                };
                row.insert(mark.expect("a mark join has a mark"), value);
                rows.push(row);
            }
        }
    }
    if kind.gives_rest() {
        let rest = build.into_iter().zip(matched).filter(|(_, matched)| *matched == (*kind == JoinKind::RightSemi));
        rows.extend(rest.map(|(mut row, _)| {
            if kind.gives_pairs() {
                row.extend(probe_columns.iter().map(|id| (*id, Value::Null)));
            }
            row
        }));
    }
    Ok(rows)
}

fn keys_equal(keys: &[JoinKey], pair: &Row) -> Answer<Option<bool>> {
    let mut all = Some(true);
    for key in keys {
        let (probe, build) = (value(&key.probe, pair)?, value(&key.build, pair)?);
        if key.null_equal || !(probe.is_null() || build.is_null()) {
            if probe != build {
                return Ok(Some(false));
            }
        } else {
            all = None;
        }
    }
    Ok(all)
}

fn holds(predicates: &[Expr], row: &Row) -> Answer<bool> {
    for predicate in predicates {
        if value(predicate, row)? != Value::Boolean(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A connective that `deciding` decides.
fn connective(operands: &[Expr], deciding: bool, row: &Row) -> Answer<Value> {
    let mut result = Value::Boolean(!deciding);
    for operand in operands {
        match value(operand, row)? {
            Value::Boolean(value) if value == deciding => return Ok(Value::Boolean(deciding)),
            Value::Null => result = Value::Null,
            _ => {}
        }
    }
    Ok(result)
}

/// The results of `first` for a group that begins with `row`: the only aggregate that rules make.
fn first_of(calls: &[(ColumnId, AggregateExpr)], row: &Row) -> Answer<Row> {
    let first = |(id, call): &(ColumnId, AggregateExpr)| {
        assert_eq!(call.function.name, "first");
        Ok((*id, value(&call.arguments[0], row)?))
    };
    calls.iter().map(first).collect()
}

pub(super) fn value(expr: &Expr, row: &Row) -> Answer<Value> {
    Ok(match &expr.kind {
        ExprKind::Column(id) => row.get(id).unwrap_or_else(|| panic!("column {id} is not there")).clone(),
        ExprKind::Literal(value) => value.clone(),
        ExprKind::Arithmetic(op, left, right) => match (value(left, row)?, value(right, row)?) {
            (Value::Integer(_), Value::Integer(0)) if *op == ArithmeticOp::Divide => return Err(Failure),
            (Value::Integer(left), Value::Integer(right)) => Value::Integer(match op {
                ArithmeticOp::Divide => left / right,
                _ => left + right,
            }),
            _ => Value::Null,
        },
        ExprKind::Compare(op, left, right) => match (value(left, row)?, value(right, row)?) {
            (Value::Integer(left), Value::Integer(right)) => Value::Boolean(match op {
                CompareOp::Equal => left == right,
                CompareOp::NotEqual => left != right,
                CompareOp::Less => left < right,
                CompareOp::LessEqual => left <= right,
                CompareOp::Greater => left > right,
                CompareOp::GreaterEqual => left >= right,
            }),
            _ => Value::Null,
        },
        ExprKind::Distinct(left, right) => Value::Boolean(value(left, row)? != value(right, row)?),
        ExprKind::And(operands) => connective(operands, false, row)?,
        ExprKind::Or(operands) => connective(operands, true, row)?,
        ExprKind::Not(operand) => match value(operand, row)? {
            Value::Boolean(value) => Value::Boolean(!value),
            other => other,
        },
        ExprKind::IsNull(operand) => Value::Boolean(value(operand, row)?.is_null()),
        ExprKind::Case(branches, otherwise) => {
            for (condition, result) in branches {
                if value(condition, row)? == Value::Boolean(true) {
                    return value(result, row);
                }
            }
            otherwise.as_ref().map_or(Ok(Value::Null), |result| value(result, row))?
        }
        ExprKind::Coalesce(operands) => {
            for operand in operands {
                match value(operand, row)? {
                    Value::Null => {}
                    found => return Ok(found),
                }
            }
            Value::Null
        }
        ExprKind::InList(operand, list) => {
            let operand = value(operand, row)?;
            let mut result = Value::Boolean(false);
            for element in list {
                match value(element, row)? {
                    element if operand.is_null() || element.is_null() => result = Value::Null,
                    element if element == operand => return Ok(Value::Boolean(true)),
                    _ => {}
                }
            }
            result
        }
        other => panic!("no {other:?} here"),
    })
}
