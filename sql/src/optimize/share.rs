//! A subplan that stands in a plan several times is computed once, stored, and read where it stood.
//!
//! Late, when plans are what they will be: where predicates of one place have gone into its copy, the copies are not
//! the same any more, and each does less on its own.

use std::hash::{Hash, Hasher};

use rowmill_vm::program::JoinKind;

use super::{Estimator, plan_may_fail};
use crate::plan::visit::{self, take};
use crate::plan::{ColumnId, Columns, Plan, Query, StoreId, Storing, Turns, mark_computed, same_plan};

/// How many rows must be worked on to give one that is stored.
const PAYS: f64 = 4.0;

pub(super) fn share(query: &mut Query, estimator: &Estimator) {
    // Once for each subplan that is shared; those in it are found when it is stored itself.
    while let Some(places) = find(&query.plan, estimator) {
        store(&mut query.plan, &places, &mut query.columns);
    }
}

/// A subplan that might be shared.
struct Candidate<'p> {
    /// Its position among all operators, in the order in which plans print.
    position: usize,
    /// How many operators it has.
    operators: usize,
    shape: u64,
    plan: &'p Plan,
}

/// The places of the largest subplan that is to be shared, in order.
fn find(plan: &Plan, estimator: &Estimator) -> Option<Vec<usize>> {
    let mut candidates = Vec::new();
    collect(plan, &mut 0, &mut candidates);
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.operators), candidate.shape, candidate.position));
    let of_one_shape = candidates.chunk_by(|a, b| (a.operators, a.shape) == (b.operators, b.shape));
    of_one_shape.filter(|group| group.len() > 1).find_map(|group| {
        let is_same = |other: &&Candidate<'_>| same_plan(group[0].plan, other.plan).is_some();
        let places: Vec<usize> = group.iter().filter(is_same).map(|candidate| candidate.position).collect();
        let shared = group[0].plan;
        let is_safe = || !may_raise(shared) || !may_stop_early(plan);
        (places.len() > 1 && pays(shared, estimator) && is_safe()).then_some(places)
    })
}

/// Collects subplans that do more than to read and filter, and says how many operators a plan has, what it looks like,
/// and whether all that it reads is its own.
fn collect<'p>(plan: &'p Plan, next: &mut usize, found: &mut Vec<Candidate<'p>>) -> (usize, u64, Vec<StoreId>) {
    let position = *next;
    *next += 1;
    let mut hasher = Shape::default();
    std::mem::discriminant(plan).hash(&mut hasher);
    if let Plan::Scan { table, columns } = plan {
        (table.name(), columns.len()).hash(&mut hasher);
    }
    let (mut operators, mut foreign, works) = (1, Vec::new(), does_work(plan));
    visit::for_each_input(plan, &mut |input| {
        let (inner, shape, mut of_input) = collect(input, next, found);
        operators += inner;
        shape.hash(&mut hasher);
        foreign.append(&mut of_input);
    });
    match plan {
        Plan::Stored { store, .. } => foreign.push(*store),
        Plan::Storing(storing) => foreign.retain(|store| *store != storing.store),
        _ => {}
    }
    let shape = hasher.finish();
    if works && foreign.is_empty() {
        found.push(Candidate { position, operators, shape, plan });
    }
    (operators, shape, foreign)
}

/// Whether there is more to a plan than rows that are read, filtered and computed with.
fn does_work(plan: &Plan) -> bool {
    match plan {
        Plan::Scan { .. } | Plan::Values { .. } | Plan::Stored { .. } => false,
        Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Limit { input, .. } => does_work(input),
        Plan::Append { inputs, .. } => inputs.iter().any(|(input, _)| does_work(input)),
        Plan::Join { .. } | Plan::Aggregate { .. } | Plan::Sort { .. } | Plan::Window { .. } | Plan::Storing(_) => true,
    }
}

/// Whether storing the rows of a plan costs less than to compute them again.
fn pays(plan: &Plan, estimator: &Estimator) -> bool {
    let mut work = 0.0;
    visit::for_each_operator(plan, &mut |operator| work += estimator.rows(operator));
    work >= PAYS * estimator.rows(plan)
}

/// Whether some of a plan's rows may never be asked for.
fn may_stop_early(plan: &Plan) -> bool {
    let mut found = matches!(plan, Plan::Limit { .. } | Plan::Append { .. });
    visit::for_each_input(plan, &mut |input| found = found || may_stop_early(input));
    found
}

/// Whether a plan may raise an error, or give other rows each time.
fn may_raise(plan: &Plan) -> bool {
    let mut single = false;
    let mut look = |plan: &Plan| single |= matches!(plan, Plan::Join { kind: JoinKind::Single, .. });
    visit::for_each_operator(plan, &mut look);
    single || plan_may_fail(plan)
}

/// Takes the subplans at `places` out of a plan, which then reads one of them where all of them stood.
fn store(plan: &mut Plan, places: &[usize], columns: &mut Columns) {
    let store = columns.add_store();
    let mut rows: Option<(Plan, Vec<ColumnId>)> = None;
    let mut same: Vec<(ColumnId, ColumnId)> = Vec::new();
    replace(plan, &mut 0, places, &mut |shared| {
        let of_this = match &rows {
            None => shared.output(),
            Some((first, output)) => {
                let found = same_plan(first, shared).unwrap_or_default();
                output.iter().map(|id| found.of(*id)).collect()
            }
        };
        let read = Plan::Stored { store, columns: of_this.clone() };
        let copy = std::mem::replace(shared, read);
        match &rows {
            // The first place's columns are what is stored, and what is read there, alike.
            None => rows = Some((copy, of_this)),
            Some((_, output)) => same.extend(output.iter().copied().zip(of_this)),
        }
    });
    let Some(rows) = rows else { return };
    // An outer join over one of the places fills its columns with NULLs, which has made them nullable there.
    let may_be_null = |(a, b): &&(ColumnId, ColumnId)| columns.get(*a).nullable || columns.get(*b).nullable;
    let nullable: Vec<_> = same.iter().filter(may_be_null).copied().collect();
    for (first, _) in &nullable {
        columns.set_nullable(*first);
    }
    for (first, other) in same {
        if columns.get(first).nullable {
            columns.set_nullable(other);
        }
    }
    if !nullable.is_empty() {
        mark_computed(&rows.0, columns);
        mark_computed(plan, columns);
    }
    let reader = take(plan);
    let output = reader.output();
    let name = "subplan".to_owned();
    let storing = Storing { store, name, rows, reader: (reader, output.clone()), columns: output, turns: Turns::One };
    *plan = Plan::Storing(Box::new(storing));
}

/// Does `change` with the operators at `places`, and goes below others.
fn replace(plan: &mut Plan, next: &mut usize, places: &[usize], change: &mut dyn FnMut(&mut Plan)) {
    let position = *next;
    if places.contains(&position) {
        visit::for_each_operator(plan, &mut |_| *next += 1);
        return change(plan);
    }
    *next += 1;
    visit::for_each_input_mut(plan, &mut |input| replace(input, next, places, change));
}

/// FNV-1a: the same for the same plan, in every run.
struct Shape(u64);

impl Default for Shape {
    fn default() -> Shape {
        Shape(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Shape {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
