//! The photometry against imphot's own numbers.

mod image_fit;
mod region_mask;
