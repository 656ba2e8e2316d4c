//! The tables that random queries read.

use super::{Kind, QUERIES_PER_TABLES, Random};

/// Something that stands in FROM under a name.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// Its columns: names and kinds.
    pub columns: Vec<(String, Kind)>,
    /// Statements that make it.
    pub statements: Vec<String>,
}

/// Rows that a table may have: none, few, or more than a small batch.
const ROWS: &[usize] = &[0, 1, 3, 5, 8, 12, 20];

/// The tables for a seed: `k` is a key without NULLs and repetitions, the other columns have few values and NULLs.
pub fn tables(seed: u64) -> Vec<Relation> {
    let mut random = Random::new((seed / QUERIES_PER_TABLES) ^ 0x7ab1e5);
    (0..4).map(|number| table(&mut random, number)).collect()
}

fn table(random: &mut Random, number: usize) -> Relation {
    let mut columns = vec![("k".to_owned(), Kind::Integer), ("a".to_owned(), Kind::Integer)];
    for name in ["b", "c", "d"] {
        columns.push((name.to_owned(), *random.pick(Kind::ALL)));
    }
    let name = format!("t{number}");
    let definition: Vec<String> = columns
        .iter()
        .map(|(name, kind)| format!("{name} {}{}", kind.type_name(), if name == "k" { " NOT NULL" } else { "" }))
        .collect();
    let mut statements = vec![format!("CREATE TABLE {name} ({})", definition.join(", "))];
    // The first table is never empty.
    let rows = *random.pick(if number == 0 { &ROWS[2..] } else { ROWS });
    let rows: Vec<String> = (0..rows)
        .map(|row| {
            let values = columns[1..].iter().map(|(_, kind)| kind.literal(random));
            format!("({}, {})", row + 1, values.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if !rows.is_empty() {
        statements.push(format!("INSERT INTO {name} VALUES {}", rows.join(", ")));
    }
    Relation { name, columns, statements }
}
