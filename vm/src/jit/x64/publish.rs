//! Telling profilers and debuggers where a kernel's code is.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::call::Code;
use crate::jit::Symbols;

/// Who was told of some code.
#[derive(Debug, Default)]
pub(super) struct Published {
    profilers: AtomicBool,
    #[cfg(target_os = "linux")]
    debuggers: std::sync::OnceLock<super::gdb::Registration>,
}

/// Tells whom it was not told yet. Debuggers forget the code when it is freed; profilers are never told that, so a later
/// line may be about the same addresses.
pub(super) fn publish(code: &Code, name: &str, symbols: &Symbols) {
    let functions = functions(code, name);
    let start = code.pages.bytes().as_ptr() as usize;
    if let Some(file) = &symbols.file
        && !code.published.profilers.swap(true, Ordering::Relaxed)
    {
        functions.iter().for_each(|(name, place)| file.add(start + place.start, place.len(), name));
    }
    #[cfg(target_os = "linux")]
    if symbols.debuggers {
        let object = || super::elf::object(start as u64, code.pages.bytes().len(), &functions);
        code.published.debuggers.get_or_init(|| super::gdb::Registration::new(object()));
    }
}

/// The function of each stretch, and where it is in the code.
fn functions(code: &Code, name: &str) -> Vec<(String, Range<usize>)> {
    let function = |(number, stretch): (usize, &super::call::StretchCode)| {
        (format!("{name}_{number}"), stretch.start..stretch.start + stretch.length)
    };
    code.stretches.iter().enumerate().map(function).collect()
}
