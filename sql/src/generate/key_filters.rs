//! Rows of a probe side that are dropped before the first join of their pipeline, by its keys and those of later ones.
//!
//! The build sides of all joins of a pipeline are sealed before it begins. Where one has few of the keys that there
//! are, the rows of the scan that have none of them need not be looked up at all: the kernel that they go through first
//! drops them. As with ranges of scans, nothing between the filter and its join may fail: whether there is an error must
//! not depend on which rows are dropped.

use rowmill_vm::kernel::Logic;
use rowmill_vm::program::{HashId, JoinKind, Position};
use rowmill_vm::{Error, Result};

use super::batch::{AmongKeys, Batch};
use super::join::Join;
use super::lower::{Lowered, LoweredValue};
use super::materialize::KernelScope;
use super::packed_key::PackedKey;
use super::ranges::{is_ranged, reaches_scan};
use super::{Generator, number};
use crate::plan::{ColumnId, ExprKind, Plan};

/// Rows of a scan from which on a filter of a single key pays before the first join. TPC-H's queries 2, 7, 8 and 20 took up
/// to a third longer with it over 60,000 rows, and up to two thirds less over six million.
const MANY_ROWS: u64 = 1 << 16;

/// A key of which only the values in a sealed build side are wanted.
#[derive(Clone, Debug)]
pub(super) struct WantedKeys {
    key: WantedKey,
    hash: HashId,
    /// Which of the key's columns they are.
    part: Position,
}

#[derive(Clone, Debug)]
enum WantedKey {
    Column(ColumnId),
    Packed(PackedKey),
}

impl WantedKey {
    /// Whether rows of `plan` come out of a scan that reads all of it.
    fn reaches_scan(&self, plan: &Plan) -> bool {
        match self {
            WantedKey::Column(column) => reaches_scan(plan, *column),
            WantedKey::Packed(packed) => packed.columns().all(|column| reaches_scan(plan, column)),
        }
    }
}

impl Generator<'_> {
    /// Notes what the first join below a join may drop rows by. The caller forgets it behind the probe side.
    pub(super) fn want_keys(&mut self, join: &Join<'_>, hash: HashId) -> Result<()> {
        let drops = join.kind.drops_unmatched() && leaves_out(join.build);
        // Of few rows a probe by a single key costs no more than a kernel for the filter.
        if !drops || join.keys.len() == 1 && is_few(bottom(join.probe)) {
            return Ok(());
        }
        if let Some((packed, _)) = &join.packed {
            let key = WantedKey::Packed(packed.clone());
            if key.reaches_scan(join.probe) {
                self.wanted_keys.push(WantedKeys { key, hash, part: Position(0) });
            }
            return Ok(());
        }
        for (part, key) in join.keys.iter().enumerate() {
            if let ExprKind::Column(column) = key.probe.kind
                && !key.null_equal
                && is_ranged(&key.probe.data_type)
                && reaches_scan(join.probe, column)
            {
                let (key, part) = (WantedKey::Column(column), number(part, "keys").map(Position)?);
                self.wanted_keys.push(WantedKeys { key, hash, part });
            }
        }
        Ok(())
    }

    /// Lets rows of the probe side of a pipeline's first join wait for being dropped by all that is known of what it and
    /// later ones want: by the kernel that computes its keys.
    pub(super) fn drop_unwanted(&mut self, join: &Join<'_>, batch: &mut Batch) {
        if matches!(bottom(join.probe), Plan::Join { .. }) {
            return;
        }
        for WantedKeys { key, hash, part } in self.wanted_keys.clone() {
            if !key.reaches_scan(join.probe) {
                continue;
            }
            let key = match key {
                WantedKey::Column(column) => batch.expand(self.column_expr(column)),
                WantedKey::Packed(packed) => self.packed_expr(batch, &packed),
            };
            let may_pass = self.among_keys_expr(batch, AmongKeys { key, hash, part });
            batch.pending.push(may_pass);
        }
    }

    /// Whether a value may be among the keys of a build side, inside a kernel. NULL is not.
    pub(super) fn lower_among_keys(
        &mut self,
        batch: &mut Batch,
        scope: &mut KernelScope,
        AmongKeys { key, hash, part }: AmongKeys,
    ) -> Result<Lowered> {
        let Lowered { value, valid } = self.lower(batch, scope, &key, Logic::True)?;
        let LoweredValue::Scalar(lane, number) = value else {
            return Err(Error::internal("a key that is no number"));
        };
        let keys = scope.builder.keys(lane, hash.0, part.0);
        Ok(Lowered::truth(scope.builder.might_contain(lane, keys, number), valid))
    }
}

/// What the rows of a probe side come out of, one by one: the probe side of an earlier join, or a scan.
fn bottom(probe: &Plan) -> &Plan {
    match probe {
        Plan::Filter { input, .. } | Plan::Project { input, .. } => bottom(input),
        _ => probe,
    }
}

/// Whether few rows come straight out of what is below the first join of a pipeline.
fn is_few(bottom: &Plan) -> bool {
    match bottom {
        Plan::Join { .. } => false,
        Plan::Scan { table, .. } => table.row_count().is_some_and(|rows| rows < MANY_ROWS),
        _ => true,
    }
}

/// Whether a build side is made of something that leaves rows out: a whole table has the keys that there are.
fn leaves_out(build: &Plan) -> bool {
    match build {
        Plan::Scan { .. } => false,
        Plan::Project { input, .. } | Plan::Sort { input, limit: None, .. } | Plan::Window { input, .. } => {
            leaves_out(input)
        }
        Plan::Aggregate { input, .. } => leaves_out(input),
        Plan::Join { kind: JoinKind::Left | JoinKind::Mark | JoinKind::Single, probe, .. } => leaves_out(probe),
        Plan::Join { kind: JoinKind::Inner, probe, build, .. } => leaves_out(probe) || leaves_out(build),
        Plan::Append { inputs, .. } => inputs.iter().all(|(input, _)| leaves_out(input)),
        Plan::Join {
            kind: JoinKind::Full | JoinKind::Semi | JoinKind::Anti | JoinKind::RightSemi | JoinKind::RightAnti,
            ..
        }
        | Plan::Filter { .. }
        | Plan::Values { .. }
        | Plan::Sort { limit: Some(_), .. }
        | Plan::Limit { .. }
        | Plan::Storing(_)
        | Plan::Stored { .. } => true,
    }
}
