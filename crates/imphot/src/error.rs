//! The error type of the photometry. Its text is what a C caller reads in `msg`, so it names the file
//! or argument and says what is wrong with it.

use std::path::Path;

use crate::kernel;

pub use mosaic::error::{of_one, shown, About, EndsTheCall, NameFile};

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
    /// What the photometry shares with the mosaics: files, memory, cancelling.
    #[error(transparent)]
    Shared(#[from] mosaic::Error),
    /// Anything else: the whole message.
    #[error("{0}")]
    Message(String),
}

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error about the argument `name`.
    pub fn argument(name: &'static str, why: impl Into<String>) -> Self {
        Error::Argument {
            name,
            why: why.into(),
        }
    }

    /// A FITS file that cannot be used: `what` ends so that the path reads on ("MUSE image").
    pub fn fits(what: &'static str, path: &Path, why: impl Into<String>) -> Self {
        mosaic::Error::fits(what, path, why).into()
    }

    /// The system refused `what`, which ends so that the path reads on ("Cannot open").
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        mosaic::Error::io(what, path, source).into()
    }

    /// A text file that cannot be used.
    pub fn table(message: impl Into<String>, path: &Path) -> Self {
        mosaic::Error::table(message, path).into()
    }

    /// A message that stands for itself.
    pub fn message(message: impl Into<String>) -> Self {
        Error::Message(message.into())
    }

    /// What `msg` says; see [`mosaic::Error::msg`].
    pub fn msg(&self) -> String {
        match self {
            Error::Shared(why) => why.msg(),
            other => other.to_string(),
        }
    }

    /// Names the file that was worked on, in an error of memory that does not know it.
    #[must_use]
    pub fn about(self, path: &Path) -> Self {
        match self {
            Error::Shared(why) => Error::Shared(why.about(path)),
            other => other,
        }
    }
}

impl NameFile for Error {
    type Named = Error;

    fn name_file(self, path: &Path) -> Error {
        self.about(path)
    }
}

impl From<fits::Error> for Error {
    fn from(why: fits::Error) -> Self {
        Error::Shared(why.into())
    }
}

impl From<memory::Error> for Error {
    fn from(why: memory::Error) -> Self {
        Error::Shared(why.into())
    }
}

impl From<kernel::Error> for Error {
    fn from(why: kernel::Error) -> Self {
        match why {
            kernel::Error::Option { name, why } => Error::Argument { name, why },
            kernel::Error::Memory(why) => why.into(),
            other => Error::Message(other.to_string()),
        }
    }
}

impl From<sky::Error> for Error {
    fn from(why: sky::Error) -> Self {
        Error::Message(why.to_string())
    }
}

impl From<picture::Error> for Error {
    fn from(why: picture::Error) -> Self {
        match why {
            picture::Error::Memory(why) => why.into(),
            drawing => Error::Message(drawing.to_string()),
        }
    }
}

impl EndsTheCall for Error {
    fn ends_the_call(&self) -> bool {
        matches!(self, Error::Shared(why) if why.ends_the_call())
    }
}
