//! Tables and views by name, and what one statement sees of them.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;
use rowmill_sql::catalog::{Catalog, DefaultNulls, Listing, ListingKind, SettingValue, View};
use rowmill_sql::plan::{IfExists, RelationKind};
use rowmill_sql::suggest::nearest;
use rowmill_vm::table::Table;
use rowmill_vm::{Error, Result, Span};

use crate::connection::Shared;
use crate::explain;
use crate::memory_table::MemoryTable;
use crate::settings::SettingInfo;

/// Every table and view of a connection.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// By name in lower case.
    by_name: HashMap<String, MemoryTable>,
    /// Views, which share their names with tables.
    views: HashMap<String, Arc<View>>,
    /// Changes with every change of names or rows.
    version: u64,
}

/// What became of a CREATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// The name may be given, to a first or another table.
    Free,
    /// The name is taken, and that is fine: nothing is to be done.
    Kept,
}

impl Tables {
    /// Locks the tables. A panic elsewhere leaves them whole: every change is made in one step.
    pub(crate) fn lock(tables: &Mutex<Tables>) -> MutexGuard<'_, Tables> {
        tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes with every change of names or rows.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// The table of that name, in whatever case.
    pub(crate) fn get(&self, name: &str) -> Option<&MemoryTable> {
        match self.by_name.get(name) {
            Some(table) => Some(table),
            None => self.by_name.get(&name.to_lowercase()),
        }
    }

    /// The table of that name for a change of its rows.
    pub(crate) fn get_mut(&mut self, name: &str, span: Span) -> Result<&mut MemoryTable> {
        self.version += 1;
        if !self.by_name.contains_key(&name.to_lowercase()) {
            return Err(self.missing(name, span));
        }
        Ok(self.by_name.get_mut(&name.to_lowercase()).expect("looked for above"))
    }

    /// The view of that name, in whatever case.
    pub(crate) fn view(&self, name: &str) -> Option<&Arc<View>> {
        self.views.get(&name.to_lowercase())
    }

    /// The names of tables and views as written, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let tables = self.by_name.values().map(|table| table.definition().name.clone());
        let mut names: Vec<String> = tables.chain(self.views.values().map(|view| view.name.clone())).collect();
        names.sort_by_cached_key(|name| name.to_lowercase());
        names
    }

    /// The error for a table that is not there.
    pub(crate) fn missing(&self, name: &str, span: Span) -> Error {
        let error = Error::name(format!("there is no table '{name}'")).at(span);
        match nearest(name, self.names().iter().map(String::as_str)) {
            Some(similar) => error.with_hint(format!("did you mean {similar}?")),
            None => error,
        }
    }

    /// Whether a table or view of that name may be made. One does not replace the other.
    pub(crate) fn room_for(&self, name: &str, kind: RelationKind, exists: IfExists, span: Span) -> Result<Room> {
        let (what, taken) = match kind {
            RelationKind::Table => ("TABLE", self.get(name).is_some()),
            RelationKind::View => ("VIEW", self.view(name).is_some()),
        };
        let other = match kind {
            RelationKind::Table => self.view(name).map(|_| "view"),
            RelationKind::View => self.get(name).map(|_| "table"),
        };
        match (other, taken, exists) {
            (None, false, _) | (None, true, IfExists::Replace) => Ok(Room::Free),
            (_, _, IfExists::Keep) => Ok(Room::Kept),
            (Some(other), _, _) => Err(Error::name(format!("'{name}' is a {other} already"))
                .at(span)
                .with_hint(format!("DROP {} takes it away", other.to_uppercase()))),
            (None, true, IfExists::Error) => {
                Err(Error::name(format!("{} '{name}' is there already", what.to_lowercase()))
                    .at(span)
                    .with_hint(format!("CREATE OR REPLACE {what} replaces it, CREATE {what} IF NOT EXISTS keeps it")))
            }
        }
    }

    /// Puts a table under its name, in place of the one that had it.
    pub(crate) fn put(&mut self, table: MemoryTable) {
        self.version += 1;
        self.by_name.insert(table.definition().name.to_lowercase(), table);
    }

    /// Puts a view under its name, in place of the one that had it.
    pub(crate) fn put_view(&mut self, view: Arc<View>) {
        self.version += 1;
        self.views.insert(view.name.to_lowercase(), view);
    }

    /// Takes a table or a view away; says whether it was there.
    pub(crate) fn remove(&mut self, name: &str, kind: RelationKind) -> bool {
        self.version += 1;
        match kind {
            RelationKind::Table => self.by_name.remove(&name.to_lowercase()).is_some(),
            RelationKind::View => self.views.remove(&name.to_lowercase()).is_some(),
        }
    }
}

/// What one statement sees: each table and file as it was when it was first asked for.
pub(crate) struct Snapshot<'a> {
    shared: &'a Shared,
    seen: RefCell<Vec<(Seen, Arc<dyn Table>)>>,
    seen_views: RefCell<Vec<Arc<View>>>,
    reads_files: Cell<bool>,
}

#[derive(PartialEq, Eq)]
enum Seen {
    Table(String),
    File(String),
    NamedFile(String),
}

impl<'a> Snapshot<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Snapshot<'a> {
        let (seen, seen_views) = (RefCell::default(), RefCell::default());
        Snapshot { shared, seen, seen_views, reads_files: Cell::new(false) }
    }

    /// Whether a file was asked for: it may change unnoticed, so that the plan serves once.
    pub(crate) fn reads_files(&self) -> bool {
        self.reads_files.get()
    }

    fn seen(&self, key: &Seen) -> Option<Arc<dyn Table>> {
        self.seen.borrow().iter().find(|(seen, _)| seen == key).map(|(_, table)| Arc::clone(table))
    }
}

impl Catalog for Snapshot<'_> {
    fn table(&self, name: &str) -> Option<Arc<dyn Table>> {
        let key = Seen::Table(name.to_lowercase());
        if let Some(table) = self.seen(&key) {
            return Some(table);
        }
        let table: Arc<dyn Table> = Arc::new(Tables::lock(&self.shared.tables).get(name)?.snapshot());
        self.seen.borrow_mut().push((key, Arc::clone(&table)));
        Some(table)
    }

    fn view(&self, name: &str) -> Option<Arc<View>> {
        let mut seen = self.seen_views.borrow_mut();
        if let Some(view) = seen.iter().find(|view| view.name.eq_ignore_ascii_case(name)) {
            return Some(Arc::clone(view));
        }
        let view = Arc::clone(Tables::lock(&self.shared.tables).view(name)?);
        seen.push(Arc::clone(&view));
        Some(view)
    }

    fn settings(&self) -> Vec<SettingValue> {
        let value = |setting: SettingInfo| SettingValue {
            name: setting.name.to_owned(),
            value: setting.value,
            doc: setting.doc.to_owned(),
        };
        self.shared.settings().list().into_iter().map(value).collect()
    }

    fn default_nulls(&self) -> DefaultNulls {
        self.shared.settings().default_nulls
    }

    fn named_file(&self, name: &str) -> Option<Result<Arc<dyn Table>>> {
        let key = Seen::NamedFile(name.to_lowercase());
        if let Some(table) = self.seen(&key) {
            return Some(Ok(table));
        }
        let table = self.shared.files.named(name)?;
        self.reads_files.set(true);
        if let Ok(table) = &table {
            self.seen.borrow_mut().push((key, Arc::clone(table)));
        }
        Some(table)
    }

    fn table_names(&self) -> Vec<String> {
        let mut names = Tables::lock(&self.shared.tables).names();
        names.extend(self.shared.files.names());
        names.sort_by_cached_key(|name| name.to_lowercase());
        names
    }

    fn listing(&self, kind: ListingKind, query: &str) -> Result<Listing> {
        explain::of_query(self.shared, self, kind, query)
    }

    fn file(&self, path: &str) -> Result<Arc<dyn Table>> {
        self.reads_files.set(true);
        let key = Seen::File(path.to_owned());
        if let Some(table) = self.seen(&key) {
            return Ok(table);
        }
        let table = self.shared.files.open(path)?;
        self.seen.borrow_mut().push((key, Arc::clone(&table)));
        Ok(table)
    }
}
