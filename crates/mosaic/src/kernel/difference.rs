//! The difference of two images that lie on one pixel grid (mDiff).
//!
//! The loops over a row decide by selecting values, not by branching, and keep several sums side
//! by side, so that the compiler can use vector instructions.

use std::ops::Range;

use crate::error::Result;
use sky::{Grid, Window};

/// The pixels that two images share inside an output region, in each of the three. No pixels where the
/// images only touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// In the output region.
    pub output: Window,
    /// In the first image.
    pub first: Window,
    /// In the second image.
    pub second: Window,
}

/// Start in the output region, start in either image, and length of the overlap along one axis.
/// Lengths and reference pixels are those of the output and the two images.
fn overlap_axis(length: [usize; 3], crpix: [f64; 3]) -> Option<(usize, usize, usize, usize)> {
    // The original cuts the distance of the reference pixels towards zero (C's cast to int), so
    // grids whose reference pixels differ by a fraction are put on the nearest whole pixel.
    let offset = |i: usize| (crpix[0] - crpix[i]).trunc();
    let (first, second) = (offset(1), offset(2));
    // The last column and row of the output region are never used by the original.
    let start = first.max(second).max(0.0);
    let end = (first + length[1] as f64)
        .min(second + length[2] as f64)
        .min(length[0] as f64 - 1.0);
    // A single column beyond the end does not count as "no overlap" there; it is blank.
    if !first.is_finite() || !second.is_finite() || end < start {
        return None;
    }
    // Whole numbers between 0 and the lengths, now that start <= end.
    Some((
        start as usize,
        (start - first) as usize,
        (start - second) as usize,
        (end - start) as usize,
    ))
}

/// The pixels that `first` and `second` share inside `output`; `None` where they do not overlap.
/// (Montage 6.0: mDiff.)
pub fn overlap(output: &Grid, first: &Grid, second: &Grid) -> Option<Overlap> {
    let (x, x1, x2, width) = overlap_axis(
        [output.width, first.width, second.width],
        [output.crpix1, first.crpix1, second.crpix1],
    )?;
    let (y, y1, y2, height) = overlap_axis(
        [output.height, first.height, second.height],
        [output.crpix2, first.crpix2, second.crpix2],
    )?;
    let window = |x: usize, y: usize| Window {
        x,
        y,
        width,
        height,
    };
    Some(Overlap {
        output: window(x, y),
        first: window(x1, y1),
        second: window(x2, y2),
    })
}

/// A pixel counts as covered when the sum of its two areas is within this fraction of the
/// average one (Montage since 2.7).
const COVERAGE_TOLERANCE: f64 = 0.333;

/// The box of pixels of a difference that are not blank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covered {
    /// The box, in the overlap.
    pub window: Window,
    /// Smallest absolute difference.
    pub min_diff: f64,
    /// Largest absolute difference.
    pub max_diff: f64,
}

/// One image's pixels in the overlap, and their areas (`None`: all 1).
#[derive(Debug, Clone, Copy)]
pub struct Weighted<'a> {
    /// Pixel values, row by row; NaN is blank.
    pub values: &'a [f64],
    /// Relative areas; a pixel of area 0 or NaN is blank.
    pub areas: Option<&'a [f64]>,
}

impl<'a> Weighted<'a> {
    /// Values and areas of the pixels `at`, `ones` being areas of 1 for as many.
    fn row(&self, at: Range<usize>, ones: &'a [f64]) -> Pixels<'a> {
        let areas = self.areas.map_or(ones, |areas| &areas[at.clone()]);
        (&self.values[at], areas)
    }

    fn area(&self, i: usize) -> f64 {
        self.areas.map_or(1.0, |areas| areas[i])
    }

    fn is_set(&self, i: usize) -> bool {
        !self.values[i].is_nan() && self.area(i) > 0.0
    }
}

/// The weighted difference of two images over their overlap of `width` columns:
/// `2 (v1 a1 - factor v2 a2) / (a1 + a2)`, blank (NaN) where either is blank or the summed area is
/// more than a third off the average. `difference` (and `areas`, where given: a1 + a2, 0 in
/// blanks) are resized to the overlap. `None` where every pixel is blank.
///
/// # Errors
/// When memory is out.
pub fn difference(
    first: Weighted,
    second: Weighted,
    factor: f64,
    width: usize,
    difference: &mut Vec<f64>,
    areas: Option<&mut Vec<f64>>,
) -> Result<Option<Covered>> {
    let count = first.values.len();
    let ones = memory::filled(width, 1.0)?;
    let rows = || {
        (0..count)
            .step_by(width.max(1))
            .map(|start| start..start + width)
    };
    // The average area of the first image is taken over all its pixels, that of the second only
    // where the first has a pixel too, as in the original.
    let typical = if first.areas.is_none() && second.areas.is_none() {
        2.0
    } else {
        let (mut one, mut two) = (Mean::default(), Mean::default());
        for at in rows() {
            let pair = (first.row(at.clone(), &ones), second.row(at, &ones));
            let (row_one, row_two) = areas_of_row(pair);
            one.merge(row_one);
            two.merge(row_two);
        }
        one.value() + two.value()
    };
    difference.clear();
    memory::reserve(difference, count)?;
    let mut covered = Box2::default();
    let mut range = (f64::INFINITY, 0.0);
    for (y, at) in rows().enumerate() {
        let (v1, a1) = first.row(at.clone(), &ones);
        let (v2, a2) = second.row(at.clone(), &ones);
        let pixels = v1.iter().zip(a1).zip(v2.iter().zip(a2));
        difference.extend(pixels.map(|((&v1, &a1), (&v2, &a2))| {
            let area = a1 + a2;
            let value = 2.0 * (v1 * a1 - factor * (v2 * a2)) / area;
            // NaN anywhere is false.
            let covered = (a1 > 0.0)
                & (a2 > 0.0)
                & ((area - typical).abs() <= COVERAGE_TOLERANCE * typical)
                & (value.abs() < f64::INFINITY);
            if covered {
                value
            } else {
                f64::NAN
            }
        }));
        let row = &difference[at];
        if let Some(low) = row.iter().position(|d| !d.is_nan()) {
            let high = row.iter().rposition(|d| !d.is_nan()).unwrap_or(low);
            covered.add_row(y, low, high);
            range = absolute_range(row, range);
        }
    }
    if let Some(areas) = areas {
        areas.clear();
        let sums = (0..count).map(|i| {
            if difference[i].is_nan() {
                0.0
            } else {
                first.area(i) + second.area(i)
            }
        });
        memory::extend(areas, sums)?;
    }
    Ok(covered.covered(range))
}

/// Numbers summed side by side.
const LANES: usize = 4;

/// A sum and how many it is of.
#[derive(Default, Clone, Copy)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    fn merge(&mut self, other: Mean) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn value(&self) -> f64 {
        self.sum / self.count
    }
}

/// Values and areas of some pixels.
type Pixels<'a> = (&'a [f64], &'a [f64]);

/// Areas of the first image's pixels in one row, and of those of the second's where the first
/// has a pixel too.
fn areas_of_row(((v1, a1), (v2, a2)): (Pixels, Pixels)) -> (Mean, Mean) {
    let (mut one, mut two) = ([Mean::default(); LANES], [Mean::default(); LANES]);
    let mut add = |lane: usize, (v1, a1): (f64, f64), (v2, a2): (f64, f64)| {
        let first = !v1.is_nan() & (a1 > 0.0);
        let both = first & !v2.is_nan() & (a2 > 0.0);
        one[lane].sum += if first { a1 } else { 0.0 };
        one[lane].count += if first { 1.0 } else { 0.0 };
        two[lane].sum += if both { a2 } else { 0.0 };
        two[lane].count += if both { 1.0 } else { 0.0 };
    };
    let [(c1, r1), (c2, r2), (c3, r3), (c4, r4)] =
        [v1, a1, v2, a2].map(<[f64]>::as_chunks::<LANES>);
    for (((v1, a1), v2), a2) in c1.iter().zip(c2).zip(c3).zip(c4) {
        for lane in 0..LANES {
            add(lane, (v1[lane], a1[lane]), (v2[lane], a2[lane]));
        }
    }
    for (lane, (((&v1, &a1), &v2), &a2)) in r1.iter().zip(r2).zip(r3).zip(r4).enumerate() {
        add(lane, (v1, a1), (v2, a2));
    }
    let total = |lanes: [Mean; LANES]| {
        let mut total = Mean::default();
        lanes.into_iter().for_each(|lane| total.merge(lane));
        total
    };
    (total(one), total(two))
}

/// `range`, widened to the absolute values in `row` that are not NaN.
fn absolute_range(row: &[f64], range: (f64, f64)) -> (f64, f64) {
    let (mut low, mut high) = ([range.0; LANES], [range.1; LANES]);
    let mut add = |lane: usize, value: f64| {
        let value = value.abs();
        // Written so that NaN changes nothing.
        low[lane] = if value < low[lane] { value } else { low[lane] };
        high[lane] = if value > high[lane] {
            value
        } else {
            high[lane]
        };
    };
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            add(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        add(lane, value);
    }
    let lowest = low.into_iter().fold(range.0, f64::min);
    (lowest, high.into_iter().fold(range.1, f64::max))
}

/// The rows and columns that have pixels.
#[derive(Default)]
struct Box2 {
    rows: Option<(usize, usize)>,
    columns: (usize, usize),
}

impl Box2 {
    fn add_row(&mut self, y: usize, low: usize, high: usize) {
        match &mut self.rows {
            None => {
                self.rows = Some((y, y));
                self.columns = (low, high);
            }
            Some(rows) => {
                rows.1 = y;
                self.columns = (self.columns.0.min(low), self.columns.1.max(high));
            }
        }
    }

    fn covered(&self, (min_diff, max_diff): (f64, f64)) -> Option<Covered> {
        let (top, bottom) = self.rows?;
        let (left, right) = self.columns;
        Some(Covered {
            window: Window {
                x: left,
                y: top,
                width: right - left + 1,
                height: bottom - top + 1,
            },
            min_diff,
            max_diff,
        })
    }
}

/// Smallest and largest value times area of the pixels that are set, `None` where none is.
pub fn value_range(image: Weighted) -> Option<(f64, f64)> {
    (0..image.values.len())
        .filter(|&i| image.is_set(i))
        .map(|i| image.values[i] * image.area(i))
        .fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((low.min(v), high.max(v))),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(width: usize, height: usize, crpix1: f64, crpix2: f64) -> Grid {
        Grid {
            width,
            height,
            crpix1,
            crpix2,
        }
    }

    #[test]
    fn the_overlap_is_found_on_the_shared_grid() {
        let output = grid(100, 50, 50.0, 25.0);
        let a = grid(40, 30, 40.0, 20.0); // columns 10..50, rows 5..35
        let b = grid(40, 30, 10.0, 30.0); // columns 40..80, rows -5..25
        let o = overlap(&output, &a, &b).unwrap();
        let window = |x: usize, y: usize| Window {
            x,
            y,
            width: 10,
            height: 20,
        };
        assert_eq!(o.output, window(40, 5));
        assert_eq!((o.first, o.second), (window(30, 0), window(0, 10)));
        // Apart.
        assert_eq!(overlap(&output, &a, &grid(5, 5, -20.0, 20.0)), None);
        // The last column of the output region is not used.
        let all = overlap(&output, &output, &output).unwrap();
        assert_eq!(all.output, Window::of_size(99, 49));
        assert_eq!(overlap(&output, &a, &grid(40, 30, f64::NAN, 30.0)), None);
    }

    #[test]
    fn pixels_are_weighted_by_area_and_blank_where_badly_covered() {
        let v1 = [1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0];
        let a1 = [1.0, 1.0, 0.1, 1.0, 1.0, 1.0];
        let v2 = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
        let a2 = [1.0, 0.5, 1.0, 1.0, 1.0, 0.0];
        let (mut d, mut a) = (Vec::new(), Vec::new());
        let first = Weighted {
            values: &v1,
            areas: Some(&a1),
        };
        let second = Weighted {
            values: &v2,
            areas: Some(&a2),
        };
        let covered = difference(first, second, 1.0, 3, &mut d, Some(&mut a))
            .unwrap()
            .unwrap();
        // Averages: first (1+1+.1+1+1)/5 = 0.82, second (1+.5+1+1)/4 = 0.875.
        assert_eq!(d[0], 0.5);
        assert_eq!(d[1], 2.0 * (2.0 - 0.25) / 1.5);
        assert!(d[2].is_nan() && d[3].is_nan() && d[5].is_nan());
        assert_eq!(d[4], 4.5);
        assert_eq!(a, [2.0, 1.5, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(covered.window, Window::of_size(2, 2));
        assert_eq!((covered.min_diff, covered.max_diff), (0.5, 4.5));
        assert_eq!(value_range(first), Some((3.0 * 0.1, 6.0)));
    }

    #[test]
    fn without_areas_every_common_pixel_counts() {
        let first = Weighted {
            values: &[1.0, f64::NAN],
            areas: None,
        };
        let second = Weighted {
            values: &[3.0, 1.0],
            areas: None,
        };
        let mut d = Vec::new();
        let covered = difference(first, second, 2.0, 2, &mut d, None)
            .unwrap()
            .unwrap();
        assert_eq!(d[0], -5.0);
        assert_eq!(covered.window, Window::of_size(1, 1));
        let blank = Weighted {
            values: &[f64::NAN, f64::NAN],
            areas: None,
        };
        assert_eq!(
            difference(first, blank, 1.0, 2, &mut d, None).unwrap(),
            None
        );
    }
}
