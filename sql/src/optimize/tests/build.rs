//! Plans by hand, with columns by name.

use std::sync::Arc;

use rowmill_vm::program::{JoinKind, NullOrder, Order};
use rowmill_vm::table::{Scan, Table, TableColumn, Wanted};
use rowmill_vm::{Context, DataType, Error, Result, Span, Value};

use crate::plan::{
    ArithmeticOp, ColumnId, Columns, CompareOp, Expr, ExprKind, JoinKey, OutputColumn, Plan, Query, SortColumn,
};

#[derive(Debug)]
struct NamedTable {
    name: String,
    rows: u64,
}

impl Table for NamedTable {
    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[TableColumn] {
        &[]
    }

    fn row_count(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn scan(&self, _columns: &[usize], _wanted: Wanted<'_>, _context: &Context) -> Result<Arc<dyn Scan>> {
        Err(Error::internal("plans are not run here"))
    }
}

/// The columns of a plan under construction.
#[derive(Default)]
pub(super) struct Build(Columns, Vec<ColumnId>);

impl Build {
    /// A column for a projection or an aggregation to make.
    pub(super) fn add(&mut self, name: &str, data_type: DataType) -> ColumnId {
        let id = self.0.add(name, data_type, false);
        self.1.push(id);
        id
    }

    /// A column that may be NULL.
    pub(super) fn add_nullable(&mut self, name: &str, data_type: DataType) -> ColumnId {
        let id = self.add(name, data_type);
        self.0.set_nullable(id);
        id
    }

    /// A scan of columns that are there already.
    pub(super) fn table(name: &str, rows: u64, columns: Vec<(ColumnId, usize)>) -> Plan {
        Plan::Scan { table: Arc::new(NamedTable { name: name.into(), rows }), columns }
    }

    /// A scan; `columns` are names separated by spaces: INTEGER, or VARCHAR if they end in `$`, and never NULL unless they
    /// end in `?`.
    pub(super) fn scan(&mut self, name: &str, rows: u64, columns: &str) -> Plan {
        let column = |(position, name): (usize, &str)| {
            let data_type = if name.ends_with('$') { DataType::Varchar } else { DataType::Integer };
            let id = self.add(name.trim_end_matches(['$', '?']), data_type);
            if name.ends_with('?') {
                self.0.set_nullable(id);
            }
            (id, position)
        };
        let columns = columns.split_whitespace().enumerate().map(column).collect();
        Build::table(name, rows, columns)
    }

    /// The last column made under that name.
    pub(super) fn id(&self, name: &str) -> ColumnId {
        let is = |id: &&ColumnId| self.0.get(**id).name == name;
        *self.1.iter().rev().find(is).unwrap_or_else(|| panic!("no column {name}"))
    }

    pub(super) fn column(&self, name: &str) -> Expr {
        let id = self.id(name);
        expr(ExprKind::Column(id), self.0.get(id).data_type.clone())
    }

    /// An operand: a number, a text in quotes, or a column.
    pub(super) fn operand(&self, text: &str) -> Expr {
        match text.parse() {
            Ok(number) => expr(ExprKind::Literal(Value::Integer(number)), DataType::Integer),
            Err(_) if text.starts_with('\'') => {
                expr(ExprKind::Literal(Value::text(text.trim_matches('\''))), DataType::Varchar)
            }
            Err(_) => self.column(text),
        }
    }

    /// A comparison or an arithmetic operation of two operands: `a < 3`.
    pub(super) fn expr(&self, text: &str) -> Expr {
        let parts: Vec<&str> = text.split(' ').collect();
        let [left, op, right] = parts.as_slice() else { return self.operand(text) };
        let operands = (Box::new(self.operand(left)), Box::new(self.operand(right)));
        let compare = |op| expr(ExprKind::Compare(op, operands.0.clone(), operands.1.clone()), DataType::Boolean);
        let compute = |op| expr(ExprKind::Arithmetic(op, operands.0.clone(), operands.1.clone()), DataType::Integer);
        match *op {
            "=" => compare(CompareOp::Equal),
            "<>" => compare(CompareOp::NotEqual),
            "<" => compare(CompareOp::Less),
            ">" => compare(CompareOp::Greater),
            "+" => compute(ArithmeticOp::Add),
            "/" => compute(ArithmeticOp::Divide),
            other => panic!("no operator {other}"),
        }
    }

    /// Expressions separated by commas.
    pub(super) fn exprs(&self, text: &str) -> Vec<Expr> {
        text.split(", ").map(|text| self.expr(text)).collect()
    }

    pub(super) fn filter(&self, input: Plan, predicates: &str) -> Plan {
        Plan::Filter { input: Box::new(input), predicates: self.exprs(predicates) }
    }

    /// A projection of kept columns, and of `expression AS name`.
    pub(super) fn project(&mut self, input: Plan, items: &str) -> Plan {
        let item = |text: &str| match text.split_once(" AS ") {
            Some((text, name)) => {
                let expr = self.expr(text);
                (self.add(name, expr.data_type.clone()), expr)
            }
            None => (self.id(text), self.column(text)),
        };
        Plan::Project { input: Box::new(input), items: items.split(", ").map(item).collect() }
    }

    pub(super) fn sort(&self, input: Plan, column: &str, limit: Option<u64>) -> Plan {
        let key = SortColumn { column: self.id(column), order: Order::Ascending, nulls: NullOrder::Last };
        Plan::Sort { input: Box::new(input), keys: vec![key], limit }
    }

    pub(super) fn query(self, plan: Plan, output: &str) -> Query {
        let column = |name: &str| OutputColumn { name: name.into(), column: self.id(name) };
        let output = output.split_whitespace().map(column).collect();
        Query { plan, columns: self.0, output, parameters: Vec::new(), uses_parameter_values: false, correlated: false }
    }
}

pub(super) fn expr(kind: ExprKind, data_type: DataType) -> Expr {
    Expr { kind, data_type, nullable: false, span: Span::NONE }
}

pub(super) fn boolean(kind: ExprKind) -> Expr {
    expr(kind, DataType::Boolean)
}

pub(super) fn constant(value: bool) -> Expr {
    boolean(ExprKind::Literal(Value::Boolean(value)))
}

/// A join with its conditions as they are written, none of them made a key.
pub(super) fn join(kind: JoinKind, probe: Plan, build: Plan, residual: Vec<Expr>) -> Plan {
    let (probe, build) = (Box::new(probe), Box::new(build));
    Plan::Join { kind, probe, build, keys: Vec::<JoinKey>::new(), residual, mark: None, span: Span::NONE }
}

/// FROM with commas.
pub(super) fn cross(plans: impl IntoIterator<Item = Plan>) -> Plan {
    plans.into_iter().reduce(|probe, build| join(JoinKind::Inner, probe, build, Vec::new())).expect("a table")
}

pub(super) fn limit(input: Plan, offset: u64, limit: Option<u64>) -> Plan {
    Plan::Limit { input: Box::new(input), offset, limit }
}
