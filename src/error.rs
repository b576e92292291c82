//! The one error type of the library. Its text is what a C caller reads in `msg`, so it names
//! the file or argument and says what is wrong with it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Everything that can go wrong in a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument that cannot be used.
    #[error("Argument {name}: {why}")]
    Argument {
        /// Its name in the C header.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
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
    /// A table that cannot be read, or lacks what is needed.
    #[error("{message}: {}", shown(path))]
    Table {
        /// What is wrong, in the words of the original where it has some.
        message: String,
        /// The table.
        path: PathBuf,
    },
    /// No memory was left.
    #[error("{}", memory_text(*bytes, file.as_deref()))]
    Memory {
        /// How much was asked for; `None` where that is more than an address can name.
        bytes: Option<usize>,
        /// The file whose content it was for.
        file: Option<PathBuf>,
    },
    /// Anything else: the whole message.
    #[error("{0}")]
    Message(String),
    /// An error for which Montage has words of its own: `msg` has those, json the whole text.
    #[error("{cause}{more}")]
    Worded {
        /// Montage's words.
        msg: String,
        /// The error itself: what, which file and why.
        cause: Box<Error>,
        /// What else there is to say behind its text.
        more: String,
    },
    /// The progress callback asked to stop.
    #[error("Cancelled by the progress callback")]
    Cancelled,
}

/// How the error of an output that cannot be opened begins.
pub const CANNOT_OPEN_OUTPUT: &str = "Cannot open output file";

/// Montage's words for an image that cannot be opened; the reason follows in the whole text.
const NO_FITS: &str = "missing or invalid FITS";

/// How the reason begins where a file has too few HDUs.
pub const NO_HDU: &str = "has no HDU";

/// Montage's words with the file: where they have a `{}`, else behind them.
pub fn naming(words: &str, path: &Path) -> String {
    let file = shown(path);
    match words.contains("{}") {
        true => words.replace("{}", &file),
        false if words.ends_with('.') => format!("{words} ({file})"),
        false => format!("{words}: {file}"),
    }
}

/// For results whose error may be that of an output that cannot be opened.
pub trait OutputInWords {
    /// As [`Error::output_in_words`].
    #[must_use]
    fn output_in_words(self, words: &str) -> Self;
}

impl<T> OutputInWords for Result<T> {
    fn output_in_words(self, words: &str) -> Self {
        self.map_err(|why| why.output_in_words(words))
    }
}

/// CFITSIO's words, which Montage passes on, for an image that cannot be created.
pub const CANNOT_CREATE_IMAGE: &str = "couldn't create the named file";

/// Shorthand used throughout the library.
pub type Result<T> = std::result::Result<T, Error>;

/// The result of one image of a table: `Err` for what ends the call ([`Error::ends_the_call`]), else
/// the result, whatever it is, as the image's own.
///
/// # Errors
/// As just said.
pub fn of_one<T>(result: Result<T>) -> Result<Result<T>> {
    match result {
        Err(error) if error.ends_the_call() => Err(error),
        result => Ok(result),
    }
}

impl From<sky::Error> for Error {
    fn from(why: sky::Error) -> Self {
        Error::Message(why.to_string())
    }
}

impl Error {
    /// An error about the argument `name`.
    pub fn argument(name: &'static str, why: impl Into<String>) -> Self {
        Error::Argument {
            name,
            why: why.into(),
        }
    }

    /// An operating-system error while doing `what` to `path`.
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        if source.kind() == ErrorKind::OutOfMemory {
            return Error::out_of_memory(Self::bytes_asked_for(&source)).about(path);
        }
        Error::Io {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// How many bytes could not be allocated, from the error of a reader or writer that carries an
    /// [`Error::Memory`].
    pub fn bytes_asked_for(error: &std::io::Error) -> Option<usize> {
        match error.get_ref()?.downcast_ref() {
            Some(Error::Memory { bytes, .. }) => *bytes,
            _ => None,
        }
    }

    /// The same for an output that is being written: see [`Error::ends_the_call`].
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

    /// Whether the other images of a table would meet this error too: the disk takes no more
    /// (full, read-only, over quota, broken), the folder takes no files, or the caller wants no
    /// more. What is wrong with one image is not.
    pub fn ends_the_call(&self) -> bool {
        match self {
            Error::Cancelled => true,
            Error::Worded { cause, .. } => cause.ends_the_call(),
            Error::Output { source, .. } => matches!(
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
            ),
            _ => false,
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

    /// A table error.
    pub fn table(message: impl Into<String>, path: &Path) -> Self {
        Error::Table {
            message: message.into(),
            path: path.to_owned(),
        }
    }

    /// The error of a table in Montage's words, "WHAT: PATH"; the whole text has the reason, too.
    pub fn invalid_table(what: &str, path: &Path, reason: &str) -> Self {
        let msg = naming(&format!("{what}: {{}}"), path);
        Error::table(format!("{what} ({reason})"), path).in_words(msg)
    }

    /// The same error, for which Montage says `msg`.
    pub fn in_words(self, msg: impl Into<String>) -> Self {
        Error::Worded {
            msg: msg.into(),
            cause: Box::new(self),
            more: String::new(),
        }
    }

    /// The same error; where it says that an output cannot be opened, Montage's words are `words`,
    /// in which `{}` stands for the file. Words without it are followed by the file. A disk that
    /// takes nothing is not put in these words, which would hide the reason.
    pub fn output_in_words(self, words: &str) -> Self {
        match &self {
            Error::Output { what, path, source }
                if *what == CANNOT_OPEN_OUTPUT
                    && !matches!(
                        source.raw_os_error(),
                        Some(libc::ENOSPC | libc::EDQUOT | libc::EROFS | libc::EIO)
                    ) =>
            {
                let msg = naming(words, path);
                self.in_words(msg)
            }
            _ => self,
        }
    }

    /// The same error; of a file that is missing or no FITS, in the words of Montage's
    /// montage_checkHdr.
    pub fn in_words_of_check(self) -> Self {
        match &self {
            Error::Fits { path, why, .. } if why.starts_with(NO_FITS) => {
                let words = match path.exists() {
                    true => "File ({}) is not a FITS image",
                    false => "File {} not found.",
                };
                let msg = naming(words, path);
                self.in_words(msg)
            }
            _ => self,
        }
    }

    /// The same error with more behind its whole text.
    pub fn with_more(self, more: &str) -> Self {
        match self {
            Error::Cancelled => self,
            _ => Error::Worded {
                msg: format!("{}{more}", self.msg()),
                cause: Box::new(self),
                more: more.to_owned(),
            },
        }
    }

    /// What `msg` says: Montage's words where the cause is one of its own, else the whole text.
    pub fn msg(&self) -> String {
        match self {
            Error::Worded { msg, .. } => msg.clone(),
            Error::Fits { what, path, why } if why.starts_with(NO_FITS) => {
                format!("{what} {} {NO_FITS}", shown(path))
            }
            // CFITSIO's words.
            Error::Fits { path, why, .. } if why.starts_with(NO_HDU) => {
                naming("tried to move past end of file", path)
            }
            Error::Io { what, path, source } if *what == "Cannot access" => match source.kind() {
                std::io::ErrorKind::NotADirectory => format!("{} is not a directory", shown(path)),
                _ => format!("{what} {}", shown(path)),
            },
            other => other.to_string(),
        }
    }

    /// An error of memory that was asked for; see [`Error::about`].
    pub fn out_of_memory(bytes: Option<usize>) -> Self {
        Error::Memory { bytes, file: None }
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

    /// The error that a caught panic becomes: a defect of ours that should be reported.
    pub fn defect(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Error::message(format!("Internal error (please report it): {text}"))
    }

    /// A message that stands for itself.
    pub fn message(message: impl Into<String>) -> Self {
        Error::Message(message.into())
    }
}

fn memory_text(bytes: Option<usize>, file: Option<&Path>) -> String {
    let of = file.map_or_else(String::new, |file| format!(" for {}", shown(file)));
    match bytes {
        Some(bytes) => format!("Out of memory{of}: {bytes} bytes were asked for"),
        None => format!("Out of memory{of}"),
    }
}

impl From<Error> for std::io::Error {
    /// For readers and writers that ask for memory; [`Error::io`] finds it again.
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Memory { .. } => ErrorKind::OutOfMemory,
            _ => ErrorKind::Other,
        };
        std::io::Error::new(kind, error)
    }
}

/// Names the file that was worked on, in an error of memory; see [`Error::about`].
pub trait About {
    /// The same result, its error about `path`.
    #[must_use]
    fn about(self, path: &Path) -> Self;
}

impl<T> About for Result<T> {
    fn about(self, path: &Path) -> Self {
        self.map_err(|error| error.about(path))
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
