//! Listings as tables: what the functions `bytecode`, `kernels` and `asm` give of a query.

use rowmill_sql::bind::bind;
use rowmill_sql::catalog::{Listing, ListingKind};
use rowmill_sql::generate::{Comments, Destination};
use rowmill_sql::parse;
use rowmill_sql::plan::Statement;
use rowmill_vm::program::{ListingRow, VerifiedProgram, listing};
use rowmill_vm::{DataType, Error, Result, Span, Value};

use super::{LISTING, instruction_row, text_at};
use crate::catalog::Snapshot;
use crate::connection::Shared;
use crate::statement::make_program;

/// The columns of `kernels`: of each instruction, as it was before checks and conditions were taken out, what the verifier
/// knows after it, whether what it checks can fail, and the part of the query that it came from.
const KERNELS: &[(&str, DataType)] = &[
    ("kernel", DataType::Integer),
    ("addr", DataType::Integer),
    ("instruction", DataType::Varchar),
    ("state", DataType::Varchar),
    ("check", DataType::Varchar),
    ("sql", DataType::Varchar),
];
/// The columns of `asm`: the kernel's instruction on the first line of its machine code. Of a kernel that is interpreted
/// there is one row, which says why.
const ASM: &[(&str, DataType)] = &[
    ("kernel", DataType::Integer),
    ("instruction", DataType::Varchar),
    ("address", DataType::Integer),
    ("machine_code", DataType::Varchar),
    ("sql", DataType::Varchar),
];

/// What a table function shows of a query, over the tables of the statement that calls it.
pub(crate) fn of_query(shared: &Shared, snapshot: &Snapshot<'_>, kind: ListingKind, text: &str) -> Result<Listing> {
    let statement = bind(&parse::parse(text)?, text, snapshot, &[])?;
    let Statement::Query(query) = statement else {
        return Err(Error::unsupported("only queries have listings that can be queried").at(Span::new(0, 0)));
    };
    let program = make_program(shared.settings().rules, query, Destination::Result, Comments::On)?;
    Ok(match kind {
        ListingKind::Bytecode => {
            let columns = LISTING.iter().cloned().chain([("sql", DataType::Varchar)]).collect();
            Listing { columns, rows: bytecode(&program, text) }
        }
        ListingKind::Kernels => Listing { columns: KERNELS.to_vec(), rows: kernels(&program, text) },
        ListingKind::Asm => Listing { columns: ASM.to_vec(), rows: asm(&program, text) },
    })
}

fn bytecode(program: &VerifiedProgram, text: &str) -> Vec<Vec<Value>> {
    let (instructions, _) = listing(program);
    let rows = instructions.into_iter().zip(&program.program().spans);
    let row = |(mut row, span): (ListingRow, &Span)| {
        // Loops are not indented here: who asks for an opcode finds it.
        row.opcode = row.opcode.trim_start().into();
        instruction_row(row).into_iter().chain([text_at(text, *span)]).collect()
    };
    rows.map(row).collect()
}

fn kernels(program: &VerifiedProgram, text: &str) -> Vec<Vec<Value>> {
    let number = |number: usize| Value::Integer(number as i64);
    let kernels = program.states().into_iter().enumerate();
    let rows = kernels.flat_map(|(kernel, lines)| lines.into_iter().map(move |line| (kernel, line)));
    rows.map(|(kernel, line)| {
        vec![
            number(kernel),
            line.address.map_or(Value::Null, number),
            Value::text(line.instruction),
            Value::text(line.state),
            line.check.map_or(Value::Null, Value::text),
            text_at(text, line.span),
        ]
    })
    .collect()
}

fn asm(program: &VerifiedProgram, text: &str) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (number, code) in program.machine_code().into_iter().enumerate() {
        let kernel = Value::Integer(number as i64);
        match code {
            Err(reason) => {
                let reason = Value::text(format!("interpreted: {reason}"));
                rows.push(vec![kernel, Value::Null, Value::Null, reason, Value::Null]);
            }
            Ok(lines) => rows.extend(lines.into_iter().map(|line| {
                let instruction = if line.instruction.is_empty() { Value::Null } else { Value::text(line.instruction) };
                let address = line.address.map_or(Value::Null, |address| Value::Integer(address as i64));
                vec![kernel.clone(), instruction, address, Value::text(line.machine), text_at(text, line.span)]
            })),
        }
    }
    rows
}
