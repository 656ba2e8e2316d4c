//! What the functions of the kernel's table of helpers mean. Each gives the value and whether it is bad.

/// Natural logarithm; bad for zero and below.
#[inline(always)]
pub fn ln(a: f64) -> (f64, bool) {
    (a.ln(), a <= 0.0)
}

/// Logarithm to base 10; bad for zero and below.
#[inline(always)]
pub fn log10(a: f64) -> (f64, bool) {
    (a.log10(), a <= 0.0)
}

/// Logarithm to base 2; bad for zero and below.
#[inline(always)]
pub fn log2(a: f64) -> (f64, bool) {
    (a.log2(), a <= 0.0)
}
