//! Window functions: a sorter by partition and order, and what is computed over its rows.

use rowmill_vm::program::{
    NullOrder, Op, Order, SortKey, SorterId, SorterSpec, WindowCall, WindowFunctionKind, WindowId, WindowSpec,
};
use rowmill_vm::{Result, Span};

use super::pipeline::Consume;
use super::{Generator, number};
use crate::plan::visit::same;
use crate::plan::{ColumnId, Expr, ExprKind, Plan, SortExpr, WindowCallee, WindowExpr};

/// The parts of [`Plan::Window`].
pub(super) struct Window<'p> {
    pub(super) input: &'p Plan,
    pub(super) partition: &'p [Expr],
    pub(super) order: &'p [SortExpr],
    pub(super) calls: &'p [(ColumnId, WindowExpr)],
}

/// What the sorter keeps: the input's columns, then expressions, each once.
struct Kept {
    exprs: Vec<Expr>,
}

impl Kept {
    fn position(&mut self, expr: &Expr) -> usize {
        let is = |known: &Expr| match (&known.kind, &expr.kind) {
            (ExprKind::Column(known), ExprKind::Column(column)) => known == column,
            _ => same(known, expr),
        };
        self.exprs.iter().position(is).unwrap_or_else(|| {
            self.exprs.push(expr.clone());
            self.exprs.len() - 1
        })
    }
}

impl<'a> Generator<'a> {
    pub(super) fn produce_window(&mut self, window: &Window<'_>, consume: Consume<'_, 'a>) -> Result<()> {
        let columns = window.input.output();
        let mut kept = Kept { exprs: columns.iter().map(|column| self.column_expr(*column)).collect() };
        let partition = window.partition.iter().map(|expr| {
            let column = kept.position(expr);
            SortKey { column, order: Order::Ascending, nulls: NullOrder::Last }
        });
        let mut keys: Vec<SortKey> = partition.collect();
        let order = window.order.iter();
        keys.extend(order.map(|key| SortKey { column: kept.position(&key.expr), order: key.order, nulls: key.nulls }));
        let calls = window.calls.iter().map(|(_, call)| window_call(call, &mut kept)).collect();

        let sorter = number(self.program.sorters.len(), "sorters").map(SorterId)?;
        let types = kept.exprs.iter().map(|expr| expr.data_type.clone()).collect();
        self.program.sorters.push(SorterSpec { columns: types, keys, limit: None });
        let id = number(self.program.windows.len(), "windows").map(WindowId)?;
        self.program.windows.push(WindowSpec { columns: columns.len(), partition_keys: window.partition.len(), calls });
        self.emit(Op::SortOpen { sorter }, Span::NONE, || "window".into())?;
        let mut nullable = vec![false; columns.len()];
        self.produce(window.input, &mut |generator, batch| {
            let registers = generator.materialize_canonical(batch, kept.exprs.clone())?;
            generator.note_nullable(&mut nullable, &registers);
            let list = generator.list(registers)?;
            generator.emit(Op::SortInsert { sorter, space: batch.space, columns: list }, Span::NONE, String::new)?;
            Ok(())
        })?;
        let cursor = self.cursor()?;
        self.emit(Op::WindowFinal { cursor, sorter, window: id }, Span::NONE, || "sort, then window functions".into())?;
        let mut results = columns;
        results.extend(window.calls.iter().map(|(id, _)| *id));
        let held = self.held_back(&results, &nullable);
        self.run_cursor(cursor, &results, held, consume)
    }
}

fn window_call(call: &WindowExpr, kept: &mut Kept) -> WindowCall {
    WindowCall {
        name: call.callee.name(),
        function: match call.callee {
            WindowCallee::Function(_, overload) => WindowFunctionKind::Function(overload.scope, overload.body),
            WindowCallee::Aggregate(_, overload) => WindowFunctionKind::Aggregate(overload.states),
        },
        arguments: call.arguments.iter().map(|argument| kept.position(argument)).collect(),
        argument_types: call.arguments.iter().map(|argument| argument.data_type.clone()).collect(),
        filter: call.filter.as_ref().map(|filter| kept.position(filter)),
        result_type: call.data_type.clone(),
        frame: call.frame,
        span: call.span,
    }
}
