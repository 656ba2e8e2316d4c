//! Syntax tree into plan: names become column ids, types are known, casts stand where they are needed.
//!
//! [`bind`] is the one public function. Subqueries become joins on the way, aliases become what they stand for, and
//! set operations become Append, Aggregate and joins; what is left for the optimizer is only to move things.
//! Nothing here is read or run.

mod aggregate;
mod call;
mod change;
mod coerce;
mod create;
mod data_type;
mod describe;
mod environment;
mod expression;
mod from;
mod function;
mod group;
mod guard;
mod insert;
mod join;
mod literal;
mod operator;
mod order;
mod quantified;
mod query;
mod recursion;
mod row_value;
mod scope;
mod select;
mod set_operation;
mod special;
mod statement;
mod subquery;
mod table_function;
#[cfg(test)]
mod tests;
mod view;
mod window;

use rowmill_vm::{DataType, Error, Result, Span};
use sqlparser::ast;

use crate::catalog::{Catalog, ParameterInfo};
use crate::limits::{COPIED_EXPRESSIONS_MAX, RELATIONS_MAX};
use crate::plan::{self, ColumnId, Columns, Expr, OutputColumn, Plan, Query, Statement};

/// Binds a statement. `text` is what it was parsed from; `parameters` are the types of the values that it will be
/// given, which the plan may depend on (and, if it says so, on the values).
pub fn bind(
    statement: &ast::Statement,
    text: &str,
    catalog: &dyn Catalog,
    parameters: &[ParameterInfo],
) -> Result<Statement> {
    let mut binder = Binder {
        text,
        catalog,
        parameters,
        columns: Columns::default(),
        parameter_values: false,
        correlated: false,
        relations: 0,
        view_depth: 0,
        copied: 0,
    };
    binder.bind_statement(statement)
}

/// What binding a statement needs and makes.
pub(crate) struct Binder<'a> {
    text: &'a str,
    catalog: &'a dyn Catalog,
    parameters: &'a [ParameterInfo],
    columns: Columns,
    /// Whether the plan depends on a parameter's value, or a setting's.
    parameter_values: bool,
    /// Whether some subquery reads columns of a query around it.
    correlated: bool,
    /// Relations bound so far.
    relations: usize,
    /// Levels of the trees of views that are being bound, one inside the other.
    view_depth: usize,
    /// Expressions copied so far.
    copied: usize,
}

/// A bound query or part of one: its rows and the names of its columns.
pub(crate) struct Bound {
    plan: Plan,
    output: Vec<OutputColumn>,
}

impl<'a> Binder<'a> {
    /// Wraps up a whole query. A bare NULL is given a type: somebody is about to see it.
    fn finish(&mut self, bound: Bound) -> Query {
        let Bound { plan, mut output } = bound;
        plan::mark_nullable(&plan, &mut self.columns);
        let untyped = |columns: &Columns, id: ColumnId| columns.get(id).data_type == DataType::Null;
        let plan = if output.iter().any(|column| untyped(&self.columns, column.column)) {
            let mut items = self.pass_through(&plan);
            for column in &mut output {
                if !untyped(&self.columns, column.column) {
                    continue;
                }
                let id = self.columns.add(column.name.clone(), DataType::Integer, true);
                items.push((id, coerce::null(&DataType::Integer, Span::NONE)));
                column.column = id;
            }
            Plan::Project { input: Box::new(plan), items }
        } else {
            plan
        };
        Query {
            plan,
            columns: std::mem::take(&mut self.columns),
            output,
            parameters: self.parameters.iter().map(|parameter| parameter.data_type.clone()).collect(),
            uses_parameter_values: self.parameter_values,
            correlated: self.correlated,
        }
    }

    /// Every column of a plan as an item of a projection that keeps it.
    fn pass_through(&self, plan: &Plan) -> Vec<(ColumnId, Expr)> {
        plan.output().into_iter().map(|id| (id, self.column(id, Span::NONE))).collect()
    }

    /// A column as an expression.
    fn column(&self, id: ColumnId, span: Span) -> Expr {
        Expr { span, ..self.columns.expr(id) }
    }

    /// The place of a call, its closing parenthesis included: the tree knows the arguments' places only.
    fn closed(&self, span: Span) -> Span {
        let end = span.end as usize;
        let rest = self.text.get(end..).unwrap_or("");
        let is_open = rest.trim_start().starts_with('(');
        let close = rest.find(')').filter(|at| is_open || rest[..*at].trim().is_empty());
        let end = close.map_or(end, |at| end + at + 1);
        Span::new(span.start, u32::try_from(end).unwrap_or(span.end))
    }

    /// Counts one more relation.
    fn count_relation(&mut self) -> Result<()> {
        self.relations += 1;
        if self.relations > RELATIONS_MAX {
            return Err(Error::limit(format!("the statement reads more than {RELATIONS_MAX} tables and subqueries")));
        }
        Ok(())
    }

    /// A copy of an expression, which is counted: copies of copies would otherwise grow without bound.
    fn copy(&mut self, expr: &Expr) -> Result<Expr> {
        self.copied += size(expr);
        if self.copied > COPIED_EXPRESSIONS_MAX {
            let message = format!("the statement stands for more than {COPIED_EXPRESSIONS_MAX} expressions");
            return Err(Error::limit(message).at(expr.span));
        }
        Ok(expr.clone())
    }
}

/// Expressions in an expression, itself included.
fn size(expr: &Expr) -> usize {
    let mut total = 1;
    expr.for_each_child(&mut |child| total += size(child));
    total
}

/// The error for SQL that is known and not there yet.
fn unsupported(what: impl std::fmt::Display, span: Span) -> Error {
    Error::unsupported(format!("{what} not supported yet")).at(span)
}
