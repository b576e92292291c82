//! The error type of this crate.

use std::path::Path;

/// Why simulated images cannot be made or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error about a field of tiles.
    #[error(transparent)]
    Mosaic(#[from] mosaic::Error),
    /// An error about a pair of images for photometry.
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

    /// The error of an operating-system call on `path`; `what` begins the message ("Cannot create folder").
    pub fn io(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        mosaic::Error::io(what, path, source).into()
    }

    /// An error with a complete message.
    pub fn message(message: impl Into<String>) -> Self {
        mosaic::Error::message(message).into()
    }

    /// The message that a program prints.
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
