//! The programs of recent queries, so that a text that comes again is neither parsed nor planned again.
//!
//! A program is a pure function of text, tables and types of parameters, so keeping it changes no answer. A program
//! holds snapshots of its tables: the store is emptied before a statement runs that may write, so that nothing is
//! copied for its sake.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use crate::statement::Compiled;

/// Most programs that are kept; when there are more, all are let go.
const PROGRAMS_MAX: usize = 128;
/// Longer texts are not kept: planning is a small part of what they cost.
const TEXT_BYTES_MAX: usize = 4096;

/// Programs by text.
#[derive(Default)]
pub(crate) struct Programs(Mutex<HashMap<Box<str>, Arc<Compiled>>>);

impl Programs {
    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Compiled>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program for a text, for whatever tables and parameters it was made.
    pub(crate) fn find(&self, text: &str) -> Option<Arc<Compiled>> {
        self.lock().get(text).cloned()
    }

    /// Keeps a program.
    pub(crate) fn keep(&self, text: &str, program: &Arc<Compiled>) {
        if text.len() > TEXT_BYTES_MAX {
            return;
        }
        let mut programs = self.lock();
        if programs.len() >= PROGRAMS_MAX {
            programs.clear();
        }
        programs.insert(text.into(), Arc::clone(program));
    }

    /// Lets all programs go, and with them what they hold of tables.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use crate::{Connection, params};

    fn count(connection: &Connection) -> i64 {
        let mut rows = connection.query("select count(*) from t where a > ?", params![0]).unwrap();
        rows.next().unwrap().unwrap().get(0).unwrap()
    }

    #[test]
    fn a_kept_program_sees_every_change() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute("create table t (a integer)", params![]).unwrap();
        for rows in 0..5 {
            assert_eq!(count(&connection), rows);
            assert_eq!(count(&connection), rows);
            connection.execute("insert into t values (1)", params![]).unwrap();
        }
        connection.execute("create or replace table t as select 2 as a, 3 as b", params![]).unwrap();
        assert_eq!(count(&connection), 1);
        connection.execute("drop table t", params![]).unwrap();
        assert!(connection.query("select count(*) from t where a > ?", params![0]).is_err());
    }

    #[test]
    fn parameters_of_another_type_get_another_program() {
        let connection = Connection::open_in_memory().unwrap();
        let one = |row: crate::Rows| row.columns()[0].data_type.to_string();
        assert_eq!(one(connection.query("select ? + 1", params![1i32]).unwrap()), "INTEGER");
        assert_eq!(one(connection.query("select ? + 1", params![1.5]).unwrap()), "DOUBLE");
        assert_eq!(one(connection.query("select ? + 1", params![1i32]).unwrap()), "INTEGER");
    }
}
