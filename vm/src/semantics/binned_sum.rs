//! Sums of f64 that do not depend on the order of the summands.
//!
//! After J. Demmel and H. D. Nguyen, "Parallel Reproducible Summation" (IEEE Trans. Computers 64(7), 2015), with
//! bins at fixed positions: bin `i` counts multiples of 2^(52 i - 1074). A summand is split, from the top, over
//! three neighbouring bins by adding and subtracting the constant 1.5 * 2^52 * unit, which rounds to the unit
//! however much was summed before; the bit patterns are then added up as integers, which is exact and commutes.
//! The top bin is chosen by the largest magnitude seen. When it rises, the lowest bin is dropped: just what its
//! summands would have lost had the largest come first. So the result is a function of the multiset of summands.
//!
//! Three bins hold at least 105 bits below the largest summand. Two would be faster by a third, but would round
//! some single values: a sum of one value must be that value.

/// Bits from one bin's unit to the next.
const BIN_BITS: i32 = 52;
/// The exponent of the lowest unit: the smallest subnormal number.
const LOWEST_EXPONENT: i32 = -1074;
/// The lowest index of a top bin: two more are below it.
const TOP_MIN: i32 = 2;
/// The largest index whose splitter is finite; summands of 2^1005 and more go through [`BinnedSum::add_huge`].
const TOP_PLAIN: i32 = 39;
/// The top bin for the largest summands.
const TOP_HUGE: i32 = 40;
/// Summands whose bit patterns may be added in 64 bits: each moves a bin by at most 2^51.
const CHUNK: usize = 1024;
/// Summands added side by side, so that the loop vectorises.
const LANES: usize = 16;

/// A sum of f64: the same bits for any order of [`BinnedSum::add`] and any tree of [`BinnedSum::merge`].
///
/// Not-a-number and infinities count as IEEE 754 has it; a sum beyond the range is an infinity, whatever the
/// sums on the way there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinnedSum {
    /// Multiples of the units of the bins `top`, `top - 1`, `top - 2`.
    bins: [i128; 3],
    top: i32,
    specials: Specials,
}

/// Which summands were not finite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Specials {
    nan: bool,
    positive_infinity: bool,
    negative_infinity: bool,
}

impl Default for BinnedSum {
    fn default() -> Self {
        BinnedSum { bins: [0; 3], top: TOP_MIN, specials: Specials::default() }
    }
}

/// 1.5 * 2^52 units of bin `index`, at most [`TOP_PLAIN`].
#[inline(always)]
fn splitter(index: i32) -> f64 {
    f64::from_bits(((BIN_BITS * index + 1) as u64) << 52 | 1 << 51)
}

/// The exponent field of a number.
#[inline(always)]
fn exponent(value: f64) -> i32 {
    ((value.to_bits() >> 52) & 0x7ff) as i32
}

/// The lowest top bin that a finite number of this exponent field fits, which is below 2^51 units of it.
#[inline(always)]
fn top_of(exponent: i32) -> i32 {
    ((exponent + BIN_BITS) / BIN_BITS).max(TOP_MIN)
}

/// How often each splitter's bit pattern is exceeded: the multiples of the three units that make up a number.
#[inline(always)]
fn split(value: f64, splitters: [f64; 3]) -> [i64; 3] {
    let first = value + splitters[0];
    let rest = value - (first - splitters[0]);
    let second = rest + splitters[1];
    let rest = rest - (second - splitters[1]);
    let third = rest + splitters[2];
    [first.to_bits() as i64, second.to_bits() as i64, third.to_bits() as i64]
}

impl BinnedSum {
    /// Adds one number.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let exponent = exponent(value);
        if exponent >= BIN_BITS * self.top || self.top > TOP_PLAIN {
            return self.add_outside(value);
        }
        self.deposit(value, 1.0, self.top);
    }

    /// Adds all numbers of a slice.
    pub fn add_slice(&mut self, values: &[f64]) {
        self.add_slice_inline(values);
    }

    /// As [`BinnedSum::add_slice`], compiled with the caller's machine features.
    #[inline(always)]
    pub fn add_slice_inline(&mut self, values: &[f64]) {
        for chunk in values.chunks(CHUNK) {
            let (blocks, tail) = chunk.as_chunks::<LANES>();
            // A block that does not fit is looked at one by one, which raises the top bin for those that follow.
            if self.top > TOP_PLAIN || !self.add_blocks(blocks) {
                blocks.as_flattened().iter().for_each(|&value| self.add(value));
            }
            tail.iter().for_each(|&value| self.add(value));
        }
    }

    /// Adds at most [`CHUNK`] numbers if all of them fit the top bin; otherwise leaves the sum as it was.
    #[inline(always)]
    fn add_blocks(&mut self, blocks: &[[f64; LANES]]) -> bool {
        let splitters = self.splitters();
        let base = splitters.map(|splitter| splitter.to_bits() as i64);
        let mut sums = [[0i64; LANES]; 3];
        let mut moved = [0i64; LANES];
        for block in blocks {
            for lane in 0..LANES {
                let [first, second, third] = split(block[lane], splitters);
                moved[lane] |= first ^ base[0];
                sums[0][lane] = sums[0][lane].wrapping_add(first);
                sums[1][lane] = sums[1][lane].wrapping_add(second);
                sums[2][lane] = sums[2][lane].wrapping_add(third);
            }
        }
        // A number that does not fit (or is not finite) moves the splitter out of its binade.
        if moved.iter().fold(0, |all, lane| all | lane) as u64 >> 52 != 0 {
            return false;
        }
        let count = (blocks.len() * LANES) as i64;
        for (bin, (lanes, base)) in self.bins.iter_mut().zip(sums.iter().zip(base)) {
            let sum = lanes.iter().fold(0i64, |sum, lane| sum.wrapping_add(*lane));
            *bin += i128::from(sum.wrapping_sub(base.wrapping_mul(count)));
        }
        true
    }

    /// The constants that split summands which fit the top bin; `None` if that holds numbers that are scaled.
    pub(crate) fn plain_splitters(&self) -> Option<[f64; 3]> {
        (self.top <= TOP_PLAIN).then(|| self.splitters())
    }

    /// Adds `count` summands that fit the top bin, split by [`BinnedSum::plain_splitters`]: for each splitter the sum
    /// of what the summands became, as bit patterns, in four parts.
    pub(crate) fn add_split(&mut self, sums: [[u64; 4]; 3], count: u64) {
        let splitters = self.splitters();
        for (bin, (sums, splitter)) in self.bins.iter_mut().zip(sums.iter().zip(splitters)) {
            let sum = sums.iter().fold(0u64, |sum, part| sum.wrapping_add(*part));
            *bin += i128::from(sum.wrapping_sub(splitter.to_bits().wrapping_mul(count)) as i64);
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &BinnedSum) {
        let mut other = *other;
        let top = self.top.max(other.top);
        self.raise(top);
        other.raise(top);
        for (bin, more) in self.bins.iter_mut().zip(other.bins) {
            *bin += more;
        }
        self.specials.nan |= other.specials.nan;
        self.specials.positive_infinity |= other.specials.positive_infinity;
        self.specials.negative_infinity |= other.specials.negative_infinity;
    }

    /// The sum, rounded once. 0.0 if there were no summands.
    pub fn value(&self) -> f64 {
        let Specials { nan, positive_infinity, negative_infinity } = self.specials;
        match (positive_infinity, negative_infinity) {
            _ if nan => f64::NAN,
            (true, true) => f64::NAN,
            (true, false) => f64::INFINITY,
            (false, true) => f64::NEG_INFINITY,
            (false, false) => round(self.bins, BIN_BITS * (self.top - 2) + LOWEST_EXPONENT),
        }
    }

    /// The sum as two doubles, the second what rounding takes from the first.
    pub fn value_pair(&self) -> (f64, f64) {
        let high = self.value();
        if !high.is_finite() {
            return (high, 0.0);
        }
        let mut rest = *self;
        rest.add(-high);
        (high, rest.value())
    }

    #[inline(always)]
    fn splitters(&self) -> [f64; 3] {
        let top = self.top.min(TOP_PLAIN);
        [splitter(top), splitter(top - 1), splitter(top - 2)]
    }

    /// Splits `value * scale` as if `top` were the top bin and adds the multiples to the bins.
    #[inline(always)]
    fn deposit(&mut self, value: f64, scale: f64, top: i32) {
        let splitters = [splitter(top), splitter(top - 1), splitter(top - 2)];
        let parts = split(value * scale, splitters);
        for (bin, (part, splitter)) in self.bins.iter_mut().zip(parts.into_iter().zip(splitters)) {
            *bin += i128::from(part - splitter.to_bits() as i64);
        }
    }

    #[cold]
    fn add_outside(&mut self, value: f64) {
        if value.is_nan() {
            self.specials.nan = true;
        } else if value == f64::INFINITY {
            self.specials.positive_infinity = true;
        } else if value == f64::NEG_INFINITY {
            self.specials.negative_infinity = true;
        } else {
            self.raise(top_of(exponent(value)));
            self.add_huge(value);
        }
    }

    /// Adds a finite number that fits the top bin; where that has no finite splitter, four bins further down.
    fn add_huge(&mut self, value: f64) {
        if self.top <= TOP_PLAIN {
            return self.deposit(value, 1.0, self.top);
        }
        // Exact, but for numbers so small beside this top bin that they vanish either way.
        let scale = f64::from_bits(((1023 - 4 * BIN_BITS) as u64) << 52);
        self.deposit(value, scale, self.top - 4);
    }

    /// Makes `top` the top bin unless a higher one is; bins below the new lowest are dropped.
    fn raise(&mut self, top: i32) {
        while self.top < top {
            self.bins = [0, self.bins[0], self.bins[1]];
            self.top += 1;
        }
        debug_assert!(self.top <= TOP_HUGE, "every finite number fits the highest bin");
    }
}

/// `(bins[0] * 2^104 + bins[1] * 2^52 + bins[2]) * 2^exponent`, rounded to nearest, ties to even.
fn round(bins: [i128; 3], exponent: i32) -> f64 {
    let (high, low) = carry(bins);
    let negative = high < 0;
    let (high, low) = if negative { carry([-bins[0], -bins[1], -bins[2]]) } else { (high, low) };
    let high = high as u128;
    // As many leading bits as 128 hold, the rest as one sticky bit; 2^104 units are `high`'s.
    let kept = (high.leading_zeros() as i32 - 1).min(104);
    let dropped = 104 - kept;
    let sticky = low & ((1 << dropped) - 1) != 0;
    let mut digits = (high << kept | low >> dropped) | u128::from(sticky);
    let mut exponent = exponent + dropped;
    let excess = 128 - digits.leading_zeros() as i32 - 53;
    if excess > 0 {
        let half = 1u128 << (excess - 1);
        let rest = digits & ((1 << excess) - 1);
        digits >>= excess;
        exponent += excess;
        digits += u128::from(rest > half || rest == half && digits & 1 == 1);
    }
    let magnitude = scale(digits as f64, exponent);
    if negative { -magnitude } else { magnitude }
}

/// Carries so that the lower two bins are 104 bits without a sign.
fn carry(bins: [i128; 3]) -> (i128, u128) {
    let mask = (1i128 << BIN_BITS) - 1;
    let middle = bins[1] + (bins[2] >> BIN_BITS);
    (bins[0] + (middle >> BIN_BITS), ((middle & mask) << BIN_BITS | (bins[2] & mask)) as u128)
}

/// `digits * 2^exponent`: exact, since there are no bits below the lowest exponent, or an infinity.
fn scale(digits: f64, mut exponent: i32) -> f64 {
    let mut value = digits;
    while exponent != 0 {
        let step = exponent.clamp(-1000, 1000);
        value *= f64::from_bits(((1023 + step) as u64) << 52);
        exponent -= step;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantics::testing::Random;

    /// Numbers of one of several kinds: any bits, close magnitudes, halves of units, prices, the edges.
    fn number(random: &mut Random, kind: u64) -> f64 {
        let bits = random.next();
        match kind % 5 {
            0 => f64::from_bits(bits),
            1 => (bits as i64 as f64) * 2f64.powi(-40),
            2 => f64::from_bits((1023 + bits % 120) << 52 | (bits & 1) << 63),
            3 => (bits % 10_000_000) as f64 / 100.0,
            _ => [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0, 1.0, 0.1, -1e300][(bits % 8) as usize],
        }
    }

    fn sum(values: &[f64]) -> f64 {
        let mut sum = BinnedSum::default();
        values.iter().for_each(|&value| sum.add(value));
        sum.value()
    }

    /// Every order, split and tree of merges gives the same state, to the bit.
    #[test]
    fn order_and_grouping_do_not_matter() {
        let mut random = Random(7);
        for round in 0..600 {
            let length = [1, 2, 15, 17, 64, 1023, 1500, 3000][round % 8];
            let mut values: Vec<f64> = (0..length).map(|_| number(&mut random, round as u64 / 8)).collect();
            if round % 3 != 0 {
                values.retain(|value| value.is_finite());
            }
            let mut whole = BinnedSum::default();
            whole.add_slice(&values);
            for _ in 0..4 {
                for index in (1..values.len()).rev() {
                    values.swap(index, (random.next() % (index as u64 + 1)) as usize);
                }
                let at = (random.next() % (values.len() as u64 + 1)) as usize;
                let (mut left, mut right) = (BinnedSum::default(), BinnedSum::default());
                left.add_slice(&values[..at]);
                values[at..].iter().for_each(|&value| right.add(value));
                let mut merged = right;
                merged.merge(&left);
                left.merge(&right);
                assert_eq!((merged, left), (whole, whole), "round {round}");
                assert_eq!(merged.value().to_bits(), whole.value().to_bits());
            }
        }
    }

    #[test]
    fn a_single_value_is_its_sum() {
        let mut random = Random(1);
        for kind in 0..5 {
            for _ in 0..20_000 {
                let value = number(&mut random, kind);
                if value.is_finite() {
                    assert_eq!(sum(&[value]), value, "{value:e}");
                    assert_eq!(sum(&[value, value]), value + value, "{value:e}");
                }
            }
        }
    }

    /// Where all digits fit the bins, the sum is exact and rounded once.
    #[test]
    fn sums_are_rounded_once() {
        let check = |values: &[f64], expected: f64| assert_eq!(sum(values).to_bits(), expected.to_bits(), "{values:?}");
        check(&[], 0.0);
        check(&[-0.0], 0.0);
        check(&[0.1; 10], 1.0);
        check(&[1e16, 1.0, -1e16], 1.0);
        check(&[1.0, 1e-16, 1e-16], 1.0000000000000002);
        check(&[f64::MAX, f64::MAX, -f64::MAX], f64::MAX);
        check(&[f64::MAX, f64::MAX], f64::INFINITY);
        check(&[-f64::MAX, -f64::MAX], f64::NEG_INFINITY);
        check(&[5e-324, 5e-324, 5e-324], 1.5e-323);
        check(&[f64::MIN_POSITIVE, -5e-324], f64::MIN_POSITIVE - 5e-324);
        check(&[9007199254740992.0, 1.0], 9007199254740992.0);
        check(&[9007199254740992.0, 1.0, 1.0], 9007199254740994.0);
        check(&[-9007199254740992.0, -3.0], -9007199254740996.0);
        check(&[f64::INFINITY, 1.0], f64::INFINITY);
        check(&[f64::NEG_INFINITY, f64::MAX], f64::NEG_INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan() && sum(&[f64::NAN, 1.0]).is_nan());
    }

    /// Against exact sums in 128-bit integers.
    #[test]
    fn prices_sum_exactly() {
        let mut random = Random(3);
        let hundredths: Vec<i64> = (0..5000).map(|_| (random.next() % 20_000_000) as i64 - 9_000_000).collect();
        let quarters: Vec<f64> = hundredths.iter().map(|&value| value as f64 / 4.0).collect();
        assert_eq!(sum(&quarters), hundredths.iter().sum::<i64>() as f64 / 4.0);
    }

    /// Prints the cost of a number; run with `--release --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement"]
    fn measure() {
        let values: Vec<f64> = (0..2048).map(|index| f64::from(index % 977) * 0.37).collect();
        for (name, add) in [
            ("slice", (|sum: &mut BinnedSum, values: &[f64]| sum.add_slice(values)) as fn(&mut BinnedSum, &[f64])),
            ("one by one", |sum, values| values.iter().for_each(|&value| sum.add(value))),
        ] {
            let mut sum = BinnedSum::default();
            let start = std::time::Instant::now();
            (0..20_000).for_each(|_| add(&mut sum, std::hint::black_box(&values)));
            let picoseconds = start.elapsed().as_secs_f64() * 1e12 / (20_000.0 * values.len() as f64);
            println!("{name}: {picoseconds:.0} ps a value, {}", sum.value());
        }
    }
}
