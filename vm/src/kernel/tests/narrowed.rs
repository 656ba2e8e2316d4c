//! Kernels that were made simpler do what they did before.

use super::checked::bounds_of;
use super::*;
use crate::kernel::abstract_state::{Bounds, Interval, Known, Range, Truth};
use crate::kernel::narrow::{self, Shortening};
use crate::kernel::verify::{narrowed, shortened};

/// Makes a kernel simpler by forms alone, and by the true bounds of its inputs, whether that gains something or not, and
/// runs it in every way.
pub(super) fn does_the_same(
    kernel: &Kernel,
    parameters: &[Value],
    inputs: &[&Vector],
    rows: usize,
    expected: &Outcome,
) {
    let true_bounds: Vec<Option<Bounds>> = inputs.iter().map(|vector| bounds_of(vector)).collect();
    let run = |simpler: &VerifiedKernel| gives(simpler, kernel, parameters, inputs, rows, expected);
    let mut decisions = Vec::new();
    match narrow::shorten(kernel, &true_bounds, &mut Known::default(), &mut decisions) {
        Shortening::DropsAll => {
            let dropped =
                matches!(expected, Outcome::Passed { rows, groups, .. } if rows.is_empty() && groups.is_empty());
            assert!(dropped, "{expected:?}\nof\n{}", text(kernel));
        }
        Shortening::Shorter => {
            let whole = verify(kernel.clone()).expect("it was verified");
            shortened(&whole, &decisions).iter().for_each(run);
        }
        Shortening::Whole => {}
    }
    for proof in [Vec::new(), true_bounds] {
        let (outputs, decisions) = (narrow::analyse(kernel, &proof).outputs, narrow::decisions(kernel, &proof));
        let simpler = narrowed(kernel.clone(), proof, Some(&decisions));
        let as_text = || format!("{}\nmade of\n{}", text(simpler.kernel()), text(kernel));
        verify(narrow::rebuild(kernel, &decisions)).unwrap_or_else(|error| panic!("{error}\n{}", as_text()));
        outputs_hold(&outputs, expected);
        run(&simpler);
    }
}

/// What a kernel was made simpler to gives what is expected of that kernel, in every way to run it.
fn gives(
    simpler: &VerifiedKernel,
    kernel: &Kernel,
    parameters: &[Value],
    inputs: &[&Vector],
    rows: usize,
    expected: &Outcome,
) {
    let is_expected = |found: &Outcome| {
        let texts = || format!("{}\nmade of\n{}", text(simpler.kernel()), text(kernel));
        assert!(is_same(found, expected), "{found:?}\ninstead of {expected:?}\n{}", texts());
    };
    let mut states = Vec::from([state_of(simpler, parameters, rows)]);
    if let Ok(native) = crate::jit::compile(simpler) {
        let mut state = states[0].clone();
        state.set_native(simpler, Some(native));
        states.push(state);
    }
    for mut state in states {
        is_expected(&by_interpreter(simpler, &mut state, inputs, rows, &mut stale_outputs(kernel)));
    }
}

/// Whether two runs gave the same; accumulators of sums may be of other lanes.
fn is_same(a: &Outcome, b: &Outcome) -> bool {
    let keeps_same = |(a, b): (&Accumulator, &Accumulator)| {
        let sums = a.exact_integer_sum() == b.exact_integer_sum() && a.double_sum() == b.double_sum();
        let (a_extremum, b_extremum) = (a.extremum(), b.extremum());
        // NaN does not equal itself.
        let extremes = a_extremum == b_extremum || format!("{a_extremum:?}") == format!("{b_extremum:?}");
        a.rows() == b.rows() && sums && extremes
    };
    match (a, b) {
        (
            Outcome::Passed { rows, columns, groups, accumulators },
            Outcome::Passed { rows: other_rows, columns: other_columns, groups: other_groups, accumulators: others },
        ) => {
            (rows, columns, groups) == (other_rows, other_columns, other_groups)
                && accumulators.iter().zip(others).all(keeps_same)
        }
        _ => a == b,
    }
}

/// What is known of outputs is true of all values that were written.
fn outputs_hold(known: &[Option<Bounds>], outcome: &Outcome) {
    let Outcome::Passed { columns, .. } = outcome else { return };
    for (bounds, column) in known.iter().zip(columns).filter_map(|(bounds, column)| Some(((*bounds)?, column))) {
        for cell in column {
            let holds = match (bounds.range, *cell) {
                (_, Cell::Null) => bounds.valid != Truth::Always,
                (Range::Integer(interval), Cell::Integer(value)) => interval.contains(value),
                (Range::Double(range), Cell::Double(bits)) => range.contains(f64::from_bits(bits)),
                (_, cell) => panic!("{cell:?} is of another kind than {bounds}"),
            };
            assert!(holds, "{cell:?} is not in {bounds}");
        }
    }
}

/// A kernel's instructions, and those that are left of it.
fn simplified(kernel: &Kernel, proof: &[Option<Bounds>]) -> String {
    let instructions = |kernel: &Kernel| kernel.code.iter().map(instruction_text).collect::<Vec<_>>().join("\n");
    let decisions = narrow::analyse(kernel, proof).decisions;
    decisions.map_or_else(|| "the same".to_owned(), |decisions| instructions(&narrow::rebuild(kernel, &decisions)))
}

fn between(low: i128, high: i128) -> Option<Bounds> {
    Some(Bounds { range: Range::Integer(Interval { low, high }), valid: Truth::Always })
}

/// Revenue in DECIMALs beyond 18 digits: by forms it has to be checked in 128 bits, by bounds 64 do, and no check.
#[test]
fn lanes_and_checks_go_by_bounds() {
    let mut k = KernelBuilder::new();
    let (price, discount) = (k.input(Form::I64, true), k.input(Form::I8, false));
    let (price, valid, discount) = (k.load(price), k.load_valid(price), k.load(discount));
    let [price, discount] = [(Lane::I64, price), (Lane::I32, discount)].map(|(lane, a)| k.widen(lane, Lane::I128, a));
    let hundred = k.integer(Lane::I128, 100);
    let rest = k.sub_checked(Lane::I128, hundred, discount, valid);
    let revenue = k.mul_checked(Lane::I128, price, rest, valid);
    k.range(Lane::I128, revenue, -(10i128.pow(20)), 10i128.pow(20), valid);
    let positive = k.integer(Lane::I128, 0);
    let sells = k.compare(Comparison::Greater, Lane::I128, price, positive);
    let needed = k.and(valid, sells);
    k.need(needed);
    k.store(Lane::I128, revenue, valid, true);
    k.sum(Lane::I128, revenue, valid);
    let kernel = k.finish();
    assert_eq!(
        simplified(&kernel, &[]),
        "ld.i64    v0, c0
ldvalid   m0, c0
ld.i8     v1, c1
sub.i32   v2, #0, v1
widen.i64.i128 v3, v0
widen.i32.i128 v4, v2
mul.i128  v5, v3, v4
range.i128 v5, #1, #2, m0
gt.i64    m1, v0, #3
and       m2, m0, m1
need      m2
st.i128   o0, v5
true      m3
stvalid   o0, m3
sum.i128  a0, v5, m3",
        "a product of 64 and 8 bits fits 128"
    );
    assert_eq!(
        simplified(&kernel, &[between(1, 10_000_000), between(0, 10)]),
        "ld.i64    v0, c0
ld.i8     v1, c1
sub.i32   v2, #0, v1
widen.i32.i64 v3, v2
mul.i64   v4, v0, v3
widen.i64.i128 v5, v4
st.i128   o0, v5
true      m0
stvalid   o0, m0
sum.i64   a0, v4, m0",
        "all rows are valid and sell something"
    );
}

/// What is known behind a `need` or under a guard takes checks away.
#[test]
fn checks_go_by_what_passes() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.input(Form::I32, false), k.input(Form::I32, false));
    let (a, b) = (k.load(a), k.load(b));
    let (one, ten) = (k.integer(Lane::I32, 1), k.integer(Lane::I32, 10));
    let small = k.compare(Comparison::Less, Lane::I32, a, ten);
    k.need(small);
    let next = k.add_checked(Lane::I32, a, one, Logic::True);
    let large = k.compare(Comparison::GreaterEqual, Lane::I32, b, ten);
    let less = k.sub_checked(Lane::I32, b, one, large);
    let unsafe_sum = k.add_checked(Lane::I32, b, next, large);
    let known = k.compare(Comparison::LessEqual, Lane::I32, a, ten);
    k.need(known);
    for value in [next, less, unsafe_sum] {
        k.store(Lane::I32, value, Logic::True, false);
    }
    let kernel = k.finish();
    assert_eq!(
        simplified(&kernel, &[]),
        "ld.i32    v0, c0
ld.i32    v1, c1
lt.i32    m0, v0, #0
need      m0
add.i32   v2, v0, #1
ge.i32    m1, v1, #0
sub.i32   v3, v1, #1
add?.i32  v4, v1, v2, m1
st.i32    o0, v2
st.i32    o1, v3
st.i32    o2, v4"
    );
    assert_eq!(simplified(&narrow::rebuild(&kernel, &narrow::decisions(&kernel, &[])), &[]), "the same");
}
