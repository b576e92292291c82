//! Images made from one image: pieces of it and shrunken ones. They are worked on in bands of
//! rows, in a memory that does not grow with the image, on all threads.

mod shrink;
mod subimage;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use fits::{Image, Source};

pub use shrink::{shrink, ShrinkOutcome, ShrinkParams};
use sky::Window;
pub use subimage::{subimage, Mode, SubimageOutcome, SubimageParams};

/// Bytes worked on at once: enough to make the calls cheap, few enough for a second-level cache.
const BAND: usize = 1 << 20;

/// Smaller work than this is not worth a second thread.
const WORTH_SHARING: usize = 4 << 20;

/// Rows of `row_bytes` bytes that are worked on at once of `rows` in all.
fn rows_in_band(rows: usize, row_bytes: usize) -> usize {
    if rows.saturating_mul(row_bytes) <= WORTH_SHARING {
        return rows.max(1);
    }
    (BAND / row_bytes.max(1)).max(1)
}

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

/// The pixels of an image, for all threads.
enum Pixels {
    /// In a plain file, from which every thread reads for itself.
    Plain(Source),
    /// In a gzip'd or tile-compressed one, which is unpacked by one thread at a time.
    Packed(Mutex<Image>),
}

impl Pixels {
    /// # Errors
    /// When the file is shorter than its header says, which would be found out only at its end. What
    /// is packed as a whole would have to be unpacked once more for that.
    fn new(image: Image) -> Result<Self> {
        let last = Window {
            x: image.width() - 1,
            y: image.height() - 1,
            width: 1,
            height: 1,
        };
        let packed = image.source().is_stream();
        let pixels = match image.source().is_direct() {
            true => Pixels::Plain(image.source().clone()),
            false => Pixels::Packed(Mutex::new(image)),
        };
        if !packed {
            pixels.read_stored(last, &mut Vec::new())?;
        }
        Ok(pixels)
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        match self {
            Pixels::Plain(source) => Ok(source.read(window, out)?),
            Pixels::Packed(image) => Ok(locked(image).read(window, out)?),
        }
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Pixels::Plain(source) => Ok(source.read_stored(window, out)?),
            Pixels::Packed(image) => Ok(locked(image).read_stored(window, out)?),
        }
    }
}

/// An image is as good after another thread's panic as before.
fn locked(image: &Mutex<Image>) -> impl std::ops::DerefMut<Target = Image> + '_ {
    image.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The letters of a header's coordinate descriptions: none for the first, then A to Z (Paper I,
/// section 2.2).
fn descriptions() -> impl Iterator<Item = String> {
    std::iter::once(String::new()).chain(('A'..='Z').map(String::from))
}

#[cfg(test)]
mod tests;
