//! Reading damaged files with libraries that take damage for a bug of their caller's.
//!
//! Such a library may panic. [`guarded`] turns that into an error of the file's, and into nothing else: the panic is
//! no bug of ours, so no panic hook speaks of it. For this a hook is put before the host's, once, which is silent
//! while a thread is inside [`guarded`] and hands every other panic on.

use std::cell::Cell;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use rowmill_vm::{Error, Result};

thread_local! {
    /// Whether this thread is inside [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The thread's flag, set until this is dropped.
struct Silence {
    before: bool,
}

impl Silence {
    fn begin() -> Silence {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let next = take_hook();
            set_hook(Box::new(move |panic| {
                // A thread that is being torn down has no flag any more: then the panic is not ours.
                if !GUARDED.try_with(Cell::get).unwrap_or(false) {
                    next(panic);
                }
            }));
        });
        Silence { before: GUARDED.replace(true) }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        GUARDED.set(self.before);
    }
}

/// Runs what looks at the content of the file at `path`, which should be of the kind `format`. An error or a panic
/// there is the file's fault.
pub(super) fn guarded<T, E>(path: &str, format: &str, read: impl FnOnce() -> Result<T, E>) -> Result<T>
where
    E: Display + std::error::Error + Send + Sync + 'static,
{
    let silence = Silence::begin();
    // What `read` leaves half done is not looked at again: after an error the scan is over.
    let outcome = catch_unwind(AssertUnwindSafe(read));
    drop(silence);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let message = format!("file '{path}' is no {format} file that can be read: {error}");
            Err(Error::data(message).with_hint("it may be truncated or damaged").with_source(error))
        }
        Err(_) => Err(damaged(path, "its content contradicts what it says of itself")),
    }
}

/// The error for a file that cannot be what it says.
pub(super) fn damaged(path: &str, what: impl Display) -> Error {
    Error::data(format!("file '{path}' is damaged: {what}"))
}
