//! Random queries.

use super::tables::Relation;
use super::{Kind, Random, RandomQuery, RowOrder, Subqueries};

/// How deep queries nest.
const QUERY_DEPTH_MAX: usize = 3;
/// Relations of a query and all of its subqueries together: rows of cross products multiply.
const RELATIONS_MAX: usize = 9;
/// Relations of one FROM.
const FROM_MAX: usize = 4;

/// A column as text, and its kind.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) text: String,
    pub(super) kind: Kind,
}

/// What an expression may read.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// Columns of the rows, or keys of the groups.
    pub(super) columns: Vec<Column>,
    /// Columns of the queries around.
    pub(super) outer: &'a [Column],
    /// Of groups: columns of the rows that are grouped.
    pub(super) aggregates_of: Option<&'a [Column]>,
}

pub(super) struct Generator {
    pub(super) random: Random,
    pub(super) subqueries: Subqueries,
    /// What may stand in FROM: tables, and common table expressions in reach.
    relations: Vec<Relation>,
    /// Numbers of aliases so far.
    aliases: usize,
    /// Relations so far.
    used: usize,
    depth: usize,
}

impl Generator {
    pub(super) fn new(random: Random, subqueries: Subqueries, relations: Vec<Relation>) -> Generator {
        Generator { random, subqueries, relations, aliases: 0, used: 0, depth: 0 }
    }

    /// A whole query.
    pub(super) fn whole(mut self) -> RandomQuery {
        let kinds = self.kinds();
        let (sql, order) = self.query(&kinds, &[]);
        RandomQuery { sql, order }
    }

    fn kinds(&mut self) -> Vec<Kind> {
        (0..1 + self.random.below(3)).map(|_| *self.random.pick(Kind::ALL)).collect()
    }

    /// A query whose columns c0, c1, … are of `kinds`.
    fn query(&mut self, kinds: &[Kind], outer: &[Column]) -> (String, RowOrder) {
        self.depth += 1;
        let in_reach = self.relations.len();
        let with = if self.random.chance(8) && self.may_nest() { self.common_table() } else { String::new() };
        let body = if self.random.chance(15) && self.may_nest() {
            self.set_operation(kinds, outer)
        } else {
            self.select(kinds, outer)
        };
        self.relations.truncate(in_reach);
        self.depth -= 1;
        if !self.random.chance(25) {
            return (format!("{with}{body}"), RowOrder::None);
        }
        let keys = self.order_by(kinds.len());
        let limit = match self.random.below(4) {
            0 => String::new(),
            1 => format!(" LIMIT {} OFFSET {}", self.random.below(6), self.random.below(4)),
            _ => format!(" LIMIT {}", self.random.below(8)),
        };
        (format!("{with}{body} ORDER BY {keys}{limit}"), RowOrder::Total)
    }

    fn may_nest(&self) -> bool {
        self.depth < QUERY_DEPTH_MAX && self.used < RELATIONS_MAX
    }

    /// An order by all of so many columns.
    fn order_by(&mut self, columns: usize) -> String {
        let key = |number| {
            let direction = *self.random.pick(&["ASC", "DESC"]);
            let nulls = *self.random.pick(&["FIRST", "LAST"]);
            format!("{number} {direction} NULLS {nulls}")
        };
        (1..=columns).map(key).collect::<Vec<_>>().join(", ")
    }

    fn common_table(&mut self) -> String {
        let kinds = self.kinds();
        let (sql, _) = self.query(&kinds, &[]);
        let name = format!("w{}", self.new_alias());
        let columns = (0..kinds.len()).map(|index| format!("c{index}")).zip(kinds).collect();
        self.relations.push(Relation { name: name.clone(), columns, statements: Vec::new() });
        format!("WITH {name} AS ({sql}) ")
    }

    fn set_operation(&mut self, kinds: &[Kind], outer: &[Column]) -> String {
        let operator = *self.random.pick(&["UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"]);
        let (left, _) = self.query(kinds, outer);
        let (right, _) = self.query(kinds, outer);
        format!("({left}) {operator} ({right})")
    }

    fn new_alias(&mut self) -> usize {
        self.aliases += 1;
        self.aliases - 1
    }

    fn select(&mut self, kinds: &[Kind], outer: &[Column]) -> String {
        let (from, columns) = self.from(outer);
        let rows = Scope { columns: columns.clone(), outer, aggregates_of: None };
        let condition =
            if self.random.chance(65) { format!(" WHERE {}", self.predicate(&rows, 2)) } else { String::new() };
        if self.random.chance(30) {
            return self.grouped(kinds, &rows, &format!("FROM {from}{condition}"));
        }
        let items: Vec<String> = kinds.iter().map(|kind| self.item(*kind, &rows)).collect();
        let distinct = if self.random.chance(18) { "DISTINCT " } else { "" };
        format!("SELECT {distinct}{} FROM {from}{condition}", names(&items))
    }

    /// An expression of SELECT, sometimes a window function.
    fn item(&mut self, kind: Kind, rows: &Scope<'_>) -> String {
        if kind != Kind::Integer || !self.random.chance(8) {
            return self.expression(kind, rows, 2);
        }
        let kind = *self.random.pick(&[Kind::Integer, Kind::Text, Kind::Boolean]);
        let partition = self.leaf(kind, rows);
        let argument = self.leaf(Kind::Integer, rows);
        let function = match self.random.below(4) {
            0 => "count(*)".to_owned(),
            1 => format!("sum({argument})"),
            2 => format!("min({argument})"),
            _ => "rank()".to_owned(),
        };
        if function != "rank()" && self.random.chance(50) {
            return format!("{function} OVER (PARTITION BY {partition})");
        }
        let order = self.leaf(Kind::Integer, rows);
        format!("{function} OVER (PARTITION BY {partition} ORDER BY {order} ASC NULLS LAST)")
    }

    fn grouped(&mut self, kinds: &[Kind], rows: &Scope<'_>, from: &str) -> String {
        let mut keys: Vec<Column> = Vec::new();
        for _ in 0..self.random.below(4) {
            // A key is a column, or computed from one: constants in GROUP BY would be positions.
            let column = self.random.pick(&rows.columns).clone();
            let text = match column.kind {
                Kind::Integer if self.random.chance(25) => format!("{} + 1", column.text),
                _ => column.text,
            };
            if keys.iter().all(|key| key.text != text) {
                keys.push(Column { text, kind: column.kind });
            }
        }
        let by: Vec<String> = keys.iter().map(|key| key.text.clone()).collect();
        // Inside of expressions a computed key stands in parentheses.
        let keys = keys.into_iter().map(|key| match key.text.contains(' ') {
            true => Column { text: format!("({})", key.text), ..key },
            false => key,
        });
        let groups = Scope { columns: keys.collect(), outer: rows.outer, aggregates_of: Some(&rows.columns) };
        let items: Vec<String> = kinds.iter().map(|kind| self.expression(*kind, &groups, 1)).collect();
        let having = match (by.is_empty(), self.random.chance(30)) {
            (_, true) => format!(" HAVING {}", self.simple_predicate(&groups, 1)),
            // With neither keys nor an aggregate it would not be a grouped query.
            (true, false) => " HAVING count(*) >= 0".to_owned(),
            (false, false) => String::new(),
        };
        let group_by = if by.is_empty() { String::new() } else { format!(" GROUP BY {}", by.join(", ")) };
        let distinct = if self.random.chance(10) { "DISTINCT " } else { "" };
        format!("SELECT {distinct}{} {from}{group_by}{having}", names(&items))
    }

    /// FROM: its text, and the columns that it gives.
    fn from(&mut self, outer: &[Column]) -> (String, Vec<Column>) {
        let (mut sql, mut columns) = self.relation(outer);
        let mut before = Vec::new();
        let count = 1 + self.random.below(FROM_MAX);
        for _ in 1..count {
            if self.used >= RELATIONS_MAX || !self.random.chance(75) {
                break;
            }
            let (right, right_columns) = self.relation(outer);
            let kind = *self.random.pick(&[
                "JOIN",
                "JOIN",
                "JOIN",
                ",",
                "CROSS JOIN",
                "LEFT JOIN",
                "LEFT JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                "SEMI JOIN",
                "ANTI JOIN",
            ]);
            if kind == "," {
                // A comma binds less tightly than JOIN: what stands before it is out of reach of the conditions behind.
                sql = format!("{sql}, {right}");
                before.append(&mut columns);
                columns = right_columns;
                continue;
            }
            if kind == "CROSS JOIN" {
                sql = format!("{sql} CROSS JOIN {right}");
                columns.extend(right_columns);
                continue;
            }
            let condition = self.join_condition(&columns, &right_columns);
            sql = format!("{sql} {kind} {right} ON {condition}");
            if !matches!(kind, "SEMI JOIN" | "ANTI JOIN") {
                columns.extend(right_columns);
            }
        }
        before.append(&mut columns);
        (sql, before)
    }

    /// Mostly an equality of two columns, sometimes with more.
    fn join_condition(&mut self, left: &[Column], right: &[Column]) -> String {
        let both = Scope { columns: left.iter().chain(right).cloned().collect(), outer: &[], aggregates_of: None };
        let mut conditions = Vec::new();
        let pairs: Vec<(&Column, &Column)> =
            left.iter().flat_map(|l| right.iter().map(move |r| (l, r))).filter(|(l, r)| l.kind == r.kind).collect();
        if !pairs.is_empty() && self.random.chance(85) {
            let (l, r) = *self.random.pick(&pairs);
            let operator = if self.random.chance(8) { "IS NOT DISTINCT FROM" } else { "=" };
            let (l, r) = if self.random.chance(50) { (l, r) } else { (r, l) };
            conditions.push(format!("{} {operator} {}", l.text, r.text));
        }
        if conditions.is_empty() || self.random.chance(25) {
            conditions.push(self.simple_predicate(&both, 0));
        }
        conditions.join(" AND ")
    }

    /// A relation with an alias of its own.
    fn relation(&mut self, outer: &[Column]) -> (String, Vec<Column>) {
        self.used += 1;
        let number = self.new_alias();
        let alias = format!("r{number}");
        if self.may_nest() && self.random.chance(18) {
            let kinds = self.kinds();
            let (sql, _) = self.query(&kinds, outer);
            let columns = kinds.iter().enumerate();
            let columns = columns.map(|(index, kind)| Column { text: format!("{alias}.c{index}"), kind: *kind });
            return (format!("({sql}) AS {alias}"), columns.collect());
        }
        let relation = self.random.pick(&self.relations);
        let columns = relation.columns.iter();
        let columns = columns.map(|(name, kind)| Column { text: format!("{alias}.{name}"), kind: *kind }).collect();
        (format!("{} AS {alias}", relation.name), columns)
    }

    /// What subqueries of a scope see around them.
    fn around(&self, scope: &Scope<'_>) -> Vec<Column> {
        match self.subqueries {
            Subqueries::Uncorrelated => Vec::new(),
            Subqueries::Correlated => scope.columns.iter().chain(scope.outer).cloned().collect(),
        }
    }

    /// A subquery with one row at most, as a value.
    pub(super) fn scalar_subquery(&mut self, kind: Kind, scope: &Scope<'_>) -> String {
        if !self.may_nest() {
            return self.leaf(kind, scope);
        }
        let around = self.around(scope);
        let order = self.order_by(1);
        self.depth += 1;
        let sql = if self.random.chance(60) {
            let (from, columns) = self.from(&around);
            let rows = Scope { columns, outer: &around, aggregates_of: None };
            let value = self.leaf(kind, &Scope { outer: &[], ..rows.clone() });
            let function = match kind {
                Kind::Boolean => "bool_or",
                Kind::Integer => *self.random.pick(&["sum", "min", "max", "count"]),
                _ => *self.random.pick(&["min", "max"]),
            };
            let condition = self.predicate(&rows, 1);
            format!("(SELECT {function}({value}) FROM {from} WHERE {condition})")
        } else {
            let body = self.select(&[kind], &around);
            format!("({body} ORDER BY {order} LIMIT 1)")
        };
        self.depth -= 1;
        sql
    }

    /// EXISTS and IN.
    pub(super) fn subquery_predicate(&mut self, scope: &Scope<'_>, depth: usize) -> String {
        if !self.may_nest() {
            return self.simple_predicate(scope, depth.min(1));
        }
        let around = self.around(scope);
        let not = if self.random.chance(40) { "NOT " } else { "" };
        if self.random.chance(45) {
            let kinds = self.kinds();
            let (sql, _) = self.query(&kinds, &around);
            return format!("{not}EXISTS ({sql})");
        }
        let kind = *self.random.pick(Kind::ALL);
        let left = self.expression(kind, scope, depth.min(1));
        let (sql, _) = self.query(&[kind], &around);
        format!("{left} {not}IN ({sql})")
    }
}

/// Items with the names c0, c1, …
fn names(items: &[String]) -> String {
    items.iter().enumerate().map(|(index, item)| format!("{item} AS c{index}")).collect::<Vec<_>>().join(", ")
}
