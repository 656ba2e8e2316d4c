//! Numbers of groups, digit by digit: each key is a digit, and NULL is one more value of it.

/// The number of a group with one digit more: `value` of a key whose values lie in `low..=high`, or NULL's, which stands
/// behind them. -1 where the value lies elsewhere, or `number` is negative.
#[inline(always)]
pub fn digit(number: i32, value: i32, (low, high): (i32, i32), valid: bool) -> i32 {
    let span = high.wrapping_sub(low) as u32;
    let place = if valid { value.wrapping_sub(low) as u32 } else { span.wrapping_add(1) };
    let outside = (number < 0) | (valid & (place > span));
    let digits = span.wrapping_add(2) as i32;
    if outside { -1 } else { number.wrapping_mul(digits).wrapping_add(place as i32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_values_and_of_null() {
        let two = |a: Option<i32>, b: Option<i32>| {
            let first = digit(0, a.unwrap_or(77), (5, 7), a.is_some());
            digit(first, b.unwrap_or(-9), (-1, 0), b.is_some())
        };
        assert_eq!([two(Some(5), Some(-1)), two(Some(5), Some(0)), two(Some(5), None)], [0, 1, 2]);
        assert_eq!([two(Some(7), Some(0)), two(None, Some(-1)), two(None, None)], [7, 9, 11]);
        for outside in [4, 8, i32::MIN, i32::MAX] {
            assert_eq!(two(Some(outside), Some(0)), -1, "{outside}");
            assert_eq!(two(Some(outside), None), -1, "{outside}");
        }
        assert_eq!(digit(0, i32::MAX, (i32::MIN, i32::MIN + 9), true), -1);
    }
}
