//! Calls as they are written: `name(arguments) FILTER (…)`.

use rowmill_vm::{Error, Result, Span, aggregates, functions, windows};
use sqlparser::ast::{self, DuplicateTreatment, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned};

use super::call::{SPECIAL_FUNCTIONS, unknown_function};
use super::expression::ExpressionBinder;
use super::special::is_clock;
use super::unsupported;
use crate::parse::byte_span;
use crate::plan::Expr;

/// The arguments of a call, before they are bound.
pub(super) struct Arguments<'f> {
    pub(super) exprs: Vec<&'f ast::Expr>,
    /// `count(*)`
    pub(super) is_star: bool,
    pub(super) distinct: bool,
}

impl ExpressionBinder<'_, '_> {
    /// A call of a function or an aggregate.
    pub(super) fn bind_function(&mut self, function: &ast::Function) -> Result<Expr> {
        let span = self.binder.closed(byte_span(function.span()));
        let name = match function.name.0.last() {
            Some(ast::ObjectNamePart::Identifier(name)) => name.value.as_str(),
            _ => return Err(unsupported("this kind of call is", span)),
        };
        if !function.within_group.is_empty() {
            return Err(unsupported("WITHIN GROUP is", span));
        }
        if let Some(treatment) = &function.null_treatment {
            return Err(unsupported(format!("{treatment} is"), span));
        }
        if !matches!(function.parameters, FunctionArguments::None) {
            return Err(unsupported("this form of call is", span));
        }
        let arguments = arguments(function, span)?;
        if let Some(over) = &function.over {
            return self.bind_window(function, &arguments, over, span);
        }
        if let Some(aggregate) = aggregates::find(name) {
            return self.bind_aggregate(aggregate, &arguments, function.filter.as_deref(), span);
        }
        let is_special = SPECIAL_FUNCTIONS.iter().any(|special| special.eq_ignore_ascii_case(name));
        if windows::find(name).is_some() {
            let error = Error::types(format!("{name} is a window function, which needs OVER")).at(span);
            return Err(error.with_hint(format!("{name}(…) OVER (ORDER BY …)")));
        }
        if !is_special && !is_clock(name) && functions::find(name).is_none() {
            return Err(unknown_function(name, byte_span(function.name.span())));
        }
        if arguments.distinct || function.filter.is_some() {
            let what = if arguments.distinct { "DISTINCT" } else { "FILTER" };
            return Err(Error::types(format!("{what} is for aggregates, and {name} is none")).at(span));
        }
        if arguments.is_star {
            return Err(Error::types(format!("{name}(*) is not defined")).at(span));
        }
        if let Some(bound) = self.bind_special_call(name, &arguments.exprs, span)? {
            return Ok(bound);
        }
        let bound = arguments.exprs.iter().map(|argument| self.bind(argument)).collect::<Result<Vec<_>>>()?;
        self.call(name, bound, span)
    }
}

fn arguments(function: &ast::Function, span: Span) -> Result<Arguments<'_>> {
    let mut arguments = Arguments { exprs: Vec::new(), is_star: false, distinct: false };
    let list = match &function.args {
        FunctionArguments::None => return Ok(arguments),
        FunctionArguments::Subquery(_) => return Err(unsupported("a query as an argument is", span)),
        FunctionArguments::List(list) => list,
    };
    if !list.clauses.is_empty() {
        return Err(unsupported("ORDER BY and the like among arguments are", span));
    }
    arguments.distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
    for argument in &list.args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => arguments.exprs.push(expr),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if list.args.len() == 1 => arguments.is_star = true,
            FunctionArg::Unnamed(_) => return Err(unsupported("* among arguments is", span)),
            FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
                return Err(unsupported("named arguments are", span));
            }
        }
    }
    Ok(arguments)
}
