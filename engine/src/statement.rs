//! Statements: from text to a verified program, and what is done with the statements that are no queries.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rowmill_sql::bind::bind;
use rowmill_sql::catalog::DefaultNulls;
use rowmill_sql::catalog::ParameterInfo;
use rowmill_sql::generate::{Comments, Destination, generate};
use rowmill_sql::optimize::{RuleSet, optimize};
use rowmill_sql::parse::{self, Ast, ParameterName};
use rowmill_sql::plan::{self, Explain, Query};
use rowmill_vm::functions;
use rowmill_vm::machine::Machine;
use rowmill_vm::program::{self, ColumnContract, Host, NamedFunction, Program, VerifiedProgram};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error, Result, Span, Value};

use crate::catalog::{Snapshot, Tables};
use crate::change::{self, Changed};
use crate::connection::Shared;
use crate::ddl::run_statement;
use crate::explain;
use crate::from_row::{FromRow, Typed};
use crate::params::{Parameter, Parameters, Params};
use crate::rows::{Column, Rows};
use crate::saved::{self, Loaded};

/// Parameters that a statement may have when its columns are asked for before any value is given.
const DESCRIBED_PARAMETERS_MAX: usize = 256;

/// A statement that can be run again and again with different parameters, by several threads at once. Clones share
/// its program.
///
/// Its program is kept as long as the tables stay as they are and the parameters have the same types; otherwise it
/// is made anew when the statement runs.
///
/// ```
/// use rowmill::{Connection, params};
///
/// # fn main() -> rowmill::Result<()> {
/// let connection = Connection::open_in_memory()?;
/// connection.execute("CREATE TABLE squares AS SELECT * FROM (VALUES (1, 1), (2, 4), (3, 9)) AS t(n, square)", ())?;
/// let square = connection.prepare("SELECT square FROM squares WHERE n = $n")?;
/// std::thread::scope(|scope| {
///     for (n, expected) in [(2, 4), (3, 9)] {
///         let square = square.clone();
///         scope.spawn(move || assert_eq!(square.query_one::<i64>(params! { "n" => n }).unwrap(), expected));
///     }
/// });
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Statement(Arc<Prepared>);

struct Prepared {
    shared: Arc<Shared>,
    source: Source,
    /// The names of its parameters, if they have names.
    names: Vec<ParameterName>,
    state: Mutex<State>,
}

/// What a statement is made of.
enum Source {
    /// Its text.
    Text { text: String, ast: Box<Ast> },
    /// A program that was saved.
    Saved { text: String, bytes: Box<[u8]> },
}

impl Source {
    fn text(&self) -> &str {
        match self {
            Source::Text { text, .. } | Source::Saved { text, .. } => text,
        }
    }

    /// What it asks for over the tables of the moment.
    fn compile(&self, shared: &Shared, parameters: &[Parameter], names: &[ParameterName]) -> Result<Work> {
        match self {
            Source::Text { text, ast } => compile(shared, ast, text, parameters, names),
            Source::Saved { bytes, .. } => {
                let moment = Moment::of(shared);
                Ok(Work::Query { compiled: Compiled::load(saved::load(shared, bytes)?, moment), keep: Keep::Yes })
            }
        }
    }
}

/// What may be another the next time.
struct State {
    columns: Arc<[Column]>,
    /// The types of its parameters, as far as they are known.
    types: Vec<DataType>,
    kept: Option<Arc<Compiled>>,
}

impl State {
    /// Nothing is known but columns.
    fn of(columns: Arc<[Column]>) -> State {
        State { columns, types: Vec::new(), kept: None }
    }
}

/// A query's program and what it was made for.
pub(crate) struct Compiled {
    program: VerifiedProgram,
    columns: Arc<[Column]>,
    types: Vec<DataType>,
    /// The names of its parameters, if they have names.
    names: Vec<ParameterName>,
    moment: Moment,
}

/// What a program depends on besides text and parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    /// The version of the tables.
    version: u64,
    /// The rules that are on.
    rules: RuleSet,
    default_nulls: DefaultNulls,
}

impl Moment {
    fn of(shared: &Shared) -> Moment {
        let version = Tables::lock(&shared.tables).version();
        let settings = shared.settings();
        Moment { version, rules: settings.rules, default_nulls: settings.default_nulls }
    }
}

/// What a statement asks for, as far as that is known before it runs.
enum Work {
    Query {
        compiled: Compiled,
        /// Whether it may be run again.
        keep: Keep,
    },
    Other(plan::Statement),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

impl Statement {
    pub(crate) fn prepare(shared: Arc<Shared>, text: &str) -> Result<Statement> {
        let (ast, names) = parse::parse_named(text)?;
        let state = match compile(&shared, &ast, text, &[], &names) {
            Ok(Work::Query { compiled, keep }) => {
                let columns = Arc::clone(&compiled.columns);
                State { columns, types: Vec::new(), kept: (keep == Keep::Yes).then(|| Arc::new(compiled)) }
            }
            Ok(Work::Other(plan::Statement::Explain(Explain { kind, format, .. }))) => {
                State::of(explain::columns(kind, format).into())
            }
            Ok(Work::Other(plan::Statement::Change(change))) => {
                State::of(change::returned_columns(&change.target, &change.query).into())
            }
            Ok(Work::Other(_)) => State::of(Arc::new([])),
            // It may be that parameters are missing; of NULLs there can be too many.
            Err(_) => State::of(describe(&shared, &ast, text)?),
        };
        let source = Source::Text { text: text.to_owned(), ast: Box::new(ast) };
        Ok(Statement(Arc::new(Prepared { shared, source, names, state: Mutex::new(state) })))
    }

    /// The statement that bytes are which [`Statement::save`] has made.
    pub(crate) fn load(shared: Arc<Shared>, bytes: &[u8]) -> Result<Statement> {
        let moment = Moment::of(&shared);
        let loaded = saved::load(&shared, bytes)?;
        let source = Source::Saved { text: loaded.contract.text.clone(), bytes: bytes.into() };
        let compiled = Compiled::load(loaded, moment);
        let names = compiled.names.clone();
        let (columns, types) = (Arc::clone(&compiled.columns), compiled.types.clone());
        let state = State { columns, types, kept: Some(Arc::new(compiled)) };
        Ok(Statement(Arc::new(Prepared { shared, source, names, state: Mutex::new(state) })))
    }

    /// A query's program as bytes, to be loaded by [`Connection::load`](crate::Connection::load), here or elsewhere, over
    /// any tables that have the columns that it reads, by name and type. Nothing else of the tables of the moment is in it.
    ///
    /// Parameters get the types that they had in the last execution. Fails for what is no query, for one that reads files,
    /// for one whose plan depends on values of parameters, and if the types of parameters are not known yet.
    ///
    /// ```
    /// use rowmill::{Connection, params};
    ///
    /// # fn main() -> rowmill::Result<()> {
    /// let here = Connection::open_in_memory()?;
    /// here.execute("CREATE TABLE trips (city VARCHAR, km INTEGER)", ())?;
    /// let bytes = here.prepare("SELECT sum(km) FROM trips WHERE city LIKE 'O%'")?.save()?;
    ///
    /// let there = Connection::open_in_memory()?;
    /// there.execute("CREATE TABLE trips AS SELECT 12 AS km, 'Oslo' AS city", ())?;
    /// assert_eq!(there.load(&bytes)?.query_one::<i64>(())?, 12);
    /// # Ok(())
    /// # }
    /// ```
    pub fn save(&self) -> Result<Vec<u8>> {
        let Prepared { shared, source, names, state: _ } = &*self.0;
        let (text, ast) = match source {
            Source::Text { text, ast } => (text, ast),
            Source::Saved { bytes, .. } => return Ok(bytes.to_vec()),
        };
        let types = self.0.state().types.clone();
        let names = names.iter().map(|parameter| parameter.name.clone()).collect();
        saved::save(shared, (text, ast), &types, names)
    }

    /// The text that it was prepared from: places in errors are places in it.
    pub fn text(&self) -> &str {
        self.0.source.text()
    }

    /// The result's columns; none for a statement that gives no rows. The types of columns that depend on parameters
    /// are those of the last execution.
    pub fn columns(&self) -> Arc<[Column]> {
        Arc::clone(&self.0.state().columns)
    }

    /// The names of its parameters as `$name` or `:name` gives them, by number; none if they have numbers only.
    pub fn parameter_names(&self) -> Vec<&str> {
        self.0.names.iter().map(|parameter| parameter.name.as_str()).collect()
    }

    /// Runs the statement and gives its rows as they are computed.
    pub fn query(&self, params: impl Params) -> Result<Rows> {
        let Prepared { shared, source, names, .. } = &*self.0;
        let mut parameters = params.into_parameters().resolve(names)?;
        if let Source::Saved { .. } = source {
            parameters = saved::as_saved(parameters, &self.0.state().types)?;
        }
        let moment = Moment::of(shared);
        let kept = self.0.state().kept.clone();
        if let Some(kept) = kept.filter(|kept| kept.fits(moment, &parameters)) {
            return kept.run(shared, &parameters);
        }
        // What it held of tables is let go before the statement runs: its own writes need not copy for it.
        self.0.state().kept = None;
        match source.compile(shared, &parameters, names)? {
            Work::Query { compiled, keep } => {
                let compiled = Arc::new(compiled);
                let rows = compiled.run(shared, &parameters)?;
                let kept = (keep == Keep::Yes).then(|| Arc::clone(&compiled));
                let (columns, types) = (Arc::clone(&compiled.columns), compiled.types.clone());
                *self.0.state() = State { columns, types, kept };
                Ok(rows)
            }
            Work::Other(statement) => run_until_done(shared, statement, (&parameters, source.text()), || {
                source.compile(shared, &parameters, names)
            }),
        }
    }

    /// Runs the statement and gives its rows as values of a type: tuples, or what implements [`FromRow`].
    pub fn query_as<T: FromRow>(&self, params: impl Params) -> Result<Typed<T>> {
        self.query(params).map(Rows::into_typed)
    }

    /// Runs the statement and gives its only row; fails if there is none, or more than one.
    pub fn query_one<T: FromRow>(&self, params: impl Params) -> Result<T> {
        self.query(params)?.into_only()
    }

    /// Runs the statement to its end and says how many rows it has changed.
    pub fn execute(&self, params: impl Params) -> Result<u64> {
        let mut rows = self.query(params)?;
        while rows.next_batch()?.is_some() {}
        Ok(rows.changes())
    }

    /// Runs a statement given as text; the program of a query is kept for when the text comes again.
    pub(crate) fn query_text(shared: &Arc<Shared>, text: &str, given: Parameters) -> Result<Rows> {
        let moment = Moment::of(shared);
        let kept = shared.programs.find(text);
        let (ast, names, parameters) = match &kept {
            Some(kept) => {
                let parameters = given.resolve(&kept.names)?;
                if kept.fits(moment, &parameters) {
                    return kept.run(shared, &parameters);
                }
                (parse::parse(text)?, kept.names.clone(), parameters)
            }
            None => {
                let (ast, names) = parse::parse_named(text)?;
                let parameters = given.resolve(&names)?;
                (ast, names, parameters)
            }
        };
        drop(kept);
        match compile(shared, &ast, text, &parameters, &names)? {
            Work::Query { compiled, keep: Keep::No } => compiled.run(shared, &parameters),
            Work::Query { compiled, keep: Keep::Yes } => {
                let compiled = Arc::new(compiled);
                shared.programs.keep(text, &compiled);
                compiled.run(shared, &parameters)
            }
            Work::Other(statement) => run_until_done(shared, statement, (&parameters, text), || {
                compile(shared, &ast, text, &parameters, &names)
            }),
        }
    }
}

impl Prepared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parameters of which nothing is known, as many as a statement may have then.
pub(crate) fn unknown_parameters() -> Vec<ParameterInfo> {
    vec![ParameterInfo { data_type: DataType::Null, value: Value::Null }; DESCRIBED_PARAMETERS_MAX]
}

/// Finds the columns of a statement with parameters whose types are not known yet.
fn describe(shared: &Shared, ast: &Ast, text: &str) -> Result<Arc<[Column]>> {
    let snapshot = Snapshot::new(shared);
    Ok(match bind(ast, text, &snapshot, &unknown_parameters())? {
        plan::Statement::Query(query) => columns_of(&query).into(),
        plan::Statement::Change(change) => change::returned_columns(&change.target, &change.query).into(),
        _ => Arc::new([]),
    })
}

impl Compiled {
    /// Of a saved program.
    fn load(loaded: Loaded, moment: Moment) -> Compiled {
        let Loaded { program, contract, types } = loaded;
        let column = |column: ColumnContract| Column { name: column.name, data_type: column.data_type };
        let name = |name| ParameterName { name, span: Span::NONE };
        Compiled {
            program,
            columns: contract.columns.into_iter().map(column).collect(),
            types,
            names: contract.parameters.into_iter().map(name).collect(),
            moment,
        }
    }

    /// Whether it was made for this moment, and for parameters of these types.
    fn fits(&self, moment: Moment, parameters: &[Parameter]) -> bool {
        self.moment == moment && self.types.iter().eq(parameters.iter().map(|p| &p.data_type))
    }

    fn run(&self, shared: &Shared, parameters: &[Parameter]) -> Result<Rows> {
        let machine = Machine::new(&self.program, &values(parameters), shared.context(), None)?;
        Ok(Rows::of_machine(Arc::clone(&self.columns), machine))
    }
}

fn values(parameters: &[Parameter]) -> Vec<Value> {
    parameters.iter().map(|parameter| parameter.value.clone()).collect()
}

pub(crate) fn columns_of(query: &Query) -> Vec<Column> {
    let column = |output: &plan::OutputColumn| Column {
        name: output.name.clone(),
        data_type: query.columns.get(output.column).data_type.clone(),
    };
    query.output.iter().map(column).collect()
}

/// Binds a statement to the tables of the moment; a query becomes a program.
fn compile(shared: &Shared, ast: &Ast, text: &str, parameters: &[Parameter], names: &[ParameterName]) -> Result<Work> {
    // Taken first: a change between here and the binder's look-ups makes the program too old, never too young.
    let moment = Moment::of(shared);
    let snapshot = Snapshot::new(shared);
    let info = |p: &Parameter| ParameterInfo { data_type: p.data_type.clone(), value: p.value.clone() };
    let infos: Vec<ParameterInfo> = parameters.iter().map(info).collect();
    let query = match bind(ast, text, &snapshot, &infos)? {
        plan::Statement::Query(query) => query,
        other => return Ok(Work::Other(other)),
    };
    let keep = if query.uses_parameter_values || snapshot.reads_files() { Keep::No } else { Keep::Yes };
    let columns = columns_of(&query).into();
    let program = make_program(moment.rules, query, Destination::Result, Comments::Off)?;
    let types = parameters.iter().map(|parameter| parameter.data_type.clone()).collect();
    Ok(Work::Query { compiled: Compiled { program, columns, types, names: names.to_vec(), moment }, keep })
}

pub(crate) fn make_program(
    rules: RuleSet,
    mut query: Query,
    destination: Destination,
    comments: Comments,
) -> Result<VerifiedProgram> {
    optimize(&mut query, rules);
    let program = generate(&query, destination, comments)?;
    debug_assert!(comes_back(&program), "a program is not what it was after it was written and read");
    program::verify(program)
}

/// Whether a program comes back from bytes and from text as it was. Every program of every test is tried, which is
/// why this stands here; outside of debug builds it is not called.
fn comes_back(program: &Program) -> bool {
    let (bytes, text) = (program.to_bytes(), program.to_text());
    let host = ProgramHost(program);
    let from_bytes = Program::from_bytes(&bytes, &host);
    let from_text = Program::from_text(&text, &host);
    match (from_bytes, from_text) {
        (Ok(from_bytes), Ok(from_text)) => from_bytes.to_text() == text && from_text.to_bytes() == bytes,
        (Err(error), _) | (_, Err(error)) => panic!("{error}\n{text}"),
    }
}

/// What a program's own tables are called.
struct ProgramHost<'a>(&'a Program);

impl Host for ProgramHost<'_> {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        self.0.tables.iter().find(|read| read.table.name() == name).map(|read| Arc::clone(&read.table))
    }

    fn function(&self, name: &str, types: &[DataType], result: &DataType) -> Option<NamedFunction> {
        functions::by_name(name, types, result)
    }
}

/// Does what a statement other than a query asks for. If another one gets in its way, it is compiled anew.
fn run_until_done(
    shared: &Shared,
    first: plan::Statement,
    (parameters, text): (&[Parameter], &str),
    mut compile: impl FnMut() -> Result<Work>,
) -> Result<Rows> {
    shared.programs.clear();
    let parameters = values(parameters);
    let mut statement = first;
    loop {
        match run_statement(shared, statement, &parameters, text)? {
            Changed::Done(rows) => return Ok(rows),
            Changed::Again => {}
        }
        statement = match compile()? {
            Work::Other(statement) => statement,
            Work::Query { .. } => return Err(Error::internal("a change has become a query")),
        };
    }
}
