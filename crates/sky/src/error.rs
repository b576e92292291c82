//! Why a header gives no coordinates.

use std::fmt;

/// Why a header gives no coordinates, or other ones than it seems to: one line of text that names the
/// keyword and what is wrong with it. The file is known to the caller alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

/// Shorthand used throughout this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn message(text: impl Into<String>) -> Self {
        Error(text.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
