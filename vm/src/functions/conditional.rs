//! Choosing among arguments: CASE, COALESCE, greatest, least; and typeof.

use std::cmp::Ordering;

use super::comparison::compare_cells;
use super::writer::Present;
use super::{ArgumentValue, Invocation, Overload, ResultType, ScalarFunction, TypePattern, VARCHAR, VectorFunction};
use crate::error::Result;
use crate::format::Cell;
use crate::types::Form;
use crate::value::Value;
use crate::vector::Vector;

/// CASE for results that kernels do not hold. Arguments are condition and value in turn, and at the end the value
/// of ELSE, if there is one; it handles NULLs itself.
pub const CASE: VectorFunction = VectorFunction(case);

/// The first argument that is not NULL; it handles NULLs itself.
pub const COALESCE: VectorFunction = VectorFunction(coalesce);

/// Its one argument for every row: how a constant of text or a nested type becomes a column.
pub const CONSTANT: VectorFunction = VectorFunction(constant);

fn constant(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    out.reset(call.result_type.form());
    match call.arguments[0] {
        ArgumentValue::Constant(value) => (0..call.rows).for_each(|_| out.push(value)),
        ArgumentValue::Column(column) => *out = column.clone(),
    }
    Ok(())
}

fn case(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let branches = call.arguments.len() / 2;
    let otherwise = (call.arguments.len() % 2 == 1).then_some(branches * 2);
    for branch in 0..branches {
        call.booleans(branch * 2)?;
    }
    let is_true = |branch: usize, row: usize| matches!(call.arguments[branch * 2].cell(row), Cell::Boolean(true));
    choose(call, out, |row| {
        (0..branches).find(|branch| is_true(*branch, row)).map(|branch| branch * 2 + 1).or(otherwise)
    })
}

fn coalesce(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    choose(call, out, |row| call.arguments.iter().position(|argument| argument.is_valid(row)))
}

fn greatest(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    choose_extreme(call, out, Ordering::Greater)
}

fn least(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    choose_extreme(call, out, Ordering::Less)
}

/// The argument that is `wanted` (greater or less) than every other; NULLs do not take part.
fn choose_extreme(call: &Invocation<'_>, out: &mut Vector, wanted: Ordering) -> Result<()> {
    choose(call, out, |row| {
        let mut best: Option<(usize, Cell<'_>)> = None;
        for (index, argument) in call.arguments.iter().enumerate() {
            let cell = argument.cell(row);
            let better = match (&best, &cell) {
                (_, Cell::Null) => false,
                (None, _) => true,
                (Some((_, best)), cell) => compare_cells(cell, best, call.result_type) == wanted,
            };
            if better {
                best = Some((index, cell));
            }
        }
        best.map(|(index, _)| index)
    })
}

/// In each row the argument that `pick` names, or NULL.
fn choose(call: &Invocation<'_>, out: &mut Vector, mut pick: impl FnMut(usize) -> Option<usize>) -> Result<()> {
    if call.result_type.form() == Form::Text {
        return call.fill_handled_texts(out, |row, writer| {
            let Some(argument) = pick(row).map(|index| &call.arguments[index]) else { return Ok(Present::Null) };
            match argument.cell(row) {
                Cell::Bytes(bytes) => {
                    writer.push(bytes)?;
                    Ok(Present::Value)
                }
                _ => Ok(Present::Null),
            }
        });
    }
    call.context.poll()?;
    out.reset(call.result_type.form());
    for row in 0..call.rows {
        match pick(row).map(|index| (&call.arguments[index], &call.argument_types[index])) {
            Some((super::ArgumentValue::Column(vector), data_type)) => out.push(&vector.value(row, data_type)),
            Some((super::ArgumentValue::Constant(value), _)) => out.push(value),
            None => out.push(&Value::Null),
        }
    }
    Ok(())
}

fn type_of(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let name = call.argument_types[0].to_string();
    call.fill_handled_texts(out, |_, writer| {
        writer.push(name.as_bytes())?;
        Ok(Present::Value)
    })
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    ScalarFunction {
        name: "greatest",
        aliases: &[],
        doc: "The greatest of its arguments; NULLs are left out.",
        examples: &[("greatest(1, 3, NULL, 2)", "3"), ("greatest('a', 'b')", "b")],
        overloads: &[Overload::strict(&[TypePattern::Common], ResultType::Argument(0), greatest).handled().variadic()],
    },
    ScalarFunction {
        name: "least",
        aliases: &[],
        doc: "The least of its arguments; NULLs are left out.",
        examples: &[("least(2, 3, NULL, 1)", "1"), ("least('a', 'b')", "a")],
        overloads: &[Overload::strict(&[TypePattern::Common], ResultType::Argument(0), least).handled().variadic()],
    },
    ScalarFunction {
        name: "typeof",
        aliases: &["pg_typeof"],
        doc: "The name of the argument's type.",
        examples: &[("typeof(1)", "INTEGER"), ("typeof(1.50)", "DECIMAL(3,2)")],
        overloads: &[Overload::strict(&[TypePattern::Any], VARCHAR, type_of).handled()],
    },
];
