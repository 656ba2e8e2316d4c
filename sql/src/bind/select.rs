//! SELECT: rows of FROM, filtered, grouped, computed, made distinct and sorted, in this order.

use std::cell::RefCell;

use rowmill_vm::program::JoinKind;
use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::{self, BinaryOperator, Distinct, GroupByExpr, SelectItem, Spanned};

use super::aggregate::Aggregates;
use super::environment::Environment;
use super::expression::{Alias, ExpressionBinder, Surroundings};
use super::group::Grouped;
use super::join::conjuncts;
use super::order::{OrderItem, OrderKey, order_items, ordinal, sort};
use super::scope::{Name, Scope};
use super::subquery::{PendingJoin, join_all};
use super::window::{Window, Windows};
use super::{Binder, Bound, unsupported};
use crate::parse::byte_span;
use crate::plan::visit::{for_each_column, same};
use crate::plan::{ColumnId, Expr, ExprKind, OutputColumn, Plan, SortColumn};

/// A column of the result, before it is bound.
struct Item<'q> {
    name: String,
    source: Source<'q>,
    /// How many aliases stand before it, which it can use.
    aliases: usize,
}

enum Source<'q> {
    /// From `*`.
    Column(ColumnId, Span),
    Expr(&'q ast::Expr),
}

/// A SELECT while it is bound.
struct Parts<'q> {
    items: Vec<Item<'q>>,
    aliases: Vec<Alias<'q>>,
    order: Vec<OrderItem<'q>>,
}

/// What is computed above FROM and WHERE.
#[derive(Default)]
struct Computed {
    items: Vec<Expr>,
    having: Vec<Expr>,
    /// Those keys of ORDER BY that are expressions.
    order: Vec<Expr>,
    joins: Vec<PendingJoin>,
    aggregates: Aggregates,
    windows: Vec<Window>,
    /// QUALIFY.
    qualify: Vec<Expr>,
}

/// Expressions, each with the name of its column.
type NamedExprs = Vec<(String, Expr)>;

/// Columns that a projection computes.
type Items = Vec<(ColumnId, Expr)>;

impl Binder<'_> {
    /// A SELECT, with the ORDER BY behind it, which may use what the result does not show.
    pub(super) fn bind_select(
        &mut self,
        select: &ast::Select,
        order_by: Option<&ast::OrderBy>,
        environment: Environment<'_>,
    ) -> Result<Bound> {
        refuse_clauses(select)?;
        let (plan, scope) = self.bind_from(&select.from, environment)?;
        let (items, aliases) = self.items(&select.projection, &scope)?;
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let order = order_by.map_or(Ok(Vec::new()), |by| order_items(by, &names, self.catalog.default_nulls()))?;
        let parts = Parts { items, aliases, order };
        let surroundings = Surroundings { scope: &scope, environment, aliases: &parts.aliases, clause: "WHERE" };
        let plan = match &select.selection {
            Some(condition) => self.bind_where(plan, condition, surroundings)?,
            None => plan,
        };
        let mut computed = self.compute(select, &parts, surroundings)?;
        let (keys, below) = self.group_keys(select, &parts, &computed, surroundings)?;
        let is_grouped = !keys.is_empty()
            || !computed.aggregates.calls.is_empty()
            || select.having.is_some()
            || has_group_by(select);
        let plan = if is_grouped { self.group(plan, keys, below, &mut computed, &scope)? } else { plan };
        let Computed { items, having, order, joins, windows, qualify, .. } = computed;
        let (above, joins): (Vec<_>, Vec<_>) = joins.into_iter().partition(|join| join.reads(&windows));
        let plan = filter(join_all(plan, joins), having);
        let plan = windows.into_iter().fold(plan, |plan, window| window.over(plan));
        let plan = filter(join_all(plan, above), qualify);
        self.project(plan, &parts, (items, order), is_distinct(select)?, environment)
    }

    /// WHERE, condition by condition. IN and EXISTS that decide by themselves become joins that keep rows.
    pub(super) fn bind_where(
        &mut self,
        plan: Plan,
        condition: &ast::Expr,
        surroundings: Surroundings<'_>,
    ) -> Result<Plan> {
        let mut plan = plan;
        let mut predicates: Vec<Expr> = Vec::new();
        for conjunct in and_operands(condition) {
            let mut binder = ExpressionBinder::new(self, surroundings);
            let join = match conjunct {
                ast::Expr::InSubquery { expr, subquery, negated: false } => {
                    Some(binder.in_join(expr, subquery, JoinKind::Semi)?)
                }
                ast::Expr::Exists { subquery, negated } => {
                    let kind = if *negated { JoinKind::Anti } else { JoinKind::Semi };
                    Some(binder.exists_join(subquery, kind)?)
                }
                _ => None,
            };
            let predicate = if join.is_none() { Some(binder.bind_boolean(conjunct)?) } else { None };
            let mut joins = binder.joins;
            joins.extend(join);
            if !joins.is_empty() {
                plan = join_all(filter(plan, std::mem::take(&mut predicates)), joins);
            }
            predicates.extend(predicate.into_iter().flat_map(conjuncts));
        }
        Ok(filter(plan, predicates))
    }

    /// The columns of the result, `*` expanded, and the aliases among them.
    fn items<'q>(&self, projection: &'q [SelectItem], scope: &Scope) -> Result<(Vec<Item<'q>>, Vec<Alias<'q>>)> {
        let mut items = Vec::with_capacity(projection.len());
        let mut aliases = Vec::new();
        let everything = projection.is_empty();
        for item in projection {
            let before = aliases.len();
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    items.push(Item { name: self.item_name(expr, scope), source: Source::Expr(expr), aliases: before });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push(Item { name: alias.value.clone(), source: Source::Expr(expr), aliases: before });
                    aliases.push(Alias { name: &alias.value, expr });
                }
                SelectItem::Wildcard(options) => self.expand(scope.columns().collect(), scope, options, &mut items)?,
                SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                    let columns = match name.0.last().and_then(ast::ObjectNamePart::as_ident) {
                        Some(relation) => scope.columns_of(relation)?,
                        None => return Err(unsupported("this form of * is", byte_span(name.span()))),
                    };
                    self.expand(columns, scope, options, &mut items)?;
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::ExprWithAliases { .. } => {
                    return Err(unsupported("this form of select item is", byte_span(item.span())));
                }
            }
        }
        if everything {
            self.expand(scope.columns().collect(), scope, &ast::WildcardAdditionalOptions::default(), &mut items)?;
        }
        Ok((items, aliases))
    }

    /// A list of select items without aggregates, each with its name, and what the subqueries in them have become.
    pub(super) fn bind_items(
        &mut self,
        projection: &[SelectItem],
        surroundings: Surroundings<'_>,
    ) -> Result<(NamedExprs, Vec<PendingJoin>)> {
        let (items, _) = self.items(projection, surroundings.scope)?;
        let mut binder = ExpressionBinder::new(self, surroundings);
        let mut bound = Vec::with_capacity(items.len());
        for item in items {
            let expr = match item.source {
                Source::Column(id, span) => binder.binder.column(id, span),
                Source::Expr(expr) => binder.bind(expr)?,
            };
            bound.push((item.name, expr));
        }
        Ok((bound, binder.joins))
    }

    fn expand(
        &self,
        columns: Vec<&super::scope::ScopeColumn>,
        scope: &Scope,
        options: &ast::WildcardAdditionalOptions,
        items: &mut Vec<Item<'_>>,
    ) -> Result<()> {
        let span = byte_span(options.wildcard_token.0.span);
        if options.opt_ilike.is_some()
            || options.opt_except.is_some()
            || options.opt_replace.is_some()
            || options.opt_rename.is_some()
            || options.opt_alias.is_some()
        {
            return Err(unsupported("this clause behind * is", span));
        }
        if scope.is_empty() {
            return Err(Error::name("* needs a FROM").at(span));
        }
        let excluded: &[ast::ObjectName] = match &options.opt_exclude {
            None => &[],
            Some(ast::ExcludeSelectItem::Single(name)) => std::slice::from_ref(name),
            Some(ast::ExcludeSelectItem::Multiple(names)) => names,
        };
        let is_called = |name: &ast::ObjectName, column: &str| {
            name.0.last().and_then(ast::ObjectNamePart::as_ident).is_some_and(|i| i.value.eq_ignore_ascii_case(column))
        };
        for name in excluded {
            if !columns.iter().any(|column| is_called(name, column.name(&self.columns))) {
                return Err(Error::name(format!("no column \"{name}\" to exclude")).at(byte_span(name.span())));
            }
        }
        for column in columns {
            let name = column.name(&self.columns);
            if !excluded.iter().any(|excluded| is_called(excluded, name)) {
                items.push(Item { name: name.to_string(), source: Source::Column(column.id, span), aliases: 0 });
            }
        }
        Ok(())
    }

    /// What a select item without an alias is called: a column by its name, anything else by its text.
    fn item_name(&self, expr: &ast::Expr, scope: &Scope) -> String {
        let name = match expr {
            ast::Expr::Identifier(column) => Name { relation: None, column },
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., relation, column] => Name { relation: Some(relation), column },
                _ => return self.text_of(expr),
            },
            ast::Expr::Nested(inner) => return self.item_name(inner, scope),
            _ => return self.text_of(expr),
        };
        match scope.find(&self.columns, name) {
            Ok(Some(found)) => found.name(&self.columns).to_string(),
            Ok(None) | Err(_) => name.column.value.clone(),
        }
    }

    /// An expression as it is written, normalised.
    fn text_of(&self, expr: &ast::Expr) -> String {
        expr.to_string()
    }

    /// Binds select list, HAVING and ORDER BY, aggregates taken out.
    fn compute(&mut self, select: &ast::Select, parts: &Parts<'_>, surroundings: Surroundings<'_>) -> Result<Computed> {
        let aggregates = RefCell::default();
        let mut windows = Windows::default();
        let mut computed = Computed { items: Vec::with_capacity(parts.items.len()), ..Computed::default() };
        let mut binder = ExpressionBinder {
            binder: self,
            surroundings: Surroundings { clause: "SELECT", ..surroundings },
            joins: Vec::new(),
            aggregates: Some(&aggregates),
            windows: Some(&mut windows),
            named_windows: &select.named_window,
        };
        for item in &parts.items {
            computed.items.push(match item.source {
                Source::Column(id, span) => binder.binder.column(id, span),
                Source::Expr(expr) => {
                    binder.surroundings.aliases = &parts.aliases[..item.aliases];
                    binder.bind(expr)?
                }
            });
        }
        binder.surroundings.aliases = &parts.aliases;
        if let Some(having) = &select.having {
            binder.surroundings.clause = "HAVING";
            let windows = binder.windows.take();
            computed.having = conjuncts(binder.bind_boolean(having)?);
            binder.windows = windows;
        }
        if let Some(qualify) = &select.qualify {
            binder.surroundings.clause = "QUALIFY";
            computed.qualify = conjuncts(binder.bind_boolean(qualify)?);
        }
        binder.surroundings.clause = "ORDER BY";
        for item in &parts.order {
            if let OrderKey::Expr(expr) = item.key {
                computed.order.push(binder.bind(expr)?);
            }
        }
        computed.joins = binder.joins;
        computed.aggregates = aggregates.into_inner();
        computed.windows = windows.windows;
        Ok(computed)
    }

    /// The keys of GROUP BY, each once, with what the subqueries in them have become.
    fn group_keys(
        &mut self,
        select: &ast::Select,
        parts: &Parts<'_>,
        computed: &Computed,
        surroundings: Surroundings<'_>,
    ) -> Result<(Items, Vec<PendingJoin>)> {
        let mut keys: Vec<(String, Expr)> = Vec::new();
        let mut joins = Vec::new();
        match &select.group_by {
            GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty() => {
                return Err(unsupported("GROUP BY WITH … is", byte_span(select.group_by.span())));
            }
            GroupByExpr::All(_) => {
                let results: Vec<ColumnId> = computed.aggregates.calls.iter().map(|(id, _)| *id).collect();
                for (item, expr) in parts.items.iter().zip(&computed.items) {
                    let (mut over_from, mut over_aggregate) = (false, false);
                    for_each_column(expr, &mut |id| {
                        over_from |= surroundings.scope.contains(id);
                        over_aggregate |= results.contains(&id);
                    });
                    if over_from && !over_aggregate {
                        keys.push((item.name.clone(), self.copy(expr)?));
                    }
                }
            }
            GroupByExpr::Expressions(exprs, _) => {
                for expr in exprs {
                    let (name, key) = self.group_key(expr, parts, surroundings, &mut joins)?;
                    keys.push((name, key));
                }
            }
        }
        let mut unique: Vec<(ColumnId, Expr)> = Vec::with_capacity(keys.len());
        for (name, key) in keys {
            if unique.iter().any(|(_, known)| same(known, &key)) {
                continue;
            }
            let id = match key.kind {
                ExprKind::Column(id) if !surroundings.environment.is_outer(id) => id,
                _ => self.columns.add(name, key.data_type.clone(), key.nullable),
            };
            unique.push((id, key));
        }
        Ok((unique, joins))
    }

    /// One key of GROUP BY and its name: an expression, or the number or alias of a select item.
    fn group_key(
        &mut self,
        expr: &ast::Expr,
        parts: &Parts<'_>,
        surroundings: Surroundings<'_>,
        joins: &mut Vec<PendingJoin>,
    ) -> Result<(String, Expr)> {
        let surroundings = Surroundings { clause: "GROUP BY", ..surroundings };
        let (expr, surroundings) = match ordinal(expr, parts.items.len(), "GROUP BY")? {
            None => (expr, surroundings),
            Some(position) => match &parts.items[position] {
                Item { name, source: Source::Column(id, span), .. } => {
                    return Ok((name.clone(), self.column(*id, *span)));
                }
                Item { source: Source::Expr(expr), aliases, .. } => {
                    (*expr, Surroundings { aliases: &parts.aliases[..*aliases], ..surroundings })
                }
            },
        };
        if let ast::Expr::Tuple(_) | ast::Expr::GroupingSets(_) | ast::Expr::Cube(_) | ast::Expr::Rollup(_) = expr {
            return Err(unsupported("GROUPING SETS, CUBE and ROLLUP are", byte_span(expr.span())));
        }
        let mut binder = ExpressionBinder::new(self, surroundings);
        let key = binder.bind(expr)?;
        joins.append(&mut binder.joins);
        Ok((self.text_of(expr), key))
    }

    /// Puts an aggregation above `plan` and makes everything computed read its keys and results.
    fn group(
        &mut self,
        plan: Plan,
        keys: Vec<(ColumnId, Expr)>,
        mut below: Vec<PendingJoin>,
        computed: &mut Computed,
        scope: &Scope,
    ) -> Result<Plan> {
        let grouped = Grouped { keys: &keys, scope, columns: &self.columns };
        for join in &mut computed.joins {
            join.for_each_expr_mut(&mut |expr| grouped.rewrite(expr))?;
        }
        let filters = computed.having.iter_mut().chain(&mut computed.qualify);
        for expr in computed.items.iter_mut().chain(filters).chain(&mut computed.order) {
            grouped.rewrite(expr)?;
        }
        computed.windows.iter_mut().try_for_each(|window| window.for_each_expr_mut(|expr| grouped.rewrite(expr)))?;
        let aggregates = std::mem::take(&mut computed.aggregates);
        below.extend(aggregates.joins);
        Ok(Plan::Aggregate { input: Box::new(join_all(plan, below)), keys, calls: aggregates.calls })
    }

    /// The select list, DISTINCT and ORDER BY.
    fn project(
        &mut self,
        plan: Plan,
        parts: &Parts<'_>,
        (items, order): (Vec<Expr>, Vec<Expr>),
        distinct: bool,
        environment: Environment<'_>,
    ) -> Result<Bound> {
        let mut projected: Vec<(ColumnId, Expr)> = Vec::with_capacity(items.len());
        let mut computed = false;
        let mut output = Vec::with_capacity(items.len());
        for (item, expr) in parts.items.iter().zip(items) {
            let id = match expr.kind {
                ExprKind::Column(id) if !environment.is_outer(id) => id,
                _ => {
                    computed = true;
                    self.columns.add(item.name.as_str(), expr.data_type.clone(), expr.nullable)
                }
            };
            if projected.iter().all(|(known, _)| *known != id) {
                projected.push((id, expr));
            }
            output.push(OutputColumn { name: item.name.clone(), column: id });
        }
        let visible = projected.len();
        let keys = self.sort_keys(parts, order, &output, &mut projected, environment)?;
        if distinct && let Some((_, key)) = projected.get(visible) {
            return Err(Error::types("ORDER BY of SELECT DISTINCT must be in the select list").at(key.span));
        }
        computed |= projected[visible..].iter().any(|(_, expr)| !matches!(expr.kind, ExprKind::Column(_)));
        let plan = if computed { Plan::Project { input: Box::new(plan), items: projected } } else { plan };
        let plan = if distinct { self.distinct(plan, &output) } else { plan };
        Ok(Bound { plan: sort(plan, keys), output })
    }

    /// The keys to sort by; what the result does not show is added to `projected`.
    fn sort_keys(
        &mut self,
        parts: &Parts<'_>,
        order: Vec<Expr>,
        output: &[OutputColumn],
        projected: &mut Vec<(ColumnId, Expr)>,
        environment: Environment<'_>,
    ) -> Result<Vec<SortColumn>> {
        let mut keys = Vec::with_capacity(parts.order.len());
        let mut order = order.into_iter();
        for item in &parts.order {
            let column = match item.key {
                OrderKey::Output(position) => Some(output[position].column),
                OrderKey::Expr(_) => {
                    let key = order.next().ok_or_else(|| Error::internal("a key of ORDER BY is lost"))?;
                    let column = self.sort_column(key.clone(), projected, environment);
                    if let Some(id) = column
                        && projected.iter().all(|(known, _)| *known != id)
                    {
                        projected.push((id, key));
                    }
                    column
                }
            };
            keys.extend(column.map(|column| SortColumn { column, order: item.order, nulls: item.nulls }));
        }
        Ok(keys)
    }
}

fn filter(plan: Plan, predicates: Vec<Expr>) -> Plan {
    if predicates.is_empty() { plan } else { Plan::Filter { input: Box::new(plan), predicates } }
}

/// The operands of a chain of ANDs, from left to right.
fn and_operands(condition: &ast::Expr) -> Vec<&ast::Expr> {
    let mut operands = Vec::new();
    let mut rest = condition;
    loop {
        match rest {
            ast::Expr::Nested(inner) => rest = inner,
            ast::Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                operands.push(right.as_ref());
                rest = left;
            }
            _ => break,
        }
    }
    operands.push(rest);
    operands.reverse();
    operands
}

fn has_group_by(select: &ast::Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
    }
}

fn is_distinct(select: &ast::Select) -> Result<bool> {
    match &select.distinct {
        None | Some(Distinct::All) => Ok(false),
        Some(Distinct::Distinct) => Ok(true),
        Some(Distinct::On(exprs)) => {
            let span = exprs.first().map_or(Span::NONE, |expr| byte_span(expr.span()));
            Err(unsupported("DISTINCT ON is", span))
        }
    }
}

/// Clauses that are known and not there yet.
fn refuse_clauses(select: &ast::Select) -> Result<()> {
    let span = byte_span(select.select_token.0.span);
    let refused = [
        (select.top.is_some(), "TOP is"),
        (select.exclude.is_some(), "EXCLUDE behind the select list is"),
        (select.into.is_some(), "SELECT INTO is"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW is"),
        (select.prewhere.is_some(), "PREWHERE is"),
        (!select.connect_by.is_empty(), "CONNECT BY is"),
        (!select.cluster_by.is_empty() || !select.distribute_by.is_empty(), "CLUSTER BY is"),
        (!select.sort_by.is_empty(), "SORT BY is"),
        (select.value_table_mode.is_some() || select.select_modifiers.is_some(), "this form of SELECT is"),
    ];
    match refused.into_iter().find(|(there, _)| *there) {
        Some((_, what)) => Err(unsupported(what, span)),
        None => Ok(()),
    }
}
