//! Files as tables. The format comes from the extension; a format is one file here and one row in [`FORMATS`].

mod csv;
mod file;
mod guard;
mod ipc;
mod parquet;
#[cfg(test)]
pub(crate) mod testing;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::datatypes::Field as ArrowField;
use hashbrown::HashMap;
use rowmill_sql::suggest::nearest;
use rowmill_vm::table::{Table, TableColumn};
use rowmill_vm::vector::arrow::{data_type_from_arrow, form_from_arrow};
use rowmill_vm::{Error, ErrorKind, Result};

use file::{SourceFile, Version};

/// Files whose columns are remembered. Beyond that all are forgotten, which costs only time.
const REMEMBERED_FILES_MAX: usize = 256;

/// A kind of file.
#[derive(Debug)]
pub(crate) struct Format {
    extensions: &'static [&'static str],
    open: fn(SourceFile) -> Result<Arc<dyn Table>>,
}

/// Every kind of file that can stand in FROM.
static FORMATS: &[&Format] = &[&CSV, &PARQUET, &IPC];
/// Comma-separated values.
pub(crate) static CSV: Format = Format { extensions: &["csv", "tsv", "tbl", "txt"], open: csv::open };
/// Parquet.
pub(crate) static PARQUET: Format = Format { extensions: &["parquet", "pq"], open: parquet::open };
/// Arrow files and streams.
pub(crate) static IPC: Format = Format { extensions: &["arrow", "arrows", "ipc", "feather"], open: ipc::open };

/// The files that were opened, so that a statement that runs again need not look at them again, and the names that
/// some were given.
#[derive(Debug, Default)]
pub(crate) struct Files {
    remembered: Mutex<HashMap<String, Remembered>>,
    /// By name in lower case.
    named: Mutex<HashMap<String, Named>>,
}

/// A file as it was when it was opened.
#[derive(Debug)]
struct Remembered {
    version: Version,
    format: &'static Format,
    table: Arc<dyn Table>,
}

/// A file that stands in FROM by a name.
#[derive(Clone, Debug)]
struct Named {
    /// As written.
    name: String,
    path: String,
    format: &'static Format,
}

/// A column as the schema of a file has it, in the words of Arrow.
fn arrow_column(path: &str, field: &ArrowField, nullable: bool) -> Result<TableColumn> {
    let (name, arrow) = (field.name(), field.data_type());
    let data_type = data_type_from_arrow(arrow, field.metadata()).ok_or_else(|| {
        Error::unsupported(format!("file '{path}': column '{name}' of Arrow type {arrow} cannot be read yet"))
    })?;
    let form = form_from_arrow(arrow, &data_type);
    Ok(TableColumn { name: name.clone(), data_type, form, nullable })
}

impl Files {
    /// The file at `path`, opened far enough to know its columns; its format is known by its name.
    pub(crate) fn open(&self, path: &str) -> Result<Arc<dyn Table>> {
        self.open_as(path, None)
    }

    fn open_as(&self, path: &str, format: Option<&'static Format>) -> Result<Arc<dyn Table>> {
        let metadata = std::fs::metadata(path).map_err(|error| open_error(path, error))?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::Io, format!("'{path}' is a directory, not a file")));
        }
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::Io, format!("'{path}' is not a regular file")));
        }
        let format = match format {
            Some(format) => format,
            None => find_format(path)?,
        };
        let version = Version::of(&metadata);
        let same = |known: &&Remembered| known.version == version && std::ptr::eq(known.format, format);
        let remembered = lock(&self.remembered).get(path).filter(same).map(|known| Arc::clone(&known.table));
        if let Some(table) = remembered {
            return Ok(table);
        }
        let file = SourceFile::open(path)?;
        let version = file.version();
        let table = (format.open)(file)?;
        let mut files = lock(&self.remembered);
        if files.len() >= REMEMBERED_FILES_MAX {
            files.clear();
        }
        files.insert(path.to_owned(), Remembered { version, format, table: Arc::clone(&table) });
        Ok(table)
    }

    /// Gives the file at `path` a name, in place of one that had it; fails if it cannot be read.
    pub(crate) fn register(&self, name: &str, path: &str, format: &'static Format) -> Result<()> {
        self.open_as(path, Some(format))?;
        let named = Named { name: name.to_owned(), path: path.to_owned(), format };
        lock(&self.named).insert(name.to_lowercase(), named);
        Ok(())
    }

    /// Takes a name away, if it is there.
    pub(crate) fn forget(&self, name: &str) {
        lock(&self.named).remove(&name.to_lowercase());
    }

    /// The file of that name, in whatever case, as it is now.
    pub(crate) fn named(&self, name: &str) -> Option<Result<Arc<dyn Table>>> {
        let named = lock(&self.named).get(&name.to_lowercase()).cloned()?;
        Some(self.open_as(&named.path, Some(named.format)))
    }

    /// The names that files were given, as written.
    pub(crate) fn names(&self) -> Vec<String> {
        lock(&self.named).values().map(|named| named.name.clone()).collect()
    }
}

/// Locks a part. A panic elsewhere leaves it whole: every change is made in one step.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find_format(path: &str) -> Result<&'static Format> {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let known = |format: &&&Format| format.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension));
    FORMATS.iter().find(known).copied().ok_or_else(|| {
        let known: Vec<String> =
            FORMATS.iter().flat_map(|format| format.extensions).map(|extension| format!(".{extension}")).collect();
        Error::unsupported(format!("the format of file '{path}' is not known by its name"))
            .with_hint(format!("files that can be read end in {}", known.join(", ")))
    })
}

fn open_error(path: &str, error: std::io::Error) -> Error {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Error::new(ErrorKind::Io, format!("cannot read file '{path}': {error}")).with_source(error);
    }
    let missing = Error::new(ErrorKind::Io, format!("file '{path}' does not exist")).with_source(error);
    match similar_file(path) {
        Some(similar) => missing.with_hint(format!("did you mean '{similar}'?")),
        None => missing,
    }
}

/// A file in the same folder whose name is nearly that of a file that is not there.
fn similar_file(path: &str) -> Option<String> {
    let path = Path::new(path);
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let name = path.file_name()?.to_str()?;
    let mut names: Vec<String> =
        std::fs::read_dir(listed).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    // The order in which a folder lists its files is nobody's choice.
    names.sort();
    let similar = nearest(name, names.iter().map(String::as_str))?;
    Some(folder.join(similar).to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TempFolder;

    #[test]
    fn files_that_cannot_be_read_say_why() {
        let folder = TempFolder::new();
        folder.write("orders.csv", "a\n1\n");
        folder.write("plain", "x");
        folder.write("cut.parquet", "PAR1 this is no footer PAR1");
        folder.write("none.parquet", "");
        let path = folder.path();
        for (name, expected) in [
            ("/order.csv", "io error: file '/order.csv' does not exist (hint: did you mean '/orders.csv'?)"),
            ("/nowhere/a.csv", "io error: file '/nowhere/a.csv' does not exist"),
            ("", "io error: '' is a directory, not a file"),
            (
                "/plain",
                "unsupported error: the format of file '/plain' is not known by its name (hint: files that can be \
                 read end in .csv, .tsv, .tbl, .txt, .parquet, .pq, .arrow, .arrows, .ipc, .feather)",
            ),
            ("/none.parquet", "data error: file '/none.parquet' is empty"),
        ] {
            let error = Files::default().open(&format!("{path}{name}")).unwrap_err();
            assert_eq!(error.to_string().replace(path, ""), expected);
        }
        let error = Files::default().open(&format!("{path}/cut.parquet")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().contains("cut.parquet' is no Parquet file"), "{error}");
    }

    /// The error of a scan whose file is changed by `change` once the first batch was read.
    fn changed(name: &str, content: &[u8], change: impl FnOnce(&str)) -> String {
        let folder = TempFolder::new();
        let path = folder.write(name, content);
        let table = Files::default().open(&path).unwrap();
        let scan = table.scan(&[0], rowmill_vm::table::Wanted::default(), &rowmill_vm::Context::unlimited()).unwrap();
        let mut reader = scan.reader().unwrap();
        let mut columns = [rowmill_vm::Vector::empty(table.columns()[0].form)];
        reader.start(scan.claim().unwrap().unwrap()).unwrap();
        assert!(reader.next(1, &mut columns).unwrap() > 0);
        change(&path);
        let mut rest = || -> Result<()> {
            loop {
                while reader.next(2048, &mut columns)? > 0 {}
                let Some(morsel) = scan.claim()? else {
                    return Ok(());
                };
                reader.start(morsel)?;
            }
        };
        rest().expect_err("the file has changed").to_string().replace(folder.path(), "")
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error() {
        let expected =
            |name| format!("io error: file '/{name}' was changed while it was read (hint: run the statement again)");
        let csv: String = (0..400_000).map(|i| format!("{i},text\n")).collect();
        let append = |path: &str| {
            use std::io::Write;
            std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"1,2\n").unwrap();
        };
        assert_eq!(changed("t.csv", csv.as_bytes(), append), expected("t.csv"));
        let replace = |path: &str| {
            let other = format!("{path}.other");
            std::fs::copy(path, &other).unwrap();
            std::fs::rename(&other, path).unwrap();
        };
        assert_eq!(changed("t.csv", csv.as_bytes(), replace), expected("t.csv"));
        assert_eq!(changed("t.parquet", &parquet::tests::bytes(), append), expected("t.parquet"));
        assert_eq!(changed("t.arrow", &ipc::tests::stream_bytes(Default::default()), append), expected("t.arrow"));
    }
}
