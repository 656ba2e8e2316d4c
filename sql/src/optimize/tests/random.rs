//! Random plans give the same rows before and after, and no error that they did not give before.

use rowmill_vm::program::{JoinKind, NullOrder, Order};
use rowmill_vm::{DataType, Value};

use super::build::{Build, boolean, expr, join, limit};
use super::run::{Row, Tables, run};
use crate::optimize::{Estimator, RULES};
use crate::plan::{ColumnId, CompareOp, Expr, ExprKind, JoinKey, OutputColumn, Plan, Query, SortColumn, print};

const PLANS: u64 = 6_000;

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize].clone()
    }
}

struct Generator {
    random: Random,
    build: Build,
    tables: Tables,
}

impl Generator {
    fn add(&mut self) -> ColumnId {
        self.build.add_nullable("c", DataType::Integer)
    }

    fn value(&mut self) -> Value {
        match self.random.below(5) {
            0 => Value::Null,
            number => Value::Integer(number as i64 - 2),
        }
    }

    fn scan(&mut self) -> Plan {
        let name = format!("t{}", self.tables.len());
        let columns = 1 + self.random.below(3) as usize;
        let rows = self.random.below(6);
        let rows = (0..rows).map(|_| (0..columns).map(|_| self.value()).collect()).collect();
        self.tables.insert(name.clone(), rows);
        let columns = (0..columns).map(|position| (self.add(), position)).collect();
        let row_count = self.random.pick(&[1, 100, 10_000]);
        Build::table(&name, row_count, columns)
    }

    fn integer(&mut self, columns: &[ColumnId], depth: u32) -> Expr {
        let column = |id| Expr { nullable: true, ..expr(ExprKind::Column(id), DataType::Integer) };
        match self.random.below(if depth == 0 { 5 } else { 9 }) {
            0..=3 if !columns.is_empty() => column(self.random.pick(columns)),
            5 | 6 => {
                let ExprKind::Arithmetic(op, ..) =
                    self.build.expr(["1 + 1", "1 / 1"][self.random.below(2) as usize]).kind
                else {
                    panic!("not arithmetic")
                };
                let operands = (self.integer(columns, depth - 1), self.integer(columns, depth - 1));
                expr(ExprKind::Arithmetic(op, Box::new(operands.0), Box::new(operands.1)), DataType::Integer)
            }
            7 => {
                let branch = (self.predicate(columns, depth - 1), self.integer(columns, depth - 1));
                let otherwise = self.integer(columns, depth - 1);
                expr(ExprKind::Case(vec![branch], Some(Box::new(otherwise))), DataType::Integer)
            }
            8 => {
                let operands = vec![self.integer(columns, depth - 1), self.integer(columns, depth - 1)];
                expr(ExprKind::Coalesce(operands), DataType::Integer)
            }
            _ => expr(ExprKind::Literal(self.value()), DataType::Integer),
        }
    }

    fn predicate(&mut self, columns: &[ColumnId], depth: u32) -> Expr {
        let ops = [CompareOp::Equal, CompareOp::Equal, CompareOp::Less, CompareOp::GreaterEqual];
        let operands = |generator: &mut Self| {
            let depth = depth.min(1);
            (Box::new(generator.integer(columns, depth)), Box::new(generator.integer(columns, depth)))
        };
        let several = |generator: &mut Self| {
            (0..2 + generator.random.below(2)).map(|_| generator.predicate(columns, depth - 1)).collect()
        };
        boolean(match self.random.below(if depth == 0 { 8 } else { 12 }) {
            4 => {
                let (left, right) = operands(self);
                ExprKind::Not(Box::new(boolean(ExprKind::Distinct(left, right))))
            }
            5 => ExprKind::IsNull(operands(self).0),
            6 => {
                let (operand, element) = operands(self);
                ExprKind::InList(operand, vec![*element])
            }
            7 => ExprKind::Literal(self.random.pick(&[Value::Null, Value::Boolean(true), Value::Boolean(false)])),
            8 | 9 => ExprKind::And(several(self)),
            10 => ExprKind::Or(several(self)),
            11 => ExprKind::Not(Box::new(self.predicate(columns, depth - 1))),
            _ => {
                let (left, right) = operands(self);
                ExprKind::Compare(self.random.pick(&ops), left, right)
            }
        })
    }

    fn plan(&mut self, depth: u32) -> Plan {
        if depth == 0 {
            return self.scan();
        }
        let operator = self.random.below(12);
        if operator >= 7 {
            return self.join(depth);
        }
        let input = self.plan(depth - 1);
        let columns = input.output();
        match operator {
            0..=2 => {
                let predicates = (0..1 + self.random.below(3)).map(|_| self.predicate(&columns, 2)).collect();
                Plan::Filter { input: Box::new(input), predicates }
            }
            3 => {
                let mut items: Vec<(ColumnId, Expr)> = Vec::new();
                for _ in 0..1 + self.random.below(3) {
                    let computed = self.integer(&columns, 1);
                    let id = match computed.kind {
                        ExprKind::Column(id)
                            if self.random.below(2) == 0 && items.iter().all(|(other, _)| *other != id) =>
                        {
                            id
                        }
                        _ => self.add(),
                    };
                    items.push((id, computed));
                }
                Plan::Project { input: Box::new(input), items }
            }
            4 => {
                let keys = (0..self.random.below(3)).map(|_| (self.add(), self.integer(&columns, 1))).collect();
                Plan::Aggregate { input: Box::new(input), keys, calls: Vec::new() }
            }
            5 => self.sorted(input),
            _ => {
                let other = self.plan(depth - 1);
                let own = |generator: &mut Self, plan: &Plan| {
                    let columns = plan.output();
                    (0..2).map(|_| generator.random.pick(&columns)).collect::<Vec<_>>()
                };
                if columns.is_empty() || other.output().is_empty() {
                    return input;
                }
                let (first, second) = (own(self, &input), own(self, &other));
                let columns = vec![self.add(), self.add()];
                Plan::Append { inputs: vec![(input, first), (other, second)], columns }
            }
        }
    }

    /// Sorted by every column, so that LIMIT means the same rows each time.
    fn sorted(&mut self, input: Plan) -> Plan {
        let order = self.random.pick(&[Order::Ascending, Order::Descending]);
        let key = |column| SortColumn { column, order, nulls: NullOrder::Last };
        let sort =
            Plan::Sort { keys: input.output().into_iter().map(key).collect(), input: Box::new(input), limit: None };
        match self.random.below(3) {
            0 => sort,
            _ => {
                let rows = self.random.below(5);
                limit(sort, self.random.below(3), Some(rows))
            }
        }
    }

    fn join(&mut self, depth: u32) -> Plan {
        let (probe, build) = (self.plan(depth - 1), self.plan(depth - 1));
        let (of_probe, of_build) = (probe.output(), build.output());
        let both: Vec<ColumnId> = of_probe.iter().chain(&of_build).copied().collect();
        let residual = (0..self.random.below(3)).map(|_| self.predicate(&both, 1)).collect();
        let kinds = [
            JoinKind::Inner,
            JoinKind::Inner,
            JoinKind::Inner,
            JoinKind::Left,
            JoinKind::Full,
            JoinKind::Semi,
            JoinKind::Anti,
            JoinKind::Mark,
            JoinKind::Single,
        ];
        let kind = self.random.pick(&kinds);
        let mut plan = join(kind, probe, build, residual);
        if let Plan::Join { keys, mark, .. } = &mut plan {
            if self.random.below(2) == 0 {
                let null_equal = self.random.below(3) == 0;
                *keys =
                    vec![JoinKey { probe: self.integer(&of_probe, 0), build: self.integer(&of_build, 0), null_equal }];
            }
            if kind == JoinKind::Mark {
                *mark = Some(self.build.add_nullable("mark", DataType::Boolean));
            }
        }
        self.without_mark(plan)
    }

    /// Projects a join's mark away, or filters by it: other operators here are about integers.
    fn without_mark(&mut self, plan: Plan) -> Plan {
        let Plan::Join { mark: Some(mark), .. } = plan else { return plan };
        let column = |id, data_type| Expr { nullable: true, ..expr(ExprKind::Column(id), data_type) };
        let kept = plan.output().into_iter().filter(|id| *id != mark);
        let items = kept.map(|id| (id, column(id, DataType::Integer))).collect();
        let predicates = vec![column(mark, DataType::Boolean)];
        Plan::Project { input: Box::new(Plan::Filter { input: Box::new(plan), predicates }), items }
    }
}

fn rows(query: &Query, tables: &Tables) -> Option<Vec<Vec<String>>> {
    let row = |row: Row| query.output.iter().map(|output| format!("{:?}", row[&output.column])).collect();
    let mut rows: Vec<Vec<String>> = run(&query.plan, tables).ok()?.into_iter().map(row).collect();
    rows.sort();
    Some(rows)
}

#[test]
fn random_plans_give_the_same_rows() {
    let (mut compared, mut with_rows) = (0, 0);
    for seed in 0..PLANS {
        let mut generator = Generator { random: Random(seed), build: Build::default(), tables: Tables::new() };
        let plan = generator.plan(1 + (seed % 4) as u32);
        let mut columns = plan.output();
        columns.retain(|_| generator.random.below(4) > 0);
        let output = columns.into_iter().map(|column| OutputColumn { name: String::new(), column }).collect();
        let tables = generator.tables;
        let mut query = Query { output, ..generator.build.query(plan, "") };
        let Some(expected) = rows(&query, &tables) else { continue };
        compared += 1;
        with_rows += u64::from(!expected.is_empty());
        let estimator = Estimator::default();
        for rule in RULES {
            let before = print(&query.plan, &query.columns);
            rule.apply(&mut query, &estimator);
            let name = rule.name;
            let after =
                || format!("seed {seed}, rule {name}\n{before}\nbecame\n{}", print(&query.plan, &query.columns));
            let actual = rows(&query, &tables).unwrap_or_else(|| panic!("an error is new: {}", after()));
            assert_eq!(actual, expected, "{}", after());
        }
    }
    assert!(compared > PLANS / 2 && with_rows > PLANS / 5, "{compared} plans compared, {with_rows} with rows");
}
