//! UNION, INTERSECT and EXCEPT.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast::{SetExpr, SetOperator, SetQuantifier, Spanned};

use super::coerce::{self, Coercion};
use super::environment::Environment;
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::{ColumnId, JoinKey, OutputColumn, Plan};

/// Results that wait to become one Append.
struct Union {
    inputs: Vec<Bound>,
    /// Whether each row comes once.
    distinct: bool,
}

impl Binder<'_> {
    /// A chain of set operations. It leans to the left, so that is walked by a loop.
    pub(super) fn bind_set_operation(&mut self, body: &SetExpr, environment: Environment<'_>) -> Result<Bound> {
        let mut rest = Vec::new();
        let mut leftmost = body;
        while let SetExpr::SetOperation { left, op, set_quantifier, right } = leftmost {
            rest.push((*op, *set_quantifier, right));
            leftmost = left;
        }
        let first = self.bind_set_expr(leftmost, environment)?;
        let mut union = Union { inputs: vec![first], distinct: false };
        for (op, quantifier, right) in rest.into_iter().rev() {
            let span = byte_span(right.span());
            let all = match quantifier {
                SetQuantifier::All => true,
                SetQuantifier::Distinct | SetQuantifier::None => false,
                SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => {
                    return Err(unsupported("BY NAME is", span));
                }
            };
            let right = self.bind_set_expr(right, environment)?;
            let width = union.inputs[0].output.len();
            if right.output.len() != width {
                let message = format!("the sides of {op} have {width} and {} columns", right.output.len());
                return Err(Error::types(message).at(span));
            }
            union = match (op, all) {
                (SetOperator::Union, true) if union.distinct => {
                    let left = self.append(union, span)?;
                    Union { inputs: vec![left, right], distinct: false }
                }
                // Duplicates that an earlier UNION ALL lets through, a later UNION takes out.
                (SetOperator::Union, all) => {
                    union.inputs.push(right);
                    Union { inputs: union.inputs, distinct: !all }
                }
                (SetOperator::Intersect | SetOperator::Except | SetOperator::Minus, true) => {
                    return Err(unsupported(format!("{op} ALL is"), span));
                }
                (SetOperator::Intersect, false) => self.filter_by(union, right, JoinKind::Semi, span)?,
                (SetOperator::Except | SetOperator::Minus, false) => {
                    self.filter_by(union, right, JoinKind::Anti, span)?
                }
            };
        }
        self.append(union, byte_span(body.span()))
    }

    /// All inputs, one after the other.
    fn append(&mut self, union: Union, span: Span) -> Result<Bound> {
        let Union { mut inputs, distinct } = union;
        if inputs.len() == 1 {
            return inputs.pop().ok_or_else(|| Error::internal("a union of nothing"));
        }
        let width = inputs[0].output.len();
        let mut output = Vec::with_capacity(width);
        let mut types = Vec::with_capacity(width);
        for position in 0..width {
            let columns: Vec<_> = inputs.iter().map(|input| self.column(input.output[position].column, span)).collect();
            let data_type = coerce::common_of(&columns.iter().collect::<Vec<_>>(), "UNION gives")?;
            let name = inputs[0].output[position].name.clone();
            let nullable = columns.iter().any(|column| column.nullable);
            let column = self.columns.add(name.clone(), data_type.clone(), nullable);
            output.push(OutputColumn { name, column });
            types.push(data_type);
        }
        let cast = |input| self.cast_columns(input, &types, span);
        let inputs = inputs.into_iter().map(cast).collect::<Result<Vec<_>>>()?;
        let columns: Vec<ColumnId> = output.iter().map(|column| column.column).collect();
        let plan = Plan::Append { inputs, columns };
        let plan = if distinct { self.distinct(plan, &output) } else { plan };
        Ok(Bound { plan, output })
    }

    /// A result whose columns have certain types, and the columns.
    fn cast_columns(&mut self, bound: Bound, types: &[DataType], span: Span) -> Result<(Plan, Vec<ColumnId>)> {
        let mut columns: Vec<ColumnId> = bound.output.iter().map(|column| column.column).collect();
        if columns.iter().zip(types).all(|(id, data_type)| self.columns.get(*id).data_type == *data_type) {
            return Ok((bound.plan, columns));
        }
        let mut items: Vec<(ColumnId, crate::plan::Expr)> = Vec::with_capacity(columns.len());
        for (id, data_type) in columns.iter_mut().zip(types) {
            let column = self.column(*id, span);
            if column.data_type != *data_type {
                let name = self.columns.get(*id).name.clone();
                *id = self.columns.add(name, data_type.clone(), column.nullable);
            }
            if items.iter().all(|(known, _)| known != id) {
                items.push((*id, coerce::coerce(column, data_type, Coercion::Assignment)?));
            }
        }
        Ok((Plan::Project { input: Box::new(bound.plan), items }, columns))
    }

    /// Each combination of the result's columns once.
    pub(super) fn distinct(&self, plan: Plan, output: &[OutputColumn]) -> Plan {
        let mut keys = Vec::with_capacity(output.len());
        for column in output {
            if keys.iter().all(|(id, _)| *id != column.column) {
                keys.push((column.column, self.column(column.column, Span::NONE)));
            }
        }
        Plan::Aggregate { input: Box::new(plan), keys, calls: Vec::new() }
    }

    /// INTERSECT and EXCEPT: the rows of the left side, each once, that have or have not their like on the right.
    fn filter_by(&mut self, left: Union, right: Bound, kind: JoinKind, span: Span) -> Result<Union> {
        let left = self.append(Union { distinct: false, ..left }, span)?;
        let mut keys = Vec::with_capacity(left.output.len());
        for (left, right) in left.output.iter().zip(&right.output) {
            let (probe, build) = (self.column(left.column, span), self.column(right.column, span));
            let (probe, build) = super::expression::comparable(probe, build, span)?;
            keys.push(JoinKey { probe, build, null_equal: true });
        }
        let distinct = self.distinct(left.plan, &left.output);
        let plan = Plan::Join {
            kind,
            probe: Box::new(distinct),
            build: Box::new(right.plan),
            keys,
            residual: Vec::new(),
            mark: None,
            span,
        };
        Ok(Union { inputs: vec![Bound { plan, output: left.output }], distinct: false })
    }
}
