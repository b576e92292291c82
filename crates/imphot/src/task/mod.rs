//! MUSE images judged against HST images of the same field, as imphot does it: grids and units
//! made equal, fits, and the corrections that follow from them.

pub mod aligned;
pub mod bandpass;
pub mod batch;
pub mod corrections;
pub mod field;
pub mod filter;
pub mod fit_both;
pub mod fit_image;
pub mod fit_images;
pub mod fit_star;
pub mod fit_stars;
pub mod grids;
pub mod hardcopy;
pub mod region_mask;
pub mod regrid;
pub mod report;
pub mod rescale;
pub mod star;

pub use field::{Field, PixelsOnSky};
