//! Random queries over small tables, and whether they give the same rows however they are planned and run.
//!
//! A seed makes a query; each stretch of seeds has its own tables ([`tables`]). Queries are made so that standard SQL
//! says which rows come out: LIMIT stands only behind an order of all columns, subqueries used as values have one row,
//! and nothing can fail. So the same text may be given to another engine to compare with.

mod compare;
mod expression;
mod query;
pub mod scalar;
mod tables;

pub use compare::{Comparison, Configurations, Rows};
pub use tables::{Relation, tables};

/// Seeds that share their tables.
pub const QUERIES_PER_TABLES: u64 = 250;

/// What queries may be made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subqueries {
    /// Subqueries read their own tables only.
    #[default]
    Uncorrelated,
    /// Subqueries may read columns of the queries around them.
    Correlated,
}

/// A query and what its result means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomQuery {
    /// Its text.
    pub sql: String,
    /// Whether its rows have an order.
    pub order: RowOrder,
}

/// Whether the order of a result's rows means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// Rows are sorted by all of their columns.
    Total,
    /// The same rows in another order are the same result.
    None,
}

/// The query of a seed, over the tables of [`tables`] for the same seed.
pub fn query(seed: u64, subqueries: Subqueries) -> RandomQuery {
    let relations = tables(seed);
    query::Generator::new(Random::new(seed), subqueries, relations).whole()
}

/// splitmix64 (Steele, Lea & Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        let mut random = Random(seed);
        // Neighbouring seeds begin far from each other.
        random.0 = random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }
}

/// The kinds of values that queries are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// INTEGER, BIGINT and what sums are.
    Integer,
    /// VARCHAR.
    Text,
    /// BOOLEAN.
    Boolean,
    /// DATE.
    Date,
    /// DECIMAL with two digits behind the point.
    Decimal,
}

impl Kind {
    pub(crate) const ALL: &'static [Kind] =
        &[Kind::Integer, Kind::Integer, Kind::Integer, Kind::Text, Kind::Boolean, Kind::Date, Kind::Decimal];

    /// The type that a cast names.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Kind::Integer => "INTEGER",
            Kind::Text => "VARCHAR",
            Kind::Boolean => "BOOLEAN",
            Kind::Date => "DATE",
            Kind::Decimal => "DECIMAL(9,2)",
        }
    }

    /// A constant, one in eight NULL.
    pub(crate) fn literal(self, random: &mut Random) -> String {
        if random.chance(12) {
            return format!("CAST(NULL AS {})", self.type_name());
        }
        self.value(random)
    }

    /// A constant that is not NULL. There are few, so that they meet.
    pub(crate) fn value(self, random: &mut Random) -> String {
        match self {
            Kind::Integer => (random.below(9) as i64 - 2).to_string(),
            Kind::Text => format!("'{}'", random.pick(&["", "a", "b", "ab", "ba", "abc", "B"])),
            Kind::Boolean => random.pick(&["true", "false"]).to_string(),
            Kind::Date => format!("DATE '2024-0{}-1{}'", 1 + random.below(2), random.below(3)),
            Kind::Decimal => format!("{}.{}", random.below(4), random.pick(&["00", "50", "25"])),
        }
    }
}
