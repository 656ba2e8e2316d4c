//! Keys of several columns as one integer: where their least and greatest values are known, each is a digit of a number.
//!
//! A join then compares and hashes one word, may be looked up by an array or by ranks, and has one filter for the whole
//! key. Groups are found by one word, perhaps in an array; what they are groups of is told from that word in the end.

use rowmill_vm::kernel::{Comparison, KernelBuilder, Logic, Operand};
use rowmill_vm::program::{JoinKind, LookupId, RegisterInfo};
use rowmill_vm::{DataType, Lane, Result, Span};

use super::batch::{Batch, Codes, is_hoisted};
use super::bounds;
use super::lower::{Lowered, LoweredValue, lane_of};
use super::materialize::{KernelScope, store};
use super::{Generator, cast};
use crate::plan::{self, ColumnId, Expr, JoinKey, Plan};

/// More numbers than that are not told apart by one key: they leave room for what is computed on the way.
const NUMBERS_MAX: i64 = 1 << 62;

/// A column of a packed key.
#[derive(Clone, Copy, Debug)]
struct Digit {
    column: ColumnId,
    /// The strings whose numbers are packed in place of the column.
    strings: Option<LookupId>,
    /// The value whose place is 0: the least one, of both sides of a join, or one less, in the place of NULL.
    low: i64,
    /// How many places there are.
    count: i64,
    nulls: Nulls,
}

/// What NULL in a column makes of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nulls {
    /// There is none.
    Never,
    /// It has a place, the first.
    Place,
    /// The whole key is NULL.
    Whole,
}

impl Digit {
    /// A column, and the strings behind it, whose values lie within bounds.
    fn new(
        (column, strings): (ColumnId, Option<LookupId>),
        (least, greatest): (i64, i64),
        nulls: Nulls,
    ) -> Option<Digit> {
        let low = least.checked_sub(i64::from(nulls == Nulls::Place))?;
        let count = greatest.checked_sub(low)?.checked_add(1)?;
        Some(Digit { column, strings, low, count, nulls })
    }

    /// The place of a value that is not NULL.
    fn place(&self, builder: &mut KernelBuilder, value: &Lowered) -> Operand {
        let value = match value.value {
            LoweredValue::Scalar(..) => cast::to_lane(builder, value, Lane::I64),
            LoweredValue::Truth(truth) => {
                let (one, zero) = (builder.integer(Lane::I64, 1), builder.integer(Lane::I64, 0));
                builder.select(Lane::I64, truth, one, zero)
            }
        };
        let low = builder.integer(Lane::I64, self.low.into());
        builder.sub(Lane::I64, value, low)
    }

    /// The value of a type at a place.
    fn value(&self, builder: &mut KernelBuilder, place: Operand, data_type: &DataType) -> Lowered {
        let (low, zero) = (builder.integer(Lane::I64, self.low.into()), builder.integer(Lane::I64, 0));
        let valid = match self.nulls {
            Nulls::Place => builder.compare(Comparison::NotEqual, Lane::I64, place, zero),
            Nulls::Never | Nulls::Whole => Logic::True,
        };
        let value = builder.add(Lane::I64, place, low);
        match lane_of(data_type) {
            Lane::Mask => Lowered::truth(builder.compare(Comparison::NotEqual, Lane::I64, value, zero), valid),
            lane => Lowered::scalar(lane, builder.narrow(Lane::I64, lane, value), valid),
        }
    }
}

/// How many keys there are of one column more.
fn product(numbers: i64, digit: Digit) -> Option<i64> {
    numbers.checked_mul(digit.count).filter(|numbers| *numbers <= NUMBERS_MAX)
}

/// Columns of one side of a join, or of groups, packed.
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
            let both = (a.0.min(b.0), a.1.max(b.1));
            let nulls = |key: &Expr| if key.nullable { Nulls::Whole } else { Nulls::Never };
            probes.push(Digit::new((one, None), both, nulls(&key.probe))?);
            builds.push(Digit::new((other, None), both, nulls(&key.build))?);
            numbers = product(numbers, probes[probes.len() - 1])?;
        }
        (probes.len() == keys.len()).then_some((PackedKey(probes), PackedKey(builds)))
    }

    /// Whether it is NULL where a column is.
    pub(super) fn is_nullable(&self) -> bool {
        self.0.iter().any(|digit| digit.nulls == Nulls::Whole)
    }

    /// The columns that it is made of.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnId> {
        self.0.iter().map(|digit| digit.column)
    }
}

/// The column that a key is, if that is an integer or a DATE of at most 64 bits.
fn column_of(key: &Expr) -> Option<ColumnId> {
    let whole = key.data_type.is_integer() || key.data_type == DataType::Date;
    let fits = matches!(key.data_type.lane(), Some(Lane::I32 | Lane::I64));
    plan::column_of(key).filter(|_| whole && fits)
}

impl Generator<'_> {
    /// The keys of groups as one, if they are columns of which each has bounds.
    pub(super) fn packed_groups(&self, batch: &Batch, keys: &[Expr]) -> Option<PackedKey> {
        if keys.len() < 2 {
            return None;
        }
        let (mut digits, mut numbers) = (Vec::with_capacity(keys.len()), 1i64);
        for key in keys {
            let column = plan::column_of(key).filter(|column| !is_hoisted(*column))?;
            let (low, high) = self.column_bounds(batch, column)?;
            let nulls = if self.is_nullable(batch, column) { Nulls::Place } else { Nulls::Never };
            let digit = Digit::new((column, batch.coded(column).map(|coded| coded.strings)), (low, high), nulls)?;
            numbers = product(numbers, digit)?;
            digits.push(digit);
        }
        Some(PackedKey(digits))
    }

    /// A packed key inside a kernel.
    pub(super) fn lower_packed(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        PackedKey(digits): &PackedKey,
    ) -> Result<Lowered> {
        let (mut number, mut valid) = (None, Logic::True);
        for digit in digits {
            let column = match digit.strings {
                Some(_) => {
                    let codes = self.coded_register(batch, digit.column)?;
                    self.lower_register(scope, codes)
                }
                None => {
                    let column = batch.expand(self.column_expr(digit.column));
                    self.lower(batch, scope, &column, Logic::True)?
                }
            };
            let builder = &mut scope.builder;
            let mut place = digit.place(builder, &column);
            match digit.nulls {
                Nulls::Never => {}
                Nulls::Whole => valid = builder.and(valid, column.valid),
                Nulls::Place => {
                    let null = builder.integer(Lane::I64, 0);
                    place = builder.select(Lane::I64, column.valid, place, null);
                }
            }
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

    /// Lets `columns` stand for what the packed key in `key` is made of.
    pub(super) fn unpack(
        &mut self,
        batch: &mut Batch,
        key: ColumnId,
        PackedKey(digits): &PackedKey,
        columns: &[ColumnId],
    ) -> Result<()> {
        let mut scope = KernelScope::new();
        let key = self.column_register(batch, key)?;
        let key = self.lower_register(&mut scope, key).operand();
        let mut weight: i64 = digits.iter().map(|digit| digit.count).product();
        let mut registers = Vec::with_capacity(digits.len());
        for (number, (digit, column)) in digits.iter().zip(columns).enumerate() {
            weight /= digit.count;
            let builder = &mut scope.builder;
            let mut place = key;
            if weight > 1 {
                let weight = builder.integer(Lane::I64, weight.into());
                place = builder.div_checked(Lane::I64, place, weight, Logic::True);
            }
            if number > 0 {
                let count = builder.integer(Lane::I64, digit.count.into());
                place = builder.rem_checked(Lane::I64, place, count, Logic::True);
            }
            let data_type = match digit.strings {
                Some(_) => DataType::Integer,
                None => self.columns.get(*column).data_type.clone(),
            };
            let lowered = digit.value(builder, place, &data_type);
            let info = store(&mut scope, (&data_type, Span::NONE), &lowered);
            registers.push(self.register(RegisterInfo { space: batch.space, ..info })?);
        }
        self.emit_kernel(batch, scope, batch.space, registers.clone(), || "unpack keys".into())?;
        for ((digit, column), register) in digits.iter().zip(columns).zip(registers) {
            match digit.strings {
                Some(strings) => batch.bind_coded(*column, Codes::Register(register), strings),
                None => batch.bind(*column, register),
            }
        }
        Ok(())
    }
}
