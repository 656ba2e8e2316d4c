//! What `(a, b) IN (…)` is where NULLs stand in the way.
//!
//! A row of the left side that is equal to none of the right is unknown, not false, if it may be equal to one: if
//! there is a row that agrees in all columns in which neither is NULL. Keys of the right side are sorted by which of
//! their columns are NULL; for each such class, and each choice of columns that a left side's NULLs leave over, a
//! table of what the class has in these columns is made when it is first asked for.

use hashbrown::HashMap;

use super::groups::GroupTable;
use super::join_table::JoinTable;
use super::keys::{KeyBatch, KeyLayout, SpecialParts};
use super::strings::StringTable;
use crate::error::Result;
use crate::memory::{Context, POLL_ROWS, Reservation};

/// Keys of the build side with NULLs, by which of their parts are NULL.
pub(super) struct PartialKeys {
    classes: Vec<Class>,
    reservation: Reservation,
}

/// Keys whose parts `nulls` are NULL.
struct Class {
    nulls: u64,
    words: Vec<u64>,
}

/// Tables of what classes have in some of their columns, made as they are asked for.
#[derive(Default)]
pub(super) struct NullLookups {
    /// The serial of the hash table that they are of.
    serial: u64,
    /// By the class, and the parts that are compared.
    tables: HashMap<(u64, u64), GroupTable>,
    projected: Vec<u64>,
}

impl PartialKeys {
    pub(super) fn new(context: &Context) -> PartialKeys {
        PartialKeys { classes: Vec::new(), reservation: context.reservation("hash join") }
    }

    /// Adds a key whose parts `nulls` are NULL.
    pub(super) fn add(&mut self, nulls: u64, key: &[u64]) -> Result<()> {
        // Words double when they are full.
        self.reservation.grow(size_of_val(key) * 2)?;
        match self.classes.iter_mut().find(|class| class.nulls == nulls) {
            Some(class) => class.words.extend_from_slice(key),
            None => self.classes.push(Class { nulls, words: key.to_vec() }),
        }
        Ok(())
    }

    /// Adds the keys of another worker.
    pub(super) fn merge(
        &mut self,
        layout: &KeyLayout,
        other: PartialKeys,
        from: &[StringTable],
        to: &mut [StringTable],
    ) -> Result<()> {
        for mut class in other.classes {
            KeyBatch::renumber(layout, &mut class.words, from, to)?;
            class.words.chunks_exact(layout.words).try_for_each(|key| self.add(class.nulls, key))?;
        }
        Ok(())
    }
}

impl NullLookups {
    /// Whether row `row` of `keys`, which is equal to no key of the build side, may be equal to one.
    pub(super) fn may_equal(
        &mut self,
        table: &JoinTable,
        partial: &PartialKeys,
        keys: &KeyBatch,
        row: usize,
        context: &Context,
    ) -> Result<bool> {
        if self.serial != table.serial {
            self.tables.clear();
            self.serial = table.serial;
        }
        let special = keys.special(row);
        let key = keys.key(&table.layout, row);
        // Without a NULL of its own it differs from every key without one.
        if special.nulls != 0 && table.rows() > 0 && self.agrees(table, (0, table.keys()), special, key, context)? {
            return Ok(true);
        }
        for class in &partial.classes {
            if self.agrees(table, (class.nulls, &class.words), special, key, context)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a class has a key that agrees with `key` in all parts that are NULL in neither.
    fn agrees(
        &mut self,
        table: &JoinTable,
        (nulls, words): (u64, &[u64]),
        special: SpecialParts,
        key: &[u64],
        context: &Context,
    ) -> Result<bool> {
        let layout = &table.layout;
        let all = u64::MAX >> (64 - layout.parts().clamp(1, 64));
        let compared = all & !(nulls | special.nulls);
        if compared == 0 {
            return Ok(true);
        }
        if compared & special.absent != 0 {
            return Ok(false);
        }
        let lookup = match self.tables.entry((nulls, compared)) {
            hashbrown::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            hashbrown::hash_map::Entry::Vacant(entry) => {
                entry.insert(project_all(layout, words, compared, &mut self.projected, context)?)
            }
        };
        project(layout, key, compared, &mut self.projected);
        Ok(lookup.contains(&self.projected))
    }
}

/// The words of the parts that are compared.
fn project(layout: &KeyLayout, key: &[u64], compared: u64, into: &mut Vec<u64>) {
    into.clear();
    for part in (0..layout.parts()).filter(|part| compared & 1 << (part % 64) != 0) {
        into.extend_from_slice(&key[layout.words_of(part)]);
    }
}

/// A table of the words of the parts that are compared, of all keys.
fn project_all(
    layout: &KeyLayout,
    words: &[u64],
    compared: u64,
    projected: &mut Vec<u64>,
    context: &Context,
) -> Result<GroupTable> {
    let width = (0..layout.parts()).filter(|part| compared & 1 << (part % 64) != 0);
    let width = width.map(|part| layout.words_of(part).len()).sum();
    let mut table = GroupTable::new(width, context);
    for (number, key) in words.chunks_exact(layout.words).enumerate() {
        if number % POLL_ROWS == 0 {
            context.poll()?;
        }
        project(layout, key, compared, projected);
        table.insert(projected, context)?;
    }
    Ok(table)
}
