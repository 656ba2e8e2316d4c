//! An allocator that asks the operating system for huge pages under large blocks.

use std::alloc::{GlobalAlloc, Layout, System};

/// Advice is given about each block of that size: a huge page has 2 MiB.
const LARGE_BYTES: usize = 4 << 20;
/// With each block of that size it is seen whether the heap has grown, in which smaller ones are.
const MEDIUM_BYTES: usize = 16 << 10;

/// The system's allocator, which asks Linux for huge pages under blocks of 4 MiB and more and under its heap (`madvise`,
/// `MADV_HUGEPAGE`).
///
/// Joins, groups and sorts of many rows touch large blocks all over. Small pages cost a fault each when they are touched
/// first, and a miss in the processor's table of pages later: with huge ones a join or a grouping of millions of rows takes
/// a tenth to a third less time. With glibc up to 256 MiB that were freed stay with the process. The shell is built with
/// it. A library must not choose its host's allocator, so a host says:
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: rowmill::HugePages = rowmill::HugePages;
/// # fn main() {}
/// ```
///
/// Elsewhere than on Linux, and where huge pages are switched off, it is the system's allocator and nothing more.
#[derive(Clone, Copy, Debug, Default)]
pub struct HugePages;

// SAFETY: every call is handed on to the system's allocator unchanged; what is asked besides changes no memory's content.
unsafe impl GlobalAlloc for HugePages {
    // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same layout, under the same contract.
        let block = unsafe { System.alloc(layout) };
        advise(block, layout.size());
        block
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc_zeroed`.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the same layout, under the same contract.
        let block = unsafe { System.alloc_zeroed(layout) };
        advise(block, layout.size());
        block
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from the system's allocator, with this layout.
        unsafe { System.dealloc(block, layout) }
    }

    // SAFETY: the caller keeps the contract of `GlobalAlloc::realloc`.
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the block came from the system's allocator, with this layout.
        let moved = unsafe { System.realloc(block, layout, size) };
        if size > layout.size() {
            advise(moved, size);
        }
        moved
    }
}

/// Asks for huge pages under what has been allocated, if it may be large. That they are refused changes nothing but speed.
#[inline(always)]
fn advise(block: *mut u8, bytes: usize) {
    if bytes >= MEDIUM_BYTES && !block.is_null() {
        pages::advise(block, bytes);
    }
}

#[cfg(target_os = "linux")]
mod pages {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::LARGE_BYTES;

    /// Where pages are larger the advice is refused.
    const PAGE_BYTES: usize = 4096;

    /// Where the heap ended when it was looked at last; 0 before the first time.
    static HEAP_END: AtomicUsize = AtomicUsize::new(0);
    /// How often it has grown since: about the first step there is no advice, since clearing a huge page takes a short program
    /// longer than all that it allocates.
    static HEAP_STEPS: AtomicUsize = AtomicUsize::new(0);

    #[cold]
    pub(super) fn advise(block: *mut u8, bytes: usize) {
        // SAFETY: asked for no bytes, it moves nothing and says where the heap ends.
        let end = unsafe { libc::sbrk(0) } as usize;
        match HEAP_END.swap(end, Ordering::Relaxed) {
            0 => prepare(),
            before if end > before && HEAP_STEPS.fetch_add(1, Ordering::Relaxed) > 0 => give(before, end),
            _ => {}
        }
        if bytes >= LARGE_BYTES {
            give(block as usize, block as usize + bytes);
        }
    }

    /// Gives the advice about all pages that have bytes from `start` to `end`. A mapping that is split by advice about a part
    /// of it could not grow in place.
    fn give(start: usize, end: usize) {
        let (first, last) = (start / PAGE_BYTES * PAGE_BYTES, end.next_multiple_of(PAGE_BYTES));
        // SAFETY: the pages are the system allocator's; the advice leaves what is in them as it is.
        unsafe {
            libc::madvise(first as *mut libc::c_void, last - first, libc::MADV_HUGEPAGE);
        }
    }

    /// Tells glibc to map each large block by itself, so that its pages are fresh, and to let the heap of smaller ones grow by
    /// several huge pages and shrink seldom. Otherwise it takes the size from which on it maps blocks from those that are freed.
    #[cfg(target_env = "gnu")]
    fn prepare() {
        const HEAP_STEP_BYTES: i32 = 16 << 20;
        const HEAP_KEPT_BYTES: i32 = 256 << 20;
        // SAFETY: the parameters are read at later allocations only.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES as i32);
            libc::mallopt(libc::M_TOP_PAD, HEAP_STEP_BYTES);
            libc::mallopt(libc::M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
        }
    }

    #[cfg(not(target_env = "gnu"))]
    fn prepare() {}
}

#[cfg(not(target_os = "linux"))]
mod pages {
    pub(super) fn advise(_: *mut u8, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_sizes_hold_what_is_written() {
        for size in [1, 4096, LARGE_BYTES - 1, LARGE_BYTES, 3 * LARGE_BYTES + 77] {
            let layout = Layout::from_size_align(size, 16).expect("a layout");
            // SAFETY: the block is written within its size, grown under its own layout and freed under its last one.
            unsafe {
                let block = HugePages.alloc_zeroed(layout);
                assert!((0..size).step_by(511).all(|at| *block.add(at) == 0));
                block.add(size - 1).write(7);
                let grown = HugePages.realloc(block, layout, 2 * size);
                assert_eq!(*grown.add(size - 1), 7);
                grown.add(2 * size - 1).write(8);
                HugePages.dealloc(grown, Layout::from_size_align(2 * size, 16).expect("a layout"));
                let block = HugePages.alloc(layout);
                block.add(size - 1).write(9);
                HugePages.dealloc(block, layout);
            }
        }
    }
}
