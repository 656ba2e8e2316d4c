//! Integer arithmetic in the lanes i32, i64 and i128.

use std::fmt::Display;

/// An integer that a lane holds.
pub trait Integer: Copy + Default + Ord + Display + Into<i128> {
    /// The smallest value.
    const MIN: Self;
    /// The largest value.
    const MAX: Self;

    /// a + b, wrapping.
    fn add(a: Self, b: Self) -> Self;
    /// a - b, wrapping.
    fn sub(a: Self, b: Self) -> Self;
    /// a * b, wrapping.
    fn mul(a: Self, b: Self) -> Self;
    /// a + b; bad on overflow.
    fn add_checked(a: Self, b: Self) -> (Self, bool);
    /// a - b; bad on overflow.
    fn sub_checked(a: Self, b: Self) -> (Self, bool);
    /// a * b; bad on overflow.
    fn mul_checked(a: Self, b: Self) -> (Self, bool);
    /// a / b, truncated; bad for b = 0 and for MIN / -1.
    fn div_checked(a: Self, b: Self) -> (Self, bool);
    /// The remainder of a / b with the sign of a; bad for b = 0. MIN % -1 is 0.
    fn rem_checked(a: Self, b: Self) -> (Self, bool);
    /// a / b, rounded half away from zero. The divisor is positive; another one counts as 1.
    fn div_round(a: Self, b: Self) -> Self;
    /// The nearest integer, ties to even; bad for NaN and beyond the lane.
    fn from_double(a: f64) -> (Self, bool);
    /// The nearest f64, ties to even.
    fn to_double(a: Self) -> f64;
    /// The low bits of a.
    fn wrap(a: i128) -> Self;
}

macro_rules! integers {
    ($($lane:ident $multiply:expr;)*) => {
        $(impl Integer for $lane {
            const MIN: $lane = $lane::MIN;
            const MAX: $lane = $lane::MAX;

            #[inline(always)]
            fn add(a: $lane, b: $lane) -> $lane {
                a.wrapping_add(b)
            }

            #[inline(always)]
            fn sub(a: $lane, b: $lane) -> $lane {
                a.wrapping_sub(b)
            }

            #[inline(always)]
            fn mul(a: $lane, b: $lane) -> $lane {
                a.wrapping_mul(b)
            }

            #[inline(always)]
            fn add_checked(a: $lane, b: $lane) -> ($lane, bool) {
                let sum = a.wrapping_add(b);
                // In this form the loop vectorises; `overflowing_add` does not.
                (sum, (a ^ sum) & (b ^ sum) < 0)
            }

            #[inline(always)]
            fn sub_checked(a: $lane, b: $lane) -> ($lane, bool) {
                let difference = a.wrapping_sub(b);
                (difference, (a ^ b) & (a ^ difference) < 0)
            }

            #[inline(always)]
            fn mul_checked(a: $lane, b: $lane) -> ($lane, bool) {
                $multiply(a, b)
            }

            #[inline(always)]
            fn div_checked(a: $lane, b: $lane) -> ($lane, bool) {
                let bad = b == 0 || (a == $lane::MIN && b == -1);
                (if bad { 0 } else { a / b }, bad)
            }

            #[inline(always)]
            fn rem_checked(a: $lane, b: $lane) -> ($lane, bool) {
                (if b == 0 { 0 } else { a.wrapping_rem(b) }, b == 0)
            }

            #[inline(always)]
            fn div_round(a: $lane, b: $lane) -> $lane {
                if b <= 0 {
                    return a;
                }
                let (quotient, rest) = (a / b, (a % b).unsigned_abs());
                let away = rest >= b.unsigned_abs() - rest;
                quotient + if away { if a < 0 { -1 } else { 1 } } else { 0 }
            }

            #[inline(always)]
            fn from_double(a: f64) -> ($lane, bool) {
                let rounded = a.round_ties_even();
                // MIN is a power of two and exact; -MIN is the first value beyond MAX.
                let fits = rounded >= $lane::MIN as f64 && rounded < -($lane::MIN as f64);
                (rounded as $lane, !fits)
            }

            #[inline(always)]
            fn to_double(a: $lane) -> f64 {
                a as f64
            }

            #[inline(always)]
            fn wrap(a: i128) -> $lane {
                a as $lane
            }
        })*
    };
}
integers! {
    i32 multiply_i32;
    i64 i64::overflowing_mul;
    i128 multiply_i128;
}

/// Small enough that tests can try everything.
#[cfg(test)]
mod model {
    use super::Integer;

    integers! {
        i8 i8::overflowing_mul;
    }
}

/// In 64 bits, where the loop vectorises.
#[inline(always)]
fn multiply_i32(a: i32, b: i32) -> (i32, bool) {
    let product = i64::from(a) * i64::from(b);
    (product as i32, i64::from(product as i32) != product)
}

/// Most DECIMAL factors fit 64 bits, whose product always fits; the test of 128 bits is a call.
#[inline(always)]
fn multiply_i128(a: i128, b: i128) -> (i128, bool) {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => (i128::from(a) * i128::from(b), false),
        _ => a.overflowing_mul(b),
    }
}

/// Whether a is below `low` or above `high`.
#[inline(always)]
pub fn out_of_range<T: Integer>(a: T, low: T, high: T) -> bool {
    (a < low) | (a > high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_half_away_from_zero() {
        let rounded: Vec<i64> =
            [-151, -150, -149, -50, -49, 0, 49, 50, 149, 150].map(|a| i64::div_round(a, 100)).into();
        assert_eq!(rounded, [-2, -2, -1, -1, 0, 0, 0, 1, 1, 2]);
        assert_eq!([i32::div_round(7, 3), i32::div_round(8, 3), i32::div_round(-8, 3)], [2, 3, -3]);
        assert_eq!(i64::div_round(i64::MIN, 1), i64::MIN);
        assert_eq!(i32::div_round(i32::MAX, i32::MAX), 1);
        assert_eq!(i128::div_round(i128::MIN, i128::MAX), -1);
    }

    #[test]
    fn doubles_round_half_to_even_and_keep_to_the_lane() {
        assert_eq!([0.5, 1.5, 2.5, -0.5, -1.5].map(|a| i32::from_double(a).0), [0, 2, 2, 0, -2]);
        assert_eq!(i32::from_double(2147483647.4), (i32::MAX, false));
        assert!(i32::from_double(2147483647.5).1 && i32::from_double(f64::NAN).1 && i64::from_double(2f64.powi(63)).1);
        assert_eq!(i64::from_double(-2f64.powi(63)), (i64::MIN, false));
        assert!(i128::from_double(2f64.powi(127)).1 && !i128::from_double(-2f64.powi(127)).1);
    }

    #[test]
    fn overflow_is_bad_and_only_that() {
        for a in i8::MIN..=i8::MAX {
            for b in i8::MIN..=i8::MAX {
                // The edges of i32 scaled by 2^24 behave as i8 does.
                let (wide_a, wide_b) = (i32::from(a) << 24, i32::from(b) << 24);
                assert_eq!(i32::add_checked(wide_a, wide_b).1, a.checked_add(b).is_none(), "{a} + {b}");
                assert_eq!(i32::sub_checked(wide_a, wide_b).1, a.checked_sub(b).is_none(), "{a} - {b}");
            }
        }
        assert_eq!(i64::mul_checked(i64::MIN, -1), (i64::MIN, true));
        assert_eq!((i32::div_checked(i32::MIN, -1).1, i32::div_checked(1, 0).1), (true, true));
        assert_eq!((i32::rem_checked(i32::MIN, -1), i32::rem_checked(-7, 3)), ((0, false), (-1, false)));
    }
}
