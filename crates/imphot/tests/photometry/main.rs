//! The photometry against imphot's own numbers.

mod bad_input;
mod bandpass;
mod batch;
mod fit_star;
mod image_fit;
mod images;
mod region_mask;
mod simulated;
