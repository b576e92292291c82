//! Images stacked into a mosaic, in blocks: bands of whole rows, or parts of one row where rows are very
//! long.

use std::sync::atomic::{AtomicUsize, Ordering};

use sky::{Grid, Window};

use crate::error::Result;
use crate::kernel::coadd::coverage::{blank_uncovered, Coverage, Sample, Surroundings};
use crate::kernel::coadd::placement::{columns, rows, Span};
use crate::kernel::coadd::{median, Block, Layer, Stacking};
use crate::run::Run;

use super::{OnGrid, PixelSink, PixelSource, Rows, WithAreas};

/// An image that has pixels in the mosaic.
pub struct Contributor<S> {
    pixels: WithAreas<S>,
    /// Its rows.
    rows: Span,
    /// Its columns.
    columns: Span,
    /// How the median judges which pixels are covered.
    coverage: Coverage,
}

impl<S: PixelSource> Contributor<S> {
    /// An image with these rows and columns in the mosaic. With `nominal`, the area of a whole pixel of
    /// weight 1, a sample of the areas decides what is coverage: the median needs to know.
    ///
    /// # Errors
    /// When areas cannot be read.
    pub fn new(
        pixels: WithAreas<S>,
        rows: Span,
        columns: Span,
        nominal: Option<f64>,
    ) -> Result<Self> {
        let coverage = match (&pixels.areas, nominal) {
            (Some(areas), Some(nominal)) => coverage(areas, nominal)?,
            _ => Coverage::Above(0.0),
        };
        Ok(Contributor {
            pixels,
            rows,
            columns,
            coverage,
        })
    }

    /// The same for an image on the grid of the mosaic; `None` where it has no pixels there.
    ///
    /// # Errors
    /// When areas cannot be read.
    pub fn on_grid(mosaic: &Grid, image: OnGrid<S>, nominal: Option<f64>) -> Result<Option<Self>> {
        let place = rows(mosaic, &image.grid).zip(columns(mosaic, &image.grid));
        place
            .map(|(rows, columns)| Contributor::new(image.pixels, rows, columns, nominal))
            .transpose()
    }
}

/// Stacks images on one grid into a mosaic of the size of `output`. Every pixel's numbers are added in the
/// order of `contributors`, which must be sorted by their first row in the mosaic.
///
/// # Errors
/// When pixels cannot be read or written, memory is out, or the run is cancelled.
pub fn coadd<S: PixelSource, K: PixelSink>(
    contributors: &[Contributor<S>],
    stacking: Stacking,
    output: &WithAreas<K>,
    run: &Run,
) -> Result<()> {
    let blocks = Blocks::new(output.image.size(), contributors, stacking, run.threads())?;
    let failed = AtomicUsize::new(usize::MAX);
    let results = run.for_each_with(blocks.count(), Worker::default, |worker, i| {
        // Blocks are begun in order: those before a failure are done, and the lowest-numbered failure
        // is reported.
        if i > failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let window = blocks.window(i);
        let done = worker
            .coadd(&window, contributors, stacking)
            .and_then(|()| worker.write(&window, output));
        if done.is_err() {
            failed.fetch_min(i, Ordering::Relaxed);
        }
        done
    })?;
    results.into_iter().collect()
}

/// Bytes that all threads together may have in work.
const BUDGET: usize = 96 << 20;

/// Bytes of a block's values. The images that touch a block are opened for each, so that small
/// blocks cost time; so do those that leave the second-level cache (M17: 0.25 to 1 MB
/// are best).
const LARGEST_BLOCK: usize = 512 << 10;

/// How a mosaic is divided. What a pixel becomes does not depend on it.
struct Blocks {
    width: usize,
    height: usize,
    /// Columns of a block: all, or less with `rows` 1.
    columns: usize,
    rows: usize,
    across: usize,
    down: usize,
}

impl Blocks {
    /// Divides a mosaic of this size so that `threads` blocks, and what is read for them, fit into memory.
    ///
    /// # Errors
    /// When memory is out.
    fn new<S>(
        (width, height): (usize, usize),
        contributors: &[Contributor<S>],
        stacking: Stacking,
        threads: usize,
    ) -> Result<Self> {
        // Doubles that a row of the mosaic needs: the output's values and areas, and what is read
        // for it. The median needs all images of a row at once, the others one after the other.
        let (read, deep) = match stacking {
            Stacking::Median => widest_row(contributors)?,
            _ => {
                let widest = contributors.iter().map(|c| c.columns.length).max();
                (widest.unwrap_or(0), 1)
            }
        };
        let budget = BUDGET / threads.max(1) / (2 * size_of::<f64>());
        let row = width.saturating_add(read);
        let largest = LARGEST_BLOCK / size_of::<f64>();
        let (columns, rows) = if row <= budget {
            let rows = (budget / row).min(largest / width).max(1);
            (width, rows.min(height))
        } else {
            ((budget / (1 + deep)).clamp(1, width), 1)
        };
        Ok(Blocks {
            width,
            height,
            columns,
            rows,
            across: width.div_ceil(columns),
            down: height.div_ceil(rows),
        })
    }

    /// How many there are.
    fn count(&self) -> usize {
        self.across.saturating_mul(self.down)
    }

    /// Block `i`, in the order of the pixels in a file.
    fn window(&self, i: usize) -> Window {
        let (x, y) = (i % self.across * self.columns, i / self.across * self.rows);
        Window {
            x,
            y,
            width: self.columns.min(self.width - x),
            height: self.rows.min(self.height - y),
        }
    }
}

/// The most columns of images, and the most images, that lie on one row of the mosaic.
fn widest_row<S>(contributors: &[Contributor<S>]) -> Result<(usize, usize)> {
    let mut ends: Vec<(usize, bool, usize)> =
        memory::room(memory::product(2, contributors.len())?)?;
    for Contributor { rows, columns, .. } in contributors {
        ends.push((rows.output, true, columns.length));
        ends.push((rows.output + rows.length, false, columns.length));
    }
    // On one row the ends come before the beginnings.
    ends.sort_unstable();
    let (mut columns, mut images) = (0_usize, 0_usize);
    let mut most = (0, 0);
    for (_, begins, length) in ends {
        if begins {
            columns = columns.saturating_add(length);
            images += 1;
            most = (columns.max(most.0), images.max(most.1));
        } else {
            columns = columns.saturating_sub(length);
            images -= 1;
        }
    }
    Ok(most)
}

/// What a thread keeps from block to block.
#[derive(Default)]
struct Worker {
    block: Block,
    pixels: Vec<Pixels>,
    scratch: Vec<u8>,
}

impl Worker {
    /// Coadds what the images have in `window` of the mosaic.
    ///
    /// # Errors
    /// When an image cannot be read or memory is out.
    fn coadd<S: PixelSource>(
        &mut self,
        window: &Window,
        contributors: &[Contributor<S>],
        stacking: Stacking,
    ) -> Result<()> {
        let block = &mut self.block;
        block.begin(window.width, window.height).ok_or_else(|| {
            let pixels = window.width.checked_mul(window.height);
            memory::Error {
                bytes: pixels.and_then(|n| n.checked_mul(2 * size_of::<f64>())),
            }
        })?;
        let touching = &contributors
            [..contributors.partition_point(|c| c.rows.output < window.y + window.height)];
        let touching = touching
            .iter()
            .filter(|c| c.rows.output + c.rows.length > window.y);
        let mut used = 0;
        for contributor in touching {
            if used == self.pixels.len() {
                memory::push(&mut self.pixels, Pixels::default())?;
            }
            let pixels = &mut self.pixels[used];
            if !contributor.read(window, pixels)? {
                continue;
            }
            if stacking == Stacking::Median {
                contributor.judge(pixels)?;
                used += 1;
            } else if let Some(layer) = pixels.layer(window, contributor.has_areas()) {
                block.add(stacking, &layer);
            }
        }
        if stacking == Stacking::Median {
            let layers = self.pixels[..used]
                .iter()
                .filter_map(|pixels| pixels.layer(window, contributors[0].has_areas()));
            let layers: Vec<Layer> = memory::collect(layers)?;
            median(block, &layers)?;
        } else {
            block.finish(stacking);
        }
        Ok(())
    }

    /// Writes the block to its place.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write<K: PixelSink>(&mut self, window: &Window, output: &WithAreas<K>) -> Result<()> {
        let at = (window.x, window.y);
        let rows = |pixels| Rows::all(pixels, window.width);
        (output.image).write(at, rows(&self.block.values), &mut self.scratch)?;
        match &output.areas {
            Some(areas) => areas.write(at, rows(&self.block.areas), &mut self.scratch),
            None => Ok(()),
        }
    }
}

impl Pixels {
    fn layer(&self, window: &Window, with_areas: bool) -> Option<Layer<'_>> {
        let (rows, columns) = (self.rows?, self.columns?);
        Some(Layer {
            x: columns.output - window.x,
            y: rows.output - window.y,
            width: columns.length,
            values: &self.values,
            areas: with_areas.then_some(&self.areas),
            least_area: self.least_area,
        })
    }
}

/// How the pixels of an image with these areas are judged, from some bands of its rows.
fn coverage<S: PixelSource>(areas: &S, nominal: f64) -> Result<Coverage> {
    const BANDS: usize = 8;
    const ROWS: usize = 3;
    // Of rows too long for memory the middle.
    const COLUMNS: usize = 1 << 16;
    let (columns, height) = areas.size();
    let width = columns.min(COLUMNS);
    let rows = ROWS.min(height);
    let mut sample = Sample::default();
    let mut pixels = Vec::new();
    let mut next = 0;
    for band in 0..BANDS {
        if next + rows > height {
            break;
        }
        let middle = (2 * band + 1) * height / (2 * BANDS);
        let window = Window {
            x: (columns - width) / 2,
            y: middle.max(next).min(height - rows),
            width,
            height: rows,
        };
        areas.read(window, &mut pixels)?;
        sample.add(&pixels, width);
        next = window.y + rows;
    }
    Ok(sample.coverage(nominal))
}

/// Pixels of one image for a block of the mosaic; the memory is used again.
#[derive(Default)]
struct Pixels {
    /// Where it lies in the mosaic.
    rows: Option<Span>,
    /// The same for columns.
    columns: Option<Span>,
    /// Values, row by row.
    values: Vec<f64>,
    /// Areas.
    areas: Vec<f64>,
    /// Areas that are not above this are no coverage.
    least_area: f64,
    /// Areas of what is around, too.
    around: Vec<f64>,
}

impl<S: PixelSource> Contributor<S> {
    /// Whether there are area images.
    fn has_areas(&self) -> bool {
        self.pixels.areas.is_some()
    }

    /// Reads what it has in `window` of the mosaic; `false` when that is nothing.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn read(&self, window: &Window, into: &mut Pixels) -> Result<bool> {
        into.rows = self.rows.within(window.y, window.y + window.height);
        into.columns = self.columns.within(window.x, window.x + window.width);
        let (Some(rows), Some(columns)) = (into.rows, into.columns) else {
            return Ok(false);
        };
        let part = Window {
            x: columns.input,
            y: rows.input,
            width: columns.length,
            height: rows.length,
        };
        (self.pixels).read(part, &mut into.values, &mut into.areas)?;
        Ok(true)
    }

    /// Makes known which pixels of those that [`Contributor::read`] has read are covered.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn judge(&self, pixels: &mut Pixels) -> Result<()> {
        let (areas, rows, columns) = match (
            self.coverage,
            &self.pixels.areas,
            pixels.rows,
            pixels.columns,
        ) {
            (Coverage::OfNeighbours, Some(areas), Some(rows), Some(columns)) => {
                (areas, rows, columns)
            }
            (Coverage::Above(least), ..) => {
                pixels.least_area = least;
                return Ok(());
            }
            _ => return Ok(()),
        };
        pixels.least_area = 0.0;
        let grown = |span: &Span, size: usize| {
            let first = usize::from(span.input > 0);
            let last = usize::from(span.input + span.length < size);
            (span.input - first, first, first + span.length + last)
        };
        let (x, first_x, width) = grown(&columns, areas.size().0);
        let (y, first_y, height) = grown(&rows, areas.size().1);
        let window = Window {
            x,
            y,
            width,
            height,
        };
        areas.read(window, &mut pixels.around)?;
        let around = Surroundings {
            areas: &pixels.around,
            width,
            first: (first_x, first_y),
            columns: columns.length,
        };
        blank_uncovered(&mut pixels.values, &around);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
    use super::super::ArraySink;
    use super::*;

    #[test]
    fn arrays_and_files_have_one_mosaic() {
        let mosaic = grid(150, 110, 75.0, 55.0);
        // In the order of their first rows; the last one lies beside the mosaic.
        let grids = [(80.0, 60.0), (20.0, 40.0), (50.0, 30.0), (500.0, 500.0)]
            .map(|(x, y)| grid(70, 60, x, y));
        let images = grids.map(|grid| (Made::sky(grid, 1), Made::areas(grid)));
        let dir = folder();
        for stacking in [
            Stacking::Mean,
            Stacking::Median,
            Stacking::Count,
            Stacking::Sum,
        ] {
            let nominal = (stacking == Stacking::Median).then_some(1.0);
            let arrays: Vec<_> = images
                .iter()
                .filter_map(|(image, areas)| {
                    let pixels = WithAreas {
                        image: image.array(),
                        areas: Some(areas.array()),
                    };
                    let grid = image.grid;
                    Contributor::on_grid(&mosaic, OnGrid { pixels, grid }, nominal).unwrap()
                })
                .collect();
            assert_eq!(arrays.len(), 3);
            let shape = (mosaic.height, mosaic.width);
            let mut made = [(); 2].map(|()| Array2::<f64>::zeros(shape));
            let [image, areas] = &mut made;
            let output = WithAreas {
                image: ArraySink::new(image.view_mut()),
                areas: Some(ArraySink::new(areas.view_mut())),
            };
            coadd(&arrays, stacking, &output, &Run::new(1)).unwrap();
            output.finish().unwrap();
            let expected = made.map(|made| made.into_raw_vec_and_offset().0);
            assert!(expected[0].iter().any(|x| x.is_finite()));
            for kind in 0..3 {
                let contributors: Vec<_> = images
                    .iter()
                    .enumerate()
                    .filter_map(|(i, (image, areas))| {
                        let [image_name, areas_name] = [format!("{i}"), format!("{i}_area")];
                        let grid = image.grid;
                        let mut image = Vec::from(image.file_sources(dir.path(), &image_name));
                        let mut areas = Vec::from(areas.file_sources(dir.path(), &areas_name));
                        let pixels = WithAreas {
                            image: image.swap_remove(kind),
                            areas: Some(areas.swap_remove(kind)),
                        };
                        Contributor::on_grid(&mosaic, OnGrid { pixels, grid }, nominal).unwrap()
                    })
                    .collect();
                let output = WithAreas {
                    image: sink(dir.path(), "mosaic.fits", &mosaic),
                    areas: Some(sink(dir.path(), "mosaic_area.fits", &mosaic)),
                };
                coadd(&contributors, stacking, &output, &Run::new(2)).unwrap();
                for done in output.finish().unwrap() {
                    done.commit().unwrap();
                }
                let image = pixels_of(dir.path(), "mosaic.fits");
                assert_same_bits("mosaic", &image, &expected[0]);
                let areas = pixels_of(dir.path(), "mosaic_area.fits");
                assert_same_bits("areas", &areas, &expected[1]);
            }
        }
    }
}
