//! The photometry against imphot's own numbers.

mod bandpass;
mod fit_star;
mod image_fit;
mod region_mask;
