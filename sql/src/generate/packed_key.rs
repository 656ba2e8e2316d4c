//! Keys of several integers as one: where their least and greatest values are known, each is a digit of a number.
//!
//! A join then compares and hashes one word, may be looked up by an array or by ranks, and has one filter for the whole key.

use rowmill_vm::kernel::Logic;
use rowmill_vm::program::JoinKind;
use rowmill_vm::{DataType, Lane, Result};

use super::batch::Batch;
use super::bounds;
use super::lower::Lowered;
use super::materialize::KernelScope;
use super::{Generator, cast};
use crate::plan::{ColumnId, Expr, ExprKind, JoinKey, Plan};

/// More numbers than that are not told apart by one key: they leave room for what is computed on the way.
const NUMBERS_MAX: i64 = 1 << 62;

/// A column of a packed key.
#[derive(Clone, Copy, Debug)]
struct Digit {
    column: ColumnId,
    /// The least value on either side of the join.
    low: i64,
    /// How many values there are from that on.
    count: i64,
}

/// Columns of one side of a join, packed.
#[derive(Clone, Debug)]
pub(super) struct PackedKey(Vec<Digit>);

impl PackedKey {
    /// The keys of a join, of its probe side and of its build side, if they can be packed. The values on both sides must be
    /// proved to lie within bounds: nothing is checked when the key is made.
    pub(super) fn of(
        kind: JoinKind,
        (probe, build): (&Plan, &Plan),
        keys: &[JoinKey],
    ) -> Option<(PackedKey, PackedKey)> {
        // Marks of several keys ask for parts of them.
        if keys.len() < 2 || kind == JoinKind::Mark {
            return None;
        }
        let (mut probes, mut builds, mut numbers) = (Vec::new(), Vec::new(), 1i64);
        for key in keys.iter().filter(|key| !key.null_equal) {
            let (one, other) = (column_of(&key.probe)?, column_of(&key.build)?);
            let (a, b) = (bounds::of_plan(probe, one)?, bounds::of_plan(build, other)?);
            let (low, high) = (a.0.min(b.0), a.1.max(b.1));
            let count = high.checked_sub(low)?.checked_add(1)?;
            numbers = numbers.checked_mul(count).filter(|numbers| *numbers <= NUMBERS_MAX)?;
            probes.push(Digit { column: one, low, count });
            builds.push(Digit { column: other, low, count });
        }
        (probes.len() == keys.len()).then_some((PackedKey(probes), PackedKey(builds)))
    }

    /// The columns that it is made of.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnId> {
        self.0.iter().map(|digit| digit.column)
    }
}

/// The column that a key is, if that is an integer or a DATE of at most 64 bits.
fn column_of(key: &Expr) -> Option<ColumnId> {
    let whole = key.data_type.is_integer() || key.data_type == DataType::Date;
    match key.kind {
        ExprKind::Column(column) if whole && matches!(key.data_type.lane(), Some(Lane::I32 | Lane::I64)) => {
            Some(column)
        }
        _ => None,
    }
}

impl Generator<'_> {
    /// A packed key inside a kernel. It is NULL where one of its columns is.
    pub(super) fn lower_packed(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        PackedKey(digits): &PackedKey,
    ) -> Result<Lowered> {
        let (mut number, mut valid) = (None, Logic::True);
        for digit in digits {
            let column = batch.expand(self.column_expr(digit.column));
            let column = self.lower(batch, scope, &column, Logic::True)?;
            let builder = &mut scope.builder;
            valid = builder.and(valid, column.valid);
            let value = cast::to_lane(builder, &column, Lane::I64);
            let low = builder.integer(Lane::I64, digit.low.into());
            let place = builder.sub(Lane::I64, value, low);
            number = Some(match number {
                None => place,
                Some(before) => {
                    let count = builder.integer(Lane::I64, digit.count.into());
                    let before = builder.mul(Lane::I64, before, count);
                    builder.add(Lane::I64, before, place)
                }
            });
        }
        let number = number.ok_or_else(|| rowmill_vm::Error::internal("a packed key of no columns"))?;
        Ok(Lowered::scalar(Lane::I64, number, valid))
    }
}
