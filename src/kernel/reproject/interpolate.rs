//! The value of an image between its pixels: the nearest one's, or a sum over those around with
//! Lanczos' kernel of order 3.
//!
//! Positions here are FITS pixels: the centre of the first one is (1, 1).

use std::f64::consts::PI;

/// How a value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// That of the pixel that the position lies on.
    Nearest,
    /// Lanczos' windowed sinc over three pixels in each direction, as Montage has it (see
    /// [`Sampler::row`]).
    Lanczos,
}

/// A rectangle of the pixels of an image.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Columns and rows of the whole image.
    pub image: (usize, usize),
    /// The first column and row of the rectangle, from 0.
    pub first: (usize, usize),
    /// Columns of the rectangle.
    pub width: usize,
    /// Its values, row by row; NaN for blanks.
    pub values: &'a [f64],
    /// Weights of its pixels.
    pub weights: Weights<'a>,
}

/// Weights of pixels.
#[derive(Debug, Clone, Copy)]
pub enum Weights<'a> {
    /// All have this one.
    Same(f64),
    /// One for each pixel of the rectangle.
    Each(&'a [f64]),
}

/// How many pixels beyond that of a position are looked at.
pub const REACH: usize = 3;

/// Kernel values per pixel (Montage 6.0 and 7).
const STEPS: usize = 100;

/// Pixels that count in each direction: those nearer than [`REACH`].
const TAPS: usize = 2 * REACH;

/// Finds values of images.
#[derive(Debug, Clone)]
pub struct Sampler {
    interpolation: Interpolation,
    /// The kernel at 0, 1/100, ... pixels.
    kernel: Vec<f64>,
}

impl Plane<'_> {
    /// The column and row (from 0) of the image's pixel at (x, y): those from half a pixel before
    /// the first to half a pixel after the last are on the image, NaN is not.
    #[inline]
    pub fn pixel_at(image: (usize, usize), x: f64, y: f64) -> Option<(usize, usize)> {
        let (x, y) = ((x - 1.0) + 0.5, (y - 1.0) + 0.5);
        let on = x >= 0.0 && y >= 0.0 && x < image.0 as f64 && y < image.1 as f64;
        on.then_some((x as usize, y as usize))
    }

    /// Where pixel (column, row) lies in the rectangle; `None` outside of it.
    #[inline]
    fn index(&self, (column, row): (usize, usize)) -> Option<usize> {
        let column = column.checked_sub(self.first.0)?;
        let row = row.checked_sub(self.first.1)?;
        (column < self.width).then_some(row * self.width + column)
    }
}

impl Sampler {
    /// One for this way of finding values.
    pub fn new(interpolation: Interpolation) -> Self {
        let count = match interpolation {
            Interpolation::Nearest => 0,
            Interpolation::Lanczos => REACH * STEPS,
        };
        let sinc = |x: f64| {
            if x == 0.0 {
                1.0
            } else {
                (PI * x).sin() / (PI * x)
            }
        };
        let value = |k: usize| {
            let x = k as f64 / STEPS as f64;
            sinc(x) * sinc(x / REACH as f64)
        };
        Sampler {
            interpolation,
            kernel: (0..count).map(value).collect(),
        }
    }

    /// Takes positions x and y and puts the value and the weight of `plane` there in their places:
    /// NaN for both off the image, the weight of the nearest pixel on it. What a position on the
    /// image needs must be in the rectangle, up to [`REACH`] pixels around with
    /// [`Interpolation::Lanczos`].
    ///
    /// A sum with Lanczos' kernel follows Montage 6.0 and 7 in all that shows: the kernel's
    /// distances are cut to hundredths of a pixel, the weights are not brought to a sum of 1, pixels
    /// beyond the edges are left out, a blank pixel that counts makes the sum blank (in x also one
    /// whose distance is 3.00, where the kernel is 0), and the offset of the position from the nearest pixel is taken with the opposite sign,
    /// so that the sum is the value at the position's mirror image in that pixel's centre.
    pub fn row(&self, plane: &Plane, x: &mut [f64], y: &mut [f64]) {
        for (x, y) in x.iter_mut().zip(y) {
            let found = Plane::pixel_at(plane.image, *x, *y)
                .and_then(|pixel| Some((pixel, plane.index(pixel)?)));
            let Some((pixel, index)) = found else {
                (*x, *y) = (f64::NAN, f64::NAN);
                continue;
            };
            let weight = match plane.weights {
                Weights::Same(weight) => weight,
                Weights::Each(weights) => weights.get(index).copied().unwrap_or(f64::NAN),
            };
            let value = match self.interpolation {
                Interpolation::Nearest => plane.values.get(index).copied().unwrap_or(f64::NAN),
                Interpolation::Lanczos => {
                    let offset = ((*x - 1.0) - pixel.0 as f64, (*y - 1.0) - pixel.1 as f64);
                    self.lanczos(plane, pixel, offset)
                }
            };
            (*x, *y) = (value, weight);
        }
    }

    /// The first pixel that counts, relative to the nearest, and the kernel of the pixels from
    /// there on. `None` for one at the very end of the kernel, which has no weight.
    #[inline]
    fn taps(&self, offset: f64) -> (isize, [Option<f64>; TAPS]) {
        let reach = REACH as isize;
        let first = if offset < 0.0 { 1 - reach } else { -reach };
        let taps = std::array::from_fn(|i| {
            let distance = (first + i as isize) as f64 + offset;
            let step = (distance * STEPS as f64).abs() as usize;
            self.kernel.get(step).copied()
        });
        (first, taps)
    }

    #[inline]
    fn lanczos(&self, plane: &Plane, pixel: (usize, usize), offset: (f64, f64)) -> f64 {
        let (first_x, along) = self.taps(offset.0);
        let (first_y, across) = self.taps(offset.1);
        let (x, y) = (pixel.0 as isize + first_x, pixel.1 as isize + first_y);
        if self.meets_blank_at_end(plane, pixel.0, offset.0, y, &across) {
            return f64::NAN;
        }
        let inside = |first: isize, from: usize, size: usize| {
            first >= from as isize && first as usize - from + TAPS <= size
        };
        let quick = inside(x, plane.first.0, plane.width) && inside(y, 0, plane.image.1);
        let all = |taps: [Option<f64>; TAPS]| -> Option<[f64; TAPS]> {
            // Only the ends can be missing.
            (taps[0].is_some() && taps[TAPS - 1].is_some())
                .then(|| taps.map(|tap| tap.unwrap_or(0.0)))
        };
        if let (true, Some(along), Some(across)) = (quick, all(along), all(across)) {
            let sum = plane
                .index((x as usize, y as usize))
                .and_then(|at| sum_of_all(plane, at, &along, &across));
            if let Some(sum) = sum {
                return sum;
            }
        }
        let mut sum = 0.0;
        for (row, across) in (y..).zip(across) {
            for (column, along) in (x..).zip(along) {
                let (Some(along), Some(across)) = (along, across) else {
                    continue;
                };
                let (Ok(column), Ok(row)) = (usize::try_from(column), usize::try_from(row)) else {
                    continue;
                };
                if column >= plane.image.0 || row >= plane.image.1 {
                    continue;
                }
                let value = plane.index((column, row)).and_then(|k| plane.values.get(k));
                sum += value.copied().unwrap_or(f64::NAN) * along * across;
            }
        }
        sum
    }

    /// Whether the pixel at the far end of the kernel in x, whose distance cut to hundredths is that
    /// of the end, is blank in one of the rows that count (`across`, from row `first` on).
    #[inline]
    fn meets_blank_at_end(
        &self,
        plane: &Plane,
        column: usize,
        offset: f64,
        first: isize,
        across: &[Option<f64>; TAPS],
    ) -> bool {
        let reach = REACH as f64;
        let step = (reach + offset.abs()) * STEPS as f64;
        if step as usize != REACH * STEPS {
            return false;
        }
        let column = if offset < 0.0 {
            column.checked_sub(REACH)
        } else {
            Some(column + REACH)
        };
        let rows = (first..).zip(across).filter(|(_, tap)| tap.is_some());
        let pixels = rows.filter_map(|(row, _)| Some((column?, usize::try_from(row).ok()?)));
        let on = pixels.filter(|&(column, row)| column < plane.image.0 && row < plane.image.1);
        let mut values = on.filter_map(|pixel| plane.values.get(plane.index(pixel)?));
        values.any(|value| value.is_nan())
    }
}

/// The sum over a square of pixels that are all in the rectangle.
#[inline]
fn sum_of_all(plane: &Plane, at: usize, along: &[f64; TAPS], across: &[f64; TAPS]) -> Option<f64> {
    let mut columns = [0.0; TAPS];
    for (k, weight) in across.iter().enumerate() {
        let from = at + k * plane.width;
        let values: &[f64; TAPS] = plane.values.get(from..from + TAPS)?.try_into().ok()?;
        for (column, value) in columns.iter_mut().zip(values) {
            *column += weight * value;
        }
    }
    Some(columns.iter().zip(along).map(|(c, w)| c * w).sum())
}
