//! JOIN in all its forms: which rows come out, which equalities can be hashed, and what the names mean above it.

use rowmill_vm::program::JoinKind;
use rowmill_vm::{Error, Result, Span};
use sqlparser::ast::{self, Ident, JoinConstraint, JoinOperator, Spanned};

use super::environment::{Environment, Outer};
use super::expression::{ExpressionBinder, Surroundings, compare};
use super::scope::{Name, Scope};
use super::subquery::{PendingJoin, join_all};
use super::{Binder, unsupported};
use crate::parse::byte_span;
use crate::plan::visit::{ColumnSet, free_columns, take};
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, Plan};

/// Which side of a join keeps all its rows, or decides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inner,
    Left,
    Right,
    Full,
    /// Semi or Anti, with the side that is kept.
    Keep(JoinKind, Side),
}

impl Kind {
    /// The join that it becomes, and whether its right side is the one that is probed with.
    fn join_kind(self) -> (bool, JoinKind) {
        match self {
            Kind::Inner => (false, JoinKind::Inner),
            Kind::Left => (false, JoinKind::Left),
            Kind::Right => (true, JoinKind::Left),
            Kind::Full => (false, JoinKind::Full),
            Kind::Keep(kind, side) => (side == Side::Right, kind),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The rows of both sides in every combination.
pub(super) fn cross(left: (Plan, Scope), right: (Plan, Scope)) -> Result<(Plan, Scope)> {
    let (probe, mut scope) = left;
    let (build, right_scope) = right;
    scope.append(right_scope)?;
    Ok((Plan::join(JoinKind::Inner, probe, build, Vec::new(), Vec::new()), scope))
}

fn kind_of(operator: &JoinOperator, span: Span) -> Result<(Kind, &JoinConstraint)> {
    let (kind, constraint) = match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) | JoinOperator::CrossJoin(constraint) => {
            (Kind::Inner, constraint)
        }
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => (Kind::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => (Kind::Right, constraint),
        JoinOperator::Semi(constraint) | JoinOperator::LeftSemi(constraint) => {
            (Kind::Keep(JoinKind::Semi, Side::Left), constraint)
        }
        JoinOperator::Anti(constraint) | JoinOperator::LeftAnti(constraint) => {
            (Kind::Keep(JoinKind::Anti, Side::Left), constraint)
        }
        JoinOperator::RightSemi(constraint) => (Kind::Keep(JoinKind::Semi, Side::Right), constraint),
        JoinOperator::RightAnti(constraint) => (Kind::Keep(JoinKind::Anti, Side::Right), constraint),
        JoinOperator::FullOuter(constraint) => (Kind::Full, constraint),
        JoinOperator::AsOf { .. } => return Err(unsupported("ASOF JOIN is", span)),
        _ => return Err(unsupported("this kind of join is", span)),
    };
    if matches!(constraint, JoinConstraint::None) && !matches!(operator, JoinOperator::CrossJoin(_)) {
        return Err(Error::syntax("JOIN needs ON or USING").at(span).with_hint("or write CROSS JOIN"));
    }
    Ok((kind, constraint))
}

impl Binder<'_> {
    /// Joins what stands to the left with one more member of FROM.
    pub(super) fn bind_join(
        &mut self,
        left: (Plan, Scope),
        syntax: &ast::Join,
        environment: Environment<'_>,
        siblings: Option<&Outer<'_>>,
    ) -> Result<(Plan, Scope)> {
        let span = byte_span(syntax.relation.span());
        let (kind, constraint) = kind_of(&syntax.join_operator, span)?;
        let (left_plan, left_scope) = left;
        let to_the_left = Outer::sibling(&left_scope, siblings.or(environment.outer));
        let (right_plan, right_scope) = self.bind_table_factor(&syntax.relation, environment, Some(&to_the_left))?;
        let keeps_right = matches!(kind, Kind::Right | Kind::Full | Kind::Keep(_, Side::Right));
        if keeps_right && free_columns(&right_plan).intersects(&ColumnSet::of_output(&left_plan)) {
            let message = "LATERAL cannot read the left side of a join that keeps rows of the right side";
            return Err(Error::types(message).at(span).with_hint("use INNER JOIN or LEFT JOIN"));
        }

        let (left_ids, right_ids): (Vec<_>, Vec<_>) = (left_scope.ids().collect(), right_scope.ids().collect());
        let merged = match constraint {
            JoinConstraint::Using(names) => self.using(names, &left_scope, &right_scope)?,
            JoinConstraint::Natural => self.natural(&left_scope, &right_scope, span)?,
            JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
        };
        let kept_scope = match kind {
            Kind::Keep(_, Side::Left) => Some(left_scope.clone()),
            Kind::Keep(_, Side::Right) => Some(right_scope.clone()),
            Kind::Inner | Kind::Left | Kind::Right | Kind::Full => None,
        };
        let mut scope = left_scope;
        scope.append(right_scope).map_err(|error| error.at(span))?;
        let mut conditions = self.merged_conditions(&merged)?;
        let mut joins = Vec::new();
        if let JoinConstraint::On(condition) = constraint {
            let surroundings = Surroundings { scope: &scope, environment, aliases: &[], clause: "ON" };
            let mut binder = ExpressionBinder::new(self, surroundings);
            let condition = binder.bind_boolean(condition)?;
            joins = binder.joins;
            conditions.extend(conjuncts(condition));
        }
        let filled: &[&[ColumnId]] = match kind {
            Kind::Left => &[&right_ids],
            Kind::Right => &[&left_ids],
            Kind::Full => &[&left_ids, &right_ids],
            Kind::Inner | Kind::Keep(..) => &[],
        };
        filled.iter().copied().flatten().for_each(|id| self.columns.set_nullable(*id));
        if kind != Kind::Full {
            let pair = |(left, right): &(_, _)| if kind == Kind::Right { (*left, *right) } else { (*right, *left) };
            let (dropped, kept): (Vec<_>, Vec<_>) = merged.iter().map(pair).unzip();
            scope.merge(&kept, &dropped);
        }
        let plan = self.join_on(kind, (left_plan, right_plan), conditions, joins)?;
        if kind == Kind::Full {
            return self.coalesced(plan, scope, &merged);
        }
        Ok((plan, kept_scope.unwrap_or(scope)))
    }

    /// A join by conditions, whose subqueries have become `joins`.
    fn join_on(
        &mut self,
        kind: Kind,
        (left, right): (Plan, Plan),
        mut conditions: Vec<Expr>,
        joins: Vec<PendingJoin>,
    ) -> Result<Plan> {
        if !joins.is_empty() && kind == Kind::Inner {
            let pairs = join_all(Plan::join(JoinKind::Inner, left, right, Vec::new(), Vec::new()), joins);
            return Ok(Plan::Filter { input: Box::new(pairs), predicates: conditions });
        }
        let (swapped, join_kind) = kind.join_kind();
        let (mut probe, mut build) = if swapped { (right, left) } else { (left, right) };
        if kind == Kind::Full {
            (probe, build) = self.join_sides((probe, build), joins)?;
        } else if !joins.is_empty() {
            // The build side's rows are chosen for each row of the probe side, as if it stood in LATERAL.
            build =
                Plan::Filter { input: Box::new(join_all(build, joins)), predicates: std::mem::take(&mut conditions) };
            self.correlated |= free_columns(&build).intersects(&ColumnSet::of_output(&probe));
        }
        let (keys, residual) = split(conditions, &probe, &build);
        Ok(Plan::join(join_kind, probe, build, keys, residual))
    }

    /// Puts subqueries in the condition of a full join above the side that they read. What stands above the join cannot
    /// decide which rows have a partner.
    fn join_sides(&mut self, (mut left, mut right): (Plan, Plan), joins: Vec<PendingJoin>) -> Result<(Plan, Plan)> {
        for join in joins {
            let mut read = free_columns(&join.build);
            join.keys.iter().map(|key| &key.probe).chain(&join.guards).for_each(|expr| read.insert_expr(expr));
            let of_left = read.intersects(&ColumnSet::of_output(&left));
            if of_left && read.intersects(&ColumnSet::of_output(&right)) {
                let what = "a subquery that reads both sides in the condition of a full join is";
                return Err(unsupported(what, join.span));
            }
            let side = if of_left { &mut left } else { &mut right };
            let before = ColumnSet::of_output(side);
            *side = join.over(take(side));
            let added = side.output().into_iter().filter(|id| !before.contains(*id));
            added.for_each(|id| self.columns.set_nullable(id));
        }
        Ok((left, right))
    }

    /// The pairs of columns that USING names.
    fn using(&self, names: &[ast::ObjectName], left: &Scope, right: &Scope) -> Result<Vec<(ColumnId, ColumnId)>> {
        let find = |scope: &Scope, ident: &Ident| {
            let name = Name { relation: None, column: ident };
            match scope.find(&self.columns, name)? {
                Some(column) => Ok(column.id),
                None => Err(scope.unknown(&self.columns, name)),
            }
        };
        let pair = |name: &ast::ObjectName| match name.0.as_slice() {
            [ast::ObjectNamePart::Identifier(ident)] => Ok((find(left, ident)?, find(right, ident)?)),
            _ => Err(Error::syntax("USING takes plain column names").at(byte_span(name.span()))),
        };
        names.iter().map(pair).collect()
    }

    /// The pairs of columns that have one name on both sides.
    fn natural(&self, left: &Scope, right: &Scope, span: Span) -> Result<Vec<(ColumnId, ColumnId)>> {
        let mut pairs = Vec::new();
        for column in left.columns() {
            let ident = Ident::new(column.name(&self.columns));
            let name = Name { relation: None, column: &ident };
            if let Some(partner) = right.find(&self.columns, name).map_err(|error| error.at(span))? {
                left.find(&self.columns, name).map_err(|error| error.at(span))?;
                pairs.push((column.id, partner.id));
            }
        }
        Ok(pairs)
    }

    /// A full join's columns of USING: that of the side that has a row.
    fn coalesced(&mut self, plan: Plan, mut scope: Scope, merged: &[(ColumnId, ColumnId)]) -> Result<(Plan, Scope)> {
        if merged.is_empty() {
            return Ok((plan, scope));
        }
        let mut items = self.pass_through(&plan);
        let mut columns = Vec::with_capacity(merged.len());
        for (left, right) in merged {
            let name = scope.name_of(*left, &self.columns).to_string();
            let values = vec![self.column(*left, Span::NONE), self.column(*right, Span::NONE)];
            let value = super::special::coalesce(values, Span::NONE)?;
            let id = self.columns.add(name.as_str(), value.data_type.clone(), true);
            items.push((id, Expr { nullable: true, ..value }));
            columns.push((id, name));
        }
        let dropped: Vec<ColumnId> = merged.iter().flat_map(|(left, right)| [*left, *right]).collect();
        scope.merge(&[], &dropped);
        scope.add_joined(columns);
        Ok((Plan::Project { input: Box::new(plan), items }, scope))
    }

    fn merged_conditions(&mut self, merged: &[(ColumnId, ColumnId)]) -> Result<Vec<Expr>> {
        let equal = |(left, right): &(ColumnId, ColumnId)| {
            compare(CompareOp::Equal, self.column(*left, Span::NONE), self.column(*right, Span::NONE))
        };
        merged.iter().map(equal).collect()
    }
}

/// The parts of a condition that are joined by AND; what is always true is left out.
pub(super) fn conjuncts(condition: Expr) -> Vec<Expr> {
    let mut parts = match condition.kind {
        ExprKind::And(parts) => parts,
        _ => vec![condition],
    };
    parts.retain(|part| !matches!(part.kind, ExprKind::Literal(rowmill_vm::Value::Boolean(true))));
    parts
}

/// Splits conditions into equalities between the two sides of a join and the rest.
pub(super) fn split(conditions: Vec<Expr>, probe: &Plan, build: &Plan) -> (Vec<JoinKey>, Vec<Expr>) {
    let sides = (ColumnSet::of_output(probe), ColumnSet::of_output(build));
    let mut keys = Vec::new();
    let mut residual = Vec::new();
    for condition in conditions {
        match JoinKey::of(condition, &sides.0, &sides.1) {
            Ok(key) => keys.push(key),
            Err(condition) => residual.push(*condition),
        }
    }
    (keys, residual)
}
