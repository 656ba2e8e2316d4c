//! Every operation in every lane on all pairs of edge values.

use super::*;

type Operation = (&'static str, Lane, fn(&mut KernelBuilder, Lane, Operand, Operand, Logic) -> Operand);
type Test = (&'static str, Lane, fn(&mut KernelBuilder, Lane, Operand, Operand) -> Logic);

fn edges(lane: Lane) -> Vec<Value> {
    let integers = |bounds: &[i128]| {
        let small = [0, 1, -1, 2, -2, 3, 7, 10, -10, 100, 12345, -99999];
        small.iter().chain(bounds).map(|value| Value::Wide(*value)).collect()
    };
    match lane {
        Lane::I32 => integers(&[i32::MIN.into(), i32::MAX.into(), 1 - i128::from(i32::MAX), 1 << 16]),
        Lane::I64 => integers(&[i64::MIN.into(), i64::MAX.into(), i64::MAX as i128 - 1, 1 << 32, -(1 << 31), 1 << 62]),
        Lane::I128 => integers(&[i128::MIN, i128::MAX, i128::MAX - 1, 1 << 64, i64::MIN.into(), -(1 << 100)]),
        Lane::F64 | Lane::Mask => [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            -1.5,
            2.5,
            1e10,
            1e19,
            1e39,
            -1e300,
            2147483647.5,
            9.2e18,
            5e-324,
            f64::MAX,
            f64::MIN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ]
        .map(Value::Double)
        .to_vec(),
    }
}

/// All pairs of values, as two columns.
fn pairs(a: &[Value], b: &[Value], lanes: (Lane, Lane)) -> (Vector, Vector) {
    let (mut left, mut right) = (Vector::empty(lanes.0.form()), Vector::empty(lanes.1.form()));
    let push = |vector: &mut Vector, value: &Value| match (vector.form(), value) {
        (Form::I32 | Form::I64, Value::Wide(value)) => vector.push(&Value::Integer(*value as i64)),
        _ => vector.push(value),
    };
    for a in a {
        for b in b {
            push(&mut left, a);
            push(&mut right, b);
        }
    }
    (left, right)
}

/// Runs an operation on two columns: where it is bad unguarded, then each bad row guarded alone, then all.
fn check_operation(lanes: (Lane, Lane), result: Lane, a: &Vector, b: &Vector, operation: Operation) -> usize {
    let mut builder = KernelBuilder::new();
    builder.at(Span::new(3, 9));
    let inputs = [(lanes.0.form()), (lanes.1.form()), Form::Bits].map(|form| builder.input(form, false));
    let (x, y, guard) = (builder.load(inputs[0]), builder.load(inputs[1]), builder.load_bits(inputs[2]));
    let value = operation.2(&mut builder, operation.1, x, y, guard);
    builder.store(result, value, Logic::True, false);
    let kernel = builder.finish();
    let rows = a.len();
    let guarded = |guard: &dyn Fn(usize) -> bool, rows: std::ops::Range<usize>| {
        let mut bits = Bits::default();
        bits.refill_from(rows.len(), |row| guard(rows.start + row));
        let (a, b) = (a.slice(rows.start, rows.len()), b.slice(rows.start, rows.len()));
        check(&kernel, &[], &[&a, &b, &Vector::all_valid(Values::Bits(bits))], rows.len())
    };
    let bad: Vec<bool> = (0..rows)
        .map(|row| matches!(guarded(&|_| true, row..row + 1), Outcome::Trapped { span: Span { start: 3, end: 9 }, .. }))
        .collect();
    let outcome = guarded(&|row| !bad[row], 0..rows);
    assert!(matches!(outcome, Outcome::Passed { .. }), "{}: {outcome:?}", operation.0);
    for row in (0..rows).filter(|row| bad[*row]).step_by(7) {
        let outcome = guarded(&|other| other == row, 0..rows);
        assert!(matches!(outcome, Outcome::Trapped { row: found, .. } if found == row), "{}: {outcome:?}", operation.0);
    }
    for count in [1, 3, 7, 64, 65] {
        guarded(&|row| !bad[row], 5..5 + count);
    }
    bad.iter().filter(|bad| **bad).count()
}

fn check_all(operations: &[Operation], lanes: &[Lane], may_fail: bool) {
    for &(name, _, function) in operations {
        for &lane in lanes {
            let (a, b) = pairs(&edges(lane), &edges(lane), (lane, lane));
            let bad = check_operation((lane, lane), lane, &a, &b, (name, lane, function));
            assert_eq!(bad > 0, may_fail, "{name}.{} was bad {bad} times", lane.name());
        }
    }
}

#[test]
fn plain_operations() {
    let operations: [Operation; 6] = [
        ("add", Lane::I32, |k, lane, a, b, _| k.add(lane, a, b)),
        ("sub", Lane::I32, |k, lane, a, b, _| k.sub(lane, a, b)),
        ("mul", Lane::I32, |k, lane, a, b, _| k.mul(lane, a, b)),
        ("min", Lane::I32, |k, lane, a, b, _| k.min(lane, a, b)),
        ("max", Lane::I32, |k, lane, a, b, _| k.max(lane, a, b)),
        ("select", Lane::I32, |k, lane, a, b, mask| k.select(lane, mask, a, b)),
    ];
    check_all(&operations, &LANES, false);
    let of_double: [Operation; 5] = [
        ("div", Lane::F64, |k, _, a, b, _| k.div(a, b)),
        ("rem", Lane::F64, |k, _, a, b, _| k.rem(a, b)),
        ("neg", Lane::F64, |k, _, a, _, _| k.neg(a)),
        ("abs", Lane::F64, |k, _, a, _, _| k.abs(a)),
        ("roundf32", Lane::F64, |k, _, a, _, _| k.round_f32(a)),
    ];
    check_all(&of_double, &[Lane::F64], false);
    let of_integers: [Operation; 3] = [
        ("divround 10", Lane::I32, |k, lane, a, _, _| k.div_round(lane, a, 10)),
        ("divround 3", Lane::I32, |k, lane, a, _, _| k.div_round(lane, a, 3)),
        ("divround max", Lane::I32, |k, lane, a, _, _| k.div_round(lane, a, i32::MAX.into())),
    ];
    check_all(&of_integers, &INTEGERS, false);
}

#[test]
fn checked_operations() {
    let operations: [Operation; 6] = [
        ("add?", Lane::I32, |k, lane, a, b, guard| k.add_checked(lane, a, b, guard)),
        ("sub?", Lane::I32, |k, lane, a, b, guard| k.sub_checked(lane, a, b, guard)),
        ("mul?", Lane::I32, |k, lane, a, b, guard| k.mul_checked(lane, a, b, guard)),
        ("div?", Lane::I32, |k, lane, a, b, guard| k.div_checked(lane, a, b, guard)),
        ("rem?", Lane::I32, |k, lane, a, b, guard| k.rem_checked(lane, a, b, guard)),
        ("range", Lane::I32, |k, lane, a, _, guard| {
            k.range(lane, a, -10, 99, guard);
            a
        }),
    ];
    check_all(&operations, &INTEGERS, true);
}

#[test]
fn conversions() {
    for from in LANES {
        for to in LANES {
            let (a, b) = pairs(&edges(from), &edges(from), (from, from));
            let operation: Operation = match (from, to) {
                (Lane::I64, Lane::I32) | (Lane::I128, Lane::I32 | Lane::I64) => (
                    "narrow",
                    to,
                    if from == Lane::I64 {
                        |k, to, a, _, _| k.narrow(Lane::I64, to, a)
                    } else {
                        |k, to, a, _, _| k.narrow(Lane::I128, to, a)
                    },
                ),
                (Lane::F64, Lane::F64) => continue,
                (Lane::F64, _) => ("toint", to, |k, to, a, _, guard| k.to_integer(to, a, guard)),
                (Lane::I32, _) => ("widen", to, |k, to, a, _, _| k.widen(Lane::I32, to, a)),
                (Lane::I64, _) => ("widen", to, |k, to, a, _, _| k.widen(Lane::I64, to, a)),
                (Lane::I128 | Lane::Mask, _) => ("widen", to, |k, to, a, _, _| k.widen(Lane::I128, to, a)),
            };
            let bad = check_operation((from, from), to, &a, &b, operation);
            assert_eq!(bad > 0, operation.0 == "toint", "{} {} {}", operation.0, from.name(), to.name());
        }
    }
}

#[test]
fn comparisons() {
    let tests: [Test; 6] = [
        ("eq", Lane::I32, |k, lane, a, b| k.compare(Comparison::Equal, lane, a, b)),
        ("ne", Lane::I32, |k, lane, a, b| k.compare(Comparison::NotEqual, lane, a, b)),
        ("lt", Lane::I32, |k, lane, a, b| k.compare(Comparison::Less, lane, a, b)),
        ("le", Lane::I32, |k, lane, a, b| k.compare(Comparison::LessEqual, lane, a, b)),
        ("gt", Lane::I32, |k, lane, a, b| k.compare(Comparison::Greater, lane, a, b)),
        ("ge", Lane::I32, |k, lane, a, b| k.compare(Comparison::GreaterEqual, lane, a, b)),
    ];
    for (_, _, test) in tests {
        for lane in LANES {
            let (a, b) = pairs(&edges(lane), &edges(lane), (lane, lane));
            let mut k = KernelBuilder::new();
            let (x, y) = (k.input(lane.form(), false), k.input(lane.form(), false));
            let (x, y) = (k.load(x), k.load(y));
            let result = test(&mut k, lane, x, y);
            k.store_bits(result, Logic::True, false);
            check(&k.finish(), &[], &[&a, &b], a.len());
        }
    }
}

#[test]
fn helpers() {
    for &helper in Helper::ALL {
        let (lanes, result) = helper.signature();
        let (first, second) = (lanes[0], lanes.get(1).copied().unwrap_or(Lane::F64));
        let (a, b) = pairs(&edges(first), &edges(second), (first, second));
        let arity = lanes.len();
        let mut k = KernelBuilder::new();
        let inputs = [first.form(), second.form(), Form::Bits].map(|form| k.input(form, false));
        let arguments: Vec<Operand> = inputs[..arity].iter().map(|input| k.load(*input)).collect();
        let guard = k.load_bits(inputs[2]);
        let value = k.call(helper, &arguments, guard);
        k.store(result, value, Logic::True, false);
        let kernel = k.finish();
        let run = |guard: bool, row: usize, rows: usize| {
            let bits = Vector::all_valid(Values::Bits(Bits::filled(guard, rows)));
            check(&kernel, &[], &[&a.slice(row, rows), &b.slice(row, rows), &bits], rows)
        };
        run(false, 0, a.len());
        let traps = (0..a.len()).filter(|row| matches!(run(true, *row, 1), Outcome::Trapped { .. })).count();
        assert_eq!(traps > 0, helper.may_fail(), "{helper} trapped {traps} times");
    }
}

#[test]
fn lookups() {
    let numbers: Vec<i32> = (-70..400).chain([i32::MIN, i32::MAX, 1 << 16, -1 << 16]).collect();
    let rows = numbers.len();
    let numbers = Vector::all_valid(Values::I32(numbers.into()));
    let mut k = KernelBuilder::new();
    let input = k.input(Form::I32, false);
    let number = k.load(input);
    for (source, table) in test_tables().iter().enumerate() {
        let lane = table.form().lane().expect("a table of some lane");
        let slot = k.table(lane, source as u16);
        if lane == Lane::Mask {
            let bit = k.test_bit(slot, number);
            k.store_bits(bit, Logic::True, false);
        } else {
            let entry = k.look_up(lane, slot, number);
            k.store(lane, entry, Logic::True, false);
        }
    }
    let kernel = k.finish();
    for (offset, rows) in ROW_COUNTS.into_iter().map(|count| (3, count.min(rows - 3))).chain([(0, rows)]) {
        check(&kernel, &[], &[&numbers.slice(offset, rows)], rows);
    }
}

#[test]
fn keys() {
    for lane in [Lane::I32, Lane::I64] {
        let edges = edges(lane).into_iter().filter_map(|value| value.as_i128());
        let small = (-310..310).chain(edges);
        let ends = [i64::MIN, i64::MIN + 64, i64::MIN + 128, i32::MAX as i64 - 9, i32::MIN as i64 + 1];
        let numbers: Vec<i64> = small.map(|number| number as i64).chain(ends).collect();
        let numbers = Vector::all_valid(match lane {
            Lane::I32 => Values::I32(numbers.iter().map(|number| *number as i32).collect::<Vec<_>>().into()),
            _ => Values::I64(numbers.into()),
        });
        for (hash, _) in test_keys().iter().enumerate() {
            let mut k = KernelBuilder::new();
            let input = k.input(lane.form(), false);
            let number = k.load(input);
            let table = k.keys(lane, hash as u16, 0);
            let found = k.might_contain(lane, table, number);
            let second = if hash % 2 == 0 { found } else { k.not(found) };
            k.need(second);
            k.store_bits(found, Logic::True, false);
            k.store(lane, number, Logic::True, false);
            let kernel = k.finish();
            let rows = numbers.len();
            for (offset, rows) in ROW_COUNTS.into_iter().map(|count| (3, count.min(rows - 3))).chain([(0, rows)]) {
                check(&kernel, &[], &[&numbers.slice(offset, rows)], rows);
            }
        }
    }
}

#[test]
fn accumulators_in_every_lane() {
    let mut random = Random(11);
    for lane in LANES {
        for rows in ROW_COUNTS {
            let mut k = KernelBuilder::new();
            let (a, mask) = (k.input(lane.form(), true), k.input(Form::Bits, false));
            let slots = [(lane.form(), true), (Form::Bits, false)];
            let (value, valid, bits) = (k.load(a), k.load_valid(a), k.load_bits(mask));
            let counted = k.and(valid, bits);
            k.sum(lane, value, counted);
            k.acc_min(lane, value, counted);
            k.acc_max(lane, value, valid);
            k.count(bits);
            k.need(bits);
            k.sum(lane, value, Logic::True);
            k.acc_min(lane, value, Logic::False);
            let constant = if lane == Lane::F64 { k.double(0.1) } else { k.integer(lane, 3) };
            k.sum(lane, constant, valid);
            let inputs = slots.map(|(form, nullable)| shared_column(&mut random, InputSlot { form, nullable }, rows));
            check(&k.finish(), &[], &[&inputs[0], &inputs[1]], rows);
        }
    }
}
