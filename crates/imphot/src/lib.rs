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

//! # Example
//!
//! The scale and the shift between two simulated images:
//!
//! ```
//! use imphot::task::fit_image::{fit_image, FitImageOptions, FitImageParams};
//! use mosaic::run::Run;
//! use simulate::photometry::Pair;
//!
//! let dir = tempfile::tempdir()?;
//! let run = Run::default();
//! let truth = Pair::random(64, 1);
//! truth.write(dir.path(), &run)?;
//!
//! let (hst, muse) = (dir.path().join("hst.fits"), dir.path().join("muse.fits"));
//! let params = FitImageParams { hst: &hst, muse: &muse, options: FitImageOptions::default() };
//! let fit = fit_image(&params, &run)?.photometry;
//! assert!((fit.scale.value - truth.scale).abs() < 0.05);
//! assert!((fit.dx.value - truth.dx).abs() < 0.05, "arcsec");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
