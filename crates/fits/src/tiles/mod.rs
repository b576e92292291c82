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

use super::walk::refusal;

pub(super) use header::image_header;
pub(super) use layout::Layout;
pub(super) use reader::TileReader;

/// Why pixels of tiles cannot be read.
#[derive(Debug)]
pub(super) enum Fault {
    /// What is wrong with the file.
    Damaged(String),
    /// Memory is out: how many bytes could not be allocated, where that is known.
    Memory(Option<usize>),
}

impl Fault {
    /// From an error of reading the file.
    fn of(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::OutOfMemory => {
                Fault::Memory(memory::Error::inside(&error).and_then(|why| why.bytes))
            }
            _ => Fault::Damaged(refusal(&error)),
        }
    }
}

impl From<&str> for Fault {
    fn from(why: &str) -> Self {
        Fault::Damaged(why.to_owned())
    }
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Fault::Damaged(why)
    }
}

impl From<memory::Error> for Fault {
    fn from(error: memory::Error) -> Self {
        Fault::Memory(error.bytes)
    }
}
