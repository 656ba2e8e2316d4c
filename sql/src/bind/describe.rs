//! DESCRIBE and SHOW: what there is, as rows of text.

use rowmill_vm::format::value_text;
use rowmill_vm::table::TableColumn;
use rowmill_vm::{DataType, Error, Result, Value};
use sqlparser::ast::{self, Ident};

use super::environment::Environment;
use super::{Binder, Bound, unsupported};
use crate::optimize::{ascends, expected_distinct};
use crate::parse::byte_span;
use crate::plan::{OutputColumn, Plan, Query, Statement};
use crate::suggest;

/// The columns of SHOW STATS: of rows all that there are, of different values how many are expected at most, and
/// whether the values rise from row to row: may stay (sorted), or not (ascending).
const STATISTICS: &[&str] =
    &["column_name", "column_type", "rows", "nulls", "distinct", "min", "max", "sorted", "ascending"];
/// The columns of DESCRIBE.
const DESCRIBED: &[&str] = &["column_name", "column_type", "null", "key", "default", "extra"];

impl Binder<'_> {
    /// DESCRIBE query: the columns of its result.
    pub(super) fn bind_describe_query(&mut self, statement: &ast::Statement) -> Result<Statement> {
        let ast::Statement::Query(query) = statement else {
            return Err(unsupported("DESCRIBE of anything but a table or a query is", self.statement_span()));
        };
        let query = self.bind_whole_query(query)?;
        let column = |output: &OutputColumn| {
            described(&output.name, &query.columns.get(output.column).data_type, NullsAllowed::Yes)
        };
        let rows = query.output.iter().map(column).collect();
        Ok(Statement::Query(self.text_rows(DESCRIBED, rows)))
    }

    /// DESCRIBE name: the columns of a table, view or file.
    pub(super) fn bind_describe_table(&mut self, name: &ast::ObjectName) -> Result<Statement> {
        let declared = match self.table_name(name) {
            Ok(ident) if ident.quote_style != Some('\'') => self.catalog.table(&ident.value),
            Ok(_) | Err(_) => None,
        };
        let rows = match declared {
            Some(table) => {
                let column = |(position, column): (usize, &TableColumn)| {
                    let nulls = if table.takes_null(position) { NullsAllowed::Yes } else { NullsAllowed::No };
                    described(&column.name, &column.data_type, nulls)
                };
                table.columns().iter().enumerate().map(column).collect()
            }
            None => {
                let (_, scope) = self.bind_table_name(name, None, Environment::default())?;
                let column = |column: &super::scope::ScopeColumn| {
                    let data_type = &self.columns.get(column.id).data_type;
                    described(column.name(&self.columns), data_type, NullsAllowed::Yes)
                };
                scope.columns().map(column).collect()
            }
        };
        Ok(Statement::Query(self.text_rows(DESCRIBED, rows)))
    }

    /// SHOW TABLES: tables and views.
    pub(super) fn bind_show_tables(&mut self, statement: &ast::Statement) -> Result<Statement> {
        if !matches!(statement.to_string().as_str(), "SHOW TABLES") {
            return Err(unsupported("this form of SHOW TABLES is", self.statement_span()));
        }
        let rows = self.catalog.table_names().into_iter().map(|name| vec![Value::text(name)]).collect();
        self.parameter_values = true;
        Ok(Statement::Query(self.text_rows(&["name"], rows)))
    }

    /// SHOW ALL: settings. SHOW name: a setting, or else the columns of a table.
    pub(super) fn bind_show(&mut self, words: &[Ident]) -> Result<Statement> {
        let span = words.iter().map(|word| byte_span(word.span)).fold(rowmill_vm::Span::NONE, |a, b| a.to(b));
        let settings = self.catalog.settings();
        if let [stats, of, name] = words
            && stats.value.eq_ignore_ascii_case("stats")
            && of.value.eq_ignore_ascii_case("for")
        {
            return self.bind_show_stats(name);
        }
        let [word] = words else { return Err(unsupported("this form of SHOW is", span)) };
        let is = |name: &str| word.value.eq_ignore_ascii_case(name);
        // What is shown is of this moment, not of the next execution.
        self.parameter_values = true;
        if is("all") && word.quote_style.is_none() {
            let row = |setting: crate::catalog::SettingValue| {
                [setting.name, setting.value, setting.doc].into_iter().map(Value::text).collect()
            };
            let rows = settings.into_iter().map(row).collect();
            return Ok(Statement::Query(self.text_rows(&["name", "value", "description"], rows)));
        }
        if let Some(setting) = settings.iter().find(|setting| is(&setting.name)) {
            let rows = vec![vec![Value::text(&setting.value)]];
            return Ok(Statement::Query(self.text_rows(&[setting.name.as_str()], rows)));
        }
        if self.catalog.table(&word.value).is_some() || self.catalog.view(&word.value).is_some() {
            return self.bind_describe_table(&ast::ObjectName::from(vec![word.clone()]));
        }
        let error = Error::name(format!("no setting and no table \"{}\"", word.value)).at(span);
        let names = self.catalog.table_names();
        let known = settings.iter().map(|setting| setting.name.as_str()).chain(names.iter().map(String::as_str));
        Err(match suggest::nearest(&word.value, known) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error.with_hint("SHOW ALL lists the settings, SHOW TABLES the tables"),
        })
    }

    /// SHOW STATS FOR name: what is known of the columns of a table, or of a file whose path is given in quotes, without
    /// reading it.
    fn bind_show_stats(&mut self, name: &Ident) -> Result<Statement> {
        let table = match self.catalog.table(&name.value) {
            Some(table) => table,
            None => match self.catalog.named_file(&name.value) {
                Some(file) => file?,
                None if name.quote_style.is_some() && name.value.contains('.') => {
                    self.catalog.file(&name.value).map_err(|error| error.at(byte_span(name.span)))?
                }
                None => return Err(self.unknown_table(name, &[])),
            },
        };
        self.parameter_values = true;
        let yes = |holds: bool| Value::text(if holds { "YES" } else { "NO" });
        let number = |number: Option<u64>| number.map_or(Value::Null, |number| Value::text(number.to_string()));
        let row = |(position, column): (usize, &TableColumn)| {
            let statistics = table.statistics(position);
            let bound = |value: Option<&Value>| match value {
                Some(value) if !value.is_null() => Value::text(value_text(value, &column.data_type)),
                _ => Value::Null,
            };
            let nulls = statistics.as_ref().map(|statistics| statistics.nulls);
            let distinct = expected_distinct(table.as_ref(), position).map(|distinct| distinct.round() as u64);
            let distinct = distinct.map(|distinct| table.row_count().map_or(distinct, |rows| distinct.min(rows)));
            vec![
                Value::text(&column.name),
                Value::text(column.data_type.to_string()),
                number(table.row_count()),
                number(nulls),
                number(distinct),
                bound(statistics.as_ref().map(|statistics| &statistics.min)),
                bound(statistics.as_ref().map(|statistics| &statistics.max)),
                yes(statistics.as_ref().is_some_and(|statistics| statistics.rises)),
                yes(ascends(table.as_ref(), position)),
            ]
        };
        let rows = table.columns().iter().enumerate().map(row).collect();
        Ok(Statement::Query(self.text_rows(STATISTICS, rows)))
    }

    /// Rows of text as a query.
    fn text_rows(&mut self, names: &[&str], rows: Vec<Vec<Value>>) -> Query {
        let bound = self.known_rows(names.iter().map(|name| (*name, DataType::Varchar)), rows);
        self.finish(bound)
    }

    /// Rows that are known now.
    pub(super) fn known_rows<'n>(
        &mut self,
        columns: impl Iterator<Item = (&'n str, DataType)>,
        rows: Vec<Vec<Value>>,
    ) -> Bound {
        let column = |(name, data_type): (&str, DataType)| OutputColumn {
            name: name.to_owned(),
            column: self.columns.add(name, data_type, true),
        };
        let output: Vec<OutputColumn> = columns.map(column).collect();
        let columns = output.iter().map(|column| column.column).collect();
        Bound { plan: Plan::Values { columns, rows }, output }
    }
}

/// Whether a column may hold NULLs.
#[derive(Clone, Copy)]
enum NullsAllowed {
    Yes,
    No,
}

/// A row of DESCRIBE.
fn described(name: &str, data_type: &DataType, nulls: NullsAllowed) -> Vec<Value> {
    let nulls = match nulls {
        NullsAllowed::Yes => "YES",
        NullsAllowed::No => "NO",
    };
    let known = [name, &data_type.to_string(), nulls].map(Value::text);
    known.into_iter().chain([Value::Null, Value::Null, Value::Null]).collect()
}
