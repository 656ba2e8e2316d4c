//! One query under several settings.

use rowmill::{Connection, params};
use rowmill_sql::optimize::RuleSet;

use super::{Random, RandomQuery, RowOrder, Subqueries, query, tables};

/// Settings under which each query runs; the first is what the others are compared with.
const SETTINGS: &[&[&str]] = &[
    &["SET batch_rows = 2048", "SET threads = 1"],
    &["SET batch_rows = 2048", "SET threads = 2", "SET disabled_rules = 'all'"],
    &["SET batch_rows = 7", "SET threads = 2"],
    &["SET batch_rows = 7", "SET threads = 1"],
];
/// The position in [`SETTINGS`] of the connection that has a few rules off, others for each query.
const SOME_RULES: usize = 3;

/// Rows as text; NULL is `None`.
pub type Rows = Vec<Vec<Option<String>>>;

/// Connections to the same tables, one for each of several settings.
pub struct Configurations {
    connections: Vec<Connection>,
    tables: Vec<String>,
}

/// What became of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same rows everywhere.
    Same(Rows),
    /// An error everywhere: its message.
    Refused(String),
    /// A difference, with all that is needed to see it again.
    Different(String),
}

impl Configurations {
    /// Connections without tables.
    pub fn new() -> Configurations {
        Configurations { connections: Vec::new(), tables: Vec::new() }
    }

    /// Makes the tables of a seed, unless they are there.
    fn prepare(&mut self, seed: u64) {
        let statements: Vec<String> = tables(seed).into_iter().flat_map(|table| table.statements).collect();
        if statements == self.tables {
            return;
        }
        self.connections = SETTINGS
            .iter()
            .map(|settings| {
                let connection = Connection::open_in_memory().expect("a connection takes no more than memory");
                for statement in settings.iter().copied().chain(statements.iter().map(String::as_str)) {
                    connection.execute(statement, params![]).unwrap_or_else(|error| panic!("{statement}: {error}"));
                }
                connection
            })
            .collect();
        self.tables = statements;
    }

    /// Runs the query of a seed under all settings.
    pub fn compare(&mut self, seed: u64, subqueries: Subqueries) -> Comparison {
        self.prepare(seed);
        let random_query = query(seed, subqueries);
        let off = some_rules(seed);
        let off = format!("SET disabled_rules = '{off}'");
        self.connections[SOME_RULES].execute(&off, params![]).expect("the rules are there");
        let mut results = self.connections.iter().map(|connection| run(connection, &random_query));
        let first = results.next().expect("there are several settings");
        for (settings, result) in SETTINGS[1..].iter().zip(results) {
            if result != first {
                let tables = self.tables.join(";\n");
                let sql = &random_query.sql;
                return Comparison::Different(format!(
                    "seed {seed}\n{tables};\n{sql}\ngives {first:?}\nunder {settings:?}, {off} {result:?}"
                ));
            }
        }
        match first {
            Ok(rows) => Comparison::Same(rows),
            Err(message) => Comparison::Refused(message),
        }
    }
}

impl Default for Configurations {
    fn default() -> Configurations {
        Configurations::new()
    }
}

/// A third of the rules.
fn some_rules(seed: u64) -> String {
    let mut random = Random::new(seed ^ 0x0ff);
    let off: Vec<&str> = RuleSet::OPTIONAL.rules().map(|rule| rule.name).filter(|_| random.chance(33)).collect();
    off.join(",")
}

/// The rows of a query, in order if they have one, or its error.
fn run(connection: &Connection, query: &RandomQuery) -> Result<Rows, String> {
    let mut result = connection.query(&query.sql, params![]).map_err(|error| error.to_string())?;
    let count = result.columns().len();
    let mut rows = Rows::new();
    while let Some(batch) = result.next_batch().map_err(|error| error.to_string())? {
        for row in 0..batch.rows() {
            let cell = |column| {
                let mut text = String::new();
                batch.write_text(row, column, &mut text);
                (!batch.is_null(row, column)).then_some(text)
            };
            rows.push((0..count).map(cell).collect());
        }
    }
    if query.order == RowOrder::None {
        rows.sort();
    }
    Ok(rows)
}
