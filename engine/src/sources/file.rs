//! A file as sources see it: read at any position by several workers, and all the while the same.

use std::fs::{File, Metadata};
use std::io::{Error as IoError, ErrorKind as IoErrorKind};
use std::sync::Arc;
use std::time::SystemTime;

use rowmill_vm::{Error, ErrorKind, Result};

/// An open file. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct SourceFile(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    path: Arc<str>,
    file: File,
    version: Version,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and inode: another file may have been put in its place.
    identity: (u64, u64),
}

impl Version {
    pub(super) fn of(metadata: &Metadata) -> Version {
        #[cfg(unix)]
        let identity = (std::os::unix::fs::MetadataExt::dev(metadata), std::os::unix::fs::MetadataExt::ino(metadata));
        #[cfg(not(unix))]
        let identity = (0, 0);
        Version { bytes: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

impl SourceFile {
    /// Opens the file at `path`.
    pub(super) fn open(path: &str) -> Result<SourceFile> {
        let file = File::open(path).map_err(|error| super::open_error(path, error))?;
        let metadata = file.metadata().map_err(|error| io_error(path, error))?;
        Ok(SourceFile(Arc::new(Opened { path: path.into(), file, version: Version::of(&metadata) })))
    }

    /// Its name, as the user gave it.
    pub(super) fn path(&self) -> &Arc<str> {
        &self.0.path
    }

    /// Bytes in it when it was opened.
    pub(super) fn bytes(&self) -> u64 {
        self.0.version.bytes
    }

    /// Fails if there is nothing in it.
    pub(super) fn check_not_empty(&self) -> Result<()> {
        if self.bytes() == 0 {
            return Err(Error::data(format!("file '{}' is empty", self.path())));
        }
        Ok(())
    }

    /// What it was when it was opened.
    pub(super) fn version(&self) -> Version {
        self.0.version
    }

    /// Reads what is there at `position`, at most as much as `buffer` holds; 0 bytes at the file's end.
    pub(super) fn read_some(&self, position: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            #[cfg(unix)]
            let read = std::os::unix::fs::FileExt::read_at(&self.0.file, buffer, position);
            #[cfg(windows)]
            let read = std::os::windows::fs::FileExt::seek_read(&self.0.file, buffer, position);
            match read {
                Err(error) if error.kind() == IoErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Fills `buffer` from `position` on, as far as the file goes, and says how far that was.
    pub(super) fn read_up_to(&self, position: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(position + filled as u64, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) => return Err(io_error(self.path(), error)),
            }
        }
        Ok(filled)
    }

    /// Fills `buffer` from `position` on; a file that ends before is an error.
    pub(super) fn read_exact(&self, position: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_some(position + filled as u64, &mut buffer[filled..])? {
                0 => {
                    let missing = buffer.len() - filled;
                    return Err(IoError::new(
                        IoErrorKind::UnexpectedEof,
                        format!("the file ends {missing} bytes too early"),
                    ));
                }
                read => filled += read,
            }
        }
        Ok(())
    }

    /// Fails if the file was written to, or another one put in its place, since it was opened. What was read before
    /// this says yes belongs together.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let path = self.path();
        let now = std::fs::metadata(&**path).map(|metadata| Version::of(&metadata));
        match now {
            Ok(now) if now == self.0.version => Ok(()),
            _ => Err(Error::new(ErrorKind::Io, format!("file '{path}' was changed while it was read"))
                .with_hint("run the statement again")),
        }
    }
}

/// An error of the operating system about a file.
pub(super) fn io_error(path: &str, error: IoError) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read file '{path}': {error}")).with_source(error)
}
