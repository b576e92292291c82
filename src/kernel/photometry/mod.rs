//! The numbers behind the photometry of MUSE images: fits, transforms, point-spread functions.
pub mod elementary;
pub mod fourier;
pub mod image_fit;
pub mod least_squares;
pub mod median;
pub mod moffat;
pub mod psf;
pub mod region_mask;
pub mod segment;
pub mod taper;
pub mod team;
