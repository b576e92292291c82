//! An image with larger or smaller pixels.

use std::ops::Range;

use sky::Window;

use crate::error::Result;
use crate::kernel::pixels::shrink::{add_row, Columns, Span, Sum};
use crate::run::Run;

use super::bands::{BAND, WORTH_SHARING};
use super::{PixelSink, PixelSource, Rows};

/// Writes an image whose every pixel is the mean of the old pixels that it covers: `factor` old ones in a
/// side. The size of the new image is that of `output`.
///
/// # Errors
/// When pixels cannot be read or written, memory is out, or the run is cancelled.
pub fn shrink_image<S: PixelSource, K: PixelSink>(
    image: &S,
    factor: f64,
    output: &K,
    run: &Run,
) -> Result<()> {
    let (old, new) = (image.size(), output.size());
    let work = Work {
        image,
        factor,
        old,
        new,
        columns: Columns::new(new.0, factor, old.0)?,
    };
    let rows = work.rows_in_band();
    let done = run.for_each_with(new.1.div_ceil(rows), Buffers::default, |buffers, i| {
        let rows = i * rows..((i + 1) * rows).min(new.1);
        let first = rows.start;
        work.band(rows, buffers)?;
        let means = Rows::all(&buffers.means, new.0);
        output.write((0, first), means, &mut buffers.scratch)
    })?;
    done.into_iter().collect()
}

/// Memory that is used again from band to band.
#[derive(Default)]
struct Buffers {
    old: Vec<f64>,
    sums: Vec<Sum>,
    means: Vec<f64>,
    scratch: Vec<u8>,
}

/// What all threads share.
struct Work<'a, S> {
    image: &'a S,
    factor: f64,
    /// Width and height before and after.
    old: (usize, usize),
    new: (usize, usize),
    columns: Columns,
}

impl<S: PixelSource> Work<'_, S> {
    /// New rows that are made at once.
    fn rows_in_band(&self) -> usize {
        // Both the old rows, as doubles, and the sums are kept.
        let old = self.old.0 as f64 * size_of::<f64>() as f64 * self.factor;
        let bytes = old + self.new.0 as f64 * size_of::<Sum>() as f64;
        if bytes * self.new.1 as f64 <= WORTH_SHARING as f64 {
            return self.new.1.max(1);
        }
        (BAND as f64 / bytes).max(1.0) as usize
    }

    /// Makes new rows, in `buffers.means`.
    fn band(&self, rows: Range<usize>, buffers: &mut Buffers) -> Result<()> {
        let spans = (rows.clone()).map(|l| Span::new(l, self.factor, self.old.1));
        let spans: Vec<Span> = memory::try_collect(spans)?;
        let Buffers {
            old, sums, means, ..
        } = buffers;
        sums.clear();
        let count = memory::product(self.new.0, rows.len())?;
        memory::resize(sums, count, Sum::default())?;
        let last = spans.iter().map(Span::end).max().unwrap_or(0);
        let mut y = spans.first().map_or(0, |span| span.first);
        // The first new row that is not complete.
        let mut open = 0;
        while y < last {
            let height = (BAND / size_of::<f64>() / self.old.0).clamp(1, last - y);
            let window = Window::of_rows(self.old.0, y, height);
            self.image.read(window, old)?;
            for (j, row) in old.chunks_exact(self.old.0).enumerate() {
                let y = y + j;
                while spans.get(open).is_some_and(|span| span.end() <= y) {
                    open += 1;
                }
                for (k, span) in spans.iter().enumerate().skip(open) {
                    if span.first > y {
                        break;
                    }
                    let weight = span.weights.get(y - span.first);
                    let sums = &mut sums[k * self.new.0..][..self.new.0];
                    if let Some(&weight) = weight {
                        add_row(sums, row, weight, &self.columns);
                    }
                }
            }
            y += height;
        }
        means.clear();
        Ok(memory::extend(means, sums.iter().map(Sum::mean))?)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::testing::{assert_same_bits, folder, grid, pixels_of, sink, Made};
    use super::super::ArraySink;
    use super::*;

    #[test]
    fn arrays_and_files_shrink_to_the_same_bits() {
        let made = Made::sky(grid(203, 157, 0.0, 0.0), 1);
        let dir = folder();
        for (factor, threads) in [(2.5, 1), (0.75, 2)] {
            let run = Run::new(threads);
            let side = |length: usize| (length as f64 / factor) as usize;
            let new = grid(side(203), side(157), 0.0, 0.0);
            let mut array = Array2::<f64>::zeros((new.height, new.width));
            let output = ArraySink::new(array.view_mut());
            shrink_image(&made.array(), factor, &output, &run).unwrap();
            output.finish().unwrap();
            let expected = array.into_raw_vec_and_offset().0;
            assert!(expected.iter().any(|x| x.is_finite()));
            for source in made.file_sources(dir.path(), "image") {
                let output = sink(dir.path(), "small.fits", &new);
                shrink_image(&source, factor, &output, &run).unwrap();
                output.finish().unwrap().commit().unwrap();
                assert_same_bits("image", &pixels_of(dir.path(), "small.fits"), &expected);
            }
        }
    }
}
