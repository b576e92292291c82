//! Tile-compressed images (FITS Standard 4.0, section 10): a binary table whose rows hold the
//! compressed tiles of an image.
//!
//! [`layout`] reads the description of the table from its header, [`stream`] unpacks the bytes of a
//! tile, [`tile`] turns its numbers into pixels, and [`reader`] puts windows together from the
//! tiles that they touch.

mod columns;
mod dither;
mod header;
mod layout;
mod plio;
mod reader;
mod rice;
mod stream;
mod tile;

#[cfg(test)]
mod tests;

pub(super) use header::image_header;
pub(super) use layout::Layout;
pub(super) use reader::TileReader;
