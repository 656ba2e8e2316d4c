//! GDB's interface for code that is made at run time ("JIT Compilation Interface" in its manual).
//!
//! A process has one list of objects that describe such code, which a debugger reads; a function that does nothing is called
//! after each change, where the debugger has a breakpoint. Its names are fixed. Other compilers in the process may bring
//! the same: they are defined weakly, so that there is one list for all.

use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An object in the list; the debugger reads these fields.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    object: *const u8,
    bytes: u64,
}

/// The list, and what has become of it.
#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    /// What the action is about.
    relevant: *mut Entry,
    first: *mut Entry,
}

const REGISTER: u32 = 1;
const UNREGISTER: u32 = 2;

std::arch::global_asm!(
    ".pushsection .text.__jit_debug_register_code, \"ax\", @progbits",
    ".weak __jit_debug_register_code",
    ".type __jit_debug_register_code, @function",
    "__jit_debug_register_code:",
    "ret",
    ".size __jit_debug_register_code, . - __jit_debug_register_code",
    ".popsection",
    ".pushsection .data.__jit_debug_descriptor, \"aw\", @progbits",
    ".balign 8",
    ".weak __jit_debug_descriptor",
    ".type __jit_debug_descriptor, @object",
    "__jit_debug_descriptor:",
    ".long 1, 0",
    ".quad 0, 0",
    ".size __jit_debug_descriptor, . - __jit_debug_descriptor",
    ".popsection",
);

// SAFETY: both are defined above, with these types.
unsafe extern "C" {
    fn __jit_debug_register_code();
    static mut __jit_debug_descriptor: Descriptor;
}

/// Held by whoever changes the list.
static LIST: Mutex<()> = Mutex::new(());

fn lock() -> MutexGuard<'static, ()> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An object that debuggers know of, until this is dropped.
#[derive(Debug)]
pub(super) struct Registration {
    entry: *mut Entry,
    /// What the entry points to.
    _object: Box<[u8]>,
}

// SAFETY: the entry belongs to the registration, and it is looked at under the lock only.
unsafe impl Send for Registration {}
// SAFETY: nothing can be done with a shared registration.
unsafe impl Sync for Registration {}

impl Registration {
    /// Puts an ELF object on the list.
    pub(super) fn new(object: Vec<u8>) -> Registration {
        let object = object.into_boxed_slice();
        let entry = Entry {
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
            object: object.as_ptr(),
            bytes: object.len() as u64,
        };
        let entry = Box::into_raw(Box::new(entry));
        let _held = lock();
        // SAFETY: under the lock nobody else touches the list, whose entries live until their registrations are dropped.
        // The function takes nothing and does nothing.
        unsafe {
            let list = &raw mut __jit_debug_descriptor;
            (*entry).next = (*list).first;
            if let Some(next) = (*entry).next.as_mut() {
                next.previous = entry;
            }
            (*list).first = entry;
            (*list).relevant = entry;
            (*list).action = REGISTER;
            __jit_debug_register_code();
        }
        Registration { entry, _object: object }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let _held = lock();
        // SAFETY: as above; the entry was made from a box, and after this nothing points to it.
        unsafe {
            let list = &raw mut __jit_debug_descriptor;
            let Entry { next, previous, .. } = *self.entry;
            match previous.as_mut() {
                Some(previous) => previous.next = next,
                None => (*list).first = next,
            }
            if let Some(next) = next.as_mut() {
                next.previous = previous;
            }
            (*list).relevant = self.entry;
            (*list).action = UNREGISTER;
            __jit_debug_register_code();
            (*list).relevant = ptr::null_mut();
            drop(Box::from_raw(self.entry));
        }
    }
}

/// The objects on the list, the newest first.
#[cfg(test)]
pub(super) fn registered() -> Vec<Vec<u8>> {
    let _held = lock();
    let mut objects = Vec::new();
    // SAFETY: under the lock the list stays as it is, and each entry's object lives as long as the entry.
    unsafe {
        let list = &raw const __jit_debug_descriptor;
        let mut entry = (*list).first;
        while let Some(Entry { next, object, bytes, .. }) = entry.as_ref() {
            objects.push(std::slice::from_raw_parts(*object, *bytes as usize).to_vec());
            entry = *next;
        }
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_listed_until_they_are_dropped() {
        let listed = |object: &[u8]| registered().iter().filter(|listed| *listed == object).count();
        let objects: [&[u8]; 3] = [b"one object", b"another object", b"a third object"];
        let [first, second, third] = objects.map(|object| Registration::new(object.to_vec()));
        assert_eq!(objects.map(listed), [1, 1, 1]);
        drop(second);
        assert_eq!(objects.map(listed), [1, 0, 1]);
        drop(third);
        drop(first);
        assert_eq!(objects.map(listed), [0, 0, 0]);
    }

    #[test]
    fn threads_may_register_at_once() {
        std::thread::scope(|scope| {
            for thread in 0..4u8 {
                scope.spawn(move || {
                    for turn in 0..100u8 {
                        let registration = Registration::new(vec![b'#', thread, turn]);
                        assert!(registered().contains(&vec![b'#', thread, turn]));
                        drop(registration);
                        assert!(!registered().contains(&vec![b'#', thread, turn]));
                    }
                });
            }
        });
    }
}
