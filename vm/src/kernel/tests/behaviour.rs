//! Single kernels whose outcome is written out.

use super::*;

fn integers(values: &[i32]) -> Vector {
    Vector::all_valid(Values::I32(values.to_vec().into()))
}

#[test]
fn a_listing_says_what_the_kernel_does() {
    let mut k = KernelBuilder::new();
    let (price, discount) = (k.input(Form::I64, false), k.input(Form::I16, true));
    let (discount_value, valid) = (k.load(discount), k.load_valid(discount));
    let five = k.integer(Lane::I32, 5);
    let cheap = k.compare(Comparison::Less, Lane::I32, discount_value, five);
    let passes = k.and(cheap, valid);
    k.need(passes);
    let price = k.load(price);
    let wide = k.widen(Lane::I32, Lane::I64, discount_value);
    let product = k.mul_checked(Lane::I64, price, wide, Logic::True);
    let bound = k.parameter(Lane::I64, 0);
    let sum = k.add_checked(Lane::I64, product, bound, valid);
    let unused = k.double(0.5);
    k.neg(unused);
    k.sum(Lane::I64, product, Logic::True);
    k.store(Lane::I64, sum, valid, true);
    let kernel = k.finish();
    let comments: Vec<String> = kernel.code.iter().map(|inst| format!("{} here", inst.mnemonic())).collect();
    let text = listing("k0", &kernel, &comments[..4]).join("\n");
    assert_eq!(
        text,
        "\
kernel k0  filter+projection+aggregate  13 insns, at most 13 steps and 49 bytes a row, may trap
  input  c0.i64
  input  c1.i16 nullable
  pool   #0.i32 = 5
  pool   #1.i64 = ?1
  output o0.i64 nullable
  acc    a0.i64 sum
   0  ld.i16    v0, c1            ld here
   1  ldvalid   m0, c1            ldvalid here
   2  lt.i32    m1, v0, #0        lt here
   3  and       m2, m0, m1        and here
   4  need      m2
   5  ld.i64    v1, c0
   6  widen.i32.i64 v2, v0
   7  true      m3
   8  mul?.i64  v3, v1, v2, m3
   9  add?.i64  v4, v3, #1, m0
  10  sum.i64   a0, v3, m3
  11  st.i64    o0, v4
  12  stvalid   o0, m0"
    );
}

/// A trap is told in the user's terms, of the first row and there of the first instruction.
#[test]
fn the_first_trap_is_reported() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.input(Form::I32, false), k.input(Form::I32, false));
    let (a, b) = (k.load(a), k.load(b));
    k.at(Span::new(10, 15));
    let sum = k.add_checked(Lane::I32, a, b, Logic::True);
    k.at(Span::new(20, 25));
    let quotient = k.div_checked(Lane::I32, a, b, Logic::True);
    k.at(Span::new(30, 35));
    k.range(Lane::I32, quotient, -128, 127, Logic::True);
    k.store(Lane::I32, sum, Logic::True, false);
    let kernel = k.finish();
    let outcome = |a: &[i32], b: &[i32]| match check(&kernel, &[], &[&integers(a), &integers(b)], a.len()) {
        Outcome::Trapped { row, span, message } => format!("row {row} at {}: {message}", span.start),
        Outcome::Passed { rows, .. } => format!("{} passed", rows.len()),
    };
    assert_eq!(outcome(&[1, 2], &[3, 4]), "2 passed");
    assert_eq!(outcome(&[1, 7, i32::MAX], &[3, 0, 1]), "row 1 at 20: division by zero");
    assert_eq!(outcome(&[i32::MAX, 7], &[1, 0]), "row 0 at 10: INTEGER overflow: 2147483647 + 1 does not fit");
    assert_eq!(outcome(&[i32::MIN, 7], &[-1, 0]), "row 0 at 10: INTEGER overflow: -2147483648 + (-1) does not fit");
    assert_eq!(outcome(&[600], &[2]), "row 0 at 30: value 300 is out of range (-128 to 127)");
    // In the last of several tiles.
    let (mut a, b) = (vec![1; 1500], vec![1; 1500]);
    a[1498] = 128;
    assert_eq!(outcome(&a, &b), "row 1498 at 30: value 128 is out of range (-128 to 127)");
}

/// Rows that were ended do not trap; rows that are ended later do.
#[test]
fn need_ends_rows_for_what_follows() {
    let kernel = |need_first: bool| {
        let mut k = KernelBuilder::new();
        let a = k.input(Form::I32, false);
        let a = k.load(a);
        let (zero, ten) = (k.integer(Lane::I32, 0), k.integer(Lane::I32, 10));
        let differs = k.compare(Comparison::NotEqual, Lane::I32, a, zero);
        if need_first {
            k.need(differs);
        }
        let quotient = k.div_checked(Lane::I32, ten, a, Logic::True);
        k.need(differs);
        k.store(Lane::I32, quotient, Logic::True, false);
        k.finish()
    };
    let input = integers(&[5, 0, 2]);
    assert_eq!(
        check(&kernel(true), &[], &[&input], 3),
        Outcome::Passed {
            rows: vec![0, 2],
            columns: vec![vec![Cell::Integer(2), Cell::Integer(5)]],
            groups: vec![],
            accumulators: vec![]
        }
    );
    assert!(matches!(check(&kernel(false), &[], &[&input], 3), Outcome::Trapped { row: 1, .. }));
}

#[test]
fn kernels_without_inputs_run() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.integer(Lane::I64, 2), k.parameter(Lane::I64, 0));
    let sum = k.add(Lane::I64, a, b);
    k.store(Lane::I64, sum, Logic::True, true);
    k.store(Lane::I64, a, Logic::False, true);
    k.store_bits(Logic::True, Logic::True, false);
    let kernel = k.finish();
    let columns = vec![vec![Cell::Integer(42)], vec![Cell::Null], vec![Cell::Bit(true)]];
    assert_eq!(
        check(&kernel, &[Value::Integer(40)], &[], 1),
        Outcome::Passed { rows: vec![0], columns, groups: vec![], accumulators: vec![] }
    );
}

/// What does not belong together is an error, not a panic.
#[test]
fn wrong_vectors_and_parameters_are_refused() {
    let mut k = KernelBuilder::new();
    let input = k.input(Form::I32, false);
    let (a, b) = (k.load(input), k.parameter(Lane::I32, 0));
    let sum = k.add(Lane::I32, a, b);
    k.store(Lane::I32, sum, Logic::True, false);
    let kernel = verify(k.finish()).expect("it is well formed");
    for parameters in [vec![], vec![Value::Null], vec![Value::Integer(1 << 40)], vec![Value::Double(1.0)]] {
        let error = KernelState::new(&kernel, &parameters, &[], 100).expect_err("the parameter does not fit");
        assert_eq!(error.kind(), crate::error::ErrorKind::Internal);
    }
    let mut state = KernelState::new(&kernel, &[Value::Integer(1)], &[], 100).expect("the parameter fits");
    let good = integers(&[1, 2]);
    let wide = Vector::all_valid(Values::I64(vec![1, 2].into()));
    let mut out = [Vector::empty(Form::I32)];
    for (inputs, rows) in [(vec![&wide], 2), (vec![&good], 3), (vec![], 2), (vec![&good, &good], 2)] {
        assert!(state.run(&kernel, &inputs, rows, &mut out, None).is_err());
    }
    assert!(state.run(&kernel, &[&good], 2, &mut [], None).is_err());
    assert_eq!(state.run(&kernel, &[&good], 2, &mut out, None).expect("all fits"), 2);
}

#[test]
fn wrong_tables_are_refused() {
    let mut k = KernelBuilder::new();
    let number = k.integer(Lane::I32, 1);
    let table = k.table(Lane::I64, 1);
    let entry = k.look_up(Lane::I64, table, number);
    k.store(Lane::I64, entry, Logic::True, false);
    let kernel = verify(k.finish()).expect("it is well formed");
    let good = Vector::all_valid(Values::I64(vec![1, 2].into()));
    let narrow = integers(&[1, 2]);
    let mut null = good.clone();
    null.validity.set_null(0, 2);
    for tables in [vec![], vec![&good], vec![&good, &narrow], vec![&good, &null]] {
        let error = KernelState::new(&kernel, &[], &tables, 100).expect_err("the table does not fit");
        assert_eq!(error.message(), "table 1 is not one of lane i64");
    }
    assert!(KernelState::new(&kernel, &[], &[&narrow, &good], 100).is_ok());
}

/// Accumulators over two workers merge to those of one.
#[test]
fn accumulators_merge() {
    let mut k = KernelBuilder::new();
    let input = k.input(Form::F64, true);
    let (value, valid) = (k.load(input), k.load_valid(input));
    k.count(valid);
    k.sum(Lane::F64, value, valid);
    k.acc_min(Lane::F64, value, valid);
    k.acc_max(Lane::F64, value, valid);
    let kernel = verify(k.finish()).expect("it is well formed");
    let mut random = Random(5);
    let column = column(&mut random, Form::F64, true, 900).into_shared();
    let run = |parts: &[(usize, usize)]| {
        let mut state = KernelState::new(&kernel, &[], &[], 300).expect("no parameters");
        for &(offset, rows) in parts {
            state.run(&kernel, &[&column.slice(offset, rows)], rows, &mut [], None).expect("it cannot trap");
        }
        state.accumulators().to_vec()
    };
    let whole = run(&[(0, 900)]);
    let (mut left, right) = (run(&[(511, 389)]), run(&[(500, 11), (0, 500)]));
    left.iter_mut().zip(&right).for_each(|(left, right)| left.merge(right));
    assert_eq!(left, whole);
    let mut empty = run(&[]);
    assert_eq!((empty[0].rows(), empty[2].extremum()), (0, Some(Value::Null)));
    empty.iter_mut().zip(&whole).for_each(|(empty, whole)| empty.merge(whole));
    assert_eq!(empty, whole);
}

/// Rows are squeezed together once, twice and again, with registers of every lane to be moved along, and columns
/// that are loaded before and after.
#[test]
fn few_rows_are_squeezed_together() {
    let mut random = Random(8);
    for rows in ROW_COUNTS {
        let mut k = KernelBuilder::new();
        let columns = [Form::I16, Form::I64, Form::I128, Form::F32, Form::Bits];
        let columns = columns.map(|form| (form, k.input(form, true)));
        let conditions = [(); 3].map(|()| k.input(Form::Bits, false));
        let values: Vec<(Lane, Operand)> =
            columns[..4].iter().map(|(form, input)| (form.lane().expect("a number"), k.load(*input))).collect();
        let early = k.load_valid(columns[0].1);
        for condition in conditions {
            let condition = k.load_bits(condition);
            k.need(condition);
        }
        let (late, bits) = (k.load_valid(columns[3].1), k.load_bits(columns[4].1));
        for (lane, value) in values {
            let doubled = k.add(lane, value, value);
            k.store(lane, value, early, true);
            k.store(lane, doubled, late, true);
            k.sum(lane, value, bits);
        }
        k.store_bits(bits, early, true);
        let kernel = k.finish();
        let inputs: Vec<Vector> = kernel.inputs.iter().map(|slot| shared_column(&mut random, *slot, rows)).collect();
        for densities in [[1, 1, 1], [7, 1, 7], [1, 7, 1], [1, 4, 4]] {
            let mut inputs = inputs.clone();
            for (input, density) in inputs[5..].iter_mut().zip(densities) {
                let mut bits = Bits::default();
                bits.refill_from(rows, |_| random.below(8) < density);
                *input = Vector::all_valid(Values::Bits(bits));
            }
            check(&kernel, &[], &inputs.iter().collect::<Vec<_>>(), rows);
        }
    }
}

/// Rows of few groups, in order of their first rows, each with accumulators of its own; and what becomes of a key that is
/// not among those that were expected.
#[test]
fn groups_have_accumulators_of_their_own() {
    let mut k = KernelBuilder::new();
    let (key, value) = (k.input(Form::I32, true), k.input(Form::I64, false));
    let (valid, key, value) = (k.load_valid(key), k.load(key), k.load(value));
    let zero = k.integer(Lane::I64, 0);
    let positive = k.compare(Comparison::Greater, Lane::I64, value, zero);
    k.group(&[(key, (10, 12), valid)]);
    k.count(Logic::True);
    k.sum(Lane::I64, value, Logic::True);
    k.acc_max(Lane::I64, value, positive);
    k.sum(Lane::I64, value, Logic::True);
    let kernel = k.finish();
    let listed = listing("k0", &kernel, &[]);
    assert!(listed.iter().any(|line| line.ends_with("digit.i32 v2, #1, v0, #2, #3, m0")), "{}", listed.join("\n"));
    assert!(listed.iter().any(|line| line.ends_with("group     v2")), "{}", listed.join("\n"));
    let run = |keys: &[Option<i32>], values: &[i64]| {
        let mut column = Vector::empty(Form::I32);
        keys.iter().for_each(|key| column.push(&key.map_or(Value::Null, |key| Value::Integer(key.into()))));
        let values = Vector::all_valid(Values::I64(values.to_vec().into()));
        let inputs = [&column, &values];
        let verified = verify(kernel.clone()).expect("well formed");
        if keys.iter().flatten().any(|key| !(10..=12).contains(key)) {
            let mut state = KernelState::new(&verified, &[], &[], 64).expect("no parameters");
            return state.run(&verified, &inputs, keys.len(), &mut [], None).expect_err("outside").to_string();
        }
        match check(&kernel, &[], &inputs, keys.len()) {
            Outcome::Passed { groups, accumulators, .. } => {
                let groups = groups.iter().zip(accumulators.chunks(4)).map(|(group, found)| {
                    assert_eq!(found[1], found[3]);
                    let sum = found[1].integer_sum().expect("a sum");
                    format!("{group}: {} {sum} {:?}", found[0].rows(), found[2].extremum().expect("kept"))
                });
                groups.collect::<Vec<_>>().join("; ")
            }
            Outcome::Trapped { message, .. } => message,
        }
    };
    let keys = [Some(12), None, Some(12), Some(10), None];
    assert_eq!(
        run(&keys, &[i64::MAX, -5, i64::MAX, -7, 3]),
        "2: 2 18446744073709551614 Integer(9223372036854775807); 3: 2 -2 Integer(3); 0: 1 -7 Null"
    );
    let outside = run(&[Some(10), Some(13)], &[1, 2]);
    assert!(outside.contains("a key outside of the groups that were expected"), "{outside}");
    // More rows than lanes of 64 bits hold the sums of.
    let (keys, values): (Vec<_>, Vec<_>) = (0..30_000).map(|i| (Some(10 + i % 3), i64::MIN + i64::from(i))).unzip();
    let total = |group: i128| (0..10_000).map(|i| i128::from(i64::MIN) + 3 * i + group).sum::<i128>();
    assert_eq!(
        run(&keys, &values),
        format!("0: 10000 {} Null; 1: 10000 {} Null; 2: 10000 {} Null", total(0), total(1), total(2))
    );
}

/// Accumulators whose lanes are updated together read one register several times, with a mask and without.
#[test]
fn lanes_of_a_group_that_read_one_value_do_not_disturb_one_another() {
    let lines: Vec<String> = include_str!("shared_lanes.txt").lines().map(str::to_owned).collect();
    let kernel = parse(&lines).expect("its text is right");
    let mut random = Random(7);
    for _ in 0..40 {
        let columns: Vec<Vector> =
            kernel.inputs.iter().map(|slot| column(&mut random, slot.form, slot.nullable, 130)).collect();
        let inputs: Vec<&Vector> = columns.iter().collect();
        check(&kernel, &[Value::Integer(7)], &inputs, 130);
    }
}
