//! The photometry of MUSE images against HST images of the same field, as imphot does it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod ds9_regions;
pub mod error;
pub mod filter_curve;
pub mod kernel;
pub mod muse;
pub mod plot;
pub mod task;

pub use error::{Error, Result};
