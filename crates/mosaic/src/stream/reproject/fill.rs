//! The rows of an image and its areas made by many threads.

use crate::error::Result;
use crate::run::Run;

use super::super::{PixelSink, Rows, WithAreas};

/// Rows of the outputs, and memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Pixel values, NaN for blanks.
    pub values: Vec<f64>,
    /// Their areas.
    pub areas: Vec<f64>,
    scratch: Vec<u8>,
}

/// What is filled and written at a time: half a megabyte of doubles, which stay in a cache.
pub(super) const PIXELS_AT_ONCE: usize = 64 << 10;

/// Has `fill` make the rows of an image and its areas, some `pixels` at once but at least a row: it is
/// called with the first row and the number of rows, by several threads.
///
/// # Errors
/// When `fill` fails, an image cannot be written, or the run is cancelled.
pub(super) fn fill_rows<K: PixelSink>(
    output: &WithAreas<K>,
    pixels: usize,
    run: &Run,
    fill: impl Fn(usize, usize, &mut Filled) -> Result<()> + Sync,
) -> Result<()> {
    let (width, height) = output.image.size();
    let rows = (pixels / width.max(1)).clamp(1, height.max(1));
    let done = run.for_each_with(height.div_ceil(rows), Filled::default, |own, i| {
        let first = i * rows;
        let count = rows.min(height - first);
        own.values.clear();
        own.areas.clear();
        fill(first, count, own)?;
        let Filled {
            values,
            areas,
            scratch,
        } = own;
        (output.image).write((0, first), Rows::all(values, width), scratch)?;
        match &output.areas {
            Some(sink) => sink.write((0, first), Rows::all(areas, width), scratch),
            None => Ok(()),
        }
    })?;
    done.into_iter().collect()
}
