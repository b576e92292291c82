//! Pixels through the kernels. A [`PixelSource`] is where they come from, a [`PixelSink`] is where they
//! go: a FITS file, an array in memory, one plane of a cube. Montage's engines are functions of these
//! and know no paths.
//!
//! ```text
//!   task: opens files      caller: has arrays
//!               \             /
//!            PixelSource, PixelSource, ...
//!                      |
//!          engine (plane_fit, difference, background, coadd, reproject, ...)
//!                      |
//!                  PixelSink
//! ```
//!
//! Any thread may read any window of a source and write any window of a sink, in any order. What an
//! engine makes is the same bits whatever the source and the number of threads.

mod array;
pub mod background;
mod bands;
pub mod coadd;
mod cube;
pub mod difference;
mod file;
pub mod plane_fit;
pub mod reproject;
mod rows;
pub mod shrink;
pub mod subimage;
#[cfg(test)]
mod testing;

pub use array::{ArrayInOrder, ArraySink, ArraySource, Element};
pub use cube::CubePlane;
pub use file::{Cached, FitsInOrder, FitsSink, ImageFile, Unpacked};
pub use rows::Rows;

use fits::Stored;
use sky::{Grid, Window};

use crate::error::{Error, Result};

/// Pixels that can be read: an image of two axes. Every method may be called from any thread.
pub trait PixelSource: Sync {
    /// Columns and rows.
    fn size(&self) -> (usize, usize);

    /// The type, scaling and blank value of the pixels as [`PixelSource::read_stored`] returns them.
    fn stored(&self) -> Stored;

    /// Reads the pixels in `window` as row-major doubles, NaN for blanks. `out` is resized to the
    /// window; its memory is used again.
    ///
    /// # Errors
    /// When the window is not inside the image, memory is out, or the pixels cannot be read.
    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()>;

    /// Reads the pixels in `window` as they are stored: big-endian, not scaled, blanks as they are.
    /// `out` is resized to the window; its memory is used again.
    ///
    /// # Errors
    /// As [`PixelSource::read`].
    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()>;

    /// The window of all pixels.
    fn whole(&self) -> Window {
        let (width, height) = self.size();
        Window::of_size(width, height)
    }
}

impl<S: PixelSource> PixelSource for &S {
    fn size(&self) -> (usize, usize) {
        (**self).size()
    }

    fn stored(&self) -> Stored {
        (**self).stored()
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        (**self).read(window, out)
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        (**self).read_stored(window, out)
    }
}

/// An image of two axes that is being written. Its size is fixed when it is created. Every method may
/// be called from any thread; windows that are written at the same time must not overlap.
pub trait PixelSink: Sync {
    /// What remains to be done with the complete image: a file gets its name when this is committed.
    type Done;

    /// The writer of [`PixelSink::in_order`].
    type InOrder<'a>: InOrder
    where
        Self: 'a;

    /// Columns and rows.
    fn size(&self) -> (usize, usize);

    /// For one thread that writes all pixels from the first to the last. This is quicker than
    /// [`PixelSink::write`] for bands of few pixels.
    ///
    /// # Errors
    /// When memory is out.
    fn in_order(&self) -> Result<Self::InOrder<'_>>;

    /// Writes `pixels`, the first of them at column and row `at`. NaN is blank. `scratch` is memory that
    /// is used again from call to call.
    ///
    /// # Errors
    /// When the pixels do not fit into the image at this place, memory is out, or they cannot be
    /// written.
    fn write(&self, at: (usize, usize), pixels: Rows, scratch: &mut Vec<u8>) -> Result<()>;

    /// Writes the pixels of `window` that are stored already: big-endian, in the type that the image was
    /// created with.
    ///
    /// # Errors
    /// As [`PixelSink::write`], and when `bytes` are not as many as the window needs.
    fn write_stored(&self, window: Window, bytes: &[u8]) -> Result<()>;

    /// Ends the image; every pixel must have been written.
    ///
    /// # Errors
    /// When the end cannot be written.
    fn finish(self) -> Result<Self::Done>;
}

/// The pixels of an image, row by row, from the first to the last.
pub trait InOrder {
    /// Writes the next pixels; NaN is blank.
    ///
    /// # Errors
    /// When the image has no more pixels, or they cannot be written.
    fn write(&mut self, pixels: &[f64]) -> Result<()>;

    /// Writes what still waits to be written.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self) -> Result<()>;
}

/// An image, and its area image where there is one: the solid angle that every pixel received, or
/// relative numbers that serve as such.
#[derive(Debug, Clone, Copy)]
pub struct WithAreas<T> {
    /// The image.
    pub image: T,
    /// Its areas; `None` where all are 1.
    pub areas: Option<T>,
}

/// An image on the pixel grid that others share.
pub struct OnGrid<S> {
    /// Its pixels and their areas.
    pub pixels: WithAreas<S>,
    /// Its size and reference pixel.
    pub grid: Grid,
}

impl<S: PixelSource> WithAreas<S> {
    /// Reads `window` of the image and, where there is one, of its area image.
    ///
    /// # Errors
    /// As [`PixelSource::read`].
    pub fn read(&self, window: Window, values: &mut Vec<f64>, areas: &mut Vec<f64>) -> Result<()> {
        self.image.read(window, values)?;
        match &self.areas {
            Some(source) => source.read(window, areas),
            None => Ok(()),
        }
    }
}

impl<K: PixelSink> WithAreas<K> {
    /// Ends both images. Neither has its name then: a caller commits them together.
    ///
    /// # Errors
    /// As [`PixelSink::finish`].
    pub fn finish(self) -> Result<WithAreas<K::Done>> {
        Ok(WithAreas {
            image: self.image.finish()?,
            areas: self.areas.map(K::finish).transpose()?,
        })
    }
}

impl<T> IntoIterator for WithAreas<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::iter::Once<T>, std::option::IntoIter<T>>;

    /// The image, then the areas.
    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self.image).chain(self.areas)
    }
}

/// The error of a window that is not inside an image.
fn outside() -> Error {
    Error::message("Pixels outside the image")
}
