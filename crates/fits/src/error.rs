//! The error type of this crate. Its text names the file and says what is wrong with it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A call of the operating system failed.
    #[error("{what} {}: {}", shown(path), plain(source))]
    Io {
        /// The words of the message before the path ("Cannot open").
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The operating system failed to write an output.
    #[error("{what} {}: {}", shown(path), plain(source))]
    Output {
        /// The words of the message before the path ("Cannot write output file").
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A FITS file that cannot be read or written.
    #[error("{what} {} ({why})", shown(path))]
    Fits {
        /// The words of the message before the path ("Image file").
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// An allocation failed.
    #[error("{}", memory_text(*bytes, file.as_deref()))]
    Memory {
        /// Size of the allocation; `None` if it exceeds the address space.
        bytes: Option<usize>,
        /// The file whose content it was for.
        file: Option<PathBuf>,
    },
    /// A file that could not be read before, with the text of the first error.
    #[error("{0}")]
    Again(String),
}

/// First words of the error for an output that cannot be opened.
pub const CANNOT_OPEN_OUTPUT: &str = "Cannot open output file";

/// First words of the reason if a file is missing or is not a FITS file.
pub const NO_FITS: &str = "missing or invalid FITS";

/// First words of the reason if a file has too few HDUs.
pub const NO_HDU: &str = "has no HDU";

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The error of an operating-system call on `path`; `what` begins the message.
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::OutOfMemory {
            return Error::Memory {
                bytes: memory::Error::inside(&source).and_then(|why| why.bytes),
                file: Some(path.to_owned()),
            };
        }
        Error::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// As [`Error::io`], for an output that is being written: see [`Error::is_of_the_disk`].
    pub fn output(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::OutOfMemory {
            return Error::io(what, path, source);
        }
        Error::Output {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// The error for a FITS file that cannot be used; `what` begins the message ("Image file").
    pub fn fits(what: &'static str, path: &Path, why: impl Into<String>) -> Self {
        Error::Fits {
            what,
            path: path.to_owned(),
            why: why.into(),
        }
    }

    /// Adds the file's path to an error of memory that has none.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        match self {
            Error::Memory { bytes, file: None } => Error::Memory {
                bytes,
                file: Some(path.to_owned()),
            },
            other => other,
        }
    }

    /// Whether writing any other file would fail for the same reason: the disk is full, read-only, over quota
    /// or broken, or the folder is not writable.
    pub fn is_of_the_disk(&self) -> bool {
        let Error::Output { source, .. } = self else {
            return false;
        };
        matches!(
            source.raw_os_error(),
            Some(
                libc::ENOSPC
                    | libc::EDQUOT
                    | libc::EROFS
                    | libc::EIO
                    | libc::EFBIG
                    | libc::EACCES
                    | libc::EPERM
                    | libc::EPIPE
                    | libc::ESTALE
                    | libc::ENODEV
                    | libc::ENXIO
            )
        )
    }
}

fn memory_text(bytes: Option<usize>, file: Option<&Path>) -> String {
    let of = file.map_or_else(String::new, |file| format!(" for {}", shown(file)));
    match bytes {
        Some(bytes) => format!("Out of memory{of}: {bytes} bytes were asked for"),
        None => format!("Out of memory{of}"),
    }
}

impl From<memory::Error> for Error {
    fn from(why: memory::Error) -> Self {
        Error::Memory {
            bytes: why.bytes,
            file: None,
        }
    }
}

/// Errors that can carry a file's path.
pub trait NameFile {
    /// The error with a path.
    type Named;

    /// Adds the file's path to an error of memory.
    #[must_use]
    fn name_file(self, path: &Path) -> Self::Named;
}

impl NameFile for Error {
    type Named = Error;

    fn name_file(self, path: &Path) -> Error {
        self.about(path)
    }
}

impl NameFile for memory::Error {
    type Named = Error;

    fn name_file(self, path: &Path) -> Error {
        Error::from(self).about(path)
    }
}

/// Adds the file's path to the error of a result; see [`Error::about`].
pub trait About<T, E> {
    /// The same result; an error of memory carries `path`.
    ///
    /// # Errors
    /// That of the result itself.
    fn about(self, path: &Path) -> std::result::Result<T, E>;
}

impl<T, E: NameFile> About<T, E::Named> for std::result::Result<T, E> {
    fn about(self, path: &Path) -> std::result::Result<T, E::Named> {
        self.map_err(|error| error.name_file(path))
    }
}

/// The system's reason without Rust's suffix "(os error N)".
fn plain(source: &std::io::Error) -> String {
    let text = source.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Formats a path for messages: control characters are made visible, and a very long path is cut in the middle
/// so that the reason after it fits into the 1,024 bytes of `msg`.
pub fn shown(path: &Path) -> String {
    const LONGEST: usize = 300;
    let text: String = path
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let count = text.chars().count();
    if count <= LONGEST {
        return text;
    }
    let head: String = text.chars().take(LONGEST / 2).collect();
    let tail: String = text.chars().skip(count - LONGEST / 2).collect();
    format!("{head}...{tail} ({count} characters)")
}
