//! Mathematics on numbers. DOUBLE follows IEEE 754; integers and DECIMAL are exact and fail where they overflow.

use super::writer::out_of_range;
use super::{BIGINT, BOOLEAN, BodyFunction, DOUBLE, Invocation, Overload, ResultType, ScalarFunction, TypePattern};
use crate::error::{Error, Result};
use crate::kernel::Helper;
use crate::types::DataType;
use crate::vector::Vector;

fn abs_exact(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    call.fill_integers(out, |row| Ok(values.wide(row).saturating_abs()))
}

/// A strict function of one DOUBLE that cannot fail.
fn map(call: &Invocation<'_>, out: &mut Vector, function: fn(f64) -> f64) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_doubles(out, |row| Ok(function(values.get(row))))
}

fn sign_exact(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    call.fill_integers(out, |row| Ok(values.wide(row).signum()))
}

fn sign_double(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    map(call, out, |value| if value == 0.0 || value.is_nan() { value } else { value.signum() })
}

fn remainder_exact(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let (left, right) = (left.wide(row), right.wide(row));
        left.checked_rem(right).ok_or_else(|| Error::runtime(format!("division by zero: {left} % 0")))
    })
}

fn remainder_double(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (call.doubles(0)?, call.doubles(1)?);
    call.fill_doubles(out, |row| Ok(left.get(row) % right.get(row)))
}

/// The square root; unlike the kernel helper, which gives NaN, an error below zero.
fn square_root(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_doubles(out, |row| match values.get(row) {
        value if value < 0.0 => Err(Error::runtime(format!("cannot take the square root of {value}"))),
        value => Ok(value.sqrt()),
    })
}

/// The logarithm to a base: log(base, x).
fn log_to_base(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (bases, values) = (call.doubles(0)?, call.doubles(1)?);
    call.fill_doubles(out, |row| {
        let (base, value) = (bases.get(row), values.get(row));
        if value <= 0.0 || base <= 0.0 {
            let bad = if value <= 0.0 { value } else { base };
            return Err(Error::runtime(format!("cannot take the logarithm of {bad}")));
        }
        if base == 1.0 {
            return Err(Error::runtime("there is no logarithm to the base 1"));
        }
        Ok(value.ln() / base.ln())
    })
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn gcd(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let divisor = greatest_common_divisor(left.wide(row).unsigned_abs(), right.wide(row).unsigned_abs());
        i128::try_from(divisor).map_err(|_| out_of_range(divisor, call.result_type))
    })
}

fn lcm(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let (left, right) = (call.integers(0)?, call.integers(1)?);
    call.fill_integers(out, |row| {
        let (left, right) = (left.wide(row).unsigned_abs(), right.wide(row).unsigned_abs());
        if left == 0 || right == 0 {
            return Ok(0);
        }
        // Both come from 64 bits, so that the product of 128 bits cannot overflow.
        let multiple = left / greatest_common_divisor(left, right) * right;
        i128::try_from(multiple).map_err(|_| out_of_range(multiple, call.result_type))
    })
}

/// The largest number whose factorial has 38 digits or fewer.
const FACTORIAL_MAX: i128 = 33;

fn factorial(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.integers(0)?;
    call.fill_integers(out, |row| match values.wide(row) {
        value if value < 0 => Err(Error::runtime(format!("there is no factorial of the negative number {value}"))),
        value if value > FACTORIAL_MAX => {
            Err(Error::runtime(format!("the factorial of {value} is out of range for {}", call.result_type)))
        }
        value => Ok((1..=value).product()),
    })
}

fn is_nan(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_booleans(out, |row| Ok(values.get(row).is_nan()))
}

fn is_infinite(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_booleans(out, |row| Ok(values.get(row).is_infinite()))
}

fn is_finite(call: &Invocation<'_>, out: &mut Vector) -> Result<()> {
    let values = call.doubles(0)?;
    call.fill_booleans(out, |row| Ok(values.get(row).is_finite()))
}

const NUMBER: TypePattern = TypePattern::Double;
const LONG: TypePattern = TypePattern::BigInt;
const FIRST: ResultType = ResultType::Argument(0);
const DECIMAL38: ResultType = ResultType::Fixed(DataType::Decimal { precision: 38, scale: 0 });

const fn of_double(body: BodyFunction) -> Overload {
    Overload::strict(&[NUMBER], DOUBLE, body)
}

const fn of_longs(body: BodyFunction) -> Overload {
    Overload::strict(&[LONG, LONG], BIGINT, body).fallible()
}

pub(super) static FUNCTIONS: &[ScalarFunction] = &[
    function!(
        "abs",
        &[],
        "The number without its sign.",
        &[("abs(-5)", "5"), ("abs(-1.50)", "1.50"), ("abs(-2e0)", "2")],
        &[
            Overload::strict(&[TypePattern::AnyInteger], FIRST, abs_exact).fallible(),
            Overload::strict(&[TypePattern::AnyDecimal], FIRST, abs_exact),
            of_double(|call, out| map(call, out, f64::abs)),
        ],
    ),
    function!(
        "sign",
        &[],
        "-1, 0 or 1: below, at or above zero.",
        &[("sign(-5)", "-1"), ("sign(0.5)", "1"), ("sign(0e0)", "0")],
        &[
            Overload::strict(&[TypePattern::AnyInteger], super::INTEGER, sign_exact),
            Overload::strict(&[TypePattern::AnyDecimal], super::INTEGER, sign_exact),
            of_double(sign_double),
        ],
    ),
    function!(
        "mod",
        &[],
        "What is left of a division; it has the sign of the dividend.",
        &[("mod(7, 3)", "1"), ("mod(-7, 3)", "-1"), ("mod(7.5e0, 2e0)", "1.5")],
        &[of_longs(remainder_exact), Overload::strict(&[NUMBER, NUMBER], DOUBLE, remainder_double)],
    ),
    function!(
        "power",
        &["pow"],
        "A number to the power of another.",
        &[("power(2, 10)", "1024")],
        &[Overload::helper(&[NUMBER, NUMBER], Helper::Pow)],
    ),
    function!(
        "sqrt",
        &[],
        "The square root; an error below zero.",
        &[("sqrt(2.25)", "1.5")],
        &[of_double(square_root).fallible()],
    ),
    function!("cbrt", &[], "The cube root.", &[("cbrt(27)", "3")], &[Overload::helper(&[NUMBER], Helper::Cbrt)]),
    function!(
        "exp",
        &[],
        "e to the power of a number.",
        &[("exp(0)", "1")],
        &[Overload::helper(&[NUMBER], Helper::Exp)]
    ),
    function!(
        "ln",
        &[],
        "The natural logarithm; an error at and below zero.",
        &[("ln(1)", "0")],
        &[Overload::helper(&[NUMBER], Helper::Ln).fallible()],
    ),
    function!(
        "log",
        &["log10"],
        "The logarithm to the base 10, or log(base, x); an error at and below zero.",
        &[("log(1000)", "3"), ("log(2, 8)", "3")],
        &[
            Overload::helper(&[NUMBER], Helper::Log10).fallible(),
            Overload::strict(&[NUMBER, NUMBER], DOUBLE, log_to_base).fallible(),
        ],
    ),
    function!(
        "log2",
        &[],
        "The logarithm to the base 2; an error at and below zero.",
        &[("log2(8)", "3")],
        &[Overload::helper(&[NUMBER], Helper::Log2).fallible()],
    ),
    function!(
        "pi",
        &[],
        "The number π.",
        &[("pi()", "3.141592653589793")],
        &[Overload::strict(&[], DOUBLE, |call, out| call.fill_doubles(out, |_| Ok(std::f64::consts::PI)))],
    ),
    function!(
        "degrees",
        &[],
        "Radians in degrees.",
        &[("degrees(pi())", "180")],
        &[of_double(|call, out| map(call, out, f64::to_degrees))],
    ),
    function!(
        "radians",
        &[],
        "Degrees in radians.",
        &[("radians(180)", "3.141592653589793")],
        &[of_double(|call, out| map(call, out, f64::to_radians))],
    ),
    function!("sin", &[], "The sine.", &[("sin(0)", "0")], &[Overload::helper(&[NUMBER], Helper::Sin)]),
    function!("cos", &[], "The cosine.", &[("cos(0)", "1")], &[Overload::helper(&[NUMBER], Helper::Cos)]),
    function!("tan", &[], "The tangent.", &[("tan(0)", "0")], &[Overload::helper(&[NUMBER], Helper::Tan)]),
    function!(
        "cot",
        &[],
        "The cotangent.",
        &[("round(cot(1), 3)", "0.642")],
        &[of_double(|call, out| map(call, out, |value| 1.0 / value.tan()))],
    ),
    function!("asin", &[], "The arc sine.", &[("asin(0)", "0")], &[Overload::helper(&[NUMBER], Helper::Asin)]),
    function!("acos", &[], "The arc cosine.", &[("acos(1)", "0")], &[Overload::helper(&[NUMBER], Helper::Acos)]),
    function!("atan", &[], "The arc tangent.", &[("atan(0)", "0")], &[Overload::helper(&[NUMBER], Helper::Atan)]),
    function!(
        "atan2",
        &[],
        "The angle of the point (x, y), given as y, x.",
        &[("atan2(0, 1)", "0")],
        &[Overload::helper(&[NUMBER, NUMBER], Helper::Atan2)],
    ),
    function!(
        "sinh",
        &[],
        "The hyperbolic sine.",
        &[("sinh(0)", "0")],
        &[of_double(|call, out| map(call, out, f64::sinh))]
    ),
    function!(
        "cosh",
        &[],
        "The hyperbolic cosine.",
        &[("cosh(0)", "1")],
        &[of_double(|call, out| map(call, out, f64::cosh))]
    ),
    function!(
        "tanh",
        &[],
        "The hyperbolic tangent.",
        &[("tanh(0)", "0")],
        &[of_double(|call, out| map(call, out, f64::tanh))]
    ),
    function!(
        "isnan",
        &[],
        "Whether it is NaN.",
        &[("isnan('NaN'::DOUBLE)", "true")],
        &[Overload::strict(&[NUMBER], BOOLEAN, is_nan,)]
    ),
    function!(
        "isinf",
        &[],
        "Whether it is infinite.",
        &[("isinf('-Infinity'::DOUBLE)", "true")],
        &[Overload::strict(&[NUMBER], BOOLEAN, is_infinite)],
    ),
    function!(
        "isfinite",
        &[],
        "Whether it is neither infinite nor NaN.",
        &[("isfinite(1e0)", "true")],
        &[Overload::strict(&[NUMBER], BOOLEAN, is_finite)],
    ),
    function!(
        "gcd",
        &["greatest_common_divisor"],
        "The greatest common divisor.",
        &[("gcd(12, -18)", "6")],
        &[of_longs(gcd)]
    ),
    function!(
        "lcm",
        &["least_common_multiple"],
        "The least common multiple.",
        &[("lcm(4, 6)", "12")],
        &[of_longs(lcm)]
    ),
    function!(
        "factorial",
        &[],
        "1 · 2 · … · n.",
        &[("factorial(20)", "2432902008176640000"), ("factorial(0)", "1")],
        &[Overload::strict(&[LONG], DECIMAL38, factorial).fallible()],
    ),
];
