//! Arithmetic and order of f64: IEEE 754 but for NaN, which equals itself and is greater than every number.

/// a = b.
#[inline(always)]
pub fn equal(a: f64, b: f64) -> bool {
    (a == b) | (a.is_nan() & b.is_nan())
}

/// a < b.
#[inline(always)]
pub fn less(a: f64, b: f64) -> bool {
    (a < b) | (b.is_nan() & !a.is_nan())
}

/// a <= b.
#[inline(always)]
pub fn less_equal(a: f64, b: f64) -> bool {
    (a <= b) | b.is_nan()
}

/// The order as an integer: NaN is the greatest, whatever its bits, and -0.0 comes just before 0.0, so that the
/// smallest and largest of many do not depend on their order.
#[inline(always)]
pub fn order_key(a: f64) -> i64 {
    let bits = if a.is_nan() { f64::NAN.to_bits() } else { a.to_bits() } as i64;
    bits ^ (bits >> 63) & i64::MAX
}

/// The number of that [`order_key`].
#[inline(always)]
pub fn from_order_key(key: i64) -> f64 {
    f64::from_bits((key ^ (key >> 63) & i64::MAX) as u64)
}

/// The smaller of both; NaN is the largest.
#[inline(always)]
pub fn minimum(a: f64, b: f64) -> f64 {
    from_order_key(order_key(a).min(order_key(b)))
}

/// The larger of both; NaN is the largest.
#[inline(always)]
pub fn maximum(a: f64, b: f64) -> f64 {
    from_order_key(order_key(a).max(order_key(b)))
}

/// a rounded to the nearest f32.
#[inline(always)]
pub fn round_f32(a: f64) -> f64 {
    f64::from(a as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_the_greatest_and_equals_itself() {
        let negative_nan = f64::from_bits(f64::NAN.to_bits() | 1 << 63);
        let rising = [f64::NEG_INFINITY, -1.0, -5e-324, 0.0, 5e-324, 1.0, f64::INFINITY, f64::NAN];
        for (i, &a) in rising.iter().enumerate() {
            for (j, &b) in rising.iter().enumerate() {
                assert_eq!((less(a, b), less_equal(a, b), equal(a, b)), (i < j, i <= j, i == j), "{a} {b}");
                assert_eq!(minimum(a, b).to_bits(), rising[i.min(j)].to_bits());
                assert_eq!(maximum(a, b).to_bits(), rising[i.max(j)].to_bits());
            }
        }
        assert!(equal(negative_nan, f64::NAN) && less(1.0, negative_nan) && equal(-0.0, 0.0) && !less(-0.0, 0.0));
        assert_eq!(maximum(negative_nan, 1.0).to_bits(), f64::NAN.to_bits());
        assert_eq!(minimum(0.0, -0.0).to_bits(), (-0.0f64).to_bits());
    }
}
