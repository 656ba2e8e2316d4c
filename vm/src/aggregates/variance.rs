//! var_samp, var_pop and their square roots, and in the same manner covar_samp, covar_pop and corr.
//!
//! What is kept is sums of values and of products, in bins, so that the result does not depend on the order of the
//! rows. The textbook's difference of the two loses digits; here each product is summed with its rounding error, and
//! sums are taken out of their bins as two doubles, so that some 100 bits are there to lose.

use super::rows::each_row;
use super::states::{State, States, push_double, unexpected};
use super::{AggregateFunction, AggregateOverload, AggregateStates};
use crate::error::{Error, Result};
use crate::functions::{ResultType, TypePattern};
use crate::kernel::Accumulator;
use crate::semantics::BinnedSum;
use crate::types::DataType;
use crate::vector::{Bits, Values, Vector};

/// A number as the sum of two doubles, the second below the first's last digit.
type Pair = (f64, f64);

/// A difference so much smaller than its operands is nothing but what rounding has left.
const NOISE: f64 = 1.0 / (1u128 << 100) as f64;

/// The product of two doubles with its rounding error (Dekker 1971).
fn product(a: f64, b: f64) -> Pair {
    let split = |x: f64| {
        let scaled = 134_217_729.0 * x;
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let high = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    let low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2;
    (high, if low.is_finite() { low } else { 0.0 })
}

fn multiply(a: Pair, b: Pair) -> Pair {
    let (high, low) = product(a.0, b.0);
    let low = low + (a.0 * b.1 + a.1 * b.0);
    let sum = high + low;
    (sum, if sum.is_finite() { low - (sum - high) } else { 0.0 })
}

/// `a - b`, 0 where that is noise.
fn difference(a: Pair, b: Pair) -> f64 {
    let high = a.0 - b.0;
    let rest = high - a.0;
    let error = (a.0 - (high - rest)) - (b.0 + rest);
    let result = high + (error + (a.1 - b.1));
    if result.abs() <= NOISE * a.0.abs() { 0.0 } else { result }
}

/// Products of two columns, which may be the same.
#[derive(Clone, Copy, Default)]
struct Products {
    sum: BinnedSum,
}

impl Products {
    #[inline(always)]
    fn add(&mut self, a: f64, b: f64) {
        let (high, low) = product(a, b);
        self.sum.add(high);
        self.sum.add(low);
    }
}

/// The spread of one column.
#[derive(Clone, Copy, Default)]
struct Spread {
    count: u64,
    sum: BinnedSum,
    squares: Products,
}

/// How two columns, y and x, vary together.
#[derive(Clone, Copy, Default)]
struct Joint {
    y: Spread,
    x: Spread,
    products: Products,
}

impl Spread {
    #[inline(always)]
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum.add(value);
        self.squares.add(value, value);
    }

    fn merge(&mut self, other: &Spread) {
        self.count += other.count;
        self.sum.merge(&other.sum);
        self.squares.sum.merge(&other.squares.sum);
    }

    /// The sum of squared distances from the mean, times the count.
    fn scaled(&self) -> f64 {
        let sum = self.sum.value_pair();
        difference(multiply((self.count as f64, 0.0), self.squares.sum.value_pair()), multiply(sum, sum)).max(0.0)
    }

    fn population(&self) -> Option<f64> {
        let count = self.count as f64;
        (self.count > 0).then(|| or_nan(self.sum.value(), self.scaled() / count / count))
    }

    fn sample(&self) -> Option<f64> {
        let count = self.count as f64;
        (self.count > 1).then(|| or_nan(self.sum.value(), self.scaled() / count / (count - 1.0)))
    }
}

/// NaN where the values had a NaN or an infinity.
fn or_nan(sum: f64, result: f64) -> f64 {
    if sum.is_finite() { result } else { f64::NAN }
}

impl Joint {
    /// The sum of products of distances from the means, times the count.
    fn scaled(&self) -> f64 {
        let count = (self.y.count as f64, 0.0);
        let sums = multiply(self.y.sum.value_pair(), self.x.sum.value_pair());
        difference(multiply(count, self.products.sum.value_pair()), sums)
    }

    fn covariance(&self, divisor: f64) -> f64 {
        or_nan(self.y.sum.value() + self.x.sum.value(), self.scaled() / self.y.count as f64 / divisor)
    }

    /// NULL where a column does not vary.
    fn correlation(&self) -> Option<f64> {
        let (y, x) = (self.y.scaled(), self.x.scaled());
        let known = self.y.count > 0 && !(y == 0.0) && !(x == 0.0);
        // One root is exact where two are not, if the product is within range.
        let spread = if (y * x).is_normal() { (y * x).sqrt() } else { y.sqrt() * x.sqrt() };
        let sums = self.y.sum.value() + self.x.sum.value();
        known.then(|| or_nan(sums, (self.scaled() / spread).clamp(-1.0, 1.0)))
    }
}

fn doubles(vector: &Vector) -> Result<&[f64]> {
    match &vector.values {
        Values::F64(values) => Ok(values),
        other => Err(unexpected("a variance", other.form())),
    }
}

impl State for Spread {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let argument = super::states::only(arguments)?;
        let valid = argument.validity.bits();
        match &argument.values {
            Values::F32(values) => each_row(groups.len(), valid, filter, |row| {
                states[groups[row] as usize].add(values[row].into());
            }),
            _ => {
                let values = doubles(argument)?;
                each_row(groups.len(), valid, filter, |row| states[groups[row] as usize].add(values[row]));
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) {
        Spread::merge(self, other);
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

impl State for Joint {
    fn update(states: &mut [Self], groups: &[u32], arguments: &[&Vector], filter: Option<&Bits>) -> Result<()> {
        let [y, x] = arguments else { return Err(Error::internal("an aggregate without its two arguments")) };
        let value = |vector: &Vector, row: usize| match &vector.values {
            Values::F32(values) => Ok(f64::from(values[row])),
            _ => doubles(vector).map(|values| values[row]),
        };
        let mut outcome = Ok(());
        each_row(groups.len(), y.validity.bits(), filter, |row| {
            if !x.validity.is_valid(row) {
                return;
            }
            match (value(y, row), value(x, row)) {
                (Ok(y), Ok(x)) => {
                    let state = &mut states[groups[row] as usize];
                    state.y.add(y);
                    state.x.add(x);
                    state.products.add(y, x);
                }
                (Err(error), _) | (_, Err(error)) => outcome = Err(error),
            }
        });
        outcome
    }

    fn merge(&mut self, other: &Self) {
        self.y.merge(&other.y);
        self.x.merge(&other.x);
        self.products.sum.merge(&other.products.sum);
    }

    fn add_accumulator(&mut self, _: &Accumulator) -> Option<()> {
        None
    }
}

macro_rules! aggregates {
    ($($name:ident $state:ident ($($argument:ident),*) $text:literal [$($alias:literal),*] $doc:literal $finish:expr;)*) => {
        $(
            #[doc = $text]
            pub(super) static $name: AggregateFunction = AggregateFunction {
                name: $text,
                aliases: &[$($alias),*],
                doc: $doc,
                ordered: false,
                overloads: &[AggregateOverload {
                    arguments: &[$(TypePattern::$argument),*],
                    result: ResultType::Fixed(DataType::Double),
                    empty_is_null: true,
                    accumulator: None,
                    states: {
                        fn states(_: &[DataType], result: &DataType) -> Box<dyn AggregateStates> {
                            let finish: fn(&$state, &DataType, &mut Vector) -> Result<()> = |state, _, out| {
                                let result: fn(&$state) -> Option<f64> = $finish;
                                push_double(out, result(state))
                            };
                            States::<$state>::boxed(result, finish)
                        }
                        states
                    },
                }],
            };
        )*
    };
}

aggregates! {
    VAR_SAMP Spread (Double) "var_samp" ["variance"]
        "The variance of a sample; NULL for fewer than two values." |spread| spread.sample();
    VAR_POP Spread (Double) "var_pop" []
        "The variance of a whole population; NULL if there are no values." |spread| spread.population();
    STDDEV_SAMP Spread (Double) "stddev_samp" ["stddev"]
        "The standard deviation of a sample; NULL for fewer than two values."
        |spread| spread.sample().map(f64::sqrt);
    STDDEV_POP Spread (Double) "stddev_pop" []
        "The standard deviation of a whole population; NULL if there are no values."
        |spread| spread.population().map(f64::sqrt);
    COVAR_SAMP Joint (Double, Double) "covar_samp" []
        "The covariance of a sample of pairs; NULL for fewer than two."
        |joint| (joint.y.count > 1).then(|| joint.covariance(joint.y.count as f64 - 1.0));
    COVAR_POP Joint (Double, Double) "covar_pop" []
        "The covariance of a whole population of pairs; NULL if there are none."
        |joint| (joint.y.count > 0).then(|| joint.covariance(joint.y.count as f64));
    CORR Joint (Double, Double) "corr" []
        "The correlation of pairs; NULL where one of the two does not vary." |joint| joint.correlation();
}
