//! The cheapest tree, by dynamic programming.
//!
//! DPhyp visits pairs of connected sets of relations that an edge connects, each pair once and after all pairs that
//! their own trees are made of. Names of functions are those of the paper (Moerkotte & Neumann, "Dynamic Programming
//! Strikes Back", SIGMOD 2008, section 3).

use hashbrown::HashMap;

use super::Relations;
use super::graph::Graph;

/// Pairs that are looked at before [`super::greedy`] takes over; a pair takes about 150 ns.
const PAIRS_MAX: usize = 10_000;
/// What it costs to put a row into a hash table, in rows that are looked up in it.
const BUILD_ROW: f64 = 2.0;
/// What a row costs that comes out.
const OUTPUT_ROW: f64 = 1.0;

/// The cheapest tree of a set of relations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    pub(super) rows: f64,
    cost: f64,
    /// What is joined: the probe side and the build side; none for a relation.
    pub(super) inputs: Option<(Relations, Relations)>,
}

/// Two sets of relations that can be joined once each is there as a whole.
struct Edge {
    left: Relations,
    right: Relations,
}

pub(super) struct Enumeration<'g> {
    graph: &'g Graph,
    /// For each relation, those that an edge between two relations connects it with.
    neighbours: Vec<Relations>,
    /// Edges with several relations on a side.
    wide: Vec<Edge>,
    best: HashMap<Relations, Best>,
    pairs: usize,
}

/// There are too many pairs.
struct OutOfBudget;

/// The cheapest tree of every connected set of relations; `None` if there are too many pairs.
pub(super) fn enumerate(graph: &Graph) -> Option<HashMap<Relations, Best>> {
    let count = graph.relations.len();
    let mut enumeration = Enumeration {
        graph,
        neighbours: vec![Relations::default(); count],
        wide: Vec::new(),
        best: HashMap::new(),
        pairs: 0,
    };
    enumeration.add_edges();
    for (number, relation) in graph.relations.iter().enumerate() {
        let best = Best { rows: relation.rows, cost: 0.0, inputs: None };
        enumeration.best.insert(Relations::only(number), best);
    }
    enumeration.solve().is_ok().then_some(enumeration.best)
}

impl Enumeration<'_> {
    fn add_edges(&mut self) {
        for class in &self.graph.classes {
            for number in class.relations.numbers() {
                let others = class.relations.without(Relations::only(number));
                self.neighbours[number] = self.neighbours[number].with(others);
            }
        }
        let keys = self.graph.keys.iter().map(|edge| (edge.probe, edge.build));
        let relations = self.graph.relations.iter().enumerate();
        let dependents = relations.filter_map(|(number, relation)| {
            relation.dependent.as_ref().map(|join| (join.needs, Relations::only(number)))
        });
        for (left, right) in keys.chain(dependents).collect::<Vec<_>>() {
            match (left.first(), right.first()) {
                (Some(a), Some(b)) if left == Relations::only(a) && right == Relations::only(b) => {
                    self.neighbours[a] = self.neighbours[a].with(right);
                    self.neighbours[b] = self.neighbours[b].with(left);
                }
                _ => self.wide.push(Edge { left, right }),
            }
        }
    }

    fn solve(&mut self) -> Result<(), OutOfBudget> {
        for number in (0..self.graph.relations.len()).rev() {
            let set = Relations::only(number);
            self.emit_csg(set)?;
            self.enumerate_csg_rec(set, Relations::up_to(number))?;
        }
        Ok(())
    }

    /// Makes a connected set larger by what is next to it and not in `excluded`.
    fn enumerate_csg_rec(&mut self, set: Relations, excluded: Relations) -> Result<(), OutOfBudget> {
        let next = self.neighbourhood(set, excluded);
        for part in next.parts() {
            let larger = set.with(part);
            if self.best.contains_key(&larger) {
                self.emit_csg(larger)?;
            }
            self.count()?;
        }
        for part in next.parts() {
            self.enumerate_csg_rec(set.with(part), excluded.with(next))?;
        }
        Ok(())
    }

    /// Finds the sets that can be joined with `set` and whose smallest number is larger than that of `set`.
    fn emit_csg(&mut self, set: Relations) -> Result<(), OutOfBudget> {
        let Some(first) = set.first() else { return Ok(()) };
        let excluded = set.with(Relations::up_to(first));
        let next = self.neighbourhood(set, excluded);
        for number in next.numbers_down() {
            let other = Relations::only(number);
            if self.is_edge(set, other) {
                self.emit_pair(set, other)?;
            }
            let smaller = Relations(next.0 & Relations::up_to(number).0);
            self.enumerate_cmp_rec(set, other, excluded.with(smaller))?;
        }
        Ok(())
    }

    /// Makes the second set of a pair larger.
    fn enumerate_cmp_rec(&mut self, set: Relations, other: Relations, excluded: Relations) -> Result<(), OutOfBudget> {
        let next = self.neighbourhood(other, excluded);
        for part in next.parts() {
            let larger = other.with(part);
            if self.best.contains_key(&larger) && self.is_edge(set, larger) {
                self.emit_pair(set, larger)?;
            }
            self.count()?;
        }
        for part in next.parts() {
            self.enumerate_cmp_rec(set, other.with(part), excluded.with(next))?;
        }
        Ok(())
    }

    /// What edges reach from `set`; of an edge to several relations, the first one.
    fn neighbourhood(&self, set: Relations, excluded: Relations) -> Relations {
        let mut next = set.numbers().fold(Relations::default(), |all, number| all.with(self.neighbours[number]));
        let taken = set.with(excluded);
        for edge in &self.wide {
            for (from, to) in [(edge.left, edge.right), (edge.right, edge.left)] {
                if set.contains_all(from)
                    && !taken.meets(to)
                    && let Some(first) = to.first()
                {
                    next = next.with(Relations::only(first));
                }
            }
        }
        next.without(taken)
    }

    fn is_edge(&self, a: Relations, b: Relations) -> bool {
        a.numbers().any(|number| self.neighbours[number].meets(b))
            || self.wide.iter().any(|edge| {
                (a.contains_all(edge.left) && b.contains_all(edge.right))
                    || (a.contains_all(edge.right) && b.contains_all(edge.left))
            })
    }

    fn count(&mut self) -> Result<(), OutOfBudget> {
        self.pairs += 1;
        if self.pairs > PAIRS_MAX { Err(OutOfBudget) } else { Ok(()) }
    }

    /// Weighs the join of two sets.
    fn emit_pair(&mut self, a: Relations, b: Relations) -> Result<(), OutOfBudget> {
        self.count()?;
        let (Some(a_best), Some(b_best)) = (self.best.get(&a).copied(), self.best.get(&b).copied()) else {
            return Ok(());
        };
        let dependent = self.graph.dependent(a, b).map(|join| (join.factor, (a, a_best), (b, b_best)));
        let dependent =
            dependent.or_else(|| self.graph.dependent(b, a).map(|join| (join.factor, (b, b_best), (a, a_best))));
        let is_build_side = |set| self.graph.dependent_of(set).is_some();
        let both = a.with(b);
        let known_rows = self.best.get(&both).map(|best| best.rows);
        let (rows, probe, build) = match dependent {
            Some((factor, probe, build)) => (self.graph.after_conditions(a, b, probe.1.rows * factor), probe, build),
            // It has not what it needs.
            None if is_build_side(a) || is_build_side(b) => return Ok(()),
            None => {
                let rows = self.graph.joined_rows((a, a_best.rows), (b, b_best.rows));
                if a_best.rows < b_best.rows {
                    (rows, (b, b_best), (a, a_best))
                } else {
                    (rows, (a, a_best), (b, b_best))
                }
            }
        };
        // Whichever way a set is made, it has the same rows.
        let rows = known_rows.unwrap_or(rows);
        let own = probe.1.rows + build.1.rows * BUILD_ROW + rows * OUTPUT_ROW;
        let cost = a_best.cost + b_best.cost + own;
        if self.best.get(&both).is_none_or(|best| cost < best.cost) {
            self.best.insert(both, Best { rows, cost, inputs: Some((probe.0, build.0)) });
        }
        Ok(())
    }
}
