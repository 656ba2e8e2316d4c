//! The order of joins: by dynamic programming over the graph of relations, as cheap as is expected.
//!
//! Inner joins that stand above one another are taken apart into [`Graph`]: relations and what connects them. Joins
//! that keep to the rows of their probe side (semi, anti, left, mark and single joins) are in it too: their build side
//! is one relation more, which can be joined once the columns that it is looked up by are there, and in no other way.
//! That is all that is to be known about where they may stand: what they do to a row does not depend on the joins
//! that came before. What may fail, or give another value each time, is not moved.
//!
//! [`enumerate`] visits every pair of connected subgraphs once (DPhyp: Moerkotte & Neumann, "Dynamic Programming
//! Strikes Back", 2008), so trees come out bushy. Where there are too many pairs, [`greedy`] joins whichever two
//! subtrees give the fewest rows.

mod build;
mod enumerate;
mod graph;
mod greedy;

use rowmill_vm::program::JoinKind;

use super::Estimator;
use crate::plan::visit::{self, take};
use crate::plan::{JoinKey, Plan, Query};
use build::Builder;
use graph::Graph;

/// Relations that are ordered together; a set of them is a word.
const RELATIONS_MAX: usize = 64;

pub(super) fn join_order(query: &mut Query, estimator: &Estimator) {
    order(&mut query.plan, estimator);
}

fn order(plan: &mut Plan, estimator: &Estimator) {
    if !graph::is_movable(plan) || graph::relation_count(plan) > RELATIONS_MAX {
        visit::for_each_input_mut(plan, &mut |input| order(input, estimator));
        return build_smaller_side(plan, estimator);
    }
    let graph = Graph::of(take(plan), estimator);
    *plan = Builder::new(graph).join();
}

/// Of an inner join that keeps its place, the side with fewer rows is built.
fn build_smaller_side(plan: &mut Plan, estimator: &Estimator) {
    if let Plan::Join { kind: JoinKind::Inner, probe, build, keys, .. } = plan
        && estimator.rows(probe) < estimator.rows(build)
    {
        std::mem::swap(probe, build);
        keys.iter_mut().for_each(JoinKey::swap_sides);
    }
}

/// Some of a graph's relations, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Relations(u64);

impl Relations {
    fn only(number: usize) -> Relations {
        Relations(1 << number)
    }

    /// The relations with numbers up to `number`.
    fn up_to(number: usize) -> Relations {
        Relations(u64::MAX >> (63 - number))
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn contains_all(self, other: Relations) -> bool {
        other.0 & !self.0 == 0
    }

    fn meets(self, other: Relations) -> bool {
        self.0 & other.0 != 0
    }

    fn with(self, other: Relations) -> Relations {
        Relations(self.0 | other.0)
    }

    fn without(self, other: Relations) -> Relations {
        Relations(self.0 & !other.0)
    }

    /// The relation with the smallest number.
    fn first(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as usize)
    }

    /// Its numbers, the smallest first.
    fn numbers(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(number)
        })
    }

    /// Its numbers, the largest first.
    fn numbers_down(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = (rest != 0).then(|| 63 - rest.leading_zeros() as usize)?;
            rest &= !(1 << number);
            Some(number)
        })
    }

    /// Every part of it but the empty one, each after all of its own parts.
    fn parts(self) -> impl Iterator<Item = Relations> {
        // Subtracting the set keeps the gaps between its members filled with ones, which the carry runs through.
        let mut part = 0u64;
        std::iter::from_fn(move || {
            part = part.wrapping_sub(self.0) & self.0;
            (part != 0).then_some(Relations(part))
        })
    }
}
