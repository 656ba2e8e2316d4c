//! UNION, INTERSECT and EXCEPT.

use rowmill_vm::program::{Frame, JoinKind};
use rowmill_vm::{DataType, Error, Result, Span, windows};
use sqlparser::ast::{SetExpr, SetOperator, SetQuantifier, Spanned};

use super::coerce::{self, Coercion};
use super::environment::Environment;
use super::{Binder, Bound};
use crate::parse::byte_span;
use crate::plan::{ColumnId, JoinKey, OutputColumn, Plan, WindowCallee, WindowExpr};

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
            let (all, by_name) = match quantifier {
                SetQuantifier::All => (true, false),
                SetQuantifier::AllByName => (true, true),
                SetQuantifier::Distinct | SetQuantifier::None => (false, false),
                SetQuantifier::ByName | SetQuantifier::DistinctByName => (false, true),
            };
            let mut right = self.bind_set_expr(right, environment)?;
            if by_name {
                let left = self.append(union, span)?;
                let (left, aligned) = self.align_by_name(left, right, span)?;
                union = Union { inputs: vec![left], distinct: false };
                right = aligned;
            }
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
                (SetOperator::Intersect, all) => self.filter_by(union, right, (JoinKind::Semi, all), span)?,
                (SetOperator::Except | SetOperator::Minus, all) => {
                    self.filter_by(union, right, (JoinKind::Anti, all), span)?
                }
            };
        }
        self.append(union, byte_span(body.span()))
    }

    /// Brings the columns of two results into one order, by their names: those of `left`, then the others of `right`.
    /// A column that one side does not have is NULL there.
    fn align_by_name(&mut self, left: Bound, right: Bound, span: Span) -> Result<(Bound, Bound)> {
        let mut names: Vec<String> = Vec::with_capacity(left.output.len());
        for side in [&left, &right] {
            for (position, column) in side.output.iter().enumerate() {
                let is = |other: &str| other.eq_ignore_ascii_case(&column.name);
                if side.output[..position].iter().any(|other| is(&other.name)) {
                    let message = format!("BY NAME: one side has two columns \"{}\"", column.name);
                    return Err(Error::name(message).at(span));
                }
                if !names.iter().any(|other| is(other)) {
                    names.push(column.name.clone());
                }
            }
        }
        Ok((self.with_columns(left, &names), self.with_columns(right, &names)))
    }

    /// A result with columns of these names, in this order; those that it does not have are NULL.
    fn with_columns(&mut self, bound: Bound, names: &[String]) -> Bound {
        let mut missing: Vec<(ColumnId, crate::plan::Expr)> = Vec::new();
        let mut output = Vec::with_capacity(names.len());
        for name in names {
            let known = bound.output.iter().find(|column| column.name.eq_ignore_ascii_case(name));
            let column = known.map(|column| column.column).unwrap_or_else(|| {
                let id = self.columns.add(name.as_str(), DataType::Null, true);
                missing.push((id, coerce::null(&DataType::Null, Span::NONE)));
                id
            });
            output.push(OutputColumn { name: name.clone(), column });
        }
        if missing.is_empty() {
            return Bound { plan: bound.plan, output };
        }
        let mut items = self.pass_through(&bound.plan);
        items.extend(missing);
        Bound { plan: Plan::Project { input: Box::new(bound.plan), items }, output }
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
    pub(super) fn cast_columns(
        &mut self,
        bound: Bound,
        types: &[DataType],
        span: Span,
    ) -> Result<(Plan, Vec<ColumnId>)> {
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

    /// INTERSECT and EXCEPT: the rows of the left side, each once, that have or have not their like on the right. With
    /// ALL, rows that are alike are numbered on each side, and a row is alike only to that of its number.
    fn filter_by(&mut self, left: Union, right: Bound, (kind, all): (JoinKind, bool), span: Span) -> Result<Union> {
        let left = self.append(Union { distinct: false, ..left }, span)?;
        let mut keys = Vec::with_capacity(left.output.len() + 1);
        for (left, right) in left.output.iter().zip(&right.output) {
            let (probe, build) = (self.column(left.column, span), self.column(right.column, span));
            let (probe, build) = super::expression::comparable(probe, build, span)?;
            keys.push(JoinKey { probe, build, null_equal: true });
        }
        let (probe, build) = if all {
            let (probe, number) = self.numbered(left.plan, &left.output)?;
            let (build, other) = self.numbered(right.plan, &right.output)?;
            let (number, other) = (self.column(number, span), self.column(other, span));
            keys.push(JoinKey { probe: number, build: other, null_equal: false });
            (probe, build)
        } else {
            (self.distinct(left.plan, &left.output), right.plan)
        };
        let plan = Plan::Join {
            kind,
            probe: Box::new(probe),
            build: Box::new(build),
            keys,
            residual: Vec::new(),
            mark: None,
            span,
        };
        Ok(Union { inputs: vec![Bound { plan, output: left.output }], distinct: false })
    }

    /// Rows with a number each among those that are alike in the result's columns.
    fn numbered(&mut self, plan: Plan, output: &[OutputColumn]) -> Result<(Plan, ColumnId)> {
        let function = windows::find("row_number").ok_or_else(|| Error::internal("row_number is not there"))?;
        let overload = &function.overloads[0];
        let number = self.columns.add(function.name, DataType::BigInt, false);
        let call = WindowExpr {
            callee: WindowCallee::Function(function, overload),
            arguments: Vec::new(),
            filter: None,
            frame: Frame::PARTITION,
            data_type: DataType::BigInt,
            span: Span::NONE,
        };
        let partition = output.iter().map(|column| self.column(column.column, Span::NONE)).collect();
        let calls = vec![(number, call)];
        Ok((Plan::Window { input: Box::new(plan), partition, order: Vec::new(), calls }, number))
    }
}
