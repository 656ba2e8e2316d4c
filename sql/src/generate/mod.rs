//! From plans to programs.
//!
//! A plan becomes pipelines by producing and consuming (Neumann 2011): an operator asks its input to *produce*, and
//! hands it a piece of generator that emits, inside the input's loop, what is to happen with each batch. Sinks (hash
//! tables, aggregations, sorters) end a pipeline; their results are the cursor of the next one.
//!
//! Inside a pipeline nothing is computed before somebody needs it. A [`batch::Batch`] maps column ids to registers or
//! to expressions that wait; predicates wait too. When a sink asks for values, everything that waits becomes one
//! kernel: filter, projection and what the sink needs, fused. What kernels cannot do (text, nested values) is hoisted
//! out of expressions into calls of vector functions before the kernel.

mod accumulate;
mod aggregate;
mod batch;
mod bounds;
mod cast;
mod hoist;
mod join;
mod key_filters;
mod lookup;
mod lower;
mod materialize;
mod packed_key;
mod pipeline;
mod ranges;
mod storing;
mod window;

use std::sync::Arc;

use hashbrown::HashMap;
use rowmill_vm::machine::Machine;
use rowmill_vm::program::{
    self, Cursor, HashId, Label, List, LookupId, Op, Program, QueueId, Register, RegisterInfo, Space, SpaceOrigin,
};
use rowmill_vm::table::Table;
use rowmill_vm::{Context, Error, Result, Span, Value};

use batch::Batch;

use crate::plan::visit::for_each_operator;
use crate::plan::{ChangeKind, ColumnId, Columns, Expr, OutputColumn, Plan, Query, StoreId};

/// Whether the program carries comments for a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// No: the program will only run.
    Off,
    /// Yes: somebody will read it.
    On,
}

/// Where the rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the caller.
    Result,
    /// To the statement's target table, to be added or to change it.
    Table(ChangeKind),
}

/// Generates the program of a query.
pub fn generate(query: &Query, destination: Destination, comments: Comments) -> Result<Program> {
    let mut generator = Generator::new(&query.columns, comments);
    generator.generate(query, destination)?;
    Ok(generator.program)
}

/// A program that keeps apart what each operator of its plan gives.
pub struct Watched {
    /// The program.
    pub program: Program,
    /// For each operator, in the order in which plans print, the row spaces that hold its rows; several where its
    /// rows come out of several loops, none where no loop gives them.
    pub spaces: Vec<Vec<Space>>,
}

/// Generates the program of a query so that the rows of each operator can be counted: what waits is run after each of
/// them, which costs time.
pub fn generate_watched(query: &Query, destination: Destination) -> Result<Watched> {
    let mut generator = Generator::new(&query.columns, Comments::Off);
    generator.watched = Some(Vec::new());
    generator.generate(query, destination)?;
    let noted = generator.watched.take().unwrap_or_default();
    let mut spaces = Vec::new();
    for_each_operator(&query.plan, &mut |plan| {
        let own = noted.iter().filter(|(operator, _)| std::ptr::eq(*operator, plan));
        spaces.push(own.map(|(_, space)| *space).collect());
    });
    Ok(Watched { program: generator.program, spaces })
}

fn names(output: &[OutputColumn]) -> String {
    output.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The value of an expression without columns: how constants are folded. Fails as it would at run time.
pub fn evaluate(expr: &Expr, parameters: &[Value]) -> Result<Value> {
    let mut columns = Columns::default();
    let column = columns.add("value", expr.data_type.clone(), expr.nullable);
    let plan = Plan::Project { input: Box::new(Plan::one_row()), items: vec![(column, expr.clone())] };
    let output = vec![OutputColumn { name: String::new(), column }];
    let query =
        Query { plan, columns, output, parameters: Vec::new(), uses_parameter_values: false, correlated: false };
    let program = program::verify(generate(&query, Destination::Result, Comments::Off)?)?;
    let mut machine = Machine::new(&program, parameters, Context::unlimited(), None)?;
    loop {
        let batch = machine.next_batch()?.ok_or_else(|| Error::internal("a constant gave no row"))?;
        // The rows before an error are delivered, even if there are none.
        if batch.rows > 0 {
            return Ok(batch.column(0).value(0, &expr.data_type));
        }
    }
}

/// The program under construction.
pub(crate) struct Generator<'a> {
    program: Program,
    columns: &'a Columns,
    /// How many columns stand for hoisted calls, numbered behind the plan's.
    hoisted: u32,
    comments: Comments,
    /// The columns of tables that are scanned, with their positions there.
    scanned: HashMap<ColumnId, (Arc<dyn Table>, usize)>,
    /// What lookup tables hold, if somebody will read it.
    looked_up: Vec<(LookupId, String)>,
    /// Columns of which only the keys of a build side are wanted, which is sealed before they are read.
    build_ranges: Vec<(ColumnId, HashId)>,
    /// Columns of which only the keys of later joins are wanted.
    wanted_keys: Vec<key_filters::WantedKeys>,
    /// Instructions of the current pipeline whose `end` label is to be set.
    exits: Vec<Label>,
    /// Rows that are stored for what is being generated, with their queues, the outermost first.
    stores: Vec<(StoreId, QueueId)>,
    /// Build sides of joins that stand before the loop that probes them.
    built: Vec<storing::Built>,
    /// If asked for, each operator with the row space that holds its rows. An operator is told by its address, which
    /// is looked at and never read through.
    watched: Option<Vec<(*const Plan, Space)>>,
}

impl<'a> Generator<'a> {
    fn new(columns: &'a Columns, comments: Comments) -> Generator<'a> {
        Generator {
            program: Program::default(),
            columns,
            hoisted: 0,
            comments,
            scanned: HashMap::new(),
            looked_up: Vec::new(),
            build_ranges: Vec::new(),
            wanted_keys: Vec::new(),
            exits: Vec::new(),
            stores: Vec::new(),
            built: Vec::new(),
            watched: None,
        }
    }

    /// The whole program of a query.
    fn generate(&mut self, query: &Query, destination: Destination) -> Result<()> {
        self.program.parameters = query.parameters.clone();
        let init = self.emit(Op::Init { target: Label(1) }, Span::NONE, || "start at 1".into())?;
        debug_assert_eq!(init, Label(0));
        self.produce(&query.plan, &mut |generator, batch| {
            let wanted: Vec<Expr> = query.output.iter().map(|output| generator.column_expr(output.column)).collect();
            let registers = match destination {
                Destination::Result => generator.materialize(batch, wanted)?,
                Destination::Table(_) => generator.materialize_canonical(batch, wanted)?,
            };
            let columns = generator.list(registers)?;
            let space = batch.space;
            let op = match destination {
                Destination::Result => Op::ResultRow { space, columns },
                Destination::Table(ChangeKind::Insert) => Op::Insert { space, columns },
                Destination::Table(ChangeKind::Delete) => Op::Delete { space, columns },
                Destination::Table(ChangeKind::Update) => Op::Update { space, columns },
            };
            generator.emit(op, Span::NONE, || names(&query.output)).map(|_| ())
        })?;
        self.emit(Op::Halt {}, Span::NONE, || "done".into())?;
        Ok(())
    }

    /// Notes where the rows of `plan` are, if that is asked for.
    fn watch(&mut self, plan: &Plan, batch: &mut Batch) -> Result<()> {
        if self.watched.is_some() {
            self.run_pending(batch)?;
        }
        if let Some(watched) = &mut self.watched {
            watched.push((plan, batch.space));
        }
        Ok(())
    }

    /// Appends an instruction; the comment is only made if somebody will read it.
    fn emit(&mut self, op: Op, span: Span, comment: impl FnOnce() -> String) -> Result<Label> {
        let address = self.here()?;
        self.program.code.push(op);
        self.program.spans.push(span);
        if self.comments == Comments::On {
            self.program.comments.push(comment());
        }
        Ok(address)
    }

    /// The address of the next instruction.
    fn here(&self) -> Result<Label> {
        number(self.program.code.len(), "instructions").map(Label)
    }

    fn register(&mut self, info: RegisterInfo) -> Result<Register> {
        let register = number(self.program.registers.len(), "registers").map(Register)?;
        self.program.registers.push(info);
        Ok(register)
    }

    fn space(&mut self, origin: SpaceOrigin) -> Result<Space> {
        let space = number(self.program.spaces.len(), "row spaces").map(Space)?;
        self.program.spaces.push(origin);
        Ok(space)
    }

    fn cursor(&mut self) -> Result<Cursor> {
        let cursor = Cursor(self.program.cursors);
        self.program.cursors = number(usize::from(cursor.0) + 1, "cursors")?;
        Ok(cursor)
    }

    fn list(&mut self, registers: Vec<Register>) -> Result<List> {
        let list = number(self.program.lists.len(), "register lists").map(List)?;
        self.program.lists.push(registers);
        Ok(list)
    }

    fn info(&self, register: Register) -> &RegisterInfo {
        &self.program.registers[register.index()]
    }
}

/// Numbers in programs have 16 bits: more things than that in one statement are refused.
fn number(count: usize, what: &str) -> Result<u16> {
    match u16::try_from(count) {
        Ok(number) if number < u16::MAX => Ok(number),
        _ => Err(Error::limit(format!("the statement is too large: its program needs more than 65,534 {what}"))),
    }
}
