//! Builds the hash table of a semi- or anti-join on its smaller side, and a join by ranges on the side whose values lie
//! in the other's ranges.
//!
//! `WHERE EXISTS (…)` keeps rows of the probe side, and so the other side is built, however large it is. Where the kept
//! side is much smaller, it is built, the other side is looked up in it, and its rows come out of the table: those that
//! were found, or those that were not.

use rowmill_vm::program::JoinKind;

use super::{BandCondition, Estimator, may_fail};
use crate::plan::visit::{self, is_volatile};
use crate::plan::{JoinKey, Plan, Query};

/// The side that is built now must be so many times as large: what is built keeps all its columns.
const LARGER: f64 = 4.0;
/// And have so many rows at least.
const MANY_ROWS: f64 = 10_000.0;

pub(super) fn build_side(query: &mut Query, estimator: &Estimator) {
    choose(&mut query.plan, estimator);
}

fn choose(plan: &mut Plan, estimator: &Estimator) {
    visit::for_each_input_mut(plan, &mut |input| choose(input, estimator));
    let Plan::Join { kind, probe, build, keys, residual, .. } = plan else { return };
    if *kind == JoinKind::Inner && keys.is_empty() {
        let ends = |probe, build| BandCondition::of(JoinKind::Inner, (probe, build), residual).map_or(0, |b| b.ends());
        if ends(build, probe) > ends(probe, build) {
            std::mem::swap(probe, build);
        }
        return;
    }
    let turned = match kind {
        JoinKind::Semi => JoinKind::RightSemi,
        JoinKind::Anti => JoinKind::RightAnti,
        _ => return,
    };
    let exprs = || keys.iter().flat_map(|key| [&key.probe, &key.build]).chain(&*residual);
    // Rows that come before an error come out before it only if the kept side is not stored first.
    if keys.is_empty() || exprs().any(|expr| may_fail(expr) || is_volatile(expr)) {
        return;
    }
    let built = estimator.rows(build);
    if built < MANY_ROWS || built < LARGER * estimator.rows(probe) {
        return;
    }
    *kind = turned;
    std::mem::swap(probe, build);
    keys.iter_mut().for_each(JoinKey::swap_sides);
}
