use super::*;
use crate::kernel::{Comparison, listing};

#[test]
fn logic_folds() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.input(Form::Bits, true), k.input(Form::Bits, false));
    let (a, b, always) = (k.load_bits(a), k.load_bits(b), k.load_valid(b));
    let not_a = k.not(a);
    assert_eq!(always, Logic::True);
    assert_eq!(
        (k.and(a, always), k.and(a, a), k.and(a, Logic::False), k.and(a, not_a)),
        (a, a, Logic::False, Logic::False)
    );
    assert_eq!((k.or(a, always), k.or(b, b), k.or(a, Logic::False), k.or(not_a, a)), (Logic::True, b, a, Logic::True));
    assert_eq!((k.not(not_a), k.not(always), k.xor(a, a), k.xor(a, always)), (a, Logic::False, Logic::False, not_a));
    assert_eq!(
        (k.and_not(a, a), k.and_not(a, not_a), k.or_not(a, a), k.or_not(a, not_a)),
        (Logic::False, a, Logic::True, a)
    );
    assert_eq!((k.and(a, b), k.or(a, b), k.xor(a, b)), (k.and(b, a), k.or(b, a), k.xor(b, a)));
    assert_eq!(k.and(not_a, b), k.and_not(b, a));
    assert_eq!((k.select_mask(always, a, b), k.select_mask(a, b, b)), (a, b));
    assert_eq!(k.compare_logic(Comparison::NotEqual, a, b), k.xor(a, b));
}

#[test]
fn the_same_is_computed_once_and_the_unused_not_at_all() {
    let mut k = KernelBuilder::new();
    let (a, b) = (k.input(Form::I32, true), k.input(Form::I32, true));
    let (x, y, valid) = (k.load(a), k.load(b), k.load_valid(a));
    let first = k.add_checked(Lane::I32, x, y, valid);
    let second = k.add_checked(Lane::I32, x, y, valid);
    let other_guard = k.add_checked(Lane::I32, x, y, Logic::True);
    assert!(first == second && first != other_guard);
    assert_eq!(k.integer(Lane::I32, 5), k.integer(Lane::I32, 5));
    assert_ne!(k.double(0.0), k.double(-0.0));
    // A check that never counts is none; its value is any.
    let unguarded = k.div_checked(Lane::I32, x, y, Logic::False);
    assert_eq!(unguarded, k.integer(Lane::I32, 0));
    let unused = k.mul(Lane::I32, x, y);
    k.compare(Comparison::Less, Lane::I32, unused, x);
    k.load_valid(b);
    k.range(Lane::I32, first, -128, 127, valid);
    k.range(Lane::I32, first, -128, 127, valid);
    k.store(Lane::I32, first, valid, true);
    let lines = listing("k1", &k.finish(), &[]);
    assert_eq!(
        lines[6..].join("\n"),
        "   0  ld.i32    v0, c0
   1  ld.i32    v1, c1
   2  ldvalid   m0, c0
   3  add?.i32  v2, v0, v1, m0
   4  true      m1
   5  add?.i32  v3, v0, v1, m1
   6  range.i32 v2, #0, #1, m0
   7  st.i32    o0, v2
   8  stvalid   o0, m0"
    );
}
