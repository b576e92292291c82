//! The photometry against imphot's own numbers.

mod bandpass;
mod image_fit;
mod region_mask;
