//! Intervals in a model of eight bits: every operation, on all numbers of many intervals.

use super::super::{Checked, Interval};
use crate::semantics::Integer;

const LANE: Interval = Interval { low: -128, high: 127 };
const EDGES: [i8; 12] = [-128, -127, -100, -17, -2, -1, 0, 1, 2, 10, 126, 127];

/// All intervals between two of the edges.
pub(super) fn intervals(edges: &[i8]) -> Vec<Interval> {
    let from = |low: &i8| {
        let low = *low;
        edges.iter().filter_map(move |high| Interval::between(low.into(), (*high).into()))
    };
    edges.iter().flat_map(from).collect()
}

pub(super) fn numbers(interval: Interval) -> std::ops::RangeInclusive<i8> {
    interval.low as i8..=interval.high as i8
}

/// What is known, what happens (no number where the row traps), and whether the bounds are met where they are not all
/// of the lane.
type Operation = (&'static str, fn(Interval, Interval) -> Interval, fn(i8, i8) -> Option<i8>, bool);

fn unless_bad((value, bad): (i8, bool)) -> Option<i8> {
    (!bad).then_some(value)
}

const OPERATIONS: [Operation; 14] = [
    ("add", |a, b| a.add(b, LANE, Checked::Wraps), |a, b| Some(Integer::add(a, b)), true),
    ("sub", |a, b| a.sub(b, LANE, Checked::Wraps), |a, b| Some(Integer::sub(a, b)), true),
    ("mul", |a, b| a.mul(b, LANE, Checked::Wraps), |a, b| Some(Integer::mul(a, b)), true),
    ("neg", |_, b| Interval::exactly(0).sub(b, LANE, Checked::Wraps), |_, b| Some(Integer::sub(0, b)), true),
    ("add?", |a, b| a.add(b, LANE, Checked::Traps), |a, b| unless_bad(Integer::add_checked(a, b)), true),
    ("sub?", |a, b| a.sub(b, LANE, Checked::Traps), |a, b| unless_bad(Integer::sub_checked(a, b)), true),
    ("mul?", |a, b| a.mul(b, LANE, Checked::Traps), |a, b| unless_bad(Integer::mul_checked(a, b)), false),
    ("div?", |a, b| a.div(b, LANE, Checked::Traps), |a, b| unless_bad(Integer::div_checked(a, b)), false),
    ("div? unguarded", |a, b| a.div(b, LANE, Checked::Wraps), |a, b| Some(Integer::div_checked(a, b).0), false),
    ("rem?", |a, b| a.rem(b), |a, b| unless_bad(Integer::rem_checked(a, b)), false),
    ("rem? unguarded", |a, b| a.rem(b), |a, b| Some(Integer::rem_checked(a, b).0), false),
    ("min", Interval::min, |a, b| Some(a.min(b)), true),
    ("max", Interval::max, |a, b| Some(a.max(b)), true),
    ("select", Interval::union, |a, b| Some(if (a ^ b) & 1 == 0 { a } else { b }), false),
];

#[test]
fn operations_stay_in_their_intervals() {
    let intervals = intervals(&EDGES);
    for (name, known, happens, exact) in OPERATIONS {
        for a in &intervals {
            for b in &intervals {
                let known = known(*a, *b);
                assert!(known.within(LANE), "{name} of {a} and {b}: {known}");
                let mut found: Option<Interval> = None;
                for x in numbers(*a) {
                    for value in numbers(*b).filter_map(|y| happens(x, y)) {
                        let value = Interval::exactly(value.into());
                        found = Some(found.map_or(value, |found| found.union(value)));
                    }
                }
                let Some(found) = found else { continue };
                assert!(found.within(known), "{name} of {a} and {b}: {found} beyond {known}");
                assert!(!exact || known == LANE || found == known, "{name} of {a} and {b}: {found}, not {known}");
            }
        }
    }
}

#[test]
fn division_by_constants_is_exact() {
    for a in intervals(&EDGES) {
        for divisor in 1..=127 {
            let known = a.div_round(divisor.into());
            let ends = [a.low, a.high].map(|end| i128::from(i8::div_round(end as i8, divisor)));
            assert_eq!([known.low, known.high], ends);
            assert!(numbers(a).all(|value| known.contains(i8::div_round(value, divisor).into())));
            let known = a.div(Interval::exactly(divisor.into()), LANE, Checked::Traps);
            assert_eq!([known.low, known.high], [a.low / i128::from(divisor), a.high / i128::from(divisor)]);
        }
    }
}

/// Numbers of sixteen bits, and their low eight.
#[test]
fn conversions_stay_in_their_intervals() {
    let ends: Vec<i128> = (-300..300).step_by(7).chain([-129, -128, 127, 128, 255, 256]).collect();
    for low in &ends {
        for interval in ends.iter().filter_map(|high| Interval::between(*low, *high)) {
            let known = interval.narrowed(LANE);
            for value in interval.low..=interval.high {
                assert!(known.contains(i8::wrap(value).into()), "{value} of {interval}: beyond {known}");
            }
            assert!(!interval.within(LANE) || known == interval);
        }
    }
    let edges = [i128::MIN, -(1 << 64), i64::MIN.into(), -1, 0, 1, 127, 128, i64::MAX.into(), i128::MAX];
    let bits = edges.map(|edge| Interval::exactly(edge).bits());
    assert_eq!(bits, [128, 65, 64, 1, 1, 2, 8, 9, 64, 128]);
}
