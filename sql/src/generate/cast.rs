//! Casts between numbers, as kernel instructions. All others are calls.

use rowmill_vm::kernel::{Comparison, Helper, KernelBuilder, Logic, Operand};
use rowmill_vm::{DataType, Lane};

use super::lower::{Lowered, LoweredValue, lane_of};
use crate::plan::CastMode;

/// Whether a cast is lowered here: between numbers and BOOLEAN, and where nothing changes in memory. A TRY_CAST that
/// can fail is a call, since it makes NULLs.
pub(super) fn is_for_kernels(from: &DataType, to: &DataType, mode: CastMode) -> bool {
    if from.lane().is_none() || to.lane().is_none() {
        return false;
    }
    let number = |data_type: &DataType| data_type.is_numeric();
    let pair = match (from, to) {
        (DataType::Null, _) => true,
        (DataType::Boolean, to) => *to == DataType::Boolean || to.is_integer(),
        (from, DataType::Boolean) => from.is_integer(),
        (from, to) => (number(from) && number(to)) || from == to,
    };
    pair && (mode == CastMode::Error || !may_fail(from, to))
}

/// Whether some number does not fit.
fn may_fail(from: &DataType, to: &DataType) -> bool {
    if to.is_float() {
        return false;
    }
    match (value_range(from), value_range(to)) {
        (Some((from_low, from_high)), Some((to_low, to_high))) => {
            let scale = i32::from(scale_of(to)) - i32::from(scale_of(from));
            let fits = |value: i128| match scale {
                0.. => 10i128.checked_pow(scale.unsigned_abs()).and_then(|power| value.checked_mul(power)),
                _ => Some(value / 10i128.pow(scale.unsigned_abs())),
            };
            // One more for a rounding away from zero.
            !(fits(from_low).is_some_and(|low| low > to_low || (scale >= 0 && low >= to_low))
                && fits(from_high).is_some_and(|high| high < to_high || (scale >= 0 && high <= to_high)))
        }
        _ => !matches!((from, to), (DataType::Null, _) | (DataType::Boolean, _) | (_, DataType::Boolean)) && from != to,
    }
}

/// The smallest and largest unscaled value of a type of exact numbers.
pub(super) fn value_range(data_type: &DataType) -> Option<(i128, i128)> {
    if let DataType::Decimal { precision, .. } = data_type {
        let limit = 10i128.pow(u32::from(*precision)) - 1;
        return Some((-limit, limit));
    }
    data_type.integer_range()
}

fn scale_of(data_type: &DataType) -> u8 {
    if let DataType::Decimal { scale, .. } = data_type { *scale } else { 0 }
}

/// The value in a wider (or the same) integer lane.
pub(super) fn to_lane(builder: &mut KernelBuilder, value: &Lowered, lane: Lane) -> Operand {
    match value.value {
        LoweredValue::Scalar(from, operand) if from == lane => operand,
        LoweredValue::Scalar(from, operand) => builder.widen(from, lane, operand),
        LoweredValue::Truth(_) => unreachable!("the binder made sure that this is a number"),
    }
}

/// Casts a lowered value; it may fail only for rows of `guard`.
pub(super) fn lower(
    builder: &mut KernelBuilder,
    value: &Lowered,
    from: &DataType,
    to: &DataType,
    guard: Logic,
) -> Lowered {
    let lane = lane_of(to);
    if *from == DataType::Null {
        return null(builder, lane);
    }
    match (value.value, lane) {
        (LoweredValue::Truth(_), Lane::Mask) => *value,
        (LoweredValue::Truth(truth), _) => {
            let (one, zero) = (builder.integer(lane, 1), builder.integer(lane, 0));
            Lowered::scalar(lane, builder.select(lane, truth, one, zero), value.valid)
        }
        (LoweredValue::Scalar(from, operand), Lane::Mask) => {
            let zero = builder.integer(from, 0);
            Lowered::truth(builder.compare(Comparison::NotEqual, from, operand, zero), value.valid)
        }
        (LoweredValue::Scalar(from_lane, operand), lane) => {
            let result = match (from_lane, lane) {
                (Lane::F64, Lane::F64) if *to == DataType::Real => builder.round_f32(operand),
                (Lane::F64, Lane::F64) => operand,
                (Lane::F64, _) => from_double(builder, operand, to, guard),
                (_, Lane::F64) => to_double(builder, from_lane, operand, from, to),
                _ => between_exact(builder, from_lane, operand, from, to, guard),
            };
            Lowered::scalar(lane, result, value.valid)
        }
    }
}

fn null(builder: &mut KernelBuilder, lane: Lane) -> Lowered {
    match lane {
        Lane::Mask => Lowered::truth(Logic::False, Logic::False),
        Lane::F64 => Lowered::scalar(lane, builder.double(0.0), Logic::False),
        Lane::I32 | Lane::I64 | Lane::I128 => Lowered::scalar(lane, builder.integer(lane, 0), Logic::False),
    }
}

/// DECIMAL rounds half away from zero, integers half to even, as PostgreSQL and DuckDB have it.
fn from_double(builder: &mut KernelBuilder, operand: Operand, to: &DataType, guard: Logic) -> Operand {
    let lane = lane_of(to);
    let mut operand = operand;
    if let DataType::Decimal { scale, .. } = to {
        let power = builder.double(10f64.powi(i32::from(*scale)));
        operand = builder.mul(Lane::F64, operand, power);
        operand = builder.call(Helper::Round, &[operand], guard);
    }
    let result = builder.to_integer(lane, operand, guard);
    if let Some((low, high)) = value_range(to) {
        builder.range(lane, result, low, high, guard);
    }
    result
}

fn to_double(builder: &mut KernelBuilder, lane: Lane, operand: Operand, from: &DataType, to: &DataType) -> Operand {
    let mut result = builder.widen(lane, Lane::F64, operand);
    let scale = scale_of(from);
    if scale > 0 {
        let power = builder.double(10f64.powi(i32::from(scale)));
        result = builder.div(result, power);
    }
    if *to == DataType::Real { builder.round_f32(result) } else { result }
}

/// Between integers and DECIMALs: to the new scale, in the wider of the two lanes, checked where it may not fit.
fn between_exact(
    builder: &mut KernelBuilder,
    from_lane: Lane,
    operand: Operand,
    from: &DataType,
    to: &DataType,
    guard: Logic,
) -> Operand {
    let lane = lane_of(to);
    let wide = from_lane.max(lane);
    let mut result = if from_lane == wide { operand } else { builder.widen(from_lane, wide, operand) };
    let (from_scale, to_scale) = (scale_of(from), scale_of(to));
    let (low, high) = value_range(to).unwrap_or((i128::MIN, i128::MAX));
    let checked = may_fail(from, to);
    if to_scale >= from_scale {
        let power = 10i128.pow(u32::from(to_scale - from_scale));
        if checked {
            // Before the multiplication, which then cannot overflow.
            builder.range(wide, result, low / power, high / power, guard);
        }
        if power > 1 {
            let power = builder.integer(wide, power);
            result = builder.mul(wide, result, power);
        }
    } else {
        result = builder.div_round(wide, result, 10i128.pow(u32::from(from_scale - to_scale)));
        if checked {
            builder.range(wide, result, low, high, guard);
        }
    }
    if wide == lane { result } else { builder.narrow(wide, lane, result) }
}
