//! Which form of a function a call means: overloads, casts of arguments, and errors that list the candidates.

use rowmill_vm::functions::{self, NullRule, Overload, ResultType, ScalarFunction, TypePattern, cast};
use rowmill_vm::{DataType, Error, Result, Span, aggregates, windows};

use super::coerce::{self, Coercion};
use super::expression::ExpressionBinder;
use super::unsupported;
use crate::plan::{Expr, ExprKind, FunctionRef};
use crate::suggest;

/// Functions that are part of the language and not in the table.
pub(super) const SPECIAL_FUNCTIONS: &[&str] = &["coalesce", "nullif", "ifnull", "nvl", "if", "iif", "typeof", "try"];

impl ExpressionBinder<'_, '_> {
    /// A call by name.
    pub(super) fn call(&mut self, name: &str, arguments: Vec<Expr>, span: Span) -> Result<Expr> {
        match functions::find(name) {
            Some(function) => call(function, arguments, span),
            None => Err(unknown_function(name, span)),
        }
    }

    /// The call that an operator stands for.
    pub(super) fn call_operator(&mut self, operator: &str, name: &str, arguments: Vec<Expr>) -> Result<Expr> {
        let span = arguments.iter().fold(Span::NONE, |span, argument| span.to(argument.span));
        match functions::find(name) {
            Some(function) => call(function, arguments, span),
            None => Err(unsupported(format!("the operator {operator} is"), span)),
        }
    }
}

/// The error for a name that is no function's.
pub(super) fn unknown_function(name: &str, span: Span) -> Error {
    let error = Error::name(format!("no function \"{name}\"")).at(span);
    let scalar = functions::FUNCTIONS.iter().copied().flatten();
    let names = SPECIAL_FUNCTIONS
        .iter()
        .copied()
        .chain(scalar.flat_map(|function| std::iter::once(function.name).chain(function.aliases.iter().copied())))
        .chain(aggregates::AGGREGATES.iter().flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().copied())))
        .chain(windows::WINDOW_FUNCTIONS.iter().map(|f| f.name));
    match suggest::nearest(name, names) {
        Some(near) => error.with_hint(format!("did you mean {near}?")),
        None => error,
    }
}

/// The error for a name with OVER that is no window function's.
pub(super) fn no_window_function(name: &str, span: Span) -> Error {
    let is_function =
        functions::find(name).is_some() || SPECIAL_FUNCTIONS.iter().any(|special| special.eq_ignore_ascii_case(name));
    if is_function {
        return Error::types(format!("OVER is for aggregates and window functions, and {name} is none")).at(span);
    }
    unknown_function(name, span)
}

fn call(function: &'static ScalarFunction, arguments: Vec<Expr>, span: Span) -> Result<Expr> {
    let forms = function.overloads.iter().map(|overload| (overload.arguments, overload.variadic));
    let Some(chosen) = choose(forms.clone(), &arguments) else {
        return Err(no_form(function.name, forms, &arguments, span));
    };
    let overload: &'static Overload = &function.overloads[chosen];
    let arguments = cast_arguments(overload.arguments, arguments)?;
    let data_type = result_type(&overload.result, &arguments);
    let strict = overload.nulls == NullRule::Strict;
    if strict && arguments.iter().any(coerce::is_null) {
        return Ok(coerce::null(&data_type, span));
    }
    let nullable = !strict || arguments.iter().any(|argument| argument.nullable);
    Ok(Expr { kind: ExprKind::Function(FunctionRef { function, overload }, arguments), data_type, nullable, span })
}

/// The type of a call's result.
pub(super) fn result_type(result: &ResultType, arguments: &[Expr]) -> DataType {
    match result {
        ResultType::Fixed(data_type) => data_type.clone(),
        ResultType::Argument(position) => {
            arguments.get(*position).map_or(DataType::Null, |argument| argument.data_type.clone())
        }
        ResultType::Rule(rule) => {
            rule(&arguments.iter().map(|argument| argument.data_type.clone()).collect::<Vec<_>>())
        }
    }
}

/// The form that takes the arguments with the fewest casts; the first of several.
pub(super) fn choose<'f>(forms: impl Iterator<Item = (&'f [TypePattern], bool)>, arguments: &[Expr]) -> Option<usize> {
    let mut best: Option<(u32, usize)> = None;
    for (position, (patterns, variadic)) in forms.enumerate() {
        if let Some(cost) = form_cost(patterns, variadic, arguments)
            && best.is_none_or(|(least, _)| cost < least)
        {
            best = Some((cost, position));
        }
    }
    best.map(|(_, position)| position)
}

fn form_cost(patterns: &[TypePattern], variadic: bool, arguments: &[Expr]) -> Option<u32> {
    let count_fits =
        if variadic { arguments.len() >= patterns.len().max(1) } else { arguments.len() == patterns.len() };
    if !count_fits {
        return None;
    }
    let mut cost = 0;
    for (position, argument) in arguments.iter().enumerate() {
        cost += pattern_cost(pattern_at(patterns, position)?, argument)?;
    }
    // Arguments that have to agree have to have a common type.
    if patterns.contains(&TypePattern::Common) {
        coerce::common_of(&common_arguments(patterns, arguments), "").ok()?;
    }
    Some(cost)
}

fn pattern_at(patterns: &[TypePattern], position: usize) -> Option<TypePattern> {
    patterns.get(position).or(patterns.last()).copied()
}

fn common_arguments<'e>(patterns: &[TypePattern], arguments: &'e [Expr]) -> Vec<&'e Expr> {
    let is_common = |position: usize| pattern_at(patterns, position) == Some(TypePattern::Common);
    arguments.iter().enumerate().filter(|(position, _)| is_common(*position)).map(|(_, argument)| argument).collect()
}

/// The one type that a pattern stands for, if it does.
fn pattern_type(pattern: TypePattern) -> Option<DataType> {
    Some(match pattern {
        TypePattern::Boolean => DataType::Boolean,
        TypePattern::Integer => DataType::Integer,
        TypePattern::BigInt => DataType::BigInt,
        TypePattern::Double => DataType::Double,
        TypePattern::Varchar => DataType::Varchar,
        TypePattern::Blob => DataType::Blob,
        TypePattern::Date => DataType::Date,
        TypePattern::Timestamp => DataType::TIMESTAMP,
        TypePattern::Time => DataType::Time,
        TypePattern::Interval => DataType::Interval,
        TypePattern::AnyInteger
        | TypePattern::AnyDecimal
        | TypePattern::AnyNumber
        | TypePattern::Any
        | TypePattern::Common => return None,
    })
}

/// What a bare argument becomes under a pattern without a type of its own: NULL or a string literal.
fn open_type(pattern: TypePattern, argument: &Expr) -> Option<DataType> {
    let is_text = coerce::is_open_text(argument);
    if !is_text && argument.data_type != DataType::Null {
        return None;
    }
    Some(match pattern {
        TypePattern::AnyInteger => DataType::BigInt,
        TypePattern::AnyDecimal => DataType::decimal(18, 3),
        TypePattern::AnyNumber if is_text => DataType::Double,
        TypePattern::AnyNumber => DataType::Integer,
        TypePattern::Any if is_text => DataType::Varchar,
        TypePattern::Any => DataType::Integer,
        _ => return None,
    })
}

fn pattern_cost(pattern: TypePattern, argument: &Expr) -> Option<u32> {
    let data_type = &argument.data_type;
    let is_open = coerce::is_open_text(argument);
    if let Some(target) = pattern_type(pattern) {
        return match cast::implicit_cost(data_type, &target) {
            None if is_open => Some(60),
            cost => cost,
        };
    }
    let fits = match pattern {
        TypePattern::AnyInteger => data_type.is_integer(),
        TypePattern::AnyDecimal => matches!(data_type, DataType::Decimal { .. }),
        TypePattern::AnyNumber => data_type.is_numeric(),
        _ => true,
    };
    if fits {
        return Some(0);
    }
    open_type(pattern, argument).map(|_| if is_open { 70 } else { 2 })
}

/// Casts arguments to what a form asks for.
pub(super) fn cast_arguments(patterns: &[TypePattern], arguments: Vec<Expr>) -> Result<Vec<Expr>> {
    let common = if patterns.contains(&TypePattern::Common) {
        match coerce::common_of(&common_arguments(patterns, &arguments), "the arguments are")? {
            DataType::Null => DataType::Integer,
            other => other,
        }
    } else {
        DataType::Null
    };
    let cast = |(position, argument): (usize, Expr)| {
        let pattern = pattern_at(patterns, position).unwrap_or(TypePattern::Any);
        let target = match pattern {
            TypePattern::Common => Some(common.clone()),
            other => pattern_type(other).or_else(|| open_type(other, &argument)),
        };
        match target {
            Some(target) => coerce::coerce(argument, &target, Coercion::Assignment),
            None => Ok(argument),
        }
    };
    arguments.into_iter().enumerate().map(cast).collect()
}

/// The error for a call that no form takes; lists them.
pub(super) fn no_form<'f>(
    name: &str,
    forms: impl Iterator<Item = (&'f [TypePattern], bool)>,
    arguments: &[Expr],
    span: Span,
) -> Error {
    let types: Vec<String> = arguments.iter().map(|argument| argument.data_type.to_string()).collect();
    let forms: Vec<String> = forms.map(|(patterns, variadic)| form(name, patterns, variadic)).collect();
    Error::types(format!("{name}({}) is not defined", types.join(", ")))
        .at(span)
        .with_hint(format!("there is {}", forms.join(", ")))
}

fn form(name: &str, patterns: &[TypePattern], variadic: bool) -> String {
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| match (pattern_type(*pattern), pattern) {
            (Some(data_type), _) => data_type.to_string(),
            (None, TypePattern::AnyInteger) => "integer".to_string(),
            (None, TypePattern::AnyDecimal) => "DECIMAL".to_string(),
            (None, TypePattern::AnyNumber) => "number".to_string(),
            (None, _) => "any".to_string(),
        })
        .collect();
    format!("{name}({}{})", patterns.join(", "), if variadic { ", …" } else { "" })
}
