//! Random expressions over one table of every kind of number, for [`crate::tree_walk`].

use super::Random;

/// The table's columns, with their types.
pub const COLUMNS: &[(&str, &str)] = &[
    ("s", "smallint"),
    ("i", "integer"),
    ("b", "bigint"),
    ("d", "decimal(9,2)"),
    ("w", "decimal(25,4)"),
    ("x", "double"),
    ("p", "boolean"),
];

/// Values of a column that expressions should meet, as literals.
fn edges(data_type: &str) -> &'static [&'static str] {
    match data_type {
        "smallint" => &["0", "1", "-1", "7", "32767", "-32768", "null"],
        "integer" => &["0", "1", "-1", "3", "100", "2147483647", "-2147483648", "null"],
        "bigint" => &["0", "1", "-5", "10000000000", "9223372036854775807", "-9223372036854775808", "null"],
        "decimal(9,2)" => &["0", "0.01", "-1.5", "12.34", "9999999.99", "-9999999.99", "null"],
        "decimal(25,4)" => &["0", "0.0001", "-2.5", "123456789012345678901.2345", "null"],
        "double" => &["0.0", "-0.0", "0.5", "-1.25", "1e300", "'nan'", "'inf'", "null"],
        _ => &["true", "false", "null"],
    }
}

/// Rows of the table for a seed, as VALUES has them.
pub fn rows(seed: u64, count: usize) -> String {
    let mut random = Random::new(seed);
    let mut row = || {
        let values =
            COLUMNS.iter().map(|(_, data_type)| format!("cast({} as {data_type})", random.pick(edges(data_type))));
        format!("({})", values.collect::<Vec<_>>().join(", "))
    };
    (0..count).map(|_| row()).collect::<Vec<_>>().join(", ")
}

/// An expression for a seed.
pub fn expression(seed: u64) -> String {
    let mut random = Random::new(seed);
    if random.chance(30) { condition(&mut random, 3) } else { number(&mut random, 3) }
}

fn number(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(25) {
        return if random.chance(70) {
            random.pick(&["s", "i", "b", "d", "w", "x"]).to_string()
        } else {
            random.pick(&["1", "2", "0", "-3", "100", "0.5", "1.25", "2e0", "null::integer"]).to_string()
        };
    }
    let (a, b) = (number(random, depth - 1), number(random, depth - 1));
    match random.below(12) {
        0 => format!("(case when {} then {a} else {b} end)", condition(random, depth - 1)),
        1 => format!("coalesce({a}, {b})"),
        2 => format!("(- {a})"),
        3 => format!("try_cast({a} as {})", random.pick(&["smallint", "integer", "bigint", "double", "decimal(9,2)"])),
        4 => format!("cast({a} as {})", random.pick(&["bigint", "double", "decimal(20,3)"])),
        5 => format!("({a} // {b})"),
        6 => format!("({a} % {b})"),
        7 => format!("({a} / {b})"),
        8 => format!("({a} * {b})"),
        choice => format!("({a} {} {b})", if choice == 9 { "-" } else { "+" }),
    }
}

fn condition(random: &mut Random, depth: usize) -> String {
    if depth > 0 && random.chance(40) {
        let (a, b) = (condition(random, depth - 1), condition(random, depth - 1));
        return match random.below(3) {
            0 => format!("(not {a})"),
            1 => format!("({a} and {b})"),
            _ => format!("({a} or {b})"),
        };
    }
    let depth = depth.saturating_sub(1);
    let (a, b) = (number(random, depth), number(random, depth));
    match random.below(8) {
        0 => "p".to_owned(),
        1 => format!("({a} is null)"),
        2 => format!("({a} is distinct from {b})"),
        3 => format!("({a} in ({b}, {}))", number(random, 0)),
        4 => format!("({a} between {b} and {})", number(random, 0)),
        _ => format!("({a} {} {b})", random.pick(&["=", "<>", "<", "<=", ">", ">="])),
    }
}
