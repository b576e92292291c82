//! The photometry of MUSE images against HST images of the same field, as imphot does it.
//!
//! ```text
//!   task       one function per C function: parameters in, outcome out; opens and writes files
//!    |
//!    +------ muse, ds9_regions, filter_curve    imphot's file formats
//!    +------ plot      drawings of the fits
//!    +------ kernel    the numbers of the photometry; no files
//!               |
//!            numerics  transforms, splines, least squares
//! ```
//!
//! Arrows go down only.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod ds9_regions;
pub mod error;
pub mod filter_curve;
pub mod kernel;
pub mod muse;
pub mod numerics;
pub mod plot;
pub mod task;

pub use error::{Error, Result};
