//! Views: a query is kept with its name, and bound anew wherever that stands in FROM.

use std::sync::Arc;

use rowmill_vm::{Error, ErrorKind, Result, Span};
use sqlparser::ast;

use super::create::if_exists;
use super::environment::Environment;
use super::{Binder, Bound, unsupported};
use crate::catalog::View;
use crate::limits::VIEW_DEPTH_MAX;
use crate::parse::{self, byte_span};
use crate::plan::Statement;
use crate::plan::visit::respan;

impl Binder<'_> {
    /// CREATE VIEW. The query is bound, for its errors, and forgotten.
    pub(super) fn bind_create_view(&mut self, create: &ast::CreateView) -> Result<Statement> {
        let ident = self.table_name(&create.name)?;
        let (name, span) = (ident.value.clone(), byte_span(ident.span));
        let exists = if_exists(create.or_replace, create.if_not_exists, span)?;
        if create.materialized || create.or_alter || create.secure || create.to.is_some() {
            return Err(unsupported("this form of CREATE VIEW is", span));
        }
        if !self.parameters.is_empty() {
            return Err(Error::types("a view has no parameters").at(span));
        }
        let bound = self.bind_query(&create.query, Environment::default())?;
        let columns: Vec<String> = create.columns.iter().map(|column| column.name.value.clone()).collect();
        if columns.len() > bound.output.len() {
            let (width, names) = (bound.output.len(), columns.len());
            let message = format!("\"{name}\" has fewer columns ({width}) than names ({names})");
            return Err(Error::name(message).at(span));
        }
        let depth = parse::depth(self.text)?;
        let view = View { name, text: self.text.to_string(), columns, query: (*create.query).clone(), depth };
        Ok(Statement::CreateView { view: Arc::new(view), exists, span })
    }

    /// The query of a view that stands at `span`. Places in the view's own text mean nothing here, so all that comes
    /// of it stands there.
    pub(super) fn bind_view(&mut self, view: &View, span: Span) -> Result<Bound> {
        self.view_depth += view.depth + 1;
        if self.view_depth > VIEW_DEPTH_MAX {
            return Err(
                Error::limit(format!("views are nested too deeply: more than {VIEW_DEPTH_MAX} levels")).at(span)
            );
        }
        let bound = self.bind_query(&view.query, Environment::default());
        self.view_depth -= view.depth + 1;
        let mut bound = bound.map_err(|error| {
            let told = error.message().starts_with("in view ") || error.kind() == ErrorKind::Limit;
            let prefix = if told { String::new() } else { format!("in view {}: ", view.name) };
            let inside = Error::new(error.kind(), format!("{prefix}{}", error.message())).at(span);
            error.hint().into_iter().fold(inside, |inside, hint| inside.with_hint(hint))
        })?;
        respan(&mut bound.plan, span);
        for (column, name) in bound.output.iter_mut().zip(&view.columns) {
            column.name.clone_from(name);
        }
        Ok(bound)
    }
}
