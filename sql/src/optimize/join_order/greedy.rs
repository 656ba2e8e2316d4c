//! Greedy operator ordering (L. Fegaras, "A New Heuristic for Optimizing Large Queries", 1998): of all pairs of
//! subtrees that a key connects, join the pair with the fewest expected rows, until one tree is left.
//!
//! Takes over where there are too many pairs to weigh them all, and joins what no key connects.

use super::Relations;
use super::graph::Graph;

/// A subtree that is not joined with the others yet.
#[derive(Clone, Copy)]
pub(super) struct Subtree {
    pub(super) relations: Relations,
    pub(super) rows: f64,
}

/// How good it is to join two subtrees next: the smaller, the better.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Score {
    /// No key connects them.
    unconnected: bool,
    rows: f64,
    inputs_rows: f64,
}

/// Pairs of subtrees in the order in which they are to be joined, each as (probe side, build side).
pub(super) fn greedy(graph: &Graph, mut subtrees: Vec<Subtree>) -> Vec<(Relations, Relations)> {
    let mut steps = Vec::new();
    // The scores of every two subtrees, the later one's row.
    let score_row = |subtrees: &[Subtree], index: usize| -> Vec<Option<Score>> {
        subtrees[..index].iter().map(|other| score(graph, other, &subtrees[index])).collect()
    };
    let mut scores: Vec<Vec<Option<Score>>> = (0..subtrees.len()).map(|index| score_row(&subtrees, index)).collect();
    while subtrees.len() > 1 {
        let Some((first, second)) = best_pair(&scores) else { break };
        // `second` is the larger index: removing it leaves the other in place.
        let b = subtrees.remove(second);
        let a = subtrees.remove(first);
        for gone in [second, first] {
            scores.remove(gone);
            scores[gone..].iter_mut().for_each(|row| _ = row.remove(gone));
        }
        let rows = joined_rows(graph, &a, &b);
        let swap = graph.dependent(b.relations, a.relations).is_some()
            || (graph.dependent(a.relations, b.relations).is_none() && a.rows < b.rows);
        steps.push(if swap { (b.relations, a.relations) } else { (a.relations, b.relations) });
        subtrees.push(Subtree { relations: a.relations.with(b.relations), rows });
        scores.push(score_row(&subtrees, subtrees.len() - 1));
    }
    steps
}

fn best_pair(scores: &[Vec<Option<Score>>]) -> Option<(usize, usize)> {
    let mut best: Option<(Score, (usize, usize))> = None;
    for (second, row) in scores.iter().enumerate() {
        for (first, score) in row.iter().enumerate() {
            if let Some(score) = score
                && best.is_none_or(|(least, _)| *score < least)
            {
                best = Some((*score, (first, second)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

/// `None` if two subtrees cannot be joined: one is the build side of a join that needs more.
fn score(graph: &Graph, a: &Subtree, b: &Subtree) -> Option<Score> {
    let dependent =
        graph.dependent(a.relations, b.relations).is_some() || graph.dependent(b.relations, a.relations).is_some();
    if !dependent && (graph.dependent_of(a.relations).is_some() || graph.dependent_of(b.relations).is_some()) {
        return None;
    }
    let connected = dependent || graph.is_connected(a.relations, b.relations);
    Some(Score { unconnected: !connected, rows: joined_rows(graph, a, b), inputs_rows: a.rows + b.rows })
}

fn joined_rows(graph: &Graph, a: &Subtree, b: &Subtree) -> f64 {
    if let Some(join) = graph.dependent(a.relations, b.relations) {
        return graph.after_conditions(a.relations, b.relations, a.rows * join.factor);
    }
    match graph.dependent(b.relations, a.relations) {
        Some(join) => graph.after_conditions(a.relations, b.relations, b.rows * join.factor),
        None => graph.joined_rows((a.relations, a.rows), (b.relations, b.rows)),
    }
}
