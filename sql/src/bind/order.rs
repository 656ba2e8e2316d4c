//! ORDER BY, LIMIT and OFFSET.

use rowmill_vm::functions::cast;
use rowmill_vm::program::{NullOrder, Order};
use rowmill_vm::{DataType, Error, Result, Span, Value};
use sqlparser::ast::{self, LimitClause, OrderByKind, OrderByOptions, OrderBySort, Spanned};

use super::environment::Environment;
use super::expression::{ExpressionBinder, Surroundings};
use super::scope::Scope;
use super::subquery::join_all;
use super::{Binder, Bound, unsupported};
use crate::catalog::DefaultNulls;
use crate::generate;
use crate::parse::byte_span;
use crate::plan::visit::{is_volatile, same};
use crate::plan::{ColumnId, Expr, ExprKind, Plan, SortColumn};

/// What one key of ORDER BY means.
pub(super) enum OrderKey<'q> {
    /// A column of the result, by position from 0.
    Output(usize),
    /// An expression.
    Expr(&'q ast::Expr),
}

/// A key of ORDER BY with its direction.
pub(super) struct OrderItem<'q> {
    pub(super) key: OrderKey<'q>,
    pub(super) order: Order,
    pub(super) nulls: NullOrder,
}

/// The keys of an ORDER BY: `names` are those of the result's columns, which ordinals and plain names mean first.
pub(super) fn order_items<'q>(
    order_by: &'q ast::OrderBy,
    names: &[&str],
    nulls: DefaultNulls,
) -> Result<Vec<OrderItem<'q>>> {
    if order_by.interpolate.is_some() {
        return Err(unsupported("INTERPOLATE is", byte_span(order_by.span())));
    }
    let exprs = match &order_by.kind {
        OrderByKind::Expressions(exprs) => exprs,
        OrderByKind::All(options) => {
            let (order, nulls) = direction(options, nulls, Span::NONE)?;
            let item = |position| OrderItem { key: OrderKey::Output(position), order, nulls };
            return Ok((0..names.len()).map(item).collect());
        }
    };
    let mut items = Vec::with_capacity(exprs.len());
    for item in exprs {
        let span = byte_span(item.expr.span());
        if item.with_fill.is_some() {
            return Err(unsupported("WITH FILL is", span));
        }
        let (order, nulls) = direction(&item.options, nulls, span)?;
        let key = match ordinal(&item.expr, names.len(), "ORDER BY")? {
            Some(position) => OrderKey::Output(position),
            None => named(&item.expr, names).map_or(OrderKey::Expr(&item.expr), OrderKey::Output),
        };
        items.push(OrderItem { key, order, nulls });
    }
    Ok(items)
}

/// The only column of the result that a plain name means.
fn named(expr: &ast::Expr, names: &[&str]) -> Option<usize> {
    let ast::Expr::Identifier(ident) = expr else { return None };
    let mut found = names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(&ident.value));
    match (found.next(), found.next()) {
        (Some((position, _)), None) => Some(position),
        _ => None,
    }
}

/// The position from 0 that a number in ORDER BY or GROUP BY means.
pub(super) fn ordinal(expr: &ast::Expr, width: usize, clause: &str) -> Result<Option<usize>> {
    let ast::Expr::Value(value) = expr else { return Ok(None) };
    let ast::Value::Number(text, _) = &value.value else { return Ok(None) };
    match text.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|position| *position < width) {
        Some(position) => Ok(Some(position)),
        None => {
            let message = format!("{clause} {text}: the result's columns are 1 to {width}");
            Err(Error::name(message).at(byte_span(value.span)))
        }
    }
}

/// Which way a key sorts, and where its NULLs go.
pub(super) fn direction(options: &OrderByOptions, nulls: DefaultNulls, span: Span) -> Result<(Order, NullOrder)> {
    let order = match options.sort {
        None | Some(OrderBySort::Asc) => Order::Ascending,
        Some(OrderBySort::Desc) => Order::Descending,
        Some(OrderBySort::Using(_)) => return Err(unsupported("ORDER BY … USING is", span)),
    };
    let nulls = match options.nulls_first {
        Some(true) => NullOrder::First,
        Some(false) => NullOrder::Last,
        None => nulls.of(order),
    };
    Ok((order, nulls))
}

/// Sorts rows, if there is anything to sort by.
pub(super) fn sort(plan: Plan, keys: Vec<SortColumn>) -> Plan {
    if keys.is_empty() { plan } else { Plan::Sort { input: Box::new(plan), keys, limit: None } }
}

impl Binder<'_> {
    /// ORDER BY over the columns of a result, as behind VALUES and set operations.
    pub(super) fn order_result(
        &mut self,
        bound: Bound,
        order_by: Option<&ast::OrderBy>,
        environment: Environment<'_>,
    ) -> Result<Bound> {
        let Some(order_by) = order_by else { return Ok(bound) };
        let Bound { plan, output } = bound;
        let names: Vec<&str> = output.iter().map(|column| column.name.as_str()).collect();
        let mut scope = Scope::of_relation(String::new());
        for column in &output {
            scope.add_column(column.column, Some(column.name.clone()));
        }
        let mut keys = Vec::new();
        let mut computed: Vec<(ColumnId, Expr)> = Vec::new();
        let mut joins = Vec::new();
        for item in order_items(order_by, &names, self.catalog.default_nulls())? {
            let column = match item.key {
                OrderKey::Output(position) => output[position].column,
                OrderKey::Expr(expr) => {
                    let surroundings = Surroundings { scope: &scope, environment, aliases: &[], clause: "ORDER BY" };
                    let mut binder = ExpressionBinder::new(self, surroundings);
                    let bound = binder.bind(expr)?;
                    joins.append(&mut binder.joins);
                    match self.sort_column(bound, &mut computed, environment) {
                        Some(column) => column,
                        None => continue,
                    }
                }
            };
            keys.push(SortColumn { column, order: item.order, nulls: item.nulls });
        }
        let mut plan = join_all(plan, joins);
        if !computed.is_empty() {
            let mut items = self.pass_through(&plan);
            items.extend(computed);
            plan = Plan::Project { input: Box::new(plan), items };
        }
        Ok(Bound { plan: sort(plan, keys), output })
    }

    /// The column that holds a key of ORDER BY, computed if need be; none for a constant, which sorts nothing.
    pub(super) fn sort_column(
        &mut self,
        key: Expr,
        computed: &mut Vec<(ColumnId, Expr)>,
        environment: Environment<'_>,
    ) -> Option<ColumnId> {
        if let ExprKind::Column(id) = key.kind {
            // A column of a query around this one is the same for all rows.
            return Some(id).filter(|id| !environment.is_outer(*id));
        }
        if matches!(key.kind, ExprKind::Literal(_) | ExprKind::Parameter(_)) {
            return None;
        }
        if let Some((id, _)) = computed.iter().find(|(_, known)| same(known, &key)) {
            return Some(*id);
        }
        let id = self.columns.add("order", key.data_type.clone(), key.nullable);
        computed.push((id, key));
        Some(id)
    }

    /// LIMIT, OFFSET and FETCH.
    pub(super) fn bind_limit(&mut self, plan: Plan, query: &ast::Query) -> Result<Plan> {
        let (limit, offset) = match &query.limit_clause {
            None => (None, None),
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
                if let Some(by) = limit_by.first() {
                    return Err(unsupported("LIMIT BY is", byte_span(by.span())));
                }
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
        };
        let fetch = match &query.fetch {
            None => None,
            Some(fetch) if fetch.with_ties || fetch.percent => {
                return Err(unsupported("FETCH WITH TIES and PERCENT are", Span::NONE));
            }
            Some(fetch) => Some(match &fetch.quantity {
                Some(quantity) => self.bind_count(quantity, "FETCH")?,
                None => Some(1),
            }),
        };
        let limit = match limit {
            Some(limit) => self.bind_count(limit, "LIMIT")?,
            None => fetch.flatten(),
        };
        let offset = match offset {
            Some(offset) => self.bind_count(offset, "OFFSET")?.unwrap_or(0),
            None => 0,
        };
        if limit.is_none() && offset == 0 {
            return Ok(plan);
        }
        Ok(Plan::Limit { input: Box::new(plan), offset, limit })
    }

    /// A number of rows: computed now, of constants and of parameters, on whose values the plan then depends. NULL is none.
    fn bind_count(&mut self, expr: &ast::Expr, clause: &'static str) -> Result<Option<u64>> {
        let surroundings =
            Surroundings { scope: &Scope::default(), environment: Environment::default(), aliases: &[], clause };
        let mut binder = ExpressionBinder::new(self, surroundings);
        let mut bound = binder.bind(expr)?;
        let span = bound.span;
        if !binder.joins.is_empty() || is_volatile(&bound) {
            let what = if binder.joins.is_empty() { "random number" } else { "subquery" };
            return Err(unsupported(format!("{clause} of a {what} is"), span));
        }
        self.fill_in_values(&mut bound);
        let value = match bound.kind {
            ExprKind::Literal(value) => value,
            _ => generate::evaluate(&bound, &[]).map_err(|error| error.at(span))?,
        };
        if value.is_null() {
            return Ok(None);
        }
        let count = cast::cast_value(&value, &bound.data_type, &DataType::BigInt).map_err(|error| error.at(span))?;
        match count {
            Value::Integer(count) => match u64::try_from(count) {
                Ok(count) => Ok(Some(count)),
                Err(_) => Err(Error::runtime(format!("{clause} {count} is negative")).at(span)),
            },
            _ => Err(Error::internal(format!("{clause} is no number")).at(span)),
        }
    }

    /// Puts the values of parameters in their places.
    fn fill_in_values(&mut self, expr: &mut Expr) {
        if let ExprKind::Parameter(number) = expr.kind {
            self.parameter_values = true;
            expr.kind = ExprKind::Literal(self.parameters[usize::from(number)].value.clone());
        }
        expr.for_each_child_mut(&mut |child| self.fill_in_values(child));
    }
}
