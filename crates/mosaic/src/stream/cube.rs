//! One plane of a cube.

use fits::{Source, Stored};
use sky::Window;

use crate::error::{Error, Result};

use super::{outside, PixelSource};

/// One plane of a cube as an image of its own.
#[derive(Debug, Clone)]
pub struct CubePlane<S> {
    /// The planes, one below the other.
    stacked: S,
    /// Rows of a plane.
    height: usize,
    /// Row of `stacked` that the plane begins at.
    first: usize,
}

impl<S: PixelSource> CubePlane<S> {
    /// Plane `plane` (from 0) of planes of `height` rows that are stacked one below the other, as
    /// [`Source::all_planes`] has them.
    ///
    /// # Errors
    /// When there is no such plane.
    pub fn new(stacked: S, height: usize, plane: usize) -> Result<Self> {
        let rows = stacked.size().1;
        let first = plane.checked_mul(height).filter(|first| *first < rows);
        let first = first.filter(|first| height > 0 && rows - first >= height);
        let first =
            first.ok_or_else(|| Error::message(format!("The cube has no plane {plane}")))?;
        Ok(CubePlane {
            stacked,
            height,
            first,
        })
    }

    fn in_stack(&self, window: Window) -> Result<Window> {
        let (width, height) = self.size();
        let inside = window.pixels_within(width, height).is_some();
        let y = window.y + self.first;
        inside.then_some(Window { y, ..window }).ok_or_else(outside)
    }
}

impl CubePlane<Source> {
    /// Plane `plane` (from 0) of the cube in a FITS file; of further axes the third runs fastest.
    ///
    /// # Errors
    /// When there is no such plane.
    pub fn of_file(cube: Source, plane: usize) -> Result<Self> {
        let height = cube.height();
        CubePlane::new(cube.all_planes()?, height, plane)
    }
}

impl<S: PixelSource> PixelSource for CubePlane<S> {
    fn size(&self) -> (usize, usize) {
        (self.stacked.size().0, self.height)
    }

    fn stored(&self) -> Stored {
        self.stacked.stored()
    }

    fn read(&self, window: Window, out: &mut Vec<f64>) -> Result<()> {
        self.stacked.read(self.in_stack(window)?, out)
    }

    fn read_stored(&self, window: Window, out: &mut Vec<u8>) -> Result<()> {
        self.stacked.read_stored(self.in_stack(window)?, out)
    }
}
