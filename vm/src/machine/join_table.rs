//! The hash table of a join.
//!
//! While it is built, rows are only appended: their keys as words, their columns. Sealing orders row numbers by
//! hash: a directory says for each value of the hash's highest bits where its rows begin, and beside it 16 bits
//! that a hash without a partner most often is not in. So there are no chains, the rows of one key stand together
//! in the order in which they came, and a lookup without a partner rarely leaves the directory
//! (A. Birler et al., "Simple, Efficient, and Robust Hash Tables for Join Processing", DaMoN 2024). Where the key is
//! one integer of a bounded range, an array takes the hash table's place ([`super::dense`]).

use std::sync::Arc;

use super::band::BandIndex;
use super::columns::ColumnStore;
use super::dense::{DenseIndex, Wanted};
use super::key_filter::Filters;
use super::keys::{KeyBatch, KeyLayout, KeyNulls, KeyState, Strings, hash_key};
use super::mark_nulls::PartialKeys;
use super::runs::{Position, Runs};
use super::strings::StringTable;
use super::worker::Rows;
use crate::error::{Error, Result};
use crate::kernel::tables::KeyFilter;
use crate::memory::{Context, Reservation};
use crate::program::{Band, HashSpec, JoinKind};
use crate::vector::Vector;

/// Low bits of a directory's entry that say which hashes may be there; the rest is where they begin.
pub(super) const FILTER_BITS: u32 = 16;

/// The build side of a join while it is built.
pub(super) struct JoinBuild {
    pub(super) layout: KeyLayout,
    pub(super) strings: Vec<StringTable>,
    /// The key of each row, as words.
    pub(super) keys: Vec<u64>,
    /// The columns to be read after a match.
    pub(super) columns: ColumnStore,
    /// The columns of rows that cannot have a partner, where they are wanted.
    pub(super) unmatchable: ColumnStore,
    keeps_unmatchable: bool,
    /// The keys with NULLs, where a mark join must know them.
    pub(super) partial: Option<PartialKeys>,
    /// Whether rows came at all, and whether a row was left out because of a NULL in its key: for IN.
    pub(super) facts: BuildFacts,
    pub(super) runs: Runs,
    batch: KeyBatch,
    kept: Vec<u32>,
    left_out: Vec<u32>,
    reservation: Reservation,
    /// What is looked up: rows, or whether there are any.
    pub(super) wanted: Wanted,
    pub(super) band: Option<Band>,
}

/// What a mark join must know of the build side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BuildFacts {
    /// Whether there was any row.
    pub some_row: bool,
    /// Whether there was a key with a NULL.
    pub some_null: bool,
}

/// A sealed hash table: read only.
pub(super) struct JoinTable {
    pub(super) layout: KeyLayout,
    pub(super) strings: Vec<StringTable>,
    pub(super) columns: ColumnStore,
    pub(super) unmatchable: ColumnStore,
    pub(super) partial: Option<PartialKeys>,
    /// Tells it from other tables: in a recursion one follows another.
    pub(super) serial: u64,
    pub(super) facts: BuildFacts,
    pub(super) buckets: Buckets,
    /// In place of buckets, if the keys allow it.
    pub(super) dense: Option<DenseIndex>,
    /// In place of both, if it is looked up by ranges.
    pub(super) band: Option<BandIndex>,
    /// The smallest and the largest key, if it is one integer.
    pub(super) key_range: Option<(i64, i64)>,
    pub(super) filters: Filters,
    pub(super) _reservation: Reservation,
}

/// Rows by the highest bits of their keys' hashes.
#[derive(Default)]
pub(super) struct Buckets {
    /// For each value of these bits, where its entries begin; one more for the end of the last.
    pub(super) directory: Vec<u64>,
    pub(super) shift: u32,
    /// For each entry, the words of its key: side by side with those that are compared with it.
    pub(super) keys: Vec<u64>,
    /// For each entry, its row.
    pub(super) rows: Vec<u32>,
}

impl JoinBuild {
    pub(super) fn new(spec: &HashSpec, context: &Context) -> JoinBuild {
        let nulls = |equal: &bool| if *equal { KeyNulls::Equal } else { KeyNulls::Never };
        let types = spec.keys.iter().zip(&spec.null_equal).map(|(key, equal)| (key.clone(), nulls(equal), true));
        let layout = KeyLayout::new(types);
        JoinBuild {
            strings: layout.string_tables(context, "hash join"),
            layout,
            keys: Vec::new(),
            columns: ColumnStore::new(&spec.columns, context, "hash join"),
            unmatchable: ColumnStore::new(&spec.columns, context, "hash join"),
            keeps_unmatchable: matches!(spec.kind, JoinKind::Full | JoinKind::RightAnti),
            partial: (spec.kind == JoinKind::Mark && spec.keys.len() > 1).then(|| PartialKeys::new(context)),
            facts: BuildFacts::default(),
            runs: Runs::default(),
            batch: KeyBatch::default(),
            kept: Vec::new(),
            left_out: Vec::new(),
            reservation: context.reservation("hash join"),
            wanted: wanted(spec),
            band: spec.band,
        }
    }

    /// Adds rows that come from `position`.
    pub(super) fn insert<'a>(
        &mut self,
        position: Position,
        keys: impl Iterator<Item = &'a Vector>,
        columns: impl Iterator<Item = &'a Vector> + Clone,
        rows: usize,
    ) -> Result<()> {
        let columns_again = columns.clone();
        self.batch.encode(&self.layout, keys, rows, Strings::Add(&mut self.strings))?;
        self.facts.some_row |= rows > 0;
        self.runs.note(position, self.columns.rows());
        let words = self.layout.words;
        // Keys double when they are full.
        self.reservation.resize((self.keys.len() + rows * words) * 8 * 2)?;
        if self.batch.states.is_empty() {
            self.keys.extend_from_slice(&self.batch.words);
            return self.columns.append(columns, Rows::All(rows));
        }
        // A key with a NULL has no partner: its row is not kept.
        self.kept.clear();
        self.left_out.clear();
        for row in 0..rows {
            if self.batch.state(row) == KeyState::Usable {
                self.kept.push(row as u32);
                self.keys.extend_from_slice(self.batch.key(&self.layout, row));
            } else {
                self.facts.some_null = true;
                self.left_out.push(row as u32);
                if let Some(partial) = &mut self.partial {
                    partial.add(self.batch.nulls(row), self.batch.key(&self.layout, row))?;
                }
            }
        }
        if self.keeps_unmatchable && !self.left_out.is_empty() {
            self.unmatchable.append(columns_again, Rows::Selected(&self.left_out))?;
        }
        self.columns.append(columns, Rows::Selected(&self.kept))
    }

    /// Takes over what is known of the keys of another worker, whose numbers of strings become those here.
    pub(super) fn adopt(&mut self, other: &mut JoinBuild) -> Result<()> {
        KeyBatch::renumber(&self.layout, &mut other.keys, &other.strings, &mut self.strings)?;
        self.unmatchable.append(other.unmatchable.columns().iter(), Rows::All(other.unmatchable.rows()))?;
        if let (Some(partial), Some(others)) = (&mut self.partial, other.partial.take()) {
            partial.merge(&self.layout, others, &other.strings, &mut self.strings)?;
        }
        self.facts.some_row |= other.facts.some_row;
        self.facts.some_null |= other.facts.some_null;
        Ok(())
    }
}

/// A join that only asks whether there is a partner, and reads nothing of it, needs no rows.
fn wanted(spec: &HashSpec) -> Wanted {
    match spec.kind {
        JoinKind::Semi | JoinKind::Anti | JoinKind::Mark if spec.columns.is_empty() => Wanted::Existence,
        JoinKind::Inner
        | JoinKind::Left
        | JoinKind::Full
        | JoinKind::Semi
        | JoinKind::Anti
        | JoinKind::Mark
        | JoinKind::Single
        | JoinKind::RightSemi
        | JoinKind::RightAnti => Wanted::Rows,
    }
}

/// The bits of a directory's filter that stand for a hash.
#[inline(always)]
pub(super) fn filter_of(hash: u64) -> u64 {
    1 << (hash & 15) | 1 << (hash >> 4 & 15)
}

impl JoinTable {
    /// Rows of the build side that can have partners.
    pub(super) fn rows(&self) -> usize {
        self.columns.rows()
    }

    /// All columns of the build side.
    pub(super) fn columns(&self) -> &ColumnStore {
        &self.columns
    }

    /// The columns of rows that cannot have a partner, of a full join.
    pub(super) fn unmatchable(&self) -> &ColumnStore {
        &self.unmatchable
    }

    /// The keys of all rows that are looked up by hash, as words, in any order.
    pub(super) fn keys(&self) -> &[u64] {
        &self.buckets.keys
    }

    /// A column of the build side.
    pub(super) fn column(&self, index: usize) -> &Vector {
        self.columns.column(index)
    }

    /// Finds for each row of a batch the entries among which its partners are. `keys` become the rows' keys, as far
    /// as they are still to be compared.
    pub(super) fn stage<'a>(
        &self,
        mut columns: impl Iterator<Item = &'a Vector>,
        rows: usize,
        keys: &mut KeyBatch,
        candidates: &mut Vec<(u32, u32)>,
    ) -> Result<()> {
        if let Some(band) = &self.band {
            return band.stage(columns, rows, keys, candidates);
        }
        match (&self.dense, columns.next()) {
            (Some(dense), Some(column)) => dense.stage(column, rows, keys, candidates),
            (_, first) => {
                keys.encode(&self.layout, first.into_iter().chain(columns), rows, Strings::Find(&self.strings))?;
                self.stage_hashed(keys, rows, candidates);
                Ok(())
            }
        }
    }

    /// The smallest and the largest key, if it is one integer; without rows the smallest is the greater one.
    pub(super) fn key_range(&self) -> Option<(i64, i64)> {
        self.key_range
    }

    /// The filter of a key column.
    pub(super) fn filter(&self, part: usize) -> Result<&Arc<KeyFilter>> {
        let filter = self.filters.iter().find(|(of, _)| *of == part);
        filter.map(|(_, filter)| filter).ok_or_else(|| Error::internal(format!("key column {part} has no filter")))
    }

    /// The rows by the value that ranges are of.
    pub(super) fn band(&self) -> Option<&BandIndex> {
        self.band.as_ref()
    }

    /// The index by key that stands in place of the hash table.
    pub(super) fn dense(&self) -> Option<&DenseIndex> {
        self.dense.as_ref()
    }

    fn stage_hashed(&self, keys: &KeyBatch, rows: usize, candidates: &mut Vec<(u32, u32)>) {
        candidates.clear();
        if self.layout.words == 0 {
            candidates.resize(rows, (0, self.rows() as u32));
            return;
        }
        let buckets = &self.buckets;
        candidates.extend((0..rows).map(|row| {
            let hash = hash_key(keys.key(&self.layout, row));
            let bucket = (hash >> buckets.shift) as usize;
            let entry = buckets.directory[bucket];
            if entry & filter_of(hash) != filter_of(hash) {
                return (0, 0);
            }
            ((entry >> FILTER_BITS) as u32, (buckets.directory[bucket + 1] >> FILTER_BITS) as u32)
        }));
        if !keys.states.is_empty() {
            for (row, candidates) in candidates.iter_mut().enumerate() {
                if keys.state(row) != KeyState::Usable {
                    *candidates = (0, 0);
                }
            }
        }
    }

    /// The row behind an entry if its key is `key`.
    #[inline]
    pub(super) fn partner(&self, entry: u32, key: &[u64]) -> Option<u32> {
        let own = &self.buckets.keys[entry as usize * key.len()..][..key.len()];
        // Word by word: they are few, and a call to compare them would cost more.
        own.iter().zip(key).all(|(own, word)| own == word).then(|| self.buckets.rows[entry as usize])
    }
}
