//! The error type of this crate. Its text names the file and says what is wrong with it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused something.
    #[error("{what} {}: {}", shown(path), plain(source))]
    Io {
        /// What was being done, ending so that the path reads on ("Cannot open").
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The operating system refused to write an output.
    #[error("{what} {}: {}", shown(path), plain(source))]
    Output {
        /// What was being done, ending so that the path reads on ("Cannot write output file").
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A FITS file that cannot be read or written.
    #[error("{what} {} ({why})", shown(path))]
    Fits {
        /// What kind of file it was meant to be ("Image file").
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No memory was left.
    #[error("{}", memory_text(*bytes, file.as_deref()))]
    Memory {
        /// How much was asked for; `None` where that is more than an address can name.
        bytes: Option<usize>,
        /// The file whose content it was for.
        file: Option<PathBuf>,
    },
    /// A file that was already found to be unreadable, with the text of the first error.
    #[error("{0}")]
    Again(String),
}

/// How the error of an output that cannot be opened begins.
pub const CANNOT_OPEN_OUTPUT: &str = "Cannot open output file";

/// How the reason begins where a file is missing or is no FITS file.
pub const NO_FITS: &str = "missing or invalid FITS";

/// How the reason begins where a file has too few HDUs.
pub const NO_HDU: &str = "has no HDU";

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An operating-system error while doing `what` to `path`.
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

    /// The same for an output that is being written: see [`Error::is_of_the_disk`].
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

    /// A FITS error: `what` ends so that the path reads on ("Image file").
    pub fn fits(what: &'static str, path: &Path, why: impl Into<String>) -> Self {
        Error::Fits {
            what,
            path: path.to_owned(),
            why: why.into(),
        }
    }

    /// Names the file that was worked on, in an error that does not know it.
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

    /// Whether writing any other file would fail for the same reason: the disk takes no more (full,
    /// read-only, over quota, broken) or the folder takes no files. A fault of one image is not.
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

/// Errors to which a file name can be added.
pub trait NameFile {
    /// The error that can hold a name.
    type Named;

    /// Names the file that was worked on, in an error of memory that does not know it.
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

/// Names the file that was worked on, in an error of memory; see [`Error::about`].
pub trait About<T, E> {
    /// The same result, its error about `path`.
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

/// The system's reason without Rust's "(os error N)".
fn plain(source: &std::io::Error) -> String {
    let text = source.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// A path as messages show it: control characters made visible, and a very long one cut in the
/// middle so that the reason after it still fits into the 1,024 bytes of `msg`.
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
