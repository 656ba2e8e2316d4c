//! EXPLAIN: what a query would do, as rows.

use rowmill_sql::generate::{Comments, Destination};
use rowmill_sql::optimize::optimize;
use rowmill_sql::plan::{self, ExplainKind, Query};
use rowmill_vm::{DataType, Result, Value, Vector, program};

use crate::rows::{Column, Rows};
use crate::statement::make_program;

/// The columns of EXPLAIN's result.
pub(crate) fn columns(kind: ExplainKind) -> Vec<Column> {
    let column = |(name, data_type): (&str, DataType)| Column { name: name.to_owned(), data_type };
    match kind {
        ExplainKind::Program => [
            ("addr", DataType::Integer),
            ("opcode", DataType::Varchar),
            ("p1", DataType::Integer),
            ("p2", DataType::Integer),
            ("p3", DataType::Integer),
            ("p4", DataType::Varchar),
            ("p5", DataType::Integer),
            ("comment", DataType::Varchar),
        ]
        .into_iter()
        .map(column)
        .collect(),
        ExplainKind::Plan => vec![column(("plan", DataType::Varchar))],
    }
}

/// The listing of a query's program with its kernels below, or its plan, a line in each row.
pub(crate) fn explain(kind: ExplainKind, query: Query) -> Result<Rows> {
    let rows = match kind {
        ExplainKind::Program => listing(query)?,
        ExplainKind::Plan => {
            let query = optimize(query)?;
            let text = plan::print(&query.plan, &query.columns);
            text.lines().map(|line| vec![Value::text(line)]).collect()
        }
    };
    let columns = columns(kind);
    let mut vectors: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.data_type.form())).collect();
    for row in &rows {
        vectors.iter_mut().zip(row).for_each(|(vector, value)| vector.push(value));
    }
    Ok(Rows::of_vectors(columns.into(), vectors))
}

fn listing(query: Query) -> Result<Vec<Vec<Value>>> {
    let (instructions, kernels) = program::listing(&make_program(query, Destination::Result, Comments::On)?);
    let number = |value: u16| Value::Integer(value.into());
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(instructions.len() + kernels.len());
    for row in instructions {
        rows.push(vec![
            // A program has at most 2^16 instructions.
            Value::Integer(row.addr as i64),
            Value::text(row.opcode),
            number(row.p1),
            number(row.p2),
            number(row.p3),
            Value::text(row.p4),
            number(row.p5),
            Value::text(row.comment),
        ]);
    }
    for line in kernels {
        let mut row = vec![Value::Null; 7];
        row.push(Value::text(line));
        rows.push(row);
    }
    Ok(rows)
}
