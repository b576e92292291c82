//! The photometry against imphot's own numbers.

mod region_mask;
