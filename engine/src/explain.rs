//! EXPLAIN: what a query would do, as rows.

mod json;
mod listings;

pub(crate) use listings::of_query;

use rowmill_sql::generate::{self, Comments, Destination, Watched};
use rowmill_sql::optimize::{Estimator, optimize};
use rowmill_sql::plan::{
    self, Change, ChangeKind, ChangeTarget, Explain, ExplainFormat, ExplainKind, Explained, Query,
};
use rowmill_vm::machine::{Machine, Profile};
use rowmill_vm::program::{ListingRow, VerifiedProgram};
use rowmill_vm::{DataType, Error, Result, Span, Value, Vector, program};

use crate::change::{self, Changed};
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
/// The columns of EXPLAIN (ASM): a kernel's instruction on the first line of its machine code, and the part of the
/// statement that it came from.
const ASM: &[(&str, DataType)] = &[
    ("instruction", DataType::Varchar),
    ("address", DataType::Integer),
    ("machine_code", DataType::Varchar),
    ("sql", DataType::Varchar),
];
/// The column of EXPLAIN (FORMAT JSON).
const JSON: &[(&str, DataType)] = &[("json", DataType::Json)];
/// The columns of EXPLAIN (RULES): a rule on the first line of the plan that it has made.
const RULES: &[(&str, DataType)] = &[("rule", DataType::Varchar), ("plan", DataType::Varchar)];

/// The columns of EXPLAIN (VERIFY): a kernel's instruction, what is known after it and was not before, and whether what it
/// checks can fail.
const VERIFY: &[(&str, DataType)] =
    &[("instruction", DataType::Varchar), ("state", DataType::Varchar), ("check", DataType::Varchar)];

/// The columns of EXPLAIN's result.
pub(crate) fn columns(kind: ExplainKind, format: ExplainFormat) -> Vec<Column> {
    let column = |(name, data_type): &(&str, DataType)| Column { name: (*name).into(), data_type: data_type.clone() };
    if format == ExplainFormat::Json {
        return JSON.iter().map(column).collect();
    }
    match kind {
        ExplainKind::Program => LISTING.iter().map(column).collect(),
        ExplainKind::Analyze => LISTING.iter().chain(COUNTS).map(column).collect(),
        ExplainKind::Plan => PLAN[..2].iter().map(column).collect(),
        ExplainKind::PlanAnalyze => PLAN.iter().map(column).collect(),
        ExplainKind::Rules => RULES.iter().map(column).collect(),
        ExplainKind::Asm => ASM.iter().map(column).collect(),
        ExplainKind::Verify => VERIFY.iter().map(column).collect(),
    }
}

/// The listing of a program with its kernels below, or the plan, a line in each row. To analyze a statement is to run it,
/// with `parameters`: the rows that it gives are thrown away, what it changes is changed.
/// `text` is that of the statement.
pub(crate) fn explain(
    shared: &Shared,
    Explain { kind, format, explained }: Explain,
    parameters: &[Value],
    text: &str,
) -> Result<Changed> {
    let (target, query) = match explained {
        Explained::Query(query) => (None, query),
        Explained::Change(Change { target, query }) => (Some(target), query),
    };
    let subject = Subject { shared, target, parameters };
    let rows = match kind {
        ExplainKind::Program => Some(listing(&subject.program(query)?, Vec::new())),
        ExplainKind::Analyze => subject.analyze(query)?,
        ExplainKind::Plan => Some(subject.operators(&subject.optimized(query))),
        ExplainKind::PlanAnalyze => subject.analyze_plan(query)?,
        ExplainKind::Rules => Some(rules(shared, query)),
        ExplainKind::Asm => Some(machine_code(&subject.program(query)?, text)),
        ExplainKind::Verify => Some(states(&subject.program(query)?)),
    };
    let Some(rows) = rows else { return Ok(Changed::Again) };
    let rows = match format {
        ExplainFormat::Rows => rows,
        ExplainFormat::Json => vec![vec![Value::text(json::of_rows(kind, &columns(kind, ExplainFormat::Rows), &rows))]],
    };
    let columns = columns(kind, format);
    let mut vectors: Vec<Vector> = columns.iter().map(|column| Vector::empty(column.data_type.form())).collect();
    for row in &rows {
        let values = row.iter().chain(std::iter::repeat(&Value::Null));
        vectors.iter_mut().zip(values).for_each(|(vector, value)| vector.push(value));
    }
    Ok(Changed::Done(Rows::of_vectors(columns.into(), vectors)))
}

/// What is explained, beside its query.
struct Subject<'a> {
    shared: &'a Shared,
    /// What a change changes.
    target: Option<ChangeTarget>,
    parameters: &'a [Value],
}

impl Subject<'_> {
    fn destination(&self) -> Destination {
        self.target.as_ref().map_or(Destination::Result, |target| Destination::Table(target.kind))
    }

    fn program(&self, query: Query) -> Result<VerifiedProgram> {
        make_program(self.shared.settings().rules, query, self.destination(), Comments::On)
    }

    fn optimized(&self, mut query: Query) -> Query {
        optimize(&mut query, self.shared.settings().rules);
        query
    }

    /// Each operator of a plan with the rows that it is expected to give, below what changes.
    fn operators(&self, query: &Query) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        let estimator = Estimator::default();
        let mut indent = "";
        if let Some(ChangeTarget { kind, table, .. }) = &self.target {
            let what = match kind {
                ChangeKind::Insert => "Insert into",
                ChangeKind::Delete => "Delete from",
                ChangeKind::Update => "Update",
            };
            rows.push(vec![Value::text(format!("{what} {table}")), Value::Null]);
            indent = "  ";
        }
        plan::print_operators(&query.plan, &query.columns, &mut |operator, line| {
            // Beyond 2^63 rows the estimate says no more than "very many".
            let expected = Value::Integer(estimator.rows(operator).round() as i64);
            rows.push(vec![Value::text(format!("{indent}{line}")), expected]);
        });
        rows
    }

    /// Runs the statement and adds to each operator the rows that it gave, to a change the rows that it changed.
    fn analyze_plan(&self, query: Query) -> Result<Option<Vec<Vec<Value>>>> {
        let query = self.optimized(query);
        let mut rows = self.operators(&query);
        let Watched { program, spaces } = generate::generate_watched(&query, self.destination())?;
        let program = program::verify(program)?;
        let Some((profile, changes)) = self.run(&query, &program)? else { return Ok(None) };
        let mut operators = &mut rows[..];
        if self.target.is_some() {
            operators[0].push(count(changes));
            operators = &mut operators[1..];
        }
        for (row, spaces) in operators.iter_mut().zip(spaces) {
            let given: u64 = spaces.iter().map(|space| profile.rows_in(program.program(), *space)).sum();
            // What no loop gives, as a plan that stands twice and is computed once, has no count of its own.
            row.push(if spaces.is_empty() { Value::Null } else { count(given) });
        }
        Ok(Some(rows))
    }

    /// Runs the statement and adds to each instruction what it did.
    fn analyze(&self, query: Query) -> Result<Option<Vec<Vec<Value>>>> {
        let program = self.program(query.clone())?;
        let Some((profile, _)) = self.run(&query, &program)? else { return Ok(None) };
        let mut rows = listing(&program, program.describe_tiers(self.shared.settings().jit));
        for (row, executions) in rows.iter_mut().zip(&profile.instructions) {
            let microseconds = u64::try_from(executions.time.as_micros()).unwrap_or(u64::MAX);
            row.extend([count(executions.count), count(executions.rows), count(microseconds)]);
        }
        // Sources that know of no blocks say nothing of them.
        for (address, blocks) in profile.blocks.into_iter().filter(|(_, blocks)| blocks.read + blocks.skipped > 0) {
            if let Value::Text(comment) = &rows[address][COMMENT] {
                rows[address][COMMENT] = Value::text(format!("{comment}: {blocks}"));
            }
        }
        Ok(Some(rows))
    }

    /// Runs a program of the query to its end: what its instructions did, and how many rows it has changed. `None` if the
    /// statement has to begin anew.
    fn run(&self, query: &Query, program: &VerifiedProgram) -> Result<Option<(Profile, u64)>> {
        let mut profile = None;
        let mut drive = |machine: &mut Machine| {
            machine.start_profile();
            change::to_end(machine)?;
            profile = machine.profile();
            Ok(())
        };
        let mut changes = 0;
        match &self.target {
            None => drive(&mut Machine::new(program, self.parameters, self.shared.context(), None)?)?,
            Some(target) => {
                let columns = change::returned_columns(target, query);
                match change::run(self.shared, target, columns, program.clone(), self.parameters, drive)? {
                    Changed::Done(rows) => changes = rows.changes(),
                    Changed::Again => return Ok(None),
                }
            }
        }
        let profile = profile.ok_or_else(|| Error::internal("a query that was profiled has no profile"))?;
        Ok(Some((profile, changes)))
    }
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
    let estimator = Estimator::default();
    let enabled = shared.settings().rules;
    for rule in enabled.rules() {
        rule.apply(&mut query, &estimator);
        show(rule.name, &query);
    }
    rows
}

/// Every kernel with its machine code, or why it has none.
fn machine_code(program: &VerifiedProgram, text: &str) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    // A statement's text has fewer than 2^31 bytes.
    let number = |number: usize| Value::Integer(number as i64);
    let names = program.code_names();
    for (kernel, code) in program.machine_code().into_iter().enumerate() {
        let lines = match code {
            Ok(lines) => {
                rows.push(vec![Value::text(format!("kernel k{kernel}  {}", names[kernel]))]);
                lines
            }
            Err(reason) => {
                rows.push(vec![Value::text(format!("kernel k{kernel}  interpreted: {reason}"))]);
                continue;
            }
        };
        for line in lines {
            let instruction = if line.instruction.is_empty() { Value::Null } else { Value::text(line.instruction) };
            let address = line.address.map_or(Value::Null, number);
            rows.push(vec![instruction, address, Value::text(line.machine), text_at(text, line.span)]);
        }
    }
    rows
}

/// Every kernel with what the verifier knows at each instruction.
fn states(program: &VerifiedProgram) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for (kernel, lines) in program.states().into_iter().enumerate() {
        let kept = program.kernels()[kernel].kernel().code.len();
        rows.push(vec![Value::text(format!("kernel k{kernel}  {kept} insns are left"))]);
        rows.extend(lines.into_iter().map(|line| {
            vec![Value::text(line.listed()), Value::text(line.state), line.check.map_or(Value::Null, Value::text)]
        }));
    }
    rows
}

/// The part of a text at a place in it; NULL if it has none.
fn text_at(text: &str, span: Span) -> Value {
    match text.get(span.start as usize..span.end as usize) {
        Some(part) if span != Span::NONE && !part.is_empty() => Value::text(part),
        _ => Value::Null,
    }
}

fn count(count: u64) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The position of the comment in a row.
const COMMENT: usize = LISTING.len() - 1;

/// The listing of a program. For each kernel `tiers` may have how it ran: its first line says so.
fn listing(program: &VerifiedProgram, tiers: Vec<String>) -> Vec<Vec<Value>> {
    let (instructions, mut kernels) = program::listing(program);
    for (line, tier) in kernels.iter_mut().filter_map(|lines| lines.first_mut()).zip(tiers) {
        line.push_str(", ");
        line.push_str(&tier);
    }
    let kernel = |line: String| {
        let mut row = vec![Value::Null; COMMENT];
        row.push(Value::text(line));
        row
    };
    instructions.into_iter().map(instruction_row).chain(kernels.into_iter().flatten().map(kernel)).collect()
}

/// An instruction as [`LISTING`] has it.
fn instruction_row(row: ListingRow) -> Vec<Value> {
    let number = |value: u16| Value::Integer(value.into());
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
}
