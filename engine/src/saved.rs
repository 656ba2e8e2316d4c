//! Saving a query's program, and loading it where there are tables of the same columns.

use std::cell::RefCell;
use std::sync::Arc;

use hashbrown::HashMap;
use rowmill_sql::bind::bind;
use rowmill_sql::catalog::{Catalog, DefaultNulls, ParameterInfo, SettingValue, View};
use rowmill_sql::generate::{Comments, Destination, generate};
use rowmill_sql::optimize::optimize;
use rowmill_sql::parse::Ast;
use rowmill_sql::plan;
use rowmill_vm::functions::{self, cast};
use rowmill_vm::program::{
    self, ColumnContract, Contract, Host, NamedFunction, Op, Program, SavedProgram, TableContract, VerifiedProgram,
};
use rowmill_vm::table::Table;
use rowmill_vm::{DataType, Error, Result, Span, Value};

use crate::catalog::{Snapshot, Tables};
use crate::connection::Shared;
use crate::params::Parameter;
use crate::portable::PortableTable;
use crate::rows::Column;
use crate::statement::{columns_of, unknown_parameters};

/// A query's program as bytes, made for any table that has the columns that it reads.
pub(crate) fn save(
    shared: &Shared,
    (text, ast): (&str, &Ast),
    types: &[DataType],
    names: Vec<String>,
) -> Result<Vec<u8>> {
    let infos: Vec<ParameterInfo> =
        types.iter().map(|data_type| ParameterInfo { data_type: data_type.clone(), value: Value::Null }).collect();
    let catalog = PortableCatalog { snapshot: Snapshot::new(shared), tables: RefCell::default() };
    let unknown = unknown_parameters();
    let statement = match bind(ast, text, &catalog, &infos) {
        Err(_) if types.is_empty() && bind(ast, text, &catalog, &unknown).is_ok() => {
            return Err(Error::types("the types of the statement's parameters are not known yet")
                .with_hint("run it once before it is saved"));
        }
        // Over such tables nothing can be changed; that is not what is wrong.
        Err(error) => match bind(ast, text, &catalog.snapshot, &unknown) {
            Ok(plan::Statement::Query(_)) | Err(_) => return Err(error),
            Ok(other) => other,
        },
        Ok(statement) => statement,
    };
    let plan::Statement::Query(mut query) = statement else {
        return Err(Error::unsupported("only queries can be saved"));
    };
    if query.uses_parameter_values {
        return Err(Error::unsupported(
            "a query whose plan depends on the moment or on values of parameters cannot be saved",
        ));
    }
    optimize(&mut query, shared.settings().rules);
    let mut program = generate(&query, Destination::Result, Comments::Off)?;
    program::verify(program.clone())?;
    let result = |column: Column| ColumnContract { name: column.name, data_type: column.data_type, nullable: true };
    let contract = Contract {
        text: text.to_owned(),
        tables: tables_read(&mut program)?,
        parameters: names,
        columns: columns_of(&query).into_iter().map(result).collect(),
    };
    SavedProgram::to_bytes(&contract, &program)
}

/// The columns that a program reads of each table; from here on it means columns by their places among these.
fn tables_read(program: &mut Program) -> Result<Vec<TableContract>> {
    let mut read: Vec<(String, Vec<usize>)> = Vec::new();
    for table in &program.tables {
        let name = table.table.name();
        let known = read.iter().position(|(known, _)| known == name);
        let known = known.unwrap_or_else(|| {
            read.push((name.to_owned(), Vec::new()));
            read.len() - 1
        });
        read[known].1.extend(table.columns.iter().chain(table.ranges.iter().map(|range| &range.column)));
    }
    let mut contracts = Vec::with_capacity(read.len());
    for (name, positions) in &mut read {
        positions.sort_unstable();
        positions.dedup();
        let table = program.tables.iter().find(|table| table.table.name() == name);
        let table = table.ok_or_else(|| Error::internal("a table that is read is not there"))?;
        let columns = table.table.columns();
        positions.retain(|position| *position < columns.len());
        let column = |position: &usize| ColumnContract {
            name: columns[*position].name.clone(),
            data_type: columns[*position].data_type.clone(),
            nullable: columns[*position].nullable,
        };
        contracts.push(TableContract { name: name.clone(), columns: positions.iter().map(column).collect() });
    }
    for table in &mut program.tables {
        let (_, positions) = read.iter().find(|(name, _)| name == table.table.name()).expect("noted above");
        // What is behind the columns is the hidden one, and stays behind them.
        let place = |position: &mut usize| *position = positions.binary_search(position).unwrap_or(positions.len());
        table.columns.iter_mut().for_each(place);
        table.ranges.iter_mut().for_each(|range| place(&mut range.column));
    }
    Ok(contracts)
}

/// What saved bytes have become.
pub(crate) struct Loaded {
    pub(crate) program: VerifiedProgram,
    pub(crate) contract: Contract,
    pub(crate) types: Vec<DataType>,
}

/// Reads and verifies a saved program, over the tables of the moment.
pub(crate) fn load(shared: &Shared, bytes: &[u8]) -> Result<Loaded> {
    let saved = SavedProgram::from_bytes(bytes)?;
    let contract = saved.contract().clone();
    let types = saved.parameter_types().to_vec();
    let snapshot = Snapshot::new(shared);
    let mut tables: HashMap<String, Arc<dyn Table>> = HashMap::new();
    for wanted in &contract.tables {
        let Some(table) = snapshot.table(&wanted.name) else {
            let missing = Tables::lock(&shared.tables).missing(&wanted.name, Span::NONE);
            return Err(missing.with_hint("the saved query reads it"));
        };
        tables.insert(wanted.name.clone(), Arc::new(PortableTable::under(wanted, table)?));
    }
    let program = saved.verify(&LoadHost { tables })?;
    check_result(program.program(), &contract)?;
    Ok(Loaded { program, contract, types })
}

/// Fails unless a program gives rows of the columns that its contract says, and changes nothing.
fn check_result(program: &Program, contract: &Contract) -> Result<()> {
    for op in &program.code {
        let given = match op {
            Op::ResultRow { columns, .. } => &program.lists[columns.index()],
            Op::Insert { .. } | Op::Delete { .. } | Op::Update { .. } => {
                return Err(Error::data("the saved program is no query: it changes a table"));
            }
            _ => continue,
        };
        let types = given.iter().map(|register| &program.registers[register.index()].data_type);
        if !types.eq(contract.columns.iter().map(|column| &column.data_type)) {
            return Err(Error::data("the saved program gives other columns than it says"));
        }
    }
    Ok(())
}

/// Values for the parameters of a saved program, which are of its types: others are cast where nothing gets lost.
pub(crate) fn as_saved(parameters: Vec<Parameter>, types: &[DataType]) -> Result<Vec<Parameter>> {
    if parameters.len() != types.len() {
        let message =
            format!("the saved query has {} parameters, and {} values were given", types.len(), parameters.len());
        return Err(Error::types(message));
    }
    let cast_one = |(parameter, data_type): (Parameter, &DataType)| {
        if parameter.data_type == *data_type || parameter.value.is_null() {
            return Ok(Parameter { data_type: data_type.clone(), value: parameter.value });
        }
        let Parameter { data_type: given, value } = parameter;
        if cast::implicit_cost(&given, data_type).is_none() {
            let message = format!("the saved query takes a parameter of type {data_type}, and {given} was given");
            return Err(Error::types(message));
        }
        let value = cast::cast_value(&value, &given, data_type)?;
        Ok(Parameter { data_type: data_type.clone(), value })
    };
    parameters.into_iter().zip(types).map(cast_one).collect()
}

/// What stands behind the names of a program that is loaded.
struct LoadHost {
    tables: HashMap<String, Arc<dyn Table>>,
}

impl Host for LoadHost {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        self.tables.get(name).cloned()
    }

    fn function(&self, name: &str, types: &[DataType], result: &DataType) -> Option<NamedFunction> {
        functions::by_name(name, types, result)
    }
}

/// A connection's tables as programs see them that are to be saved.
struct PortableCatalog<'a> {
    snapshot: Snapshot<'a>,
    /// By name in lower case.
    tables: RefCell<HashMap<String, Arc<dyn Table>>>,
}

impl Catalog for PortableCatalog<'_> {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        let inner = self.snapshot.table(name)?;
        let mut tables = self.tables.borrow_mut();
        let table = tables.entry(name.to_lowercase()).or_insert_with(|| Arc::new(PortableTable::of(inner)));
        Some(Arc::clone(table))
    }

    fn view(&self, name: &str) -> Option<Arc<View>> {
        self.snapshot.view(name)
    }

    fn named_file(&self, name: &str) -> Option<Result<Arc<dyn Table>>> {
        let file = self.snapshot.named_file(name)?;
        Some(file.and_then(|_| Err(reads_a_file(name))))
    }

    fn table_names(&self) -> Vec<String> {
        self.snapshot.table_names()
    }

    fn settings(&self) -> Vec<SettingValue> {
        self.snapshot.settings()
    }

    fn default_nulls(&self) -> DefaultNulls {
        self.snapshot.default_nulls()
    }

    fn file(&self, path: &str) -> Result<Arc<dyn Table>> {
        Err(reads_a_file(path))
    }
}

fn reads_a_file(name: &str) -> Error {
    Error::unsupported(format!("a query that reads the file '{name}' cannot be saved"))
        .with_hint("CREATE TABLE … AS SELECT makes a table of it")
}
