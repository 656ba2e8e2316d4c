//! A connection: tables, settings and memory, and the way in for statements.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use rowmill_sql::plan::{IfExists, RelationKind, Setting};
use rowmill_vm::{
    CodeCache, CodeCacheStatistics, Context, DataType, Helpers, MemoryAccount, Progress, ProgressCallback, Result,
    Span, Value,
};

use crate::catalog::Tables;
use crate::from_row::{FromRow, Typed};
use crate::memory_table::MemoryTable;
use crate::params::Params;
use crate::perf_map;
use crate::programs::Programs;
use crate::rows::{Column, Rows};
use crate::settings::{SettingInfo, Settings};
use crate::sources::{self, Files};
use crate::statement::Statement;
use crate::workers::Workers;

/// A connection to tables in memory and to files. Opening one starts no thread and reads nothing.
///
/// It can be sent to other threads and shared between them; each statement sees the tables as they were when it
/// began.
pub struct Connection(Arc<Shared>);

/// What a connection and its statements share.
pub(crate) struct Shared {
    pub(crate) tables: Mutex<Tables>,
    pub(crate) files: Files,
    /// Programs of recent queries.
    pub(crate) programs: Programs,
    /// Machine code of recent kernels.
    code_cache: Arc<CodeCache>,
    /// Memory of tables and statements together.
    pub(crate) account: Arc<MemoryAccount>,
    settings: Mutex<Settings>,
    /// Threads that help; as many as the settings say.
    workers: Mutex<Arc<Workers>>,
    interrupt: Arc<AtomicBool>,
    /// Who hears how far statements have come, and how often.
    progress: Mutex<Option<(Duration, Arc<ProgressCallback>)>>,
}

/// Stops what a connection is doing, from another thread or a signal handler.
#[derive(Clone, Debug)]
pub struct InterruptHandle(Arc<AtomicBool>);

impl InterruptHandle {
    /// Stops the statements that are running; they fail with kind `Cancelled`. A statement that starts later is
    /// not stopped.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Connection {
    /// A connection without tables.
    pub fn open_in_memory() -> Result<Connection> {
        let settings = Settings::default();
        Ok(Connection(Arc::new(Shared {
            tables: Mutex::default(),
            files: Files::default(),
            programs: Programs::default(),
            code_cache: Arc::new(CodeCache::new(settings.code_cache_bytes)),
            account: MemoryAccount::new(settings.memory_limit_bytes),
            workers: Mutex::new(Arc::new(Workers::new(settings.threads))),
            settings: Mutex::new(settings),
            interrupt: Arc::default(),
            progress: Mutex::default(),
        })))
    }

    /// Prepares exactly one statement. Mistakes in it are found here, unless they depend on parameters.
    pub fn prepare(&self, sql: &str) -> Result<Statement> {
        Statement::prepare(Arc::clone(&self.0), sql)
    }

    /// A query that [`Statement::save`] has saved, here or elsewhere, over this connection's tables. The bytes may come from
    /// anywhere: what is no program, or not of this version, or does not fit the tables is an error that says so, and what
    /// runs has been verified here.
    pub fn load(&self, bytes: &[u8]) -> Result<Statement> {
        Statement::load(Arc::clone(&self.0), bytes)
    }

    /// Runs one statement to its end and says how many rows it has changed.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<u64> {
        let mut rows = self.query(sql, params)?;
        while rows.next_batch()?.is_some() {}
        Ok(rows.changes())
    }

    /// Runs one statement and gives its rows as they are computed. A statement that gives no rows is done when this
    /// returns; its result has no columns.
    pub fn query(&self, sql: &str, params: impl Params) -> Result<Rows> {
        Statement::query_text(&self.0, sql, params.into_parameters())
    }

    /// Runs one statement and gives its rows as values of a type: tuples, or what implements [`FromRow`].
    pub fn query_as<T: FromRow>(&self, sql: &str, params: impl Params) -> Result<Typed<T>> {
        self.query(sql, params).map(Rows::into_typed)
    }

    /// Runs one statement and gives its only row; fails if there is none, or more than one.
    pub fn query_one<T: FromRow>(&self, sql: &str, params: impl Params) -> Result<T> {
        self.query(sql, params)?.into_only()
    }

    /// Lets `callback` hear how far a statement has come, at most once in `every`; it may end the statement, which then
    /// fails with kind `Cancelled`. It is called by whichever thread reads. Statements that begin later are heard.
    ///
    /// ```
    /// # fn main() -> rowmill::Result<()> {
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    ///
    /// let connection = rowmill::Connection::open_in_memory()?;
    /// connection.on_progress(Duration::from_millis(100), |progress| {
    ///     if let Some(total) = progress.rows_total {
    ///         eprintln!("{} of {total} rows", progress.rows_read);
    ///     }
    ///     ControlFlow::Continue(())
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_progress(&self, every: Duration, callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) {
        *self.0.progress() = Some((every, Arc::new(callback)));
    }

    /// Makes Arrow batches a read-only table, in place of a table of that name. Their columns are shared, not copied.
    pub fn register_arrow(&self, name: &str, batches: &[RecordBatch]) -> Result<()> {
        let table = MemoryTable::from_arrow(name.to_owned(), batches, &self.0.account)?;
        let mut tables = Tables::lock(&self.0.tables);
        tables.room_for(name, RelationKind::Table, IfExists::Replace, Span::NONE)?;
        tables.put(table);
        self.0.files.forget(name);
        Ok(())
    }

    /// Gives the CSV file at `path` a name to stand in FROM, in place of a table or file of that name. Its columns are
    /// looked at now, and again when the file has changed.
    ///
    /// ```no_run
    /// # fn main() -> rowmill::Result<()> {
    /// let connection = rowmill::Connection::open_in_memory()?;
    /// connection.register_csv("trips", "data/trips.csv")?;
    /// let rows: i64 = connection.query_one("SELECT count(*) FROM trips", ())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn register_csv(&self, name: &str, path: &str) -> Result<()> {
        self.register(name, path, &sources::CSV)
    }

    /// Gives the Parquet file at `path` a name to stand in FROM, in place of a table or file of that name.
    pub fn register_parquet(&self, name: &str, path: &str) -> Result<()> {
        self.register(name, path, &sources::PARQUET)
    }

    /// Gives the Arrow IPC file or stream at `path` a name to stand in FROM, in place of a table or file of that name.
    pub fn register_ipc(&self, name: &str, path: &str) -> Result<()> {
        self.register(name, path, &sources::IPC)
    }

    fn register(&self, name: &str, path: &str, format: &'static sources::Format) -> Result<()> {
        self.0.files.register(name, path, format)?;
        self.0.programs.clear();
        let mut tables = Tables::lock(&self.0.tables);
        tables.remove(name, RelationKind::Table);
        tables.remove(name, RelationKind::View);
        Ok(())
    }

    /// A handle that stops this connection's statements.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.0.interrupt))
    }

    /// The tables' names as written, in order.
    pub fn table_names(&self) -> Vec<String> {
        Tables::lock(&self.0.tables).names()
    }

    /// The columns of a table.
    pub fn table_columns(&self, name: &str) -> Result<Vec<Column>> {
        let tables = Tables::lock(&self.0.tables);
        let table = tables.get(name).ok_or_else(|| tables.missing(name, Span::NONE))?;
        let columns = table.definition().columns.iter();
        Ok(columns.map(|c| Column { name: c.name.clone(), data_type: c.data_type.clone() }).collect())
    }

    /// Sets how many bytes tables and running statements may hold together: `SET memory_limit`.
    pub fn set_memory_limit(&self, bytes: u64) -> Result<()> {
        self.change("memory_limit", Value::from_i128(bytes.into(), &DataType::BigInt))
    }

    /// Sets how many threads a statement may use, the calling one among them: `SET threads`.
    pub fn set_threads(&self, threads: usize) -> Result<()> {
        self.change("threads", Value::from_i128(threads as i128, &DataType::BigInt))
    }

    /// Sets how long a statement may take: `SET timeout`.
    pub fn set_timeout(&self, timeout: Option<Duration>) -> Result<()> {
        let millis = timeout.map_or(0, |timeout| timeout.as_millis());
        self.change("timeout", Value::text(format!("{millis}ms")))
    }

    fn change(&self, name: &str, value: Value) -> Result<()> {
        self.0.set(&Setting { name: name.to_owned(), value, span: Span::NONE })
    }

    /// What the cache of machine code holds, and what became of it so far.
    pub fn code_cache(&self) -> CodeCacheStatistics {
        self.0.code_cache.statistics()
    }

    /// Every setting with its value.
    pub fn settings(&self) -> Vec<SettingInfo> {
        self.0.settings().list()
    }
}

impl Shared {
    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SET name = value.
    pub(crate) fn set(&self, setting: &Setting) -> Result<()> {
        self.change(|settings| settings.set(&setting.name, &setting.value, setting.span))
            .map_err(|error| error.at(setting.span))
    }

    /// RESET name.
    pub(crate) fn reset(&self, name: &str, span: Span) -> Result<()> {
        self.change(|settings| settings.reset(name, span))
    }

    /// Changes settings, and brings what follows from them up to date. If that fails all is as before.
    fn change(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        let mut settings = self.settings();
        let mut changed = settings.clone();
        change(&mut changed)?;
        if changed.jit_symbols != settings.jit_symbols {
            let file = if changed.jit_symbols.is_for_profilers() { Some(perf_map::open()?) } else { None };
            self.code_cache.set_symbols(changed.jit_symbols, file);
        }
        self.apply(&changed);
        *settings = changed;
        Ok(())
    }

    fn apply(&self, settings: &Settings) {
        self.account.set_limit(settings.memory_limit_bytes);
        self.code_cache.set_capacity(settings.code_cache_bytes);
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        if workers.count() + 1 != settings.threads {
            *workers = Arc::new(Workers::new(settings.threads));
        }
    }

    /// What a statement that starts now may use.
    pub(crate) fn context(&self) -> Context {
        let settings = self.settings();
        // An interrupt that came while nothing was running stops nothing.
        self.interrupt.store(false, Ordering::Relaxed);
        let deadline = settings.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let context =
            Context::new(Arc::clone(&self.account), Arc::clone(&self.interrupt), deadline, settings.batch_rows);
        let workers = Arc::clone(&self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        let context = context.with_helpers(workers).with_jit(settings.jit);
        let context = context.with_steps_per_row_max(settings.steps_per_row_max);
        let context = context.with_code_cache(Arc::clone(&self.code_cache));
        match &*self.progress() {
            Some((every, callback)) => context.with_progress(*every, Arc::clone(callback)),
            None => context,
        }
    }

    fn progress(&self) -> MutexGuard<'_, Option<(Duration, Arc<ProgressCallback>)>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
