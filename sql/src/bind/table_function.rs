//! Functions in FROM: what is shown of a query, to be queried.

use rowmill_vm::{Error, Result, Value};
use sqlparser::ast::{self, Spanned};

use super::Binder;
use super::environment::Environment;
use super::expression::{ExpressionBinder, Surroundings};
use super::scope::Scope;
use crate::catalog::ListingKind;
use crate::parse::byte_span;
use crate::plan::{ExprKind, Plan};
use crate::suggest;

impl Binder<'_> {
    /// `bytecode('select …')` and the like: rows that are known now.
    pub(super) fn bind_table_function(
        &mut self,
        name: &ast::ObjectName,
        arguments: &ast::TableFunctionArgs,
        alias: Option<&ast::TableAlias>,
    ) -> Result<(Plan, Scope)> {
        let (text, span) = (name.to_string(), byte_span(name.span()));
        let functions = || ListingKind::FUNCTIONS.iter().map(|(name, _)| *name);
        let known = ListingKind::FUNCTIONS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
        let Some((name, kind)) = known else {
            let error = Error::name(format!("there is no table function {text}")).at(span);
            return Err(match suggest::nearest(&text, functions()) {
                Some(near) => error.with_hint(format!("did you mean {near}?")),
                None => error.with_hint(format!("there are {}", functions().collect::<Vec<_>>().join(", "))),
            });
        };
        let wrong = || Error::types(format!("{name} takes one argument, the text of a query")).at(span);
        let [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(query))] = arguments.args.as_slice() else {
            return Err(wrong());
        };
        let surroundings = Surroundings {
            scope: &Scope::default(),
            environment: Environment::default(),
            aliases: &[],
            clause: "arguments of table functions",
        };
        let query = ExpressionBinder::new(self, surroundings).bind(query)?;
        let ExprKind::Literal(Value::Text(text)) = &query.kind else { return Err(wrong().at(query.span)) };
        let listing = self.catalog.listing(*kind, text).map_err(|error| error.moved_to(query.span))?;
        // Rules and tables of the moment are in it.
        self.parameter_values = true;
        let bound = self.known_rows(listing.columns.into_iter(), listing.rows);
        self.relation(bound, Some(name), alias)
    }
}
