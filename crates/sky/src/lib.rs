//! From a FITS header to the sky and back.
//!
//! ```text
//! pixel --crpix--> offset --distortion--> offset --matrix--> plane --projection--> native sphere --rotation--> sky
//! ```
//!
//! [`Wcs`] is that chain for one image, after the FITS standard (Greisen & Calabretta 2002, A&A
//! 395, 1061, "Paper I"; Calabretta & Greisen 2002, A&A 395, 1077, "Paper II"; Calabretta &
//! Roukema 2007, MNRAS 381, 865). [`Frame`] names the celestial system that a header's
//! coordinates are in, and [`convert`] takes a position from one to another.
//!
//! The projections are written here rather than taken from a crate. Measured against WCSLIB on the
//! headers of `tests/sky_projections`, the crates `wcs` 0.4.2 and `mapproj` 0.4.0 hold 1e-9 degree
//! for TAN, SIN, ARC, STG, ZEA and AZP. They are up to degrees off for slanted SIN, SZP, PAR, AIR
//! with its default, every conic, HPX other than H=4, K=3, a cylinder with LONPOLE or at a pole,
//! and PV1_m; up to 1e-6 degree off for the other cylindrical ones and ZPN. And they assert on
//! parameters, where a library that must not panic has to answer with an error.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod chebyshev;
pub mod direction;
mod distortion;
mod error;
mod fk5_tables;
mod footprint;
mod frame;
mod grid;
mod header;
mod keywords;
mod matrix;
mod near;

pub mod pixel_map;
mod projection;
mod rotation;
pub mod tangent;
mod wcs;
mod window;

pub use direction::Direction;
pub use distortion::{LookupTable, NoTables, TableAxis, TableSource};
pub use error::{Error, Result};
pub use footprint::Footprint;
pub use frame::{convert, Conversion, Frame};
pub use grid::{Grid, FARTHEST_PIXEL};
pub use header::matrix_keys;
pub use keywords::{record, Fault, KeywordError, Keywords};
pub use pixel_map::{Map, PixelMap};
pub use wcs::{ScaleAndRotation, Wcs};
pub use window::Window;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
