//! Images made from one image: pieces of it and shrunken ones. They are worked on in bands of
//! rows, in a memory that does not grow with the image, on all threads.

mod shrink;
mod subimage;

use std::path::Path;

use crate::error::{Error, Result};
use crate::stream::{ImageFile, PixelSource};
use fits::Image;
use sky::Window;

pub use shrink::{shrink, ShrinkOutcome, ShrinkParams};
pub use subimage::{subimage, Mode, SubimageOutcome, SubimageParams};

/// Opens HDU `hdu` (from 0, which means the first image) of a file; `file.fits[n]` is HDU n of it
/// where `hdu` is 0.
fn open(path: &Path, hdu: usize) -> Result<Image> {
    if hdu == 0 {
        return Ok(Image::open(path, "Image file")?);
    }
    Image::open_hdu(path, hdu, "Image file").map_err(|why| {
        let why = Error::from(why);
        let msg = format!("{} (argument hdu)", why.msg());
        Error::argument("hdu", why.to_string()).in_words(msg)
    })
}

/// The argument `hdu`.
fn hdu_number(hdu: i32) -> Result<usize> {
    usize::try_from(hdu).map_err(|_| {
        let why = format!("HDU value ({hdu}) must be a non-negative integer");
        Error::argument("hdu", why)
    })
}

/// An image for all threads. A plain file is opened by each of them; what is packed is unpacked by one
/// thread at a time.
///
/// # Errors
/// When the file is shorter than its header says, which would be found out only at its end. What
/// is packed as a whole would have to be unpacked once more for that.
fn for_threads(image: Image) -> Result<ImageFile> {
    let last = Window {
        x: image.width() - 1,
        y: image.height() - 1,
        width: 1,
        height: 1,
    };
    let is_stream = image.source().is_stream();
    let image = ImageFile::for_threads(image);
    if !is_stream {
        image.read_stored(last, &mut Vec::new())?;
    }
    Ok(image)
}

/// The letters of a header's coordinate descriptions: none for the first, then A to Z (Paper I,
/// section 2.2).
fn descriptions() -> impl Iterator<Item = String> {
    std::iter::once(String::new()).chain(('A'..='Z').map(String::from))
}

#[cfg(test)]
mod tests;
