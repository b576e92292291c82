//! A mosaic in blocks: bands of whole rows, or parts of one row where rows are very long.

use crate::error::Result;
use crate::kernel::coadd::{median, Block, Layer, Stacking};
use crate::task::coadd::images::{Contributor, Pixels};
use fits::PartsWriter;
use sky::{Grid, Window};

/// Bytes that all threads together may have in work.
const BUDGET: usize = 96 << 20;

/// Bytes of a block's values. The images that touch a block are opened for each, so that small
/// blocks cost time; so do those that leave the second-level cache (M17: 0.25 to 1 MB
/// are best).
const LARGEST_BLOCK: usize = 512 << 10;

/// How a mosaic is divided. What a pixel becomes does not depend on it.
pub struct Blocks {
    width: usize,
    height: usize,
    /// Columns of a block: all, or less with `rows` 1.
    columns: usize,
    rows: usize,
    across: usize,
    down: usize,
}

impl Blocks {
    /// Divides `mosaic` so that `threads` blocks, and what is read for them, fit into memory.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(
        mosaic: &Grid,
        contributors: &[Contributor],
        stacking: Stacking,
        threads: usize,
    ) -> Result<Self> {
        let Grid { width, height, .. } = *mosaic;
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
    pub fn count(&self) -> usize {
        self.across.saturating_mul(self.down)
    }

    /// Block `i`, in the order of the pixels in a file.
    pub fn window(&self, i: usize) -> Window {
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
fn widest_row(contributors: &[Contributor]) -> Result<(usize, usize)> {
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
pub struct Worker {
    block: Block,
    pixels: Vec<Pixels>,
    bytes: Vec<u8>,
}

impl Worker {
    /// Coadds what the images have in `window` of the mosaic.
    ///
    /// # Errors
    /// When an image cannot be read or memory is out.
    pub fn coadd(
        &mut self,
        window: &Window,
        contributors: &[Contributor],
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

    /// Writes the block to its place: from pixel `first` of the mosaic on.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&mut self, first: u64, image: &PartsWriter, area: &PartsWriter) -> Result<()> {
        image.write(first, &self.block.values, &mut self.bytes)?;
        Ok(area.write(first, &self.block.areas, &mut self.bytes)?)
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
