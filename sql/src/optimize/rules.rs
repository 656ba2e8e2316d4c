//! The table of rules, and sets of them.

use std::fmt;

use super::{
    Estimator, build_side, distinct, eager, empty, factor, fold, group_join, group_keys, join_order, merge_projects,
    outer_to_inner, prune, push_limit, pushdown, rename, share, simplify, top_n, transitive, unequal, unnest,
    unordered, unused_joins, unwrap_cast,
};
use crate::plan::Query;

/// A rewrite of a whole query.
pub struct Rule {
    /// By which settings, listings and tests call it.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whether queries need it to run at all: then it cannot be switched off.
    pub required: bool,
    rewrite: Rewrite,
}

/// How a rule rewrites a query.
enum Rewrite {
    /// By its shape.
    Shape(fn(&mut Query)),
    /// By how many rows are expected, too.
    Rows(fn(&mut Query, &Estimator)),
}

impl Rule {
    /// Rewrites the query. What is found of its tables is kept in `estimator` for the rules that come after.
    pub fn apply(&self, query: &mut Query, estimator: &Estimator) {
        match self.rewrite {
            Rewrite::Shape(rewrite) => rewrite(query),
            Rewrite::Rows(rewrite) => rewrite(query, estimator),
        }
    }
}

const fn rule(name: &'static str, doc: &'static str, rewrite: fn(&mut Query)) -> Rule {
    Rule { name, doc, required: false, rewrite: Rewrite::Shape(rewrite) }
}

const fn required(name: &'static str, doc: &'static str, rewrite: fn(&mut Query)) -> Rule {
    Rule { name, doc, required: true, rewrite: Rewrite::Shape(rewrite) }
}

const fn by_rows(name: &'static str, doc: &'static str, rewrite: fn(&mut Query, &Estimator)) -> Rule {
    Rule { name, doc, required: false, rewrite: Rewrite::Rows(rewrite) }
}

/// Every rule, in the order in which they run.
pub static RULES: &[Rule] = &[
    rule("decorrelate", "makes plain joins of correlated subqueries, in the shortest way", unnest::decorrelate),
    rule("unnest", "makes plain joins of correlated subqueries", unnest::unnest),
    required(
        "apply",
        "runs correlated subqueries for one row after the other, if none of these rules is on",
        unnest::apply,
    ),
    rule("rename", "takes out projections that only pick and rename columns", rename::rename),
    rule("fold", "computes constants, and simplifies what they decide", fold::fold),
    rule("unwrap_cast", "compares columns as they are, not widened", unwrap_cast::unwrap_cast),
    rule(
        "simplify",
        "takes out conditions that say nothing, and those that others imply or exclude",
        simplify::simplify,
    ),
    rule("factor", "takes what all arms of an OR share out of it", factor::factor),
    rule("outer_to_inner", "makes inner joins of outer joins whose NULLs are dropped", outer_to_inner::outer_to_inner),
    rule("pushdown", "moves predicates to where their rows come from, and makes join keys of them", pushdown::pushdown),
    rule("transitive", "says of a join key what is known of the other side's", transitive::transitive),
    rule("empty", "takes out what has no rows", empty::empty),
    rule("unordered", "takes out ORDER BY where nobody sees the order", unordered::unordered),
    rule("distinct", "takes out DISTINCT over rows that are distinct anyway", distinct::distinct),
    rule("unused_joins", "takes out joins that nothing is read of", unused_joins::unused_joins),
    rule("group_keys", "groups by no more keys than tell groups apart", group_keys::group_keys),
    by_rows("join_order", "orders joins so that they cost least, and builds the smaller side", join_order::join_order),
    by_rows(
        "group_join",
        "aggregates a side of a join before it, where groups are rows of the other",
        group_join::group_join,
    ),
    by_rows(
        "eager_aggregation",
        "aggregates a side of a join before it, and what comes out of it again",
        eager::eager_aggregation,
    ),
    by_rows("unequal", "asks for a row of other value by the least and greatest value of its key", unequal::unequal),
    by_rows(
        "build_side",
        "builds semi- and anti-joins on their smaller side, joins by ranges on that of the values",
        build_side::build_side,
    ),
    rule("top_n", "moves LIMIT down, and into sorts", top_n::top_n),
    rule("push_limit", "moves LIMIT and top-N below joins that keep rows, and into UNION ALL", push_limit::push_limit),
    rule("merge_projects", "computes in one operator what two compute", merge_projects::merge_projects),
    by_rows("share", "computes once what stands in a plan several times", share::share),
    rule("prune", "drops columns that nobody reads", prune::prune),
];

/// Some of the rules, by their positions in [`RULES`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleSet(u64);

// One bit a rule.
const _: () = assert!(RULES.len() <= 64);

impl RuleSet {
    /// Every rule.
    pub const ALL: RuleSet = RuleSet(u64::MAX >> (64 - RULES.len()));

    /// All but the rules named in `names`, which commas separate; `all` stands for all that can be switched off. The
    /// error is the first name that none of these has.
    pub fn without(names: &str) -> Result<RuleSet, &str> {
        let mut set = RuleSet::ALL;
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match RULES.iter().position(|rule| !rule.required && rule.name.eq_ignore_ascii_case(name)) {
                Some(position) => set.0 &= !(1 << position),
                None if name.eq_ignore_ascii_case("all") => set = RuleSet::REQUIRED,
                None => return Err(name),
            }
        }
        Ok(set)
    }

    /// The rules that can be switched off.
    pub const OPTIONAL: RuleSet = RuleSet(RuleSet::ALL.0 & !RuleSet::REQUIRED.0);

    /// The rules that cannot be switched off.
    const REQUIRED: RuleSet = {
        let (mut set, mut position) = (0, 0);
        while position < RULES.len() {
            set |= (RULES[position].required as u64) << position;
            position += 1;
        }
        RuleSet(set)
    };

    /// The rules in it, in the order in which they run.
    pub fn rules(self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().enumerate().filter(move |(position, _)| self.0 & (1 << position) != 0).map(|(_, rule)| rule)
    }

    /// The names of the rules that are not in it, separated by commas, as [`RuleSet::without`] takes them.
    pub fn missing(self) -> String {
        let others = RuleSet(RuleSet::ALL.0 & !self.0);
        others.rules().map(|rule| rule.name).collect::<Vec<_>>().join(",")
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rules().map(|rule| rule.name)).finish()
    }
}
