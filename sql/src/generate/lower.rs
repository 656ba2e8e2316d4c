//! Expressions as kernel instructions: three-valued logic becomes mask arithmetic, and what can fail gets a guard.

use rowmill_vm::functions::Body;
use rowmill_vm::kernel::{Helper, Logic, Operand};
use rowmill_vm::types::DECIMAL_PRECISION_MAX;
use rowmill_vm::{DataType, Error, Lane, Result, Value};

use super::batch::Batch;
use super::materialize::KernelScope;
use super::{Generator, cast};
use crate::plan::{ArithmeticOp, ColumnId, Expr, ExprKind};

/// A lowered expression: its value, and which rows have one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lowered {
    pub(super) value: LoweredValue,
    pub(super) valid: Logic,
}

/// Where a lowered value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum LoweredValue {
    /// In a lane.
    Scalar(Lane, Operand),
    /// A truth value.
    Truth(Logic),
}

impl Lowered {
    pub(super) fn scalar(lane: Lane, operand: Operand, valid: Logic) -> Lowered {
        Lowered { value: LoweredValue::Scalar(lane, operand), valid }
    }

    pub(super) fn truth(truth: Logic, valid: Logic) -> Lowered {
        Lowered { value: LoweredValue::Truth(truth), valid }
    }

    /// Rows for which this BOOLEAN is true: neither false nor NULL.
    pub(super) fn is_true(&self, builder: &mut rowmill_vm::kernel::KernelBuilder) -> Logic {
        builder.and(self.as_truth(), self.valid)
    }

    fn is_false(&self, builder: &mut rowmill_vm::kernel::KernelBuilder) -> Logic {
        builder.and_not(self.valid, self.as_truth())
    }

    /// The truth value of a BOOLEAN.
    pub(super) fn as_truth(&self) -> Logic {
        match self.value {
            LoweredValue::Truth(truth) => truth,
            LoweredValue::Scalar(..) => unreachable!("the binder made sure that this is BOOLEAN"),
        }
    }

    /// The operand of anything but a BOOLEAN.
    pub(super) fn operand(&self) -> Operand {
        match self.value {
            LoweredValue::Scalar(_, operand) => operand,
            LoweredValue::Truth(_) => unreachable!("the binder made sure that this is not BOOLEAN"),
        }
    }
}

/// The lane of a type that kernels compute.
pub(super) fn lane_of(data_type: &DataType) -> Lane {
    data_type.lane().expect("calls were hoisted: what is left is for kernels")
}

impl Generator<'_> {
    /// Emits instructions for `expr`, which has no calls. It may fail only for rows of `guard`.
    pub(super) fn lower(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        expr: &Expr,
        guard: Logic,
    ) -> Result<Lowered> {
        scope.builder.at(expr.span);
        match &expr.kind {
            ExprKind::Column(column) => self.lower_column(batch, scope, *column),
            ExprKind::Literal(value) => Ok(literal(scope, value, &expr.data_type)),
            ExprKind::Parameter(parameter) => Ok(parameter_value(scope, *parameter, &expr.data_type)),
            ExprKind::Arithmetic(op, left, right) => {
                self.lower_arithmetic(batch, scope, expr, (*op, left, right), guard)
            }
            ExprKind::Negate(value) => self.lower_negate(batch, scope, expr, value, guard),
            ExprKind::Compare(comparison, left, right) => {
                let a = self.lower(batch, scope, left, guard)?;
                let b = self.lower(batch, scope, right, guard)?;
                let valid = scope.builder.and(a.valid, b.valid);
                scope.builder.at(expr.span);
                Ok(Lowered::truth(compare(scope, *comparison, &a, &b), valid))
            }
            ExprKind::Distinct(left, right) => {
                let a = self.lower(batch, scope, left, guard)?;
                let b = self.lower(batch, scope, right, guard)?;
                let differ = compare(scope, rowmill_vm::kernel::Comparison::NotEqual, &a, &b);
                let both = scope.builder.and(a.valid, b.valid);
                let differ = scope.builder.and(both, differ);
                let one_null = scope.builder.xor(a.valid, b.valid);
                Ok(Lowered::truth(scope.builder.or(differ, one_null), Logic::True))
            }
            ExprKind::And(operands) => self.lower_connective(batch, scope, (operands, false), guard),
            ExprKind::Or(operands) => self.lower_connective(batch, scope, (operands, true), guard),
            ExprKind::Not(value) => {
                let value = self.lower(batch, scope, value, guard)?;
                Ok(Lowered::truth(scope.builder.not(value.as_truth()), value.valid))
            }
            ExprKind::IsNull(value) => {
                let valid = self.lower_validity(batch, scope, value, guard)?;
                Ok(Lowered::truth(scope.builder.not(valid), Logic::True))
            }
            ExprKind::Case(branches, otherwise) => {
                self.lower_case(batch, scope, &expr.data_type, branches, otherwise.as_deref(), guard)
            }
            ExprKind::Coalesce(values) => self.lower_coalesce(batch, scope, &expr.data_type, values, guard),
            ExprKind::InList(value, list) => self.lower_in_list(batch, scope, value, list, guard),
            ExprKind::Cast(value, _) => {
                let lowered = self.lower(batch, scope, value, guard)?;
                scope.builder.at(expr.span);
                let guard = scope.builder.and(guard, lowered.valid);
                Ok(cast::lower(&mut scope.builder, &lowered, &value.data_type, &expr.data_type, guard))
            }
            ExprKind::Function(function, arguments) => match function.overload.body {
                Body::Helper(helper) => self.lower_helper(batch, scope, expr, (helper, arguments), guard),
                Body::Vector(_) => Err(Error::internal("a call was not hoisted")),
            },
        }
    }

    fn lower_column(&mut self, batch: &mut Batch, scope: &mut KernelScope, column: ColumnId) -> Result<Lowered> {
        if let Some(looked_up) = batch.looked_up(column) {
            return self.lower_lookup(batch, scope, looked_up);
        }
        if let Some(among_keys) = batch.among_keys(column) {
            return self.lower_among_keys(batch, scope, among_keys);
        }
        if let Some(packed) = batch.packed(column).cloned() {
            return self.lower_packed(batch, scope, &packed);
        }
        let register = self.column_register(batch, column)?;
        Ok(self.lower_register(scope, register))
    }

    fn lower_helper(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        expr: &Expr,
        (helper, arguments): (Helper, &[Expr]),
        guard: Logic,
    ) -> Result<Lowered> {
        let mut valid = Logic::True;
        let mut operands = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let lowered = self.lower(batch, scope, argument, guard)?;
            valid = scope.builder.and(valid, lowered.valid);
            let lane = helper.signature().0[operands.len()];
            operands.push(cast::to_lane(&mut scope.builder, &lowered, lane));
        }
        scope.builder.at(expr.span);
        let guard = scope.builder.and(guard, valid);
        let operand = scope.builder.call(helper, &operands, guard);
        Ok(Lowered::scalar(helper.signature().1, operand, valid))
    }

    pub(super) fn lower_register(&self, scope: &mut KernelScope, register: rowmill_vm::program::Register) -> Lowered {
        let info = self.info(register);
        let input = scope.input(register, info);
        let valid = scope.builder.load_valid(input);
        match lane_of_form(info.form) {
            Lane::Mask => Lowered::truth(scope.builder.load_bits(input), valid),
            lane => Lowered::scalar(lane, scope.builder.load(input), valid),
        }
    }

    /// Which rows of `expr` hold a value; text columns are asked for nothing else.
    fn lower_validity(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        expr: &Expr,
        guard: Logic,
    ) -> Result<Logic> {
        if let ExprKind::Column(column) = expr.kind {
            let register = match batch.coded(column) {
                Some(coded) => self.code_register(batch, column, coded)?,
                None => self.column_register(batch, column)?,
            };
            let input = scope.input(register, self.info(register));
            return Ok(scope.builder.load_valid(input));
        }
        Ok(self.lower(batch, scope, expr, guard)?.valid)
    }

    fn lower_arithmetic(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        expr: &Expr,
        (op, left, right): (ArithmeticOp, &Expr, &Expr),
        guard: Logic,
    ) -> Result<Lowered> {
        let a = self.lower(batch, scope, left, guard)?;
        let b = self.lower(batch, scope, right, guard)?;
        let builder = &mut scope.builder;
        builder.at(expr.span);
        let valid = builder.and(a.valid, b.valid);
        let guard = builder.and(guard, valid);
        let lane = lane_of(&expr.data_type);
        if lane == Lane::F64 {
            let (a, b) = (a.operand(), b.operand());
            let result = match op {
                ArithmeticOp::Add => builder.add(lane, a, b),
                ArithmeticOp::Subtract => builder.sub(lane, a, b),
                ArithmeticOp::Multiply => builder.mul(lane, a, b),
                ArithmeticOp::Divide => builder.div(a, b),
                ArithmeticOp::Remainder => builder.rem(a, b),
            };
            let result = if expr.data_type == DataType::Real { builder.round_f32(result) } else { result };
            return Ok(Lowered::scalar(lane, result, valid));
        }
        let a = cast::to_lane(builder, &a, lane);
        let b = cast::to_lane(builder, &b, lane);
        let exact = cannot_overflow(&expr.data_type);
        let result = match op {
            ArithmeticOp::Add if exact => builder.add(lane, a, b),
            ArithmeticOp::Subtract if exact => builder.sub(lane, a, b),
            ArithmeticOp::Multiply if exact => builder.mul(lane, a, b),
            ArithmeticOp::Add => builder.add_checked(lane, a, b, guard),
            ArithmeticOp::Subtract => builder.sub_checked(lane, a, b, guard),
            ArithmeticOp::Multiply => builder.mul_checked(lane, a, b, guard),
            ArithmeticOp::Divide => builder.div_checked(lane, a, b, guard),
            ArithmeticOp::Remainder => builder.rem_checked(lane, a, b, guard),
        };
        if !exact && !matches!(op, ArithmeticOp::Divide | ArithmeticOp::Remainder) {
            check_narrow(builder, &expr.data_type, lane, result, guard);
        }
        Ok(Lowered::scalar(lane, result, valid))
    }

    fn lower_negate(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        expr: &Expr,
        value: &Expr,
        guard: Logic,
    ) -> Result<Lowered> {
        let value = self.lower(batch, scope, value, guard)?;
        let builder = &mut scope.builder;
        builder.at(expr.span);
        let lane = lane_of(&expr.data_type);
        let operand = cast::to_lane(builder, &value, lane);
        let result = match lane {
            Lane::F64 => builder.neg(operand),
            _ => {
                let guard = builder.and(guard, value.valid);
                let zero = builder.integer(lane, 0);
                let result = builder.sub_checked(lane, zero, operand, guard);
                check_narrow(builder, &expr.data_type, lane, result, guard);
                result
            }
        };
        Ok(Lowered::scalar(lane, result, value.valid))
    }

    /// AND and OR: an operand that is `decisive` (false for AND, true for OR) decides; NULL if none does and one is
    /// NULL. A later operand may only fail where no earlier one decides.
    fn lower_connective(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        (operands, decisive): (&[Expr], bool),
        guard: Logic,
    ) -> Result<Lowered> {
        let (mut any, mut all, mut guard) = (Logic::False, Logic::True, guard);
        let mut never_null = true;
        for operand in operands {
            let lowered = self.lower(batch, scope, operand, guard)?;
            let builder = &mut scope.builder;
            never_null &= lowered.valid == Logic::True;
            let (is_true, is_false) = (lowered.is_true(builder), lowered.is_false(builder));
            if decisive {
                any = builder.or(any, is_true);
                all = builder.and(all, is_false);
                guard = builder.and_not(guard, is_true);
            } else {
                all = builder.and(all, is_true);
                any = builder.or(any, is_false);
                guard = builder.and_not(guard, is_false);
            }
        }
        let (is_true, is_false) = if decisive { (any, all) } else { (all, any) };
        let valid = if never_null { Logic::True } else { scope.builder.or(is_true, is_false) };
        Ok(Lowered::truth(is_true, valid))
    }

    fn lower_in_list(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        value: &Expr,
        list: &[Expr],
        guard: Logic,
    ) -> Result<Lowered> {
        let value = self.lower(batch, scope, value, guard)?;
        let (mut any_true, mut all_valid) = (Logic::False, value.valid);
        for item in list {
            let item = self.lower(batch, scope, item, guard)?;
            let equal = compare(scope, rowmill_vm::kernel::Comparison::Equal, &value, &item);
            let builder = &mut scope.builder;
            let known = builder.and(value.valid, item.valid);
            let equal = builder.and(known, equal);
            any_true = builder.or(any_true, equal);
            all_valid = builder.and(all_valid, item.valid);
        }
        // Of a list without NULL and a value that is none, nothing is unknown.
        let valid = if all_valid == Logic::True { all_valid } else { scope.builder.or(any_true, all_valid) };
        Ok(Lowered::truth(any_true, valid))
    }

    fn lower_case(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        data_type: &DataType,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        guard: Logic,
    ) -> Result<Lowered> {
        let mut arms = Vec::with_capacity(branches.len());
        let mut open = guard;
        for (condition, value) in branches {
            let condition = self.lower(batch, scope, condition, open)?.is_true(&mut scope.builder);
            let here = scope.builder.and(open, condition);
            arms.push((condition, self.lower(batch, scope, value, here)?));
            open = scope.builder.and_not(open, condition);
        }
        let mut result = match otherwise {
            Some(value) => self.lower(batch, scope, value, open)?,
            None => literal(scope, &Value::Null, data_type),
        };
        // The first arm that is true wins, so it is put on last.
        for (condition, value) in arms.iter().rev() {
            result = choose(scope, *condition, value, &result);
        }
        Ok(result)
    }

    fn lower_coalesce(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        data_type: &DataType,
        values: &[Expr],
        guard: Logic,
    ) -> Result<Lowered> {
        let mut arms = Vec::with_capacity(values.len());
        let mut open = guard;
        for value in values {
            let lowered = self.lower(batch, scope, value, open)?;
            open = scope.builder.and_not(open, lowered.valid);
            arms.push(lowered);
        }
        let mut result = literal(scope, &Value::Null, data_type);
        for value in arms.iter().rev() {
            result = choose(scope, value.valid, value, &result);
        }
        Ok(result)
    }
}

fn lane_of_form(form: rowmill_vm::Form) -> Lane {
    form.lane().expect("calls were hoisted: what is left is for kernels")
}

/// `a` where `condition`, else `b`.
fn choose(scope: &mut KernelScope, condition: Logic, a: &Lowered, b: &Lowered) -> Lowered {
    let builder = &mut scope.builder;
    let valid = builder.select_mask(condition, a.valid, b.valid);
    match (a.value, b.value) {
        (LoweredValue::Truth(a), LoweredValue::Truth(b)) => Lowered::truth(builder.select_mask(condition, a, b), valid),
        (LoweredValue::Scalar(one, _), LoweredValue::Scalar(other, _)) => {
            let lane = one.max(other);
            let (a, b) = (cast::to_lane(builder, a, lane), cast::to_lane(builder, b, lane));
            Lowered::scalar(lane, builder.select(lane, condition, a, b), valid)
        }
        _ => unreachable!("the binder gave both arms one type"),
    }
}

fn compare(scope: &mut KernelScope, comparison: rowmill_vm::kernel::Comparison, a: &Lowered, b: &Lowered) -> Logic {
    use rowmill_vm::kernel::Comparison;
    let builder = &mut scope.builder;
    match (a.value, b.value) {
        (LoweredValue::Scalar(one, x), LoweredValue::Scalar(other, y)) => {
            // A table may keep a column in a narrower lane than its type's: constants follow it there if they fit.
            if let Some(y) = builder.narrowed(y, one) {
                return builder.compare(comparison, one, x, y);
            }
            if let Some(x) = builder.narrowed(x, other) {
                return builder.compare(comparison, other, x, y);
            }
            let lane = one.max(other);
            let (a, b) = (cast::to_lane(builder, a, lane), cast::to_lane(builder, b, lane));
            builder.compare(comparison, lane, a, b)
        }
        (LoweredValue::Truth(a), LoweredValue::Truth(b)) => match comparison {
            Comparison::NotEqual => builder.xor(a, b),
            Comparison::Equal => {
                let differ = builder.xor(a, b);
                builder.not(differ)
            }
            Comparison::Less => builder.and_not(b, a),
            Comparison::Greater => builder.and_not(a, b),
            Comparison::LessEqual => {
                let greater = builder.and_not(a, b);
                builder.not(greater)
            }
            Comparison::GreaterEqual => {
                let less = builder.and_not(b, a);
                builder.not(less)
            }
        },
        _ => unreachable!("the binder gave both operands one type"),
    }
}

/// A constant; NULL is any value that is nowhere valid.
fn literal(scope: &mut KernelScope, value: &Value, data_type: &DataType) -> Lowered {
    let valid = if value.is_null() { Logic::False } else { Logic::True };
    let lane = lane_of(data_type);
    match lane {
        Lane::Mask => {
            let truth = if *value == Value::Boolean(true) { Logic::True } else { Logic::False };
            Lowered::truth(truth, valid)
        }
        Lane::F64 => {
            let number = if let Value::Double(number) = value { *number } else { 0.0 };
            Lowered::scalar(lane, scope.builder.double(number), valid)
        }
        Lane::I32 | Lane::I64 | Lane::I128 => {
            Lowered::scalar(lane, scope.builder.integer(lane, value.as_i128().unwrap_or(0)), valid)
        }
    }
}

fn parameter_value(scope: &mut KernelScope, parameter: u16, data_type: &DataType) -> Lowered {
    let builder = &mut scope.builder;
    match lane_of(data_type) {
        // A pool holds no masks: a BOOLEAN parameter is an integer there.
        Lane::Mask => {
            let value = builder.parameter(Lane::I32, parameter);
            let zero = builder.integer(Lane::I32, 0);
            let truth = builder.compare(rowmill_vm::kernel::Comparison::NotEqual, Lane::I32, value, zero);
            Lowered::truth(truth, Logic::True)
        }
        lane => Lowered::scalar(lane, builder.parameter(lane, parameter), Logic::True),
    }
}

/// Whether + - × into this type stay exact without a check: the rules for precision leave room for every result,
/// except where they were capped.
fn cannot_overflow(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal { precision, .. } if *precision < DECIMAL_PRECISION_MAX)
}

/// Where a lane is wider than the type, a result that stayed in the lane may still not fit the type.
fn check_narrow(
    builder: &mut rowmill_vm::kernel::KernelBuilder,
    data_type: &DataType,
    lane: Lane,
    result: Operand,
    guard: Logic,
) {
    let lane_range = match lane {
        Lane::I32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Lane::I64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        Lane::I128 | Lane::F64 | Lane::Mask => (i128::MIN, i128::MAX),
    };
    if let Some((low, high)) = cast::value_range(data_type)
        && (low, high) != lane_range
    {
        builder.range(lane, result, low, high, guard);
    }
}
