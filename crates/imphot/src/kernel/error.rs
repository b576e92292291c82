//! Why numbers cannot be fitted or resampled; which file they came from is known further up.

use crate::numerics::least_squares::FitError;

/// What is wrong, and with what.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With an option.
    #[error("{name} {why}")]
    Option {
        /// Its name in the C header.
        name: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// With one of the two images of a fit.
    #[error("the image of {0:?} {1}")]
    Image(Side, String),
    /// With the pixels or coordinates as a whole.
    #[error("{0}")]
    Pixels(String),
    /// No memory was left.
    #[error(transparent)]
    Memory(#[from] memory::Error),
}

/// One of the two images of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The image that is judged.
    Muse,
    /// The one it is judged against.
    Hst,
}

/// Shorthand used throughout the kernel.
pub type Result<T> = std::result::Result<T, Error>;

impl From<FitError> for Error {
    fn from(why: FitError) -> Self {
        match why {
            FitError::Memory(why) => Error::Memory(why),
            other => Error::Pixels(other.to_string()),
        }
    }
}

impl Error {
    /// An error about the option `name`.
    pub fn option(name: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Error::Option { name, why }
    }

    /// An error about the image of MUSE.
    pub fn muse(why: impl Into<String>) -> Self {
        Error::Image(Side::Muse, why.into())
    }

    /// An error about the pixels or coordinates as a whole.
    pub fn pixels(why: impl Into<String>) -> Self {
        Error::Pixels(why.into())
    }
}
