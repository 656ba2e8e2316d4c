//! Folders for tests, and reading whole tables.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rowmill_vm::table::{Table, Wanted};
use rowmill_vm::{Context, DataType, Vector, format};

/// A folder that is gone when the test is over.
pub(crate) struct TempFolder(PathBuf);

impl TempFolder {
    pub(crate) fn new() -> TempFolder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rowmill-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        TempFolder(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("a path of our own")
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("a file for the test");
        path.to_str().expect("a path of our own").to_owned()
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // A folder that stays behind is no failure of the test.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The rows of a table as text, and the error that ended them.
pub(crate) fn scan(table: &dyn Table, columns: &[usize], rows_max: usize) -> String {
    let mut shown = String::new();
    let mut vectors: Vec<Vector> =
        columns.iter().map(|column| Vector::empty(table.form(*column).expect("a column"))).collect();
    let mut run = || {
        let scan = table.scan(columns, Wanted::default(), &Context::unlimited())?;
        let mut reader = scan.reader()?;
        while let Some(morsel) = scan.claim()? {
            reader.start(morsel)?;
            loop {
                let rows = reader.next(rows_max, &mut vectors)?;
                if rows == 0 {
                    break;
                }
                for row in 0..rows {
                    for (vector, column) in vectors.iter().zip(columns) {
                        assert_eq!(vector.len(), rows);
                        let data_type = &table.columns()[*column].data_type;
                        match table.dictionary(*column) {
                            Some(strings) if vector.validity.is_valid(row) => {
                                let number = vector.value(row, &DataType::Integer).as_i128().expect("a number");
                                format::write_text(strings, number as usize, data_type, &mut shown);
                            }
                            _ => format::write_text(vector, row, data_type, &mut shown),
                        }
                        shown.push('|');
                    }
                    shown.push('\n');
                }
            }
        }
        Ok::<(), crate::Error>(())
    };
    let result = run();
    match result {
        Ok(()) => shown,
        Err(error) => format!("{shown}{error}"),
    }
}
