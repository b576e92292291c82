//! The photometry against imphot's own numbers.

mod bandpass;
mod region_mask;
