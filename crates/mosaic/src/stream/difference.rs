//! The difference of two images on one pixel grid.

use fits::header::as_written;
use sky::{Grid, Window};

use crate::error::{Error, Result};
use crate::kernel::difference::{difference, overlap, value_range, Covered, Overlap, Weighted};
use crate::kernel::plane_fit::Patch;

use super::{OnGrid, PixelSink, PixelSource, Rows, WithAreas};

/// Why two images have no difference. The texts are Montage's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDifference {
    /// They do not overlap inside the output.
    #[error("Images don't overlap")]
    Apart,
    /// No pixel is covered by both.
    #[error("All pixels are blank.")]
    Blank,
}

/// Memory that is used again from pair to pair.
#[derive(Default)]
pub struct PairBuffers {
    first: Vec<f64>,
    first_area: Vec<f64>,
    second: Vec<f64>,
    second_area: Vec<f64>,
    difference: Vec<f64>,
    areas: Vec<f64>,
}

/// A difference in memory.
pub struct Difference<'a> {
    /// Where it lies.
    overlap: Overlap,
    /// The part that is not blank.
    pub covered: Covered,
    difference: &'a [f64],
    /// `None` where they are not wanted.
    areas: Option<&'a [f64]>,
    /// Size and reference pixel of the part that is not blank.
    pub grid: Grid,
}

impl PairBuffers {
    /// The difference of two images inside `output`: `first` less `factor` times `second`, weighted by
    /// areas. Only their overlap is read.
    ///
    /// # Errors
    /// When pixels cannot be read or memory is out. That there is no difference is the inner error.
    pub fn difference<S: PixelSource>(
        &mut self,
        output: &Grid,
        first: &OnGrid<S>,
        second: &OnGrid<S>,
        factor: f64,
        with_areas: bool,
    ) -> Result<std::result::Result<Difference<'_>, NoDifference>> {
        let Some(found) = overlap(output, &first.grid, &second.grid) else {
            return Ok(Err(NoDifference::Apart));
        };
        let PairBuffers {
            first: v1,
            first_area: a1,
            second: v2,
            second_area: a2,
            ..
        } = self;
        first.pixels.read(found.first, v1, a1)?;
        second.pixels.read(found.second, v2, a2)?;
        let covered = difference(
            first.pixels.weighted(v1, a1),
            second.pixels.weighted(v2, a2),
            factor,
            found.output.width,
            &mut self.difference,
            with_areas.then_some(&mut self.areas),
        )?;
        let Some(covered) = covered else {
            return Ok(Err(NoDifference::Blank));
        };
        // As a fit of the written image finds it: which of two equally good boxes around the
        // pixels is taken depends on the last bits of the positions.
        let grid = output.part(&Window {
            x: found.output.x + covered.window.x,
            y: found.output.y + covered.window.y,
            ..covered.window
        });
        let grid = Grid {
            crpix1: as_written(grid.crpix1),
            crpix2: as_written(grid.crpix2),
            ..grid
        };
        Ok(Ok(Difference {
            overlap: found,
            covered,
            difference: &self.difference,
            areas: with_areas.then_some(&self.areas),
            grid,
        }))
    }
}

impl<S> WithAreas<S> {
    /// Pixels that were read from it, with their areas where it has some.
    fn weighted<'a>(&self, values: &'a [f64], areas: &'a [f64]) -> Weighted<'a> {
        Weighted {
            values,
            areas: self.areas.is_some().then_some(areas),
        }
    }
}

impl Difference<'_> {
    /// The part that is not blank, to be fitted.
    ///
    /// # Errors
    /// When it has too many pixels in a row or column: 2^30.
    pub fn patch(&self) -> Result<Patch<'_>> {
        Patch::new(
            self.difference,
            self.overlap.output.width,
            self.covered.window,
        )
        .ok_or_else(|| Error::message("The difference image is too large"))
    }

    /// Writes the part that is not blank, and its areas where there are some, to images of the size
    /// that [`Difference::grid`] says.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write<K: PixelSink>(&self, output: &WithAreas<K>) -> Result<()> {
        let mut scratch = Vec::new();
        let mut write = |sink: &K, pixels: &[f64]| {
            let stride = self.overlap.output.width;
            let rows = Rows::of_window(pixels, stride, &self.covered.window);
            let rows = rows.ok_or_else(super::outside)?;
            sink.write((0, 0), rows, &mut scratch)
        };
        write(&output.image, self.difference)?;
        match (&output.areas, self.areas) {
            (Some(sink), Some(areas)) => write(sink, areas),
            _ => Ok(()),
        }
    }
}

/// The smallest and the largest value times area of an image, `None` where all pixels are blank. It is
/// read in bands, so that its size does not matter.
///
/// # Errors
/// When pixels cannot be read.
pub fn range_of_image<S: PixelSource>(image: &WithAreas<S>) -> Result<Option<(f64, f64)>> {
    const BAND_PIXELS: usize = 1 << 20;
    let (width, height) = image.image.size();
    let rows = (BAND_PIXELS / width.max(1)).max(1);
    let (mut values, mut areas) = (Vec::new(), Vec::new());
    let mut range: Option<(f64, f64)> = None;
    for y in (0..height).step_by(rows) {
        let band = Window::of_rows(width, y, rows.min(height - y));
        image.read(band, &mut values, &mut areas)?;
        let band = value_range(image.weighted(&values, &areas));
        range = match (range, band) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
    use super::super::{ArraySink, ArraySource};
    use super::*;

    #[test]
    fn arrays_and_files_have_one_difference() {
        let output = grid(120, 90, 60.25, 45.0);
        let grids = [grid(70, 80, 60.25, 50.0), grid(80, 60, 30.25, 20.0)];
        let images = grids.map(|grid| (Made::sky(grid, 1), Made::areas(grid)));
        let arrays = [0, 1].map(|i| OnGrid {
            pixels: WithAreas {
                image: images[i].0.array(),
                areas: Some(images[i].1.array()),
            },
            grid: grids[i],
        });
        let mut buffers = PairBuffers::default();
        let [first, second] = &arrays;
        let made = buffers.difference(&output, first, second, 0.75, true);
        let made = made.unwrap().unwrap();
        let shape = (made.grid.height, made.grid.width);
        let (grid, covered) = (made.grid, made.covered);
        let mut found = [(); 2].map(|()| Array2::<f64>::zeros(shape));
        let [image, areas] = &mut found;
        let sinks = WithAreas {
            image: ArraySink::new(image.view_mut()),
            areas: Some(ArraySink::new(areas.view_mut())),
        };
        made.write(&sinks).unwrap();
        sinks.finish().unwrap();
        let expected = found.map(|found| found.into_raw_vec_and_offset().0);
        let range = range_of_image(&arrays[0].pixels).unwrap();
        let dir = folder();
        let sources = images.map(|(image, areas)| {
            let name = format!("image{}", image.grid.width);
            let images = image.file_sources(dir.path(), &name);
            let areas = areas.file_sources(dir.path(), &format!("{name}_area"));
            images
                .into_iter()
                .zip(areas)
                .map(|(image, areas)| WithAreas {
                    image,
                    areas: Some(areas),
                })
        });
        let [firsts, seconds] = sources;
        for (first, second) in firsts.zip(seconds) {
            assert_eq!(range_of_image(&first).unwrap(), range);
            let [first, second] = [(first, grids[0]), (second, grids[1])]
                .map(|(pixels, grid)| OnGrid { pixels, grid });
            let made = buffers.difference(&output, &first, &second, 0.75, true);
            let made = made.unwrap().unwrap();
            assert_eq!((made.grid, made.covered), (grid, covered));
            let sinks = WithAreas {
                image: sink(dir.path(), "diff.fits", &grid),
                areas: Some(sink(dir.path(), "diff_area.fits", &grid)),
            };
            made.write(&sinks).unwrap();
            for done in sinks.finish().unwrap() {
                done.commit().unwrap();
            }
            assert_same_bits("image", &pixels_of(dir.path(), "diff.fits"), &expected[0]);
            let areas = pixels_of(dir.path(), "diff_area.fits");
            assert_same_bits("areas", &areas, &expected[1]);
        }
    }

    #[test]
    fn images_that_are_apart_or_blank_have_no_difference() {
        let output = grid(100, 100, 50.0, 50.0);
        let image = |crpix: f64, border: usize| Made::sky(grid(20, 20, crpix, crpix), border);
        let (near, far, blank) = (image(40.0, 0), image(-40.0, 0), image(40.0, 10));
        fn on_grid(made: &Made) -> OnGrid<ArraySource<'_, f64>> {
            OnGrid {
                pixels: WithAreas {
                    image: made.array(),
                    areas: None,
                },
                grid: made.grid,
            }
        }
        let mut buffers = PairBuffers::default();
        let mut none = |other: &Made| {
            let (first, second) = (on_grid(&near), on_grid(other));
            let made = buffers.difference(&output, &first, &second, 1.0, false);
            made.unwrap().err()
        };
        assert_eq!(none(&far), Some(NoDifference::Apart));
        assert_eq!(none(&blank), Some(NoDifference::Blank));
        assert_eq!(none(&near), None);
    }
}
