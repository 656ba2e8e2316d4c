//! The file in which perf looks for the names of code that is made at run time: `/tmp/perf-PID.map`, a line for each
//! function with its address and length in hexadecimal (`tools/perf/Documentation/jit-interface.txt` of Linux).

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use rowmill_vm::{Error, ErrorKind, Result, SymbolFile};

/// The file, open to be written.
#[derive(Debug)]
struct PerfMap(File);

/// The file of this process, once it is open: all connections write to the same.
static OPEN: Mutex<Option<Arc<PerfMap>>> = Mutex::new(None);

/// Opens the file, which the process has for itself from then on. What a process of the same number may have left there
/// goes.
pub(crate) fn open() -> Result<Arc<dyn SymbolFile>> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(map) = &*open {
        return Ok(Arc::clone(map) as Arc<dyn SymbolFile>);
    }
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write file '{path}': {error}")).with_source(error)
    };
    // Anybody may write to the folder: a file that is there already may be another's, or lead to another's. It is replaced
    // where this process may do so, and never written through.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let file = OpenOptions::new().append(true).create_new(true).open(&path).map_err(failed)?;
    let map = Arc::new(PerfMap(file));
    *open = Some(Arc::clone(&map));
    Ok(map)
}

impl SymbolFile for PerfMap {
    fn add(&self, address: usize, bytes: usize, name: &str) {
        // One write a line: lines of several threads stay whole.
        let line = format!("{address:x} {bytes:x} {name}\n");
        let _ = (&self.0).write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use crate::Connection;

    fn lines() -> Vec<String> {
        let text = std::fs::read_to_string(format!("/tmp/perf-{}.map", std::process::id())).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// The name of the first kernel of a query, if it is compiled.
    fn name(connection: &Connection, query: &str) -> Option<String> {
        let mut rows = connection.query(&format!("explain (asm) {query}"), ()).unwrap();
        let header: String = rows.next().unwrap().unwrap().get(0).unwrap();
        let name = header.split_whitespace().last().unwrap().to_owned();
        name.starts_with("rowmill_kernel_").then_some(name)
    }

    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "the file is Linux's")]
    fn profilers_find_what_was_compiled_before_and_what_is_compiled_later() {
        let c = Connection::open_in_memory().unwrap();
        c.execute("create table t as select * from (values (1, 2), (3, 4)) as t(a, b)", ()).unwrap();
        c.execute("set jit = 'on'", ()).unwrap();
        let queries = ["select sum(a * 5 + b) from t where a + b > 3", "select sum(a * 7 + b) from t where a - b < 3"];
        let Some(names) = queries.map(|query| name(&c, query)).into_iter().collect::<Option<Vec<_>>>() else { return };
        let listed = |name: &str| {
            let found: Vec<_> = lines().into_iter().filter(|line| line.contains(name)).collect();
            for line in &found {
                let words: Vec<&str> = line.split(' ').collect();
                let [address, bytes] = [0, 1].map(|word| usize::from_str_radix(words[word], 16).unwrap());
                assert!(address > 0 && bytes > 0 && words.len() == 3 && words[2].starts_with(name), "{line}");
            }
            !found.is_empty()
        };
        c.execute(queries[0], ()).unwrap();
        c.execute("set jit_symbols = 'perf'", ()).unwrap();
        assert!(listed(&names[0]));
        assert!(!listed(&names[1]));
        c.execute(queries[1], ()).unwrap();
        assert!(listed(&names[1]));
        // A connection of the same process goes on in the same file, and nobody is told twice.
        let count = lines().len();
        Connection::open_in_memory().unwrap().execute("set jit_symbols = 'all'", ()).unwrap();
        c.execute("set jit_symbols = 'perf'", ()).unwrap();
        assert_eq!(lines().len(), count);
    }
}
