//! Rowmill: an SQL engine to embed.
//!
//! SQL is planned into bytecode that can be read (EXPLAIN), verified, and run over tables in memory, Arrow batches,
//! and CSV and Parquet files, which stand in FROM by their names.
//!
//! ```
//! use rowmill::{Connection, params};
//!
//! # fn main() -> rowmill::Result<()> {
//! let connection = Connection::open_in_memory()?;
//! connection.execute("CREATE TABLE trips (city VARCHAR, km DECIMAL(6,1))", ())?;
//! connection.execute("INSERT INTO trips VALUES ('Oslo', 12.5), ('Rome', 3.0), ('Oslo', 1.5)", ())?;
//!
//! let sql = "SELECT city, count(*), sum(km) FROM trips WHERE km > ? GROUP BY city ORDER BY city";
//! let mut rows = connection.query(sql, params![1])?;
//! let mut lines = Vec::new();
//! while let Some(row) = rows.next()? {
//!     lines.push(format!("{}: {} trips, {} km", row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?));
//! }
//! assert_eq!(lines, ["Oslo: 2 trips, 14.0 km", "Rome: 1 trips, 3.0 km"]);
//!
//! let error = connection.query("SELECT citi FROM trips", ()).err().expect("no such column");
//! assert_eq!(error.kind(), rowmill::ErrorKind::Name);
//! # Ok(())
//! # }
//! ```
//!
//! Modules depend on one another in this order:
//! `vectors`, `memory_table`, `sources`, `catalog`, `settings`, `params`, `from_value`, `rows`, `explain`, `ddl`, `portable`, `saved`, `statement`,
//! `connection`, `diagnostic`

mod catalog;
mod change;
mod connection;
mod ddl;
mod diagnostic;
mod explain;
mod from_row;
mod from_value;
mod huge_pages;
mod memory_table;
mod params;
mod perf_map;
mod portable;
mod programs;
mod record_batches;
mod rows;
mod saved;
mod settings;
mod sources;
mod statement;
mod vectors;
mod workers;

pub use connection::{Connection, InterruptHandle};
pub use diagnostic::{Place, place, render_error};
pub use from_row::{FromRow, Typed};
pub use from_value::FromValue;
pub use huge_pages::HugePages;
pub use params::{Parameter, Parameters, Params, ToValue};
pub use record_batches::RecordBatches;
pub use rowmill_sql::parse::{is_complete, split as split_statements};
pub use rowmill_vm::{
    CodeCacheStatistics, DataType, Error, ErrorKind, KernelVerdict, Progress, Result, Span, Value, verify_kernel_text,
};
pub use rows::{Batch, Column, ColumnIndex, Row, Rows};
pub use settings::SettingInfo;
pub use statement::Statement;
