//! WITH RECURSIVE: `first UNION [ALL] step`, where the step reads the rows of the turn before.

use std::cell::Cell;

use rowmill_vm::functions::cast;
use rowmill_vm::program::Repeats;
use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier, Spanned};

use super::coerce::{self, Coercion};
use super::environment::{Environment, Itself, With, Working};
use super::scope::Scope;
use super::{Binder, Bound};
use crate::parse::byte_span;
use crate::plan::{ColumnId, OutputColumn, Plan, Storing, Turns};

/// How often a step is bound until its types are known.
const PASSES_MAX: usize = 4;

/// The parts of a recursive query.
struct Parts<'q> {
    first: &'q SetExpr,
    step: &'q SetExpr,
    repeats: Repeats,
}

impl Binder<'_> {
    /// A member of WITH RECURSIVE, which may read itself or not. `before` are the members that it sees.
    pub(super) fn bind_recursive_member(&mut self, before: &With<'_>, member: &ast::Cte) -> Result<Bound> {
        let query = &member.query;
        let parts = if query.with.is_none() { parts(&query.body) } else { None };
        let name = &member.alias.name.value;
        if let Some(parts) = parts
            && let Some(bound) = self.bind_turns(before, member, &parts)?
        {
            let outer = before.environment.outer;
            let bound = self.order_result(bound, query.order_by.as_ref(), Environment { with: Some(before), outer })?;
            return Ok(Bound { plan: self.bind_limit(bound.plan, query)?, output: bound.output });
        }
        self.bind_with_itself(before, &unreadable(name), |binder, environment| binder.bind_query(query, environment))
    }

    /// A recursion; `None` if the step does not read it, so that it is none.
    fn bind_turns(&mut self, before: &With<'_>, member: &ast::Cte, parts: &Parts<'_>) -> Result<Option<Bound>> {
        let name = member.alias.name.value.clone();
        let first = self.bind_with_itself(before, &unreadable(&name), |binder, environment| {
            binder.bind_set_expr(parts.first, environment)
        })?;
        let store = self.columns.add_store();
        let renamed = member.alias.columns.iter().map(|column| column.name.value.as_str());
        let mut columns = self.working_columns(&first, renamed);
        let span = byte_span(parts.step.span());
        let mut passes = 0;
        let step = loop {
            let working = Some(Working { store, columns: columns.clone() });
            let itself = Itself { name: name.clone(), working, used: Cell::new(false) };
            let bind = |binder: &mut Self, environment: Environment<'_>| binder.bind_set_expr(parts.step, environment);
            let step = self.bind_with_itself(before, &itself, bind)?;
            if !itself.used.get() {
                return Ok(None);
            }
            if step.output.len() != columns.len() {
                let (first, step) = (columns.len(), step.output.len());
                return Err(Error::types(format!("the sides of UNION have {first} and {step} columns")).at(span));
            }
            // What the step may make NULL, or of a wider type, is so in the next turn: it is bound again, knowing that.
            passes += 1;
            if passes == PASSES_MAX || !self.widen(&mut columns, &step) {
                break step;
            }
        };
        let types: Vec<DataType> = columns.iter().map(|(_, data_type, _)| data_type.clone()).collect();
        let step = self.step_columns(step, &types, span)?;
        let first = self.cast_columns(first, &types, span)?;
        let column = |(name, data_type, nullable): (String, DataType, bool)| OutputColumn {
            column: self.columns.add(name.as_str(), data_type, nullable),
            name,
        };
        let output: Vec<OutputColumn> = columns.into_iter().map(column).collect();
        let columns = output.iter().map(|column| column.column).collect();
        let turns = Turns::Recursive(parts.repeats);
        let storing = Storing { store, name, rows: first, reader: step, columns, turns };
        Ok(Some(Bound { plan: Plan::Storing(Box::new(storing)), output }))
    }

    /// Lets columns be what a step makes of them; says whether that is more than they were.
    fn widen(&self, columns: &mut [(String, DataType, bool)], step: &Bound) -> bool {
        let mut wider = false;
        for ((_, data_type, nullable), output) in columns.iter_mut().zip(&step.output) {
            let info = self.columns.get(output.column);
            if info.nullable && !*nullable {
                (*nullable, wider) = (true, true);
            }
            if info.data_type == *data_type {
                continue;
            }
            let common = match cast::common_type(data_type, &info.data_type) {
                // Each turn would take a digit more.
                Some(DataType::Decimal { scale, .. }) => DataType::decimal(DECIMAL_PRECISION_MAX, scale),
                Some(common) => common,
                None => continue,
            };
            wider |= common != *data_type;
            *data_type = common;
        }
        wider
    }

    /// What the step reads: the first query's columns, under the names that the member gives them.
    fn working_columns<'n>(
        &self,
        first: &Bound,
        renamed: impl Iterator<Item = &'n str>,
    ) -> Vec<(String, DataType, bool)> {
        let column = |output: &OutputColumn| {
            let info = self.columns.get(output.column);
            let data_type = if info.data_type == DataType::Null { DataType::Integer } else { info.data_type.clone() };
            (output.name.clone(), data_type, info.nullable)
        };
        let mut columns: Vec<_> = first.output.iter().map(column).collect();
        columns.iter_mut().zip(renamed).for_each(|(column, name)| column.0 = name.to_owned());
        columns
    }

    /// The step's columns as the recursion's types: only what loses nothing is cast.
    fn step_columns(&mut self, step: Bound, types: &[DataType], span: Span) -> Result<(Plan, Vec<ColumnId>)> {
        for (output, data_type) in step.output.iter().zip(types) {
            let column = self.column(output.column, span);
            let from = column.data_type.clone();
            if coerce::coerce(column, data_type, Coercion::Implicit).is_err() {
                let name = &output.name;
                let message = format!("column \"{name}\" is {data_type} at first, and {from} in the recursion");
                let hint = format!("cast it in the first query: CAST(… AS {from})");
                return Err(Error::types(message).at(span).with_hint(hint));
            }
        }
        self.cast_columns(step, types, span)
    }

    fn bind_with_itself<T>(
        &mut self,
        before: &With<'_>,
        itself: &Itself,
        bind: impl FnOnce(&mut Self, Environment<'_>) -> Result<T>,
    ) -> Result<T> {
        let frame = With { itself: Some(itself), ..*before };
        bind(self, Environment { with: Some(&frame), outer: before.environment.outer })
    }

    /// A recursive member where it is read by itself.
    pub(super) fn bind_itself(&mut self, itself: &Itself, span: Span) -> Result<(Plan, Scope)> {
        itself.used.set(true);
        let Some(working) = &itself.working else {
            let message = format!("\"{}\" can read itself only behind UNION in its own query", itself.name);
            let hint = format!("WITH RECURSIVE {0} AS (SELECT … UNION ALL SELECT … FROM {0} …)", itself.name);
            return Err(Error::types(message).at(span).with_hint(hint));
        };
        let mut scope = Scope::of_relation(itself.name.clone());
        let mut columns = Vec::with_capacity(working.columns.len());
        for (name, data_type, nullable) in &working.columns {
            let id = self.columns.add(name.as_str(), data_type.clone(), *nullable);
            scope.add_column(id, None);
            columns.push(id);
        }
        Ok((Plan::Stored { store: working.store, columns }, scope))
    }
}

/// A member that may not read itself here.
fn unreadable(name: &str) -> Itself {
    Itself { name: name.to_owned(), working: None, used: Cell::new(false) }
}

/// The parts of `first UNION [ALL] step`.
fn parts(body: &SetExpr) -> Option<Parts<'_>> {
    match body {
        SetExpr::Query(query)
            if query.with.is_none()
                && query.order_by.is_none()
                && query.limit_clause.is_none()
                && query.fetch.is_none() =>
        {
            parts(&query.body)
        }
        SetExpr::SetOperation { op: SetOperator::Union, set_quantifier, left, right } => {
            let repeats = match set_quantifier {
                SetQuantifier::All => Repeats::Kept,
                SetQuantifier::None | SetQuantifier::Distinct => Repeats::Dropped,
                SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName => return None,
            };
            Some(Parts { first: left, step: right, repeats })
        }
        _ => None,
    }
}
