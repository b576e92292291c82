//! The numbers of the photometry: point-spread functions, fits of an image and of a star, images
//! resampled, masked and averaged over a band. Slices in, numbers out; no files.

pub mod align;
pub mod bandpass;
mod error;
pub mod image_fit;
pub mod moffat;
pub mod psf;
pub mod region_mask;
pub mod segment;
pub mod star_fit;
pub mod taper;

pub use error::{Error, Result, Side};
