//! MUSE images judged against HST images of the same field, as imphot does it: grids and units
//! made equal, fits, and the corrections that follow from them.

pub mod bandpass;
pub mod field;
pub mod region_mask;
pub mod report;

pub use field::{Field, Grid};
