//! What comparisons and their combinations tell, before and behind a `need`.

use super::super::{Bounds, DoubleRange, Interval, Range, State, Truth};
use super::integers::{intervals, numbers};
use crate::kernel::{Comparison, Inst, Kernel, KernelBuilder, Logic, M, Operand};
use crate::semantics::float;
use crate::types::{Form, Lane};

/// A comparison, and what it says of two numbers.
type Compared = (Comparison, fn(i8, i8) -> bool);

const COMPARISONS: [Compared; 6] = [
    (Comparison::Equal, |a, b| a == b),
    (Comparison::NotEqual, |a, b| a != b),
    (Comparison::Less, |a, b| a < b),
    (Comparison::LessEqual, |a, b| a <= b),
    (Comparison::Greater, |a, b| a > b),
    (Comparison::GreaterEqual, |a, b| a >= b),
];

/// The comparison of two columns, or its negation, is needed; what passes is stored.
fn comparing(comparison: Comparison, negated: bool, form: Form) -> Kernel {
    let mut k = KernelBuilder::new();
    let lane = form.lane().expect("a value lane");
    let (a, b) = (k.input(form, false), k.input(form, false));
    let (a, b) = (k.load(a), k.load(b));
    let mut mask = k.compare(comparison, lane, a, b);
    if negated {
        mask = k.not(mask);
    }
    k.need(mask);
    for value in [a, b] {
        k.store(lane, value, Logic::True, false);
    }
    k.finish()
}

/// The state before the first output.
fn before_outputs<'a>(kernel: &'a Kernel, bounds: &'a [Option<Bounds>]) -> (State<'a>, Truth, Vec<Operand>) {
    let mut state = State::new(kernel, bounds);
    let mut needed = Truth::Always;
    for (index, inst) in kernel.code.iter().enumerate() {
        if let Inst::Need { mask } = inst {
            needed = state.truth(*mask);
        }
        state.step(index);
    }
    let stored = |inst: &Inst| if let Inst::Store { a, .. } = inst { Some(*a) } else { None };
    (state, needed, kernel.code.iter().filter_map(stored).collect())
}

fn always(range: Range) -> Option<Bounds> {
    Some(Bounds { range, valid: Truth::Always })
}

#[test]
fn comparisons_of_integers_tell_all_they_can() {
    let intervals = intervals(&[-128, -127, -3, -2, 0, 1, 5, 127]);
    for (comparison, holds) in COMPARISONS {
        for negated in [false, true] {
            let kernel = comparing(comparison, negated, Form::I8);
            for a in &intervals {
                for b in &intervals {
                    let bounds = [always(Range::Integer(*a)), always(Range::Integer(*b))];
                    let (state, needed, stored) = before_outputs(&kernel, &bounds);
                    let pairs = numbers(*a).flat_map(|x| numbers(*b).map(move |y| (x, y)));
                    let (mut passed, mut dropped) = (Vec::new(), false);
                    pairs.for_each(|(x, y)| if holds(x, y) != negated { passed.push((x, y)) } else { dropped = true });
                    let name = format!("{comparison:?} of {a} and {b}, {negated}");
                    assert_eq!(needed == Truth::Always, !dropped, "{name}");
                    assert_eq!(needed == Truth::Never, passed.is_empty(), "{name}");
                    assert_eq!(state.has_ended(), passed.is_empty(), "{name}");
                    let Some((x, y)) = passed.first() else { continue };
                    let ends = [*x, *y].map(|value| Interval::exactly(value.into()));
                    let ends = passed.iter().fold(ends, |[left, right], (x, y)| {
                        let with = |interval: Interval, value: i8| interval.union(Interval::exactly(value.into()));
                        [with(left, *x), with(right, *y)]
                    });
                    let known = [stored[0], stored[1]].map(|operand| state.integer(operand).expect("an integer"));
                    assert_eq!(known, ends, "{name}");
                }
            }
        }
    }
}

#[test]
fn comparisons_of_doubles_are_true_of_nan_too() {
    let edges = [f64::NEG_INFINITY, -1.5, 0.0, 2.0, f64::INFINITY];
    let numbers = [f64::NEG_INFINITY, -7.0, -1.5, -1.0, -0.0, 0.0, 1.0, 2.0, 3.0, f64::INFINITY, f64::NAN];
    let mut ranges = vec![DoubleRange::exactly(f64::NAN)];
    for low in edges {
        for high in edges.into_iter().filter(|high| low <= *high) {
            ranges.extend([false, true].map(|nan| DoubleRange { low, high, nan }));
        }
    }
    for (comparison, holds) in COMPARISONS {
        for negated in [false, true] {
            let kernel = comparing(comparison, negated, Form::F64);
            for a in &ranges {
                for b in &ranges {
                    let bounds = [always(Range::Double(*a)), always(Range::Double(*b))];
                    let (state, needed, stored) = before_outputs(&kernel, &bounds);
                    for x in numbers.into_iter().filter(|x| a.contains(*x)) {
                        for y in numbers.into_iter().filter(|y| b.contains(*y)) {
                            let order = float::order_key(x + 0.0);
                            let order = order.cmp(&float::order_key(y + 0.0)) as i8;
                            let passes = holds(order, 0) != negated;
                            let name = format!("{comparison:?} of {x:?} in {a} and {y:?} in {b}, {negated}");
                            assert!(needed.allows(passes), "{name}");
                            if passes {
                                let known = [stored[0], stored[1]].map(|operand| state.double(operand).expect("f64"));
                                assert!(!state.has_ended() && known[0].contains(x) && known[1].contains(y), "{name}");
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A guard tells what `need` would: of conjunctions, negations, wider lanes, and validities.
#[test]
fn guards_tell_of_operands() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.input(Form::I32, true), k.input(Form::I16, false));
    let (x, valid, y) = (k.load(a), k.load_valid(a), k.load(b));
    let (ten, hundred) = (k.integer(Lane::I32, 10), k.integer(Lane::I32, 100));
    let small = k.compare(Comparison::Less, Lane::I32, x, hundred);
    let tiny = k.compare(Comparison::Less, Lane::I32, x, ten);
    let low = k.compare(Comparison::LessEqual, Lane::I32, y, ten);
    let not_tiny = k.not(tiny);
    let both = k.and(small, not_tiny);
    let neither = k.or(tiny, low);
    let neither = k.not(neither);
    let wide = k.widen(Lane::I32, Lane::I64, y);
    let guards = [valid, small, both, neither];
    let mask = |logic: Logic| if let Logic::Mask(mask) = logic { mask } else { M(0) };
    let guards = guards.map(mask);
    let kernel = k.kernel_so_far();
    let in_thousand = Range::Integer(Interval { low: -1000, high: 1000 });
    let bounds = [Some(Bounds { range: in_thousand, valid: Truth::Unknown })];
    let mut state = State::new(&kernel, &bounds);
    (0..kernel.code.len()).for_each(|index| state.step(index));
    let text = |operand| {
        let known =
            guards.map(|guard| state.range_under(guard, operand).map_or("nothing".to_owned(), |r| r.to_string()));
        known.join(", ")
    };
    assert_eq!(
        text(x),
        "-1000 to 1000, -2147483648 to 99, 10 to 99, 10 to 2147483647",
        "by validity, by one comparison, by two, by what is not"
    );
    assert_eq!(text(wide), "-32768 to 32767, -32768 to 32767, -32768 to 32767, 11 to 32767");
}
