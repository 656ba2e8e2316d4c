//! EXPLAIN: what a query would do, as rows.

use rowmill_sql::generate::{self, Comments, Destination, Watched};
use rowmill_sql::optimize::{self, optimize};
use rowmill_sql::plan::{self, ExplainKind, Query};
use rowmill_vm::machine::{Machine, Profile};
use rowmill_vm::program::{ListingRow, VerifiedProgram};
use rowmill_vm::{DataType, Error, Result, Value, Vector, program};

use crate::connection::Shared;
use crate::rows::{Column, Rows};
use crate::statement::make_program;

/// The columns of a listing.
const LISTING: &[(&str, DataType)] = &[
    ("addr", DataType::Integer),
    ("opcode", DataType::Varchar),
    ("p1", DataType::Integer),
    ("p2", DataType::Integer),
    ("p3", DataType::Integer),
    ("p4", DataType::Varchar),
    ("p5", DataType::Integer),
    ("comment", DataType::Varchar),
];
/// What EXPLAIN ANALYZE adds: times are those of all threads together.
const COUNTS: &[(&str, DataType)] =
    &[("executions", DataType::BigInt), ("rows", DataType::BigInt), ("microseconds", DataType::BigInt)];
/// The columns of a plan: an operator a line, the rows that it is expected to give, and those that it gave.
const PLAN: &[(&str, DataType)] =
    &[("plan", DataType::Varchar), ("expected_rows", DataType::BigInt), ("rows", DataType::BigInt)];
/// The columns of EXPLAIN (RULES): a rule on the first line of the plan that it has made.
const RULES: &[(&str, DataType)] = &[("rule", DataType::Varchar), ("plan", DataType::Varchar)];

/// The columns of EXPLAIN's result.
pub(crate) fn columns(kind: ExplainKind) -> Vec<Column> {
    let column = |(name, data_type): &(&str, DataType)| Column { name: (*name).into(), data_type: data_type.clone() };
    match kind {
        ExplainKind::Program => LISTING.iter().map(column).collect(),
        ExplainKind::Analyze => LISTING.iter().chain(COUNTS).map(column).collect(),
        ExplainKind::Plan => PLAN[..2].iter().map(column).collect(),
        ExplainKind::PlanAnalyze => PLAN.iter().map(column).collect(),
        ExplainKind::Rules => RULES.iter().map(column).collect(),
    }
}

/// The listing of a query's program with its kernels below, or its plan, a line in each row. To analyze the query is
/// to run it, with `parameters`; its rows are thrown away.
pub(crate) fn explain(shared: &Shared, kind: ExplainKind, query: Query, parameters: &[Value]) -> Result<Rows> {
    let rows = match kind {
        ExplainKind::Program => {
            listing(&make_program(shared.settings().rules, query, Destination::Result, Comments::On)?)
        }
        ExplainKind::Analyze => analyze(shared, query, parameters)?,
        ExplainKind::Plan => operators(&optimized(shared, query)),
        ExplainKind::PlanAnalyze => analyze_plan(shared, query, parameters)?,
        ExplainKind::Rules => rules(shared, query),
    };
    let columns = columns(kind);
    let mut vectors: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.data_type.form())).collect();
    for row in &rows {
        let values = row.iter().chain(std::iter::repeat(&Value::Null));
        vectors.iter_mut().zip(values).for_each(|(vector, value)| vector.push(value));
    }
    Ok(Rows::of_vectors(columns.into(), vectors))
}

fn optimized(shared: &Shared, mut query: Query) -> Query {
    optimize(&mut query, shared.settings().rules);
    query
}

/// Each operator of a plan with the rows that it is expected to give.
fn operators(query: &Query) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    plan::print_operators(&query.plan, &query.columns, &mut |operator, line| {
        // Beyond 2^63 rows the estimate says no more than "very many".
        rows.push(vec![Value::text(line), Value::Integer(optimize::expected_rows(operator).round() as i64)]);
    });
    rows
}

/// Runs the query and adds to each operator the rows that it gave.
fn analyze_plan(shared: &Shared, query: Query, parameters: &[Value]) -> Result<Vec<Vec<Value>>> {
    let query = optimized(shared, query);
    let mut rows = operators(&query);
    let Watched { program, spaces } = generate::generate_watched(&query)?;
    let program = program::verify(program)?;
    let profile = profile(shared, &program, parameters)?;
    for (row, spaces) in rows.iter_mut().zip(spaces) {
        let given: u64 = spaces.iter().map(|space| profile.rows_in(program.program(), *space)).sum();
        // What no loop gives, as a plan that stands twice and is computed once, has no count of its own.
        row.push(if spaces.is_empty() { Value::Null } else { count(given) });
    }
    Ok(rows)
}

/// The plan as it was bound, and after each rule that changed it.
fn rules(shared: &Shared, mut query: Query) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let mut before = String::new();
    let mut show = |name: &str, query: &Query| {
        let text = plan::print(&query.plan, &query.columns);
        if text != before {
            let names = std::iter::once(Value::text(name)).chain(std::iter::repeat(Value::Null));
            rows.extend(names.zip(text.lines()).map(|(name, line)| vec![name, Value::text(line)]));
            before = text;
        }
    };
    show("bind", &query);
    let enabled = shared.settings().rules;
    for rule in enabled.rules() {
        (rule.apply)(&mut query);
        show(rule.name, &query);
    }
    rows
}

fn count(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Runs a program to its end and says what each of its instructions did.
fn profile(shared: &Shared, program: &VerifiedProgram, parameters: &[Value]) -> Result<Profile> {
    let mut machine = Machine::new(program, parameters, shared.context(), None)?;
    machine.start_profile();
    while machine.next_batch()?.is_some() {}
    machine.profile().ok_or_else(|| Error::internal("a query that was profiled has no profile"))
}

/// The position of the comment in a row.
const COMMENT: usize = LISTING.len() - 1;

fn listing(program: &VerifiedProgram) -> Vec<Vec<Value>> {
    let (instructions, kernels) = program::listing(program);
    let number = |value: u16| Value::Integer(value.into());
    let instruction = |row: ListingRow| {
        vec![
            // A program has at most 2^16 instructions.
            Value::Integer(row.addr as i64),
            Value::text(row.opcode),
            number(row.p1),
            number(row.p2),
            number(row.p3),
            Value::text(row.p4),
            number(row.p5),
            Value::text(row.comment),
        ]
    };
    let kernel = |line: String| {
        let mut row = vec![Value::Null; COMMENT];
        row.push(Value::text(line));
        row
    };
    instructions.into_iter().map(instruction).chain(kernels.into_iter().map(kernel)).collect()
}

/// Runs the query and adds to each instruction what it did.
fn analyze(shared: &Shared, query: Query, parameters: &[Value]) -> Result<Vec<Vec<Value>>> {
    let program = make_program(shared.settings().rules, query, Destination::Result, Comments::On)?;
    let mut rows = listing(&program);
    let profile = profile(shared, &program, parameters)?;
    for (row, executions) in rows.iter_mut().zip(&profile.instructions) {
        let microseconds = u64::try_from(executions.time.as_micros()).unwrap_or(u64::MAX);
        row.extend([count(executions.count), count(executions.rows), count(microseconds)]);
    }
    // Sources that know of no blocks say nothing of them.
    for (address, blocks) in profile.blocks.into_iter().filter(|(_, blocks)| blocks.read + blocks.skipped > 0) {
        if let Value::Text(comment) = &rows[address][COMMENT] {
            let (read, skipped) = (blocks.read, blocks.skipped);
            rows[address][COMMENT] = Value::text(format!("{comment}: {read} blocks read, {skipped} skipped"));
        }
    }
    Ok(rows)
}
