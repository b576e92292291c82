//! Fourier transforms of real images. Of the transform of a real image one half says all: it is
//! kept for the frequencies 0 to width / 2 of the first axis, one column after another, each with
//! all frequencies of the second axis (0, 1 ... height / 2 - 1, -height / 2 ... -1).

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::rows::Rows;
use memory::Result;

/// A number of a transform.
pub type C64 = Complex<f64>;

/// Columns that are worked on together: a cache line's worth of a row.
pub(crate) const COLUMNS: usize = 8;

/// Unused numbers between lines that are filled side by side: lines whose length is a power of two
/// would all fall into the same few places of the cache.
const PADDING: usize = 8;

/// Lines of numbers that are filled side by side and transformed one by one, and the scratch for
/// that.
pub(crate) struct Lines {
    values: Vec<C64>,
    length: usize,
    scratch: Vec<C64>,
}

impl Lines {
    /// Room for `count` lines.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(count: usize, length: usize, scratch: usize) -> Result<Self> {
        let all = memory::product(count, length.saturating_add(PADDING))?;
        Ok(Lines {
            values: memory::filled(all, C64::default())?,
            length,
            scratch: memory::filled(scratch, C64::default())?,
        })
    }

    /// From the beginning of one line to that of the next.
    pub fn stride(&self) -> usize {
        self.length + PADDING
    }

    /// All lines, with what lies between them.
    pub fn all(&mut self) -> &mut [C64] {
        &mut self.values
    }

    /// The line `i`.
    pub fn line(&self, i: usize) -> &[C64] {
        &self.values[i * self.stride()..][..self.length]
    }

    /// The line `i`.
    pub fn line_mut(&mut self, i: usize) -> &mut [C64] {
        self.line_and_scratch(i).0
    }

    /// The line `i`, and the scratch.
    pub fn line_and_scratch(&mut self, i: usize) -> (&mut [C64], &mut [C64]) {
        let at = i * self.stride();
        (&mut self.values[at..][..self.length], &mut self.scratch)
    }
}

/// A complex number where there are many of them: of these the system gives zeros that nobody has
/// to write, which it does not of [`C64`].
type Pair = [f64; 2];

/// An image whose rows are transformed, its columns not yet. Rows that were not given are zero.
pub struct RowSpectra {
    rows: Vec<Pair>,
    columns: usize,
}

impl RowSpectra {
    /// The sum of the pixels.
    pub fn sum(&self) -> f64 {
        let rows = self.rows.chunks_exact(self.columns);
        rows.map(|row| row[0][0]).sum()
    }
}

/// The columns of one or more images, transformed back, their rows not yet: [`COLUMNS`] columns
/// side by side, row after row, of the first image, then the same columns of the next.
pub(crate) struct Strips {
    /// Real part, imaginary part, and so on.
    pub values: Vec<f64>,
    images: usize,
    rows: usize,
}

impl Strips {
    /// Room for the first `rows` rows of some images, where it can be in memory that has been used
    /// for something else: fresh memory costs as much as what is done with it here.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(plan: &Plan, images: usize, rows: usize, used: Vec<f64>) -> Result<Self> {
        let count = plan.columns().div_ceil(COLUMNS);
        let size = memory::product(count * images * 2 * COLUMNS, rows)?;
        let mut values = used;
        if values.len() < size {
            drop(values);
            values = memory::zeros(size)?;
        }
        values.truncate(size);
        Ok(Strips {
            values,
            images,
            rows,
        })
    }

    /// How many numbers the same columns of all images have together.
    pub fn piece(&self) -> usize {
        self.images * self.rows * 2 * COLUMNS
    }
}

/// What the transforms of images of one size need.
#[derive(Clone)]
pub struct Plan {
    /// Pixels of the first axis, even.
    pub width: usize,
    /// Pixels of the second axis, even.
    pub height: usize,
    rows: Arc<dyn RealToComplex<f64>>,
    back_rows: Arc<dyn ComplexToReal<f64>>,
    along: Arc<dyn Fft<f64>>,
    back_along: Arc<dyn Fft<f64>>,
}

impl Plan {
    /// A plan for images of `width` by `height` pixels, both even.
    ///
    /// # Errors
    /// When memory is out.
    pub fn new(width: usize, height: usize) -> Result<Self> {
        expect_plan(width)?;
        expect_plan(height)?;
        let mut real = RealFftPlanner::new();
        let mut complex = FftPlanner::new();
        Ok(Plan {
            width,
            height,
            rows: real.plan_fft_forward(width),
            back_rows: real.plan_fft_inverse(width),
            along: complex.plan_fft_forward(height),
            back_along: complex.plan_fft_inverse(height),
        })
    }

    /// How many frequencies of the first axis are kept.
    pub fn columns(&self) -> usize {
        self.width / 2 + 1
    }

    /// How many columns there are from `first` on, [`COLUMNS`] at most.
    pub(crate) fn columns_from(&self, first: usize) -> usize {
        COLUMNS.min(self.columns() - first)
    }

    /// Room for [`COLUMNS`] columns.
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn lines(&self) -> Result<Lines> {
        let forward = self.along.get_inplace_scratch_len();
        let scratch = forward.max(self.back_along.get_inplace_scratch_len());
        Lines::new(COLUMNS, self.height, scratch)
    }

    /// Transforms the first `given` rows of an image; the others are zero. `fill` writes a row by
    /// its number: it is zero before.
    ///
    /// # Errors
    /// When memory is out.
    pub fn transform_rows(
        &self,
        given: usize,
        team: Rows,
        fill: impl Fn(usize, &mut [f64]) + Sync,
    ) -> Result<RowSpectra> {
        let columns = self.columns();
        let mut rows: Vec<Pair> = memory::zeros(memory::product(given, columns)?)?;
        let make = || {
            Ok((
                memory::zeros(self.width)?,
                memory::filled(columns, C64::default())?,
                memory::filled(self.rows.get_scratch_len(), C64::default())?,
            ))
        };
        team.each(&mut rows, COLUMNS * columns, make, |own, piece, out| {
            let (row, spectrum, scratch) = own;
            for (i, out) in out.chunks_mut(columns).enumerate() {
                row.fill(0.0);
                fill(piece * COLUMNS + i, row);
                let done = self.rows.process_with_scratch(row, spectrum, scratch);
                debug_assert!(done.is_ok());
                for (out, z) in out.iter_mut().zip(&*spectrum) {
                    *out = [z.re, z.im];
                }
            }
        })?;
        Ok(RowSpectra { rows, columns })
    }

    /// Transforms [`COLUMNS`] columns, or as many as there are, from `first` on.
    pub(crate) fn transform_columns(&self, image: &RowSpectra, first: usize, lines: &mut Lines) {
        let count = self.columns_from(first);
        let stride = lines.stride();
        let all = lines.all();
        let given = image.rows.len() / image.columns;
        for (y, row) in image.rows.chunks_exact(image.columns).enumerate() {
            for (x, value) in row[first..first + count].iter().enumerate() {
                let [re, im] = *value;
                all[x * stride + y] = C64::new(re, im);
            }
        }
        for x in 0..count {
            let (line, scratch) = lines.line_and_scratch(x);
            line[given..].fill(C64::default());
            self.along.process_with_scratch(line, scratch);
        }
    }

    /// Transforms `count` columns back and writes them into their strip.
    pub(crate) fn columns_back(&self, lines: &mut Lines, count: usize, strip: &mut [f64]) {
        for x in 0..count {
            let (line, scratch) = lines.line_and_scratch(x);
            self.back_along.process_with_scratch(line, scratch);
        }
        let (stride, all) = (lines.stride(), lines.all());
        for (y, row) in strip.chunks_exact_mut(2 * COLUMNS).enumerate() {
            let pairs = row.as_chunks_mut().0;
            for (x, value) in pairs[..count].iter_mut().enumerate() {
                let z = all[x * stride + y];
                *value = [z.re, z.im];
            }
        }
    }

    /// The first `width` pixels of the rows of image `which` of the strips, with the factor
    /// 1 / (width height) that makes a transform back the inverse.
    ///
    /// # Errors
    /// When memory is out.
    pub(crate) fn image(
        &self,
        strips: &Strips,
        which: usize,
        width: usize,
        team: Rows,
    ) -> Result<Vec<f64>> {
        let columns = self.columns();
        let mut image = memory::zeros(memory::product(strips.rows, width)?)?;
        let factor = 1.0 / (self.width as f64 * self.height as f64);
        let make = || {
            Ok((
                memory::filled(columns, C64::default())?,
                memory::zeros(self.width)?,
                memory::filled(self.back_rows.get_scratch_len(), C64::default())?,
            ))
        };
        team.each(&mut image, COLUMNS * width, make, |own, piece, out| {
            let (row, real, scratch) = own;
            for (i, out) in out.chunks_mut(width).enumerate() {
                let at = (which * strips.rows + piece * COLUMNS + i) * 2 * COLUMNS;
                let strips = strips.values.chunks_exact(strips.piece());
                for (part, strip) in row.chunks_mut(COLUMNS).zip(strips) {
                    for (value, from) in part.iter_mut().zip(strip[at..].as_chunks::<2>().0) {
                        *value = C64::new(from[0] * factor, from[1] * factor);
                    }
                }
                // What a real image cannot have there is dropped, as numpy's irfft does.
                row[0].im = 0.0;
                row[columns - 1].im = 0.0;
                let done = self.back_rows.process_with_scratch(row, real, scratch);
                debug_assert!(done.is_ok());
                out.copy_from_slice(&real[..width]);
            }
        })?;
        Ok(image)
    }

    /// The first `given` rows of the image of a transform: the inverse.
    ///
    /// # Errors
    /// When memory is out.
    pub fn inverse(&self, spectrum: &[C64], given: usize, team: Rows) -> Result<Vec<f64>> {
        let mut strips = Strips::new(self, 1, given, Vec::new())?;
        let piece = strips.piece();
        let make = || self.lines();
        team.each(&mut strips.values, piece, make, |lines, piece, out| {
            let columns = spectrum.chunks(self.height).skip(piece * COLUMNS);
            let mut count = 0;
            for (x, column) in columns.take(COLUMNS).enumerate() {
                lines.line_mut(x).copy_from_slice(column);
                count += 1;
            }
            self.columns_back(lines, count, out);
        })?;
        self.image(&strips, 0, self.width, team)
    }

    /// The frequencies of the first axis that are kept, in cycles per unit of `step`.
    ///
    /// # Errors
    /// When memory is out.
    pub fn across_frequencies(&self, step: f64) -> Result<Vec<f64>> {
        let unit = 1.0 / (self.width as f64 * step);
        memory::collect((0..self.columns()).map(|k| k as f64 * unit))
    }

    /// The frequencies of the second axis, in cycles per unit of `step`.
    ///
    /// # Errors
    /// When memory is out.
    pub fn along_frequencies(&self, step: f64) -> Result<Vec<f64>> {
        let unit = 1.0 / (self.height as f64 * step);
        memory::collect(offsets(self.height).map(|k| k * unit))
    }
}

/// Asks for the memory of the plan of a transform of `length` numbers: rustfft aborts without it.
///
/// # Errors
/// When memory is out.
pub fn expect_plan(length: usize) -> Result<()> {
    // Its tables of factors are less than these together.
    memory::expect(memory::product(length, 4 * size_of::<C64>())?)
}

/// 0, 1 ... n/2 - 1, -n/2 ... -1: the places of `n` pixels, or frequencies, about the first.
pub fn offsets(n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| {
        if i < n.div_ceil(2) {
            i as f64
        } else {
            -((n - i) as f64)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(plan: &Plan, image: &[f64], team: Rows) -> Vec<C64> {
        let given = image.len() / plan.width;
        let rows = plan.transform_rows(given, team, |y, row| {
            row.copy_from_slice(&image[y * plan.width..][..plan.width]);
        });
        let rows = rows.unwrap();
        let mut lines = plan.lines().unwrap();
        let mut spectrum = Vec::new();
        for column in 0..plan.columns() {
            if column % COLUMNS == 0 {
                plan.transform_columns(&rows, column, &mut lines);
            }
            spectrum.extend_from_slice(lines.line(column % COLUMNS));
        }
        spectrum
    }

    #[test]
    fn a_transform_is_the_sum_it_is_defined_by_and_goes_back() {
        let (width, height) = (6, 20);
        let image: Vec<f64> = (0..width * height)
            .map(|i| f64::from((i * 37 % 23) as u32) - 7.0)
            .collect();
        let plan = Plan::new(width, height).unwrap();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        for team in [Rows::default(), Rows::of(&pool)] {
            let spectrum = forward(&plan, &image, team);
            assert_eq!(spectrum.len(), 4 * 20);
            for (k, l) in [(0, 0), (1, 0), (3, 7), (2, 19), (3, 10)] {
                let mut sum = C64::default();
                for (i, value) in image.iter().enumerate() {
                    let (x, y) = (i % width, i / width);
                    let turn = (x * k) as f64 / width as f64 + (y * l) as f64 / height as f64;
                    sum += C64::from_polar(*value, -std::f64::consts::TAU * turn);
                }
                assert!((spectrum[k * height + l] - sum).norm() < 1e-10);
            }
            let back = plan.inverse(&spectrum, 13, team).unwrap();
            assert_eq!(back.len(), 13 * width);
            for (a, b) in back.iter().zip(&image) {
                assert!((a - b).abs() < 1e-12);
            }
        }
        // Rows that are not given are zero.
        let mut padded = image[..5 * width].to_vec();
        let short = forward(&plan, &padded, Rows::default());
        padded.resize(width * height, 0.0);
        assert_eq!(short, forward(&plan, &padded, Rows::default()));
    }

    #[test]
    fn frequencies_are_numpys() {
        let plan = Plan::new(4, 6).unwrap();
        assert_eq!(plan.across_frequencies(0.5).unwrap(), [0.0, 0.5, 1.0]);
        let expected = [0.0, 1.0, 2.0, -3.0, -2.0, -1.0].map(|k| k * (1.0 / (6.0 * 0.2)));
        assert_eq!(plan.along_frequencies(0.2).unwrap(), expected);
    }
}
