//! The photometry against imphot's own numbers.

mod bad_input;
mod image_fit;
mod region_mask;
mod simulated;
