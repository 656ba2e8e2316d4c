//! Integers as steps from a base.
//!
//! ```text
//! value = base + step · number        the numbers are in 1, 2 or 4 bytes
//! ```
//!
//! Numbers that need eight bytes often lie close together in a block: ids beyond 2^31, times in microseconds, money.
//! Where they do they are held as distances from the smallest of them, in steps of their greatest common divisor, so
//! that times of whole seconds are counted in seconds (frame of reference: J. Goldstein, R. Ramakrishnan & U. Shaft,
//! "Compressing Relations and Indexes", ICDE 1998). A scan turns them into numbers again: what it reads of memory is
//! less than half, and vectors look to kernels as they always did. Numbers that fit four bytes as they are stay so,
//! since a scan can share those without a copy.

use std::ops::Range;

use rowmill_vm::table::ColumnRange;
use rowmill_vm::vector::{Bits, Buf, Values};
use rowmill_vm::{Form, Value, Vector};

use super::sorted;

/// A column of a block, of numbers that fit 64 bits.
#[derive(Debug)]
pub(super) struct Based {
    /// The value of number 0. It wraps around, as do all sums here: what comes out is exact, since it fits.
    base: i64,
    step: i64,
    /// Numbers in form I8, I16 or I32.
    numbers: Vector,
}

impl Based {
    /// The numbers behind `vector`, whose smallest and largest value are given; `None` if eight bytes are needed all
    /// the same. Under NULL stands the smallest value.
    pub(super) fn of(vector: &Vector, (min, max): (&Value, &Value)) -> Option<Based> {
        let Values::I64(values) = &vector.values else { return None };
        let bound = |value: &Value| i64::try_from(value.as_i128()?).ok();
        let (min, max) = (bound(min)?, bound(max)?);
        let span = max.abs_diff(min);
        let valid = vector.validity.bits();
        let step = if u32::try_from(span).is_ok() { 1 } else { common_step(values, valid, min, span)? };
        let form = match span / step {
            0..=0xff => Form::I8,
            0x100..=0xffff => Form::I16,
            _ => Form::I32,
        };
        let number = |row: usize| match valid.is_none_or(|valid| valid.get(row)) {
            true => values[row].wrapping_sub(min) as u64 / step,
            false => 0,
        };
        // The smallest value has the least number of the form, so that all of them are used.
        let (least, numbers) = match form {
            Form::I8 => (i8::MIN.into(), Values::I8(numbers(values.len(), |row| (number(row) as u8 ^ 0x80) as i8))),
            Form::I16 => {
                (i16::MIN.into(), Values::I16(numbers(values.len(), |row| (number(row) as u16 ^ 0x8000) as i16)))
            }
            _ => (i32::MIN.into(), Values::I32(numbers(values.len(), |row| (number(row) as u32 ^ 0x8000_0000) as i32))),
        };
        let (step, least): (i64, i64) = (step as i64, least);
        let numbers = Vector { values: numbers, validity: vector.validity.clone() }.into_shared();
        Some(Based { base: min.wrapping_sub(step.wrapping_mul(least)), step, numbers })
    }

    /// The numbers and which of them are NULL.
    pub(super) fn numbers(&self) -> &Vector {
        &self.numbers
    }

    /// Makes `out` some rows in form I64, or I128.
    pub(super) fn read(&self, out: &mut Vector, rows: Range<usize>, form: Form) {
        match &self.numbers.values {
            Values::I8(numbers) => {
                self.fill(&mut out.values, numbers[rows.clone()].iter().map(|n| i64::from(*n)), form)
            }
            Values::I16(numbers) => {
                self.fill(&mut out.values, numbers[rows.clone()].iter().map(|n| i64::from(*n)), form)
            }
            Values::I32(numbers) => {
                self.fill(&mut out.values, numbers[rows.clone()].iter().map(|n| i64::from(*n)), form)
            }
            Values::I64(_)
            | Values::I128(_)
            | Values::F32(_)
            | Values::F64(_)
            | Values::Bits(_)
            | Values::Text(_)
            | Values::List(_)
            | Values::Struct(_) => {}
        }
        out.validity = self.numbers.validity.slice(rows.start, rows.len());
    }

    fn fill(&self, out: &mut Values, numbers: impl Iterator<Item = i64>, form: Form) {
        let (base, step) = (self.base, self.step);
        let old = std::mem::replace(out, Values::Bits(Bits::default()));
        if form == Form::I128 {
            let mut values = if let Values::I128(values) = old { values } else { Buf::default() };
            values.refill().extend(numbers.map(|number| i128::from(base.wrapping_add(step.wrapping_mul(number)))));
            *out = Values::I128(values);
            return;
        }
        let mut values = if let Values::I64(values) = old { values } else { Buf::default() };
        let target = values.refill();
        if step == 1 {
            // Without the multiplication, which is slow for 64 bits.
            target.extend(numbers.map(|number| base.wrapping_add(number)));
        } else {
            target.extend(numbers.map(|number| base.wrapping_add(step.wrapping_mul(number))));
        }
        *out = Values::I64(values);
    }

    /// If its values rise, the rows whose values lie in a range.
    pub(super) fn rows_within(&self, range: &ColumnRange) -> Range<usize> {
        let value = |number: i128| i128::from(self.base.wrapping_add(self.step.wrapping_mul(number as i64)));
        sorted::rows_within(&self.numbers, range, value)
    }
}

/// The greatest common divisor of all distances from the smallest value, unless there are too many steps of it within
/// `span` for four bytes.
fn common_step(values: &[i64], valid: Option<&Bits>, min: i64, span: u64) -> Option<u64> {
    let mut step = span;
    for (row, value) in values.iter().enumerate() {
        let distance = value.wrapping_sub(min) as u64;
        if !distance.is_multiple_of(step) && valid.is_none_or(|valid| valid.get(row)) {
            step = common_divisor(step, distance);
            // Most often it is found at once that there is none.
            u32::try_from(span / step).ok()?;
        }
    }
    Some(step)
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn numbers<T: bytemuck::Pod>(rows: usize, number: impl Fn(usize) -> T) -> Buf<T> {
    (0..rows).map(number).collect::<Vec<T>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rowmill_vm::DataType;

    /// The form that values are held in, and whether reading gives them back, in both forms, from any row on.
    fn held(values: &[Option<i64>]) -> Option<Form> {
        let mut vector = Vector::empty(Form::I64);
        let value = |value: &Option<i64>| value.map_or(Value::Null, Value::Integer);
        values.iter().for_each(|one| vector.push(&value(one)));
        let known = || values.iter().flatten();
        let (min, max) = (Value::Integer(*known().min().unwrap()), Value::Integer(*known().max().unwrap()));
        let based = Based::of(&vector, (&min, &max))?;
        for (form, data_type) in [(Form::I64, DataType::BigInt), (Form::I128, DataType::decimal(38, 0))] {
            for start in 0..values.len() {
                let mut out = Vector::empty(Form::I32);
                based.read(&mut out, start..values.len(), form);
                let read: Vec<_> = (0..out.len()).map(|row| out.value(row, &data_type).as_i128()).collect();
                let expected: Vec<_> = values[start..].iter().map(|value| value.map(i128::from)).collect();
                assert_eq!(read, expected, "{form:?}");
            }
        }
        Some(based.numbers.form())
    }

    #[test]
    fn numbers_come_back() {
        let some = |values: &[i64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(held(&some(&[1 << 40, (1 << 40) + 255])), Some(Form::I8));
        assert_eq!(held(&some(&[(1 << 40) + 256, 1 << 40])), Some(Form::I16));
        assert_eq!(held(&some(&[(1 << 40) + 65_536, 1 << 40])), Some(Form::I32));
        assert_eq!(held(&some(&[0, u32::MAX.into(), 5])), Some(Form::I32));
        assert_eq!(held(&some(&[0, 1 << 32, 1])), None);
        assert_eq!(held(&some(&[i64::MIN, i64::MIN + 7])), Some(Form::I8));
        assert_eq!(held(&some(&[i64::MAX, i64::MAX - 70_000])), Some(Form::I32));
        // One step, from end to end.
        assert_eq!(held(&some(&[i64::MIN, i64::MAX, i64::MIN])), Some(Form::I8));
        assert_eq!(held(&some(&[i64::MIN, i64::MAX, 0])), None);
        // Seconds in microseconds, over a year.
        let second = |second: i64| Some((1_700_000_000 + second) * 1_000_000);
        assert_eq!(held(&[second(0), second(31_536_000), second(77), None]), Some(Form::I32));
        assert_eq!(held(&[second(0), second(31_536_000), Some(1_700_000_000_000_001)]), None);
        assert_eq!(held(&[None, second(0), None]), Some(Form::I8));
    }

    #[test]
    fn rows_of_a_range_are_found() {
        let values: Vec<i64> = (0..1000).map(|row| i64::MAX - 10_000 + row / 2 * 10).collect();
        let vector = Vector::all_valid(Values::I64(values.clone().into()));
        let (min, max) = (Value::Integer(values[0]), Value::Integer(values[999]));
        let based = Based::of(&vector, (&min, &max)).unwrap();
        let within = |low, high| based.rows_within(&ColumnRange { column: 0, low, high });
        let integer = |value: i64| Value::Integer(value);
        assert_eq!(within(Value::Null, Value::Null), 0..1000);
        assert_eq!(within(integer(values[0] + 1), integer(values[0] + 20)), 2..6);
        assert_eq!(within(integer(i64::MIN), integer(values[0] - 1)), 0..0);
        assert_eq!(within(integer(values[999]), integer(i64::MAX)), 998..1000);
    }
}
