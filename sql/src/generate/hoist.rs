//! What kernels cannot compute is taken out of expressions into calls of vector functions.

use rowmill_vm::functions::{self, Body, NullRule, VectorFunction};
use rowmill_vm::kernel::Comparison;
use rowmill_vm::program::{Argument, CallId, FunctionCall, Op, RegisterInfo};
use rowmill_vm::{DataType, Result};

use super::batch::Batch;
use super::{Generator, cast, number};
use crate::optimize::may_fail;
use crate::plan::visit::any_child;
use crate::plan::{CastMode, Expr, ExprKind};

/// A call to be emitted.
struct Call {
    name: &'static str,
    function: VectorFunction,
    arguments: Vec<Expr>,
    nulls: NullRule,
    fallible: bool,
}

impl Generator<'_> {
    /// Whether some part of `expr` is not for kernels.
    pub(super) fn needs_call(&self, expr: &Expr) -> bool {
        if is_call(expr) {
            return true;
        }
        let mut found = false;
        expr.for_each_child(&mut |child| found = found || self.needs_call(child));
        found
    }

    /// `expr` with every part that is not for kernels replaced by the result of a call, which is emitted here. Where
    /// a part is only evaluated under a condition (CASE, AND, OR, COALESCE), `guard` says so: the call may fail only
    /// for rows where it is true.
    pub(super) fn hoist(&mut self, batch: &mut Batch, expr: Expr, guard: Option<&Expr>) -> Result<Expr> {
        if !self.needs_call(&expr) {
            return Ok(expr);
        }
        if let Some(found) = self.hoist_lookup(batch, &expr)? {
            return Ok(found);
        }
        if is_call(&expr) {
            return self.hoist_call(batch, expr, guard);
        }
        let Expr { kind, data_type, nullable, span } = expr;
        let kind = match kind {
            ExprKind::And(conjuncts) => ExprKind::And(self.hoist_chain(batch, conjuncts, guard, is_not_false)?),
            ExprKind::Or(disjuncts) => ExprKind::Or(self.hoist_chain(batch, disjuncts, guard, is_not_true)?),
            ExprKind::Coalesce(values) => ExprKind::Coalesce(self.hoist_chain(batch, values, guard, is_null)?),
            ExprKind::Case(branches, otherwise) => {
                let (branches, otherwise) = self.hoist_case(batch, branches, otherwise, guard)?;
                ExprKind::Case(branches, otherwise)
            }
            mut kind => {
                let mut node = Expr { kind, data_type: data_type.clone(), nullable, span };
                let mut failed = None;
                node.for_each_child_mut(&mut |child| {
                    let taken = std::mem::replace(child, null(&DataType::Null));
                    match self.hoist(batch, taken, guard) {
                        Ok(hoisted) => *child = hoisted,
                        Err(error) => failed = failed.take().or(Some(error)),
                    }
                });
                if let Some(error) = failed {
                    return Err(error);
                }
                kind = node.kind;
                kind
            }
        };
        Ok(Expr { kind, data_type, nullable, span })
    }

    /// Operands of which each is only evaluated where `goes_on` holds for all before it.
    fn hoist_chain(
        &mut self,
        batch: &mut Batch,
        operands: Vec<Expr>,
        guard: Option<&Expr>,
        goes_on: fn(Expr) -> Expr,
    ) -> Result<Vec<Expr>> {
        let mut hoisted: Vec<Expr> = Vec::with_capacity(operands.len());
        for operand in operands {
            let operand = if may_fail_in_call(&operand) {
                let conditions = guard.cloned().into_iter().chain(hoisted.iter().cloned().map(goes_on));
                let guard = all_of(conditions.collect());
                self.hoist(batch, operand, guard.as_ref())?
            } else {
                self.hoist(batch, operand, None)?
            };
            hoisted.push(operand);
        }
        Ok(hoisted)
    }

    #[expect(clippy::type_complexity, reason = "the two parts of ExprKind::Case")]
    fn hoist_case(
        &mut self,
        batch: &mut Batch,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
        guard: Option<&Expr>,
    ) -> Result<(Vec<(Expr, Expr)>, Option<Box<Expr>>)> {
        let mut before: Vec<Expr> = guard.cloned().into_iter().collect();
        let mut hoisted = Vec::with_capacity(branches.len());
        for (condition, value) in branches {
            let condition = self.hoist(batch, condition, all_of(before.clone()).as_ref())?;
            let mut here = before.clone();
            here.push(condition.clone());
            let value = self.hoist(batch, value, all_of(here).as_ref())?;
            before.push(is_not_true(condition.clone()));
            hoisted.push((condition, value));
        }
        let otherwise = match otherwise {
            Some(value) => Some(Box::new(self.hoist(batch, *value, all_of(before).as_ref())?)),
            None => None,
        };
        Ok((hoisted, otherwise))
    }

    fn hoist_call(&mut self, batch: &mut Batch, expr: Expr, guard: Option<&Expr>) -> Result<Expr> {
        let Expr { kind, data_type, nullable, span } = expr;
        let call = match kind {
            ExprKind::Literal(_) | ExprKind::Parameter(_) => Call {
                name: "constant",
                function: functions::CONSTANT,
                arguments: vec![Expr { kind, data_type: data_type.clone(), nullable, span }],
                nulls: NullRule::Handled,
                fallible: false,
            },
            ExprKind::Compare(comparison, left, right) => Call {
                name: symbol(comparison),
                function: functions::comparison(comparison, &left.data_type),
                arguments: vec![*left, *right],
                nulls: NullRule::Strict,
                fallible: false,
            },
            ExprKind::Distinct(left, right) => return self.hoist_distinct(batch, *left, *right, guard),
            ExprKind::InList(value, list) => {
                let value = Box::new(self.hoist(batch, *value, guard)?);
                let equal = |item: Expr| Expr {
                    span: item.span,
                    data_type: DataType::Boolean,
                    nullable: value.nullable || item.nullable,
                    kind: ExprKind::Compare(Comparison::Equal, value.clone(), Box::new(item)),
                };
                let any = ExprKind::Or(list.into_iter().map(equal).collect());
                return self.hoist(batch, Expr { kind: any, data_type, nullable, span }, guard);
            }
            ExprKind::Case(branches, otherwise) => {
                let (branches, otherwise) = self.hoist_case(batch, branches, otherwise, guard)?;
                let otherwise = otherwise.map_or_else(|| null(&data_type), |value| *value);
                let arguments = branches.into_iter().flat_map(|(condition, value)| [condition, value]);
                Call {
                    name: "case",
                    function: functions::CASE,
                    arguments: arguments.chain([otherwise]).collect(),
                    nulls: NullRule::Handled,
                    fallible: false,
                }
            }
            ExprKind::Coalesce(values) => Call {
                name: "coalesce",
                function: functions::COALESCE,
                arguments: self.hoist_chain(batch, values, guard, is_null)?,
                nulls: NullRule::Handled,
                fallible: false,
            },
            ExprKind::Cast(value, mode) => cast_call(*value, &data_type, mode)?,
            ExprKind::Function(function, arguments) => match function.overload.body {
                Body::Vector(body) => Call {
                    name: function.function.name,
                    function: body,
                    arguments,
                    nulls: function.overload.nulls,
                    fallible: function.overload.fallible,
                },
                Body::Helper(_) => unreachable!("helpers are for kernels"),
            },
            ExprKind::Column(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Negate(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Not(_)
            | ExprKind::IsNull(_) => unreachable!("for kernels, by `is_call`"),
        };
        self.emit_call(batch, call, (data_type, nullable), guard, span)
    }

    /// Emits a call: its arguments first, then its guard.
    fn emit_call(
        &mut self,
        batch: &mut Batch,
        call: Call,
        (result_type, may_be_null): (DataType, bool),
        guard: Option<&Expr>,
        span: rowmill_vm::Span,
    ) -> Result<Expr> {
        let argument_types: Vec<DataType> = call.arguments.iter().map(|argument| argument.data_type.clone()).collect();
        // What handles NULLs itself is known by its expression.
        let mut nullable = call.nulls == NullRule::Handled && may_be_null;
        let mut arguments = Vec::with_capacity(call.arguments.len());
        let mut computed = Vec::new();
        for argument in call.arguments {
            match argument.kind {
                ExprKind::Literal(value) => {
                    nullable |= value.is_null() && call.nulls == NullRule::Strict;
                    arguments.push(Some(Argument::Constant(value)));
                }
                ExprKind::Parameter(parameter) => {
                    // The program serves for any value of the type.
                    nullable = true;
                    arguments.push(Some(Argument::Parameter(parameter)));
                }
                _ => {
                    arguments.push(None);
                    let argument = self.hoist(batch, argument, guard)?;
                    computed.push(guarded(argument, guard));
                }
            }
        }
        let guard = guard.filter(|_| call.fallible).cloned();
        let guarded = guard.is_some();
        computed.extend(guard);
        let mut registers = self.call_registers(batch, &computed)?;
        let guard = if guarded { registers.pop() } else { None };
        if call.nulls == NullRule::Strict {
            nullable |= registers.iter().any(|register| self.info(*register).nullable);
        }
        let mut registers = registers.into_iter();
        let arguments = arguments
            .into_iter()
            .map(|argument| {
                argument.unwrap_or_else(|| {
                    Argument::Register(registers.next().expect("one register for each computed argument"))
                })
            })
            .collect();
        let form = result_type.form();
        let info = RegisterInfo { data_type: result_type.clone(), form, nullable, space: batch.space };
        let result = self.register(info)?;
        let id = number(self.program.calls.len(), "function calls").map(CallId)?;
        self.program.calls.push(FunctionCall {
            function: call.function,
            name: call.name,
            arguments,
            argument_types,
            result_type,
            nulls: call.nulls,
            guard,
        });
        self.emit(Op::Function { call: id, space: batch.space, result }, span, || format!("{result} = {}", call.name))?;
        Ok(self.register_expr(batch, result, span))
    }

    /// Registers of expressions without calls, one kernel for all that is to be computed.
    fn call_registers(&mut self, batch: &mut Batch, exprs: &[Expr]) -> Result<Vec<rowmill_vm::program::Register>> {
        let computed: Vec<Expr> =
            exprs.iter().filter(|expr| !matches!(expr.kind, ExprKind::Column(_))).cloned().collect();
        let mut computed = self.run_kernel(batch, &[], &computed)?.into_iter();
        exprs
            .iter()
            .map(|expr| match expr.kind {
                ExprKind::Column(column) => self.column_register(batch, column),
                _ => Ok(computed.next().expect("one register for each computed expression")),
            })
            .collect()
    }

    /// a IS DISTINCT FROM b, for what kernels do not compare: NOT (both NULL OR a = b is true).
    fn hoist_distinct(&mut self, batch: &mut Batch, left: Expr, right: Expr, guard: Option<&Expr>) -> Result<Expr> {
        let (left, right) = (self.hoist(batch, left, guard)?, self.hoist(batch, right, guard)?);
        let both_null = boolean(ExprKind::And(vec![is_null(left.clone()), is_null(right.clone())]));
        let equal =
            Expr { nullable: true, ..boolean(ExprKind::Compare(Comparison::Equal, Box::new(left), Box::new(right))) };
        let equal = self.hoist(batch, equal, None)?;
        let same = boolean(ExprKind::Or(vec![both_null, is_true(equal)]));
        Ok(boolean(ExprKind::Not(Box::new(same))))
    }
}

/// Whether this node itself (not its operands) is a call.
pub(super) fn is_call(expr: &Expr) -> bool {
    let outside = |data_type: &DataType| data_type.lane().is_none();
    match &expr.kind {
        ExprKind::Column(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Negate(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::IsNull(_) => false,
        ExprKind::Literal(_) | ExprKind::Parameter(_) | ExprKind::Case(..) | ExprKind::Coalesce(_) => {
            outside(&expr.data_type)
        }
        ExprKind::Compare(_, left, _) | ExprKind::Distinct(left, _) | ExprKind::InList(left, _) => {
            outside(&left.data_type) || left.data_type == DataType::Interval
        }
        ExprKind::Cast(value, mode) => !cast::is_for_kernels(&value.data_type, &expr.data_type, *mode),
        ExprKind::Function(function, _) => matches!(function.overload.body, Body::Vector(_)),
    }
}

/// What may fail, for rows only in which `guard` is true; NULL in others.
fn guarded(expr: Expr, guard: Option<&Expr>) -> Expr {
    match guard {
        Some(guard) if may_fail(&expr) => {
            let (data_type, span) = (expr.data_type.clone(), expr.span);
            Expr { kind: ExprKind::Case(vec![(guard.clone(), expr)], None), data_type, nullable: true, span }
        }
        _ => expr,
    }
}

/// Whether `expr` contains a call that can fail, or one of something that can: only then its guard is worth computing.
fn may_fail_in_call(expr: &Expr) -> bool {
    if is_call(expr) {
        return may_fail(expr);
    }
    any_child(expr, may_fail_in_call)
}

fn cast_call(value: Expr, to: &DataType, mode: CastMode) -> Result<Call> {
    let cast = functions::cast::find(&value.data_type, to)
        .ok_or_else(|| rowmill_vm::Error::types(format!("cannot cast {} to {to}", value.data_type)).at(value.span))?;
    let (name, function, nulls, fallible) = match mode {
        CastMode::Error => ("cast", cast.cast, NullRule::Strict, cast.fallible),
        CastMode::Null => ("try_cast", cast.try_cast, NullRule::Handled, false),
    };
    Ok(Call { name, function, arguments: vec![value], nulls, fallible })
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    }
}

fn boolean(kind: ExprKind) -> Expr {
    Expr { kind, data_type: DataType::Boolean, nullable: false, span: rowmill_vm::Span::NONE }
}

pub(super) fn null(data_type: &DataType) -> Expr {
    Expr {
        kind: ExprKind::Literal(rowmill_vm::Value::Null),
        data_type: data_type.clone(),
        nullable: true,
        span: rowmill_vm::Span::NONE,
    }
}

fn is_null(expr: Expr) -> Expr {
    boolean(ExprKind::IsNull(Box::new(expr)))
}

fn is_true(expr: Expr) -> Expr {
    let literal = boolean(ExprKind::Literal(rowmill_vm::Value::Boolean(false)));
    boolean(ExprKind::Coalesce(vec![expr, literal]))
}

fn is_not_true(expr: Expr) -> Expr {
    boolean(ExprKind::Not(Box::new(is_true(expr))))
}

fn is_not_false(expr: Expr) -> Expr {
    let literal = boolean(ExprKind::Literal(rowmill_vm::Value::Boolean(true)));
    boolean(ExprKind::Coalesce(vec![expr, literal]))
}

/// The conjunction, or `None` of nothing.
fn all_of(mut conditions: Vec<Expr>) -> Option<Expr> {
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(Expr { nullable: true, ..boolean(ExprKind::And(conditions)) }),
    }
}
