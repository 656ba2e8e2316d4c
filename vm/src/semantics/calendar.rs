//! The proleptic Gregorian calendar, and the parts of dates and timestamps.
//!
//! Years are astronomical: year 0 is 1 BC. Days are counted from 1970-01-01, microseconds from its midnight.

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;

/// The day number of a date: month 1..=12, day 1..=31 (days beyond a month's end run on into the next one).
///
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
#[inline(always)]
pub fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month (1..=12) and day (1..=31) of a day number; every `i32` is a date.
///
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
#[inline(always)]
pub fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

/// Whether a year has a 29 February.
#[inline(always)]
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days in a month (1..=12).
#[inline(always)]
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap_year(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Day of the week, 1 for Monday to 7 for Sunday.
#[inline(always)]
pub fn iso_day_of_week(days: i32) -> u32 {
    (i64::from(days) + 3).rem_euclid(7) as u32 + 1
}

/// ISO 8601 year and week: week 1 is the one with the year's first Thursday.
#[inline(always)]
pub fn iso_week(days: i32) -> (i32, u32) {
    let thursday = i64::from(days) + 4 - i64::from(iso_day_of_week(days));
    // The Thursday of the last week an i32 can hold may lie beyond it; the week before has the same year.
    let (year, _, _) = civil_from_days(thursday.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
    let first = days_from_civil(year, 1, 1);
    (year, ((thursday - first) / 7 + 1) as u32)
}

macro_rules! date_parts {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal [$($alias:literal),*];)*) => {
        /// A part of a date or time, as `date_part`, `extract` and `date_trunc` name it. Kernels hold its number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum DatePart {
            $($(#[doc = $doc])* $name,)*
        }

        impl DatePart {
            /// Every part, by number.
            pub const ALL: &[DatePart] = &[$(DatePart::$name,)*];

            /// Its name, lower case.
            pub fn name(self) -> &'static str {
                match self {
                    $(DatePart::$name => $text,)*
                }
            }

            /// The part of that name or alias, in whatever case.
            pub fn from_name(name: &str) -> Option<DatePart> {
                $(
                    if [$text, $($alias),*].iter().any(|known: &&str| name.eq_ignore_ascii_case(known)) {
                        return Some(DatePart::$name);
                    }
                )*
                None
            }
        }
    };
}

date_parts! {
    /// Thousands of years, counted from 1.
    Millennium "millennium" ["millennia", "millenium", "mil", "mils"];
    /// Hundreds of years, counted from 1.
    Century "century" ["centuries", "cent", "c"];
    /// The year without its last digit.
    Decade "decade" ["decades", "dec", "decs"];
    /// The year.
    Year "year" ["years", "y", "yr", "yrs"];
    /// The year of the ISO week.
    IsoYear "isoyear" [];
    /// 1 to 4.
    Quarter "quarter" ["quarters", "qtr", "q"];
    /// 1 to 12.
    Month "month" ["months", "mon", "mons"];
    /// The ISO week, 1 to 53.
    Week "week" ["weeks", "w", "weekofyear"];
    /// Day of the month, 1 to 31.
    Day "day" ["days", "d", "dayofmonth"];
    /// 0 for Sunday to 6 for Saturday.
    DayOfWeek "dow" ["dayofweek", "weekday"];
    /// 1 for Monday to 7 for Sunday.
    IsoDayOfWeek "isodow" [];
    /// 1 to 366.
    DayOfYear "doy" ["dayofyear"];
    /// 0 to 23.
    Hour "hour" ["hours", "h", "hr", "hrs"];
    /// 0 to 59.
    Minute "minute" ["minutes", "m", "min", "mins"];
    /// 0 to 59.
    Second "second" ["seconds", "s", "sec", "secs"];
    /// Seconds and their thousandths, in thousandths.
    Millisecond "millisecond" ["milliseconds", "ms", "msec", "msecs"];
    /// Seconds and their millionths, in millionths.
    Microsecond "microsecond" ["microseconds", "us", "usec", "usecs"];
    /// Whole seconds since 1970-01-01, rounded down.
    Epoch "epoch" [];
    /// Day number counted from 4714-11-24 BC.
    Julian "julian" [];
}

impl DatePart {
    /// The number under which kernels know it.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The part of that number.
    #[inline(always)]
    pub fn from_number(number: i32) -> Option<DatePart> {
        usize::try_from(number).ok().and_then(|index| DatePart::ALL.get(index).copied())
    }
}

/// Splits a timestamp into its day and the microseconds since that day's midnight.
#[inline(always)]
pub fn split_timestamp(micros: i64) -> (i32, i64) {
    // 2^63 µs are about 107 million days: always an i32.
    (micros.div_euclid(MICROS_PER_DAY) as i32, micros.rem_euclid(MICROS_PER_DAY))
}

/// The timestamp at `micros` into a day; bad beyond the range.
#[inline(always)]
pub fn join_timestamp(days: i64, micros: i64) -> (i64, bool) {
    let joined = i128::from(days) * i128::from(MICROS_PER_DAY) + i128::from(micros);
    (joined as i64, i64::try_from(joined).is_err())
}

/// A part of a date; the parts of its time are 0. Bad for a number that is no part.
#[inline(always)]
pub fn date_part(days: i32, part: i32) -> (i64, bool) {
    match DatePart::from_number(part) {
        Some(part) => (part_of(part, days, 0), false),
        None => (0, true),
    }
}

/// A part of a timestamp. Bad for a number that is no part.
#[inline(always)]
pub fn timestamp_part(micros: i64, part: i32) -> (i64, bool) {
    let (days, time) = split_timestamp(micros);
    match DatePart::from_number(part) {
        Some(part) => (part_of(part, days, time), false),
        None => (0, true),
    }
}

/// A part of a day and the microseconds since its midnight.
pub fn part_of(part: DatePart, days: i32, time: i64) -> i64 {
    let (year, month, day) = civil_from_days(days);
    let year = i64::from(year);
    match part {
        DatePart::Millennium => years_from_one(year, 1_000),
        DatePart::Century => years_from_one(year, 100),
        DatePart::Decade => year.div_euclid(10),
        DatePart::Year => year,
        DatePart::IsoYear => iso_week(days).0.into(),
        DatePart::Quarter => month.div_ceil(3).into(),
        DatePart::Month => month.into(),
        DatePart::Week => iso_week(days).1.into(),
        DatePart::Day => day.into(),
        DatePart::DayOfWeek => i64::from(iso_day_of_week(days) % 7),
        DatePart::IsoDayOfWeek => iso_day_of_week(days).into(),
        DatePart::DayOfYear => i64::from(days) - days_from_civil(year as i32, 1, 1) + 1,
        DatePart::Hour => time / MICROS_PER_HOUR,
        DatePart::Minute => time / MICROS_PER_MINUTE % 60,
        DatePart::Second => time / MICROS_PER_SECOND % 60,
        DatePart::Millisecond => time % MICROS_PER_MINUTE / 1_000,
        DatePart::Microsecond => time % MICROS_PER_MINUTE,
        DatePart::Epoch => i64::from(days) * 86_400 + time / MICROS_PER_SECOND,
        DatePart::Julian => i64::from(days) + 2_440_588,
    }
}

/// Centuries and millennia as PostgreSQL counts them: 1 begins with the year 1, -1 ends before it, there is no 0.
fn years_from_one(year: i64, length: i64) -> i64 {
    if year > 0 { (year + length - 1) / length } else { -((length - year) / length) }
}

/// A date plus months, the day cut to the month's length; bad beyond the range.
#[inline(always)]
pub fn date_add_months(days: i32, months: i32) -> (i32, bool) {
    let sum = add_months(days, months);
    (sum as i32, i32::try_from(sum).is_err())
}

/// A timestamp plus months, the day cut to the month's length; bad beyond the range.
#[inline(always)]
pub fn timestamp_add_months(micros: i64, months: i32) -> (i64, bool) {
    let (days, time) = split_timestamp(micros);
    join_timestamp(add_months(days, months), time)
}

fn add_months(days: i32, months: i32) -> i64 {
    let (year, month, day) = civil_from_days(days);
    let total = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
    // |year| < 6 million and |months| / 12 < 179 million: an i32.
    let (year, month) = (total.div_euclid(12) as i32, total.rem_euclid(12) as u32 + 1);
    days_from_civil(year, month, day.min(days_in_month(year, month)))
}

/// The first day of a date's year, quarter, month, week …; parts within a day leave it. Bad beyond the range, and
/// for a number that is no part or a part that does not cut (day of week …).
#[inline(always)]
pub fn date_trunc(days: i32, part: i32) -> (i32, bool) {
    let start = DatePart::from_number(part).and_then(|part| first_day(part, days));
    match start.map(i32::try_from) {
        Some(Ok(start)) => (start, false),
        Some(Err(_)) | None => (days, true),
    }
}

/// The start of a timestamp's year, quarter, month, week, day, hour …; bad as [`date_trunc`] is.
#[inline(always)]
pub fn timestamp_trunc(micros: i64, part: i32) -> (i64, bool) {
    let (days, time) = split_timestamp(micros);
    let Some(part) = DatePart::from_number(part) else { return (micros, true) };
    let Some(start) = first_day(part, days) else { return (micros, true) };
    let unit = match part {
        DatePart::Hour => MICROS_PER_HOUR,
        DatePart::Minute => MICROS_PER_MINUTE,
        DatePart::Second => MICROS_PER_SECOND,
        DatePart::Millisecond => 1_000,
        DatePart::Microsecond => 1,
        DatePart::Millennium
        | DatePart::Century
        | DatePart::Decade
        | DatePart::Year
        | DatePart::IsoYear
        | DatePart::Quarter
        | DatePart::Month
        | DatePart::Week
        | DatePart::Day
        | DatePart::DayOfWeek
        | DatePart::IsoDayOfWeek
        | DatePart::DayOfYear
        | DatePart::Epoch
        | DatePart::Julian => MICROS_PER_DAY,
    };
    join_timestamp(start, time - time % unit)
}

/// The first day of the stretch that `part` cuts to; none for parts that are no stretch of time.
fn first_day(part: DatePart, days: i32) -> Option<i64> {
    let (year, month, _) = civil_from_days(days);
    let first_of = |year: i32| Some(days_from_civil(year, 1, 1));
    match part {
        // As PostgreSQL: a century begins with its year 1.
        DatePart::Millennium => first_of((year - 1).div_euclid(1_000) * 1_000 + 1),
        DatePart::Century => first_of((year - 1).div_euclid(100) * 100 + 1),
        DatePart::Decade => first_of(year.div_euclid(10) * 10),
        DatePart::Year => first_of(year),
        DatePart::IsoYear => {
            let january_4 = days_from_civil(iso_week(days).0, 1, 4);
            Some(january_4 - (january_4 + 3).rem_euclid(7))
        }
        DatePart::Quarter => Some(days_from_civil(year, (month - 1) / 3 * 3 + 1, 1)),
        DatePart::Month => Some(days_from_civil(year, month, 1)),
        DatePart::Week => Some(i64::from(days) + 1 - i64::from(iso_day_of_week(days))),
        DatePart::Day
        | DatePart::Hour
        | DatePart::Minute
        | DatePart::Second
        | DatePart::Millisecond
        | DatePart::Microsecond => Some(days.into()),
        DatePart::DayOfWeek | DatePart::IsoDayOfWeek | DatePart::DayOfYear | DatePart::Epoch | DatePart::Julian => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_the_whole_range() {
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(-1), (1969, 12, 31));
        assert_eq!(days_from_civil(2000, 2, 29), 11_016);
        assert_eq!(civil_from_days(i32::MAX), (5_881_580, 7, 11));
        assert_eq!(civil_from_days(i32::MIN), (-5_877_641, 6, 23));
        let steps = (i64::from(i32::MIN)..=i64::from(i32::MAX)).step_by(99_991);
        for days in steps.chain(-800_000..800_000) {
            let (year, month, day) = civil_from_days(days as i32);
            assert_eq!(days_from_civil(year, month, day), days);
            assert!((1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day), "{days}");
        }
    }

    /// The parts were read off PostgreSQL 15.
    #[test]
    fn parts_are_postgresqls() {
        let parts = |year, month, day| {
            let days = days_from_civil(year, month, day) as i32;
            let part = |part: DatePart| date_part(days, part.number()).0;
            format!(
                "{} {} {} iso {}-{} q{} dow {}/{} doy {}",
                part(DatePart::Millennium),
                part(DatePart::Century),
                part(DatePart::Decade),
                part(DatePart::IsoYear),
                part(DatePart::Week),
                part(DatePart::Quarter),
                part(DatePart::DayOfWeek),
                part(DatePart::IsoDayOfWeek),
                part(DatePart::DayOfYear)
            )
        };
        assert_eq!(parts(2024, 2, 29), "3 21 202 iso 2024-9 q1 dow 4/4 doy 60");
        assert_eq!(parts(2000, 12, 31), "2 20 200 iso 2000-52 q4 dow 0/7 doy 366");
        assert_eq!(parts(2021, 1, 3), "3 21 202 iso 2020-53 q1 dow 0/7 doy 3");
        assert_eq!(parts(0, 6, 1), "-1 -1 0 iso 0-22 q2 dow 4/4 doy 153");
    }

    #[test]
    fn months_are_added_with_the_day_cut() {
        let add = |days: i64, months| civil_from_days(date_add_months(days as i32, months).0);
        assert_eq!(add(days_from_civil(2024, 1, 31), 1), (2024, 2, 29));
        assert_eq!(add(days_from_civil(2023, 3, 31), -1), (2023, 2, 28));
        assert_eq!(add(days_from_civil(1970, 1, 1), -1), (1969, 12, 1));
        assert!(date_add_months(i32::MAX, 1).1 && date_add_months(0, i32::MAX).1 && !date_add_months(i32::MIN, 0).1);
        assert!(timestamp_add_months(i64::MAX, 1).1 && !timestamp_add_months(i64::MIN, 1).1);
    }

    #[test]
    fn truncation_gives_the_start_of_the_part() {
        let trunc = |part: DatePart| {
            let noon = days_from_civil(2024, 8, 15) * MICROS_PER_DAY + 45_296_789_012;
            let (micros, bad) = timestamp_trunc(noon, part.number());
            let (days, time) = split_timestamp(micros);
            if bad { None } else { Some((civil_from_days(days), time)) }
        };
        assert_eq!(trunc(DatePart::Century), Some(((2001, 1, 1), 0)));
        assert_eq!(trunc(DatePart::Quarter), Some(((2024, 7, 1), 0)));
        assert_eq!(trunc(DatePart::Week), Some(((2024, 8, 12), 0)));
        assert_eq!(trunc(DatePart::IsoYear), Some(((2024, 1, 1), 0)));
        assert_eq!(trunc(DatePart::Minute), Some(((2024, 8, 15), 45_240_000_000)));
        assert_eq!(trunc(DatePart::DayOfWeek), None);
        assert!(timestamp_trunc(i64::MIN, DatePart::Year.number()).1 && timestamp_trunc(0, 99).1);
    }

    #[test]
    fn names_and_numbers_find_their_part() {
        for (number, part) in DatePart::ALL.iter().enumerate() {
            assert_eq!(DatePart::from_name(part.name()), Some(*part));
            assert_eq!(DatePart::from_number(number as i32), Some(*part));
        }
        assert_eq!(DatePart::from_name("MONS"), Some(DatePart::Month));
        assert_eq!((DatePart::from_name("fortnight"), DatePart::from_number(-1)), (None, None));
    }
}
