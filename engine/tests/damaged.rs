//! Damaged files: an error or an answer, and nothing else. No panic leaves the engine, none is heard by the host's
//! panic hook, and no file takes long.

use std::panic::{catch_unwind, set_hook, take_hook};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use rowmill::{Connection, ErrorKind};

/// Longer than any of these files may take, on a busy machine.
const FILE_TIME_MAX: Duration = Duration::from_secs(20);
/// Mutations of each file.
const MUTATIONS: u64 = 700;

static HEARD: AtomicUsize = AtomicUsize::new(0);

fn rows() -> RecordBatch {
    let rows = || 0..60i64;
    let odd = |i: i64| (i % 2 == 1).then_some(i);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int64Array::from_iter_values(rows()))),
        ("d", Arc::new(rows().map(|i| odd(i).map(i128::from)).collect::<Decimal128Array>())),
        ("s", Arc::new(StringArray::from_iter(rows().map(|i| odd(i).map(|i| format!("string number {}", i % 7)))))),
        ("day", Arc::new(Date32Array::from_iter_values(rows().map(|i| i as i32)))),
        (
            "l",
            Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
                rows().map(|i| odd(i).map(|i| vec![Some(i as i32), None])),
            )),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn parquet(compression: Compression) -> Vec<u8> {
    let properties =
        WriterProperties::builder().set_max_row_group_row_count(Some(25)).set_compression(compression).build();
    let (mut bytes, batch) = (Vec::new(), rows());
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn arrow_file(compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let (mut bytes, batch) = (Vec::new(), rows());
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn arrow_stream() -> Vec<u8> {
    let (mut bytes, batch) = (Vec::new(), rows());
    let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn csv() -> Vec<u8> {
    (0..60).map(|i| format!("{i},\"text \"\"{i}\"\"\",2024-01-0{}\r\n", i % 9 + 1)).collect::<String>().into_bytes()
}

/// A generator of Marsaglia's (xorshift): the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Cuts, flips, overwrites or repeats something.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
                3 => {
                    let length = self.below(9).min(bytes.len() - at);
                    bytes[at..at + length].fill([0, 0x7f, 0xff][self.below(3)]);
                }
                4 => {
                    let length = self.below(20).min(bytes.len() - at);
                    let piece = bytes[at..at + length].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                _ => {
                    let length = self.below(8).min(bytes.len() - at);
                    bytes.drain(at..at + length);
                    if bytes.is_empty() {
                        bytes.push(0);
                    }
                }
            }
        }
    }
}

/// Reads all of a file, and counts its rows without reading; says whether one of them failed.
fn read(connection: &Connection, path: &str) -> bool {
    let mut failed = false;
    for sql in [format!("select * from '{path}'"), format!("select count(*) from '{path}'")] {
        let started = Instant::now();
        let outcome = catch_unwind(|| -> rowmill::Result<()> {
            let mut rows = connection.query(&sql, ())?;
            while let Some(batch) = rows.next_batch()? {
                let mut text = String::new();
                (0..batch.columns().len()).for_each(|column| batch.write_text(0, column, &mut text));
            }
            Ok(())
        });
        assert!(started.elapsed() < FILE_TIME_MAX, "{path} took {:?}", started.elapsed());
        if let Err(error) = outcome.unwrap_or_else(|_| panic!("a panic came out of the engine for {path}")) {
            let expected = [ErrorKind::Data, ErrorKind::Unsupported, ErrorKind::Limit, ErrorKind::Type];
            assert!(expected.contains(&error.kind()), "{path}: {error}");
            failed = true;
        }
    }
    failed
}

#[test]
fn damaged_files_are_errors_and_nothing_else() {
    let before = take_hook();
    set_hook(Box::new(move |panic| {
        HEARD.fetch_add(1, Ordering::Relaxed);
        before(panic);
    }));
    let folder: PathBuf = std::env::temp_dir().join(format!("rowmill-damaged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    connection.execute("set memory_limit = '64MB'", ()).unwrap();
    for (name, whole) in [
        ("snappy.parquet", parquet(Compression::SNAPPY)),
        ("plain.parquet", parquet(Compression::UNCOMPRESSED)),
        ("plain.arrow", arrow_file(None)),
        ("zstd.arrow", arrow_file(Some(CompressionType::ZSTD))),
        ("lz4.arrow", arrow_file(Some(CompressionType::LZ4_FRAME))),
        ("stream.arrows", arrow_stream()),
        ("text.csv", csv()),
    ] {
        let path = folder.join(name);
        let path = path.to_str().unwrap();
        std::fs::write(path, &whole).unwrap();
        assert!(!read(&connection, path), "{name} is whole");
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let mut failed = 0;
        for _ in 0..MUTATIONS {
            let mut bytes = whole.clone();
            random.damage(&mut bytes);
            // Another file each time, whatever the clock says.
            std::fs::remove_file(path).unwrap();
            std::fs::write(path, &bytes).unwrap();
            failed += usize::from(read(&connection, path));
        }
        assert!(failed > 50, "only {failed} files of {name} were refused");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(HEARD.load(Ordering::Relaxed), 0, "panics were heard");
    assert!(catch_unwind(|| panic!("one that is to be heard")).is_err());
    assert_eq!(HEARD.load(Ordering::Relaxed), 1);
    // The hook that counts says nothing more of this test.
    let _ = take_hook();
}
