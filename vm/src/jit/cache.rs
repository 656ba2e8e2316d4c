//! Machine code by kernel: what was compiled for one statement serves others that have the same kernel.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{JitSymbols, Reason, SymbolFile, Symbols, compile};
use crate::kernel::VerifiedKernel;
use crate::kernel::interpret::native::NativeKernel;

/// Bytes that an entry takes besides its key, its code and its plan.
const ENTRY_BYTES: u64 = 512;

/// What compiling a kernel gave.
pub(crate) type Outcome = Result<Arc<NativeKernel>, Reason>;

/// Machine code of recent kernels, shared by the statements of a database.
///
/// The key is all that code depends on: a kernel's bytes (its instructions, lanes, constants, the forms of its columns) and the
/// proof of what its inputs hold, by which widths are chosen and checks left out; not the places in the text that it came
/// from. So a statement that is prepared again, or another one with the same kernel, finds the code.
///
/// When it holds more than its capacity, what was not asked for the longest goes first. Who runs such code keeps it: its
/// pages are freed when the last statement that refers to them ends.
pub struct CodeCache {
    state: Mutex<State>,
    fingerprints: DefaultHashBuilder,
    capacity_bytes: AtomicU64,
}

#[derive(Default)]
struct State {
    /// By fingerprint, then by key: a key is long, so it is made only where some kernel has the fingerprint.
    entries: HashTable<Entry>,
    /// The fingerprints by when their kernels were asked for last.
    order: BTreeMap<u64, u64>,
    clock: u64,
    counts: CodeCacheStatistics,
    /// Who is told of code.
    symbols: Symbols,
}

struct Entry {
    fingerprint: u64,
    key: Box<[u8]>,
    outcome: Outcome,
    used: u64,
    bytes: u64,
}

/// What a code cache holds and what became of it so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeCacheStatistics {
    /// Kernels that are held, those among them that have nothing to compile.
    pub kernels: u64,
    /// Bytes that they take, whole pages of code.
    pub bytes: u64,
    /// How often code was found.
    pub hits: u64,
    /// How often a kernel was compiled.
    pub misses: u64,
    /// How many kernels were let go because there was too much.
    pub evictions: u64,
}

/// Where the code of a kernel came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was compiled, in so much time.
    Compiled(Duration),
    /// The cache had it.
    Cache,
}

impl CodeCache {
    /// An empty cache that holds at most so many bytes; with 0 it keeps nothing.
    pub fn new(capacity_bytes: u64) -> CodeCache {
        let fingerprints = DefaultHashBuilder::default();
        CodeCache { state: Mutex::default(), fingerprints, capacity_bytes: AtomicU64::new(capacity_bytes) }
    }

    /// Sets how many bytes it may hold, and lets go what is too much.
    pub fn set_capacity(&self, capacity_bytes: u64) {
        self.capacity_bytes.store(capacity_bytes, Ordering::Relaxed);
        self.lock().evict(capacity_bytes);
    }

    /// Sets who is told of machine code that is compiled from now on, and of what is held. A debugger that was told
    /// knows of code until it is freed, whatever is set later.
    pub fn set_symbols(&self, symbols: JitSymbols, file: Option<Arc<dyn SymbolFile>>) {
        let mut state = self.lock();
        let file = file.filter(|_| symbols.is_for_profilers());
        state.symbols = Symbols { debuggers: symbols.is_for_debuggers(), file };
        state.entries.iter().for_each(|entry| state.symbols.publish(&entry.key, &entry.outcome));
    }

    /// What it holds and what became of it so far.
    pub fn statistics(&self) -> CodeCacheStatistics {
        let state = self.lock();
        CodeCacheStatistics { kernels: state.entries.len() as u64, ..state.counts }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a kernel's code; nothing is compiled.
    pub(crate) fn find(&self, kernel: &VerifiedKernel) -> Option<Outcome> {
        let fingerprint = kernel.fingerprint(&self.fingerprints);
        self.lock().find(kernel, fingerprint)
    }

    /// A kernel's code, compiled now if it is not there. Two threads may compile the same kernel at once; one of them throws
    /// its code away.
    pub(crate) fn get(&self, kernel: &VerifiedKernel) -> (Outcome, Origin) {
        if let Some(outcome) = self.find(kernel) {
            return (outcome, Origin::Cache);
        }
        let (outcome, origin) = compile_timed(kernel);
        // The operating system may have memory the next time.
        let outcome = if outcome.as_ref().err() == Some(&Reason::NoMemory) {
            self.lock().counts.misses += 1;
            outcome
        } else {
            let (fingerprint, key) = (kernel.fingerprint(&self.fingerprints), kernel.identity());
            self.lock().keep((fingerprint, key), outcome, self.capacity_bytes.load(Ordering::Relaxed))
        };
        (outcome, origin)
    }
}

/// Compiles a kernel, and says how long that took.
pub(crate) fn compile_timed(kernel: &VerifiedKernel) -> (Outcome, Origin) {
    let started = Instant::now();
    let outcome = compile(kernel);
    (outcome, Origin::Compiled(started.elapsed()))
}

impl State {
    fn find(&mut self, kernel: &VerifiedKernel, fingerprint: u64) -> Option<Outcome> {
        let mut key = None;
        let is_it = |entry: &Entry| {
            entry.fingerprint == fingerprint && *entry.key == **key.get_or_insert_with(|| kernel.identity())
        };
        let entry = self.entries.find_mut(fingerprint, is_it)?;
        self.order.remove(&entry.used).expect("each entry has its place in the order");
        self.clock += 1;
        entry.used = self.clock;
        self.order.insert(self.clock, fingerprint);
        self.counts.hits += 1;
        Some(entry.outcome.clone())
    }

    /// Keeps what was compiled, and gives what is kept: that of another thread, if it came first.
    fn keep(&mut self, (fingerprint, key): (u64, Vec<u8>), outcome: Outcome, capacity_bytes: u64) -> Outcome {
        self.counts.misses += 1;
        let is_it = |entry: &Entry| entry.fingerprint == fingerprint && *entry.key == *key;
        if let Some(entry) = self.entries.find(fingerprint, is_it) {
            return entry.outcome.clone();
        }
        self.symbols.publish(&key, &outcome);
        let code = outcome.as_ref().map_or(0, |native| native.bytes() as u64);
        let bytes = ENTRY_BYTES + key.len() as u64 + code;
        self.clock += 1;
        self.order.insert(self.clock, fingerprint);
        let entry = Entry { fingerprint, key: key.into(), outcome: outcome.clone(), used: self.clock, bytes };
        self.entries.insert_unique(fingerprint, entry, |entry| entry.fingerprint);
        self.counts.bytes += bytes;
        self.evict(capacity_bytes);
        outcome
    }

    /// Lets go what was not asked for the longest until the rest fits.
    fn evict(&mut self, capacity_bytes: u64) {
        while self.counts.bytes > capacity_bytes
            && let Some((used, fingerprint)) = self.order.pop_first()
        {
            let entry = self.entries.find_entry(fingerprint, |entry| entry.used == used).ok();
            let (entry, _) = entry.expect("each place in the order is that of an entry").remove();
            self.counts.bytes -= entry.bytes;
            self.counts.evictions += 1;
        }
    }
}

impl fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CodeCache").field(&self.statistics()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Comparison, KernelBuilder, Logic, verify};
    use crate::types::Form;

    /// A kernel that counts rows above a bound.
    fn kernel(form: Form, bound: i128) -> VerifiedKernel {
        let mut k = KernelBuilder::new();
        let input = k.input(form, false);
        let lane = form.lane().expect("a number");
        let (value, bound) = (k.load(input), k.integer(lane, bound));
        let above = k.compare(Comparison::Greater, lane, value, bound);
        k.need(above);
        k.sum(lane, value, Logic::True);
        verify(k.finish()).expect("it is well formed")
    }

    fn counts(cache: &CodeCache) -> (u64, u64, u64, u64) {
        let CodeCacheStatistics { kernels, hits, misses, evictions, .. } = cache.statistics();
        (kernels, hits, misses, evictions)
    }

    #[test]
    fn a_kernel_that_comes_again_is_found_and_another_is_not() {
        let cache = CodeCache::new(1 << 20);
        assert!(cache.find(&kernel(Form::I32, 5)).is_none());
        let (first, origin) = cache.get(&kernel(Form::I32, 5));
        assert_ne!(origin, Origin::Cache);
        let (again, origin) = cache.get(&kernel(Form::I32, 5));
        assert_eq!(origin, Origin::Cache);
        assert!(match (&first, &again) {
            (Ok(first), Ok(again)) => Arc::ptr_eq(first, again),
            (Err(first), Err(again)) => first == again,
            _ => false,
        });
        // Another constant, another form of the column.
        assert_ne!(cache.get(&kernel(Form::I32, 6)).1, Origin::Cache);
        assert_ne!(cache.get(&kernel(Form::I8, 5)).1, Origin::Cache);
        assert!(cache.find(&kernel(Form::I32, 6)).is_some());
        assert_eq!(counts(&cache), (3, 2, 3, 0));
    }

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let cache = CodeCache::new(u64::MAX);
        drop(cache.get(&kernel(Form::I32, 0)));
        let one = cache.statistics().bytes;
        let cache = CodeCache::new(3 * one);
        for bound in [0, 1, 2, 0, 3] {
            drop(cache.get(&kernel(Form::I32, bound)));
        }
        assert_eq!(counts(&cache), (3, 1, 4, 1));
        assert!(cache.find(&kernel(Form::I32, 1)).is_none());
        for bound in [0, 2, 3] {
            assert!(cache.find(&kernel(Form::I32, bound)).is_some(), "{bound}");
        }
        cache.set_capacity(one);
        assert_eq!(counts(&cache), (1, 4, 4, 3));
        assert!(cache.statistics().bytes <= one);
        assert!(cache.find(&kernel(Form::I32, 3)).is_some());
    }

    #[test]
    fn without_capacity_nothing_is_kept_and_who_holds_code_keeps_it() {
        let cache = CodeCache::new(0);
        let (held, _) = cache.get(&kernel(Form::I32, 0));
        assert_ne!(cache.get(&kernel(Form::I32, 0)).1, Origin::Cache);
        assert_eq!((counts(&cache), cache.statistics().bytes), ((0, 0, 2, 2), 0));
        if let Ok(held) = held {
            assert_eq!(Arc::strong_count(&held), 1);
            assert!(!held.listing(kernel(Form::I32, 0).kernel()).is_empty());
        }
    }

    #[test]
    fn threads_share_what_one_of_them_compiles() {
        let cache = CodeCache::new(1 << 24);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..200).for_each(|bound| drop(cache.get(&kernel(Form::I64, bound % 20)))));
            }
        });
        let (kernels, hits, misses, evictions) = counts(&cache);
        assert_eq!((kernels, hits + misses, evictions), (20, 400, 0));
        assert!((20..=40).contains(&misses), "{misses}");
    }
}
