//! CREATE TABLE, CREATE TABLE AS, CREATE INDEX.

use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::{self, ColumnOption, Spanned, TableConstraint};

use super::{Binder, unsupported};
use crate::parse::byte_span;
use crate::plan::{ColumnDefinition, IfExists, Statement};

/// What CREATE does where the name is taken.
pub(super) fn if_exists(or_replace: bool, if_not_exists: bool, span: Span) -> Result<IfExists> {
    match (or_replace, if_not_exists) {
        (true, true) => Err(Error::syntax("OR REPLACE and IF NOT EXISTS exclude one another").at(span)),
        (true, false) => Ok(IfExists::Replace),
        (false, true) => Ok(IfExists::Keep),
        (false, false) => Ok(IfExists::Error),
    }
}

impl Binder<'_> {
    /// CREATE TABLE, with columns or AS a query.
    pub(super) fn bind_create_table(&mut self, create: &ast::CreateTable) -> Result<Statement> {
        let ident = self.table_name(&create.name)?;
        let (name, span) = (ident.value.clone(), byte_span(ident.span));
        let exists = if_exists(create.or_replace, create.if_not_exists, span)?;
        if create.like.is_some() || create.clone.is_some() || create.inherits.is_some() || create.external {
            return Err(unsupported("this form of CREATE TABLE is", span));
        }
        if let Some(query) = &create.query {
            if !create.columns.is_empty() {
                return Err(unsupported("CREATE TABLE AS with a list of columns is", span));
            }
            let query = self.bind_whole_query(query)?;
            for (position, column) in query.output.iter().enumerate() {
                let before = query.output[..position].iter();
                if before.into_iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
                    let error = Error::name(format!("the query gives two columns \"{}\"", column.name)).at(span);
                    return Err(error.with_hint("give one of them another name: AS …"));
                }
            }
            return Ok(Statement::CreateTableAs { name, query, exists, span });
        }
        let mut columns: Vec<ColumnDefinition> = Vec::with_capacity(create.columns.len());
        for column in &create.columns {
            let definition = self.column_definition(column)?;
            if columns.iter().any(|other| other.name.eq_ignore_ascii_case(&definition.name)) {
                let message = format!("column \"{}\" stands here twice", definition.name);
                return Err(Error::name(message).at(byte_span(column.name.span)));
            }
            columns.push(definition);
        }
        for constraint in &create.constraints {
            self.table_constraint(constraint, &mut columns)?;
        }
        if columns.is_empty() {
            return Err(Error::syntax("a table needs a column").at(span));
        }
        Ok(Statement::CreateTable { name, columns, exists, span })
    }

    fn column_definition(&self, column: &ast::ColumnDef) -> Result<ColumnDefinition> {
        let span = byte_span(column.name.span);
        let data_type = self.data_type(&column.data_type, span)?;
        let mut not_null = false;
        for option in &column.options {
            match &option.option {
                ColumnOption::Null | ColumnOption::Comment(_) => {}
                ColumnOption::NotNull | ColumnOption::PrimaryKey(_) => not_null = true,
                ColumnOption::Default(_) => return Err(unsupported("DEFAULT is", span)),
                ColumnOption::Unique(_) => return Err(unsupported("UNIQUE is", span)),
                ColumnOption::Check(_) => return Err(unsupported("CHECK is", span)),
                ColumnOption::ForeignKey(_) => return Err(unsupported("REFERENCES is", span)),
                ColumnOption::Generated { .. } => return Err(unsupported("a generated column is", span)),
                ColumnOption::Collation(_) => return Err(unsupported("COLLATE is", span)),
                _ => return Err(unsupported("this column option is", span)),
            }
        }
        Ok(ColumnDefinition { name: column.name.value.clone(), data_type, not_null })
    }

    /// PRIMARY KEY (columns): they cannot be NULL.
    fn table_constraint(&self, constraint: &TableConstraint, columns: &mut [ColumnDefinition]) -> Result<()> {
        let TableConstraint::PrimaryKey(key) = constraint else {
            return Err(unsupported("this table constraint is", byte_span(constraint.span())));
        };
        for column in &key.columns {
            let span = byte_span(column.column.expr.span());
            let ast::Expr::Identifier(name) = &column.column.expr else {
                return Err(unsupported("PRIMARY KEY of an expression is", span));
            };
            match columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(&name.value)) {
                Some(column) => column.not_null = true,
                None => return Err(Error::name(format!("no column \"{}\" in the table", name.value)).at(span)),
            }
        }
        Ok(())
    }

    /// CREATE INDEX is accepted where table and columns are there, and has no effect.
    pub(super) fn bind_create_index(&mut self, create: &ast::CreateIndex) -> Result<Statement> {
        if create.unique {
            return Err(unsupported("CREATE UNIQUE INDEX is", byte_span(create.table_name.span())));
        }
        let ident = self.table_name(&create.table_name)?;
        let Some(table) = self.catalog.table(&ident.value) else {
            return Err(self.unknown_table(ident, &[]));
        };
        for column in &create.columns {
            let ast::Expr::Identifier(name) = &column.column.expr else { continue };
            if !table.columns().iter().any(|column| column.name.eq_ignore_ascii_case(&name.value)) {
                let message = format!("no column \"{}\" in {}", name.value, ident.value);
                return Err(Error::name(message).at(byte_span(name.span)));
            }
        }
        Ok(Statement::Nothing)
    }
}

/// The error for a column that a table does not have.
pub(super) fn unknown_column(name: &str, table: &dyn rowmill_vm::table::Table, span: Span) -> Error {
    let error = Error::name(format!("no column \"{name}\" in {}", table.name())).at(span);
    match crate::suggest::nearest(name, table.columns().iter().map(|column| column.name.as_str())) {
        Some(near) => error.with_hint(format!("did you mean {near}?")),
        None => error,
    }
}
