//! Aggregates as accumulators of a kernel: nothing is stored between filter and sum. Without keys there is one of each;
//! with keys of which few values are known to be there is one of each for every group.

use rowmill_vm::aggregates::AggregateFunction;
use rowmill_vm::kernel::limits::GROUPS_MAX;
use rowmill_vm::kernel::{AccKind, Logic, Operand};
use rowmill_vm::program::{KernelId, LookupId, SpaceOrigin};
use rowmill_vm::{Lane, Result, Span};

use super::Generator;
use super::batch::Batch;
use super::lower::{Lowered, LoweredValue};
use super::materialize::KernelScope;
use crate::plan::{AggregateExpr, ColumnId, Expr, column_of};

/// The smallest and the largest value of a key.
type Bounds = (i32, i32);

/// A kernel that accumulates.
pub(super) struct Accumulating {
    pub(super) kernel: KernelId,
    /// For each key whether it may be NULL, and the strings whose numbers it is.
    pub(super) nullable: Vec<bool>,
    pub(super) coded: Vec<Option<LookupId>>,
    /// For each aggregate whether an argument may be NULL.
    pub(super) nullable_arguments: Vec<bool>,
}

/// An aggregate whose argument is lowered.
struct Argument {
    kind: AccKind,
    value: Option<(Lane, Operand)>,
    mask: Logic,
    nullable: bool,
    span: Span,
}

impl Generator<'_> {
    /// A kernel that filters and adds to accumulators, if the aggregates can be some, and the keys make few groups.
    /// `may_group` says whether there may be groups at all.
    pub(super) fn accumulate_if_few(
        &mut self,
        batch: &mut Batch,
        keys: &[(ColumnId, Expr)],
        calls: &[(ColumnId, AggregateExpr)],
        may_group: bool,
    ) -> Result<Option<Accumulating>> {
        if keys.is_empty() {
            return match !calls.is_empty() && self.accumulates(batch, calls) {
                true => self.accumulate(batch, calls).map(Some),
                false => Ok(None),
            };
        }
        if !may_group || !self.accumulates_by_group(batch, calls) {
            return Ok(None);
        }
        let bounds = self.group_bounds(batch, keys);
        bounds.map(|bounds| self.accumulate_groups(batch, keys, &bounds, calls)).transpose()
    }

    fn accumulate(&mut self, batch: &mut Batch, calls: &[(ColumnId, AggregateExpr)]) -> Result<Accumulating> {
        let (mut scope, filters) = self.filtered(batch)?;
        let mut nullable_arguments = Vec::with_capacity(calls.len());
        for (_, call) in calls {
            let argument = self.lower_call(batch, &mut scope, call)?;
            add(&mut scope, &argument);
            nullable_arguments.push(argument.nullable);
        }
        let kernel = self.emit_accumulating(batch, scope, filters)?;
        Ok(Accumulating { kernel, nullable: Vec::new(), coded: Vec::new(), nullable_arguments })
    }

    /// As [`Generator::accumulate`], for the groups of `keys`, all of which have `bounds`.
    fn accumulate_groups(
        &mut self,
        batch: &mut Batch,
        keys: &[(ColumnId, Expr)],
        bounds: &[Bounds],
        calls: &[(ColumnId, AggregateExpr)],
    ) -> Result<Accumulating> {
        let (mut scope, filters) = self.filtered(batch)?;
        let arguments: Vec<Argument> =
            calls.iter().map(|(_, call)| self.lower_call(batch, &mut scope, call)).collect::<Result<_>>()?;
        let (mut digits, mut coded) = (Vec::new(), Vec::new());
        for ((_, key), bounds) in keys.iter().zip(bounds) {
            let key = batch.expand(key.clone());
            let code = column_of(&key).and_then(|column| Some((column, batch.coded(column)?)));
            coded.push(code.map(|(_, code)| code.strings));
            let Lowered { value, valid } = match code {
                Some((column, code)) => {
                    let codes = self.code_register(batch, column, code)?;
                    self.lower_register(&mut scope, codes)
                }
                None => {
                    let key = self.hoist_lookups(batch, key)?;
                    self.lower(batch, &mut scope, &key, Logic::True)?
                }
            };
            let number = match value {
                LoweredValue::Scalar(_, operand) => operand,
                LoweredValue::Truth(truth) => {
                    let (one, zero) = (scope.builder.integer(Lane::I32, 1), scope.builder.integer(Lane::I32, 0));
                    scope.builder.select(Lane::I32, truth, one, zero)
                }
            };
            digits.push((number, *bounds, valid));
        }
        scope.builder.at(Span::NONE);
        scope.builder.group(&digits);
        arguments.iter().for_each(|argument| add(&mut scope, argument));
        Ok(Accumulating {
            kernel: self.emit_accumulating(batch, scope, filters)?,
            nullable: digits.iter().map(|(_, _, valid)| *valid != Logic::True).collect(),
            coded,
            nullable_arguments: arguments.iter().map(|argument| argument.nullable).collect(),
        })
    }

    /// A kernel with the predicates that wait, and whether there are any.
    fn filtered(&mut self, batch: &mut Batch) -> Result<(KernelScope, bool)> {
        let predicates = self.prepare_predicates(batch)?;
        let mut scope = KernelScope::new();
        self.lower_predicates(batch, &mut scope, &predicates)?;
        Ok((scope, !predicates.is_empty()))
    }

    fn emit_accumulating(&mut self, batch: &Batch, scope: KernelScope, filters: bool) -> Result<KernelId> {
        let passed = if filters { self.space(SpaceOrigin::Selection(batch.space))? } else { batch.space };
        self.emit_kernel(batch, scope, passed, Vec::new(), || "filter + aggregate, fused".into())
    }

    fn lower_call(&mut self, batch: &mut Batch, scope: &mut KernelScope, call: &AggregateExpr) -> Result<Argument> {
        let mut mask = Logic::True;
        if let Some(filter) = &call.filter {
            let filter = batch.expand(filter.clone());
            let filter = self.hoist_lookups(batch, filter)?;
            mask = self.lower(batch, scope, &filter, Logic::True)?.is_true(&mut scope.builder);
        }
        let kind = call.overload.accumulator.expect("checked by `accumulates`");
        let Some(argument) = call.arguments.first() else {
            return Ok(Argument { kind, value: None, mask, nullable: false, span: call.span });
        };
        let argument = batch.expand(argument.clone());
        let argument = self.hoist_lookups(batch, argument)?;
        let Lowered { value, valid } = self.lower(batch, scope, &argument, mask)?;
        let mask = scope.builder.and(mask, valid);
        let value = match value {
            LoweredValue::Scalar(lane, operand) if kind != AccKind::Count => Some((lane, operand)),
            LoweredValue::Scalar(..) | LoweredValue::Truth(_) => None,
        };
        Ok(Argument { kind, value, mask, nullable: valid != Logic::True, span: call.span })
    }

    /// Whether every aggregate can be an accumulator of one kernel.
    fn accumulates(&self, batch: &Batch, calls: &[(ColumnId, AggregateExpr)]) -> bool {
        let simple = |expr: &Expr| self.is_for_kernels(batch, &batch.expand(expr.clone()));
        calls.iter().all(|(_, call)| {
            call.overload.accumulator.is_some()
                && !call.distinct
                && call.arguments.iter().chain(&call.filter).all(simple)
                && call.arguments.iter().all(|argument| {
                    argument.data_type.lane().is_some_and(|lane| lane != Lane::Mask || is_count(call.function))
                })
        })
    }

    /// Whether every aggregate can be one of each group too: the smallest of wide values cannot.
    fn accumulates_by_group(&self, batch: &Batch, calls: &[(ColumnId, AggregateExpr)]) -> bool {
        let is_wide = |(_, call): &(ColumnId, AggregateExpr)| {
            matches!(call.overload.accumulator, Some(AccKind::Min | AccKind::Max))
                && call.arguments.iter().any(|argument| argument.data_type.lane() == Some(Lane::I128))
        };
        self.accumulates(batch, calls) && !calls.iter().any(is_wide)
    }

    /// The bounds of all keys, if each has some and they make few groups.
    fn group_bounds(&self, batch: &Batch, keys: &[(ColumnId, Expr)]) -> Option<Vec<Bounds>> {
        let bounds: Vec<Bounds> =
            keys.iter().map(|(_, key)| self.key_bounds(batch, &batch.expand(key.clone()))).collect::<Option<_>>()?;
        // One more place is for NULL.
        let places = |(low, high): &Bounds| usize::try_from(i64::from(*high) - i64::from(*low) + 2).ok();
        let groups = bounds.iter().try_fold(1usize, |groups, bounds| groups.checked_mul(places(bounds)?));
        groups.filter(|groups| *groups <= GROUPS_MAX).map(|_| bounds)
    }

    fn key_bounds(&self, batch: &Batch, key: &Expr) -> Option<Bounds> {
        let Some(column) = column_of(key) else {
            return (key.data_type.lane() == Some(Lane::Mask) && self.is_for_kernels(batch, key)).then_some((0, 1));
        };
        if batch.coded(column).is_none() && !matches!(self.lane_of_column(batch, column)?, Lane::Mask | Lane::I32) {
            return None;
        }
        let (low, high) = self.column_bounds(batch, column)?;
        Some((low.try_into().ok()?, high.try_into().ok()?))
    }
}

fn is_count(function: &AggregateFunction) -> bool {
    function.name == "count"
}

fn add(scope: &mut KernelScope, argument: &Argument) {
    let builder = &mut scope.builder;
    builder.at(argument.span);
    match (argument.kind, argument.value) {
        (AccKind::Count, _) | (_, None) => builder.count(argument.mask),
        (AccKind::SumInteger | AccKind::SumDouble, Some((lane, operand))) => builder.sum(lane, operand, argument.mask),
        (AccKind::Min, Some((lane, operand))) => builder.acc_min(lane, operand, argument.mask),
        (AccKind::Max, Some((lane, operand))) => builder.acc_max(lane, operand, argument.mask),
    };
}
