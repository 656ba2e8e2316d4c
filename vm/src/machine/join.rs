//! Probing: from the rows of a batch to pairs, and from pairs to the rows that a join gives.
//!
//! A batch is probed in rounds of at most a batch of pairs. Rows of the probe side are worked off in order; those
//! before the frontier have had all their pairs. So every kind of join gives its rows in the probe side's order:
//! what a row without a partner gives is known when the frontier has passed it.

use super::full_join::Partners;
use super::join_table::{JoinBuild, JoinTable};
use super::keys::{KeyBatch, KeyState};
use super::mark_nulls::NullLookups;
use super::sealing;
use super::worker::{Rows, Worker, rows_of};
use super::{Shared, Step};
use crate::error::{Error, Result};
use crate::memory::Context;
use crate::program::{
    HashId, HashSpec, JoinKind, Label, List, Position, Program, Register, Space, SpaceOrigin, VerifiedProgram,
};
use crate::vector::{MISSING_ROW, Values, Vector};

/// The state of probing one hash table with the current batch.
#[derive(Default)]
pub(super) struct Probe {
    keys: KeyBatch,
    /// For each row of the probe side, where its candidates begin and end.
    candidates: Vec<(u32, u32)>,
    /// The first row whose candidates are not exhausted, and its next candidate.
    frontier: usize,
    next: u32,
    /// The rows before this one have given what they give.
    settled: usize,
    /// The pairs of this round: rows of the probe side and of the build side.
    probe_rows: Vec<u32>,
    build_rows: Vec<u32>,
    /// For each row of the probe side, whether a pair was left over by the residual conditions.
    matched: Vec<bool>,
    /// The build side's rows of what the join gives, [`MISSING_ROW`] where there is none.
    joined: Vec<u32>,
    /// For joins that give rows of the build side by themselves, those that were partners, of all batches so far.
    partners: Partners,
    /// For marks of several keys, what keys with NULLs could be equal to.
    nulls: NullLookups,
    /// The row spaces of pairs and of what the join gives.
    pairs_space: Option<Space>,
    joined_space: Option<Space>,
}

/// How many pairs of a row are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// All of them.
    All,
    /// One is enough: a join that asks only whether there is one, without further conditions.
    First,
}

impl Probe {
    /// Fills the next round with at most `rows_max` pairs.
    ///
    /// For joins that give unmatched rows too, each row counts at least once, so that a round's rows fit a batch.
    fn fill(&mut self, table: &JoinTable, rows_max: usize, wanted: Wanted, keeps_unmatched: bool) {
        self.probe_rows.clear();
        self.build_rows.clear();
        if let Some(dense) = table.dense() {
            return self.fill_listed(|entry| dense.row(entry), rows_max, wanted, keeps_unmatched);
        }
        if let Some(band) = table.band() {
            return self.fill_listed(|entry| band.row(entry), rows_max, wanted, keeps_unmatched);
        }
        let mut budget = rows_max;
        while budget > 0 && self.has_more(keeps_unmatched) {
            let row = self.frontier;
            let (start, end) = self.candidates[row];
            let key = self.keys.key(&table.layout, row);
            let before = self.probe_rows.len();
            let mut entry = self.next.max(start);
            while entry < end && self.probe_rows.len() - before < budget {
                if let Some(partner) = table.partner(entry, key) {
                    self.probe_rows.push(row as u32);
                    self.build_rows.push(partner);
                    if wanted == Wanted::First {
                        entry = end;
                        break;
                    }
                }
                entry += 1;
            }
            let found = self.probe_rows.len() - before;
            budget -= if keeps_unmatched { found.max(1) } else { found };
            if entry < end {
                self.next = entry;
                return;
            }
            self.frontier += 1;
            self.next = 0;
        }
    }

    /// Whether a row is left to look at. Those without candidates are passed over in a loop of their own, for they may
    /// be most of all; unless each counts.
    #[inline(always)]
    fn has_more(&mut self, keeps_unmatched: bool) -> bool {
        let open = &self.candidates[self.frontier..];
        if !keeps_unmatched {
            self.frontier += open.iter().position(|(start, end)| start < end).unwrap_or(open.len());
        }
        self.frontier < self.candidates.len()
    }

    /// As [`Probe::fill`], where every candidate is a partner and a row may have several.
    fn fill_listed(&mut self, row_of: impl Fn(u32) -> u32, rows_max: usize, wanted: Wanted, keeps_unmatched: bool) {
        let mut budget = rows_max;
        while budget > 0 && self.has_more(keeps_unmatched) {
            let (start, end) = self.candidates[self.frontier];
            let first = self.next.max(start);
            let last = match wanted {
                Wanted::All => end.min(first.saturating_add(budget as u32)),
                Wanted::First => end.min(first + 1),
            };
            for entry in first..last {
                self.probe_rows.push(self.frontier as u32);
                self.build_rows.push(row_of(entry));
            }
            let found = last.saturating_sub(first) as usize;
            budget -= if keeps_unmatched { found.max(1) } else { found };
            if last < end && wanted == Wanted::All {
                self.next = last;
                return;
            }
            self.frontier += 1;
            self.next = 0;
        }
    }

    /// Pair `pair` fails: rows before its own have had all their pairs, and later ones get none.
    pub(super) fn cut(&mut self, pair: usize) {
        if let Some(&row) = self.probe_rows.get(pair) {
            self.frontier = row as usize;
        }
    }

    /// The row space of the pairs of this round.
    pub(super) fn pairs_space(&self) -> Option<Space> {
        self.pairs_space
    }

    fn is_exhausted(&self) -> bool {
        self.frontier >= self.candidates.len()
    }

    /// Settles a round: `left` are the pairs that are left over. Fills `selection` with the rows of the probe side
    /// that go on, and `joined` with their partners.
    fn settle(&mut self, spec: &HashSpec, left: Rows<'_>, selection: &mut Vec<u32>) -> Result<()> {
        selection.clear();
        self.joined.clear();
        match spec.kind {
            JoinKind::Inner => match left {
                Rows::All(pairs) => {
                    selection.extend_from_slice(&self.probe_rows[..pairs]);
                    self.joined.extend_from_slice(&self.build_rows[..pairs]);
                }
                Rows::Selected(pairs) => {
                    selection.extend(pairs.iter().map(|&pair| self.probe_rows[pair as usize]));
                    self.joined.extend(pairs.iter().map(|&pair| self.build_rows[pair as usize]));
                }
            },
            JoinKind::Semi => self.each_pair(left, |probe, row, _| {
                if !std::mem::replace(&mut probe.matched[row as usize], true) {
                    selection.push(row);
                }
                Ok(())
            })?,
            JoinKind::Anti => {
                self.each_pair(left, |probe, row, _| {
                    probe.matched[row as usize] = true;
                    Ok(())
                })?;
                let open = self.settled..self.frontier;
                selection.extend(open.filter(|row| !self.matched[*row]).map(|row| row as u32));
            }
            JoinKind::Mark => {
                self.each_pair(left, |probe, row, _| {
                    probe.matched[row as usize] = true;
                    Ok(())
                })?;
                selection.extend((self.settled..self.frontier).map(|row| row as u32));
            }
            JoinKind::Left | JoinKind::Full | JoinKind::Single => self.settle_outer(spec, left, selection)?,
            JoinKind::RightSemi | JoinKind::RightAnti => self.each_pair(left, |probe, _, partner| {
                probe.partners.note(partner);
                Ok(())
            })?,
        }
        self.settled = self.frontier;
        Ok(())
    }

    fn each_pair(&mut self, left: Rows<'_>, mut each: impl FnMut(&mut Probe, u32, u32) -> Result<()>) -> Result<()> {
        for index in 0..left.len() {
            let pair = match left {
                Rows::All(_) => index,
                Rows::Selected(pairs) => pairs[index] as usize,
            };
            let (row, partner) = (self.probe_rows[pair], self.build_rows[pair]);
            each(self, row, partner)?;
        }
        Ok(())
    }

    /// Pairs and unmatched rows in one sequence, by row of the probe side.
    fn settle_outer(&mut self, spec: &HashSpec, left: Rows<'_>, selection: &mut Vec<u32>) -> Result<()> {
        let mut open = self.settled;
        self.each_pair(left, |probe, row, partner| {
            probe.give_unmatched(open, row as usize, selection);
            open = row as usize;
            if std::mem::replace(&mut probe.matched[open], true) && spec.kind == JoinKind::Single {
                let message = "more than one row returned by a subquery that stands for a value";
                return Err(Error::runtime(message).at(spec.span).with_hint("add LIMIT 1, or aggregate"));
            }
            selection.push(row);
            probe.joined.push(partner);
            if spec.kind == JoinKind::Full {
                probe.partners.note(partner);
            }
            Ok(())
        })?;
        self.give_unmatched(open, self.frontier, selection);
        Ok(())
    }

    fn give_unmatched(&mut self, first: usize, end: usize, selection: &mut Vec<u32>) {
        for row in (first..end).filter(|row| !self.matched[*row]) {
            selection.push(row as u32);
            self.joined.push(MISSING_ROW);
        }
    }

    /// The truth value of `key IN (build side)` for the rows in `selection`.
    fn write_mark(&mut self, table: &JoinTable, selection: &[u32], mark: &mut Vector, context: &Context) -> Result<()> {
        mark.reset(crate::types::Form::Bits);
        if let Values::Bits(bits) = &mut mark.values {
            bits.refill_from(selection.len(), |index| self.matched[selection[index] as usize]);
        }
        mark.validity.set_all();
        for (index, row) in selection.iter().map(|row| *row as usize).enumerate() {
            if self.matched[row] {
                continue;
            }
            let unknown = match &table.partial {
                Some(partial) => self.nulls.may_equal(table, partial, &self.keys, row, context)?,
                None => table.facts.some_null || table.facts.some_row && self.keys.state(row) == KeyState::Null,
            };
            if unknown {
                mark.validity.set_null(index, selection.len());
            }
        }
        Ok(())
    }

    /// The rows of the build side that were partners; from now on none were.
    pub(super) fn take_partners(&mut self) -> Partners {
        std::mem::take(&mut self.partners)
    }
}

fn keeps_unmatched(kind: JoinKind) -> bool {
    match kind {
        JoinKind::Left | JoinKind::Full | JoinKind::Single => true,
        JoinKind::Inner
        | JoinKind::Semi
        | JoinKind::Anti
        | JoinKind::Mark
        | JoinKind::RightSemi
        | JoinKind::RightAnti => false,
    }
}

/// Pairs of a row that a probe at `address` wants.
fn wanted(verified: &VerifiedProgram, kind: JoinKind, address: usize) -> Wanted {
    match kind {
        JoinKind::Semi | JoinKind::Anti | JoinKind::Mark if !verified.has_residual(address) => Wanted::First,
        JoinKind::Inner
        | JoinKind::Left
        | JoinKind::Full
        | JoinKind::Semi
        | JoinKind::Anti
        | JoinKind::Mark
        | JoinKind::Single
        | JoinKind::RightSemi
        | JoinKind::RightAnti => Wanted::All,
    }
}

pub(super) fn sealed(shared: &Shared, hash: HashId) -> Result<&JoinTable> {
    shared.hashes[hash.index()].as_deref().ok_or_else(|| Error::internal(format!("{hash} is not sealed")))
}

impl Worker {
    pub(super) fn hash_insert(
        &mut self,
        program: &Program,
        hash: HashId,
        space: Space,
        keys: List,
        columns: List,
    ) -> Result<()> {
        let rows = self.rows(space);
        let spec = &program.hashes[hash.index()];
        let build = self.builds[hash.index()].get_or_insert_with(|| JoinBuild::new(spec, &self.context));
        let vectors = |list: List| {
            let registers = &self.registers;
            program.lists[list.index()].iter().map(move |register| &registers[register.index()])
        };
        build.insert(self.position, vectors(keys), vectors(columns), rows)
    }

    pub(super) fn hash_probe(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        address: usize,
        (hash, space, pairs, keys): (HashId, Space, Space, List),
    ) -> Result<()> {
        let table = sealed(shared, hash)?;
        let rows = self.rows(space);
        let probe = &mut self.probes[hash.index()];
        let registers = &self.registers;
        let mut columns = verified.program().lists[keys.index()].iter().map(|register| &registers[register.index()]);
        if verified.program().hashes[hash.index()].kind.gives_rest() {
            probe.partners.make_room(table.rows(), &self.context)?;
        }
        (probe.frontier, probe.next, probe.settled) = (0, 0, 0);
        probe.matched.clear();
        probe.matched.resize(rows, false);
        probe.pairs_space = Some(pairs);
        if let Some(dense) = table.dense().filter(|dense| dense.is_single())
            && let Some(column) = columns.next()
        {
            // A batch has no more pairs than rows: one round is enough.
            dense.pair(column, rows, &mut probe.keys, (&mut probe.probe_rows, &mut probe.build_rows))?;
            probe.candidates.clear();
            probe.frontier = rows;
            self.set_pairs(hash, pairs);
            return Ok(());
        }
        table.stage(columns, rows, &mut probe.keys, &mut probe.candidates)?;
        self.fill(verified, table, address, hash, pairs);
        Ok(())
    }

    /// Fills the next round; `address` is that of the probe.
    fn fill(&mut self, verified: &VerifiedProgram, table: &JoinTable, address: usize, hash: HashId, pairs: Space) {
        let kind = verified.program().hashes[hash.index()].kind;
        let probe = &mut self.probes[hash.index()];
        let wanted = wanted(verified, kind, address);
        probe.fill(table, self.context.batch_rows, wanted, keeps_unmatched(kind));
        self.set_pairs(hash, pairs);
    }

    /// Makes `pairs` the pairs of this round.
    fn set_pairs(&mut self, hash: HashId, pairs: Space) {
        let probe = &self.probes[hash.index()];
        let space = &mut self.spaces[pairs.index()];
        space.selection.clear();
        space.selection.extend_from_slice(&probe.probe_rows);
        space.rows = probe.probe_rows.len();
        space.whole = false;
    }

    pub(super) fn hash_match(
        &mut self,
        program: &Program,
        shared: &Shared,
        (hash, pairs, joined, mark): (HashId, Space, Space, Register),
    ) -> Result<()> {
        let spec = &program.hashes[hash.index()];
        let mut selection = std::mem::take(&mut self.spaces[joined.index()].selection);
        let probe = &mut self.probes[hash.index()];
        let first = probe.pairs_space.ok_or_else(|| Error::internal(format!("{hash} is not probed")))?;
        let left = rows_of(program, &self.spaces, pairs, first, &mut self.scratch.rows);
        let outcome = probe.settle(spec, left, &mut selection);
        probe.joined_space = Some(joined);
        if spec.kind == JoinKind::Mark {
            let mut vector = self.take(mark);
            let written =
                self.probes[hash.index()].write_mark(sealed(shared, hash)?, &selection, &mut vector, &self.context);
            self.put(mark, vector);
            written?;
        }
        let space = &mut self.spaces[joined.index()];
        space.rows = selection.len();
        space.selection = selection;
        space.whole = false;
        outcome
    }

    pub(super) fn hash_column(
        &mut self,
        program: &Program,
        shared: &Shared,
        (hash, space, column, to): (HashId, Space, Position, Register),
    ) -> Result<()> {
        let table = sealed(shared, hash)?;
        let mut target = self.take(to);
        let probe = &self.probes[hash.index()];
        // The column is wanted for what the join gives if `space` descends from that, for pairs otherwise.
        let (ancestor, partners) = match probe.joined_space {
            Some(joined) if descends(program, space, joined) => (joined, &probe.joined),
            _ => match probe.pairs_space {
                Some(pairs) => (pairs, &probe.build_rows),
                None => return Err(Error::internal(format!("{hash} is not probed"))),
            },
        };
        let source = table.column(column.index());
        match rows_of(program, &self.spaces, space, ancestor, &mut self.scratch.rows) {
            Rows::All(rows) => target.gather(source, &partners[..rows]),
            Rows::Selected(rows) => {
                let chosen = &mut self.scratch.partners;
                chosen.clear();
                chosen.extend(rows.iter().map(|&row| partners[row as usize]));
                target.gather(source, chosen);
            }
        }
        self.put(to, target);
        Ok(())
    }

    pub(super) fn hash_next(
        &mut self,
        verified: &VerifiedProgram,
        shared: &Shared,
        address: usize,
        (hash, pairs, body): (HashId, Space, Label),
    ) -> Result<Step> {
        if self.limit_reached(verified, address) {
            self.pending = None;
            return Ok(Step::Morsel);
        }
        self.raise(body.index() - 1)?;
        self.context.poll()?;
        if self.probes[hash.index()].is_exhausted() {
            return Ok(Step::Continue);
        }
        // The loop's body begins behind the probe.
        self.fill(verified, sealed(shared, hash)?, body.index() - 1, hash, pairs);
        Ok(Step::Jump(body))
    }
}

/// Unites what workers have put into a hash table, and seals it.
pub(super) fn seal(verified: &VerifiedProgram, hash: HashId, workers: &mut [Worker]) -> Result<JoinTable> {
    let program = verified.program();
    let mut builds: Vec<_> = workers.iter_mut().filter_map(|worker| worker.builds[hash.index()].take()).collect();
    let context = &workers[0].context;
    if builds.is_empty() {
        builds.push(JoinBuild::new(&program.hashes[hash.index()], context));
    }
    sealing::seal(builds, verified.filters_of(hash), context)
}

/// Whether `space` is `ancestor` or made up of rows of it.
fn descends(program: &Program, mut space: Space, ancestor: Space) -> bool {
    loop {
        if space == ancestor {
            return true;
        }
        match program.spaces[space.index()] {
            SpaceOrigin::Selection(parent) => space = parent,
            SpaceOrigin::Cursor => return false,
        }
    }
}
