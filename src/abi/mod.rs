//! The C interface. This floor, `host` and `io::fits::sys` are the only places with unsafe code.
#![allow(unsafe_code)]
// The names are those of Montage's public header.
#![allow(non_snake_case, non_camel_case_types)]
pub mod arg;
pub mod background;
pub mod background_model;
pub mod coadd;
pub mod difference;
pub mod header;
pub mod helpers;
pub mod image_table;
pub mod overlap;
/// cbindgen:ignore
pub mod photometry;
pub mod pixels;
pub mod plane_fit;
pub mod reproject;
pub mod settings;
pub mod shim;
pub mod world_coor;
