//! What an instruction costs a row. Run with `--release -- --ignored --nocapture speed`.

use std::time::Instant;

use super::*;

/// Prints what an instruction costs before a kernel runs: its checks and the abstract state. Both take time in proportion to the
/// kernel's length.
fn measure_verifying(name: &str, kernel: &Kernel) {
    let steps = kernel.code.len();
    let times = |run: &dyn Fn()| {
        let least = (0..20).map(|_| {
            let start = Instant::now();
            (0..100).for_each(|_| run());
            start.elapsed().as_secs_f64() * 1e7 / steps as f64
        });
        least.fold(f64::MAX, f64::min)
    };
    let check_ns = times(&|| assert!(std::hint::black_box(crate::kernel::check(std::hint::black_box(kernel))).is_ok()));
    let known_ns = times(&|| drop(std::hint::black_box(crate::kernel::narrow::analyse(kernel, &[]))));
    println!("{name:<24} {steps} instructions: checks {check_ns:.0} ns each, the abstract state {known_ns:.0} ns");
}

/// Prints the time of one row and of one row and instruction, at every level.
fn measure(name: &str, kernel: Kernel, inputs: &[Vector]) {
    let rows = inputs[0].len();
    let steps = kernel.code.len();
    measure_verifying(name, &kernel);
    let verified = verify(kernel).expect("it is well formed");
    let inputs: Vec<&Vector> = inputs.iter().collect();
    let state = KernelState::new(&verified, &[], &[], rows).expect("no parameters");
    let mut states = state.at_every_level();
    let start = Instant::now();
    let compiled: Vec<_> = (0..100).map(|_| crate::jit::compile(&verified)).collect();
    let compile_us = start.elapsed().as_secs_f64() * 1e4;
    if let Some(Ok(native)) = compiled.last() {
        let mut state = state.clone();
        state.set_native(&verified, Some(std::sync::Arc::clone(native)));
        states.push(("compiled", state));
        println!("{name:<24} is compiled in {compile_us:.1} us");
    }
    for (level, mut state) in states {
        let mut outputs: Vec<Vector> =
            verified.kernel().outputs.iter().map(|slot| Vector::empty(slot.lane.form())).collect();
        let mut passed = Vec::new();
        let mut best = f64::MAX;
        let mut count = 0;
        for _ in 0..400 {
            let start = Instant::now();
            for _ in 0..10 {
                count = state.run(&verified, &inputs, rows, &mut outputs, Some(&mut passed)).expect("it does not trap");
            }
            best = best.min(start.elapsed().as_secs_f64() / (10 * rows) as f64);
        }
        let (row, step) = (best * 1e9, best * 1e12 / steps as f64);
        let share = 100 * count / rows;
        println!(
            "{name:<24} {level:<9} {row:>6.2} ns a row, {step:>4.0} ps a row and instruction of {steps}, {share} % pass"
        );
    }
}

fn i64s(rows: usize, value: impl Fn(u64) -> i64) -> Vector {
    let mut random = Random(1);
    Vector::all_valid(Values::I64((0..rows).map(|_| value(random.next())).collect::<Vec<_>>().into())).into_shared()
}

fn i32s(rows: usize, value: impl Fn(u64) -> i32) -> Vector {
    let mut random = Random(2);
    Vector::all_valid(Values::I32((0..rows).map(|_| value(random.next())).collect::<Vec<_>>().into())).into_shared()
}

/// Revenue of rows within bounds of date, discount and quantity; `days` of 2526 pass the first.
fn q6(days: i128) -> Kernel {
    let mut k = KernelBuilder::new();
    let [date, discount, quantity, price] =
        [Form::I32, Form::I64, Form::I64, Form::I64].map(|form| k.input(form, false));
    let within = |k: &mut KernelBuilder, lane, value, low, high| {
        let (low, high) = (k.integer(lane, low), k.integer(lane, high));
        let above = k.compare(Comparison::GreaterEqual, lane, value, low);
        let below = k.compare(Comparison::Less, lane, value, high);
        let both = k.and(above, below);
        k.need(both);
    };
    let date = k.load(date);
    within(&mut k, Lane::I32, date, 0, days);
    let discount = k.load(discount);
    within(&mut k, Lane::I64, discount, 5, 8);
    let quantity = k.load(quantity);
    within(&mut k, Lane::I64, quantity, 0, 2400);
    let price = k.load(price);
    let revenue = k.mul_checked(Lane::I64, price, discount, Logic::True);
    k.sum(Lane::I64, revenue, Logic::True);
    k.finish()
}

/// Prices with discount and tax of nearly all rows, computed so many times.
fn q1(times: usize) -> Kernel {
    let mut k = KernelBuilder::new();
    let [date, price, discount, tax] = [Form::I32, Form::I64, Form::I64, Form::I64].map(|form| k.input(form, false));
    let (date, last) = (k.load(date), k.integer(Lane::I32, 2500));
    let in_time = k.compare(Comparison::LessEqual, Lane::I32, date, last);
    k.need(in_time);
    let (price, discount, tax) = (k.load(price), k.load(discount), k.load(tax));
    for number in 0..times {
        // Equal computations would be done once.
        let hundred = k.integer(Lane::I64, 100 + number as i128);
        let rest = k.sub_checked(Lane::I64, hundred, discount, Logic::True);
        let discounted = k.mul_checked(Lane::I64, price, rest, Logic::True);
        let more = k.add_checked(Lane::I64, hundred, tax, Logic::True);
        let charge = k.mul_checked(Lane::I64, discounted, more, Logic::True);
        k.store(Lane::I64, discounted, Logic::True, false);
        k.store(Lane::I64, charge, Logic::True, false);
    }
    k.finish()
}

/// The same in f64, with NULLs.
fn doubles() -> Kernel {
    let mut k = KernelBuilder::new();
    let [price, discount] = [Form::F64, Form::F64].map(|form| k.input(form, true));
    let (valid_price, valid_discount) = (k.load_valid(price), k.load_valid(discount));
    let (price, discount) = (k.load(price), k.load(discount));
    let valid = k.and(valid_price, valid_discount);
    let one = k.double(1.0);
    let rest = k.sub(Lane::F64, one, discount);
    let discounted = k.mul(Lane::F64, price, rest);
    k.sum(Lane::F64, discounted, valid);
    k.store(Lane::F64, discounted, valid, true);
    k.finish()
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let rows = 2048;
    let date = i32s(rows, |bits| (bits % 2526) as i32);
    let discount = i64s(rows, |bits| (bits >> 20) as i64 % 11);
    let tax = i64s(rows, |bits| (bits >> 30) as i64 % 9);
    let quantity = i64s(rows, |bits| (bits >> 40) as i64 % 5000);
    let price = i64s(rows, |bits| (bits >> 11) as i64 % 10_000_000);
    for days in [25, 365, 1000, 2526] {
        let inputs = [date.clone(), discount.clone(), quantity.clone(), price.clone()];
        measure(&format!("q6 with {days} days"), q6(days), &inputs);
    }
    measure("q1", q1(1), &[date, price, discount, tax]);
    for times in [10, 100] {
        measure_verifying(&format!("q1, {times} times"), &q1(times));
    }
    let mut random = Random(3);
    let mut double = |scale: f64| {
        let values: Vec<f64> = (0..rows).map(|_| (random.next() % 10_000) as f64 * scale).collect();
        let mut bits = Bits::default();
        bits.refill_from(rows, |_| random.below(20) > 0);
        Vector { values: Values::F64(values.into()), validity: Validity::from_bits(bits) }.into_shared()
    };
    let inputs = [double(0.01), double(0.0001)];
    measure("doubles with nulls", doubles(), &inputs);
}
