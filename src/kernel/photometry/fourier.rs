//! Fourier transforms of real images. Of the transform of a real image one half says all: it is
//! kept for the frequencies 0 to width / 2 of the first axis, one column after another, each with
//! all frequencies of the second axis (0, 1 ... height / 2 - 1, -height / 2 ... -1).

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::rows::Rows;

/// A number of a transform.
pub type C64 = Complex<f64>;

/// Columns that are worked on together: a cache line's worth of a row.
pub(super) const COLUMNS: usize = 8;

/// What the transforms of images of one size need.
#[derive(Clone)]
pub struct Plan {
    /// Pixels of the first axis, even.
    pub width: usize,
    /// Pixels of the second axis, even.
    pub height: usize,
    rows: Arc<dyn RealToComplex<f64>>,
    back_rows: Arc<dyn ComplexToReal<f64>>,
    pub(super) across: Arc<dyn Fft<f64>>,
    pub(super) along: Arc<dyn Fft<f64>>,
    back_along: Arc<dyn Fft<f64>>,
}

impl Plan {
    /// A plan for images of `width` by `height` pixels, both even.
    pub fn new(width: usize, height: usize) -> Self {
        let mut real = RealFftPlanner::new();
        let mut complex = FftPlanner::new();
        Plan {
            width,
            height,
            rows: real.plan_fft_forward(width),
            back_rows: real.plan_fft_inverse(width),
            across: complex.plan_fft_forward(width),
            along: complex.plan_fft_forward(height),
            back_along: complex.plan_fft_inverse(height),
        }
    }

    /// How many frequencies of the first axis are kept.
    pub fn columns(&self) -> usize {
        self.width / 2 + 1
    }

    /// The transform of an image of which only the first rows are given; the others are zero.
    pub fn forward(&self, image: &[f64], team: Rows) -> Vec<C64> {
        let (width, height, columns) = (self.width, self.height, self.columns());
        let given = image.len() / width;
        let mut rows = vec![C64::default(); given * columns];
        let make = || (vec![0.0; width], self.rows.make_scratch_vec());
        team.each(&mut rows, COLUMNS * columns, make, |own, piece, out| {
            let (row, scratch) = own;
            for (i, out) in out.chunks_mut(columns).enumerate() {
                let from = (piece * COLUMNS + i) * width;
                row.copy_from_slice(&image[from..from + width]);
                let done = self.rows.process_with_scratch(row, out, scratch);
                debug_assert!(done.is_ok());
            }
        });
        let mut spectrum = vec![C64::default(); columns * height];
        let make = || vec![C64::default(); self.along.get_inplace_scratch_len()];
        team.each(
            &mut spectrum,
            COLUMNS * height,
            make,
            |scratch, piece, out| {
                let first = piece * COLUMNS;
                for (y, row) in rows.chunks(columns).enumerate() {
                    for (x, column) in out.chunks_mut(height).enumerate() {
                        column[y] = row[first + x];
                    }
                }
                self.along.process_with_scratch(out, scratch);
            },
        );
        spectrum
    }

    /// The first `given` rows of the image of a transform, with the factor 1 / (width height) that
    /// makes it the inverse. The transform is used up.
    pub fn inverse(&self, mut spectrum: Vec<C64>, given: usize, team: Rows) -> Vec<f64> {
        let (width, height, columns) = (self.width, self.height, self.columns());
        let make = || vec![C64::default(); self.back_along.get_inplace_scratch_len()];
        team.each(&mut spectrum, COLUMNS * height, make, |scratch, _, out| {
            self.back_along.process_with_scratch(out, scratch);
        });
        let mut image = vec![0.0; given * width];
        let factor = 1.0 / (width as f64 * height as f64);
        let make = || {
            (
                vec![C64::default(); COLUMNS * columns],
                self.back_rows.make_scratch_vec(),
            )
        };
        team.each(&mut image, COLUMNS * width, make, |own, piece, out| {
            let (rows, scratch) = own;
            let first = piece * COLUMNS;
            let count = out.len() / width;
            for (x, column) in spectrum.chunks(height).enumerate() {
                for (y, value) in column[first..first + count].iter().enumerate() {
                    rows[y * columns + x] = value * factor;
                }
            }
            for (row, out) in rows.chunks_mut(columns).zip(out.chunks_mut(width)) {
                // What a real image cannot have there is dropped, as numpy's irfft does.
                row[0].im = 0.0;
                row[columns - 1].im = 0.0;
                let done = self.back_rows.process_with_scratch(row, out, scratch);
                debug_assert!(done.is_ok());
            }
        });
        image
    }

    /// The frequencies of the first axis that are kept, in cycles per unit of `step`.
    pub fn across_frequencies(&self, step: f64) -> Vec<f64> {
        let unit = 1.0 / (self.width as f64 * step);
        (0..self.columns()).map(|k| k as f64 * unit).collect()
    }

    /// The frequencies of the second axis, in cycles per unit of `step`.
    pub fn along_frequencies(&self, step: f64) -> Vec<f64> {
        let unit = 1.0 / (self.height as f64 * step);
        offsets(self.height).map(|k| k * unit).collect()
    }
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

    #[test]
    fn a_transform_is_the_sum_it_is_defined_by_and_goes_back() {
        let (width, height) = (6, 20);
        let image: Vec<f64> = (0..width * height)
            .map(|i| f64::from((i * 37 % 23) as u32) - 7.0)
            .collect();
        let plan = Plan::new(width, height);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        for team in [Rows::default(), Rows::of(&pool)] {
            let spectrum = plan.forward(&image, team);
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
            let back = plan.inverse(spectrum, 13, team);
            assert_eq!(back.len(), 13 * width);
            for (a, b) in back.iter().zip(&image) {
                assert!((a - b).abs() < 1e-12);
            }
        }
        // Rows that are not given are zero.
        let mut padded = image[..5 * width].to_vec();
        let short = plan.forward(&padded, Rows::default());
        padded.resize(width * height, 0.0);
        assert_eq!(short, plan.forward(&padded, Rows::default()));
    }

    #[test]
    fn frequencies_are_numpys() {
        let plan = Plan::new(4, 6);
        assert_eq!(plan.across_frequencies(0.5), [0.0, 0.5, 1.0]);
        let expected = [0.0, 1.0, 2.0, -3.0, -2.0, -1.0].map(|k| k * (1.0 / (6.0 * 0.2)));
        assert_eq!(plan.along_frequencies(0.2), expected);
    }
}
