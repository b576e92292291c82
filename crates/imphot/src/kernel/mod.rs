//! The numbers behind the photometry of MUSE images: images resampled, filtered, masked and
//! corrected; fits, transforms, point-spread functions.

pub mod align;
pub mod bandpass;
pub mod cosine;
pub mod elementary;
mod error;
pub mod fourier;
pub mod image_fit;
pub mod least_squares;
pub mod lowpass;
pub mod median;
pub mod moffat;
pub mod psf;
pub mod region_mask;
pub mod rows;
pub mod segment;
pub mod spline;
pub mod star_fit;
pub mod taper;
pub mod vectors;

pub use error::{Error, Result, Side};
