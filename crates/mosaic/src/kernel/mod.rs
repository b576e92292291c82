//! Pure numbers: slices in, numbers out; no paths, no I/O.
pub mod background;
pub mod background_model;
pub mod coadd;
pub mod difference;
pub mod header;
pub mod image_table;
pub mod overlap;
pub mod pixel_area;
pub mod pixels;
pub mod plane;
pub mod plane_fit;
pub mod reproject;
