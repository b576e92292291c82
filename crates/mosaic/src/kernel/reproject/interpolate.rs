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

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(values: &[f64], width: usize) -> Plane<'_> {
        Plane {
            image: (width, values.len() / width),
            first: (0, 0),
            width,
            values,
            weights: Weights::Same(0.5),
        }
    }

    fn at(sampler: &Sampler, plane: &Plane, x: f64, y: f64) -> (f64, f64) {
        let (mut x, mut y) = ([x], [y]);
        sampler.row(plane, &mut x, &mut y);
        (x[0], y[0])
    }

    #[test]
    fn the_nearest_pixel_is_the_one_that_a_position_lies_on() {
        let values: Vec<f64> = (0..12).map(f64::from).collect();
        let sampler = Sampler::new(Interpolation::Nearest);
        let plane = plane(&values, 4);
        for (x, y, value) in [
            (1.0, 1.0, 0.0),
            (0.5, 0.5, 0.0),
            (1.5, 1.0, 1.0),
            (4.499, 3.499, 11.0),
        ] {
            assert_eq!(at(&sampler, &plane, x, y), (value, 0.5));
        }
        for (x, y) in [
            (0.499, 1.0),
            (4.5, 1.0),
            (1.0, 3.5),
            (f64::NAN, 1.0),
            (1.0, -1e300),
        ] {
            let (value, weight) = at(&sampler, &plane, x, y);
            assert!(value.is_nan() && weight.is_nan());
        }
    }

    /// The kernel by its definition.
    fn kernel(x: f64) -> f64 {
        let sinc = |x: f64| {
            if x == 0.0 {
                1.0
            } else {
                (PI * x).sin() / (PI * x)
            }
        };
        sinc(x) * sinc(x / 3.0)
    }

    #[test]
    fn a_single_pixel_shows_the_kernel() {
        // A position 0.254 beyond pixel (8, 8), and what the pixel at (7, 9) gives to it: distances
        // -1 + 0.254 and 1 - 0.338, cut to hundredths.
        let mut values = vec![0.0; 15 * 15];
        values[9 * 15 + 7] = 2.0;
        let sampler = Sampler::new(Interpolation::Lanczos);
        let plane = plane(&values, 15);
        let (value, weight) = at(&sampler, &plane, 9.254, 8.662);
        assert!(
            (value - 2.0 * kernel(0.74) * kernel(0.66)).abs() < 1e-12,
            "{value}"
        );
        assert_eq!(weight, 0.5);
        // Near the edge the rest of the kernel is left out; the same pixel still counts as much.
        let from = Plane {
            image: (9, 15),
            ..plane
        };
        let cut: Vec<f64> = values
            .chunks(15)
            .flat_map(|row| row[..9].to_vec())
            .collect();
        let from = Plane {
            width: 9,
            values: &cut,
            ..from
        };
        assert_eq!(at(&sampler, &from, 9.254, 8.662).0, value);
    }

    #[test]
    fn blanks_spread_as_far_as_the_kernel() {
        let mut values = vec![1.0; 15 * 15];
        values[7 * 15 + 7] = f64::NAN;
        let sampler = Sampler::new(Interpolation::Lanczos);
        let plane = plane(&values, 15);
        // Two pixels on one side and three on the other: the sign of the offset is Montage's.
        for (x, blank) in [
            (8.0 - 3.3, false),
            (8.0 - 2.7, false),
            (8.0 - 2.3, true),
            (8.0 + 2.4, false),
            (8.0 + 1.7, true),
        ] {
            let offset = x - f64::round(x);
            let reached = (8.0 - x.round() + offset).abs() < 3.0;
            assert_eq!(
                at(&sampler, &plane, x, 8.2).0.is_nan(),
                reached,
                "{x} {blank}"
            );
        }
    }

    #[test]
    fn a_part_of_an_image_gives_the_same_values() {
        let values: Vec<f64> = (0..400).map(|k| f64::from(k * 37 % 101)).collect();
        let whole = plane(&values, 20);
        let rows = &values[4 * 20..14 * 20];
        let part: Vec<f64> = rows
            .chunks(20)
            .flat_map(|row| row[3..15].to_vec())
            .collect();
        let part = Plane {
            image: (20, 20),
            first: (3, 4),
            width: 12,
            values: &part,
            weights: Weights::Same(0.5),
        };
        for way in [Interpolation::Nearest, Interpolation::Lanczos] {
            let sampler = Sampler::new(way);
            for (x, y) in [(9.31, 9.77), (10.5, 8.0), (8.0, 8.005)] {
                assert_eq!(at(&sampler, &whole, x, y), at(&sampler, &part, x, y));
            }
        }
    }
}
