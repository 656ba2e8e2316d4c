//! Statements around queries: EXPLAIN, DROP, SET, RESET.

use rowmill_vm::{Error, Result, Span, Value};
use sqlparser::ast::{self, DescribeAlias, ObjectType, SetExpr, Spanned};

use super::environment::Environment;
use super::literal::{self, Sign};
use super::{Binder, unsupported};
use crate::parse::byte_span;
use crate::plan::{Explain, ExplainFormat, ExplainKind, Explained, ExprKind, Query, RelationKind, Setting, Statement};

/// What EXPLAIN (…) can show, by the word in parentheses.
const EXPLAINED: &[(&str, ExplainKind)] =
    &[("rules", ExplainKind::Rules), ("verify", ExplainKind::Verify), ("asm", ExplainKind::Asm)];

/// What an EXPLAIN asks for.
struct Options {
    kind: ExplainKind,
    format: ExplainFormat,
}

impl Options {
    /// Those in parentheses, and the words outside of them.
    fn of(options: &[ast::UtilityOption], mut plan: bool, mut analyze: bool) -> Result<Options> {
        let (mut kind, mut format) = (None, ExplainFormat::Rows);
        for option in options {
            let ast::UtilityOption { name, arg } = option;
            let is = |word: &str| name.value.eq_ignore_ascii_case(word);
            let unknown = || {
                let known = EXPLAINED.iter().map(|(name, _)| name.to_uppercase()).collect::<Vec<_>>().join(", ");
                let hint = format!("there are ANALYZE, PLAN, {known}, FORMAT JSON and FORMAT TEXT");
                unsupported("this option of EXPLAIN is", byte_span(name.span)).with_hint(hint)
            };
            match arg {
                Some(ast::Expr::Identifier(value)) if is("format") => {
                    format = match value.value.to_ascii_lowercase().as_str() {
                        "json" => ExplainFormat::Json,
                        "text" => ExplainFormat::Rows,
                        _ => return Err(unknown()),
                    };
                }
                None if is("analyze") => analyze = true,
                None if is("plan") => plan = true,
                None => {
                    let found = EXPLAINED.iter().find(|(known, _)| is(known)).ok_or_else(unknown)?;
                    if kind.replace(found.1).is_some() {
                        let message = "EXPLAIN shows one of these at a time";
                        return Err(Error::types(message).at(byte_span(name.span)));
                    }
                }
                Some(_) => return Err(unknown()),
            }
        }
        let kind = match (kind, plan, analyze) {
            (None, true, true) => ExplainKind::PlanAnalyze,
            (None, true, false) => ExplainKind::Plan,
            (None, false, true) => ExplainKind::Analyze,
            (None, false, false) => ExplainKind::Program,
            (Some(kind), false, false) => kind,
            (Some(_), ..) => {
                let span = options.first().map_or(Span::NONE, |option| byte_span(option.name.span));
                return Err(Error::types("EXPLAIN shows one of these at a time").at(span));
            }
        };
        Ok(Options { kind, format })
    }
}

impl Binder<'_> {
    /// A whole statement.
    pub(super) fn bind_statement(&mut self, statement: &ast::Statement) -> Result<Statement> {
        match statement {
            ast::Statement::Query(query) => match query.body.as_ref() {
                SetExpr::Insert(change) | SetExpr::Update(change) | SetExpr::Delete(change) => {
                    let bind =
                        |binder: &mut Self, environment: Environment<'_>| binder.bind_change(change, environment);
                    self.bind_with(query, Environment::default(), bind)
                }
                _ => Ok(Statement::Query(self.bind_whole_query(query)?)),
            },
            ast::Statement::Explain { describe_alias: DescribeAlias::Explain, .. } => self.bind_explain(statement),
            ast::Statement::Explain { statement, .. } => self.bind_describe_query(statement),
            ast::Statement::ExplainTable { table_name, .. } => self.bind_describe_table(table_name),
            ast::Statement::ShowTables { .. } => self.bind_show_tables(statement),
            ast::Statement::ShowVariable { variable } => self.bind_show(variable),
            ast::Statement::CreateTable(create) => self.bind_create_table(create),
            ast::Statement::CreateView(create) => self.bind_create_view(create),
            ast::Statement::CreateIndex(create) => self.bind_create_index(create),
            ast::Statement::Insert(_) | ast::Statement::Delete(_) | ast::Statement::Update(_) => {
                self.bind_change(statement, Environment::default())
            }
            ast::Statement::Truncate(truncate) => self.bind_truncate(truncate),
            ast::Statement::Drop { object_type, if_exists, names, .. } => {
                self.bind_drop(*object_type, *if_exists, names)
            }
            ast::Statement::Set(set) => self.bind_set(set),
            ast::Statement::Reset(ast::ResetStatement { reset: ast::Reset::ConfigurationParameter(name) }) => {
                Ok(Statement::Reset { name: name.to_string().to_lowercase(), span: byte_span(name.span()) })
            }
            _ => Err(unsupported(format!("{} is", self.first_words()), self.statement_span())),
        }
    }

    fn bind_explain(&mut self, explain: &ast::Statement) -> Result<Statement> {
        let ast::Statement::Explain { analyze, verbose, query_plan, options, statement, .. } = explain else {
            return Err(Error::internal("only asked of EXPLAIN"));
        };
        let span = self.statement_span();
        if *verbose {
            return Err(unsupported("EXPLAIN VERBOSE is", span));
        }
        let options = Options::of(options.as_deref().unwrap_or_default(), *query_plan, *analyze)?;
        let explained = match self.bind_statement(statement)? {
            Statement::Query(query) => Explained::Query(query),
            Statement::Change(change) => Explained::Change(change),
            Statement::InsertRows { table, rows, span } => Explained::Change(self.insert_by_query(table, rows, span)?),
            _ => return Err(unsupported("EXPLAIN of this statement is", span)),
        };
        Ok(Statement::Explain(Explain { kind: options.kind, format: options.format, explained }))
    }

    fn bind_drop(&mut self, object: ObjectType, if_exists: bool, names: &[ast::ObjectName]) -> Result<Statement> {
        let kind = match object {
            ObjectType::Table => RelationKind::Table,
            ObjectType::View => RelationKind::View,
            other => return Err(unsupported(format!("DROP {other} is"), self.statement_span())),
        };
        let mut bound = Vec::with_capacity(names.len());
        for name in names {
            let ident = self.table_name(name)?;
            let (is_table, is_view) =
                (self.catalog.table(&ident.value).is_some(), self.catalog.view(&ident.value).is_some());
            let span = byte_span(ident.span);
            match kind {
                RelationKind::Table if is_view => return Err(self.wrong_kind(ident, "a view", "DROP VIEW")),
                RelationKind::View if is_table => return Err(self.wrong_kind(ident, "a table", "DROP TABLE")),
                RelationKind::Table if !is_table && !if_exists => return Err(self.unknown_table(ident, &[])),
                RelationKind::View if !is_view && !if_exists => {
                    return Err(Error::name(format!("no view \"{}\"", ident.value)).at(span));
                }
                RelationKind::Table | RelationKind::View => {}
            }
            bound.push((ident.value.clone(), span));
        }
        Ok(Statement::Drop { kind, names: bound, if_exists })
    }

    fn wrong_kind(&self, ident: &ast::Ident, is: &str, command: &str) -> Error {
        Error::name(format!("\"{}\" is {is}", ident.value))
            .at(byte_span(ident.span))
            .with_hint(format!("use {command}"))
    }

    /// A query that is a statement of its own.
    pub(super) fn bind_whole_query(&mut self, query: &ast::Query) -> Result<Query> {
        let bound = self.bind_query(query, Environment::default())?;
        Ok(self.finish(bound))
    }

    /// The first words of the statement, as the name of a kind that is not there.
    fn first_words(&self) -> String {
        let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_alphabetic());
        let mut words: Vec<String> =
            self.text.split_whitespace().take_while(is_word).take(2).map(str::to_uppercase).collect();
        if !matches!(words.first().map(String::as_str), Some("CREATE" | "DROP" | "ALTER")) {
            words.truncate(1);
        }
        if words.is_empty() { "this statement".to_string() } else { words.join(" ") }
    }

    /// The place of the statement's first word.
    pub(super) fn statement_span(&self) -> Span {
        let start = self.text.len() - self.text.trim_start().len();
        let length = self.text[start..].find(|c: char| !c.is_alphanumeric()).unwrap_or(self.text.len() - start);
        let byte = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(byte(start), byte(start + length))
    }

    /// SET name = value, SET name TO value.
    fn bind_set(&mut self, set: &ast::Set) -> Result<Statement> {
        let ast::Set::SingleAssignment { variable, values, .. } = set else {
            return Err(unsupported("this form of SET is", self.statement_span()));
        };
        let span = byte_span(variable.span());
        let [value] = values.as_slice() else {
            return Err(unsupported("SET with several values is", span));
        };
        let name = variable.to_string().to_lowercase();
        Ok(Statement::Set(Setting { name, value: self.setting_value(value)?, span }))
    }

    /// A literal; a bare word means itself as a text.
    fn setting_value(&mut self, value: &ast::Expr) -> Result<Value> {
        let span = byte_span(value.span());
        if let ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } = value
            && let ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(text, _), .. }) = expr.as_ref()
        {
            return match literal::number(text, Sign::Minus)?.at(span).kind {
                ExprKind::Literal(value) => Ok(value),
                _ => Err(Error::internal("a number that is no literal")),
            };
        }
        match value {
            ast::Expr::Identifier(word) => Ok(Value::text(&word.value)),
            ast::Expr::Value(value) => match self.bind_value(value)?.kind {
                ExprKind::Literal(value) => Ok(value),
                _ => Err(unsupported("a parameter as the value of a setting is", span)),
            },
            _ => Err(unsupported("an expression as the value of a setting is", span)),
        }
    }
}
