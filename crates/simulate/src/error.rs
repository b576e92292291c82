//! Why a sky cannot be made.

use std::path::Path;

/// The errors of what writes it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Of a field for mosaics.
    #[error(transparent)]
    Mosaic(#[from] mosaic::Error),
    /// Of a pair for the photometry.
    #[error(transparent)]
    Photometry(#[from] imphot::Error),
}

/// Shorthand used throughout the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error about the argument `name`.
    pub fn argument(name: &'static str, why: impl Into<String>) -> Self {
        mosaic::Error::argument(name, why).into()
    }

    /// The system refused `what`, which ends so that the path reads on ("Cannot create folder").
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        mosaic::Error::io(what, path, source).into()
    }

    /// A message that stands for itself.
    pub fn message(message: impl Into<String>) -> Self {
        mosaic::Error::message(message).into()
    }

    /// What a program prints.
    pub fn msg(&self) -> String {
        match self {
            Error::Mosaic(why) => why.msg(),
            Error::Photometry(why) => why.msg(),
        }
    }
}

impl From<fits::Error> for Error {
    fn from(why: fits::Error) -> Self {
        Error::Mosaic(why.into())
    }
}

impl From<memory::Error> for Error {
    fn from(why: memory::Error) -> Self {
        Error::Mosaic(why.into())
    }
}

impl From<sky::Error> for Error {
    fn from(why: sky::Error) -> Self {
        Error::Mosaic(why.into())
    }
}
