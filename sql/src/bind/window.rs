//! Calls with OVER: taken out of the expressions they stand in, which then read their results.

use rowmill_vm::program::{Frame, FrameBound, FrameUnit};
use rowmill_vm::windows::WindowFunction;
use rowmill_vm::{Error, Result, Span, Value, aggregates, windows};
use sqlparser::ast::{self, NamedWindowExpr, Spanned, WindowFrameBound, WindowFrameUnits, WindowType};

use super::call;
use super::coerce;
use super::expression::ExpressionBinder;
use super::function::Arguments;
use super::order::direction;
use super::unsupported;
use crate::parse::byte_span;
use crate::plan::visit::same;
use crate::plan::{ColumnId, Expr, ExprKind, Plan, SortExpr, WindowCallee, WindowExpr};

/// Names of windows that follow one another in WINDOW and in OVER.
const NAMED_WINDOWS_MAX: usize = 16;

/// The windows of one SELECT.
#[derive(Default)]
pub(super) struct Windows {
    pub(super) windows: Vec<Window>,
}

/// Functions with the same partition and order.
pub(super) struct Window {
    pub(super) partition: Vec<Expr>,
    pub(super) order: Vec<SortExpr>,
    pub(super) calls: Vec<(ColumnId, WindowExpr)>,
}

/// A window as it is written, names replaced by what they stand for.
#[derive(Default)]
struct Written<'q> {
    partition: &'q [ast::Expr],
    order: &'q [ast::OrderByExpr],
    frame: Option<&'q ast::WindowFrame>,
}

impl Window {
    /// Visits the expressions that are computed below the window.
    pub(super) fn for_each_expr_mut(&mut self, mut visit: impl FnMut(&mut Expr) -> Result<()>) -> Result<()> {
        self.partition.iter_mut().try_for_each(&mut visit)?;
        self.order.iter_mut().try_for_each(|key| visit(&mut key.expr))?;
        for (_, call) in &mut self.calls {
            call.arguments.iter_mut().chain(&mut call.filter).try_for_each(&mut visit)?;
        }
        Ok(())
    }

    /// The rows of `plan` with the results.
    pub(super) fn over(self, plan: Plan) -> Plan {
        let Window { partition, order, calls } = self;
        Plan::Window { input: Box::new(plan), partition, order, calls }
    }
}

impl ExpressionBinder<'_, '_> {
    /// A call with OVER, as the column of its result.
    pub(super) fn bind_window(
        &mut self,
        function: &ast::Function,
        arguments: &Arguments<'_>,
        over: &WindowType,
        span: Span,
    ) -> Result<Expr> {
        let Some(windows) = self.windows.take() else {
            let error = Error::types(format!("window functions are not allowed in {}", self.surroundings.clause));
            let error = error.at(span);
            return Err(match self.surroundings.clause {
                "WHERE" | "HAVING" => error.with_hint("filter by their results with QUALIFY"),
                _ => error,
            });
        };
        let clause = std::mem::replace(&mut self.surroundings.clause, "a window function");
        let bound = self.window_call(function, arguments, (over, self.named_windows), span);
        self.surroundings.clause = clause;
        let result = bound.map(|(window, call)| self.add_call(windows, window, call));
        self.windows = Some(windows);
        Ok(self.binder.column(result?, span))
    }

    /// Adds a call to the window that it is over; the column of its result.
    fn add_call(&mut self, windows: &mut Windows, window: Window, call: WindowExpr) -> ColumnId {
        let known = windows.windows.iter_mut().find(|known| same_window(known, &window));
        let window = match known {
            Some(known) => known,
            None => {
                windows.windows.push(window);
                let last = windows.windows.len() - 1;
                &mut windows.windows[last]
            }
        };
        if let Some((id, _)) = window.calls.iter().find(|(_, known)| same_call(known, &call)) {
            return *id;
        }
        let nullable = match call.callee {
            WindowCallee::Function(_, overload) => overload.nullable,
            WindowCallee::Aggregate(_, overload) => overload.empty_is_null,
        };
        let id = self.binder.columns.add(call.callee.name(), call.data_type.clone(), nullable);
        window.calls.push((id, call));
        id
    }

    fn window_call(
        &mut self,
        function: &ast::Function,
        arguments: &Arguments<'_>,
        (over, named): (&WindowType, &[ast::NamedWindowDefinition]),
        span: Span,
    ) -> Result<(Window, WindowExpr)> {
        if arguments.distinct {
            return Err(unsupported("DISTINCT in a window function is", span));
        }
        let mut written = Written::default();
        match over {
            WindowType::WindowSpec(spec) => resolve(spec, named, &mut written, 0)?,
            WindowType::NamedWindow(name) => resolve_name(name, named, &mut written, 0)?,
        }
        let bound = arguments.exprs.iter().map(|argument| self.bind(argument)).collect::<Result<Vec<_>>>()?;
        let filter = match &function.filter {
            Some(filter) => Some(coerce::boolean(self.bind(filter)?, "FILTER")?),
            None => None,
        };
        let partition: Vec<Expr> = written.partition.iter().map(|expr| self.bind(expr)).collect::<Result<_>>()?;
        let mut order = Vec::with_capacity(written.order.len());
        for key in written.order {
            let (direction, nulls) =
                direction(&key.options, self.binder.catalog.default_nulls(), byte_span(key.expr.span()))?;
            order.push(SortExpr { expr: self.bind(&key.expr)?, order: direction, nulls });
        }
        // A constant neither divides nor orders rows.
        let partition: Vec<Expr> = partition.into_iter().filter(|expr| !is_constant(expr)).collect();
        order.retain(|key| !is_constant(&key.expr));
        let frame = match written.frame {
            Some(frame) => self.frame(frame, span)?,
            None if order.is_empty() => Frame::PARTITION,
            None => Frame::RUNNING,
        };
        let name = match function.name.0.last() {
            Some(ast::ObjectNamePart::Identifier(name)) => name.value.as_str(),
            _ => return Err(unsupported("this kind of call is", span)),
        };
        let call = match (windows::find(name), aggregates::find(name)) {
            (Some(found), _) if !arguments.is_star => window_function(found, bound, filter.as_ref(), frame, span)?,
            (None, Some(found)) => {
                let (overload, arguments) = self.aggregate_overload(found, bound, arguments.is_star, span)?;
                let data_type = call::result_type(&overload.result, &arguments);
                let callee = WindowCallee::Aggregate(found, overload);
                WindowExpr { callee, arguments, filter, frame, data_type, span }
            }
            (Some(_), _) => return Err(Error::types(format!("{name}(*) is not defined")).at(span)),
            (None, None) => return Err(call::no_window_function(name, byte_span(function.name.span()))),
        };
        Ok((Window { partition, order, calls: Vec::new() }, call))
    }

    /// ROWS or GROUPS BETWEEN … AND …; RANGE without distances.
    fn frame(&mut self, frame: &ast::WindowFrame, span: Span) -> Result<Frame> {
        let unit = match frame.units {
            WindowFrameUnits::Rows => FrameUnit::Rows,
            WindowFrameUnits::Groups | WindowFrameUnits::Range => FrameUnit::Groups,
        };
        let start = self.frame_bound(frame, &frame.start_bound, span)?;
        let end = match &frame.end_bound {
            Some(end) => self.frame_bound(frame, end, span)?,
            None => FrameBound::Offset(0),
        };
        let wrong = |message: &str| Err(Error::syntax(message).at(span));
        match (&frame.start_bound, &frame.end_bound) {
            (WindowFrameBound::Following(None), _) => return wrong("a frame cannot start at UNBOUNDED FOLLOWING"),
            (_, Some(WindowFrameBound::Preceding(None))) => return wrong("a frame cannot end at UNBOUNDED PRECEDING"),
            (WindowFrameBound::Following(_), None | Some(WindowFrameBound::CurrentRow))
            | (WindowFrameBound::Following(_) | WindowFrameBound::CurrentRow, Some(WindowFrameBound::Preceding(_))) => {
                return wrong("a frame cannot end before it starts");
            }
            _ => {}
        }
        Ok(Frame { unit, start, end })
    }

    fn frame_bound(&mut self, frame: &ast::WindowFrame, bound: &WindowFrameBound, span: Span) -> Result<FrameBound> {
        let (distance, sign) = match bound {
            WindowFrameBound::CurrentRow => return Ok(FrameBound::Offset(0)),
            WindowFrameBound::Preceding(None) | WindowFrameBound::Following(None) => return Ok(FrameBound::Unbounded),
            WindowFrameBound::Preceding(Some(distance)) => (distance, -1),
            WindowFrameBound::Following(Some(distance)) => (distance, 1),
        };
        if frame.units == WindowFrameUnits::Range {
            return Err(unsupported("RANGE with a distance is", span));
        }
        match self.bind(distance)?.kind {
            ExprKind::Literal(Value::Integer(count @ 0..)) => Ok(FrameBound::Offset(sign * count)),
            ExprKind::Literal(Value::Integer(count)) => {
                Err(Error::types(format!("a frame's distance cannot be negative: {count}")).at(span))
            }
            ExprKind::Literal(_) => Err(Error::types("a frame's distance is a number of rows or groups").at(span)),
            _ => Err(unsupported("a frame's distance that is no literal is", span)),
        }
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Parameter(_))
}

fn window_function(
    function: &'static WindowFunction,
    bound: Vec<Expr>,
    filter: Option<&Expr>,
    frame: Frame,
    span: Span,
) -> Result<WindowExpr> {
    if filter.is_some() {
        return Err(Error::types(format!("FILTER is for aggregates, and {} is none", function.name)).at(span));
    }
    let forms = function.overloads.iter().map(|overload| (overload.arguments, false));
    let Some(chosen) = call::choose(forms.clone(), &bound) else {
        return Err(call::no_form(function.name, forms, &bound, span));
    };
    let overload = &function.overloads[chosen];
    let arguments = call::cast_arguments(overload.arguments, bound)?;
    let data_type = call::result_type(&overload.result, &arguments);
    let callee = WindowCallee::Function(function, overload);
    Ok(WindowExpr { callee, arguments, filter: None, frame, data_type, span })
}

/// Adds what a window says to what its names have said: a name gives the partition, and an order if there is one.
fn resolve<'q>(
    spec: &'q ast::WindowSpec,
    named: &'q [ast::NamedWindowDefinition],
    written: &mut Written<'q>,
    depth: usize,
) -> Result<()> {
    if let Some(name) = &spec.window_name {
        resolve_name(name, named, written, depth)?;
        let span = byte_span(name.span);
        if written.frame.is_some() || !spec.partition_by.is_empty() {
            let message = format!("window \"{}\" has a frame, or a partition, of its own", name.value);
            return Err(Error::syntax(message).at(span));
        }
        if !written.order.is_empty() && !spec.order_by.is_empty() {
            return Err(Error::syntax(format!("window \"{}\" has an ORDER BY of its own", name.value)).at(span));
        }
    }
    if !spec.partition_by.is_empty() {
        written.partition = &spec.partition_by;
    }
    if !spec.order_by.is_empty() {
        written.order = &spec.order_by;
    }
    written.frame = spec.window_frame.as_ref().or(written.frame);
    Ok(())
}

fn resolve_name<'q>(
    name: &'q ast::Ident,
    named: &'q [ast::NamedWindowDefinition],
    written: &mut Written<'q>,
    depth: usize,
) -> Result<()> {
    let span = byte_span(name.span);
    let is = |definition: &&ast::NamedWindowDefinition| definition.0.value.eq_ignore_ascii_case(&name.value);
    let Some(definition) = named.iter().find(is) else {
        return Err(Error::name(format!("no window \"{}\" in WINDOW", name.value)).at(span));
    };
    if depth >= NAMED_WINDOWS_MAX {
        return Err(Error::limit(format!("more than {NAMED_WINDOWS_MAX} windows named by one another")).at(span));
    }
    match &definition.1 {
        NamedWindowExpr::NamedWindow(other) => resolve_name(other, named, written, depth + 1),
        NamedWindowExpr::WindowSpec(spec) => resolve(spec, named, written, depth + 1),
    }
}

fn same_window(left: &Window, right: &Window) -> bool {
    let same_key = |a: &SortExpr, b: &SortExpr| a.order == b.order && a.nulls == b.nulls && same(&a.expr, &b.expr);
    left.partition.len() == right.partition.len()
        && left.partition.iter().zip(&right.partition).all(|(a, b)| same(a, b))
        && left.order.len() == right.order.len()
        && left.order.iter().zip(&right.order).all(|(a, b)| same_key(a, b))
}

fn same_call(left: &WindowExpr, right: &WindowExpr) -> bool {
    let same_callee = match (left.callee, right.callee) {
        (WindowCallee::Function(_, a), WindowCallee::Function(_, b)) => std::ptr::eq(a, b),
        (WindowCallee::Aggregate(_, a), WindowCallee::Aggregate(_, b)) => std::ptr::eq(a, b),
        (WindowCallee::Function(..), WindowCallee::Aggregate(..))
        | (WindowCallee::Aggregate(..), WindowCallee::Function(..)) => false,
    };
    let same_filter = match (&left.filter, &right.filter) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    same_callee
        && same_filter
        && left.frame == right.frame
        && left.arguments.len() == right.arguments.len()
        && left.arguments.iter().zip(&right.arguments).all(|(left, right)| same(left, right))
}
