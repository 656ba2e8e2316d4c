//! EXPLAIN: what a query would do, as rows.

use rowmill_sql::generate::{Comments, Destination};
use rowmill_sql::optimize::optimize;
use rowmill_sql::plan::{self, ExplainKind, Query};
use rowmill_vm::machine::Machine;
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

/// The columns of EXPLAIN's result.
pub(crate) fn columns(kind: ExplainKind) -> Vec<Column> {
    let column = |(name, data_type): &(&str, DataType)| Column { name: (*name).into(), data_type: data_type.clone() };
    match kind {
        ExplainKind::Program => LISTING.iter().map(column).collect(),
        ExplainKind::Analyze => LISTING.iter().chain(COUNTS).map(column).collect(),
        ExplainKind::Plan => vec![column(&("plan", DataType::Varchar))],
    }
}

/// The listing of a query's program with its kernels below, or its plan, a line in each row. To analyze the query is
/// to run it, with `parameters`; its rows are thrown away.
pub(crate) fn explain(shared: &Shared, kind: ExplainKind, query: Query, parameters: &[Value]) -> Result<Rows> {
    let rows = match kind {
        ExplainKind::Program => listing(&make_program(query, Destination::Result, Comments::On)?),
        ExplainKind::Analyze => analyze(shared, query, parameters)?,
        ExplainKind::Plan => {
            let query = optimize(query)?;
            let text = plan::print(&query.plan, &query.columns);
            text.lines().map(|line| vec![Value::text(line)]).collect()
        }
    };
    let columns = columns(kind);
    let mut vectors: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.data_type.form())).collect();
    for row in &rows {
        let values = row.iter().chain(std::iter::repeat(&Value::Null));
        vectors.iter_mut().zip(values).for_each(|(vector, value)| vector.push(value));
    }
    Ok(Rows::of_vectors(columns.into(), vectors))
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
    let program = make_program(query, Destination::Result, Comments::On)?;
    let mut rows = listing(&program);
    let mut machine = Machine::new(&program, parameters, shared.context(), None)?;
    machine.start_profile();
    while machine.next_batch()?.is_some() {}
    let profile = machine.profile().ok_or_else(|| Error::internal("a query that was profiled has no profile"))?;
    let count = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
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
