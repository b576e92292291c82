//! The one error type of the mosaic functions. Its text is what a C caller reads in `msg`, so it names
//! the file or argument and says what is wrong with it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub use fits::error::{shown, About, NameFile, CANNOT_OPEN_OUTPUT, NO_FITS};

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
    /// A file that cannot be read or written, or no memory for what it holds.
    #[error(transparent)]
    File(#[from] fits::Error),
    /// A table that cannot be read, or lacks what is needed.
    #[error("{message}: {}", shown(path))]
    Table {
        /// What is wrong, in the words of the original where it has some.
        message: String,
        /// The table.
        path: PathBuf,
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
pub trait OutputInWords<T> {
    /// As [`Error::output_in_words`].
    ///
    /// # Errors
    /// That of the result itself.
    fn output_in_words(self, words: &str) -> Result<T>;
}

impl<T, E: Into<Error>> OutputInWords<T> for std::result::Result<T, E> {
    fn output_in_words(self, words: &str) -> Result<T> {
        self.map_err(|why| why.into().output_in_words(words))
    }
}

/// CFITSIO's words, which Montage passes on, for an image that cannot be created.
pub const CANNOT_CREATE_IMAGE: &str = "couldn't create the named file";

/// Shorthand used throughout the library.
pub type Result<T> = std::result::Result<T, Error>;

/// The result of one image of a table: `Err` for what ends the call ([`EndsTheCall`]), else
/// the result, whatever it is, as the image's own.
///
/// # Errors
/// As just said.
pub fn of_one<T, E: EndsTheCall>(
    result: std::result::Result<T, E>,
) -> std::result::Result<std::result::Result<T, E>, E> {
    match result {
        Err(error) if error.ends_the_call() => Err(error),
        result => Ok(result),
    }
}

/// Errors of one image of a table, some of which the other images would meet, too.
pub trait EndsTheCall {
    /// Whether they would: the disk takes no more (full, read-only, over quota, broken), the folder
    /// takes no files, or the caller wants no more. What is wrong with one image is not.
    fn ends_the_call(&self) -> bool;
}

impl EndsTheCall for Error {
    fn ends_the_call(&self) -> bool {
        match self {
            Error::Cancelled => true,
            Error::Worded { cause, .. } => cause.ends_the_call(),
            Error::File(why) => why.is_of_the_disk(),
            _ => false,
        }
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

    /// The system refused `what`, which ends so that the path reads on ("Cannot open").
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        fits::Error::io(what, path, source).into()
    }

    /// The system refused to write an output; see [`Error::io`].
    pub fn output(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        fits::Error::output(what, path, source).into()
    }

    /// A FITS file that cannot be used: `what` ends so that the path reads on ("Image file").
    pub fn fits(what: &'static str, path: &Path, why: impl Into<String>) -> Self {
        fits::Error::fits(what, path, why).into()
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
            Error::File(fits::Error::Output { what, path, source })
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
            Error::File(fits::Error::Fits { path, why, .. }) if why.starts_with(NO_FITS) => {
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
            Error::File(why) => words_of_file(why),
            other => other.to_string(),
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

    /// Names the file that was worked on, in an error of memory that does not know it.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        self.name_file(path)
    }

    /// A message that stands for itself.
    pub fn message(message: impl Into<String>) -> Self {
        Error::Message(message.into())
    }
}

/// What Montage says of a file that cannot be read, else the whole text.
fn words_of_file(error: &fits::Error) -> String {
    match error {
        fits::Error::Fits { what, path, why } if why.starts_with(NO_FITS) => {
            format!("{what} {} {NO_FITS}", shown(path))
        }
        // CFITSIO's words.
        fits::Error::Fits { path, why, .. } if why.starts_with(fits::error::NO_HDU) => {
            naming("tried to move past end of file", path)
        }
        fits::Error::Io { what, path, source } if *what == "Cannot access" => match source.kind() {
            ErrorKind::NotADirectory => format!("{} is not a directory", shown(path)),
            _ => format!("{what} {}", shown(path)),
        },
        other => other.to_string(),
    }
}

impl From<memory::Error> for Error {
    fn from(why: memory::Error) -> Self {
        Error::File(why.into())
    }
}

impl NameFile for Error {
    type Named = Error;

    fn name_file(self, path: &Path) -> Error {
        match self {
            Error::File(why) => Error::File(why.about(path)),
            other => other,
        }
    }
}
