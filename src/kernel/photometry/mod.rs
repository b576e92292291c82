//! The numbers behind the photometry of MUSE images: images resampled, filtered and corrected;
//! fits, transforms, point-spread functions.

pub mod align;
pub mod bandpass;
pub mod least_squares;
pub mod lowpass;
pub mod region_mask;
pub mod rows;
pub mod spline;
