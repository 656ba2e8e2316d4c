//! The interpreter against the reference evaluator: one harness, several sources of kernels.

mod behaviour;
mod checked;
mod hostile;
mod narrowed;
mod operations;
mod random;
mod speed;

use std::sync::Arc;

use super::reference::{Row, Scalar, Trap, pool_values};
use super::tables::{Entries, KeyFilter, Keys};
use super::*;
use crate::semantics::KeySet;
use crate::semantics::testing::Random;
use crate::types::Form;
use crate::value::Value;
use crate::vector::{Bits, Validity, Values, Vector};

/// A value of a row. Texts of millions of them would take longer than the kernels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Null,
    Bit(bool),
    Integer(i128),
    /// Bits of an f64; every NaN is one.
    Double(u64),
}

impl Cell {
    fn of(value: Scalar) -> Cell {
        match value {
            Scalar::F64(value) => Cell::Double(if value.is_nan() { f64::NAN } else { value }.to_bits()),
            integer => Cell::Integer(integer.to_i128()),
        }
    }
}

/// What a run gave, in a form that compares.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// `groups` are the numbers of groups in the order of their first rows, `accumulators` those of one behind the
    /// other's.
    Passed {
        rows: Vec<u32>,
        columns: Vec<Vec<Cell>>,
        groups: Vec<u32>,
        accumulators: Vec<Accumulator>,
    },
    Trapped {
        row: usize,
        span: Span,
        message: String,
    },
}

/// Runs a kernel row by row.
fn by_reference(verified: &VerifiedKernel, parameters: &[Value], inputs: &[&Vector], rows: usize) -> Outcome {
    let kernel = verified.kernel();
    let pool = pool_values(kernel, parameters).expect("the test's parameters fit");
    let domain = verified.groups().map_or(1, |groups| groups.domain);
    let one: Vec<Accumulator> = kernel.accumulators.iter().map(|slot| Accumulator::new(*slot)).collect();
    let mut accumulators = vec![one.clone(); domain].concat();
    let mut groups: Vec<u32> = Vec::new();
    let mut columns = vec![Vec::new(); kernel.outputs.len()];
    let mut passed = Vec::new();
    let tables = tables_of(kernel);
    let mut state = Row::new(kernel, &pool, &tables);
    for row in 0..rows {
        match state.run(inputs, row, &mut accumulators) {
            Ok(false) => {}
            Ok(true) => {
                passed.push(row as u32);
                if verified.groups().is_some() && !groups.contains(&(state.group as u32)) {
                    groups.push(state.group as u32);
                }
                for (column, (slot, written)) in columns.iter_mut().zip(kernel.outputs.iter().zip(&state.outputs)) {
                    column.push(match slot.lane {
                        _ if slot.nullable && !written.valid => Cell::Null,
                        Lane::Mask => Cell::Bit(written.bit),
                        _ => Cell::of(written.value.expect("every output is written")),
                    });
                }
            }
            Err(Trap { row, instruction, message }) => {
                return Outcome::Trapped { row, span: kernel.spans[instruction], message };
            }
        }
    }
    if verified.groups().is_some() {
        let of_group = |group: &u32| accumulators[*group as usize * one.len()..][..one.len()].to_vec();
        accumulators = groups.iter().flat_map(of_group).collect();
    }
    Outcome::Passed { rows: passed, columns, groups, accumulators }
}

/// Runs a kernel by the interpreter.
fn by_interpreter(
    kernel: &VerifiedKernel,
    state: &mut KernelState,
    inputs: &[&Vector],
    rows: usize,
    outputs: &mut [Vector],
) -> Outcome {
    let mut passed = vec![7; 3];
    match state.run(kernel, inputs, rows, outputs, Some(&mut passed)) {
        Ok(count) => {
            assert_eq!(count, passed.len());
            let columns = outputs.iter().map(|vector| {
                assert_eq!(vector.len(), count);
                (0..count).map(|row| cell(vector, row)).collect()
            });
            let (groups, accumulators) = match state.grouped() {
                Some(grouped) => {
                    let order = grouped.order().to_vec();
                    let accumulators = order.iter().flat_map(|group| grouped.accumulators(*group)).collect();
                    (order, accumulators)
                }
                None => (Vec::new(), state.accumulators().to_vec()),
            };
            Outcome::Passed { rows: passed, columns: columns.collect(), groups, accumulators }
        }
        Err(error) => Outcome::Trapped {
            row: state.trap_row().unwrap_or(usize::MAX),
            span: error.span().unwrap_or(Span::NONE),
            message: error.message().to_owned(),
        },
    }
}

fn cell(vector: &Vector, row: usize) -> Cell {
    if !vector.validity.is_valid(row) {
        return Cell::Null;
    }
    match &vector.values {
        Values::Bits(bits) => Cell::Bit(bits.get(row)),
        Values::I32(values) => Cell::Integer(values[row].into()),
        Values::I64(values) => Cell::Integer(values[row].into()),
        Values::I128(values) => Cell::Integer(values[row]),
        Values::F64(values) => Cell::of(Scalar::F64(values[row])),
        other => panic!("kernels do not write {:?}", other.form()),
    }
}

/// Runs a kernel in every way and compares; gives the outcome.
fn check(kernel: &Kernel, parameters: &[Value], inputs: &[&Vector], rows: usize) -> Outcome {
    let verified = verify(kernel.clone()).unwrap_or_else(|rejection| panic!("{rejection}\n{}", text(kernel)));
    if kernel.code.len() < 10 {
        comes_back(kernel);
    }
    checked::stays_in_state(kernel, parameters, inputs, rows);
    let expected = by_reference(&verified, parameters, inputs, rows);
    narrowed::does_the_same(kernel, parameters, inputs, rows, &expected);
    let native = crate::jit::compile(&verified);
    for batch_rows in [rows, 64] {
        let state = state_of(&verified, parameters, batch_rows);
        // Tiles are run alike at every level, whole batches or not.
        let levels =
            if batch_rows == rows { state.at_every_level() } else { Vec::from([("batches of 64", state.clone())]) };
        for (level, mut state) in levels {
            let mut outputs = stale_outputs(kernel);
            let found = by_interpreter(&verified, &mut state, inputs, rows, &mut outputs);
            assert!(found == expected, "{level}, {rows} rows: {found:?}\ninstead of {expected:?}\n{}", text(kernel));
        }
        // Not every kernel has something to compile.
        let Ok(native) = &native else { continue };
        let mut state = state.clone();
        state.set_native(&verified, Some(Arc::clone(native)));
        let mut outputs = stale_outputs(kernel);
        let found = by_interpreter(&verified, &mut state, inputs, rows, &mut outputs);
        assert!(found == expected, "compiled, {rows} rows: {found:?}\ninstead of {expected:?}\n{}", text(kernel));
    }
    expected
}

/// Output vectors as registers have them: with the rows of another batch, or of another form, or shared.
fn stale_outputs(kernel: &Kernel) -> Vec<Vector> {
    let stale = |(index, slot): (usize, &OutputSlot)| {
        let form = if index % 3 == 0 { Form::Text } else { slot.lane.form() };
        let mut vector = Vector::empty(form);
        (0..70).for_each(|_| vector.push(&Value::Null));
        if index % 3 == 1 { vector.into_shared() } else { vector }
    };
    kernel.outputs.iter().enumerate().map(stale).collect()
}

/// A kernel is read back from its bytes as it was, and from its listing but for the places in the query's text.
fn comes_back(kernel: &Kernel) {
    let bytes = kernel.to_bytes();
    let from_bytes = Kernel::from_bytes(&bytes).expect("its own bytes");
    // NaN does not equal itself, but its bytes do.
    assert_eq!(from_bytes.to_bytes(), bytes);
    let lines = listing("k0", kernel, &[]);
    let parsed = parse(&lines).unwrap_or_else(|error| panic!("{error}\n{}", lines.join("\n")));
    assert_eq!(listing("k0", &parsed, &[]), lines);
    // Registers that nobody writes are not in a listing.
    let (values, masks) = (parsed.values.clone(), parsed.masks);
    let placeless = Kernel { spans: vec![Span::NONE; kernel.code.len()], values, masks, ..kernel.clone() };
    assert_eq!(parsed.to_bytes(), placeless.to_bytes(), "{}", lines.join("\n"));
    for length in (0..bytes.len()).step_by(7) {
        assert!(Kernel::from_bytes(&bytes[..length]).is_err());
    }
}

/// A table of each lane, of few entries and of many, but for truth values of one word.
fn test_tables() -> &'static [Vector] {
    static TABLES: std::sync::LazyLock<Vec<Vector>> = std::sync::LazyLock::new(make_tables);
    &TABLES
}

fn make_tables() -> Vec<Vector> {
    let table = |lane: Lane, rows: usize| {
        let mut vector = column(&mut Random(17), lane.form(), false, rows);
        vector.validity.set_all();
        vector
    };
    let truths = [0, 5, 64, 300].map(|rows| table(Lane::Mask, rows));
    truths.into_iter().chain(LANES.map(|lane| table(lane, 100))).collect()
}

/// Sets of keys: none, of which all rows pass, small numbers, ends of lanes, far apart, and no key at all.
fn test_keys() -> &'static [Option<Arc<KeyFilter>>] {
    static KEYS: std::sync::LazyLock<Vec<Option<Arc<KeyFilter>>>> = std::sync::LazyLock::new(|| {
        let set = |mut keys: KeySet, numbers: &[i64]| {
            numbers.iter().for_each(|number| keys.insert(*number));
            Some(Arc::new(KeyFilter { keys, _memory: crate::Context::unlimited().reservation("a test") }))
        };
        let small: Vec<i64> = (-300..300).filter(|number| number % 3 != 0).collect();
        let ends = [i64::MIN, i64::MAX, i32::MIN.into(), i32::MAX.into(), 0, 7, -1];
        Vec::from([
            None,
            set(KeySet::bits(-300, 300), &small),
            set(KeySet::bloom(ends.len()), &ends),
            set(KeySet::bloom(small.len()), &small),
            set(KeySet::bits(i64::MIN, i64::MIN + 100), &[i64::MIN, i64::MIN + 64]),
            set(KeySet::bits(i32::MIN.into(), i64::from(i32::MIN) + 100), &[i32::MIN.into()]),
            set(KeySet::bits(i64::from(i32::MAX) - 9, i32::MAX.into()), &[i32::MAX.into()]),
            set(KeySet::bits(0, -1), &[]),
        ])
    });
    &KEYS
}

/// The keys that a table of a kernel has.
fn keys_of(slot: &TableSlot) -> Option<Option<&'static Arc<KeyFilter>>> {
    match slot.source {
        TableSource::Entries(_) => None,
        TableSource::Keys { hash, .. } => Some(test_keys()[usize::from(hash)].as_ref()),
    }
}

/// A kernel's tables.
fn tables_of(kernel: &Kernel) -> Vec<Entries> {
    let vectors: Vec<&Vector> = test_tables().iter().collect();
    let mut tables = super::tables::tables(kernel, &vectors).expect("the test's tables fit");
    for (table, slot) in tables.iter_mut().zip(&kernel.tables) {
        if let Some(filter) = keys_of(slot) {
            *table = Entries::Keys(Keys::of(filter, slot.lane));
        }
    }
    tables
}

/// A state with the kernel's tables.
fn state_of(kernel: &VerifiedKernel, parameters: &[Value], batch_rows: usize) -> KernelState {
    let vectors: Vec<&Vector> = test_tables().iter().collect();
    let mut state = KernelState::new(kernel, parameters, &vectors, batch_rows).expect("the test's parameters fit");
    for (number, slot) in kernel.kernel().tables.iter().enumerate() {
        if let Some(filter) = keys_of(slot) {
            state.set_keys(kernel, Table(number as u16), filter);
        }
    }
    state
}

fn text(kernel: &Kernel) -> String {
    listing("k0", kernel, &[]).join("\n")
}

/// A column of `form`: values from edges and small numbers, now and then a NULL.
fn column(random: &mut Random, form: Form, nullable: bool, rows: usize) -> Vector {
    let wide = |random: &mut Random| -> i128 {
        let bits = random.next();
        match bits % 8 {
            0 => {
                random.pick(&[i128::MIN, i128::MAX, i64::MIN.into(), i64::MAX.into(), i32::MIN.into(), i32::MAX.into()])
            }
            1 => random.pick(&[0, 1, -1]),
            2 => i128::from(bits as i64),
            3 => i128::from(bits as i64) << 64 | i128::from(random.next()),
            _ => i128::from(bits as i64) % 1000,
        }
    };
    let double = |random: &mut Random| -> f64 {
        let bits = random.next();
        match bits % 6 {
            0 => random.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, -f64::NAN]),
            1 => random.pick(&[0.0, -0.0, 0.5, 1.5, -2.5, 5e-324]),
            2 => f64::from_bits(bits),
            _ => (bits as i64 % 10_000) as f64 / 8.0,
        }
    };
    let values = match form {
        Form::Bits => {
            let mut bits = Bits::default();
            let density = random.pick(&[1, 1, 2, 4, 7]);
            bits.refill_from(rows, |_| random.below(8) < density);
            Values::Bits(bits)
        }
        Form::I8 => Values::I8((0..rows).map(|_| wide(random) as i8).collect::<Vec<_>>().into()),
        Form::I16 => Values::I16((0..rows).map(|_| wide(random) as i16).collect::<Vec<_>>().into()),
        Form::I32 => Values::I32((0..rows).map(|_| wide(random) as i32).collect::<Vec<_>>().into()),
        Form::I64 => Values::I64((0..rows).map(|_| wide(random) as i64).collect::<Vec<_>>().into()),
        Form::I128 => Values::I128((0..rows).map(|_| wide(random)).collect::<Vec<_>>().into()),
        Form::F32 => Values::F32((0..rows).map(|_| double(random) as f32).collect::<Vec<_>>().into()),
        Form::F64 => Values::F64((0..rows).map(|_| double(random)).collect::<Vec<_>>().into()),
        Form::Text | Form::List | Form::Struct => panic!("kernels do not load {form:?}"),
    };
    let mut vector = Vector::all_valid(values);
    if nullable && random.below(4) > 0 {
        let mut bits = Bits::default();
        bits.refill_from(rows, |_| random.below(4) > 0);
        vector.validity = Validity::from_bits(bits);
    }
    vector
}

/// `rows` rows of a column that begin at any row of a shared one.
fn shared_column(random: &mut Random, slot: InputSlot, rows: usize) -> Vector {
    let offset = random.pick(&[0, 1, 7, 63, 64, 65]);
    column(random, slot.form, slot.nullable, offset + rows).into_shared().slice(offset, rows)
}

const LANES: [Lane; 4] = [Lane::I32, Lane::I64, Lane::I128, Lane::F64];
const INTEGERS: [Lane; 3] = [Lane::I32, Lane::I64, Lane::I128];
const ROW_COUNTS: [usize; 8] = [0, 1, 3, 7, 64, 65, 130, 700];
