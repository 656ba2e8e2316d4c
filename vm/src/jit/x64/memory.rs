//! Memory for machine code: written while it may not run, run when it may not be written.

use std::io;

use dynasmrt::mmap::{ExecutableBuffer, MutableBuffer};

/// Bytes of a page: no pages are smaller on x86-64.
pub(super) const PAGE_BYTES: usize = 4096;

/// The pages of one compilation. They are fresh, were written once and then sealed; they are freed whole when nobody
/// refers to them any more.
pub(super) struct CodePages {
    pages: ExecutableBuffer,
}

impl CodePages {
    /// Pages that hold `code`. Fails if the operating system has no memory or forbids it to run.
    pub(super) fn seal(code: &[u8]) -> io::Result<CodePages> {
        let mut pages = MutableBuffer::new(code.len())?;
        pages.set_len(code.len());
        pages.copy_from_slice(code);
        Ok(CodePages { pages: pages.make_exec()? })
    }

    /// The code.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.pages
    }
}

impl std::fmt::Debug for CodePages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes of code", self.pages.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the operating system says of the page at an address.
    fn permissions(address: usize) -> Option<String> {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a process may read its own map");
        maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (start, end) = range.split_once('-')?;
            let within = |text: &str| usize::from_str_radix(text, 16).expect("an address in hexadecimal");
            (within(start)..within(end)).contains(&address).then(|| rest[..4].to_owned())
        })
    }

    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "the map of a process is Linux's")]
    fn sealed_pages_can_run_and_not_be_written_and_no_page_can_do_both() {
        let code = vec![0xc3; 5000];
        let pages = CodePages::seal(&code).expect("there is memory for a page");
        let start = pages.bytes().as_ptr() as usize;
        for address in [start, start + 4999] {
            assert_eq!(permissions(address).as_deref(), Some("r-xp"));
        }
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a process may read its own map");
        assert!(!maps.lines().any(|line| line.split(' ').nth(1).is_some_and(|flags| flags.contains("wx"))), "{maps}");
        assert_eq!(pages.bytes(), code);
        drop(pages);
        assert_ne!(permissions(start).as_deref(), Some("r-xp"));
    }
}
