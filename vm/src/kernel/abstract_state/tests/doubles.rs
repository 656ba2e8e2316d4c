//! Ranges of f64: every operation on edges and numbers between them.

use super::super::{DoubleRange, Interval};
use crate::semantics::{Integer, float};

const EDGES: [f64; 13] =
    [f64::NEG_INFINITY, f64::MIN, -1e10, -2.5, -1.0, -5e-324, 0.0, 5e-324, 0.5, 3.0, 300.5, f64::MAX, f64::INFINITY];

/// All ranges between two of the edges, with NaN and without it, and NaN alone.
fn ranges() -> Vec<DoubleRange> {
    let mut ranges = vec![DoubleRange::exactly(f64::NAN)];
    for low in EDGES {
        for high in EDGES.into_iter().filter(|high| low <= *high) {
            ranges.extend([false, true].map(|nan| DoubleRange { low, high, nan }));
        }
    }
    ranges
}

/// Edges and what lies between, both zeros, and NaN.
fn numbers(range: DoubleRange) -> Vec<f64> {
    let middle = EDGES.windows(2).map(|pair| pair[0] / 2.0 + pair[1] / 2.0);
    let all = EDGES.into_iter().chain(middle).chain([-0.0, f64::NAN, 1.0, 2.0, -1.5]);
    all.filter(|value| range.contains(*value)).collect()
}

type Operation = (&'static str, fn(DoubleRange, DoubleRange) -> DoubleRange, fn(f64, f64) -> f64);

const OPERATIONS: [Operation; 15] = [
    ("add", DoubleRange::add, |a, b| a + b),
    ("sub", DoubleRange::sub, |a, b| a - b),
    ("mul", DoubleRange::mul, |a, b| a * b),
    ("div", DoubleRange::div, |a, b| a / b),
    ("rem", DoubleRange::rem, |a, b| a % b),
    ("min", DoubleRange::min, float::minimum),
    ("max", DoubleRange::max, float::maximum),
    ("neg", |a, _| a.neg(), |a, _| -a),
    ("abs", |a, _| a.abs(), |a, _| a.abs()),
    ("roundf32", |a, _| a.monotone(float::round_f32), |a, _| float::round_f32(a)),
    ("floor", |a, _| a.monotone(f64::floor), |a, _| a.floor()),
    ("round", |a, _| a.monotone(f64::round), |a, _| a.round()),
    ("sqrt", |a, _| a.sqrt(), |a, _| a.sqrt()),
    ("union", DoubleRange::union, |a, b| if a < 0.25 { a } else { b }),
    ("one", |a, _| a, |a, _| a),
];

#[test]
fn operations_stay_in_their_ranges() {
    let ranges: Vec<(DoubleRange, Vec<f64>)> = ranges().into_iter().map(|range| (range, numbers(range))).collect();
    for (name, known, happens) in OPERATIONS {
        for (a, xs) in &ranges {
            for (b, ys) in &ranges {
                let known = known(*a, *b);
                for x in xs {
                    for y in ys {
                        let value = happens(*x, *y);
                        assert!(
                            known.contains(value),
                            "{name} of {a} and {b}: {x:?}, {y:?} give {value:?}, not {known}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_in_both_is_in_the_intersection() {
    for a in ranges() {
        for b in ranges() {
            let both: Vec<f64> = numbers(a).into_iter().filter(|value| b.contains(*value)).collect();
            match a.intersection(b) {
                None => assert!(both.is_empty(), "{a} and {b}"),
                Some(known) => assert!(both.iter().all(|value| known.contains(*value)), "{a} and {b}: {known}"),
            }
        }
    }
}

#[test]
fn conversions_stay_in_their_ranges() {
    let lane = Interval { low: -128, high: 127 };
    for range in ranges() {
        let known = range.to_integers(lane);
        for value in numbers(range) {
            let (integer, _) = i8::from_double(value);
            assert!(known.contains(integer.into()), "{value:?} of {range} gives {integer}, not {known}");
        }
    }
    let wide = Interval { low: -(1 << 60) - 1, high: (1 << 53) + 1 };
    let known = DoubleRange::of_integers(wide);
    for value in [wide.low, -3, 0, wide.high - 1, wide.high] {
        assert!(known.contains(i128::to_double(value)));
    }
}
