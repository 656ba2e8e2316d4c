//! Exact sums of integers.

/// A sum of integers up to 128 bits, exact for 2^64 summands: it overflows only when it is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct IntegerSum {
    /// The sum of the upper halves, in units of 2^64.
    high: i128,
    /// The sum of the lower halves.
    low: u128,
}

impl IntegerSum {
    /// Adds one number.
    #[inline(always)]
    pub fn add(&mut self, value: i128) {
        self.high += value >> 64;
        self.low += u128::from(value as u64);
    }

    /// Adds a number in units of 2^64.
    pub(crate) fn add_high(&mut self, units: i128) {
        self.high += units;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &IntegerSum) {
        self.high += other.high;
        self.low += other.low;
    }

    /// The sum, or `None` if it does not fit 128 bits.
    pub fn value(&self) -> Option<i128> {
        let (high, low) = self.carried();
        let high = i64::try_from(high).ok()?;
        Some(i128::from(high) << 64 | i128::from(low))
    }

    /// The sum in one way of writing it: as many units of 2^64 as there are, and the rest.
    fn carried(&self) -> (i128, u64) {
        (self.high + (self.low >> 64) as i128, self.low as u64)
    }
}

impl PartialEq for IntegerSum {
    fn eq(&self, other: &IntegerSum) -> bool {
        self.carried() == other.carried()
    }
}

impl Eq for IntegerSum {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_overflow_only_at_the_end() {
        let sum = |values: &[i128]| {
            let (mut left, mut right) = (IntegerSum::default(), IntegerSum::default());
            for (index, &value) in values.iter().enumerate() {
                if index % 2 == 0 { left.add(value) } else { right.add(value) }
            }
            left.merge(&right);
            left.value()
        };
        assert_eq!(sum(&[i128::MAX, 1]), None);
        assert_eq!(sum(&[i128::MAX, 1, -2]), Some(i128::MAX - 1));
        assert_eq!(sum(&[i128::MIN, -1, 1]), Some(i128::MIN));
        assert_eq!(sum(&[i128::MIN, -1]), None);
        assert_eq!(sum(&[-1, -1, -1, 5, i64::MIN.into()]), Some(2 - (1 << 63)));
    }
}
