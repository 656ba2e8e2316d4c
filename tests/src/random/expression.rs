//! Random expressions.

use super::query::{Column, Generator, Scope};
use super::{Kind, Subqueries};

impl Generator {
    /// An expression of a kind over the columns of a scope.
    pub(super) fn expression(&mut self, kind: Kind, scope: &Scope<'_>, depth: usize) -> String {
        if depth == 0 || self.random.chance(45) {
            return self.leaf(kind, scope);
        }
        if self.random.chance(4) {
            return self.scalar_subquery(kind, scope);
        }
        match self.random.below(8) {
            0 => {
                let condition = self.predicate(scope, depth - 1);
                let (then, otherwise) = (self.expression(kind, scope, depth - 1), self.leaf(kind, scope));
                let otherwise = if self.random.chance(70) { format!(" ELSE {otherwise}") } else { String::new() };
                format!("CASE WHEN {condition} THEN {then}{otherwise} END")
            }
            1 => {
                let (first, second) = (self.expression(kind, scope, depth - 1), self.leaf(kind, scope));
                format!("coalesce({first}, {second})")
            }
            2 => {
                let (first, second) = (self.expression(kind, scope, depth - 1), self.leaf(kind, scope));
                format!("nullif({first}, {second})")
            }
            _ => self.computed(kind, scope, depth - 1),
        }
    }

    /// An expression whose operator gives its kind.
    fn computed(&mut self, kind: Kind, scope: &Scope<'_>, depth: usize) -> String {
        match kind {
            Kind::Integer => match self.random.below(6) {
                0 => format!("length({})", self.expression(Kind::Text, scope, depth)),
                1 => format!("abs({})", self.expression(Kind::Integer, scope, depth)),
                2 => format!("(- {})", self.leaf(Kind::Integer, scope)),
                3 => format!("({} * {})", self.expression(kind, scope, depth), self.random.pick(&[2, 3, 0])),
                choice => {
                    let operator = if choice == 4 { "+" } else { "-" };
                    let (left, right) = (self.expression(kind, scope, depth), self.leaf(kind, scope));
                    format!("({left} {operator} {right})")
                }
            },
            Kind::Text => match self.random.below(3) {
                0 => format!("upper({})", self.expression(kind, scope, depth)),
                1 => format!("substr({}, 1, 1)", self.expression(kind, scope, depth)),
                _ => format!("({} || {})", self.expression(kind, scope, depth), self.leaf(kind, scope)),
            },
            Kind::Boolean => format!("({})", self.predicate(scope, depth)),
            Kind::Date => self.leaf(kind, scope),
            Kind::Decimal => format!("({} + {})", self.leaf(kind, scope), self.leaf(kind, scope)),
        }
    }

    /// A column, an aggregate, or a constant.
    pub(super) fn leaf(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        let of_kind = |columns: &[Column]| -> Vec<String> {
            columns.iter().filter(|column| column.kind == kind).map(|column| column.text.clone()).collect()
        };
        let outer = of_kind(scope.outer);
        if self.subqueries == Subqueries::Correlated && !outer.is_empty() && self.random.chance(30) {
            return self.random.pick(&outer).clone();
        }
        if scope.aggregates_of.is_some()
            && self.random.chance(35)
            && let Some(call) = self.aggregate(kind, scope)
        {
            return call;
        }
        let own = of_kind(&scope.columns);
        if own.is_empty() || self.random.chance(18) {
            return kind.literal(&mut self.random);
        }
        self.random.pick(&own).clone()
    }

    /// An aggregate of a kind over the rows that are grouped.
    fn aggregate(&mut self, kind: Kind, scope: &Scope<'_>) -> Option<String> {
        let columns = scope.aggregates_of?;
        let rows = Scope { columns: columns.to_vec(), outer: &[], aggregates_of: None };
        let call = match (kind, self.random.below(5)) {
            (Kind::Integer, 0) => "count(*)".to_owned(),
            (Kind::Integer, 1) => {
                let kind = *self.random.pick(Kind::ALL);
                let distinct = if self.random.chance(40) { "DISTINCT " } else { "" };
                format!("count({distinct}{})", self.leaf(kind, &rows))
            }
            (Kind::Integer, 2) => {
                let distinct = if self.random.chance(30) { "DISTINCT " } else { "" };
                format!("sum({distinct}{})", self.leaf(kind, &rows))
            }
            (Kind::Boolean, choice) => {
                let name = if choice < 3 { "bool_and" } else { "bool_or" };
                format!("{name}({})", self.leaf(kind, &rows))
            }
            (_, choice) => {
                let name = if choice < 3 { "min" } else { "max" };
                format!("{name}({})", self.expression(kind, &rows, 1))
            }
        };
        if !self.random.chance(15) {
            return Some(call);
        }
        let filter = self.simple_predicate(&rows, 1);
        Some(format!("{call} FILTER (WHERE {filter})"))
    }

    /// A condition.
    pub(super) fn predicate(&mut self, scope: &Scope<'_>, depth: usize) -> String {
        if depth > 0 && self.random.chance(40) {
            return match self.random.below(5) {
                0 => format!("NOT ({})", self.predicate(scope, depth - 1)),
                choice => {
                    let operator = if choice < 3 { "AND" } else { "OR" };
                    let count = 2 + self.random.below(2);
                    let operands: Vec<String> =
                        (0..count).map(|_| format!("({})", self.predicate(scope, depth - 1))).collect();
                    operands.join(&format!(" {operator} "))
                }
            };
        }
        if depth > 0 && self.random.chance(12) {
            return self.subquery_predicate(scope, depth - 1);
        }
        self.simple_predicate(scope, depth.min(1))
    }

    /// A condition without AND, OR and subqueries of its own.
    pub(super) fn simple_predicate(&mut self, scope: &Scope<'_>, depth: usize) -> String {
        let kind = *self.random.pick(Kind::ALL);
        let left = self.expression(kind, scope, depth);
        match self.random.below(13) {
            0 => format!("{left} IS NULL"),
            1 => format!("{left} IS NOT NULL"),
            2 => format!("{left} IS DISTINCT FROM {}", self.leaf(kind, scope)),
            3 => format!("{left} IS NOT DISTINCT FROM {}", self.leaf(kind, scope)),
            4 => {
                let list: Vec<String> = (0..1 + self.random.below(3)).map(|_| kind.literal(&mut self.random)).collect();
                let not = if self.random.chance(30) { "NOT " } else { "" };
                format!("{left} {not}IN ({})", list.join(", "))
            }
            5 if kind != Kind::Boolean => {
                format!("{left} BETWEEN {} AND {}", self.leaf(kind, scope), self.leaf(kind, scope))
            }
            6 if kind == Kind::Text => {
                let pattern = *self.random.pick(&["a%", "%b", "_", "%", "a", "%b%"]);
                let not = if self.random.chance(30) { "NOT " } else { "" };
                format!("{left} {not}LIKE '{pattern}'")
            }
            7 if kind == Kind::Boolean => left,
            8 if self.random.chance(30) => self.random.pick(&["true", "false", "CAST(NULL AS BOOLEAN)"]).to_string(),
            _ => {
                let operator = *self.random.pick(&["=", "=", "=", "<>", "<", "<=", ">", ">="]);
                format!("{left} {operator} {}", self.leaf(kind, scope))
            }
        }
    }
}
