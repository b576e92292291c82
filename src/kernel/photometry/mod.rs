//! The numbers behind the photometry of MUSE images: fits, transforms, point-spread functions.
pub mod bandpass;
pub mod least_squares;
pub mod region_mask;
