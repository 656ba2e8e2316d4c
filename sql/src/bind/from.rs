//! FROM: tables, files, subqueries and common table expressions become rows and the names of their columns.

use std::sync::Arc;

use rowmill_vm::table::Table;
use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::{self, Ident, Spanned, TableFactor};

use super::environment::{CommonTable, Environment, Outer, With};
use super::scope::Scope;
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::Plan;
use crate::suggest;

impl Binder<'_> {
    /// All of FROM. Without one there is one row of no columns.
    pub(super) fn bind_from(
        &mut self,
        from: &[ast::TableWithJoins],
        environment: Environment<'_>,
    ) -> Result<(Plan, Scope)> {
        let mut so_far: Option<(Plan, Scope)> = None;
        for table in from {
            let next = match &so_far {
                None => self.bind_table_with_joins(table, environment, None)?,
                Some((_, scope)) => {
                    let siblings = Outer::sibling(scope, environment.outer);
                    self.bind_table_with_joins(table, environment, Some(&siblings))?
                }
            };
            so_far = Some(match so_far {
                None => next,
                Some(left) => super::join::cross(left, next).map_err(|error| error.at(byte_span(table.span())))?,
            });
        }
        Ok(so_far.unwrap_or_else(|| (Plan::one_row(), Scope::default())))
    }

    fn bind_table_with_joins(
        &mut self,
        table: &ast::TableWithJoins,
        environment: Environment<'_>,
        siblings: Option<&Outer<'_>>,
    ) -> Result<(Plan, Scope)> {
        let mut bound = self.bind_table_factor(&table.relation, environment, siblings)?;
        for join in &table.joins {
            bound = self.bind_join(bound, join, environment, siblings)?;
        }
        Ok(bound)
    }

    /// One member of FROM; `siblings` are the members to its left, which LATERAL can see.
    pub(super) fn bind_table_factor(
        &mut self,
        factor: &TableFactor,
        environment: Environment<'_>,
        siblings: Option<&Outer<'_>>,
    ) -> Result<(Plan, Scope)> {
        let span = byte_span(factor.span());
        self.count_relation().map_err(|error| error.at(span))?;
        match factor {
            TableFactor::Table { name, alias, args, with_hints, version, with_ordinality, sample, .. } => {
                if !with_hints.is_empty() || version.is_some() || *with_ordinality || sample.is_some() {
                    return Err(unsupported("this form of table is", span));
                }
                match args {
                    Some(arguments) => self.bind_table_function(name, arguments, alias.as_ref()),
                    None => self.bind_table_name(name, alias.as_ref(), environment),
                }
            }
            TableFactor::Derived { lateral, subquery, alias, sample: None } => {
                let outer = if *lateral { siblings.or(environment.outer) } else { environment.outer };
                let bound = self.bind_query(subquery, Environment { outer, ..environment })?;
                self.relation(bound, None, alias.as_ref())
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.bind_table_with_joins(table_with_joins, environment, siblings)
            }
            _ => Err(unsupported("this form of FROM is", span)),
        }
    }

    /// A table, view, common table expression or file by its name.
    pub(super) fn bind_table_name(
        &mut self,
        name: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
        environment: Environment<'_>,
    ) -> Result<(Plan, Scope)> {
        let ident = self.table_name(name)?;
        let span = byte_span(ident.span);
        if ident.quote_style == Some('\'') {
            return self.file(&ident.value, alias, span);
        }
        match environment.common_table(&ident.value) {
            Some(CommonTable::Member(with, position)) => return self.bind_common_table(with, position, alias),
            Some(CommonTable::Itself(itself)) => {
                let (plan, scope) = self.bind_itself(itself, span)?;
                return Ok((plan, alias.map_or(Ok(scope.clone()), |alias| renamed(scope, alias))?));
            }
            None => {}
        }
        if let Some(table) = self.catalog.table(&ident.value) {
            return self.scan(table, &ident.value, alias);
        }
        if let Some(view) = self.catalog.view(&ident.value) {
            let bound = self.bind_view(&view, span)?;
            return self.relation(bound, Some(&view.name), alias);
        }
        if let Some(file) = self.catalog.named_file(&ident.value) {
            return self.scan(file.map_err(|error| error.at(span))?, &ident.value, alias);
        }
        if ident.quote_style.is_some() && ident.value.contains(['.', '/']) {
            return self.file(&ident.value, alias, span);
        }
        Err(self.unknown_table(ident, &environment.common_table_names()))
    }

    /// The one part of a table's name; `main.` may stand before it.
    pub(super) fn table_name<'n>(&self, name: &'n ast::ObjectName) -> Result<&'n Ident> {
        let span = byte_span(name.span());
        let parts: Option<Vec<&Ident>> = name.0.iter().map(ast::ObjectNamePart::as_ident).collect();
        match parts.as_deref() {
            Some([table]) => Ok(table),
            Some([schema, table]) if schema.value.eq_ignore_ascii_case("main") => Ok(table),
            Some([.., last]) => {
                let error = Error::name(format!("no table \"{name}\"")).at(span);
                let formats = ["csv", "tsv", "parquet", "json", "gz", "zst", "arrow"];
                Err(if formats.iter().any(|format| last.value.eq_ignore_ascii_case(format)) {
                    error.with_hint(format!("a file is written in quotes: FROM '{name}'"))
                } else {
                    error
                })
            }
            _ => Err(unsupported("this form of table name is", span)),
        }
    }

    /// The error for a table that is not there.
    pub(super) fn unknown_table(&self, name: &Ident, others: &[&str]) -> Error {
        if self.catalog.view(&name.value).is_some() {
            return Error::name(format!("\"{}\" is a view, not a table", name.value)).at(byte_span(name.span));
        }
        let error = Error::name(format!("no table \"{}\"", name.value)).at(byte_span(name.span));
        let names = self.catalog.table_names();
        let known = names.iter().map(String::as_str).chain(others.iter().copied());
        match suggest::nearest(&name.value, known) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error,
        }
    }

    /// A common table expression is bound anew each time it is read, so that its columns are new.
    fn bind_common_table(
        &mut self,
        with: &With<'_>,
        position: usize,
        alias: Option<&ast::TableAlias>,
    ) -> Result<(Plan, Scope)> {
        with.used[position].set(true);
        let member = &with.members[position];
        let bound = self.bind_member(with, position)?;
        let (plan, mut scope) = self.relation(bound, Some(&member.alias.name.value), Some(&member.alias))?;
        if let Some(alias) = alias {
            scope = renamed(scope, alias)?;
        }
        Ok((plan, scope))
    }

    /// The query of a member of WITH, which sees the members before it.
    pub(super) fn bind_member(&mut self, with: &With<'_>, position: usize) -> Result<Bound> {
        let before = With { visible: position, itself: None, ..*with };
        if with.recursive {
            return self.bind_recursive_member(&before, &with.members[position]);
        }
        let environment = Environment { with: Some(&before), outer: with.environment.outer };
        self.bind_query(&with.members[position].query, environment)
    }

    /// Where a string first stands in the statement: the grammar forgets the place of a string in FROM.
    fn quoted_span(&self, string: &str) -> Span {
        let quoted = format!("'{}'", string.replace('\'', "''"));
        let byte = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let place = |start: usize| Span::new(byte(start), byte(start + quoted.len()));
        self.text.find(&quoted).map_or(Span::NONE, place)
    }

    fn file(&mut self, path: &str, alias: Option<&ast::TableAlias>, span: Span) -> Result<(Plan, Scope)> {
        let table = self.catalog.file(path).map_err(|error| error.at(span).at(self.quoted_span(path)))?;
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let stem = file.split('.').next().unwrap_or(file);
        self.scan(table, stem, alias)
    }

    pub(super) fn scan(
        &mut self,
        table: Arc<dyn Table>,
        name: &str,
        alias: Option<&ast::TableAlias>,
    ) -> Result<(Plan, Scope)> {
        let mut scope = Scope::of_relation(name.to_string());
        let mut columns = Vec::with_capacity(table.columns().len());
        for (position, column) in table.columns().iter().enumerate() {
            let id = self.columns.add(column.name.as_str(), column.data_type.clone(), column.nullable);
            columns.push((id, position));
            scope.add_column(id, None);
        }
        if let Some(alias) = alias {
            scope = renamed(scope, alias)?;
        }
        Ok((Plan::Scan { table, columns }, scope))
    }

    /// A query's result as a member of FROM.
    pub(super) fn relation(
        &mut self,
        bound: Bound,
        name: Option<&str>,
        alias: Option<&ast::TableAlias>,
    ) -> Result<(Plan, Scope)> {
        let mut scope = Scope::of_relation(name.unwrap_or("").to_string());
        for column in bound.output {
            scope.add_column(column.column, Some(column.name));
        }
        if let Some(alias) = alias {
            scope = renamed(scope, alias)?;
        }
        Ok((bound.plan, scope))
    }
}

/// The scope of one relation under an alias: `AS name (columns…)`.
fn renamed(mut scope: Scope, alias: &ast::TableAlias) -> Result<Scope> {
    let span = byte_span(alias.span());
    if alias.at.is_some() || alias.columns.iter().any(|column| column.data_type.is_some()) {
        return Err(unsupported("this form of alias is", span));
    }
    let width = scope.ids().count();
    if alias.columns.len() > width {
        let names = alias.columns.len();
        let message = format!("\"{}\" has fewer columns ({width}) than names ({names})", alias.name.value);
        return Err(Error::name(message).at(span));
    }
    scope.rename_relation(alias.name.value.clone());
    scope.rename(alias.columns.iter().map(|column| column.name.value.clone()));
    Ok(scope)
}
